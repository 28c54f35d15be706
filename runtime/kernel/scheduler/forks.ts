/**
 * FORK and FORKING: processes that are made at will, and one that waits for all of them.
 *
 * A FORKING is a join whose first branch is its body. A process that is forked becomes one more branch of the join that is around the process
 * which forks it, wherever that is; it is dropped from it when it ends, so a join does not grow with the number of forks.
 *
 * Invariants
 * - A join of this kind is not kept for a next time, and its branches have no results.
 * - `enlist` comes before `spawn`. What it leaves in `p.value` is 0 when the join is here, or else the name of the place that the join has made.
 */
import { birth, Channel, HOST, HostCall, Join, Process } from './state.ts'
import type { BranchGroup, Frame } from './state.ts'

/** What the body of a FORKING is called. No PROC can have this name. */
export const BODY = 'FORKING'

export class Forks extends Join {
  /** What each branch is called: the PROC, and which of those forked. */
  private readonly names: string[] = []
  private readonly serials: number[] = []
  private serial = 0

  override get groups(): BranchGroup[] {
    return this.branches.map((_, first) => ({ first, label: this.label(first), base: NaN, step: 0 }))
  }

  /** Names the branch that is pushed next. */
  override name(label: string): void {
    const [, name = label, serial = '0'] = /^(.*)#(\d+)$/.exec(label) ?? []
    this.serial = Math.max(this.serial, Number(serial))
    this.names.push(name)
    this.serials.push(Number(serial))
  }

  override label(i: number): string {
    const serial = this.serials[i] ?? 0
    return serial === 0 ? (this.names[i] ?? '') : `${this.names[i] ?? ''}#${serial}`
  }

  override replicator(): number {
    return NaN
  }

  /** Adds a process that is forked. */
  add(p: Process, name: string): void {
    p.index = this.branches.length
    this.branches.push(p)
    this.names.push(name)
    this.serials.push(++this.serial)
    this.running++
    this.born = birth()
  }

  /** Adds a process that is forked, whose name is known: `work#12`. */
  addNamed(p: Process, label: string): void {
    p.index = this.branches.length
    this.branches.push(p)
    this.name(label)
    this.running++
    this.born = birth()
  }

  /** Drops a branch that is ending, or has ended: the last one takes its place. */
  drop(p: Process): void {
    const { branches, names, serials } = this
    const i = p.index
    const last = branches.pop()
    const [name, serial] = [names.pop() ?? '', serials.pop() ?? 0]
    if (last === undefined || last === p) return
    branches[i] = last
    last.index = i
    names[i] = name
    serials[i] = serial
  }
}

/** @returns the FORKING around a process, or the topmost process above it here, whose join is elsewhere */
export function forksAround(p: Process): Forks | Process {
  for (let at = p; ;) {
    const j = at.join
    if (j === null) return at // it is looked at alone
    if (j instanceof Forks) return j
    if (j.parent === at) return at // a stub of its own: the real one is elsewhere
    at = j.parent
  }
}

/** Begins a FORKING. @returns the join, also in `f.pending`; `branch` for its body and `join` must follow */
export function forking(p: Process, f: Frame): Join {
  const j = new Forks(p)
  f.pending = j
  return j
}

/**
 * Finds the place of a process that is to be forked. The caller has stored the pc of this very operation, and 0 in `p.value` when it began.
 * @returns true when the place is in `p.value`; false when `p` waits for it, and begins again
 */
export function enlist(p: Process, name: string): boolean {
  if (typeof p.value === 'number' && p.value > 0) return true
  const around = forksAround(p)
  if (around instanceof Forks) {
    p.value = 0
    return true
  }
  p.value = new HostCall('FORK', [])
  p.state = HOST
  p.kernel.links.enlist(p, around, name)
  return false
}

/** Makes the process that is forked. @param place what `enlist` gave */
export function spawn(p: Process, frame: Frame, name: string, place: number): void {
  const step = frame.machine.step as Process['step'] // the frame is of this machine's class
  const j = place === 0 ? (forksAround(p) as Forks) : null // it was here when the process was enlisted, just now
  const child = new Process(p.queue, step, frame, j, 0)
  if (j !== null) j.add(child, name)
  else p.kernel.links.forked(child, place, name)
  p.queue.push(child)
}

/** A process that was forked is about to end. */
export function unlist(p: Process): void {
  if (p.join instanceof Forks) p.join.drop(p)
}

/** What is given to a process outside of the one that made it has a name from now on, wherever that process goes. */
export function escape(c: Channel | Channel[]): void {
  if (c instanceof Channel) {
    if (typeof c.link === 'number') c.link = 0
  } else for (const each of c) escape(each)
}
