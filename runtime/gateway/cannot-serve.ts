/** Why a program cannot serve a name that it cannot go on without. */
import { NAME_FORM } from '../host/gateway-talk.ts'
import { ERROR } from '../host/files.ts'
import { NodeError } from '../node/node-error.ts'
import { LIMITS } from '../limits.ts'

/**
 * @param reason one of `ERROR`
 * @returns R0452
 */
export function cannotServe(name: string, reason: number): NodeError {
  const error = (why: string, help: string): NodeError => new NodeError('R0452', `the name ${spelt(name)} cannot be served: ${why}`, help)
  switch (reason) {
    case ERROR.EADDRINUSE:
      return error('a program serves it already', 'see which one with godwit names, or serve another name')
    case ERROR.EADDRNOTAVAIL:
      return error('no client can come', `run the program with --listen tcp://127.0.0.1:8080=${name}`)
    case ERROR.EPERM:
      return error('the program, or the node that it is on, is denied that', 'run it without --deny net, or on another node')
    case ERROR.EMFILE:
      return error(`the program serves ${LIMITS['names.served'].most} names already`, 'close one before')
    default:
      return error(
        `a name is 1 to ${LIMITS['name.length'].most} letters, digits, dots, hyphens and underscores, and begins with a letter or a digit`,
        'choose another name',
      )
  }
}

/** Names of this length or more are not shown as a whole. */
const SHOWN = 40

/** @returns a name as a message shows it, whatever it consists of */
function spelt(name: string): string {
  if (NAME_FORM.test(name) && name.length <= LIMITS['name.length'].most) return name
  return JSON.stringify(name.length > SHOWN ? `${name.slice(0, SHOWN)}...` : name)
}
