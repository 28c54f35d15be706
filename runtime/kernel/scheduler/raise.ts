/** Faults that generated code raises where the text says so. Each gets its unit and the number of the site in the unit's debug table. */
import { Fault } from './fault.ts'
import type { FaultValues } from './fault.ts'
import type { Unit } from './state.ts'
import type { Value } from './value.ts'

type Values = readonly (readonly [name: string, value: Value])[]

/** `STOP`. */
export function stop(u: Unit, site: number): never {
  throw new Fault('R0101', u, site)
}

/**
 * The answer of a service that the program declares; see program-interface.ts for its form.
 * @returns the bytes of its results
 */
export function serviceAnswer(answer: Value, u: Unit, site: number): Uint8Array {
  const bytes = answer instanceof Uint8Array ? answer : Uint8Array.of(Number(answer))
  if (bytes[0] === 0) return bytes.subarray(1)
  const [service = '', ...error] = textOf(bytes.subarray(1)).split('\n')
  throw new Fault('R0111', u, site, [
    ['service', service],
    ['error', error.join('\n')],
  ])
}

/** @returns what bytes in UTF-8 say */
function textOf(bytes: Uint8Array): string {
  let escaped = ''
  for (const byte of bytes) escaped += byte === 0x25 || byte > 0x7f ? `%${byte.toString(16)}` : String.fromCharCode(byte)
  return decodeURIComponent(escaped)
}

/** A failed `ASSERT`. @param values both sides of the comparison, where it is one */
export function assertion(u: Unit, site: number, values: Values): never {
  throw new Fault('R0102', u, site, values)
}

/** An IF without a true condition. */
export function noCondition(u: Unit, site: number): never {
  throw new Fault('R0103', u, site)
}

/** A CASE without an option for the selector, or a variant input without one for the tag, which is given by its name. */
export function noOption(u: Unit, site: number, values: FaultValues): never {
  throw new Fault('R0104', u, site, values)
}

/**
 * Two actual parameters, or abbreviations, that must not overlap, and do.
 * @param values the number of elements of each under its text; then the values of the subscripts in them
 */
export function oneVariable(u: Unit, site: number, values: FaultValues): never {
  throw new Fault('R0214', u, site, values)
}

/** An ALT without guards. */
export function noGuard(u: Unit, site: number): never {
  throw new Fault('R0105', u, site)
}

/** `CAUSEERROR ()`. */
export function causeError(u: Unit, site: number): never {
  throw new Fault('R0107', u, site)
}

/** @returns a replicator count, unless it is negative. */
export function count(n: number, u: Unit, site: number): number {
  if (n < 0) throw new Fault('R0106', u, site, [['count', n]])
  return n
}

/**
 * Checks that the last index of a replicator is an INT.
 * @param base the first
 * @param n how many there are; not negative
 * @param by how far each is from the next
 * @returns the number of indices
 */
export function indices(base: number, n: number, by: number, u: Unit, site: number): number {
  const way = (n - 1) * by
  if (n > 0 && base + way !== ((base + way) | 0)) {
    throw new Fault('R0201', u, site, [
      ['left', base],
      ['right', way],
    ])
  }
  return n
}

/** @returns a replicator step, unless it is zero. */
export function step(n: number, u: Unit, site: number): number {
  if (n === 0) throw new Fault('R0108', u, site)
  return n
}
