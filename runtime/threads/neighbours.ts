/**
 * The threads of one OS process that are members of one cluster, and the connections between them: rings in shared memory instead of sockets.
 * The main thread makes the neighbourhood, gives each thread its place in it, and passes on what a thread that connects to another has made for both.
 * Where a member listens tells by its name in which place it is, if in any; so clients reach it by its socket as they reach every member.
 */
import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { Duplex } from 'node:stream'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { bellMemory, Ear, MOST_THREADS, ring } from './bell.ts'
import { Ring, ringMemory } from './ring.ts'
import { ThreadStream } from './stream.ts'

/** A thread has made two rings for itself and another: `to` reads the first. */
interface Call {
  readonly kind: 'call'
  readonly from: number
  readonly to: number
  readonly rings: readonly [SharedArrayBuffer, SharedArrayBuffer]
}

/** A thread has ended. */
interface Gone {
  readonly kind: 'gone'
  readonly slot: number
}

type Message = Call | Gone

/** What a new thread gets to become a neighbour. */
export interface Place {
  readonly neighbourhood: string
  readonly slot: number
  readonly bells: SharedArrayBuffer
  /** To the main thread. To be transferred. */
  readonly port: MessagePort
}

/** Nobody listens in this thread, or nobody does any more: whoever has called hears at once that the connection is closed. */
function refuse(stream: Duplex): void {
  stream.destroy()
}

/** One thread's view. */
export class Neighbours {
  private readonly streams = new Map<ThreadStream, number>()
  private readonly gone = new Set<number>()
  private readonly bells: Int32Array
  private readonly ear: Ear
  private closing = false
  private accept = refuse

  constructor(
    private readonly neighbourhood: string,
    private readonly slot: number,
    bells: SharedArrayBuffer,
    private readonly send: (message: Call) => void,
  ) {
    this.bells = new Int32Array(bells)
    this.ear = new Ear(this.bells, slot, () => {
      for (const stream of this.streams.keys()) stream.look()
    })
  }

  /** How the name of a socket begins at which this thread listens. */
  get mark(): string {
    return `${this.neighbourhood}-${this.slot}-`
  }

  /** @param accept hears of each connection that another thread makes from now on */
  open(accept: (stream: Duplex) => void): void {
    this.accept = accept
  }

  /**
   * @param address where a member listens
   * @returns a connection to it, which can be written to at once; undefined when it is no thread of this OS process, or none any more
   */
  connect(address: string): Duplex | undefined {
    const [neighbourhood, text] = basename(address).split('-')
    const to = Number(text)
    if (neighbourhood !== this.neighbourhood || this.gone.has(to) || to === this.slot) return undefined
    const rings = [ringMemory(), ringMemory()] as const
    const stream = this.stream(to, new Ring(rings[1]), new Ring(rings[0]))
    this.send({ kind: 'call', from: this.slot, to, rings })
    return stream
  }

  /** Takes what the main thread has passed on. */
  take(message: Message): void {
    if (message.kind === 'gone') {
      this.gone.add(message.slot)
      for (const [stream, slot] of this.streams) if (slot === message.slot) stream.peerEnded()
      return
    }
    const { from, rings } = message
    const stream = this.stream(from, new Ring(rings[0]), new Ring(rings[1]))
    if (this.gone.has(from)) stream.peerEnded()
    this.accept(stream)
  }

  /** No connection is accepted any more; those that there are may end. */
  close(): void {
    this.accept = refuse
    this.closing = true
    this.closeEar()
  }

  private closeEar(): void {
    if (this.closing && this.streams.size === 0) this.ear.close()
  }

  private stream(peer: number, incoming: Ring, outgoing: Ring): ThreadStream {
    const stream = new ThreadStream(
      incoming,
      outgoing,
      () => {
        ring(this.bells, peer)
      },
      () => {
        this.streams.delete(stream)
        this.closeEar()
      },
    )
    this.streams.set(stream, peer)
    return stream
  }
}

/** @returns the view of a thread that was given a place */
export function settle({ neighbourhood, slot, bells, port }: Place): Neighbours {
  const neighbours = new Neighbours(neighbourhood, slot, bells, (message) => {
    port.postMessage(message)
  })
  port.on('message', (message: Message) => {
    neighbours.take(message)
  })
  port.unref()
  return neighbours
}

/** The main thread's side: it knows all places. It has the first one itself. */
export class Neighbourhood {
  private readonly name = randomBytes(6).toString('hex')
  private readonly bells = bellMemory()
  private readonly ports = new Map<number, MessagePort>()
  private slots = 1
  readonly own = new Neighbours(this.name, 0, this.bells, (message) => {
    this.pass(message)
  })

  /** @returns a place for a new thread; undefined when there is none any more, so that it has to use sockets */
  place(): Place | undefined {
    if (this.slots === MOST_THREADS) return undefined
    const slot = this.slots++
    const { port1, port2 } = new MessageChannel()
    this.ports.set(slot, port1)
    port1.on('message', (message: Call) => {
      this.pass(message)
    })
    port1.unref()
    return { neighbourhood: this.name, slot, bells: this.bells, port: port2 }
  }

  /** A thread has ended: its neighbours hear that its connections are closed. */
  ended(slot: number): void {
    this.ports.get(slot)?.close()
    this.ports.delete(slot)
    const gone: Gone = { kind: 'gone', slot }
    for (const port of this.ports.values()) port.postMessage(gone)
    this.own.take(gone)
  }

  private pass(message: Call): void {
    const { from, to } = message
    if (to === 0) this.own.take(message)
    else if (this.ports.has(to)) this.ports.get(to)?.postMessage(message)
    else this.tell(from, { kind: 'gone', slot: to })
  }

  private tell(slot: number, message: Message): void {
    if (slot === 0) this.own.take(message)
    else this.ports.get(slot)?.postMessage(message)
  }
}
