/** Arrays: subscripts, slices, copying, reinterpretation. */
import { bitsOfNaN, fromBitsOfNaN } from '../../../numbers/nan.ts'
import { NO_CHANNEL } from '../scheduler/state.ts'
import type { Channel, Unit } from '../scheduler/state.ts'
import { Fault } from '../scheduler/fault.ts'
import { LARGEST } from '../scheduler/memory.ts'
import type { NumberArray, Reference, TypedArray, Value } from '../scheduler/value.ts'

export { NO_BYTES, NO_INT16S, NO_INTS, NO_INT64S, NO_REAL32S, NO_REAL64S } from '../scheduler/blanks.ts'
/** Stands in a frame for channels that are not there yet. */
export const NO_CHANNELS: Channel[] = []

/**
 * Makes a large array, or one whose size is known only now. Small ones are made by `new` alone.
 * @throws Fault R0211 when the engine, or the memory, has no room for it
 */
export function zeros<A extends TypedArray>(make: new (length: number) => A, length: number, u: Unit, site: number): A {
  try {
    return new make(length)
  } catch {
    throw new Fault('R0211', u, site, [
      ['elements', length],
      ['limit', LARGEST],
    ])
  }
}

/** Raises the fault of a read outside `a`: `(a[i] ?? index (U, site, a, i))`. */
export function index(u: Unit, site: number, a: { readonly length: number }, i: number): never {
  throw new Fault('R0203', u, site, [
    ['index', i],
    ['size', a.length],
  ])
}

/** Raises the fault of a subscript outside its dimension. */
export function outside(u: Unit, site: number, i: number, size: number): never {
  return index(u, site, { length: size }, i)
}

/** @returns an index of a dimension of size `n`, or NaN when it is outside */
export function within(i: number, n: number): number {
  return i >= 0 && i < n ? i : NaN
}

/** @returns the channel a branch was given for element `i` of an array, unless the array has no such element */
export function present(c: Channel, i: number, u: Unit, site: number): Channel {
  if (c === NO_CHANNEL) throw new Fault('R0203', u, site, [['index', i]])
  return c
}

/** Checks the slice `[a FROM from FOR count]` of an array (or dimension) of `size`. */
export function slice(from: number, count: number, size: number, u: Unit, site: number): void {
  if (from >= 0 && count >= 0 && from + count <= size) return
  throw new Fault('R0204', u, site, [
    ['from', from],
    ['count', count],
    ['size', size],
  ])
}

/** @returns the count of a counted array that is sent, unless the array is shorter */
export function counted(n: number, size: number, u: Unit, site: number): number {
  if (n < 0 || n > size) slice(0, n, size, u, site)
  return n
}

/** Checks that an array of unknown size has the size it must have. */
export function sameSize(actual: number, wanted: number, u: Unit, site: number): void {
  if (actual !== wanted) sizeFault('R0207', actual, wanted, u, site)
}

/** Checks a dimension of a RESHAPES or RETYPES that only run time knows. */
export function dimension(n: number, u: Unit, site: number): void {
  if (n < 0) throw new Fault('R0209', u, site, [['dimension', n]])
}

/** Checks that a RETYPES is between things of one size. */
export function sameBytes(actual: number, wanted: number, u: Unit, site: number): void {
  if (actual !== wanted) sizeFault('R0209', actual, wanted, u, site)
}

function sizeFault(code: 'R0207' | 'R0209' | 'R0210', actual: number, wanted: number, u: Unit, site: number): never {
  throw new Fault(code, u, site, [
    ['size', actual],
    ['wanted', wanted],
  ])
}

/** Copies `source` over `target`, which has the same type; they may overlap. */
export function copy(target: TypedArray, source: TypedArray, u: Unit, site: number): void {
  if (target.length !== source.length) sizeFault('R0207', source.length, target.length, u, site)
  ;(target as NumberArray).set(source as NumberArray) // both have the same type
}

/** Copies a counted array that has come to the start of `target`. */
export function copyPrefix(target: TypedArray, source: TypedArray, u: Unit, site: number): void {
  if (target.length < source.length) sizeFault('R0210', source.length, target.length, u, site)
  ;(target as NumberArray).set(source as NumberArray) // both have the same type
}

/**
 * Compares `n` elements of `a` from `from` on with `m` elements of `b` from `start` on. Two arrays may be views of one; arrays of mobiles are not.
 * @returns whether they share anything
 */
export function overlaps(a: Comparable, from: number, n: number, b: Comparable, start: number, m: number): boolean {
  if (n === 0 || m === 0) return false
  if (a === b) return from < start + m && start < from + n
  return 'buffer' in a && 'buffer' in b && a.buffer === b.buffer && shareBytes(a, from, n, b, start, m)
}

/** An array of data, or of references to mobiles. */
type Comparable = TypedArray | readonly Reference[]

function shareBytes(a: TypedArray, from: number, n: number, b: TypedArray, start: number, m: number): boolean {
  const [first, second] = [a.byteOffset + from * a.BYTES_PER_ELEMENT, b.byteOffset + start * b.BYTES_PER_ELEMENT]
  return first < second + m * b.BYTES_PER_ELEMENT && second < first + n * a.BYTES_PER_ELEMENT
}

// ---------------------------------------------------------------------------------------------- reinterpretation

/** @returns the bytes of an array, in place */
export function bytesOf(a: TypedArray): Uint8Array {
  return new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
}

/** @returns the bytes of a message on a CHAN OF ANY; the host sends each byte as a number */
export function messageBytes(message: Value): Uint8Array {
  return message instanceof Uint8Array ? message : Uint8Array.of(Number(message))
}

/**
 * Brings what was written to a part of a view home, when the view is a copy since its bytes are not on a boundary of its elements.
 * @param bytes where the elements lie
 * @param view `elementsOf` of these
 * @param part a view of a part of `view`
 */
export function settle(bytes: Uint8Array, view: TypedArray, part: TypedArray): void {
  if (view.buffer !== bytes.buffer) bytes.set(bytesOf(part), part.byteOffset - view.byteOffset)
}

type Maker<A extends TypedArray> = {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, offset: number, length: number): A
}

/** @returns the same bytes as elements of another type: in place where they are aligned, else a copy */
function elementsOf<A extends TypedArray>(bytes: Uint8Array, make: Maker<A>, u: Unit, site: number): A {
  const size = make.BYTES_PER_ELEMENT
  if (bytes.length % size !== 0) sizeFault('R0209', bytes.length, bytes.length - (bytes.length % size), u, site)
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice()
  return new make(aligned.buffer, aligned.byteOffset, bytes.length / size)
}

export function int16sOf(bytes: Uint8Array, u: Unit, site: number): Int16Array {
  return elementsOf(bytes, Int16Array, u, site)
}

export function intsOf(bytes: Uint8Array, u: Unit, site: number): Int32Array {
  return elementsOf(bytes, Int32Array, u, site)
}

export function int64sOf(bytes: Uint8Array, u: Unit, site: number): BigInt64Array {
  return elementsOf(bytes, BigInt64Array, u, site)
}

export function real32sOf(bytes: Uint8Array, u: Unit, site: number): Float32Array {
  return elementsOf(bytes, Float32Array, u, site)
}

export function real64sOf(bytes: Uint8Array, u: Unit, site: number): Float64Array {
  return elementsOf(bytes, Float64Array, u, site)
}

const cell = new DataView(new ArrayBuffer(8))

function cellBytes(n: number): Uint8Array {
  return new Uint8Array(cell.buffer.slice(0, n))
}

export function bytesOfBool(x: boolean): Uint8Array {
  return Uint8Array.of(x ? 1 : 0)
}

export function bytesOfByte(x: number): Uint8Array {
  return Uint8Array.of(x)
}

export function bytesOfInt16(x: number): Uint8Array {
  cell.setInt16(0, x, true)
  return cellBytes(2)
}

export function bytesOfInt(x: number): Uint8Array {
  cell.setInt32(0, x, true)
  return cellBytes(4)
}

export function bytesOfInt64(x: bigint): Uint8Array {
  cell.setBigInt64(0, x, true)
  return cellBytes(8)
}

export function bytesOfReal32(x: number): Uint8Array {
  if (x === x) cell.setFloat32(0, x, true)
  else cell.setUint32(0, bitsOfNaN(x), true)
  return cellBytes(4)
}

export function bytesOfReal64(x: number): Uint8Array {
  cell.setFloat64(0, x, true)
  return cellBytes(8)
}

function loaded(bytes: Uint8Array, n: number, u: Unit, site: number): DataView {
  if (bytes.length !== n) sizeFault('R0209', bytes.length, n, u, site)
  return new DataView(bytes.buffer, bytes.byteOffset, n)
}

export function boolFrom(bytes: Uint8Array, u: Unit, site: number): boolean {
  return loaded(bytes, 1, u, site).getUint8(0) !== 0
}

export function byteFrom(bytes: Uint8Array, u: Unit, site: number): number {
  return loaded(bytes, 1, u, site).getUint8(0)
}

export function int16From(bytes: Uint8Array, u: Unit, site: number): number {
  return loaded(bytes, 2, u, site).getInt16(0, true)
}

export function intFrom(bytes: Uint8Array, u: Unit, site: number): number {
  return loaded(bytes, 4, u, site).getInt32(0, true)
}

export function int64From(bytes: Uint8Array, u: Unit, site: number): bigint {
  return loaded(bytes, 8, u, site).getBigInt64(0, true)
}

export function real32From(bytes: Uint8Array, u: Unit, site: number): number {
  const view = loaded(bytes, 4, u, site)
  const x = view.getFloat32(0, true)
  return x === x ? x : fromBitsOfNaN(view.getUint32(0, true))
}

export function real64From(bytes: Uint8Array, u: Unit, site: number): number {
  return loaded(bytes, 8, u, site).getFloat64(0, true)
}
