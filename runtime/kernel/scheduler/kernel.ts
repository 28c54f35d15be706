/**
 * The scheduler: runs the processes of one program on one node.
 *
 * It knows nothing of disks, sockets, clocks or other nodes: what it needs of the world it is given (`World`, `Links`). It is driven
 * from outside: `run` works until nothing can run or the fuel is used up, and tells which.
 */
import { joined } from './agents.ts'
import { ready } from './channel.ts'
import { memoryFault, nativeFault } from './memory.ts'
import { Fault } from './fault.ts'
import type { FaultValues } from './fault.ts'
import { RunQueue, TrackingQueue } from './queue.ts'
import * as state from './state.ts'
import { birth, Channel, HostCall, Join, newProcess, Process } from './state.ts'
import type { AltSet, Frame, ParPlan, ProcessKernel, ProcessLinks, ProcessObserver, ProcessWorld, Step } from './state.ts'
import { TimerHeap } from './timers.ts'
import type { Value } from './value.ts'

/** Constants of this module: see channel.ts. */
const { ENDED, GONE, HOST, JOIN, MONITOR, PRI, READY, TIMER } = state

/** What the kernel is given. */
export interface World extends ProcessWorld {
  /** Program time in microseconds since the program began; grows; not an integer necessarily. */
  now(): number
  /**
   * Asked now and then at safe points, and while a step makes many processes or channels: whether the memory is nearly used up.
   * @returns how much is used and what the limit is, or undefined while there is enough
   */
  memory?(): FaultValues | undefined
  /** For a seeded run: a choice among `n` (0..n-1). Absent: processes run first in, first out, and ALTs start at guards of the kernel's own drawing. */
  readonly choose?: (n: number) => number
  /** For a seeded run: which of the processes of a queue runs, by its place. Absent: `choose` says. */
  readonly pick?: (queue: RunQueue) => number
}

/** What happens beyond this node. See links/link-table.ts. */
export interface Links extends ProcessLinks {
  /** `p` has ended, and its join has a link. */
  ended(p: Process): void
  /** The kernel stands still for a while: what was gathered for other nodes is sent. */
  pause(): void
}

/** The links of a program that has only one node. */
export const noLinks: Links = {
  output: unreachable,
  input: unreachable,
  alt: unreachable,
  passOver: unreachable,
  ask: unreachable,
  offer: unreachable,
  tell: unreachable,
  enlist: unreachable,
  forked: unreachable,
  ended: unreachable,
  pause: () => undefined,
  wake: unreachable,
}

function unreachable(): never {
  throw new Error('a remote channel or join in a program of one node')
}

/**
 * What is left until the scheduler looks around: counted down by back-edges and dispatches. One for all kernels of an OS process, since only
 * one runs at a time. `depth` is the nesting of recursive machine calls on the native stack; `kernel` the one that runs, or ran last.
 */
export const meter: { fuel: number; depth: number; kernel: Kernel | undefined } = { fuel: 0, depth: 0, kernel: undefined }

/** Recursive machine calls nest this deep on the native stack, then one of them starts afresh from the scheduler. */
const MAX_DEPTH = 400

export type RunResult =
  /** Nothing can run now. */
  | 'idle'
  /** The fuel is used up. */
  | 'more'
  /** A fault, PASS or `stop ()`: see `kernel.fault`, `kernel.passed`. */
  | 'stopped'

/** Runs between two looks at the memory. */
const MEMORY_RUNS = 2
/** Processes or channels that one step makes between two looks at the memory: a power of two. */
const MEMORY_OBJECTS = 1 << 16

/** A fault or internal error, and the process it happened in. */
export interface Failure {
  readonly error: unknown
  readonly process: Process
}

export class Kernel implements ProcessKernel {
  readonly high: RunQueue
  readonly low: RunQueue
  /** Processes that have run since `changed` was asked last; undefined when nobody wants to know. */
  private readonly ran: Set<Process> | undefined
  readonly timers = new TimerHeap()
  /** The program's main process, and processes whose parents are elsewhere. */
  readonly roots = new Set<Process>()
  /** For roots without a join: what they were given is older than this, what they make is younger; as `Join.born`. */
  readonly born = new WeakMap<Process, number>()
  links: Links = noLinks
  /** Set by snapshot/agents.ts, whenever there are images of mobile processes. */
  thaw: ProcessKernel['thaw'] = () => {
    throw new Error('this kernel has no images of mobile processes')
  }
  /** Set by who can get code. */
  fetchCode: ProcessKernel['fetchCode'] = (p, { hashes }) => {
    this.fail(new Error(`the code ${hashes.join(', ')} is missing`), p)
  }
  /** Who looks at the processes while they run; null when nobody does. */
  observer: ProcessObserver | null = null
  /** Who wants to know of processes that leave, also when it has looked at all of them. */
  follower: ProcessObserver | null = null
  /** Is told of PARs whose branches are about to begin; set by a site that may place them elsewhere. */
  dealer: ((j: Join) => void) | null = null
  failure: Failure | undefined
  passed = false
  stopped = false
  /** The last `run` was ended by `interrupt`. */
  interrupted = false
  /** Whether `run` is at work: no process can be captured then, since the native stack holds parts of one. */
  running = false
  /** The process that was dispatched last in the last `run`, for those who step a kernel. */
  last: Process | undefined
  /** Of the fuel of the last `run` that used it up: how much went into the dispatch that came last. */
  lastUsed = 0
  /** Scratch of the ALT that is being enabled; see alt.ts. */
  altEnabled = 0
  altTime = Infinity
  altTimeGuard = -1
  altPri = false
  altFetching = false
  altSet: AltSet | null = null
  /** State of the generator that draws where fair ALTs start; never 0. */
  private draws = 0x2545f491
  private runs = 0
  /** Fuel used since the kernel was last idle. */
  private busy = 0

  /** @param tracks whether `changed` will be asked */
  constructor(
    readonly world: World,
    tracks = false,
  ) {
    this.ran = tracks ? new Set() : undefined
    this.high = this.ran === undefined ? new RunQueue(this, 0) : new TrackingQueue(this, 0, this.ran)
    this.low = this.ran === undefined ? new RunQueue(this, 1) : new TrackingQueue(this, 1, this.ran)
  }

  get tracks(): boolean {
    return this.ran !== undefined
  }

  /**
   * Whose state may be another than when this was last asked: processes that have run or ended since, and those that are ready now.
   * @returns undefined when the kernel does not track that
   */
  changed(): Set<Process> | undefined {
    if (this.ran === undefined) return undefined
    const changed = new Set(this.ran)
    this.ran.clear()
    for (const queue of [this.high, this.low]) {
      for (const p of queue) changed.add(p)
      if (queue instanceof TrackingQueue) queue.forget()
    }
    return changed
  }

  /** Makes a root process of `frame` and puts it into the run queue. */
  start(frame: Frame, priority = 0): Process {
    const p = newProcess(this, frame, null, 0, priority)
    this.roots.add(p)
    this.born.set(p, birth())
    ready(p)
    return p
  }

  /**
   * Runs processes.
   * @param fuel back-edges and dispatches until it returns `more`
   */
  run(fuel: number): RunResult {
    if (this.stopped) return 'stopped'
    meter.fuel = fuel
    meter.kernel = this
    let p: Process | undefined
    let left = fuel
    this.running = true
    this.interrupted = false
    try {
      if ((this.runs = (this.runs + 1) % MEMORY_RUNS) === 0) this.requireMemory()
      this.fireTimers()
      const { choose, pick } = this.world
      const { high, low, observer } = this
      for (;;) {
        const next = choose === undefined ? (high.shift() ?? low.shift()) : choice(high.length > 0 ? high : low, choose, pick)
        if (next === undefined) {
          high.trim(this.busy + fuel - meter.fuel)
          low.trim(this.busy + fuel - meter.fuel)
          this.busy = -(fuel - meter.fuel)
          return this.unlessStopped('idle')
        }
        p = next
        if (observer !== null) observer.before(p)
        const frame = p.frame
        if (p.step(p, frame)) this.frameEnded(p)
        else if (p.frame !== frame) p.step = p.frame.machine.step as Process['step'] // the frame is of this machine's class
        if (observer !== null) observer.after(p)
        const before = left
        left = --meter.fuel
        if (left < 0) {
          this.lastUsed = before - left
          return this.unlessStopped('more')
        }
      }
    } catch (error) {
      p ??= this.last
      if (p === undefined) throw error
      p.step = p.frame.machine.step as Process['step'] // as above; the innermost frame is the one that failed
      meter.depth = 0
      this.altSet = null
      this.fail(nativeFault(error), p)
      return 'stopped'
    } finally {
      this.busy += fuel - meter.fuel
      this.running = false
      this.last = p
      this.links.pause()
    }
  }

  /** Stops with a fault, or an internal error, of a process. */
  fail(error: unknown, process: Process): void {
    if (this.stopped) return
    this.failure = { error, process: (error instanceof Fault ? error.blamed : undefined) ?? process }
    this.stop()
  }

  /** @throws Fault R0110 when the memory is nearly used up */
  requireMemory(): void {
    const used = this.world.memory?.()
    if (used !== undefined) throw memoryFault(this.roots, used)
  }

  private unlessStopped(result: RunResult): RunResult {
    return this.stopped ? 'stopped' : result
  }

  /** The innermost frame of `p` has ended: its caller goes on, or the process has ended. */
  private frameEnded(p: Process): void {
    for (;;) {
      const caller = p.frame.caller
      if (caller === null) return this.ended(p)
      p.frame = caller
      p.step = caller.machine.step as Process['step'] // the frame is of this machine's class
      if (!p.step(p, caller)) {
        if (p.frame !== caller) p.step = p.frame.machine.step as Process['step'] // likewise
        return
      }
    }
  }

  private ended(p: Process): void {
    p.state = ENDED
    const j = p.join
    if (j === null) this.roots.delete(p)
    else if (j.link !== null) this.links.ended(p)
    else if (--j.running === j.idle) joined(j)
  }

  /** Wakes what is due. */
  fireTimers(): void {
    if (this.timers.next() === Infinity) return
    const now = this.now()
    for (let e = this.timers.due(now); e !== undefined; e = this.timers.due(now)) {
      e.process.selected = e.guard
      ready(e.process)
    }
  }

  /** @returns whether a process is in a run queue. */
  get runnable(): boolean {
    return this.high.length > 0 || this.low.length > 0
  }

  /** The current step is the last of this slice: something has to be done before anything else runs. */
  interrupt(): void {
    this.interrupted = true
    meter.fuel = 0
  }

  /** Stops after the current step; nothing runs any more. */
  stop(): void {
    this.stopped = true
    meter.fuel = 0
  }

  now(): number {
    return this.world.now()
  }

  /**
   * @returns the first program time from now on at which the reading of a TIMER is AFTER the 32-bit reading `t`: at most 2^31 + 1 microseconds
   *   from now, since a reading is not AFTER one that is exactly 2^31 away
   */
  timeAfter(t: number): number {
    const now = Math.floor(this.world.now())
    const ahead = (t - now) | 0
    return now + 1 + (ahead === -0x80000000 ? 0x80000000 : ahead)
  }

  /** @returns the guard, of `n`, at which a fair ALT starts to look; see alt.ts. */
  draw(n: number): number {
    const choose = this.world.choose
    if (choose !== undefined) return choose(n)
    let x = this.draws // xorshift with 32 bits (Marsaglia 2003): a period holds every number but 0 once
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.draws = x
    return n <= 0x10000 ? ((x >>> 16) * n) >>> 16 : (x >>> 0) % n // the product of two numbers of 16 bits
  }

  /** Draws other numbers from now on, so that a program which goes on from one checkpoint again and again does not choose alike each time. */
  stir(by: number): void {
    this.draws = (this.draws ^ Math.imul(by, 0x9e3779b1)) | 0 || 1
  }

  /** @returns whether the ALT that `p` was woken in is a PRI ALT. */
  isPri(p: Process): boolean {
    return p.value === PRI
  }

  /** The answer of the host, or of a monitor, to a process that waits for it, wherever it is by now. Without effect when it does not wait for one any more. */
  wake(p: Process, value: Value): void {
    if (p.state === GONE) return this.links.wake(p, value)
    if (p.state !== HOST && p.state !== MONITOR) return
    p.value = value
    ready(p)
  }
}

function choice(queue: RunQueue, choose: (n: number) => number, pick: World['pick']): Process | undefined {
  if (queue.length === 0 || (pick === undefined && queue.length === 1)) return queue.shift()
  return queue.take(pick === undefined ? choose(queue.length) : pick(queue))
}

// ---------------------------------------------------------------------------------------------- what generated code calls

/** Gives up the processor at a back-edge: `p` goes to the end of its queue. @returns false */
export function preempt(p: Process): false {
  p.value = 0
  ready(p)
  return false
}

/**
 * Begins a call within a knot of recursion. The caller has stored `f.pc`, `f.pending = g` and `p.frame = g`.
 * @returns true to call `g`'s step on the native stack (then `leave ()` after it); false when the stack is deep: spill and return false
 */
export function enter(p: Process): boolean {
  if (++meter.depth <= MAX_DEPTH) return true
  meter.depth = 0
  meter.fuel -= MAX_DEPTH // these calls count, so that a recursion without end is looked at in time
  p.value = 0
  ready(p)
  return false
}

/** Ends a call begun with `enter`, whatever it returned. */
export function leave(): void {
  if (meter.depth > 0) meter.depth--
}

/** @returns `n` new channels */
export function channels(n: number): Channel[] {
  const result: Channel[] = []
  for (let i = 1; i <= n; i++) {
    result.push(new Channel())
    if ((i & (MEMORY_OBJECTS - 1)) === 0) meter.kernel?.requireMemory()
  }
  return result
}

/**
 * Runs a PAR whose branches are written one by one: puts them into the run queue and suspends `p` until they have ended.
 * The caller has stored `f.pc` of the point after the PAR, spills and returns.
 * @param frames of the branches, at least one; the array becomes that of the branches themselves
 */
export function par(p: Process, f: Frame, plan: ParPlan, frames: (Frame | Process)[]): void {
  const branches = frames as Process[] // when this returns
  const j = new Join(p, plan, branches)
  const n = frames.length
  f.pending = j
  j.running = n
  j.born = birth()
  const { steps, pri } = plan
  let { queue } = p
  for (let i = 0; i < n; i++) {
    const frame = frames[i] as Frame // not replaced yet
    const b = new Process(queue, steps[i] as Process['step'], frame, j, i) // the step of the frame's machine
    branches[i] = b
    queue.push(b)
    if (pri) queue = p.kernel.low
  }
  p.value = 0
  p.state = JOIN
}

/**
 * Begins a PAR that is replicated, or that the frame may come to again.
 * @param spare what `spareOf` had of the last time: its processes are used again
 * @param base the replicator's first value, if there is a replicator
 * @param by what it grows by
 * @returns the join, also in `f.pending`; `replica` for each branch and `join` must follow
 */
export function forks(p: Process, f: Frame, plan: ParPlan, spare: Join | null, base: number, by: number): Join {
  const j = spare ?? new Join(p, plan)
  j.base = base
  j.by = by
  j.born = birth()
  f.pending = j
  return j
}

/** A join with more branches than this is not kept for the next time: the memory could serve something else meanwhile. */
const MOST_SPARE = 4096

/** @returns the join of a PAR that is over, if its processes may be used again: nobody else knows them */
export function spareOf(j: Join): Join | null {
  return j.plan !== null && j.link === null && !j.known && j.branches.length <= MOST_SPARE ? j : null
}

/** Adds a branch to a PAR that was begun with `forks`, and puts it into the run queue. */
export function replica(j: Join, frame: Frame, step: Step): void {
  const { parent, branches } = j
  const index = j.running++ // none has run yet
  const queue = index > 0 && j.plan?.pri === true ? parent.kernel.low : parent.queue
  if (index < branches.length) {
    const p = branches[index] as Process // index < length
    p.frame = frame
    p.step = step as Process['step'] // the step of the frame's machine
    p.state = READY
    p.value = 0
    queue.push(p)
    return
  }
  const p = new Process(queue, step as Process['step'], frame, j, index) // likewise
  if ((branches.push(p) & (MEMORY_OBJECTS - 1)) === 0) parent.kernel.requireMemory()
  queue.push(p)
}

/** Begins a PAR. @returns the join, also in `f.pending` */
export function fork(p: Process, f: Frame): Join {
  const j = new Join(p)
  f.pending = j
  return j
}

/**
 * Adds a branch that is named by its own, as those of a PLACED PAR are, and puts it into the run queue.
 * @param label the path component, `prefix`, `par.2`, `cell#2`
 * @param index the replicator's value, or NaN
 * @param lower 1 for the lower branches of a PRI PAR
 * @param place for a PLACED PAR: a node's name (BYTEs) or a processor number
 */
export function branch(j: Join, frame: Frame, label: string, index = NaN, lower = 0, place?: Value): void {
  const parent = j.parent
  const p = newProcess(parent.kernel, frame, j, j.branches.length, Math.min(1, parent.priority + lower))
  j.born = birth()
  j.name(label, index)
  j.branches.push(p)
  if ((j.branches.length & (MEMORY_OBJECTS - 1)) === 0) parent.kernel.requireMemory()
  j.running++
  ready(p)
  if (place !== undefined) parent.kernel.world.place?.(p, place)
}

/** Waits for the branches. @returns true when there are none; false when `p` is suspended until they have ended */
export function join(p: Process, j: Join): boolean {
  if (j.branches.length > j.running) j.branches.length = j.running // there were more last time
  if (j.running === 0) return true
  const { dealer } = p.kernel
  if (dealer !== null) dealer(j)
  p.value = 0
  p.state = JOIN
  return false
}

/** @returns the reading of a TIMER: microseconds, wrapped to 32 bits */
export function clock(p: Process): number {
  return Math.floor(p.kernel.now()) | 0
}

/** `tim ? AFTER t`. @returns true when the time has come; false when `p` is suspended until then */
export function sleep(p: Process, t: number): boolean {
  const k = p.kernel
  const due = k.timeAfter(t)
  if (due <= k.now()) return true
  p.altSerial++
  p.state = TIMER
  p.value = due
  k.timers.add(due, p, p.altSerial, -1)
  return false
}

/** Calls a host service. @returns true when its result is in `p.value`; false when `p` is suspended until it is */
export function host(p: Process, service: string, actuals: readonly Value[]): boolean {
  p.value = new HostCall(service, actuals)
  p.state = HOST
  if (!p.kernel.world.host(p, service, actuals)) return false
  p.state = READY
  return true
}

/** `PASS`: ends a test with success. @returns false */
export function pass(p: Process): false {
  p.kernel.passed = true
  p.kernel.stop()
  return false
}
