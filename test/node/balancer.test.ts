/** Who is given away, and to whom, when nodes have more and less to compute. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Channel, Frame, meter, NO_CHANNEL, preempt, put, take, unit } from '../../runtime/abi.ts'
import type { Process } from '../../runtime/abi.ts'
import type { Member } from '../../runtime/engine/engine.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { Balancer } from '../../runtime/node/migration/balancer.ts'

/** Computes for ever. */
class Spinner extends Frame {
  n = 0
  constructor() {
    super(null)
  }
}

/** Takes and passes on for ever. */
class Relay extends Frame {
  in_ = NO_CHANNEL
  out = NO_CHANNEL
  x = 0
  constructor() {
    super(null)
  }
}

const U = unit({
  name: 'busy',
  machines: [
    {
      name: 'spinner',
      step: (p: Process, f: Spinner) => {
        for (;;) {
          f.n = (f.n + 1) | 0
          f.pc = 1
          if (--meter.fuel < 0) return preempt(p)
        }
      },
      blank: () => new Spinner(),
      slots: [['n', 'int']],
      live: [[0], [0]],
      results: [],
    },
    {
      name: 'relay',
      step: (p: Process, f: Relay) => {
        for (;;) {
          if (f.pc === 0) {
            f.pc = 1
            if (!take(p, f.in_)) return false
          }
          if (f.pc === 1) {
            f.x = p.value as number // what it has taken
            f.pc = 2
            if (!put(p, f.out, f.x)) return false
          }
          f.pc = 0
          if (--meter.fuel < 0) return preempt(p)
        }
      },
      blank: () => new Relay(),
      slots: [
        ['in_', 'chan?'],
        ['out', 'chan!'],
        ['x', 'int'],
      ],
      live: [
        [0, 1],
        [0, 1],
        [0, 1, 2],
      ],
      results: [],
    },
  ],
})
U.hash = 'busy'

const FUEL = 200
const nodes: readonly Member[] = [2, 3].map((index) => ({ index, name: `n${index}`, kind: 'node', address: '' }))

/** A node with nothing on it yet, and what its balancer has given away. */
function site(loads: Readonly<Record<number, number | undefined>>) {
  let now = 0
  let asked = 0
  const kernel = new Kernel({ now: () => 0, host: () => true })
  const placed = new Set<Process>()
  const given: { readonly processes: readonly Process[]; readonly to: string }[] = []
  const balancer = new Balancer({
    kernel,
    clock: { now: () => now },
    isHeld: () => false,
    others: () => nodes,
    isPlaced: (p) => placed.has(p),
    askLoad: ({ index }, done) => {
      asked++
      done(loads[index])
    },
    depart: (processes, to, _, done) => {
      given.push({ processes, to: to.name })
      done({ results: [], takenBack: [] })
    },
    random: () => 0,
  })
  const spinner = (): Process => kernel.start(new Spinner())
  const pair = (): void => {
    const [a, b] = [new Channel(), new Channel()]
    const ring = [new Relay(), new Relay()] as const
    for (const [i, frame] of ring.entries()) {
      frame.in_ = i === 0 ? a : b
      frame.out = i === 0 ? b : a
      kernel.start(frame)
    }
    ring[0].pc = 1 // it has the token
  }
  const run = (slices: number): void => {
    for (let i = 0; i < slices && given.length === 0; i++) {
      for (let k = 0; k < 10; k++)
        if (kernel.run(FUEL) === 'more' && kernel.last !== undefined) balancer.cut(kernel.last, kernel.lastUsed / FUEL)
      now += 1
      balancer.slice()
    }
  }
  return { placed, given, spinner, pair, run, asked: () => asked }
}

test('half of the difference goes to the node that has less', () => {
  const { spinner, run, given } = site({ 2: 5, 3: 2 })
  for (let i = 0; i < 10; i++) spinner()
  run(200)
  assert.equal(
    given.map(({ processes, to }) => [processes.length, to]),
    [[4, 'n3']],
  )
})

test('what is even stays as it is', () => {
  const { spinner, run, given, asked } = site({ 2: 3, 3: 3 })
  for (let i = 0; i < 4; i++) spinner()
  run(300)
  assert.ok(asked() > 0)
  assert.equal(given, [])
})

test('a single process that computes is given to nobody, and nobody is asked', () => {
  const { spinner, run, given, asked } = site({ 2: 0, 3: 0 })
  spinner()
  run(300)
  assert.is(asked(), 0)
  assert.equal(given, [])
})

test('processes that talk all the time stay together', () => {
  const { pair, run, given, asked } = site({ 2: 0, 3: 0 })
  for (let i = 0; i < 20; i++) pair()
  run(300)
  assert.is(asked(), 0)
  assert.equal(given, [])
})

test('of processes that compute and processes that talk, the former go', () => {
  const { pair, spinner, run, given } = site({ 2: 0, 3: 0 })
  const spinners = new Set<Process>()
  for (let i = 0; i < 6; i++) {
    pair()
    spinners.add(spinner())
  }
  run(2_000)
  assert.is(given.length, 1)
  for (const p of given[0]?.processes ?? []) assert.ok(spinners.has(p))
})

test('who was placed stays, and so does everybody when no node takes any', () => {
  const one = site({ 2: 0, 3: 0 })
  for (let i = 0; i < 8; i++) one.placed.add(one.spinner())
  one.run(300)
  assert.equal(one.given, [])
  const other = site({ 2: undefined, 3: undefined })
  for (let i = 0; i < 8; i++) other.spinner()
  other.run(300)
  assert.ok(other.asked() > 0)
  assert.equal(other.given, [])
})

test('where very many are ready to run, a small part of the time goes into looking at them', () => {
  const kernel = new Kernel({ now: () => 0, host: () => true })
  const spinner = kernel.start(new Spinner())
  kernel.start(new Spinner())
  let now = 0
  let looking = 0
  const balancer = new Balancer({
    kernel: {
      low: kernel.low,
      // whoever goes through the queues takes so many milliseconds
      get high() {
        now += 3
        looking += 3
        return kernel.high
      },
    },
    clock: { now: () => now },
    isHeld: () => false,
    others: () => nodes,
    isPlaced: () => false,
    askLoad: (_, done) => {
      done(balancer.load)
    },
    depart: () => undefined,
    random: () => 0,
  })
  for (let i = 0; i < 4_000; i++) {
    balancer.cut(spinner, 1)
    now += 0.5
    assert.ok(balancer.load <= 2)
    balancer.slice()
  }
  assert.ok(looking > 0)
  assert.ok(looking < now / 20, `${looking} of ${now} ms`)
})

test.run()
