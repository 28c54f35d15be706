/** `--values`: what numbers may come from outside, on all channels or on one. */
import { InvalidValue } from '../parser.ts'

/** A number as it was written: a bigint where it is an integer. */
export type Given = bigint | number

/** By the name of a channel; that of all channels that have none of their own is empty. */
export type ValueChoices = ReadonlyMap<string, readonly Given[]>

/** Numbers of one list, at most. */
const MOST_NUMBERS = 1024

/** `in=0..3`, `0..1`, `key='a',10`, any number of times. */
export function valueChoices(text: string, before: ValueChoices = new Map()): ValueChoices {
  const [, name = '', list = ''] = /^(?:([A-Za-z][A-Za-z0-9.]*)=)?(.*)$/s.exec(text) ?? []
  const found = new Map<string, Given>()
  for (const item of items(list)) {
    for (const each of numbersOf(item.trim())) found.set(`${typeof each}${each}`, each)
    if (found.size > MOST_NUMBERS) throw new InvalidValue(`it has at most ${MOST_NUMBERS} numbers`)
  }
  return new Map([...before, [name, [...found.values()]]])
}

/** @returns what commas divide; one in quotes does not */
function items(list: string): string[] {
  return list.match(/'[^']*'|[^,']+|(?<=,|^)(?=,|$)/g) ?? ['']
}

function numbersOf(item: string): Given[] {
  const range = /^(-?\d+)\.\.(-?\d+)$/.exec(item)
  if (range !== null) {
    const [least, most] = [BigInt(range[1] ?? ''), BigInt(range[2] ?? '')]
    if (least > most) throw new InvalidValue(`the range ${item} is empty: the smaller number comes first`)
    if (most - least >= MOST_NUMBERS) throw new InvalidValue(`it has at most ${MOST_NUMBERS} numbers`)
    return Array.from({ length: Number(most - least) + 1 }, (_, i) => least + BigInt(i))
  }
  if (/^-?\d+$/.test(item)) return [BigInt(item)]
  if (/^-?\d+\.\d+([eE][-+]?\d+)?$/.test(item)) return [Number(item)]
  const character = /^'([ -~])'$/.exec(item)?.[1]
  if (character !== undefined) return [BigInt(character.charCodeAt(0))]
  throw new InvalidValue(
    "it is numbers with commas between them, and a channel before them where they are for one: 0..3, or in=0..3, or key='a',10",
  )
}
