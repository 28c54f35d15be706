/** The client library on Node.js, which has a WebSocket from version 22 on: before, that of the package `ws` is loaded when it is needed. */
import { connectBy } from './connect.ts'
import type { ConnectOptions } from './connect.ts'
import type { Connection } from './connection.ts'
import { ownWebSocket } from './platform.ts'
import type { WebSocketClass } from './platform.ts'

/**
 * Connects to a program, and stays connected.
 * @param urls gateways that lead to the program (`ws://host:port/path`), one or several
 * @throws SessionError UNREACHABLE when there is no URL
 */
export function connect(urls: string | readonly string[], options: ConnectOptions = {}): Connection {
  return connectBy(urls, options, () => ownWebSocket() ?? import('ws').then(({ WebSocket }) => WebSocket as unknown as WebSocketClass)) // it has what is needed
}

export type { ConnectOptions } from './connect.ts'
export type { Connection, ConnectionState } from './connection.ts'
export type { Message } from './outgoing.ts'
export type { WebSocketClass, WebSocketLike } from './platform.ts'
export { SessionError } from './session-error.ts'
export type { SessionErrorCode } from './session-error.ts'
