/** The explorer and an interpreter that tries everything find the same in small networks made at random, with moves left out and without. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Choices } from '../../runtime/kernel/testing/choices.ts'
import { explorables, outcome } from './exploring.ts'
import { fateOf, network, textOf } from './networks.ts'
import type { Fate } from './networks.ts'

const NETWORKS = Number(process.env['GODWIT_NETWORKS'] ?? 150)
const SEED = Number(process.env['GODWIT_SEED'] ?? 1)
/** States of a network that is tried. */
const MOST = 2000

test(`${NETWORKS} networks from seed ${SEED}`, async () => {
  const choices = new Choices(SEED)
  const cases: { readonly text: string; readonly fate: Fate }[] = []
  while (cases.length < NETWORKS) {
    const made = network(choices)
    const fate = fateOf(made, MOST)
    if (fate !== undefined) cases.push({ text: textOf(made, `network ${cases.length}`), fate })
  }
  const runs = await explorables(cases.map(({ text }) => text).join(''))
  const kinds = new Map<string, number>()
  for (const [i, { text, fate }] of cases.entries()) {
    const run = runs[i]
    if (run === undefined) throw new Error(`network ${i} is not there`)
    for (const reduce of [true, false]) {
      const found = run({ reduce })
      const length = found.counterexample?.story.length
      const said = `${text}\n${JSON.stringify(fate)}, but ${outcome(found)} after ${length ?? 'no'} moves (reduce: ${reduce})`
      switch (outcome(found)) {
        case 'exhausted':
          assert.ok(fate.deadlock === undefined && fate.fault === undefined, said)
          break
        case 'R0301':
          assert.is(length, fate.deadlock, said)
          break
        case 'R0102':
          assert.is(length, fate.fault, said)
          break
        default:
          assert.unreachable(said)
      }
      const kind = outcome(found)
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      const deadlocks = run({ reduce, onlyDeadlocks: true })
      assert.is(deadlocks.counterexample?.story.length, fate.deadlock, `${text}\n${JSON.stringify(fate)} (reduce: ${reduce}, deadlocks)`)
    }
  }
  for (const kind of ['exhausted', 'R0301', 'R0102']) assert.ok((kinds.get(kind) ?? 0) > NETWORKS / 20, JSON.stringify([...kinds]))
})

test.run()
