/** Operators and conversions on scalars: integers in exact arithmetic, checked against their type. */
import type { PrimitiveName } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import { Fault } from './fault.ts'

export type Scalar = bigint | number | boolean

type IntegerName = Exclude<PrimitiveName, 'BOOL' | 'REAL32' | 'REAL64'>

const BITS: Readonly<Record<IntegerName, bigint>> = { BYTE: 8n, INT16: 16n, INT: 32n, INT32: 32n, INT64: 64n }

const isIntegerName = (name: PrimitiveName): name is IntegerName => name in BITS

/** @returns the least and the greatest value of a type */
export function limits(name: IntegerName): readonly [bigint, bigint] {
  const n = BITS[name]
  return name === 'BYTE' ? [0n, 2n ** n - 1n] : [-(2n ** (n - 1n)), 2n ** (n - 1n) - 1n]
}

function fits(x: bigint, name: IntegerName): boolean {
  const [least, greatest] = limits(name)
  return least <= x && x <= greatest
}

/** @returns the value of the type that agrees with `x` modulo two to the power of its bits */
export function wrapped(x: bigint, name: IntegerName): bigint {
  const modulus = 2n ** BITS[name]
  const low = ((x % modulus) + modulus) % modulus
  return low > limits(name)[1] ? low - modulus : low
}

/** @returns the number as the real type holds it */
export const held = (x: number, name: PrimitiveName): number => (name === 'REAL32' ? Math.fround(x) : x)

/** Applies an operator of two operands that is not AND or OR. @param name the type of the left operand */
export function dyadic(operator: string, x: Scalar, y: Scalar, name: PrimitiveName, span: Span): Scalar {
  switch (operator) {
    case '=':
      return x === y
    case '<>':
      return x !== y
    case '<':
      return x < y
    case '>':
      return x > y
    case '<=':
      return x <= y
    case '>=':
      return x >= y
    default:
      if (typeof x === 'bigint' && typeof y === 'bigint' && isIntegerName(name)) return integer(operator, x, y, name, span)
      if (typeof x === 'number' && typeof y === 'number') return real(operator, x, y, name, span)
      throw new Error(`${operator} on ${name}`)
  }
}

function integer(operator: string, x: bigint, y: bigint, name: IntegerName, span: Span): Scalar {
  const checked = (result: bigint): bigint => {
    if (!fits(result, name)) throw new Fault('R0201', span)
    return result
  }
  switch (operator) {
    case '+':
      return checked(x + y)
    case '-':
      return checked(x - y)
    case '*':
      return checked(x * y)
    case '/':
      if (y === 0n) throw new Fault('R0202', span)
      return checked(x / y)
    case '\\':
    case 'REM':
      if (y === 0n) throw new Fault('R0202', span)
      return x - y * (x / y)
    case 'PLUS':
      return wrapped(x + y, name)
    case 'MINUS':
      return wrapped(x - y, name)
    case 'TIMES':
      return wrapped(x * y, name)
    case 'AFTER':
      return x !== y && (((x - y) % 2n ** BITS[name]) + 2n ** BITS[name]) % 2n ** BITS[name] < 2n ** (BITS[name] - 1n)
    case '/\\':
    case 'BITAND':
      return x & y
    case '\\/':
    case 'BITOR':
      return x | y
    case '><':
      return x ^ y
    case '<<':
    case '>>': {
      if (y < 0n || y > BITS[name]) throw new Fault('R0205', span)
      const unsigned = x < 0n ? x + 2n ** BITS[name] : x
      return wrapped(operator === '<<' ? x * 2n ** y : unsigned / 2n ** y, name)
    }
    default:
      throw new Error(`${operator} on ${name}`)
  }
}

function real(operator: string, x: number, y: number, name: PrimitiveName, span: Span): number {
  const finite = (result: number): number => {
    const kept = held(result, name)
    if (!Number.isFinite(kept)) throw new Fault('R0208', span)
    return kept
  }
  switch (operator) {
    case '+':
      return finite(x + y)
    case '-':
      return finite(x - y)
    case '*':
      return finite(x * y)
    case '/':
      if (y === 0) throw new Fault('R0202', span)
      return finite(x / y)
    case '\\':
    case 'REM':
      if (y === 0) throw new Fault('R0202', span)
      return finite(remainder(x, y))
    default:
      throw new Error(`${operator} on ${name}`)
  }
}

/** x - y * n for the integer n nearest to x / y, the even one of two: by steps of halving, each exact. */
function remainder(x: number, y: number): number {
  if (!Number.isFinite(x) || Number.isNaN(y)) return NaN
  if (!Number.isFinite(y)) return x
  const [a, b] = [Math.abs(x), Math.abs(y)]
  const rest = a % b
  if (rest === 0) return x < 0 ? -0 : rest
  const beyond = rest - b // negative, and exact where it is the nearer one
  const odd = a % (2 * b) >= b
  const nearer = -beyond < rest || (-beyond === rest && odd) ? beyond : rest
  return x < 0 ? -nearer : nearer
}

/** Applies an operator of one operand. */
export function monadic(operator: string, x: Scalar, name: PrimitiveName, span: Span): Scalar {
  if (operator === 'NOT') return x !== true
  if (typeof x === 'number') return -x
  if (typeof x !== 'bigint' || !isIntegerName(name)) throw new Error(`${operator} on ${name}`)
  switch (operator) {
    case '-':
      if (!fits(-x, name)) throw new Fault('R0201', span)
      return -x
    case 'MINUS':
      return wrapped(-x, name)
    case '~':
    case 'BITNOT':
      return wrapped(-x - 1n, name)
    default:
      throw new Error(`${operator} on ${name}`)
  }
}

/** @returns the scalar `x` as one of type `to` */
export function convert(x: Scalar, to: PrimitiveName, rounding: 'ROUND' | 'TRUNC' | undefined, span: Span): Scalar {
  if (to === 'REAL32' || to === 'REAL64') {
    if (typeof x === 'boolean') throw new Error('a BOOL becomes no real')
    if (typeof x === 'number' && rounding === undefined) return x // REAL32 to REAL64, or to its own type: every value is kept
    const result = typeof x === 'bigint' ? nearestReal(x, to, rounding === 'TRUNC') : narrowed(x, to, rounding === 'TRUNC')
    if (!Number.isFinite(result)) throw new Fault('R0206', span)
    return result
  }
  const whole = typeof x === 'boolean' ? (x ? 1n : 0n) : typeof x === 'number' ? nearestInteger(x, rounding === 'TRUNC', span) : x
  if (to === 'BOOL') {
    if (whole !== 0n && whole !== 1n) throw new Fault('R0206', span)
    return whole === 1n
  }
  if (!fits(whole, to)) throw new Fault('R0206', span)
  return whole
}

/** The integer next to a real: cut towards zero, or the nearest, of two the even one. */
function nearestInteger(x: number, cut: boolean, span: Span): bigint {
  if (!Number.isFinite(x)) throw new Fault('R0206', span)
  const whole = BigInt(Math.trunc(x))
  const rest = Math.abs(x - Math.trunc(x))
  if (cut || rest < 0.5 || (rest === 0.5 && whole % 2n === 0n)) return whole
  return x < 0 ? whole - 1n : whole + 1n
}

/** The real next to an integer, by the digits that its fraction has room for. */
function nearestReal(x: bigint, to: 'REAL32' | 'REAL64', cut: boolean): number {
  const room = to === 'REAL32' ? 24 : 53
  const size = x < 0n ? -x : x
  const excess = BigInt(Math.max(0, size.toString(2).length - room))
  const unit = 2n ** excess
  let digits = size / unit
  const rest = size % unit
  const up = 2n * rest > unit || (2n * rest === unit && digits % 2n === 1n)
  if (!cut && up) digits += 1n
  const result = Number(digits) * 2 ** Number(excess)
  return x < 0n ? -result : result
}

function narrowed(x: number, to: 'REAL32' | 'REAL64', cut: boolean): number {
  const nearest = held(x, to)
  if (!cut || Math.abs(nearest) <= Math.abs(x)) return nearest
  const bits = new DataView(new ArrayBuffer(4))
  bits.setFloat32(0, nearest)
  bits.setUint32(0, bits.getUint32(0) - 1)
  return bits.getFloat32(0)
}
