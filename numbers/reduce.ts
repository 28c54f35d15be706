/** `ARGUMENT.REDUCE (x, y, y.err)` (occam 2.1 reference manual, appendix L): what is left of an angle. */
import { exactProduct, plus } from './double-double.ts'
import { fpInt } from './reals.ts'

/**
 * @param error what y lacks
 * @returns whether the quotient was small enough to be exact, the quotient, and x - quotient * (y + error), rounded once
 */
function reduce(x: number, y: number, error: number, limit: number): [boolean, number, number] {
  const n = fpInt(x / y)
  if (!(Math.abs(n) < limit)) return [false, 0, x]
  const [high, low] = exactProduct(-n, y)
  const rest = plus([x, 0], [high, low])
  return [true, n | 0, plus(rest, exactProduct(-n, error))[0]]
}

export function argumentReduce32(x: number, y: number, error: number): [boolean, number, number] {
  const [good, n, rest] = reduce(x, y, error, 2 ** 16)
  return [good, n, Math.fround(rest)]
}

export function argumentReduce64(x: number, y: number, error: number): [boolean, number, number] {
  return reduce(x, y, error, 2 ** 31)
}
