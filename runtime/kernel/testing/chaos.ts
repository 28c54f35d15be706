/**
 * Chaos migration: a program in many kernels whose processes never stay, under virtual time. Its output must be that of a plain run.
 *
 * Whatever happens (which kernel makes a step, which message is delivered, who moves where and how, which move fails) is drawn from one seed.
 * Each move goes through bytes. Messages between two nodes are delivered in order; everything else may overtake everything else.
 */
import type { Channel, Frame, Process, Unit, ProcessKernel } from '../scheduler/state.ts'
import { Choices } from './choices.ts'
import { slotsWithChannels } from '../inspect/process-info.ts'
import { Monitor } from '../scheduler/monitor.ts'
import type { Kernel, World } from '../scheduler/kernel.ts'
import { LinkTable, together } from '../links/link-table.ts'
import type { Captured, CaptureMode, Staged, UnitOf } from '../links/link-table.ts'
import { rootFrame } from '../inspect/paths.ts'
import { ALT, ENDED, GONE } from '../scheduler/state.ts'
import { isOfHost } from '../scheduler/unit.ts'
import type { Value } from '../scheduler/value.ts'
import { VirtualWorld } from './virtual.ts'
import type { Outcome, Ports, RunOptions } from './virtual.ts'

export { runPlain } from './virtual.ts'
export type { Outcome, Ports, RunOptions } from './virtual.ts'

export interface ChaosOptions extends RunOptions {
  readonly seed: number
  /** Kernels; default 3. */
  readonly nodes?: number
  /** `every`: each process moves whenever it suspends. A number: the probability that it does. Default `every`. */
  readonly moves?: 'every' | number
  /** Finds units by hash, as a loader does; absent: those of the frames met. */
  readonly unitOf?: UnitOf
}

/** How often, of a hundred moves, a move is one of a kind that is not the usual. */
const FAILS = 5
const WHOLE_SUBTREE = 30
/** How often, of a hundred steps, the home of some channel moves by itself, and tables are swept. */
const HOMES = 5
const SWEEPS = 2
/** How often tables are swept when nothing else can happen while messages wait for an object. */
const LAST_SWEEPS = 3

/** An answer of the host on its way to a process, which may be elsewhere when it comes. */
interface HostAnswer {
  readonly kernel: ProcessKernel
  readonly process: Process
  readonly value: Value
}

/** A move under way. */
export interface Flight {
  readonly captured: Captured
  readonly staged: Staged
  readonly from: Node
  readonly to: Node
  readonly inAlt: boolean
  committed: boolean
  adopted: boolean
}

export interface Node {
  readonly index: number
  readonly kernel: Kernel
  readonly links: LinkTable
}

/** Runs a program whose processes move all the time. @param main makes the frame of its main process */
export function runChaos(main: (ports: Ports) => Frame, options: ChaosOptions): Outcome {
  return new Chaos(options).run(main)
}

export class Chaos {
  protected readonly choices: Choices
  protected readonly world: VirtualWorld
  protected readonly nodes: Node[] = []
  /** Messages on their way, by sender and receiver. */
  protected readonly queues = new Map<number, { readonly from: Node; readonly to: number; readonly messages: Uint8Array[] }>()
  protected readonly flights: Flight[] = []
  protected readonly answers: HostAnswer[] = []
  protected readonly units = new Map<string, Unit>()
  /** Processes that were moved while they waited in an ALT: they begin it again, and may then wait in peace, or they would never meet anyone. */
  private readonly arrivedInAlt = new WeakSet<Process>()
  protected readonly unitOf: UnitOf
  private readonly probability: number
  protected moves = 0
  private messages = 0
  protected ended = false

  constructor(protected readonly options: ChaosOptions) {
    this.choices = new Choices(options.seed)
    const { host } = options
    this.world = new VirtualWorld(host === undefined ? options : { ...options, host: (...call) => this.later(host, call) }, this.choices)
    this.unitOf = options.unitOf ?? ((hash): Unit | undefined => this.units.get(hash))
    this.probability = options.moves === undefined || options.moves === 'every' ? 1 : options.moves
    for (let index = 0; index < (options.nodes ?? 3); index++) this.addNode(index)
  }

  /** Whether the kernels track what changes. */
  protected get tracks(): boolean {
    return false
  }

  protected addNode(index: number): Node {
    const kernel = this.world.kernel(this.tracks)
    const send = (to: number, message: Uint8Array): void => {
      const key = index * 0x10000 + to
      let queue = this.queues.get(key)
      if (queue === undefined) this.queues.set(key, (queue = { from: node, to, messages: [] }))
      queue.messages.push(message)
    }
    const links = new LinkTable(kernel, index, send, {
      peers: () => this.nodes.map((n) => n.index),
      rootEnded: () => (this.ended = true),
      leastBytes: 50, // about a group
    })
    const node: Node = { index, kernel, links }
    this.nodes.push(node)
    return node
  }

  run(main: (ports: Ports) => Frame): Outcome {
    const { world } = this
    const { kernel } = this.nodes[0] as Node // there is one
    const root = kernel.start(main(world.console(kernel)))
    let idleSweeps = 0
    for (;;) {
      const over = world.over()
      if (over === 'passed' || over === 'failure') return this.outcome(over)
      if (this.ended || root.state === ENDED) return this.finish()
      this.between()
      if (over !== undefined) return this.outcome(over)
      if (this.act() || world.wait()) idleSweeps = 0
      else if (idleSweeps++ === LAST_SWEEPS || !this.sweep()) return this.outcome('deadlock')
    }
  }

  /** Between two things that happen: for those who do more with a program than moving it. */
  protected between(): void {
    // nothing more here
  }

  /** The program has ended: its console takes what it was given. */
  protected finish(): Outcome {
    this.ended = true
    while (this.act());
    return this.outcome('ended')
  }

  protected outcome(kind: Outcome['kind']): Outcome {
    return this.world.outcome(kind, this.moves, this.messages)
  }

  /** Calls the host at once, and answers some time later. */
  private later(host: World['host'], call: Parameters<World['host']>): false {
    const [p] = call
    const asked = p.value
    if (host(...call)) this.answers.push({ kernel: p.kernel, process: p, value: p.value as Value }) // a host answers with a value
    p.value = asked
    return false
  }

  /** One of the things that can happen now. @returns false when nothing can */
  protected act(): boolean {
    const now = this.world.now()
    const kernels = this.nodes.filter(({ kernel }) => kernel.runnable || kernel.timers.next() <= now)
    const queues = [...this.queues.values()].filter(({ messages }) => messages.length > 0)
    const moving = kernels.length + queues.length + this.flights.length
    const n = moving + this.answers.length
    if (n === 0) return false
    const which = this.choices.below(n)
    const node = kernels[which]
    const queue = queues[which - kernels.length]
    if (node !== undefined) this.step(node)
    else if (queue !== undefined) this.deliver(queue)
    else if (which < moving)
      this.fly(this.flights[which - kernels.length - queues.length] as Flight) // which < moving
    else this.answer(which - moving)
    return true
  }

  private answer(which: number): void {
    for (const { kernel, process, value } of this.answers.splice(which, 1)) kernel.wake(process, value)
  }

  protected deliver({ from, to, messages }: { readonly from: Node; readonly to: number; readonly messages: Uint8Array[] }): void {
    const message = messages.shift()
    if (message === undefined) return
    this.messages++
    this.nodes.find(({ index }) => index === to)?.links.receive(from.index, message)
  }

  /** One step of one process, and then what chaos does to it. */
  private step(node: Node): void {
    const { kernel } = node
    if (this.world.step(kernel, this.probability === 1 ? 0 : this.choices.below(30))) return
    const p = kernel.last
    if (p === undefined || kernel.failure !== undefined || this.ended) return
    if (this.choices.chance(HOMES / 100)) this.moveSomeHome(node, p)
    if (this.choices.chance(SWEEPS / 100)) node.links.expire()
    const waitsOn = p.state === ALT && this.arrivedInAlt.delete(p)
    if (!waitsOn && this.choices.chance(this.probability)) this.move(node, p)
  }

  /** Nodes sweep their tables from time to time, also when nothing happens. @returns whether that can help: messages wait for an object */
  private sweep(): boolean {
    const waiting = this.nodes.some(({ links }) => links.stats().held > 0)
    if (waiting) for (const { links } of this.nodes) links.expire()
    return waiting
  }

  protected isOurs(p: Process): boolean {
    return p.state !== ENDED && p.state !== GONE && !isOfHost(rootFrame(p).machine.unit)
  }

  private elsewhere(node: Node): Node {
    const others = this.nodes.filter((n) => n !== node)
    return others[this.choices.below(others.length)] ?? node
  }

  private move(node: Node, p: Process): void {
    if (!this.isOurs(p)) return
    const wanted: CaptureMode = this.choices.below(100) < WHOLE_SUBTREE ? 'subtree' : 'only'
    const { roots, mode } = together([p], wanted)
    const inAlt = p.state === ALT
    const captured = node.links.capture(roots, mode)
    for (const [hash, unit] of captured.units) this.units.set(hash, unit)
    const to = this.elsewhere(node)
    const staged = to.links.stage(captured.bytes.slice(), this.unitOf)
    this.flights.push({ captured, staged, from: node, to, inAlt, committed: false, adopted: false })
  }

  /** The next part of a move: it fails, or is committed, or its destination goes on with it. */
  protected fly(flight: Flight): void {
    const { captured, from, to } = flight
    const untouched = !flight.committed && !flight.adopted
    if (to === from || (untouched && this.choices.below(100) < FAILS)) {
      to.links.discard(flight.staged)
      from.links.abort(captured)
      this.land(flight)
    } else if (!flight.committed && (flight.adopted || this.choices.below(2) === 0)) {
      from.links.commit(captured, to.index)
      flight.committed = true
    } else {
      const [p] = to.links.adopt(flight.staged)
      if (flight.inAlt && p !== undefined) this.arrivedInAlt.add(p)
      flight.adopted = true
      this.moves++
    }
    if (flight.committed && flight.adopted) this.land(flight)
  }

  private land(flight: Flight): void {
    this.flights.splice(this.flights.indexOf(flight), 1)
  }

  /** Some channel or monitor that a process holds moves its home, when it is here. */
  private moveSomeHome(node: Node, p: Process): void {
    if (!this.isOurs(p)) return
    const channels = slotsWithChannels(p.frame).map(({ channel }) => channel)
    const held = [...channels, ...monitorsOf(p)]
    const c: Channel | Monitor | undefined = held[this.choices.below(held.length)]
    if (c !== undefined) node.links.migrateHome(c, this.elsewhere(node).index)
  }
}

/** @returns the monitors in the slots of the innermost frame */
function monitorsOf({ frame }: Process): Monitor[] {
  const fields = frame as unknown as Readonly<Record<string, unknown>> // slots are fields of these names
  return frame.machine.slots.flatMap(([name]) => {
    const value = fields[name]
    return value instanceof Monitor ? [value] : []
  })
}
