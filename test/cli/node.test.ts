/** `godwit node`: how it stops. */
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeStatus } from '../../runtime/node/wire/statuses.ts'
import { endClusters, engineOf, newCluster } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

/** A command that goes on, with what it has printed so far. */
interface Running {
  readonly child: ChildProcess
  readonly result: Promise<Result>
  readonly said: () => string
  readonly printed: () => string
}

function start(...args: readonly string[]): Running {
  const texts = { out: '', err: '' }
  const children: ChildProcess[] = []
  const result = godwit(args, {
    deadline: 100_000,
    started: (child) => {
      children.push(child)
      child.stdout?.on('data', (text: string) => (texts.out += text))
      child.stderr?.on('data', (text: string) => (texts.err += text))
    },
  })
  const [child] = children
  if (child === undefined) throw new Error('`started` is called before `godwit` returns')
  return { child, result, said: () => texts.err, printed: () => texts.out }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50)
}

const startNode = async (cluster: string, name: string, ...options: readonly string[]): Promise<Running> => {
  const node = start('node', '--engine', engineOf(cluster), '--name', name, ...options)
  await until(() => node.said().includes(`node ${name} is in`))
  return node
}

/** Prints a number every 20 ms, for ever; its neighbour counts. */
const COUNTS = `#USE "course"
PROC count (CHAN INT out!)
  INITIAL INT n IS 0:
  WHILE TRUE
    SEQ
      out ! n
      n := n + 1
:
PROC main (CHAN BYTE screen!)
  CHAN INT c:
  PAR
    count (c!)
    TIMER t:
    INT n, now:
    WHILE TRUE
      SEQ
        c ? n
        out.int (n, 0, screen!)
        screen ! '*n'
        screen ! 255
        t ? now
        t ? AFTER now PLUS 20000
:
`

deadlineTest('a node that may not take long to leave goes with what could not move, and names it', 120_000, async () => {
  const directory = temporaryDirectory()
  const cluster = newCluster()
  const file = join(directory, 'counts.csp')
  writeFileSync(file, COUNTS)
  const node = await startNode(cluster, 'n1', '--leave-within', '500ms')
  const program = start('run', '--cluster', cluster, file)
  await until(() => program.printed().length > 20)
  node.child.kill('SIGTERM')
  assert.is((await node.result).status, 1)
  assert.match(node.said(), /error\[R0418\]: node n1 left after 0\.5 s with 3 processes of .*counts\.csp: main, main\/count/)
  assert.is((await program.result).status, 1)
})

deadlineTest(
  'a node that is told to stop moves what it has to another one and leaves; alone it says what would be lost',
  120_000,
  async () => {
    const directory = temporaryDirectory()
    const cluster = newCluster()
    const file = join(directory, 'counts.csp')
    writeFileSync(file, COUNTS)
    const first = await startNode(cluster, 'n1')
    const program = start('run', '--cluster', cluster, file)
    await until(() => program.printed().length > 20)

    first.child.kill('SIGTERM')
    await until(() => first.said().includes('alone'))
    assert.match(first.said(), 'if it stopped now, 3 processes of 1 program would be lost')
    assert.match(first.said(), 'counts.csp (3 processes)')
    assert.match(first.said(), 'start another node')
    const before = program.printed().length
    await until(() => program.printed().length > before) // it goes on

    const second = await startNode(cluster, 'n2')
    assert.is((await first.result).status, 0)
    const after = program.printed().length
    await until(() => program.printed().length > after + 20)
    const { stdout } = await godwit(['nodes', '--json', '--cluster', cluster])
    const list = JSON.parse(stdout) as NodeStatus[] // the shape of `nodes --json`
    assert.equal(
      list.map(({ name, processes }) => [name, processes]),
      [['n2', 3]],
    )

    second.child.kill('SIGINT')
    await until(() => second.said().includes('alone'))
    second.child.kill('SIGINT')
    assert.is((await second.result).status, 128 + constants.signals.SIGINT)
    const { status, stdout: numbers, stderr } = await program.result
    assert.is(status, 1)
    assert.match(stderr, 'R0408')
    const lines = numbers.split('\n')
    const begun = lines.pop() ?? '' // the node may have been stopped in the middle of a number
    assert.equal(
      lines,
      lines.map((_, i) => String(i)),
      'every number once and in order',
    )
    assert.ok(String(lines.length).startsWith(begun), `${begun} after ${lines.length} numbers`)
  },
)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  deadlineTest(`a node that has nothing leaves at ${signal} with status 0`, 60_000, async () => {
    const node = await startNode(newCluster(), 'n1')
    node.child.kill(signal)
    assert.is((await node.result).status, 0)
  })

deadlineTest('a node that was stopped until the others gave it up ends with status 1 as soon as it goes on', 90_000, async () => {
  const cluster = newCluster()
  const [first, second] = [await startNode(cluster, 'n1'), await startNode(cluster, 'n2')]
  await until(() => first.said().includes('node n2 is here'))
  second.child.kill('SIGSTOP')
  await until(() => first.said().includes('node n2 has gone'))
  second.child.kill('SIGCONT')
  const begun = Date.now()
  const { status, stderr } = await second.result
  assert.is(status, 1)
  assert.match(stderr, 'error[R0417]')
  assert.ok(Date.now() - begun < 2_000, `it ends after ${Date.now() - begun} ms`) // some 50 on a machine that is not busy
  first.child.kill('SIGTERM')
  assert.is((await first.result).status, 0)
})

deadlineTest('SIGUSR1 opens no debugger in a node', 60_000, async () => {
  const node = await startNode(newCluster(), 'n1')
  node.child.kill('SIGUSR1')
  await delay(300)
  node.child.kill('SIGTERM')
  const { status, stderr } = await node.result
  assert.is(status, 0)
  assert.not.match(stderr, 'Debugger')
})

test.after(endClusters)
interface LogLine {
  readonly time: string
  readonly level: string
  readonly node: string
  readonly program?: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** @returns the lines of a log. @throws Error when there is anything else */
function logOf(text: string): readonly LogLine[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const entry = JSON.parse(line) as LogLine // its fields are looked at
      assert.is(new Date(entry.time).toISOString(), entry.time)
      assert.ok(['info', 'warning', 'error'].includes(entry.level) && entry.message !== '' && typeof entry.fields === 'object', line)
      return entry
    })
}

deadlineTest('with --log json a node writes one JSON object a line, from its beginning to its end', 120_000, async () => {
  const cluster = newCluster()
  const [directory, first] = [temporaryDirectory(), start('node', '--engine', engineOf(cluster), '--name', 'n1', '--log', 'json')]
  await until(() => first.said().includes('is a member'))
  const second = await startNode(cluster, 'n2')
  await until(() => first.said().includes('n2'))
  second.child.kill('SIGKILL')
  await second.result
  await until(() => first.said().includes('has gone'))

  const taken = await godwit(['node', '--engine', engineOf(cluster), '--name', 'n1', '--log', 'json'])
  assert.is(taken.status, 1)
  const [why, ...more] = logOf(taken.stderr)
  assert.equal([why?.level, why?.node, why?.fields['code'], more.length], ['error', 'n1', 'R0409', 0])

  const file = join(directory, 'counts.csp')
  writeFileSync(file, COUNTS)
  const program = start('run', '--cluster', cluster, file)
  await until(() => program.printed().length > 5)
  first.child.kill('SIGTERM')
  await until(() => first.said().includes('would be lost'))
  program.child.kill('SIGINT')
  await program.result
  assert.is((await first.result).status, 0)
  const log = logOf(first.said())
  assert.ok(log.every(({ node }) => node === 'n1'))
  const [begun, joined, gone] = log
  assert.equal([begun?.level, begun?.fields['cluster']], ['info', cluster])
  assert.equal([joined?.fields['member'], gone?.fields['member']], ['n2', 'n2'])
  const lost = log.find(({ message }) => message.includes('would be lost'))
  assert.equal([lost?.level, lost?.program, lost?.fields['processes']], ['warning', file, 3])
  assert.is(log.at(-1)?.message, 'the node has left the cluster')
})

deadlineTest('the address of a collector is a URL of HTTP', 60_000, async () => {
  const { status, stderr } = await godwit(['node', '--engine', engineOf(newCluster()), '--name', 'n1', '--otlp', '127.0.0.1:4318'])
  assert.is(status, 64)
  assert.match(stderr, 'http://127.0.0.1:4318')
})

test.run()
