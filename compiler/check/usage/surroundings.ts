/** What is known about the variables in the subscripts of two places that are compared. */
import type { VariableSymbol } from '../../semantics.ts'
import type { IndexRange } from './places.ts'
import { partsOf, type Polynomial } from './terms.ts'

export interface Surroundings {
  /** Ranges of replicator indices. */
  readonly ranges: ReadonlyMap<VariableSymbol, IndexRange>
  /** Whether a variable has one and the same value on both sides. */
  readonly common: (symbol: VariableSymbol) => boolean
  /** The index of the replicated PAR whose copies are compared: it differs on the two sides. */
  readonly differs?: VariableSymbol
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
