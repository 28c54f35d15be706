/**
 * Numbers of about 106 bits as unevaluated sums of two doubles: Dekker, A floating-point technique for extending the available precision
 * (Numerische Mathematik 18, 1971), in the forms of Hida, Li and Bailey's QD library. Only operations whose results IEEE 754 fixes to the
 * last bit are used, so every machine computes the same.
 */
import { nextAfter64, scaleB64 } from './reals.ts'

/** `high + low`; `high` is the double nearest to the sum. */
export type Pair = readonly [high: number, low: number]

/** A pair times a power of two. */
export type Scaled = readonly [high: number, low: number, exponent: number]

function quickSum(a: number, b: number): Pair {
  const sum = a + b
  return [sum, b - (sum - a)]
}

function exactSum(a: number, b: number): Pair {
  const sum = a + b
  const shadow = sum - a
  return [sum, a - (sum - shadow) + (b - shadow)]
}

/** Neither factor is beyond 2^995. */
export function exactProduct(a: number, b: number): Pair {
  const product = a * b
  const [a1, a2] = split(a)
  const [b1, b2] = split(b)
  return [product, a1 * b1 - product + a1 * b2 + a2 * b1 + a2 * b2]
}

/** Halves of 26 bits. */
function split(a: number): Pair {
  const t = 134217729 * a
  const high = t - (t - a)
  return [high, a - high]
}

export function plus(x: Pair, y: Pair): Pair {
  const [s, e] = exactSum(x[0], y[0])
  const [t, f] = exactSum(x[1], y[1])
  const [high, low] = quickSum(s, e + t)
  return quickSum(high, low + f)
}

export const minus = (x: Pair): Pair => [-x[0], -x[1]]

export function times(x: Pair, y: Pair): Pair {
  const [p, e] = exactProduct(x[0], y[0])
  return quickSum(p, e + (x[0] * y[1] + x[1] * y[0]))
}

/** @param factor a power of two */
export const scale = (x: Pair, factor: number): Pair => [x[0] * factor, x[1] * factor]

export function over(x: Pair, y: Pair): Pair {
  const first = x[0] / y[0]
  const rest = plus(x, minus(times(y, [first, 0])))
  const second = rest[0] / y[0]
  const last = plus(rest, minus(times(y, [second, 0])))[0] / y[0]
  const [high, low] = quickSum(first, second)
  return plus([high, low], [last, 0])
}

export function root(x: Pair): Pair {
  if (x[0] <= 0) return [0, 0]
  const guess = Math.sqrt(x[0])
  const rest = plus(x, minus(exactProduct(guess, guess)))
  return quickSum(guess, rest[0] / (2 * guess))
}

/** @returns the double nearest to a scaled pair; infinity beyond the largest */
export function rounded64([high, low, exponent]: Scaled): number {
  if (exponent === 0) return high
  const whole = scaleB64(high, exponent)
  if (Math.abs(whole) > 2 ** -1022 || high === 0) return whole
  // Below the normal numbers: count the smallest steps, and decide about the rest once.
  const steps = scaleB64(high, exponent + 1074)
  const floor = Math.floor(steps)
  const above = steps - floor - 0.5 + scaleB64(low, exponent + 1074)
  return (above > 0 || (above === 0 && floor % 2 !== 0) ? floor + 1 : floor) * 2 ** -1074
}

/** @returns the REAL32 nearest to a scaled pair; infinity beyond the largest */
export function rounded32([high, low, exponent]: Scaled): number {
  return Math.fround(scaleB64(toOdd(high, low), exponent))
}

const cell = new DataView(new ArrayBuffer(8))

/** Rounds a sum to the neighbour with an odd last bit, unless it is exact: rounding that once more gives what rounding the sum gives. */
function toOdd(high: number, low: number): number {
  if (low === 0 || !Number.isFinite(high)) return high
  cell.setFloat64(0, high)
  return (cell.getUint8(7) & 1) === 1 ? high : nextAfter64(high, low > 0 ? Infinity : -Infinity)
}

/** @returns n / 2^places as a pair */
export function fromFixed(n: bigint, places: number): Pair {
  const high = Number(n)
  const low = Number(n - BigInt(high))
  return [scaleB64(high, -places), scaleB64(low, -places)]
}
