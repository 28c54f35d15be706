/** The real nodes and the real migration protocol on the simulated engine, with everything that can go wrong drawn from seeds. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Weather } from '../../runtime/engine/simulated.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import type { MigrationResult } from '../../runtime/node/commands/client.ts'
import { Main, Ring, Spin } from './machines/main.ts'
import { Hop, Placed } from './machines/places.ts'
import { begin, crash, expected, living, moveSomething, simulate } from './simulation.ts'
import type { Cluster } from './simulation.ts'
import { replaying, seeds } from './trace.ts'

const N = 40
const SEEDS = 200
const pipeline = (world: SimulatedWorld): Cluster => simulate(world, 3, (screen) => new Main(null, N, 300, screen))

/** Fails when a process has two living copies. */
function requireSingle(cluster: Cluster, seed: number): void {
  const paths = living(cluster)
  const twice = paths.find((path, i) => path === paths[i + 1])
  if (twice !== undefined) assert.unreachable(`seed ${seed}: two copies of ${twice} run at ${cluster.world.time} ms`)
}

/** Calls `work` so many times, every so often, until the program has ended. */
function often(cluster: Cluster, most: number, times: number, work: () => void): void {
  const { world } = cluster
  world.after(world.random() * most, () => {
    if (cluster.end !== undefined || times === 0) return
    work()
    often(cluster, most, times - 1, work)
  })
}

function run(cluster: Cluster, seed: number, limit = 60_000): void {
  const ended = cluster.world.run(() => {
    requireSingle(cluster, seed)
    return cluster.end !== undefined
  }, limit)
  assert.ok(ended, `seed ${seed}: the program ends; it shows ${cluster.shown.join(' ')}; there is ${living(cluster).join(', ')}`)
}

const storms: readonly Weather[] = [
  fairWeather,
  { ...fairWeather, delay: [0.01, 3] },
  { ...fairWeather, unknown: 0.2 },
  { ...fairWeather, lost: 0.05, doubled: 0.1, flipped: 0.02 },
]

test('a program without moves runs on its first node', () => {
  const cluster = pipeline(new SimulatedWorld(1))
  run(cluster, 1)
  assert.is(cluster.end?.kind, 'ended')
  assert.equal(cluster.shown, expected(N))
})

test('processes on the move lose, double and reorder nothing, whatever the weather', () => {
  for (const seed of seeds(SEEDS)) {
    const cluster = pipeline(new SimulatedWorld(seed, storms[seed % storms.length]))
    let moves = 0
    begin(cluster)
    often(cluster, 1, 100, () => {
      if (moveSomething(cluster)) moves++
    })
    often(cluster, 8, 20, () => {
      cluster.world.part(1 + Math.floor(cluster.world.random() * 4), 1 + Math.floor(cluster.world.random() * 4), cluster.world.random() * 4)
    })
    run(cluster, seed)
    assert.is(cluster.end?.kind, 'ended', `seed ${seed}`)
    assert.equal(cluster.shown, expected(N), `seed ${seed}`)
    assert.ok(moves > 2, `seed ${seed}: ${moves} moves`)
  }
})

test('processes on the move lose, double and reorder nothing though the store is silent now and then and connections are doubled', () => {
  for (const seed of seeds(SEEDS)) {
    const cluster = pipeline(new SimulatedWorld(seed, storms[seed % storms.length]))
    const { world } = cluster
    begin(cluster)
    often(cluster, 1, 60, () => moveSomething(cluster))
    often(cluster, 10, 10, () => {
      world.silence(world.random() * 50)
    })
    often(cluster, 8, 20, () => {
      world.double(1 + Math.floor(world.random() * 4), 1 + Math.floor(world.random() * 4))
    })
    run(cluster, seed)
    assert.is(cluster.end?.kind, 'ended', `seed ${seed}`)
    assert.equal(cluster.shown, expected(N), `seed ${seed}`)
  }
})

test('a node that was stopped for longer than its lease runs nothing when it goes on, and one that was stopped briefly goes on', () => {
  for (const seed of seeds(100)) {
    const world = new SimulatedWorld(seed, { ...(storms[seed % storms.length] ?? fairWeather), noticed: 0 })
    let stopped = 0
    let since = Infinity
    let ran = 0
    const cluster = simulate(world, 3, (screen) => new Main(null, N, 300, screen), {
      slice: (index) => {
        if (index === stopped && world.time > since) ran++
      },
    })
    begin(cluster)
    often(cluster, 1, 30, () => moveSomething(cluster))
    world.run(() => false, world.time + 5)
    const index = [...cluster.nodes.keys()][seed % 3] ?? 0
    world.stop(index, 100) // its lease lasts
    world.run(() => cluster.end !== undefined, world.time + 200)
    assert.ok(world.contents().has(`member/${String(index).padStart(8, '0')}`), `seed ${seed}: it is still a member`)
    const forMs = 5_000
    stopped = index
    since = world.time + forMs
    world.stop(index, forMs)
    world.run(() => false, since + 2_000)
    assert.is(world.contents().has(`member/${String(index).padStart(8, '0')}`), false, `seed ${seed}: it was removed`)
    assert.is(ran, 0, `seed ${seed}: it has run ${ran} slices`)
    assert.is(cluster.nodes.get(index)?.readiness.joined, false, `seed ${seed}: it knows`)
  }
})

test('a node is ready while it is a member, its store answers and it does not leave', () => {
  const cluster = pipeline(new SimulatedWorld(1))
  const { world } = cluster
  const [node] = cluster.nodes.values()
  world.run(() => false, world.time + 200)
  assert.is(node?.readiness.ready, true)
  world.silence(1_000)
  world.run(() => false, world.time + 500)
  assert.equal([node?.readiness.ready, node?.readiness.joined, node?.readiness.store.answers], [false, true, false])
  world.run(() => false, world.time + 1_000)
  assert.is(node?.readiness.ready, true)
  node?.beginLeaving()
  assert.equal([node?.readiness.ready, node?.readiness.leaving], [false, true])
})

test('program time runs backward for nobody, whichever clocks the nodes have', () => {
  for (const seed of seeds(50)) {
    const cluster = pipeline(new SimulatedWorld(seed, storms[seed % storms.length]))
    const { world } = cluster
    const last = new Map<string, number>()
    begin(cluster)
    often(cluster, 1, 100, () => moveSomething(cluster))
    const looked = world.run(() => {
      for (const node of cluster.nodes.values()) {
        for (const site of node.sites.values()) {
          const now = site.kernel.now()
          for (const p of processes(site.kernel)) {
            const path = site.links.pathOf(p)
            assert.ok(now >= (last.get(path) ?? 0) - 1, `seed ${seed}: ${path} has seen ${last.get(path) ?? 0} and sees ${now}`) // notes carry whole microseconds
            last.set(path, now)
          }
        }
      }
      return cluster.end !== undefined
    }, 60_000)
    assert.ok(looked, `seed ${seed}: it ends`)
  }
})

test('moves are told in an order in which each begins where the last one ended, whatever the weather', () => {
  let told = 0
  for (const seed of seeds(SEEDS)) {
    const world = new SimulatedWorld(seed, storms[seed % storms.length])
    const places = new Map<string, string>()
    const cluster = simulate(world, 3, (screen) => new Main(null, N, 300, screen), {
      moved: ({ path, from, to }) => {
        told++
        const before = places.get(path)
        assert.ok(before === undefined || before === from, `seed ${seed}: ${path} goes from ${from} and was on ${before ?? ''}`)
        places.set(path, to)
      },
    })
    begin(cluster)
    // each with what is below it by itself: what is carried along is not told
    often(cluster, 1, 100, () => moveSomething(cluster, 'only'))
    run(cluster, seed)
    assert.is(cluster.end?.kind, 'ended', `seed ${seed}`)
  }
  assert.ok(told > SEEDS, `${told} moves`)
})

test('a node that dies at any moment leaves one copy of each process, or a reported loss', () => {
  const kinds = new Set<string | undefined>()
  for (const seed of seeds(SEEDS)) {
    const world = new SimulatedWorld(seed, { ...(storms[seed % storms.length] as Weather), noticed: seed % 5 === 0 ? 0 : 1 })
    const cluster = pipeline(world)
    often(cluster, 0.6, 40, () => moveSomething(cluster))
    begin(cluster)
    world.after(world.random() * 15, () => {
      crash(cluster, 1 + Math.floor(world.random() * 3))
    })
    run(cluster, seed)
    const { end, shown } = cluster
    const kind = end?.kind === 'report' ? end.report.kind : end?.kind
    kinds.add(kind)
    if (kind === 'ended') assert.equal(shown, expected(N), `seed ${seed}`)
    else if (kind === 'loss') assert.equal(shown, expected(N).slice(0, shown.length), `seed ${seed}`)
    else assert.ok(end?.kind === 'error', `seed ${seed}: ${JSON.stringify(end)}`)
  }
  if (!replaying) assert.ok(kinds.has('loss') && kinds.has('ended'), 'both ends are met')
})

function moveMain(cluster: Cluster, to: string): MigrationResult | undefined {
  const { world } = cluster
  const node = [...cluster.nodes.values()].find((n) =>
    [...n.sites.values()].some((site) => living({ ...cluster, nodes: new Map([[1, n]]) }).length > 0 && site.kernel.roots.size > 0),
  )
  const site = node?.sites.values().next().value
  const member = node?.messenger.engine.membership.find(to)
  const [main] = site?.kernel.roots ?? []
  if (site === undefined || member === undefined || main === undefined) throw new Error('main is nowhere')
  let result: MigrationResult | undefined
  site.migrations.depart([main], 'subtree', member, ({ results: [first] }) => {
    result = first
  })
  world.run(() => result !== undefined, world.time + 60_000)
  return result
}

test('a node that lacks the code gets it, once', () => {
  const world = new SimulatedWorld(3)
  const cluster = simulate(world, 3, () => new Spin(null))
  begin(cluster)
  assert.equal(cluster.shelves.get(2)?.has.size, 0)
  const first = moveMain(cluster, 'n2')
  assert.is(first?.error, undefined)
  assert.ok((first?.codeBytes ?? 0) > 0)
  assert.is(first?.messages, 4)
  moveMain(cluster, 'n1')
  const again = moveMain(cluster, 'n2')
  assert.is(again?.codeBytes, 0)
  assert.is(again?.messages, 2)
})

test('code with a wrong hash is refused, and the process goes on where it was', () => {
  const world = new SimulatedWorld(4)
  const cluster = simulate(world, 2, () => new Spin(null))
  begin(cluster)
  const shelf = cluster.shelves.get(1)
  if (shelf !== undefined) shelf.forged = 'something else'
  const result = moveMain(cluster, 'n2')
  assert.is(result?.error?.code, 'R0405')
  assert.equal(cluster.shelves.get(2)?.has.size, 0)
  assert.equal(living(cluster), ['main'])
})

test('a destination that does not answer is given up, and later resumes nothing', () => {
  const world = new SimulatedWorld(5)
  const cluster = simulate(world, 2, () => new Spin(null))
  begin(cluster)
  world.part(1, 2, 30_000)
  const result = moveMain(cluster, 'n2')
  assert.is(result?.error?.code, 'R0407')
  world.run(() => false, world.time + 60_000)
  assert.equal(living(cluster), ['main'])
})

test('the branches of a PLACED PAR begin where they are placed', () => {
  const cluster = simulate(new SimulatedWorld(6), 3, (screen) => new Placed(null, screen))
  run(cluster, 6)
  assert.equal([cluster.end?.kind, cluster.shown], ['ended', [3, 2]])
})

test('a branch placed on a node that is not there stops the program', () => {
  const cluster = simulate(new SimulatedWorld(6), 2, (screen) => new Placed(null, screen))
  run(cluster, 6)
  const { end } = cluster
  assert.is(end?.kind === 'report' && end.report.kind === 'fault' ? end.report.code : end, 'R0402')
})

test('a process moves itself, and is told whether it did', () => {
  const cluster = simulate(new SimulatedWorld(7), 3, (screen) => new Hop(null, screen))
  run(cluster, 7)
  assert.equal([cluster.end?.kind, cluster.shown], ['ended', [1, 2, 1, 3, 0, 3]])
})

test('processes that wait for each other on different nodes are a deadlock, seen as a whole', () => {
  for (const seed of seeds(20)) {
    const world = new SimulatedWorld(seed)
    const cluster = simulate(world, 3, () => new Ring(null))
    begin(cluster)
    often(cluster, 1, 10, () => moveSomething(cluster))
    run(cluster, seed)
    const { end } = cluster
    const report = end?.kind === 'report' && end.report.kind === 'deadlock' ? end.report : undefined
    assert.equal(report?.processes.map(({ path }) => path).sort(), ['main/left', 'main/right'], `seed ${seed}: ${JSON.stringify(end)}`)
    assert.is(report?.cycle.length, 2, `seed ${seed}`)
  }
})

/** How much `--roam` has moved. */
const roamed = (cluster: Cluster): number =>
  [...cluster.nodes.values()].reduce((n, node) => [...node.sites.values()].reduce((m, { roamed }) => m + roamed, n + node.past.roamed), 0)

test('what roams without end runs to its end', () => {
  for (const seed of seeds(20)) {
    const cluster = simulate(new SimulatedWorld(seed), 3, (screen) => new Main(null, N, 300, screen), { roam: 1 })
    run(cluster, seed)
    assert.is(cluster.end?.kind, 'ended', `seed ${seed}`)
    assert.equal(cluster.shown, expected(N), `seed ${seed}`)
    assert.ok(roamed(cluster) > 10, `seed ${seed}: ${roamed(cluster)} moves`)
  }
})

test('what roams without end does not hide that it is dead', () => {
  for (const seed of seeds(20)) {
    const cluster = simulate(new SimulatedWorld(seed), 3, () => new Ring(null), { roam: 1 })
    begin(cluster)
    run(cluster, seed, 100) // some thirty moves later
    const { end } = cluster
    assert.is(end?.kind === 'report' ? end.report.kind : end, 'deadlock', `seed ${seed}`)
    assert.ok(roamed(cluster) > 0, `seed ${seed}`)
  }
})

test('what comes late of a program that is over wakes nobody', () => {
  for (const seed of seeds(20)) {
    const cluster = simulate(new SimulatedWorld(seed), 3, (screen) => new Main(null, N, 300, screen), { roam: 1 })
    const { world, supervisor, nodes } = cluster
    begin(cluster)
    world.run(() => false, 10)
    supervisor.stop()
    world.run(() => false, 1_000)
    assert.is(cluster.end?.kind, 'stopped')
    assert.equal(
      [...nodes.values()].map((node) => node.sites.size),
      [0, 0, 0],
      `seed ${seed}`,
    )
  }
})

test.run()
