/** Very wide PARs, very deep calls, very deep PARs: captured, moved, restored, looked at, deadlocked. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Channel, Frame, NO_CHANNEL, branch, fork, join, take, unit } from '../../runtime/abi.ts'
import { deadlock, describe, findProcesses, pathOf, processes } from '../../runtime/kernel/inspect/inspect.ts'
import { reachable } from '../../runtime/kernel/inspect/reach.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { ENDED, INPUT, JOIN } from '../../runtime/kernel/scheduler/state.ts'
import type { Process } from '../../runtime/kernel/scheduler/state.ts'
import { captureProgram, restoreProgram } from '../../runtime/kernel/snapshot/snapshot.ts'
import { deadlockReport } from '../../runtime/report/waiting.ts'
import { renderReport } from '../../runtime/report/render.ts'
import { Writer, U as CELL } from './machines/cell.ts'
import { Deep, U as STREAMS } from './machines/streams.ts'
import { Cluster } from './net.ts'

/** PAR i = 0 FOR n, each takes one number from `c`. */
class Wide extends Frame {
  constructor(
    caller: Frame | null,
    public n: number,
    public c: Channel,
  ) {
    super(caller)
  }
}

/** REC PROC nest (VAL INT depth, CHAN INT c?): takes a number from `c` below `depth` PARs, and `SKIP` beside each. */
class Nest extends Frame {
  constructor(
    caller: Frame | null,
    public depth: number,
    public c: Channel,
  ) {
    super(caller)
  }
}

class Taker extends Frame {
  constructor(
    caller: Frame | null,
    public c: Channel,
  ) {
    super(caller)
  }
}

const U = unit({
  name: 'large',
  machines: [
    {
      name: 'wide',
      step: (p: Process, f: Wide): boolean => {
        if (f.pc > 0) return true
        const j = fork(p, f)
        f.pc = 1
        for (let i = 0; i < f.n; i++) branch(j, new Taker(null, f.c), 'taker', i)
        return join(p, j)
      },
      blank: () => new Wide(null, 0, NO_CHANNEL),
      slots: [
        ['n', 'int'],
        ['c', 'chan?'],
      ],
      live: [[0, 1], []],
      results: [],
    },
    {
      name: 'nest',
      step: (p: Process, f: Nest): boolean => {
        if (f.pc > 0) return true
        f.pc = 1
        if (f.depth === 0) return take(p, f.c)
        const j = fork(p, f)
        branch(j, new Nest(null, f.depth - 1, f.c), 'nest')
        return join(p, j)
      },
      blank: () => new Nest(null, 0, NO_CHANNEL),
      slots: [
        ['depth', 'int'],
        ['c', 'chan?'],
      ],
      live: [
        [0, 1],
        [0, 1],
      ],
      results: [],
    },
    {
      name: 'taker',
      step: (p: Process, f: Taker): boolean => {
        if (f.pc > 0) return true
        f.pc = 1
        return take(p, f.c)
      },
      blank: () => new Taker(null, NO_CHANNEL),
      slots: [['c', 'chan?']],
      live: [[0], [0]],
      results: [],
    },
  ],
})
U.hash = 'large'

const units = [U, STREAMS, CELL]
const unitOf = (hash: string): (typeof units)[number] | undefined => units.find((u) => u.hash === hash)
const newKernel = (): Kernel => new Kernel({ now: () => 0, host: () => false })

function runAll(kernel: Kernel): void {
  while (kernel.run(10_000) === 'more');
  if (kernel.failure !== undefined) throw kernel.failure.error
}

/** Looks at a program in every way there is, checkpoints it, goes on in another kernel, moves it there and back. @returns its main process */
function throughEverything(kernel: Kernel, root: Process, states: number): Kernel {
  assert.is(processes(kernel).length, states)
  reachable(kernel)
  for (const p of processes(kernel).slice(-3)) describe(p)
  findProcesses(kernel, 'main')
  renderReport(deadlockReport(kernel))
  const bytes = captureProgram(kernel, [root], {})
  const restored = newKernel()
  restoreProgram(restored, bytes, unitOf, {})
  runAll(restored)
  assert.is(processes(restored).length, states)
  return restored
}

test('a PAR of 140,000 branches is looked at, checkpointed and restored', () => {
  const kernel = newKernel()
  const root = kernel.start(new Wide(null, 140_000, NO_CHANNEL))
  // all wait at channels of their own: one channel has one reader
  kernel.run(0)
  for (const p of processes(kernel)) if (p !== root) (p.frame as Taker).c = new Channel()
  runAll(kernel)
  const restored = throughEverything(kernel, root, 140_001)
  const report = deadlock(restored)
  assert.is(report.blocked.length, 140_000)
})

test('a PAR of 140,000 branches moves to another node and back, as one and its main process alone', () => {
  const c = new Cluster(2, units)
  const { kernel } = c.node(0)
  const root = kernel.start(new Wide(null, 140_000, NO_CHANNEL))
  kernel.run(0)
  for (const p of processes(kernel)) if (p !== root) (p.frame as Taker).c = new Channel()
  c.run()
  const there = c.moveOne(root, 0, 1)
  assert.is(processes(c.node(1).kernel).length, 140_001)
  const back = c.moveOne(there, 1, 0)
  assert.is(back.state, JOIN)
  c.node(0).links.expire()
})

test('a recursion of 100,000 calls is checkpointed in the middle, restored and moved, and comes to its result', () => {
  const kernel = newKernel()
  const root = kernel.start(new Deep(null, 100_000))
  kernel.run(0)
  const bytes = captureProgram(kernel, [root], {})
  const restored = newKernel()
  const [again] = restoreProgram(restored, bytes, unitOf, {}) as [Process]
  for (let i = 0; i < 240; i++) restored.run(0)
  assert.is.not(again.state, ENDED)
  describe(again)
  const deep = captureProgram(restored, [again], {})
  const last = newKernel()
  const [third] = restoreProgram(last, deep, unitOf, {}) as [Process]
  runAll(last)
  assert.is((third.frame as Deep).r, Number(BigInt.asIntN(32, (100_000n * 100_001n) / 2n)))
  const c = new Cluster(2, units)
  const p = c.node(0).kernel.start(new Deep(null, 100_000))
  for (let i = 0; i < 240; i++) c.node(0).kernel.run(0)
  const moved = c.moveOne(p, 0, 1)
  c.settle()
  assert.is((moved.frame as Deep).r, Number(BigInt.asIntN(32, (100_000n * 100_001n) / 2n)))
})

test('PARs nested 20,000 deep are looked at, checkpointed, restored and end', () => {
  const kernel = newKernel()
  const c = new Channel()
  const root = kernel.start(new Nest(null, 20_000, c))
  runAll(kernel)
  const restored = throughEverything(kernel, root, 20_001)
  const innermost = processes(restored).find(({ state }) => state === INPUT) as Process
  assert.match(pathOf(innermost), /^\.\.\.(\/nest){100}$/)
  restored.start(new Writer(null, 1, 1, innermost.value as Channel))
  runAll(restored)
  assert.is(restored.roots.size, 0)
})

test.run()
