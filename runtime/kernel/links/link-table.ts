/**
 * Links: whatever a process holds that is not its own data, across nodes. One `LinkTable` beside each kernel of a program.
 *
 * It is deterministic and driven by messages, which the transport delivers reliably and in order for each pair of nodes.
 * links/objects.ts says what an object, its place and its version are; links/router.ts how messages find it; links/channels.ts and links/joins.ts
 * how channels and joins work between nodes; links/capture.ts what a capture takes along. See docs/decisions/0003-links.md.
 *
 * Invariants
 * - A process is in one kernel, or in one capture that is neither committed nor aborted.
 * - While only one node knows an object, there is no entry for it, and nothing here is ever asked: a program of one node pays nothing.
 * - The tables do not grow for ever: see links/upkeep.ts.
 */
import { Channel, GONE } from '../scheduler/state.ts'
import { Fault } from '../scheduler/fault.ts'
import { Monitor } from '../scheduler/monitor.ts'
import type { MonitorRequest } from '../scheduler/monitor.ts'
import type { Kernel, Links } from '../scheduler/kernel.ts'
import { arrive } from './arrival.ts'
import type { LinkParts } from './arrival.ts'
import { ProcessCapture, select } from './capture.ts'
import type { CaptureMode } from './capture.ts'
import { ChannelLinks } from './channels.ts'
import { ForkLinks } from './forks.ts'
import type { Gathered, Stream } from './gathered.ts'
import { Groups } from './groups.ts'
import type { History } from './history.ts'
import { HandleLinks } from './handles.ts'
import { writeImage } from './image.ts'
import type { Census, SiteCut } from './image.ts'
import { JoinLinks } from './joins.ts'
import { MonitorLinks } from './monitors.ts'
import { ProcessNames } from './names.ts'
import { Upkeep } from './upkeep.ts'
import type { Residual, StagedObjects } from './upkeep.ts'
import { AWAY, ChannelLink, HERE, MonitorLink, ProcessLink, Shell, SlotLink, Stub, TRANSIT, departed, isOurs } from './objects.ts'
import type { Linked } from './objects.ts'
import type { Message, Routed, Seek } from './messages.ts'
import { Revival } from './revival.ts'
import type { Share } from './revival.ts'
import { Router } from './router.ts'
import { bornOf, pathOf } from '../inspect/paths.ts'
import type { Process, Unit } from '../scheduler/state.ts'
import { readsImages } from '../snapshot/agents.ts'
import type { ReceivedAhead, SentAhead } from '../snapshot/ahead.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { Header } from '../snapshot/snapshot-format.ts'
import { readSnapshot } from '../snapshot/snapshot-reader.ts'
import type { Decoded, UnitOf } from '../snapshot/snapshot-reader.ts'
import { writeSnapshot } from '../snapshot/snapshot-writer.ts'
import type { Value } from '../scheduler/value.ts'

export { isTied, together } from './capture.ts'
export type { CaptureMode } from './capture.ts'
export type { Residual } from './upkeep.ts'
export type { UnitOf } from '../snapshot/snapshot-reader.ts'

/** Hands a message to the transport: reliable and in order per pair of nodes. `message` may be kept. Never called with `to === self`. */
export type Send = (to: number, message: Uint8Array) => void

/** What was frozen and taken out of a kernel, on its way: either `commit` or `abort` must follow. */
export interface Captured {
  readonly bytes: Uint8Array
  /** How many of the bytes are of each root alone, in the order of `paths`. */
  readonly rootSizes: readonly number[]
  /** Hashes of the units the destination needs. */
  readonly unitHashes: readonly string[]
  /** The units themselves, by hash. */
  readonly units: ReadonlyMap<string, Unit>
  /** Global ids of the roots, in the order given (roots below other roots are left out). Stable for the life of the process. */
  readonly processIds: readonly number[]
  /** Paths of the roots, likewise. */
  readonly paths: readonly string[]
  /** How many processes. */
  readonly count: number
  /** How many channel homes move along. */
  readonly channels: number
}

/** A decoded and checked capture that has no effect yet. */
export interface Staged {
  readonly header: Header
  readonly paths: readonly string[]
  readonly processIds: readonly number[]
  readonly count: number
}

/** Something that can never happen any more because a node has vanished. */
export interface Loss {
  readonly kind: 'output' | 'input' | 'join'
  /** The node that vanished, or the last one that did. */
  readonly node: number
  /** Who waits in vain, here. */
  readonly process: Process
  readonly why: string
}

export interface LinkStats {
  readonly sent: number
  readonly received: number
  /** Messages that wait here for an object that is on its way, and captures that are neither committed nor aborted. */
  readonly held: number
  /** Entries in the tables, for watching their growth. */
  readonly entries: number
}

export interface LinkOptions {
  /** Told once for each loss. */
  readonly lost?: (loss: Loss) => void
  /** The other nodes there are now, asked when a hint leads nowhere and before a home is forgotten. Absent: there are none. */
  readonly peers?: () => readonly number[]
  /** Whether a node is known to have gone, also before this table was made. Absent: only `nodeGone` tells. */
  readonly hasLeft?: (node: number) => boolean
  /** Finds units of mobile processes that have come from other nodes. */
  readonly unitOf?: UnitOf
  /** How many ids this node has given for the program before, in an earlier incarnation of it. */
  readonly idsGiven?: number
  /** Bytes of groups that have not changed which a cut writes anew at least; absent: as groups.ts has it. */
  readonly leastBytes?: number
  /** Forwarders that are kept until nobody has asked them for a while; absent: MOST_FORWARDERS. */
  readonly mostForwarders?: number
  /** Hears what happens between nodes. Absent: nobody wants to know. */
  readonly history?: History
  /** A process is forked elsewhere, and the FORKING around it is here: it has a place now. */
  readonly reserved?: (standIn: Process, name: string, place: number) => void
  /** A process without a parent, a program's main process, has ended here. */
  readonly rootEnded?: (p: Process, id: number) => void
}

/** Entries that only say where something has gone which may come to be between two `expire`; then that is done at once. */
export const MOST_FORWARDERS = 1 << 17

interface Capture extends Captured {
  readonly transit: readonly Linked[]
  /** The places of the roots in their joins, and how often the roots have moved, this move included. */
  readonly roots: readonly (readonly [SlotLink, moves: number])[]
  /** Of the channels in it. */
  readonly names: ReadonlySet<number>
  settled: boolean
  readonly ahead: SentAhead | undefined
}

interface Stage extends Staged, StagedObjects {
  readonly decoded: Decoded
  adopted: boolean
}

export class LinkTable implements Links {
  private readonly router: Router
  private readonly channels: ChannelLinks
  private readonly joins: JoinLinks
  private readonly names: ProcessNames
  private readonly monitors: MonitorLinks
  private readonly forks: ForkLinks
  private readonly parts: LinkParts
  private readonly upkeep: Upkeep
  private readonly groups: Groups
  private inTransit = 0
  /** Forwarders that have come to be since `expire`, at most, and how many may. */
  private forwarders = 0
  private readonly mostForwarders: number
  private lastGone = -1

  /**
   * @param self this node's number, less than 65536, never that of another node of this program
   * @param options what the table asks and tells
   */
  constructor(
    readonly kernel: Kernel,
    readonly self: number,
    send: Send,
    private readonly options: LinkOptions = {},
  ) {
    this.router = new Router({
      self,
      send,
      peers: options.peers ?? ((): readonly number[] => []),
      deliver: (link, message, from) => this.deliver(link, message, from),
      direct: (message, from) => this.direct(message, from),
      hasLeft: options.hasLeft ?? ((): boolean => false),
      vanished: (link) => this.vanished(link),
      staged: (id) => this.upkeep.brings(id),
      again: (id) => {
        this.again(id)
      },
      retry: (message) => this.forks.retry(message),
      refuse: (message) => {
        this.forks.refuse(message)
      },
      decline: (message) => {
        this.monitors.decline(message)
      },
    })
    this.router.counter = options.idsGiven ?? 0
    this.names = new ProcessNames(this.router, options.history)
    this.monitors = new MonitorLinks(kernel, this.router, this.names)
    const handles = new HandleLinks(this.monitors)
    this.channels = new ChannelLinks(kernel, this.router, handles, options.history)
    handles.name(this.channels)
    this.joins = new JoinLinks(kernel, this.router, handles, (p) => options.rootEnded?.(p, this.idOf(p)))
    this.forks = new ForkLinks(kernel, this.router, this.joins, this.names, options.reserved)
    this.parts = { router: this.router, channels: this.channels, joins: this.joins, names: this.names, monitors: this.monitors }
    this.upkeep = new Upkeep(kernel, this.parts)
    handles.leaves = (id) => {
      this.upkeep.departs(id)
    }
    this.groups = new Groups(this.joins, options.leastBytes)
    this.mostForwarders = options.mostForwarders ?? MOST_FORWARDERS
    if (kernel.tracks) this.joins.touched = (p) => this.groups.touch(p)
    kernel.links = this
    readsImages(kernel, options.unitOf)
  }

  // ------------------------------------------------------------------------------------------ moving processes

  /**
   * Freezes processes at their safe points and takes them out of this kernel. Never within `kernel.run`, and not from a kernel that has
   * stopped: the process that has passed or failed is at no safe point, and would go on elsewhere.
   * @param ahead what whoever adopts them has of their arrays already
   * @throws SnapshotError `pinned`, and nothing has happened
   */
  capture(wanted: readonly Process[], mode: CaptureMode, ahead?: SentAhead): Captured {
    if (this.kernel.running) throw new SnapshotError('pinned', 'processes are captured only between steps')
    if (this.kernel.stopped) throw new SnapshotError('pinned', 'the program is over here')
    const { roots, all } = select(wanted, mode)
    const { follower } = this.kernel
    if (follower !== null) for (const p of all) follower.leaves(p)
    const departure = new ProcessCapture(all, roots, mode, this.parts, { now: this.kernel.now(), ahead })
    const written = writeSnapshot(departure)
    const processIds = roots.map((p) => this.idOf(p))
    const transit = departure.depart((p, shadow) => this.leave(p, shadow))
    this.inTransit++
    const capture: Capture = {
      bytes: written.bytes,
      rootSizes: written.rootSizes,
      unitHashes: written.unitHashes,
      processIds,
      paths: departure.roots.map(({ path }) => path),
      count: written.processes.length,
      channels: written.homes,
      transit,
      roots: departure.rootSlots,
      units: written.units,
      names: new Set(
        [...written.channels.keys(), ...written.monitors].flatMap(({ link }) =>
          link instanceof ChannelLink || link instanceof MonitorLink ? [link.id] : [],
        ),
      ),
      settled: false,
      ahead,
    }
    for (const link of transit) link.capture = capture
    this.upkeep.leaves(capture.names)
    return capture
  }

  /** @returns the slot of a branch that is elsewhere */
  slotOf(p: Process): number | undefined {
    return this.joins.places.get(p)?.id
  }

  /** @returns the monitors that are here and that other nodes know */
  *monitorsHere(): Generator<Monitor, void, void> {
    for (const { monitor } of this.monitors.here()) yield monitor
  }

  /** What is left of a captured process does nothing. */
  private leave(p: Process, shadow: Process['frame'] | undefined): void {
    const c = p.value
    if (c instanceof Channel && c.link instanceof ChannelLink) {
      const link = c.link
      if (link.outgoing?.process === p) link.outgoing = undefined
      if (link.reader === p) link.reader = undefined
    }
    this.names.left(p)
    this.kernel.roots.delete(p)
    this.joins.back.delete(p)
    if (this.joins.main === p) this.joins.main = undefined
    if (p.join?.link instanceof Stub && p.join.link.slot !== undefined) this.joins.parted.delete(p.join.link.slot)
    p.state = GONE
    p.step = departed
    p.frame = shadow ?? new Shell(null)
    p.value = 0
    p.altSerial++
    p.selected = -1
  }

  /**
   * Decodes and checks a capture without any effect but on what has come ahead, which it takes.
   * @throws SnapshotError
   */
  stage(bytes: Uint8Array, unitOf: UnitOf, ahead?: ReceivedAhead): Staged {
    const decoded = readSnapshot(bytes, this.kernel, unitOf, { ahead })
    if (decoded.header.kind !== 'processes') throw new SnapshotError('malformed', 'this is a program, not moving processes')
    const nameOf = new Map(decoded.waits.map((wait) => [wait.process, wait.name]))
    const stage: Stage = {
      header: decoded.header,
      paths: decoded.roots.map(({ path }) => path),
      processIds: decoded.roots.map(({ process }) => {
        const name = nameOf.get(process)
        if (name === undefined) throw new SnapshotError('malformed', 'a moving process has no name')
        return name.id
      }),
      count: decoded.waits.length,
      decoded,
      channels: new Set([
        ...decoded.channels.flatMap(({ record }) => ('id' in record ? [record.id] : [])),
        ...decoded.monitors.flatMap(({ away }) => away?.id ?? []),
      ]),
      brings: broughtBy(decoded),
      watched: undefined,
      adopted: false,
    }
    this.upkeep.watch(stage)
    return stage
  }

  /** `stage` and `adopt`. @throws SnapshotError */
  restore(bytes: Uint8Array, unitOf: UnitOf, ahead?: ReceivedAhead): Process[] {
    return this.adopt(this.stage(bytes, unitOf, ahead))
  }

  /** What was staged will not come. Without this it is noticed when the stage is garbage. */
  discard(staged: Staged): void {
    const stage = staged as Stage // only `stage` makes them
    this.upkeep.unwatch(stage)
    for (const id of stage.brings) {
      const link = this.router.links.get(id)
      if (link !== undefined && link.place !== HERE && link.place !== TRANSIT) this.router.flush(link)
    }
  }

  /** Puts a staged capture into this kernel: its processes run. Once only. @returns the roots */
  adopt(staged: Staged): Process[] {
    const stage = staged as Stage // only `stage` makes them
    if (stage.adopted) throw new Error('a capture is adopted once')
    stage.adopted = true
    this.upkeep.unwatch(stage)
    for (const { process } of stage.decoded.waits) this.joins.touched(process)
    return this.orFail(() => arrive(stage.decoded, this.parts)) ?? []
  }

  /** After the commit point: what was captured is at `to` for good; everything for it is forwarded. `to` has staged it and adopts it, before or after. */
  commit(captured: Captured, to: number): void {
    if (to === this.self) throw new Error('a capture that stays is aborted, not committed')
    const { transit: all, roots } = this.settle(captured)
    const transit = all.filter((link) => link.place === TRANSIT && link.capture === captured)
    for (const link of transit) {
      link.place = AWAY
      link.hint = to
      link.version++
      link.used = true
    }
    for (const [slot, moves] of roots) {
      this.joins.tell(slot, to, moves)
    }
    for (const link of transit) this.router.flush(link)
    this.forwarders += transit.length
    if (this.forwarders > this.mostForwarders) this.expire()
  }

  /** The move has failed: what was captured goes on here. @returns the roots */
  abort(captured: Captured): Process[] {
    const { units, bytes, ahead } = this.settle(captured)
    return this.restore(bytes, (hash) => units.get(hash), ahead?.kept())
  }

  private settle(captured: Captured): Capture {
    const capture = captured as Capture // only `capture` makes them
    if (capture.settled) throw new Error('a capture is committed or aborted once')
    capture.settled = true
    this.inTransit--
    this.upkeep.captured.delete(capture.names)
    return capture
  }

  // ------------------------------------------------------------------------------------------ cuts

  /** No kernel of the program runs any more: what was taken and not yet told is told. From now on messages lead to a bounded number of others. */
  quieten(): void {
    if (this.kernel.running) throw new Error('links are quietened only between steps')
    this.channels.settleAll()
  }

  /** @returns whether nothing that came here, or left, is undecided */
  get atRest(): boolean {
    return this.stats().held === 0
  }

  /**
   * Takes part in a cut, while no kernel of the program runs and the links are at rest: writes the image of what it has to hold (groups.ts).
   * @param cut its number
   * @param after the last cut that was committed, in which this table may have had a part; 0: the image holds everything
   * @throws SnapshotError
   */
  cut(cut: number, after: number): SiteCut {
    if (this.kernel.running) throw new SnapshotError('pinned', 'an image is made only between steps')
    const tops = this.groups.choose(cut, after, this.kernel.changed(), this.kernel.roots)
    const image = tops.length === 0 && this.monitors.isEmpty ? undefined : writeImage(tops, this.groups, this.parts, this.kernel.now())
    return { image, oldest: this.groups.oldest ?? (image === undefined ? undefined : cut), census: this.census() }
  }

  /** @returns what is here of the program's tree of processes */
  private census(): Census {
    const { main, parted, places } = this.joins
    return { hasMain: main !== undefined, parted: parted.slots, places: places.slots, forks: places.forks }
  }

  /** @returns the id of a channel that a process of the host holds; it gets one if it has none */
  channelId(channel: Channel): number {
    return this.channels.of(channel).id
  }

  /** A channel that a process of the host holds here is known by that id from now on. Only while the program is being revived. */
  bind(channel: Channel, id: number): void {
    this.channels.named(id, channel)
  }

  /**
   * Decodes the share of a program that shall be here.
   * @param held the channels that were bound, and how much they are wanted here
   * @throws SnapshotError
   */
  decode(share: Share, unitOf: UnitOf, held?: Iterable<readonly [id: number, wish: number]>): Revival {
    return Revival.decode(share, { kernel: this.kernel, parts: this.parts, unitOf }, held)
  }

  // ------------------------------------------------------------------------------------------ moving channels

  /**
   * Moves the home of a channel, its pending offer included, or of a monitor to another node by itself. When a process here waits to read from the
   * channel, its home comes back at once, since that is where it belongs.
   * @returns how many bytes were sent, or undefined when its home is not here: the wish is dropped
   */
  migrateHome(of: Channel | Monitor, to: number): number | undefined {
    if (of instanceof Monitor) return this.monitors.ship(of, to)
    const link = this.channels.of(of)
    if (link.place !== HERE) return undefined
    return to === this.self ? 0 : this.channels.ship(link, to)
  }

  /** Moves the homes of all monitors to another node: this one is about to go. */
  letMonitorsGo(to: number): void {
    this.monitors.shipAll(to)
  }

  // ------------------------------------------------------------------------------------------ messages

  /** A message from node `from` has come. Never within `kernel.run`. @throws SnapshotError when it is none */
  receive(from: number, message: Uint8Array): void {
    this.orFail(() => {
      this.router.receive(from, message)
    })
  }

  /** A fault of the program that shows only here, such as two writers on one channel that come from two nodes, stops it. */
  private orFail<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const known = [...error.others, ...this.kernel.roots].find((p) => !isOurs(p.frame))
      if (known === undefined) throw error
      this.kernel.fail(error, known)
      return undefined
    }
  }

  private deliver(link: Linked, message: Routed, from: number): void {
    switch (message.type) {
      case 'offer':
        if (link instanceof ChannelLink) return this.channels.onOffer(link, message)
        break
      case 'pull':
        if (link instanceof ChannelLink) return this.channels.onPull(link, message)
        break
      case 'ask':
        if (link instanceof MonitorLink) return this.monitors.onAsk(link, message)
        break
      case 'asks':
        if (link instanceof MonitorLink) return this.monitors.onAsks(link, message)
        break
      case 'invite':
        if (!(link instanceof ProcessLink)) break
        this.monitors.onInvite(link.process, message)
        return
      case 'joined':
        if (link instanceof SlotLink) return this.joins.onJoined(link, message)
        break
      case 'enlist':
        if (link instanceof SlotLink) return this.forks.onEnlist(link, message)
        break
      case 'whereabouts':
        if (link instanceof SlotLink) return this.joins.onWhereabouts(link, message)
        break
      case 'answer':
        if (!(link instanceof ProcessLink)) break
        if (link.process !== undefined) this.kernel.wake(link.process, message.value)
        return
    }
    throw new SnapshotError('malformed', `node ${from} sent ${message.type} to something that takes none`)
  }

  private direct(message: Exclude<Message, Routed | Seek>, from: number): void {
    switch (message.type) {
      case 'taken':
        return this.channels.onTaken(message)
      case 'refused':
        return this.channels.onRefused(message.id)
      case 'home':
        return this.channels.onHome(message)
      case 'monitor':
        return this.monitors.onHome(message)
      case 'answers':
        return this.monitors.onAnswers(message)
      case 'settled':
        return this.joins.onSettled(message.id)
      case 'probe':
        this.upkeep.onProbe(message, from)
        return
      case 'held':
        this.upkeep.onHeld(message, from)
        return
      case 'moved':
      case 'absent':
      case 'unfound':
        return // the router's
    }
  }

  /** Node `index` will never be heard of again. What nobody can ever complete is told through `lost`. */
  nodeGone(index: number): void {
    this.lastGone = index
    this.router.nodeGone(index)
    this.upkeep.nodeGone(index)
    for (const link of [...this.router.links.values()]) {
      const parent = this.joins.stranded(link, index)
      if (parent !== undefined) this.lose('join', parent, 'a branch of its PAR was there')
      this.channels.repeat(link)
    }
    this.joins.repeat()
  }

  private vanished(link: Linked): void {
    this.router.refuseHeld(link, true)
    if (!(link instanceof ChannelLink)) return
    for (const { process, kind } of this.channels.stranded(link)) this.lose(kind, process, 'the other end of its channel was there')
  }

  /** Messages of this node about an object have found it nowhere: what still waits here asks again. */
  private again(id: number): void {
    const link = this.router.links.get(id)
    if (link !== undefined) this.channels.repeat(link)
    this.joins.report(id)
    const branch = this.joins.parted.get(id)
    if (branch !== undefined && link instanceof SlotLink) this.joins.tell(link, this.self, this.names.known(branch)?.version ?? 0)
  }

  private lose(kind: Loss['kind'], process: Process, why: string): void {
    this.options.lost?.({ kind, node: this.lastGone, process, why })
  }

  /** Drops forwarders that nobody asked since the last `expire`, and what nothing here holds any more. */
  expire(): void {
    this.forwarders = 0
    this.upkeep.expire()
  }

  // ------------------------------------------------------------------------------------------ output

  /** What processes here have printed on a console elsewhere: whoever has made this table sends it. */
  get gathered(): Gathered {
    return this.channels.gathered
  }

  /** A console is here. @param streamOf says which of its streams a channel is, if that takes more at the moment */
  prints(streamOf: (c: Channel) => Stream): void {
    this.channels.streamOf = streamOf
  }

  // ------------------------------------------------------------------------------------------ names and numbers

  /** The global id of a process here; given on first demand. */
  idOf(p: Process): number {
    return this.names.of(p).id
  }

  /** A process that has been started here is the program's main process: its end is told through `rootEnded`, wherever it will be. */
  makeRoot(p: Process): void {
    if (p.join === null) this.joins.part(p, undefined, { path: pathOf(p), borrowed: undefined, born: bornOf(p) })
  }

  /** @returns a logical time later than all that this node has heard of */
  tick(): number {
    return this.router.tick()
  }

  /** Whatever happens here from now on is later. @param time at least as late as that @returns the logical time now */
  passed(time: number): number {
    this.router.heard(time)
    return this.router.time
  }

  /** How many ids this node has given for the program: none of them may ever mean something else. */
  get idsGiven(): number {
    return this.router.counter
  }

  /** The process of that id, when it is here. */
  processOf(id: number): Process | undefined {
    return this.names.processOf(id)
  }

  /** The path of a process whose parent may be elsewhere. */
  pathOf(p: Process): string {
    return pathOf(p)
  }

  stats(): LinkStats {
    let held = this.inTransit
    for (const link of this.router.links.values()) held += link.held.length
    return { sent: this.router.sent, received: this.router.received, held, entries: this.router.links.size }
  }

  /** What the processes here still need of other nodes, and why. */
  residual(): Residual[] {
    return this.upkeep.residual()
  }

  /** As `residual`, one after the other, also for channels that nothing here holds any more; undefined for what is needed by nobody. */
  walkResidual(): Generator<Residual | undefined, void, void> {
    return this.upkeep.walkResidual()
  }

  // ------------------------------------------------------------------------------------------ what the kernel asks

  output(p: Process, c: Channel, v: Value): boolean {
    return this.channels.output(p, c, v)
  }

  input(p: Process, c: Channel): void {
    this.channels.input(p, c)
  }

  alt(p: Process, c: Channel, guard: number): void {
    this.channels.alt(p, c, guard)
  }

  ask(p: Process, m: Monitor, request: MonitorRequest, n: number): void {
    this.monitors.ask(p, m, request, n)
  }

  passOver(): void {
    // the ALT begins again when a home has come, and looks at this guard then
  }

  offer(p: Process, m: Monitor, guard: number): void {
    this.monitors.offer(p, m, guard)
  }

  pause(): void {
    this.monitors.flush()
  }

  enlist(p: Process, top: Process, name: string): void {
    this.forks.enlist(p, top, name)
  }

  forked(child: Process, place: number, name: string): void {
    this.forks.forked(child, place, name)
  }

  tell(m: Monitor, request: MonitorRequest, n: number): void {
    this.monitors.tell(m, request, n)
  }

  ended(p: Process): void {
    this.joins.ended(p)
    this.names.forget(p)
  }

  /** The answer of the host to a process that was captured meanwhile; use `kernel.wake`, which comes here when needed. */
  wake(p: Process, value: Value): void {
    this.names.answer(p, value)
  }
}

/** @returns the names of the objects that a capture brings to where it is adopted */
function broughtBy({ channels, away, waits }: Decoded): Set<number> {
  const ids = new Set<number>()
  for (const { record } of channels) if (record.kind === 'home') ids.add(record.id)
  for (const { slot } of away) ids.add(slot.id)
  for (const { name } of waits) if (name !== undefined) ids.add(name.id)
  return ids
}
