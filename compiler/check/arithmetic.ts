/**
 * The arithmetic of the language at compile time, exact per type: integers are bigints checked against the range of their type, REAL32 is
 * rounded after every step. The rules are those the generated code follows, so a folded expression and a computed one agree.
 */
import type { PrimitiveName } from '../../grammar/ast.ts'
import type { Blame, Wrong } from '../../numbers/blame.ts'
import {
  longRoundReal32,
  longRoundReal64,
  longTruncReal32,
  longTruncReal64,
  roundInt64,
  roundReal32,
  truncInt64,
  truncReal32,
} from '../../numbers/conversion.ts'
import { nearestRemainder } from '../../numbers/ieee.ts'
import type { Constant } from '../semantics.ts'

export type IntegerName = 'BYTE' | 'INT' | 'INT16' | 'INT32' | 'INT64'

/** Why a value does not exist; `code` is what the program would stop with if it computed this. */
export interface ArithmeticFault {
  readonly fault: Wrong
}

export type Computed = Constant | ArithmeticFault | undefined

export function isFault(value: Computed): value is ArithmeticFault {
  return typeof value === 'object' && 'fault' in value
}

const OVERFLOW: ArithmeticFault = { fault: 'R0201' }
const BY_ZERO: ArithmeticFault = { fault: 'R0202' }
const SHIFT: ArithmeticFault = { fault: 'R0205' }
const CONVERSION: ArithmeticFault = { fault: 'R0206' }
const INVALID: ArithmeticFault = { fault: 'R0208' }

/** Bits of each integer type. */
export const BITS: Readonly<Record<IntegerName, number>> = { BYTE: 8, INT: 32, INT16: 16, INT32: 32, INT64: 64 }

export function isIntegerName(name: PrimitiveName): name is IntegerName {
  return name !== 'BOOL' && name !== 'REAL32' && name !== 'REAL64'
}

/** @returns the smallest and the largest value of an integer type. */
export function rangeOf(name: IntegerName): readonly [bigint, bigint] {
  return name === 'BYTE' ? [0n, 255n] : [-(1n << BigInt(BITS[name] - 1)), (1n << BigInt(BITS[name] - 1)) - 1n]
}

export function inRange(value: bigint, name: IntegerName): boolean {
  const [low, high] = rangeOf(name)
  return value >= low && value <= high
}

/** @returns `value` reduced to the bits of its type. */
export function wrap(value: bigint, name: IntegerName): bigint {
  return name === 'BYTE' ? BigInt.asUintN(8, value) : BigInt.asIntN(BITS[name], value)
}

/** A computation that failed. */
class Failure extends Error {
  constructor(readonly code: Wrong) {
    super(code)
  }
}

const blame: Blame = {
  fail(code) {
    throw new Failure(code)
  },
}

/** @returns what `work` computes, or the fault it blames on what it is given */
export function attempt(work: (blame: Blame) => Constant): Constant | ArithmeticFault {
  try {
    return work(blame)
  } catch (error) {
    if (error instanceof Failure) return { fault: error.code }
    throw error
  }
}

const checked = (value: bigint, name: IntegerName): bigint | ArithmeticFault => (inRange(value, name) ? value : OVERFLOW)

/** @returns `left operator right` for two integers of type `name`; undefined for an operator that is not one of integers. */
export function integerOperation(operator: string, left: bigint, right: bigint, name: IntegerName): Computed {
  switch (operator) {
    case '+':
      return checked(left + right, name)
    case '-':
      return checked(left - right, name)
    case '*':
      return checked(left * right, name)
    case '/':
      return right === 0n ? BY_ZERO : checked(left / right, name)
    case '\\':
    case 'REM':
      return right === 0n ? BY_ZERO : left % right
    case 'PLUS':
      return wrap(left + right, name)
    case 'MINUS':
      return wrap(left - right, name)
    case 'TIMES':
      return wrap(left * right, name)
    case '/\\':
    case 'BITAND':
      return left & right
    case '\\/':
    case 'BITOR':
      return left | right
    case '><':
      return left ^ right
    case '<<':
      return right < 0n || right > BigInt(BITS[name]) ? SHIFT : wrap(left << right, name)
    case '>>':
      return right < 0n || right > BigInt(BITS[name]) ? SHIFT : wrap(BigInt.asUintN(BITS[name], left) >> right, name)
    case 'AFTER':
      return BigInt.asIntN(BITS[name], left - right) > 0n
    default:
      return comparison(operator, left, right)
  }
}

/** @returns the result of a comparison operator, or undefined when it is none. */
export function comparison(operator: string, left: bigint | number | boolean, right: bigint | number | boolean): boolean | undefined {
  switch (operator) {
    case '=':
      return left === right
    case '<>':
      return left !== right
    case '<':
      return left < right
    case '>':
      return left > right
    case '<=':
      return left <= right
    case '>=':
      return left >= right
    default:
      return undefined
  }
}

/** @returns `value` as its real type holds it, or a fault when it is not a number there. */
export function realValue(value: number, name: 'REAL32' | 'REAL64'): number | ArithmeticFault {
  const held = name === 'REAL32' ? Math.fround(value) : value
  return Number.isFinite(held) ? held : INVALID
}

/** @returns `left operator right` for two reals; undefined where this is left to run time. */
export function realOperation(operator: string, left: number, right: number, name: 'REAL32' | 'REAL64'): Computed {
  switch (operator) {
    case '+':
      return realValue(left + right, name)
    case '-':
      return realValue(left - right, name)
    case '*':
      return realValue(left * right, name)
    case '/':
      return right === 0 ? BY_ZERO : realValue(left / right, name)
    case '\\':
    case 'REM':
      return right === 0 ? BY_ZERO : realValue(nearestRemainder(left, right), name)
    default:
      return comparison(operator, left, right)
  }
}

/** @returns the operand of a monadic operator changed by it. */
export function monadicOperation(operator: string, operand: Constant, name: PrimitiveName): Computed {
  if (typeof operand === 'boolean') return operator === 'NOT' ? !operand : undefined
  if (typeof operand === 'number') return operator === '-' ? -operand : undefined
  if (typeof operand !== 'bigint' || !isIntegerName(name)) return undefined
  switch (operator) {
    case '-':
      return checked(-operand, name)
    case 'MINUS':
      return wrap(-operand, name)
    case '~':
    case 'BITNOT':
      return wrap(~operand, name)
    default:
      return undefined
  }
}

/**
 * @param value a scalar of type `from`
 * @param rounding how a real becomes an integer or a narrower real, and an integer a real
 * @returns the value as one of type `to`, or a fault when it has none
 */
export function convert(value: Constant, from: PrimitiveName, to: PrimitiveName, rounding: 'ROUND' | 'TRUNC' | undefined): Computed {
  if (from === to) return value
  const truncates = rounding === 'TRUNC'
  if (to === 'REAL32' || to === 'REAL64') {
    if (typeof value === 'bigint') return toReal(value, to, truncates)
    if (typeof value !== 'number' || to === 'REAL64') return typeof value === 'number' ? value : undefined
    return attempt((blame) => (truncates ? truncReal32(value, blame, 0) : roundReal32(value, blame, 0)))
  }
  if (typeof value === 'number') {
    const integer = attempt((blame) => (truncates ? truncInt64(value, blame, 0) : roundInt64(value, blame, 0)))
    return typeof integer === 'bigint' ? fitted(integer, to) : integer
  }
  return typeof value === 'object' ? undefined : fitted(BigInt(value), to)
}

function fitted(integer: bigint, to: 'BOOL' | IntegerName): Computed {
  if (to === 'BOOL') return integer === 0n ? false : integer === 1n ? true : CONVERSION
  return inRange(integer, to) ? integer : CONVERSION
}

function toReal(value: bigint, to: 'REAL32' | 'REAL64', truncates: boolean): number {
  if (to === 'REAL32') return truncates ? longTruncReal32(value) : longRoundReal32(value)
  return truncates ? longTruncReal64(value) : longRoundReal64(value)
}
