/**
 * Groups: a process with those of its branches that work on its own arrays. Images of a site are written in groups (image.ts), and this decides which
 * groups a cut writes.
 *
 * A cut writes the groups to which something has happened since the cut before, and some others whose images are oldest: so many that the cuts which
 * are needed to go on never become many, and no cut ever has to write everything but the first. Their bytes are rationed: as many as what has changed took
 * when it was written before, and at least so many that all come round within `MOST_CUTS` cuts.
 *
 * Invariants
 * - The newest image of each group here is in the cut that its `Group.cut` names, and that cut is in `batches` until nothing of it is needed.
 * - A group that a cut has written which was not committed counts as changed in the next one.
 */
import { ENDED, GONE } from '../scheduler/state.ts'
import type { Frame, Process } from '../scheduler/state.ts'
import { rootFrame, runningBranchesOf } from '../inspect/paths.ts'
import { isOfHost } from '../scheduler/unit.ts'
import { fieldsOf, isArray, lentSlots } from '../snapshot/schema.ts'
import type { JoinLinks } from './joins.ts'
import { Stub } from './objects.ts'

/** A branch that reads more than this of an array of its parent's belongs to the group of its parent: the array is written once. */
const SHARED_BYTES = 4096
/** Bytes of old groups that a cut writes anew at least. */
const LEAST_BYTES = 4 << 10
/** All old groups come round within so many cuts, or sooner. */
const MOST_CUTS = 4_096

/** A group, and its newest image. */
interface Group {
  /** Undefined once it has ended: nothing is kept of it. */
  top: Process | undefined
  /** The cut that has it; 0: none. */
  cut: number
  bytes: number
}

/** The groups that one cut has written. Those before `next` have newer images, or are over. */
interface Batch {
  readonly cut: number
  readonly groups: readonly Group[]
  next: number
}

/** Which processes of a kernel are the tops of groups, and how old their images are. What is a top is decided once for each process, when it is first asked. */
export class Groups {
  /** Null: a process that is no top. */
  private readonly known = new WeakMap<Process, Group | null>()
  private readonly touched = new Set<Process>()
  /** Older cuts first. */
  private batches: Batch[] = []
  /** What was chosen last. */
  private chosen: readonly Group[] = []
  /** Bytes of the newest images of all groups. */
  private total = 0
  /** Bytes of old groups that may be written anew. */
  private ration = 0

  /** @param leastBytes bytes of old groups that a cut writes anew at least */
  constructor(
    private readonly joins: Pick<JoinLinks, 'back' | 'hasSlotId'>,
    private readonly leastBytes = LEAST_BYTES,
  ) {}

  /** @returns whether a process, which has not ended, is the top of a group */
  isTop(p: Process): boolean {
    const j = p.join
    if (j === null || j.link instanceof Stub || this.joins.back.has(p)) return true
    const known = this.known.get(p)
    if (known !== undefined) return known !== null
    j.known = true
    const shares = sharesMemory(p, j.parent)
    this.known.set(p, shares ? null : { top: p, cut: 0, bytes: 0 })
    return !shares
  }

  /** Something of a process has changed though it has not run. */
  touch(p: Process): void {
    this.touched.add(p)
  }

  /** The oldest cut in which a group here has its newest image; undefined when there is no group. */
  get oldest(): number | undefined {
    return this.batches[0]?.cut
  }

  /**
   * Chooses the groups that a cut writes. From now on changes are counted anew.
   * @param cut its number
   * @param after the last cut that was committed; 0: there is none, and everything is written
   * @param changed processes that have run or ended since, or are ready; undefined when nobody has looked
   * @returns the tops of the groups, of which `wrote` has to be told
   */
  choose(cut: number, after: number, changed: Iterable<Process> | undefined, roots: ReadonlySet<Process>): Process[] {
    const tops = this.changedTops(changed ?? [], roots)
    const everything = after === 0 || changed === undefined
    if (everything) {
      for (const p of this.all(roots)) tops.add(p)
      this.batches = []
      this.total = this.ration = 0
    } else {
      this.addUncommitted(after, tops)
      this.addOld(tops)
    }
    const written = [...tops].filter(({ state }) => state !== ENDED && state !== GONE)
    const groups = written.map((top) => this.groupOf(top))
    for (const group of groups) {
      if (!everything) this.total -= group.bytes
      group.bytes = 0
      group.cut = cut
    }
    this.chosen = groups
    if (groups.length > 0) this.batches.push({ cut, groups, next: 0 })
    this.skipOver()
    return written
  }

  /** The groups that were chosen last have been written. @param sizes bytes of each */
  wrote(sizes: readonly number[]): void {
    this.chosen.forEach((group, i) => {
      this.total += group.bytes = sizes[i] ?? 0
    })
  }

  /** @returns the top of the group that a process belongs to */
  topOf(p: Process): Process {
    let top = p
    while (!this.isTop(top) && top.join !== null) top = top.join.parent
    return top
  }

  private groupOf(top: Process): Group {
    let group = this.known.get(top)
    if (group === undefined || group === null) this.known.set(top, (group = { top, cut: 0, bytes: 0 }))
    return group
  }

  /** The tops of the groups to which something has happened since this was last asked. */
  private changedTops(changed: Iterable<Process>, roots: ReadonlySet<Process>): Set<Process> {
    const tops = new Set<Process>()
    const add = (p: Process): void => {
      if (p.state === GONE || isHostProcess(p)) return
      if (p.state !== ENDED) {
        const top = this.topOf(p)
        // an idle mobile process is a value of whoever has it, who has run since it suspended itself
        if (top.join !== null || roots.has(top)) this.addGroup(top, tops)
      } else {
        const group = this.known.get(p)
        if (group !== undefined && group !== null) group.top = undefined
        // the results of a branch that has ended are its parent's
        if (p.join !== null && !(p.join.link instanceof Stub)) add(p.join.parent)
      }
    }
    for (const p of changed) add(p)
    for (const p of this.touched) add(p)
    this.touched.clear()
    return tops
  }

  /** Adds a group, and what has to list it now if no image has listed it before. */
  private addGroup(top: Process, tops: Set<Process>): void {
    if (tops.has(top)) return
    tops.add(top)
    if (!this.joins.hasSlotId(top) && top.join !== null) this.addGroup(this.topOf(top.join.parent), tops)
  }

  /** Adds what cuts after `after` have written, which were called off. */
  private addUncommitted(after: number, tops: Set<Process>): void {
    for (let last = this.batches.at(-1); last !== undefined && last.cut > after; last = this.batches.at(-1)) {
      for (const group of last.groups) {
        const top = this.newestIn(last, group)
        if (top !== undefined) tops.add(top)
        else if (group.cut === last.cut) this.total -= group.bytes
      }
      this.batches.pop()
    }
  }

  /** Adds the oldest groups, as far as the ration goes. */
  private addOld(tops: Set<Process>): void {
    let changed = 0
    for (const top of tops) changed += this.known.get(top)?.bytes ?? 0
    this.ration += Math.max(this.leastBytes, changed, this.total / MOST_CUTS)
    for (let oldest = this.skipOver(); oldest !== undefined; oldest = this.skipOver()) {
      const group = oldest.groups[oldest.next] as Group // `skipOver` stops at one
      const top = this.newestIn(oldest, group)
      if (top !== undefined && !tops.has(top)) {
        if (group.bytes > this.ration) return // it is saved up for
        this.ration -= group.bytes
        tops.add(top)
      }
      oldest.next++
    }
    this.ration = 0 // all are new
  }

  /** Drops what is over, or has newer images. @returns the oldest batch, with a group that has not at its `next` */
  private skipOver(): Batch | undefined {
    for (;;) {
      const [oldest] = this.batches
      if (oldest === undefined) return undefined
      for (; oldest.next < oldest.groups.length; oldest.next++) {
        const group = oldest.groups[oldest.next] as Group // next < length
        if (this.newestIn(oldest, group) !== undefined) return oldest
        if (group.cut === oldest.cut) this.total -= group.bytes
      }
      this.batches.shift()
    }
  }

  /** @returns the top of a group whose newest image a batch has; undefined when that is over, or a newer batch has it */
  private newestIn({ cut }: Batch, { cut: newest, top }: Group): Process | undefined {
    return cut === newest && top !== undefined && top.state !== ENDED && top.state !== GONE && this.isTop(top) ? top : undefined
  }

  /** @returns the tops of all groups here */
  private *all(roots: Iterable<Process>): Generator<Process, void, void> {
    const queue = [...roots].filter((p) => !isHostProcess(p))
    for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
      if (this.isTop(p)) yield p
      for (const branch of runningBranchesOf(p)) queue.push(branch)
    }
  }
}

/** @returns whether a process is part of the runtime: the console */
export function isHostProcess(p: Process): boolean {
  return isOfHost(rootFrame(p).machine.unit)
}

function sharesMemory(branch: Process, parent: Process): boolean {
  const root = rootFrame(branch)
  const { machine } = root
  if (machine.tied === true || lentSlots(machine).length > 0) return true
  let bytes = 0
  const fields = fieldsOf(root)
  for (const [name, type] of machine.slots) {
    const v = fields[name]
    if (isArray(type) && ArrayBuffer.isView(v)) bytes += v.byteLength
  }
  return bytes > SHARED_BYTES && buffersOf(parent).has(bufferOf(root))
}

function bufferOf(frame: Frame): ArrayBufferLike | undefined {
  const fields = fieldsOf(frame)
  let largest: ArrayBufferView | undefined
  for (const [name, type] of frame.machine.slots) {
    const v = fields[name]
    if (isArray(type) && ArrayBuffer.isView(v) && v.byteLength > (largest?.byteLength ?? 0)) largest = v
  }
  return largest?.buffer
}

function buffersOf(p: Process): Set<ArrayBufferLike | undefined> {
  const buffers = new Set<ArrayBufferLike | undefined>()
  for (let frame: Frame | null = p.frame; frame !== null; frame = frame.caller) {
    const fields = fieldsOf(frame)
    for (const [name, type] of frame.machine.slots) {
      const v = fields[name]
      if (isArray(type) && ArrayBuffer.isView(v)) buffers.add(v.buffer)
    }
  }
  return buffers
}
