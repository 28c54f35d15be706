/** Whole clusters: OS processes that meet through an engine, a program on them, clients that look and move. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MainEntry } from '../../runtime/code/program.ts'
import { connectCluster } from '../../runtime/node/commands/client.ts'
import type { ClusterClient } from '../../runtime/node/commands/client.ts'
import { startCluster, startNode } from '../../runtime/node/commands/cluster.ts'
import type { ClusterOptions, ClusterOutcome, ClusterRun } from '../../runtime/node/program/cluster-run.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { endClusters, engineOf, newCluster, onNats } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { program } from './programs.ts'

interface Running extends ClusterRun {
  readonly screen: () => string
  readonly notices: string[]
  readonly keyboard: PassThrough
  readonly client: () => Promise<ClusterClient>
}

/** Starts a program and sees to it that nothing of it is left in the end. */
async function running(
  main: Pick<MainEntry, 'name' | 'parameters'>,
  options: Partial<ClusterOptions>,
  work: (run: Running) => Promise<void>,
): Promise<void> {
  const shown: Buffer[] = []
  const screen = new PassThrough()
  screen.on('data', (chunk: Buffer) => shown.push(chunk))
  const keyboard = new PassThrough()
  const notices: string[] = []
  const clients: ClusterClient[] = []
  const run = await startCluster(program(main), {
    keyboard,
    screen,
    error: new PassThrough(),
    notice: (text) => notices.push(text),
    ...(onNats ? { clusterDir: newCluster() } : {}), // else a directory that is removed in the end
    ...options,
  })
  try {
    const client = async (): Promise<ClusterClient> => {
      const made = await connectCluster(run.directory)
      clients.push(made)
      return made
    }
    await work({ ...run, screen: () => Buffer.concat(shown).toString('latin1'), notices, keyboard, client })
  } finally {
    await Promise.all(clients.map((c) => c.close()))
    await run.stop()
  }
}

async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof NodeError) return error.code
    throw error
  }
  return 'no error'
}

/** What `PROC numbers (CHAN BYTE screen!)` shows. */
const NUMBERS = 400
const numbers = { name: 'numbers', parameters: ['screen'] } as const
const shown = [...Array.from({ length: NUMBERS }, (_, i) => i & 127), ((NUMBERS * (NUMBERS - 1)) / 2) & 127]
  .map((n) => String.fromCharCode(n))
  .join('')
const spin = { name: 'spin', parameters: [] } as const

async function outcome(run: Running): Promise<ClusterOutcome> {
  return run.finished
}

deadlineTest('a program runs to its end on three nodes, and the run directory goes', 30_000, () =>
  running(numbers, {}, async (run) => {
    const { exit, report } = await outcome(run)
    assert.equal([exit, report], [0, ''])
    assert.is(run.screen(), shown)
    assert.not.ok(existsSync(run.directory))
  }),
)

deadlineTest('it shows the same when its processes roam', 30_000, () =>
  running(numbers, { roam: 2, seed: 1 }, async (run) => {
    const { exit, report, migrations } = await outcome(run)
    assert.equal([exit, report], [0, ''])
    assert.is(run.screen(), shown)
    assert.ok(migrations > 20, `${migrations} migrations`)
  }),
)

deadlineTest('a loop that never communicates moves, there and back, to nodes that never saw its code', 30_000, () =>
  running(spin, {}, async (run) => {
    const client = await run.client()
    assert.equal(
      (await client.processes()).map(({ path, node, state }) => ({ path, node, state })),
      [{ path: 'main', node: 'n1', state: 'ready' }],
    )
    for (const [i, node] of ['n2', 'n3', 'n1', 'n2'].entries()) {
      const [result] = await client.migrate('main', node)
      assert.is(result?.error, undefined)
      assert.is(result?.to, node)
      assert.is((result?.codeBytes ?? 0) > 0, i < 2)
      assert.ok((result?.pauseMicros ?? 0) > 0)
      assert.is((await client.processes())[0]?.node, node)
    }
    const [stays] = await client.migrate('main', 'n2')
    assert.equal([stays?.from, stays?.to, stays?.error], ['n2', 'n2', undefined])
  }),
)

deadlineTest('both ends of a channel migrate a thousand times at the same time', 60_000, () =>
  running({ name: 'endless', parameters: ['screen'] }, {}, async (run) => {
    const client = await run.client()
    const nodes = ['n1', 'n2', 'n3']
    const wander = async (path: string, offset: number): Promise<void> => {
      for (let i = 0; i < 1000; i++) {
        const [result] = await client.migrate(path, nodes[(i + offset) % 3] ?? 'n1')
        assert.is(result?.error, undefined)
      }
    }
    await Promise.all([wander('main/source', 1), wander('main/sum', 2)])
    const text = run.screen()
    assert.ok(text.length > 300, `${text.length} bytes shown`)
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== (i & 127)) assert.unreachable(`byte ${i} is ${text.charCodeAt(i)}`)
  }),
)

deadlineTest('of a node that ends by itself it is told how, and what it said last', 30_000, () =>
  running(spin, { nodes: 2 }, async (run) => {
    const client = await run.client()
    const pid = (await client.nodes()).find(({ name }) => name === 'n1')?.pid ?? 0
    process.kill(pid, 'SIGABRT')
    const { exit, report } = await run.finished
    assert.is(exit, 1)
    assert.match(report, /^error\[R0408\]: node n1 vanished/)
    assert.match(report, /^error\[R0404\]: node n1 was ended by SIGABRT/m)
  }),
)

deadlineTest('a node that is stopped keeps nobody from hearing of the others', 30_000, () =>
  running(spin, {}, async (run) => {
    const silent: string[] = []
    const client = await connectCluster(run.directory, { silent: (name) => silent.push(name) })
    const pid = (await client.nodes()).find(({ name }) => name === 'n2')?.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    try {
      assert.equal(
        (await client.processes()).map(({ path, node }) => [path, node]),
        [['main', 'n1']],
      )
      assert.equal(
        (await client.nodes()).map(({ name }) => name),
        ['n1', 'n3'],
      )
      assert.equal(silent, ['n2'], 'once')
      assert.is(
        await code(client.drain('n2')),
        'R0404',
        'all this came sooner than its lease ran out: else it would be no member any more, R0402',
      )
    } finally {
      process.kill(pid, 'SIGCONT')
      await client.close()
    }
  }),
)

deadlineTest('a client is told what does not exist', 30_000, () =>
  running(spin, { nodes: 2 }, async (run) => {
    const client = await run.client()
    assert.is(await code(client.migrate('main', 'n7')), 'R0402')
    assert.is(await code(client.migrate('nobody', 'n1')), 'R0403')
    assert.is(await code(client.drain('n7')), 'R0402')
    assert.is(await code(client.migrateChannel('nobody:in', 'n1')), 'R0403')
    assert.is(await code(client.migrateChannel('main:in', 'n1')), 'R0411')
    assert.is(await code(connectCluster(tmpdir())), 'R0401')
    assert.is(await code(startNode({ engine: engineOf(run.directory), name: 'n1' })), 'R0409')
    const removed = onNats ? newCluster() : join(run.directory, 'removed')
    assert.is(await code(startNode({ engine: engineOf(removed), create: false })), 'R0401')
    assert.not(existsSync(removed))
    assert.equal(
      (await client.nodes()).map(({ name, index, programs }) => ({ name, index, programs })),
      [
        { name: 'n1', index: 0, programs: 1 },
        { name: 'n2', index: 1, programs: 0 },
      ],
    )
  }),
)

deadlineTest('a drained node is empty, and the program goes on', 30_000, () =>
  running({ name: 'endless', parameters: ['screen'] }, {}, async (run) => {
    const client = await run.client()
    const results = await client.drain('n1')
    assert.equal(
      results.map(({ process, error }) => [process, error]).sort(),
      ['main', 'main/relay', 'main/source', 'main/sum'].map((path) => [path, undefined]),
    )
    assert.not.ok((await client.processes()).some(({ node }) => node === 'n1'))
    const before = run.screen().length
    while (run.screen().length < before + 100) await delay(5)
  }),
)

deadlineTest("a channel's home moves by itself, and what its ends need of other nodes is told", 30_000, () =>
  running({ name: 'endless', parameters: ['screen'] }, {}, async (run) => {
    const client = await run.client()
    await client.migrate('main/source', 'n2')
    const before = run.screen().length
    for (const node of ['n3', 'n2', 'n1', 'n3']) {
      for (let tries = 0; tries < 50; tries++) {
        // the home goes back to its reader as soon as that wants to read, so it may be elsewhere for a moment
        const results = await client.migrateChannel('main/relay:in', node).catch(() => [])
        if (results.length > 0) break
      }
    }
    const residual = (await client.processes({ residual: true, pattern: 'main/source' }))[0]?.residual ?? []
    assert.ok(
      residual.some(({ node }) => node === 'n1'),
      JSON.stringify(residual),
    )
    while (run.screen().length < before + 100) await delay(5)
    const text = run.screen()
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== (i & 127)) assert.unreachable(`byte ${i} is ${text.charCodeAt(i)}`)
  }),
)

deadlineTest('after a drain the branches on other nodes no longer name the node their parent has left', 30_000, () =>
  running({ name: 'endless', parameters: ['screen'] }, {}, async (run) => {
    const client = await run.client()
    await client.migrate('main/source', 'n2')
    const ends = async (): Promise<readonly string[]> =>
      ((await client.processes({ residual: true, pattern: 'main/source' }))[0]?.residual ?? [])
        .filter(({ why }) => why === 'reports its end there')
        .map(({ node }) => node)
    assert.equal(await ends(), ['n1'])
    await client.drain('n1')
    const main = (await client.processes({ pattern: 'main' }))[0]?.node
    assert.equal(await ends(), main === 'n2' ? [] : [main])
    assert.is.not(main, 'n1')
  }),
)

// on NATS each member's store is where nobody knows it
if (!onNats)
  deadlineTest('code that was damaged in one store comes from another', 30_000, () =>
    running(spin, { nodes: 2 }, async (run) => {
      const store = join(run.directory, 'code', 'n1')
      for (const name of readdirSync(store))
        if (name.endsWith('.json')) writeFileSync(join(store, name), readFileSync(join(store, name), 'utf8').replace('spin', 'spun'))
      const client = await run.client()
      const [result] = await client.migrate('main', 'n2')
      assert.is(result?.error, undefined)
      assert.ok((result?.codeBytes ?? 0) > 0)
    }),
  )

deadlineTest('nodes are not started beside nodes of the same names', 30_000, () =>
  running({ name: 'endless', parameters: ['screen'] }, { nodes: 2 }, async (run) => {
    const streams = { keyboard: new PassThrough(), screen: new PassThrough(), error: new PassThrough() }
    assert.is(await code(startCluster(program(spin), { ...streams, nodes: 2, clusterDir: run.directory })), 'R0409')
    const before = run.screen().length
    while (run.screen().length < before + 100) await delay(5) // the first one goes on
  }),
)

deadlineTest('nodes end with the terminal that has started them', 30_000, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  const cluster = onNats ? newCluster() : join(directory, 'cluster')
  const script = join(directory, 'terminal.mts')
  writeFileSync(
    script,
    `import { startCluster } from ${JSON.stringify(new URL('../../runtime/node/commands/cluster.ts', import.meta.url).href)}
     import { program } from ${JSON.stringify(new URL('./programs.ts', import.meta.url).href)}
     await startCluster(program({ name: 'spin', parameters: [] }), { keyboard: process.stdin, screen: process.stdout, error: process.stderr, nodes: 2, clusterDir: ${JSON.stringify(cluster)} })
     console.log('running')`,
  )
  const terminal = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(terminal.stdout, 'data')
    const client = await connectCluster(cluster)
    const pids = (await client.nodes()).map(({ pid }) => pid)
    await client.close()
    assert.is(pids.length, 2)
    terminal.kill('SIGKILL')
    while (pids.some(isAlive)) await delay(20)
  } finally {
    terminal.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
})

deadlineTest('processes that each wait for the other on different nodes are a deadlock', 30_000, () =>
  running({ name: 'stuck.later', parameters: ['keyboard'] }, {}, async (run) => {
    const client = await run.client()
    await client.migrate('main/left', 'n2')
    await client.migrate('main/right', 'n3')
    run.keyboard.end()
    const { exit, report } = await outcome(run)
    assert.is(exit, 3)
    assert.match(report, 'main/left')
    assert.match(report, 'main/right')
  }),
)

deadlineTest('the keyboard reaches a program that moves', 30_000, () =>
  running({ name: 'echo', parameters: ['keyboard', 'screen'] }, {}, async (run) => {
    const client = await run.client()
    for (const [text, node] of [
      ['one ', 'n2'],
      ['two ', 'n3'],
      ['three', 'n1'],
    ] as const) {
      run.keyboard.write(text)
      while (!run.screen().endsWith(text)) await delay(2)
      await client.migrate('main', node)
    }
    run.keyboard.end()
    assert.is((await outcome(run)).exit, 0)
    assert.is(run.screen(), 'one two three')
  }),
)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function kill(run: Running, name: string): Promise<void> {
  const client = await run.client()
  const node = (await client.nodes()).find((n) => n.name === name)
  if (node === undefined) throw new Error(`there is no ${name}`)
  process.kill(node.pid, 'SIGKILL')
}

deadlineTest('a vanished node that had nothing is no more than a notice', 30_000, () =>
  running({ name: 'echo', parameters: ['keyboard', 'screen'] }, {}, async (run) => {
    await kill(run, 'n2')
    while (!run.notices.some((text) => text.includes('n2 vanished'))) await delay(5)
    run.keyboard.end('still here')
    assert.is((await outcome(run)).exit, 0)
    assert.is(run.screen(), 'still here')
  }),
)

deadlineTest('a node that vanishes with a process is named, with the process, when the program cannot end without it', 30_000, () =>
  running({ name: 'endless', parameters: ['screen'] }, {}, async (run) => {
    const client = await run.client()
    await client.migrate('main/relay', 'n3')
    await kill(run, 'n3')
    const { exit, report } = await outcome(run)
    assert.is(exit, 1)
    assert.match(report, 'main/relay')
    assert.match(report, 'n3')
  }),
)

deadlineTest('a node that leaves in good order has not vanished', 60_000, async () => {
  const cluster = newCluster()
  const [first, second] = [await startNode({ engine: engineOf(cluster) }), await startNode({ engine: engineOf(cluster) })]
  try {
    await running({ name: 'endless', parameters: ['screen'] }, { nodes: 0, clusterDir: cluster }, async (run) => {
      const told: string[] = []
      await running(
        { name: 'endless', parameters: ['screen'] },
        { nodes: 0, clusterDir: cluster, moved: ({ to }) => told.push(to) },
        async (other) => {
          await first.leave()
          const about = (text: string): boolean => text.startsWith('node n1 ')
          while (![run, other].every(({ notices }) => notices.some(about))) await delay(5)
          assert.equal(run.notices.filter(about), ['node n1 has left'])
          assert.equal(other.notices.filter(about), ['node n1 has left'])
          assert.ok(told.length > 0 && told.every((to) => to === 'n2'), told.join(' '))
        },
      )
    })
  } finally {
    await second.stop()
    await first.stop()
  }
})

deadlineTest('nodes that are there already take programs, several at a time', 60_000, async () => {
  const cluster = newCluster()
  const nodes = [await startNode({ engine: engineOf(cluster) }), await startNode({ engine: engineOf(cluster) })]
  try {
    assert.equal(
      nodes.map(({ name }) => name),
      ['n1', 'n2'],
    )
    await running(numbers, { nodes: 0, clusterDir: cluster }, (first) =>
      running(numbers, { nodes: 0, clusterDir: cluster, roam: 5 }, async (second) => {
        assert.equal([(await outcome(first)).exit, (await outcome(second)).exit], [0, 0])
        assert.equal([first.screen(), second.screen()], [shown, shown])
      }),
    )
    assert.ok(onNats || existsSync(cluster))
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
})

test.after(endClusters)
test.run()
