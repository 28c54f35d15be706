/** Durable programs on clusters of the real nodes on the simulated engine: their homes are on nodes, and anything may crash. */
import { fairWeather } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { HomeServices } from '../../runtime/host/home-services.ts'
import { Channel, NO_CHANNEL, Frame, READY } from '../../runtime/kernel/scheduler/state.ts'
import { take, unit } from '../../runtime/abi.ts'
import { readImage } from '../../runtime/kernel/links/image.ts'
import { liveGroups, WAITS_FOR_IT } from '../../runtime/kernel/links/revival.ts'
import { bytesOfArrays } from '../../runtime/kernel/snapshot/weigh.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import type { Process } from '../../runtime/kernel/scheduler/state.ts'
import { cutKey, cutPrefix } from '../../runtime/node/durable/cut-store.ts'
import { decodeHome } from '../../runtime/node/durable/home-port.ts'
import type { DurableHome, HomeCapture } from '../../runtime/node/durable/home-port.ts'
import type { RevivedHome } from '../../runtime/node/durable/revived-home.ts'
import { GodwitNode } from '../../runtime/node/node.ts'
import type { Site } from '../../runtime/node/program/site.ts'
import { decodeProgram, PROGRAM_PREFIX } from '../../runtime/node/program/program.ts'
import { Supervisor } from '../../runtime/node/program/supervisor.ts'
import type { ProgramEnd, SupervisorOptions } from '../../runtime/node/program/supervisor.ts'
import { decodeBase64 } from '../../runtime/node/wire/base64.ts'
import type { Stored } from '../../runtime/node/wire/process-records.ts'
import { forgetMembers, watchedHistory } from '../simulate/history.ts'
import { codeUnits, SimulatedDrive, SimulatedShelf } from './simulation.ts'
import { traced } from './trace.ts'

/** What the outside has seen of a program: each output once, by its number. */
export class Outside {
  readonly seen: number[] = []
  /** What contradicts what was seen before. */
  readonly contradictions: string[] = []
  end: ProgramEnd | undefined
  /** A program has ended; it may do so again when the home is lost before the others know, and then alike. */
  ended(end: ProgramEnd): void {
    if (this.end !== undefined && this.end.kind !== end.kind)
      this.contradictions.push(`it ended with ${this.end.kind} and ends with ${end.kind}`)
    this.end ??= end
  }

  /** Hears of each output that is new. */
  grown: () => void = () => undefined

  /** Output from number `at` on. */
  shown(at: number, values: readonly number[]): void {
    const before = this.seen.length
    values.forEach((value, i) => {
      const known = this.seen[at + i]
      if (known === undefined && at + i !== this.seen.length) this.contradictions.push(`number ${at + i} after ${this.seen.length}`)
      else if (known !== undefined && known !== value) this.contradictions.push(`number ${at + i} was ${known} and is ${value}`)
      else this.seen[at + i] = value
    })
    if (this.seen.length > before) this.grown()
  }
}

class DurableScreen extends Frame {
  constructor(
    public in_: Channel,
    readonly home: SimulatedHome | undefined,
  ) {
    super(null)
  }
}

unit({
  name: 'screen',
  machines: [
    {
      name: 'screen',
      step: (p: Process, f: DurableScreen) => {
        for (;;) {
          if (f.pc === 1) f.home?.output(p.value as number)
          f.pc = 1
          if (!take(p, f.in_)) return false
        }
      },
      blank: () => new DurableScreen(NO_CHANNEL, undefined),
      slots: [],
      live: [[], []],
      results: [],
    },
  ],
})

interface HomeState {
  readonly log: readonly number[]
  readonly screen: number
}

/** A home whose console is a screen: it keeps all output, and shows what its cuts contain. */
class SimulatedHome implements DurableHome {
  readonly channel = new Channel()
  private readonly log: number[]
  private site: Site | undefined
  private process: Process | undefined
  private supervisor: Supervisor | undefined
  private over = false

  constructor(
    private readonly cluster: DurableCluster,
    state: HomeState | undefined,
  ) {
    this.log = [...(state?.log ?? [])]
  }

  output(value: number): void {
    this.log.push(value)
    if (this.site !== undefined) this.cluster.nodeOf(this.site)?.cuts.coordinatorOf(this.site.program.id)?.want()
  }

  start(site: Site): void {
    this.site = site
    this.process = site.kernel.start(new DurableScreen(this.channel, this))
  }

  supervised(supervisor: Supervisor): void {
    this.supervisor = supervisor
  }

  /** What a home shows that begins again: the outside may not have seen it. */
  showAll(site: Site): void {
    site.history?.began(this.log.length)
    this.show(site, this.log)
  }

  private show(site: Site, log: readonly number[]): void {
    site.history?.shown(log.length)
    const wrong = whatIsUnsafe(this.cluster, site.program.id, log.length)
    if (wrong !== undefined) this.cluster.outside.contradictions.push(wrong)
    this.cluster.outside.shown(0, log)
  }

  capture(): HomeCapture {
    const { process: p, site } = this
    if (p?.state === READY && p.frame.pc === 1) {
      this.log.push(p.value as number) // taken; only the screen has not gone on since
      p.frame.pc = 0
    }
    if (site === undefined) throw new Error('a home that has not begun')
    const log = [...this.log]
    const state: HomeState = { log, screen: site.links.channelId(this.channel) }
    return {
      bytes: new TextEncoder().encode(JSON.stringify(state)),
      committed: () => {
        if (!this.over) this.show(site, log)
      },
    }
  }

  abandon(): void {
    this.over = true
    this.supervisor?.abandon()
  }
}

/** What a cut in the directory says, as far as it stands there. */
interface KeptCut {
  readonly from: number
  readonly over?: string
  readonly home?: Stored
  readonly parts?: readonly { readonly image?: Stored }[]
}

/** @returns the bytes that stand in the directory; undefined when they are in a blob */
function bytesOf(stored: Stored | undefined): Uint8Array | undefined {
  return stored !== undefined && 'text' in stored ? decodeBase64(stored.text) : undefined
}

/**
 * Looks into the store when output is shown. A program that is over and forgotten has no cut any more; its home, if it was stopped since before others took
 * the program over, may still show what it had committed.
 * @returns what would be wrong if the power failed now: the output is not in the last cut that is certain to be there, or processes are not
 */
function whatIsUnsafe({ world, outside }: DurableCluster, program: number, shown: number): string | undefined {
  const isOver = outside.end !== undefined
  const cuts = [...world.contents()].filter(([key]) => key.startsWith(cutPrefix(program))).sort(([a], [b]) => (a < b ? -1 : 1))
  const [key = '', text] = cuts.findLast(([each]) => world.isSafe(each)) ?? []
  if (text === undefined) return isOver && cuts.length === 0 ? undefined : `${shown} outputs are shown, and no cut is safe`
  const last = JSON.parse(text) as KeptCut // the coordinator writes it
  const home = bytesOf(last.home)
  if (home !== undefined) {
    const { log } = JSON.parse(new TextDecoder().decode(decodeHome(home).state)) as HomeState
    if (log.length < shown) return `${shown} outputs are shown, and the last cut that is safe has ${log.length}`
  }
  if (last.over !== undefined) return undefined
  const needed = cuts.filter(([each]) => each >= cutKey(program, last.from) && each <= key).map(([, each]) => JSON.parse(each) as KeptCut) // likewise
  const images = needed.flatMap(({ parts }) => parts?.map(({ image }) => image) ?? [undefined])
  const heads = images.flatMap((image) => bytesOf(image) ?? [])
  if (images.some((image) => image !== undefined && bytesOf(image) === undefined)) return undefined // it is in blobs
  try {
    liveGroups(heads.map((bytes) => readImage(bytes)))
    return undefined
  } catch (error) {
    return `the last cut that is safe is not whole: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Milliseconds between saying that one leaves and leaving. */
const LEAVING_MS = 20

/** About a group: so most cuts hold a part of the program only. */
const LEAST_IMAGE_BYTES = 50

/** A cluster on which one durable program runs. */
export class DurableCluster {
  readonly outside = new Outside()
  readonly nodes = new Map<number, GodwitNode>()
  readonly nonsense: string[] = []
  /** Nodes that join only to die soon. */
  private readonly visitors = new Set<GodwitNode>()
  /** What was found to be missing at cuts. */
  readonly missing: string[] = []

  /** @param roam milliseconds between two moves at random of each node; absent: nothing moves by itself */
  constructor(
    readonly world: SimulatedWorld,
    private readonly everyMs = 5,
    private readonly roam?: number,
  ) {}

  /** @returns the cluster that would find what the store has when the power failed now; this one stays as it is. The outside is the same. */
  afterPowerFailure(seed: number): DurableCluster {
    const cluster = new DurableCluster(this.world.afterPowerFailure(seed, fairWeather), this.everyMs, this.roam)
    cluster.outside.seen.push(...this.outside.seen)
    return cluster
  }

  nodeOf(site: Site): GodwitNode | undefined {
    return [...this.nodes.values()].find((node) => node.sites.get(site.program.id) === site)
  }

  /** A node joins, and dies. @param stays gives for how many milliseconds it is there */
  visit(stays: () => number): void {
    this.join((index) => {
      const node = this.nodes.get(index)
      if (node !== undefined) this.visitors.add(node)
      this.world.after(stays(), () => {
        this.crash(index)
      })
    })
  }

  /** Another node joins. @param done gets its index */
  join(done: (index: number) => void = () => undefined): void {
    this.world.join('node', undefined, (engine) => {
      this.nodes.set(engine.index, this.make(engine))
      done(engine.index)
    })
  }

  private make(engine: SimulatedEngine): GodwitNode {
    const { world } = this
    const node = new GodwitNode({
      engine: traced(world, engine),
      shelf: new SimulatedShelf(world),
      drive: (kernel, events) => new SimulatedDrive(engine, kernel, events),
      random: () => world.random(),
      history: watchedHistory(world, engine),
      leastImageBytes: LEAST_IMAGE_BYTES,
      events: {
        incomplete: (_, { message }) => this.missing.push(message),
        nonsense: (from, why) => this.nonsense.push(`${from.name} sent ${why}`),
        fenced: () => {
          this.nodes.delete(engine.index) // its OS process ends
        },
      },
      reviveHome: (_program, state) => this.revive(state),
    })
    node.open()
    return node
  }

  private options(home: SimulatedHome, code: string, services: HomeServices, frame?: (screen: Channel) => Frame): SupervisorOptions {
    return {
      source: 'test.csp',
      home: services,
      ...(this.roam === undefined ? {} : { record: { roam: this.roam } }),
      populate: (site: Site) => {
        home.start(site)
        if (frame === undefined) throw new Error('a home that begins again begins no program')
        return site.kernel.start(frame(home.channel))
      },
      outside: () => false,
      notice: () => undefined,
      durable: { everyMs: this.everyMs, code, relaxed: false, home },
      end: (end) => {
        this.outside.ended(end)
      },
    }
  }

  private revive(state: Uint8Array): RevivedHome {
    const { log, screen } = JSON.parse(new TextDecoder().decode(state)) as HomeState
    const home = new SimulatedHome(this, { log, screen })
    const services = new HomeServices()
    return {
      services,
      attach: (site) => {
        site.links.bind(home.channel, screen)
        home.start(site)
        return [[screen, WAITS_FOR_IT]]
      },
      begin: (node, site, program, end) => {
        home.showAll(site)
        const supervisor = new Supervisor(node, this.options(home, program.origin?.code ?? '', services))
        home.supervised(supervisor)
        supervisor.resume(site, program, end)
        return home
      },
    }
  }

  /** Begins a program whose home is the first node. */
  start(frame: (screen: Channel) => Frame, done: () => void): void {
    const [node] = this.nodes.values()
    if (node === undefined) throw new Error('a cluster without nodes')
    for (const each of codeUnits()) node.shelf.put(each)
    node.engine.blobs.put(
      new TextEncoder().encode(JSON.stringify({ units: codeUnits() })),
      (hash) => {
        if (hash === undefined) throw new Error('the store takes no code')
        const home = new SimulatedHome(this, undefined)
        const supervisor = new Supervisor(node, this.options(home, hash, new HomeServices(), frame))
        home.supervised(supervisor)
        supervisor.start(done)
      },
      { synced: true },
    )
  }

  /** A node leaves in good order: the others know that before it goes. */
  leave(index: number): void {
    const node = this.nodes.get(index)
    this.nodes.delete(index)
    node?.beginLeaving()
    this.world.after(LEAVING_MS, () => {
      node?.close(() => undefined)
    })
  }

  /** Kills a node as if its OS process had died. */
  crash(index: number): void {
    this.world.crash(index)
    for (const site of this.nodes.get(index)?.sites.values() ?? []) site.drive.pause()
    this.nodes.delete(index)
  }

  /** All nodes lose their power, and the store may lose what was not synced. */
  blackout(): void {
    this.world.blackout()
    forgetMembers(this.world)
    for (const node of this.nodes.values()) for (const site of node.sites.values()) site.drive.pause()
    this.nodes.clear()
  }

  /** Paths of living processes, as often as there are copies that may act: those of the latest incarnation. Forked ones may have equal paths. */
  living(): string[] {
    const sites = [...this.nodes.values()].flatMap((node) => [...node.sites.values()])
    const latest = Math.max(0, ...sites.map((site) => site.program.incarnation))
    return sites
      .filter((site) => site.program.incarnation === latest)
      .flatMap((site) => processes(site.kernel).map((p) => site.links.pathOf(p)))
      .sort()
  }

  /** Moves the home to a random other node, by a recovery. */
  moveHome(): void {
    const { world } = this
    for (const node of this.nodes.values()) {
      const site = [...node.sites.values()].find(({ durableHome }) => durableHome !== undefined)
      const others = node.messenger.nodes().filter((m) => m.index !== node.self.index)
      const to = others[Math.floor(world.random() * others.length)]
      if (site !== undefined && to !== undefined) node.messenger.request(to, 'take-home', site.about, () => undefined)
    }
  }

  /** Whether those who are there are members, as far as the store knows. */
  get isWhole(): boolean {
    const contents = this.world.contents()
    return [...this.nodes.keys()].every((index) => contents.has(`member/${String(index).padStart(8, '0')}`))
  }

  /** Whether the store knows those who are there, and nobody else, and none of them is about to die. */
  get isSettled(): boolean {
    if ([...this.nodes.values()].some((node) => this.visitors.has(node))) return false
    return this.isWhole && [...this.world.contents().keys()].filter((key) => key.startsWith('member/')).length === this.nodes.size
  }

  /** @returns the index of the node that the program's record names, if it is there */
  homeIndex(): number | undefined {
    for (const [key, value] of this.world.contents()) {
      if (!key.startsWith(PROGRAM_PREFIX)) continue
      const { home } = decodeProgram(value)
      return this.nodes.has(home) ? home : undefined
    }
    return undefined
  }

  /** @returns the index of a node on which something can run just now; undefined when there is none */
  busyNode(): number | undefined {
    for (const [index, { sites }] of this.nodes)
      for (const { kernel, cuts } of sites.values()) if (kernel.runnable && !cuts.isStopped) return index
    return undefined
  }

  /** Moves a random process of a random node to another. @param done is called once when it is known what has become of that. @returns whether there was one */
  moveSomething(done: () => void = () => undefined): boolean {
    const { world } = this
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(world.random() * from.length)]
    const node = pick([...this.nodes.values()])
    const site = node?.sites.values().next().value
    const to = pick(node?.messenger.nodes().filter((m) => m.index !== node.self.index) ?? [])
    const p = site === undefined ? undefined : pick(processes(site.kernel))
    if (site === undefined || p === undefined || to === undefined) return false
    const mode = world.random() < 0.5 ? 'only' : 'subtree'
    const large = bytesOfArrays([p], mode === 'subtree') > 4096
    site.migrations.depart([p], mode, to, done, { strategy: large && world.random() < 0.7 ? 'pre' : 'stop' })
    return true
  }
}
