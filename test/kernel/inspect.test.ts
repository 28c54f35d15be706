/** What is told of processes: paths, states, places, who waits for whom. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Channel, channels, forks, join, replica, spareOf, unit } from '../../runtime/abi.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { Frame } from '../../runtime/kernel/scheduler/state.ts'
import type { Join, Process, Step } from '../../runtime/kernel/scheduler/state.ts'
import {
  callStack,
  deadlock,
  describe,
  findChannel,
  findProcesses,
  liveValues,
  matchPath,
  pathOf,
  processes,
} from '../../runtime/kernel/inspect/inspect.ts'
import { runChaos, runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { Chooser, Combs, Sleeper, U as CELL, Writer } from './machines/cell.ts'
import { Succ } from './machines/commstime.ts'
import { networkMain } from './machines/network.ts'
import { Deep } from './machines/streams.ts'

/** @returns the step function of a machine of cell.ts */
const stepOf = (name: string): Step => {
  const machine = CELL.machines.find((m) => m.name === name)
  if (machine === undefined) throw new Error(name)
  return machine.step
}

function run(...frames: Frame[]): { kernel: Kernel; processes: Process[] } {
  const kernel = new Kernel({ now: () => 0, host: () => false })
  const started = frames.map((f) => kernel.start(f))
  while (kernel.run(100) === 'more');
  return { kernel, processes: started }
}

test('paths name branches by label, replicator value and number', () => {
  const { kernel } = run(
    networkMain(
      {
        channels: 3,
        entries: [
          { kind: 'source', n: 1, ins: [], outs: [0] },
          { kind: 'blocks', n: 2, ins: [0], outs: [1] },
        ],
        open: [2],
        n: 1,
      },
      new Channel(),
    ),
  )
  assert.equal(processes(kernel).map(pathOf), ['main', 'main/report', 'main/blocks[1]', 'main/blocks[1]/pack', 'main/blocks[1]/unpack'])
  assert.equal(findProcesses(kernel, 'main/blocks[1]/*').map(pathOf), ['main/blocks[1]/pack', 'main/blocks[1]/unpack'])
  assert.equal(findProcesses(kernel, 'main/*').length, 2)
  assert.equal(findProcesses(kernel, '**').length, 5)
  const inner = findChannel(kernel, 'main/blocks[1]:middle')
  assert.ok(inner !== undefined)
  assert.is(findChannel(kernel, 'main/blocks[1]/pack:out'), inner)
  assert.is(findChannel(kernel, 'main/blocks[1]/unpack:in'), inner, 'the underscore that saves a reserved word may be left out')
  assert.ok(findChannel(kernel, 'main:c[2]') !== undefined)
  assert.is(findChannel(kernel, 'main:nothing'), undefined)
})

/** A PAR of sleepers that comes three times, of 2, 3 and 1 of them, named from 10, 20 and 30 on. */
class Rounds extends Frame {
  round = 0
  spare: Join | null = null
}

const SLEEPERS = { labels: ['sleeper'], steps: [stepOf('sleeper')], pri: false, replicated: true }

const ROUNDS = unit({
  name: 'rounds',
  machines: [
    {
      name: 'rounds',
      step: (p: Process, f: Rounds) => {
        if (f.pc === 1) {
          f.spare = spareOf(f.pending as Join)
          f.pending = null
        }
        const n = [2, 3, 1][f.round++]
        if (n === undefined) return true
        const j = forks(p, f, SLEEPERS, f.spare, 10 * f.round, 1)
        for (let i = 0; i < n; i++) replica(j, new Sleeper(null, 100 * f.round), stepOf('sleeper'))
        f.pc = 1
        return join(p, j)
      },
      blank: () => new Rounds(null),
      slots: [],
      live: [[], []],
      results: [],
    },
  ],
})

ROUNDS.hash = 'test:rounds'

test('the branches of a PAR that comes again are named by the replicator of this time', () => {
  let now = 0
  const kernel = new Kernel({ now: () => now, host: () => false })
  kernel.start(new Rounds(null))
  const seen: string[][] = []
  for (;;) {
    while (kernel.run(100) === 'more');
    const paths = processes(kernel).map(pathOf)
    if (paths.length === 0) break
    seen.push(paths.slice(1).map((path) => path.slice('main/'.length)))
    now = kernel.timers.next()
  }
  assert.equal(seen, [['sleeper[10]', 'sleeper[11]'], ['sleeper[20]', 'sleeper[21]', 'sleeper[22]'], ['sleeper[30]']])
})

test('patterns match names, not parts of paths', () => {
  assert.ok(matchPath('main/cell[*]', 'main/cell[12]'))
  assert.ok(matchPath('*', 'main'))
  assert.not(matchPath('*', 'main/cell'))
  assert.ok(matchPath('main/**', 'main/a/b'))
  assert.not(matchPath('main/par.2', 'main/parx2'))
})

test('each state has its words', () => {
  const { processes: ps } = run(
    new Writer(null, 0, 1, new Channel()),
    new Chooser(null, false, channels(2), 0, new Int32Array(2)),
    new Sleeper(null, 100),
    new Combs(null, new Channel(), new Channel(), 4),
  )
  assert.equal(
    ps.map((p) => describe(p).words),
    ['waits to output on out', 'waits in an ALT for ins[0], ins[1]', 'waits for the time 101', 'waits for 2 of 2 branches'],
  )
})

test('places come from the debug table', () => {
  CELL.debug = {
    name: 'cell',
    files: ['cell.csp'],
    sites: [],
    machines: CELL.machines.map((m) => ({ name: m.name, points: m.live.map((_, pc) => [0, 10 + pc, 3, 'out ! first + i']) })),
  }
  try {
    const { processes: ps } = run(new Writer(null, 0, 1, new Channel()))
    assert.equal(describe(ps[0] as Process).place, { file: 'cell.csp', line: 11, column: 3, text: 'out ! first + i' })
  } finally {
    CELL.debug = undefined
  }
})

test('live scalars have names and values, frames are listed from the innermost', () => {
  const { processes: ps } = run(new Writer(null, 4, 2, new Channel()))
  assert.equal(liveValues((ps[0] as Process).frame), [
    { name: 'first', value: 4 },
    { name: 'n', value: 2 },
    { name: 'i', value: 0 },
  ])
  const kernel = new Kernel({ now: () => 0, host: () => false })
  const p = kernel.start(new Deep(null, 3))
  for (let i = 0; i < 4; i++) kernel.run(0)
  assert.ok(callStack(p).every(({ machine }) => machine === 'deep'))
})

test('a deadlock shows the ring', () => {
  const ring = channels(3)
  const { kernel, processes: ps } = run(...ring.map((c, i) => new Succ(null, c, ring[(i + 1) % 3] as Channel)))
  const report = deadlock(kernel)
  assert.is(report.blocked.length, 3)
  assert.ok(report.cycle.length === 3 && ps.every((p) => report.cycle.some(({ process }) => process === p)))
  report.cycle.forEach(({ process }, i) => {
    const next = report.cycle[(i + 1) % 3]?.process
    assert.ok(report.edges.some(({ from, to, kind }) => from === process && to === next && kind === 'input'))
  })
})

test('a run that deadlocks tells who is blocked, on whatever nodes', () => {
  const network = {
    channels: 3,
    entries: [
      { kind: 'succ', n: 1, ins: [0], outs: [1] },
      { kind: 'succ', n: 1, ins: [1], outs: [0] },
    ],
    open: [2],
    n: 1,
  } as const
  for (const outcome of [
    runPlain(({ screen }) => networkMain(network, screen)),
    runChaos(({ screen }) => networkMain(network, screen), { seed: 4 }),
  ]) {
    assert.is(outcome.kind, 'deadlock')
    assert.equal(outcome.deadlock?.blocked.map(({ path, words }) => `${path} ${words}`).sort(), [
      'main/report waits to input from ins[0]',
      'main/succ[0] waits to input from in_',
      'main/succ[1] waits to input from in_',
    ])
    assert.equal(outcome.deadlock?.cycle.map(({ path }) => path).sort(), ['main/succ[0]', 'main/succ[1]'])
  }
})

test.run()
