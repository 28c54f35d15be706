/** What is certain about the signs of sums of variables: sizes and counts are not negative, an index lies in its range. */
import type { VariableSymbol } from '../../semantics.ts'
import type { IndexRange } from './regions.ts'
import { asConstant, combine, constantPolynomial, polynomialOf, split, type Polynomial } from './polynomials.ts'
import { ownerOf } from './stand-ins.ts'

/** Rounds of putting the upper bound of an index in its place. */
const ROUNDS = 8

/** What is known where two regions are both reached. */
export class Bounds {
  private known: Map<VariableSymbol, number> | undefined

  /**
   * @param ranges of the replicator indices
   * @param counts asked for when they are needed: of elements or rounds, each of which is 1 at least, as the regions are reached
   */
  constructor(
    private readonly ranges: ReadonlyMap<VariableSymbol, IndexRange>,
    private readonly counts: () => readonly Polynomial[],
  ) {}

  private get least(): ReadonlyMap<VariableSymbol, number> {
    if (this.known !== undefined) return this.known
    this.known = new Map()
    for (const count of this.counts()) positive(this.known, count)
    return this.known
  }

  private leastOf(variable: VariableSymbol): number | undefined {
    const known = this.least.get(variable)
    if (known !== undefined) return known
    if (ownerOf(variable) !== variable) return 0 // a size
    const range = this.ranges.get(variable)
    const base = range?.base && asConstant(polynomialOf(range.base))
    return (range?.step ?? -1) > 0 ? base : undefined
  }

  /** @returns the greatest value of an index that counts up by one, as a sum. */
  private greatestOf(variable: VariableSymbol): Polynomial | undefined {
    const { base, count, step } = this.ranges.get(variable) ?? {}
    if (base === undefined || count === undefined || step !== 1) return undefined
    return combine(combine(polynomialOf(base), polynomialOf(count), 1), constantPolynomial(1), -1)
  }

  /** @returns whether `sum` is certainly 0 or more. */
  notNegative(sum: Polynomial): boolean {
    let rest: Polynomial | undefined = sum
    for (let round = 0; round < ROUNDS && rest !== undefined; round++) {
      const least = this.leastValue(rest)
      if (least !== undefined) return least >= 0
      rest = this.withGreatest(rest)
    }
    return false
  }

  private leastValue({ constant, monomials }: Polynomial): number | undefined {
    let sum = constant
    for (const { factor, variables } of monomials.values()) {
      let product = factor
      for (const variable of variables) {
        const least = this.leastOf(variable)
        if (factor < 0 || least === undefined || least < 0) return undefined
        product *= least
      }
      sum += product
    }
    return sum
  }

  /** Puts the greatest value of an index that is taken away in its place. */
  private withGreatest(sum: Polynomial): Polynomial | undefined {
    for (const { factor, variables } of sum.monomials.values()) {
      const [variable] = variables
      const greatest = factor < 0 && variables.length === 1 && variable !== undefined ? this.greatestOf(variable) : undefined
      const parts = greatest && variable && split(sum, variable)
      const slope = parts && asConstant(parts.slope)
      if (slope !== undefined && slope < 0) return combine(parts?.rest ?? sum, greatest ?? sum, slope)
    }
    return undefined
  }
}

/** Notes the smallest value of the only variable in a sum that is 1 at least. */
function positive(least: Map<VariableSymbol, number>, { constant, monomials }: Polynomial): void {
  const [only, ...others] = monomials.values()
  const [variable, ...rest] = only?.variables ?? []
  if (only === undefined || variable === undefined || only.factor <= 0 || others.length + rest.length > 0) return
  least.set(variable, Math.max(least.get(variable) ?? -Infinity, Math.ceil((1 - constant) / only.factor)))
}
