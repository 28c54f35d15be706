/**
 * Ways for a client to keep its connection while the process that serves it moves, and what a gateway costs beside a bare proxy.
 *
 * - A, home forwarding: the home of the program has the sockets and passes on; C, gateway: another OS process has them; G, session: the client library, through
 *   the same gateway. These three are Godwit.
 * - F, redirect: the client is told to connect to where the process is. It is written with Node's own `net` (`bench/peers/outside.js`), and its servers have no
 *   state that would have to move.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { godwit, root } from './measure.ts'
import type { Row, Sample } from './measure.ts'
import { watch } from './outside-clients.ts'
import type { Seen } from './outside-clients.ts'

export interface OutsideOptions {
  /** For a first look. */
  readonly quick: boolean
}

interface Server {
  readonly port: number
  stop(): Promise<void>
}

const csp = (name: string): string => join(root, 'bench/programs', `outside-${name}.csp`)

/** Starts an OS process. @returns it, and what `pattern` finds first in what it says */
async function started(words: readonly string[], pattern: RegExp): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const port = await new Promise<number>((resolve, reject) => {
    const heard = (text: Buffer): void => {
      said += text.toString()
      const found = pattern.exec(said)?.[1]
      if (found !== undefined) resolve(Number(found))
    }
    child.stdout.on('data', heard)
    child.stderr.on('data', heard)
    child.on('exit', () => {
      reject(new Error(`${words.join(' ')} has ended: ${said}`))
    })
  })
  return { child, port }
}

async function ended(...children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 3000)
    await exit
    clearTimeout(late)
  }
}

async function peer(...words: readonly string[]): Promise<Server> {
  const { child, port } = await started(['bench/peers/outside.js', ...words], /port (\d+)/)
  return { port, stop: () => ended(child) }
}

const LISTENING = /listening at \w+:\/\/[^\s=]+:(\d+)=/

/** A program whose command is the gateway too. */
async function atHome(...words: readonly string[]): Promise<Server> {
  const { child, port } = await started([godwit, 'run', ...words], LISTENING)
  return { port, stop: () => ended(child) }
}

/** A program, and a gateway in an OS process of its own. */
async function behindGateway(listen: string, ...words: readonly string[]): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'))
  const cluster = join(folder, 'cluster')
  const { child: gate, port } = await started(
    [godwit, 'node', '--engine', `embedded:${cluster}`, '--name', 'gate', '--listen', listen],
    LISTENING,
  )
  const run = spawn(process.execPath, [godwit, 'run', '--cluster-dir', cluster, ...words], { cwd: root, stdio: 'ignore' })
  return {
    port,
    async stop() {
      await ended(run, gate)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A way to keep a connection. @param every milliseconds between two moves */
interface Model {
  readonly who: string
  readonly by: 'socket' | 'session'
  readonly start: (every: number, clients: number) => Promise<Server>
}

const moving = (every: number, clients: number): string[] => ['--nodes', '2', '--roam', `${every}ms`, '-D', `CLIENTS=${clients}`]

const MODELS: readonly Model[] = [
  {
    who: 'A home forwarding',
    by: 'socket',
    start: (every, clients) => atHome(...moving(every, clients), '--listen', 'tcp://127.0.0.1:0=echo', csp('echo')),
  },
  {
    who: 'C gateway',
    by: 'socket',
    start: (every, clients) => behindGateway('tcp://127.0.0.1:0=echo', ...moving(every, clients), csp('echo')),
  },
  { who: 'F redirect (net)', by: 'socket', start: (every) => peer('redirect', String(every)) },
  {
    who: 'G session',
    by: 'session',
    start: (every, clients) => behindGateway('http://127.0.0.1:0=echo', ...moving(every, clients), csp('messages')),
  },
]

/** @returns the number below which that part of the numbers is */
function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

const sum = (seen: readonly Seen[], of: (one: Seen) => number): number => seen.reduce((n, one) => n + of(one), 0)

/** What is told of each model, for a number of clients and a time between two moves. */
const TOLD: readonly (readonly [id: string, what: string, unit: string, of: (seen: readonly Seen[]) => number])[] = [
  [
    'p50',
    'wait for an answer, median',
    'ms',
    (seen) =>
      quantile(
        seen.flatMap(({ waits }) => waits),
        0.5,
      ),
  ],
  [
    'p99',
    'wait for an answer, p99',
    'ms',
    (seen) =>
      quantile(
        seen.flatMap(({ waits }) => waits),
        0.99,
      ),
  ],
  [
    'max',
    'wait for an answer, longest',
    'ms',
    (seen) =>
      quantile(
        seen.flatMap(({ waits }) => waits),
        1,
      ),
  ],
  ['ended', 'connections that ended', '', (seen) => sum(seen, ({ survived }) => (survived ? 0 : 1))],
  ['lost', 'numbers lost', '', (seen) => sum(seen, ({ lost }) => lost)],
  ['doubled', 'numbers doubled', '', (seen) => sum(seen, ({ doubled }) => doubled)],
]

/** Descriptors that an OS process may have. */
function descriptors(): number {
  return Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) || 1024
}

async function measureModels(done: (row: Row) => void, { quick }: OutsideOptions): Promise<void> {
  const most = descriptors() - 200
  const crowds = (quick ? [1, 100] : [1, 100, 10_000]).filter((clients) => clients <= most)
  for (const clients of crowds)
    for (const every of [1000, 100, 20]) {
      const found: { readonly who: string; readonly seen: readonly Seen[] }[] = []
      for (const { who, by, start } of MODELS) {
        const server = await start(every, clients)
        const milliseconds = quick ? 3000 : 15_000
        const seen = await watch({ port: server.port, clients, by, milliseconds, pauseMs: clients === 1 ? 0 : clients / 2 })
        found.push({ who, seen })
        await server.stop()
      }
      for (const [id, what, unit, of] of TOLD)
        done({
          id: `outside-${id}-${clients}-${every}`,
          title: `${clients} ${clients === 1 ? 'client' : 'clients'}, a move every ${every} ms: ${what}${unit === '' ? '' : ` (${unit})`}`,
          unit,
          samples: found.map(({ who, seen }): Sample => ({ who, values: [of(seen)] })),
        })
    }
}

/** @returns microseconds of round trips of one client */
async function trips(server: Server, milliseconds: number): Promise<number[]> {
  const [seen] = await watch({ port: server.port, clients: 1, by: 'socket', milliseconds, pauseMs: 0 })
  await server.stop()
  return (seen?.waits ?? []).map((wait) => wait * 1000)
}

async function measureTrips(done: (row: Row) => void, { quick }: OutsideOptions): Promise<void> {
  const milliseconds = quick ? 1000 : 3000
  const samples = new Map<string, number[]>([
    ['godwit, gateway and program in one OS process', []],
    ['godwit, process on another node', []],
    ['bare TCP proxy (net)', []],
    ['no proxy (net)', []],
  ])
  for (let turn = 0; turn < (quick ? 2 : 5); turn++) {
    const behind = await peer('echo')
    const servers = [
      await atHome('--listen', 'tcp://127.0.0.1:0=echo', csp('echo')),
      await atHome('--nodes', '1', '--listen', 'tcp://127.0.0.1:0=echo', csp('echo')),
      await peer('proxy', String(behind.port)),
      await peer('echo'),
    ]
    for (const [i, values] of [...samples.values()].entries()) {
      const server = servers[i]
      if (server !== undefined) for (const trip of (await trips(server, milliseconds)).slice(200)) values.push(trip)
    }
    await behind.stop()
  }
  done({
    id: 'outside-trip',
    title: 'round trip of eight bytes to an echo (us)',
    unit: 'us',
    reach: 'at most 1.5x of a bare TCP proxy',
    samples: [...samples].map(([who, values]) => ({ who, values })),
  })
}

/** @returns requests answered a second, by clients that keep their connections and each wait for the answer before they ask again */
async function requests(port: number, milliseconds: number, clients = 24): Promise<number> {
  const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
  let answered = 0
  const sockets = Array.from({ length: clients }, () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('data', (bytes: Buffer) => {
      if (!bytes.subarray(-6).equals(HELLO)) return
      answered++
      socket.write(text)
    })
    socket.on('error', () => undefined) // the count tells
    socket.write(text)
    return socket
  })
  await new Promise((resolve) => setTimeout(resolve, milliseconds / 3)) // V8 compiles
  const [before, begun] = [answered, performance.now()]
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const rate = ((answered - before) / (performance.now() - begun)) * 1000
  for (const socket of sockets) socket.destroy()
  return rate
}

const HELLO = Buffer.from('hello\n')

async function measureHttp(done: (row: Row) => void, { quick }: OutsideOptions): Promise<void> {
  const makers: readonly (readonly [who: string, start: () => Promise<Server>])[] = [
    ['godwit, gateway and program in one OS process', () => atHome('--listen', 'http://127.0.0.1:0=hello', csp('hello'))],
    ['godwit, process on another node', () => atHome('--nodes', '1', '--listen', 'http://127.0.0.1:0=hello', csp('hello'))],
    ['bare node:http', () => peer('hello')],
  ]
  const samples = makers.map(([who]): Sample & { readonly values: number[] } => ({ who, values: [] }))
  for (let turn = 0; turn < (quick ? 2 : 5); turn++)
    for (const [i, [, start]] of makers.entries()) {
      const server = await start()
      samples[i]?.values.push(await requests(server.port, quick ? 1500 : 4000))
      await server.stop()
    }
  done({ id: 'outside-http', title: 'HTTP, a hello (requests/s)', unit: '/s', reach: 'at least 0.5x and 0.25x of node:http', samples })
}

const PARTS = { trips: measureTrips, http: measureHttp, models: measureModels } as const

/** Measures how a program looks from outside. @param parts `trips`, `http` and `models`; none: all of them */
export async function measureOutside(done: (row: Row) => void, parts: readonly string[], options: OutsideOptions): Promise<void> {
  for (const [name, part] of Object.entries(PARTS)) if (parts.length === 0 || parts.includes(name)) await part(done, options)
}
