/** Square roots; what has none is a fault. */
import { realFault, type Blame } from './blame.ts'

export function sqrt64(x: number, u: Blame, site: number): number {
  if (!(x >= 0 && x < Infinity)) realFault(u, site, x, x)
  return Math.sqrt(x)
}

export function sqrt32(x: number, u: Blame, site: number): number {
  return Math.fround(sqrt64(x, u, site))
}
