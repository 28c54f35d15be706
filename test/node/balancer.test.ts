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

/** Computes for so many rounds. */
class Sprinter extends Frame {
  constructor(public left = 0) {
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
      name: 'sprinter',
      step: (p: Process, f: Sprinter) => {
        while (f.left > 0) {
          f.left--
          f.pc = 1
          if (--meter.fuel < 0) return preempt(p)
        }
        return true
      },
      blank: () => new Sprinter(),
      slots: [['left', 'int']],
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
/** A run lasts for so long, and a slice is ten of them. */
const RUN_MS = 0.1
const nodes: readonly Member[] = [2, 3].map((index) => ({ index, name: `n${index}`, kind: 'node', address: '' }))

/** A node with nothing on it yet, and what its balancer has given away. */
function site(loads: Record<number, number | undefined>) {
  let now = 0
  let asked = 0
  const kernel = new Kernel({ now: () => 0, host: () => true })
  const placed = new Set<Process>()
  const told: string[] = []
  let timers: { readonly at: number; readonly work: () => void }[] = []
  const given: { readonly processes: readonly Process[]; readonly to: string }[] = []
  const balancer = new Balancer({
    kernel,
    clock: {
      now: () => now,
      after: (milliseconds, work) => {
        timers.push({ at: now + milliseconds, work })
        return () => undefined
      },
    },
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
    tellIdle: ({ name }) => {
      told.push(name)
    },
    random: () => 0,
  })
  kernel.dealer = (j) => {
    balancer.began(j)
  }
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
  const pass = (milliseconds: number): void => {
    now += milliseconds
    const due = timers.filter(({ at }) => at <= now)
    timers = timers.filter(({ at }) => at > now)
    for (const { work } of due) work()
  }
  const run = (slices: number): void => {
    for (let i = 0; i < slices && given.length === 0; i++) {
      for (let k = 0; k < 10; k++)
        if (kernel.run(FUEL) === 'more' && kernel.last !== undefined) balancer.cut(kernel.last, kernel.lastUsed / FUEL, RUN_MS)
      pass(1)
      balancer.slice(kernel.runnable)
    }
  }
  return { balancer, kernel, placed, given, told, spinner, pair, pass, run, asked: () => asked }
}

test('how long a process computes at a stretch tells whether it computes, however short the runs are', () => {
  for (const [ms, load] of [
    [0.02, 0],
    [0.1, 0],
    [1, 1],
  ] as const) {
    const { balancer, spinner } = site({})
    const p = spinner()
    for (let i = 0; i < 300; i++) balancer.cut(p, i % 3 === 0 ? 0.5 : 1, ms) // three runs between two communications
    assert.is(balancer.load, load, `runs of ${ms} ms`)
  }
})

test('it costs no more to see that a process has run when it is deep in calls', () => {
  const { balancer, spinner } = site({})
  const p = spinner()
  let followed = 0
  for (let depth = 0; depth < 10_000; depth++) {
    const { frame } = p
    p.frame = new Spinner()
    Object.defineProperty(p.frame, 'caller', {
      get: () => {
        followed++
        return frame
      },
    })
  }
  for (let i = 0; i < 1_000; i++) balancer.cut(p, 1, 0.1)
  assert.is(balancer.load, 1)
  assert.ok(followed < 1_000_000, `calls were followed ${followed} times`)
})

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

/** A site on which sprinters have lived for so many runs each, and two more that are about to begin. */
function afterSprinters(runs: number) {
  const loads: Record<number, number | undefined> = { 2: 99, 3: 99 }
  const { balancer, kernel, run, ...rest } = site(loads)
  const sprinters = (count: number): Process[] => Array.from({ length: count }, () => kernel.start(new Sprinter(runs * FUEL)))
  sprinters(Math.ceil(100 / runs))
  run(200)
  assert.equal(rest.given, [])
  loads[2] = 0
  const branches = sprinters(4)
  const before = rest.asked()
  balancer.began({ branches })
  return { ...rest, kernel, balancer, branches, askedSince: () => rest.asked() - before }
}

test('branches of a kind that computes for long are given away before they begin', () => {
  const { balancer, kernel, branches, given } = afterSprinters(50)
  assert.ok(kernel.interrupted)
  balancer.slice(true)
  assert.equal(
    given.map(({ processes, to }) => [processes.length, to]),
    [[2, 'n2']],
  )
  for (const p of given[0]?.processes ?? []) assert.ok(branches.includes(p))
})

test('nobody is asked at once about branches that have always ended soon', () => {
  const { kernel, balancer, askedSince } = afterSprinters(2)
  assert.not(kernel.interrupted)
  balancer.slice(true)
  assert.is(askedSince(), 0)
})

test('what another node has given counts before it has run', () => {
  const { balancer, spinner } = site({ 2: 0, 3: 0 })
  const spinners = [spinner(), spinner(), spinner()]
  assert.is(balancer.load, 0)
  balancer.came(spinners, nodes[0] as Member)
  assert.is(balancer.load, 3)
})

test('a node where nothing computes any more says so to the one that has given it something, once', () => {
  const { balancer, kernel, pass, run, told } = site({ 2: 0, 3: 0 })
  balancer.came([kernel.start(new Sprinter(10))], nodes[0] as Member)
  run(1)
  assert.equal(told, [])
  pass(2)
  pass(100)
  run(1)
  pass(100)
  assert.equal(told, ['n2'])
})

test('a node that says that nothing computes there gets half without being asked, at once or when there is more', () => {
  const now = site({ 2: 9, 3: 9 })
  for (let i = 0; i < 4; i++) now.spinner()
  now.run(300)
  const asked = now.asked()
  now.balancer.isIdle(nodes[0] as Member)
  assert.equal(
    now.given.map(({ processes, to }) => [processes.length, to]),
    [[2, 'n2']],
  )
  assert.is(now.asked(), asked)

  const later = site({ 2: 9, 3: 9 })
  later.balancer.isIdle(nodes[1] as Member)
  for (let i = 0; i < 4; i++) later.spinner()
  later.run(90)
  assert.equal(
    later.given.map(({ processes, to }) => [processes.length, to]),
    [[2, 'n3']],
  )
  assert.is(later.asked(), 0)
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
      interrupt: () => undefined,
      // whoever goes through the queues takes so many milliseconds
      get high() {
        now += 3
        looking += 3
        return kernel.high
      },
    },
    clock: { now: () => now, after: () => () => undefined },
    isHeld: () => false,
    others: () => nodes,
    isPlaced: () => false,
    askLoad: (_, done) => {
      done(balancer.load)
    },
    depart: () => undefined,
    tellIdle: () => undefined,
    random: () => 0,
  })
  for (let i = 0; i < 4_000; i++) {
    balancer.cut(spinner, 1, RUN_MS)
    now += 0.5
    assert.ok(balancer.load <= 2)
    balancer.slice(true)
  }
  assert.ok(looking > 0)
  assert.ok(looking < now / 20, `${looking} of ${now} ms`)
})

test.run()
