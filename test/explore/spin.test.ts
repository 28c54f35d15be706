/** The explorer and SPIN find as many states and moves in the same systems. Skipped where SPIN or a C compiler is missing. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explorable } from './exploring.ts'
import { GUARDED, PHILOSOPHERS } from './philosophers.ts'
import { counted, missing, withVerifier } from './spin-command.ts'

/** @returns what SPIN counts in a model without its reduction */
function spin(name: string, n: number): { readonly states: number; readonly moves: number } {
  const model = readFileSync(new URL(`spin/${name}.pml`, import.meta.url), 'utf8')
  return withVerifier(model, [`-DN=${n}`], (pan) => counted(pan('-E')))
}

const MODELS = { philosophers: PHILOSOPHERS, guarded: GUARDED }

for (const [model, text] of Object.entries(MODELS)) {
  test(`${model}, 3 to 6 of them`, async () => {
    if (missing.length > 0) {
      console.log(`skipped: ${missing.join(' and ')} cannot be run here`)
      return
    }
    for (const n of [3, 4, 5, 6]) {
      const { states, moves } = (await explorable(text(n)))({ reduce: false, onlyFaults: true }).progress
      assert.equal({ n, states, moves }, { n, ...spin(model, n) })
    }
  })
}

test.run()
