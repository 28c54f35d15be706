/** What is known about the variables in the subscripts of two regions that are compared. */
import type { VariableSymbol } from '../../semantics.ts'
import type { IndexRange, Region, Selector } from './regions.ts'
import { type Polynomial } from './polynomials.ts'
import { partsOf } from './stand-ins.ts'
import { keyOf, variablesOf } from './terms.ts'

export interface Surroundings {
  /** Ranges of replicator indices. */
  readonly ranges: ReadonlyMap<VariableSymbol, IndexRange>
  /** Whether a variable has one and the same value on both sides. */
  readonly common: (symbol: VariableSymbol) => boolean
  /** The index of the replicated PAR whose copies are compared: it differs on the two sides. */
  readonly differs?: VariableSymbol
  /** Parts of a size that is not known may be empty, and then nothing overlaps them: the running program looks. Otherwise each part is taken to be used. */
  readonly mayBeEmpty?: true
}

/** @returns whether a variable, or all that it stands for, is the same on both sides. */
export function isCommon(symbol: VariableSymbol, around: Surroundings): boolean {
  return partsOf(symbol).every((part) => part !== around.differs && around.common(part))
}

/** @returns a variable that is not the same on both sides, the index that tells copies apart left out. */
export function localVariable(polynomial: Polynomial, around: Surroundings): VariableSymbol | undefined {
  for (const { variables } of polynomial.monomials.values()) {
    for (const symbol of variables) if (symbol !== around.differs && !isCommon(symbol, around)) return symbol
  }
  return undefined
}

/**
 * @returns how many steps into two regions of one root can be compared: as many as both have, but what is selected in a view (RETYPES, RESHAPES)
 * counts only where both regions are in the same view of the same part
 */
export function comparableDepth(a: Region, b: Region, around: Surroundings): number {
  const length = Math.min(a.path.length, b.path.length)
  let same = true
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.path[i], b.path[i]]
    if (x === undefined || y === undefined) return i
    if (x.kind === 'view' || y.kind === 'view') {
      if (!same || x.kind !== 'view' || y.kind !== 'view' || x.of !== y.of) return i
    } else same &&= isSame(x, y, around)
  }
  return length
}

/** Whether two steps select the same, whatever the values of the variables. */
function isSame(x: Selector, y: Selector, around: Surroundings): boolean {
  if (x.kind === 'field' && y.kind === 'field') return x.index === y.index
  if (x.kind !== 'elements' || y.kind !== 'elements') return false
  return (
    [
      [x.from, y.from],
      [x.count, y.count],
    ] as const
  ).every(([s, t]) => {
    if (s === undefined || t === undefined || keyOf(s) !== keyOf(t)) return false
    let common = true
    variablesOf(s, (symbol) => (common &&= isCommon(symbol, around)))
    return common
  })
}
