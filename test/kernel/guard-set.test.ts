/** ALTs whose guards are registered once: what is chosen, who is told to wait for what, and when the guards are registered again. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Channel, GuardSet, Process } from '../../runtime/abi.ts'
import { altChannel, altStart, altWait, channels, Frame, guardSet, take, unit } from '../../runtime/abi.ts'
import { enabled } from '../../runtime/kernel/inspect/process-info.ts'
import { Fault } from '../../runtime/kernel/scheduler/fault.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { ALT, INPUT } from '../../runtime/kernel/scheduler/state.ts'
import { Reader, Writer } from './machines/cell.ts'

/** Chooses among all its channels, again and again, in the form that the compiler writes. */
class Wide extends Frame {
  guards: GuardSet | null = null
  readonly got: number[] = []
  constructor(
    readonly pri: boolean,
    readonly c: Channel[],
  ) {
    super(null)
  }
}

const U = unit({
  name: 'wide',
  machines: [
    {
      name: 'wide',
      step: (p: Process, f: Wide) => {
        for (;;) {
          const n = f.c.length
          let chosen = f.guards === null ? -2 : f.guards.choose(p)
          if (chosen === -2) {
            const start = altStart(p, f.pri, n)
            if (start >= 0) for (let k = start, left = n; left > 0; left--, k = (k + 1) % n) if (altChannel(p, f.c[k] as Channel, k)) break
            chosen = altWait(p, U, 0)
            f.guards ??= guardSet(p, f.pri, n)
          }
          if (chosen < 0) return false
          if (!take(p, f.c[chosen] as Channel)) throw new Error('a guard was chosen that is not ready')
          f.got.push(chosen)
        }
      },
      blank: () => new Wide(false, []),
      slots: [['c', 'chans?']],
      live: [[0]],
      results: [],
    },
  ],
})

function run(k: Kernel): void {
  while (k.run(1000) === 'more');
  if (k.failure !== undefined) throw k.failure.error
}

function wide(n: number, pri = false): { k: Kernel; c: Channel[]; frame: Wide; p: Process; send: (...to: number[]) => void } {
  const k = new Kernel({ now: () => 0, host: () => false })
  const c = channels(n)
  const frame = new Wide(pri, c)
  const p = k.start(frame)
  const send = (...to: number[]): void => {
    for (const i of to) k.start(new Writer(null, 1, 1, c[i] as Channel))
    run(k)
  }
  run(k)
  return { k, c, frame, p, send }
}

test('each message is taken once, whatever the number of guards', () => {
  for (const n of [8, 31, 32, 33, 100, 1024, 1025, 5000]) {
    const { frame, send } = wide(n)
    const all = [0, 7, n - 1, n >> 1, 7, 0, n - 1]
    for (const i of all) send(i)
    assert.equal(frame.got, all, `${n} guards`)
    const together = [...new Set([...all, n - 2])]
    send(...together)
    assert.equal(new Set(frame.got.slice(all.length)), new Set(together))
    assert.is(frame.got.length, all.length + together.length)
  }
})

test('a PRI ALT takes the first that is ready', () => {
  const { frame, send } = wide(100, true)
  send(1)
  send(2)
  send(3)
  send(90, 12, 45, 3, 77)
  assert.equal(frame.got.slice(3), [3, 12, 45, 77, 90])
})

test('one that waits is seen to wait for every channel', () => {
  const { c, p, send } = wide(20)
  for (let i = 0; i < 5; i++) {
    assert.is(p.state, ALT)
    assert.equal(enabled(p), c)
    send(i)
  }
})

test('another process at one of the channels is a fault, whoever comes first', () => {
  const first = wide(20)
  for (let i = 0; i < 5; i++) first.send(i)
  first.k.start(new Reader(null, first.c[3] as Channel, new Int32Array(1)))
  assert.throws(
    () => {
      run(first.k)
    },
    (e: unknown) => e instanceof Fault && e.code === 'R0109',
  )

  const second = wide(20)
  for (let i = 0; i < 5; i++) second.send(i)
  const { k, c } = second
  // The set is woken, and before it runs another reader comes: it is there first.
  k.start(new Writer(null, 1, 1, c[5] as Channel))
  k.start(new Reader(null, c[3] as Channel, new Int32Array(1)))
  assert.throws(
    () => {
      run(k)
    },
    (e: unknown) => e instanceof Fault && e.code === 'R0109',
  )
})

test('two sets on the same channels take turns', () => {
  const { k, c, frame, p, send } = wide(20)
  for (let i = 0; i < 5; i++) send(i)
  // The first is ended by hand: what it has registered is nobody's.
  p.state = INPUT
  const other = new Wide(false, c)
  k.start(other)
  run(k)
  for (let i = 0; i < 30; i++) send(i % 20)
  assert.is(frame.got.length, 5)
  assert.is(other.got.length, 30)
})

test.run()
