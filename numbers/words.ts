/**
 * The predefined functions on words, after appendix L of the occam 2.1 reference manual. Words are 32 bits; "long" arithmetic treats them as
 * digits of numbers to the base 2^32.
 */
import { overflow, type Blame } from './blame.ts'

function shift(n: number, high: number, u: Blame, site: number): void {
  if (n < 0 || n > high) u.fail('R0205', site, [['places', n]])
}

// ---------------------------------------------------------------------------------------------- multiple length arithmetic

/** left + right + the lowest bit of carry, signed. */
export function longAdd(left: number, right: number, carry: number, u: Blame, site: number): number {
  const t = left + right + (carry & 1)
  if (t !== (t | 0)) overflow(u, site, left, right)
  return t
}

export function longSub(left: number, right: number, borrow: number, u: Blame, site: number): number {
  const t = left - right - (borrow & 1)
  if (t !== (t | 0)) overflow(u, site, left, right)
  return t
}

/** Unsigned. @returns the carry and the sum */
export function longSum(left: number, right: number, carry: number): [number, number] {
  const t = (left >>> 0) + (right >>> 0) + (carry & 1)
  return [t >= 4294967296 ? 1 : 0, t | 0]
}

/** Unsigned. @returns the borrow and the difference */
export function longDiff(left: number, right: number, borrow: number): [number, number] {
  const t = (left >>> 0) - (right >>> 0) - (borrow & 1)
  return [t < 0 ? 1 : 0, t | 0]
}

function word(x: number): bigint {
  return BigInt(x >>> 0)
}

function halves(x: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, x >> 32n)), Number(BigInt.asIntN(32, x))]
}

function joined(high: number, low: number): bigint {
  return (word(high) << 32n) | word(low)
}

/** Unsigned left * right + carry, by halves of words: their products are exact. @returns its upper and lower word */
export function longProd(left: number, right: number, carry: number): [number, number] {
  const [a, b, c, d] = [left >>> 16, left & 0xffff, right >>> 16, right & 0xffff]
  const low = b * d + (carry >>> 0)
  const middle = a * d + b * c + Math.floor(low / 65536)
  return [(a * c + Math.floor(middle / 65536)) | 0, (middle << 16) | (low & 0xffff)]
}

/** Unsigned. @returns quotient and remainder */
export function longDiv(high: number, low: number, divisor: number, u: Blame, site: number): [number, number] {
  const [upper, d] = [high >>> 0, divisor >>> 0]
  if (d === 0) u.fail('R0202', site, [['left', low]])
  if (upper >= d) overflow(u, site, high, divisor)
  if (upper >= 2 ** 21) {
    const n = joined(high, low)
    return [Number(BigInt.asIntN(32, n / BigInt(d))), Number(BigInt.asIntN(32, n % BigInt(d)))]
  }
  const n = upper * 2 ** 32 + (low >>> 0) // below 2^53, so the quotient is exact when it is cut off
  const quotient = Math.floor(n / d)
  return [quotient | 0, (n - quotient * d) | 0]
}

export function shiftLeft(high: number, low: number, places: number, u: Blame, site: number): [number, number] {
  shift(places, 64, u, site)
  return halves(joined(high, low) << BigInt(places))
}

export function shiftRight(high: number, low: number, places: number, u: Blame, site: number): [number, number] {
  shift(places, 64, u, site)
  return halves(joined(high, low) >> BigInt(places))
}

/** Shifts left until the top bit is 1. @returns the places, the upper and the lower word; 64 places when all is zero */
export function normalise(high: number, low: number): [number, number, number] {
  const n = joined(high, low)
  if (n === 0n) return [64, 0, 0]
  const places = 64 - n.toString(2).length
  return [places, ...halves(n << BigInt(places))]
}

export function arithmeticShiftLeft(x: number, places: number, u: Blame, site: number): number {
  shift(places, 32, u, site)
  const t = x * 2 ** places
  if (t !== (t | 0)) overflow(u, site, x, places)
  return t
}

export function arithmeticShiftRight(x: number, places: number, u: Blame, site: number): number {
  shift(places, 32, u, site)
  return places === 32 ? x >> 31 : x >> places
}

export function rotateLeft(x: number, places: number, u: Blame, site: number): number {
  shift(places, 32, u, site)
  const n = places & 31
  return n === 0 ? x : (x << n) | (x >>> (32 - n))
}

export function rotateRight(x: number, places: number, u: Blame, site: number): number {
  shift(places, 32, u, site)
  return rotateLeft(x, (32 - places) & 31, u, site)
}

/** The product of two fractions (31 bits after the point), rounded to the nearest, ties to even. */
export function fracMul(x: number, y: number, u: Blame, site: number): number {
  const p = BigInt(x) * BigInt(y)
  const floor = p >> 31n
  const rest = p & 0x7fffffffn
  const half = 0x40000000n
  const up = rest > half || (rest === half && (floor & 1n) === 1n)
  const r = Number(up ? floor + 1n : floor)
  if (r !== (r | 0)) overflow(u, site, x, y)
  return r
}

// ---------------------------------------------------------------------------------------------- bits

/** One step of a cyclic redundancy check for each of the `bits` upper bits of `data`. */
function crc(data: number, old: number, generator: number, bits: number): number {
  let value = old
  let rest = data
  for (let i = 0; i < bits; i++) {
    const out = value < 0
    value = (value << 1) | (rest >>> 31)
    if (out) value ^= generator
    rest <<= 1
  }
  return value | 0
}

export function crcWord(data: number, old: number, generator: number): number {
  return crc(data, old, generator, 32)
}

/** The byte stands in the upper bits of `data`. */
export function crcByte(data: number, old: number, generator: number): number {
  return crc(data, old, generator, 8)
}

/** @returns the bits of `x` that are 1, added to `sum` */
export function bitCount(x: number, sum: number): number {
  let n = sum
  for (let rest = x; rest !== 0; rest &= rest - 1) n++
  return n | 0
}

export function bitReverse(x: number): number {
  let r = 0
  for (let i = 0; i < 32; i++) r = (r << 1) | ((x >>> i) & 1)
  return r | 0
}

/** @returns the lowest `n` bits of `x` in reverse */
export function bitReverseN(x: number, n: number, u: Blame, site: number): number {
  shift(n, 32, u, site)
  return n === 0 ? 0 : (bitReverse(x) >>> (32 - n)) | 0
}
