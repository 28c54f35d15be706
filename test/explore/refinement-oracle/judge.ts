/**
 * Judges refinement of pairs of machines by the definitions: traces, refusals and divergences are listed, up to a length, and compared as sets. No node is
 * made of states and nothing is searched.
 */
import type { Model } from '../../../runtime/explore/refinement/refine.ts'
import type { MachineState, Pair } from './machines.ts'

/** The state of each machine; or null, when the process has ended or failed and that has been seen. */
type Together = readonly [number, number] | null

interface Step {
  /** Undefined: nobody sees it. */
  readonly event: string | undefined
  readonly to: string
}

const EVENTS = ['a ? 0', 'a ? 1', 'b ! 0', 'b ! 1', 'd ? 0', 'd ? 1', 'e ! 0', 'e ! 1', 'the end', 'a fault (R0101)']

/** A process, by the names of its states. */
class Graph {
  private readonly known = new Map<string, Step[]>()

  constructor(private readonly pair: Pair) {}

  readonly first = JSON.stringify([0, 0])

  steps(name: string): readonly Step[] {
    let steps = this.known.get(name)
    if (steps === undefined) this.known.set(name, (steps = this.find(JSON.parse(name) as Together))) // as `steps` has named it
    return steps
  }

  private find(together: Together): Step[] {
    if (together === null) return []
    const [i, j] = together
    const [first, second] = [this.state(0, i), this.state(1, j)]
    if (first.kind === 'fail' || second.kind === 'fail') return [{ event: 'a fault (R0101)', to: 'null' }]
    if (first.kind === 'end' && second.kind === 'end') return [{ event: 'the end', to: 'null' }]
    const steps = [...alone(first, (to) => [to, j]), ...alone(second, (to) => [i, to])]
    if (first.kind === 'output' && first.channel === 'c' && second.kind === 'alt')
      for (const { channel, to } of second.inputs)
        if (channel === 'c') steps.push({ event: undefined, to: JSON.stringify([first.to, to[first.value]]) })
    return steps
  }

  private state(machine: 0 | 1, number: number): MachineState {
    const state = this.pair[machine][number]
    if (state === undefined) throw new Error('there is no such state')
    return state
  }

  /** @returns all states that can be reached unseen */
  unseen(names: Iterable<string>): Set<string> {
    const all = new Set(names)
    for (const name of all) for (const { event, to } of this.steps(name)) if (event === undefined) all.add(to)
    return all
  }

  after(names: ReadonlySet<string>, seen: string): Set<string> {
    const next: string[] = []
    for (const name of names) for (const { event, to } of this.steps(name)) if (event === seen) next.push(to)
    return this.unseen(next)
  }

  /** Whether one can go on unseen for ever: there is a state from which one comes back to it. */
  diverges(names: ReadonlySet<string>): boolean {
    return [...names].some((name) => {
      const next = this.steps(name).flatMap(({ event, to }) => (event === undefined ? [to] : []))
      return this.unseen(next).has(name)
    })
  }

  /** @returns for each state where nothing goes on unseen: what it can do */
  stable(names: ReadonlySet<string>): Set<string>[] {
    return [...names]
      .map((name) => this.steps(name).map(({ event }) => event))
      .filter((events) => !events.includes(undefined))
      .map((events) => new Set(events.flatMap((event) => (event === undefined ? [] : [event]))))
  }
}

function alone(state: MachineState, to: (next: number) => Together): Step[] {
  const name = (next: number): string => JSON.stringify(to(next))
  if (state.kind === 'output') return state.channel === 'c' ? [] : [{ event: `${state.channel} ! ${state.value}`, to: name(state.to) }]
  if (state.kind !== 'alt') return []
  const steps: Step[] = state.skips.map((next) => ({ event: undefined, to: name(next) }))
  for (const { channel, to: after } of state.inputs)
    if (channel !== 'c') for (const [value, next] of after.entries()) steps.push({ event: `${channel} ? ${value}`, to: name(next) })
  return steps
}

/** All sets of events, as numbers of bits. */
const REFUSALS = Array.from({ length: 2 ** EVENTS.length }, (_, bits) => bits)

const bitsOf = (events: ReadonlySet<string>): number => EVENTS.reduce((bits, event, i) => (events.has(event) ? bits | (1 << i) : bits), 0)

/** @returns the sets that may be refused: all that nothing is in which the process offers */
function refusals(offers: readonly ReadonlySet<string>[]): Set<number> {
  const found = new Set<number>()
  for (const offered of offers.map(bitsOf)) for (const refused of REFUSALS) if ((refused & offered) === 0) found.add(refused)
  return found
}

/**
 * @param longest traces that are looked at
 * @returns the length of the shortest trace after which the first does what the second may not; undefined when there is none
 */
export function shortestDifference(first: Pair, second: Pair, model: Model, longest: number): number | undefined {
  const [mine, theirs] = [new Graph(first), new Graph(second)]
  let level = [{ here: mine.unseen([mine.first]), there: theirs.unseen([theirs.first]) }]
  for (let length = 0; length <= longest; length++) {
    const next: typeof level = []
    for (const { here, there } of level) {
      if (model === 'divergences') {
        if (theirs.diverges(there)) continue // what follows is permitted, whatever it is
        if (mine.diverges(here)) return length
      }
      if (model !== 'traces') {
        const permitted = refusals(theirs.stable(there))
        for (const refused of refusals(mine.stable(here))) if (!permitted.has(refused)) return length
      }
      for (const event of EVENTS) {
        const after = mine.after(here, event)
        if (after.size === 0) continue
        const wanted = theirs.after(there, event)
        if (wanted.size === 0) return length
        next.push({ here: after, there: wanted })
      }
    }
    level = distinct(next)
  }
  return undefined
}

function distinct<L extends { readonly here: ReadonlySet<string>; readonly there: ReadonlySet<string> }>(level: readonly L[]): L[] {
  const spelled = (names: ReadonlySet<string>): string => [...names].sort().join(' ')
  return [...new Map(level.map((each) => [`${spelled(each.here)}|${spelled(each.there)}`, each])).values()]
}
