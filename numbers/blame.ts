/**
 * How a function without a result says so. At run time the one to blame is a unit, which raises a fault with the place in the text; at
 * compile time it is the constant that is being computed.
 */

/** What can be wrong with a computation, by the code of the fault it is at run time. */
export type Wrong = 'R0201' | 'R0202' | 'R0203' | 'R0205' | 'R0206' | 'R0208'

/** The values to show with a fault, named as in the routine's description. */
type Values = readonly (readonly [name: string, value: number | bigint])[]

export interface Blame {
  /** Ends the computation. @param site the number of the place, handed on from the caller */
  fail(code: Wrong, site: number, values: Values): never
}

/** An integer that does not fit. */
export function overflow(u: Blame, site: number, left: number, right: number): never {
  u.fail('R0201', site, [
    ['left', left],
    ['right', right],
  ])
}

/** A real operation whose result is not finite. */
export function realFault(u: Blame, site: number, x: number, y: number): never {
  u.fail('R0208', site, [
    ['left', x],
    ['right', y],
  ])
}
