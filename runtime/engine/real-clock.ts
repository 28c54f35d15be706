/** The clock of engines that run in real time. */
import type { Clock } from './engine.ts'

/** Common to all processes of a machine: its monotonic clock, in microseconds. */
export function machineMicros(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1e3
}

/** A clock that goes until its engine is closed: nothing that was to be done later keeps the OS process then. */
export class RealClock implements Clock {
  private readonly pending = new Set<NodeJS.Timeout>()
  private stopped = false

  /** @param common as `Clock.common` */
  constructor(readonly common: () => number = machineMicros) {}

  now(): number {
    return performance.now()
  }

  after(milliseconds: number, work: () => void): () => void {
    if (this.stopped) return () => undefined
    const timer = setTimeout(() => {
      this.pending.delete(timer)
      work()
    }, milliseconds)
    this.pending.add(timer)
    return () => {
      clearTimeout(timer)
      this.pending.delete(timer)
    }
  }

  /** Nothing is done any more. */
  stop(): void {
    this.stopped = true
    for (const timer of this.pending) clearTimeout(timer)
    this.pending.clear()
  }
}
