/**
 * Whether two places of one variable can be the same. Three answers: `disjoint` is proved, `overlap` is certain, and otherwise the
 * subscripts decide at run time (`unknown`; `counted` when only a replicator count is missing for a proof).
 *
 * Subscripts are compared as polynomials first (symbolic sizes welcome), then, where every variable has a known range, by looking at all
 * values.
 */
import type { VariableSymbol } from '../../semantics.ts'
import type { IndexRange, Place, Selector, Stretch } from './places.ts'
import {
  asConstant,
  combine,
  constantPolynomial,
  evaluateTerm,
  partsOf,
  polynomialOf,
  split,
  termFrom,
  variablesOf,
  type Polynomial,
  type Term,
} from './terms.ts'

export type Overlap = 'disjoint' | 'overlap' | 'unknown' | 'counted'

/** What is known about the variables in subscripts. */
export interface Surroundings {
  /** Ranges of replicator indices. */
  readonly ranges: ReadonlyMap<VariableSymbol, IndexRange>
  /** Whether a variable has one and the same value on both sides. */
  readonly common: (symbol: VariableSymbol) => boolean
  /** The index of the replicated PAR whose copies are compared: it differs on the two sides. */
  readonly differs?: VariableSymbol
}

type Elements = Extract<Selector, { kind: 'elements' }>

/** Values looked at before giving up. */
const LIMIT = 50_000

/** Compares two places of the same root. */
export function overlap(a: Place, b: Place, around: Surroundings): Overlap {
  const copies = around.differs === undefined ? undefined : around.ranges.get(around.differs)
  const count = copies?.count === undefined ? undefined : constant(copies.count)
  if (count !== undefined && count < 2) return 'disjoint'
  let answer: Overlap = 'overlap'
  const length = Math.min(a.path.length, b.path.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.path[i], b.path[i]]
    if (x === undefined || y === undefined) break
    if (x.kind === 'field' || y.kind === 'field') {
      if (x.kind === 'field' && y.kind === 'field' && x.index !== y.index) return 'disjoint'
      continue
    }
    const one = elementsOverlap(x, y, around)
    if (one === 'disjoint') return 'disjoint'
    if (one === 'unknown' || (one === 'counted' && answer === 'overlap')) answer = one
  }
  if (answer !== 'overlap' || around.differs !== undefined) {
    const looked = lookAtAll(a, b, around)
    if (looked !== undefined) return looked
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
  const modulo = moduloDisjoint(x, y, around)
  if (modulo) return 'disjoint'
  const answer = compareRanges(x, y, around, false)
  // loops that run at all may clash already
  return answer === 'counted' && compareRanges(x, y, around, true) === 'overlap' ? 'overlap' : answer
}

/** @param once whether inner replicators with a count known only at run time are taken to run once */
function compareRanges(x: Elements, y: Elements, around: Surroundings, once: boolean): Overlap {
  const a = rangeOf(x, around, once) ?? (x.outer && rangeOf(x.outer, around, once))
  const b = rangeOf(y, around, once) ?? (y.outer && rangeOf(y.outer, around, once))
  if (a === undefined || b === undefined) return 'unknown'
  return around.differs === undefined ? rangesOverlap(a, b) : copiesOverlap(a, b, around.differs, around)
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
      hasVariable(count, local)
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
  if (selector.kind === 'field') return selector
  const range = rangeOf(selector, around)
  return range === undefined
    ? selector
    : { ...selector, single: false, from: termFrom(range.from), count: termFrom(range.count), loose: range.loose }
}

/** Whether a variable, or all that it stands for, is the same on both sides. */
function isCommon(symbol: VariableSymbol, around: Surroundings): boolean {
  return partsOf(symbol).every((part) => part !== around.differs && around.common(part))
}

/** A variable that is not the same on both sides, the index that tells copies apart left out. */
function localVariable(polynomial: Polynomial, around: Surroundings): VariableSymbol | undefined {
  for (const { variables } of polynomial.monomials.values()) {
    for (const symbol of variables) if (symbol !== around.differs && !isCommon(symbol, around)) return symbol
  }
  return undefined
}

function rangesOverlap(a: Range, b: Range): Overlap {
  const distance = asConstant(combine(b.from, a.from, -1))
  // b begins at or after the end of a, or the other way round
  const gapAfter = asConstant(combine(combine(b.from, a.from, -1), a.count, -1))
  const gapBefore = asConstant(combine(combine(a.from, b.from, -1), b.count, -1))
  if ((gapAfter !== undefined && gapAfter >= 0) || (gapBefore !== undefined && gapBefore >= 0)) return 'disjoint'
  const [n, m] = [asConstant(a.count), asConstant(b.count)]
  const tight = !a.loose && !b.loose
  if (tight && distance !== undefined && n !== undefined && m !== undefined) return 'overlap'
  if (tight && distance === 0 && !a.open && !b.open) return 'overlap'
  return a.open || b.open ? 'counted' : 'unknown'
}

/** Ranges in two copies of a replicated PAR: `slope * i + rest` for different `i`. */
function copiesOverlap(a: Range, b: Range, index: VariableSymbol, around: Surroundings): Overlap {
  const x = split(a.from, index)
  const y = split(b.from, index)
  if (x === undefined || y === undefined || hasVariable(a.count, index) || hasVariable(b.count, index)) return 'unknown'
  const range = around.ranges.get(index)
  const copies = range?.count === undefined ? undefined : constant(range.count)
  const step = range?.step
  if (step === undefined) return 'unknown'
  if (asConstant(combine(x.slope, y.slope, -1)) !== 0) return copies === undefined ? 'counted' : 'unknown'
  const shift = asConstant(combine(y.rest, x.rest, -1))
  const slope = asConstant(x.slope)
  const [n, m] = [asConstant(a.count), asConstant(b.count)]
  if (slope === undefined) {
    // blocks of a size known only at run time: [a FROM i * n FOR n]
    const blocks = shift === 0 && Math.abs(step) >= 1 && fitsIn(a.count, x.slope) && fitsIn(b.count, x.slope)
    return blocks ? 'disjoint' : 'counted'
  }
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

/** Whether `count` is at most the block size `size`, which is at least `count` whatever its value: they are the same, or both numbers. */
function fitsIn(count: Polynomial, size: Polynomial): boolean {
  const difference = asConstant(combine(size, count, -1))
  return difference !== undefined && difference >= 0
}

function hasVariable(polynomial: Polynomial, symbol: VariableSymbol): boolean {
  for (const { variables } of polynomial.monomials.values()) if (variables.includes(symbol)) return true
  return false
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

// ---------------------------------------------------------------------------------------------- by looking at all values

/** Decides by going through all values of all indices; undefined when one has no known range or there are too many. */
function lookAtAll(a: Place, b: Place, around: Surroundings): Overlap | undefined {
  const depth = Math.min(a.path.length, b.path.length)
  const shared: VariableSymbol[] = []
  const ownA = variablesIn(a, depth, around, shared)
  const ownB = variablesIn(b, depth, around, shared)
  if (ownA === undefined || ownB === undefined) return undefined
  const copies = around.differs === undefined ? undefined : rangeValues(around.differs, around)
  if (around.differs !== undefined && copies === undefined) return undefined
  let budget = LIMIT
  const spend = (n: number): boolean => (budget -= n) >= 0
  for (const common of assignments(shared, around, new Map())) {
    const seen = new Map<string, number>()
    for (const [side, place, own] of [
      [0, a, ownA],
      [1, b, ownB],
    ] as const) {
      for (const copy of copies ?? [0]) {
        const start = new Map(common)
        if (around.differs !== undefined) start.set(around.differs, copy)
        for (const values of assignments(own, around, start)) {
          const keys = elementKeys(place, depth, values, spend)
          if (keys === undefined) return undefined
          for (const key of keys) {
            if (side === 0) {
              const before = seen.get(key)
              // Infinity: several copies reach it
              seen.set(key, before === undefined || before === copy ? copy : Infinity)
            } else {
              const other = seen.get(key)
              if (other !== undefined && (copies === undefined || other !== copy)) return 'overlap'
            }
          }
        }
      }
    }
  }
  return 'disjoint'
}

/**
 * The variables in the subscripts of a place, those that are the same on both sides into `shared`.
 * @returns the others but for the index that tells copies apart; undefined when a part is not described or a variable has no known range
 */
function variablesIn(place: Place, depth: number, around: Surroundings, shared: VariableSymbol[]): VariableSymbol[] | undefined {
  const own: VariableSymbol[] = []
  const unknown: VariableSymbol[] = []
  for (const selector of place.path.slice(0, depth)) {
    if (selector.kind === 'field') continue
    if (selector.from === undefined || selector.count === undefined) return undefined
    for (const term of [selector.from, selector.count]) {
      variablesOf(term, (symbol) => {
        if (rangeValues(symbol, around) === undefined) unknown.push(symbol)
        const list = isCommon(symbol, around) ? shared : own
        if (symbol !== around.differs && !list.includes(symbol)) list.push(symbol)
      })
    }
  }
  return unknown.length === 0 ? own : undefined
}

function rangeValues(symbol: VariableSymbol, around: Surroundings): number[] | undefined {
  const range = around.ranges.get(symbol)
  const base = range?.base && constant(range.base)
  const count = range?.count && constant(range.count)
  if (base === undefined || count === undefined || range?.step === undefined || count > LIMIT) return undefined
  const { step } = range
  return Array.from({ length: Math.max(0, count) }, (_, i) => base + i * step)
}

/** All ways to give `symbols` values, on top of `values`. */
function* assignments(
  symbols: readonly VariableSymbol[],
  around: Surroundings,
  values: ReadonlyMap<VariableSymbol, number>,
): Generator<ReadonlyMap<VariableSymbol, number>> {
  const [first, ...rest] = symbols
  if (first === undefined) {
    yield values
    return
  }
  for (const value of rangeValues(first, around) ?? []) yield* assignments(rest, around, new Map(values).set(first, value))
}

/** The elements a place reaches, as texts; undefined when there are too many or a subscript has no value. */
function elementKeys(
  place: Place,
  depth: number,
  values: ReadonlyMap<VariableSymbol, number>,
  spend: (n: number) => boolean,
): string[] | undefined {
  let keys = ['']
  for (const selector of place.path.slice(0, depth)) {
    if (selector.kind === 'field') {
      keys = keys.map((key) => `${key}.${selector.index}`)
      continue
    }
    const from = selector.from && evaluateTerm(selector.from, values)
    const count = selector.count && evaluateTerm(selector.count, values)
    if (from === undefined || count === undefined || !spend(keys.length * Math.max(1, count))) return undefined
    const next: string[] = []
    for (const key of keys) for (let i = 0; i < count; i++) next.push(`${key},${from + i}`)
    keys = next
  }
  return spend(1) ? keys : undefined
}
