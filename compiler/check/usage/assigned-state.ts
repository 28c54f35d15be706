/** Which variables have no value yet at one point of the program. */
import type { VariableSymbol } from '../../semantics.ts'

/** `none`: certainly not assigned; `some`: perhaps; absent: nothing to say. */
export type State = Map<VariableSymbol, 'none' | 'some'>

/** @returns what holds when control comes from any of the states; undefined where it comes from nowhere. */
export function afterAny(states: readonly (State | undefined)[]): State | undefined {
  const [first, ...rest] = states.filter((state) => state !== undefined)
  if (first === undefined) return undefined
  const result = new Map(first)
  for (const state of rest) {
    for (const symbol of result.keys()) if (state.get(symbol) !== 'none') result.set(symbol, 'some')
    for (const symbol of state.keys()) if (!result.has(symbol)) result.set(symbol, 'some')
  }
  return result
}

/** @returns what holds when all of the branches have ended; undefined when one never ends. */
export function afterAll(before: State, ends: readonly (State | undefined)[]): State | undefined {
  const reached = ends.filter((end) => end !== undefined)
  if (reached.length < ends.length) return undefined
  const result: State = new Map()
  for (const [symbol, was] of before) {
    if (reached.every((end) => end.has(symbol))) result.set(symbol, reached.some((end) => end.get(symbol) === 'some') ? 'some' : was)
  }
  // what a branch has moved away, no other branch has given a value
  for (const end of reached) for (const [symbol, is] of end) if (!before.has(symbol)) result.set(symbol, is)
  return result
}
