/** Programs that do not end with their terminals: run --detach, attach, stop, migrate --home, and limits of programs. On every engine. */
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeStatus, ProcessStatus } from '../../runtime/node/commands/client.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, type Result } from './godwit.ts'
import { ownCluster } from './own-cluster.ts'

const ECHO = `PROC echo (CHAN BYTE keyboard?, screen!)
  BYTE ch:
  SEQ
    keyboard ? ch
    WHILE ch <> 255
      SEQ
        screen ! ch
        keyboard ? ch
    screen ! '.'
    screen ! 255
:
`
const {
  cluster,
  directory,
  here: on,
} = ownCluster({
  'echo.csp': ECHO,
  'fault.csp': 'PROC fault (CHAN BYTE keyboard?)\n  BYTE ch:\n  SEQ\n    keyboard ? ch\n    STOP\n:\n',
})

/** A viewer that types when it is told to. */
function attached(
  name: string,
  ...options: readonly string[]
): { readonly child: ChildProcess; readonly result: Promise<Result>; shown(): string } {
  let child: ChildProcess | undefined
  let text = ''
  const result = godwit(['attach', name, '--cluster', cluster, ...options], {
    cwd: directory,
    interactive: true,
    started: (made) => {
      child = made
      made.stdout?.on('data', (bytes: Buffer | string) => (text += String(bytes)))
    },
  })
  if (child === undefined) throw new Error('it has not started')
  return { child, result, shown: () => text }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (holds()) return
    await delay(25)
  }
  assert.unreachable(what)
}

deadlineTest('run --detach says how to come back, and the program waits for somebody to type', 60_000, async () => {
  const { status, stdout, stderr } = await godwit(['run', '--detach', '--nodes', '2', '--cluster-dir', cluster, 'echo.csp'], {
    cwd: directory,
  })
  assert.is(status, 0, stderr)
  assert.match(
    stdout,
    /^echo\.csp#1 runs, and its home is on n1\n {2}attach: godwit attach echo\.csp#1 --cluster .*\n {2}end: {4}godwit stop echo\.csp#1/,
  )
  const ps = await on('ps', '--json')
  const [main] = JSON.parse(ps.stdout) as (ProcessStatus & { readonly home: string })[]
  assert.is(main?.home, 'n1')
  assert.is(main?.path, 'main')
})

deadlineTest('two viewers see the same, also while the home moves; Ctrl-C leaves the program running', 60_000, async () => {
  const first = attached('echo.csp')
  const second = attached('echo.csp', '--no-input')
  first.child.stdin?.write('abc')
  await until('the first sees it', () => first.shown() === 'abc')
  const moved = await on('migrate', 'echo.csp', 'n2', '--home', '--json')
  assert.is((JSON.parse(moved.stdout) as { to: string }).to, 'n2')
  first.child.stdin?.write('def')
  await until('both see it', () => first.shown() === 'abcdef' && second.shown() === 'abcdef')
  const [{ pid } = { pid: 0 }] = (JSON.parse((await on('nodes', '--json')).stdout) as NodeStatus[]).filter(({ name }) => name === 'n2')
  const drained = await on('drain', 'n2')
  assert.match(drained.stdout, /the home of echo\.csp/)
  assert.ok(pid > 0)
  first.child.stdin?.write('g')
  await until('both see what comes after a drain', () => second.shown() === 'abcdefg')
  second.child.kill('SIGINT')
  assert.is((await second.result).status, 0)
  first.child.stdin?.end('h')
  const { status } = await first.result
  assert.is(status, 0)
  assert.is(first.shown(), 'abcdefgh.')
})

deadlineTest('how a program has ended can be seen later', 60_000, async () => {
  const late = await on('attach', 'echo.csp', '--tail', '3')
  assert.equal([late.status, late.stdout], [0, 'gh.'])
  const from = await on('attach', 'echo.csp#1', '--from', '6')
  assert.is(from.stdout, 'gh.')
})

/** Longer than any lease. */
const STOPPED_MS = 14_000

deadlineTest('a viewer that was stopped for longer than its lease comes back, and nothing is typed or shown twice', 110_000, async () => {
  await on('run', '--detach', 'echo.csp')
  const viewer = attached('echo.csp')
  const { child, result } = viewer
  child.stdin?.write('ab')
  await until('both are shown', () => viewer.shown() === 'ab')
  child.kill('SIGSTOP')
  await delay(STOPPED_MS)
  child.kill('SIGCONT')
  child.stdin?.write('cd')
  await until('the others are shown', () => viewer.shown() === 'abcd')
  child.stdin?.end()
  const { status, stdout, stderr } = await result
  assert.equal([status, stdout], [0, 'abcd.'], stderr)
})

deadlineTest('a fault is told to whoever views the program, then and later', 60_000, async () => {
  const { status } = await on('run', '--detach', 'fault.csp')
  assert.is(status, 0)
  const viewer = attached('fault.csp')
  viewer.child.stdin?.end('x')
  const seen = await viewer.result
  assert.is(seen.status, 1)
  assert.match(seen.stderr, /error\[R0301\]|STOP/)
  const later = await on('attach', 'fault.csp')
  assert.is(later.status, 1)
  assert.match(later.stderr, /STOP/)
})

for (const [limit, text, told] of [
  ['output=5', "PROC p (CHAN BYTE screen!)\n  SEQ i = 0 FOR 100\n    screen ! 'x'\n:\n", /R0441.*written more than 5 bytes/],
  [
    'processes=1000',
    'PROC p (CHAN BYTE screen!)\n  PAR i = 0 FOR 100000\n    TIMER t:\n    INT now:\n    SEQ\n      t ? now\n      t ? AFTER now PLUS 5000000\n:\n',
    /R0441.*more than 1000 processes on node n/,
  ],
  [
    'memory=8M',
    'PROC p (CHAN BYTE screen!)\n  [20000000]INT a:\n  INT n:\n  SEQ\n    n := 0\n    WHILE TRUE\n      SEQ\n        a[n \\ 20000000] := n\n        n := n PLUS 1\n:\n',
    /R0441.*MB on node n\d, and 8 MB are its limit/,
  ],
] as const) {
  deadlineTest(`--limit ${limit} ends a program that has more`, 60_000, async () => {
    writeFileSync(join(directory, 'greedy.csp'), text)
    const begun = await on('run', '--detach', '--limit', limit, 'greedy.csp')
    assert.is(begun.status, 0, begun.stderr)
    const { status, stderr } = await on('attach', 'greedy.csp', '--no-input')
    assert.is(status, 1)
    assert.match(stderr, told)
  })
}

deadlineTest('--limit is kept to also where the program is shown by the command that runs it', 60_000, async () => {
  writeFileSync(join(directory, 'greedy.csp'), "PROC p (CHAN BYTE screen!)\n  SEQ i = 0 FOR 100\n    screen ! 'x'\n:\n")
  const { status, stderr } = await on('run', '--limit', 'output=5,memory=256M,processes=1000', 'greedy.csp')
  assert.is(status, 1)
  assert.match(stderr, /R0441.*written more than 5 bytes/)
})

deadlineTest('stop ends a program, and names that are nobody are told of', 60_000, async () => {
  await on('run', '--detach', 'echo.csp')
  const stopped = await on('stop', 'echo.csp')
  assert.match(stopped.stdout, /^echo\.csp#\d+ is stopped\n$/)
  const again = await on('stop', 'echo.csp')
  assert.match(again.stderr, /had ended already/)
  const nobody = await on('attach', 'nobody.csp')
  assert.is(nobody.status, 1)
  assert.match(nobody.stderr, /R0403.*no program is called nobody\.csp/)
})

deadlineTest('what makes no sense together is refused', 20_000, async () => {
  for (const words of [
    ['--detach'],
    ['--durable'],
    ['--cut-every', '10ms', '--nodes', '2'],
    ['--accept-store', '--nodes', '2'],
    ['--limit', 'output=0'],
    ['--limit', 'memory=0', '--nodes', '2', '--detach'],
    ['--limit', 'cores=2', '--nodes', '2', '--detach'],
  ]) {
    const { status, stderr } = await godwit(['run', ...words, 'echo.csp'], { cwd: directory })
    assert.is(status, 64, `${words.join(' ')}: ${stderr}`)
  }
})

test.run()
