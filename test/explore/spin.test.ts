/** The explorer and SPIN find as many states and moves in the same systems. Skipped where SPIN or a C compiler is missing. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explorable } from './exploring.ts'
import { GUARDED, PHILOSOPHERS } from './philosophers.ts'

const isThere = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const missing = [...(isThere('spin', '-V') ? [] : ['spin']), ...(isThere('gcc', '--version') ? [] : ['gcc'])]

/** @returns what SPIN counts in a model without its reduction */
function spin(model: string, n: number): { readonly states: number; readonly moves: number } {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-spin-'))
  try {
    writeFileSync(join(directory, 'model.pml'), readFileSync(new URL(`spin/${model}.pml`, import.meta.url)))
    const options = { cwd: directory, encoding: 'utf8' } as const
    execFileSync('spin', [`-DN=${n}`, '-a', 'model.pml'], options)
    execFileSync('gcc', ['-O1', '-w', '-DNOREDUCE', '-DSAFETY', '-o', 'pan', 'pan.c'], options)
    const said = execFileSync(join(options.cwd, 'pan'), ['-E', '-m1000000'], options)
    const count = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(said)?.[1] ?? NaN)
    return { states: count('states, stored'), moves: count('transitions') - 1 } // the first state counts as one
  } finally {
    rmSync(directory, { recursive: true })
  }
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
