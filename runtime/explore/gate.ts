/**
 * The gate: a kernel in which no process communicates by itself. Each runs as far as it can alone, and what it waits for then is noted here.
 *
 * To the kernel every channel and monitor is one whose home is elsewhere, so whatever a process asks of one comes to `Gate`, by the same way as on a
 * node whose neighbour has the channel. Compiled machines, PARs, joins, calls and faults are those of any run.
 *
 * Invariants
 * - A channel or monitor is REMOTE (has no role) before a process other than its maker can reach it: `prepare` sees to each new branch when it enters a queue.
 * - Guards of an ALT are noted in the order in which they are enabled. None is chosen by the kernel.
 */
import { Kernel } from '../kernel/scheduler/kernel.ts'
import type { Failure, Links } from '../kernel/scheduler/kernel.ts'
import { Fault } from '../kernel/scheduler/fault.ts'
import { ready } from '../kernel/scheduler/channel.ts'
import { Forks } from '../kernel/scheduler/forks.ts'
import { ENROLL } from '../kernel/scheduler/monitor.ts'
import { RunQueue } from '../kernel/scheduler/queue.ts'
import { Frame, INPUT, JOIN, OUTPUT, Process, REMOTE, WRITER } from '../kernel/scheduler/state.ts'
import type { Channel, Monitor, MonitorRequest } from '../kernel/scheduler/state.ts'
import { GRANTED } from '../kernel/scheduler/waiters.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { MemoryUsedUp } from './memory-used-up.ts'
import { NotExplored } from './not-explored.ts'

/** A guard of an ALT: an input (a channel), a time, a SYNC (a monitor), or SKIP (null). */
export interface Guard {
  readonly guard: number
  readonly what: Channel | Monitor | number | null
}

/** The guards of the ALT that a process waits in. */
interface Guards {
  serial: number
  readonly pri: boolean
  /** At how many places the kernel might start to look. */
  readonly starts: number
  readonly guards: Guard[]
}

/** A guard as it stands in its ALT. */
export interface OrderedGuard extends Guard {
  /** Whether the kernel may look at it first. If not, it comes after the one before it: they are those of a PRI ALT. */
  readonly first: boolean
}

/** Something a process has done to a monitor without waiting. */
export interface MonitorEffect {
  readonly monitor: Monitor
  readonly request: MonitorRequest
  readonly n: number
}

/** A process that has just been forked. */
export interface ForkedProcess {
  readonly process: Process
  /** The one whose FORKING is around it; undefined when that is not looked at. */
  readonly around: Process | undefined
}

/** The place of a process that is forked where its FORKING is not looked at. */
const ELSEWHERE = 1
/** Steps of one run after which a process is held to go on for ever without communicating. */
const MOST_STEPS = 20_000_000
/** Steps after which a run is left for a moment, so that the kernel can look at the memory. */
const SLICE_STEPS = 50_000
/** Looks of the kernel at the memory for each that is taken: nearly all runs are short. */
const LOOKS = 8

class Outlet extends Frame {}

export class Gate implements Links {
  readonly kernel: GateKernel
  /** Processes that were forked since this was last emptied, where they are kept apart. They have not begun. */
  forks: ForkedProcess[] = []
  /** What was done to monitors since this was last emptied. */
  effects: MonitorEffect[] = []
  private readonly waitsIn = new WeakMap<Process, Guards>()
  /** What each process asks of the monitor that it waits at. */
  private readonly asked = new WeakMap<Process, MonitorRequest>()
  /** Answers that processes get when they have come to rest. */
  private answers: (readonly [Process, Value])[] = []
  /** The writer of what is being delivered by an ALT. */
  private readonly writer: Process
  private delivering: Channel | undefined
  /** Where a fair ALT starts to look now; and among how many guards the last one has asked where. */
  private start = 0
  private drawn = 0
  /** The process that runs, or ran last. */
  runs: Process | undefined
  /** The processes that have run since this was last emptied. */
  readonly ran = new Set<Process>()

  /**
   * @param prepare is shown each process when it enters the run queue for the first time, or with a new frame
   * @param ticketOf gives the ticket of the branches of a PAR that a process makes at a barrier: not 0
   * @param now what the clock says, microseconds of program time
   * @param isFull whether the memory is nearly used up
   * @param forksApart whether processes that are forked do not run, and are kept in `forks`
   * @param prepareForked is shown each of those, with the process that has forked it
   */
  constructor(
    private readonly prepare: (p: Process) => void,
    private readonly ticketOf: (p: Process) => number,
    now: () => number,
    isFull: () => boolean = () => false,
    private readonly forksApart = false,
    private readonly prepareForked: (p: Process, by: Process) => void = prepare,
  ) {
    this.kernel = new GateKernel(now, this, isFull)
    const queue = this.kernel.high
    this.writer = new Process(queue, () => false, new Outlet(null), null, 0)
    this.kernel.links = this
  }

  /** A run begins in which there is no process yet: nothing is left of the one before. */
  begin(): void {
    const { kernel } = this
    const { high, low } = kernel
    while ((high.shift() ?? low.shift()) !== undefined);
    kernel.stopped = false
    kernel.passed = false
    kernel.failure = undefined
    kernel.reads = 0
    this.effects = []
    this.forks = []
    this.answers = []
    this.ran.clear()
  }

  /** Runs until every process waits. @throws NotExplored when one goes on for ever */
  settle(): void {
    const { kernel } = this
    for (let steps = 0; ;) {
      const result = kernel.run(SLICE_STEPS)
      if (result === 'more') {
        steps += SLICE_STEPS
        if (steps >= MOST_STEPS) throw new NotExplored('a process that goes on and on without communicating', kernel.last)
        continue
      }
      steps = 0
      const { answers } = this
      if (result === 'stopped' || answers.length === 0) return
      this.answers = []
      for (const [p, value] of answers) kernel.wake(p, value)
    }
  }

  /** @returns the fault that has stopped the kernel. @throws NotExplored, MemoryUsedUp, or a fault of ours */
  failure(): Failure | undefined {
    const { failure } = this.kernel
    if (failure === undefined || failure.error instanceof Fault) return failure
    if (failure.error instanceof NotExplored) throw new NotExplored(failure.error.what, failure.error.process ?? failure.process)
    throw failure.error
  }

  /** A process entered a run queue. @returns false when it must not be in it */
  entered(p: Process): boolean {
    if (p !== this.writer) {
      if (this.forksApart && this.isForked(p)) return false
      if (p.frame.pc === 0 && p.frame.caller === null) this.prepare(p)
      return true
    }
    if (this.delivering !== undefined) this.delivering.state = REMOTE // it has been taken
    this.delivering = undefined
    return false
  }

  /** Whether a process has just been forked; then nobody here waits for it. */
  private isForked(p: Process): boolean {
    const { join } = p
    if (join instanceof Forks && p.index > 0) {
      join.drop(p) // it is still counted, so whoever waits for it does so for ever
      this.forks.push({ process: p, around: join.parent })
    }
    if (!this.forks.some(({ process }) => process === p)) return false
    if (this.runs !== undefined) this.prepareForked(p, this.runs)
    return true
  }

  /** A process is about to run. */
  dispatched(p: Process): void {
    this.runs = p
    this.ran.add(p)
  }

  /** @returns the guards of the ALT that a process waits in */
  guardsOf(p: Process): readonly Guard[] {
    const found = this.waitsIn.get(p)
    return found?.serial === p.altSerial ? found.guards : []
  }

  /**
   * @returns the guards of the ALT that a process waits in, by their numbers, without those that can never be taken: of several on one channel in a PRI
   *   ALT only the first can
   */
  orderedGuardsOf(p: Process): OrderedGuard[] {
    const found = this.waitsIn.get(p)
    if (found?.serial !== p.altSerial) return []
    const guards = found.guards.sort((a, b) => a.guard - b.guard)
    const firsts = found.pri ? new Set([guards[0]?.guard]) : this.firsts(p, found)
    const seen = new Set<Channel>()
    const ordered: OrderedGuard[] = []
    for (const each of guards) {
      const first = firsts === undefined || firsts.has(each.guard)
      if (first) seen.clear()
      const { what } = each
      if (what !== null && typeof what === 'object' && 'state' in what) {
        if (seen.has(what)) continue
        seen.add(what)
      }
      ordered.push({ ...each, first })
    }
    return ordered
  }

  /** Lets the process enable its guards from each start that there is. @returns those that came first; undefined when it makes no difference */
  private firsts(p: Process, found: Guards): Set<number> | undefined {
    const { guards, starts } = found
    const channels = guards.map(({ what }) => what).filter((what) => what !== null && typeof what === 'object')
    if (new Set(channels).size === guards.length) return undefined // nothing but inputs from channels of their own
    const firsts = new Set<number>([guards[0]?.guard ?? 0])
    for (this.start = 1; this.start < starts; this.start++) {
      p.selected = -1
      p.value = 0
      ready(p)
      this.settle()
      const first = this.waitsIn.get(p)?.guards[0]
      if (first !== undefined) firsts.add(first.guard)
    }
    this.start = 0
    found.serial = p.altSerial
    this.waitsIn.set(p, found)
    return firsts
  }

  /** @returns the guard, of `n`, at which a fair ALT starts to look */
  draw(n: number): number {
    this.drawn = n
    return this.start
  }

  /** @returns what a process asks of the monitor that it waits at; undefined when it has made that itself and nobody else has it */
  requestOf(p: Process): MonitorRequest | undefined {
    return this.asked.get(p)
  }

  // ------------------------------------------------------------------------------------------ going on

  /**
   * A process that waits for an input, or in an ALT, gets a value; everything runs until it waits again.
   * @param guard of the ALT; -1 for an input
   * @returns whether it has taken the value: an extended input only looks at it first
   */
  deliver(p: Process, guard: number, c: Channel, value: Value): boolean {
    if (p.state === INPUT) {
      p.value = value
      ready(p)
      this.settle()
      return true
    }
    this.delivering = c
    c.state = WRITER
    c.waiting = this.writer
    c.value = value
    p.selected = guard
    ready(p)
    this.settle()
    const taken = this.isDelivered()
    this.delivering = undefined
    c.state = REMOTE
    return taken
  }

  private isDelivered(): boolean {
    return this.delivering === undefined
  }

  /** What a process has output has been taken, its time has come, or its branches have ended. */
  resume(p: Process): void {
    p.selected = -1
    p.value = 0
    ready(p)
    this.settle()
  }

  /** A guard that is no input is chosen. */
  choose(p: Process, guard: number): void {
    p.selected = guard
    ready(p)
    this.settle()
  }

  /** A monitor lets a process go on. @param value GRANTED, or CHOSEN and the number of the guard */
  let(p: Process, value: number = GRANTED): void {
    p.altSerial++
    p.value = value
    ready(p)
    this.settle()
  }

  // ------------------------------------------------------------------------------------------ what processes ask

  output(p: Process, c: Channel, v: Value): boolean {
    c.value = v
    p.value = c
    p.state = OUTPUT
    return false
  }

  input(p: Process, c: Channel): void {
    p.value = c
    p.state = INPUT
  }

  alt(p: Process, c: Channel, guard: number): void {
    this.note(p, guard, c)
  }

  passOver(p: Process, guard: number, what: number | Monitor | null): void {
    p.kernel.altEnabled++
    this.note(p, guard, what)
  }

  private note(p: Process, guard: number, what: Guard['what']): void {
    let found = this.waitsIn.get(p)
    if (found?.serial !== p.altSerial) {
      found = { serial: p.altSerial, pri: p.kernel.altPri, starts: this.drawn, guards: [] }
      this.waitsIn.set(p, found)
      this.drawn = 0
    }
    found.guards.push({ guard, what })
  }

  ask(p: Process, m: Monitor, request: MonitorRequest, n: number): void {
    this.asked.set(p, request)
    if (request !== ENROLL) return
    const ticket = n > 1 ? this.ticketOf(p) : 0
    this.effects.push({ monitor: m, request, n: n < 0 ? n : n * 0x10000 + ticket })
    this.answers.push([p, ticket])
  }

  tell(monitor: Monitor, request: MonitorRequest, n: number): void {
    this.effects.push({ monitor, request, n })
  }

  offer(): void {
    throw new Error('an ALT of an explored program chooses nothing by itself')
  }

  enlist(p: Process): void {
    this.answers.push([p, ELSEWHERE])
  }

  forked(p: Process): void {
    this.forks.push({ process: p, around: undefined })
  }

  ended(): void {
    throw new Error('an explored program is on one node')
  }

  wake(): void {
    throw new Error('an explored program is on one node')
  }

  pause(): void {
    // nothing is gathered
  }
}

/** A kernel behind a gate. */
export class GateKernel extends Kernel {
  override readonly high: RunQueue
  override readonly low: RunQueue
  /** Times that the clock was read. */
  reads = 0
  private looks = 0

  constructor(
    now: () => number,
    private readonly gate: Gate,
    private readonly isFull: () => boolean,
  ) {
    super({
      now: () => {
        this.reads++
        return now()
      },
      host: (p, service) => {
        throw new NotExplored(`the service ${service}`, p)
      },
    })
    this.high = new GateQueue(this, 0, gate)
    this.low = new GateQueue(this, 1, gate)
    // an ALT here is for ever as it is while homes are fetched: it notes its guards and decides nothing
    Object.defineProperty(this, 'altFetching', { get: () => true, set: () => undefined })
  }

  override draw(n: number): number {
    return this.gate.draw(n)
  }

  /** @throws MemoryUsedUp: it may be the explorer that has used it */
  override requireMemory(): void {
    this.looks = (this.looks + 1) % LOOKS
    if (this.looks === 0 && this.isFull()) throw new MemoryUsedUp()
  }

  override fireTimers(): void {
    // time passes when the explorer says so
  }
}

class GateQueue extends RunQueue {
  constructor(
    kernel: Kernel,
    priority: number,
    private readonly gate: Gate,
  ) {
    super(kernel, priority)
  }

  override push(p: Process): void {
    if (this.gate.entered(p)) super.push(p)
  }

  override shift(): Process | undefined {
    const p = super.shift()
    if (p !== undefined) this.gate.dispatched(p)
    return p
  }
}

/** @returns the branches of the PAR that a process waits for; undefined when it waits for none */
export function branchesAwaited(p: Process): readonly Process[] | undefined {
  const { pending } = p.frame
  return p.state === JOIN && pending !== null && !(pending instanceof Frame) ? pending.branches : undefined
}
