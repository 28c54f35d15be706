/** Mobiles in the explorer: records, arrays of arrays, ends of channel types and mobile barriers, which any process may get. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explorable, outcome } from './exploring.ts'

interface Case {
  readonly title: string
  readonly text: string
  /** By outcome: what is asserted. */
  readonly outcomes: Readonly<Record<string, string>>
}

const LINE = `CHAN TYPE LINE
  MOBILE RECORD
    CHAN INT question?:
    CHAN INT answer!:
:
`

const COUNTER = `CHAN TYPE COUNTER
  MOBILE RECORD
    CHAN INT next!:
:
PROC count (COUNTER? s, VAL INT n)
  SEQ i = 0 FOR n
    s[next] ! i
:
PROC user (SHARED COUNTER! c, CHAN INT out!)
  INT x:
  SEQ
    CLAIM c
      c[next] ? x
    out ! x
:
`

const CASES: readonly Case[] = [
  {
    title: 'a record in a message',
    text: `DATA TYPE NOTE
  MOBILE RECORD
    INT number:
    MOBILE []BYTE text:
:
TEST "t"
  CHAN NOTE c:
  PAR
    NOTE l:
    SEQ i = 0 FOR 3
      SEQ
        l[number] := i
        l[text] := "ab"
        c ! l
    NOTE m:
    SEQ i = 0 FOR 3
      SEQ
        c ? m
        ASSERT (%)
:
`,
    outcomes: { exhausted: "(m[number] = i) AND (m[text][1] = 'b')", R0102: 'm[number] < 2', R0203: "m[text][2] = 'b'" },
  },
  {
    title: 'an array of two dimensions that branches read',
    text: `TEST "t"
  CHAN MOBILE [][]INT c:
  CHAN INT go:
  PAR
    MOBILE [][]INT a:
    INT x:
    SEQ
      a := MOBILE [2][3]INT
      SEQ i = 0 FOR 2
        SEQ j = 0 FOR 3
          a[i][j] := i + j
      PAR
        go ! a[0][2]
        go ? x
      a[0][0] := 7 + x
      c ! a
    MOBILE [][]INT b:
    SEQ
      c ? b
      ASSERT (%)
:
`,
    outcomes: { exhausted: '(b[0][0] = 9) AND (b[1][2] = 3)', R0102: 'b[0][0] = 7' },
  },
  {
    title: 'an end that is given to a parameter only',
    text: `${COUNTER}TEST "t"
  SHARED COUNTER! c:
  COUNTER? s:
  [2]CHAN INT out:
  INT x, y:
  SEQ
    c, s := MOBILE COUNTER
    PAR
      count (s, 2)
      PAR i = 0 FOR 2
        user (c, out[i]!)
      SEQ
        out[0] ? x
        out[1] ? y
    ASSERT (%)
:
`,
    outcomes: { exhausted: '(x + y) = 1', R0102: 'x < y' },
  },
  {
    title: 'bundles that are made in turn, each of which goes to another process',
    text: `${LINE}PROC worker (LINE? l)
  INT x:
  SEQ
    l[question] ? x
    l[answer] ! x + 1
:
TEST "t"
  FORKING
    LINE! a, b:
    LINE? w:
    INT x, y:
    SEQ
      a, w := MOBILE LINE
      FORK worker (w)
      b, w := MOBILE LINE
      FORK worker (w)
      a[question] ! 5
      b[question] ! 7
      a[answer] ? x
      b[answer] ? y
      ASSERT (%)
:
`,
    outcomes: { exhausted: '(x = 6) AND (y = 8)', R0102: 'x = 8' },
  },
  {
    title: 'an end of any type',
    text: `${LINE}CHAN TYPE OTHER
  MOBILE RECORD
    CHAN INT q?:
:
TEST "t"
  CHAN MOBILE.CHAN c:
  PAR
    LINE! a:
    LINE? b:
    SEQ
      a, b := MOBILE LINE
      c ! b
      a[question] ! 5
    MOBILE.CHAN m:
    % e:
    SEQ
      c ? m
      e := m
:
`,
    outcomes: { R0301: 'LINE?', R0213: 'OTHER?' },
  },
  {
    title: 'a mobile barrier in messages',
    text: `PROC worker (CHAN MOBILE BARRIER in?, CHAN INT out!)
  MOBILE BARRIER b:
  SEQ
    in ? b
    SYNC b
    out ! 1
    SYNC b
:
TEST "t"
  [2]CHAN MOBILE BARRIER c:
  [2]CHAN INT d:
  PAR
    PAR i = 0 FOR 2
      worker (c[i]?, d[i]!)
    MOBILE BARRIER b:
    INT x:
    SEQ
      b := MOBILE BARRIER
      c[0] ! b
      c[1] ! b
      SYNC b
      d[0] ? x
      %
      SYNC b
      d[1] ? x
:
`,
    outcomes: { R0301: 'SKIP' },
  },
]

for (const { title, text, outcomes } of CASES)
  for (const [expected, said] of Object.entries(outcomes))
    test(`${title}: ${expected}`, async () => {
      const run = await explorable(text.replace('%', said), 0)
      for (const reduce of [true, false]) assert.is(outcome(run({ reduce })), expected, `reduce: ${reduce}`)
    })

test('branches that change parts of one mobile are refused, as all processes that share memory', async () => {
  const run = await explorable(
    `TEST "t"
  MOBILE []MOBILE []INT a:
  CHAN INT go:
  SEQ
    a := MOBILE [2]MOBILE []INT
    PAR
      SEQ
        a[0] := MOBILE [2]INT
        go ! 1
      INT x:
      SEQ
        go ? x
        a[1] := MOBILE [3]INT
:
`,
    0,
  )
  assert.throws(() => run(), /branches that change parts of one mobile/)
})

test('states differ in which bundle has which name no more than in which was made first', async () => {
  const made = (order: string): string => `${LINE}TEST "t"
  CHAN LINE? there:
  PAR
    LINE! mine, other:
    LINE? a, b:
    SEQ i = 0 FOR 3
      SEQ
        mine, a := MOBILE LINE
        other, b := MOBILE LINE
        there ! ${order}
        mine[question] ! 1
    LINE? l:
    INT x:
    SEQ i = 0 FOR 3
      SEQ
        there ? l
        l[question] ? x
:
`
  const run = await explorable(made('a'), 0)
  const found = run({ reduce: false })
  assert.is(outcome(found), 'exhausted')
  assert.is(found.progress.states, 7, 'two moves in each of three rounds')
})

test('a round in which a bundle is made and given away leads back to where it began', async () => {
  const run = await explorable(
    `${LINE}TEST "t"
  CHAN LINE? there:
  CHAN LINE? back:
  PAR
    LINE! mine, next:
    LINE? a:
    INT x:
    WHILE TRUE
      SEQ
        next, a := MOBILE LINE
        there ! a
        mine := next
        mine[question] ! 1
    LINE? l:
    WHILE TRUE
      INT x:
      SEQ
        there ? l
        back ! l
    LINE? k:
    WHILE TRUE
      INT x:
      SEQ
        back ? k
        k[question] ? x
:
`,
    0,
  )
  for (const reduce of [true, false]) {
    const found = run({ reduce })
    assert.is(outcome(found), 'exhausted')
    assert.ok(found.progress.states <= 6, `${found.progress.states} states`)
  }
})

test.run()
