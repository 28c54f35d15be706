/**
 * The arithmetic of the language at compile time, exact per type: integers are bigints checked against the range of their type, REAL32 is
 * rounded after every step. The rules are those the generated code follows, so a folded expression and a computed one agree.
 */
import type { PrimitiveName } from '../../grammar/ast.ts'
import type { Constant } from '../semantics.ts'

export type IntegerName = 'BYTE' | 'INT' | 'INT16' | 'INT32' | 'INT64'

/** Why a value does not exist; `code` is what the program would stop with if it computed this. */
export interface ArithmeticFault {
  readonly fault: 'R0201' | 'R0202' | 'R0203' | 'R0205' | 'R0206' | 'R0208'
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
      return wrap(left - right, name) > 0n
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
 * @param rounding how a real becomes an integer or a narrower real
 * @returns the value as one of type `to`, or a fault when it has none
 */
export function convert(value: Constant, from: PrimitiveName, to: PrimitiveName, rounding: 'ROUND' | 'TRUNC' | undefined): Computed {
  if (from === to) return value
  if (to === 'REAL32' || to === 'REAL64') {
    if (typeof value === 'number') return to === 'REAL64' ? value : narrowed(value, rounding)
    if (typeof value !== 'bigint') return undefined
    return to === 'REAL64' ? widened(value, rounding) : undefined
  }
  const integer = typeof value === 'boolean' ? (value ? 1n : 0n) : typeof value === 'number' ? integral(value, rounding) : value
  if (typeof integer !== 'bigint') return undefined
  if (to === 'BOOL') return integer === 0n ? false : integer === 1n ? true : CONVERSION
  return inRange(integer, to) ? integer : CONVERSION
}

/** Round half to even, or towards zero. */
function integral(value: number, rounding: 'ROUND' | 'TRUNC' | undefined): bigint {
  const whole = Math.trunc(value)
  if (rounding !== 'ROUND') return BigInt(whole)
  const rest = Math.abs(value - whole)
  const away = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0)
  return BigInt(away ? whole + Math.sign(value) : whole)
}

function narrowed(value: number, rounding: 'ROUND' | 'TRUNC' | undefined): Computed {
  const nearest = Math.fround(value)
  return rounding === 'ROUND' || nearest === value ? realValue(nearest, 'REAL32') : undefined
}

function widened(value: bigint, rounding: 'ROUND' | 'TRUNC' | undefined): Computed {
  const nearest = Number(value)
  return rounding === 'ROUND' || BigInt(nearest) === value ? nearest : undefined
}
