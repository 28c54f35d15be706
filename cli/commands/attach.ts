/** `godwit attach` */
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { Exit, signalled, STATUS, UsageError } from '../errors.ts'
import { complain, err } from '../terminal.ts'
import { mendingHelp, viewProgram } from '../viewing.ts'

export interface AttachOptions extends ClusterOptions {
  readonly from?: number
  readonly tail?: number
  /** False with `--no-input`. */
  readonly input: boolean
}

/**
 * Shows the output of a program, and passes on what is typed. Ctrl-C leaves the program running.
 * @param name of the program
 */
export async function attach(name: string, { from, tail, input, ...options }: AttachOptions): Promise<void> {
  if (from !== undefined && tail !== undefined)
    throw new UsageError('`--from` and `--tail` exclude each other', '`--from` counts bytes from the beginning, `--tail` from the end')
  const ending = await withCluster(options, async (client) => {
    const program = await client.programs.find(name)
    if (process.stderr.isTTY && program.state === 'running')
      complain(err.dim(`attached to ${program.name}; Ctrl-C leaves it running, \`godwit stop ${program.name}\` ends it`))
    const end = await viewProgram(client.programs, program, {
      notices: process.stderr.isTTY,
      types: input,
      emptyIsNone: true,
      signalled: () => true,
      ...(from === undefined ? {} : { from }),
      ...(tail === undefined ? {} : { tail }),
    })
    return { ...end, mending: end.kind === 'ended' && end.exit !== 0 ? await mendingHelp(client.programs, program) : '' }
  })
  switch (ending.kind) {
    case 'ended':
      if (ending.report !== '') process.stderr.write(`${ending.report}${ending.mending}`)
      if (ending.exit !== 0) throw new Exit(ending.exit)
      return
    case 'gone':
      complain(`${err.yellow('warning')}: ${name} is over, and it is not known any more how it ended`)
      throw new Exit(STATUS.failure)
    case 'left':
      if (process.stderr.isTTY) complain(err.dim(`${name} goes on; \`godwit attach ${name}\` shows it again`))
      if (ending.signal !== 'SIGINT') throw new Exit(signalled(ending.signal))
  }
}
