/** The clock of engines that run in real time. */
import type { Clock } from './engine.ts'

export const realClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds)
    return () => {
      clearTimeout(timer)
    }
  },
  common() {
    const [seconds, nanoseconds] = process.hrtime() // the machine's monotonic clock, which all its processes share
    return seconds * 1e6 + nanoseconds / 1e3
  },
}
