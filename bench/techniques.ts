/** What the techniques of migration bring and cost: work that spreads, messages between places, and moves by the size of what moves. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectCluster } from '../runtime/node/commands/client.ts'
import type { ClusterClient } from '../runtime/node/commands/client.ts'
import type { Strategy } from '../runtime/node/wire/strategy.ts'
import { godwit, goOn, inTurn, median, program, root } from './measure.ts'
import type { Contestant, Row } from './measure.ts'
import { measureChanges } from './changes.ts'
import { roundTrips } from './migration.ts'

/** Where the processes are. */
const PLACES = { 'two local nodes': ['--nodes', '2'], 'two threads': ['--threads', '2'] } as const

/** @returns a contestant whose figures are others of its own */
function scaled({ who, measure }: Contestant, factor: number): Contestant {
  return { who, measure: () => measure().map((value) => value * factor) }
}

function farm(): Row {
  const file = 'bench/programs/queens.csp'
  const samples = inTurn([
    { ...program(file), who: 'one node' },
    { ...program(file, ['--nodes', '2']), who: 'two local nodes' },
    { ...program(file, ['--threads', '2']), who: 'two threads' },
    { ...program(file, ['--nodes', '2', '--balance', 'off']), who: 'two local nodes, --balance off' },
    goOn(2, 'Go, two cores', 'queens'),
  ]).map(({ who, values }) => ({ who, values: values.map((micros) => micros / 1000) }))
  const reach = 'two nodes at most 0.59x of one'
  return { id: 'techniques-farm', title: 'a farm of twelve workers, unchanged: a round (ms)', unit: 'ms', reach, samples }
}

async function rendezvous(): Promise<Row> {
  const file = 'bench/programs/to-and-fro.csp'
  const perTrip = 1 / 10_000
  const samples = inTurn([
    scaled({ ...program(file, ['--nodes', '2']), who: 'two local nodes' }, perTrip),
    scaled({ ...program(file, ['--threads', '2']), who: 'two threads' }, perTrip),
    scaled({ ...program(file), who: 'one node' }, perTrip),
  ])
  const bare = { who: 'bare Unix-socket round trip', values: [median(await roundTrips(2000))] }
  const reach = 'nodes at most 1.1x, threads at most 0.3x of a bare round trip'
  return { id: 'techniques-rendezvous', title: 'a number there and back (us)', unit: 'us', reach, samples: [bare, ...samples] }
}

/** What the moves of one process were like. */
interface Moved {
  readonly pauses: number[]
  readonly bytes: number
}

interface States {
  readonly place: readonly string[]
  readonly bytes: number
  readonly channels: number
  /** Places of the data that change each millisecond. */
  readonly writes?: number
}

/** Runs states.csp on two nodes of its own for the time of `work`. */
async function withStates<T>({ place, bytes, channels, writes = 1 }: States, work: (client: ClusterClient) => Promise<T>): Promise<T> {
  const directory = join(mkdtempSync(join(tmpdir(), 'godwit-bench-')), 'cluster')
  const defines = ['-D', `BYTES=${bytes}`, '-D', `CHANNELS=${channels}`, '-D', `WRITES=${writes}`]
  const flags = ['run', ...defines, ...place, '--balance', 'off', '--cluster-dir', directory, 'bench/programs/states.csp']
  const child: ChildProcess = spawn(process.execPath, [godwit, ...flags], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
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

/** The first moves, in which code is sent and compiled, are left out. */
const WARM_UP = 2

async function toAndFro(client: ClusterClient, count: number, strategy: Strategy = 'stop'): Promise<Moved> {
  const pauses: number[] = []
  let bytes = 0
  for (let i = 0; i < count + WARM_UP; i++) {
    for (const result of await client.migrate('main/mover', i % 2 === 0 ? 'n2' : 'n1', { strategy })) {
      if (result.error !== undefined) throw new Error(`the mover did not move: ${JSON.stringify(result.error)}`)
      bytes = result.bytes
      if (i >= WARM_UP) pauses.push(result.pauseMicros)
    }
  }
  return { pauses, bytes }
}

async function pausesBy(what: 'bytes' | 'channels', sizes: readonly number[], done: (row: Row) => void): Promise<void> {
  for (const size of sizes) {
    const samples = []
    let carried = 0
    for (const [who, place] of Object.entries(PLACES)) {
      const [bytes, channels] = what === 'bytes' ? [size, 0] : [100, size]
      const found = await withStates({ place, bytes, channels }, (client) => toAndFro(client, bytes > 1e7 ? 4 : 40))
      samples.push({ who, values: found.pauses })
      carried = found.bytes
    }
    const state = `${size.toLocaleString('en')} ${what === 'bytes' ? 'bytes of data' : 'channels'}`
    const title = `moving a process with ${state}: freeze to resume (us); ${carried.toLocaleString('en')} bytes travel`
    done({ id: `techniques-${what}-${size}`, title, unit: 'us', samples })
  }
}

const STRATEGIES: readonly (readonly [who: string, strategy: Strategy, writes: number])[] = [
  ['stop-and-copy', 'stop', 1],
  ['pre-copy', 'pre', 1],
  ['pre-copy, 100 places change each ms', 'pre', 100],
]

/** The same moves by each strategy, and by how much of the state changes while it is sent. */
async function strategies(sizes: readonly number[], done: (row: Row) => void): Promise<void> {
  for (const bytes of sizes) {
    const samples = []
    for (const [who, strategy, writes] of STRATEGIES) {
      const place = PLACES['two local nodes']
      const found = await withStates({ place, bytes, channels: 0, writes }, (client) => toAndFro(client, bytes > 1e7 ? 6 : 20, strategy))
      samples.push({ who, values: found.pauses })
    }
    const title = `moving a process with ${bytes.toLocaleString('en')} bytes of data: freeze to resume (us)`
    const reach = bytes > 1e7 ? { reach: 'pre-copy at most 0.05x of stop-and-copy' } : {}
    done({ id: `techniques-strategy-${bytes}`, title, unit: 'us', ...reach, samples })
  }
}

/** How often the first move of a process is looked at: each time on nodes of its own. */
const FIRST_MOVES = 5

/** The first move to a node that does not have the code: it fetches it when the process arrives, or has got it ahead of need. */
async function code(): Promise<Row> {
  const first = async (ahead: boolean): Promise<number[]> => {
    const pauses: number[] = []
    for (let i = 0; i < FIRST_MOVES; i++) {
      const place = ['--nodes', '2']
      await withStates({ place, bytes: 100, channels: 0 }, async (client) => {
        if (ahead) for (const { name } of await client.units()) await client.pushCode(await client.fetchUnit(name), 'n2')
        for (const { pauseMicros } of await client.migrate('main/mover', 'n2')) pauses.push(pauseMicros)
      })
    }
    return pauses
  }
  const samples = [
    { who: 'code on demand', values: await first(false) },
    { who: 'code pushed ahead of need', values: await first(true) },
  ]
  return { id: 'techniques-code', title: 'the first move of a process to a node: freeze to resume (us)', unit: 'us', samples }
}

/** Measures, and hands on each row when it is there. */
export async function measureTechniques(done: (row: Row) => void): Promise<void> {
  done(farm())
  done(await rendezvous())
  done(await code())
  await pausesBy('bytes', [100, 10_000, 1_000_000, 100_000_000], done)
  await strategies([1_000_000, 10_000_000, 100_000_000], done)
  await pausesBy('channels', [0, 10, 1000], done)
  await measureChanges(done)
}
