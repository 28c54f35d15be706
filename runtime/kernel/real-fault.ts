import { Fault } from './fault.ts'
import type { Unit } from './unit.ts'

/** Raises the fault of a real operation whose result is not finite. */
export function realFault(u: Unit, site: number, x: number, y: number): never {
  throw new Fault('R0208', u, site, [
    ['left', x],
    ['right', y],
  ])
}
