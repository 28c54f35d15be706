/**
 * One simulated life of a program, durable or not, that goes from one version of its code to another and back all the time, in place or by a cut, while its
 * processes and its home move. What is seen is as if it had one version; when an upgrade is over, nothing is left of the version before.
 */
import { fairWeather, seeded, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { walkProcesses } from '../../runtime/kernel/inspect/inspect.ts'
import { framesOf } from '../../runtime/kernel/snapshot/schema.ts'
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { decodeProgram, programKey } from '../../runtime/node/program/program.ts'
import { clusterOf, crash, homeOf, join1, moveBranch, moveHome, moveProcess, often, run, Watcher } from '../node/home-simulation.ts'
import type { Cluster } from '../node/home-simulation.ts'
import { codeUnits } from '../node/simulation.ts'
import { programs } from './programs.ts'
import { drawWeather, picker } from './scenario.ts'

const CHANGING_MS = 1_000
const LIVENESS_MS = 120_000
const MOST_EVENTS = 2_000_000
const MOST_FAULTS = 8
/** Milliseconds in which all processes are converted after an upgrade, if there is no other meanwhile. */
const CONVERTED_MS = 4

/** @returns paths of processes that have frames of code which their program does not have */
function strangers({ world, nodes }: Cluster, program: number, code: ReadonlySet<string>): string[] {
  const record = world.contents().get(programKey(program))
  const latest = record === undefined ? undefined : decodeProgram(record).incarnation
  return nodes.flatMap((node) => {
    const site = node.sites.get(program)
    if (site === undefined || site.program.incarnation !== latest) return []
    const its = [...walkProcesses(site.kernel)].filter(({ frame }) =>
      framesOf(frame).some(({ machine: { unit } }) => unit.hash !== '' && !code.has(unit.hash)),
    )
    return its.map((p) => site.links.pathOf(p))
  })
}

/** Runs one life. @returns why it is wrong; undefined when it is right */
export function versions(seed: number): string | undefined {
  const random = seeded(seed ^ 0x3fa1c0de)
  const pick = picker(random)
  const world = new SimulatedWorld(seed, fairWeather)
  const cluster = clusterOf(world, pick(1, 1, 2, 3))
  const subject = programs[Math.floor(random() * programs.length)]
  if (subject === undefined) throw new Error('there are no programs')
  const durable = pick(false, false, true)
  const program = run(cluster, ({ screen }) => subject.frame(screen), {
    durable,
    hears: false,
    units: subject.versions[0],
    ...pick({}, {}, {}, { roam: 3 }),
  })
  const shows = Buffer.from(runPlain(({ screen }) => subject.frame(screen)).screen).toString('latin1')
  const watcher = new Watcher(cluster, program, '')
  world.weather = drawWeather(random)
  const over = (): boolean => watcher.outcome !== undefined || watcher.gone
  const until = world.time + CHANGING_MS
  const calm = (): boolean => over() || world.time > until
  const wrong: string[] = []

  let [at, upgrades] = [0, 0]
  const upgrade = (): void => {
    const home = homeOf(cluster, program)
    const dry = random() < 0.3
    const back = upgrades > 0 && random() < 0.3
    const units = back ? {} : { units: codeUnits(subject.versions[1 - at] ?? []) }
    home?.homes.get(program)?.upgrade({ ...units, map: '', dry }, (result) => {
      if (result instanceof NodeError || result.obstacles.length > 0 || dry) return
      at = 1 - at
      const made = ++upgrades
      world.after(CONVERTED_MS, () => {
        if (upgrades > made || over()) return
        const old = strangers(cluster, program, new Set(subject.versions[at]))
        if (old.length > 0) wrong.push(`after upgrade ${made}, ${old.join(', ')} run as the version before`)
      })
    })
  }
  often(cluster, pick(1, 10, 30, 300), calm, upgrade)
  if (random() < 0.5)
    often(cluster, pick(2, 20), over, () => {
      if (random() < 0.5) moveProcess(cluster)
      else moveBranch(cluster)
    })
  let joined = 100
  let left = MOST_FAULTS
  const index = (): number => cluster.nodes[Math.floor(random() * cluster.nodes.length)]?.self.index ?? 0
  const faults = {
    part: () => {
      const [a, b] = [index(), index()]
      if (a !== b) world.part(a, b, random() * 100)
    },
    silence: () => {
      world.silence(random() * 300)
    },
    lag: () => {
      world.lag(index(), random() * 100)
    },
    join: () => {
      if (cluster.nodes.length < 5) join1(cluster, ++joined)
    },
    rehome: () => {
      moveHome(cluster, program)
    },
    /** What is not durable is lost with a node. */
    crash: () => {
      const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)]
      if (node === undefined || !durable) return
      crash(cluster, node)
      world.after(random() * 20, () => {
        join1(cluster, ++joined)
      })
    },
  }
  const kinds = Object.keys(faults) as (keyof typeof faults)[] // the keys of a literal
  often(cluster, pick(8, 30, 1_000), calm, () => {
    if (left-- > 0) faults[pick('join', ...kinds)]()
  })

  let events = 0
  const look = (): boolean => {
    if (++events > MOST_EVENTS) throw new Error('it does not come to rest')
    if (!shows.startsWith(watcher.shown)) wrong.push(`${JSON.stringify(watcher.shown.slice(-60))} is shown`)
    return wrong.length > 0
  }
  const ended = world.run(() => look() || over(), until + LIVENESS_MS)
  if (wrong.length > 0) return wrong[0]
  if (!ended) return `it does not end after ${upgrades} upgrades; ${JSON.stringify(watcher.shown.slice(-60))} is shown`
  if (watcher.shown !== shows) return `it ends with ${JSON.stringify(watcher.shown.slice(-60))} after ${upgrades} upgrades`
  if (watcher.outcome?.exit !== 0) return `it ends with ${JSON.stringify(watcher.outcome)} after ${upgrades} upgrades`
  return cluster.nonsense[0]
}
