/**
 * A process as those outside see it: its states, and from each the events and internal moves that lead to others. States are found when they are asked
 * for, and kept.
 *
 * Time that goes on is an internal move, like all that no channel to the outside has a part in.
 */
import { Fault } from '../../kernel/scheduler/fault.ts'
import type { Failure } from '../../kernel/scheduler/kernel.ts'
import { refusal } from '../explore-error.ts'
import { NotExplored } from '../not-explored.ts'
import { keyOf } from '../numbering.ts'
import { StateSet } from '../state-set.ts'
import { System } from '../system.ts'
import type { Move, SystemOptions } from '../system.ts'
import { END, INTERNAL } from './events.ts'
import type { Events } from './events.ts'

/** The process has ended or failed, and that has been seen. */
const OVER = -1
/** A process that has failed is in the state of this number less the number of the event, which is what it does next. */
const FAILED = -2

const NOTHING = new Int32Array(0)

export class Transitions {
  readonly system: System
  readonly states = new StateSet()
  /** By state: for each of its moves, in their order, the event and the state that it leads to. */
  private readonly known: (Int32Array | undefined)[] = []
  private kept = 0
  private state = new Int32Array(64)

  /** @param name of the process, for messages */
  constructor(
    private readonly name: string,
    options: SystemOptions,
    private readonly events: Events,
  ) {
    this.system = new System(options)
  }

  /** @returns bytes that are taken up, by and large */
  get memory(): number {
    return this.states.memory + this.system.memory + this.kept
  }

  /** @returns the first state. @throws ExploreError R0601 */
  begin(): number {
    return this.explored(() => this.reached(this.system.begin(), -1))
  }

  /** @returns pairs: an event, and the state that it leads to. @throws ExploreError R0601, MemoryUsedUp */
  edges(state: number): Int32Array {
    if (state < 0) return state === OVER ? NOTHING : Int32Array.of(FAILED - state, OVER)
    return (this.known[state] ??= this.explored(() => this.find(state)))
  }

  /** Whether nothing internal can happen in a state. */
  isStable(state: number): boolean {
    const edges = this.edges(state)
    for (let i = 0; i < edges.length; i += 2) if (edges[i] === INTERNAL) return false
    return true
  }

  /** @returns the move of an edge of a state; undefined where no process moves: an end, or a fault that shows */
  moveAt(state: number, edge: number): Move | undefined {
    if (state < 0) return undefined
    return this.movesOf(state)[edge]
  }

  private explored<R>(find: () => R): R {
    try {
      return find()
    } catch (error) {
      throw error instanceof NotExplored ? refusal(this.name, error) : error
    }
  }

  private movesOf(index: number): Move[] {
    const { system, states } = this
    if (system.components > this.state.length) this.state = new Int32Array(2 * system.components)
    states.read(index, this.state)
    return system.moves(this.state)
  }

  private find(index: number): Int32Array {
    const { system } = this
    const moves = this.movesOf(index)
    if (moves.length === 0 && system.hasEnded(this.state)) return Int32Array.of(END, OVER)
    const edges = new Int32Array(2 * moves.length)
    this.kept += edges.byteLength + 100
    moves.forEach((move, i) => {
      edges[2 * i] = this.eventOf(move)
      edges[2 * i + 1] = this.reached(system.apply(this.state, move), index)
    })
    return edges
  }

  private eventOf(move: Move): number {
    const { system, events } = this
    const name = system.outsideOf(this.state, move)
    if (name === undefined || typeof name.end !== 'object') return INTERNAL
    const { numbering } = system
    if (numbering.isTime(move.value)) throw new NotExplored('a reading of the clock that is sent outside')
    const value = numbering.valueAt(move.value, 0)
    return events.communication(name.end.name, keyOf(value), () => value)
  }

  private reached(result: ReturnType<System['apply']>, parent: number): number {
    const { system, states } = this
    switch (result) {
      case 'state':
        return states.add(system.next, system.components, parent)
      case 'passed':
        return FAILED - END
      case 'failed':
        return FAILED - this.events.fault(codeOf(system.failure))
    }
  }
}

function codeOf(failure: Failure | undefined): string {
  if (failure?.error instanceof Fault) return failure.error.code
  throw new Error('a process has failed without a fault') // the gate lets nothing else through
}
