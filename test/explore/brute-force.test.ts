/**
 * The explorer against a walk of all schedules that shares nothing with it: in small programs made at random both find the same results, deadlocks and
 * faults, with moves left out and without.
 *
 *     GODWIT_FUZZ_RUNS=1000 GODWIT_FUZZ_SEED=7 node --import tsx test/explore/brute-force.test.ts
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../fuzz/random.ts'
import { settings } from '../fuzz/settings.ts'
import { difference, TESTS, testsOf } from './brute-force/compare.ts'
import { generate } from './brute-force/generate.ts'
import type { Program } from './brute-force/language.ts'
import { smallest } from './brute-force/shrink.ts'
import { outcomesOf } from './brute-force/walk.ts'
import type { Outcomes } from './brute-force/walk.ts'
import { mainsOf } from './exploring.ts'

const { seed, runs } = settings(120)
/** States of a program that is tried. */
const MOST = 1500
const LEAST = 10
/** Of the programs that can do nothing but deadlock, one of so many is tried. */
const DULL = 8
/** Programs that are compiled together. */
const BATCH = 40

interface Case {
  readonly program: Program
  readonly outcomes: Outcomes
}

const hasMore = ({ ended, faults }: Outcomes): boolean => ended.size + faults.size > 0

/** @returns in what a program differs when it is looked at by itself */
async function differenceOf(program: Program): Promise<string | undefined> {
  const outcomes = outcomesOf(program, MOST)
  return outcomes === undefined ? undefined : difference(await mainsOf(testsOf(program, 'program')), outcomes)
}

async function refuse({ program }: Case, said: string): Promise<never> {
  const small = await smallest(program, async (each) => {
    try {
      return (await differenceOf(each)) !== undefined
    } catch {
      return false // it is no program any more
    }
  })
  assert.unreachable(`${said}\n${testsOf(small, 'program')}\n${(await differenceOf(small)) ?? 'nothing is wrong with it by itself'}`)
  throw new Error(said)
}

test(`${runs} programs from seed ${seed}`, async () => {
  const kinds = { results: 0, several: 0, deadlock: 0, fault: 0, states: 0 }
  let number = 0
  const next = (): Case => {
    for (;;) {
      const program = generate(new Random(seed, number++))
      const outcomes = outcomesOf(program, MOST)
      if (outcomes !== undefined && outcomes.states >= LEAST && (hasMore(outcomes) || number % DULL === 0)) return { program, outcomes }
    }
  }
  for (let done = 0; done < runs; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, runs - done) }, next)
    const mains = await mainsOf(cases.map(({ program }, i) => testsOf(program, `program.${i}`)).join(''))
    for (const [i, each] of cases.entries()) {
      const { ended, deadlock, faults, states } = each.outcomes
      const wrong = difference(mains.slice(TESTS * i, TESTS * (i + 1)), each.outcomes)
      if (wrong !== undefined) await refuse(each, wrong)
      if (ended.size > 0) kinds.results++
      if (ended.size + faults.size + (deadlock === undefined ? 0 : 1) > 1) kinds.several++
      if (deadlock !== undefined) kinds.deadlock++
      if (faults.size > 0) kinds.fault++
      kinds.states += states
    }
  }
  const said = JSON.stringify(kinds)
  if (process.env['GODWIT_FUZZ_RUNS'] !== undefined) console.log(said)
  for (const kind of ['results', 'several', 'deadlock', 'fault'] as const) assert.ok(kinds[kind] > runs / 10, `${kind}: ${said}`)
})

test.run()
