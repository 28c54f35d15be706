/** The client library, for browsers and whatever else has a WebSocket: `import { connect } from 'godwit/client'`. */
import { connectBy } from './connect.ts'
import type { ConnectOptions } from './connect.ts'
import type { Connection } from './connection.ts'
import { noWebSocket, ownWebSocket } from './platform.ts'

/**
 * Connects to a program, and stays connected.
 * @param urls gateways that lead to the program (`ws://host:port/path`), one or several
 * @throws SessionError UNREACHABLE when there is no URL; NO_WEBSOCKET when the platform has none and none is given
 */
export function connect(urls: string | readonly string[], options: ConnectOptions = {}): Connection {
  return connectBy(urls, options, () => ownWebSocket() ?? noWebSocket())
}

export type { ConnectOptions } from './connect.ts'
export type { Connection, ConnectionState } from './connection.ts'
export type { Message } from './outgoing.ts'
export type { WebSocketClass, WebSocketLike } from './platform.ts'
export { SessionError } from './session-error.ts'
export type { SessionErrorCode } from './session-error.ts'
