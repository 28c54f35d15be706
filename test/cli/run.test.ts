/** `godwit run` of one program in this OS process: what it prints, how it exits, and that an unchanged program is not compiled again. */
import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, HELLO, program } from './godwit.ts'

test('a program that ends well exits with 0 and prints what it prints', async () => {
  assert.equal(await godwit(['run', program(HELLO).file]), { status: 0, stdout: 'hello\n', stderr: '' })
})

test('a run-time error exits with 1 and is told in the terms of the program', async () => {
  const { file } = program(`PROC main (CHAN BYTE screen!)
  [4]INT a:
  INITIAL INT i IS 4:
  SEQ
    screen ! 'x'
    a[i] := 1
:
`)
  const { status, stdout, stderr } = await godwit(['run', file])
  assert.is(status, 1)
  assert.is(stdout, 'x')
  assert.match(stderr, 'R0203')
  assert.match(stderr, `${file}:6`)
  assert.not.match(stderr, '.ts:')
})

test('a program that the compiler rejects exits with 2', async () => {
  const { file } = program('PROC main (CHAN BYTE screen!)\n  screen ! y\n:\n')
  const { status, stdout, stderr } = await godwit(['run', file])
  assert.is(status, 2)
  assert.is(stdout, '')
  assert.match(stderr, /error\[E03\d\d\]/)
  assert.match(stderr, `${file}:2:12`)
})

test('a deadlock exits with 3 and names who waits for whom', async () => {
  const { file } = program(`PROC main ()
  CHAN INT a, b:
  INT x, y:
  PAR
    SEQ
      a ! 1
      b ? x
    SEQ
      b ! 2
      a ? y
:
`)
  const { status, stderr } = await godwit(['run', file])
  assert.is(status, 3, stderr)
  assert.match(stderr, 'deadlock')
  assert.match(stderr, 'main/par.1')
  assert.match(stderr, 'main/par.2')
})

const COUNTS_FOR_EVER = `PROC main (CHAN BYTE screen!)
  SEQ
    screen ! '+'
    screen ! 255
    TIMER tim:
    INT now:
    WHILE TRUE
      SEQ
        tim ? now
        tim ? AFTER now PLUS 1000
:
`

for (const [signal, nodes] of [
  ['SIGTERM', []],
  ['SIGINT', []],
  ['SIGTERM', ['--nodes', '2']],
] as const)
  test(`${signal} ends a program with the status of the signal${nodes.length > 0 ? ', on nodes too' : ''}`, async () => {
    const { file } = program(COUNTS_FOR_EVER)
    const started = (child: ChildProcess): void => void child.stdout?.once('data', () => child.kill(signal))
    const { status, stdout, stderr } = await godwit(['run', file, ...nodes], { started })
    assert.equal({ status, stdout, stderr }, { status: 128 + constants.signals[signal], stdout: '+', stderr: '' })
  })

if (existsSync('/dev/full'))
  test('output that cannot be written is told of, and is no fault of ours', async () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = await godwit(['run', program(HELLO).file], { stdout: full })
    closeSync(full)
    assert.is(status, 1)
    assert.match(stderr, /^godwit: standard output cannot be written \(ENOSPC.*\)\n  = .*\n$/)
  })

test('what is typed reaches the program', async () => {
  const { file } = program(`PROC main (CHAN BYTE keyboard?, screen!)
  INITIAL BYTE c IS ' ':
  WHILE c <> 255
    SEQ
      keyboard ? c
      IF
        c = 255
          SKIP
        TRUE
          screen ! c
:
`)
  assert.equal(await godwit(['run', file], { stdin: 'to and fro\n' }), { status: 0, stdout: 'to and fro\n', stderr: '' })
})

/** Main processes that copy their keyboard to their screen, and at its end say `.` on error. */
const MAINS = `PROC copy (CHAN BYTE from?, to!, also!)
  INITIAL BYTE c IS 0:
  SEQ
    WHILE c <> 255
      SEQ
        from ? c
        IF
          c = 255
            SKIP
          TRUE
            to ! c
    from ? c
    ASSERT (c = 255)
    also ! '.'
:
PROC by.name (CHAN BYTE err!, scr!, kyb?)
  copy (kyb?, scr!, err!)
:
PROC by.other.names (CHAN OF BYTE out, error, in)
  copy (in, out, error)
:
PROC by.position (CHAN BYTE a?, b!, c!)
  copy (a?, b!, c!)
:
PROC by.both (CHAN BYTE b!, screen!, k?)
  copy (k?, screen!, b!)
:
PROC shared (SHARED CHAN BYTE key?, scr!, err!)
  CLAIM key?
    CLAIM scr!
      CLAIM err!
        copy (key?, scr!, err!)
:
PROC not.connected ()
  SKIP
:
`

test('the parameters of the main process are told apart by name or position, and any may be left out', async () => {
  const { file } = program(MAINS)
  const results = ['by.name', 'by.other.names', 'by.position', 'by.both', 'shared', 'not.connected'].map(async (main) => {
    const { status, stdout, stderr } = await godwit(['run', file, '--main', main], { stdin: 'to' })
    return `${main} ${status} ${stdout} ${stderr}`
  })
  assert.equal(await Promise.all(results), [
    'by.name 0 to .',
    'by.other.names 0 to .',
    'by.position 0 to .',
    'by.both 0 to .',
    'shared 0 to .',
    'not.connected 0  ',
  ])
})

test('-D and --main choose what is run', async () => {
  const { file } = program(`PROC first (CHAN BYTE screen!)
  screen ! '1'
:
#IF DEFINED (TWICE)
PROC second (CHAN BYTE screen!)
  SEQ
    screen ! '2'
    screen ! '2'
:
#ENDIF
`)
  assert.is((await godwit(['run', file])).stdout, '1')
  assert.is((await godwit(['run', file, '-D', 'TWICE'])).stdout, '22')
  assert.is((await godwit(['run', file, '-D', 'TWICE', '--main', 'first'])).stdout, '1')
})

test('warnings are shown every time, and are errors when --strict', async () => {
  const { file, directory } = program('PROC main (CHAN BYTE screen!)\n  INT x:\n  SEQ\n    screen ! BYTE (x + 65)\n:\n')
  const env = { GODWIT_CACHE: join(directory, 'cache') }
  const first = await godwit(['run', file], { env })
  assert.is(first.stdout, 'A')
  assert.match(first.stderr, /warning\[W\d{4}\]/)
  assert.equal(await godwit(['run', file], { env }), first)
  assert.is((await godwit(['run', file, '--strict'], { env })).status, 2)
})

test('--json tells faults, deadlocks and mistakes as one line each', async () => {
  const told = async (text: string): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await godwit(['run', '--json', program(text).file])
    assert.is(stdout, '')
    assert.match(stderr, /^[^\n]+\n$/)
    return JSON.parse(stderr) as Record<string, unknown> // whatever it is, the properties are looked at below
  }
  const fault = await told('PROC main ()\n  INITIAL INT i IS 4:\n  [4]INT a:\n  SEQ\n    a[i] := 1\n    i := a[0]\n:\n')
  assert.is(fault.kind, 'fault')
  assert.is(fault.code, 'R0203')
  assert.equal(fault.values, [
    { name: 'i', value: '4' },
    { name: 'SIZE a', value: '4' },
  ])
  const deadlock = await told('PROC main ()\n  CHAN INT c:\n  #PRAGMA SHARED c\n  INT x:\n  SEQ\n    c ! 1\n    c ? x\n:\n')
  assert.is(deadlock.kind, 'deadlock')
  assert.equal(deadlock.cycle, ['main'])
  const rejected = await told('PROC main ()\n  x := 1\n:\n')
  assert.is(rejected.kind, 'rejected')
  assert.is((rejected.diagnostics as { code: string }[])[0]?.code, 'E0301') // as documented
})

for (const [limit, text, shown, told] of [
  [
    'output=5',
    "PROC p (CHAN BYTE screen!)\n  SEQ i = 0 FOR 100\n    screen ! 'x'\n:\n",
    'xxxxx',
    /error\[R0441\].*written more than 5 bytes/,
  ],
  [
    'processes=1000',
    'PROC p ()\n  PAR i = 0 FOR 100000\n    TIMER t:\n    INT now:\n    SEQ\n      t ? now\n      t ? AFTER now PLUS 5000000\n:\n',
    '',
    /error\[R0441\].*more than 1000 processes on node local/,
  ],
  [
    'memory=8M',
    'PROC p ()\n  [20000000]INT a:\n  INT n:\n  SEQ\n    n := 0\n    WHILE TRUE\n      SEQ\n        a[n \\ 20000000] := n\n        n := n PLUS 1\n:\n',
    '',
    /error\[R0441\].*MB on node local, and 8 MB are its limit/,
  ],
] as const) {
  test(`--limit ${limit} ends a program without nodes that has more`, async () => {
    const { status, stdout, stderr } = await godwit(['run', '--limit', limit, program(text).file])
    assert.is(status, 1, stderr)
    assert.is(stdout, shown)
    assert.match(stderr, told)
  })
}

test('--limit lets a program have what it may', async () => {
  const run = await godwit(['run', '--limit', 'output=6,processes=10,memory=512M,files=1', program(HELLO).file])
  assert.equal(run, { status: 0, stdout: 'hello\n', stderr: '' })
})

test('--limit files=1 lets a program without nodes have one file at a time', async () => {
  const { file } = program(`#USE "course"
#USE "file"
PROC main (CHAN BYTE screen!)
  INT first, second:
  SEQ
    file.open ("/dev/null", O.RDONLY, first)
    file.open ("/dev/null", O.RDONLY, second)
    out.bool (first >= 0, 0, screen!)
    out.bool (second >= 0, 0, screen!)
:
`)
  const { status, stdout, stderr } = await godwit(['run', '--limit', 'files=1', file])
  assert.is(status, 0, stderr)
  assert.is(stdout, 'TRUEFALSE')
})

test.run()
