/** A command's connection to a cluster. */
import { statSync } from 'node:fs'
import { isOnNats } from '../runtime/node/cluster-address.ts'
import type { ClusterClient, MigrationResult } from '../runtime/node/commands/client.ts'
import { Exit, STATUS, UsageError } from './errors.ts'
import { complain, count, duration, err, fittingTable, out, print, size } from './terminal.ts'

/** What every command that talks to a cluster is told. */
export interface ClusterOptions {
  readonly cluster: string
  readonly json?: boolean
}

/**
 * Connects to the cluster for the time of `work`.
 * @returns what `work` returns
 * @throws UsageError when there is no such directory; NodeError when nobody lives there, or the store fails meanwhile
 */
export async function withCluster<T>({ cluster }: ClusterOptions, work: (client: ClusterClient) => Promise<T>): Promise<T> {
  requireClusterDirectory(cluster)
  const { connectCluster } = await import('../runtime/node/commands/client.ts')
  const silent = (node: string): void => {
    complain(`${err.yellow('warning')}: node ${node} does not answer: what is on it is not shown`)
  }
  const client = await connectCluster(cluster, { silent })
  try {
    return await Promise.race([work(client), client.failure])
  } finally {
    await client.close()
  }
}

/** @throws UsageError when `directory` is no directory, nor an address of NATS servers */
export function requireClusterDirectory(directory: string): void {
  if (isOnNats(directory)) return
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new UsageError(
    `there is no cluster directory \`${directory}\``,
    'give the directory that `--cluster-dir` or `--engine embedded:DIR` named',
  )
}

/**
 * @param nodes how many there are; 0 when they are those of a cluster, undefined when there are none
 * @param moving the options that were given and are about moves
 * @throws UsageError when there is nowhere to move
 */
export function requireRoom(nodes: number | undefined, moving: readonly string[]): void {
  const [first] = moving
  if (first === undefined) return
  if (nodes === undefined) throw new UsageError(`\`${first}\` needs nodes to move between`, 'add `--nodes 3`')
  if (nodes === 1 && moving.includes('--roam')) throw new UsageError('`--roam` needs more than one node to move between', 'say `--nodes 3`')
}

/**
 * Prints what became of a migration.
 * @throws Exit with status 1 when something did not move
 */
export function printMigrations(results: readonly MigrationResult[], json: boolean): void {
  if (json) {
    for (const result of results) print(JSON.stringify(result))
  } else printTable(results)
  if (results.some(({ error }) => error !== undefined)) throw new Exit(STATUS.failure)
}

function printTable(results: readonly MigrationResult[]): void {
  const moved = results.filter((r) => r.error === undefined && r.from !== r.to)
  const stayed = results.filter((r) => r.error === undefined && r.from === r.to)
  const failed = results.filter((r) => r.error !== undefined)
  if (moved.length > 0) {
    const ahead = moved.some((r) => r.aheadBytes !== undefined)
    const rows = moved.map((r) => [
      ...[r.process, r.from, r.to, ...(ahead ? [size(r.aheadBytes ?? 0)] : [])],
      ...[size(r.bytes), size(r.codeBytes), duration(r.pauseMicros), String(r.messages)],
    ])
    const numbers = [...(ahead ? ['AHEAD'] : []), 'STATE', 'CODE', 'PAUSE', 'MESSAGES']
    print(fittingTable(['PROCESS', 'FROM', 'TO', ...numbers], rows, numbers))
  }
  for (const { process, to } of stayed) print(`${process} ${out.dim(`is on ${to} already`)}`)
  for (const { process, from, error } of failed) {
    complain(`${err.bold(err.red(`error[${error?.code ?? ''}]`))}: ${process} stays on ${from}: ${error?.message ?? ''}`)
    if (error !== undefined && error.help !== '') complain(`  ${err.cyan('=')} ${error.help}`)
  }
  if (results.length === 0) print(out.dim('nothing to move'))
  else if (moved.length > 1) print(out.dim(`${count(moved.length, 'process', 'processes')} moved`))
}
