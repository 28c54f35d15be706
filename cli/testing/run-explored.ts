/** Explores a TEST that says EXPLORE: all its schedules, instead of one run. */
import { exploreWithin } from '../exploring.ts'
import type { Frame } from '../../runtime/kernel/scheduler/state.ts'
import { ExploreError } from '../../runtime/explore/explore-error.ts'
import { storyLines } from '../story.ts'
import { count, duration } from '../terminal.ts'
import { tellReport } from './describe-failure.ts'
import { failed, judge } from './judge.ts'
import type { TestEntry } from './judge.ts'
import type { Outcome } from './test-case.ts'

/** Bytes that the states of a test may take. */
const MEMORY = 2 ** 29

/**
 * @param main makes the frame of the test
 * @param timeout microseconds of real time it may take
 * @returns how it went: it fails also when not all schedules could be seen in that time
 */
export function runExplored(test: TestEntry, main: () => Frame, timeout: number): Outcome {
  try {
    return judged(test, main, timeout)
  } catch (error) {
    if (error instanceof ExploreError) return failed(`error[${error.code}]: ${error.message}`, `help: ${error.help}`)
    throw error
  }
}

function judged(test: TestEntry, main: () => Frame, timeout: number): Outcome {
  const wantsDeadlock = test.explore === 'deadlocks'
  const name = `TEST "${test.title}"`
  const { verdict, progress, counterexample } = exploreWithin(
    { name, main, keys: [], memory: MEMORY, onlyDeadlocks: wantsDeadlock },
    timeout,
  )
  if (verdict.kind === 'bounded') {
    return failed(
      `not all schedules were seen within ${verdict.by === 'time' ? duration(timeout) : 'the memory that a test may take'}: ${count(progress.states, 'state')} and more`,
      'explore a smaller case, or give it more with --timeout',
    )
  }
  const told = counterexample === undefined ? undefined : tellReport(counterexample.report)
  if (wantsDeadlock) return verdict.kind === 'deadlock' ? { kind: 'passed' } : failed('some schedule shall deadlock, but none does')
  const outcome = judge(test, told)
  if (outcome.kind !== 'failed' || counterexample === undefined) return outcome
  return failed(
    `a schedule of ${count(counterexample.story.length, 'move')} leads to this:`,
    storyLines(counterexample.story).join('\n'),
    outcome.report,
  )
}
