/**
 * Clusters for suites that run on every engine: in a directory, or on NATS when the suite is run with `GODWIT_TEST_ENGINE=nats` (one server) or
 * `GODWIT_TEST_ENGINE=nats3` (three). The suite says at its end that it is over (`endClusters`).
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spellEngine } from '../../runtime/node/cluster-address.ts'
import { natsServers } from '../engine/nats-servers.ts'

const engine = process.env['GODWIT_TEST_ENGINE']
export const onNats = engine === 'nats' || engine === 'nats3'
/** The servers of all clusters of this suite; undefined when they are in directories. */
export const servers = onNats ? await natsServers(engine === 'nats' ? 1 : 3) : undefined
/** What `run --durable` is to be told besides. */
export const durableWords: readonly string[] = engine === 'nats' ? ['--accept-store'] : []
const directories: string[] = []

/** @returns what `--cluster` is for a cluster that nobody has used */
export function newCluster(): string {
  if (servers !== undefined) return servers.address(`t${randomBytes(6).toString('hex')}`)
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  directories.push(directory)
  return directory
}

/** @returns what `--engine` is for its nodes */
export function engineOf(cluster: string): string {
  return spellEngine(cluster)
}

export async function endClusters(): Promise<void> {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  await servers?.end()
}
