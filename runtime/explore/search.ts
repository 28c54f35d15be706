/**
 * The search: all states that a program can reach, breadth first, so that the way to what is wrong is a shortest one.
 *
 * It is left now and then (a generator), so that whoever drives it can look at the clock, tell how far it is, and give up.
 */
import { MemoryUsedUp } from './memory-used-up.ts'
import { StateSet } from './state-set.ts'
import { Stubborn } from './stubborn.ts'
import { System } from './system.ts'
import type { Move, SystemOptions } from './system.ts'

export interface SearchOptions extends SystemOptions {
  /** Moves after which nothing is looked at any more. */
  readonly depth?: number
  /** States after which the search is given up. */
  readonly states?: number
  /** Bytes for states, and for what processes do, after which the search is given up. */
  readonly memory?: number
  /** Whether a process that fails only ends that way: deadlocks alone are looked for. */
  readonly onlyDeadlocks?: boolean
  /** Whether deadlocks are passed over. */
  readonly onlyFaults?: boolean
  /** False: all moves of every state are made. Else those are left out that lead to nothing new; see stubborn.ts. */
  readonly reduce?: boolean
}

/** Why the search did not see everything. */
export type Bound =
  | 'depth'
  | 'states'
  | 'memory'
  | 'time'
  /** There is no memory for more, whatever was allowed. */
  | 'machine'

/** How far a search has come. */
export interface Progress {
  readonly states: number
  readonly moves: number
  readonly depth: number
  /** States that wait to be looked at. */
  readonly queue: number
  readonly memory: number
}

/** A way from the beginning of the program: moves, each made in the state that those before it lead to. */
export type Way = readonly Move[]

export type Verdict =
  /** All states were seen and none is wrong. */
  | { readonly kind: 'exhausted' }
  /** Nothing wrong was seen, but not all was seen. */
  | { readonly kind: 'bounded'; readonly by: Bound }
  | { readonly kind: 'deadlock'; readonly way: Way }
  | { readonly kind: 'fault'; readonly way: Way }
  /** After the way the moves of the circle can be made again and again, and nobody outside hears of it. */
  | { readonly kind: 'livelock'; readonly way: Way; readonly circle: Way }

export interface Found {
  readonly verdict: Verdict
  readonly progress: Progress
  /** Bytes a state takes. */
  readonly bytesPerState: number
  /** States in which the program has ended, by itself or by PASS. */
  readonly endings: number
}

/** States between two times that the search is left. */
const SLICE = 1000

export class Search {
  readonly system: System
  readonly states = new StateSet()
  private readonly stubborn: Stubborn
  private moves = 0
  private depth = 0
  private expanded = 0
  private endings = 0
  /** Of the moves of a state that were made: whether one leads to a state that was not looked at, and whether one has read the clock. */
  private leadsOn = false
  private timed = false

  constructor(private readonly options: SearchOptions) {
    this.system = new System(options)
    this.stubborn = new Stubborn(this.system)
  }

  progress(): Progress {
    const { states, moves, depth, expanded } = this
    return { states: states.size, moves, depth, queue: states.size - expanded, memory: this.memory }
  }

  private get memory(): number {
    return this.states.memory + this.system.memory
  }

  /**
   * Searches. @returns what was found
   * @throws NotExplored when the program does what is not covered
   */
  *run(): Generator<Progress, Found, boolean | undefined> {
    try {
      return yield* this.all()
    } catch (error) {
      if (!(error instanceof MemoryUsedUp)) throw error
      if (this.expanded > 0) this.expanded-- // in the midst of it
      return this.found({ kind: 'bounded', by: 'machine' })
    }
  }

  private *all(): Generator<Progress, Found, boolean | undefined> {
    const { system, states, options } = this
    const { depth: deepest = Infinity, states: most = Infinity, memory = Infinity } = options
    const begun = system.begin()
    if (begun === 'failed' && options.onlyDeadlocks !== true) return this.found({ kind: 'fault', way: [] })
    if (begun !== 'state') {
      this.endings++
      return this.found({ kind: 'exhausted' })
    }
    states.add(system.next, system.components, -1)
    let state = new Int32Array(system.components)
    let cut: Bound | undefined
    /** The first state that is a move deeper. */
    let levelEnd = states.size
    for (let index = 0; index < states.size; index++) {
      if (index === levelEnd) {
        this.depth++
        levelEnd = states.size
      }
      this.expanded = index + 1
      if (system.components > state.length) state = new Int32Array(2 * system.components)
      states.read(index, state)
      const moves = system.moves(state)
      if (moves.length === 0) {
        if (!system.hasEnded(state) && options.onlyFaults !== true) return this.found({ kind: 'deadlock', way: this.wayTo(index) })
        this.endings++
      }
      if (this.depth >= deepest) {
        if (moves.length > 0) cut = 'depth'
        continue
      }
      const fault = this.expand(index, state, moves)
      if (fault !== undefined) return this.found({ kind: 'fault', way: [...this.wayTo(index), fault] })
      if (states.size > most) return this.found({ kind: 'bounded', by: 'states' })
      if (this.memory > memory) return this.found({ kind: 'bounded', by: 'memory' })
      if (index % SLICE !== SLICE - 1) continue
      if (options.isFull?.() === true) return this.found({ kind: 'bounded', by: 'machine' })
      if ((yield this.progress()) === true) return this.found({ kind: 'bounded', by: 'time' })
    }
    return this.found(cut === undefined ? { kind: 'exhausted' } : { kind: 'bounded', by: cut })
  }

  /** Makes the moves of a state, or a part of them that is enough. @returns one after which a process has failed */
  private expand(index: number, state: Int32Array, moves: readonly Move[]): Move | undefined {
    const { system, options } = this
    const chosen = options.reduce === false ? moves : this.stubborn.choose(state, moves)
    this.leadsOn = false
    this.timed = false
    system.load(state)
    for (const move of chosen) if (!this.make(index, state, move)) return move
    if (chosen.length === moves.length || this.isEnough()) return undefined
    const before = new Set(chosen)
    for (const move of moves) if (!before.has(move) && !this.make(index, state, move)) return move
    return undefined
  }

  /** Whether the moves that were made stand for all. */
  private isEnough(): boolean {
    return this.leadsOn && !this.timed
  }

  /** Makes a move of the state that was loaded. @returns false when a process has failed */
  private make(index: number, state: Int32Array, move: Move): boolean {
    const { system } = this
    this.moves++
    const result = system.make(state, move)
    if (system.timed) this.timed = true
    if (result === 'failed' && this.options.onlyDeadlocks !== true) return false
    if (result !== 'state') this.endings++
    else if (this.states.addChanged(system.next, system.components, system, index) >= this.expanded) this.leadsOn = true
    return true
  }

  private found(verdict: Verdict): Found {
    return { verdict, progress: this.progress(), bytesPerState: this.states.bytesPerState, endings: this.endings }
  }

  /** @returns the moves by which a state was reached */
  wayTo(index: number): Way {
    const { system, states } = this
    const indices: number[] = []
    for (let at = index; at >= 0; at = states.parentOf(at)) indices.push(at)
    indices.reverse()
    const state = new Int32Array(system.components)
    const way: Move[] = []
    for (let i = 0; i + 1 < indices.length; i++) {
      states.read(indices[i] ?? 0, state)
      const goal = indices[i + 1]
      const move = system
        .moves(state)
        .find((each) => system.apply(state, each) === 'state' && states.find(system.next, system.components) === goal)
      if (move === undefined) throw new Error('the way to a state was lost')
      way.push(move)
    }
    return way
  }
}
