/**
 * Arithmetic of IEEE 754 by number of operation, with the rounding given (occam 2.1 reference manual, appendix M). The names end in the
 * width.
 */
import { realFault, type Blame } from './blame.ts'
import { fractionBits, nextAfter32, nextAfter64 } from './reals.ts'

/** @returns x - y * n for the integer n nearest to x / y, ties to even, exactly; NaN where there is none */
export function nearestRemainder(x: number, y: number): number {
  if (!Number.isFinite(x) || y === 0 || y !== y) return NaN
  if (!Number.isFinite(y)) return x
  const size = Math.abs(y)
  const twice = Math.abs(x) % (2 * size) // exact; keeps whether the quotient is odd
  const odd = twice >= size
  const rest = odd ? twice - size : twice
  // Twice the rest is exact or beyond all numbers; half the size would not be exact for the smallest ones.
  const up = 2 * rest > size || (2 * rest === size && odd)
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

function operate(x: number, op: number, y: number, u: Blame, site: number): number {
  const operation = OPERATIONS[op]
  if (operation === undefined) u.fail('R0206', site, [['op', op]])
  return operation(x, y)
}

/** `REAL64OP (x, op, y)`: 0 add, 1 subtract, 2 multiply, 3 divide; not finite is a fault. */
export function realOp64(x: number, op: number, y: number, u: Blame, site: number): number {
  const r = operate(x, op, y, u, site)
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

export function realOp32(x: number, op: number, y: number, u: Blame, site: number): number {
  const r = Math.fround(operate(x, op, y, u, site))
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

/** Rounding modes: 0 towards zero, 1 to the nearest, 2 up, 3 down. `exact` compares the true result with `r`: -1, 0, 1. */
function rounded(r: number, exact: number, mode: number, next: (x: number, y: number) => number): number {
  if (exact === 0 || mode === 1) return r
  const towards = mode === 2 ? Infinity : mode === 3 ? -Infinity : 0
  const below = exact < 0 // the true result is below r
  if (towards === Infinity) return below ? r : next(r, Infinity)
  if (towards === -Infinity) return below ? next(r, -Infinity) : r
  return r > 0 === below ? next(r, 0) : r
}

/** @returns the sign of (true result) - r for an operation on doubles, by exact rational arithmetic */
function error(x: number, op: number, y: number, r: number): number {
  if (!Number.isFinite(x) || !Number.isFinite(y) || (op === 3 && y === 0)) return 0
  if (!Number.isFinite(r)) return r > 0 ? -1 : 1
  const [a, b, c] = [fraction(x), fraction(y), fraction(r)]
  // All over the common denominator 2^1074 per factor.
  const one = 1n << 1074n
  const difference = op === 0 ? a + b - c : op === 1 ? a - b - c : op === 2 ? a * b - c * one : b > 0n ? a * one - c * b : c * b - a * one
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

/** @returns x * 2^1074, which is an integer */
function fraction(x: number): bigint {
  const [digits, places] = fractionBits(x)
  return digits << BigInt(places + 1074)
}

/** `IEEE64OP (x, rm, op, y)`. @returns whether the result is no finite number though the operands are, and the result */
export function ieeeOp64(x: number, mode: number, op: number, y: number, u: Blame, site: number): [boolean, number] {
  const nearest = operate(x, op, y, u, site)
  const r = rounded(nearest, error(x, op, y, nearest), mode, nextAfter64)
  return [r - r !== 0, r]
}

export function ieeeOp32(x: number, mode: number, op: number, y: number, u: Blame, site: number): [boolean, number] {
  const nearest = Math.fround(operate(x, op, y, u, site))
  const r = rounded(nearest, error(x, op, y, nearest), mode, nextAfter32)
  return [r - r !== 0, r]
}

/** `REAL64REM (x, y)`: to the nearest quotient; not finite is a fault. */
export function realRem64(x: number, y: number, u: Blame, site: number): number {
  const r = nearestRemainder(x, y)
  if (r - r !== 0) realFault(u, site, x, y)
  return r
}

export function realRem32(x: number, y: number, u: Blame, site: number): number {
  return Math.fround(realRem64(x, y, u, site))
}

export function ieeeRem(x: number, y: number): [boolean, number] {
  const r = nearestRemainder(x, y)
  return [r - r !== 0, r]
}

export const realEqual = (x: number, y: number): boolean => x === y
export const realGreater = (x: number, y: number): boolean => x > y

/** @returns -1 less, 0 equal, 1 greater, 2 not ordered */
export function ieeeCompare(x: number, y: number): number {
  return x < y ? -1 : x === y ? 0 : x > y ? 1 : 2
}
