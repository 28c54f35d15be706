/**
 * Ways for a client to keep its connection while the process that serves it moves.
 *
 * - A, home forwarding: the home of the program has the sockets and passes on; C, gateway: another OS process has them; G, session: the client library, through
 *   the same gateway. These three are Godwit.
 * - D, handle passing: the socket goes along with the process; F, redirect: the client is told to connect to where the process is. These two are written with
 *   Node's own `net` (`bench/peers/outside.js`), and their servers have no state that would have to move.
 */
import type { Row, Sample } from './measure.ts'
import { watch } from './outside-clients.ts'
import type { Seen } from './outside-clients.ts'
import { atHome, behindGateway, csp, descriptors, peer } from './outside-servers.ts'
import type { Server } from './outside-servers.ts'

/** What of the models is measured in one run; a whole run takes a quarter of an hour. */
export interface ModelOptions {
  /** For a first look. */
  readonly quick: boolean
  /** How many clients there are; absent: 1, 100 and 10,000. */
  readonly clients?: number
  /** Milliseconds between two moves; absent: 1000, 100 and 20. */
  readonly every?: number
  /** The letter of a model; absent: all of them. */
  readonly model?: string
}

/** A way to keep a connection. */
interface Model {
  readonly letter: string
  readonly who: string
  readonly by: 'socket' | 'session'
  /** @param every milliseconds between two moves */
  readonly start: (every: number, clients: number) => Promise<Server>
}

const moving = (every: number, clients: number): string[] => ['--nodes', '2', '--roam', `${every}ms`, '-D', `CLIENTS=${clients}`]

const MODELS: readonly Model[] = [
  {
    letter: 'A',
    who: 'A home forwarding',
    by: 'socket',
    start: (every, clients) => atHome(...moving(every, clients), '--listen', 'tcp://127.0.0.1:0=echo', csp('echo')),
  },
  {
    letter: 'C',
    who: 'C gateway',
    by: 'socket',
    start: (every, clients) => behindGateway('tcp://127.0.0.1:0=echo', ...moving(every, clients), csp('echo')),
  },
  { letter: 'D', who: 'D handle passing (net)', by: 'socket', start: (every) => peer('handles', String(every)) },
  { letter: 'F', who: 'F redirect (net)', by: 'socket', start: (every) => peer('redirect', String(every)) },
  {
    letter: 'G',
    who: 'G session',
    by: 'session',
    start: (every, clients) => behindGateway('http://127.0.0.1:0=echo', ...moving(every, clients), csp('messages')),
  },
]

/** The letters of the models. */
export const LETTERS = MODELS.map(({ letter }) => letter)

/** @returns the number below which that part of the numbers is */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

/** @returns the sum of a number of each client */
export const sum = (seen: readonly Seen[], of: (one: Seen) => number): number => seen.reduce((n, one) => n + of(one), 0)

/** What one model has shown. */
interface Found {
  readonly who: string
  readonly seen: readonly Seen[]
  readonly waits: readonly number[]
  readonly seconds: number
  readonly moves: number
}

/** What is told of each model, for a number of clients and a time between two moves. */
const TOLD: readonly (readonly [id: string, what: string, unit: string, of: (found: Found) => number])[] = [
  ['p50', 'wait for an answer, median', 'ms', ({ waits }) => quantile(waits, 0.5)],
  ['p99', 'wait for an answer, p99', 'ms', ({ waits }) => quantile(waits, 0.99)],
  ['max', 'wait for an answer, longest', 'ms', ({ waits }) => quantile(waits, 1)],
  ['answers', 'answers a second', '/s', ({ waits, seconds }) => waits.length / seconds],
  ['moves', 'moves a second', '/s', ({ moves, seconds }) => moves / seconds],
  ['ended', 'connections that ended', '', ({ seen }) => sum(seen, ({ survived }) => (survived ? 0 : 1))],
  ['lost', 'numbers lost', '', ({ seen }) => sum(seen, ({ lost }) => lost)],
  ['doubled', 'numbers doubled', '', ({ seen }) => sum(seen, ({ doubled }) => doubled)],
  ['garbled', 'numbers with another hash', '', ({ seen }) => sum(seen, ({ garbled }) => garbled)],
]

/** Clients of one model, for a while. */
async function measureModel({ who, by, start }: Model, clients: number, every: number, quick: boolean): Promise<Found> {
  const server = await start(every, clients)
  const milliseconds = quick ? 3000 : clients > 1000 ? 15_000 : 10_000
  const [begun, before] = [performance.now(), server.moves()]
  // many clients ask seldom, so that what is measured is the way, and not how much the machine can take
  const seen = await watch({
    port: server.port,
    clients,
    by,
    goesOn: (passed) => passed < milliseconds,
    pauseMs: clients === 1 ? 0 : clients / 2,
  })
  const seconds = (performance.now() - begun) / 1000
  const moves = server.moves() - before
  await server.stop()
  return { who, seen, waits: seen.flatMap(({ waits }) => waits), seconds, moves }
}

/** Measures each model with each number of clients and each time between moves. */
export async function measureModels(done: (row: Row) => void, options: ModelOptions): Promise<void> {
  const most = descriptors() - 200
  const crowds = options.clients !== undefined ? [options.clients] : options.quick ? [1, 100] : [1, 100, 10_000]
  const models = MODELS.filter(({ letter }) => options.model === undefined || letter === options.model)
  for (const clients of crowds) {
    if (clients > most) {
      process.stdout.write(`\n${clients} clients are not measured: an OS process may have ${most + 200} descriptors here (ulimit -n)\n`)
      continue
    }
    for (const every of options.every !== undefined ? [options.every] : [1000, 100, 20]) {
      const found: Found[] = []
      for (const model of models) found.push(await measureModel(model, clients, every, options.quick))
      for (const [id, what, unit, of] of TOLD)
        done({
          id: `outside-${id}-${clients}-${every}`,
          title: `${clients} ${clients === 1 ? 'client' : 'clients'}, a move every ${every} ms: ${what}${unit === '' ? '' : ` (${unit})`}`,
          unit,
          samples: found.map((one): Sample => ({ who: one.who, values: [of(one)] })),
        })
    }
  }
}
