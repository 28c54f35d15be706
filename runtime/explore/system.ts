/**
 * A program as a system of states: which moves there are in a state, and where each leads.
 *
 * A state has a number for each component: for the place of a process the local state it is in, for a monitor what it is; 0 where there is none. In
 * each state every process is at rest: what a process computes by itself is part of the move before it.
 *
 * Nothing is assumed of how fast processes are. So a process that stands at an output may be thought to have come there, or to be on its way: a guard
 * of a PRI ALT gives way to those before it only if these are certainly ready (a SKIP, a time that has come, a keyboard at its end).
 */
import type { Frame } from '../kernel/scheduler/state.ts'
import type { Failure } from '../kernel/scheduler/kernel.ts'
import { Locals } from './locals.ts'
import type { Forked, Local, Step } from './locals.ts'
import { MonitorStates } from './monitors.ts'
import { Numbering } from './numbering.ts'
import { Channel, REMOTE } from '../kernel/scheduler/state.ts'
import type { Beyond, ChannelName, Place } from './names.ts'
import { NotExplored } from './not-explored.ts'
import type { OutsideChannel } from './outside.ts'
import { Successor } from './successor.ts'
import { Travel } from './travel.ts'
import type { LocalGuard } from './waits.ts'

/** The kinds of moves. */
export const COMMUNICATE = 0
/** A process writes to the screen, where errors go, or to a channel that leads outside. */
export const SHOW = 1
/** A process takes a key, or a value from outside. */
export const TYPE = 2
/** A guard that is no input is chosen: SKIP, or a time that has come. */
export const CHOOSE = 3
/** The time has come that a process waited for outside of an ALT. */
export const WAKE = 4
/** Time goes on to the next time that a process waits for. */
export const TICK = 5
/** A process gets the end that it claims. */
export const CLAIMED = 6
/** All have come to a barrier. */
export const MEET = 7
export type MoveKind =
  typeof COMMUNICATE | typeof SHOW | typeof TYPE | typeof CHOOSE | typeof WAKE | typeof TICK | typeof CLAIMED | typeof MEET

/** The moves that there are in a state. */
export interface Move {
  readonly kind: MoveKind
  /** The component of the process that moves: of a communication the writer; -1 for TICK and MEET. */
  readonly actor: number
  /** Of a communication: the reader. Of MEET: the number of the monitor. Of TICK: by how many microseconds. */
  readonly other: number
  /** Of the ALT of the process that reads or chooses; -1 where it is not in an ALT. */
  readonly guard: number
  /** Of TYPE and SHOW: the number of the value. */
  readonly value: number
}

/** Where a move leads. */
export type Result =
  /** To a state: `next`. */
  | 'state'
  /** A TEST said PASS. */
  | 'passed'
  /** A process failed: `failure`. */
  | 'failed'

export interface SystemOptions {
  /** Makes the frame of the main process, given the channels that lead out of the program. */
  readonly main: (channel: (end: Beyond) => Channel) => Frame
  /** The keys that may be typed, at any time and in any order. Empty: the keyboard is at its end. */
  readonly keys: readonly number[]
  /** Whether the memory is nearly used up; absent: it never is. */
  readonly isFull?: () => boolean
}

/** A process that was forked, and where it is. */
interface Placed {
  readonly place: Place
  readonly forked: Forked
}

/** What a place holds whose process has not begun. */
const TAKEN = 1

/** What a keyboard gives that is at its end. */
const END_OF_KEYS = 255

export class System {
  readonly numbering = new Numbering()
  readonly locals: Locals
  readonly monitors = new MonitorStates()
  failure: Failure | undefined
  /** Whether a step of the last `apply` has read the clock. */
  timed = false
  private readonly keys: readonly number[]
  /** By position in a message: the numbers of the values that may come. */
  private readonly alphabets = new Map<OutsideChannel, readonly (readonly number[])[]>()
  /** By channel: the component of the process that stands at an output, as of `stamp`. */
  private writers = new Int32Array(64)
  private stamps = new Int32Array(64)
  private stamp = 0
  /** Of the state whose moves are looked for: those that may take, choose, claim or wake; the next time that somebody waits for; who has come to barriers. */
  private readonly here: Local[] = []
  private earliest = Infinity
  private haveCome = false
  private come: Map<number, number> | undefined
  private readonly successor = new Successor()
  private readonly travel: Travel

  constructor(private readonly options: SystemOptions) {
    const { keys, isFull } = options
    this.locals = new Locals(this.numbering, isFull)
    this.travel = new Travel(this.numbering, this.locals, this.successor)
    this.keys = (keys.length === 0 ? [END_OF_KEYS] : keys).map((key) => this.numbering.value(key))
  }

  get components(): number {
    return this.numbering.names.components
  }

  /** @returns bytes that is taken up by what processes do, by and large */
  get memory(): number {
    return this.numbering.memory + this.locals.memory
  }

  /** The state that the last move led to; overwritten by the next. */
  get next(): Int32Array {
    return this.successor.words
  }

  /** The components that the last move has changed, some perhaps more than once; `changes` says how many there are. */
  get changed(): Int32Array {
    return this.successor.changed
  }

  get changes(): number {
    return this.successor.changes
  }

  /** Goes to the first state: `next`. */
  begin(): Result {
    this.successor.load()
    const channel = (end: Beyond): Channel => {
      const c = new Channel()
      c.state = REMOTE
      c.link = this.numbering.names.ofEnd(end)
      return c
    }
    this.travel.beginMove(undefined)
    return this.named(this.carryOut(this.locals.begin(() => this.options.main(channel))))
  }

  /** @returns as `Locals.in` */
  localAt(state: Int32Array, component: number): Local | undefined {
    return this.locals.in(state, component)
  }

  // ------------------------------------------------------------------------------------------ moves

  /** @returns the moves that there are in a state, always in the same order */
  moves(state: Int32Array): Move[] {
    const moves: Move[] = []
    const { here } = this
    const { at } = this.locals
    let waiting = 0
    const n = Math.min(state.length, this.components)
    this.earliest = Infinity
    this.haveCome = false
    this.come = undefined
    this.beginStamp()
    for (let component = 0; component < n; component++) {
      const index = state[component] ?? 0
      const local = index === 0 ? undefined : at[component]?.[index]
      if (local === undefined) continue
      const { wait } = local
      switch (wait.kind) {
        case 'output':
          if (this.isShown(wait.channel)) moves.push({ kind: SHOW, actor: component, other: -1, guard: -1, value: wait.value })
          else {
            this.stamps[wait.channel] = this.stamp
            this.writers[wait.channel] = component
          }
          break
        case 'time':
          this.waitFor(wait.due)
          here[waiting++] = local
          break
        case 'alt':
          for (const guard of wait.guards) {
            if (guard.kind === 'time') this.waitFor(guard.due)
            else if (guard.kind === 'sync') this.comeTo(guard.monitor)
          }
          here[waiting++] = local
          break
        case 'sync':
          this.comeTo(wait.monitor)
          break
        case 'input':
        case 'claim':
          here[waiting++] = local
          break
        case 'join':
        case 'ended':
          break
      }
    }
    for (let i = 0; i < waiting; i++) {
      const local = here[i]
      if (local !== undefined) this.movesOf(local, state, moves)
    }
    this.otherMoves(state, moves)
    return moves
  }

  /** Adds the moves that no process makes alone, or with one other. */
  private otherMoves(state: Int32Array, moves: Move[]): void {
    if (!this.haveCome && this.earliest < Infinity) moves.push({ kind: TICK, actor: -1, other: this.earliest, guard: -1, value: -1 })
    if (this.come !== undefined) this.meetings(this.come, state, moves)
  }

  private waitFor(due: number): void {
    if (due <= 0) this.haveCome = true
    else if (due < this.earliest) this.earliest = due
  }

  private comeTo(monitor: number): void {
    this.come ??= new Map()
    this.come.set(monitor, (this.come.get(monitor) ?? 0) + 1)
  }

  private beginStamp(): void {
    const channels = this.numbering.names.channels.length
    if (channels > this.writers.length) {
      this.writers = new Int32Array(2 * channels)
      this.stamps = new Int32Array(2 * channels)
      this.stamp = 0
    }
    this.stamp++
  }

  private isShown(channel: number): boolean {
    const end = this.numbering.names.channels[channel]?.end
    return end !== undefined && end !== 'keyboard'
  }

  private movesOf({ wait, place: { component } }: Local, state: Int32Array, moves: Move[]): void {
    switch (wait.kind) {
      case 'input':
        this.inputs(component, wait.channel, -1, state, moves)
        return
      case 'alt':
        for (let i = 0, isBlocked = false; i < wait.guards.length; i++) {
          const guard = wait.guards[i] as LocalGuard // i < length
          if (guard.first) isBlocked = false
          if (!isBlocked) isBlocked = this.guardMoves(component, guard, state, moves)
        }
        return
      case 'time':
        if (wait.due <= 0) moves.push({ kind: WAKE, actor: component, other: -1, guard: -1, value: -1 })
        return
      case 'claim': {
        const claim = this.monitorAt(state, wait.monitor)
        if (claim.kind === 'claim' && !claim.held) moves.push({ kind: CLAIMED, actor: component, other: -1, guard: -1, value: -1 })
        return
      }
      case 'output':
      case 'join':
      case 'sync':
      case 'ended':
        return
    }
  }

  private monitorAt(state: Int32Array, monitor: number): ReturnType<MonitorStates['at']> {
    const name = this.numbering.names.monitors[monitor]
    return this.monitors.at(state[name?.component ?? -1] ?? 0)
  }

  /** @returns whether the guard is ready whatever other processes do */
  private guardMoves(component: number, guard: LocalGuard, state: Int32Array, moves: Move[]): boolean {
    switch (guard.kind) {
      case 'input':
        return this.inputs(component, guard.channel, guard.guard, state, moves)
      case 'time':
        if (guard.due > 0) return false
        moves.push({ kind: CHOOSE, actor: component, other: -1, guard: guard.guard, value: -1 })
        return true
      case 'skip':
        moves.push({ kind: CHOOSE, actor: component, other: -1, guard: guard.guard, value: -1 })
        return true
      case 'sync':
        return false
    }
  }

  private inputs(component: number, channel: number, guard: number, state: Int32Array, moves: Move[]): boolean {
    const name = this.numbering.names.channels[channel]
    if (name?.end !== undefined) {
      const isKeyboard = name.end === 'keyboard'
      const values = isKeyboard ? this.keys : this.fromOutside(name, state)
      for (const value of values) moves.push({ kind: TYPE, actor: component, other: -1, guard, value })
      return isKeyboard && this.options.keys.length === 0
    }
    if (this.stamps[channel] !== this.stamp) return false
    moves.push({ kind: COMMUNICATE, actor: this.writers[channel] ?? -1, other: component, guard, value: -1 })
    return false
  }

  /** @returns the numbers of the values that may come from outside now */
  private fromOutside(name: ChannelName, state: Int32Array): readonly number[] {
    const { end, component } = name
    if (typeof end !== 'object' || end.direction !== '?') return []
    let all = this.alphabets.get(end)
    if (all === undefined) {
      all = end.positions.map(({ values }) => values.map((value) => this.numbering.value(value)))
      this.alphabets.set(end, all)
    }
    return all[component < 0 ? 0 : (state[component] ?? 0)] ?? []
  }

  /** @returns the channel that leads outside which a move goes through; undefined when it is another kind of move */
  outsideOf(state: Int32Array, { kind, actor, guard }: Move): ChannelName | undefined {
    if (kind !== SHOW && kind !== TYPE) return undefined
    const { wait } = this.requireLocal(state, actor)
    const channel =
      wait.kind === 'output' || wait.kind === 'input'
        ? wait.channel
        : wait.kind === 'alt'
          ? wait.guards.find((each) => each.guard === guard && each.kind === 'input')
          : undefined
    const number = typeof channel === 'object' && channel.kind === 'input' ? channel.channel : channel
    const name = typeof number === 'number' ? this.numbering.names.channels[number] : undefined
    return typeof name?.end === 'object' ? name : undefined
  }

  /** A value goes through a channel that leads outside. */
  private pass(state: Int32Array, move: Move): void {
    const name = this.outsideOf(state, move)
    if (name === undefined || name.component < 0 || typeof name.end !== 'object') return
    const position = name.end.positions[state[name.component] ?? 0]
    this.put(name.component, position?.after(this.numbering.valueAt(move.value, 0)) ?? 0)
  }

  private meetings(barriers: ReadonlyMap<number, number>, state: Int32Array, moves: Move[]): void {
    for (const [monitor, come] of barriers) {
      const barrier = this.monitorAt(state, monitor)
      if (barrier.kind === 'barrier' && come >= barrier.enrolled)
        moves.push({ kind: MEET, actor: -1, other: monitor, guard: -1, value: -1 })
    }
  }

  // ------------------------------------------------------------------------------------------ going on

  /** Makes a move. `next` is where it leads. */
  apply(state: Int32Array, move: Move): Result {
    this.load(state)
    return this.make(state, move)
  }

  /** The next moves that are made are moves of this state. */
  load(state: Int32Array): void {
    this.successor.load(state)
  }

  /** Makes a move of the state that was loaded. `next` is where it leads, and `changed` how it differs. */
  make(state: Int32Array, move: Move): Result {
    this.successor.undo()
    this.timed = false
    this.travel.beginMove(state)
    return this.named(this.go(state, move))
  }

  /** After a move: what travels gets the names that it has in the state which the move leads to. */
  private named(result: Result): Result {
    if (result === 'state' && this.numbering.names.haveTravellers) this.travel.arrive()
    return result
  }

  private put(component: number, word: number): void {
    this.successor.put(component, word)
  }

  private go(state: Int32Array, move: Move): Result {
    switch (move.kind) {
      case COMMUNICATE: {
        const writer = this.requireLocal(state, move.actor)
        const reader = this.requireLocal(state, move.other)
        if (writer.wait.kind !== 'output') throw new Error('a writer does not write')
        const read = this.locals.value(reader, move.guard, writer.wait.value)
        const result = this.carryOut(read)
        if (result !== 'state' || !read.taken) return result
        return this.carryOut(this.travel.sinceDepartures(this.locals.taken(writer)))
      }
      case SHOW:
        this.pass(state, move)
        return this.carryOut(this.locals.taken(this.requireLocal(state, move.actor)))
      case TYPE: {
        const step = this.locals.value(this.requireLocal(state, move.actor), move.guard, move.value)
        if (!step.taken && this.outsideOf(state, move) !== undefined)
          throw new NotExplored('an extended input from a channel that leads outside')
        this.pass(state, move)
        return this.carryOut(step)
      }
      case CHOOSE:
        return this.carryOut(this.locals.chosen(this.requireLocal(state, move.actor), move.guard))
      case WAKE:
        return this.carryOut(this.locals.time(this.requireLocal(state, move.actor)))
      case TICK:
        for (let component = 0; component < state.length; component++) {
          const local = this.localAt(state, component)
          if (local !== undefined) this.put(component, this.locals.later(local, move.other).index)
        }
        return 'state'
      case CLAIMED: {
        const local = this.requireLocal(state, move.actor)
        if (local.wait.kind !== 'claim') throw new Error('a process does not claim')
        this.put(this.numbering.names.monitors[local.wait.monitor]?.component ?? -1, this.monitors.held)
        return this.carryOut(this.locals.granted(local))
      }
      case MEET:
        return this.meet(state, move.other)
    }
  }

  private meet(state: Int32Array, monitor: number): Result {
    for (let component = 0; component < state.length; component++) {
      const local = this.localAt(state, component)
      if (local === undefined) continue
      const guard = guardOf(local, monitor)
      if (guard === undefined) continue
      const result = this.carryOut(this.travel.sinceDepartures(this.locals.synced(local, guard)))
      if (result !== 'state') return result
    }
    return 'state'
  }

  private requireLocal(state: Int32Array, component: number): Local {
    const local = this.localAt(state, component)
    if (local === undefined) throw new Error(`no process is at component ${component}`)
    return local
  }

  // ------------------------------------------------------------------------------------------ steps

  private carryOut(made: Step): Result {
    const step = this.travel.settled(made)
    const { sets, effects, ended, forks, failure, passed, timed } = step
    if (timed) this.timed = true
    if (failure !== undefined) {
      this.failure = failure
      return 'failed'
    }
    if (passed) return 'passed'
    this.successor.makeRoom(this.components)
    for (const effect of effects) {
      const { component } = effect.name
      this.put(component, this.monitors.after(this.next[component] ?? 0, effect))
    }
    for (const [component, index] of sets) this.put(component, index)
    if (forks.length > 0) {
      const result = this.fork(step)
      if (result !== 'state') return result
    }
    for (const place of ended) {
      const result = this.branchEnded(place)
      if (result !== 'state') return result
    }
    return 'state'
  }

  /** Processes that were forked get places and begin: first all that one step has forked, then what these fork. */
  private fork({ forks, by }: Step): Result {
    const queue = this.placed(by, forks)
    for (const { place, forked } of queue) {
      const step = this.travel.settled(this.locals.started(place, forked))
      this.travel.yetToBegin.delete(place.component)
      for (const each of this.placed(place, step.forks)) queue.push(each)
      const result = this.carryOut({ ...step, forks: [] })
      if (result !== 'state') return result
    }
    return 'state'
  }

  /** Finds places for processes that somebody forks: below the FORKING around him, the first that are free. */
  private placed(by: Place, forks: readonly Forked[]): Placed[] {
    return forks.map((given) => {
      const around = given.around ?? this.forkingAbove(by)
      const forked = this.travel.departed(around, given)
      let branch = 1
      while ((this.next[around.at(branch).component] ?? 0) !== 0) branch++
      const place = around.at(branch)
      this.successor.makeRoom(this.components)
      this.put(place.component, TAKEN)
      this.travel.yetToBegin.add(place.component)
      return { place, forked }
    })
  }

  private forkingAbove(by: Place): Place {
    for (let above = by.parent; above !== null; above = above.parent) {
      const wait = this.localAt(this.next, above.component)?.wait
      if (wait?.kind === 'join' && wait.forking) return above
    }
    throw new Error('a process forks, and there is no FORKING around it')
  }

  /** If the branches of a PAR have all ended, the process goes on that has waited for them. */
  private branchEnded({ parent, branch: ended, component }: Place): Result {
    if (parent === null) return 'state'
    const waiting = this.localAt(this.next, parent.component)
    if (waiting?.wait.kind !== 'join') return 'state'
    if (waiting.wait.forking) {
      if (ended > 0) this.put(component, 0) // nobody asks for what it leaves
      if (parent.all.some((place) => place.branch > 0 && (this.next[place.component] ?? 0) !== 0)) return 'state'
    }
    const branches: Local[] = []
    for (let i = 0; i < waiting.wait.branches; i++) {
      const branch = this.localAt(this.next, parent.at(i).component)
      if (branch?.wait.kind !== 'ended') return 'state'
      branches.push(branch)
    }
    return this.carryOut(this.locals.joined(waiting, branches))
  }

  /** Whether the program has ended in a state. */
  hasEnded(state: Int32Array): boolean {
    return this.localAt(state, this.numbering.names.root.component)?.wait.kind === 'ended'
  }
}

/** @returns the guard by which a process waits at a barrier, -1 for a SYNC outside of an ALT; undefined when it does not */
export function guardOf({ wait }: Local, monitor: number): number | undefined {
  if (wait.kind === 'sync') return wait.monitor === monitor ? -1 : undefined
  if (wait.kind !== 'alt') return undefined
  for (const guard of wait.guards) if (guard.kind === 'sync' && guard.monitor === monitor) return guard.guard
  return undefined
}
