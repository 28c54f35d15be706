/** What processes and messages are called in models for other tools. */
import type { Automaton } from '../../runtime/explore/automata.ts'
import { spellValue } from '../../runtime/report/value.ts'

/** @returns a name that tells which branch of each PAR a process is, from 1 on: `main_2_1` */
export function processName(path: readonly number[]): string {
  return ['main', ...path.map((branch) => branch + 1)].join('_')
}

/** @returns what gives the number of a message: small integers stand for themselves, other values for their place among those that are sent */
export function messageNumbers(automata: readonly Automaton[]): (value: Parameters<typeof spellValue>[0]) => number {
  const others = new Map<string, number>()
  const taken = new Set<number>()
  const values = automata.flatMap(({ edges }) =>
    [...edges.values()].flat().flatMap(({ action }) => ('value' in action ? [action.value] : [])),
  )
  for (const value of values) if (typeof value === 'number' && Number.isInteger(value)) taken.add(value)
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value)) return value
    const key = spellValue(value)
    let number = others.get(key)
    if (number === undefined) {
      number = 0
      while (taken.has(number)) number++
      taken.add(number)
      others.set(key, number)
    }
    return number
  }
}
