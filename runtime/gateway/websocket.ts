/**
 * Clients that come by WebSocket. What the program sees is a stream of frames, each a message or the head of the request with which the client came:
 *
 *   kind     one byte: `h` the head, first of all; `t` a text, in UTF-8; `b` bytes
 *   length   four bytes, the most significant first
 *   bytes    so many
 *
 * Clients of the client library ask for a subprotocol, and get a session (session-socket.ts); for the program they are like the others.
 *
 * Handshake, fragments, masks, pings and closing are the business of the library `ws`, and so are clients that break the rules of the protocol.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { RawData, WebSocket } from 'ws'
import { PROTOCOL } from '../../client/wire.ts'
import { LIMITS } from '../limits.ts'
import type { ClientSocket, ClientStream } from './client-stream.ts'
import type { Dropped } from './gateway-stream.ts'
import { requestHead } from './http-text.ts'
import type { ListenerPort } from './listener.ts'
import { SessionWatch } from './session-socket.ts'
import { whenAnswered, withoutUpgrade } from './odd-requests.ts'
import { peerOf } from './tcp.ts'

const PREFIX = 5
const KIND = { head: 0x68, text: 0x74, binary: 0x62 } as const
/** Reasons for closing, as the protocol numbers them. */
const CLOSE = { normal: 1000, away: 1001, unsaid: 1005, internal: 1011, later: 1013 } as const
/** With these a client has ended what it sends; with others it was cut off. */
const ENDED: readonly number[] = [CLOSE.normal, CLOSE.away, CLOSE.unsaid]
const { most: LARGEST } = LIMITS['websocket.message']

/** @returns a frame for the program */
export function frame(kind: keyof typeof KIND, bytes: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(PREFIX + bytes.length)
  whole[0] = KIND[kind]
  whole.writeUInt32BE(bytes.length, 1)
  whole.set(bytes, PREFIX)
  return whole
}

export interface Frame {
  readonly text: boolean
  readonly bytes: Uint8Array
}

/** Collects the frames that a program writes, which may come in pieces. */
export class FrameReader {
  private collected: Buffer = Buffer.alloc(0)

  /** @returns the frames that are complete; undefined when the program has written something else */
  read(bytes: Uint8Array): readonly Frame[] | undefined {
    this.collected = this.collected.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.collected, bytes])
    const frames: Frame[] = []
    let at = 0
    while (this.collected.length - at >= PREFIX) {
      const kind = this.collected[at]
      const length = this.collected.readUInt32BE(at + 1)
      if ((kind !== KIND.text && kind !== KIND.binary) || length > LARGEST) return undefined
      if (this.collected.length - at < PREFIX + length) break
      frames.push({ text: kind === KIND.text, bytes: this.collected.subarray(at + PREFIX, at + PREFIX + length) })
      at += PREFIX + length
    }
    this.collected = this.collected.subarray(at)
    return frames
  }

  /** Whether a frame has begun that is not complete. */
  get midFrame(): boolean {
    return this.collected.length > 0
  }
}

/** A WebSocket, as the socket of a stream. */
class WebSocketClient implements ClientSocket {
  private readonly reader = new FrameReader()
  private closing = false

  constructor(private readonly socket: WebSocket) {}

  write(bytes: Uint8Array, taken: () => void): void {
    const frames = this.closing ? [] : this.reader.read(bytes)
    if (frames === undefined) {
      this.shut(CLOSE.internal, 'the program has written something that is no message')
      taken()
      return
    }
    let open = frames.length
    if (open === 0) taken() // the beginning of a message is kept here
    for (const { text, bytes: message } of frames)
      this.socket.send(message, { binary: !text }, (error) => {
        if (--open === 0 && error == null) taken()
      })
  }

  end(): void {
    this.close()
  }

  close(): void {
    if (this.reader.midFrame) this.shut(CLOSE.internal, 'the program has closed within a message')
    else this.shut(CLOSE.normal, '')
  }

  destroy(why: Dropped): void {
    this.shut(why === 'lost' ? CLOSE.away : CLOSE.later, why === 'lost' ? 'the program has gone' : 'nobody serves this at the moment')
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  private shut(code: number, reason: string): void {
    if (this.closing) return
    this.closing = true
    this.socket.resume() // the answer to the closing is to be seen
    this.socket.close(code, reason)
    const timer = setTimeout(() => {
      this.socket.terminate()
    }, LIMITS['gateway.linger'].most)
    timer.unref()
    this.socket.once('close', () => {
      clearTimeout(timer)
    })
  }
}

/** @returns the bytes of a message, in whatever form `ws` has them */
function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}

/** @returns the head of a request, as a frame for the program */
function headFrame(request: IncomingMessage): Uint8Array {
  return frame('head', requestHead(request.method ?? '', request.url ?? '', request.rawHeaders))
}

/** Tells a stream what comes from its socket. */
function tell(stream: ClientStream, socket: WebSocket, request: IncomingMessage): void {
  stream.received(headFrame(request))
  socket.on('message', (data, isBinary) => {
    stream.received(frame(isBinary ? 'binary' : 'text', bytesOf(data)))
  })
  socket.on('error', () => undefined) // `close` follows
  socket.on('close', (code) => {
    stream.ended(ENDED.includes(code) ? 'end' : 'reset')
    stream.closed()
  })
}

/** What becomes of the WebSockets of a server that accepts nobody any more. */
export interface WebSocketsOfServer {
  /** Clients that can come by another gateway are told to. */
  leave(): void
  /** Sends all away that are there. */
  end(): void
}

const nothing = (): void => undefined

/** Lets clients of an HTTP server come by WebSocket to a name. */
export function acceptWebSockets(server: Server, name: string, gateway: ListenerPort): WebSocketsOfServer {
  const sockets = new WebSocketServer({
    ...{ noServer: true, maxPayload: LARGEST, perMessageDeflate: false, clientTracking: true },
    handleProtocols: (asked) => (asked.has(PROTOCOL) ? PROTOCOL : ([...asked][0] ?? false)),
  })
  const watch = new SessionWatch()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!socket.listeners('error').includes(nothing)) socket.on('error', nothing) // until somebody else has it
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      whenAnswered(socket, () => {
        withoutUpgrade(server, request, socket, head)
      })
      return
    }
    whenAnswered(socket, () => {
      upgraded(request, socket, head)
    })
  })
  const upgraded = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (client.protocol === PROTOCOL) {
        watch.accept(client, gateway, { name, peer: peerOf(request.socket), head: headFrame(request) })
        return
      }
      const stream = gateway.open(name, 'websocket', peerOf(request.socket))
      if (stream === undefined) {
        client.close(CLOSE.later, 'there are too many connections')
        return
      }
      stream.start(new WebSocketClient(client))
      tell(stream, client, request)
    })
  }
  return {
    leave: () => {
      watch.leave()
    },
    end: () => {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    },
  }
}
