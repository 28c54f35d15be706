/** `godwit drain` */
import { printMigrations, withCluster, type ClusterOptions } from '../cluster.ts'
import { Progress } from '../terminal.ts'

export interface DrainOptions extends ClusterOptions {
  /** Name or id of a program. */
  readonly program?: string
}

/** Moves everything away from `node`, or all of one program. */
export async function drain(node: string, options: DrainOptions): Promise<void> {
  const program = options.program === undefined ? {} : { program: options.program }
  const progress = new Progress()
  progress.update(`draining ${node} ...`)
  const results = await withCluster(options, (client) => client.drain(node, program)).finally(() => {
    progress.end()
  })
  printMigrations(results, options.json === true)
}
