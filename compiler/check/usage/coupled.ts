/**
 * Subscripts that move together: in `m[i][i + 1]` one index selects the row and the column. Compared one by one, each subscript of such an element
 * meets each subscript of the diagonal `m[j][j]`; together they never do.
 */
import type { VariableSymbol } from '../../semantics.ts'
import type { Bounds } from './bounds.ts'
import { asConstant, combine, constantPolynomial, isIn, polynomialOf, split, type Polynomial } from './polynomials.ts'
import type { Region } from './regions.ts'
import { localVariable, type Surroundings } from './surroundings.ts'
import { variablesOf } from './terms.ts'

/** @returns whether an index stands in several subscripts of a region. @param counts whether it differs on the two sides */
export function isCoupled(region: Region, counts: (symbol: VariableSymbol) => boolean): boolean {
  if (region.path.length < 2) return false
  const seen = new Set<VariableSymbol>()
  for (const selector of region.path) {
    if (selector.kind !== 'elements' || selector.from === undefined) continue
    const own = new Set<VariableSymbol>()
    variablesOf(selector.from, (symbol) => own.add(symbol))
    for (const symbol of own) if (seen.has(symbol) && counts(symbol)) return true
    own.forEach((symbol) => seen.add(symbol))
  }
  return false
}

/** A subscript `slope * index + rest` in which nothing else differs on the two sides; without an index it is the same everywhere. */
interface Line {
  readonly index: VariableSymbol | undefined
  readonly slope: number
  readonly rest: Polynomial
}

/**
 * @param depth how many steps of the paths are compared
 * @returns whether two subscripts would need different distances between the indices of the two sides: where `u * x + p = u * y + q` and
 *   `s * x + r = s * y + t`, `s * (q - p)` and `u * (t - r)` are equal. One of the sides may have no index.
 */
export function coupledDisjoint(a: Region, b: Region, depth: number, around: Surroundings, bounds: Bounds): boolean {
  let first: { readonly x: Line; readonly y: Line; readonly slope: number } | undefined
  for (let i = 0; i < depth; i++) {
    const [x, y] = [lineOf(a, i, around), lineOf(b, i, around)]
    if (x === undefined || y === undefined) continue
    const slope = x.index === undefined ? -y.slope : x.slope
    if (slope === 0 || (x.index !== undefined && y.index !== undefined && x.slope !== y.slope)) continue
    if (first === undefined) {
      first = { x, y, slope }
      continue
    }
    if (first.x.index !== x.index || first.y.index !== y.index) continue
    const distance = combine(first.y.rest, first.x.rest, -1)
    const other = combine(y.rest, x.rest, -1)
    const difference = combine(combine(constantPolynomial(0), distance, slope), other, -first.slope)
    if (bounds.notNegative(combine(difference, constantPolynomial(1), -1))) return true
    if (bounds.notNegative(combine(constantPolynomial(-1), difference, -1))) return true
  }
  return false
}

function lineOf(region: Region, step: number, around: Surroundings): Line | undefined {
  const selector = region.path[step]
  if (selector?.kind !== 'elements' || !selector.single || selector.from === undefined) return undefined
  const from = polynomialOf(selector.from)
  const index = localVariable(from, around) ?? (around.differs !== undefined && isIn(from, around.differs) ? around.differs : undefined)
  if (index === undefined) return { index, slope: 0, rest: from }
  const parts = split(from, index)
  const slope = parts && asConstant(parts.slope)
  if (parts === undefined || slope === undefined || localVariable(parts.rest, around) !== undefined) return undefined
  if (around.differs !== undefined && isIn(parts.rest, around.differs)) return undefined
  return { index, slope, rest: parts.rest }
}
