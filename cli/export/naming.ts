/** What processes and messages are called in models for other tools. */
import type { Automaton } from '../../runtime/explore/automata.ts'
import type { Value } from '../../runtime/kernel/scheduler/value.ts'
import { ByteWriter, writeValue } from '../../runtime/kernel/snapshot/codec.ts'

/** @returns a name that tells which branch of each PAR a process is, from 1 on: `main_2_1` */
export function processName(path: readonly number[]): string {
  return ['main', ...path.map((branch) => branch + 1)].join('_')
}

/** Whether a value is an integer that the tools can write: theirs have 32 bits. */
function isItsOwn(value: Value): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff && !Object.is(value, -0)
}

/** @returns a text that no other value has */
function keyOf(value: Value): string {
  const w = new ByteWriter()
  writeValue(w, value)
  return w.finish().join(' ')
}

/** @returns the name of a program or test for a comment of one line */
export function inComment(name: string): string {
  return name.replace(/\s+/g, ' ').replaceAll('*/', '* /')
}

/** @returns what gives the number of a message: integers of 32 bits stand for themselves; of other values each has a number that nobody else has */
export function messageNumbers(automata: readonly Automaton[]): (value: Value) => number {
  const others = new Map<string, number>()
  const taken = new Set<number>()
  const values = automata.flatMap(({ edges }) =>
    [...edges.values()].flat().flatMap(({ action }) => ('value' in action ? [action.value] : [])),
  )
  for (const value of values) if (isItsOwn(value)) taken.add(value)
  return (value) => {
    if (isItsOwn(value)) return value
    const key = keyOf(value)
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
