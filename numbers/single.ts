/** Single-length reals taken apart into words and put together again (occam 2.1 reference manual, appendix L.3). */

/**
 * `UNPACKSN (x)`: x is the pattern of a REAL32.
 * @returns the fraction with its leading bit and 8 zeros below it, the biased exponent, and the kind: 0 zero, 1 a number, 2 infinite, 3 not a number
 */
export function unpackSingle(x: number): [number, number, number] {
  const exponent = (x >>> 23) & 255
  const digits = x & 0x7fffff
  if (exponent === 255) return [digits << 8, exponent, digits === 0 ? 2 : 3]
  if (exponent === 0) return [digits << 8, digits === 0 ? 0 : 1, digits === 0 ? 0 : 1]
  return [(digits | 0x800000) << 8, exponent, 1]
}

/**
 * `ROUNDSN (exponent, fraction, guard)`: rounds to the nearest, ties to even.
 * @param exponent biased by 127; it may lie outside the range of a REAL32
 * @param fraction the upper word of the fraction, its point behind the top bit
 * @param guard the word below it
 * @returns the pattern of the REAL32, an infinity when it is too large
 */
export function roundSingle(exponent: number, fraction: number, guard: number): number {
  let digits = (BigInt(fraction >>> 0) << 32n) | BigInt(guard >>> 0)
  if (digits === 0n) return 0
  const missing = 64 - digits.toString(2).length
  digits <<= BigInt(missing)
  const biased = exponent - missing
  // 24 of the 64 bits are kept; below the normal numbers, fewer
  const drop = BigInt(40 + Math.max(0, Math.min(30, 1 - biased)))
  const kept = digits >> drop
  const rest = digits - (kept << drop)
  const half = 1n << (drop - 1n)
  const up = rest > half || (rest === half && (kept & 1n) === 1n)
  // The carry of the fraction is the next exponent.
  const pattern = Number(kept) + (up ? 1 : 0) + (Math.max(biased, 1) - 1) * 2 ** 23
  return biased > 254 || pattern >= 0x7f800000 ? 0x7f800000 : pattern
}
