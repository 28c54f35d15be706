/** Clusters of the real nodes on the simulated engine, with a program of hand-written machines on them. */
import type { CodeUnit } from '../../runtime/code/program.ts'
import type { Member } from '../../runtime/engine/engine.ts'
import type { SimulatedEngine, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { HomeServices } from '../../runtime/host/home-services.ts'
import type { CaptureMode } from '../../runtime/kernel/links/link-table.ts'
import { Channel, NO_CHANNEL, Frame } from '../../runtime/kernel/scheduler/state.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import type { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { take, unit } from '../../runtime/abi.ts'
import type { Process, Unit } from '../../runtime/kernel/scheduler/state.ts'
import type { CodeShelf } from '../../runtime/node/migration/code-shelf.ts'
import { GodwitNode } from '../../runtime/node/node.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import type { Drive, Site } from '../../runtime/node/program/site.ts'
import { Supervisor } from '../../runtime/node/program/supervisor.ts'
import type { ProgramEnd } from '../../runtime/node/program/supervisor.ts'
import type { ProcessMove } from '../../runtime/node/program/whereabouts.ts'
import type { DriverEvents } from '../../runtime/run/driver.ts'
import { U as ECHO } from './machines/echo.ts'
import { U as TURNS } from './machines/turns.ts'
import { U as NETWORK } from '../kernel/machines/network.ts'
import { U as STREAMS } from '../kernel/machines/streams.ts'
import { U as MAIN } from './machines/main.ts'
import { U as PLACES } from './machines/places.ts'
import { U as SCRIBE } from './machines/scribe.ts'
import { U as STAGES } from './machines/stages.ts'
import { watchedHistory } from '../simulate/history.ts'
import { traced } from './trace.ts'

STAGES.hash = 'a'.repeat(64)
MAIN.hash = 'b'.repeat(64)
PLACES.hash = 'c'.repeat(64)
SCRIBE.hash = 'd'.repeat(64)
ECHO.hash = 'e'.repeat(64)
TURNS.hash = 'f'.repeat(64)
export const units = new Map<string, Unit>([STAGES, MAIN, PLACES, SCRIBE, ECHO, TURNS, NETWORK, STREAMS].map((unit) => [unit.hash, unit]))

/** What a simulated shelf takes for the code of a unit: its hash. */
function codeUnit(hash: string, code = hash): CodeUnit {
  return { hash, name: 'x', code, codeMap: '', imports: [], debug: { name: 'x', files: [], sites: [], machines: [] } }
}

/** @returns the code of units; absent: of all that there are by now */
export const codeUnits = (hashes: Iterable<string> = units.keys()): CodeUnit[] => [...hashes].map((hash) => codeUnit(hash))

/** What the screen shows of a run without loss. */
export function expected(n: number): number[] {
  return [...Array.from({ length: n }, (_, i) => i & 127), ((n * (n - 1)) / 2) & 127]
}

/** The terminal's end of the screen: collects. Pinned, as its unit has no hash. */
class Screen extends Frame {
  constructor(
    public in_: Channel,
    readonly shown: number[],
  ) {
    super(null)
  }
}

function screen(p: Process, f: Screen): boolean {
  for (;;) {
    if (f.pc === 1) f.shown.push(p.value as number)
    f.pc = 1
    if (!take(p, f.in_)) return false
  }
}

unit({
  name: 'screen',
  machines: [{ name: 'screen', step: screen, blank: () => new Screen(NO_CHANNEL, []), slots: [], live: [[], []], results: [] }],
})

/** A shelf without a disk. Its code is a name; who has the name has the unit. */
export class SimulatedShelf implements CodeShelf {
  readonly has = new Set<string>()
  /** What it sends instead of the code of a unit, to be refused. */
  forged: string | undefined

  constructor(private readonly world: SimulatedWorld) {}

  hashes(): readonly string[] {
    return [...this.has]
  }

  missing(hashes: Iterable<string>): string[] {
    const wanted = new Set([...hashes].flatMap((hash) => (hash === MAIN.hash ? [hash, STAGES.hash] : [hash]))) // main imports the stages
    return [...wanted].filter((hash) => !this.has.has(hash))
  }

  get(hash: string): CodeUnit | undefined {
    return this.has.has(hash) ? codeUnit(hash, this.forged) : undefined
  }

  put(unit: CodeUnit): void {
    if (unit.code !== unit.hash) throw new NodeError('R0405', 'not what its hash says')
    this.has.add(unit.hash)
  }

  load(_: readonly string[], done: (error: NodeError | undefined) => void): void {
    this.world.after(this.world.random(), () => {
      done(undefined)
    })
  }

  unitOf(hash: string): Unit | undefined {
    return this.has.has(hash) ? units.get(hash) : undefined
  }
}

/** Runs a kernel in virtual time, a few steps at a time. */
export class SimulatedDrive implements Drive {
  private scheduled: (() => void) | undefined
  private paused = true

  constructor(
    private readonly engine: SimulatedEngine,
    private readonly kernel: Kernel,
    private readonly events: DriverEvents,
  ) {}

  start(): void {
    this.paused = false
    this.poke()
  }

  pause(): void {
    this.paused = true
    this.scheduled?.()
  }

  poke(): void {
    this.schedule(0.01)
  }

  private schedule(delay: number): void {
    if (this.paused) return
    this.scheduled?.()
    this.scheduled = this.engine.clock.after(delay, () => {
      this.slice()
    })
  }

  private get isScheduled(): boolean {
    return this.scheduled !== undefined
  }

  private slice(): void {
    this.scheduled = undefined
    const { kernel, events } = this
    if (events.mayRun?.() === false) return
    kernel.run(1 + Math.floor(this.engine.world.random() * 20))
    if (kernel.stopped) {
      events.stopped()
      return
    }
    events.slice?.(kernel.runnable)
    if (this.isScheduled || this.paused) return
    if (kernel.runnable) {
      this.schedule(0.05)
      return
    }
    const due = kernel.timers.next()
    if (due === Infinity) events.idle?.()
    else this.schedule(Math.max(0.001, (due - kernel.now()) / 1000)) // time must pass
  }
}

export interface Cluster {
  readonly world: SimulatedWorld
  /** By member index. */
  readonly nodes: Map<number, GodwitNode>
  readonly shelves: Map<number, SimulatedShelf>
  readonly terminal: GodwitNode
  readonly supervisor: Supervisor
  readonly shown: number[]
  readonly notices: string[]
  end: ProgramEnd | undefined
}

export interface SimulationOptions {
  /** Milliseconds between two random moves; absent: nothing moves by itself. */
  readonly roam?: number
  readonly home?: HomeServices
  /** Hears of moves; absent: nodes do not tell. */
  readonly moved?: (move: ProcessMove) => void
  /** Hears of each slice that processes of a node have run. */
  readonly slice?: (index: number) => void
  /** Hears of what makes no sense; absent: nothing may be sent that does not. */
  readonly nonsense?: (from: Member, why: string) => void
}

/**
 * A cluster of `count` nodes and a terminal, and a program on the first node.
 * @param frame makes the main frame, given the screen
 */
export function simulate(
  world: SimulatedWorld,
  count: number,
  frame: (screen: Channel) => Frame,
  options: SimulationOptions = {},
): Cluster {
  const { roam, home = new HomeServices() } = options
  const nodes = new Map<number, GodwitNode>()
  const shelves = new Map<number, SimulatedShelf>()
  const shown: number[] = []
  const notices: string[] = []
  const held: { terminal?: GodwitNode } = {}
  const make = (engine: SimulatedEngine): GodwitNode => {
    const shelf = new SimulatedShelf(world)
    const node = new GodwitNode({
      engine: traced(world, engine),
      shelf,
      drive: (kernel, events) => new SimulatedDrive(engine, kernel, events),
      random: () => world.random(),
      history: watchedHistory(world, engine),
      events: {
        slice: () => options.slice?.(engine.index),
        nonsense: (from, why) => {
          if (options.nonsense === undefined) throw new Error(`${from.name} sent ${why}`)
          options.nonsense(from, why)
        },
      },
    })
    shelves.set(engine.index, shelf)
    node.open()
    return node
  }
  for (let i = 1; i <= count; i++) {
    world.join('node', `n${i}`, (engine) => nodes.set(engine.index, make(engine)))
    if (!world.run(() => nodes.size === i, 5_000)) throw new Error('a node did not join')
  }
  world.join('terminal', 't1', (engine) => {
    held.terminal = make(engine)
  })
  if (!world.run(() => held.terminal?.messenger.nodes().length === count, 5_000)) throw new Error('the nodes did not meet')
  const terminal = held.terminal as GodwitNode // it has met the nodes
  for (const hash of units.keys()) shelves.get(terminal.self.index)?.has.add(hash)
  const cluster: Cluster = {
    world,
    nodes,
    shelves,
    terminal,
    shown,
    notices,
    end: undefined,
    supervisor: new Supervisor(terminal, {
      source: 'test.csp',
      home,
      ...(roam === undefined ? {} : { record: { roam } }),
      populate(site: Site) {
        const screen = new Channel()
        site.kernel.start(new Screen(screen, shown))
        return site.kernel.start(frame(screen))
      },
      outside: () => false,
      notice: (text) => notices.push(text),
      ...(options.moved === undefined ? {} : { moved: options.moved }),
      end: (end) => {
        cluster.end ??= end
      },
    }),
  }
  cluster.supervisor.start(() => undefined)
  return cluster
}

/** Kills a node as if its OS process had died. */
export function crash(cluster: Cluster, index: number): void {
  cluster.world.crash(index)
  for (const site of cluster.nodes.get(index)?.sites.values() ?? []) site.drive.pause()
  cluster.nodes.delete(index)
}

/** @returns the paths of the program's processes, as often as there are living copies */
export function living(cluster: Cluster): string[] {
  const paths: string[] = []
  for (const node of [...cluster.nodes.values(), cluster.terminal]) {
    for (const site of node.sites.values()) for (const p of processes(site.kernel)) paths.push(site.links.pathOf(p))
  }
  return paths.sort()
}

/** Lets the program begin: its main process has come to a node. */
export function begin(cluster: Cluster): void {
  const there = (): boolean =>
    [...cluster.nodes.values()].some((node) => [...node.sites.values()].some((site) => processes(site.kernel).length > 0))
  if (!cluster.world.run(there, 10_000)) throw new Error('the program did not begin')
}

/** Moves a random process of a random node to another. @param mode at random when absent. @returns whether there was one */
export function moveSomething(cluster: Cluster, mode?: CaptureMode): boolean {
  const { world } = cluster
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(world.random() * from.length)]
  const node = pick([...cluster.nodes.values()])
  const site = node?.sites.values().next().value
  const to = pick(node?.messenger.nodes().filter((m) => m.index !== node.self.index) ?? [])
  const p = site === undefined ? undefined : pick(processes(site.kernel))
  if (site === undefined || p === undefined || to === undefined || site.roamingEnded) return false
  site.migrations.depart([p], mode ?? (world.random() < 0.5 ? 'only' : 'subtree'), to, () => undefined)
  return true
}
