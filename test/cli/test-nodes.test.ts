/** `godwit test --nodes N`: tests on the nodes of a cluster, which is there for them alone and gone afterwards. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connectCluster } from '../../runtime/node/commands/client.ts'
import { godwit, temporaryDirectory } from './godwit.ts'
import { BUSY, DEADLOCKS, faults, KEEPS_ORDER, tests, waits } from './test-programs.ts'

/** Where the test that is too late was then: virtual time passes in one step, so that it has ended already. */
const WHERE = /^ +its processes were here\n.*\n|^ +it ended, but too late\n/m

/** What a report says, without what differs from run to run. */
const told = (stdout: string): string =>
  stdout
    .replace(/ \(\d+(\.\d+)?m?s\)/g, '')
    .replace(/^.* moves? in .*\n/m, '')
    .replace(WHERE, '')

/** A test to come after `BUSY`. */
const NEXT = 'TEST "the next"\n  SKIP\n:\n'

const MANY = [
  KEEPS_ORDER,
  DEADLOCKS,
  `TEST "a deadlock that is meant" FAILS "R0301"
  CHAN INT a:
  a ! 1
:
TEST "PASS ends it though others wait"
  CHAN INT a:
  PAR
    a ! 1
    PASS
:
`,
  waits('"too late" WITHIN 60 MS', 300_000),
  waits('"too late, and meant to be" WITHIN 60 MS FAILS "R0302"', 300_000),
  `TEST "an assertion"
  INT x:
  SEQ
    x := 2 + 2
    ASSERT (x = 5)
:
`,
  faults('"a fault by its code" FAILS "R0203"'),
  faults('"another fault than that" FAILS "R0202"'),
  `TEST "none at all" FAILS "R0202"
  SKIP
:
TEST "all schedules" EXPLORE
  SKIP
:
`,
]

test('tests end on nodes as they do here, and are told of in the same words', async () => {
  const file = tests(...MANY)
  const here = await godwit(['test', file])
  assert.match(here.stdout, '6 passed, 5 failed')
  for (const flags of [[], ['--roam', '1ms', '--seed', '5']]) {
    const there = await godwit(['test', file, '--nodes', '3', ...flags])
    assert.is(there.status, 1)
    assert.is(told(there.stdout), told(here.stdout))
    assert.match(WHERE.exec(there.stdout)?.[0] ?? '', /main {2}waits for the time \d+ at /)
    const moves = /(\d+) moves in (\d+) tests/.exec(there.stdout)
    if (flags.length === 0) assert.is(moves, null)
    else assert.ok(Number(moves?.[1]) > 5 && Number(moves?.[2]) >= 3, there.stdout)
  }
})

test('a test that goes on for ever is stopped on the nodes too, and the next one runs', async () => {
  const file = tests(BUSY, NEXT)
  const { status, stdout } = await godwit(['test', file, '--nodes', '2', '--roam', '2ms', '--timeout', '300ms', '--reporter', 'tap'])
  assert.is(status, 1)
  assert.match(stdout, '300.0ms of real time')
  assert.match(stdout, `${file}:`)
  assert.match(stdout, /^ok 2 /m)
  assert.match(stdout, /^# \d+ moves in 1 test$/m)
})

test('when nothing can move, it says so', async () => {
  const file = tests('TEST "empty"\n  SKIP\n:\n')
  const { status, stdout } = await godwit(['test', file, '--nodes', '2', '--roam', '1ms', '--reporter', 'junit'])
  assert.is(status, 0)
  assert.match(stdout, '<property name="moves" value="0"/>')
  assert.match((await godwit(['test', file, '--nodes', '2', '--roam', '1ms'])).stdout, 'nothing has moved')
})

/** The OS processes of the cluster whose directory is in `directory`, once it runs a program. */
async function nodesIn(directory: string): Promise<number[]> {
  for (let i = 0; i < 400; i++) {
    await delay(50)
    const [name] = readdirSync(directory).filter((each) => /^godwit-/.test(each))
    if (name === undefined) continue
    try {
      const client = await connectCluster(join(directory, name))
      const [nodes, processes] = [await client.nodes(), await client.processes()]
      await client.close()
      if (processes.length > 0) return nodes.map(({ pid }) => pid)
    } catch {
      // not yet
    }
  }
  return []
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a node that dies is told of, and the next test finds a new cluster', async () => {
  const directory = temporaryDirectory()
  const running = godwit(['test', tests(BUSY, NEXT), '--nodes', '2', '--timeout', '20s'], { env: { TMPDIR: directory } })
  const [first] = await nodesIn(directory)
  assert.ok(first !== undefined && process.kill(first, 'SIGKILL'))
  const { status, stdout } = await running
  assert.is(status, 1)
  assert.match(stdout, '✗ busy for ever')
  assert.match(stdout, 'its nodes have failed')
  assert.match(stdout, 'was ended by SIGKILL')
  assert.match(stdout, '✓ the next')
})

test('Ctrl-C stops the nodes and leaves nothing behind', async () => {
  const directory = temporaryDirectory()
  let interrupt: () => void = () => undefined
  const running = godwit(['test', tests(BUSY, NEXT), '--nodes', '2'], {
    env: { TMPDIR: directory },
    started: (child) => {
      interrupt = () => child.kill('SIGINT')
    },
  })
  const pids = await nodesIn(directory)
  assert.is(pids.length, 2)
  interrupt()
  const { status, stdout } = await running
  assert.is(status, 130)
  assert.is(stdout, '')
  assert.equal(pids.filter(isAlive), [])
  assert.equal(
    readdirSync(directory).filter((name) => /^godwit-/.test(name)),
    [],
  )
})

test.run()
