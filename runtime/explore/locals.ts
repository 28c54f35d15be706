/**
 * What a single process does: its local states, and the steps from one to the next. Each step is carried out once, by the compiled machines behind a
 * gate, and is looked up from then on.
 *
 * A local state is a process at rest, as words. What it does next follows from these words and from what happens to it: its output is taken, a value
 * comes by a guard, a time comes, a monitor lets it go on, its branches have ended. Nothing else can be seen by it (processes share no variables), so
 * the step is the same in each state of the program in which the process is in that local state.
 *
 * Times. A step that reads the clock, or begins with words that are times, is carried out twice, at two readings of the clock. What then differs by
 * just as much as the readings is a time, and is kept relative to now; so a program that only adds to times and compares them has finitely many states.
 * One whose steps differ otherwise depends on the date, and is not explored.
 */
import { Barrier } from '../kernel/scheduler/barrier.ts'
import { Forks } from '../kernel/scheduler/forks.ts'
import type { Failure } from '../kernel/scheduler/kernel.ts'
import {
  ALT,
  CLAIM,
  ENDED,
  GONE,
  HOST,
  INPUT,
  Join,
  JOIN,
  Monitor,
  MONITOR,
  OUTPUT,
  Process,
  READY,
  SUSPENDED,
  SYNC,
  TIMER,
} from '../kernel/scheduler/state.ts'
import type { Channel, Frame, MonitorRequest } from '../kernel/scheduler/state.ts'
import { CHOSEN } from '../kernel/scheduler/waiters.ts'
import { branchesAwaited, Gate } from './gate.ts'
import type { ForkedProcess } from './gate.ts'
import { hold } from './held.ts'
import type { Held } from './held.ts'
import { NotExplored } from './not-explored.ts'
import type { MonitorName, Place } from './names.ts'
import type { Numbering } from './numbering.ts'
import type { Renaming, Travellers } from './renaming.ts'
import { textOfWords } from './text-of.ts'
import { laterWait } from './waits.ts'
import type { LocalGuard, Wait } from './waits.ts'
import { mergeArrays, readProcess, writeProcess } from './words.ts'

/** A process at rest. */
export interface Local {
  /** Among the local states of its place, from 1. */
  readonly index: number
  readonly place: Place
  readonly words: Int32Array
  /** Positions of words that are times relative to now. */
  readonly times: readonly number[]
  /** Positions of words that are names; see renaming.ts. */
  readonly names: readonly number[]
  readonly travellers: Travellers
  readonly wait: Wait
  readonly held: Held
  readonly steps: Map<number, Step>
  /** The step when its output has been taken. */
  taken: Step | undefined
  /** By the names that its travellers have there: the same with other names. */
  renamed: Map<string, Local> | undefined
}

/** What is done to a monitor. */
export type Effect =
  | { readonly kind: 'made'; readonly name: MonitorName; readonly isBarrier: boolean; readonly state: readonly number[] }
  | { readonly kind: 'request'; readonly name: MonitorName; readonly request: MonitorRequest; readonly n: number }

/** A process that was forked and has not begun. */
export interface Forked {
  /** Where the FORKING is: the process will be one more branch of the one there. Undefined: it is above the process that has made the step. */
  readonly around: Place | undefined
  readonly words: readonly number[]
  readonly times: readonly number[]
  readonly names: readonly number[]
  readonly held: Held
}

/** What a step leads to. */
export interface Step {
  /** Component, and index of the local state that it has then: 0 for none. */
  readonly sets: readonly (readonly [component: number, index: number])[]
  /** The places whose processes have ended. */
  readonly ended: readonly Place[]
  /** Whose step it is. */
  readonly by: Place
  /** In the order in which they were forked. */
  readonly forks: readonly Forked[]
  readonly effects: readonly Effect[]
  readonly failure: Failure | undefined
  readonly passed: boolean
  /** Of a value that was delivered: whether it was taken. */
  readonly taken: boolean
  /** Whether the clock was read. */
  readonly timed: boolean
  /** Whether it has made what travels: names in it are fresh. */
  readonly isFresh: boolean
}

/** What happens to a process. */
export type Event =
  | { readonly kind: 'begin'; readonly frame: () => Frame }
  /** It was forked. */
  | { readonly kind: 'started' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'value'; readonly guard: number; readonly value: number }
  | { readonly kind: 'chosen'; readonly guard: number }
  | { readonly kind: 'time' }
  | { readonly kind: 'granted' }
  | { readonly kind: 'synced'; readonly guard: number }
  | { readonly kind: 'joined'; readonly branches: readonly Local[] }

/** The readings of the clock at which steps are carried out. */
const NOW = 1_000_000_007
const ANOTHER_NOW = 1_350_000_024

/** A process after a run, before what is a time in it is known. */
interface Draft {
  readonly place: Place
  readonly words: number[]
  readonly times: number[]
  readonly names: readonly number[]
  readonly wait: Wait
  readonly held: Held
}

interface Run {
  readonly drafts: readonly Draft[]
  /** Processes that were forked. Their places are not known. */
  readonly forks: readonly (Draft & Forked)[]
  readonly effects: readonly Effect[]
  readonly failure: Failure | undefined
  readonly passed: boolean
  readonly taken: boolean
  readonly timed: boolean
  readonly isFresh: boolean
}

const GUARDS = 0x200000

/** What things take up in the heap of the engine, by and large: a step and each place that it sets, a local state and each word of it. */
const STEP_BYTES = 350
const SET_BYTES = 100
const LOCAL_BYTES = 900
const WORD_BYTES = 8

export class Locals {
  /** By component, and index. */
  readonly at: (Local | undefined)[][] = []
  private readonly known: Map<string, Local>[] = []
  private readonly joins = new Map<string, Step>()
  private readonly starts = new Map<string, Step>()
  private readonly gate: Gate
  private now = NOW
  private kept = 0

  /** @param isFull whether the memory is nearly used up */
  constructor(
    readonly numbering: Numbering,
    isFull?: () => boolean,
  ) {
    this.gate = new Gate(
      (p) => {
        numbering.prepare(p)
      },
      (p) => numbering.placeOf(p).component + 1,
      () => this.now,
      isFull,
      true,
      (p, by) => {
        numbering.prepareForked(p, by)
      },
    )
    numbering.requestOf = (p) => this.requestOf(p)
  }

  /** @returns bytes that local states and steps take up, by and large */
  get memory(): number {
    return this.kept
  }

  /** @returns the local state of the process at a component; undefined where there is none, or a monitor */
  in(state: Int32Array, component: number): Local | undefined {
    const index = state[component] ?? 0
    return index === 0 || this.numbering.names.places[component] === undefined ? undefined : this.local(component, index)
  }

  /** @returns the local state of a component that has that number */
  local(component: number, index: number): Local {
    const found = this.at[component]?.[index]
    if (found === undefined) throw new Error(`component ${component} has no state ${index}`)
    return found
  }

  /** @param frame makes the frame of the main process */
  begin(frame: () => Frame): Step {
    return this.carryOut(this.numbering.names.root, undefined, { kind: 'begin', frame })
  }

  taken(local: Local): Step {
    return (local.taken ??= this.step(local, 0, { kind: 'taken' }))
  }

  /** @param guard -1 for a process that waits in an input */
  value(local: Local, guard: number, value: number): Step {
    const key = value * GUARDS + guard + 2
    return local.steps.get(key) ?? this.step(local, key, { kind: 'value', guard, value })
  }

  /** A guard that is no input is chosen. */
  chosen(local: Local, guard: number): Step {
    return this.step(local, guard + 2, { kind: 'chosen', guard })
  }

  time(local: Local): Step {
    return this.step(local, 0, { kind: 'time' })
  }

  granted(local: Local): Step {
    return this.step(local, 0, { kind: 'granted' })
  }

  /** All have come to a barrier. @param guard of an ALT, or -1 */
  synced(local: Local, guard: number): Step {
    return guard < 0 ? this.granted(local) : this.step(local, guard + 2, { kind: 'synced', guard })
  }

  joined(local: Local, branches: readonly Local[]): Step {
    const key = `${local.place.component}:${local.index}:${branches.map(({ index }) => index).join(',')}`
    let step = this.joins.get(key)
    if (step === undefined) this.joins.set(key, (step = this.carryOut(local.place, local, { kind: 'joined', branches })))
    return step
  }

  /** A process that was forked begins, at a place of its own. */
  started(place: Place, { words, times, names, held }: Forked): Step {
    const key = `${place.component}:${keyOf(words, times)}`
    let step = this.starts.get(key)
    if (step === undefined) {
      const local: Local = {
        index: 0,
        place,
        words: Int32Array.from(words),
        times,
        names,
        travellers: this.numbering.travellersIn(words, names),
        held,
        wait: { kind: 'ended' },
        steps: new Map(),
        taken: undefined,
        renamed: undefined,
      }
      this.starts.set(key, (step = this.carryOut(place, local, { kind: 'started' })))
    }
    return step
  }

  private step(local: Local, key: number, event: Event): Step {
    let step = local.steps.get(key)
    if (step === undefined) local.steps.set(key, (step = this.carryOut(local.place, local, event)))
    return step
  }

  /** @returns the local state that a process has when `d` microseconds have passed and it has done nothing */
  later(local: Local, d: number): Local {
    const { words, times, names, wait, place, held } = local
    const moved = laterWait(wait, d, (value) => this.numbering.later(value, d))
    if (times.length === 0 && moved === wait) return local
    const after = [...words]
    for (const at of times) after[at] = ((after[at] ?? 0) - d) | 0
    return this.intern({ place, words: after, times: [...times], names, wait: moved, held })
  }

  /** @returns the local state that differs in the names of what travels only */
  renamed(local: Local, renaming: Renaming): Local {
    if (renaming.isOfOthers) return this.exchanged(local, renaming)
    const { channels, monitors } = local.travellers
    const key = `${channels.map((each) => renaming.channel(each)).join(',')};${monitors.map((each) => renaming.monitor(each)).join(',')}`
    const known = (local.renamed ??= new Map<string, Local>())
    let found = known.get(key)
    if (found === undefined) {
      this.kept += SET_BYTES
      known.set(key, (found = this.exchanged(local, renaming)))
    }
    return found
  }

  private exchanged({ place, words, times, names, wait, held }: Local, renaming: Renaming): Local {
    return this.intern({
      place,
      words: renaming.words(words, names),
      times: [...times],
      names,
      wait: renaming.wait(wait),
      held: renaming.held(held),
    })
  }

  /** @returns a step that differs in names only */
  renamedStep(step: Step, renaming: Renaming): Step {
    const { names } = this.numbering
    return {
      ...step,
      sets: step.sets.map(([component, index]) =>
        index === 0 ? [component, 0] : [component, this.renamed(this.local(component, index), renaming).index],
      ),
      forks: step.forks.map((forked) => ({
        ...forked,
        words: renaming.words(forked.words, forked.names),
        held: renaming.held(forked.held),
      })),
      effects: step.effects.map((effect) => ({ ...effect, name: names.monitors[renaming.monitor(effect.name.number)] ?? effect.name })),
    }
  }

  // ------------------------------------------------------------------------------------------ carrying out

  private carryOut(place: Place, local: Local | undefined, event: Event): Step {
    const run = this.run(place, local, event, NOW)
    const hasTimes = (local !== undefined && local.times.length > 0) || (event.kind === 'value' && this.numbering.isTime(event.value))
    if (run.timed || hasTimes || (event.kind === 'joined' && event.branches.some(({ times }) => times.length > 0)))
      this.findTimes(run, this.run(place, local, event, ANOTHER_NOW))
    const sets: (readonly [number, number])[] = []
    const ended: Place[] = []
    if (event.kind === 'joined') for (const branch of event.branches) sets.push([branch.place.component, 0])
    for (const draft of run.drafts) {
      const { index, wait } = this.intern(draft)
      sets.push([draft.place.component, index])
      if (wait.kind === 'ended') ended.push(draft.place)
    }
    const { forks, effects, failure, passed, taken, timed, isFresh } = run
    this.kept += STEP_BYTES + SET_BYTES * sets.length
    return { by: place, sets, ended, forks, effects, failure, passed, taken, timed, isFresh }
  }

  private run(place: Place, local: Local | undefined, event: Event, now: number): Run {
    const { numbering, gate } = this
    const { kernel } = gate
    this.now = now
    numbering.begin()
    gate.begin()
    let p: Process
    let taken = true
    if (local === undefined) {
      if (event.kind !== 'begin') throw new Error('a program begins once')
      p = new Process(kernel.high, () => false, event.frame(), null, 0)
      p.step = p.frame.machine.step as Process['step'] // the frame is of this machine's class
      numbering.put(p, place)
      gate.resume(p)
    } else {
      p = this.restore(local, event, now)
      numbering.put(p, place)
      switch (event.kind) {
        case 'begin':
          throw new Error('a program begins once')
        case 'value':
          taken = gate.deliver(p, event.guard, this.channelOf(local, event.guard), numbering.valueAt(event.value, now))
          break
        case 'chosen':
          gate.choose(p, event.guard)
          break
        case 'started':
        case 'taken':
        case 'time':
        case 'joined':
          gate.resume(p)
          break
        case 'granted':
          gate.let(p)
          break
        case 'synced':
          gate.let(p, CHOSEN + event.guard)
      }
    }
    const { passed, stopped, reads } = kernel
    const failure = gate.failure()
    const drafts: Draft[] = []
    if (!stopped) this.write(p, drafts, now)
    const forks = stopped ? [] : gate.forks.map((each) => this.writeForked(each, place, now))
    return {
      drafts,
      forks,
      effects: this.effects(),
      failure,
      passed,
      taken,
      timed: reads > 0,
      isFresh: numbering.hasMadeTravellers,
    }
  }

  private effects(): Effect[] {
    const { numbering, gate } = this
    const made = numbering.made.map(({ name, kind, state }): Effect => ({ kind: 'made', name, isBarrier: kind === BARRIER, state }))
    const requests = gate.effects.map(({ monitor, request, n }): Effect => {
      const name = numbering.names.nameOf(monitor)
      if (name === undefined) throw new Error('a monitor has no name')
      return { kind: 'request', name, request, n }
    })
    return [...made, ...requests]
  }

  private channelOf({ wait }: Local, guard: number): Channel {
    if (wait.kind === 'input') return this.numbering.channelAt(wait.channel)
    if (wait.kind === 'alt')
      for (const each of wait.guards) if (each.guard === guard && each.kind === 'input') return this.numbering.channelAt(each.channel)
    throw new Error('a value comes where nothing is input')
  }

  private restore(local: Local, event: Event, now: number): Process {
    const { numbering, gate } = this
    const { innermost, state, memory, at } = readProcess(local, local.place.parent !== null, numbering, now)
    const p = new Process(gate.kernel.high, innermost.machine.step as Process['step'], innermost, null, 0) // the frame is of this machine's class
    p.state = state as Process['state'] // as it was written
    if (event.kind === 'joined') {
      const j = new Join(p)
      for (const branch of event.branches) {
        const { innermost: root } = readProcess(branch, true, numbering, now)
        const ended = new Process(gate.kernel.high, () => false, root, j, j.branches.length)
        ended.state = ENDED
        j.branches.push(ended)
      }
      mergeArrays(
        local.words,
        at,
        memory,
        j.branches.map(({ frame }) => frame),
      )
      innermost.pending = j
    }
    return p
  }

  private write(p: Process, drafts: Draft[], now: number): void {
    const { numbering } = this
    const place = numbering.placeOf(p)
    numbering.put(p, place)
    const { words, times, names, held } = writeProcess(p, place.parent !== null, numbering, now)
    const wait = this.waitOf(p, now)
    drafts.push({ place, words, times, names, wait, held: wait.kind === 'alt' ? heldWith(held, wait.guards) : held })
    for (const branch of branchesAwaited(p) ?? []) this.write(branch, drafts, now)
  }

  private writeForked({ process, around }: ForkedProcess, maker: Place, now: number): Draft & Forked {
    const { numbering } = this
    const place = around === undefined ? undefined : numbering.placeOf(around)
    numbering.put(process, maker)
    const { words, times, names, held } = writeProcess(process, true, numbering, now)
    return { place: maker, around: place, words, times, names, wait: { kind: 'ended' }, held }
  }

  private waitOf(p: Process, now: number): Wait {
    const { numbering } = this
    const { value } = p
    switch (p.state) {
      case OUTPUT: {
        const c = value as Channel // OUTPUT
        return { kind: 'output', channel: numbering.channel(c), value: numbering.value(c.value) }
      }
      case INPUT:
        return { kind: 'input', channel: numbering.channel(value as Channel) } // INPUT
      case ALT:
        return {
          kind: 'alt',
          guards: this.gate.orderedGuardsOf(p).map(({ guard, first, what }): LocalGuard => {
            if (what === null) return { guard, first, kind: 'skip' }
            if (typeof what === 'number') return { guard, first, kind: 'time', due: what - now }
            if (what instanceof Monitor) return { guard, first, kind: 'sync', monitor: numbering.monitor(what) }
            return { guard, first, kind: 'input', channel: numbering.channel(what) }
          }),
        }
      case TIMER:
        return { kind: 'time', due: (value as number) - now } // TIMER
      case JOIN:
        return { kind: 'join', branches: branchesAwaited(p)?.length ?? 0, forking: p.frame.pending instanceof Forks }
      case MONITOR: {
        const monitor = numbering.monitor(value as Monitor) // MONITOR
        const request = this.requestOf(p)
        if (request === CLAIM) return { kind: 'claim', monitor }
        if (request === SYNC) return { kind: 'sync', monitor }
        throw new Error('a process waits at a monitor for what comes at once')
      }
      case ENDED:
        return { kind: 'ended' }
      case READY:
      case HOST:
      case GONE:
      case SUSPENDED:
        throw new NotExplored('a process that waits for something else than other processes', p)
    }
  }

  private requestOf(p: Process): MonitorRequest {
    const asked = this.gate.requestOf(p)
    if (asked !== undefined) return asked
    const name = this.numbering.names.nameOf(p.value as Monitor) // MONITOR
    const made = this.numbering.made.find((each) => each.name === name)
    if (made === undefined) throw new Error('a process waits at a monitor and has asked nothing')
    return made.kind === BARRIER ? SYNC : CLAIM
  }

  /** Finds out which words of a run are times, from another run at another time, and makes them relative. */
  private findTimes(run: Run, other: Run): void {
    const refuse = (): never => {
      throw new NotExplored('what depends on the date: a step of a process that does something else at another time')
    }
    if (run.drafts.length !== other.drafts.length || run.effects.length !== other.effects.length || run.forks.length !== other.forks.length)
      refuse()
    if ((run.failure === undefined) !== (other.failure === undefined) || run.passed !== other.passed) refuse()
    const twins = [...other.drafts, ...other.forks]
    ;[...run.drafts, ...run.forks].forEach((draft, i) => {
      const twin = twins[i]
      if (twin?.place !== draft.place || twin.words.length !== draft.words.length || twin.wait.kind !== draft.wait.kind) return refuse()
      draft.words.forEach((word, at) => {
        const another = twin.words[at] ?? 0
        if (word === another) return
        if (((another - word) | 0) !== ANOTHER_NOW - NOW) refuse()
        draft.times.push(at)
        draft.words[at] = (word - NOW) | 0
      })
      draft.times.sort((a, b) => a - b)
      this.requireSameWait(draft.wait, twin.wait, refuse)
    })
  }

  private requireSameWait(a: Wait, b: Wait, refuse: () => never): void {
    if (a.kind === 'output' && b.kind === 'output' && a.value !== b.value) {
      // the word of the value is a time, or it would have been refused
      const value = this.numbering.valueAt(a.value, NOW)
      if (typeof value !== 'number') refuse()
      else (a as { value: number }).value = this.numbering.time((value - NOW) | 0)
    } else if (JSON.stringify(a) !== JSON.stringify(b)) refuse()
  }

  private intern({ place, words, times, names, wait, held }: Draft): Local {
    const { component } = place
    const known = (this.known[component] ??= new Map())
    const key = keyOf(words, times)
    let local = known.get(key)
    if (local === undefined) {
      const all = (this.at[component] ??= [undefined])
      this.kept += LOCAL_BYTES + WORD_BYTES * (words.length + names.length)
      local = {
        index: all.length,
        place,
        words: Int32Array.from(words),
        times,
        names,
        travellers: this.numbering.travellersIn(words, names),
        wait,
        held,
        steps: new Map(),
        taken: undefined,
        renamed: undefined,
      }
      all.push(local)
      known.set(key, local)
    }
    return local
  }
}

/** @returns what a process holds that waits in an ALT with these guards */
function heldWith({ reads, writes, monitors }: Held, guards: readonly LocalGuard[]): Held {
  const all = { reads: [...reads], writes, monitors: [...monitors] }
  for (const guard of guards) {
    if (guard.kind === 'input') hold(all.reads, guard.channel)
    else if (guard.kind === 'sync') hold(all.monitors, guard.monitor)
  }
  return all
}

const BARRIER = new Barrier().kind

function keyOf(words: readonly number[], times: readonly number[]): string {
  const key = textOfWords(words)
  return times.length === 0 ? key : `${key}:${times.join(',')}`
}
