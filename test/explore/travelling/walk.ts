/**
 * Walks all schedules of a script. It knows ends by the bundles that they are of, each with a number of its own, and shares nothing with the explorer,
 * the kernel or the compiler.
 */
import { nameOf } from './script.ts'
import type { Operation, Script, Variable } from './script.ts'

/** What can become of a script, and after how many moves at the earliest. */
export interface Outcomes {
  readonly ends: boolean
  readonly deadlock: number | undefined
  readonly fault: number | undefined
  /** Where bundles are told apart by what they are to the processes, and not by when they were made. */
  readonly states: number
}

interface State {
  /** By process: how many of its operations it has done. */
  readonly done: readonly number[]
  /** By process, and name of a variable: the bundle of the end that it holds. */
  readonly held: readonly ReadonlyMap<string, number>[]
  /** By process: the bundle that it has claimed. */
  readonly claimed: readonly (number | undefined)[]
  readonly bundles: number
}

/** @returns what can become of a script; undefined when there are more than `most` states */
export function outcomesOf(script: Script, most: number): Outcomes | undefined {
  const seen = new Set<string>()
  let [ends, deadlock, fault] = [false, undefined as number | undefined, undefined as number | undefined]
  let level: State[] = []
  const reach = (state: State, into: State[]): void => {
    const key = keyOf(state)
    if (seen.has(key)) return
    seen.add(key)
    into.push(state)
  }
  const nobody = script.map(() => undefined)
  reach(
    settled(script, { done: script.map(() => 0), held: script.map(() => new Map<string, number>()), claimed: nobody, bundles: 0 }),
    level,
  )
  for (let depth = 0; level.length > 0; depth++) {
    const next: State[] = []
    for (const state of level) {
      const after = successors(script, state)
      for (const each of after) {
        if (each === 'fault') fault ??= depth + 1
        else reach(settled(script, each), next)
      }
      if (after.length > 0) continue
      if (script.every((operations, i) => state.done[i] === operations.length)) ends = true
      else deadlock ??= depth
    }
    if (seen.size > most) return undefined
    level = next
  }
  return { ends, deadlock, fault, states: seen.size }
}

/** Bundles have numbers in the order in which they are met. */
function keyOf({ done, held, claimed }: State): string {
  const numbers = new Map<number, number>()
  const numberOf = (bundle: number): number => {
    const number = numbers.get(bundle) ?? numbers.size
    numbers.set(bundle, number)
    return number
  }
  const variables = held.map((each) =>
    [...each]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, bundle]) => `${name}=${numberOf(bundle)}`)
      .join(' '),
  )
  return `${done.join()};${variables.join(';')};${claimed.map((each) => (each === undefined ? '-' : numberOf(each))).join()}`
}

const at = (script: Script, { done }: State, process: number): Operation | undefined => script[process]?.[done[process] ?? 0]

/**
 * All processes have made what they make before they wait. A process that claims what it has made just now has it at once, since nobody else knows it.
 * @param known bundles that there were when all processes waited
 */
function settled(script: Script, state: State, known = state.bundles): State {
  for (const process of script.keys()) {
    const operation = at(script, state, process)
    if (operation?.do !== 'make') continue
    const held = new Map(state.held[process])
    held.set(nameOf(operation.client), state.bundles).set(nameOf(operation.server), state.bundles)
    return settled(script, { ...went(state, process), held: state.held.with(process, held), bundles: state.bundles + 1 }, known)
  }
  const claimed = state.claimed.map((before, process) => {
    const operation = at(script, state, process)
    if (operation?.do !== 'put' || operation.over.kind !== 'shared') return before
    const bundle = state.held[process]?.get(nameOf(operation.over)) ?? -1
    return bundle >= known ? bundle : before
  })
  return { ...state, claimed }
}

function went(state: State, process: number): State {
  return { ...state, done: state.done.with(process, (state.done[process] ?? 0) + 1), claimed: state.claimed.with(process, undefined) }
}

function successors(script: Script, state: State): (State | 'fault')[] {
  const all: (State | 'fault')[] = []
  const bundleOf = (process: number, variable: Variable): number => state.held[process]?.get(nameOf(variable)) ?? -1
  for (const writer of script.keys()) {
    const operation = at(script, state, writer)
    if (operation?.do === 'put') {
      const bundle = bundleOf(writer, operation.over)
      if (operation.over.kind === 'shared' && state.claimed[writer] === undefined) {
        if (!state.claimed.includes(bundle)) all.push({ ...state, claimed: state.claimed.with(writer, bundle) })
        continue
      }
      for (const reader of script.keys()) {
        const other = at(script, state, reader)
        if (other?.do !== 'take' || reader === writer) continue
        for (const over of other.over) {
          if (bundleOf(reader, over) !== bundle) continue
          all.push(other.wrong === operation.value ? 'fault' : went(went(state, writer), reader))
        }
      }
    } else if (operation?.do === 'give') {
      const reader = operation.to
      const other = at(script, state, reader)
      if (other?.do !== 'get' || other.from !== writer || other.into.kind !== operation.what.kind) continue
      const mine = new Map(state.held[writer])
      const theirs = new Map(state.held[reader])
      theirs.set(nameOf(other.into), bundleOf(writer, operation.what))
      if (operation.what.kind !== 'shared') mine.delete(nameOf(operation.what))
      all.push({ ...went(went(state, writer), reader), held: state.held.with(writer, mine).with(reader, theirs) })
    }
  }
  return all
}
