/**
 * A durable program loses a process, which should be impossible: it leaves a site, and comes to none. No cut may be committed in which the process is missing, and the
 * program goes on from the cut before and shows what it has to.
 */
import { fairWeather, seeded, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { CaptureMode } from '../../runtime/kernel/links/link-table.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import { DurableCluster } from '../node/durable-simulation.ts'
import { Main } from '../node/machines/main.ts'
import { expected } from '../node/simulation.ts'
import { picker } from './scenario.ts'

const NODES = 3
const EVERY_MS = 2
/** Milliseconds of virtual time until the process is lost, at most, and until the program has to have ended. */
const LOST_WITHIN_MS = 40
const ENDS_WITHIN_MS = 60_000

/** Takes a process out of the site where it is, and tells that another member has it. @returns its path; undefined when none could be taken */
function lose(cluster: DurableCluster, wanted: (path: string) => boolean, how: CaptureMode): string | undefined {
  for (const node of cluster.nodes.values()) {
    const [other] = node.messenger.nodes().filter(({ index }) => index !== node.self.index)
    for (const site of node.sites.values()) {
      const p = processes(site.kernel).find((each) => wanted(site.links.pathOf(each)))
      if (p === undefined || other === undefined || site.cuts.isStopped || site.kernel.running) continue
      const path = site.links.pathOf(p)
      site.links.commit(site.links.capture([p], how), other.index)
      return path
    }
  }
  return undefined
}

/** Runs one. @returns why it is wrong; undefined when it is right */
export function loss(seed: number): string | undefined {
  const random = seeded(seed ^ 0x5be0cd19)
  const pick = picker(random)
  const world = new SimulatedWorld(seed, fairWeather)
  const cluster = new DurableCluster(world, EVERY_MS)
  const { outside, missing } = cluster
  for (let i = 1; i <= NODES; i++) {
    cluster.join()
    if (!world.run(() => cluster.nodes.size === i, world.time + 60_000)) return 'a node does not join'
  }
  const [first] = cluster.nodes.values()
  if (!world.run(() => first?.messenger.nodes().length === NODES, world.time + 60_000)) return 'the nodes do not meet'
  const n = 30 + Math.floor(random() * 30)
  let begun = false
  cluster.start(
    (screen) => new Main(null, n, 300, screen),
    () => (begun = true),
  )
  if (!world.run(() => begun, world.time + 60_000)) return 'the program does not begin'
  const roam = (): void => {
    if (lost !== undefined || outside.end !== undefined) return
    cluster.moveSomething()
    world.after(1, roam)
  }
  let lost: string | undefined
  const wanted = pick<(path: string) => boolean>(
    (path) => path === 'main',
    (path) => path.startsWith('main/'),
  )
  const how = pick<CaptureMode>('only', 'subtree')
  const take = (): void => {
    if (outside.end !== undefined) return
    lost = lose(cluster, wanted, how)
    if (lost === undefined) world.after(0.1, take)
  }
  roam()
  world.after(random() * LOST_WITHIN_MS, take)
  if (!world.run(() => outside.end !== undefined || outside.contradictions.length > 0, world.time + ENDS_WITHIN_MS))
    return `it does not end when ${lost ?? 'nothing'} is lost; ${outside.seen.length} of ${n} were seen; missing: ${missing.join(', ')}`
  if (outside.contradictions[0] !== undefined) return outside.contradictions[0]
  if (outside.end?.kind !== 'ended') return `it ends with ${JSON.stringify(outside.end)} when ${lost ?? 'nothing'} is lost`
  if (outside.seen.join(' ') !== expected(n).join(' ')) return `it has shown ${outside.seen.join(' ')} when ${lost ?? 'nothing'} is lost`
  return lost !== undefined && missing.length === 0 ? `nobody has noticed that ${lost} is lost` : cluster.nonsense[0]
}
