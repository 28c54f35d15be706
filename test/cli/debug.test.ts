/** The library `debug`: lines without a channel, shown with --debug only, whole and in the order of what causes what. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { equal, is, match, ok } from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'

const PROGRAM = `#USE "debug"
PROC worker (CHAN INT in?, out!)
  SEQ i = 0 FOR 8
    INT x:
    SEQ
      in ? x
      debug.int ("worker has", x)
      out ! x + 1
:
PROC talker (VAL INT me)
  SEQ i = 0 FOR 10
    debug.int ("talker", me)
:
PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    worker (a?, b!)
    talker (1)
    talker (2)
    SEQ
      SEQ i = 0 FOR 8
        INT y:
        SEQ
          debug.int ("main sends", i)
          a ! i
          b ? y
          debug.int ("main has", y)
      screen ! '*n'
:
TEST "shows what it does"
  SEQ
    debug.string ("in a test")
    debug.bool ("truth", TRUE)
    debug.int64 ("big", 5000000000(INT64))
    debug.real64 ("real", 0.5)
:
`

function save(text: string): string {
  const path = join(temporaryDirectory(), 'lines.csp')
  writeFileSync(path, text)
  return path
}

/** The lines of main and the worker, which hear of each other. */
const CHAIN = Array.from({ length: 8 }, (_, i) => [`main sends: ${i}`, `worker has: ${i}`, `main has: ${i + 1}`]).flat()

function requireOrder(stderr: string): void {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('nodes '))
  equal(
    lines.filter((line) => !line.startsWith('talker')),
    CHAIN,
  )
  for (const me of [1, 2]) is(lines.filter((line) => line === `talker: ${me}`).length, 10)
  is(lines.length, CHAIN.length + 20)
}

test('lines are shown with --debug', async () => {
  const { status, stdout, stderr } = await godwit(['run', '--debug', save(PROGRAM)])
  is(status, 0, stderr)
  is(stdout, '\n')
  requireOrder(stderr)
})

test('lines come in the order of what causes them while the processes roam', async () => {
  const { status, stderr } = await godwit(['run', '--debug', '--nodes', '3', '--roam', '2ms', save(PROGRAM)], { deadline: 120_000 })
  is(status, 0, stderr)
  requireOrder(stderr)
})

test('without --debug nothing is shown, and nothing of the library is in the program', async () => {
  const path = save(PROGRAM)
  const { status, stderr } = await godwit(['run', path])
  is(status, 0)
  is(stderr, '')
  const out = join(temporaryDirectory(), 'out')
  is((await godwit(['compile', path, '-o', out])).status, 0)
  const plain = save(PROGRAM.replaceAll(/^ *debug\..*$/gm, (line) => `${/^ */.exec(line)?.[0] ?? ''}SKIP`))
  const without = join(temporaryDirectory(), 'out')
  is((await godwit(['compile', plain, '-o', without])).status, 0)
  for (const unit of ['worker', 'main', 'talker'])
    is(codeOf(join(out, `${unit}.js`)), codeOf(join(without, `${unit}.js`)), `${unit} is the same as without the calls`)
})

/** @returns the code, without the comments that name its text */
function codeOf(path: string): string {
  return readFileSync(path, 'utf8').replaceAll(/^\/[*/].*$/gm, '')
}

test('what a line would compute is computed where it is shown only', async () => {
  const path = save(`#USE "debug"
PROC main (CHAN BYTE screen!)
  INITIAL INT n IS 0:
  SEQ
    SEQ i = 0 FOR 3
      n := n - 1
    debug.int ("half", 6 / (n + 3))
    screen ! '*n'
:
`)
  is((await godwit(['run', path])).status, 0)
  const shown = await godwit(['run', '--debug', path])
  is(shown.status, 1)
  match(shown.stderr, 'R0202')
})

test('tests show their lines with --debug', async () => {
  const path = save(PROGRAM)
  for (const more of [[], ['--chaos'], ['--nodes', '2', '--roam', '2ms']]) {
    const { status, stdout, stderr } = await godwit(['test', '--debug', ...more, path], { deadline: 120_000 })
    is(status, 0, stdout + stderr)
    ok(stderr.includes('in a test\ntruth: TRUE\nbig: 5000000000\nreal: 0.5\n'), stderr)
  }
  is((await godwit(['test', path])).stderr, '')
})

test.run()
