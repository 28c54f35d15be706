/** Pi and logarithms to as many places as are asked for: integers that stand for n / 2^places. */
import { fromFixed, type Pair } from './double-double.ts'

const GUARD = 32

/** The series of atan (1 / n) or, with `sign` 1, of atanh (1 / n). */
function inverse(n: bigint, places: number, sign: 1n | -1n): bigint {
  let power = (1n << BigInt(places)) / n
  let sum = 0n
  for (let k = 1n, s = 1n; power !== 0n; k += 2n, s *= sign, power /= n * n) sum += (s * power) / k
  return sum
}

/** Machin's formula. @returns pi * 2^places, cut off */
export function piTimes(places: number): bigint {
  const all = places + GUARD
  return (16n * inverse(5n, all, -1n) - 4n * inverse(239n, all, -1n)) >> BigInt(GUARD)
}

/** A sum of logarithms of (n + 1) / (n - 1) for n = 31, 49, 161, which are made of the primes 2, 3 and 5. */
function logarithm(weights: readonly [bigint, bigint, bigint], places: number): bigint {
  const all = places + GUARD
  const [a, b, c] = weights
  return (a * inverse(31n, all, 1n) + b * inverse(49n, all, 1n) + c * inverse(161n, all, 1n)) >> BigInt(GUARD)
}

const PLACES = 256

const LOG_2 = logarithm([14n, 10n, 6n], PLACES)
const LOG_10 = logarithm([46n, 34n, 20n], PLACES)

/** ln 2 in three parts; the first has 42 bits, so that its product with a small integer is exact. */
const LOG_2_TOP = LOG_2 >> BigInt(PLACES - 42)
export const log2Top = Number(LOG_2_TOP) * 2 ** -42
export const log2Rest: Pair = fromFixed(LOG_2 - (LOG_2_TOP << BigInt(PLACES - 42)), PLACES)
export const log2: Pair = fromFixed(LOG_2, PLACES)
export const oneOverLog10: Pair = fromFixed((1n << BigInt(2 * PLACES)) / LOG_10, PLACES)
export const pi: Pair = fromFixed(piTimes(PLACES), PLACES)
