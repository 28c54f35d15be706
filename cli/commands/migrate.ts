/** `godwit migrate` */
import { printMigrations, withCluster, type ClusterOptions } from '../cluster.ts'
import { UsageError } from '../errors.ts'

export interface MigrateOptions extends ClusterOptions {
  readonly only?: boolean
  readonly channel?: boolean
}

/**
 * Moves processes, or the home of a channel.
 * @param pattern a path, `main/cell[*]`; with `--channel` a path and the name of a channel it uses, `main/cell[5]:in`
 * @param node where to
 */
export async function migrate(pattern: string, node: string, options: MigrateOptions): Promise<void> {
  const { only = false, channel = false, json = false } = options
  if (channel && only) throw new UsageError('`--only` says nothing about a channel', 'leave out one of `--only` and `--channel`')
  if (channel && !pattern.includes(':')) {
    throw new UsageError(`\`${pattern}\` names no channel`, `write the process and its channel: \`${pattern}:in\``)
  }
  const results = await withCluster(options, (client) =>
    channel ? client.migrateChannel(pattern, node) : client.migrate(pattern, node, { only }),
  )
  printMigrations(results, json)
}
