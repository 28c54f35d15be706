/**
 * Clusters for suites that run on every engine: in a directory, or on NATS when the suite is run with `GODWIT_TEST_ENGINE=nats`. The suite says at its end
 * that it is over (`endClusters`).
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spellEngine } from '../../runtime/node/cluster-address.ts'
import { natsServers } from '../engine/nats-servers.ts'

export const onNats = process.env['GODWIT_TEST_ENGINE'] === 'nats'
const servers = onNats ? await natsServers(1) : undefined
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
