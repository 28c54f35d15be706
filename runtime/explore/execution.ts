/**
 * Follows a schedule: a run of a program in which nothing happens but what the schedule says, with all its processes. It tells what happens in terms of
 * the text, and at the end it is a run that stands still: reports of it are those of any run.
 */
import type { ConsoleEnd } from '../code/program.ts'
import { describe, originOf, pathOf } from '../kernel/inspect/inspect.ts'
import type { SourcePosition } from '../kernel/inspect/inspect.ts'
import { Forks } from '../kernel/scheduler/forks.ts'
import type { Failure, Kernel } from '../kernel/scheduler/kernel.ts'
import { messageBytes } from '../kernel/numeric/arrays.ts'
import {
  ALT,
  ALTING,
  Channel,
  EMPTY,
  ENDED,
  INPUT,
  MONITOR,
  Monitor,
  NO_CHANNEL,
  OUTPUT,
  Process,
  READER,
  REMOTE,
  TIMER,
  WRITER,
} from '../kernel/scheduler/state.ts'
import type { Frame, Role } from '../kernel/scheduler/state.ts'
import { NO_MONITOR } from '../kernel/scheduler/monitor.ts'
import { ChannelHandle } from '../kernel/scheduler/ends.ts'
import { CHOSEN } from '../kernel/scheduler/waiters.ts'
import { Mobile } from '../kernel/scheduler/value.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { fieldsOf } from '../kernel/snapshot/schema.ts'
import { branchesAwaited, Gate } from './gate.ts'
import { eachHandle } from './mobile-words.ts'
import { copied } from './numbering.ts'
import { ScheduleError } from './schedule.ts'
import type { Path, Scheduled } from './schedule.ts'
import type { Beyond } from './names.ts'

/** A process in a story. */
export interface Actor {
  /** As `ps` has it: `main/phil[0]`. */
  readonly path: string
  readonly place: SourcePosition | undefined
}

/** What happened in one move. */
export type Happening =
  | { readonly kind: 'communicate'; readonly writer: Actor; readonly reader: Actor; readonly channel: string; readonly value: Value }
  | { readonly kind: 'show'; readonly process: Actor; readonly end: ConsoleEnd; readonly value: Value }
  | { readonly kind: 'type'; readonly process: Actor; readonly key: number }
  /** A value has come from outside, or has gone there. */
  | { readonly kind: 'give' | 'get'; readonly process: Actor; readonly channel: string; readonly value: Value }
  | { readonly kind: 'choose'; readonly process: Actor; readonly guard: number; readonly isTime: boolean }
  | { readonly kind: 'wake'; readonly process: Actor }
  | { readonly kind: 'tick'; readonly microseconds: number }
  | { readonly kind: 'claim'; readonly process: Actor }
  | { readonly kind: 'meet'; readonly processes: readonly Actor[] }

export interface ExecutionOptions {
  readonly main: (channel: (end: Beyond) => Channel) => Frame
  /** The program writes to the screen, or where errors go. */
  readonly show?: (end: ConsoleEnd, bytes: Uint8Array) => void
}

export class Execution {
  private readonly gate: Gate
  private readonly root: Process
  /** What is at the other end of the channels that lead out of the program. */
  private readonly beyond = new Map<Channel, Beyond>()
  private readonly roles = new Map<Monitor, Role>()
  /** By FORKING: the processes that were forked, by their places. */
  private readonly forked = new Map<Forks, (Process | undefined)[]>()
  /** Channels on which nobody communicates by himself. */
  private readonly gated = new Set<Channel>()
  private now = 0
  private tickets = 0

  constructor(private readonly options: ExecutionOptions) {
    this.gate = new Gate(
      (p) => {
        this.prepare(p)
      },
      () => ++this.tickets,
      () => this.now,
    )
    const { kernel } = this.gate
    const frame = options.main((end) => {
      const c = new Channel()
      this.beyond.set(c, end)
      return c
    })
    this.root = new Process(kernel.high, frame.machine.step as Process['step'], frame, null, 0) // the frame is of this machine's class
    kernel.roots.add(this.root)
    this.gate.resume(this.root)
    this.gateRested()
  }

  /** What runs: nothing but by the moves of the schedule. */
  get kernel(): Kernel {
    return this.gate.kernel
  }

  /** What has stopped the program. */
  get failure(): Failure | undefined {
    return this.gate.failure()
  }

  get passed(): boolean {
    return this.gate.kernel.passed
  }

  get hasEnded(): boolean {
    return this.root.state === ENDED
  }

  /** Nothing that a process was given communicates by itself. */
  private prepare(p: Process): void {
    const { frame, join, index } = p
    if (join instanceof Forks && index > 0) this.findPlace(p, join)
    this.gateFrame(frame)
  }

  private gateFrame(frame: Frame): void {
    const fields = fieldsOf(frame)
    for (const [name] of frame.machine.slots) {
      const v = fields[name]
      for (const each of Array.isArray(v) ? (v as unknown[]) : [v]) {
        if (each instanceof Mobile) this.gateAll(each)
        else this.gateOne(each)
      }
    }
  }

  /** What processes have that have come to rest is used by moves only, also when nobody else has it yet. */
  private gateRested(): void {
    const { ran } = this.gate
    for (const p of ran) for (let frame: Frame | null = p.frame; frame !== null; frame = frame.caller) this.gateFrame(frame)
    ran.clear()
  }

  private gateOne(each: unknown): void {
    if (each instanceof Channel && each !== NO_CHANNEL) {
      each.state = REMOTE
      this.gated.add(each)
    } else if (each instanceof Monitor && each !== NO_MONITOR && each.role !== undefined) {
      this.roles.set(each, each.role)
      each.role = undefined
    }
  }

  /** What a mobile has, which goes to another process. */
  private gateAll(m: Mobile): void {
    eachHandle(m, (h) => {
      this.gateOne(h instanceof ChannelHandle ? h.channel : h)
    })
  }

  /** As the explorer does it, a process that is forked gets the first place that is free. */
  private findPlace(p: Process, forks: Forks): void {
    const places = this.forked.get(forks) ?? [undefined]
    this.forked.set(forks, places)
    let place = 1
    for (let other = places[place]; other !== undefined && forks.branches.includes(other); other = places[place]) place++
    places[place] = p
  }

  /** @throws ScheduleError when there is no such process */
  processAt(path: Path): Process {
    let p = this.root
    for (const branch of path) {
      const { pending } = p.frame
      const next = pending instanceof Forks && branch > 0 ? this.forked.get(pending)?.[branch] : branchesAwaited(p)?.[branch]
      if (next === undefined) throw new ScheduleError('a process of the schedule is not there')
      p = next
    }
    return p
  }

  /** Makes one move. @throws ScheduleError when it cannot be made */
  move(scheduled: Scheduled): Happening {
    const happening = this.happen(scheduled)
    this.gateRested()
    return happening
  }

  private happen(scheduled: Scheduled): Happening {
    const { gate } = this
    switch (scheduled.kind) {
      case 'communicate': {
        const writer = this.processAt(scheduled.writer)
        const reader = this.processAt(scheduled.reader)
        const c = this.offered(writer)
        if (this.inputOf(reader, scheduled.guard) !== c) throw new ScheduleError(`${pathOf(reader)} does not wait for ${pathOf(writer)}`)
        const happening: Happening = {
          kind: 'communicate',
          writer: actor(writer),
          reader: actor(reader),
          channel: channelName(writer, reader, c),
          value: copied(c.value),
        }
        const offer = c.value
        if (offer instanceof Mobile) this.gateAll(offer)
        const taken = gate.deliver(reader, scheduled.guard, c, copied(offer))
        c.value = offer
        if (taken && gate.failure() === undefined && !gate.kernel.passed) gate.resume(writer)
        return happening
      }
      case 'show': {
        const process = this.processAt(scheduled.process)
        const c = this.offered(process)
        const end = this.beyond.get(c)
        if (end === undefined) throw new ScheduleError(`${pathOf(process)} does not write to the screen`)
        if (typeof end === 'object') {
          const got: Happening = { kind: 'get', process: actor(process), channel: end.name, value: copied(c.value) }
          gate.resume(process)
          return got
        }
        const happening: Happening = { kind: 'show', process: actor(process), end, value: copied(c.value) }
        this.options.show?.(end, Uint8Array.from(messageBytes(c.value)))
        gate.resume(process)
        return happening
      }
      case 'type': {
        const process = this.processAt(scheduled.process)
        const c = this.inputOf(process, scheduled.guard)
        if (c === undefined || this.beyond.get(c) !== 'keyboard') throw new ScheduleError(`${pathOf(process)} does not wait for a key`)
        const happening: Happening = { kind: 'type', process: actor(process), key: scheduled.key }
        gate.deliver(process, scheduled.guard, c, scheduled.key)
        return happening
      }
      case 'give': {
        const process = this.processAt(scheduled.process)
        const c = this.inputOf(process, scheduled.guard)
        const end = c === undefined ? undefined : this.beyond.get(c)
        if (c === undefined || typeof end !== 'object') throw new ScheduleError(`${pathOf(process)} does not wait for a value from outside`)
        const value = copied(scheduled.value)
        const happening: Happening = { kind: 'give', process: actor(process), channel: end.name, value }
        gate.deliver(process, scheduled.guard, c, copied(value))
        return happening
      }
      case 'choose': {
        const process = this.processAt(scheduled.process)
        const found = gate.guardsOf(process).find(({ guard }) => guard === scheduled.guard)
        if (process.state !== ALT || found === undefined) throw new ScheduleError(`${pathOf(process)} does not wait in that ALT`)
        const happening: Happening = { kind: 'choose', process: actor(process), guard: found.guard, isTime: typeof found.what === 'number' }
        gate.choose(process, found.guard)
        return happening
      }
      case 'wake': {
        const process = this.processAt(scheduled.process)
        if (process.state !== TIMER) throw new ScheduleError(`${pathOf(process)} does not wait for a time`)
        const happening: Happening = { kind: 'wake', process: actor(process) }
        gate.resume(process)
        return happening
      }
      case 'tick':
        this.now += scheduled.microseconds
        return scheduled
      case 'claim': {
        const process = this.processAt(scheduled.process)
        if (process.state !== MONITOR) throw new ScheduleError(`${pathOf(process)} does not claim`)
        const happening: Happening = { kind: 'claim', process: actor(process) }
        gate.let(process)
        return happening
      }
      case 'meet': {
        const come = scheduled.processes.map(({ process, guard }) => ({ process: this.processAt(process), guard }))
        const happening: Happening = { kind: 'meet', processes: come.map(({ process }) => actor(process)) }
        for (const { process, guard } of come) {
          if (process.state !== MONITOR && process.state !== ALT) throw new ScheduleError(`${pathOf(process)} is at no barrier`)
          gate.let(process, ...(guard < 0 ? [] : [CHOSEN + guard]))
          if (gate.failure() !== undefined || gate.kernel.passed) break
        }
        return happening
      }
    }
  }

  private offered(p: Process): Channel {
    if (p.state !== OUTPUT || !(p.value instanceof Channel)) throw new ScheduleError(`${pathOf(p)} does not output`)
    return p.value
  }

  private inputOf(p: Process, guard: number): Channel | undefined {
    if (guard < 0) return p.state === INPUT && p.value instanceof Channel ? p.value : undefined
    if (p.state !== ALT) return undefined
    const what = this.gate.guardsOf(p).find((each) => each.guard === guard)?.what
    return what instanceof Channel ? what : undefined
  }

  /** Makes of it a run as any other, that stands still: who waits where can be seen in its channels. The execution is over. */
  stand(): Kernel {
    const { gate } = this
    for (const [m, role] of this.roles) m.role = role
    for (const c of this.gated) c.state = EMPTY
    const all = [this.root]
    for (const p of all) {
      for (const branch of branchesAwaited(p) ?? []) all.push(branch)
      if ((p.state !== OUTPUT && p.state !== INPUT) || !(p.value instanceof Channel)) continue
      p.value.state = p.state === OUTPUT ? WRITER : READER
      p.value.waiting = p
    }
    for (const p of all) {
      if (p.state !== ALT) continue
      for (const { what } of gate.guardsOf(p)) {
        if (!(what instanceof Channel) || what.state === WRITER) continue
        what.state = ALTING
        what.waiting = p
        what.altSerial = p.altSerial
      }
    }
    return gate.kernel
  }
}

function actor(p: Process): Actor {
  return { path: pathOf(p), place: describe(p).place }
}

/** @returns what a channel is called where it was declared; else what one of the two calls it */
function channelName(writer: Process, reader: Process, c: Channel): string {
  return originOf(writer, c)?.name ?? originOf(reader, c)?.name ?? 'a channel'
}
