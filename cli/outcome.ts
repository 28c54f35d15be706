/** From the way a run has ended to what is printed and the exit status. */
import { constants } from 'node:os'
import { renderReport, type Outcome } from '../runtime/index.ts'
import { Exit, STATUS } from './errors.ts'
import { complain, err, size } from './terminal.ts'

/**
 * Tells how a program ended.
 * @throws Exit unless it ended well
 */
export function conclude(outcome: Outcome): void {
  switch (outcome.kind) {
    case 'ended':
      return
    case 'fault':
      process.stderr.write(renderReport(outcome.report, { colours: err }))
      throw new Exit(STATUS.failure)
    case 'deadlock':
      process.stderr.write(renderReport(outcome.report, { colours: err }))
      throw new Exit(STATUS.deadlock)
    case 'interrupted':
      process.exitCode = 128 + constants.signals[outcome.signal] // as shells count
      return
    case 'checkpointed':
      complain(`${outcome.file} holds the program as it was (${size(outcome.bytes)}); \`godwit restore ${outcome.file}\` carries on`)
  }
}
