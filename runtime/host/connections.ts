/**
 * The connections of a program at its home: the names that it serves, the clients that have come, and the services by which processes reach them.
 *
 * Whoever waits is answered in `poll`, between two slices of the home's own site, and never by what a gateway says: so nothing is on its way in a program
 * that has stopped for a cut. A waiting call has changed nothing yet, and may be made again at another home.
 *
 * Invariants
 * - A client is known by its gateway and that one's number of it; the program knows it by a number of its own, which is never given again.
 * - A connection is forgotten when the program has closed it and its gateway has it no more.
 * - A session whose client has lost its socket is `away`: it belongs to no gateway, and waits for its client until it expires.
 * - While the home is about to leave (`rest`), nothing is taken and nothing is told; gateways find the next home and begin again from what both have.
 */
import { LIMITS } from '../limits.ts'
import { AwaySessions } from './away-sessions.ts'
import { ClientSession } from './client-session.ts'
import { Connection } from './connection.ts'
import type { ConnectionEvents, ConnectionStart, ConnectionState } from './connection.ts'
import { ERROR } from './files.ts'
import { CONNECTION_KINDS, NAME_FORM } from './gateway-talk.ts'
import type { FromClient, GatewayConnections, KnownConnection, Opening, SessionOpening, ToClient } from './gateway-talk.ts'

/** What a cut, or a move of the home, keeps of all connections. */
export interface ConnectionsState {
  /** The number that is given next. */
  readonly next: number
  readonly listeners: readonly ListenerState[]
  readonly connections: readonly ConnectionState[]
}

export interface ListenerState {
  readonly number: number
  readonly name: string
  /** Numbers of connections that the program has not accepted. */
  readonly queue: readonly number[]
}

/** What a name of a program is, for people. */
export interface ServedName {
  readonly name: string
  /** Those that the program has not closed. */
  readonly connections: number
  /** Those of them that it has not accepted. */
  readonly waiting: number
}

export interface ConnectionsPort {
  /** Claims a name for the program, which may have it already. @param done gets 0, or why not: a negated `ERROR`; it may come late, or never */
  claim(name: string, done: (refusal: number) => void): void
  /** The program serves the name no more. */
  giveUp(name: string): void
  /** Clients of a name may come from now on. */
  served(name: string): void
  /** Tells an attached gateway. */
  tell(gateway: number, message: ToClient, bytes: Uint8Array): void
  /** Something waits for a cut. */
  waits(): void
  /** `poll` has something to do. */
  poke(): void
  /** Calls `work` after that many milliseconds. @returns what cancels that */
  after(milliseconds: number, work: () => void): () => void
}

/** Services that reach connections; see `HOST_SERVICES`. They answer at once, or later. */
export interface NetServices {
  serve(name: Uint8Array, later: (listener: number) => void): number | undefined
  accept(listener: number, later: (connection: number) => void): number | undefined
  /** Accepts the client of whom something has come first, and reads that: a connection whose client sends nothing keeps nobody waiting. */
  take(listener: number, most: number, later: (taken: Taken) => void): Taken | undefined
  read(connection: number, most: number, later: (bytes: Uint8Array) => void): Uint8Array | undefined
  status(connection: number): number
  write(connection: number, bytes: Uint8Array, later: (result: number) => void): number | undefined
  shut(connection: number): number
  close(number: number): number
  kind(connection: number): number
  peer(connection: number): Uint8Array
}

/** A client that is accepted with what it has sent first; `connection` may be the reason, negated, why there is none. */
export interface Taken {
  readonly connection: number
  readonly bytes: Uint8Array
}

interface Listener {
  readonly number: number
  readonly name: string
  /** Connections that nobody has accepted, as they have come; and those of them that have something to read, as that has come. */
  readonly queue: Set<Connection>
  readonly readable: Set<Connection>
  /** Who waits for the next connection; and who for the next that has something to read, of which they take so much. */
  readonly accepters: ((connection: number) => void)[]
  readonly takers: { readonly most: number; readonly later: (taken: Taken) => void }[]
}

const NOTHING = new Uint8Array(0)
/** There is no such listener, or it is closed. */
const NOBODY: Taken = { connection: -ERROR.EBADF, bytes: NOTHING }
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class Connections implements NetServices, ConnectionEvents {
  private next: number
  private readonly listeners = new Map<number, Listener>()
  /** By the program's number, and by the gateway and its number. */
  private readonly connections = new Map<number, Connection>()
  private readonly byGateway = new Map<number, Map<number, Connection>>()
  /** By id. */
  private readonly sessions = new Map<string, Connection>()
  private readonly away: AwaySessions
  private readonly claiming = new Set<string>()
  /** What has become of claims. */
  private readonly claims: (() => void)[] = []
  private readonly gateways = new Map<number, readonly string[]>()
  /** Those about which `poll` has something to do. */
  private readonly dirty = new Set<Connection>()
  private readonly ready = new Set<Listener>()
  /** Those that nobody has accepted, each with its listener. */
  private readonly unaccepted = new Map<Connection, Listener>()
  /** Of cuts: those that have changed since the last mark, those that wait for a commit, and names that are given up after it. */
  private unmarked = new Set<Connection>()
  private readonly uncommitted = new Set<Connection>()
  private readonly givenUp: { readonly mark: number; readonly name: string }[] = []
  private lastMark = 0
  private waiting = 0
  private resting = false

  /** @param strict what is told outside waits for cuts. @param most clients that are connected at a time */
  constructor(
    private readonly port: ConnectionsPort,
    private readonly strict: boolean,
    state?: ConnectionsState,
    private readonly most = Infinity,
  ) {
    this.next = state?.next ?? 1
    this.away = new AwaySessions(port, (connection) => {
      connection.lost()
    })
    for (const each of state?.connections ?? []) {
      const connection = new Connection(this, strict, each)
      this.keep(connection)
      if (strict) this.unmarked.add(connection)
    }
    for (const { number, name, queue } of state?.listeners ?? []) {
      const listener = listenerAt(number, name)
      this.listeners.set(number, listener)
      for (const each of queue) this.queue(listener, this.connections.get(each))
    }
  }

  // ---------------------------------------------------------------------------------------------- services

  serve(bytes: Uint8Array, later: (listener: number) => void): number | undefined {
    const name = decoder.decode(bytes)
    if (bytes.length > LIMITS['name.length'].most) return -ERROR.ENAMETOOLONG
    if (!NAME_FORM.test(name)) return -ERROR.EINVAL
    if (this.listeners.size >= LIMITS['names.served'].most) return -ERROR.EMFILE
    if (this.claiming.has(name) || this.listenerOf(name) !== undefined) return -ERROR.EADDRINUSE
    this.claiming.add(name)
    this.waiting++
    this.port.claim(name, (refusal) => {
      this.claims.push(() => {
        this.claiming.delete(name)
        this.waiting--
        const number = refusal === 0 ? this.next++ : refusal
        if (refusal === 0) this.listeners.set(number, listenerAt(number, name))
        later(number)
        if (refusal === 0) this.port.served(name)
      })
      this.port.poke()
    })
    return undefined
  }

  accept(number: number, later: (connection: number) => void): number | undefined {
    const listener = this.listeners.get(number)
    if (listener === undefined) return -ERROR.EBADF
    const first = listener.accepters.length === 0 ? this.accepted(listener.queue) : undefined
    if (first !== undefined) return first.number
    listener.accepters.push(later)
    this.waiting++
    return undefined
  }

  take(number: number, most: number, later: (taken: Taken) => void): Taken | undefined {
    const listener = this.listeners.get(number)
    if (listener === undefined) return NOBODY
    if (listener.takers.length === 0 && listener.readable.size > 0) return this.taken(listener, most)
    listener.takers.push({ most, later })
    this.waiting++
    return undefined
  }

  /** A client has come whom nobody has accepted. */
  private queue(listener: Listener, connection: Connection | undefined): void {
    if (connection === undefined) return
    listener.queue.add(connection)
    this.unaccepted.set(connection, listener)
    if (connection.readable) listener.readable.add(connection)
  }

  /** @returns the first of some that nobody has accepted, which is accepted now; undefined when there is none */
  private accepted(among: ReadonlySet<Connection>): Connection | undefined {
    const [first] = among
    if (first !== undefined) this.unqueue(first)
    return first
  }

  private taken({ readable }: Listener, most: number): Taken {
    const connection = this.accepted(readable)
    if (connection === undefined) return NOBODY
    return { connection: connection.number, bytes: most > 0 ? connection.take(most) : NOTHING }
  }

  /** It waits for nobody any more. */
  private unqueue(connection: Connection): void {
    const listener = this.unaccepted.get(connection)
    listener?.queue.delete(connection)
    listener?.readable.delete(connection)
    this.unaccepted.delete(connection)
  }

  read(number: number, most: number, later: (bytes: Uint8Array) => void): Uint8Array | undefined {
    const connection = this.open(number)
    if (connection === undefined || most <= 0) return NOTHING
    if (connection.readers.length === 0 && connection.readable) return connection.take(most)
    connection.readers.push({ most, later })
    this.waiting++
    return undefined
  }

  status(number: number): number {
    const connection = this.open(number)
    if (connection === undefined) return -ERROR.EBADF
    return connection.reset ? -ERROR.ECONNRESET : 0
  }

  write(number: number, bytes: Uint8Array, later: (result: number) => void): number | undefined {
    const connection = this.open(number)
    const refused = this.refusal(connection)
    if (connection === undefined || refused !== undefined) return refused
    if (connection.writers.length === 0 && !connection.full) {
      connection.write(bytes)
      return bytes.length
    }
    connection.writers.push({ bytes, later })
    this.waiting++
    return undefined
  }

  shut(number: number): number {
    const connection = this.open(number)
    connection?.finish('shut')
    return connection === undefined ? -ERROR.EBADF : 0
  }

  close(number: number): number {
    const listener = this.listeners.get(number)
    if (listener !== undefined) {
      this.closeListener(listener)
      return 0
    }
    const connection = this.open(number)
    connection?.finish('close')
    return connection === undefined ? -ERROR.EBADF : 0
  }

  kind(number: number): number {
    const connection = this.open(number)
    return connection === undefined ? -ERROR.EBADF : CONNECTION_KINDS.indexOf(connection.opening.kind)
  }

  peer(number: number): Uint8Array {
    const connection = this.open(number)
    return connection === undefined ? NOTHING : encoder.encode(connection.opening.peer)
  }

  /** @returns the connection that the program calls so, unless it has closed it */
  private open(number: number): Connection | undefined {
    const connection = this.connections.get(number)
    return connection?.shut === 'close' ? undefined : connection
  }

  /** @returns why nothing can be written; undefined when something can */
  private refusal(connection: Connection | undefined): number | undefined {
    if (connection === undefined || connection.shut === 'close') return -ERROR.EBADF
    return connection.shut === 'shut' || connection.broken ? -ERROR.EPIPE : undefined
  }

  private listenerOf(name: string): Listener | undefined {
    for (const listener of this.listeners.values()) if (listener.name === name) return listener
    return undefined
  }

  private closeListener(listener: Listener): void {
    this.listeners.delete(listener.number)
    for (const connection of listener.queue) {
      this.unqueue(connection)
      connection.finish('close')
    }
    this.ready.add(listener)
    this.port.poke()
    if (this.strict) {
      this.givenUp.push({ mark: this.lastMark + 1, name: listener.name })
      this.port.waits()
    } else this.port.giveUp(listener.name)
  }

  // ---------------------------------------------------------------------------------------------- between slices

  /** Whether somebody waits for what the outside can still bring. */
  get outside(): boolean {
    return this.waiting > 0 || this.dirty.size > 0 || this.ready.size > 0
  }

  changed(connection: Connection): void {
    const listener = this.unaccepted.get(connection)
    if (listener !== undefined && connection.readable) {
      listener.readable.add(connection)
      if (listener.takers.length > 0) this.ready.add(listener)
    }
    if (this.dirty.has(connection)) return
    this.dirty.add(connection)
    this.port.poke()
  }

  waits(connection: Connection): void {
    this.unmarked.add(connection)
    this.port.waits()
  }

  /** Answers those who waited, and tells the gateways what there is to tell. */
  poll(): void {
    if (this.resting || (this.dirty.size === 0 && this.ready.size === 0 && this.claims.length === 0)) return
    for (const claimed of this.claims.splice(0)) claimed()
    for (const listener of this.ready) this.answerAccepters(listener)
    this.ready.clear()
    for (const connection of this.dirty) {
      this.answerReaders(connection)
      this.answerWriters(connection)
    }
    this.flush()
  }

  private answerAccepters(listener: Listener): void {
    const closed = !this.listeners.has(listener.number)
    while (listener.accepters.length > 0 && (closed || listener.queue.size > 0)) {
      this.waiting--
      listener.accepters.shift()?.(this.accepted(listener.queue)?.number ?? -ERROR.EBADF)
    }
    for (let [first] = listener.takers; first !== undefined && (closed || listener.readable.size > 0); [first] = listener.takers) {
      listener.takers.shift()
      this.waiting--
      first.later(this.taken(listener, first.most))
    }
  }

  private answerReaders(connection: Connection): void {
    const { readers } = connection
    while (readers.length > 0 && (connection.readable || connection.shut === 'close')) {
      const reader = readers.shift()
      this.waiting--
      reader?.later(connection.shut === 'close' ? NOTHING : connection.take(reader.most))
    }
  }

  private answerWriters(connection: Connection): void {
    const { writers } = connection
    for (let [first] = writers; first !== undefined; [first] = writers) {
      const refused = this.refusal(connection)
      if (refused === undefined && connection.full) return
      writers.shift()
      this.waiting--
      if (refused === undefined) connection.write(first.bytes)
      first.later(refused ?? first.bytes.length)
    }
  }

  /** Tells the gateways what they may know. May be called at any time. */
  flush(): void {
    if (this.resting) return
    for (const connection of this.dirty) {
      const waits = connection.readers.length > 0 || connection.writers.length > 0
      if (!waits || !this.mayAnswer(connection)) this.dirty.delete(connection)
      if (connection.gone) {
        if (connection.shut === 'close') this.forget(connection)
        continue
      }
      if (connection.session?.isAway === true || !this.gateways.has(connection.gateway)) continue
      for (let next = connection.tell(); next !== undefined; next = connection.tell())
        this.port.tell(connection.gateway, next.message, next.bytes)
    }
  }

  /** Whether `poll` has an answer for somebody who waits. */
  private mayAnswer({ readers, writers, readable, full, broken, shut }: Connection): boolean {
    return (readers.length > 0 && (readable || shut === 'close')) || (writers.length > 0 && (!full || broken || shut !== undefined))
  }

  private keep(connection: Connection): void {
    this.connections.set(connection.number, connection)
    if (connection.session !== undefined && !connection.gone) this.sessions.set(connection.session.id, connection)
    if (connection.session?.isAway !== true) this.bind(connection)
    else if (!connection.gone) this.away.add(connection)
  }

  /** It belongs to its gateway. */
  private bind(connection: Connection): void {
    const its = this.byGateway.get(connection.gateway)
    if (its === undefined) this.byGateway.set(connection.gateway, new Map([[connection.connection, connection]]))
    else its.set(connection.connection, connection)
  }

  /** It belongs to its gateway no more. */
  private unbind(connection: Connection): void {
    const its = this.byGateway.get(connection.gateway)
    if (its?.get(connection.connection) === connection) its.delete(connection.connection)
    if (its?.size === 0) this.byGateway.delete(connection.gateway)
  }

  /** The gateway of a connection has it no more: it is over, unless it is a session, whose client may come back. */
  private lose(connection: Connection): void {
    if (connection.session === undefined || connection.gone) connection.lost()
    else {
      connection.leave()
      this.unbind(connection)
      this.away.add(connection)
    }
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection.number)
    this.dirty.delete(connection)
    this.unmarked.delete(connection)
    this.uncommitted.delete(connection)
    this.unbind(connection)
    this.away.delete(connection)
    if (connection.session !== undefined) this.sessions.delete(connection.session.id)
    this.unqueue(connection)
  }

  // ---------------------------------------------------------------------------------------------- gateways

  /** A gateway has found the home. @returns how far its connections are; of those that are not there it may have to say the opening again */
  attach(gateway: number, { addresses, connections }: GatewayConnections): KnownConnection[] {
    this.gateways.set(gateway, addresses)
    const has = new Map(connections.map(({ connection, written }) => [connection, written]))
    const known: KnownConnection[] = []
    for (const connection of [...(this.byGateway.get(gateway)?.values() ?? [])]) {
      const written = has.get(connection.connection)
      if (written === undefined || connection.gone) this.lose(connection)
      else known.push({ connection: connection.connection, ...connection.attached(written) })
    }
    return known
  }

  /** A gateway does not listen any more; its connections stay. */
  detach(gateway: number): void {
    this.gateways.delete(gateway)
  }

  /** Gateways have left the cluster, and their connections with them. @param isThere whether a member has not */
  leave(isThere: (gateway: number) => boolean): void {
    for (const [gateway, connections] of this.byGateway) {
      if (isThere(gateway)) continue
      this.gateways.delete(gateway)
      for (const connection of [...connections.values()]) this.lose(connection)
    }
    for (const gateway of this.gateways.keys()) if (!isThere(gateway)) this.gateways.delete(gateway)
  }

  /** A gateway says something of a connection. */
  heard(gateway: number, message: FromClient, bytes: Uint8Array): void {
    if (this.resting) return
    const { connection: its, opening, at, end, written, over, away } = message
    if (opening?.session !== undefined) {
      this.arrived(gateway, message, opening, opening.session)
      return
    }
    const known = this.byGateway.get(gateway)?.get(its)
    if (known === undefined && opening !== undefined && at > 0) return // it comes behind an opening that was answered, and that will be said again
    const connection = known ?? (over === true || away === true ? undefined : this.opened(gateway, its, opening))
    if (connection === undefined) return
    if (typeof connection === 'string') {
      this.refuse(gateway, its, connection)
      return
    }
    connection.written(written)
    connection.received(at, bytes, end, message.messageEnd)
    if (message.confirmed === true) connection.session?.confirm()
    if (away === true) this.lose(connection)
    else if (over === true) connection.lost()
  }

  private refuse(gateway: number, connection: number, end: Exclude<ToClient['end'], undefined>): void {
    this.port.tell(gateway, { connection, at: 0, end, opened: false, kept: 0, room: 0 }, NOTHING)
  }

  /** The client of a session has come, or its gateway has found the home anew and says so again. */
  private arrived(gateway: number, { connection: its, written }: FromClient, opening: Opening, session: SessionOpening): void {
    const known = this.sessions.get(session.id)
    const found = known?.gone === true ? 'unknown' : (known ?? this.begun(gateway, its, opening, session))
    if (typeof found === 'string') {
      this.refuse(gateway, its, found)
      return
    }
    if (known !== undefined) {
      const admission = known.opening.name === opening.name ? known.session?.admit(session) : 'forged'
      if (admission !== 'admitted') {
        this.refuse(gateway, its, admission === 'overtaken' ? 'taken' : 'unknown')
        return
      }
      const elsewhere = known.gateway !== gateway || known.connection !== its
      if (elsewhere && known.session?.isAway === false) this.refuse(known.gateway, known.connection, 'taken')
      this.unbind(known)
      this.away.delete(known)
      known.gateway = gateway
      known.connection = its
      this.bind(known)
    }
    found.arrived(session, written)
    this.port.tell(gateway, found.welcome(), NOTHING)
  }

  /** A client comes with a session that is not known. */
  private begun(
    gateway: number,
    its: number,
    opening: Opening,
    { resumed }: SessionOpening,
  ): Connection | 'refused' | 'unserved' | 'unknown' {
    return resumed ? 'unknown' : this.opened(gateway, its, opening)
  }

  /** A client has come. @returns its connection, or why there is none */
  private opened(gateway: number, connection: number, opening: FromClient['opening']): Connection | 'refused' | 'unserved' {
    if (opening === undefined) return 'refused' // the program has closed it, and has forgotten it
    const listener = this.listenerOf(opening.name)
    if (listener === undefined) return 'unserved'
    if (listener.queue.size >= LIMITS['connections.waiting'].most || this.connections.size >= this.most) return 'refused'
    const made = new Connection(this, this.strict, { number: this.next++, gateway, connection, ...startOf(opening) })
    this.keep(made)
    this.queue(listener, made)
    this.ready.add(listener)
    if (this.strict) this.waits(made)
    this.port.poke()
    return made
  }

  /** @returns the names that the program serves, and where gateways listen */
  names(): { readonly names: readonly ServedName[]; readonly gateways: readonly string[] } {
    const open = [...this.connections.values()].filter(({ shut }) => shut !== 'close')
    const names = [...this.listeners.values()].map(({ name, queue }) => ({
      name,
      connections: open.filter(({ opening }) => opening.name === name).length,
      waiting: queue.size,
    }))
    return { names, gateways: [...this.gateways.values()].flat() }
  }

  // ---------------------------------------------------------------------------------------------- cuts and moves

  /** Whether something waits for a cut. */
  get isWaiting(): boolean {
    return this.unmarked.size > 0 || this.uncommitted.size > 0 || this.givenUp.length > 0
  }

  /** A cut is made. @returns its mark, for `committed` */
  mark(): number {
    this.lastMark++
    for (const connection of this.unmarked) {
      connection.marked(this.lastMark)
      this.uncommitted.add(connection)
    }
    this.unmarked = new Set()
    return this.lastMark
  }

  /** A cut is committed: what it holds may be told. */
  committed(mark: number): void {
    for (const connection of this.uncommitted) if (!connection.committed(mark)) this.uncommitted.delete(connection)
    while (this.givenUp[0] !== undefined && this.givenUp[0].mark <= mark) this.port.giveUp(this.givenUp.shift()?.name ?? '')
    this.flush()
  }

  state(): ConnectionsState {
    return {
      next: this.next,
      listeners: [...this.listeners.values()].map(({ number, name, queue }) => ({
        number,
        name,
        queue: [...queue].map((each) => each.number),
      })),
      connections: [...this.connections.values()].map((connection) => connection.state()),
    }
  }

  /** The names that the program serves. */
  get served(): readonly string[] {
    return [...this.listeners.values()].map(({ name }) => name)
  }

  /** The home is about to leave, or does nothing any more. */
  rest(): void {
    this.resting = true
    this.away.rest()
  }

  /** The home has not left; its gateways attach anew. */
  stay(): void {
    this.resting = false
    this.away.stay()
    this.port.poke()
  }

  /** The program is over: what it has written leaves, and its connections are closed. */
  conclude(): void {
    this.resting = false
    this.away.rest()
    for (const connection of this.connections.values()) connection.conclude()
    this.flush()
  }
}

function listenerAt(number: number, name: string): Listener {
  return { number, name, queue: new Set(), readable: new Set(), accepters: [], takers: [] }
}

/** @returns what a connection begins with: a session has the head of its request in its stream already, so that its client need not say how long that is */
function startOf({ name, kind, peer, session }: Opening): Pick<ConnectionStart, 'opening' | 'input' | 'session'> {
  const opening = { name, kind, peer }
  if (session === undefined) return { opening }
  return { opening, input: Buffer.from(session.head, 'base64'), session: ClientSession.begun(session).state() }
}
