/** Values as the language spells them, shortened. */
import { isEnd, nameOfEnd } from '../kernel/scheduler/ends.ts'
import { Mobile } from '../kernel/scheduler/mobile.ts'
import type { TypedArray, Value } from '../kernel/scheduler/value.ts'

/** Elements of an array that are shown. */
const SHOWN = 8

/** @returns `12`, `TRUE`, `1.5`, `[1, 2, 3, ... (100 elements)]` */
export function spellValue(value: Value | string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return spellNumber(value)
  if (!(value instanceof Mobile)) return spellArray(value)
  if (isEnd(value)) return `an end ${nameOfEnd(value)}`
  return value.parts.length === 0 ? spellArray(value.elements) : `a mobile of ${value.parts.length} parts`
}

function spellNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return Object.is(value, -0) ? '-0.0' : String(value)
}

function spellArray(array: TypedArray): string {
  const elements: string[] = []
  for (let i = 0; i < Math.min(array.length, SHOWN); i++) {
    const element = array[i]
    if (element !== undefined) elements.push(spellValue(element))
  }
  if (array.length > SHOWN) elements.push(`... (${array.length} elements)`)
  return `[${elements.join(', ')}]`
}
