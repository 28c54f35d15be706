/**
 * Ends that travel, against a walk of all schedules that shares nothing with the explorer: in small programs made at random both find the same
 * deadlocks and faults, after as many moves, with moves left out and without; and there are no more states than there have to be.
 *
 *     GODWIT_FUZZ_RUNS=1000 GODWIT_FUZZ_SEED=7 node --import tsx test/explore/travelling.test.ts
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../fuzz/random.ts'
import { settings } from '../fuzz/settings.ts'
import { exploring, mainsOf } from './exploring.ts'
import { generate, PROLOGUE, testOf } from './travelling/script.ts'
import type { Script } from './travelling/script.ts'
import { outcomesOf } from './travelling/walk.ts'
import type { Outcomes } from './travelling/walk.ts'

const { seed, runs } = settings(120)
const MOST = 3000
/** States of a script that is tried. */
const LEAST = 10
/** Scripts that are compiled together. */
const BATCH = 40

type Main = Parameters<typeof exploring>[0]

/** @returns in what the explorer differs from the walk; undefined when in nothing */
function difference(main: Main, expected: Outcomes): string | undefined {
  const run = exploring(main)
  for (const reduce of [true, false]) {
    const fault = run({ reduce, onlyFaults: true })
    const deadlock = run({ reduce, onlyDeadlocks: true })
    const said = JSON.stringify({ reduce, fault: fault.counterexample?.story.length, deadlock: deadlock.counterexample?.story.length })
    if (said !== JSON.stringify({ reduce, fault: expected.fault, deadlock: expected.deadlock })) return said
    if (expected.fault === undefined && expected.deadlock === undefined) {
      const { states } = run({ reduce }).progress
      if (states > expected.states) return `${states} states instead of ${expected.states}, reduce: ${reduce}`
    }
  }
  return undefined
}

test(`${runs} programs from seed ${seed}`, async () => {
  const kinds = { ends: 0, deadlock: 0, fault: 0, states: 0 }
  let number = 0
  const next = (): { script: Script; outcomes: Outcomes } => {
    for (;;) {
      const script = generate(new Random(seed, number++))
      const outcomes = outcomesOf(script, MOST)
      if (outcomes !== undefined && outcomes.states >= LEAST) return { script, outcomes }
    }
  }
  for (let done = 0; done < runs; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, runs - done) }, next)
    const mains = await mainsOf(PROLOGUE + cases.map(({ script }, i) => testOf(script, `${i}`)).join(''))
    for (const [i, { script, outcomes }] of cases.entries()) {
      const main = mains[i]
      const wrong = main === undefined ? 'it was not compiled' : difference(main, outcomes)
      if (wrong !== undefined) assert.unreachable(`${wrong}\nexpected: ${JSON.stringify(outcomes)}\n${PROLOGUE}${testOf(script, 'wrong')}`)
      if (outcomes.ends) kinds.ends++
      if (outcomes.deadlock !== undefined) kinds.deadlock++
      if (outcomes.fault !== undefined) kinds.fault++
      kinds.states += outcomes.states
    }
  }
  const said = JSON.stringify(kinds)
  if (process.env['GODWIT_FUZZ_RUNS'] !== undefined) console.log(said)
  for (const kind of ['ends', 'deadlock', 'fault'] as const) assert.ok(kinds[kind] > runs / 10, `${kind}: ${said}`)
})

test.run()
