/**
 * Checked arithmetic. Each function returns the result or throws a fault; all are small, so that V8 inlines them.
 *
 * INT, INT16 and BYTE values are JavaScript numbers that are integers within the type's range, never -0; INT64 values are bigints;
 * REAL32 values are numbers rounded by `Math.fround`. A sum of int32s is exact as a double, and a product that is not exact is far outside
 * the int32 range, so comparing with the wrapped result finds every overflow.
 */
import { realFault } from '../../../numbers/blame.ts'
import { nearestRemainder } from '../../../numbers/ieee.ts'
import { Fault } from '../scheduler/fault.ts'
import type { Unit } from '../scheduler/state.ts'
import type { Scalar } from '../scheduler/value.ts'

function overflow(u: Unit, site: number, left: Scalar, right: Scalar): never {
  throw new Fault('R0201', u, site, [
    ['left', left],
    ['right', right],
  ])
}

function divisionByZero(u: Unit, site: number, left: Scalar): never {
  throw new Fault('R0202', u, site, [['left', left]])
}

// ---------------------------------------------------------------------------------------------- INT and INT32

export function add(x: number, y: number, u: Unit, site: number): number {
  const t = x + y
  const r = t | 0
  if (t !== r) overflow(u, site, x, y)
  return r
}

export function subtract(x: number, y: number, u: Unit, site: number): number {
  const t = x - y
  const r = t | 0
  if (t !== r) overflow(u, site, x, y)
  return r
}

export function multiply(x: number, y: number, u: Unit, site: number): number {
  const r = Math.imul(x, y)
  // Both within -2^15..2^15-1 cannot overflow; so most products need no arithmetic of doubles.
  if (((x + 32768) | (y + 32768)) >>> 0 > 65535 && r !== x * y) overflow(u, site, x, y)
  return r
}

/**
 * @param x a subscript, not checked
 * @param n the elements it steps over, not negative
 * @returns x * n, or the smallest INT when that overflows: a flat index that it is part of is then negative, and found to be outside
 */
export function scale(x: number, n: number): number {
  const r = Math.imul(x, n)
  return (x | n) >>> 0 < 46341 || r === x * n ? r : -2147483648
}

/**
 * @param i where a counter stands that goes up by one each round
 * @param until before which value it stops
 * @param x a subscript that goes up with it
 * @param n the elements it steps over, not negative
 * @returns `until`, if the product of `x` and `n` is an INT in all these rounds, so that sums may take its place; or else the end of one round
 */
export function evenly(i: number, until: number, x: number, n: number): number {
  const rounds = (until - i) | 0
  if (rounds <= 1 || (Math.abs(x * n) <= 2147483647 && Math.abs((x + rounds) * n) <= 2147483647)) return until
  return (i + 1) | 0
}

export function divide(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  const t = x / y
  if (t === 2147483648) overflow(u, site, x, y)
  return t | 0
}

/** `\`: the sign of the left side. */
export function remainder(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return (x % y) | 0
}

export function negate(x: number, u: Unit, site: number): number {
  if (x === -2147483648) overflow(u, site, 0, x)
  return -x | 0
}

// ---------------------------------------------------------------------------------------------- INT16

export function add16(x: number, y: number, u: Unit, site: number): number {
  return fit16(x + y, x, y, u, site)
}

export function subtract16(x: number, y: number, u: Unit, site: number): number {
  return fit16(x - y, x, y, u, site)
}

export function multiply16(x: number, y: number, u: Unit, site: number): number {
  return fit16(x * y, x, y, u, site)
}

export function divide16(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return fit16((x / y) | 0, x, y, u, site)
}

export function negate16(x: number, u: Unit, site: number): number {
  return fit16(-x, 0, x, u, site)
}

function fit16(t: number, x: number, y: number, u: Unit, site: number): number {
  const r = (t << 16) >> 16
  if (t !== r) overflow(u, site, x, y)
  return r
}

// ---------------------------------------------------------------------------------------------- BYTE

export function add8(x: number, y: number, u: Unit, site: number): number {
  return fit8(x + y, x, y, u, site)
}

export function subtract8(x: number, y: number, u: Unit, site: number): number {
  return fit8(x - y, x, y, u, site)
}

export function multiply8(x: number, y: number, u: Unit, site: number): number {
  return fit8(x * y, x, y, u, site)
}

export function negate8(x: number, u: Unit, site: number): number {
  return fit8(-x, 0, x, u, site)
}

function fit8(t: number, x: number, y: number, u: Unit, site: number): number {
  const r = t & 255
  if (t !== r) overflow(u, site, x, y)
  return r
}

// ---------------------------------------------------------------------------------------------- INT64

export function add64(x: bigint, y: bigint, u: Unit, site: number): bigint {
  return fit64(x + y, x, y, u, site)
}

export function subtract64(x: bigint, y: bigint, u: Unit, site: number): bigint {
  return fit64(x - y, x, y, u, site)
}

export function multiply64(x: bigint, y: bigint, u: Unit, site: number): bigint {
  return fit64(x * y, x, y, u, site)
}

export function divide64(x: bigint, y: bigint, u: Unit, site: number): bigint {
  if (y === 0n) divisionByZero(u, site, x)
  return fit64(x / y, x, y, u, site)
}

export function remainder64(x: bigint, y: bigint, u: Unit, site: number): bigint {
  if (y === 0n) divisionByZero(u, site, x)
  return x % y
}

export function negate64(x: bigint, u: Unit, site: number): bigint {
  return fit64(-x, 0n, x, u, site)
}

function fit64(t: bigint, x: bigint, y: bigint, u: Unit, site: number): bigint {
  if (BigInt.asIntN(64, t) !== t) overflow(u, site, x, y)
  return t
}

// ---------------------------------------------------------------------------------------------- shifts

/** Shifts by `n` bits, 0..width; what leaves the word is lost, zeros come in (from the left too: `>>` is logical). */
export function shl(x: number, n: number, u: Unit, site: number): number {
  if (n >>> 0 > 32) shiftFault(n, u, site)
  return n === 32 ? 0 : x << n
}

export function shr(x: number, n: number, u: Unit, site: number): number {
  if (n >>> 0 > 32) shiftFault(n, u, site)
  return n === 32 ? 0 : (x >>> n) | 0
}

export function shl16(x: number, n: number, u: Unit, site: number): number {
  if (n >>> 0 > 16) shiftFault(n, u, site)
  return ((x << n) << 16) >> 16
}

export function shr16(x: number, n: number, u: Unit, site: number): number {
  if (n >>> 0 > 16) shiftFault(n, u, site)
  return (((x & 0xffff) >>> n) << 16) >> 16
}

export function shl8(x: number, n: number, u: Unit, site: number): number {
  if (n >>> 0 > 8) shiftFault(n, u, site)
  return (x << n) & 255
}

export function shr8(x: number, n: number, u: Unit, site: number): number {
  if (n >>> 0 > 8) shiftFault(n, u, site)
  return x >>> n
}

export function shl64(x: bigint, n: number, u: Unit, site: number): bigint {
  if (n >>> 0 > 64) shiftFault(n, u, site)
  return BigInt.asIntN(64, x << BigInt(n))
}

export function shr64(x: bigint, n: number, u: Unit, site: number): bigint {
  if (n >>> 0 > 64) shiftFault(n, u, site)
  return BigInt.asIntN(64, BigInt.asUintN(64, x) >> BigInt(n))
}

function shiftFault(n: number, u: Unit, site: number): never {
  throw new Fault('R0205', u, site, [['places', n]])
}

// ---------------------------------------------------------------------------------------------- reals

/** A result that is not finite is an overflow or an invalid operation. */
function finite(r: number, x: number, y: number, u: Unit, site: number): number {
  // r - r is NaN exactly when r is not finite
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

export function addReal64(x: number, y: number, u: Unit, site: number): number {
  return finite(x + y, x, y, u, site)
}

export function subtractReal64(x: number, y: number, u: Unit, site: number): number {
  return finite(x - y, x, y, u, site)
}

export function multiplyReal64(x: number, y: number, u: Unit, site: number): number {
  return finite(x * y, x, y, u, site)
}

export function divideReal64(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return finite(x / y, x, y, u, site)
}

/** A quotient that is finite, or found not to be by the check of an operation that it is an operand of. */
export function ratioReal64(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return x / y
}

export function ratioReal32(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return Math.fround(x / y)
}

export function remainderReal64(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return finite(nearestRemainder(x, y), x, y, u, site)
}

export function addReal32(x: number, y: number, u: Unit, site: number): number {
  return finite(Math.fround(x + y), x, y, u, site)
}

export function subtractReal32(x: number, y: number, u: Unit, site: number): number {
  return finite(Math.fround(x - y), x, y, u, site)
}

export function multiplyReal32(x: number, y: number, u: Unit, site: number): number {
  return finite(Math.fround(x * y), x, y, u, site)
}

export function divideReal32(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return finite(Math.fround(x / y), x, y, u, site)
}

export function remainderReal32(x: number, y: number, u: Unit, site: number): number {
  if (y === 0) divisionByZero(u, site, x)
  return finite(nearestRemainder(x, y), x, y, u, site) // the remainder of two REAL32s is one
}
