/**
 * Has the processes of one kernel choose what processes have chosen on several: an ALT waits for the guard that was taken, a claim for its turn, and what the
 * clock and the host have said is said again.
 *
 * Invariants
 * - What a process is told follows from its path and from how many choices it has made there: two processes that have the same path have it one after the other.
 * - Claims are asked for in the order of logical time in which they were granted, whatever they claim. Whatever a claim was granted for depended on nothing
 *   that was later, so it is never waited for in vain.
 * - A process that has come to the end of what it was told goes on to its next choice, and no further. What it does until then follows from what is
 *   recorded.
 */
import { wholePathOf } from '../../kernel/inspect/paths.ts'
import { ready } from '../../kernel/scheduler/channel.ts'
import { Forks, forksAround } from '../../kernel/scheduler/forks.ts'
import { GRANTED } from '../../kernel/scheduler/waiters.ts'
import { HOST, HostCall, MONITOR, Process, READY, WRITER } from '../../kernel/scheduler/state.ts'
import type { Channel, Frame, Monitor, Unit } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { Watcher } from '../../kernel/scheduler/watched.ts'
import { RunError } from '../run-error.ts'
import type { Choice, Told } from './choices.ts'

/** A choice that a process is told, and, of a claim, which of all claims it is. */
interface Due {
  readonly choice: Choice
  readonly turn: number
}

/** How far a repetition is. */
export interface Repeated {
  /** How many choices were made at each path, and at all paths. */
  readonly made: Map<string, number>
  count: number
  /** How many claims were asked for. */
  claims: number
  /** Processes that wait for their turn to claim, by path. */
  readonly parked: Map<string, Process>
  /** The paths of processes that were forked. */
  readonly forked: Map<Process, string>
}

/** Ends the step of a process that has come to the end of what it was told, where it cannot wait: it does nothing any more. */
export class Beyond extends Error {}

export class ChoiceRepeater extends Watcher {
  state: Repeated = {
    made: new Map<string, number>(),
    count: 0,
    claims: 0,
    parked: new Map<string, Process>(),
    forked: new Map<Process, string>(),
  }

  private readonly due = new Map<string, Due[]>()
  /** By turn: who claims. */
  private readonly turns: string[] = []
  private readonly all: number
  /** The guard that the ALT which is being enabled has to take; undefined: none. */
  private wanted: number | undefined

  /** @param called hears of each call of the host */
  constructor(
    told: readonly Told[],
    private readonly called: (service: string, actuals: readonly Value[]) => void,
  ) {
    super()
    this.all = told.length
    for (const { path, choice } of told) {
      const its = this.due.get(path)
      const each = { choice, turn: choice.kind === 'claim' ? this.turns.push(path) - 1 : -1 }
      if (its === undefined) this.due.set(path, [each])
      else its.push(each)
    }
  }

  /** Whether all that was recorded has been repeated. */
  get isDone(): boolean {
    return this.state.count === this.all
  }

  /** How many choices have been made. */
  get count(): number {
    return this.state.count
  }

  /** @returns a path at which a choice is due, and which: for messages; undefined when all are made */
  waitedFor(): { readonly path: string; readonly kind: Choice['kind'] } | undefined {
    for (const [path, its] of this.due) {
      const next = its[this.state.made.get(path) ?? 0]
      if (next !== undefined) return { path, kind: next.choice.kind }
    }
    return undefined
  }

  // ---------------------------------------------------------------------------------------------- what processes ask

  override altStart(p: Process, pri: boolean, n: number): number {
    this.wanted = this.next(this.pathOf(p), 'guard')?.choice.guard
    if (p.selected >= 0 && p.selected === this.wanted) return -1
    p.selected = -1
    super.altStart(p, pri, n)
    return 0
  }

  override altChannel(p: Process, c: Channel, guard: number): boolean {
    if (this.wanted === undefined ? c.state !== WRITER : this.wanted === guard) return super.altChannel(p, c, guard)
    p.kernel.altEnabled++
    return false
  }

  override altTimer(p: Process, _t: number, guard: number): boolean {
    return this.ready(p, guard)
  }

  override altSkip(p: Process, guard: number): boolean {
    return this.ready(p, guard)
  }

  override altSync(p: Process, m: Monitor, guard: number): boolean {
    if (this.wanted === guard) return super.altSync(p, m, guard)
    p.kernel.altEnabled++
    return false
  }

  private ready(p: Process, guard: number): boolean {
    p.kernel.altEnabled++
    if (this.wanted !== guard) return false
    p.selected = guard
    return true
  }

  override altWait(p: Process, u: Unit, site: number): number {
    const { selected } = p
    if (selected >= 0) {
      const path = this.pathOf(p)
      const next = this.next(path, 'guard')
      if (next?.choice.guard !== selected) throw otherWay(`${path} takes guard ${selected}`)
      this.make(path)
    }
    return super.altWait(p, u, site)
  }

  override claim(p: Process, m: Monitor): boolean {
    if (p.value === GRANTED) return super.claim(p, m)
    const path = this.pathOf(p)
    const next = this.next(path, 'claim')
    if (next?.turn !== this.state.claims) {
      p.value = m
      p.state = MONITOR
      this.state.parked.set(path, p)
      return false
    }
    this.make(path)
    this.state.claims++
    this.unpark()
    return super.claim(p, m)
  }

  /** Who has the next turn goes on if it waits. */
  private unpark(): void {
    const { parked, claims } = this.state
    const whose = this.turns[claims] ?? ''
    const p = parked.get(whose)
    if (p === undefined) return
    parked.delete(whose)
    p.value = 0
    ready(p)
  }

  override clock(p: Process): number {
    const path = this.pathOf(p)
    const next = this.next(path, 'time')
    if (next === undefined) throw new Beyond()
    this.make(path)
    return next.choice.reading
  }

  /** It has waited long enough. */
  override sleep(): boolean {
    return true
  }

  override host(p: Process, service: string, actuals: readonly Value[]): boolean {
    const path = this.pathOf(p)
    const next = this.next(path, 'answer')
    this.called(service, actuals)
    if (next === undefined) {
      p.value = new HostCall(service, actuals)
      p.state = HOST
      return false
    }
    this.make(path)
    p.value = next.choice.value
    p.state = READY
    return true
  }

  override spawn(p: Process, frame: Frame): void {
    const around = forksAround(p)
    if (!(around instanceof Forks)) throw new Error('a program in one kernel has all its joins there')
    const path = this.pathOf(p)
    const next = this.next(path, 'fork')
    if (next === undefined) throw new Beyond()
    const { child: its } = next.choice
    const child = new Process(p.queue, frame.machine.step as Process['step'], frame, around, 0) // the step of the frame's machine
    around.addNamed(child, its.slice(its.lastIndexOf('/') + 1))
    this.state.forked.set(child, its)
    this.make(path)
    p.queue.push(child)
  }

  // ---------------------------------------------------------------------------------------------- what is due

  /** @returns what the process at a path is told next; undefined when that is nothing. @throws RunError R0533 when it is told something else than it asks for */
  private next<K extends Choice['kind']>(path: string, kind: K): (Due & { readonly choice: Extract<Choice, { kind: K }> }) | undefined {
    const next = this.due.get(path)?.[this.state.made.get(path) ?? 0]
    if (next === undefined) return undefined
    const { choice, turn } = next
    if (choice.kind !== kind) throw otherWay(`${path} asks for \`${kind}\`, and \`${choice.kind}\` comes next`)
    return { choice: choice as Extract<Choice, { kind: K }>, turn } // its kind says so
  }

  private make(path: string): void {
    this.state.made.set(path, (this.state.made.get(path) ?? 0) + 1)
    this.state.count++
  }

  /** The path that a process had when it was recorded. */
  private pathOf(p: Process): string {
    const { forked } = this.state
    if (forked.size === 0) return wholePathOf(p)
    const own = forked.get(p)
    if (own !== undefined) return own
    const path = wholePathOf(p)
    for (let at = p, depth = 1; at.join !== null; at = at.join.parent, depth++) {
      const known = forked.get(at.join.parent)
      if (known !== undefined) return [known, ...path.split('/').slice(-depth)].join('/')
    }
    return path
  }
}

/** @returns the error of a run that goes another way than its recording */
export function otherWay(why: string): RunError {
  return new RunError(
    'R0533',
    `the run goes another way than its recording: ${why}`,
    'replay it with the version of godwit that has recorded it',
  )
}
