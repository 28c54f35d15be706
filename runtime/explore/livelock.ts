/**
 * Livelocks: circles of states that a program can go round for ever while nobody outside hears of it.
 *
 * A move is visible when a byte is shown, a key is read, or time goes on (a program that waits for times is not busy). All others are internal. A
 * livelock is a circle of internal moves; it is CSP's divergence. A fair one is one that a scheduler can go round which lets everybody go on: each process,
 * and time, either moves in it or is somewhere on it not able to. Fairness is weak: of a process that can move in some of the states only, nothing is said.
 *
 * The states of a circle lie in one strongly connected component of the internal moves. A walk through all of a component is as fair as a circle in it
 * can be, so it is enough to look at whole components.
 */
import type { Progress, Search, Way } from './search.ts'
import { COMMUNICATE, guardOf, MEET, SHOW, TICK, TYPE } from './system.ts'
import type { Move } from './system.ts'

/** A way into a circle, and the circle. */
export interface Lasso {
  /** No shorter one leads to a livelock. */
  readonly way: Way
  /** Ends in the state in which it begins. */
  readonly circle: Way
}

/** Time, among the numbers of processes. */
const TIME = -1
/** States between two times that the search is left. */
const SLICE = 1000

const isInternal = ({ kind }: Move): boolean => kind !== SHOW && kind !== TYPE && kind !== TICK

interface Edge {
  readonly move: Move
  readonly to: number
}

/**
 * Looks for a livelock among the states that a search has seen; the search has left no moves out.
 * @param fair whether only those count that a fair scheduler can go round
 * @returns the livelock that the shortest way leads to; undefined when there is none; 'given up' when whoever drives this said so
 */
export function* livelockIn(search: Search, fair: boolean): Generator<Progress, Lasso | undefined | 'given up', boolean | undefined> {
  const graph = new InternalMoves(search)
  let best: { readonly first: number; readonly members: ReadonlySet<number> } | undefined
  const components = graph.components()
  for (let step = components.next(); step.done !== true; step = components.next()) {
    const members = step.value
    if (members === undefined) {
      if ((yield search.progress()) === true) return 'given up'
      continue
    }
    const first = members.reduce((least, each) => Math.min(least, each))
    if (best !== undefined && best.first < first) continue
    const set = new Set(members)
    if (graph.isCircle(set) && (!fair || graph.isFair(set))) best = { first, members: set }
  }
  if (best === undefined) return undefined
  return { way: search.wayTo(best.first), circle: graph.circle(best.first, best.members, fair) }
}

class InternalMoves {
  private state = new Int32Array(64)

  constructor(private readonly search: Search) {}

  private movesAt(index: number): Move[] {
    const { system, states } = this.search
    if (system.components > this.state.length) this.state = new Int32Array(2 * system.components)
    states.read(index, this.state)
    return system.moves(this.state)
  }

  /** @returns the internal moves of a state that lead to states which were seen */
  private edges(index: number): Edge[] {
    const { system, states } = this.search
    const edges: Edge[] = []
    for (const move of this.movesAt(index)) {
      if (!isInternal(move) || system.apply(this.state, move) !== 'state') continue
      const to = states.find(system.next, system.components)
      if (to >= 0) edges.push({ move, to })
    }
    return edges
  }

  private edgesWithin(index: number, members: ReadonlySet<number>): Edge[] {
    return this.edges(index).filter(({ to }) => members.has(to))
  }

  /** Yields each strongly connected component (Tarjan's algorithm, 1972), and undefined now and then. */
  *components(): Generator<readonly number[] | undefined, void> {
    const n = this.search.states.size
    /** When each was met, from 1; and the earliest that can be reached from it. */
    const met = new Int32Array(n)
    const low = new Int32Array(n)
    const isOpen = new Uint8Array(n)
    const open: number[] = []
    let count = 0
    const way: { readonly index: number; readonly to: readonly number[]; next: number }[] = []
    const enter = (index: number): void => {
      met[index] = low[index] = ++count
      isOpen[index] = 1
      open.push(index)
      way.push({ index, to: this.edges(index).map((edge) => edge.to), next: 0 })
    }
    const lower = (index: number, to: number): void => {
      low[index] = Math.min(low[index] ?? 0, to)
    }
    for (let root = 0; root < n; root++) {
      if (met[root] !== 0) continue
      enter(root)
      for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
        const { index } = top
        const to = top.to[top.next++]
        if (to !== undefined) {
          if (met[to] === 0) {
            enter(to)
            if (count % SLICE === 0) yield undefined
          } else if (isOpen[to] === 1) lower(index, met[to] ?? 0)
          continue
        }
        way.pop()
        const before = way.at(-1)
        if (before !== undefined) lower(before.index, low[index] ?? 0)
        if (low[index] !== met[index]) continue
        const members = open.splice(open.lastIndexOf(index))
        for (const each of members) isOpen[each] = 0
        yield members
      }
    }
  }

  /** Whether one can go round in a component: it has more than one state, or a move back to the one it has. */
  isCircle(members: ReadonlySet<number>): boolean {
    if (members.size > 1) return true
    for (const index of members) return this.edgesWithin(index, members).length > 0
    return false
  }

  /** Whether everybody who can move in all states of a component does move in it. */
  isFair(members: ReadonlySet<number>): boolean {
    let always: Set<number> | undefined
    const moved = new Set<number>()
    for (const index of members) {
      const able = this.able(index)
      if (always === undefined) always = able
      else for (const each of always) if (!able.has(each)) always.delete(each)
    }
    if (always === undefined || always.size === 0) return true
    for (const index of members) {
      for (const { move } of this.edgesWithin(index, members)) for (const each of this.movers(index, move)) moved.add(each)
    }
    return [...always].every((each) => moved.has(each))
  }

  /** @returns who can move in a state */
  private able(index: number): Set<number> {
    const able = new Set<number>()
    for (const move of this.movesAt(index)) for (const each of this.movers(index, move)) able.add(each)
    return able
  }

  /** @returns who takes part in a move of a state */
  private movers(index: number, { kind, actor, other }: Move): number[] {
    const { system, states } = this.search
    if (kind === TICK) return [TIME]
    if (kind === COMMUNICATE) return [actor, other]
    if (kind !== MEET) return [actor]
    const state = new Int32Array(system.components)
    states.read(index, state)
    const come: number[] = []
    for (let component = 0; component < state.length; component++) {
      const local = system.localAt(state, component)
      if (local !== undefined && guardOf(local, other) !== undefined) come.push(component)
    }
    return come
  }

  /** @returns moves from a state of a component back to it; with `fair`, such that everybody moves or is not able to somewhere */
  circle(start: number, members: ReadonlySet<number>, fair: boolean): Way {
    const back = this.path(start, members, (_, { to }) => to === start)
    if (!fair) return back.way
    const owed = this.able(start)
    const pay = ({ visited }: Path): void => {
      for (const { index, move } of visited) {
        const able = this.able(index)
        const movers = this.movers(index, move)
        for (const each of owed) if (!able.has(each) || movers.includes(each)) owed.delete(each)
      }
    }
    pay(back)
    let walk: Path = { way: [], visited: [], end: start }
    for (const each of [...owed]) {
      if (!owed.has(each)) continue
      const more = this.path(
        walk.end,
        members,
        (index, { move, to }) => this.movers(index, move).includes(each) || !this.able(to).has(each),
      )
      pay(more)
      owed.delete(each)
      walk = joined(walk, more)
    }
    if (walk.end !== start)
      walk = joined(
        walk,
        this.path(walk.end, members, (_, { to }) => to === start),
      )
    return [...walk.way, ...back.way]
  }

  /** @returns the fewest moves, one at least, to one that is wanted */
  private path(from: number, members: ReadonlySet<number>, isWanted: (index: number, edge: Edge) => boolean): Path {
    const came = new Map<number, { readonly before: number; readonly move: Move }>()
    const queue = [from]
    const pathTo = (index: number, last: Move, end: number): Path => {
      const visited = [{ index, move: last }]
      for (let at = index; at !== from;) {
        const step = came.get(at)
        if (step === undefined) throw new Error('the way to a state was lost')
        visited.push({ index: step.before, move: step.move })
        at = step.before
      }
      visited.reverse()
      return { way: visited.map(({ move }) => move), visited, end }
    }
    for (const index of queue) {
      for (const edge of this.edgesWithin(index, members)) {
        if (isWanted(index, edge)) return pathTo(index, edge.move, edge.to)
        if (edge.to === from || came.has(edge.to)) continue
        came.set(edge.to, { before: index, move: edge.move })
        queue.push(edge.to)
      }
    }
    throw new Error('a component is not connected')
  }
}

/** Moves, the states in which each is made, and where they lead. */
interface Path {
  readonly way: Way
  readonly visited: readonly { readonly index: number; readonly move: Move }[]
  readonly end: number
}

function joined(a: Path, b: Path): Path {
  return { way: [...a.way, ...b.way], visited: [...a.visited, ...b.visited], end: b.end }
}
