/** Types and constants of the emitted code. */
import type { Direction } from '../../grammar/ast.ts'
import type { CoreType, Item, Scalar } from '../core/ir/ir.ts'

const ARRAYS: Readonly<Record<Scalar, string>> = {
  bool: 'Uint8Array',
  byte: 'Uint8Array',
  int16: 'Int16Array',
  int: 'Int32Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
  real32: 'Float32Array',
  real64: 'Float64Array',
}

/** What stands for an array that there is none of yet. */
const BLANKS: Readonly<Record<Item, string>> = {
  bool: 'NO_BYTES',
  byte: 'NO_BYTES',
  int16: 'NO_INT16S',
  int: 'NO_INTS',
  int32: 'NO_INTS',
  int64: 'NO_INT64S',
  real32: 'NO_REAL32S',
  real64: 'NO_REAL64S',
  channel: 'NO_CHANNELS',
  mobile: 'NO_REFERENCES',
  monitor: 'NO_MONITORS',
}

/** @returns the class of the typed arrays that hold `item`s */
export function arrayClass(item: Scalar): string {
  return ARRAYS[item]
}

/** @returns the TypeScript type of a scalar */
export function scalarType(item: Scalar): string {
  return item === 'bool' ? 'boolean' : item === 'int64' ? 'bigint' : 'number'
}

/** @returns the TypeScript type of a local */
export function typeText(type: CoreType): string {
  if (type.item === 'channel') return type.array ? 'Channel[]' : 'Channel'
  if (type.item === 'mobile') return type.array ? 'Reference[]' : 'Mobile'
  if (type.item === 'monitor') return type.array ? 'Monitor[]' : 'Monitor'
  return type.array ? arrayClass(type.item) : scalarType(type.item)
}

/** @returns what stands for "no value yet", and the ABI name in it, if any */
export function blankText(type: CoreType): { readonly text: string; readonly abi?: string } {
  if (type.array) return { text: BLANKS[type.item], abi: BLANKS[type.item] }
  if (type.item === 'channel') return { text: 'NO_CHANNEL', abi: 'NO_CHANNEL' }
  if (type.item === 'mobile') return { text: 'NO_MOBILE', abi: 'NO_MOBILE' }
  if (type.item === 'monitor') return { text: 'NO_MONITOR', abi: 'NO_MONITOR' }
  return { text: type.item === 'bool' ? 'false' : type.item === 'int64' ? '0n' : '0' }
}

/**
 * @param lent whether the array belongs to the caller or parent, so that only its elements are written
 * @returns the name of a slot's type in the snapshot schema
 */
export function slotType(type: CoreType, direction: Direction | undefined, lent = false): string {
  if (type.item === 'mobile') return type.array ? 'mobiles' : 'mobile'
  if (type.item === 'monitor') return type.array ? 'monitors' : 'monitor'
  if (type.mobile === true && !lent) return `mobile:${type.item}`
  if (type.item === 'channel') return `${type.array ? 'chans' : 'chan'}${type.direction ?? direction ?? ''}`
  return type.array ? `array:${type.item}` : type.item
}

/** @returns a scalar constant as an expression that needs no brackets around it */
export function literalText(scalar: Scalar, value: bigint | number | boolean): string {
  if (typeof value === 'boolean') return String(value)
  if (scalar === 'int64') return value < 0 ? `(${value}n)` : `${value}n`
  if (typeof value === 'number' && Object.is(value, -0)) return '(-0)'
  return value < 0 ? `(${value})` : String(value)
}

/** @returns a constant as an element of a table */
export function elementText(scalar: Scalar, value: bigint | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  return scalar === 'int64' ? `${value}n` : Object.is(value, -0) ? '-0' : String(value)
}
