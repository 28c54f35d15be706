/**
 * One simulated life of a durable program: everything that happens is drawn from a seed.
 *
 * First a safety phase with faults of all kinds, whose frequencies the seed draws too; then a liveness phase in which no fault happens any more, and in
 * which the program has to end. What is seen of it must be complete and in order at any time, no process may have two copies that act, and in the end
 * the store must have forgotten the program.
 */
import { fairWeather, seeded, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Weather } from '../../runtime/engine/simulated.ts'
import type { Channel, Frame } from '../../runtime/abi.ts'
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { networkMain, randomNetwork } from '../kernel/machines/network.ts'
import { collectGarbage } from '../../runtime/node/program/garbage.ts'
import { DurableCluster } from '../node/durable-simulation.ts'
import { Main } from '../node/machines/main.ts'
import { expected } from '../node/simulation.ts'
import { programs } from './programs.ts'

export interface Verdict {
  /** Why it is wrong; undefined when it is right. */
  readonly wrong: string | undefined
  /** How many faults there were, by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** Milliseconds of virtual time. */
  readonly time: number
}

/** Faults happen this long at most, and after that the program has so long to end: milliseconds of virtual time. */
const SAFETY_MS = 1_000
const LIVENESS_MS = 120_000
/** Events between two looks at who lives. */
const LOOK_EVERY = 40
/** Milliseconds in which the store has to forget a program that is over. */
const FORGET_MS = 20_000
/** Milliseconds in which a node that was removed has to end. */
const LEAVE_MS = 5_000
/** Milliseconds after which nobody writes anything into the store any more but leases. */
const QUIET_MS = 4_500
/** For so long it is looked whether somebody does, and in which part of the lives. */
const STILL_MS = 500
const LOOK_FOR_QUIET = 0.5
/** Milliseconds in which those who have died have to be removed, though leases begin anew whenever the store leaves an outcome open. */
const SETTLE_MS = 60_000
/** How often the home dies when it has just told that the program is over, and within how many milliseconds. */
const DIES_AT_THE_END = 0.3
const DIES_WITHIN_MS = 10
/** For so long faults happen also after the end of a program. */
const AFTER_END_MS = 60
/** Milliseconds between two looks whether anybody is left, when no fault happens any more. */
const ANYBODY_MS = 1_000

/** What the seed draws before anything happens. */
interface Plan {
  readonly nodes: number
  /** A pipeline, or a random network with a bit of everything, and what it shows in the end. */
  readonly program: (screen: Channel) => Frame
  readonly shows: readonly number[]
  readonly deadlocks: boolean
  readonly weather: Weather
  readonly everyMs: number
  /** Milliseconds between two moves at random that each node makes by itself; absent: it makes none. */
  readonly roam?: number
  /** Milliseconds between two moves, and between two faults, on average. */
  readonly moves: number
  readonly faults: number
  /** Which faults there are. */
  readonly kinds: readonly string[]
  /** The probability that it is tried, at an output, what comes of the program when the power fails then. */
  readonly forks: number
}

/** For so long the home does not hear of a latecomer, in milliseconds, and so much is moved meanwhile. */
const LATE_MS = 250
const LATE_MOVES = 40

type Fault = (cluster: DurableCluster, random: () => number) => void

const one = (cluster: DurableCluster, random: () => number): number => {
  const indices = [...cluster.nodes.keys()]
  return indices[Math.floor(random() * indices.length)] ?? 0
}

function replace(cluster: DurableCluster, count: number, random: () => number): void {
  for (let i = 0; i < count; i++) {
    cluster.world.after(random() * 20, () => {
      cluster.join()
    })
  }
}

/** So often, and after so many milliseconds, it is looked whether something runs anywhere. */
const MOST_LOOKS = 200
const LOOK_FOR_WORK_MS = 0.05

function stopAmid(cluster: DurableCluster, milliseconds: number, looks: number): void {
  const index = cluster.busyNode()
  if (index !== undefined) cluster.world.stop(index, milliseconds)
  else if (looks > 0)
    cluster.world.after(LOOK_FOR_WORK_MS, () => {
      stopAmid(cluster, milliseconds, looks - 1)
    })
}

const faults: Readonly<Record<string, Fault>> = {
  crash: (cluster, random) => {
    if (cluster.nodes.size === 0) return // those that replace them are still joining
    cluster.crash(one(cluster, random))
    replace(cluster, 1, random)
  },
  crashes: (cluster, random) => {
    const all = [...cluster.nodes.keys()]
    for (const index of all) cluster.crash(index)
    replace(cluster, all.length, random)
  },
  blackout: (cluster, random) => {
    const count = cluster.nodes.size
    cluster.blackout()
    replace(cluster, count, random)
  },
  part: (cluster, random) => {
    const [a, b] = [one(cluster, random), one(cluster, random)]
    if (a !== b) cluster.world.part(a, b, random() * 100)
  },
  double: (cluster, random) => {
    const [a, b] = [one(cluster, random), one(cluster, random)]
    if (a !== b) cluster.world.double(a, b)
  },
  stop: (cluster, random) => {
    cluster.world.stop(one(cluster, random), random() * 1_500)
  },
  /** A node is stopped in the midst of its work, and would go on with that. */
  amid: (cluster, random) => {
    stopAmid(cluster, random() * 1_500, MOST_LOOKS)
  },
  silence: (cluster, random) => {
    cluster.world.silence(random() * 300)
  },
  /** The store does not reach one node for a while, though the other nodes do. */
  outage: (cluster, random) => {
    cluster.world.cutOff(one(cluster, random), random() * 700)
  },
  /** As `outage`, and the node is cut off from some of the others as well: from each of them for another time. */
  island: (cluster, random) => {
    const index = one(cluster, random)
    cluster.world.cutOff(index, random() * 700)
    for (const other of cluster.nodes.keys()) if (other !== index && random() < 0.7) cluster.world.part(index, other, random() * 700)
  },
  /** One node hears late of what the others know: of members that join or leave, say. */
  lag: (cluster, random) => {
    cluster.world.lag(one(cluster, random), random() * 100)
  },
  /** A node joins of which the home does not hear, since the store does not reach it, and gets processes from the others. */
  latecomer: (cluster, random) => {
    const home = cluster.homeIndex()
    if (home === undefined || cluster.nodes.size >= 6) return
    cluster.world.cutOff(home, LATE_MS)
    cluster.join(() => {
      for (let i = 0; i < LATE_MOVES; i++)
        cluster.world.after(random() * LATE_MS, () => {
          cluster.moveSomething()
        })
    })
  },
  rehome: (cluster) => {
    cluster.moveHome()
  },
  join: (cluster) => {
    if (cluster.nodes.size < 6) cluster.join()
  },
  /** Comes and goes: others have to find out that it had nothing. */
  visit: (cluster, random) => {
    cluster.visit(() => random() * 20)
  },
}

function drawProgram(random: () => number): Pick<Plan, 'program' | 'shows' | 'deadlocks'> {
  if (random() < 0.3) {
    const n = 10 + Math.floor(random() * 40)
    return { program: (screen) => new Main(null, n, 300, screen), shows: expected(n), deadlocks: false }
  }
  if (random() < 0.6) {
    const program = programs[Math.floor(random() * programs.length)]?.frame
    if (program !== undefined) {
      const { screen: shown } = runPlain(({ screen }) => program(screen))
      return { program, shows: [...shown], deadlocks: false }
    }
  }
  const network = randomNetwork((n) => Math.floor(random() * n), 2 + Math.floor(random() * 7))
  const { kind, screen: shown } = runPlain(({ screen }) => networkMain(network, screen))
  return { program: (screen) => networkMain(network, screen), shows: [...shown], deadlocks: kind === 'deadlock' }
}

/** @returns one of these, as the seed draws */
export function picker(random: () => number): <T>(...from: readonly [T, ...T[]]) => T {
  return (...from) => from[Math.floor(random() * from.length)] ?? from[0]
}

export function drawWeather(random: () => number): Weather {
  const pick = picker(random)
  const rare = (): number => (random() < 0.5 ? 0 : random() * 0.05)
  return {
    ...fairWeather,
    delay: pick<readonly [number, number]>([0.02, 0.2], [0.01, 3], [1, 8]),
    unknown: pick(0, 0.05, 0.3),
    noticed: pick(1, 1, 0.5, 0),
    lost: rare(),
    doubled: rare(),
    flipped: rare(),
    slow: pick(0, 0, 0.3),
  }
}

function draw(random: () => number): Plan {
  const pick = picker(random)
  const kinds = Object.keys(faults)
  const some = Array.from({ length: pick(1, 1, 2, 3, 20) }, () => kinds[Math.floor(random() * kinds.length)] ?? 'crash')
  return {
    nodes: pick(1, 2, 2, 3, 3, 4),
    ...drawProgram(random),
    weather: drawWeather(random),
    everyMs: pick(1, 5, 50),
    ...pick({}, {}, {}, { roam: 3 }, { roam: 20 }),
    moves: pick(0.5, 2, 1_000_000),
    faults: pick(4, 15, 60),
    kinds: random() < 0.3 ? ['crash'] : some,
    forks: pick(0.1, 0.5, 1),
  }
}

/** Forks of a life at most: what would come of it if the power failed at that moment. */
const MOST_FORKS = 8
/** Faults of a life at most. */
const MOST_FAULTS = 16
/** More events than a life has that comes to rest. */
const MOST_EVENTS = 3_000_000

/** A program must have shown this in the end, and end so. */
type Goal = Pick<Plan, 'shows' | 'deadlocks'>

/** @returns what is wrong with the end of a program; undefined when nothing is */
function wrongEnd({ outside: { end, seen } }: DurableCluster, { shows, deadlocks }: Goal): string | undefined {
  const isRight = deadlocks ? end?.kind === 'report' && end.report.kind === 'deadlock' : end?.kind === 'ended'
  if (!isRight) return `it ends with ${JSON.stringify(end)}`
  return seen.join(' ') === shows.join(' ') ? undefined : `it has shown ${seen.join(' ')} and not ${shows.join(' ')}`
}

/** Looks at a cluster after each event. @returns whether something is wrong, which is in `found` */
function watchful(cluster: DurableCluster, found: string[]): () => boolean {
  let events = 0
  return () => {
    if (++events > MOST_EVENTS) throw new Error('it does not come to rest')
    if (events % LOOK_EVERY === 0) {
      const paths = cluster.living().filter((path) => path.startsWith('main') && !path.includes('FORKING'))
      const twice = paths.find((path, i) => path === paths[i + 1])
      if (twice !== undefined) found.push(`two copies of ${twice} act`)
    }
    found.push(...cluster.outside.contradictions.splice(0), ...cluster.nonsense.splice(0), ...cluster.missing.splice(0))
    return found.length > 0
  }
}

/** What comes of a program when the power fails now. @returns what is wrong with it; undefined when nothing is */
function afterlife(cluster: DurableCluster, seed: number, goal: Goal): string | undefined {
  const after = cluster.afterPowerFailure(seed)
  const { world, outside } = after
  const count = 1 + Math.floor(world.random() * 3)
  replace(after, count, world.random)
  const found: string[] = []
  const look = watchful(after, found)
  const ended = world.run(() => look() || outside.end !== undefined, world.time + LIVENESS_MS)
  const wrong = found[0] ?? (ended ? wrongEnd(after, goal) : `it does not end; ${outside.seen.length} were seen`)
  return wrong === undefined ? undefined : `when the power fails after ${cluster.outside.seen.length} outputs: ${wrong}`
}

/**
 * Runs one life.
 * @param fixed what the seed does not draw
 */
export function live(seed: number, fixed: Partial<Pick<Plan, 'kinds' | 'everyMs' | 'moves' | 'nodes'>> = {}): Verdict {
  const random = seeded(seed ^ 0x51ed270b)
  const plan: Plan = { ...draw(random), ...fixed }
  const world = new SimulatedWorld(seed, plan.weather)
  const cluster = new DurableCluster(world, plan.everyMs, plan.roam)
  const { outside } = cluster
  const counts: Record<string, number> = {}
  const verdict = (wrong: string | undefined): Verdict => ({ wrong, faults: counts, time: world.time })

  for (let i = 1; i <= plan.nodes; i++) {
    cluster.join()
    if (!world.run(() => cluster.nodes.size === i, world.time + 60_000)) return verdict('a node does not join')
  }
  const [first] = cluster.nodes.values()
  if (!world.run(() => first?.messenger.nodes().length === plan.nodes, world.time + 60_000)) return verdict('the nodes do not meet')
  let started = false
  cluster.start(plan.program, () => (started = true))
  if (!world.run(() => started, world.time + 60_000)) return verdict('the program does not begin')

  const found: string[] = []
  const count = (kind: string): void => {
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  const fork = (): void => {
    if ((counts['fork'] ?? 0) >= MOST_FORKS || random() > plan.forks) return
    count('fork')
    const wrong = afterlife(cluster, Math.floor(random() * 0x7fffffff), plan)
    if (wrong !== undefined) found.push(wrong)
  }
  outside.grown = fork
  let until = world.time + SAFETY_MS
  const often = (mean: number, work: () => void, left = Infinity): void => {
    world.after(2 * mean * random(), () => {
      if (world.time > until || left === 0) return
      work()
      often(mean, work, left - 1)
    })
  }
  often(plan.moves, () => {
    cluster.moveSomething()
  })
  often(4 * plan.faults, () => {
    if (outside.end === undefined) fork()
  })
  const { kinds } = plan
  often(
    plan.faults,
    () => {
      const kind = kinds[Math.floor(random() * kinds.length)] ?? 'crash'
      count(kind)
      faults[kind]?.(cluster, random)
    },
    MOST_FAULTS,
  )

  const look = watchful(cluster, found)
  world.run(() => look() || outside.end !== undefined || world.time > until, until + 1)
  if (outside.end !== undefined) {
    until = Math.min(until, world.time + AFTER_END_MS)
    const home = cluster.homeIndex()
    if (home !== undefined && random() < DIES_AT_THE_END)
      world.after(random() * DIES_WITHIN_MS, () => {
        cluster.crash(home)
        replace(cluster, 1, random)
      })
  }
  world.run(() => look() || world.time > until, until + 1)
  if (found.length > 0) return verdict(found[0])
  keepSomebody(cluster)
  if (!world.run(() => look() || outside.end !== undefined, world.time + LIVENESS_MS)) {
    return verdict(`it does not end; ${outside.seen.length} were seen, there is ${cluster.living().join(', ')}`)
  }
  if (found.length > 0) return verdict(found[0])
  const wrong = wrongEnd(cluster, plan)
  if (wrong !== undefined) return verdict(wrong)
  const left = (): string | undefined => [...world.contents().keys()].find((key) => /^(program|own|cut)\//.test(key))
  const isForgotten = whenChanged(cluster, () => left() === undefined)
  const isSettled = whenChanged(cluster, () => cluster.isSettled)
  if (!world.run(() => look() || isForgotten(), world.time + FORGET_MS)) {
    const [node] = cluster.nodes.values()
    if (node !== undefined) collectGarbage(node.engine) // its home may have died while it forgot it
    if (!world.run(() => look() || isForgotten(), world.time + FORGET_MS)) return verdict(`the store does not forget ${left() ?? ''}`)
  }
  if (!world.run(() => look() || cluster.isWhole, world.time + LEAVE_MS)) return verdict('a node that was removed does not end')
  if (random() < LOOK_FOR_QUIET) {
    if (!world.run(() => look() || (isSettled() && !world.isJoining), world.time + SETTLE_MS))
      return verdict('a node that has died is not removed')
    world.run(look, world.time + QUIET_MS)
    const { swaps } = world
    world.run(look, world.time + STILL_MS)
    if (world.swaps !== swaps) return verdict('somebody still writes into the store')
  }
  return verdict(found[0])
}

/** @returns what tells whether something holds that follows from the directory and from who is there: it is found out anew when one of them has changed */
function whenChanged(cluster: DurableCluster, holds: () => boolean): () => boolean {
  let [version, there, held] = [-1, -1, false]
  return () => {
    const { world, nodes } = cluster
    if (version !== world.version || there !== nodes.size) held = holds()
    version = world.version
    there = nodes.size
    return held
  }
}

/** Somebody is there all the time: all others may have died, or may have been given up. */
function keepSomebody(cluster: DurableCluster): void {
  if (cluster.nodes.size === 0) cluster.join()
  cluster.world.after(ANYBODY_MS, () => {
    keepSomebody(cluster)
  })
}
