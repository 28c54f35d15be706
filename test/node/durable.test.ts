/** Durable programs on the simulated engine: whatever crashes, what is seen of them is complete, in order, and each output once. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Weather } from '../../runtime/engine/simulated.ts'
import { DurableCluster } from './durable-simulation.ts'
import { Main } from './machines/main.ts'
import { expected } from './simulation.ts'
import { seeds } from './trace.ts'

const N = 40
const storms: readonly Weather[] = [fairWeather, { ...fairWeather, delay: [0.01, 3] }, { ...fairWeather, unknown: 0.2 }]

/** A program has begun on a cluster of so many nodes. */
function begun(seed: number, count: number): DurableCluster {
  const world = new SimulatedWorld(seed, storms[seed % storms.length])
  const cluster = new DurableCluster(world)
  for (let i = 1; i <= count; i++) {
    cluster.join()
    if (!world.run(() => cluster.nodes.size === i, world.time + 5_000)) throw new Error('a node did not join')
  }
  const [first] = cluster.nodes.values()
  if (!world.run(() => first?.messenger.nodes().length === count, world.time + 5_000)) throw new Error('the nodes did not meet')
  let started = false
  cluster.start(
    (screen) => new Main(null, N, 300, screen),
    () => (started = true),
  )
  assert.ok(
    world.run(() => started, world.time + 20_000),
    `seed ${seed}: the program begins`,
  )
  return cluster
}

function often(cluster: DurableCluster, most: number, times: number, work: () => void): void {
  const { world } = cluster
  world.after(world.random() * most, () => {
    if (cluster.outside.end !== undefined || times === 0) return
    work()
    often(cluster, most, times - 1, work)
  })
}

function finish(cluster: DurableCluster, seed: number, limit = 120_000): void {
  const { world, outside } = cluster
  const ended = world.run(() => outside.end !== undefined || outside.contradictions.length > 0, world.time + limit)
  assert.equal(outside.contradictions, [], `seed ${seed}`)
  assert.ok(ended, `seed ${seed}: the program ends; it shows ${outside.seen.join(' ')}; there is ${cluster.living().join(', ')}`)
  assert.is(outside.end?.kind, 'ended', `seed ${seed}: ${JSON.stringify(outside.end)}`)
  assert.equal(outside.seen, expected(N), `seed ${seed}`)
  assert.equal(cluster.nonsense, [], `seed ${seed}`)
}

test('a durable program shows what it outputs after cuts that contain it', () => {
  for (const seed of seeds(20)) {
    const cluster = begun(seed, 3)
    finish(cluster, seed)
  }
})

test('a durable program whose processes move is cut all the time', () => {
  for (const seed of seeds(60)) {
    const cluster = begun(seed, 3)
    often(cluster, 1, 100, () => {
      cluster.moveSomething()
    })
    finish(cluster, seed)
  }
})

/** Nodes crash now and then, and others join. @param all whether all crash at once */
function disasters(cluster: DurableCluster, every: number, times: number, all: () => boolean): void {
  const { world } = cluster
  often(cluster, every, times, () => {
    const indices = [...cluster.nodes.keys()]
    const victims = all() ? indices : [indices[Math.floor(world.random() * indices.length)] ?? 0]
    for (const index of victims) cluster.crash(index)
    victims.forEach(() => {
      world.after(world.random() * 5, () => {
        cluster.join()
      })
    })
  })
}

test('a durable program outlives any node, its home included', () => {
  for (const seed of seeds(60)) {
    const cluster = begun(seed, 3)
    often(cluster, 1, 200, () => {
      cluster.moveSomething()
    })
    disasters(cluster, 60, 4, () => false)
    finish(cluster, seed)
  }
})

test('a durable program outlives all of its nodes at once', () => {
  for (const seed of seeds(60)) {
    const cluster = begun(seed, 3)
    often(cluster, 1, 200, () => {
      cluster.moveSomething()
    })
    disasters(cluster, 60, 4, () => cluster.world.random() < 0.5)
    finish(cluster, seed)
  }
})

test.run()
