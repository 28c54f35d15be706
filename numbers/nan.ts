/**
 * The bits of a REAL32 that is no number.
 *
 * A REAL32 is a JavaScript number, which is a double. A NaN of 32 bits fits into one of 64 bits with all its bits but one: processors make a
 * signalling NaN quiet when they widen it. So the lowest bit of the double, which no widened REAL32 uses, notes that it was signalling. What
 * only assigns, passes and communicates a value keeps the double's bits, and the two functions here translate at the border, where a value is
 * seen as bytes. An operation of arithmetic faults on a NaN, so nothing else needs to know.
 */

const QUIET_32 = 0x00400000
const QUIET_HIGH = 0x00080000
const INFINITE_32 = 0x7f800000
const INFINITE_HIGH = 0x7ff00000
const SIGNALLING = 1

const cell = new DataView(new ArrayBuffer(8))

/** @returns the 32 bits of a REAL32 that is a NaN */
export function bitsOfNaN(x: number): number {
  cell.setFloat64(0, x)
  const high = cell.getUint32(0)
  const low = cell.getUint32(4)
  const fraction = ((high & 0xfffff) << 3) | (low >>> 29)
  const bits = (high & 0x80000000) | INFINITE_32 | fraction
  return ((low & SIGNALLING) === 0 || (fraction & ~QUIET_32) === 0 ? bits : bits & ~QUIET_32) >>> 0
}

/** @param bits those of a NaN of 32 bits @returns the number that stands for it */
export function fromBitsOfNaN(bits: number): number {
  const fraction = bits & 0x7fffff
  cell.setUint32(0, (bits & 0x80000000) | INFINITE_HIGH | QUIET_HIGH | (fraction >>> 3))
  cell.setUint32(4, ((fraction << 29) | ((bits & QUIET_32) === 0 ? SIGNALLING : 0)) >>> 0)
  return cell.getFloat64(0)
}

/** @returns the two halves of a number's 64 bits, as `nan` takes them */
export function halvesOf(x: number): readonly [high: number, low: number] {
  cell.setFloat64(0, x)
  return [cell.getInt32(0), cell.getInt32(4)]
}

/** @returns the NaN of these 64 bits: a constant of a program */
export function nan(high: number, low: number): number {
  cell.setInt32(0, high)
  cell.setInt32(4, low)
  return cell.getFloat64(0)
}
