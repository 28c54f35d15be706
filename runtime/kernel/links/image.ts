/**
 * The image of a site: its processes as bytes, without anything being taken out of its kernel. A cut of a program consists of such images, one of
 * each site, made while no kernel runs and the links are at rest.
 *
 * What is written is what captures write (snapshot-writer.ts), in groups: a process with those of its branches that work on its own arrays. A
 * group refers to its branches in other groups by the ids of their slots, and to every channel by its id; it says nothing of where they are.
 * Whoever restores groups decides that anew for all of them (revival.ts). So each group can be restored on any node, and a group that nothing has
 * happened to keeps the image that was made of it earlier.
 *
 *     image = 'GDWI' form groups monitors snapshot
 *     group = id of its slot, ids of the slots of branches in other groups, ids of places for processes that are forked elsewhere
 *
 * Invariants
 * - While links are at rest, a channel has no state but that of the processes that wait at it: a home is where its reader waits, a delegate only
 *   repeats the output that its writer waits in. So neither homes nor delegates are written.
 * - The slot of a branch gets another id when the branch comes together with its parent, or moves with it as one. Then both are written anew.
 * - The live groups are those that can be reached from the main process (slot 0) by the newest image of each slot; what is written of others is
 *   garbage.
 */
import { Forks } from '../scheduler/forks.ts'
import { ENDED, GONE, HOST, MONITOR, REMOTE } from '../scheduler/state.ts'
import type { Monitor } from '../scheduler/monitor.ts'
import type { Channel, Process, Unit } from '../scheduler/state.ts'
import { bornOf, branchesOf, pathOf, rootFrame } from '../inspect/paths.ts'
import { ByteReader, ByteWriter } from '../snapshot/codec.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type {
  AwayBranch,
  CapturePlan,
  ChannelRecord,
  MonitorRecord,
  OutputRecord,
  ProcessName,
  RootPlan,
} from '../snapshot/snapshot-format.ts'
import { writeSnapshot } from '../snapshot/snapshot-writer.ts'
import type { Value } from '../scheduler/value.ts'
import type { LinkParts } from './arrival.ts'
import type { Groups } from './groups.ts'
import { shadowOf } from './joins.ts'
import type { MonitorEntry } from './monitors.ts'
import { ChannelLink, Stub } from './objects.ts'
import { NO_SLOTS, sumOf } from './slot-tables.ts'
import type { SlotSum } from './slot-tables.ts'

const MAGIC = [0x47, 0x44, 0x57, 0x49] as const
const FORM = 2
/** The form before it had no places. */
const FORM_WITHOUT_PLACES = 1
/** The slot of a program's main process. */
export const MAIN_SLOT = 0

/** What the head of an image says of one group. */
export interface GroupEntry {
  /** The id of its slot; `MAIN_SLOT` for the main process. */
  readonly slot: number
  /** The slots of branches that are in other groups. */
  readonly branches: readonly number[]
  /** The slots of processes that are forked elsewhere: of one that has not begun there is no group yet. */
  readonly places: readonly number[]
}

/** An image of some groups of a site. */
export interface SiteImage {
  readonly bytes: Uint8Array
  readonly groups: readonly GroupEntry[]
  readonly processes: number
  /** The units that are needed to restore it, by hash. */
  readonly units: ReadonlyMap<string, Unit>
}

/**
 * What a site has of the program's tree of processes. While the links are at rest, one site of a program has the main process, and the branches that are parted from
 * their parents are those for which the sites of the parents have places.
 */
export interface Census {
  readonly hasMain: boolean
  /** Branches here whose parents are elsewhere. */
  readonly parted: SlotSum
  /** Places here of branches that are elsewhere, without those of forked processes. */
  readonly places: SlotSum
  /** How many places for processes that are forked elsewhere are here: some of those may not have begun. */
  readonly forks: number
}

/**
 * @param sites of all sites of a program, while the links are at rest
 * @returns what is wrong when a process is at no site, or at two of them; undefined when nothing is
 */
export function whatIsMissing(sites: readonly Census[]): string | undefined {
  const mains = sites.filter(({ hasMain }) => hasMain).length
  if (mains !== 1) return mains === 0 ? 'no node has the main process' : `${mains} nodes have the main process`
  const parted = sites.reduce((all, site) => sumOf(all, site.parted), NO_SLOTS)
  const places = sites.reduce((all, site) => sumOf(all, site.places), NO_SLOTS)
  const forks = sites.reduce((all, site) => all + site.forks, 0)
  if (parted.count < places.count)
    return `of ${places.count} processes that are apart from their parents, ${places.count - parted.count} are missing`
  if (parted.count > places.count + forks)
    return `${parted.count - places.count - forks} processes that are apart from their parents have none`
  return forks > 0 || parted.sum === places.sum
    ? undefined
    : 'some processes that are apart from their parents are missing, and as many have no parents'
}

/** What a site gives to a cut. */
export interface SiteCut {
  readonly census: Census
  /** Undefined: it has nothing to say. */
  readonly image: SiteImage | undefined
  /** The oldest cut that has something of what is here now; undefined when there is nothing. */
  readonly oldest: number | undefined
}

/** A group while its branches are being listed. */
interface ListedGroup {
  readonly slot: number
  readonly branches: number[]
  readonly places: number[]
}

class ImagePlan implements CapturePlan {
  readonly kind = 'processes'
  readonly roots: readonly RootPlan[]
  readonly entries: ListedGroup[] = []
  /** By their tops' parents: the entries that list them. */
  private readonly entryOf = new Map<Process, ListedGroup>()

  constructor(
    tops: readonly Process[],
    private readonly groups: Groups,
    private readonly parts: LinkParts,
    readonly clock: number,
  ) {
    this.roots = tops.map((p) => this.planRoot(p))
  }

  get from(): number {
    return this.parts.router.self
  }

  get stamp(): number {
    return this.parts.router.time
  }

  private planRoot(p: Process): RootPlan {
    const { joins } = this.parts
    const id = joins.slotIdOf(p)
    const entry: ListedGroup = { slot: id ?? MAIN_SLOT, branches: [], places: [] }
    this.entries.push(entry)
    this.entryOf.set(p, entry)
    const link = p.join?.link
    const borrowed = link instanceof Stub ? link.borrowed : joins.back.get(p)?.borrowed
    return {
      process: p,
      path: pathOf(p),
      born: bornOf(p),
      slot: id === undefined ? undefined : { id, version: 1, hint: 0 },
      borrowed,
    }
  }

  includes(branch: Process): boolean {
    return branch.state !== GONE && !this.groups.isTop(branch)
  }

  away(branch: Process): AwayBranch {
    const { joins } = this.parts
    const id = joins.slotIdOf(branch)
    if (id === undefined) throw new Error('a branch has no slot')
    const shadow = branch.state === GONE ? branch.frame : (joins.back.get(branch)?.shadow ?? shadowOf(rootFrame(branch)))
    return { slot: { id, version: 1, hint: 0 }, at: 0, shadow }
  }

  back(): undefined {
    return undefined
  }

  output(_p: Process, c: Channel): OutputRecord {
    return { stamp: 1, moves: 0, value: offered(c) }
  }

  name(p: Process): ProcessName | undefined {
    const { names } = this.parts
    const link = p.state === HOST || p.state === MONITOR ? names.of(p) : names.known(p)
    return link === undefined ? undefined : { id: link.id, moves: link.version }
  }

  channel(c: Channel): ChannelRecord {
    return { kind: 'away', id: this.parts.channels.of(c).id, version: 0, hint: 0 }
  }

  monitor(m: Monitor): MonitorRecord {
    return { kind: 'away', id: this.parts.monitors.of(m).id, version: 0, hint: 0 }
  }

  /** Notes which branches of a group are in other groups: those of its top, and of the branches that belong to it. */
  list(): void {
    const { joins } = this.parts
    for (const [top, entry] of this.entryOf) {
      const queue = [top]
      for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
        for (const branch of branchesOf(p)) {
          if (branch.state === ENDED) continue
          if (this.includes(branch)) queue.push(branch)
          else (isPlace(branch) ? entry.places : entry.branches).push(joins.slotIdOf(branch) ?? MAIN_SLOT)
        }
      }
    }
  }
}

/** @returns whether a branch stands for a process that was forked elsewhere, or is to be (links/forks.ts) */
function isPlace({ state, join, index }: Process): boolean {
  return state === GONE && join instanceof Forks && index > 0
}

/** @returns what a process that waits in an output on a channel offers */
function offered(c: Channel): Value {
  if (c.state === REMOTE && c.link instanceof ChannelLink && c.link.outgoing !== undefined) return c.link.outgoing.value
  return c.value
}

/**
 * Writes groups that are here. Nothing changes, but that what is written gets ids, and that it is known how large each group is.
 * @throws SnapshotError `pinned`, `size`
 */
export function writeImage(tops: readonly Process[], groups: Groups, parts: LinkParts, now: number): SiteImage {
  const plan = new ImagePlan(tops, groups, parts, now)
  const written = writeSnapshot(plan)
  groups.wrote(written.rootSizes)
  plan.list()
  const w = new ByteWriter(written.bytes.length + 64)
  for (const b of MAGIC) w.byte(b)
  w.byte(FORM)
  w.uint(plan.entries.length)
  for (const { slot, branches, places } of plan.entries) {
    w.uint(slot)
    w.ids(branches)
    w.ids(places)
  }
  const monitors = [...parts.monitors.here()]
  w.uint(monitors.length)
  for (const { id, role } of monitors) {
    w.uint(id)
    w.uint(role.kind)
    w.uints(role.state())
  }
  w.bytes(written.bytes)
  return { bytes: w.finish(), groups: plan.entries, processes: written.processes.length, units: written.units }
}

/** An image, as far as its head tells. */
export interface ImageHead {
  readonly groups: readonly GroupEntry[]
  /** All monitors whose homes the site was. Who waits at them asks again. */
  readonly monitors: readonly MonitorEntry[]
  /** The groups themselves; see snapshot-reader.ts. */
  readonly snapshot: Uint8Array
}

/** Reads the head of an image. @throws SnapshotError */
export function readImage(bytes: Uint8Array): ImageHead {
  const r = new ByteReader(bytes)
  if (!MAGIC.every((b) => r.byte() === b)) throw new SnapshotError('magic', 'this is no image of a site')
  const form = r.byte()
  if (form !== FORM && form !== FORM_WITHOUT_PLACES)
    throw new SnapshotError('malformed', `an image of form ${form}, and this is form ${FORM}`)
  const groups: GroupEntry[] = []
  for (let n = r.count(2, 'groups'); n > 0; n--) {
    const slot = r.uint()
    const [branches, places]: [number[], number[]] = [[], []]
    r.ids('branches', (id) => branches.push(id))
    if (form !== FORM_WITHOUT_PLACES) r.ids('places', (id) => places.push(id))
    groups.push({ slot, branches, places })
  }
  const monitors: MonitorEntry[] = []
  for (let n = r.count(3, 'monitors'); n > 0; n--) {
    const id = r.uint()
    const kind = r.uint()
    monitors.push({ id, kind, state: r.uints('numbers of a monitor') })
  }
  const snapshot = r.bytes()
  r.finish()
  return { groups, monitors, snapshot }
}
