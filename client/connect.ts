/** Connects to a program of Godwit. */
import type { Connection, ConnectionState } from './connection.ts'
import { Session } from './connection.ts'
import { platformWith } from './platform.ts'
import type { WebSocketClass } from './platform.ts'
import { SessionError } from './session-error.ts'

export interface ConnectOptions {
  /** The WebSocket to use; absent: that of the platform. */
  readonly WebSocket?: WebSocketClass
  /** Milliseconds for which the program is looked for without success, before the connection fails with `UNREACHABLE`. 120,000 by default. */
  readonly patience?: number
  /** Ends the connection at once. */
  readonly signal?: AbortSignal
  /** Hears of each change. */
  readonly onState?: (state: ConnectionState) => void
}

const PATIENCE_MS = 120_000

/**
 * @param urls gateways that lead to the program (`ws://host:port/path`); each is tried when the one before it does not answer
 * @param sockets finds the platform's WebSocket
 * @returns the connection at once; what is sent waits until there is one
 * @throws SessionError UNREACHABLE when there is no URL
 */
export function connectBy(
  urls: string | readonly string[],
  { WebSocket, patience = PATIENCE_MS, signal, onState = () => undefined }: ConnectOptions,
  sockets: () => WebSocketClass | Promise<WebSocketClass>,
): Connection {
  const all = typeof urls === 'string' ? [urls] : [...urls]
  if (all.length === 0) throw new SessionError('UNREACHABLE', 'there is no gateway to connect to: give at least one URL')
  return new Session(all, platformWith(WebSocket === undefined ? sockets : () => WebSocket), { patience, signal, onState })
}
