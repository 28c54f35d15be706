/** The commands that talk to a cluster, from another terminal than the program's. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MigrationResult, NodeStatus, ProcessStatus } from '../../runtime/node/commands/client.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

/** Numbers go round for ever; each round a dot is printed, about every 20 ms. */
const ROUNDABOUT = `PROC copy (CHAN INT in?, out!)
  INT x:
  WHILE TRUE
    SEQ
      in ? x
      out ! x
:
PROC main (CHAN BYTE screen!)
  CHAN INT there, back:
  PAR
    copy (there?, back!)
    INT x, now:
    TIMER tim:
    WHILE TRUE
      SEQ
        there ! 1
        back ? x
        screen ! '.'
        screen ! 255
        tim ? now
        tim ? AFTER now PLUS 20000
:
`

const directory = temporaryDirectory()
const cluster = join(directory, 'cluster')
const file = join(directory, 'roundabout.csp')
writeFileSync(file, ROUNDABOUT)

let terminal: ChildProcess | undefined
let printed = ''
let running: Promise<Result> | undefined

/** Waits until the program has printed more. */
async function goesOn(): Promise<void> {
  const before = printed.length
  for (let i = 0; i < 100; i++) {
    await delay(50)
    if (printed.length > before + 2) return
  }
  assert.unreachable('the program does not go on')
}

const on = (...args: readonly string[]): Promise<Result> => godwit([...args, '--cluster', cluster])

async function json<T>(...args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await on(...args, '--json')
  assert.is(status, 0, stderr)
  return JSON.parse(stdout) as T // the shape is what is tested
}

test.before(async () => {
  running = godwit(['run', file, '--nodes', '3', '--cluster-dir', cluster], {
    deadline: 120_000,
    started: (child) => {
      terminal = child
      child.stdout?.on('data', (text: string) => (printed += text))
    },
  })
  for (let i = 0; i < 200 && printed === ''; i++) await delay(50)
  assert.is.not(printed, '', 'the program has not begun')
})

test.after(async () => {
  terminal?.kill('SIGINT')
  await running
})

deadlineTest('nodes lists them', 20_000, async () => {
  const list = await json<NodeStatus[]>('nodes')
  assert.equal(list.map(({ name }) => name).sort(), ['n1', 'n2', 'n3'])
  const { stdout } = await on('nodes')
  assert.match(stdout, /^NODE +STATE +INDEX +PID/)
  assert.match(stdout, /^n2 /m)
})

deadlineTest('ps lists the processes, where they are and what they wait for', 20_000, async () => {
  const list = await json<ProcessStatus[]>('ps')
  assert.equal(list.map(({ path }) => path).sort(), ['main', 'main/copy', 'main/par.2'])
  const { stdout } = await on('ps')
  assert.match(stdout, /^PROCESS +NODE +STATE/)
  assert.match(stdout, /^main\/copy +n1/m)
  assert.match((await on('ps', '--residual')).stdout, /NEEDS/)
})

deadlineTest('ps names the program, shows short paths, and --program chooses one', 30_000, async () => {
  const [first] = await json<ProcessStatus[]>('ps')
  assert.match(first?.name ?? '', /^roundabout\.csp#\d+$/)
  assert.is(first?.source, file)
  const { stdout } = await on('ps')
  assert.match(stdout, `3 processes of ${first?.name ?? ''}`)
  assert.match(stdout, / roundabout\.csp:\d+/)
  assert.not.match(stdout, directory)
  for (const name of ['roundabout.csp', first?.name ?? '', first?.program ?? ''])
    assert.is((await json<ProcessStatus[]>('ps', '--program', name)).length, 3, name)
  for (const command of [['ps'], ['migrate', 'main/copy', 'n2'], ['migrate', 'main/copy:in', 'n2', '--channel'], ['drain', 'n1']]) {
    const { status, stderr } = await on(...command, '--program', 'other.csp')
    assert.is(status, 1)
    assert.match(stderr, /^error\[R0403\]: no program is called other\.csp/)
    assert.match(stderr, `there is ${first?.name ?? ''}`)
  }
  assert.is((await on('migrate', 'main/copy', 'n1', '--program', 'roundabout.csp')).status, 0)
})

deadlineTest('migrate moves a process, which goes on there', 20_000, async () => {
  const result = await json<MigrationResult>('migrate', 'main/copy', 'n2')
  assert.equal([result.process, result.from, result.to], ['main/copy', 'n1', 'n2'])
  assert.ok(result.bytes > 0 && result.pauseMicros > 0 && result.messages > 0, JSON.stringify(result))
  assert.is((await json<ProcessStatus[]>('ps')).find(({ path }) => path === 'main/copy')?.node, 'n2')
  await goesOn()
})

deadlineTest('migrate moves everything that matches, and tells it in a table', 20_000, async () => {
  const { status, stdout, stderr } = await on('migrate', 'main/*', 'n3')
  assert.is(status, 0, stderr)
  assert.match(stdout, /^PROCESS +FROM +TO/)
  assert.match(stdout, /^main\/par\.2 +n1 +n3/m)
  await goesOn()
})

deadlineTest('migrate --channel moves the home of a channel, and tells what that took', 20_000, async () => {
  const result = await json<MigrationResult>('migrate', 'main/copy:in', 'n1', '--channel')
  assert.equal([result.process, result.from, result.to, result.error], ['main/copy:in', 'n3', 'n1', undefined])
  assert.ok(result.bytes > 0 && result.pauseMicros > 0 && result.messages > 0, JSON.stringify(result))
  await goesOn()
})

deadlineTest('drain empties a node, of one program where one is named', 20_000, async () => {
  const { status, stderr } = await on('drain', 'n3', '--program', 'roundabout.csp')
  assert.is(status, 0, stderr)
  assert.is((await json<NodeStatus[]>('nodes')).find(({ name }) => name === 'n3')?.processes, 0)
  await goesOn()
})

deadlineTest('ps shows why processes are where they are', 30_000, async () => {
  await json<MigrationResult>('migrate', 'main/copy', 'n3')
  assert.is((await on('drain', 'n3')).status, 0)
  const copy = async (): Promise<ProcessStatus | undefined> => (await json<ProcessStatus[]>('ps')).find(({ path }) => path === 'main/copy')
  assert.equal((await copy())?.moved, { cause: 'drain', from: 'n3' })
  const at = (await copy())?.node ?? ''
  assert.is((await on('migrate', 'main/copy', at === 'n1' ? 'n2' : 'n1')).status, 0)
  assert.equal((await copy())?.moved, { cause: 'hand', from: at })
  assert.match((await on('ps')).stdout, new RegExp(`^main/copy .* by hand, from ${at}`, 'm'))
})

deadlineTest('a drain with a deadline names what is still there, with exit status 1', 30_000, async () => {
  const list = await json<ProcessStatus[]>('ps')
  const node = list.find(({ path }) => path === 'main')?.node ?? ''
  const { status, stderr } = await on('drain', node, '--deadline', '0ms')
  assert.is(status, 1)
  assert.match(stderr, new RegExp(`^error\\[R0418\\]: main stays on ${node}: it was still on ${node} after 0 s`, 'm'))
  assert.is((await on('drain', node, '--deadline', '20s')).status, 0)
  assert.not.ok((await json<ProcessStatus[]>('ps')).some((p) => p.node === node))
  await goesOn()
})

deadlineTest('the owner of a node sends guests away, and takes none until it says so', 30_000, async () => {
  const node = (await json<ProcessStatus[]>('ps')).find(({ path }) => path === 'main')?.node ?? ''
  assert.is((await on('cordon', node, '--evict')).status, 0)
  const list = await json<ProcessStatus[]>('ps')
  assert.not.ok(list.some((p) => p.node === node))
  assert.equal(list.find(({ path }) => path === 'main')?.moved, { cause: 'eviction', from: node })
  assert.is((await on('migrate', 'main', node)).status, 1)
  assert.is((await on('cordon', node, '--off')).status, 0)
  assert.is((await on('cordon', node, '--off', '--evict')).status, 64)
  await goesOn()
})

deadlineTest('a node that is cordoned takes nothing, keeps what it has, and is drained to others', 30_000, async () => {
  assert.is((await on('migrate', 'main/copy', 'n2')).status, 0)
  assert.is((await on('cordon', 'n2')).status, 0)
  const states = async (): Promise<readonly boolean[]> => (await json<NodeStatus[]>('nodes')).map(({ cordoned }) => cordoned)
  assert.equal(await states(), [false, true, false])
  assert.match((await on('nodes')).stdout, /^n2 +cordoned /m)
  const refused = await on('migrate', 'main', 'n2', '--only')
  assert.is(refused.status, 1)
  assert.match(refused.stdout + refused.stderr, 'node n2 is cordoned')
  await goesOn()
  assert.is((await on('drain', 'n1')).status, 0)
  const where = async (): Promise<readonly string[]> => (await json<ProcessStatus[]>('ps')).map(({ path, node }) => `${path} ${node}`)
  assert.ok((await where()).includes('main/copy n2'))
  assert.not.ok((await where()).some((line) => line.endsWith(' n1')))
  assert.is((await on('drain', 'n2')).status, 0)
  assert.not.ok((await where()).some((line) => line.endsWith(' n2')))
  assert.is((await on('cordon', 'n2', '--off')).status, 0)
  assert.equal(await states(), [false, false, false])
  assert.is((await on('migrate', 'main/copy', 'n2')).status, 0)
  assert.is((await on('migrate', 'main', 'n1')).status, 0)
  await goesOn()
})

deadlineTest('where every node is cordoned, no program begins', 60_000, async () => {
  for (const name of ['n1', 'n2', 'n3']) assert.is((await on('cordon', name)).status, 0)
  const { status, stderr } = await on('run', '--detach', 'samples/hello.csp')
  for (const name of ['n1', 'n2', 'n3']) assert.is((await on('cordon', name, '--off')).status, 0)
  assert.is(status, 1, stderr)
  assert.match(stderr, /^error\[R0406\]: node n\d is cordoned/)
  await goesOn()
})

deadlineTest('an unknown node is an error, and everything goes on', 20_000, async () => {
  for (const command of [
    ['migrate', 'main/copy', 'n9'],
    ['drain', 'n9'],
    ['cordon', 'n9'],
  ]) {
    const { status, stdout, stderr } = await on(...command)
    assert.is(status, 1)
    assert.is(stdout, '')
    assert.match(stderr, /^error\[R0402\]: .*n9/)
    assert.match(stderr, 'explain: godwit explain R0402')
  }
  await goesOn()
})

deadlineTest('a path that matches nothing is an error, and everything goes on', 20_000, async () => {
  const { status, stderr } = await on('migrate', 'main/nobody*', 'n2')
  assert.is(status, 1)
  assert.match(stderr, /^error\[R0403\]: .*main\/nobody\*/)
  await goesOn()
})

deadlineTest('a name that is taken is refused', 20_000, async () => {
  const { status, stderr } = await godwit(['node', '--engine', `embedded:${cluster}`, '--name', 'n1'], { deadline: 15_000 })
  assert.is(status, 1)
  assert.match(stderr, /^error\[R0409\]/)
})

deadlineTest('a node can join, take processes, be drained and leave', 40_000, async () => {
  let child: ChildProcess | undefined
  const joined = godwit(['node', '--engine', `embedded:${cluster}`, '--name', 'extra', '--no-guests'], {
    started: (c) => (child = c),
  })
  for (let i = 0; i < 100; i++) {
    await delay(100)
    if ((await json<NodeStatus[]>('nodes')).some(({ name }) => name === 'extra')) break
  }
  assert.is((await on('migrate', 'main/copy', 'extra')).status, 1)
  assert.is((await on('cordon', 'extra', '--off')).status, 0)
  await json<MigrationResult>('migrate', 'main/copy', 'extra')
  await goesOn()
  assert.is((await on('drain', 'extra')).status, 0)
  child?.kill('SIGTERM')
  assert.is((await joined).status, 0)
  await goesOn()
})

deadlineTest('a directory that is no cluster is an error', 20_000, async () => {
  const { status, stderr } = await godwit(['ps', '--cluster', temporaryDirectory()])
  assert.is(status, 1)
  assert.match(stderr, /^error\[R0401\]/)
})

deadlineTest('Ctrl-C ends the program and its nodes', 30_000, async () => {
  const nodes = await json<NodeStatus[]>('nodes')
  terminal?.kill('SIGINT')
  const result = await running
  assert.is.not(result?.status, 0)
  await delay(500)
  for (const { pid, name } of nodes) assert.not.ok(existsSync(`/proc/${pid}`), `${name} is still there`)
})

deadlineTest('a cluster whose directory is removed while its nodes start ends at once, with an error', 60_000, async () => {
  const removed = join(directory, 'removed')
  const over = new AbortController()
  const result = godwit(['run', file, '--nodes', '2', '--cluster-dir', removed], { deadline: 20_000 }).finally(() => {
    over.abort()
  })
  while (!over.signal.aborted && !existsSync(join(removed, 'journal-1'))) await delay(5)
  await delay(200)
  rmSync(removed, { recursive: true, force: true, maxRetries: 5 }) // a node may make a file meanwhile
  const { status, stderr } = await result
  assert.is(status, 1, stderr)
  assert.match(stderr, /^error\[R04\d\d\]: /, stderr) // which one depends on who misses it first
})

test.run()
