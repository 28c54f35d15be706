/** What listens at a port, and what it needs of its gateway. */
import type { ConnectionKind } from '../host/gateway-talk.ts'
import type { ClientStream } from './client-stream.ts'

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
}
