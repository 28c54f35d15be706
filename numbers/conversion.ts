/** Conversions between scalar types: exact, or rounded as the text says, or a fault. */
import type { Blame } from './blame.ts'

function outOfRange(x: number | bigint, u: Blame, site: number): never {
  u.fail('R0206', site, [['value', x]])
}

// ---------------------------------------------------------------------------------------------- from BYTE, INT16, INT

export function toByte(x: number, u: Blame, site: number): number {
  if (x !== (x & 255)) outOfRange(x, u, site)
  return x
}

export function toInt16(x: number, u: Blame, site: number): number {
  if (x !== (x << 16) >> 16) outOfRange(x, u, site)
  return x
}

/** 0 and 1 only. */
export function toBool(x: number, u: Blame, site: number): boolean {
  if (x !== 0 && x !== 1) outOfRange(x, u, site)
  return x === 1
}

// ---------------------------------------------------------------------------------------------- from INT64

export function longToByte(x: bigint, u: Blame, site: number): number {
  if (x !== BigInt.asUintN(8, x)) outOfRange(x, u, site)
  return Number(x)
}

export function longToInt16(x: bigint, u: Blame, site: number): number {
  if (x !== BigInt.asIntN(16, x)) outOfRange(x, u, site)
  return Number(x)
}

export function longToInt(x: bigint, u: Blame, site: number): number {
  if (x !== BigInt.asIntN(32, x)) outOfRange(x, u, site)
  return Number(x)
}

export function longToBool(x: bigint, u: Blame, site: number): boolean {
  if (x !== 0n && x !== 1n) outOfRange(x, u, site)
  return x === 1n
}

// ---------------------------------------------------------------------------------------------- from reals to integers

/** @returns the nearest integer; of two that are equally near the even one */
function nearest(x: number): number {
  const floor = Math.floor(x)
  const fraction = x - floor
  if (fraction < 0.5) return floor
  if (fraction > 0.5) return floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

function fit(r: number, low: number, high: number, x: number, u: Blame, site: number): number {
  if (!(r >= low && r <= high)) outOfRange(x, u, site)
  return r + 0 // never -0
}

export function roundByte(x: number, u: Blame, site: number): number {
  return fit(nearest(x), 0, 255, x, u, site)
}

export function truncByte(x: number, u: Blame, site: number): number {
  return fit(Math.trunc(x), 0, 255, x, u, site)
}

export function roundInt16(x: number, u: Blame, site: number): number {
  return fit(nearest(x), -32768, 32767, x, u, site)
}

export function truncInt16(x: number, u: Blame, site: number): number {
  return fit(Math.trunc(x), -32768, 32767, x, u, site)
}

export function roundInt(x: number, u: Blame, site: number): number {
  return fit(nearest(x), -2147483648, 2147483647, x, u, site)
}

export function truncInt(x: number, u: Blame, site: number): number {
  return fit(Math.trunc(x), -2147483648, 2147483647, x, u, site)
}

export function roundInt64(x: number, u: Blame, site: number): bigint {
  return long(nearest(x), x, u, site)
}

export function truncInt64(x: number, u: Blame, site: number): bigint {
  return long(Math.trunc(x), x, u, site)
}

function long(r: number, x: number, u: Blame, site: number): bigint {
  if (!(r >= -9223372036854775808 && r < 9223372036854775808)) outOfRange(x, u, site)
  return BigInt(r)
}

// ---------------------------------------------------------------------------------------------- to reals

const cell = new DataView(new ArrayBuffer(8))

/** @returns the REAL32 next to `r` (not zero) on the side of zero */
function towardsZero32(r: number): number {
  cell.setFloat32(0, r)
  cell.setInt32(0, cell.getInt32(0) - 1)
  return cell.getFloat32(0)
}

/** @returns the REAL64 next to `r` (not zero) on the side of zero */
function towardsZero64(r: number): number {
  cell.setFloat64(0, r)
  cell.setBigInt64(0, cell.getBigInt64(0) - 1n)
  return cell.getFloat64(0)
}

/** REAL64 or INT to REAL32, rounded to the nearest. */
export function roundReal32(x: number, u: Blame, site: number): number {
  const r = Math.fround(x)
  if (r - r !== 0) outOfRange(x, u, site)
  return r
}

/** REAL64 or INT to REAL32, towards zero. */
export function truncReal32(x: number, u: Blame, site: number): number {
  if (!(Math.abs(x) < 2 ** 128)) outOfRange(x, u, site)
  const r = Math.fround(x)
  return Math.abs(r) > Math.abs(x) ? towardsZero32(r) : r
}

/** INT64 to REAL64, rounded to the nearest. */
export function longRoundReal64(x: bigint): number {
  return Number(x)
}

export function longTruncReal64(x: bigint): number {
  const r = Number(x)
  return magnitude(BigInt(r)) > magnitude(x) ? towardsZero64(r) : r
}

/** INT64 to REAL32, rounded once: halfway cases are decided on the integer, not on a double that is rounded already. */
export function longRoundReal32(x: bigint): number {
  const bits = magnitude(x).toString(2).length
  if (bits <= 53) return Math.fround(Number(x))
  // Keep the upper 32 bits and whether anything is below them: enough to round 24 bits right.
  const drop = BigInt(bits - 32)
  const sticky = (magnitude(x) & ((1n << drop) - 1n)) === 0n ? 0 : 0.5
  const r = Math.fround(Number(magnitude(x) >> drop) + sticky) * 2 ** (bits - 32)
  return x < 0n ? -r : r
}

export function longTruncReal32(x: bigint): number {
  const r = longRoundReal32(x)
  return magnitude(BigInt(r)) > magnitude(x) ? towardsZero32(r) : r
}

function magnitude(x: bigint): bigint {
  return x < 0n ? -x : x
}
