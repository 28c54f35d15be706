/** What listens at a port, and what it needs of its gateway. */
import type { AddressInfo, Server } from 'node:net'
import type { ConnectionKind } from '../host/gateway-talk.ts'
import type { Open } from '../../client/wire.ts'
import type { Tracer } from '../node/telemetry/tracer.ts'
import type { ClientStream } from './client-stream.ts'
import type { Arrival, SessionSocket, SessionStream } from './session-stream.ts'

/** The host of an address whose port is the number of a socket that is open already. */
const INHERITED = 'fd'

/** Accepts clients at one port. */
export interface Listener {
  /** Where it listens: with the port that it has got. */
  readonly place: Place
  /**
   * Accepts nobody any more.
   * @param lingerMs how many milliseconds those that are connected may stay; absent: HTTP connections between two requests go at once, others after
   *   `gateway.linger`
   * @returns when those that are connected have gone
   */
  close(lingerMs?: number): Promise<void>
}

/** What a listener needs of its gateway. */
export interface ListenerPort {
  /** Makes spans of requests. */
  readonly tracer: Tracer | undefined
  /** A client has come. @returns undefined when the gateway has as many as it takes */
  open(name: string, kind: ConnectionKind, peer: string): ClientStream | undefined
  /** A client of the client library has come. @returns undefined when the gateway has as many as it takes */
  openSession(socket: SessionSocket, arrival: Arrival, open: Open): SessionStream | undefined
}

export interface Place {
  readonly host: string
  readonly port: number
}

/**
 * Lets a server listen.
 * @param place where; `fd` as the host: at the socket with that number, which whoever has started this OS process has opened, and keeps when it ends
 * @returns where it listens, with the port that it has got
 * @throws Error of Node.js (as a rejection)
 */
export async function listenAt(server: Server, { host, port }: Place): Promise<Place> {
  const inherited = host === INHERITED
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(inherited ? { fd: port } : { port, host }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', () => undefined) // a client that could not be accepted: out of descriptors, say
  const got = server.address() as AddressInfo // it listens at a port
  return { host: inherited ? got.address : host, port: got.port }
}

/** @returns what to do when an address cannot be listened at. @param error what `listenAt` was rejected with */
export function helpToListen({ host, port }: Place, error: unknown): string {
  if (host === INHERITED) return `whoever starts the gateway opens a socket that listens, and gives it as descriptor ${port}`
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
      return 'the host is an address of this machine: 127.0.0.1 for clients that are on it, 0.0.0.0 for all'
    default:
      return 'choose another port; port 0 is one that is free'
  }
}
