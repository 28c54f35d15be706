/** The clock of engines that run in real time. */
import type { Cancel, Clock } from './engine.ts'

/** Common to all processes of a machine: its monotonic clock, in microseconds. */
export function machineMicros(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1e3
}

/** A clock that goes until its engine is closed: nothing that was to be done later keeps the OS process then. */
export class RealClock implements Clock {
  /** What cancels each of the works that are to be done. */
  private readonly pending = new Set<Cancel>()
  private stopped = false

  /** @param common as `Clock.common` */
  constructor(readonly common: () => number = machineMicros) {}

  now(): number {
    return performance.now()
  }

  after(milliseconds: number, work: () => void): Cancel {
    if (this.stopped) return () => undefined
    const over = (): void => {
      this.pending.delete(cancel)
      work()
    }
    const clear = milliseconds > 0 ? timer(over, milliseconds) : nextTurn(over)
    const cancel = (): void => {
      clear()
      this.pending.delete(cancel)
    }
    this.pending.add(cancel)
    return cancel
  }

  /** Nothing is done any more. */
  stop(): void {
    this.stopped = true
    for (const cancel of this.pending) cancel()
  }
}

function timer(work: () => void, milliseconds: number): Cancel {
  const timeout = setTimeout(work, milliseconds)
  return () => {
    clearTimeout(timeout)
  }
}

/** In the next turn of the event loop, after what has come from outside meanwhile: a timer would make of no time a millisecond. */
function nextTurn(work: () => void): Cancel {
  const immediate = setImmediate(work)
  return () => {
    clearImmediate(immediate)
  }
}
