/** Refinement: examples of the textbooks, whose answers are known, and what a counterexample says. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../backend/compile.ts'
import { comparable, compared, MODELS, verdictOf } from './refining.ts'

const TEXT = `
PROTOCOL TALK
  CASE
    say; INT
    go; BOOL; [2]BYTE
    quiet
:
PROC copy (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! x
:
PROC two.copies (CHAN INT in?, out!)
  CHAN INT mid:
  PAR
    copy (in?, mid!)
    copy (mid?, out!)
:
PROC three.copies (CHAN INT in?, out!)
  CHAN INT mid:
  PAR
    copy (in?, mid!)
    two.copies (mid?, out!)
:
-- a buffer of two places that is made in another way: one value is kept here, and one is on its way out
PROC buffer.of.two (CHAN INT in?, out!)
  CHAN INT ask, answer:
  PAR
    INITIAL BOOL full IS FALSE:
    INT held:
    WHILE TRUE
      INT any:
      ALT
        (NOT full) & in ? held
          full := TRUE
        full & ask ? any
          SEQ
            answer ! held
            full := FALSE
    INT x:
    WHILE TRUE
      SEQ
        ask ! 0
        answer ? x
        out ! x
:
PROC loses (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      ALT
        SKIP
          out ! x
        SKIP
          SKIP
:
PROC stops (CHAN INT in?, out!)
  INT x:
  SEQ
    in ? x
    out ! x
:
PROC fails (CHAN INT in?, out!)
  INT x:
  SEQ
    in ? x
    out ! 1 / x
:
PROC never (CHAN INT in?, out!)
  CHAN INT c:
  INT x:
  PAR
    c ! 0
    SEQ
      c ? x
      c ? x
      in ? x
      out ! x
:
-- a copy beside somebody who talks with himself for ever
PROC copy.and.chatter (CHAN INT in?, out!)
  CHAN INT c:
  PAR
    copy (in?, out!)
    WHILE TRUE
      c ! 1
    INT x:
    WHILE TRUE
      c ? x
:
PROC polls (CHAN INT in?, out!)
  TIMER clock:
  WHILE TRUE
    INT x, t:
    SEQ
      clock ? t
      ALT
        in ? x
          out ! x
        clock ? AFTER t PLUS 100
          SKIP
:
PROC either (CHAN INT a?, b?)
  INT x:
  ALT
    a ? x
      SKIP
    b ? x
      SKIP
:
PROC one.of.them (CHAN INT a?, b?)
  INT x:
  ALT
    SKIP
      a ? x
    SKIP
      b ? x
:
PROC only.a (CHAN INT a?, b?)
  INT x:
  a ? x
:
PROC pass (CHAN TALK in?, out!)
  WHILE TRUE
    in ? CASE
      INT n:
      say; n
        out ! say; n
      BOOL b:
      [2]BYTE pair:
      go; b; pair
        out ! go; b; pair
      quiet
        out ! quiet
:
PROC mumbles (CHAN TALK in?, out!)
  WHILE TRUE
    in ? CASE
      INT n:
      say; n
        out ! say; n
      BOOL b:
      [2]BYTE pair:
      go; b; pair
        out ! go; b; [pair[1], pair[0]]
      quiet
        out ! quiet
:
PROC line ([2]CHAN INT in?, CHAN INT out!)
  WHILE TRUE
    ALT i = 0 FOR 2
      INT x:
      in[i] ? x
        out ! x
:
PROC first.line ([2]CHAN INT in?, CHAN INT out!)
  WHILE TRUE
    INT x:
    SEQ
      in[0] ? x
      out ! x
:
`

/** What refines what: by traces, by stable failures, by failures and divergences. */
const CASES: readonly (readonly [implementation: string, specification: string, verdicts: readonly [string, string, string]])[] = [
  ['two.copies', 'buffer.of.two', ['refines', 'refines', 'refines']],
  ['buffer.of.two', 'two.copies', ['refines', 'refines', 'refines']],
  ['copy', 'two.copies', ['refines', 'refusal', 'refusal']],
  ['two.copies', 'copy', ['trace', 'trace', 'trace']],
  ['three.copies', 'two.copies', ['trace', 'trace', 'trace']],
  ['copy', 'loses', ['refines', 'refines', 'refines']],
  ['loses', 'copy', ['trace', 'refusal', 'refusal']],
  ['stops', 'copy', ['trace', 'refusal', 'refusal']],
  ['fails', 'stops', ['trace', 'refusal', 'refusal']],
  ['never', 'copy', ['refines', 'refusal', 'refusal']],
  ['copy.and.chatter', 'copy', ['refines', 'refines', 'divergence']],
  ['copy', 'copy.and.chatter', ['refines', 'refusal', 'refines']],
  ['polls', 'copy', ['refines', 'refines', 'divergence']],
  ['either', 'one.of.them', ['refines', 'refines', 'refines']],
  ['one.of.them', 'either', ['refines', 'refusal', 'refusal']],
  ['only.a', 'one.of.them', ['refines', 'refines', 'refines']],
  ['only.a', 'either', ['refines', 'refusal', 'refusal']],
  ['pass', 'pass', ['refines', 'refines', 'refines']],
  ['mumbles', 'pass', ['trace', 'refusal', 'refusal']],
  ['first.line', 'line', ['refines', 'refusal', 'refusal']],
  ['line', 'first.line', ['trace', 'trace', 'trace']],
]

test('examples of the textbooks', async () => {
  const shown = await comparable(TEXT)
  for (const [proc, specification, expected] of CASES) {
    const found: string[] = []
    for (const model of MODELS) found.push(verdictOf(await compared(shown, proc, specification, model)))
    assert.equal(found, expected, `${proc} and ${specification}`)
  }
})

test('a counterexample says what is seen and what is refused', async () => {
  const shown = await comparable(TEXT)
  const loss = await compared(shown, 'loses', 'copy', 'failures', 'in=7')
  assert.equal(loss.refuted?.trace, ['in ? 7'])
  assert.equal(loss.refuted?.difference, { kind: 'refusal', offers: ['in ? 7'], wanted: [['out ! 7']] })
  assert.equal(
    loss.refuted?.story.map(({ kind }) => kind),
    ['give', 'choose'],
  )
  const fault = await compared(shown, 'fails', 'stops', 'traces')
  assert.equal(fault.refuted?.trace, ['in ? 0'])
  assert.equal(fault.refuted?.difference, { kind: 'trace', event: 'a fault (R0202)', possible: ['out ! 0'] })
  const tags = await compared(shown, 'mumbles', 'pass', 'traces')
  assert.equal(tags.refuted?.trace, ['in ? go', 'in ? FALSE', 'in ? [0, 1]', 'out ! go', 'out ! FALSE'])
  assert.equal(tags.refuted?.difference, { kind: 'trace', event: 'out ! [1, 0]', possible: ['out ! [0, 1]'] })
  const chatter = await compared(shown, 'copy.and.chatter', 'copy', 'divergences')
  assert.equal([chatter.refuted?.trace, chatter.refuted?.difference], [[], { kind: 'divergence', before: 0 }])
  const lines = await compared(shown, 'line', 'first.line', 'traces')
  assert.equal(lines.refuted?.difference, { kind: 'trace', event: 'in[1] ? 0', possible: ['in[0] ? 0', 'in[0] ? 1'] })
})

test('the alternating bit over media that lose messages is a buffer, if they do not lose all', async () => {
  const [link, buffer] = ['link', 'buffer'].map((name) => readFileSync(`${ROOT}samples/refinement/${name}.csp`, 'utf8'))
  const shown = await comparable(`${link ?? ''}${buffer ?? ''}`)
  const verdicts = async (proc: string): Promise<string[]> => {
    const found: string[] = []
    for (const model of MODELS) found.push(verdictOf(await compared(shown, proc, 'buffer', model)))
    return found
  }
  assert.equal(await verdicts('link'), ['refines', 'refines', 'refines'])
  assert.equal(await verdicts('careless'), ['trace', 'trace', 'trace'])
  assert.equal(await verdicts('hopeless'), ['refines', 'refines', 'divergence'])
})

test('what cannot be compared is refused with a reason', async () => {
  const shown = await comparable(`
PROC plain (CHAN INT in?, out!)
  SKIP
:
PROC turned (CHAN INT in!, out?)
  SKIP
:
PROC other (CHAN BYTE in?, CHAN INT out!)
  SKIP
:
PROC val (VAL INT n, CHAN INT in?, out!)
  SKIP
:
PROC shared (SHARED CHAN INT out!)
  SKIP
:
PROC open ([]CHAN INT in?)
  SKIP
:
PROC counted (CHAN INT::[]BYTE in?)
  SKIP
:
PROC many (CHAN [40]BOOL in?)
  SKIP
:
PROC extended (CHAN INT in?, out!)
  INT x:
  in ?? x
    out ! x
:
PROC clock (CHAN INT out!)
  TIMER tim:
  INT t:
  SEQ
    tim ? t
    out ! t
:
`)
  const cases: readonly (readonly [proc: string, specification: string, why: RegExp])[] = [
    ['plain', 'turned', /`CHAN INT in\?` and `CHAN INT in!` are not alike; `CHAN INT out!` and/],
    ['other', 'plain', /`CHAN BYTE in\?` and `CHAN INT in\?` are not alike/],
    ['plain', 'counted', /only plain has `CHAN INT out!`/],
    ['val', 'plain', /`VAL INT n` is no channel/],
    ['shared', 'shared', /is shared/],
    ['open', 'open', /has no size/],
    ['counted', 'counted', /takes arrays of any size/],
    ['many', 'many', /more than 4096 values/],
    ['extended', 'extended', /an extended input from a channel that leads outside/],
    ['clock', 'clock', /a reading of the clock that is sent outside/],
    ['nobody', 'plain', /no PROC `nobody`/],
  ]
  for (const [proc, specification, why] of cases) {
    const said = await compared(shown, proc, specification, 'traces').then(
      () => 'nothing',
      (error: unknown) => (error instanceof Error ? error.message : 'no error'),
    )
    assert.match(said, why, `${proc} and ${specification}`)
  }
  const values = await compared(shown, 'plain', 'plain', 'traces', 'side=3').then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.message : 'no error'),
  )
  assert.match(values, /no input `side`/)
})

test.run()
