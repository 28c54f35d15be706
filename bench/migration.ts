/** Migration between two local nodes: the pause of a small process, the rate of a drain, beside a bare round trip over the same kind of socket. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectCluster } from '../runtime/node/commands/client.ts'
import type { ClusterClient } from '../runtime/node/commands/client.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A table of one measurement: as bench/run.ts prints it. */
export interface MigrationTable {
  readonly title: string
  readonly unit: string
  readonly samples: readonly { readonly who: string; readonly values: readonly number[] }[]
}

/** @returns the microseconds of each of `count` round trips over a Unix socket to an echo in another OS process */
export async function roundTrips(count: number): Promise<number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-bench-'))
  const path = join(directory, 'echo')
  const source = `require('node:net').createServer((s) => s.pipe(s)).listen(${JSON.stringify(path)}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const socket = createConnection(path)
  await once(socket, 'connect')
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint()
    socket.write('x')
    await once(socket, 'data')
    times.push(Number(process.hrtime.bigint() - start) / 1000)
  }
  socket.destroy()
  child.kill()
  rmSync(directory, { recursive: true, force: true })
  return times.slice(count / 10)
}

/** Runs `work` with a client of a two-node cluster on which the movers run with `crowd` blocked processes. */
async function withMovers<T>(crowd: number, work: (client: ClusterClient) => Promise<T>): Promise<T> {
  const directory = join(mkdtempSync(join(tmpdir(), 'godwit-bench-')), 'cluster')
  const flags = ['run', 'bench/programs/movers.csp', '-D', `CROWD=${crowd}`, '--nodes', '2', '--cluster-dir', directory]
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...flags], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  try {
    if (child.stdout !== null) await once(child.stdout, 'data')
    const client = await connectCluster(directory)
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  } finally {
    child.kill('SIGINT')
    await once(child, 'exit')
    rmSync(join(directory, '..'), { recursive: true, force: true })
  }
}

async function pauses(count: number): Promise<number[]> {
  return await withMovers(10, async (client) => {
    const found: number[] = []
    for (let i = 0; i < count; i++) {
      for (const result of await client.migrate('main/walker', i % 2 === 0 ? 'n2' : 'n1', { only: false })) found.push(result.pauseMicros)
    }
    return found.slice(count / 10)
  })
}

async function drains(crowd: number): Promise<number[]> {
  return await withMovers(crowd, async (client) => {
    const found: number[] = []
    for (let i = 0; i < 4; i++) {
      const start = process.hrtime.bigint()
      await client.drain(i % 2 === 0 ? 'n1' : 'n2')
      found.push(Number(process.hrtime.bigint() - start) / 1e6)
    }
    return found
  })
}

/** Measures everything about migration. @returns the tables, each with its peer */
export async function measureMigration(): Promise<MigrationTable[]> {
  const bare = await roundTrips(1000)
  return [
    {
      title: 'moving a small process between two local nodes: freeze to resume (us)',
      unit: 'us',
      samples: [
        { who: 'bare Unix-socket round trip', values: bare },
        { who: 'godwit migrate', values: await pauses(400) },
      ],
    },
    { title: 'draining a node of 1,000 processes (ms)', unit: 'ms', samples: [{ who: 'godwit drain', values: await drains(1000) }] },
    { title: 'draining a node of 100,000 processes (ms)', unit: 'ms', samples: [{ who: 'godwit drain', values: await drains(100_000) }] },
  ]
}
