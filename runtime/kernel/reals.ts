/**
 * Predefined functions on the bits and limits of reals, and the IEEE 754 operations that do not fault (occam 2.1 reference manual,
 * appendices L and M). The names end in the width.
 */
import { Fault } from './fault.ts'
import { realFault } from './real-fault.ts'
import type { Unit } from './unit.ts'

const cell = new DataView(new ArrayBuffer(8))

export const scaleB32 = (x: number, n: number): number => Math.fround(scaled(x, n))
export const scaleB64 = scaled

/** x * 2^n, in two steps where one factor would overflow */
function scaled(x: number, n: number): number {
  const limited = Math.max(-2200, Math.min(2200, n))
  const half = limited >> 1
  return x * 2 ** half * 2 ** (limited - half)
}

/** @returns |x| with the sign of y */
export function copySign(x: number, y: number): number {
  const negative = y < 0 || Object.is(y, -0)
  return negative ? -Math.abs(x) : Math.abs(x)
}

export const minusX = (x: number): number => -x

export const mulBy2_64 = (x: number): number => x * 2
export const mulBy2_32 = (x: number): number => Math.fround(x * 2)
export const divBy2_64 = (x: number): number => x / 2
export const divBy2_32 = (x: number): number => Math.fround(x / 2)

/** @returns the next value after x towards y */
export function nextAfter32(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN
  if (x === y) return x
  if (x === 0) return y > 0 ? 2 ** -149 : -(2 ** -149)
  cell.setFloat32(0, x)
  cell.setInt32(0, cell.getInt32(0) + (y > x === x > 0 ? 1 : -1))
  return cell.getFloat32(0)
}

export function nextAfter64(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN
  if (x === y) return x
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE
  cell.setFloat64(0, x)
  cell.setBigInt64(0, cell.getBigInt64(0) + (y > x === x > 0 ? 1n : -1n))
  return cell.getFloat64(0)
}

/** @returns the exponent of x, which is finite and not zero */
function exponent(x: number): number {
  cell.setFloat64(0, x)
  const biased = (cell.getInt32(0) >>> 20) & 0x7ff
  return biased === 0 ? exponent(x * 2 ** 54) - 54 : biased - 1023
}

/** The exponent of x as a real: -infinity for zero, infinity for an infinity. */
export function logB(x: number): number {
  if (Number.isNaN(x)) return NaN
  return x === 0 ? -Infinity : Number.isFinite(x) ? exponent(x) : Infinity
}

/** @returns exponent and fraction, with x = fraction * 2^exponent and 1 <= |fraction| < 2 */
export function unpack(x: number): [number, number] {
  if (x === 0 || !Number.isFinite(x)) return [0, x]
  const e = exponent(x)
  return [e, scaled(x, -e)]
}

export const isNotANumber = (x: number): boolean => x !== x
export const notFinite = (x: number): boolean => x - x !== 0
export const ordered = (x: number, y: number): boolean => x === x && y === y

/** @returns the integer nearest to x, ties to even, as a real */
export function fpInt(x: number): number {
  if (Math.abs(x) >= 2 ** 52 || x !== x) return x
  const shift = copySign(2 ** 52, x)
  return copySign(x + shift - shift, x)
}

/** @returns x - y * n for the integer n nearest to x / y, ties to even, exactly */
function ieeeRemainder(x: number, y: number): number {
  if (!Number.isFinite(x) || y === 0 || y !== y) return NaN
  if (!Number.isFinite(y)) return x
  const size = Math.abs(y)
  const twice = Math.abs(x) % (2 * size) // exact; keeps whether the quotient is odd
  const odd = twice >= size
  const rest = odd ? twice - size : twice
  const up = rest > size / 2 || (rest === size / 2 && odd)
  const r = up ? rest - size : rest
  return x < 0 || Object.is(x, -0) ? -r : r
}

// ---------------------------------------------------------------------------------------------- operations by number

const OPERATIONS = [
  (x: number, y: number): number => x + y,
  (x: number, y: number): number => x - y,
  (x: number, y: number): number => x * y,
  (x: number, y: number): number => x / y,
]

function operate(x: number, op: number, y: number, u: Unit, site: number): number {
  const operation = OPERATIONS[op]
  if (operation === undefined) throw new Fault('R0206', u, site, [['op', op]])
  return operation(x, y)
}

/** `REAL64OP (x, op, y)`: 0 add, 1 subtract, 2 multiply, 3 divide; not finite is a fault. */
export function realOp64(x: number, op: number, y: number, u: Unit, site: number): number {
  const r = operate(x, op, y, u, site)
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

export function realOp32(x: number, op: number, y: number, u: Unit, site: number): number {
  const r = Math.fround(operate(x, op, y, u, site))
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

/** Rounding modes: 0 towards zero, 1 to the nearest, 2 up, 3 down. `exact` compares the true result with `r`: -1, 0, 1. */
function rounded(r: number, exact: number, mode: number, next: (x: number, y: number) => number): number {
  if (exact === 0 || mode === 1 || !Number.isFinite(r)) return r
  const towards = mode === 2 ? Infinity : mode === 3 ? -Infinity : 0
  const below = exact < 0 // the true result is below r
  if (towards === Infinity) return below ? r : next(r, Infinity)
  if (towards === -Infinity) return below ? next(r, -Infinity) : r
  return r > 0 === below ? next(r, 0) : r
}

/** @returns the sign of (true result) - r for an operation on doubles, by exact rational arithmetic */
function error(x: number, op: number, y: number, r: number): number {
  if (!Number.isFinite(x) || !Number.isFinite(y) || !Number.isFinite(r) || (op === 3 && y === 0)) return 0
  const [a, b, c] = [fraction(x), fraction(y), fraction(r)]
  // All over the common denominator 2^1074 per factor.
  const one = 1n << 1074n
  const difference = op === 0 ? a + b - c : op === 1 ? a - b - c : op === 2 ? a * b - c * one : b > 0n ? a * one - c * b : c * b - a * one
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

/** @returns x * 2^1074, which is an integer */
function fraction(x: number): bigint {
  if (x === 0) return 0n
  cell.setFloat64(0, x)
  const bits = cell.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const digits = bits & 0xfffffffffffffn
  const value = biased === 0 ? digits : (digits | (1n << 52n)) << BigInt(biased - 1)
  return x < 0 ? -value : value
}

/** `IEEE64OP (x, rm, op, y)`. @returns whether the result is no finite number though the operands are, and the result */
export function ieeeOp64(x: number, mode: number, op: number, y: number, u: Unit, site: number): [boolean, number] {
  const nearest = operate(x, op, y, u, site)
  const r = rounded(nearest, error(x, op, y, nearest), mode, nextAfter64)
  return [r - r !== 0, r]
}

export function ieeeOp32(x: number, mode: number, op: number, y: number, u: Unit, site: number): [boolean, number] {
  const nearest = Math.fround(operate(x, op, y, u, site))
  const r = rounded(nearest, error(x, op, y, nearest), mode, nextAfter32)
  return [r - r !== 0, r]
}

/** `REAL64REM (x, y)`: to the nearest quotient; not finite is a fault. */
export function realRem64(x: number, y: number, u: Unit, site: number): number {
  const r = ieeeRemainder(x, y)
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

export function realRem32(x: number, y: number, u: Unit, site: number): number {
  return Math.fround(realRem64(x, y, u, site))
}

export function ieeeRem(x: number, y: number): [boolean, number] {
  const r = ieeeRemainder(x, y)
  return [r - r !== 0, r]
}

export const realEqual = (x: number, y: number): boolean => x === y
export const realGreater = (x: number, y: number): boolean => x > y

/** @returns 0 less, 1 equal, 2 greater, 3 unordered */
export function ieeeCompare(x: number, y: number): number {
  return x < y ? 0 : x === y ? 1 : x > y ? 2 : 3
}

/** `ARGUMENT.REDUCE (x, y, y.err)`. @returns whether the quotient was small enough to be exact, the quotient, and x - quotient * (y + y.err) */
function reduce(x: number, y: number, error: number, limit: number): [boolean, number, number] {
  const n = fpInt(x / y)
  if (!(Math.abs(n) < limit)) return [false, 0, x]
  return [true, n | 0, x - n * y - n * error]
}

export function argumentReduce32(x: number, y: number, error: number): [boolean, number, number] {
  const [good, n, rest] = reduce(x, y, error, 2 ** 16)
  return [good, n, Math.fround(rest)]
}

export function argumentReduce64(x: number, y: number, error: number): [boolean, number, number] {
  return reduce(x, y, error, 2 ** 31)
}

// ---------------------------------------------------------------------------------------------- two arguments, random numbers

export function power64(x: number, y: number, u: Unit, site: number): number {
  const r = x ** y
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

export function power32(x: number, y: number, u: Unit, site: number): number {
  const r = Math.fround(x ** y)
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

/** `ATAN2 (x, y)`: the angle of the point (x, y). */
export function atan2_64(x: number, y: number, u: Unit, site: number): number {
  const r = Math.atan2(y, x)
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

export function atan2_32(x: number, y: number, u: Unit, site: number): number {
  return Math.fround(atan2_64(x, y, u, site))
}

/** `RAN (seed)`: a number from 0 to 1 and the next seed, by the linear congruence of the manual. */
export function ran32(seed: number): [number, number] {
  const next = (Math.imul(seed, 1664525) + 1) | 0
  return [Math.fround((next >>> 8) / 2 ** 24), next]
}

export function ran64(seed: bigint): [number, bigint] {
  const next = BigInt.asIntN(64, seed * 6364136223846793005n + 1n)
  return [Number(BigInt.asUintN(64, next) >> 11n) / 2 ** 53, next]
}
