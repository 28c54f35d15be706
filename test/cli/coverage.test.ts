/** `godwit test --coverage`: what counts as covered, and how it is told. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileText } from '../backend/compile.ts'
import { godwit, temporaryDirectory } from './godwit.ts'

/** The lines of a text that end with `-- N` were run N times, or, with `-- +`, some times. */
const TEXT = `INT FUNCTION larger (VAL INT x)
  INT r:
  VALOF
    IF
      x > 3 -- 0
        r := 1 -- 0
      TRUE -- 1
        r := 2 -- 1
    RESULT r
:
PROC server (CHAN INT a?, b?, CHAN INT out!)
  INT x:
  WHILE TRUE -- +
    ALT
      a ? x -- 2
        SKIP -- 2
      b ? x -- 1
        out ! larger (x) -- 1
      (x = 7) & SKIP -- 0
        out ! 3 -- 0
:
PROTOCOL P
  CASE
    number; INT
    nothing
:
PROC kind (CHAN INT c?, CHAN P in?)
  INT x:
  SEQ
    c ? x -- 1
    CASE x
      1, 2 -- 1
        VAL INT y IS x:
        SEQ
          SKIP -- 1
      3 -- 0
        SKIP -- 0
      ELSE -- 0
        STOP -- 0
    IF
      x = 1 -- 0
        SKIP -- 0
      TRUE -- 1
        x := x + 1 -- 1
    in ? CASE -- 1
      number; x -- 0
        SKIP -- 0
      nothing -- 1
        SKIP -- 1
:
TEST "one"
  CHAN INT a, b, out, c:
  CHAN P p:
  PAR
    server (a?, b?, out!) -- 1
    kind (c?, p?) -- 1
    INT y:
    SEQ
      a ! 1 -- 1
      a ! 2 -- 1
      b ! 2 -- 1
      out ? y -- 1
      c ! y -- 1
      p ! nothing -- 1
      PASS -- 1
:
`

/** @returns a file of that name, alone in its directory */
function file(name: string, text: string): string {
  const path = join(temporaryDirectory(), name)
  writeFileSync(path, text)
  return path
}

const expected = TEXT.split('\n').flatMap((line, i) => {
  const n = / -- (\d+|\+)$/.exec(line)?.[1]
  return n === undefined ? [] : [[i + 1, n] as const]
})

interface Line {
  readonly kind: string
  readonly counts?: Readonly<Record<string, number>>
  readonly lines?: { readonly covered: number; readonly all: number }
  readonly guards?: unknown
  readonly branches?: unknown
}

test('lines, guards and branches are counted, with SKIP as well', async () => {
  const { status, stdout, stderr } = await godwit(['test', '--coverage', '--json', file('kinds.csp', TEXT)])
  assert.is(status, 0, stdout + stderr)
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line) // as printed
  const coverage = found.find(({ kind }) => kind === 'coverage')
  const counts = Object.entries(coverage?.counts ?? {})
  assert.equal(
    counts.map(([line]) => Number(line)),
    expected.map(([line]) => line),
  )
  for (const [line, n] of expected) {
    const count = coverage?.counts?.[line] ?? 0
    if (n === '+') assert.ok(count > 0, `${line}`)
    else assert.is(count, Number(n), `line ${line}`)
  }
  assert.equal(
    [coverage?.guards, coverage?.branches],
    [
      { covered: 2, all: 3 },
      { covered: 4, all: 9 },
    ],
  )
})

test('the table begins with what is covered least; lcov has it too; seeds add up', async () => {
  const least = file('least.csp', TEXT)
  const most = file('most.csp', 'TEST "all"\n  INT x:\n  SEQ\n    x := 1\n    x := x + 1\n:\n')
  const tracefile = join(temporaryDirectory(), 'new', 'lcov.info')
  const { status, stdout } = await godwit(['test', most, least, '--lcov', tracefile, '--seeds', '2'])
  assert.is(status, 0, stdout)
  const table = stdout.slice(stdout.indexOf('coverage ')).trimEnd().split('\n')
  assert.is(table.length, 4)
  const cells = (row = ''): string => row.slice(Math.max(row.indexOf('lines') - 2, row.indexOf('.csp') + 4))
  assert.match(table[0] ?? '', /^coverage +lines {2}guards {2}branches {2}not covered$/)
  assert.match(table[1] ?? '', 'least.csp')
  assert.equal(table.slice(1, 3).map(cells), ['   66 %    66 %      44 %  5-6, 19-20, 36-42, 46-47', '   100 %       -         -'])
  assert.match(table[3] ?? '', /^all files +68 % +66 % +44 %$/)
  const lcov = readFileSync(tracefile, 'utf8')
  assert.match(lcov, `SF:${least}`)
  assert.match(lcov, /\nBRDA:15,\d+,0,8\nBRDA:17,\d+,1,4\nBRDA:19,\d+,2,0\n/) // two seeds, each with both kinds of choice
  assert.match(lcov, /\nDA:15,8\n/)
  assert.match(lcov, /LF:2\nLH:2\nend_of_record/)
})

test('what nobody calls is not covered, and what the compiler left out does not count', async () => {
  const path = file(
    'uncalled.csp',
    `PROC uncalled ()
  CHAN INT c:
  c ! 1
:
TEST "known"
  ASSERT (1 = 1)
:
`,
  )
  const { stdout } = await godwit(['test', '--coverage', path])
  assert.match(stdout, /uncalled\.csp +0 % +- +- {2}3\n/)
})

test('it is for tests in this OS process', async () => {
  const path = file('one.csp', 'TEST "one"\n  SKIP\n:\n')
  assert.is((await godwit(['test', '--coverage', '--nodes', '2', path])).status, 64)
  assert.is((await godwit(['test', '--lcov', '/dev/null/lcov', path])).status, 64)
})

test('the code of other runs has nothing of it', async () => {
  const plain = await compileText(TEXT)
  assert.not.ok(plain.units.some(({ code }) => /skip\w*: \{/.test(code)))
})

test.run()
