/**
 * The driver: runs a kernel from the Node.js event loop.
 *
 * A slice of about a millisecond, then the event loop gets its turn (`setImmediate`), then the next slice, as long as something can run. A
 * slice is made of short runs of the kernel between which the clock is read: the fuel of a run follows the speed that was measured, so a
 * program whose back-edges suddenly become dear overruns its slice once and by little. A slice ends early when somebody elsewhere waits for that.
 *
 * Invariants
 * - The kernel runs only inside a slice, and a slice never waits. So whatever happens in the event loop finds every process at a safe point.
 * - At most one of these is scheduled: the next slice, a timer for the next due time, or nothing (idle: only `poke` goes on).
 * - `idle` is called when nothing can run, no timer is pending and `slice` has made nothing runnable: it is for the owner to say whether
 *   that is a deadlock or the program waits for the outside.
 */
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import type { Process } from '../kernel/scheduler/state.ts'

/** What the driver tells its owner. All are called between runs of the kernel. */
export interface DriverEvents {
  /** Whether a slice may begin. When it may not, only `poke` goes on. Absent: always. */
  mayRun?(): boolean
  /**
   * A run of the kernel within a slice has used up its fuel in the middle of `p`.
   * @param part how much of the fuel went into that dispatch of `p`, about 1 at most
   * @param micros how long the run has lasted
   */
  cut?(p: Process, part: number, micros: number): void
  /** Whether the slice shall end now, after so many microseconds: somebody elsewhere waits for this node's turn of the event loop. Absent: never. */
  isAwaited?(micros: number): boolean
  /** A slice has ended. `busy` tells whether more can run at once. May make processes runnable. */
  slice?(busy: boolean): void
  /** Nothing can run and no timer is pending. Called again only after `poke` has led to another slice. */
  idle?(): void
  /** The kernel has stopped: a fault, PASS or `kernel.stop ()`. Called once. */
  stopped(): void
}

export interface DriverOptions {
  /** Microseconds a slice shall last; 1000 when absent. */
  readonly slice?: number
  /** Back-edges and dispatches of the first slice; those after it have twice as many each, until they last long enough. Absent: all are alike. */
  readonly fuel?: number
}

/** Microseconds a run of the kernel shall last, between two looks at the clock. */
const RUN = 100
const LEAST_FUEL = 64
/** However cheap rounds are now, the next may each copy an array: this many of them must not take long. */
const MOST_FUEL = 1 << 13
/** Milliseconds before a due time from which on the driver waits more finely than `setTimeout` can. */
const FINE = 1.5
/** Milliseconds of one fine wait: as long the event loop may have to wait for its turn. */
const NAP = 0.08

export class Driver {
  private fuel: number
  private readonly sliceMicros: number
  private immediate: NodeJS.Immediate | undefined
  private timeout: NodeJS.Timeout | undefined
  private paused = true
  private over = false
  /** Slices are short yet. */
  private warming: boolean
  private inSlice = false
  private readonly requests: (() => void)[] = []

  constructor(
    readonly kernel: Kernel,
    private readonly events: DriverEvents,
    options: DriverOptions = {},
  ) {
    this.sliceMicros = options.slice ?? 1000
    this.fuel = options.fuel ?? 1024
    this.warming = options.fuel !== undefined
  }

  /** Begins, or goes on after `pause`. */
  start(): void {
    this.paused = false
    this.poke()
  }

  /** No slice begins until `start`. Called within a slice, it takes effect when that ends. */
  pause(): void {
    this.paused = true
    this.unschedule()
  }

  /** Something outside has made a process runnable, or added a timer: look again. Cheap; may be called at any time. */
  poke(): void {
    if (this.paused || this.over || this.inSlice || this.immediate !== undefined) return
    this.unschedule()
    this.immediate = setImmediate(this.onImmediate)
  }

  /**
   * Does `work` while every process is at a safe point: now, or when the current slice ends (within about a millisecond). What it makes
   * runnable runs after it.
   * @returns what `work` returns; rejects with what it throws
   */
  atSafePoint<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const request = (): void => {
        try {
          resolve(work())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      if (this.inSlice) {
        this.requests.push(request)
        return
      }
      request()
      this.poke()
    })
  }

  private readonly onImmediate = (): void => {
    this.immediate = undefined
    this.runSlice()
  }

  private readonly onTimeout = (): void => {
    this.timeout = undefined
    this.runSlice()
  }

  private runSlice(): void {
    const { kernel } = this
    if (this.events.mayRun?.() === false) return
    this.inSlice = true
    const short = this.warming
    const begin = performance.now() * 1000
    const end = begin + this.sliceMicros
    let before = begin
    let result = kernel.run(this.fuel)
    for (;;) {
      const now = performance.now() * 1000
      if (result !== 'more' || kernel.interrupted) break
      if (kernel.last !== undefined) this.events.cut?.(kernel.last, kernel.lastUsed / this.fuel, now - before)
      this.adapt(now - before)
      if (now >= end || this.requests.length > 0 || short || this.events.isAwaited?.(now - begin) === true) break
      before = now
      result = kernel.run(this.fuel)
    }
    this.inSlice = false
    for (let request = this.requests.shift(); request !== undefined; request = this.requests.shift()) request()
    if (kernel.stopped) {
      this.over = true
      this.events.stopped()
      return
    }
    this.events.slice?.(kernel.runnable)
    this.schedule()
  }

  /** Chooses the fuel of the next run after one that used up its fuel in `micros`. */
  private adapt(micros: number): void {
    if (this.warming) {
      this.fuel = 2 * this.fuel + 1
      this.warming = this.fuel < LEAST_FUEL
      return
    }
    const ratio = RUN / Math.max(micros, 1)
    const fuel = (this.fuel * (ratio > 2 ? 2 : ratio)) | 0 // an int32 stays one in the meter
    this.fuel = Math.min(MOST_FUEL, Math.max(LEAST_FUEL, fuel))
  }

  private schedule(): void {
    if (this.paused || this.over || this.immediate !== undefined) return
    const { kernel } = this
    if (kernel.runnable) {
      this.immediate = setImmediate(this.onImmediate)
      return
    }
    const due = kernel.timers.next()
    if (due === Infinity) {
      this.events.idle?.()
      return
    }
    const milliseconds = (due - kernel.now()) / 1000
    if (milliseconds > FINE) {
      this.timeout = setTimeout(this.onTimeout, Math.min(Math.floor(milliseconds - FINE + 0.5), 0x7fffffff))
      return
    }
    nap(Math.min(milliseconds, NAP))
    this.immediate = setImmediate(this.onImmediate)
  }

  private unschedule(): void {
    if (this.immediate !== undefined) clearImmediate(this.immediate)
    if (this.timeout !== undefined) clearTimeout(this.timeout)
    this.immediate = undefined
    this.timeout = undefined
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))

/** Sleeps, event loop and all, for a fraction of a millisecond: the only way to wait that finely without keeping a core busy. */
function nap(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(cell, 0, 0, milliseconds)
}
