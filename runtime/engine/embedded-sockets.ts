/**
 * Transport over Unix sockets between the OS processes of one machine.
 *
 * Each member listens on a socket of its own since before it joins. Of two members the later one connects; both begin with a greeting. A
 * connection that ends is made anew by the same side, while the other side probes: where nobody listens any more, the OS process is gone.
 *
 * Invariants
 * - There is at most one greeted connection to a peer; a newer one replaces the older.
 * - Nothing is read from a connection before its greeting was understood. Whoever says anything else is cut off.
 */
import { randomBytes } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Member, Transport, TransportHandler } from './engine.ts'
import { requirePacketFits } from './limits.ts'
import { MAX_PACKET_BYTES, PacketReader, PacketWriter } from './packets.ts'
import { removeSocket, socketPath, socketsIn } from './embedded-run-directory.ts'
import type { Neighbours } from '../threads/neighbours.ts'

/** First bytes of a greeting; the digit is the version of what follows on a connection. */
const GREETING = 'godwit/1'
/** No greeting is longer. */
const GREETING_BYTES = 64
/** So many may be connected that have not greeted; the oldest has to go then. */
const MAX_UNGREETED = 64
/** Milliseconds until a connection must have greeted, and between two attempts to connect. */
const GREETING_WITHIN_MS = 5_000
const RETRY_MS = 20
/** Milliseconds between two probes. */
const PROBE_MS = 50

interface Link {
  readonly socket: Duplex
  readonly writer: PacketWriter
}

export interface SocketEvents {
  /** Somebody not yet known has greeted: look who is there. `known` is called when that has been done. */
  stranger(index: number, known: () => void): void
  /** Nobody listens where this member did: its OS process is gone. */
  dead(member: Member): void
}

export class SocketTransport implements Transport {
  private readonly links = new Map<number, Link>()
  private readonly peers = new Map<number, Member>()
  private readonly server: Server
  private readonly sockets = new Set<Duplex>()
  /** Those that have connected to us and are no peer's yet, the oldest first. */
  private readonly ungreeted = new Set<Duplex>()
  private handler: TransportHandler | undefined
  private closed = false

  private self: Member | undefined
  /** Where we listen. */
  readonly address: string

  /**
   * @param directory the run directory
   * @param neighbours members that are reached without a socket: threads of this OS process
   */
  constructor(
    directory: string,
    private readonly events: SocketEvents,
    private readonly neighbours?: Neighbours,
  ) {
    this.address = socketPath(directory, `${neighbours?.mark ?? ''}${randomBytes(8).toString('hex')}.sock`)
    const accept = (socket: Duplex): void => {
      this.accept(socket)
    }
    this.server = createServer(accept)
    neighbours?.open(accept)
  }

  /** Begins to listen. @throws (as a rejection) when the socket cannot be made */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(this.address, () => {
        this.server.removeListener('error', reject)
        resolve()
      })
    })
  }

  /** We are a member now: peers may be added. */
  joined(self: Member): void {
    this.self = self
  }

  open(handler: TransportHandler): void {
    this.handler = handler
  }

  send(peer: number, packet: Uint8Array): void {
    requirePacketFits(packet.length, MAX_PACKET_BYTES)
    this.links.get(peer)?.writer.push(packet)
  }

  reset(peer: number): void {
    this.links.get(peer)?.socket.destroy()
  }

  /** A member has joined. */
  add(member: Member): void {
    const { self } = this
    if (self === undefined || member.index === self.index || this.peers.has(member.index)) return
    this.peers.set(member.index, member)
    if (member.index < self.index && !(member.kind === 'client' && self.kind === 'client')) this.connect(member)
  }

  /** A member has left. */
  remove(member: Member): void {
    this.peers.delete(member.index)
    this.links.get(member.index)?.socket.destroy()
    removeSocket(member.address)
  }

  close(): void {
    this.closed = true
    for (const link of this.links.values()) link.writer.flush()
    this.server.close()
    for (const socket of this.sockets) socket.end(() => socket.destroy())
    this.neighbours?.close()
    removeSocket(this.address)
  }

  private connect(member: Member): void {
    if (this.closed || !this.peers.has(member.index)) return
    const stream = this.neighbours?.connect(member.address)
    if (stream !== undefined) {
      this.begin(stream, member)
      return
    }
    const socket = connect(member.address)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      this.begin(socket, member)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.refused(member, error)
    })
  }

  /** We have connected to a member. */
  private begin(socket: Duplex, member: Member): void {
    this.greet(socket, member.index)
    this.read(socket, member)
  }

  private refused(member: Member, error: NodeJS.ErrnoException): void {
    if (this.closed || !this.peers.has(member.index)) return
    if (isNobody(error)) this.events.dead(member)
    else
      setTimeout(() => {
        this.connect(member)
      }, RETRY_MS).unref()
  }

  /** Finds out, again and again, whether a peer that shall connect to us still can. */
  private probe(member: Member): void {
    if (this.closed || this.links.has(member.index) || !this.peers.has(member.index)) return
    const socket = connect(member.address)
    socket.once('connect', () => socket.destroy()) // it lives, or is just dying
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (!this.closed && this.peers.has(member.index) && isNobody(error)) this.events.dead(member)
    })
    socket.once('close', () =>
      setTimeout(() => {
        this.probe(member)
      }, PROBE_MS).unref(),
    )
  }

  private greet(socket: Duplex, to: number): void {
    const greeting = Buffer.from(`${GREETING} ${this.self?.index ?? 0} ${to}`)
    const header = Buffer.alloc(4)
    header.writeUInt32LE(greeting.length)
    socket.write(Buffer.concat([header, greeting]))
  }

  private accept(socket: Duplex): void {
    if (this.closed || this.self === undefined) return void socket.destroy()
    if (this.ungreeted.size === MAX_UNGREETED) for (const oldest of [...this.ungreeted].slice(0, 1)) oldest.destroy()
    this.ungreeted.add(socket)
    this.read(socket)
  }

  /**
   * Waits for the greeting, then passes packets on.
   * @param towards whom we have connected to, absent when they connected to us
   */
  private read(socket: Duplex, towards?: Member): void {
    this.sockets.add(socket)
    let peer = 0
    const early: Buffer[] = [] // what came together with the greeting
    const strange = setTimeout(() => socket.destroy(), GREETING_WITHIN_MS)
    strange.unref()
    const reader = new PacketReader((packet) => {
      if (peer > 0) {
        if (this.links.get(peer)?.socket === socket) this.handler?.packet(peer, packet)
        else early.push(Buffer.from(packet))
        return
      }
      if (socket.destroyed) return
      peer = this.greeted(packet)
      clearTimeout(strange)
      if (peer === 0) return void socket.destroy()
      reader.limitBytes = MAX_PACKET_BYTES
      const ready = (): void => {
        if (this.closed || socket.destroyed || !this.peers.has(peer)) return void socket.destroy()
        if (peer > (this.self?.index ?? 0)) this.greet(socket, peer)
        this.ungreeted.delete(socket)
        this.attach(peer, socket)
        socket.resume()
        for (const packet of early.splice(0)) this.handler?.packet(peer, packet)
      }
      if (this.peers.has(peer)) ready()
      else {
        socket.pause() // nothing more of it is taken until the membership has been asked
        this.events.stranger(peer, ready)
      }
    }, GREETING_BYTES)
    socket.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk)) socket.destroy()
    })
    socket.on('error', () => undefined) // 'close' follows
    socket.on('close', () => {
      clearTimeout(strange)
      this.sockets.delete(socket)
      this.ungreeted.delete(socket)
      if (peer > 0) this.detach(peer, socket)
      else if (towards !== undefined)
        setTimeout(() => {
          this.connect(towards)
        }, RETRY_MS).unref() // it went down before it could greet
    })
  }

  /** @returns the index of who greets us, or 0 */
  private greeted(packet: Uint8Array): number {
    const [magic, from, to] = Buffer.from(packet).toString('latin1').split(' ')
    return magic === GREETING && Number(to) === this.self?.index && Number.isSafeInteger(Number(from)) ? Number(from) : 0
  }

  private attach(peer: number, socket: Duplex): void {
    const old = this.links.get(peer)
    const writer = new PacketWriter((bytes) => {
      if (socket.writable) socket.write(bytes)
    })
    this.links.set(peer, { socket, writer })
    if (old !== undefined) {
      old.socket.destroy()
      this.handler?.disconnected(peer)
    }
    this.handler?.connected(peer)
  }

  private detach(peer: number, socket: Duplex): void {
    if (this.links.get(peer)?.socket !== socket) return
    this.links.delete(peer)
    this.handler?.disconnected(peer)
    const member = this.peers.get(peer)
    if (member === undefined || this.closed) return
    if (peer < (this.self?.index ?? 0)) this.connect(member)
    else this.probe(member)
  }
}

/** @returns whether the address is one where nobody listens */
function isNobody(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED' || error.code === 'ENOENT'
}

/** Milliseconds for which a socket at which nobody listens is left alone: its OS process may be about to. */
const SETTLED_MS = 5_000

/** Removes sockets of members that were killed before anybody knew them: nobody else would. Those at which somebody listens stay. */
export function removeDeadSockets(directory: string): void {
  for (const path of socketsIn(directory)) {
    const made = lstatSync(path, { throwIfNoEntry: false })
    if (made?.isSocket() !== true || Date.now() - made.mtimeMs < SETTLED_MS) continue
    const socket = connect(path)
    socket.unref()
    socket.once('connect', () => socket.destroy())
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (isNobody(error)) removeSocket(path)
    })
  }
}
