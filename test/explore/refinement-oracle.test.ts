/**
 * Refinement against its definitions: for pairs of small machines made at random the explorer and a judge that shares nothing with it agree, in all models.
 *
 *     GODWIT_FUZZ_RUNS=1000 GODWIT_FUZZ_SEED=7 node --import tsx test/explore/refinement-oracle.test.ts
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../fuzz/random.ts'
import { settings } from '../fuzz/settings.ts'
import { shortestDifference } from './refinement-oracle/judge.ts'
import { altered, pairOf, textOf } from './refinement-oracle/machines.ts'
import type { Pair } from './refinement-oracle/machines.ts'
import { comparable, compared, MODELS, verdictOf } from './refining.ts'

const { seed, runs } = settings(40)
/** Programs that are compiled together. */
const BATCH = 20
/** Traces that are looked at where the explorer has found nothing wrong. */
const LONGEST = 12

interface Case {
  readonly implementation: Pair
  readonly specification: Pair
}

function caseOf(random: Random): Case {
  const specification = pairOf(random)
  const implementation = random.chance(85) ? altered(random, specification) : pairOf(random)
  return random.chance(50) ? { implementation, specification } : { implementation: specification, specification: implementation }
}

test(`${runs} pairs from seed ${seed}`, async () => {
  const verdicts = new Map<string, number>()
  for (let done = 0; done < runs; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, runs - done) }, (_, i) => caseOf(new Random(seed, done + i)))
    const texts = cases.map(({ implementation, specification }, i) => `${textOf(implementation, `i${i}`)}${textOf(specification, `s${i}`)}`)
    const shown = await comparable(texts.join(''))
    for (const [i, { implementation, specification }] of cases.entries()) {
      for (const model of MODELS) {
        const found = await compared(shown, `i${i}`, `s${i}`, model)
        const said = `case ${done + i}, ${model}: ${JSON.stringify(found.refuted ?? found.kind)}\n${texts[i] ?? ''}`
        const expected = shortestDifference(implementation, specification, model, Math.max(LONGEST, found.refuted?.trace.length ?? 0))
        assert.is(found.kind, expected === undefined ? 'refines' : 'refuted', `${said}\nexpected after ${expected ?? 'no trace'}`)
        if (found.refuted !== undefined && expected !== undefined) assert.ok(found.refuted.trace.length >= expected, said)
        const verdict = `${model} ${verdictOf(found)}`
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
      }
    }
  }
  const kinds = JSON.stringify(Object.fromEntries(verdicts))
  if (process.env['GODWIT_FUZZ_RUNS'] !== undefined) console.log(kinds)
  for (const kind of [
    'traces refines',
    'traces trace',
    'failures refines',
    'failures refusal',
    'divergences refines',
    'divergences divergence',
  ])
    assert.ok((verdicts.get(kind) ?? 0) > runs / 100, `${kind}: ${kinds}`)
})

test.run()
