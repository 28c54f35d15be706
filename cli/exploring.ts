/** Drives an exploration from the command: the clock, the progress on a terminal, and giving up. */
import type { ExploreOptions, Exploration } from '../runtime/explore/explore.ts'
import { explore } from '../runtime/explore/explore.ts'
import { memoryGauge } from '../runtime/run/memory.ts'
import { count, Progress, size } from './terminal.ts'

/**
 * @param time microseconds of real time after which it is given up; absent: never
 * @returns what was found
 * @throws ExploreError R0601
 */
export function exploreWithin(options: ExploreOptions, time = Infinity): Exploration {
  const progress = new Progress()
  const begun = performance.now()
  const gauge = memoryGauge()
  const steps = explore({ ...options, isFull: () => gauge() !== undefined })
  try {
    for (let step = steps.next(); ;) {
      if (step.done === true) return step.value
      const { states, depth, queue, memory } = step.value
      const passed = performance.now() - begun
      const rate = Math.round(states / Math.max(passed / 1000, 0.001))
      progress.update(`${count(states, 'state')}, ${depth} moves deep, ${queue} to look at, ${rate} a second, ${size(memory)}`)
      step = steps.next(passed * 1000 > time)
    }
  } finally {
    progress.end()
  }
}
