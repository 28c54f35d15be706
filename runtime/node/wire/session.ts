/**
 * Sessions: from a transport that loses what was under way when a connection breaks, to messages that arrive exactly once and in order while
 * both members live.
 *
 * Each side numbers its messages from 1, keeps those that were not acknowledged, and on every new connection says how many it has received
 * (RESUME); the other side then forgets those and sends the rest again. An acknowledgement rides on each message; where nothing goes back, it
 * is sent by itself, after ACK_EVERY messages or ACK_AFTER_MS.
 *
 * Invariants
 * - `received` is the number of the last message handed to the owner; a lower number is a repetition and is dropped, a gap cannot happen.
 * - Nothing but RESUME is sent on a connection before the peer's RESUME has come.
 * - A member's index names one incarnation, so a node that starts again under its old name is a new peer with a new session.
 */
import type { Cancel, Clock, Transport, TransportHandler } from '../../engine/engine.ts'

const RESUME = 1
const DATA = 2
const ACK = 3
/** kind, 48 bits of number, 48 bits of acknowledgement. */
const HEADER = 13
const ACK_EVERY = 64
const ACK_AFTER_MS = 20

export interface SessionHandler {
  /** `body` may be kept. */
  message(peer: number, body: Uint8Array): void
}

/** One side of the conversation with one peer. */
class Session {
  /** Number of the last message sent, and of the last that the peer has acknowledged. */
  private sent = 0
  private acknowledged = 0
  /** Number of the last message received, and of the last that was acknowledged to the peer. */
  private received = 0
  private acknowledgedToPeer = 0
  /** Messages to send again, from `first` on. */
  private readonly unacknowledged: Buffer[] = []
  private first = 0
  private open = false
  private timer: Cancel | undefined

  constructor(
    readonly peer: number,
    private readonly transport: Transport,
    private readonly clock: Clock,
  ) {}

  connected(): void {
    this.open = false
    const packet = header(RESUME, 0, this.received)
    this.acknowledgedToPeer = this.received
    this.transport.send(this.peer, packet)
  }

  disconnected(): void {
    this.open = false
  }

  close(): void {
    this.open = false
    this.timer?.()
    this.unacknowledged.length = 0
  }

  send(body: Uint8Array): void {
    const packet = Buffer.allocUnsafe(HEADER + body.length)
    this.acknowledgedToPeer = this.received
    writeHeader(packet, DATA, ++this.sent, this.received)
    packet.set(body, HEADER)
    this.unacknowledged.push(packet)
    if (this.open) this.transport.send(this.peer, packet)
  }

  /** @returns the body of a message that comes for the first time, null when there is none, undefined when the packet is nonsense */
  packet(bytes: Uint8Array): Uint8Array | null | undefined {
    if (bytes.length < HEADER) return undefined
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const kind = view.readUInt8(0)
    const number = view.readUIntLE(1, 6)
    if (!this.acknowledge(view.readUIntLE(7, 6))) return undefined
    if (kind === RESUME) {
      this.open = true
      for (let i = this.first; i < this.unacknowledged.length; i++) this.transport.send(this.peer, this.unacknowledged[i] as Buffer) // i < length
      return null
    }
    if (kind === ACK) return null
    if (kind !== DATA || number > this.received + 1) return undefined
    if (number <= this.received) return null
    this.received = number
    if (this.received - this.acknowledgedToPeer >= ACK_EVERY) this.acknowledgeToPeer()
    else
      this.timer ??= this.clock.after(ACK_AFTER_MS, () => {
        this.acknowledgeToPeer()
      })
    return new Uint8Array(view.subarray(HEADER)) // an own copy: messages are kept
  }

  private acknowledge(upTo: number): boolean {
    if (upTo > this.sent) return false
    while (this.acknowledged < upTo) {
      this.unacknowledged[this.first++] = EMPTY
      this.acknowledged++
    }
    if (this.first > 1024 && this.first * 2 > this.unacknowledged.length) {
      this.unacknowledged.splice(0, this.first)
      this.first = 0
    }
    return true
  }

  private acknowledgeToPeer(): void {
    this.timer?.()
    this.timer = undefined
    if (this.acknowledgedToPeer === this.received || !this.open) return
    this.acknowledgedToPeer = this.received
    this.transport.send(this.peer, header(ACK, 0, this.received))
  }
}

const EMPTY = Buffer.alloc(0)

function header(kind: number, number: number, acknowledgement: number): Buffer {
  const packet = Buffer.allocUnsafe(HEADER)
  writeHeader(packet, kind, number, acknowledgement)
  return packet
}

function writeHeader(packet: Buffer, kind: number, number: number, acknowledgement: number): void {
  packet.writeUInt8(kind, 0)
  packet.writeUIntLE(number, 1, 6)
  packet.writeUIntLE(acknowledgement, 7, 6)
}

/** All sessions of a member. */
export class Sessions implements TransportHandler {
  private readonly sessions = new Map<number, Session>()
  private readonly buried = new Set<number>()

  constructor(
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly handler: SessionHandler,
  ) {}

  /** Sends a message, now or when there is a connection. To a member that has left: nothing happens. */
  send(peer: number, body: Uint8Array): void {
    this.of(peer)?.send(body)
  }

  /** The peer has left for good. */
  end(peer: number): void {
    this.buried.add(peer)
    this.sessions.get(peer)?.close()
    this.sessions.delete(peer)
  }

  close(): void {
    for (const session of this.sessions.values()) session.close()
  }

  connected(peer: number): void {
    this.of(peer)?.connected()
  }

  disconnected(peer: number): void {
    this.sessions.get(peer)?.disconnected()
  }

  packet(peer: number, packet: Uint8Array): void {
    const body = this.of(peer)?.packet(packet)
    if (body === undefined) this.transport.reset(peer)
    else if (body !== null) this.handler.message(peer, body)
  }

  private of(peer: number): Session | undefined {
    if (this.buried.has(peer)) return undefined
    let session = this.sessions.get(peer)
    if (session === undefined) {
      session = new Session(peer, this.transport, this.clock)
      this.sessions.set(peer, session)
    }
    return session
  }
}
