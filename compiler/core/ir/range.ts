/** Intervals: between which bounds the value of an integer expression lies. */
import { zero } from './build.ts'
import type { Expr, Local } from './ir.ts'

/** Both ends included. */
export type Range = readonly [low: number, high: number]

/** What is known about variables at some place of a routine. */
export interface Known {
  /** @returns bounds of a scalar variable, where there are narrower ones than those of its type */
  local(local: Local): Range | undefined
  /** @returns the number of elements of an array, where it is known */
  length(array: Expr): number | undefined
}

const BYTE: Range = [0, 255]
const INT16: Range = [-(2 ** 15), 2 ** 15 - 1]
const WORD: Range = [-(2 ** 31), 2 ** 31 - 1]
/** What the size of an array can be. */
export const SIZE: Range = [0, 2 ** 31 - 1]

/** What is known everywhere: variables that are set once have the bounds found when they were made. */
const EVERYWHERE: Known = {
  local: ({ fixed, range }) => (fixed ? range : undefined),
  length: (array) => (array.kind === 'table' ? array.values.length : undefined),
}

/** @returns the bounds of a type whose values are JavaScript integers */
export function rangeOfType(item: string): Range | undefined {
  switch (item) {
    case 'byte':
      return BYTE
    case 'int16':
      return INT16
    case 'int':
    case 'int32':
      return WORD
    default:
      return undefined
  }
}

/** @returns bounds of the value of an integer expression, where they are narrower than those of INT. */
export function rangeOf(e: Expr, known: Known = EVERYWHERE): Range | undefined {
  switch (e.kind) {
    case 'literal':
      return typeof e.value === 'bigint' && e.scalar !== 'int64' ? [Number(e.value), Number(e.value)] : undefined
    case 'local':
      return e.local.type.array ? undefined : (known.local(e.local) ?? narrow(e.local.type.item))
    case 'length': {
      const n = known.length(e.array)
      return n === undefined ? SIZE : [n, n]
    }
    case 'bound': {
      const index = rangeOf(e.index, known) ?? WORD
      const limit = rangeOf(e.limit, known) ?? SIZE
      return [Math.max(0, index[0]), Math.max(0, Math.min(index[1], limit[1] - 1))]
    }
    case 'convert':
      return converted(e, known)
    case 'element':
      return e.array.kind === 'table' ? tableRange(e.array) : e.array.kind === 'local' ? narrow(e.array.local.type.item) : undefined
    case 'intrinsic':
      return e.name === 'count' ? meet(SIZE, e.operands[0] === undefined ? undefined : rangeOf(e.operands[0], known)) : undefined
    case 'operation':
      return operationRange(e, known)
    case 'apply':
    case 'array-of':
    case 'blank':
    case 'content':
    case 'referent':
    case 'clock':
    case 'clone':
    case 'new-channel':
    case 'new-channels':
    case 'present':
    case 'received':
    case 'retype':
    case 'slice':
    case 'table':
    case 'zeros':
      return undefined
  }
}

function converted(e: Extract<Expr, { kind: 'convert' }>, known: Known): Range | undefined {
  const to = narrow(e.to)
  // Reals are rounded, so they say nothing about integers that are made of them.
  if (rangeOfType(e.to) === undefined || (e.from !== 'bool' && rangeOfType(e.from) === undefined)) return to
  const from = e.from === 'bool' ? ([0, 1] as const) : rangeOf(e.operand, known)
  return from === undefined ? to : meet(from, to)
}

/** BYTE and INT16 say something by themselves. */
function narrow(item: string): Range | undefined {
  return item === 'byte' ? BYTE : item === 'int16' ? INT16 : undefined
}

function operationRange(e: Extract<Expr, { kind: 'operation' }>, known: Known): Range | undefined {
  const exact = exactRange(e, known)
  const limits = rangeOfType(e.scalar)
  if (exact === undefined || limits === undefined) return undefined
  if (exact[0] >= limits[0] && exact[1] <= limits[1]) return exact
  // What leaves the type is a fault where it is checked, and any value of the type where it wraps.
  const checked = e.operator === 'add' || e.operator === 'subtract' || e.operator === 'multiply'
  const range: Range = checked ? [Math.max(exact[0], limits[0]), Math.min(exact[1], limits[1])] : limits
  return range[0] > range[1] || (range[0] === WORD[0] && range[1] === WORD[1]) ? narrow(e.scalar) : range
}

/** @returns bounds of the result of an operation of integers, were there no limits to its type; undefined where nothing is known */
export function exactRange(e: Extract<Expr, { kind: 'operation' }>, known: Known = EVERYWHERE): Range | undefined {
  const type = rangeOfType(e.scalar)
  const [left, right] = e.operands
  if (type === undefined || left === undefined) return undefined
  const a = rangeOf(left, known) ?? type
  const b = right === undefined ? a : (rangeOf(right, known) ?? type)
  switch (e.operator) {
    case 'add':
    case 'plus':
    case 'raw+':
      return [a[0] + b[0], a[1] + b[1]]
    case 'subtract':
    case 'minus':
    case 'raw-':
      return [a[0] - b[1], a[1] - b[0]]
    case 'negate':
      return [-a[1], -a[0]]
    case 'multiply':
    case 'times':
    case 'raw*':
    case 'scale': {
      const corners = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]].map((c) => c + 0) // no -0
      return hull(corners)
    }
    case 'remainder': {
      if (b[0] <= 0) return undefined
      const top = b[1] - 1
      return [a[0] >= 0 ? 0 : Math.max(-top, a[0]), a[1] <= 0 ? 0 : Math.min(top, a[1])]
    }
    case 'divide':
    case 'raw/': {
      // Divided by a size: 0 where that is 0.
      if (e.operator === 'raw/' && a[0] >= 0 && b[0] === 0) return [0, a[1]]
      if (b[0] <= 0) return undefined
      const corners = [a[0] / b[0], a[0] / b[1], a[1] / b[0], a[1] / b[1]].map((c) => Math.trunc(c) + 0)
      return hull(corners)
    }
    case 'bitand':
      if (a[0] >= 0 && b[0] >= 0) return [0, Math.min(a[1], b[1])]
      return b[0] >= 0 ? [0, b[1]] : a[0] >= 0 ? [0, a[1]] : undefined
    case 'shr': {
      // The word is shifted as a pattern of bits: what is negative becomes large.
      if (b[0] !== b[1] || b[0] < 1 || b[0] > 31) return undefined
      return a[0] >= 0 ? [a[0] >>> b[0], a[1] >>> b[0]] : e.scalar === 'int16' ? undefined : [0, 0xffffffff >>> b[0]]
    }
    case 'after':
    case 'and':
    case 'bitnot':
    case 'bitor':
    case 'bitxor':
    case 'eq':
    case 'ge':
    case 'gt':
    case 'le':
    case 'lt':
    case 'ne':
    case 'not':
    case 'or':
    case 'shl':
      return undefined
  }
}

/** @returns an operation of integers in its unchecked form, where it cannot overflow or divide by zero */
export function unchecked(e: Extract<Expr, { kind: 'operation' }>, known: Known = EVERYWHERE): Expr {
  const limits = rangeOfType(e.scalar)
  if (limits === undefined) return e
  const fits = (): boolean => {
    const exact = exactRange(e, known)
    return exact !== undefined && exact[0] >= limits[0] && exact[1] <= limits[1]
  }
  const [left, right] = e.operands
  switch (e.operator) {
    case 'add':
      return fits() ? { ...e, operator: 'raw+' } : e
    case 'subtract':
      return fits() ? { ...e, operator: 'raw-' } : e
    case 'multiply':
    case 'scale':
      return fits() ? { ...e, operator: 'times' } : e
    case 'negate':
      return fits() && left !== undefined ? { ...e, operator: 'raw-', operands: [zero(e.scalar), left] } : e
    case 'divide':
      return right !== undefined && (rangeOf(right, known)?.[0] ?? 0) > 0 ? { ...e, operator: 'raw/' } : e
    case 'after':
    case 'and':
    case 'bitand':
    case 'bitnot':
    case 'bitor':
    case 'bitxor':
    case 'eq':
    case 'ge':
    case 'gt':
    case 'le':
    case 'lt':
    case 'minus':
    case 'ne':
    case 'not':
    case 'or':
    case 'plus':
    case 'raw-':
    case 'raw*':
    case 'raw/':
    case 'raw+':
    case 'remainder':
    case 'shl':
    case 'shr':
    case 'times':
      return e
  }
}

function tableRange(table: Extract<Expr, { kind: 'table' }>): Range | undefined {
  if (table.item === 'int64') return undefined
  let low = Infinity
  let high = -Infinity
  for (const v of table.values) {
    if (typeof v !== 'bigint') return undefined
    low = Math.min(low, Number(v))
    high = Math.max(high, Number(v))
  }
  return low <= high ? [low, high] : undefined
}

/** @returns what lies within both */
export function meet(a: Range, b: Range | undefined): Range {
  return b === undefined ? a : [Math.max(a[0], b[0]), Math.min(a[1], b[1])]
}

/** @returns whether an index is sure to be within 0..limit-1. */
export function surelyWithin(index: Expr, limit: Expr, known?: Known): boolean {
  const range = rangeOf(index, known)
  const size = rangeOf(limit, known)
  return range !== undefined && size !== undefined && range[0] >= 0 && range[1] < size[0]
}

/** @returns the least range that holds all of some numbers */
function hull(numbers: readonly number[]): Range {
  return numbers.reduce<Range>(([least, most], n) => [Math.min(least, n), Math.max(most, n)], [Infinity, -Infinity])
}
