/** Livelocks: what counts as one, and that each that is found can be gone round. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { endOf } from '../../runtime/explore/schedule.ts'
import { readSchedule, writeSchedule } from '../../runtime/explore/schedule-file.ts'
import { System } from '../../runtime/explore/system.ts'
import { ROOT } from '../backend/compile.ts'
import { explorable, mainsOf, outcome } from './exploring.ts'
import { GUARDED } from './philosophers.ts'

const CORRIDOR = readFileSync(`${ROOT}samples/verified/corridor.csp`, 'utf8')
const POLITE = CORRIDOR.replace('DEFINED (POLITE)', 'TRUE')

/** Two that talk for ever, and somebody beside them. */
const BESIDE = (process: string): string => `PROC main (CHAN BYTE keyboard?, screen!)
  CHAN INT c:
  PAR
    WHILE TRUE
      c ! 1
    INT x:
    WHILE TRUE
      c ? x
${process}
:
`

const livelocks = (
  title: string,
  text: string,
  expected: { readonly fair: string; readonly any: string },
  keys: readonly number[] = [],
): void => {
  test(title, async () => {
    const run = await explorable(text)
    const found = (['fair', 'any'] as const).map((livelock) => outcome(run({ livelock, keys })))
    assert.equal(found, [expected.fair, expected.any])
  })
}

const BOTH = { fair: 'livelock', any: 'livelock' }
const NONE = { fair: 'exhausted', any: 'exhausted' }
const UNFAIR = { fair: 'exhausted', any: 'livelock' }

livelocks('one of two in a corridor stays where he is: none', CORRIDOR, NONE)
livelocks('both step aside', POLITE, BOTH)
livelocks('philosophers who show nothing', GUARDED(3), BOTH)
livelocks('the other process has nothing to do any more', BESIDE("    screen ! 'a'"), BOTH)
livelocks('the other process shows something again and again', BESIDE("    WHILE TRUE\n      screen ! 'a'"), UNFAIR)
livelocks('the other process waits for a key that may come', BESIDE('    BYTE key:\n    WHILE TRUE\n      keyboard ? key'), UNFAIR, [97])
livelocks(
  'the other process waits for times, which come',
  BESIDE('    TIMER clock:\n    INT t:\n    WHILE TRUE\n      SEQ\n        clock ? t\n        clock ? AFTER t PLUS 10'),
  UNFAIR,
)
livelocks(
  'a process that waits for times is not busy',
  `PROC main ()
  TIMER clock:
  INT t:
  WHILE TRUE
    SEQ
      clock ? t
      clock ? AFTER t PLUS 10
:
`,
  NONE,
)
livelocks(
  'what is shown in each round is heard',
  `PROC main (CHAN BYTE screen!)
  CHAN BYTE c:
  PAR
    WHILE TRUE
      c ! 'a'
    BYTE x:
    WHILE TRUE
      SEQ
        c ? x
        screen ! x
:
`,
  NONE,
)
livelocks(
  'a process that is passed over in some states only is not treated fairly or unfairly',
  `PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    WHILE TRUE
      a ! 1
    SEQ
      b ! 1
      screen ! 'b'
    INT x:
    WHILE TRUE
      SEQ
        a ? x
        ALT
          a ? x
            SKIP
          b ? x
            SKIP
:
`,
  BOTH,
)
livelocks('what ends has none', 'PROC main ()\n  CHAN INT c:\n  INT x:\n  PAR\n    c ! 1\n    c ? x\n:\n', NONE)

test('a fault or deadlock is told first', async () => {
  assert.is(outcome((await explorable(BESIDE('    STOP')))({ livelock: 'fair' })), 'R0101')
})

test('the way to the circle is a shortest one, everybody moves in it who can, and it can be gone round', async () => {
  const text = `TEST "three pairs, after two moves"
  CHAN INT go:
  [3]CHAN INT c:
  PAR
    SEQ
      go ! 1
      go ! 2
      PAR i = 0 FOR 3
        PAR
          WHILE TRUE
            c[i] ! 1
          INT x:
          WHILE TRUE
            c[i] ? x
    INT x:
    SEQ i = 0 FOR 2
      go ? x
:
`
  const [main] = await mainsOf(text)
  if (main === undefined) throw new Error('there is a TEST')
  const run = await explorable(text, 0)
  for (const [livelock, round] of [
    ['fair', 3],
    ['any', 1],
  ] as const) {
    const found = run({ livelock }).livelock
    assert.equal([found?.before, found?.story.length], [2, 2 + round])
    const saved = { program: 'a hash', source: 'some.csp', moves: found?.schedule ?? [], before: found?.before ?? 0 }
    const { moves, before } = readSchedule(writeSchedule(saved), 'some.schedule')
    const circle = moves.slice(before)
    assert.is(endOf(new System({ main, keys: [] }), [...moves, ...circle, ...circle]), 'open')
  }
})

test('what was seen is looked at where not everything was', async () => {
  const { verdict } = (await explorable(GUARDED(5)))({ livelock: 'fair', states: 50 })
  assert.equal(verdict, { kind: 'bounded', by: 'states' })
})

test.run()
