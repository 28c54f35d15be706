/**
 * What a capture takes along and what it leaves, and how both stay linked.
 *
 * Which homes move along is a guess at where the reader will be: with a process blocked in reading, with a slot that reads, with a whole
 * subtree that declares the channel. A wrong guess costs a pull, never a message.
 */
import type { Monitor } from '../scheduler/monitor.ts'
import { REMOTE, ENDED, GONE, HOST, MONITOR } from '../scheduler/state.ts'
import type { Channel, Process, Frame } from '../scheduler/state.ts'
import type { LinkParts } from './arrival.ts'
import type { ChannelLinks } from './channels.ts'
import { borrow, shadowOf } from './joins.ts'
import type { JoinLinks } from './joins.ts'
import type { MonitorLinks } from './monitors.ts'
import type { ProcessNames } from './names.ts'
import type { ProcessLink, SlotLink } from './objects.ts'
import { ChannelLink, HERE, Stub, TRANSIT } from './objects.ts'
import type { Router } from './router.ts'
import { bornOf, branchesOf, pathOf, rootFrame, runningBranchesOf } from '../inspect/paths.ts'
import { slotsWithChannels } from '../inspect/process-info.ts'
import { framesOf } from '../snapshot/schema.ts'
import type { SentAhead } from '../snapshot/ahead.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type {
  AwayBranch,
  BackBranch,
  CapturePlan,
  ChannelRecord,
  ChannelUse,
  MonitorRecord,
  OutputRecord,
  ProcessName,
  RemoteOffer,
  RootPlan,
} from '../snapshot/snapshot-format.ts'

/** `subtree`: each root with everything below it that is here. `only`: each root alone; what is below it stays. */
export type CaptureMode = 'subtree' | 'only'

/**
 * Branches that share a variable which one of them writes are tied: they do not part from the process above, nor it from them.
 * @returns the processes to move instead of `roots`, and how, so that nothing is parted
 */
export function together(roots: readonly Process[], mode: CaptureMode): { readonly roots: readonly Process[]; readonly mode: CaptureMode } {
  const tops = roots.map((p) => {
    let top = p
    while (isTied(top) && top.join !== null) top = top.join.parent
    return top
  })
  const parts = tops.some((top, i) => top !== roots[i] || branchesOf(top).some(isTied))
  return parts ? { roots: [...new Set(tops)], mode: 'subtree' } : { roots, mode }
}

/** Whether a process does not part from the one above it. */
export function isTied(p: Process): boolean {
  return p.state !== ENDED && p.state !== GONE && rootFrame(p).machine.tied === true
}

/** The processes that leave. @throws SnapshotError `pinned` when one of them cannot */
export function select(roots: readonly Process[], mode: CaptureMode): { readonly roots: Process[]; readonly all: Set<Process> } {
  const wanted = new Set(roots)
  const tops = [...wanted].filter((p) => mode === 'only' || !ancestors(p).some((above) => wanted.has(above)))
  const all = new Set<Process>()
  const queue = [...tops]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    if (p.state === ENDED || p.state === GONE) throw new SnapshotError('pinned', `${pathOf(p)} has ended or left`)
    const hosts = ({ machine }: Frame): boolean => machine.unit.hash === ''
    if (framesOf(p.frame).some(hosts) || branchesOf(p).some((b) => b.state === ENDED && hosts(b.frame)))
      throw new SnapshotError('pinned', `${pathOf(p)} belongs to the host and stays where it is`)
    all.add(p)
    if (mode === 'subtree') for (const branch of runningBranchesOf(p)) queue.push(branch)
  }
  return { roots: tops, all }
}

/** The processes above one, as far as they are here. */
function ancestors(p: Process): Process[] {
  const result: Process[] = []
  for (let j = p.join; j !== null && !(j.link instanceof Stub); j = j.parent.join) result.push(j.parent)
  return result
}

/** The plan of a capture, and what has to be done when it has been written. */
export class ProcessCapture implements CapturePlan {
  readonly kind = 'processes'
  readonly clock: number
  readonly ahead: SentAhead | undefined
  readonly rootSlots: (readonly [SlotLink, moves: number])[] = []
  readonly roots: readonly RootPlan[]
  private readonly router: Router
  private readonly channels: ChannelLinks
  private readonly joins: JoinLinks
  private readonly processNames: ProcessNames
  private readonly monitors: MonitorLinks
  /** Homes that move along. */
  readonly homes: ChannelLink[] = []
  /** Places of branches that move along with their joins. */
  readonly slots: SlotLink[] = []
  readonly names = new Map<Process, ProcessLink>()
  /** Writers that leave from homes that stay. */
  private readonly staying: { readonly link: ChannelLink; readonly offer: RemoteOffer }[] = []
  private readonly outputs = new Map<Channel, { stamp: number; moves: number; readonly value: OutputRecord['value'] }>()
  private readonly shadows = new Map<Process, Frame>()
  private readonly tops: ReadonlySet<Process>
  private readonly awayBranches = new Map<Process, AwayBranch>()

  constructor(
    private readonly all: ReadonlySet<Process>,
    roots: readonly Process[],
    private readonly mode: CaptureMode,
    { router, channels, joins, names, monitors }: LinkParts,
    { now, ahead }: { readonly now: number; readonly ahead: SentAhead | undefined },
  ) {
    this.router = router
    this.channels = channels
    this.joins = joins
    this.processNames = names
    this.monitors = monitors
    this.clock = now
    this.ahead = ahead
    this.tops = new Set(roots)
    for (const p of roots) {
      if (mode === 'only') this.leaveBranches(p)
    }
    this.roots = roots.map((p) => this.planRoot(p))
  }

  get from(): number {
    return this.router.self
  }

  /** Read when all stamps have been given. */
  get stamp(): number {
    return this.router.time
  }

  /** The parent goes alone: its branches get memory and joins of their own. */
  private leaveBranches(p: Process): void {
    for (const child of branchesOf(p)) {
      if (child.state === ENDED || child.state === GONE) continue
      this.nameGiven(child, child.join?.born ?? 0)
      const { slot, shadow } = this.joins.stayBehind(child, pathOf(child))
      this.slots.push(slot)
      this.awayBranches.set(child, {
        slot: { id: slot.id, version: slot.version + 1, hint: this.router.self },
        at: this.router.self,
        shadow,
      })
    }
  }

  /**
   * Names the channels that a branch was given, itself and what is below it. Once its parent has left, a capture of what is above the parent no
   * longer includes the branch: a channel they share must not look like an inner one of that capture.
   */
  private nameGiven(branch: Process, born: number): void {
    const queue = [branch]
    for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
      for (const frame of framesOf(p.frame)) {
        for (const { channel } of slotsWithChannels(frame)) {
          if (typeof channel.link === 'number' && channel.link <= born) this.channels.of(channel)
        }
      }
      for (const below of runningBranchesOf(p)) queue.push(below)
    }
  }

  private planRoot(p: Process): RootPlan {
    const path = pathOf(p)
    const j = p.join
    if (j === null) return { process: p, path, born: bornOf(p), slot: undefined, borrowed: undefined }
    if (j.link instanceof Stub) {
      const { slot: id, borrowed } = j.link
      if (id === undefined) return { process: p, path, born: j.born, slot: undefined, borrowed: undefined }
      const link = this.router.links.get(id)
      return { process: p, path, born: j.born, slot: { id, version: link?.version ?? 0, hint: link?.toldHint ?? -1 }, borrowed }
    }
    const root = rootFrame(p)
    const back = this.joins.back.get(p)
    const link = this.joins.leave(p)
    this.rootSlots.push([link, this.processNames.of(p).version + 1])
    this.shadows.set(p, back?.shadow ?? shadowOf(root))
    return {
      process: p,
      path,
      born: j.born,
      slot: { id: link.id, version: link.version, hint: this.router.self },
      borrowed: back?.borrowed ?? borrow(root),
    }
  }

  includes(branch: Process): boolean {
    return this.mode === 'subtree' && branch.state !== GONE
  }

  away(branch: Process): AwayBranch {
    let known = this.awayBranches.get(branch)
    if (known === undefined) {
      const slot = this.joins.places.get(branch)
      if (slot === undefined) throw new Error('a branch that is elsewhere has no place in its join')
      this.slots.push(slot)
      known = { slot: { id: slot.id, version: slot.version + 1, hint: this.router.self }, at: slot.at, shadow: branch.frame }
      this.awayBranches.set(branch, known)
    }
    return known
  }

  back(branch: Process): BackBranch | undefined {
    return this.joins.back.get(branch)
  }

  output(_p: Process, c: Channel): OutputRecord {
    const link = c.link
    if (c.state === REMOTE && link instanceof ChannelLink && link.outgoing !== undefined) {
      const { stamp, moves, value } = link.outgoing
      return { stamp, moves, value }
    }
    const record = { stamp: 0, moves: 0, value: c.value }
    this.outputs.set(c, record) // its stamp is set when it is known that the home stays
    return record
  }

  name(p: Process): ProcessName | undefined {
    const link = p.state === HOST || p.state === MONITOR || this.tops.has(p) ? this.processNames.of(p) : this.processNames.known(p)
    if (link === undefined) return undefined
    this.names.set(p, link)
    return { id: link.id, moves: link.version + 1 }
  }

  channel(c: Channel, use: ChannelUse): ChannelRecord {
    if (this.mode === 'subtree' && typeof c.link === 'number' && c.link > use.born) return { kind: 'inner', birth: c.link }
    const link = this.channels.of(c)
    const { id, version } = link
    if (link.place !== HERE) return { kind: 'away', id, version, hint: link.toldHint }
    if (this.moves(c, use)) {
      const offer = this.channels.pack(link, this.all)
      this.homes.push(link)
      return { kind: 'home', id, version: version + 1, floor: link.floor, offer }
    }
    const output = this.outputs.get(c)
    if (output !== undefined) {
      const offer = this.channels.stay(output.value)
      output.stamp = offer.stamp
      this.staying.push({ link, offer })
    }
    return { kind: 'away', id, version, hint: this.router.self }
  }

  monitor(m: Monitor): MonitorRecord {
    return this.monitors.record(m)
  }

  private moves(c: Channel, use: ChannelUse): boolean {
    const reader = this.channels.localReader(c)
    if (reader !== undefined) return this.all.has(reader)
    return use.reads || (use.undirected && !use.writes && this.mode === 'subtree')
  }

  /** After the bytes have been written: what has been captured is no longer here. @returns what is in transit */
  depart(leave: (p: Process, shadow: Frame | undefined) => void): (ChannelLink | SlotLink | ProcessLink)[] {
    for (const link of this.homes) this.channels.release(link, TRANSIT)
    for (const { link, offer } of this.staying) this.channels.replaceWriter(link, offer)
    for (const slot of this.slots) {
      slot.place = TRANSIT
      if (slot.process !== undefined) this.joins.places.delete(slot.process)
      slot.process = undefined
    }
    for (const link of this.names.values()) {
      link.place = TRANSIT
      link.process = undefined
    }
    for (const p of this.all) leave(p, this.shadows.get(p))
    return [...this.homes, ...this.slots, ...this.names.values()]
  }
}
