/** `godwit drain`, and `godwit cordon --evict`. */
import { printMigrations, withCluster, type ClusterOptions } from '../cluster.ts'
import type { Strategy } from '../../runtime/node/wire/strategy.ts'
import { Progress } from '../terminal.ts'

export interface DrainOptions extends ClusterOptions {
  /** Name or id of a program. */
  readonly program?: string
  /** Microseconds after which nothing more begins to move. */
  readonly deadline?: number
  readonly strategy?: Strategy
  /** Only the processes of programs whose homes are elsewhere. */
  readonly guests?: boolean
}

/**
 * Moves everything away from `node`, or all of one program, or its guests.
 * @throws Exit with status 1 when something has stayed, which is told by name
 */
export async function drain(node: string, { program, deadline, strategy, guests, ...options }: DrainOptions): Promise<void> {
  const how = {
    ...(program === undefined ? {} : { program }),
    ...(deadline === undefined ? {} : { withinMs: deadline / 1000 }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(guests === undefined ? {} : { guests }),
  }
  const progress = new Progress()
  progress.update(`draining ${node} ...`)
  const results = await withCluster(options, (client) => client.drain(node, how)).finally(() => {
    progress.end()
  })
  printMigrations(results, options.json === true)
}
