/**
 * Sessions: from a transport that may lose packets or bring them twice, to messages that arrive exactly once and in order while both members live.
 *
 * Each side numbers its messages from 1 and keeps those that were not acknowledged. An acknowledgement rides on each packet; where nothing goes back,
 * it is sent by itself, after ACK_EVERY messages or ACK_AFTER_MS. What was lost is sent again for one of three reasons:
 *   - a new connection: each side says how many it has received (RESUME), and is answered, so that one of the two packets suffices;
 *   - a later message has come: the receiver says so (GAP), once for each gap;
 *   - nothing was acknowledged for a while: a timer, whose patience doubles while nothing is heard.
 * Then the messages go out from the first that was not acknowledged, BATCH at a time: the next batch follows when the one before was acknowledged.
 *
 * Invariants
 * - `received` is the number of the last message handed to the owner; a lower number is a repetition and is dropped, and so is what follows a gap.
 * - Numbers up to `acknowledged` are with the peer, those from `next` on wait here, those between are on their way or lost.
 * - After a connection nothing but RESUME is sent before something has come from the peer, which says what it has.
 * - What waits for a peer is bounded by what may wait and by what is said without processes that run: programs stand still while it is more (`isFull`).
 * - A member's index names one incarnation, so a node that starts again under its old name is a new peer with a new session.
 */
import type { Cancel, Clock, Engine, Transport, TransportHandler } from '../../engine/engine.ts'
import { requirePacketFits } from '../../engine/limits.ts'
import { LIMITS } from '../../limits.ts'

const RESUME = 1
const DATA = 2
const ACK = 3
const GAP = 4
/** kind, 48 bits of number, 48 bits of acknowledgement. */
const HEADER_BYTES = 13
const ACK_EVERY = 64
const ACK_AFTER_MS = 20
/** Messages that are sent again before something is heard, and bytes of them after which no further one is. */
const BATCH = ACK_EVERY
const BATCH_BYTES = 1 << 20
/** Milliseconds without an acknowledgement after which messages are sent again, at first and at most. */
const PATIENCE_MS = 250
const MOST_PATIENCE_MS = 4_000
/** Who has so much patience has waited for some three quarters of that, and calls the peer silent. */
const SILENT_PATIENCE_MS = 4 * PATIENCE_MS

export interface SessionHandler {
  /** `body` may be kept. */
  message(peer: number, body: Uint8Array): void
}

/** One side of the conversation with one peer. */
class Session {
  /** Number of the last message that was given to send, of the last that the peer has acknowledged, and of the next to go out. */
  private sent = 0
  private acknowledged = 0
  private next = 1
  /** Number of the last message received, and of the last that was acknowledged to the peer. */
  private received = 0
  private acknowledgedToPeer = 0
  /** The gap after this message was reported to the peer. */
  private reported = -1
  /** Messages to send again, from `first` on. */
  private readonly unacknowledged: Buffer[] = []
  private first = 0
  /** There is a connection. */
  private isConnected = false
  /** Something has come on the connection: messages may go out. */
  private open = false
  /** Messages go out again, a batch at a time. */
  private isRepeating = false
  private acknowledging: Cancel | undefined
  private watching: Cancel | undefined
  private patienceMs = PATIENCE_MS
  /** Bytes of the messages that were not acknowledged. */
  private waiting = 0

  /** @param full hears of it whenever more waits than may, and when that is over */
  constructor(
    readonly peer: number,
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly mostWaiting: number,
    private readonly full: (isFull: boolean) => void,
  ) {}

  /** @param bytes so much more waits for the peer, or less */
  private waits(bytes: number): void {
    const before = this.waiting > this.mostWaiting
    this.waiting += bytes
    const now = this.waiting > this.mostWaiting
    if (now !== before) this.full(now)
  }

  /** Whether the peer has not answered for a while, though something waits for it. */
  get isSilent(): boolean {
    if (!this.isConnected) return this.acknowledged < this.sent
    return this.patienceMs >= SILENT_PATIENCE_MS && (!this.open || this.acknowledged < this.sent)
  }

  connected(): void {
    this.isConnected = true
    this.open = false
    this.patienceMs = PATIENCE_MS
    this.watching?.()
    this.watching = undefined
    this.tell(RESUME)
    this.watch()
  }

  disconnected(): void {
    this.isConnected = false
    this.open = false
  }

  close(): void {
    this.disconnected()
    this.acknowledging?.()
    this.watching?.()
    this.unacknowledged.length = 0
    this.waits(-this.waiting)
  }

  send(body: Uint8Array): void {
    const packet = Buffer.allocUnsafe(HEADER_BYTES + body.length)
    writeHeader(packet, DATA, ++this.sent, this.received)
    packet.set(body, HEADER_BYTES)
    this.unacknowledged.push(packet)
    this.waits(packet.length)
    if (this.open && this.next === this.sent && !this.isRepeating) {
      this.next++
      this.acknowledgedToPeer = this.received
      this.transport.send(this.peer, packet)
    }
    this.watch()
  }

  /** @returns the body of a message that comes for the first time, null when there is none, undefined when the packet is nonsense */
  packet(bytes: Uint8Array): Uint8Array | null | undefined {
    if (bytes.length < HEADER_BYTES) return undefined
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const kind = view.readUInt8(0)
    const number = view.readUIntLE(1, 6)
    if (!this.acknowledge(view.readUIntLE(7, 6))) return undefined
    const opened = this.isConnected && !this.open
    if (opened) this.open = true
    switch (kind) {
      case RESUME:
        this.tell(ACK)
        this.repeat()
        return null
      case GAP:
        this.repeat()
        return null
      case ACK:
        if (opened) this.repeat()
        return null
      case DATA:
        if (opened) this.repeat()
        return this.data(number, view)
    }
    return undefined
  }

  private data(number: number, view: Buffer): Uint8Array | null {
    if (number > this.received + 1) {
      if (this.reported !== this.received) this.tell(GAP)
      this.reported = this.received
      return null
    }
    if (number <= this.received) {
      this.acknowledgedToPeer = 0 // it has not heard of it
      this.acknowledgeSoon()
      return null
    }
    this.received = number
    if (this.received - this.acknowledgedToPeer >= ACK_EVERY) this.acknowledgeToPeer()
    else this.acknowledgeSoon()
    return new Uint8Array(view.subarray(HEADER_BYTES)) // an own copy: messages are kept
  }

  private acknowledge(upTo: number): boolean {
    if (upTo > this.sent) return false
    if (upTo <= this.acknowledged) return true
    let taken = 0
    while (this.acknowledged < upTo) {
      taken += this.unacknowledged[this.first]?.length ?? 0
      this.unacknowledged[this.first++] = EMPTY
      this.acknowledged++
    }
    if (this.first > 1024 && this.first * 2 > this.unacknowledged.length) {
      this.unacknowledged.splice(0, this.first)
      this.first = 0
    }
    this.waits(-taken)
    this.patienceMs = PATIENCE_MS
    if (this.next <= upTo) this.next = upTo + 1
    if (this.isRepeating) this.goOn()
    return true
  }

  /** Sends everything again that was not acknowledged. */
  private repeat(): void {
    this.next = this.acknowledged + 1
    this.isRepeating = true
    this.goOn()
  }

  private goOn(): void {
    if (!this.open) return
    let bytes = 0
    while (this.next <= this.sent && this.next - this.acknowledged <= BATCH && bytes < BATCH_BYTES) {
      const packet = this.unacknowledged[this.first + this.next - this.acknowledged - 1] as Buffer // all since the last acknowledged are there
      packet.writeUIntLE(this.received, 7, 6)
      this.acknowledgedToPeer = this.received
      this.next++
      bytes += packet.length
      this.transport.send(this.peer, packet)
    }
    if (this.next > this.sent) this.isRepeating = false
    this.watch()
  }

  /** Sees to it that what is not acknowledged goes out again. */
  private watch(): void {
    if (this.watching !== undefined || !this.isConnected || (this.open && this.acknowledged === this.sent)) return
    const before = this.acknowledged
    this.watching = this.clock.after(this.patienceMs, () => {
      this.watching = undefined
      if (before === this.acknowledged) {
        this.patienceMs = Math.min(2 * this.patienceMs, MOST_PATIENCE_MS)
        if (!this.open) this.tell(RESUME)
        else if (this.acknowledged < this.sent) this.repeat()
      }
      this.watch()
    })
  }

  private acknowledgeSoon(): void {
    this.acknowledging ??= this.clock.after(ACK_AFTER_MS, () => {
      this.acknowledgeToPeer()
    })
  }

  private acknowledgeToPeer(): void {
    this.acknowledging?.()
    this.acknowledging = undefined
    if (this.acknowledgedToPeer !== this.received && this.open) this.tell(ACK)
  }

  /** Sends what is no message of the owner. */
  private tell(kind: number): void {
    this.acknowledgedToPeer = this.received
    const packet = Buffer.allocUnsafe(HEADER_BYTES)
    writeHeader(packet, kind, 0, this.received)
    this.transport.send(this.peer, packet)
  }
}

const EMPTY = Buffer.alloc(0)

function writeHeader(packet: Buffer, kind: number, number: number, acknowledgement: number): void {
  packet.writeUInt8(kind, 0)
  packet.writeUIntLE(number, 1, 6)
  packet.writeUIntLE(acknowledgement, 7, 6)
}

/** All sessions of a member. */
export class Sessions implements TransportHandler {
  private readonly sessions = new Map<number, Session>()
  private readonly buried = new Set<number>()
  /** Peers for whom more waits than may. */
  private readonly full = new Set<number>()
  /** Nobody listens any more, though the transport goes on for a while: until the member has left the cluster. */
  private closed = false

  constructor(
    private readonly engine: Pick<Engine, 'transport' | 'clock' | 'limits'>,
    private readonly handler: SessionHandler,
    private readonly mostWaiting = LIMITS['session.waiting'].most,
  ) {}

  /** Whether more messages wait for some peer than may: whoever can wait with what it has to say does. */
  get isFull(): boolean {
    return this.full.size > 0
  }

  /** @returns the peers that have not answered for a while, though something waits for them */
  silent(): readonly number[] {
    return [...this.sessions.values()].filter(({ isSilent }) => isSilent).map(({ peer }) => peer)
  }

  /**
   * Sends a message, now or when there is a connection. To a member that has left: nothing happens.
   * @throws EngineError `too-large`
   */
  send(peer: number, body: Uint8Array): void {
    requirePacketFits(body.length + HEADER_BYTES, this.engine.limits.packetBytes)
    this.of(peer)?.send(body)
  }

  /** The peer has left for good. */
  end(peer: number): void {
    this.buried.add(peer)
    this.sessions.get(peer)?.close()
    this.sessions.delete(peer)
  }

  close(): void {
    this.closed = true
    for (const session of this.sessions.values()) session.close()
  }

  connected(peer: number): void {
    this.of(peer)?.connected()
  }

  disconnected(peer: number): void {
    this.sessions.get(peer)?.disconnected()
  }

  packet(peer: number, packet: Uint8Array): void {
    if (this.closed) return
    const body = this.of(peer)?.packet(packet)
    if (body === undefined) this.engine.transport.reset(peer)
    else if (body !== null) this.handler.message(peer, body)
  }

  private of(peer: number): Session | undefined {
    if (this.closed || this.buried.has(peer)) return undefined
    let session = this.sessions.get(peer)
    if (session === undefined) {
      session = new Session(peer, this.engine.transport, this.engine.clock, this.mostWaiting, (isFull) => {
        if (isFull) this.full.add(peer)
        else this.full.delete(peer)
      })
      this.sessions.set(peer, session)
    }
    return session
  }
}
