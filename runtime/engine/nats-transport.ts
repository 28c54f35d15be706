/**
 * Transport over the NATS servers: each member listens on a subject of its own since before it joins.
 *
 * A message of NATS carries one piece of a packet. What is lost, a piece or all of them, is lost as a packet; sessions mend that.
 *
 *   kind, the sender's index, then
 *     PING, PONG   nothing
 *     RESET        nothing: the sender begins a new connection
 *     PACKET       the packet, sealed
 *     PIECE        number of the packet, of the piece, and of pieces; a piece of the packet, sealed
 *
 * There is a connection to a peer while it answers pings. A peer that has been quiet is pinged; the server says at once when nobody listens there.
 *
 * Invariants
 * - Nothing is taken from a sender that is no member, as far as this member knows after it has looked.
 * - A member is removed early only by one that has heard it before and has not for `UNHEARD_MS`. An answer to a ping says that this has not begun. So a member
 *   whose lease the store does not renew may go on while all others answer it (`isHeardByAll`).
 */
import type { Member, Transport, TransportHandler } from './engine.ts'
import { requirePacketFits } from './limits.ts'
import type { ServerConnection } from './nats-connection.ts'
import { openPacket, SEAL_BYTES, sealPacket } from './sealed-packets.ts'

const PING = 1
const PONG = 2
const PACKET = 3
const PIECE = 4
const RESET = 5
/** Bytes before what a message carries. */
const HEADER_BYTES = 5
const PIECE_HEADER_BYTES = HEADER_BYTES + 12
/** Bytes of a message that the server counts as payload besides. */
const ENVELOPE_BYTES = 1 << 10
/** A packet is held in memory as a whole. */
export const PACKET_BYTES = 256 << 20
/** Milliseconds of quiet until a peer is pinged, between pings of one that does not answer, and without an answer until it is disconnected. */
const QUIET_MS = 400
const PING_AGAIN_MS = 150
const DISCONNECT_MS = 2_000
/** Pings in a row that nobody listens to until the peer is disconnected, and milliseconds of quiet until it is suspected besides. */
const UNHEARD = 3
const UNHEARD_MS = 1_500
/**
 * Milliseconds without a renewal of its lease after which a member is removed. Its server says that nobody listens for it: it has ended, or is cut off. It is
 * only silent: its server may be stopped, and to find another one takes it some four seconds. It has never been heard: it may not know of us, and goes
 * on until it no longer acts by itself (`natsTimes.actMs`).
 */
const DEAD_MS = 2_000
const SILENT_MS = 7_000
const UNKNOWN_MS = 10_000
/** Milliseconds for which an answer to a ping is good, from when the ping was sent: fewer than `UNHEARD_MS`, since a slice may be under way then. */
const ANSWER_GOOD_MS = 1_000

export interface NatsTransportEvents {
  /** Somebody not yet known has sent something: look who is there. `known` is called when that has been done. */
  stranger(known: () => void): void
  /** Nothing is heard of a member: it is dead when its lease is not renewed within this time. */
  suspect(index: number, withinMs: number): void
  /** It is heard of again. */
  trust(index: number): void
  /** Whether this member may just be removing another. */
  condemns(index: number): boolean
  /** Whether the store is late with the renewal of this member's own lease: then it matters whether the others hear it. */
  isLate(): boolean
}

interface Peer {
  readonly index: number
  readonly subject: string
  /** It removes nobody, since it comes and goes. */
  readonly isClient: boolean
  isConnected: boolean
  /** Something has come from it. */
  isKnown: boolean
  heardAt: number
  pingedAt: number
  /** When the last ping was sent that it has answered. */
  answeredAt: number
  /** Pings in a row that nobody has listened to. */
  unheard: number
  isSuspect: boolean
  assembly: Assembly | undefined
}

/** A packet of which some pieces have come. */
interface Assembly {
  readonly packet: number
  readonly pieces: (Uint8Array | undefined)[]
  missing: number
}

export class NatsTransport implements Transport {
  private readonly peers = new Map<number, Peer>()
  private handler: TransportHandler | undefined
  private self: Member | undefined
  private packets = 0
  private readonly timer: NodeJS.Timeout
  private isLooking = false

  /**
   * @param members what the subjects of members begin with
   * @param subject the last part of our own
   */
  constructor(
    private readonly connection: ServerConnection,
    private readonly members: string,
    readonly subject: string,
    private readonly events: NatsTransportEvents,
  ) {
    connection.subscribe(`${members}.${subject}`, ({ data, reply }) => {
      this.received(data, reply)
    })
    connection.listen((up) => {
      if (!up) for (const peer of this.peers.values()) this.disconnect(peer)
    })
    this.timer = setInterval(() => {
      this.look()
    }, PING_AGAIN_MS)
  }

  /** We are a member now. */
  joined(self: Member): void {
    this.self = self
  }

  open(handler: TransportHandler): void {
    this.handler = handler
    for (const peer of this.peers.values()) if (peer.isConnected) handler.connected(peer.index)
  }

  add(member: Member): void {
    const { self } = this
    if (self === undefined || member.index === self.index || this.peers.has(member.index)) return
    if (member.kind === 'client' && self.kind === 'client') return
    const peer: Peer = {
      index: member.index,
      subject: `${this.members}.${subjectOf(member)}`,
      isClient: member.kind === 'client',
      isConnected: false,
      isKnown: false,
      heardAt: performance.now(),
      pingedAt: 0,
      answeredAt: -Infinity,
      unheard: 0,
      isSuspect: false,
      assembly: undefined,
    }
    this.peers.set(member.index, peer)
    this.ping(peer)
  }

  remove(member: Member): void {
    const peer = this.peers.get(member.index)
    if (peer === undefined) return
    this.peers.delete(member.index)
    this.disconnect(peer)
  }

  send(to: number, packet: Uint8Array): void {
    requirePacketFits(packet.length, PACKET_BYTES)
    const peer = this.peers.get(to)
    if (peer?.isConnected !== true) return
    const most = this.connection.maxPayload - ENVELOPE_BYTES
    if (packet.length + HEADER_BYTES + SEAL_BYTES <= most) {
      this.connection.publish(peer.subject, this.message(PACKET, HEADER_BYTES, sealPacket(packet)))
      return
    }
    const size = most - PIECE_HEADER_BYTES - SEAL_BYTES
    const count = Math.ceil(packet.length / size)
    const number = ++this.packets
    for (let i = 0; i < count; i++) {
      const message = this.message(PIECE, PIECE_HEADER_BYTES, sealPacket(packet.subarray(i * size, (i + 1) * size)))
      message.writeUInt32LE(number >>> 0, HEADER_BYTES)
      message.writeUInt32LE(i, HEADER_BYTES + 4)
      message.writeUInt32LE(count, HEADER_BYTES + 8)
      this.connection.publish(peer.subject, message)
    }
  }

  reset(to: number): void {
    const peer = this.peers.get(to)
    if (peer === undefined) return
    this.connection.publish(peer.subject, this.message(RESET, HEADER_BYTES))
    this.disconnect(peer)
    this.ping(peer)
  }

  /** Whether all who might remove this member hear it, and do not: there are such, and each has answered a ping that was sent lately. */
  get isHeardByAll(): boolean {
    const now = performance.now()
    let others = 0
    for (const { isClient, answeredAt } of this.peers.values()) {
      if (isClient) continue
      if (now - answeredAt > ANSWER_GOOD_MS) return false
      others++
    }
    return others > 0
  }

  close(): void {
    clearInterval(this.timer)
    this.handler = undefined
    this.peers.clear()
  }

  private message(kind: number, header: number, content: Uint8Array = NOTHING): Buffer {
    const message = Buffer.allocUnsafe(header + content.length)
    message.writeUInt8(kind, 0)
    message.writeUInt32LE(this.self?.index ?? 0, 1)
    message.set(content, header)
    return message
  }

  // ---------------------------------------------------------------------------------------------------------------- receiving

  private received(data: Uint8Array, reply: string | undefined): void {
    if (this.self === undefined || data.length < HEADER_BYTES) return
    const message = Buffer.from(data.buffer, data.byteOffset, data.length)
    const from = message.readUInt32LE(1)
    const peer = this.peers.get(from)
    if (peer !== undefined) {
      this.take(peer, message, reply)
      return
    }
    // a ping can wait until it is known who pings, all else is lost
    if (message.readUInt8(0) !== PING || this.isLooking) return
    this.isLooking = true
    const pinged = Buffer.from(message)
    this.events.stranger(() => {
      this.isLooking = false
      const known = this.peers.get(from)
      if (known !== undefined) this.take(known, pinged, reply)
    })
  }

  private take(peer: Peer, message: Buffer, reply: string | undefined): void {
    this.hear(peer)
    switch (message.readUInt8(0)) {
      case PING:
        if (reply !== undefined && !this.events.condemns(peer.index)) this.connection.publish(reply, this.message(PONG, HEADER_BYTES))
        if (!peer.isConnected) this.ping(peer)
        return
      case RESET:
        this.disconnect(peer)
        this.ping(peer)
        return
      case PACKET:
        this.packet(peer, openPacket(message.subarray(HEADER_BYTES)))
        return
      case PIECE:
        if (message.length >= PIECE_HEADER_BYTES) this.piece(peer, message)
    }
  }

  private packet(peer: Peer, packet: Uint8Array | undefined): void {
    if (packet === undefined) return
    if (!peer.isConnected) this.connect(peer) // it hears us, or it would not send
    this.handler?.packet(peer.index, packet)
  }

  private piece(peer: Peer, message: Buffer): void {
    const number = message.readUInt32LE(HEADER_BYTES)
    const i = message.readUInt32LE(HEADER_BYTES + 4)
    const count = message.readUInt32LE(HEADER_BYTES + 8)
    const content = openPacket(message.subarray(PIECE_HEADER_BYTES))
    if (content === undefined || i >= count || count > PACKET_BYTES / ENVELOPE_BYTES) return
    if (peer.assembly?.packet !== number || peer.assembly.pieces.length !== count)
      peer.assembly = { packet: number, pieces: Array.from({ length: count }, () => undefined), missing: count }
    const { assembly } = peer
    if (assembly.pieces[i] === undefined) assembly.missing--
    assembly.pieces[i] = new Uint8Array(content)
    if (assembly.missing > 0) return
    peer.assembly = undefined
    this.packet(peer, Buffer.concat(assembly.pieces.filter((each) => each !== undefined)))
  }

  // -------------------------------------------------------------------------------------------------------------- connections

  /** Pings those who are quiet, and gives up those who do not answer. */
  private look(): void {
    if (!this.connection.up) return
    const now = performance.now()
    const isLate = this.events.isLate()
    for (const peer of this.peers.values()) {
      const quietMs = now - peer.heardAt
      const isAbsent = peer.unheard >= UNHEARD
      if (isAbsent || quietMs > DISCONNECT_MS) this.disconnect(peer)
      if (isAbsent && quietMs > UNHEARD_MS) this.suspect(peer, DEAD_MS)
      else if (quietMs > DISCONNECT_MS) this.suspect(peer, SILENT_MS)
      if (quietMs > QUIET_MS || !peer.isConnected || (isLate && !peer.isClient)) this.ping(peer)
    }
  }

  private ping(peer: Peer): void {
    const now = performance.now()
    if (now - peer.pingedAt < PING_AGAIN_MS / 2) return
    peer.pingedAt = now
    this.connection.request(peer.subject, this.message(PING, HEADER_BYTES), DISCONNECT_MS, (reply) => {
      if (this.peers.get(peer.index) !== peer || reply === 'timeout') return
      if (reply === 'no-responders') {
        peer.unheard++ // its subscription may not be known everywhere yet
        return
      }
      if (reply.data[0] !== PONG) return
      this.hear(peer)
      peer.answeredAt = Math.max(peer.answeredAt, now)
      if (!peer.isConnected) this.connect(peer)
    })
  }

  /** Something has come from a peer. */
  private hear(peer: Peer): void {
    peer.heardAt = performance.now()
    peer.isKnown = true
    peer.unheard = 0
    if (!peer.isSuspect) return
    peer.isSuspect = false
    this.events.trust(peer.index)
  }

  private suspect(peer: Peer, withinMs: number): void {
    if (this.self?.kind === 'client') return // the others see it too
    peer.isSuspect = true
    this.events.suspect(peer.index, peer.isKnown ? withinMs : UNKNOWN_MS)
  }

  private connect(peer: Peer): void {
    peer.isConnected = true
    this.handler?.connected(peer.index)
  }

  private disconnect(peer: Peer): void {
    peer.assembly = undefined
    if (!peer.isConnected) return
    peer.isConnected = false
    this.handler?.disconnected(peer.index)
  }
}

/** What stands between the subject of a member and its beacon, in its record. */
const SEPARATOR = ' '

/** @returns what a member's record says of where it is. @param beacon what it says of its beacon (beacon.ts), absent when it has none */
export function addressOf(subject: string, beacon: string | undefined): string {
  return beacon === undefined ? subject : `${subject}${SEPARATOR}${beacon}`
}

function subjectOf({ address }: Member): string {
  return address.split(SEPARATOR, 1)[0] ?? address
}

/** @returns what a member's record says of its beacon */
export function beaconOf({ address }: Member): string | undefined {
  const at = address.indexOf(SEPARATOR)
  return at < 0 ? undefined : address.slice(at + 1)
}

const NOTHING = new Uint8Array(0)
