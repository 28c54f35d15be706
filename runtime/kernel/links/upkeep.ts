/**
 * What a link table keeps, and how long.
 *
 * Invariants
 * - An entry stays while something here holds its object: a frame, a waiting process, a join, a capture that is not settled, a stage that is
 *   not adopted.
 * - A mere forwarder stays from one `expire` to the next in which nobody asked it; who still believes in it later asks all nodes.
 * - The home of a channel that nothing here holds stays until all nodes have said that nothing there holds it. That is safe, since a channel
 *   is always held somewhere until nothing can use it any more: by the frames of a kernel, at the source until a capture is committed, at the
 *   destination from before that, when it is staged.
 */
import type { Channel, Process } from '../scheduler/state.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { LinkParts } from './arrival.ts'
import type { Held, Probe } from './messages.ts'
import { AWAY, ChannelLink, HERE, ProcessLink, SlotLink, TRANSIT } from './objects.ts'
import type { Linked } from './objects.ts'
import { pathOf } from '../inspect/paths.ts'
import { ENDED } from '../scheduler/state.ts'
import { reachable } from '../inspect/reach.ts'

/**
 * output  a process waits to output on a channel whose home is there
 * home    a channel that a process holds has its home there
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
}

/** What a stage says of channels. */
export interface StagedChannels {
  /** Their names. */
  readonly channels: ReadonlySet<number>
  watched: WeakRef<StagedChannels> | undefined
}

export class Upkeep {
  /** Names of channels in captures that are neither committed nor aborted. */
  readonly captured = new Set<ReadonlySet<number>>()
  /** Stages that are neither adopted nor discarded; forgotten with the stage when it is just dropped. */
  private readonly staged = new Set<WeakRef<StagedChannels>>()

  constructor(
    private readonly kernel: Kernel,
    private readonly parts: LinkParts,
  ) {}

  /** A stage holds its channels until it is adopted or given up. */
  watch(stage: StagedChannels): void {
    stage.watched = new WeakRef(stage)
    this.staged.add(stage.watched)
  }

  unwatch(stage: StagedChannels): void {
    if (stage.watched !== undefined) this.staged.delete(stage.watched)
  }

  /** Drops forwarders that nobody asked since the last time, and what nothing holds any more. */
  expire(): void {
    const { router, joins } = this.parts
    const held = reachable(this.kernel)
    for (const ref of this.staged) if (ref.deref() === undefined) this.staged.delete(ref)
    const homes: ChannelLink[] = []
    for (const link of [...router.links.values()]) {
      const idle = isIdle(link)
      link.used = false
      if (!idle) continue
      if (link instanceof ChannelLink) {
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

  /** Whether something here holds a channel. @param reached what the frames here hold */
  private holds(link: ChannelLink, reached: ReadonlySet<Channel>): boolean {
    if (reached.has(link.channel) || this.parts.channels.isWaitedFor(link)) return true
    return [...this.captured].some((names) => names.has(link.id)) || this.isStaged(link.id)
  }

  private isStaged(id: number): boolean {
    return [...this.staged].some((ref) => ref.deref()?.channels.has(id) === true)
  }

  /** Asks all nodes for the channels whose homes are here and that nothing here holds. */
  private probe(homes: readonly ChannelLink[]): void {
    const { router } = this.parts
    const peers = router.peers()
    for (const link of homes) link.probed = new Set(peers)
    const ids = homes.map(({ id }) => id)
    if (peers.length === 0) for (const id of ids) router.links.delete(id)
    else if (ids.length > 0) for (const peer of peers) router.post(peer, { type: 'probe', id: 0, ids })
  }

  onProbe({ ids }: Probe, from: number): void {
    const { router } = this.parts
    const reached = reachable(this.kernel)
    const held = ids.filter((id) => {
      const link = router.links.get(id)
      if (link === undefined) return this.isStaged(id)
      if (!(link instanceof ChannelLink) || !isIdle(link) || this.holds(link, reached)) return true
      router.links.delete(id)
      return false
    })
    router.post(from, { type: 'held', id: 0, ids: held, of: ids })
  }

  onHeld({ ids, of }: Held, from: number): void {
    const held = new Set(ids)
    for (const id of of) {
      const link = this.parts.router.links.get(id)
      if (!(link instanceof ChannelLink) || link.probed === undefined) continue
      if (held.has(id)) link.probed = undefined
      else this.free(link, from)
    }
  }

  /** Node `from` does not hold a channel whose home is here. */
  private free(link: ChannelLink, from: number): void {
    const { probed } = link
    if (probed === undefined) return
    probed.delete(from)
    if (probed.size > 0) return
    link.probed = undefined
    if (isIdle(link) && link.place === HERE && !this.parts.channels.isWaitedFor(link) && !this.isStaged(link.id))
      this.parts.router.links.delete(link.id)
  }

  nodeGone(index: number): void {
    for (const link of [...this.parts.router.links.values()]) if (link instanceof ChannelLink) this.free(link, index)
  }

  /** What the processes here still need of other nodes, and why. */
  residual(): Residual[] {
    const held = reachable(this.kernel)
    return [...this.walkResidual()].filter(
      (need): need is Residual => need !== undefined && (need.kind !== 'home' || need.channel === undefined || held.has(need.channel)),
    )
  }

  /** As `residual`, one after the other, also for channels that nothing here holds any more; undefined for what is needed by nobody. */
  *walkResidual(): Generator<Residual | undefined, void, void> {
    for (const link of this.parts.router.links.values()) {
      if (link instanceof ChannelLink) yield* this.channelNeeds(link)
      else if (link instanceof SlotLink) yield this.joinNeed(link)
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
    if (branch !== undefined)
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

/** Whether nothing is under way for an entry, and nothing was since the last `expire`. */
function isIdle(link: Linked): boolean {
  return !link.used && link.place !== TRANSIT && link.held.length === 0 && link.sought === undefined
}
