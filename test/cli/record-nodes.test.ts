/** `godwit run --record` with several nodes: one OS process repeats the run, byte for byte. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'
import type { Result } from './godwit.ts'

const directory = temporaryDirectory()

/**
 * What it prints depends on guards that are ready together, on times, on the order of claims, on keys and on who was forked when. The two streams come
 * from processes that nothing else puts in an order.
 */
const ALL = `PROC burst (VAL INT who, CHAN INT out!)
  TIMER tim:
  INT t:
  SEQ i = 0 FOR 20
    SEQ
      out ! (100 * who) + i
      tim ? t
      IF
        (t REM 3) = 0
          tim ? AFTER t PLUS 500
        TRUE
          SKIP
:
PROC merge (CHAN INT a?, b?, CHAN BYTE log!)
  TIMER tim:
  INT t, x, y:
  SEQ
    x, y := 0, 0
    tim ? t
    WHILE (x < 20) OR (y < 20)
      INT v:
      ALT
        (x < 20) & a ? v
          SEQ
            x := x + 1
            log ! 'a'
        (y < 20) & b ? v
          SEQ
            y := y + 1
            log ! 'b'
        tim ? AFTER t PLUS 300
          SEQ
            tim ? t
            log ! '.'
    log ! '*n'
:
PROC sayer (VAL INT n, SHARED CHAN BYTE out!)
  TIMER tim:
  INT t:
  SEQ i = 0 FOR 5
    SEQ
      tim ? t
      tim ? AFTER t PLUS (700 * n)
      CLAIM out!
        SEQ
          out ! BYTE ((INT 'A') + n)
          out ! BYTE ((INT '0') + ((t / 10) REM 10))
          out ! ' '
:
PROC echo (CHAN BYTE keyboard?, SHARED CHAN BYTE out!)
  BYTE ch:
  SEQ
    keyboard ? ch
    WHILE ch <> 255
      SEQ
        CLAIM out!
          SEQ
            out ! '<'
            out ! ch
            out ! '>'
        keyboard ? ch
:
PROC together (BARRIER b, CHAN BYTE out!)
  TIMER tim:
  INT t, k:
  SEQ
    k := 0
    WHILE k < 5
      SEQ
        tim ? t
        ALT
          SYNC b
            k := k + 1
          tim ? AFTER t PLUS 1500
            out ! 's'
    out ! 'S'
:
PROC main (CHAN BYTE keyboard?, SHARED CHAN BYTE screen!, CHAN BYTE error!)
  CHAN INT a, b:
  CHAN BYTE c, d, e:
  BARRIER bar:
  PAR
    burst (1, a!)
    burst (2, b!)
    merge (a?, b?, c!)
    PAR ENROLL bar
      together (bar, d!)
      together (bar, e!)
      SEQ i = 0 FOR 5
        SEQ
          TIMER tim:
          INT t:
          SEQ
            tim ? t
            tim ? AFTER t PLUS 4000
          SYNC bar
    INITIAL INT open IS 3:
    WHILE open > 0
      BYTE ch:
      SEQ
        ALT
          c ? ch
            SKIP
          d ? ch
            SKIP
          e ? ch
            SKIP
        error ! ch
        IF
          (ch = '*n') OR (ch = 'S')
            open := open - 1
          TRUE
            SKIP
    FORKING
      SEQ i = 0 FOR 8
        FORK sayer (i, screen!)
    echo (keyboard?, screen!)
:
`

/** Prints a line every now and then, from several processes. */
const LONG = `PROC ticker (VAL INT n, SHARED CHAN BYTE out!)
  TIMER tim:
  INT t:
  WHILE TRUE
    SEQ
      tim ? t
      tim ? AFTER t PLUS 10000
      CLAIM out!
        SEQ
          out ! BYTE ((INT 'A') + n)
          out ! BYTE ((INT '0') + ((t / 10) REM 10))
          out ! '*n'
:
PROC main (SHARED CHAN BYTE screen!)
  PAR i = 0 FOR 4
    ticker (i, screen!)
:
`

/** Two processes that wait for each other, each at another channel. */
const DEAD = `PROC main (CHAN BYTE screen!)
  CHAN INT x, y:
  PAR
    SEQ
      screen ! 'a'
      y ! 1
    INT v:
    SEQ
      x ? v
      y ? v
:
`

/** One process prints for ever while another one comes to a fault. */
const FAULT = `PROC loop (CHAN BYTE out!)
  INT i:
  SEQ
    i := 0
    WHILE TRUE
      SEQ
        out ! BYTE ((INT 'a') + (i REM 26))
        i := i + 1
:
PROC bad (VAL INT n)
  TIMER tim:
  INT t, x:
  [10]INT a:
  SEQ
    tim ? t
    tim ? AFTER t PLUS 100000
    x := 10 + n
    a[x] := 3
:
PROC main (CHAN BYTE screen!)
  PAR
    loop (screen!)
    bad (0)
    WHILE TRUE
      SKIP
:
`

/** @returns the paths of a program and of its recording */
function written(name: string, text: string): { readonly file: string; readonly recording: string } {
  const file = join(directory, `${name}.csp`)
  writeFileSync(file, text)
  return { file, recording: join(directory, `${name}.rec`) }
}

const told = ({ status, stdout, stderr }: Result): unknown => ({ status, stdout, stderr })

async function repeats(name: string, text: string, options: readonly string[], stdin = ''): Promise<Result> {
  const { file, recording } = written(name, text)
  const run = await godwit(['run', ...options, '--record', recording, file], { stdin })
  for (let i = 0; i < 3; i++) assert.equal(told(await godwit(['run', '--replay', recording, file])), told(run))
  return run
}

test('a run on three nodes whose processes roam is repeated byte for byte', async () => {
  const run = await repeats('all', ALL, ['--nodes', '3', '--roam', '10ms'], 'some keys')
  assert.is(run.status, 0)
  assert.match(run.stdout, /<s>/)
})

test('so is one on threads, and it is debugged forward and backward', async () => {
  const run = await repeats('threads', ALL, ['--threads', '3', '--roam', '4ms'], 'xyz')
  const { file, recording } = written('threads', ALL)
  const stdin = 'continue\noutput\ngoto 200\nback 150\nreverse\ncontinue\noutput\n'
  const debugged = await godwit(['debug', recording, file], { stdin })
  assert.is(debugged.status, 0)
  const outputs = debugged.stdout.split(/^step \d+:.*the end$/m).slice(1)
  assert.is(outputs.length, 2)
  const shown = outputs.map((text) => (text.split('\nstep ')[0] ?? '').replace(/[absS.\n]/g, '')) // without what went to the error stream
  assert.equal(shown, [run.stdout, run.stdout])
})

test('a deadlock and a fault come again, with what the others had printed', async () => {
  const deadlock = await repeats('dead', DEAD, ['--threads', '3', '--roam', '4ms'])
  assert.is(deadlock.status, 3)
  const fault = await repeats('fault', FAULT, ['--threads', '3', '--roam', '4ms'])
  assert.is(fault.status, 1)
  assert.match(fault.stderr, /R0203/)
})

test('of a run that was killed the beginning is repeated, also where a node had nothing to do', async () => {
  const { file, recording } = written('long', LONG)
  const soon = (child: ChildProcess): void => {
    let lines = 0
    child.stdout?.on('data', (text: string) => {
      lines += text.split('\n').length - 1
      if (lines > 200) child.kill('SIGKILL')
    })
  }
  for (const moved of [['--roam', '10ms'], []]) {
    const run = await godwit(['run', '--threads', '3', ...moved, '--record', recording, file], { started: soon })
    const replay = await godwit(['run', '--replay', recording, file])
    assert.is(replay.status, 0)
    assert.match(replay.stderr, /the recording ends here: the run was killed/)
    assert.ok(replay.stdout.length > 100, replay.stderr)
    assert.ok(run.stdout.startsWith(replay.stdout) || replay.stdout.startsWith(run.stdout))
  }
})

test('a recording that was altered, or that is cut off, is told of', async () => {
  const { file, recording } = written('dead', readFileSync(join(directory, 'dead.csp'), 'utf8'))
  const bytes = readFileSync(recording)
  const begin = bytes.indexOf(10, bytes.indexOf(10) + 1) + 1
  for (const at of [begin, begin + 4, bytes.length - 3]) {
    const altered = Uint8Array.from(bytes)
    altered[at] = 0xff
    writeFileSync(join(directory, 'altered.rec'), altered)
    const { stderr } = await godwit(['run', '--replay', join(directory, 'altered.rec'), file])
    assert.match(stderr, /R0531|R0533|the recording ends here/)
    assert.not.match(stderr, /internal error/)
  }
})

test('options that bring other nodes, or a home that is not here, do not go with it', async () => {
  const { file, recording } = written('all', ALL)
  for (const options of [
    ['--cluster', directory],
    ['--nodes', '2', '--durable'],
    ['--nodes', '2', '--cluster-dir', directory],
    ['--nodes', '2', '--detach'],
    ['--nodes', '2', '--limit', 'processes=10'],
  ]) {
    const run = await godwit(['run', ...options, '--record', recording, file])
    assert.is(run.status, 64)
    assert.match(run.stderr, /`--record` is for/)
  }
  const nowhere = await godwit(['run', '--threads', '2', '--record', join(directory, 'no', 'where'), file])
  assert.is(nowhere.status, 1)
  assert.match(nowhere.stderr, /R0515.*cannot write the recording/)
})

test.run()
