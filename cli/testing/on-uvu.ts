/**
 * Runs tests on uvu: a suite for each file, a uvu test for each TEST.
 *
 * uvu prints as it goes and has no door for other reporters, so its own output is held back and ours is written in its place.
 */
import type { Outcome, Reporter, Tally, TestCase, Write } from './test-case.ts'

declare global {
  var UVU_DEFER: number | undefined
  var UVU_QUEUE: unknown[][] | undefined
}

/** @returns how many passed, failed and were skipped, once all have run */
export async function runOnUvu(cases: readonly TestCase[], makeReporter: (write: Write) => Reporter): Promise<Tally> {
  globalThis.UVU_DEFER = 1 // we say when it begins
  globalThis.UVU_QUEUE = [[null]]
  const { exec, suite } = await import('uvu')

  const write = process.stdout.write.bind(process.stdout)
  const reporter = makeReporter((text) => void write(text))
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, moves: 0, moved: 0 }
  const begun = performance.now()
  for (const file of new Set(cases.map((test) => test.file))) {
    const register = suite(file)
    for (const test of cases.filter((other) => other.file === file)) {
      register(test.title, async () => {
        const start = performance.now()
        const outcome = await attempt(test)
        tally[outcome.kind]++
        tally.moves += outcome.moves ?? 0
        if ((outcome.moves ?? 0) > 0) tally.moved++
        reporter.test(test, outcome, performance.now() - start)
        if (outcome.kind === 'failed') throw new TestFailure(outcome.report)
      })
    }
    register.run()
  }
  reporter.begin(cases.length)
  process.stdout.write = () => true
  try {
    await exec()
  } finally {
    process.stdout.write = write
  }
  reporter.end(tally, performance.now() - begun)
  return tally
}

/** Tells uvu that a test has failed; the reporter has told the user why. */
class TestFailure extends Error {
  override readonly name = 'TestFailure'
}

async function attempt(test: TestCase): Promise<Outcome> {
  try {
    return await test.run()
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { kind: 'failed', report: `internal error of godwit, not a fault of the test\n${text}` }
  }
}
