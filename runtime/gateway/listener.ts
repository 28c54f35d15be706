/** What listens at a port, and what it needs of its gateway. */
import type { AddressInfo, Server } from 'node:net'
import type { ConnectionKind } from '../host/gateway-talk.ts'
import type { Open } from '../../client/wire.ts'
import type { ClientStream } from './client-stream.ts'
import type { Arrival, SessionSocket, SessionStream } from './session-stream.ts'

/** Accepts clients at one port. */
export interface Listener {
  /** The port that it has got. */
  readonly port: number
  /** Accepts nobody any more. @returns when those that are connected have gone */
  close(): Promise<void>
}

/** What a listener needs of its gateway. */
export interface ListenerPort {
  /** A client has come. @returns undefined when the gateway has as many as it takes */
  open(name: string, kind: ConnectionKind, peer: string): ClientStream | undefined
  /** A client of the client library has come. @returns undefined when the gateway has as many as it takes */
  openSession(socket: SessionSocket, arrival: Arrival, open: Open): SessionStream | undefined
}

/**
 * Lets a server listen.
 * @returns the port that it has got
 * @throws Error of Node.js (as a rejection)
 */
export async function listenAt(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', () => undefined) // a client that could not be accepted: out of descriptors, say
  return (server.address() as AddressInfo).port // it listens at a port
}
