/**
 * What a link table keeps, and how long.
 *
 * Invariants
 * - An entry stays while something here holds its object: a frame, a waiting process, a join, a capture that is not settled, a stage that is
 *   not adopted.
 * - A mere forwarder stays from one `expire` to the next in which nobody asked it; who still believes in it later asks all nodes.
 * - The home of a channel or monitor that nothing here holds stays until all nodes have said that nothing there holds it, nor has left from there with it
 *   since this node asked last. That is safe: until nothing can use a channel any more, it is held at some node at any time: by the frames of
 *   a kernel, at the source until a capture is committed, at the destination from before that, when it is staged. So it is held at some node
 *   when the question is asked, and that node still holds it when the question comes, or something has left from there with it meanwhile.
 *   A node asks again only when all have answered, so that it had answered before the question was asked.
 */
import type { Channel, Process } from '../scheduler/state.ts'
import { Monitor } from '../scheduler/monitor.ts'
import type { Handle } from '../scheduler/value.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { LinkParts } from './arrival.ts'
import { eachHandle } from './handles.ts'
import type { Held, Probe } from './messages.ts'
import { AWAY, ChannelLink, HERE, MonitorLink, ProcessLink, SlotLink, TRANSIT } from './objects.ts'
import type { Linked } from './objects.ts'
import { ChannelHandle } from '../scheduler/ends.ts'
import { pathOf } from '../inspect/paths.ts'
import { ENDED } from '../scheduler/state.ts'
import { reachable } from '../inspect/reach.ts'

/**
 * output  a process waits to output on a channel whose home is there
 * home    a channel or monitor that a process holds has its home there
 * writer  a writer waits there for whoever reads from the channel here
 * parent  a branch reports its end there
 * branch  a branch runs there, for which its parent waits here
 */
export type ResidualKind = 'output' | 'home' | 'writer' | 'parent' | 'branch'

/** What the processes of a node still need of another node. */
export interface Residual {
  readonly node: number
  readonly kind: ResidualKind
  /** In words, with the path of `about`. */
  readonly why: string
  /** The process that waits there, or is to report there, or runs there. */
  readonly about?: Process
  /** Who needs it, when that is one process. */
  readonly process?: Process
  /** Who holds this channel needs it. */
  readonly channel?: Channel
  /** Who holds this monitor needs it. */
  readonly monitor?: Monitor
}

/** What a stage says of the objects in it. */
export interface StagedObjects {
  /** The names of channels that it holds. */
  readonly channels: ReadonlySet<number>
  /** The names of objects that it brings: homes of channels, places of branches, processes. */
  readonly brings: ReadonlySet<number>
  watched: WeakRef<StagedObjects> | undefined
}

/** Of what several processes hold: a channel, or a monitor. */
type SharedLink = ChannelLink | MonitorLink

function isShared(link: Linked | undefined): link is SharedLink {
  return link instanceof ChannelLink || link instanceof MonitorLink
}

export class Upkeep {
  /** Names of channels in captures that are neither committed nor aborted. */
  readonly captured = new Set<ReadonlySet<number>>()
  /** Stages that are neither adopted nor discarded; forgotten with the stage when it is just dropped. */
  private readonly staged = new Set<WeakRef<StagedObjects>>()
  /** Channels that something has left from here with, and the number of that departure; until a node learns that they are not held here. */
  private readonly left = new Map<number, number>()
  private departures = 0
  /** The last departure before each node asked last. */
  private readonly asked = new Map<number, number>()
  /** Homes here that other nodes are asked for, and the nodes that have not answered. */
  private candidates = new Set<SharedLink>()
  private unanswered = new Set<number>()

  constructor(
    private readonly kernel: Kernel,
    private readonly parts: LinkParts,
  ) {}

  /** A stage holds its channels until it is adopted or given up. */
  watch(stage: StagedObjects): void {
    stage.watched = new WeakRef(stage)
    this.staged.add(stage.watched)
  }

  unwatch(stage: StagedObjects): void {
    if (stage.watched !== undefined) this.staged.delete(stage.watched)
  }

  /** @returns whether a stage brings an object here */
  brings(id: number): boolean {
    for (const ref of this.staged) if (ref.deref()?.brings.has(id) === true) return true
    return false
  }

  /** Something leaves from here that holds these channels. */
  leaves(names: ReadonlySet<number>): void {
    this.captured.add(names)
    this.departures++
    for (const id of names) this.left.set(id, this.departures)
  }

  /** A message leaves from here that holds this object. */
  departs(id: number): void {
    this.left.set(id, ++this.departures)
  }

  /** What the frames here hold, and the values that go to other nodes or have come from there. */
  private reached(): Set<Channel | Monitor> {
    const { router, channels, joins } = this.parts
    const result = reachable(this.kernel)
    const add = (h: Handle): void => {
      if (h instanceof Monitor) result.add(h)
      else if (h instanceof ChannelHandle) result.add(h.channel)
    }
    for (const link of router.links.values()) {
      if (link instanceof ChannelLink) for (const value of channels.offered(link)) eachHandle(value, add)
    }
    for (const h of joins.unsettledHandles()) add(h)
    return result
  }

  /** Drops forwarders that nobody asked since the last time, and what nothing holds any more. */
  expire(): void {
    const { router, joins } = this.parts
    const held = this.reached()
    for (const ref of this.staged) if (ref.deref() === undefined) this.staged.delete(ref)
    const homes: SharedLink[] = []
    for (const link of [...router.links.values()]) {
      router.giveBack(link)
      const idle = isIdle(link)
      if (!idle && isShared(link)) this.candidates.delete(link)
      link.used = false
      if (!idle) continue
      if (isShared(link)) {
        if (this.holds(link, held)) continue
        if (link.place === HERE) homes.push(link)
        else router.links.delete(link.id)
      } else if (link instanceof SlotLink) {
        if (link.place === HERE ? link.settled : !joins.needs(link.id)) router.links.delete(link.id)
      } else if (link instanceof ProcessLink && link.place === HERE) {
        if (link.process === undefined || link.process.state === ENDED) router.links.delete(link.id)
      } else router.links.delete(link.id)
    }
    this.probe(homes)
  }

  private isWaitedFor(link: SharedLink): boolean {
    return link instanceof ChannelLink ? this.parts.channels.isWaitedFor(link) : link.monitor.waiting.length > 0
  }

  /** Whether something here holds a channel or monitor. @param reached what the frames here hold */
  private holds(link: SharedLink, reached: ReadonlySet<Channel | Monitor>): boolean {
    if (reached.has(link instanceof ChannelLink ? link.channel : link.monitor) || this.isWaitedFor(link)) return true
    return [...this.captured].some((names) => names.has(link.id)) || this.isStaged(link.id)
  }

  private isStaged(id: number): boolean {
    return [...this.staged].some((ref) => ref.deref()?.channels.has(id) === true)
  }

  /** Asks all nodes for the channels whose homes are here and that nothing here holds. */
  private probe(homes: readonly SharedLink[]): void {
    if (this.unanswered.size > 0 || homes.length === 0) return
    const { router } = this.parts
    const peers = router.peers()
    const ids = homes.map(({ id }) => id)
    this.candidates = new Set(homes)
    this.unanswered = new Set(peers)
    for (const peer of peers) router.post(peer, { type: 'probe', id: 0, ids })
    if (peers.length === 0) this.free()
  }

  onProbe({ ids }: Probe, from: number): void {
    const { router } = this.parts
    const reached = this.reached()
    const before = this.asked.get(from) ?? 0
    this.asked.set(from, this.departures)
    const held = ids.filter((id) => {
      if ((this.left.get(id) ?? 0) > before) return true
      const link = router.links.get(id)
      if (link === undefined ? this.isStaged(id) : !isShared(link) || !isIdle(link) || this.holds(link, reached)) return true
      router.links.delete(id)
      this.left.delete(id)
      return false
    })
    router.post(from, { type: 'held', id: 0, ids: held })
  }

  onHeld({ ids }: Held, from: number): void {
    const { links } = this.parts.router
    for (const id of ids) {
      const link = links.get(id)
      if (isShared(link)) this.candidates.delete(link)
    }
    this.answered(from)
  }

  private answered(from: number): void {
    if (this.unanswered.delete(from) && this.unanswered.size === 0) this.free()
  }

  /** No other node holds what is left of the candidates. */
  private free(): void {
    const { router } = this.parts
    for (const link of this.candidates) {
      if (router.links.get(link.id) !== link) continue
      if (!isIdle(link) || link.place !== HERE || this.isWaitedFor(link) || this.isStaged(link.id)) continue
      router.links.delete(link.id)
      this.left.delete(link.id)
    }
    this.candidates.clear()
  }

  nodeGone(index: number): void {
    this.answered(index)
  }

  /** What the processes here still need of other nodes, and why. */
  residual(): Residual[] {
    const held = this.reached()
    const isHeld = ({ kind, channel, monitor }: Residual): boolean => {
      const home = channel ?? monitor
      return kind !== 'home' || home === undefined || held.has(home)
    }
    return [...this.walkResidual()].filter((need): need is Residual => need !== undefined && isHeld(need))
  }

  /** As `residual`, one after the other, also for channels that nothing here holds any more; undefined for what is needed by nobody. */
  *walkResidual(): Generator<Residual | undefined, void, void> {
    for (const link of this.parts.router.links.values()) {
      if (link instanceof ChannelLink) yield* this.channelNeeds(link)
      else if (link instanceof SlotLink) yield this.joinNeed(link)
      else if (link instanceof MonitorLink && link.place === AWAY) yield monitorNeed(link)
      else yield undefined
    }
  }

  private *channelNeeds(link: ChannelLink): Generator<Residual | undefined, void, void> {
    const { router, channels } = this.parts
    const { hint: node, channel } = link
    const out = link.outgoing?.process
    if (link.place !== AWAY) yield undefined
    else if (out === undefined) yield { node, kind: 'home', why: 'the home of a channel is there', channel }
    else yield { node, kind: 'output', why: `${pathOf(out)} waits to output on a channel there`, about: out, process: out }
    const writer = channels.remoteWriter(link)
    if (writer !== undefined && writer !== router.self)
      yield { node: writer, kind: 'writer', why: 'a writer waits there for a process here', channel }
  }

  private joinNeed(link: SlotLink): Residual | undefined {
    const branch = this.parts.joins.parted.get(link.id)
    if (branch !== undefined && link.toldHint >= 0)
      return { node: link.hint, kind: 'parent', why: `${pathOf(branch)} reports its end there`, about: branch, process: branch }
    const { process } = link
    if (link.place !== HERE || process === undefined) return undefined
    return {
      node: link.at,
      kind: 'branch',
      why: `${pathOf(process)} runs there`,
      about: process,
      ...(process.join === null ? {} : { process: process.join.parent }),
    }
  }
}

function monitorNeed({ hint: node, monitor }: MonitorLink): Residual {
  return { node, kind: 'home', why: 'the home of a barrier or claim is there', monitor }
}

/** Whether nothing is under way for an entry, and nothing was since the last `expire`. */
function isIdle(link: Linked): boolean {
  return !link.used && link.place !== TRANSIT && link.held.length === 0 && link.sought === undefined
}
