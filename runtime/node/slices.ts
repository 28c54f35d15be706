/**
 * Long work in slices: whatever a client asks about many processes, the node goes on with everything else meanwhile.
 *
 * Between two slices programs run, so the work looks at each process again when it comes to it.
 */
import type { Clock } from '../engine/engine.ts'

/** How long one slice may take. What is done between two yields comes on top of that. */
const SLICE_MS = 4

/**
 * Runs a generator in slices, the first of them at once.
 * @param work yields where it may be interrupted
 * @param done gets what it returns
 * @param failed gets what it throws
 * @param sliceMs how long one slice may take
 */
export function inSlices<R>(
  clock: Pick<Clock, 'now' | 'after'>,
  work: Generator<void, R, void>,
  done: (result: R) => void,
  failed: (error: unknown) => void,
  sliceMs = SLICE_MS,
): void {
  const slice = (): void => {
    let step
    try {
      const end = clock.now() + sliceMs
      do step = work.next()
      while (step.done !== true && clock.now() < end)
    } catch (error) {
      failed(error)
      return
    }
    if (step.done === true) done(step.value)
    else clock.after(0, slice)
  }
  slice()
}
