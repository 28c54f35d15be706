/** Drives an exploration from the command: the clock, the progress on a terminal, and giving up. */
import type { ExploreOptions, Exploration } from '../runtime/explore/explore.ts'
import { explore } from '../runtime/explore/explore.ts'
import { memoryGauge } from '../runtime/run/memory.ts'
import { count, Progress, size } from './terminal.ts'

/** Bytes for states when nobody says otherwise. */
export const MEMORY = 2 ** 30

/**
 * @param time microseconds of real time after which it is given up; absent: never
 * @returns what was found
 * @throws ExploreError R0601
 */
export function exploreWithin(options: ExploreOptions, time?: number): Exploration {
  return drive(
    (isFull) => explore({ ...options, isFull }),
    ({ states, depth, queue, memory }, passed) => {
      const rate = Math.round(states / Math.max(passed / 1000, 0.001))
      return `${count(states, 'state')}, ${depth} moves deep, ${queue} to look at, ${rate} a second, ${size(memory)}`
    },
    time,
  )
}

/**
 * Drives what goes on in steps, and is given up with `true`.
 * @param begin `isFull` says whether the memory of this OS process is used up
 * @param told what the terminal shows; `passed` is in milliseconds
 * @param time microseconds of real time after which it is given up
 */
export function drive<P, R>(
  begin: (isFull: () => boolean) => Generator<P, R, boolean | undefined>,
  told: (progress: P, passed: number) => string,
  time = Infinity,
): R {
  const progress = new Progress()
  const begun = performance.now()
  const gauge = memoryGauge()
  const steps = begin(() => gauge() !== undefined)
  try {
    for (let step = steps.next(); ;) {
      if (step.done === true) return step.value
      const passed = performance.now() - begun
      progress.update(told(step.value, passed))
      step = steps.next(passed * 1000 > time)
    }
  } finally {
    progress.end()
  }
}
