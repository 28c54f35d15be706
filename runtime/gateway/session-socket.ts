/**
 * The WebSockets of clients of the client library: each says first who comes, with which token; then the stream is told what comes of it. A client that says
 * something else, or nothing for too long, is cut off: its session stays, and it may come back.
 */
import type { RawData, WebSocket } from 'ws'
import { decodeClientMessage, encodeGatewayMessage } from '../../client/wire.ts'
import type { GatewayMessage } from '../../client/wire.ts'
import { LIMITS } from '../limits.ts'
import type { ListenerPort } from './listener.ts'
import type { Arrival, SessionSocket, SessionStream } from './session-stream.ts'

/** Between two looks for sockets that are silent. */
const LOOK_EVERY_MS = 5000
/** Why a WebSocket is closed, as its protocol numbers it. */
const CLOSE = { normal: 1000, away: 1001, broken: 1008 } as const

class Guest implements SessionSocket {
  private stream: SessionStream | undefined
  lastHeard = performance.now()

  constructor(
    readonly socket: WebSocket,
    private readonly gateway: ListenerPort,
    private readonly arrival: Arrival,
  ) {}

  /** Whether the client has said who it is. */
  get isKnown(): boolean {
    return this.stream !== undefined
  }

  send(message: GatewayMessage): void {
    this.socket.send(encodeGatewayMessage(message), { binary: true })
  }

  close(code: number = CLOSE.normal): void {
    this.socket.close(code)
    const timer = setTimeout(() => {
      this.socket.terminate()
    }, LIMITS['gateway.linger'].most)
    timer.unref()
    this.socket.once('close', () => {
      clearTimeout(timer)
    })
  }

  heard(data: RawData, isBinary: boolean): void {
    this.lastHeard = performance.now()
    const message = isBinary && data instanceof Uint8Array ? decodeClientMessage(data) : undefined
    const { stream } = this
    if (message === undefined || (message.kind === 'open') !== (stream === undefined)) {
      this.refuse()
      return
    }
    switch (message.kind) {
      case 'open':
        this.stream = this.gateway.openSession(this, this.arrival, message)
        if (this.stream === undefined) {
          this.send({ kind: 'refused', why: 'later' })
          this.close()
        }
        return
      case 'data': {
        const wrong = stream?.received(message)
        if (wrong !== undefined) stream?.refuse(wrong)
        return
      }
      case 'ping':
        this.send({ kind: 'pong' })
        return
      case 'over':
        stream?.ended()
        this.close()
    }
  }

  private refuse(): void {
    if (this.stream !== undefined) this.stream.refuse('malformed')
    else {
      this.send({ kind: 'refused', why: 'malformed' })
      this.close(CLOSE.broken)
    }
  }

  gone(): void {
    this.stream?.closed()
  }

  /** The gateway is about to go: the client may go elsewhere at once. */
  leave(): void {
    this.send({ kind: 'leave', url: '' })
    this.close(CLOSE.away)
  }
}

/** The sockets of sessions at one port. */
export class SessionWatch {
  private readonly guests = new Set<Guest>()
  private looking: NodeJS.Timeout | undefined

  accept(socket: WebSocket, gateway: ListenerPort, arrival: Arrival): void {
    const guest = new Guest(socket, gateway, arrival)
    this.guests.add(guest)
    socket.on('message', (data, isBinary) => {
      guest.heard(data, isBinary)
    })
    socket.on('error', () => undefined) // `close` follows
    socket.on('close', () => {
      this.guests.delete(guest)
      if (this.guests.size === 0) clearInterval(this.looking)
      guest.gone()
    })
    if (this.guests.size === 1) this.looking = setInterval(() => this.look(), LOOK_EVERY_MS)
  }

  private look(): void {
    const now = performance.now()
    for (const { socket, lastHeard, isKnown } of this.guests) {
      const most = isKnown ? LIMITS['session.silence'].most : LIMITS['http.head.time'].most
      if (now - lastHeard > most) socket.terminate()
    }
  }

  leave(): void {
    for (const guest of this.guests) guest.leave()
  }
}
