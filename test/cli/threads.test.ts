/** Nodes that are threads: `run --threads N` and `test --threads N`. */
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MigrationResult, NodeStatus } from '../../runtime/node/commands/client.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory } from './godwit.ts'
import { DEADLOCKS, faults, KEEPS_ORDER, tests } from './test-programs.ts'

const FOR_EVER = `PROC main (CHAN BYTE screen!)
  TIMER tim:
  INT now:
  SEQ
    tim ? now
    WHILE TRUE
      SEQ
        screen ! '.'
        screen ! 255
        now := now PLUS 20000
        tim ? AFTER now
:
`

deadlineTest('other commands reach nodes that are threads, and Ctrl-C ends all', 120_000, async () => {
  const directory = temporaryDirectory()
  const [file, cluster] = [join(directory, 'ever.csp'), join(directory, 'cluster')]
  writeFileSync(file, FOR_EVER)
  let child: ChildProcess | undefined
  let printed = ''
  const running = godwit(['run', '--threads', '3', '--cluster-dir', cluster, file], {
    started: (started) => {
      child = started
      started.stdout?.on('data', (text: Buffer) => (printed += text.toString()))
    },
  })
  while (printed.length < 3) await delay(20)
  const json = async <T>(...words: readonly string[]): Promise<T> => {
    const { stdout, stderr, status } = await godwit([...words, '--json', '--cluster', cluster])
    assert.is(status, 0, stderr)
    return JSON.parse(stdout) as T // our own output
  }
  const nodes = await json<NodeStatus[]>('nodes')
  assert.equal(
    nodes.map(({ name, pid }) => [name, pid]),
    ['n1', 'n2', 'n3'].map((name) => [name, child?.pid]),
  )
  const moved = await json<MigrationResult>('migrate', 'main', 'n3')
  assert.is(moved.to, 'n3')
  const before = printed.length
  while (printed.length < before + 3) await delay(20)
  child?.kill('SIGINT')
  assert.is((await running).status, 130)
})

deadlineTest('tests end on threads as they do here', 120_000, async () => {
  const file = tests(
    KEEPS_ORDER,
    DEADLOCKS,
    faults('"a fault by its code" FAILS "R0203"'),
    faults('"another fault than that" FAILS "R0202"'),
  )
  const { status, stdout } = await godwit(['test', file, '--threads', '2', '--roam', '1ms', '--seed', '3'])
  assert.is(status, 1)
  assert.match(stdout, /\d+ passed, \d+ failed/)
  assert.match(stdout, /moves in \d tests/)
  const here = await godwit(['test', file])
  assert.is(/\d+ passed, \d+ failed/.exec(stdout)?.[0], /\d+ passed, \d+ failed/.exec(here.stdout)?.[0])
})

const senseless: readonly (readonly [words: readonly string[], said: RegExp])[] = [
  [['run', '--threads', '2', '--nodes', '2'], /`--nodes` and `--threads` exclude each other/],
  [['test', '--threads', '2', '--nodes', '2'], /`--nodes` and `--threads` exclude each other/],
  [['run', '--threads', '2', '--cluster', '/tmp'], /exclude each other/],
  [['run', '--threads', '0'], /from 1 to 64, or auto/],
  [['run', '--threads', '2', '--durable'], /needs nodes that outlive the command, and threads end with it/],
  [['run', '--threads', '2', '--detach'], /needs nodes that outlive the command, and threads end with it/],
]

test('what makes no sense with threads is refused', async () => {
  for (const [words, said] of senseless) {
    const { status, stderr } = await godwit([...words, 'samples/hello.csp'])
    assert.is(status, 64, words.join(' '))
    assert.match(stderr, said)
  }
})

test.run()
