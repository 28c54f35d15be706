/**
 * The processes of a program as automata: what each can do in each of its local states, of all that happens in some state of the program. This is what
 * tools for models of communicating processes take.
 */
import type { ConsoleEnd } from '../code/program.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { noRoomToExport, refusalToExport } from './explore-error.ts'
import type { Local } from './locals.ts'
import { NotExplored } from './not-explored.ts'
import { Search } from './search.ts'
import type { SearchOptions } from './search.ts'
import { CLAIMED, COMMUNICATE, MEET, SHOW, TICK, TYPE, WAKE } from './system.ts'
import type { Move, System } from './system.ts'

/** What a process does. */
export type Action =
  | { readonly kind: 'send' | 'receive'; readonly channel: number; readonly value: Value }
  | { readonly kind: 'show'; readonly end: ConsoleEnd }
  | { readonly kind: 'key'; readonly key: number }
  | { readonly kind: 'choose' }

export interface Edge {
  readonly action: Action
  /** The state that it leads to; undefined when the process fails. */
  readonly to: number | undefined
}

/** One process: its states are numbers from 1, and 0 when it has ended and nobody waits for it. */
export interface Automaton {
  /** Which branch of each PAR it is, from the main process on. */
  readonly path: readonly number[]
  readonly first: number
  /** By state: what can be done in it. States in which the process has ended are in `ended`. */
  readonly edges: ReadonlyMap<number, readonly Edge[]>
  readonly ended: ReadonlySet<number>
}

export interface ExportOptions extends SearchOptions {
  readonly name: string
}

/**
 * @returns the processes of a program. Those that only wait for the branches of a PAR are left out.
 * @throws ExploreError R0604 when processes begin after others have moved, at times, claims, barriers and PASS, and when there are too many states
 */
export function automataOf(options: ExportOptions): Automaton[] {
  try {
    return new Builder(options).automata()
  } catch (error) {
    if (error instanceof NotExplored) throw refusalToExport(options.name, error.what)
    throw error
  }
}

class Builder {
  private readonly search: Search
  private readonly system: System
  /** By component and state: edges by what tells them apart. */
  private readonly edges = new Map<number, Map<number, Map<string, Edge>>>()
  private readonly ended = new Map<number, Set<number>>()

  constructor(private readonly options: ExportOptions) {
    this.search = new Search({ ...options, reduce: false, onlyDeadlocks: true, onlyFaults: true })
    this.system = this.search.system
  }

  automata(): Automaton[] {
    const { search, system } = this
    const steps = search.run()
    let step = steps.next()
    while (step.done !== true) step = steps.next(false)
    if (step.value.verdict.kind !== 'exhausted') throw noRoomToExport(this.options.name)
    if (search.states.size === 0) throw new NotExplored('an end before anything is communicated')
    const state = new Int32Array(system.components)
    for (let index = 0; index < search.states.size; index++) {
      search.states.read(index, state)
      for (const move of system.moves(state)) this.note(state, move)
    }
    search.states.read(0, state)
    const found: Automaton[] = []
    for (let component = 0; component < system.components; component++) {
      const local = system.localAt(state, component)
      if (local === undefined || local.wait.kind === 'join') continue
      const edges = new Map([...(this.edges.get(component) ?? [])].map(([at, all]) => [at, [...all.values()]]))
      const ended = this.ended.get(component) ?? new Set<number>()
      if (local.wait.kind === 'ended') ended.add(local.index)
      found.push({ path: local.place.path(), first: local.index, edges, ended })
    }
    return found
  }

  private note(state: Int32Array, move: Move): void {
    const { system } = this
    const { kind, actor, other, guard, value } = move
    if (kind === TICK || kind === WAKE) throw new NotExplored('a process that waits for a time')
    if (kind === CLAIMED) throw new NotExplored('a claim')
    if (kind === MEET) throw new NotExplored('a barrier')
    const result = system.apply(state, move)
    if (result === 'passed') throw new NotExplored('PASS')
    const mover = this.localAt(state, actor)
    const { wait } = mover
    if (kind === COMMUNICATE) {
      if (wait.kind !== 'output') throw new Error('a writer does not write')
      const reader = this.localAt(state, other)
      const read = system.locals.value(reader, guard, wait.value)
      if (!read.taken) throw new NotExplored('an extended input')
      const message = { channel: wait.channel, value: system.numbering.valueAt(wait.value, 0) }
      this.add(reader, `${guard}?${wait.value}`, { kind: 'receive', ...message }, read.failure !== undefined)
      // Of a writer whose reader has failed nothing more is known.
      this.add(mover, '!', { kind: 'send', ...message }, result === 'failed')
    } else if (kind === SHOW) {
      const channel = wait.kind === 'output' ? system.numbering.names.channels[wait.channel] : undefined
      this.add(mover, 'show', { kind: 'show', end: typeof channel?.end === 'string' ? channel.end : 'screen' }, result === 'failed')
    } else if (kind === TYPE) {
      this.add(mover, `${guard}key${value}`, { kind: 'key', key: Number(system.numbering.valueAt(value, 0)) }, result === 'failed')
    } else this.add(mover, `${guard}`, { kind: 'choose' }, result === 'failed')
    if (result === 'state') this.requireOthersStay(state, move)
  }

  private localAt(state: Int32Array, component: number): Local {
    const local = this.system.localAt(state, component)
    if (local === undefined) throw new Error('no process is there')
    return local
  }

  private add({ place: { component }, index }: Local, key: string, action: Action, fails: boolean): void {
    let states = this.edges.get(component)
    if (states === undefined) this.edges.set(component, (states = new Map<number, Map<string, Edge>>()))
    let edges = states.get(index)
    if (edges === undefined) states.set(index, (edges = new Map<string, Edge>()))
    const known = edges.get(key)
    if (known !== undefined && (known.to !== undefined || fails)) return
    edges.set(key, { action, to: fails ? undefined : this.after(component) })
  }

  /** @returns the state that a process has after a move. Where it has ended its place may be empty already, as nobody waits for it any more. */
  private after(component: number): number {
    const { system } = this
    const index = system.next[component] ?? 0
    const wait = system.localAt(system.next, component)?.wait
    if (wait?.kind === 'join') throw new NotExplored('a PAR that begins when others have moved')
    if (wait === undefined || wait.kind === 'ended') {
      let ended = this.ended.get(component)
      if (ended === undefined) this.ended.set(component, (ended = new Set()))
      ended.add(index)
    }
    return index
  }

  /** But for processes that have ended, and those that waited for them and end too. */
  private requireOthersStay(state: Int32Array, { kind, actor, other }: Move): void {
    const { system } = this
    for (let component = 0; component < system.components; component++) {
      if (component === actor || (kind === COMMUNICATE && component === other)) continue
      if (system.next[component] === (state[component] ?? 0)) continue
      const wait = system.localAt(system.next, component)?.wait
      if (wait !== undefined && wait.kind !== 'ended')
        throw new NotExplored('a process that goes on after its PAR, or begins when others have moved')
    }
  }
}
