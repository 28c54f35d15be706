/** What people see of programs that do not end well: each case is a program and all that is printed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DiskHost, readText } from '../../cli/disk-host.ts'
import { compile } from '../../compiler/index.ts'
import { CodeStore, renderReport, runLocal } from '../../runtime/index.ts'

const test = suite<{ store: CodeStore }>('reports of programs')

test.before((context) => {
  context.store = new CodeStore(mkdtempSync(join(tmpdir(), 'godwit-csp-')))
})
test.after(({ store }) => {
  rmSync(store.directory, { recursive: true, force: true })
})

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('latin1')
    done()
  }
}

/** Runs a program. @returns what it printed, and the report of its end */
async function run(store: CodeStore, text: string, input = ''): Promise<string> {
  const host = Object.assign(new DiskHost(), { read: (path: string) => (path === 'case.csp' ? text : readText(path)) })
  const { program, diagnostics } = await compile('case.csp', host)
  if (program === undefined) throw new Error(`it does not compile: ${diagnostics.map(({ title }) => title).join('; ')}`)
  const stdout = new Text()
  const outcome = await runLocal(program, {
    store,
    stdout,
    stderr: stdout,
    stdin: () => Readable.from([Buffer.from(input)]),
    signals: false,
  })
  const readSource = (): string => text
  return stdout.text + ('report' in outcome ? renderReport(outcome.report, { readSource }) : outcome.kind)
}

/** A program, then after a line `----` what is printed. Both begin after a line feed. */
function shows(name: string, both: string, input = ''): void {
  const [text = '', expected = ''] = both.replace(/^\n/, '').split('----\n')
  test(name, async ({ store }) => {
    assert.fixture(await run(store, text, input), expected)
  })
}

shows(
  'two processes that input from one channel',
  `
PROC main ()
  CHAN INT c:
  #PRAGMA SHARED c
  INT x, y:
  PAR
    c ? x
    c ? y
    SEQ
      c ! 1
      c ! 2
:
----
error[R0109]: two processes use one end of a channel at the same time
  --> case.csp:7:5
   |
 6 |     c ? x
   |     ----- main/par.1 waits to input from c
 7 |     c ? y
   |     ^^^^^
   |
   = process: main/par.2
   = help: give each process a channel of its own and take from them by an ALT; #PRAGMA SHARED switches off only the check
   = explain: godwit explain R0109
`,
)

shows(
  'two processes that output on one channel, to an ALT that comes later',
  `
PROC main ()
  CHAN INT c:
  #PRAGMA SHARED c
  PAR
    c ! 1
    c ! 2
    INT x:
    SEQ
      ALT
        c ? x
          SKIP
      c ? x
:
----
error[R0109]: two processes use one end of a channel at the same time
  --> case.csp:6:5
   |
 5 |     c ! 1
   |     ----- main/par.1 waits to output on c
 6 |     c ! 2
   |     ^^^^^
   |
   = process: main/par.2
   = help: give each process a channel of its own and take from them by an ALT; #PRAGMA SHARED switches off only the check
   = explain: godwit explain R0109
`,
)

shows(
  'an input beside an ALT that waits at the same channel',
  `
PROC main ()
  CHAN INT c, d:
  #PRAGMA SHARED c
  PAR
    INT x:
    ALT
      c ? x
        SKIP
      d ? x
        SKIP
    INT y:
    c ? y
    d ! 1
:
----
error[R0109]: two processes use one end of a channel at the same time
   --> case.csp:12:5
    |
  6 |     ALT
    |     --- main/par.1 waits in an ALT for c, d
   ...
 12 |     c ? y
    |     ^^^^^
    |
    = process: main/par.2
    = help: give each process a channel of its own and take from them by an ALT; #PRAGMA SHARED switches off only the check
    = explain: godwit explain R0109
`,
)

shows(
  'an array that no engine can hold',
  `
PROC main ()
  [100000][100000]INT a:
  a[5][5] := 3
:
----
error[R0211]: array too large
  --> case.csp:2:23
   |
 2 |   [100000][100000]INT a:
   |                       ^ elements = 10000000000, limit = 4294967296 bytes, and the memory there is
   |
   = process: main
   = help: make the array smaller, or divide it among processes
   = explain: godwit explain R0211
`,
)

shows(
  'an index in a routine that was called',
  `
PROC look (VAL []INT a, VAL INT n, INT r)
  SEQ
    r := 0
    SEQ i = 0 FOR n
      r := r + a[i]
:
PROC main (CHAN BYTE screen!)
  [10]INT a:
  INT r:
  SEQ
    SEQ i = 0 FOR 10
      a[i] := i
    look (a, 11, r)
    screen ! BYTE r
:
----
error[R0203]: index out of range
  --> case.csp:5:16
   |
 5 |       r := r + a[i]
   |                ^^^^ i = 10, SIZE a = 10
   |
   = process: main
   = routine: look
   = called by: main (case.csp:13:5)
   = help: an array of SIZE n has the elements 0 to n - 1
   = explain: godwit explain R0203
`,
)

shows(
  'both sides of a failed ASSERT, in a branch, after what was printed',
  `
PROC worker (VAL INT n, CHAN INT in?)
  INT x:
  SEQ
    in ? x
    ASSERT (x = (n * 2))
:
PROC main (CHAN BYTE screen!)
  [3]CHAN INT c:
  SEQ
    screen ! '+'
    screen ! '*n'
    PAR
      PAR i = 0 FOR 3
        worker (i, c[i]?)
      SEQ i = 0 FOR 3
        c[i] ! i PLUS (i /\\ 2)
      SKIP
    screen ! '-'
:
----
+
error[R0102]: assertion failed
  --> case.csp:5:5
   |
 5 |     ASSERT (x = (n * 2))
   |     ^^^^^^^^^^^^^^^^^^^^ x = 1, (n * 2) = 2
   |
   = process: main/par.1/worker[1]
   = explain: godwit explain R0102
`,
)

shows(
  'a division by zero, after a key',
  `
PROC main (CHAN BYTE keyboard?, screen!)
  BYTE b:
  INT zero:
  SEQ
    keyboard ? b
    zero := INT (b - b)
    screen ! BYTE (100 / zero)
:
----
error[R0202]: division by zero
  --> case.csp:7:20
   |
 7 |     screen ! BYTE (100 / zero)
   |                    ^^^^^^^^^^ zero = 0
   |
   = process: main
   = explain: godwit explain R0202
`,
  'k',
)

shows(
  'a ring of three',
  `
PROC cell (CHAN INT in.left?, out.right!)
  INT x:
  WHILE TRUE
    SEQ
      in.left ? x
      out.right ! x
:
PROC main ()
  CHAN INT a, b, c:
  PAR
    cell (a?, b!)
    cell (b?, c!)
    cell (c?, a!)
:
----
error[R0301]: deadlock: 3 processes wait for what can never happen
  --> case.csp:5:7
   |
 5 |       in.left ? x
   |       ^^^^^^^^^^^ main/cell, main/cell#3 and main/cell#2 wait to input from in.left (a in line 11, c in line 13 and b in line 12)
   |
   = cycle: main/cell -> main/cell#3 -> main/cell#2 -> main/cell
   = help: break the ring: let one of its processes communicate in another order, or put a buffer between two of them
   = explain: godwit explain R0301
`,
)

shows(
  'a process whose partner has ended',
  `
PROC main (CHAN BYTE screen!)
  CHAN INT c:
  PAR
    c ! 1
    INT x:
    SEQ
      c ? x
      c ? x
:
----
error[R0301]: deadlock: the program waits for what can never happen
  --> case.csp:8:7
   |
 8 |       c ? x
   |       ^^^^^ main/par.2 waits to input from c
   |
   = help: the process at the other end of the channel has ended, or there never was one
   = explain: godwit explain R0301
`,
)

shows(
  'an overflow, with the names of both operands',
  `
PROC main (CHAN BYTE screen!)
  INT x, y:
  SEQ
    x := MOSTPOS INT
    y := 2
    x := x + y
    screen ! BYTE x
:
----
error[R0201]: integer overflow
  --> case.csp:6:10
   |
 6 |     x := x + y
   |          ^^^^^ x = 2147483647, y = 2
   |
   = process: main
   = help: use a wider type, or PLUS, MINUS, TIMES where wrapping is meant
   = explain: godwit explain R0201
`,
)

shows(
  'an ALT that nobody can make ready',
  `
PROC main (CHAN BYTE screen!)
  [3]CHAN INT c:
  CHAN INT d:
  PAR
    INT x:
    ALT
      ALT i = 0 FOR 3
        c[i] ? x
          SKIP
      d ? x
        SKIP
    SKIP
:
----
error[R0301]: deadlock: the program waits for what can never happen
  --> case.csp:6:5
   |
 6 |     ALT
   |     ^^^ main/par.1 waits in an ALT for c[0], c[1], c[2], d
   |
   = help: the process at the other end of the channel has ended, or there never was one
   = explain: godwit explain R0301
`,
)

shows(
  'an index that is the size is told once',
  `
PROC last ([]INT a)
  a[SIZE a] := 1
:
PROC main ()
  [3]INT a:
  last (a)
:
----
error[R0203]: index out of range
  --> case.csp:2:3
   |
 2 |   a[SIZE a] := 1
   |   ^^^^^^^^^ SIZE a = 3
   |
   = process: main
   = help: an array of SIZE n has the elements 0 to n - 1
   = explain: godwit explain R0203
`,
)

shows(
  'a tag without a variant is named, and so is the channel that it came on',
  `
PROTOCOL BASE
  CASE
    one; INT
    two
:
PROTOCOL MORE EXTENDS BASE
  CASE
    three
:
PROC main ()
  CHAN MORE c:
  INT x:
  PAR
    c ! two
    ALT
      c ? one; x
        SKIP
:
----
error[R0104]: a message with the tag \`two\` came on \`c\`, and the input has no variant for it
   --> case.csp:16:7
    |
 16 |       c ? one; x
    |       ^^^^^^^^^^ tag = two
    |
    = process: main/par.2
    = help: write \`c ? CASE\` with a variant for \`two\`, with SKIP under it where nothing is to be done
    = explain: godwit explain R0104
`,
)

shows(
  'a CASE on a variable called tag is no input',
  `
PROC main ()
  INT tag:
  SEQ
    tag := 7
    CASE tag
      1
        SKIP
:
----
error[R0104]: no option of the CASE matches
  --> case.csp:5:5
   |
 5 |     CASE tag
   |     ^^^^^^^^ tag = 7
   |
   = process: main
   = help: add the value to an option, or end the CASE with \`ELSE\` for all others
   = explain: godwit explain R0104
`,
)

shows(
  'an overflow names both sides, elements too',
  `
PROC look (VAL []INT a, VAL INT i, INT r)
  r := a[i] + a[i + 1]
:
PROC main ()
  INITIAL [3]INT a IS [MOSTPOS INT, 1, 2]:
  INT r:
  SEQ
    look (a, 0, r)
    ASSERT (r = 0)
:
----
error[R0201]: integer overflow
  --> case.csp:2:8
   |
 2 |   r := a[i] + a[i + 1]
   |        ^^^^^^^^^^^^^^^ a[i] = 2147483647, a[i + 1] = 1
   |
   = process: main
   = help: use a wider type, or PLUS, MINUS, TIMES where wrapping is meant
   = explain: godwit explain R0201
`,
)

shows(
  'a conversion out of range names what it converts',
  `
PROC main (CHAN BYTE screen!)
  INITIAL INT x IS 1000:
  screen ! BYTE (x + 1)
:
----
error[R0206]: conversion out of range
  --> case.csp:3:12
   |
 3 |   screen ! BYTE (x + 1)
   |            ^^^^^^^^^^^^ x + 1 = 1001
   |
   = process: main
   = explain: godwit explain R0206
`,
)

shows(
  'a ring of two with names that are reserved elsewhere',
  `
PROC swap (CHAN INT in.1?, default!)
  INT x:
  SEQ
    in.1 ? x
    default ! x
:
PROC main ()
  CHAN INT this, new:
  PAR
    swap (this?, new!)
    swap (new?, this!)
:
----
error[R0301]: deadlock: 2 processes wait for what can never happen
  --> case.csp:4:5
   |
 4 |     in.1 ? x
   |     ^^^^^^^^ main/swap and main/swap#2 wait to input from in.1 (this in line 10 and new in line 11)
   |
   = cycle: main/swap -> main/swap#2 -> main/swap
   = help: break the ring: let one of its processes communicate in another order, or put a buffer between two of them
   = explain: godwit explain R0301
`,
)

shows(
  'a ring of five replicated processes',
  `
PROC cell (CHAN INT in?, out!)
  INT x:
  SEQ
    out ! 1
    in ? x
:
PROC main ()
  [5]CHAN INT c:
  PAR i = 0 FOR 5
    cell (c[i]?, c[(i + 1) \\ 5]!)
:
----
error[R0301]: deadlock: 5 processes wait for what can never happen
  --> case.csp:4:5
   |
 4 |     out ! 1
   |     ^^^^^^^ main/cell[0], main/cell[1], main/cell[2] and 2 more wait to output on out (c[(i + 1) \\ 5] in line 10)
   |
   = cycle: main/cell[0] -> main/cell[1] -> main/cell[2] -> main/cell[3] -> main/cell[4] -> main/cell[0]
   = help: break the ring: let one of its processes communicate in another order, or put a buffer between two of them
   = explain: godwit explain R0301
`,
)

shows(
  'channels that go through calls and branches are named where they were declared',
  `
PROC station (CHAN INT in?, out!)
  INT x:
  WHILE TRUE
    SEQ
      in ? x
      out ! x
:
PROC relay (CHAN INT from?, to!)
  station (from?, to!)
:
PROC main ()
  [3]CHAN INT c:
  PAR
    PAR i = 0 FOR 2
      relay (c[i]?, c[i + 1]!)
    INT y:
    SEQ
      c[2] ? y
      c[0] ! y
:
----
error[R0301]: deadlock: 3 processes wait for what can never happen
   --> case.csp:5:7
    |
  5 |       in ? x
    |       ^^^^^^ main/par.1/relay[0] and main/par.1/relay[1] wait to input from in (c[0] and c[1] of main)
   ...
 18 |       c[2] ? y
    |       ^^^^^^^^ main/par.2 waits to input from c[2]
    |
    = cycle: main/par.1/relay[0] -> main/par.2 -> main/par.1/relay[1] -> main/par.1/relay[0]
    = help: break the ring: let one of its processes communicate in another order, or put a buffer between two of them
    = explain: godwit explain R0301
`,
)

shows(
  'a process that waits for itself',
  `
PROC main ()
  INT x:
  CHAN INT c:
  #PRAGMA SHARED c
  SEQ
    c ! 1
    c ? x
:
----
error[R0301]: deadlock: the program waits for what can never happen
  --> case.csp:6:5
   |
 6 |     c ! 1
   |     ^^^^^ main waits to output on c
   |
   = cycle: main -> main
   = help: the process waits for itself: an output and its input belong to different branches of a PAR
   = explain: godwit explain R0301
`,
)

shows(
  'an ALT names its channels as the text does',
  `
PROC choose (CHAN INT in?, other.one?)
  INT x:
  ALT
    in ? x
      SKIP
    other.one ? x
      SKIP
:
PROC main ()
  CHAN INT a, b, c:
  PAR
    choose (a?, b?)
    INT x:
    SEQ
      c ? x
      a ! x
      b ! x
:
----
error[R0301]: deadlock: 2 processes wait for what can never happen
   --> case.csp:3:3
    |
  3 |   ALT
    |   ^^^ main/choose waits in an ALT for in, other.one (a and b in line 12)
   ...
 15 |       c ? x
    |       ^^^^^ main/par.2 waits to input from c
    |
    = help: the process at the other end of the channel has ended, or there never was one
    = explain: godwit explain R0301
`,
)

test.run()
