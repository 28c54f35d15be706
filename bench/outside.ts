/** How a program looks from outside: what a gateway costs beside a bare proxy and a bare server, and what clients see while the processes that serve them move. */
import { connect } from 'node:net'
import type { Row, Sample } from './measure.ts'
import { watch } from './outside-clients.ts'
import { measureModels } from './outside-models.ts'
import type { ModelOptions } from './outside-models.ts'
import { atHome, csp, peer } from './outside-servers.ts'
import type { Server } from './outside-servers.ts'

/** @returns microseconds of round trips of one client */
async function trips(server: Server, milliseconds: number): Promise<number[]> {
  const [seen] = await watch({ port: server.port, clients: 1, by: 'socket', goesOn: (passed) => passed < milliseconds, pauseMs: 0 })
  await server.stop()
  return (seen?.waits ?? []).map((wait) => wait * 1000)
}

async function measureTrips(done: (row: Row) => void, { quick }: ModelOptions): Promise<void> {
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

async function measureHttp(done: (row: Row) => void, { quick }: ModelOptions): Promise<void> {
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
export async function measureOutside(done: (row: Row) => void, parts: readonly string[], options: ModelOptions): Promise<void> {
  for (const [name, part] of Object.entries(PARTS)) if (parts.length === 0 || parts.includes(name)) await part(done, options)
}
