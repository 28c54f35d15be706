/** `godwit node` */
import type { Deniable } from '../../runtime/host/home-services.ts'
import { Exit, STATUS } from '../errors.ts'
import { complain, err } from '../terminal.ts'

export interface NodeOptions {
  /** The directory of `embedded:DIR`. */
  readonly engine: string
  readonly name: string
  readonly deny?: readonly Deniable[]
}

/** Makes this OS process a node, until SIGINT or SIGTERM. */
export async function node({ engine, name, deny = [] }: NodeOptions): Promise<void> {
  const { startNode } = await import('../../runtime/node/commands/cluster.ts')
  const notice = (text: string): void => {
    complain(err.dim(text))
  }
  const running = await startNode({ engine: `embedded:${engine}`, name, denied: deny, notice })
  complain(`node ${err.bold(running.name)} is in ${engine}; Ctrl-C stops it`)
  const stop = (): void => {
    void running.stop()
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const { exit, report } = await running.finished
  if (report !== '') process.stderr.write(report)
  if (exit !== 0) throw new Exit(STATUS.failure)
}
