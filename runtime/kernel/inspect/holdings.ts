/**
 * What the processes of a kernel wait for and hold at one moment, found out while they go on running: who holds which end of which channel.
 *
 * A view is of the moment at which it was made. A process is observed when the walk comes to it, or just before it does something for the first time since
 * that moment, whichever is earlier; a blocked process that was not observed yet is as it was then. What comes into being later is not in the view.
 *
 * Invariants
 * - While a view is the `observer` of its kernel, the kernel and its links say of each process that it is about to run, to leave, or to have a branch back.
 * - What a process offers may be taken before it was observed. So a process that has run, and was given ends, is observed again: what it has then counts too.
 * - A monitor is observed when the first process that holds it is, or just before another node asks something of it. So it is as it was at that moment too.
 * - Slots that are live say what a process holds; slots of a direction say which end.
 */
import { Agent } from '../scheduler/agents.ts'
import { Barrier } from '../scheduler/barrier.ts'
import { ChannelHandle } from '../scheduler/ends.ts'
import { Lock } from '../scheduler/monitor.ts'
import * as state from '../scheduler/state.ts'
import { Channel, liveSlots, Monitor, Process } from '../scheduler/state.ts'
import type { Frame, Machine, ProcessObserver } from '../scheduler/state.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { isOfHost } from '../scheduler/unit.ts'
import { Mobile } from '../scheduler/value.ts'
import { ChannelLink, isOurs, Stub } from '../links/objects.ts'
import { fieldsOf, formOf } from '../snapshot/schema.ts'
import { branchesOf, rootFrame } from './paths.ts'
import { describe, enabled } from './process-info.ts'
import type { ProcessInfo } from './process-info.ts'

const { ALT, ENDED, FETCHING, GONE, INPUT, JOIN, MONITOR, OUTPUT, READY, TIMER, HOST, SUSPENDED, WRITER } = state

/** What a process waits for. `running`: for nothing that another process would have to do. */
export const RUNNING = 0
/** For a communication on any of some channels, or for the barrier of a guard. */
export const COMMUNICATION = 1
/** For all of its branches. */
export const BRANCHES = 2
/** At a monitor. */
export const AT_MONITOR = 3
/** It is of the host or of the outside, not of the program, and may do anything at any time. */
export const OF_HOST = 4

/** What is held of an object, or wanted of it: the last two bits of a reference. */
export const WRITES = 0
export const READS = 1
export const BOTH = 2
export const MONITORED = 3

/** What of a barrier and a claim is known where its home is. */
export const IS_BARRIER = 0
export const IS_CLAIM = 1

/**
 * A view as numbers, which can be sent.
 *
 * `processes`, for each: its number, what it waits for, the slot of its place in a join elsewhere + 1 or 0; then three lists, each with its length
 * before it: what it waits for and what it holds (4 * object + end), and its branches (2 * number, or 2 * slot + 1). Of one that is there again only what it
 * holds counts; one that comes later is of the host, as it were.
 * `names`: the object and the name that other nodes know it by. `monitors`: the object, what it is, and for a barrier how many are enrolled and how many
 * offer to synchronise, for a claim the number of the process that has it + 1, or 0 when that is not known, and 0.
 */
export interface Holdings {
  readonly processes: readonly number[]
  readonly names: readonly number[]
  readonly monitors: readonly number[]
}

/** What a view needs to know of the links of its kernel. */
export interface HoldingsLinks {
  /** @returns the slot of a branch that is elsewhere */
  slotOf(p: Process): number | undefined
  /** @returns the monitors that are here and that other nodes know */
  monitorsHere(): Iterable<Monitor>
}

const alone: HoldingsLinks = { slotOf: () => undefined, monitorsHere: () => [] }

/** Processes between two breaks of a walk. */
const TOGETHER = 16

export class HoldingsView implements ProcessObserver, Holdings {
  readonly processes: number[] = []
  readonly names: number[] = []
  readonly monitors: number[] = []
  /** By its number. */
  private readonly list: Process[] = []
  private readonly numbers = new Map<Process, number>()
  private readonly seen = new Set<Process>()
  private readonly objects = new Map<Channel | Monitor, number>()
  private readonly byName = new Map<number, number>()
  private readonly timed: ReadonlySet<Process>
  /** What was said of processes before they left. */
  private readonly told = new Map<Process, ProcessInfo>()
  /** What processes had that have run. */
  private readonly given = new Map<Process, Set<number>>()
  private readonly stack: Process[]
  private made = 0
  /** All processes were observed. */
  private isComplete = false

  /** Begins a view of a kernel that is not running. */
  constructor(
    private readonly kernel: Kernel,
    private readonly links: HoldingsLinks = alone,
  ) {
    this.stack = [...kernel.roots]
    this.timed = new Set(kernel.timers.waiting())
    for (const m of links.monitorsHere()) this.object(m)
    kernel.observer = this
    kernel.follower = this
  }

  /** The view is not needed any more. */
  close(): void {
    this.observed()
    if (this.kernel.follower === this) this.kernel.follower = null
  }

  private observed(): void {
    this.isComplete = true
    if (this.kernel.observer === this) this.kernel.observer = null
  }

  /** Observes all processes; the kernel may run where it yields. @param together how many it observes between two breaks */
  *walk(together = TOGETHER): Generator<void, void, void> {
    for (let p = this.stack.pop(), n = 0; p !== undefined; p = this.stack.pop()) {
      this.before(p)
      if (++n % together === 0) yield
    }
    this.observed()
  }

  /** @returns what can be said of a process that has not run since it was observed */
  describe(number: number): ProcessInfo | undefined {
    const p = this.list[number]
    return p === undefined ? undefined : (this.told.get(p) ?? describe(p))
  }

  // ---------------------------------------------------------------------------------------------- what the kernel says

  before(p: Process): void {
    if (this.isComplete || this.seen.has(p)) return
    this.seen.add(p)
    if (p.state !== ENDED && p.state !== GONE && !isOurs(p.frame)) this.observe(p)
  }

  after(p: Process): void {
    if (this.isComplete || !mayBeGivenEnds(p)) return
    const more = this.newlyHeld(p)
    if (more.length === 0) return
    this.processes.push(this.numberOf(p), OF_HOST, 0, 0, more.length)
    for (const held of more) this.processes.push(held)
    this.processes.push(0)
  }

  arrives(p: Process): void {
    if (this.isComplete) return
    this.seen.add(p) // the view of the node that it comes from has it
    this.newlyHeld(p)
  }

  /** @returns what a process holds, but for what this has said before */
  private newlyHeld(p: Process): number[] {
    const holds = new Set<number>()
    this.addHeld(p, branchesOf(p), holds)
    if (p.state === ENDED) this.addSlots(p.frame, resultsOf(p.frame.machine), holds)
    let known = this.given.get(p)
    if (known === undefined) this.given.set(p, (known = new Set<number>()))
    const more: number[] = []
    for (const held of holds) {
      if (known.has(held)) continue
      known.add(held)
      more.push(held)
    }
    return more
  }

  leaves(p: Process): void {
    this.before(p)
    if (p.state !== READY && this.numbers.has(p)) this.told.set(p, describe(p))
  }

  touches(m: Monitor): void {
    if (!this.isComplete) this.object(m)
  }

  // ---------------------------------------------------------------------------------------------- observing

  private numberOf(p: Process): number {
    let number = this.numbers.get(p)
    if (number === undefined) {
      this.numbers.set(p, (number = this.list.length))
      this.list.push(p)
    }
    return number
  }

  private object(o: Channel | Monitor): number {
    let number = this.objects.get(o)
    if (number !== undefined) return number
    const { link } = o
    const name = o instanceof Channel ? (link instanceof ChannelLink ? link.id : undefined) : (o.link?.id ?? undefined)
    number = name === undefined ? undefined : this.byName.get(name)
    if (number === undefined) {
      number = this.made++
      if (name !== undefined) {
        this.byName.set(name, number)
        this.names.push(number, name)
      }
    }
    this.objects.set(o, number)
    if (o instanceof Monitor) this.observeMonitor(o, number)
    return number
  }

  private observeMonitor({ role }: Monitor, number: number): void {
    if (role instanceof Barrier) this.monitors.push(number, IS_BARRIER, role.enrolled, role.offering)
    else if (role instanceof Lock) {
      const { owner } = role
      const here = owner instanceof Process && owner.state !== GONE && owner.state !== ENDED
      this.monitors.push(number, IS_CLAIM, here ? this.numberOf(owner) + 1 : 0, 0)
    }
  }

  private observe(p: Process): void {
    const { processes } = this
    const number = this.numberOf(p)
    const slot = p.join?.link instanceof Stub ? p.join.link.slot : undefined
    const branches = branchesOf(p)
    const holds = new Set<number>()
    this.addHeld(p, branches, holds)
    const { kind, waits } = this.waitOf(p)
    processes.push(number, kind, slot === undefined ? 0 : slot + 1, waits.length)
    for (const wanted of waits) processes.push(wanted)
    processes.push(holds.size)
    for (const held of holds) processes.push(held)
    if (p.state !== JOIN) {
      processes.push(0)
      return
    }
    const at = processes.push(0) - 1
    for (const branch of branches) {
      if (branch.state === ENDED) continue
      // one that was observed here has left since
      const away = branch.state === GONE && !this.numbers.has(branch) ? this.links.slotOf(branch) : undefined
      processes.push(away === undefined ? 2 * this.numberOf(branch) : 2 * away + 1)
      this.stack.push(branch)
    }
    processes[at] = processes.length - at - 1
  }

  /** What a process waits for, in an ALT with guards that others have to do something for. */
  private waitOf(p: Process): { readonly kind: number; readonly waits: readonly number[] } {
    const nothing = { kind: RUNNING, waits: [] }
    if (isOfHost(rootFrame(p).machine.unit)) return { kind: OF_HOST, waits: [] }
    const { value } = p
    switch (p.state) {
      case OUTPUT:
      case INPUT:
        if (!(value instanceof Channel)) return nothing
        return { kind: COMMUNICATION, waits: [4 * this.object(value) + (p.state === OUTPUT ? READS : WRITES)] }
      case ALT:
        if (value === FETCHING || this.timed.has(p)) return nothing
        return {
          kind: COMMUNICATION,
          waits: [...enabled(p).map((c) => 4 * this.object(c) + WRITES), ...this.guards(p).map((m) => 4 * this.object(m) + MONITORED)],
        }
      case JOIN:
        return { kind: BRANCHES, waits: [] }
      case MONITOR:
        return value instanceof Monitor ? { kind: AT_MONITOR, waits: [4 * this.object(value) + MONITORED] } : nothing
      case READY:
      case TIMER:
      case HOST:
      case ENDED:
      case GONE:
      case SUSPENDED: // who holds the mobile process may run it again
        return nothing
    }
  }

  /** @returns the barriers for which a process in an ALT may wait */
  private guards(p: Process): Monitor[] {
    const found: Monitor[] = []
    for (const o of this.slotsOf(p.frame)) if (o instanceof Monitor && (o.role === undefined || o.role instanceof Barrier)) found.push(o)
    return found
  }

  /** @returns what the live slots of a frame hold, each element of an array by itself */
  private *slotsOf(frame: Frame): Generator<unknown, void, void> {
    const fields = fieldsOf(frame)
    for (const { name } of heldIn(frame.machine, frame.pc)) {
      const v = fields[name]
      if (v instanceof Mobile) yield* v.parts
      else if (Array.isArray(v)) yield* v as unknown[]
      else yield v
    }
  }

  private addHeld(p: Process, branches: readonly Process[], holds: Set<number>): void {
    const isHost = isOfHost(rootFrame(p).machine.unit)
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      if (isHost)
        for (const v of Object.values(f) as unknown[]) this.add(v, BOTH, holds) // frames of the host hold channels that are no slots
      else this.addSlots(f, heldIn(f.machine, f.pc), holds)
    }
    const { value } = p
    if (value instanceof Mobile) this.add(value, BOTH, holds)
    if (p.state === OUTPUT && value instanceof Channel) this.add(offerAt(value, p), BOTH, holds)
    // what branches that have ended leave for it
    for (const branch of branches) if (branch.state === ENDED) this.addSlots(branch.frame, resultsOf(branch.frame.machine), holds)
  }

  private addSlots(f: Frame, slots: readonly HeldSlot[], holds: Set<number>): void {
    const fields = fieldsOf(f)
    for (const { name, end } of slots) this.add(fields[name], end, holds)
  }

  /** Adds what a value holds. @param end of a channel that it is itself */
  private add(value: unknown, end: number, holds: Set<number>): void {
    if (value instanceof Channel) {
      if (value !== state.NO_CHANNEL) holds.add(4 * this.object(value) + end)
    } else if (value instanceof Monitor) holds.add(4 * this.object(value) + MONITORED)
    else if (value instanceof ChannelHandle) {
      holds.add(4 * this.object(value.channel) + (value.use === '?' ? READS : value.use === '!' ? WRITES : BOTH))
    } else if (value instanceof Agent && value.process !== null) {
      const queue = [value.process]
      for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
        this.seen.add(p)
        if (p.state === ENDED) continue
        const branches = branchesOf(p)
        this.addHeld(p, branches, holds)
        for (const branch of branches) queue.push(branch)
      }
    } else if (value instanceof Mobile) for (const part of value.parts) this.add(part, BOTH, holds)
    else if (Array.isArray(value)) for (const each of value as unknown[]) this.add(each, end, holds)
  }
}

/** Whether a process may have been given ends by others while it ran. */
function mayBeGivenEnds(p: Process): boolean {
  if (p.value instanceof Mobile) return true
  for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
    let may = haveMobiles.get(f.machine)
    if (may === undefined) haveMobiles.set(f.machine, (may = f.machine.slots.some(([, type]) => type === 'mobile' || type === 'mobiles')))
    if (may) return true
  }
  return false
}

/** @returns what a process offers at a channel that it waits at */
function offerAt(c: Channel, p: Process): unknown {
  if (c.state === WRITER && c.waiting === p) return c.value
  return c.link instanceof ChannelLink && c.link.outgoing?.process === p ? c.link.outgoing.value : undefined
}

/** A slot that may hold ends, and which end a channel in it is. */
interface HeldSlot {
  readonly name: string
  readonly end: number
}

const held = new WeakMap<Machine, HeldSlot[][]>()
/** Machines, and whether they have slots for mobiles. */
const haveMobiles = new WeakMap<Machine, boolean>()
const results = new WeakMap<Machine, HeldSlot[]>()

/** @returns the live slots of a resume point that may hold ends */
function heldIn(machine: Machine, pc: number): readonly HeldSlot[] {
  let known = held.get(machine)
  if (known === undefined) held.set(machine, (known = []))
  return (known[pc] ??= slotsThatHold(machine, liveSlots(machine, pc)))
}

function resultsOf(machine: Machine): readonly HeldSlot[] {
  let known = results.get(machine)
  if (known === undefined) results.set(machine, (known = slotsThatHold(machine, machine.results)))
  return known
}

function slotsThatHold({ slots }: Machine, numbers: readonly number[]): HeldSlot[] {
  return numbers.flatMap((slot) => {
    const [name, type] = slots[slot] ?? ['', 'int']
    const form = formOf(type)
    const holds =
      form === 'channel' || form === 'channels' || form === 'monitor' || form === 'monitors' || form === 'mobile' || form === 'mobiles'
    return holds ? [{ name, end: type.endsWith('?') ? READS : type.endsWith('!') ? WRITES : BOTH }] : []
  })
}
