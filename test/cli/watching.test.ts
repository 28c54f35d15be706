/** Watching a cluster: what nodes tell of themselves, `godwit top`, and `godwit graph --cluster`. */
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { livingNetwork } from '../../cli/pictures/living-network.ts'
import { rowsOf, type Rows, type Sample } from '../../cli/top/rates.ts'
import { screenOf, type Choice } from '../../cli/top/screen.ts'
import type { Network } from '../../compiler/index.ts'
import { connectCluster, type ClusterClient, type NodeMeasures } from '../../runtime/node/commands/client.ts'
import { decodeBase64 } from '../../runtime/node/wire/base64.ts'
import { packNumbers, unpackNumbers } from '../../runtime/node/wire/packed-numbers.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

const RING = `VAL INT cells IS 4:
PROC cell (CHAN INT in?, out!)
  TIMER clock:
  INT now, x:
  [3]INT seen:
  SEQ
    seen := [7, 8, 9]
    WHILE TRUE
      SEQ
        in ? x
        seen[0] := x
        clock ? now
        clock ? AFTER now PLUS 5000
        out ! x + seen[1]
:
PROC start (CHAN INT in?, out!)
  INT x:
  SEQ
    out ! 0
    WHILE TRUE
      SEQ
        in ? x
        out ! x /\\ 255
:
PROC main ()
  [cells + 1]CHAN INT link:
  PAR
    start (link[cells]?, link[0]!)
    PAR i = 0 FOR cells
      cell (link[i]?, link[i + 1]!)
:
`

const directory = temporaryDirectory()
const cluster = join(directory, 'cluster')
const file = join(directory, 'ring.csp')
let terminal: ChildProcess | undefined
let running: Promise<Result> | undefined
let client: ClusterClient

test.before(async () => {
  writeFileSync(file, RING)
  running = godwit(['run', file, '--nodes', '2', '--cluster-dir', cluster, '--balance', 'off'], {
    deadline: 200_000,
    started: (child) => (terminal = child),
  })
  for (let i = 0; ; i++) {
    try {
      client = await connectCluster(cluster)
      if ([...(await client.survey()).values()].flat().length > 2) return
      await client.close()
    } catch (error) {
      if (i === 300) throw error
    }
    assert.ok(i < 300)
    await delay(100)
  }
})

test.after(async () => {
  await client.close()
  terminal?.kill('SIGINT')
  await running
})

test('numbers are packed as differences', () => {
  for (const numbers of [[], [0], [5, 6, 7], [-3, 100_000, 2, 2, -2147483648, 2147483647]])
    assert.equal(unpackNumbers(packNumbers(numbers)), numbers)
  assert.is(packNumbers(Array.from({ length: 1000 }, (_, i) => i)).length, 1000)
})

deadlineTest('a node tells of all its processes, of their channels, and of one in full', 60_000, async () => {
  await client.migrate('main/par.2/cell[2]', 'n2')
  const survey = await client.survey()
  const here = [...survey].map(([node, groups]) => [
    node,
    groups.map(({ path, indices }) => (indices === undefined ? path : `${path} ${unpackNumbers(decodeBase64(indices)).join()}`)),
  ])
  assert.equal(Object.fromEntries(here.map(([node, paths]) => [node, Array.isArray(paths) ? paths.toSorted() : []])), {
    n1: ['main', 'main/par.2', 'main/par.2/cell 0,1,3', 'main/start'],
    n2: ['main/par.2/cell 2'],
  })
  const network = livingNetwork(survey, await client.wiring())
  const named = (id: number): string => `${network.processes[id]?.name}@${network.processes[id]?.on}`
  const edges = network.channels.flatMap(({ writers, readers }) => writers.flatMap((w) => readers.map((r) => `${named(w)} ${named(r)}`)))
  assert.equal(edges.sort(), [
    'cell[0]@n1 cell[1]@n1',
    'cell[1]@n1 cell[2]@n2',
    'cell[2]@n2 cell[3]@n1',
    'cell[3]@n1 start@n1',
    'start@n1 cell[0]@n1',
  ])
  const [{ program } = { program: '' }] = await client.programs.all()
  const detail = await client.inspect(program, 'main/par.2/cell[2]')
  assert.ok(detail)
  assert.is(detail.node, 'n2')
  assert.equal(detail.channels.map(({ name, direction }) => name + direction).sort(), ['in?', 'out!'])
  const [activation] = detail.stack
  assert.ok(activation)
  assert.match(activation.file, 'ring.csp')
  assert.ok(activation.line >= 10 && activation.line <= 14, String(activation.line))
  assert.match(activation.locals.find(([name]) => name === 'seen')?.[1] ?? '', /^\[\d+, 8, 9\]$/)
  assert.ok(detail.residual.some(({ node }) => node === 'n1'))
  assert.is(await client.inspect(program, 'main/nobody'), undefined)
  assert.is(await client.inspect('999', 'main'), undefined)
})

deadlineTest('measures count processes by their states, and remember moves', 60_000, async () => {
  await client.migrate('main/par.2/cell[3]', 'n2')
  const measures = await client.measures()
  assert.equal(
    measures.map(({ name }) => name),
    ['n1', 'n2'],
  )
  const total = measures.flatMap(({ programs }) => programs.flatMap(({ states }) => Object.values(states))).reduce((sum, n) => sum + n, 0)
  assert.is(total, 7)
  const [n1] = measures
  assert.is(n1?.moves.at(-1)?.process, 'main/par.2/cell[3]')
  assert.is(n1?.moves.at(-1)?.to, 'n2')
  assert.ok((n1?.cpuSeconds ?? 0) > 0 && (n1?.residentBytes ?? 0) > 1e6)
})

deadlineTest('the commands, in a pipe', 60_000, async () => {
  const once = await godwit(['top', '--cluster', cluster, '--every', '200ms'])
  assert.is(once.status, 0, once.stderr)
  assert.match(once.stdout, /^NODE +STATE +CPU %.*\nn1 +ready/)
  assert.match(once.stdout, /ring\.csp#\d+/)
  assert.not.match(once.stdout, '\x1b')
  const json = JSON.parse((await godwit(['top', '--cluster', cluster, '--json', '--every', '200ms'])).stdout) as Rows
  assert.equal(
    json.nodes.map(({ name }) => name),
    ['n1', 'n2'],
  )
  assert.is(json.programs[0]?.processes, 7)
  const drawn = await godwit(['graph', '--cluster', cluster, '--json', '--fold', '2'])
  assert.is(drawn.status, 0, drawn.stderr)
  const network = JSON.parse(drawn.stdout) as Network
  assert.is(network.processes.find(({ name }) => name === 'cell')?.copies, '4')
  const nobody = await godwit(['graph', '--cluster', cluster, 'nobody.csp'])
  assert.is(nobody.status, 1)
  assert.match(nobody.stderr, 'no program is called nobody.csp')
})

const node = (name: string, cpuSeconds: number, sent: number): NodeMeasures => ({
  name,
  host: 'h',
  pid: 1,
  nodes: 2,
  load: 0,
  arrivals: 0,
  departures: 0,
  ready: true,
  joined: true,
  leaving: false,
  cordoned: false,
  store: { answers: true, silentMs: 0 },
  cpuSeconds,
  uptimeSeconds: 100,
  residentBytes: 5e7,
  heapBytes: 1e7,
  programs: [
    {
      program: '1',
      name: 'a.csp#1',
      states: { ready: 2, input: 3 },
      sent,
      received: 0,
      cuts: sent,
      cutPauseMicros: 0,
      lastCutPauseMicros: 1500,
    },
  ],
  moves: [
    { number: 1, program: '1', process: `main/${'deep/'.repeat(20)}cell[5]`, to: 'n2', bytes: 100, pauseMicros: 900, at: 1, cause: 'hand' },
  ],
})
const sample = (at: number, cpu: number, sent: number): Sample => ({
  at,
  nodes: [node('n1', cpu, sent), node('n2', 0, 0)],
  programs: [{ program: '1', name: 'a.csp#1', source: 'a.csp', home: 'n1', state: 'running', durable: true }],
})

test('rates are those between two looks', () => {
  const { nodes, programs } = rowsOf(sample(2000, 11, 60), sample(0, 10, 20))
  assert.is(nodes[0]?.cpuPercent, 50)
  assert.is(nodes[0]?.messagesPerSecond, 20)
  assert.is(programs[0]?.messagesPerSecond, 20)
  assert.is(programs[0]?.cutsPerSecond, 20)
  assert.is(programs[0]?.processes, 10)
})

test('the screen of top fits into 60 and 80 columns', () => {
  const rows = rowsOf(sample(2000, 11, 1e6), sample(0, 10, 20))
  const choice: Choice = { sort: 'name', reversed: false, help: false, paused: false }
  for (const columns of [60, 80, 200])
    for (const each of [choice, { ...choice, help: true }, { ...choice, sort: 'cpu', node: 'n2', program: 'a.csp#1' } as const]) {
      const lines = screenOf('godwit top  /tmp/some/where/that/is/rather/long/for/a/terminal/of/60/columns', rows, each, {
        columns,
        rows: 15,
      })
      assert.ok(lines.length <= 15)
      for (const line of lines) assert.ok(line.replace(/\x1b\[\d+m/g, '').length <= columns, line)
    }
  const only = screenOf('', rows, { ...choice, node: 'n2' }, { columns: 80 }).join('\n')
  assert.match(only, /^n2 /m)
  assert.not.match(only, /^n1 /m)
})

test.run()
