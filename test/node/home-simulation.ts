/** Clusters of the real nodes on the simulated engine on which programs run that have a console: their homes are on nodes, and viewers see them from elsewhere. */
import type { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine } from '../../runtime/engine/simulated.ts'
import { isConsole } from '../../runtime/host/console.ts'
import { processes, walkProcesses } from '../../runtime/kernel/inspect/inspect.ts'
import { NO_CHANNEL } from '../../runtime/kernel/scheduler/state.ts'
import type { Channel, Frame } from '../../runtime/kernel/scheduler/state.ts'
import { Viewer } from '../../runtime/node/commands/viewer.ts'
import { GodwitNode } from '../../runtime/node/node.ts'
import { NodeHome } from '../../runtime/node/program/node-home.ts'
import type { NewHome } from '../../runtime/node/program/home-parts.ts'
import type { ProgramOutcome } from '../../runtime/node/program/outcome.ts'
import { Messenger } from '../../runtime/node/wire/messenger.ts'
import { Echo } from './machines/echo.ts'
import { codeUnits, SimulatedDrive, SimulatedShelf, units } from './simulation.ts'
import { watchedHistory } from '../simulate/history.ts'
import { traced } from './trace.ts'

export interface Cluster {
  readonly world: SimulatedWorld
  readonly nodes: GodwitNode[]
  /** What the nodes have called nonsense. */
  readonly nonsense: string[]
}

export function clusterOf(world: SimulatedWorld, count: number): Cluster {
  const cluster: Cluster = { world, nodes: [], nonsense: [] }
  const { nodes } = cluster
  for (let i = 1; i <= count; i++) {
    join1(cluster, i)
    if (!world.run(() => nodes.length === i, 5_000)) throw new Error('a node did not join')
  }
  if (!world.run(() => nodes.every((node) => node.messenger.nodes().length === count), 5_000)) throw new Error('the nodes did not meet')
  return cluster
}

/** Node number `i` joins. @param joined gets it */
export function join1({ world, nodes, nonsense }: Cluster, i: number, joined: (node: GodwitNode) => void = () => undefined): void {
  world.join('node', `n${i}`, (engine) => {
    const shelf = new SimulatedShelf(world)
    if (i === 1) for (const hash of units.keys()) shelf.has.add(hash)
    const node = new GodwitNode({
      engine: traced(world, engine),
      shelf,
      drive: (kernel, events) => new SimulatedDrive(engine, kernel, events),
      random: () => world.random(),
      history: watchedHistory(world, engine),
      leastImageBytes: 50, // about a group
      convertingMs: 0, // one process at a time
      events: {
        nonsense: (from, why) => nonsense.push(`${from.name}: ${why}`),
        fenced: () => {
          nodes.splice(nodes.indexOf(node), 1) // its OS process ends
        },
      },
    })
    node.open()
    nodes.push(node)
    joined(node)
  })
}

/** Kills a node as if its OS process had died. */
export function crash({ world, nodes }: Cluster, node: GodwitNode): void {
  world.crash(node.self.index)
  for (const site of node.sites.values()) site.drive.pause()
  nodes.splice(nodes.indexOf(node), 1)
}

/** What a program may have of its console. */
export type Channels = Readonly<Record<'keyboard' | 'screen' | 'error', Channel>>

export interface RunOptions {
  readonly directory?: string
  readonly durable?: boolean
  /** Milliseconds between two cuts; default 5. */
  readonly everyMs?: number
  /** Milliseconds between two moves at random of each node. */
  readonly roam?: number
  /** Hashes of its code; default: all units that there are. */
  readonly units?: readonly string[]
  /** Whether it has the reading end of the keyboard; default: whether it is an `Echo`. */
  readonly hears?: boolean
}

/** Begins a program whose home is on the first node. @returns its id */
export function run(
  { world, nodes }: Cluster,
  frame: (channels: Channels) => Frame,
  { directory, durable = false, everyMs = 5, roam, hears, units: hashes = [...units.keys()] }: RunOptions = {},
): number {
  let id = 0
  let hash: string | undefined
  const [first] = nodes
  if (first === undefined) throw new Error('no node')
  first.engine.blobs.put(Buffer.from(JSON.stringify({ units: codeUnits(hashes) })), (stored) => (hash = stored), { synced: true })
  if (!world.run(() => hash !== undefined, 5_000)) throw new Error('the store takes no code')
  const parts: NewHome = {
    services: { source: 'test.csp', args: [], files: [], ...(directory === undefined ? {} : { directory }) },
    record: roam === undefined ? {} : { roam },
    hears: hears ?? frame({ keyboard: NO_CHANNEL, screen: NO_CHANNEL, error: NO_CHANNEL }) instanceof Echo,
    main: (channels, site) => site.kernel.start(frame(channels)),
    ...(durable ? { durable: { everyMs, relaxed: false, code: hash ?? '' } } : { units: hashes }),
  }
  NodeHome.begin(first, parts, (made) => {
    id = made
  })
  if (!world.run(() => id > 0, 5_000)) throw new Error('the program did not begin')
  return id
}

/** A viewer in a member of its own. One that is `paced` types what comes next when as much is shown as was typed. */
export class Watcher {
  shown = ''
  missing = 0
  outcome: ProgramOutcome | undefined
  gone = false
  viewer: Viewer | undefined
  wanted = false
  /** The member that it is just now; undefined while it is none. */
  index: number | undefined
  /** How often it has come back as another member. */
  comebacks = 0

  constructor(
    private readonly cluster: Cluster,
    private readonly program: number,
    private readonly typed: string,
    { paced = false, ...options }: { readonly from?: number; readonly tail?: number; readonly paced?: boolean } = {},
  ) {
    let at = 0
    cluster.world.join('client', undefined, (engine: SimulatedEngine) => {
      const viewer = new Viewer(
        this.listen(engine),
        program,
        {
          output: ({ at: from, bytes }) => {
            this.shown += Buffer.from(bytes).toString('latin1')
            cluster.world.after(cluster.world.random(), () => {
              viewer.shown(from + bytes.length)
            })
          },
          missing: (bytes) => {
            this.missing += bytes
          },
          wanted: (wanted) => {
            this.wanted = wanted
          },
          notice: () => undefined,
          unanswered: () => undefined,
          ended: (outcome) => {
            this.outcome = outcome
          },
          gone: () => {
            this.gone = true
          },
        },
        options,
      )
      this.viewer = viewer
      viewer.start()
      const type = (): void => {
        if (at >= this.typed.length) {
          if (this.typed !== '') viewer.endInput()
          return
        }
        if (paced && this.shown.length < at) {
          cluster.world.after(1, type)
          return
        }
        const end = at + 1 + Math.floor(cluster.world.random() * 4)
        viewer.type(Buffer.from(this.typed.slice(at, end), 'latin1'))
        at = end
        cluster.world.after(cluster.world.random() * 3, type)
      }
      cluster.world.after(1, type)
    })
  }

  leave(): void {
    this.viewer?.close()
  }

  /** One whose member is removed comes back as another, as a command does. */
  private listen(engine: SimulatedEngine): Messenger {
    const { world } = this.cluster
    this.index = engine.index
    const messenger = new Messenger(traced(world, engine), {
      left: ({ index }) => {
        if (index !== engine.index) return
        this.index = undefined
        world.join('client', undefined, (again) => {
          this.comebacks++
          this.viewer?.rejoined(this.listen(again))
        })
      },
    })
    messenger.open()
    return messenger
  }
}

/** @returns the node that has the home of a program, if one has it just now */
export function homeOf({ nodes }: Cluster, program: number): GodwitNode | undefined {
  return nodes.find((node) => node.homes.has(program))
}

/** Moves the home to a random other node. @returns whether that was begun */
export function moveHome(cluster: Cluster, program: number, done: (moved: boolean) => void = () => undefined): boolean {
  const node = homeOf(cluster, program)
  const others = node?.messenger.nodes().filter((m) => m.index !== node.self.index) ?? []
  const to = others[Math.floor(cluster.world.random() * others.length)]
  if (node === undefined || to === undefined) return false
  node.homes.get(program)?.moveTo(to, ({ error }) => {
    done(error === undefined)
  })
  return true
}

export function moveProcess(cluster: Cluster): void {
  const { world, nodes } = cluster
  for (const node of nodes) {
    for (const site of node.sites.values()) {
      const [p] = processes(site.kernel)
      const others = node.messenger.nodes().filter((m) => m.index !== node.self.index)
      const to = others[Math.floor(world.random() * others.length)]
      if (p !== undefined && to !== undefined) site.migrations.depart([p], 'subtree', to, () => undefined)
    }
  }
}

/** Moves a random process that is no program's main one by itself. @returns whether that was begun */
export function moveBranch({ world, nodes }: Cluster): boolean {
  const node = nodes[Math.floor(world.random() * nodes.length)]
  for (const site of node?.sites.values() ?? []) {
    const branches = [...walkProcesses(site.kernel)].filter((p) => p.join !== null && !isConsole(p))
    const p = branches[Math.floor(world.random() * branches.length)]
    const others = node?.messenger.nodes().filter((m) => m.index !== node.self.index) ?? []
    const to = others[Math.floor(world.random() * others.length)]
    if (p === undefined || to === undefined) continue
    site.migrations.depart([p], 'only', to, () => undefined)
    return true
  }
  return false
}

/** Calls `work` every so often while the program runs. */
export function often(cluster: Cluster, most: number, over: () => boolean, work: () => void): void {
  cluster.world.after(cluster.world.random() * most, () => {
    if (over()) return
    work()
    often(cluster, most, over, work)
  })
}
