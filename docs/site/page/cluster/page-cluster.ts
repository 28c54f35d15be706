/**
 * A cluster within the page: the nodes that run everywhere else, on the simulated engine, and a client that asks them as the commands do.
 *
 * A node that is killed does nothing from then on, as if its OS process had ended. A cable that is cut loses what is under way on it; the store, which is what
 * tells the nodes of each other, stays in reach of all of them.
 */
import type { SimulatedEngine } from '../../../../runtime/engine/simulated.ts'
import { fairWeather, SimulatedWorld } from '../../../../runtime/engine/simulated.ts'
import { clientOn } from '../../../../runtime/node/commands/client.ts'
import type { ClusterClient } from '../../../../runtime/node/commands/client.ts'
import { GodwitNode } from '../../../../runtime/node/node.ts'
import { MemoryShelf } from './memory-shelf.ts'
import { PacedDrive } from './paced-drive.ts'
import { RealTime } from './real-time.ts'

export const NODE_NAMES = ['n1', 'n2', 'n3'] as const
export type NodeName = (typeof NODE_NAMES)[number]

/** The pairs of nodes between which there are cables. */
export const CABLES = [
  ['n1', 'n2'],
  ['n2', 'n3'],
  ['n1', 'n3'],
] as const satisfies readonly (readonly [NodeName, NodeName])[]

/** For so long a cable is cut at most, in milliseconds: nobody waits that long. */
const FOR_EVER_MS = 1e12
/** Leases of this cluster: a node that was killed is given up within a second. */
const weather = { ...fairWeather, delay: [0.2, 1] as const, times: { beatMs: 100, leaseMs: 1_500, actMs: 1_200 } }

interface Machine {
  readonly engine: SimulatedEngine
  readonly node: GodwitNode
}

export class PageCluster {
  private readonly world: SimulatedWorld
  private readonly time: RealTime
  private readonly machines = new Map<NodeName, Machine>()
  /** Pairs of nodes whose cable is cut, as `n1 n2`. */
  private readonly cut = new Set<string>()
  private readonly begun = performance.now()

  private constructor(failed: (error: unknown) => void) {
    this.world = new SimulatedWorld(Math.floor(Math.random() * 0x7fff_ffff), weather)
    this.time = new RealTime(this.world, failed)
  }

  /** @returns a cluster of three nodes that know each other, and its client. @param failed as for `RealTime` */
  static async open(failed: (error: unknown) => void): Promise<{ readonly cluster: PageCluster; readonly client: ClusterClient }> {
    const cluster = new PageCluster(failed)
    cluster.time.start()
    for (const name of NODE_NAMES) await cluster.startNode(name)
    const engine = await new Promise<SimulatedEngine>((resolve) => {
      cluster.world.join('client', undefined, resolve)
    })
    const client = clientOn(engine)
    while ((await client.nodes().catch(() => [])).length < NODE_NAMES.length) await new Promise((resolve) => setTimeout(resolve, 20))
    return { cluster, client }
  }

  isThere(name: NodeName): boolean {
    return this.machines.has(name)
  }

  isCut(a: NodeName, b: NodeName): boolean {
    return this.cut.has(pairOf(a, b))
  }

  /** The pairs of nodes whose cable is cut. */
  get cuts(): readonly (readonly [NodeName, NodeName])[] {
    return CABLES.filter(([a, b]) => this.isCut(a, b))
  }

  /** Starts a node of that name, once the one before of that name has been given up. */
  async startNode(name: NodeName): Promise<void> {
    const engine = await new Promise<SimulatedEngine>((resolve) => {
      this.world.join('node', name, resolve)
    })
    const node = new GodwitNode({
      engine,
      shelf: new MemoryShelf(),
      drive: (kernel, events) => new PacedDrive(engine.clock, kernel, events),
      random: () => this.world.random(),
      events: { fenced: () => this.machines.delete(name) },
      machine: {
        host: 'this page',
        pid: engine.index,
        usage: () => ({ cpuSeconds: 0, uptimeSeconds: (performance.now() - this.begun) / 1000, residentBytes: 0, heapBytes: 0 }),
      },
    })
    node.open()
    this.machines.set(name, { engine, node })
    for (const other of NODE_NAMES) if (other !== name && this.isCut(name, other)) this.part(name, other)
  }

  kill(name: NodeName): void {
    const machine = this.machines.get(name)
    if (machine === undefined) return
    this.world.crash(machine.engine.index)
    for (const site of machine.node.sites.values()) site.drive.pause()
    this.machines.delete(name)
  }

  /** Cuts the cable between two nodes, or joins its ends again. */
  cable(a: NodeName, b: NodeName, isCut: boolean): void {
    if (isCut) this.cut.add(pairOf(a, b))
    else this.cut.delete(pairOf(a, b))
    this.part(a, b)
  }

  private part(a: NodeName, b: NodeName): void {
    const [one, other] = [this.machines.get(a), this.machines.get(b)]
    if (one === undefined || other === undefined) return
    if (this.isCut(a, b)) this.world.part(one.engine.index, other.engine.index, FOR_EVER_MS)
    else this.world.mend(one.engine.index, other.engine.index)
  }
}

const pairOf = (a: NodeName, b: NodeName): string => (a < b ? `${a} ${b}` : `${b} ${a}`)
