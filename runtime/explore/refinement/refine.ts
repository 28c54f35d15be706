/**
 * Refinement: whether all that one process does is something that another one, the specification, may do. By traces, by stable failures, or by failures and
 * divergences, as CSP defines them.
 *
 * Pairs of a state of the implementation and of a node of the specification are walked through, breadth first, so that no shorter way leads to what is wrong.
 */
import { Execution } from '../execution.ts'
import type { Happening } from '../execution.ts'
import { MemoryUsedUp } from '../memory-used-up.ts'
import type { OutsideChannel } from '../outside.ts'
import { scheduleOf } from '../schedule.ts'
import type { Bound, Progress } from '../search.ts'
import type { Move, SystemOptions } from '../system.ts'
import { Events, INTERNAL, Spelling } from './events.ts'
import { goingOn, internalOf, Specification } from './specification.ts'
import type { SpecificationNode } from './specification.ts'
import { Transitions } from './transitions.ts'

/** By what processes are compared. */
export type Model = 'traces' | 'failures' | 'divergences'

/** A process whose channels lead outside. */
export interface Component {
  /** For messages: `buffer.csp, PROC pair`. */
  readonly name: string
  readonly main: SystemOptions['main']
}

export interface RefineOptions {
  readonly implementation: Component
  readonly specification: Component
  /** The channels of both. */
  readonly channels: readonly OutsideChannel[]
  readonly model: Model
  /** Pairs after which the search is given up. */
  readonly states?: number
  /** Bytes, by and large. */
  readonly memory?: number
  readonly isFull?: () => boolean
}

/** What is wrong, spelled as events are: `out ! 1`. */
export type Difference =
  /** The implementation does what the specification never does there; `possible` is all that this one may do. */
  | { readonly kind: 'trace'; readonly event: string; readonly possible: readonly string[] }
  /** The implementation may wait for `offers` alone. The specification offers all events of one of the sets `wanted` at least. */
  | { readonly kind: 'refusal'; readonly offers: readonly string[]; readonly wanted: readonly (readonly string[])[] }
  /** The implementation may go on for ever and be seen to do nothing. The story goes round once; so many of its moves come before the circle. */
  | { readonly kind: 'divergence'; readonly before: number }

export interface Refuted {
  readonly difference: Difference
  /** What can be seen before it. */
  readonly trace: readonly string[]
  /** What happens in the implementation, move by move. */
  readonly story: readonly Happening[]
}

export interface Refinement {
  readonly kind: 'refines' | 'refuted' | 'bounded'
  readonly refuted?: Refuted
  /** Why not everything was seen. */
  readonly by?: Bound
  readonly progress: RefinementProgress
}

/** How far a search has come: `states` are pairs. */
export interface RefinementProgress extends Progress {
  /** States of the implementation, and nodes of the specification. */
  readonly implementation: number
  readonly specification: number
}

/** Pairs between two times that the search is left. */
const SLICE = 1000
/** What a pair takes, by and large. */
const PAIR_BYTES = 90
/** States of an implementation for which keys of pairs have room, and special ones below them. */
const KEYS = 2 ** 31
const SPECIAL = 2 ** 16
/** Entries of a Map, at most. */
const MOST_PAIRS = 2 ** 24 - 1

/**
 * Compares two processes, in steps: it is left now and then. Whoever goes on with `true` gives the search up.
 * @throws ExploreError R0601 when one of them does what is not covered
 */
export function* refine(options: RefineOptions): Generator<RefinementProgress, Refinement, boolean | undefined> {
  return yield* new Comparison(options).run()
}

class Comparison {
  private readonly events = new Events()
  private readonly implementation: Transitions
  private readonly specification: Specification
  private readonly states: number[] = []
  private readonly nodes: SpecificationNode[] = []
  /** Of each pair: the pair before it, and the edge that led to it. */
  private readonly parents: number[] = []
  private readonly edges: number[] = []
  private readonly pairs = new Map<number, number>()
  private moves = 0
  private depth = 0
  private expanded = 0

  constructor(private readonly options: RefineOptions) {
    const { isFull } = options
    const transitions = ({ name, main }: Component): Transitions =>
      new Transitions(name, { main, keys: [], ...(isFull === undefined ? {} : { isFull }) }, this.events)
    this.implementation = transitions(options.implementation)
    this.specification = new Specification(transitions(options.specification))
  }

  *run(): Generator<RefinementProgress, Refinement, boolean | undefined> {
    try {
      return yield* this.all()
    } catch (error) {
      if (!(error instanceof MemoryUsedUp)) throw error
      return this.bounded('machine')
    }
  }

  private *all(): Generator<RefinementProgress, Refinement, boolean | undefined> {
    const { states: most = Infinity, memory = Infinity, isFull } = this.options
    this.add(this.implementation.begin(), this.specification.begin(), -1, -1)
    for (let pair = 0, levelEnd = 1; pair < this.states.length; pair++) {
      if (pair === levelEnd) {
        this.depth++
        levelEnd = this.states.length
      }
      this.expanded = pair + 1
      const refuted = this.expand(pair)
      if (refuted !== undefined) return this.result({ kind: 'refuted', refuted })
      if (this.states.length > most) return this.bounded('states')
      if (pair % SLICE !== SLICE - 1) continue
      if (this.memory > memory) return this.bounded('memory')
      if (isFull?.() === true) return this.bounded('machine')
      if ((yield this.progress()) === true) return this.bounded('time')
    }
    const divergence = this.options.model === 'divergences' ? this.divergence() : undefined
    return this.result(divergence === undefined ? { kind: 'refines' } : { kind: 'refuted', refuted: divergence })
  }

  private get memory(): number {
    return this.implementation.memory + this.specification.memory + PAIR_BYTES * this.states.length
  }

  private progress(): RefinementProgress {
    const { states, moves, depth, expanded, memory } = this
    return {
      states: states.length,
      moves,
      depth,
      queue: states.length - expanded,
      memory,
      implementation: this.implementation.states.size,
      specification: this.specification.size,
    }
  }

  private result(found: Omit<Refinement, 'progress'>): Refinement {
    return { ...found, progress: this.progress() }
  }

  private bounded(by: Bound): Refinement {
    return this.result({ kind: 'bounded', by })
  }

  private add(state: number, node: SpecificationNode, parent: number, edge: number): void {
    const key = state + SPECIAL + KEYS * node.index
    if (this.pairs.has(key)) return
    if (this.pairs.size >= MOST_PAIRS) throw new MemoryUsedUp()
    this.pairs.set(key, this.states.length)
    this.states.push(state)
    this.nodes.push(node)
    this.parents.push(parent)
    this.edges.push(edge)
  }

  private at(pair: number): { readonly state: number; readonly node: SpecificationNode } {
    const state = this.states[pair]
    const node = this.nodes[pair]
    if (state === undefined || node === undefined) throw new Error(`there is no pair ${pair}`)
    return { state, node }
  }

  /** @returns what is wrong with a pair; all that follows is added */
  private expand(pair: number): Refuted | undefined {
    const { model } = this.options
    const { state, node } = this.at(pair)
    // a specification that may go on for ever unseen may do anything
    if (model === 'divergences' && node.diverges) return undefined
    const edges = this.implementation.edges(state)
    if (model !== 'traces' && this.implementation.isStable(state)) {
      const offers = new Set<number>()
      for (let i = 0; i < edges.length; i += 2) offers.add(edges[i] ?? INTERNAL)
      if (!node.acceptances.some((wanted) => wanted.every((event) => offers.has(event)))) {
        const wanted = node.acceptances
        return this.tell(pair, [], (spelling) => ({
          kind: 'refusal',
          offers: [...offers].map((event) => spelling.spell(event)),
          wanted: wanted.map((events) => events.map((event) => spelling.spell(event))),
        }))
      }
    }
    for (let i = 0; i < edges.length; i += 2) {
      const event = edges[i] ?? INTERNAL
      const to = edges[i + 1] ?? 0
      this.moves++
      const next = event === INTERNAL ? node : this.specification.after(node, event)
      if (next === undefined)
        return this.tell(pair, [{ state, edge: i / 2 }], (spelling) => ({
          kind: 'trace',
          event: spelling.spell(event),
          possible: [...node.targets.keys()].map((each) => spelling.spell(each)),
        }))
      this.add(to, next, pair, i / 2)
    }
    return undefined
  }

  /** @returns the first pair in which the implementation can go round a circle of internal moves, where the specification cannot */
  private divergence(): Refuted | undefined {
    const { implementation } = this
    const here = this.states.filter((_, pair) => !this.at(pair).node.diverges)
    const onwards = goingOn(here, (state) => internalOf(implementation, state))
    if (onwards.size === 0) return undefined
    const before = new Map<number, number[]>()
    for (const state of onwards) for (const to of internalOf(implementation, state)) before.set(to, [...(before.get(to) ?? []), state])
    const round = goingOn(onwards, (state) => before.get(state) ?? [])
    for (let pair = 0; pair < this.states.length; pair++) {
      const { state, node } = this.at(pair)
      if (node.diverges || !round.has(state)) continue
      const circle = this.circle(state)
      if (circle === undefined) continue
      const length = this.wayTo(pair).length
      return this.tell(pair, circle, () => ({ kind: 'divergence', before: length }))
    }
    throw new Error('a circle was lost')
  }

  /** @returns the fewest internal moves from a state back to it; undefined when there are none */
  private circle(start: number): Edge[] | undefined {
    const came = new Map<number, Edge>()
    const queue = [start]
    for (const state of queue) {
      const edges = this.implementation.edges(state)
      for (let i = 0; i < edges.length; i += 2) {
        const to = edges[i + 1] ?? 0
        if (edges[i] !== INTERNAL || came.has(to)) continue
        came.set(to, { state, edge: i / 2 })
        if (to !== start) {
          queue.push(to)
          continue
        }
        const circle: Edge[] = []
        for (let at = came.get(start); at !== undefined; at = at.state === start ? undefined : came.get(at.state)) circle.push(at)
        return circle.reverse()
      }
    }
    return undefined
  }

  private wayTo(pair: number): Edge[] {
    const way: Edge[] = []
    for (let at = pair; (this.parents[at] ?? -1) >= 0; at = this.parents[at] ?? -1)
      way.push({ state: this.at(this.parents[at] ?? 0).state, edge: this.edges[at] ?? 0 })
    return way.reverse()
  }

  /**
   * @param more edges after the way to the pair
   * @param difference what is wrong; its events are spelled as they are after the trace to the pair
   */
  private tell(pair: number, more: readonly Edge[], difference: (spelling: Spelling) => Difference): Refuted {
    const { implementation, options } = this
    const way = this.wayTo(pair)
    const spelling = new Spelling(this.events, options.channels)
    const trace: string[] = []
    for (const { state, edge } of way) {
      const event = implementation.edges(state)[2 * edge] ?? INTERNAL
      if (event !== INTERNAL) trace.push(spelling.next(event))
    }
    const moves = [...way, ...more]
      .map(({ state, edge }) => implementation.moveAt(state, edge))
      .filter((move): move is Move => move !== undefined)
    const schedule = scheduleOf(implementation.system, moves)
    const execution = new Execution({ main: options.implementation.main })
    return { difference: difference(spelling), trace, story: schedule.map((move) => execution.move(move)) }
  }
}

/** An edge of a state. */
interface Edge {
  readonly state: number
  readonly edge: number
}
