/**
 * A specification, made deterministic: a node holds all states in which the process may be after one trace, so that a trace leads to one node at most.
 * Nodes are made when they are asked for.
 */
import { INTERNAL } from './events.ts'
import type { Transitions } from './transitions.ts'

export interface SpecificationNode {
  readonly index: number
  /** The states, in ascending order. */
  readonly members: Int32Array
  /** By event: states that it leads to at once. */
  readonly targets: ReadonlyMap<number, ReadonlySet<number>>
  /** Whether internal moves can go on for ever here. */
  readonly diverges: boolean
  /**
   * What the process offers where nothing internal can happen: sets of events, none of which holds another. Whoever offers less than each of them may
   * refuse what the specification never refuses.
   */
  readonly acceptances: readonly (readonly number[])[]
}

/** What a node takes up besides its states. */
const NODE_BYTES = 600

export class Specification {
  private readonly nodes: SpecificationNode[] = []
  private readonly byMembers = new Map<string, SpecificationNode>()
  private readonly steps: Map<number, SpecificationNode>[] = []
  private kept = 0

  constructor(private readonly transitions: Transitions) {}

  get size(): number {
    return this.nodes.length
  }

  /** @returns bytes that are taken up, by and large */
  get memory(): number {
    return this.kept + this.transitions.memory
  }

  begin(): SpecificationNode {
    return this.nodeOf([this.transitions.begin()])
  }

  /** @returns where an event leads; undefined when it cannot happen */
  after(node: SpecificationNode, event: number): SpecificationNode | undefined {
    const steps = (this.steps[node.index] ??= new Map())
    let next = steps.get(event)
    const targets = node.targets.get(event)
    if (next === undefined && targets !== undefined) steps.set(event, (next = this.nodeOf(targets)))
    return next
  }

  private nodeOf(states: Iterable<number>): SpecificationNode {
    const { transitions } = this
    const found = new Set(states)
    for (const state of found) {
      const edges = transitions.edges(state)
      for (let i = 0; i < edges.length; i += 2) if (edges[i] === INTERNAL) found.add(edges[i + 1] ?? 0)
    }
    const members = Int32Array.from(found).sort()
    const key = members.join(',')
    let node = this.byMembers.get(key)
    if (node === undefined) {
      const targets = new Map<number, Set<number>>()
      const acceptances: number[][] = []
      for (const state of members) {
        const edges = transitions.edges(state)
        const offered = new Set<number>()
        for (let i = 0; i < edges.length; i += 2) {
          const event = edges[i] ?? INTERNAL
          offered.add(event)
          if (event === INTERNAL) continue
          const to = targets.get(event) ?? new Set<number>()
          targets.set(event, to.add(edges[i + 1] ?? 0))
        }
        if (!offered.has(INTERNAL)) acceptances.push([...offered].sort((a, b) => a - b))
      }
      node = { index: this.nodes.length, members, targets, diverges: this.diverges(members), acceptances: minimal(acceptances) }
      this.nodes.push(node)
      this.byMembers.set(key, node)
      this.kept += NODE_BYTES + 30 * members.length
    }
    return node
  }

  /** Whether there is a circle of internal moves among states from which these lead nowhere else. */
  private diverges(members: Int32Array): boolean {
    return goingOn(members, (state) => internalOf(this.transitions, state)).size > 0
  }
}

/** @returns the states that internal moves of a state lead to */
export function internalOf(transitions: Transitions, state: number): number[] {
  const edges = transitions.edges(state)
  const to: number[] = []
  for (let i = 0; i < edges.length; i += 2) if (edges[i] === INTERNAL) to.push(edges[i + 1] ?? 0)
  return to
}

/**
 * @param after where each state leads to; what is not among `states` leads nowhere
 * @returns the states from which one can go on for ever
 */
export function goingOn(states: Iterable<number>, after: (state: number) => readonly number[]): Set<number> {
  const left = new Map<number, number>()
  const before = new Map<number, number[]>()
  const all = new Set(states)
  for (const state of all) {
    const to = after(state).filter((each) => all.has(each))
    left.set(state, to.length)
    for (const each of to) {
      const list = before.get(each)
      if (list === undefined) before.set(each, [state])
      else list.push(state)
    }
  }
  const stuck = [...all].filter((state) => left.get(state) === 0)
  for (const state of stuck) {
    all.delete(state)
    for (const each of before.get(state) ?? []) {
      const n = (left.get(each) ?? 0) - 1
      left.set(each, n)
      if (n === 0) stuck.push(each)
    }
  }
  return all
}

/** @returns the sets that hold none of the others, each once */
function minimal(sets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const kept: (readonly number[])[] = []
  for (const set of [...sets].sort((a, b) => a.length - b.length))
    if (!kept.some((each) => each.every((event) => set.includes(event)))) kept.push(set)
  return kept
}
