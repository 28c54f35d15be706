/** Reals as fractions of integers: what a result should be, found without the arithmetic under test. */

/** numerator / denominator, the second positive. */
export type Rational = readonly [numerator: bigint, denominator: bigint]

export type RealName = 'REAL32' | 'REAL64'

const cell = new DataView(new ArrayBuffer(8))

/** @returns a finite real as a fraction */
export function rational(x: number): Rational {
  let [n, places] = [x, 0]
  while (!Number.isInteger(n)) {
    n *= 2
    places++
  }
  return [BigInt(n), 1n << BigInt(places)]
}

const reduced = ([n, d]: Rational): Rational => (d < 0n ? [-n, -d] : [n, d])
export const sum = ([a, b]: Rational, [c, d]: Rational): Rational => [a * d + c * b, b * d]
export const difference = (x: Rational, [c, d]: Rational): Rational => sum(x, [-c, d])
export const product = ([a, b]: Rational, [c, d]: Rational): Rational => [a * c, b * d]
export const ratio = ([a, b]: Rational, [c, d]: Rational): Rational => reduced([a * d, b * c])

/** @returns whether x < y, x = y or x > y as -1, 0, 1 */
export function compare([a, b]: Rational, [c, d]: Rational): number {
  const left = a * d
  const right = c * b
  return left < right ? -1 : left > right ? 1 : 0
}

const TOP: Readonly<Record<RealName, Rational>> = { REAL32: [1n << 128n, 1n], REAL64: [1n << 1024n, 1n] }

/** The magnitude with a pattern of bits; patterns are in the order of the magnitudes. */
function magnitude(pattern: bigint, type: RealName): Rational {
  cell.setBigInt64(0, type === 'REAL64' ? pattern : pattern << 32n)
  const x = type === 'REAL64' ? cell.getFloat64(0) : cell.getFloat32(0)
  return Number.isFinite(x) ? rational(x) : TOP[type]
}

/**
 * @param round whether to the nearest, ties to even, or towards zero
 * @returns the real of the type for a fraction, found by halving the range of all patterns; infinity when it is too large
 */
export function real(value: Rational, type: RealName, round: 'ROUND' | 'TRUNC' = 'ROUND'): number {
  const size: Rational = value[0] < 0n ? [-value[0], value[1]] : value
  let low = 0n
  let high = type === 'REAL64' ? 0x7ff0000000000000n : 0x7f800000n
  if (compare(size, TOP[type]) >= 0) return value[0] < 0n ? -Infinity : Infinity
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (compare(magnitude(middle, type), size) <= 0) low = middle
    else high = middle
  }
  const middle = product(sum(magnitude(low, type), magnitude(high, type)), [1n, 2n])
  const side = compare(size, middle)
  const up = round === 'ROUND' && (side > 0 || (side === 0 && low % 2n === 1n))
  const pattern = up ? high : low
  cell.setBigInt64(0, type === 'REAL64' ? pattern : pattern << 32n)
  const found = type === 'REAL64' ? cell.getFloat64(0) : cell.getFloat32(0)
  return value[0] < 0n ? -found : found
}

/** @returns the integer for a fraction, ties to even or towards zero */
export function integer([n, d]: Rational, round: 'ROUND' | 'TRUNC'): bigint {
  const whole = n / d
  if (round === 'TRUNC') return whole
  const rest = 2n * (n < 0n ? -(n % d) : n % d)
  const away = rest > d || (rest === d && whole % 2n !== 0n)
  return away ? whole + (n < 0n ? -1n : 1n) : whole
}
