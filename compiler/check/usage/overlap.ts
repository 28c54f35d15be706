/**
 * Whether two regions of one variable can be the same. Three answers: `disjoint` is proved, `overlap` is certain, and otherwise the
 * subscripts decide at run time (`unknown`; `counted` when only a replicator count is missing for a proof).
 *
 * Subscripts are compared as polynomials first (symbolic sizes welcome), then, where every variable has a known range, by looking at all
 * values.
 */
import type { VariableSymbol } from '../../semantics.ts'
import { Bounds } from './bounds.ts'
import { neverBoth } from './conditions.ts'
import { coupledDisjoint, isCoupled } from './coupled.ts'
import { lookAtAll } from './exhaustive.ts'
import { interleaved, spread } from './interleaved.ts'
import type { IndexRange, Region, Selector, Stretch } from './regions.ts'
import { comparableDepth, isCommon, localVariable, type Surroundings } from './surroundings.ts'
import { asConstant, combine, constantPolynomial, isIn, polynomialOf, split, termFrom, type Polynomial } from './polynomials.ts'
import { partsOf } from './stand-ins.ts'
import { variablesOf, type Term } from './terms.ts'

export type Overlap = 'disjoint' | 'overlap' | 'unknown' | 'counted'

type Elements = Extract<Selector, { kind: 'elements' }>

/** Compares two regions of the same root. */
export function overlap(a: Region, b: Region, around: Surroundings): Overlap {
  const answer = compareSubscripts(a, b, around)
  if (answer === 'disjoint' || neverBoth(a, b, around)) return 'disjoint'
  const differs = (symbol: VariableSymbol): boolean => !isCommon(symbol, around)
  const coupled = isCoupled(a, differs) || isCoupled(b, differs)
  if (coupled && coupledDisjoint(a, b, comparableDepth(a, b, around), around, boundsOf(elementsOf(a, b), around))) return 'disjoint'
  if (answer === 'overlap' && !coupled && around.differs === undefined && !isConditional(a) && !isConditional(b)) return answer
  const found = lookAtAll(a, b, around)
  if (found === 'disjoint') return found
  if (found !== undefined && found !== 'too many') return 'overlap'
  const inner = (symbol: VariableSymbol): boolean => !around.common(symbol) // without the index of the copies: all their distances were looked at
  return coupled && answer === 'overlap' && (isCoupled(a, inner) || isCoupled(b, inner)) ? 'unknown' : answer
}

const elementsOf = (a: Region, b: Region): Elements[] =>
  [...a.path, ...b.path].filter((selector): selector is Elements => selector.kind === 'elements')

const isConditional = ({ given }: Region): boolean => given !== undefined && given.length > 0

/** As `overlap`, by the subscripts' arithmetic alone: quick, and less often certain. */
export function compareSubscripts(a: Region, b: Region, around: Surroundings): Overlap {
  if (a.table !== undefined && a.table === b.table) return 'disjoint' // the elements of the table are compared
  const copies = around.differs === undefined ? undefined : around.ranges.get(around.differs)
  const count = copies?.count === undefined ? undefined : constant(copies.count)
  if (count !== undefined && count < 2) return 'disjoint'
  let answer: Overlap = 'overlap'
  const depth = comparableDepth(a, b, around)
  for (let i = 0; i < depth; i++) {
    const [x, y] = [a.path[i], b.path[i]]
    if (x === undefined || y === undefined) break
    if (x.kind !== 'elements' || y.kind !== 'elements') {
      if (x.kind === 'field' && y.kind === 'field' && x.index !== y.index) return 'disjoint'
      continue
    }
    const one = elementsOverlap(x, y, around)
    if (one === 'disjoint') return 'disjoint'
    if (one === 'unknown' || (one === 'counted' && answer === 'overlap')) answer = one
  }
  return answer
}

const constant = (term: Term): number | undefined => (term.kind === 'number' ? term.value : undefined)

// ---------------------------------------------------------------------------------------------- symbolic

interface Range {
  readonly from: Polynomial
  readonly count: Polynomial
  /** A count of an inner replicator that was not a number went into it. */
  readonly open: boolean
  /** There may be elements in it that are not reached. */
  readonly loose: boolean
}

function elementsOverlap(x: Elements, y: Elements, around: Surroundings): Overlap {
  if (constantCount(x) === 0 || constantCount(y) === 0) return 'disjoint'
  if (x.single && y.single && x.from?.kind === 'number' && y.from?.kind === 'number')
    return x.from.value === y.from.value ? 'overlap' : 'disjoint'
  if (moduloDisjoint(x, y, around)) return 'disjoint'
  const rest = interleaved(x, y, around, boundsOf([x, y], around))
  if (rest !== undefined && compareRanges(...rest, around, false) === 'disjoint') return 'disjoint'
  const answer = compareRanges(x, y, around, false)
  // loops that run at all may clash already
  return answer === 'counted' && compareRanges(x, y, around, true) === 'overlap' ? 'overlap' : answer
}

/** @param once whether inner replicators with a count known only at run time are taken to run once */
function compareRanges(x: Elements, y: Elements, around: Surroundings, once: boolean): Overlap {
  const a = rangeOf(x, around, once) ?? (x.outer && rangeOf(x.outer, around, once))
  const b = rangeOf(y, around, once) ?? (y.outer && rangeOf(y.outer, around, once))
  if (a === undefined || b === undefined) return 'unknown'
  const bounds = boundsOf([x, y], around)
  if (around.differs !== undefined) return copiesOverlap(a, b, around.differs, around, bounds)
  const answer = rangesOverlap(a, b, bounds)
  return answer === 'overlap' && around.mayBeEmpty === true && !(isFilled(a, around) && isFilled(b, around)) ? 'unknown' : answer
}

/** @returns whether a range has an element, whatever the values known only at run time */
const isFilled = ({ count }: Range, { ranges }: Surroundings): boolean =>
  new Bounds(ranges, () => []).notNegative(combine(count, constantPolynomial(1), -1))

/**
 * @returns whether all that `y` selects in any copy is certain to lie after all that `x` selects in any, reached or not: so that what lies
 * beyond `y` lies beyond `x`
 */
export function liesBeyond(x: Selector, y: Selector, around: Surroundings): boolean {
  if (x.kind !== 'elements' || y.kind !== 'elements' || x.from === undefined || x.count === undefined || y.from === undefined) return false
  const [from, count, next] = [polynomialOf(x.from), polynomialOf(x.count), polynomialOf(y.from)]
  // a loop that is not run says nothing
  if ([from, count, next].some((each) => localVariable(each, around) !== undefined)) return false
  const copies = around.differs === undefined ? undefined : around.ranges.get(around.differs)?.count
  const bounds = new Bounds(around.ranges, () => (copies === undefined ? [] : [polynomialOf(copies)]))
  const [below, above] = [spread(from, around, bounds), spread(next, around, bounds)]
  if (below === undefined || above === undefined) return false
  return bounds.notNegative(combine(combine(above.low, below.high, -1), count, -1))
}

/** What is known where both selectors are reached. */
function boundsOf(selectors: readonly Elements[], around: Surroundings): Bounds {
  return new Bounds(around.ranges, () => countsIn(selectors, around))
}

function countsIn(selectors: readonly Elements[], around: Surroundings): Polynomial[] {
  const counts: Polynomial[] = []
  const seen = new Set<VariableSymbol>()
  const index = (symbol: VariableSymbol): void => {
    for (const part of partsOf(symbol)) {
      const count = around.ranges.get(part)?.count
      if (seen.has(part) || count === undefined) continue
      seen.add(part)
      counts.push(polynomialOf(count))
      variablesOf(count, index)
    }
  }
  if (around.differs !== undefined) index(around.differs)
  for (const { from, count, outer } of selectors) {
    for (const size of [count, outer?.count]) if (size !== undefined) counts.push(polynomialOf(size))
    for (const term of [from, count, outer?.from, outer?.count]) if (term !== undefined) variablesOf(term, index)
  }
  return counts
}

const constantCount = (elements: Elements): number | undefined => elements.count && constant(elements.count)

/** The elements a selector reaches over all values of the indices inside its branch; undefined when that is no range. */
function rangeOf(elements: Stretch, around: Surroundings, once = false): Range | undefined {
  let from = elements.from && polynomialOf(elements.from)
  let count = elements.count && polynomialOf(elements.count)
  if (from === undefined || count === undefined) return undefined
  let open = false
  let loose = elements.loose ?? false
  for (let round = 0; round < 8; round++) {
    const local = localVariable(from, around) ?? localVariable(count, around)
    if (local === undefined) return { from, count, open, loose }
    const range = around.ranges.get(local)
    const parts: ReturnType<typeof split> = split(from, local)
    if (
      range === undefined ||
      range.base === undefined ||
      range.count === undefined ||
      range.step === undefined ||
      parts === undefined ||
      isIn(count, local)
    )
      return undefined
    const slope = asConstant(parts.slope)
    const base = polynomialOf(range.base)
    const written = polynomialOf(range.count)
    const times = once && asConstant(written) === undefined ? constantPolynomial(1) : written
    if (slope === undefined) return undefined
    const stride = slope * range.step
    if (asConstant(times) === undefined) open = true
    if (Math.abs(stride) > (asConstant(count) ?? 0)) loose = true
    // the widest stretch: the last round begins stride * (times - 1) further on
    const further = combine(times, constantPolynomial(1), -1)
    from = combine(combine(parts.rest, base, slope), further, Math.min(0, stride))
    count = combine(count, further, Math.abs(stride))
  }
  return undefined
}

/** @returns the selector over all values of the indices that `around` does not count as common; itself where that is no stretch. */
export function stretchOver(selector: Selector, around: Surroundings): Selector {
  if (selector.kind !== 'elements') return selector
  const range = rangeOf(selector, around)
  return range === undefined
    ? selector
    : { ...selector, single: false, from: termFrom(range.from), count: termFrom(range.count), loose: range.loose }
}

function rangesOverlap(a: Range, b: Range, bounds: Bounds): Overlap {
  const distance = asConstant(combine(b.from, a.from, -1))
  // b begins at or after the end of a, or the other way round
  const gapAfter = combine(combine(b.from, a.from, -1), a.count, -1)
  const gapBefore = combine(combine(a.from, b.from, -1), b.count, -1)
  if (bounds.notNegative(gapAfter) || bounds.notNegative(gapBefore)) return 'disjoint'
  const [n, m] = [asConstant(a.count), asConstant(b.count)]
  const tight = !a.loose && !b.loose
  if (tight && distance !== undefined && n !== undefined && m !== undefined) return 'overlap'
  if (tight && distance === 0 && !a.open && !b.open) return 'overlap'
  return a.open || b.open ? 'counted' : 'unknown'
}

/** Ranges in two copies of a replicated PAR: `slope * i + rest` for different `i`. */
function copiesOverlap(a: Range, b: Range, index: VariableSymbol, around: Surroundings, bounds: Bounds): Overlap {
  const x = split(a.from, index)
  const y = split(b.from, index)
  if (x === undefined || y === undefined || isIn(a.count, index) || isIn(b.count, index)) return 'unknown'
  const range = around.ranges.get(index)
  const copies = range?.count === undefined ? undefined : constant(range.count)
  const step = range?.step
  if (step === undefined) return 'unknown'
  if (asConstant(combine(x.slope, y.slope, -1)) !== 0) return copies === undefined ? 'counted' : 'unknown'
  const apart = combine(y.rest, x.rest, -1)
  if (copiesApart(x.slope, apart, a, b, range, bounds)) return 'disjoint'
  const shift = asConstant(apart)
  const slope = asConstant(x.slope)
  const [n, m] = [asConstant(a.count), asConstant(b.count)]
  if (slope === undefined) return 'counted'
  if (n === undefined || m === undefined || shift === undefined) return a.open || b.open ? 'counted' : 'unknown'
  const tight = !a.loose && !b.loose
  if (slope === 0) return shift < n && -shift < m ? (tight ? 'overlap' : 'unknown') : 'disjoint'
  // copy i takes [s*i, s*i + n), copy i + d takes [s*i + s*d + shift, ... + m): the distances d at which they meet
  const stride = slope * step
  let met: 'near' | 'far' | undefined
  const reach =
    copies === undefined
      ? Math.ceil((Math.max(n, m) + Math.abs(shift)) / Math.abs(stride)) + 1
      : Math.min(copies - 1, Math.ceil((Math.max(n, m) + Math.abs(shift)) / Math.abs(stride)) + 1)
  for (let d = 1; d <= reach && met !== 'near'; d++) {
    for (const distance of [stride * d + shift, -stride * d + shift])
      if (distance < n && -distance < m) met = d === 1 ? 'near' : (met ?? 'far')
  }
  if (met === undefined) return 'disjoint'
  return copies === undefined && met === 'far' ? 'counted' : tight ? 'overlap' : 'unknown'
}

/** Whether the elements of one copy lie beyond those of any other, whatever the values known only at run time. */
function copiesApart(slope: Polynomial, shift: Polynomial, a: Range, b: Range, range: IndexRange | undefined, bounds: Bounds): boolean {
  const step = range?.step
  if (step === undefined || step === 0 || range?.count === undefined) return false
  const [first, second] = [combine(shift, a.count, -1), combine(combine(constantPolynomial(0), shift, -1), b.count, -1)]
  const stride = combine(constantPolynomial(0), slope, Math.abs(step))
  for (const sign of [1, -1]) {
    // neighbours are apart in both directions, and so are those further away: [a FROM i * n FOR n]
    if (bounds.notNegative(combine(first, stride, sign)) && bounds.notNegative(combine(second, stride, sign))) return true
  }
  // or all of the one lies beyond all of the other: a[i] and a[i + n] for n copies
  const constantStride = asConstant(stride)
  if (constantStride === undefined) return false
  const reach = combine(constantPolynomial(0), combine(polynomialOf(range.count), constantPolynomial(1), -1), Math.abs(constantStride))
  return bounds.notNegative(combine(first, reach, -1)) || bounds.notNegative(combine(second, reach, -1))
}

/** Whether `count` is at most the block size `size`, which is at least `count` whatever its value: they are the same, or both numbers. */
function fitsIn(count: Polynomial, size: Polynomial): boolean {
  const difference = asConstant(combine(size, count, -1))
  return difference !== undefined && difference >= 0
}

/** `a[(i + c) \ n]` in the copies of `PAR i = b FOR n`: distinct, as no two of n neighbours leave the same remainder. */
function moduloDisjoint(x: Elements, y: Elements, around: Surroundings): boolean {
  const index = around.differs
  if (index === undefined || !x.single || !y.single || !isRemainder(x.from) || !isRemainder(y.from)) return false
  const [inner, modulus] = [polynomialOf(x.from.left), polynomialOf(x.from.right)]
  const [innerY, modulusY] = [polynomialOf(y.from.left), polynomialOf(y.from.right)]
  if (asConstant(combine(modulus, modulusY, -1)) !== 0 || asConstant(combine(inner, innerY, -1)) !== 0) return false
  if (localVariable(inner, around) !== undefined || localVariable(modulus, around) !== undefined) return false
  const parts = split(inner, index)
  const range = around.ranges.get(index)
  const count = range?.count && polynomialOf(range.count)
  if (parts === undefined || count === undefined || Math.abs(asConstant(parts.slope) ?? 0) !== 1 || Math.abs(range?.step ?? 0) !== 1)
    return false
  return fitsIn(count, modulus)
}

const isRemainder = (term: Term | undefined): term is Extract<Term, { kind: 'operation' }> =>
  term?.kind === 'operation' && term.operator === '\\'
