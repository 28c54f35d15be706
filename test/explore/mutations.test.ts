/**
 * Mistakes that are planted in the right variants of `samples/verified`, one at a time: the explorer finds each. A mistake by which a message is never sent again is none of them: then nothing
 * goes wrong, and nothing goes on.
 */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileText, ROOT } from '../backend/compile.ts'
import { exploring, mainsOf, outcome } from './exploring.ts'

/** A text of the file, what stands there instead, and what becomes of the right variant: `R0102`, or `R0301` for a deadlock. */
type Mutation = readonly [from: string, to: string, outcome: string]

const MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  'alternating-bit.csp': [
    ['expected := NOT expected', 'SKIP', 'R0102'],
    ['last := data', 'last := data + 1', 'R0102'],
    ['out ! full; bit; data', 'out ! TRUE; bit; data', 'R0102'],
  ],
  'sliding-window.csp': [
    ['number = ((last + 1) \\ numbers)', 'full', 'R0102'],
    ['out ! full; number; data', 'out ! TRUE; number; data', 'R0102'],
  ],
  'readers-and-writers.csp': [
    ['(writing = 0) & r.start[i] ? any', 'r.start[i] ? any', 'R0102'],
    ['(writing = 0) AND ((reading = 0)', '(writing < 2) AND ((reading = 0)', 'R0102'],
    ['          reading := reading + 1', '          SKIP', 'R0102'],
    ['w.stop[i] ? any\n          writing := writing - 1', 'w.stop[i] ? any\n          SKIP', 'R0301'],
  ],
  'mutual-exclusion.csp': [
    ['turn ! 1 - me', 'turn ! me', 'R0102'],
    ['(he = 1) AND (now <> me)', '(he = 1) AND (now = me)', 'R0102'],
    ['wants ! 1\n', 'wants ! 0\n', 'R0102'],
  ],
  'token-ring.csp': [
    ['use ! -1\n      out ! token', 'use ! -1\n      out ! token\n      out ! token', 'R0102'],
    ['lost ? token\n          out ! token', 'lost ? token\n          SKIP', 'R0301'],
  ],
  'two-phase-commit.csp': [
    ['all := all AND one', 'all := all OR one', 'R0102'],
    ['vote ! mine', 'vote ! TRUE', 'R0102'],
    ['decision[i] ! all\n      TRUE', 'decision[i] ! TRUE\n      TRUE', 'R0102'],
  ],
  'leader-election.csp': [
    ['x = mine', 'x >= mine', 'R0102'],
    ['(x > mine) OR', '(x < mine) OR', 'R0102'],
    ['out ! x\n          TRUE', 'SKIP\n          TRUE', 'R0301'],
  ],
  'elevator.csp': [
    ['open AND (at = f)', 'open AND (at < f)', 'R0102'],
    ['command ! TRUE', 'command ! FALSE', 'R0102'],
    ['go ! f\n', 'go ! (f + 1) \\ floors\n', 'R0102'],
    ['obeyed ! TRUE', 'SKIP', 'R0301'],
  ],
  'relocation.csp': [
    ['fenced ? running', 'SEQ\n                      fenced ? running\n                      running := TRUE', 'R0102'],
    ['epoch := epoch + 1', 'epoch := epoch', 'R0102'],
    ['(member[S] AND member[T])', 'member[T]', 'R0102'],
    ['fenced ! done', 'fenced ! TRUE', 'R0102'],
    ['committed ! done', 'committed ! TRUE', 'R0102'],
  ],
}

for (const [file, mutations] of Object.entries(MUTATIONS)) {
  test(file, async () => {
    const text = readFileSync(`${ROOT}samples/verified/${file}`, 'utf8')
    const right = (await compileText(text)).manifest.tests.findIndex(({ fails, explore }) => fails === undefined && explore === 'holds')
    for (const [from, to, expected] of mutations) {
      assert.ok(text.includes(from), `there is no ${from}`)
      const main = (await mainsOf(text.replace(from, () => to)))[right]
      if (main === undefined) throw new Error('there is no right variant')
      const found = [true, false].map((reduce) => outcome(exploring(main)({ reduce })))
      assert.equal(found, [expected, expected], `${from} -> ${to}`)
    }
  })
}

test.run()
