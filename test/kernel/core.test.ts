/** The kernel by itself: scheduling, channels, ALT, timers, calls, joins, faults. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Frame } from '../../runtime/abi.ts'
import { Channel, channels, put } from '../../runtime/abi.ts'
import { Fault } from '../../runtime/kernel/scheduler/fault.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { ENDED, GONE, HOST, INPUT, JOIN, OUTPUT } from '../../runtime/kernel/scheduler/state.ts'
import type { Process } from '../../runtime/kernel/scheduler/state.ts'
import { callStack } from '../../runtime/kernel/inspect/inspect.ts'
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { Choices } from '../../runtime/kernel/testing/choices.ts'
import { ArrayReader, ArrayWriter, Asker, Chooser, Combs, Counter, Reader, Sleeper, Writer } from './machines/cell.ts'
import { Consume, Delta, Prefix, Succ } from './machines/commstime.ts'
import { Failing } from './machines/failing.ts'
import { networkMain, randomNetwork } from './machines/network.ts'
import { Deep } from './machines/streams.ts'

function kernel(now: () => number = () => 0, extra: Partial<ConstructorParameters<typeof Kernel>[0]> = {}): Kernel {
  return new Kernel({ now, host: () => false, ...extra })
}

function runAll(k: Kernel, fuel = 1000): void {
  while (k.run(fuel) === 'more');
  if (k.failure !== undefined) throw k.failure.error
}

test('commstime counts', () => {
  const k = kernel()
  const [a, b, c, d] = channels(4) as [Channel, Channel, Channel, Channel]
  k.start(new Prefix(null, 0, c, a))
  k.start(new Delta(null, a, b, d))
  k.start(new Succ(null, b, c))
  const consume = new Consume(null, 1000, d)
  const p = k.start(consume)
  runAll(k, 100)
  assert.is(p.state, ENDED)
  assert.is(consume.last, 999)
})

test('a ring passes its token whatever the fuel', () => {
  for (const fuel of [0, 1, 7, 100000]) {
    const k = kernel()
    const ring = channels(20)
    ring.forEach((c, i) => k.start(new Succ(null, c, ring[(i + 1) % 20] as Channel)))
    const token = k.start(new Writer(null, 5, 1, ring[0] as Channel))
    for (let i = 0; i < 500; i++) k.run(fuel)
    assert.is(token.state, ENDED)
  }
})

test('an output waits for its input, an input for its output', () => {
  const k = kernel()
  const c = new Channel()
  const w = k.start(new Writer(null, 7, 1, c))
  runAll(k)
  assert.is(w.state, OUTPUT)
  const got = new Int32Array(2)
  const r = k.start(new Reader(null, c, got))
  runAll(k)
  assert.is(w.state, ENDED)
  assert.is(r.state, INPUT)
  k.start(new Writer(null, 8, 1, c))
  runAll(k)
  assert.equal([...got], [7, 8])
})

test('a reader has a copy of an array before the writer goes on, whoever comes first', () => {
  for (const readerFirst of [true, false]) {
    const k = kernel()
    const c = new Channel()
    const memory = Int32Array.of(1, 2, 3, 4)
    const reader = new ArrayReader(null, c, new Int32Array(3), new Int32Array(2))
    const writer = new ArrayWriter(null, memory.subarray(0, 3), memory.subarray(2, 4), c)
    for (const frame of readerFirst ? [reader, writer] : [writer, reader]) k.start(frame)
    runAll(k)
    assert.equal([...reader.first], [1, 2, 3])
    assert.equal([...reader.second], [99, 4])
  }
})

test('an ALT takes what is ready, waits for what is not, and forgets what it has enabled', () => {
  const k = kernel()
  const ins = channels(3)
  const got = new Int32Array(8)
  const alt = k.start(new Chooser(null, true, ins, 0, got))
  runAll(k)
  k.start(new Writer(null, 10, 2, ins[1] as Channel))
  runAll(k)
  k.start(new Writer(null, 30, 1, ins[2] as Channel))
  k.start(new Writer(null, 20, 1, ins[0] as Channel))
  runAll(k)
  assert.is(alt.state, ENDED)
  assert.equal([...got].slice(0, 4), [1, 10, 1, 11])
  assert.equal([...got].slice(4), [0, 20, 2, 30]) // woken by 2, but 0 was there before it ran
})

test('a fair ALT serves every guard that stays ready', () => {
  const k = kernel()
  const ins = channels(4)
  const got = new Int32Array(2 * 400)
  for (const c of ins) k.start(new Writer(null, 0, 1000, c))
  k.start(new Chooser(null, false, ins, 0, got))
  runAll(k)
  const counts = [0, 1, 2, 3].map((guard) => got.filter((v, i) => i % 2 === 0 && v === guard).length)
  assert.ok(
    counts.every((n) => n > 0),
    String(counts),
  )
})

test('a guard of time is ready after its time, not before', () => {
  let now = 100
  const k = kernel(() => now)
  const got = new Int32Array(2)
  const p = k.start(new Chooser(null, true, channels(2), 200, got))
  runAll(k)
  now = 200
  runAll(k)
  assert.is.not(p.state, ENDED)
  now = 201
  runAll(k)
  assert.equal([...got], [2, -1])
})

test('timers wake in the order of their times, also when the 32-bit clock wraps', () => {
  let now = 2 ** 31 - 50
  const k = kernel(() => now)
  const frames = [70, 20, 45].map((d) => new Sleeper(null, (now + d) | 0))
  for (const f of frames) k.start(f)
  runAll(k)
  for (; now < 2 ** 31 + 100; now++) runAll(k)
  assert.equal(
    frames.map((f) => f.woken - 2 ** 31 + 50),
    [71, 21, 46],
  )
})

test('a wait ends when the reading of the clock is AFTER its time, however far that is', () => {
  const MOST = 0x7fffffff
  for (const begin of [0, 5, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 17, 2 ** 40]) {
    for (const ahead of [-MOST - 1, -MOST, -1, 0, 1, 1000, MOST - 1, MOST]) {
      const t = (begin + ahead) | 0
      const due = kernel(() => begin).timeAfter(t)
      const isAfter = (time: number): boolean => ((time - t) | 0) > 0
      if (due > begin) assert.not.ok(isAfter(due - 1), `${begin} + ${ahead}`)
      assert.ok(isAfter(Math.max(due, begin)), `${begin} + ${ahead}`)
    }
  }
})

test('an ALT with a time-out in a loop leaves no heap of stale timers', () => {
  const k = kernel()
  const c = new Channel()
  k.start(new Chooser(null, false, [c], 1_000_000, new Int32Array(2 * 20_000)))
  k.start(new Writer(null, 0, 20_000, c))
  runAll(k)
  assert.ok(k.timers.size <= 200, String(k.timers.size))
})

test('recursion goes deeper than the native stack', () => {
  for (const fuel of [0, 13, 1_000_000]) {
    const k = kernel()
    const depth = fuel === 0 ? 1000 : 50_000
    const f = new Deep(null, depth)
    k.start(f)
    runAll(k, fuel)
    assert.is(f.r, ((depth * (depth + 1)) / 2) | 0)
  }
})

test('a loop without communication is stopped by its fuel and goes on', () => {
  const k = kernel()
  const f = new Counter(null, 1000)
  k.start(f)
  assert.is(k.run(10), 'more')
  assert.ok(f.i > 0 && f.i < 20)
  runAll(k, 10)
  assert.is(f.i, 1000)
})

test('a process of high priority runs before those of low priority', () => {
  const k = kernel()
  const order: string[] = []
  const note = (p: Process, name: string): void => {
    const { step } = p
    p.step = (q, f) => {
      order.push(name)
      return step(q, f)
    }
  }
  note(k.start(new Counter(null, 5), 1), 'low')
  note(k.start(new Counter(null, 5)), 'high')
  runAll(k, 0)
  assert.is(order.lastIndexOf('high') < order.indexOf('low'), true, order.join(' '))
})

test('branches give back scalars and write arrays in place', () => {
  const k = kernel()
  const [even, odd] = channels(2) as [Channel, Channel]
  const f = new Combs(null, even, odd, 6)
  const p = k.start(f)
  k.start(new Writer(null, 10, 3, even))
  k.start(new Writer(null, 20, 3, odd))
  k.run(2)
  runAll(k)
  assert.is(p.state, ENDED)
  assert.equal([...f.a], [10, 20, 11, 21, 12, 22])
  assert.is(f.sums, 33 * 1000 + 63)
})

test('a parent waits in state JOIN', () => {
  const k = kernel()
  const p = k.start(new Combs(null, new Channel(), new Channel(), 4))
  runAll(k)
  assert.is(p.state, JOIN)
})

test('the host answers at once, later, or not at all', () => {
  const at = new Asker(null, 20)
  const k = kernel(() => 0, {
    host: (p) => {
      p.value = 21
      return true
    },
  })
  k.start(at)
  runAll(k)
  assert.is(at.answer, 21)
  const later = kernel()
  const f = new Asker(null, 1)
  const p = later.start(f)
  runAll(later)
  assert.is(p.state, HOST)
  later.wake(p, 5)
  later.wake(p, 6) // it does not wait any more
  runAll(later)
  assert.is(f.answer, 5)
})

test('a fault in a callee names the innermost frame and leaves the others as they are', () => {
  const k = kernel()
  const c = new Channel()
  const other = k.start(new Writer(null, 0, 1, c))
  const failing = k.start(new Failing(null, 3))
  assert.is(k.run(1000), 'stopped')
  assert.instance(k.failure?.error, Fault)
  assert.is(k.failure?.process, failing)
  assert.equal(
    callStack(failing).map(({ machine }) => machine),
    ['failing', 'failing', 'failing', 'failing'],
  )
  assert.is((failing.frame as Failing).depth, 0)
  assert.is(failing.step, failing.frame.machine.step)
  assert.is(other.state, OUTPUT)
  assert.is(k.run(1000), 'stopped')
})

test('the shell of a process that has left does nothing', () => {
  const k = kernel()
  const p = k.start(new Counter(null, 5))
  p.state = GONE
  p.step = () => false
  assert.is(k.run(100), 'idle')
})

test('what a network gives does not depend on the schedule', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(12), fc.integer(), (seed, size, schedule) => {
      const network = randomNetwork(new Choices(seed).below, size)
      const main = ({ screen }: { screen: Channel }): Frame => networkMain(network, screen)
      const plain = runPlain(main)
      const other = runPlain(main, { seed: schedule })
      assert.is(other.kind, plain.kind)
      assert.equal(other.screen, plain.screen)
    }),
    { numRuns: times(150) },
  )
})

test('two processes may not output on one channel', () => {
  const k = kernel()
  const c = new Channel()
  const p = k.start(new Writer(null, 0, 1, c))
  runAll(k)
  const q = k.start(new Writer(null, 0, 1, c))
  assert.throws(() => put(q, c, 1), /two processes/)
  assert.is(p.state, OUTPUT)
})

test.run()
