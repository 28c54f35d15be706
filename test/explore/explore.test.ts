/** The explorer: what it finds, and how many states and moves there are. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryUsedUp } from '../../runtime/explore/memory-used-up.ts'
import { StateSet } from '../../runtime/explore/state-set.ts'
import { explorable, outcome } from './exploring.ts'
import { GUARDED, PHILOSOPHERS } from './philosophers.ts'

test('philosophers deadlock after as many moves as there are of them', async () => {
  for (const n of [3, 4, 5, 8]) {
    const found = (await explorable(PHILOSOPHERS(n)))()
    assert.is(outcome(found), 'R0301')
    assert.is(found.counterexample?.story.length, n)
  }
})

test('with a guard they never do', async () => {
  for (const n of [3, 5]) {
    const found = (await explorable(GUARDED(n)))()
    assert.is(outcome(found), 'exhausted')
    assert.is(found.endings, 0)
  }
})

test('moves are left out where their order cannot matter, and what is found is the same', async () => {
  const guarded = await explorable(GUARDED(5))
  const [all, some] = [guarded({ reduce: false }), guarded()]
  assert.equal([all.progress.states, all.progress.moves], [3111, 12390])
  assert.equal([outcome(all), outcome(some)], ['exhausted', 'exhausted'])
  assert.ok(some.progress.moves < all.progress.moves / 2, `${some.progress.moves}`)
  const pairs = await explorable(`PROC main ()
  [8]CHAN INT c:
  PAR i = 0 FOR 8
    PAR
      SEQ j = 0 FOR 3
        c[i] ! j
      INT x:
      SEQ j = 0 FOR 3
        c[i] ? x
:
`)
  assert.equal([pairs().progress.states, pairs({ reduce: false }).progress.states], [25, 4 ** 8])
})

test('a fault that is put off by other moves is found, by a shortest way', async () => {
  const run = await explorable(`PROC main ()
  CHAN INT a, b, c, d:
  PAR
    WHILE TRUE
      a ! 1
    INT x:
    WHILE TRUE
      a ? x
    b ! 1
    INT x:
    SEQ
      b ? x
      c ! x
    INT x:
    SEQ
      c ? x
      ASSERT (x = 2)
:
`)
  for (const reduce of [true, false]) {
    const found = run({ reduce })
    assert.equal([outcome(found), found.counterexample?.story.length], ['R0102', 2])
  }
})

test('moves of processes that have nothing to do with a fault are not in its schedule', async () => {
  const run = await explorable(`PROC main ()
  CHAN INT a, b:
  PAR
    SEQ i = 0 FOR 10
      a ! i
    INT x:
    SEQ i = 0 FOR 10
      a ? x
    b ! 1
    INT x:
    SEQ
      b ? x
      ASSERT (x = 2)
:
`)
  const found = run()
  assert.equal([outcome(found), found.counterexample?.story.length, found.counterexample?.isShortest], ['R0102', 1, true])
  assert.is(run({ states: 5 }).counterexample?.isShortest ?? false, false)
})

const outcomes = (title: string, cases: Readonly<Record<string, string>>): void => {
  for (const [expected, text] of Object.entries(cases)) {
    test(`${title}: ${expected}`, async () => {
      assert.is(outcome((await explorable(text, 0))()), expected.split(' ')[0])
    })
  }
}

outcomes('an ALT takes any guard that is ready', {
  'R0102 where the order matters': RACE('x = 1'),
  'exhausted where it does not': RACE('(x + y) = 3'),
})

function RACE(assertion: string): string {
  return `TEST "race"
  CHAN INT a, b:
  INT x, y:
  PAR
    a ! 1
    b ! 2
    SEQ
      ALT
        a ? x
          b ? y
        b ? x
          a ? y
      ASSERT (${assertion})
:
`
}

const PRI = (guards: string, assertion: string): string => `TEST "pri"
  CHAN INT a, b:
  INITIAL INT r IS 0:
  PAR
    a ! 1
    INT x:
    TIMER clock:
    INT t:
    SEQ
      clock ? t
      PRI ALT
${guards}
      ASSERT (${assertion})
      IF
        r > 0
          a ? x
        TRUE
          SKIP
:
`
const SKIPS = `        TRUE & SKIP
          r := 1
`
const TAKES = `        a ? x
          r := 0
`
outcomes('a PRI ALT', {
  'R0102 passes over a writer that may be on its way': PRI(TAKES + SKIPS, 'r = 0'),
  'exhausted does not pass over a SKIP': PRI(SKIPS + TAKES, 'r = 1'),
  'R0102 takes a later time that has come': PRI(
    `${TAKES}        clock ? AFTER t MINUS 10
          r := 2
`,
    'r = 0',
  ),
})

test('of several guards on one channel a PRI ALT takes the first, an ALT any', async () => {
  const two = (kind: string): string => `TEST "two"
  CHAN INT c:
  INITIAL INT r IS 0:
  PAR
    c ! 1
    INT x:
    SEQ
      ${kind}
        c ? x
          r := 1
        c ? x
          r := 2
      ASSERT (r = 1)
:
`
  assert.is(outcome((await explorable(two('PRI ALT'), 0))()), 'exhausted')
  assert.is(outcome((await explorable(two('ALT'), 0))()), 'R0102')
})

const TIMES = (first: number, second: number): string => `TEST "times"
  INITIAL INT order IS 0:
  CHAN INT c:
  PAR
    TIMER clock:
    INT t:
    SEQ
      clock ? t
      clock ? AFTER t PLUS ${first}
      c ! 1
    TIMER clock:
    INT t, x:
    SEQ
      clock ? t
      ALT
        c ? x
          order := 1
        clock ? AFTER t PLUS ${second}
          SEQ
            order := 2
            c ? x
      ASSERT (order = 2)
:
`
outcomes('times come in their order', {
  'exhausted the earlier is first': TIMES(2000, 1000),
  'R0102 or a message that comes before it': TIMES(1000, 2000),
})

test('a program that waits for times again and again has finitely many states', async () => {
  const found = (
    await explorable(
      `TEST "ticks"
  CHAN INT c:
  PAR
    TIMER clock:
    INT t:
    WHILE TRUE
      SEQ
        clock ? t
        clock ? AFTER t PLUS 1000
        c ! 0
    TIMER clock:
    INT t, x:
    WHILE TRUE
      SEQ
        clock ? t
        ALT
          c ? x
            SKIP
          clock ? AFTER t PLUS 300
            SKIP
:
`,
      0,
    )
  )()
  assert.is(outcome(found), 'exhausted')
  assert.ok(found.progress.states < 100, `${found.progress.states}`)
})

test('what depends on the date is refused', async () => {
  const run = await explorable(
    `TEST "date"
  TIMER clock:
  INT t:
  SEQ
    clock ? t
    IF
      (t \\ 2) = 0
        STOP
      TRUE
        SKIP
:
`,
    0,
  )
  assert.throws(() => run(), /R0601|depends on the date/)
})

const CLAIMS = (assertion: string): string => `TEST "claims"
  SHARED! CHAN INT c:
  PAR
    PAR i = 0 FOR 3
      CLAIM c!
        SEQ
          c ! i
          c ! i
    [6]INT x:
    SEQ
      SEQ i = 0 FOR 6
        c ? x[i]
      ASSERT (${assertion})
:
`
outcomes('claims', {
  'exhausted nobody comes between': CLAIMS('(x[0] = x[1]) AND (x[2] = x[3])'),
  'R0102 the order is free': CLAIMS('(x[0] < x[2]) OR (x[2] < x[4])'),
})

const BARRIER = (assertion: string): string => `TEST "barrier"
  [3]INT at:
  CHAN INT c:
  BARRIER b:
  SEQ
    PAR
      PAR i = 0 FOR 3 ENROLL b
        SEQ
          at[i] := i
          SYNC b
          SYNC b
      SKIP
    ASSERT (${assertion})
:
`
outcomes('a barrier', {
  'exhausted lets all go on': BARRIER('((at[0] + at[1]) + at[2]) = 3'),
  'R0102 and what branches wrote is there': BARRIER('at[2] = 1'),
})

test('arrays that branches write in part come together', async () => {
  const found = (
    await explorable(
      `PROC fill ([]INT a, VAL INT x, CHAN INT go?)
  INT n:
  SEQ
    go ? n
    SEQ i = 0 FOR SIZE a
      a[i] := x
    go ? n
    a[0] := a[0] + n
:
TEST "parts"
  [6]INT a:
  [2]CHAN INT go:
  SEQ
    SEQ i = 0 FOR 6
      a[i] := 9
    PAR
      fill ([a FROM 0 FOR 2], 1, go[0]?)
      fill ([a FROM 3 FOR 3], 2, go[1]?)
      PAR i = 0 FOR 2
        SEQ j = 0 FOR 2
          go[i] ! j
    ASSERT ((a[0] = 2) AND (a[1] = 1))
    ASSERT (a[2] = 9)
    ASSERT ((a[3] = 3) AND (a[5] = 2))
:
`,
      0,
    )
  )()
  assert.is(outcome(found), 'exhausted')
  assert.is(found.endings, 1)
})

outcomes('a mobile array in a message', {
  'exhausted is nothing where nothing was sent': MOBILE(''),
  'R0102 and an array without elements where that was sent': MOBILE('a := MOBILE [0]INT'),
})

function MOBILE(given: string): string {
  return `TEST "mobile"
  CHAN MOBILE []INT c:
  PAR
    MOBILE []INT a:
    SEQ
      ${given === '' ? 'SKIP' : given}
      c ! a
    MOBILE []INT x:
    SEQ
      c ? x
      ASSERT (NOT (DEFINED x))
:
`
}

test('channels that are made anew in each round have the same names', async () => {
  const found = (
    await explorable(
      `TEST "rounds"
  WHILE TRUE
    CHAN INT c:
    INT x:
    PAR
      c ! 1
      c ? x
:
`,
      0,
    )
  )()
  assert.is(outcome(found), 'exhausted')
  assert.is(found.progress.states, 1)
})

test('an extended input holds its writer until its process has ended', async () => {
  const text = (order: string): string => `TEST "extended"
  CHAN INT c, d, e:
  INITIAL INT r IS 0:
  INT x, y, z:
  PAR
    SEQ
      c ! 1
      e ! 5
    d ! 2
    SEQ
      c ?? x
        d ? y
      e ? z
      r := z
      ASSERT (${order})
:
`
  assert.is(outcome((await explorable(text('(x = 1) AND (y = 2)'), 0))()), 'exhausted')
  assert.is(outcome((await explorable(text('y = 5'), 0))()), 'R0102')
})

test('keys', async () => {
  const text = `PROC main (CHAN BYTE keyboard?, screen!)
  BYTE a, b:
  SEQ
    keyboard ? a
    keyboard ? b
    screen ! a
    ASSERT (NOT ((a = 'y') AND (b = 'x')))
:
`
  const run = await explorable(text)
  assert.is(outcome(run()), 'exhausted')
  const found = run({ keys: [120, 121] })
  assert.is(outcome(found), 'R0102')
  assert.equal(
    found.counterexample?.story.map(({ kind }) => kind),
    ['type', 'type', 'show'],
  )
})

test('bounds are told', async () => {
  const run = await explorable(GUARDED(4))
  assert.equal(run({ states: 50 }).verdict, { kind: 'bounded', by: 'states' })
  assert.equal(run({ depth: 5 }).verdict, { kind: 'bounded', by: 'depth' })
  assert.equal(run({ memory: 1000 }).verdict, { kind: 'bounded', by: 'memory' })
})

const COUNTER = `PROC main ()
  CHAN INT c:
  PAR
    INITIAL INT n IS 0:
    WHILE TRUE
      SEQ
        c ! n
        n := n PLUS 1
    INT x:
    WHILE TRUE
      c ? x
:
`

test('what a process computes takes memory too', async () => {
  const { verdict, progress } = (await explorable(COUNTER))({ memory: 3_000_000 })
  assert.equal(verdict, { kind: 'bounded', by: 'memory' })
  assert.ok(progress.states < 5000, `${progress.states}`)
})

test('when the memory is used up that is told: by many states, by one process, by many processes', async () => {
  const texts = [
    COUNTER,
    `REC PROC count (VAL INT n)
  count (n PLUS 1)
:
PROC main ()
  count (0)
:
`,
    `PROC main ()
  PAR i = 0 FOR 100000000
    SKIP
:
`,
  ]
  for (const text of texts) {
    let looks = 0
    const { verdict } = (await explorable(text))({ isFull: () => ++looks > 2 })
    assert.equal(verdict, { kind: 'bounded', by: 'machine' }, text)
  }
})

test('states for which there is no room are refused, and those before them stay as they are', () => {
  const states = new StateSet(1 << 18)
  const state = new Int32Array(1 << 12).fill(0x7fffffff)
  const add = (i: number): void => {
    state[0] = i
    states.add(state, state.length, -1)
  }
  assert.throws(
    () => {
      for (let i = 0; i < 100; i++) add(i)
    },
    (error: unknown) => error instanceof MemoryUsedUp,
  )
  assert.is(states.size, 12) // of 20,476 bytes
  const read = new Int32Array(state.length)
  for (let i = 0; i < states.size; i++) {
    states.read(i, read)
    assert.equal([read[0], read[1], read.at(-1)], [i, 0x7fffffff, 0x7fffffff])
  }
})

test.run()
