/** `godwit migrate` */
import { printMigrations, withCluster, type ClusterOptions } from '../cluster.ts'
import { UsageError } from '../errors.ts'
import type { Strategy } from '../../runtime/node/wire/strategy.ts'

export interface MigrateOptions extends ClusterOptions {
  readonly only?: boolean
  readonly channel?: boolean
  readonly home?: boolean
  /** How arrays travel. */
  readonly strategy?: Strategy
  /** Name or id of a program. */
  readonly program?: string
}

/**
 * Moves processes, or the home of a channel.
 * @param pattern a path, `main/cell[*]`; with `--channel` a path and the name of a channel it uses, `main/cell[5]:in`
 * @param node where to
 */
export async function migrate(pattern: string, node: string, options: MigrateOptions): Promise<void> {
  const { only = false, channel = false, home = false, json = false, strategy } = options
  if (home && (channel || only || options.program !== undefined))
    throw new UsageError('`--home` moves the home of a program, which is named by itself', 'write `godwit migrate ring.csp#2 n2 --home`')
  const program = options.program === undefined ? {} : { program: options.program }
  if (channel && only) throw new UsageError('`--only` says nothing about a channel', 'leave out one of `--only` and `--channel`')
  if (strategy !== undefined && (channel || home))
    throw new UsageError('`--strategy` is about processes', `leave out \`--strategy\` or \`${channel ? '--channel' : '--home'}\``)
  if (channel && !pattern.includes(':')) {
    throw new UsageError(`\`${pattern}\` names no channel`, `write the process and its channel: \`${pattern}:in\``)
  }
  const results = await withCluster(options, async (client) =>
    home
      ? [await client.programs.moveHome(await client.programs.find(pattern), node)]
      : channel
        ? client.migrateChannel(pattern, node, program)
        : client.migrate(pattern, node, { only, ...(strategy === undefined ? {} : { strategy }), ...program }),
  )
  printMigrations(results, json)
}
