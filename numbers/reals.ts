/**
 * Predefined functions on the bits and limits of reals (occam 2.1 reference manual, appendix L). None of them fails. The names end in the
 * width.
 */

const cell = new DataView(new ArrayBuffer(8))

export const scaleB32 = (x: number, n: number): number => Math.fround(scaled(x, n))
export const scaleB64 = scaled

/** x * 2^n, rounded once where the result is below the normal numbers. */
function scaled(x: number, n: number): number {
  if (x === 0 || !Number.isFinite(x)) return x
  const e = exponent(x)
  const fraction = e < -1000 ? x * 2 ** 54 * 2 ** -(e + 54) : x * 2 ** -e
  const power = Math.max(-2000, Math.min(2000, e + n))
  return power > -1000 ? fraction * 2 ** power : fraction * 2 ** (power + 1000) * 2 ** -1000
}

export const absolute = Math.abs

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
export function exponent(x: number): number {
  cell.setFloat64(0, x)
  const biased = (cell.getInt32(0) >>> 20) & 0x7ff
  return biased === 0 ? exponent(x * 2 ** 54) - 54 : biased - 1023
}

/** @returns integers m and e with x = m * 2^e; x is finite */
export function fractionBits(x: number): [bigint, number] {
  cell.setFloat64(0, x)
  const biased = (cell.getInt32(0) >>> 20) & 0x7ff
  const digits = cell.getBigUint64(0) & 0xfffffffffffffn
  const size = biased === 0 ? digits : digits | (1n << 52n)
  return [x < 0 ? -size : size, Math.max(biased, 1) - 1075]
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

// ---------------------------------------------------------------------------------------------- random numbers

/** `RAN (seed)`: a number from 0 to 1 and the next seed, by the linear congruence of the manual. */
export function ran32(seed: number): [number, number] {
  const next = (Math.imul(seed, 1664525) + 1) | 0
  return [Math.fround((next >>> 8) / 2 ** 24), next]
}

export function ran64(seed: bigint): [number, bigint] {
  const next = BigInt.asIntN(64, seed * 6364136223846793005n + 1n)
  return [Number(BigInt.asUintN(64, next) >> 11n) / 2 ** 53, next]
}
