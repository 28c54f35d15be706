/** `godwit drain` */
import { printMigrations, withCluster, type ClusterOptions } from '../cluster.ts'
import { Progress } from '../terminal.ts'

export type DrainOptions = ClusterOptions

/** Moves everything away from `node`. */
export async function drain(node: string, options: DrainOptions): Promise<void> {
  const progress = new Progress()
  progress.update(`draining ${node} ...`)
  const results = await withCluster(options, (client) => client.drain(node)).finally(() => {
    progress.end()
  })
  printMigrations(results, options.json === true)
}
