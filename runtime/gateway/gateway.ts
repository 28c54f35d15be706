/**
 * A gateway: ports of this machine at which clients come, and their connections to programs, wherever these have their homes.
 *
 * What a client sends goes to the home of the program that serves the name; a client that comes while nobody does waits for a while. Which home that is,
 * and how it is talked to, is the uplink's business: one in this OS process, or one that moves about in a cluster.
 */
import type { ConnectionKind, GatewayConnections, KnownConnection, ToClient } from '../host/gateway-talk.ts'
import { LIMITS } from '../limits.ts'
import { spellListenAddress } from './address.ts'
import type { ListenAddress, Scheme } from './address.ts'
import { ClientStream } from './client-stream.ts'
import type { GatewayStream, HomeOfStream, StreamEvents } from './gateway-stream.ts'
import type { Listener, ListenerPort } from './listener.ts'
import { SessionStream } from './session-stream.ts'
import type { Arrival, SessionSocket } from './session-stream.ts'
import type { Open } from '../../client/wire.ts'
import type { Tracer } from '../node/telemetry/tracer.ts'

/** Finds the homes of programs. */
export interface Uplink {
  /** @returns the home of the program that serves the name; undefined when nobody does, and `Gateway.served` is called as soon as somebody does */
  find(name: string): HomeOfStream | undefined
}

/** @throws Error of Node.js, when the port cannot be listened at */
type Listen = (address: ListenAddress, port: ListenerPort) => Promise<Listener>

/** How each scheme listens; loaded when it is wanted. */
const LISTEN: Readonly<Record<Scheme, () => Promise<Listen>>> = {
  tcp: async () => (await import('./tcp.ts')).listenTcp,
  http: async () => (await import('./http.ts')).listenHttp,
}

/** When a program is known to serve a name, and does not yet, it is asked again so soon. */
const LOOK_AGAIN_MS = 50

/** What sockets have taken is said to the homes so often, unless there is something else to say. */
const SAY_WRITTEN_MS = 25

export class Gateway implements ListenerPort, StreamEvents {
  private readonly streams = new Map<number, GatewayStream>()
  private readonly byHome = new Map<HomeOfStream, Set<GatewayStream>>()
  private readonly homes = new Map<GatewayStream, HomeOfStream>()
  /** Clients for whom nobody serves the name yet. */
  private readonly waiting = new Map<GatewayStream, NodeJS.Timeout>()
  private readonly listeners: Listener[] = []
  /** Those that have come in this turn, and are led to their programs after it. */
  private readonly fresh: GatewayStream[] = []
  private readonly unsaid = new Set<GatewayStream>()
  private saying: NodeJS.Timeout | undefined
  private last = 0
  /** Where it listens. */
  readonly addresses: ListenAddress[] = []

  readonly tracer: Tracer | undefined

  /** @param tracer makes spans of requests */
  constructor(
    private readonly uplink: Uplink,
    tracer?: Tracer,
  ) {
    this.tracer = tracer
  }

  /**
   * Listens at an address.
   * @returns the address with the port that it has got
   * @throws Error of Node.js
   */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    const listen = await LISTEN[address.scheme]()
    const listener = await listen(address, this)
    this.listeners.push(listener)
    const got = { ...address, ...listener.place }
    this.addresses.push(got)
    return got
  }

  open(name: string, kind: ConnectionKind, peer: string): ClientStream | undefined {
    return this.begun((connection) => new ClientStream(connection, { name, kind, peer }, this))
  }

  openSession(socket: SessionSocket, arrival: Arrival, open: Open): SessionStream | undefined {
    return this.begun((connection) => new SessionStream(connection, socket, arrival, open, this))
  }

  /** @param make makes a stream with that number */
  private begun<S extends GatewayStream>(make: (connection: number) => S): S | undefined {
    if (this.streams.size >= LIMITS['gateway.connections'].most) return undefined
    const stream = make(++this.last)
    this.streams.set(stream.connection, stream)
    // its listener has started it by then
    if (this.fresh.push(stream) === 1) setImmediate(this.leadFresh)
    return stream
  }

  private readonly leadFresh = (): void => {
    for (const stream of this.fresh.splice(0)) if (this.streams.has(stream.connection)) this.lead(stream)
  }

  /** Leads a client to its program, or lets it wait. */
  private lead(stream: GatewayStream): void {
    const home = this.uplink.find(stream.opening.name)
    if (home === undefined) {
      this.wait(stream)
      return
    }
    clearTimeout(this.waiting.get(stream))
    this.waiting.delete(stream)
    this.unlink(stream)
    this.homes.set(stream, home)
    const its = this.byHome.get(home)
    if (its === undefined) this.byHome.set(home, new Set([stream]))
    else its.add(stream)
    stream.bind(home)
  }

  /** Nobody serves the name of a client: it waits, for a while after it has come. */
  private wait(stream: GatewayStream, lookAgain = false): void {
    if (this.waiting.has(stream)) return
    this.unlink(stream)
    const left = stream.since + LIMITS['gateway.wait'].most - performance.now()
    const next = (): void => {
      this.waiting.delete(stream)
      if (lookAgain && left > 0) this.lead(stream)
      else stream.drop('unserved')
    }
    this.waiting.set(stream, setTimeout(next, lookAgain ? LOOK_AGAIN_MS : Math.max(0, left)))
  }

  unserved(stream: GatewayStream): void {
    this.wait(stream, true)
  }

  /** Somebody may serve a name that nobody has served. */
  served(name: string): void {
    for (const stream of [...this.waiting.keys()]) if (stream.opening.name === name) this.lead(stream)
  }

  /** @returns what there is here of the program with that home */
  connectionsAt(home: HomeOfStream): GatewayConnections {
    const connections = [...(this.byHome.get(home) ?? [])].map(({ connection, written }) => ({ connection, written }))
    return { addresses: this.addresses.map(spellListenAddress), connections }
  }

  /** The home has been found anew. @param known how far its connections are */
  attached(home: HomeOfStream, known: readonly KnownConnection[]): void {
    const its = new Map(known.map((each) => [each.connection, each]))
    for (const stream of [...(this.byHome.get(home) ?? [])]) stream.attached(its.get(stream.connection))
  }

  /** A home has something for a client. */
  heard(home: HomeOfStream, message: ToClient, bytes: Uint8Array): void {
    const stream = this.streams.get(message.connection)
    if (stream !== undefined && this.waiting.has(stream) && this.uplink.find(stream.opening.name) === home) {
      // it has heard that the name is not served; what it had said behind its opening is answered too, and may have been taken when that had changed
      if (message.end === 'unserved' || message.end === 'refused') return
      this.lead(stream)
    }
    if (stream !== undefined && this.homes.get(stream) === home) stream.heard(message, bytes)
    else if (message.end !== 'refused')
      home.say({ connection: message.connection, at: 0, written: message.at + bytes.length, over: true }, bytes.subarray(0, 0))
  }

  /** The program has ended, or is lost: what it has closed still gets what was written, and a client of which it has not heard may find another. */
  lost(home: HomeOfStream): void {
    for (const stream of [...(this.byHome.get(home) ?? [])]) {
      if (stream.isFresh) this.lead(stream)
      else if (!stream.isClosing) stream.drop('lost')
    }
  }

  forget(stream: GatewayStream): void {
    clearTimeout(this.waiting.get(stream))
    this.waiting.delete(stream)
    this.unsaid.delete(stream)
    this.streams.delete(stream.connection)
    this.unlink(stream)
  }

  private unlink(stream: GatewayStream): void {
    const home = this.homes.get(stream)
    this.homes.delete(stream)
    const its = home === undefined ? undefined : this.byHome.get(home)
    its?.delete(stream)
    if (home !== undefined && its?.size === 0) this.byHome.delete(home)
  }

  written(stream: GatewayStream): void {
    this.unsaid.add(stream)
    this.saying ??= setTimeout(() => {
      this.saying = undefined
      for (const each of this.unsaid) each.sayWritten()
      this.unsaid.clear()
    }, SAY_WRITTEN_MS)
  }

  /**
   * Accepts nobody any more; those that wait for a program are sent away.
   * @param lingerMs as of `Listener.close`
   * @returns when all clients have gone
   */
  async close(lingerMs?: number): Promise<void> {
    for (const [stream, timer] of this.waiting) {
      clearTimeout(timer)
      stream.drop('unserved')
    }
    this.waiting.clear()
    await Promise.all(this.listeners.splice(0).map((listener) => listener.close(lingerMs)))
    clearTimeout(this.saying)
  }
}
