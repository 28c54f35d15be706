/** What a client needs of the place where it runs. */
import { SessionError } from './session-error.ts'

/** What is needed of a WebSocket. */
export interface WebSocketLike {
  binaryType: string
  onopen: ((event: never) => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  send(bytes: Uint8Array<ArrayBuffer>): void
  close(): void
}

export type WebSocketClass = new (url: string, protocol: string) => WebSocketLike

export interface Platform {
  sockets(): WebSocketClass | Promise<WebSocketClass>
  /** Calls `work` after so many milliseconds. @returns what cancels that */
  after(milliseconds: number, work: () => void): () => void
  /** Milliseconds since some time. */
  now(): number
  /** @returns bytes that nobody can guess */
  random(length: number): Uint8Array
  /** @returns a number from 0 up to 1 */
  chance(): number
}

/** @returns the platform's own WebSocket, if it has one */
export function ownWebSocket(): WebSocketClass | undefined {
  return (globalThis as { readonly WebSocket?: WebSocketClass }).WebSocket // browsers have it, and Node.js from version 22 on
}

/** @param sockets finds the WebSocket that is used */
export function platformWith(sockets: () => WebSocketClass | Promise<WebSocketClass>): Platform {
  return {
    sockets,
    after(milliseconds, work) {
      const timer = setTimeout(work, milliseconds)
      return () => {
        clearTimeout(timer)
      }
    },
    now: () => performance.now(),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    chance: Math.random,
  }
}

/** @throws SessionError NO_WEBSOCKET */
export function noWebSocket(): never {
  throw new SessionError('NO_WEBSOCKET', 'this platform has no WebSocket: give one, connect (url, { WebSocket })')
}
