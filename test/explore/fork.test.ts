/** FORK in the explorer: processes that are forked are explored as others are, with moves left out and without, and a FORKING waits for all of them. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explorable, outcome } from './exploring.ts'

const PROCS = `PROC leaf (VAL INT n, SHARED CHAN INT done!)
  CLAIM done!
    done ! n
:
PROC tree (VAL INT n, SHARED CHAN INT done!)
  SEQ
    FORK leaf (n, done!)
    FORK leaf (n + 1, done!)
    CLAIM done!
      done ! 10
:
PROC nothing ()
  SKIP
:
PROC nested (SHARED CHAN INT done!)
  SEQ
    FORKING
      SEQ
        FORK leaf (1, done!)
        FORK leaf (2, done!)
    CLAIM done!
      done ! 100
:
`

/** A process, and beside it one that adds up what it is sent, up to 0. */
const added = (process: string, condition: string): string => `${PROCS}TEST "sum"
  SHARED! CHAN INT done:
  PAR
    SEQ
${process.replace(/^/gm, '      ')}
      CLAIM done!
        done ! 0
    INITIAL INT x IS 1:
    INITIAL INT before IS 0:
    INITIAL INT sum IS 0:
    SEQ
      WHILE x <> 0
        SEQ
          before := x
          done ? x
          sum := sum + x
      ASSERT (${condition})
:
`

interface Case {
  readonly title: string
  readonly process: string
  readonly condition: string
  readonly outcome: string
}

const FORKS = 'FORKING\n  SEQ\n    FORK leaf (1, done!)\n    FORK leaf (2, done!)'

const CASES: readonly Case[] = [
  { title: 'two that are forked', process: FORKS, condition: 'sum = 3', outcome: 'exhausted' },
  { title: 'in any order', process: FORKS, condition: 'before = 2', outcome: 'R0102' },
  { title: 'in the other order too', process: FORKS, condition: 'before = 1', outcome: 'R0102' },
  { title: 'forks of forks', process: 'FORKING\n  FORK tree (1, done!)', condition: 'sum = 13', outcome: 'exhausted' },
  {
    title: 'a FORKING within a process that is forked',
    process: 'FORKING\n  FORK nested (done!)',
    condition: 'before = 100',
    outcome: 'exhausted',
  },
  {
    title: 'forks in branches',
    process: 'FORKING\n  PAR\n    FORK leaf (1, done!)\n    FORK nested (done!)',
    condition: 'sum = 104',
    outcome: 'exhausted',
  },
  {
    title: 'the places of those that have ended are free',
    process: 'FORKING\n  SEQ i = 0 FOR 4\n    SEQ\n      FORK nothing ()\n      CLAIM done!\n        done ! 1\n      FORK leaf (2, done!)',
    condition: 'sum = 12',
    outcome: 'exhausted',
  },
  { title: 'rounds', process: `SEQ i = 0 FOR 3\n  ${FORKS.replaceAll('\n', '\n  ')}`, condition: 'sum = 9', outcome: 'exhausted' },
  {
    title: 'one that fails',
    process: 'FORKING\n  SEQ\n    FORK leaf (1 / (SIZE "") , done!)\n    SKIP',
    condition: 'TRUE',
    outcome: 'R0202',
  },
]

for (const { title, process, condition, outcome: expected } of CASES) {
  test(title, async () => {
    const run = await explorable(added(process, condition), 0)
    for (const reduce of [true, false]) assert.is(outcome(run({ reduce })), expected, `reduce: ${reduce}`)
  })
}

test('as many states as with a PAR', async () => {
  const found: number[] = []
  for (const process of [FORKS, 'PAR\n  leaf (1, done!)\n  leaf (2, done!)']) {
    const run = await explorable(added(process, 'sum = 3'), 0)
    found.push(run({ reduce: false }).progress.states)
  }
  assert.is(found[0], found[1])
})

test('a deadlock of those that were forked is told by their names', async () => {
  const run = await explorable(
    `${PROCS}TEST "one too many"
  SHARED! CHAN INT done:
  PAR
    FORKING
      SEQ i = 1 FOR 3
        FORK leaf (i, done!)
    INT x:
    SEQ
      done ? x
      done ? x
:
`,
    0,
  )
  const found = run()
  assert.is(outcome(found), 'R0301')
  const last = found.counterexample?.story.at(-1)
  assert.match(last?.kind === 'claim' ? last.process.path : '', /leaf#3$/)
})

/** In each round a channel is made, and given to two processes that are forked; the second may still have it when the next round makes another one. */
const WITHIN = (condition: string): string => `${PROCS}TEST "within"
  FORKING
    SEQ i = 0 FOR 2
      SHARED! CHAN INT c:
      INT x, y:
      SEQ
        FORK leaf (i, c!)
        FORK leaf (i + 10, c!)
        c ? x
        c ? y
        ASSERT (${condition})
:
`

const BARRIER = (last: string): string => `PROC runner (BARRIER b, SHARED CHAN INT out!)
  SEQ
    SYNC b
    CLAIM out!
      out ! 1
    SYNC b
:
TEST "barrier"
  SHARED! CHAN INT c:
  INT x:
  SEQ i = 0 FOR 2
    FORKING
      BARRIER b:
      SEQ
        FORK runner (b, c!)
        FORK runner (b, c!)
        SYNC b
        c ? x
        c ? x
${last}
:
`

const GIVEN: readonly { readonly title: string; readonly text: string; readonly outcome: string }[] = [
  { title: 'a channel that is made within the FORKING', text: WITHIN('(x + y) = (10 + (2 * i))'), outcome: 'exhausted' },
  { title: 'whoever claims it first', text: WITHIN('x < y'), outcome: 'R0102' },
  { title: 'a barrier counts those that are forked', text: BARRIER('        SYNC b'), outcome: 'exhausted' },
  { title: 'and when one comes that is not waited for', text: BARRIER('        c ? x'), outcome: 'R0301' },
]

for (const { title, text, outcome: expected } of GIVEN) {
  test(title, async () => {
    const run = await explorable(text, 0)
    for (const reduce of [true, false]) assert.is(outcome(run({ reduce })), expected, `reduce: ${reduce}`)
  })
}

test.run()
