/**
 * A durable program that never ends, with nothing but moves and members that come and go without a part of it: everything that is asked for is answered,
 * and cuts are made all the time, wherever something runs.
 */
import { fairWeather, seeded, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { DurableCluster } from '../node/durable-simulation.ts'
import { Spin } from '../node/machines/main.ts'
import { picker } from './scenario.ts'

const MOST_NODES = 3
const EVERY_MS = 5
/** Things happen for so long, and then nothing for so long, in milliseconds. */
const BUSY_MS = 200
const CALM_MS = 400
/** Cuts are counted for so long, in milliseconds, and there are so many of them at least. */
const COUNTED = { ms: 400, least: 20 }
/** The same where some connections are slow: packets that take 40 ms make one cut of some 250 ms. */
const COUNTED_SLOW = { ms: 2000, least: 4 }

/** Runs one. @returns why it is wrong; undefined when it is right */
export function steady(seed: number): string | undefined {
  const random = seeded(seed ^ 0x3c6ef372)
  const pick = picker(random)
  const slow = pick(0, 0.3)
  const nodes = pick(1, MOST_NODES)
  const world = new SimulatedWorld(seed, { ...fairWeather, slow })
  const cluster = new DurableCluster(world, EVERY_MS)
  for (let i = 1; i <= nodes; i++) {
    cluster.join()
    if (!world.run(() => cluster.nodes.size === i, world.time + 60_000)) return 'a node does not join'
  }
  const [first] = cluster.nodes.values()
  if (!world.run(() => first?.messenger.nodes().length === nodes, world.time + 60_000)) return 'the nodes do not meet'
  let begun = false
  cluster.start(
    () => new Spin(null),
    () => (begun = true),
  )
  if (!world.run(() => begun, world.time + 60_000)) return 'the program does not begin'
  let until = world.time + BUSY_MS
  let [asked, answered] = [0, 0]
  const often = (mean: number, work: () => void): void => {
    world.after(2 * mean * random(), () => {
      if (world.time > until) return
      work()
      often(mean, work)
    })
  }
  often(3, () => {
    if (
      cluster.moveSomething(() => {
        answered++
      })
    )
      asked++
  })
  const wrong = (): boolean => cluster.nonsense.length > 0 || cluster.outside.end !== undefined
  world.run(wrong, until + CALM_MS)
  until = world.time + BUSY_MS
  often(pick(10, 40), () => {
    cluster.join((index) => {
      world.after(random() * 5, () => {
        if (cluster.nodes.get(index)?.sites.size !== 0) return
        if (random() < 0.5) cluster.crash(index)
        else cluster.leave(index)
      })
    })
  })
  world.run(wrong, until + CALM_MS)
  const before = lastCut(world)
  const { ms, least } = slow > 0 ? COUNTED_SLOW : COUNTED
  world.run(wrong, world.time + ms)
  const cuts = lastCut(world) - before
  if (cluster.outside.end !== undefined) return `it ends with ${JSON.stringify(cluster.outside.end)}`
  if (answered < asked) return `${answered} of ${asked} moves are answered`
  if (cuts < least) return `${cuts} cuts are made in ${ms} ms`
  return cluster.nonsense[0]
}

function lastCut(world: SimulatedWorld): number {
  const numbers = [...world.contents().keys()].flatMap((key) => (key.startsWith('cut/') ? [Number(key.split('/')[2])] : []))
  return Math.max(0, ...numbers)
}
