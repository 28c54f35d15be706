/** `godwit stuck`, from another terminal than the program's: the processes of a running program that can never go on. */
import type { ChildProcess } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StuckStatus } from '../../runtime/node/wire/statuses.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

/** A server whose client number 1 is given up goes on with the others; the handler of that client waits for ever. */
const SERVER = `PROC handler (CHAN INT request?, answer!)
  INT x:
  WHILE TRUE
    SEQ
      request ? x
      answer ! x
:
PROC client (VAL INT n, CHAN INT request!, answer?)
  INT x, now:
  TIMER tim:
  SEQ
    request ! n
    answer ? x
    WHILE n <> 1
      SEQ
        request ! n
        answer ? x
        tim ? now
        tim ? AFTER now PLUS 5000
:
PROC main (CHAN BYTE screen!)
  [3]CHAN INT request, answer:
  CHAN INT a, b:
  SEQ
    screen ! '.'
    screen ! 255
    PAR
      PAR i = 0 FOR 3
        handler (request[i]?, answer[i]!)
      PAR i = 0 FOR 3
        client (i, request[i]!, answer[i]?)
      INT x:
      SEQ
        a ? x
        b ! x
      INT x:
      SEQ
        b ? x
        a ! x
:
`

const directory = temporaryDirectory()
const cluster = join(directory, 'cluster')
const file = join(directory, 'server.csp')
let terminal: ChildProcess | undefined
let running: Promise<Result> | undefined

const on = (...args: readonly string[]): Promise<Result> => godwit([...args, '--cluster', cluster])

test.before(async () => {
  writeFileSync(file, SERVER)
  let printed = ''
  running = godwit(['run', file, '--nodes', '3', '--cluster-dir', cluster], {
    deadline: 120_000,
    started: (child) => {
      terminal = child
      child.stdout?.on('data', (text: string) => (printed += text))
    },
  })
  for (let i = 0; i < 400 && printed === ''; i++) await delay(50)
  assert.is.not(printed, '', 'the program has not begun')
})

test.after(async () => {
  terminal?.kill('SIGINT')
  await running
  rmSync(directory, { recursive: true, force: true })
})

const EXPECTED = [
  ['main', 'join', 'stuck', ['main/par.1', 'main/par.3', 'main/par.4']],
  ['main/par.1', 'join', 'stuck', ['main/par.1/handler[1]']],
  ['main/par.1/handler[1]', 'input', 'nobody', []],
  ['main/par.3', 'input', 'stuck', ['main/par.4']],
  ['main/par.4', 'input', 'stuck', ['main/par.3']],
]

/** @returns what is stuck, when that is as much as it should be, or after a while */
async function stuck(): Promise<readonly StuckStatus[]> {
  for (let tries = 0; ; tries++) {
    const { status, stdout, stderr } = await on('stuck', 'server.csp', '--json')
    assert.is(status, 0, stderr)
    const found = JSON.parse(stdout) as StuckStatus[] // as the command prints it
    if (found.length >= EXPECTED.length || tries === 100) return found
    await delay(100)
  }
}

deadlineTest('a handler whose client is gone is found while the server runs, and so is a ring', 60_000, async () => {
  const found = await stuck()
  assert.equal(
    found.map(({ path, state, why, others }) => [path, state, why, others]),
    EXPECTED,
  )
})

deadlineTest('wherever its processes are', 60_000, async () => {
  for (const [path, node] of [
    ['main/par.3', 'n2'],
    ['main/par.1/handler[*]', 'n3'],
  ] as const) {
    const { status, stderr } = await on('migrate', path, node)
    assert.is(status, 0, stderr)
  }
  const found = await stuck()
  assert.equal(
    found.map(({ path, state, why, others }) => [path, state, why, others]),
    EXPECTED,
  )
  assert.equal(
    found.map(({ node }) => node),
    ['n1', 'n1', 'n3', 'n2', 'n1'],
  )
})

deadlineTest('people get a table with reasons', 60_000, async () => {
  const { status, stdout } = await on('stuck')
  assert.is(status, 0)
  assert.match(stdout, /main\/par\.1\/handler\[1\] +n3 +\S*server\.csp:5 +waits to input from request +nobody has the other end any more/)
  assert.match(stdout, /the other end is with main\/par\.4, which is stuck too/)
  assert.match(stdout, /5 of the 10 processes of server\.csp#1 can never go on/)
})

deadlineTest('a program that is not there is told of', 60_000, async () => {
  const { status, stderr } = await on('stuck', 'nobody.csp')
  assert.is(status, 1)
  assert.match(stderr, /R0403.*no program is called nobody\.csp/)
})

test.run()
