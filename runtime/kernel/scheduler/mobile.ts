/**
 * Mobiles: what variables hold by reference, so that a move copies nothing.
 *
 * Invariants
 * - One variable at a time holds a reference, so a mobile is a tree of mobiles.
 * - None is told by identity: a variable without a value holds the one blank of its type (`NO_INTS`, `NO_MOBILE`), which reads as an array of
 *   size 0 and is never written to. A new array without elements is another object, so it is defined.
 */
import { NO_BYTES, NO_INT16S, NO_INT64S, NO_INTS, NO_REAL32S, NO_REAL64S } from './blanks.ts'
import { Fault } from './fault.ts'
import { LARGEST } from './memory.ts'
import type { Unit } from './state.ts'
import { Handle, Mobile } from './value.ts'
import type { NumberArray, Reference, TypedArray } from './value.ts'

export { Handle, Mobile }

/** No mobile. */
export const NO_MOBILE = new Mobile(NO_BYTES, [], [])
/** Stands in a frame for an array of references that is not there yet. */
export const NO_REFERENCES: Reference[] = []

const BLANKS: ReadonlySet<Reference> = new Set([NO_MOBILE, NO_BYTES, NO_INT16S, NO_INTS, NO_INT64S, NO_REAL32S, NO_REAL64S])

/** `DEFINED x`. @returns whether a reference is to something */
export function isDefined(r: Reference): boolean {
  if (r instanceof Mobile) return r !== NO_MOBILE
  return r instanceof Handle || r.length > 0 || !BLANKS.has(r)
}

/** Makes a mobile of several parts. */
export function compound(elements: TypedArray, parts: Reference[], ...dims: number[]): Mobile {
  return new Mobile(elements, parts, dims)
}

function noSize(n: number, u: Unit, site: number): Fault {
  return new Fault('R0211', u, site, [
    ['elements', n],
    ['limit', LARGEST],
  ])
}

/** @returns `n` references to nothing; or, of a type that always has storage, `n` copies of `blank` */
export function blanks(blank: Reference, n: number, u: Unit, site: number): Reference[] {
  if (n < 0 || n > 0xffffffff) throw noSize(n, u, site)
  const made = new Array<Reference>(n).fill(blank)
  return isDefined(blank) ? made.map(cloned) : made
}

/** @returns the size of dimension `k`; 0 when there is nothing */
export function extent(m: Mobile, k: number): number {
  return m.dims[k] ?? 0
}

/** `CLONE x`. @returns a copy of all that `r` is, down to its last part; nothing of nothing */
export function cloned<R extends Reference>(r: R): R {
  if (!isDefined(r) || r instanceof Handle) return r
  if (!(r instanceof Mobile)) return r.slice() as R // an array of the same class
  return new Mobile(r.elements.slice(), r.parts.map(cloned), r.dims) as Reference as R // a Mobile, as `r` is
}

/** `RESIZE.MOBILE.ARRAY.1D (x, n)` of plain elements. @returns an array of `n` elements that begins as `a` does */
export function resized<A extends TypedArray>(a: A, n: number, u: Unit, site: number): A {
  const make = a.constructor as new (length: number) => A // the class that `a` is of
  let larger: A
  try {
    larger = new make(n)
  } catch {
    throw noSize(n, u, site)
  }
  const kept = Math.min(n, a.length)
  ;(larger as NumberArray).set(a.subarray(0, kept) as NumberArray) // both are of one class
  return larger
}

/** As `resized`, of an array of mobiles. */
export function resizedParts(m: Mobile, n: number, blank: Reference, u: Unit, site: number): Mobile {
  if (n < 0 || n > 0xffffffff) throw noSize(n, u, site)
  const parts = m.parts.slice(0, n)
  while (parts.length < n) parts.push(cloned(blank))
  return new Mobile(m.elements, parts, [n])
}
