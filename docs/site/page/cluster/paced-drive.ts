/**
 * Runs a kernel in the time of a simulated world. What a slice takes of the processor passes in the world too, so nodes that compute at the same time share
 * one processor and nobody's lease runs out because others compute.
 */
import type { Cancel, Clock } from '../../../../runtime/engine/engine.ts'
import type { Kernel } from '../../../../runtime/kernel/scheduler/kernel.ts'
import type { Drive } from '../../../../runtime/node/program/site.ts'
import type { DriverEvents } from '../../../../runtime/run/driver.ts'

/** Milliseconds of a slice, and the fuel between two looks at the clock. */
const SLICE_MS = 2
const FUEL = 4_096
/** Milliseconds of the world before a slice that was asked for, and between two slices at least. */
const SOON_MS = 0.01

export class PacedDrive implements Drive {
  private scheduled: Cancel | undefined
  private paused = true
  private inSlice = false

  constructor(
    private readonly clock: Clock,
    private readonly kernel: Kernel,
    private readonly events: DriverEvents,
  ) {}

  start(): void {
    this.paused = false
    this.poke()
  }

  pause(): void {
    this.paused = true
    this.unschedule()
  }

  poke(): void {
    if (!this.inSlice) this.schedule(SOON_MS)
  }

  private schedule(milliseconds: number): void {
    if (this.paused) return
    this.unschedule()
    this.scheduled = this.clock.after(milliseconds, () => {
      this.scheduled = undefined
      this.slice()
    })
  }

  private unschedule(): void {
    this.scheduled?.()
    this.scheduled = undefined
  }

  private slice(): void {
    const { kernel, events } = this
    if (events.mayRun?.() === false) return
    this.inSlice = true
    const begun = performance.now()
    let used = 0
    while (kernel.run(FUEL) === 'more' && !kernel.interrupted) {
      used = performance.now() - begun
      if (used > SLICE_MS) break
    }
    this.inSlice = false
    if (kernel.stopped) {
      events.stopped()
      return
    }
    events.slice?.(kernel.runnable)
    if (this.paused) return
    if (kernel.runnable) {
      this.schedule(Math.max(SOON_MS, used))
      return
    }
    const due = kernel.timers.next()
    if (due === Infinity) events.idle?.()
    else this.schedule(Math.max(SOON_MS, (due - kernel.now()) / 1000))
  }
}
