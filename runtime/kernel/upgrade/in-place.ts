/**
 * Frames of a kernel become those of another version where they are: nothing is captured, and nobody is woken.
 *
 * From the moment at which it begins no process takes a step in its old code: a process is converted just before it runs, or when the walk comes to it, which
 * the kernel may interrupt at any process. One that waits, sleeps or communicates goes on doing so: where it waits does not know its frames.
 *
 * Invariants
 * - It is known beforehand that each process can go on as the new version (`survey`, or `takesAll`).
 * - What it comes to is what a snapshot that is read as the new version has: `saved` slots by the same names, blanks and fills in the rest. Arrays stay the
 *   same objects, so branches work on those of their parents still.
 * - A parent is converted before it looks at the results of its branches: those that have ended are converted with it, the others before they run.
 * - All processes of the program are in this kernel, and none of them leaves or comes before all are converted.
 */
import { ready } from '../scheduler/channel.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { ALT, ENDED, Frame, Join, READY } from '../scheduler/state.ts'
import type { Process, ProcessObserver } from '../scheduler/state.ts'
import type { Conversions, MachineConversion } from '../snapshot/conversion.ts'
import { runningBranchesOf } from '../inspect/paths.ts'
import { fieldsOf, framesOf, saved, slotName } from '../snapshot/schema.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { UpgradePlan } from './plan.ts'

/** Whether every frame of the version before can go on, wherever it is. */
export function takesAll({ conversions }: UpgradePlan): boolean {
  for (const conversion of conversions.values()) {
    if ('refusal' in conversion || conversion.sharedRefusal !== undefined) return false
    if (conversion.points.some((point) => 'refusal' in point)) return false
  }
  return true
}

/** Whether frames of machines can be converted where they are. A mobile process that is suspended is in a value, where nobody looks for frames. */
export function isInPlace({ conversions }: UpgradePlan): boolean {
  for (const { slots } of conversions.keys()) if (slots.some(([, type]) => type === 'mobile' || type === 'mobiles')) return false
  return true
}

/** The conversion of all processes of a kernel. It begins when it is made, and ends when `walk` does. */
export class InPlaceUpgrade implements ProcessObserver {
  private readonly stack: Process[]

  /** @param kernel does not run, and nobody observes it */
  constructor(
    private readonly kernel: Kernel,
    private readonly conversions: Conversions,
  ) {
    if (kernel.observer !== null) throw new Error('somebody observes the kernel')
    this.stack = [...kernel.roots]
    kernel.observer = this
  }

  /** Converts all processes; the kernel may run where it yields. @throws SnapshotError as `before` */
  *walk(): Generator<void, void, void> {
    for (let p = this.stack.pop(); p !== undefined; p = this.stack.pop()) {
      if (p.state === ENDED) continue
      this.before(p)
      for (const branch of runningBranchesOf(p)) this.stack.push(branch)
      yield
    }
    this.kernel.observer = null
  }

  // ---------------------------------------------------------------------------------------------- what the kernel says

  /** @throws SnapshotError when a process cannot go on as the new version, which whoever began this has found out */
  before(p: Process): void {
    if (p.state === ENDED || !this.isOld(p.frame)) return
    this.convert(p)
    if (p.state === ALT || (p.state === READY && p.selected >= 0)) beginAgain(p)
  }

  after(): void {
    // it has run as the new version
  }

  leaves(p: Process): void {
    this.before(p)
  }

  arrives(): void {
    // none does before all are converted
  }

  touches(): void {
    // a monitor has no frames
  }

  // ---------------------------------------------------------------------------------------------- converting

  private isOld(innermost: Frame): boolean {
    for (let f: Frame | null = innermost; f !== null; f = f.caller) if (this.conversions.has(f.machine)) return true
    return this.hasOldResults(innermost)
  }

  private hasOldResults({ pending }: Frame): boolean {
    if (pending instanceof Frame) return this.conversions.has(pending.machine)
    return pending !== null && pending.branches.some(({ state, frame }) => state === ENDED && this.conversions.has(frame.machine))
  }

  private convert(p: Process): void {
    const frames = framesOf(p.frame)
    let caller: Frame | null = null
    for (const frame of frames) {
      const now: Frame = this.converted(frame, caller === null && p.join !== null)
      if (caller !== null) caller.pending = now
      now.caller = caller
      caller = now
    }
    if (caller === null) return
    this.takeResults(p.frame, caller)
    p.frame = caller
    p.step = caller.machine.step as Process['step'] // the frame is of this machine's class
  }

  /** What a frame waits for goes over to what it has become, and with that what has ended and is to be read by it. */
  private takeResults(before: Frame, now: Frame): void {
    const { pending } = before
    if (pending instanceof Frame) now.pending = this.rest(pending, now)
    else {
      now.pending = pending
      if (pending instanceof Join) {
        pending.known = true // the new text may have other branches the next time: it makes a join of its own
        for (const branch of pending.branches) if (branch.state === ENDED) branch.frame = this.rest(branch.frame, null)
      }
    }
  }

  private converted(frame: Frame, isBranch: boolean): Frame {
    const { machine, pc } = frame
    const conversion = this.conversions.get(machine)
    if (conversion === undefined) return frame
    const { to, points, shared } = known(conversion)
    const point = points[pc]
    if (point === undefined || 'refusal' in point) throw cannot(machine.name, point?.refusal ?? 'it has no such point')
    const now = to.blank()
    now.pc = point.pc
    const [from, into] = [fieldsOf(frame), fieldsOf(now)]
    for (const slot of saved(machine, pc, isBranch)) {
      const name = point.names.get(slot) ?? (isBranch ? shared.get(slot) : undefined)
      if (name !== undefined) into[name] = from[slotName(machine, slot)]
    }
    for (const { name, make } of point.fills) into[name] = make()
    return now
  }

  /** A frame that has ended: its results are left of it. */
  private rest(frame: Frame, caller: Frame | null): Frame {
    const { machine } = frame
    const conversion = this.conversions.get(machine)
    if (conversion === undefined) return frame
    const { to, shared } = known(conversion)
    const now = to.blank()
    now.caller = caller
    const [from, into] = [fieldsOf(frame), fieldsOf(now)]
    for (const slot of machine.results) {
      const name = shared.get(slot)
      if (name !== undefined) into[name] = from[slotName(machine, slot)]
    }
    return now
  }
}

/** @throws SnapshotError when there is no such machine */
function known(conversion: MachineConversion): Exclude<MachineConversion, { readonly refusal: string }> {
  if ('refusal' in conversion) throw new SnapshotError('malformed', conversion.refusal)
  return conversion
}

function cannot(machine: string, why: string): SnapshotError {
  return new SnapshotError('malformed', `${machine} cannot go on as the new version: ${why}`)
}

/** An ALT begins again, since it may have other guards: whoever has registered for the one before is not meant any more. */
function beginAgain(p: Process): void {
  const waits = p.state === ALT
  p.selected = -1
  p.altSerial++
  p.value = 0
  if (waits) ready(p)
}
