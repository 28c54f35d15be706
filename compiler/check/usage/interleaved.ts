/**
 * Elements that lie between each other, as the columns of a flattened matrix: `a[(row * width) + column]`. Where all the rest of two subscripts
 * differs by less than one step of `row`, equal elements are in equal rows, and the rest decides.
 */
import type { VariableSymbol } from '../../semantics.ts'
import type { Bounds } from './bounds.ts'
import type { Selector } from './regions.ts'
import { localVariable, type Surroundings } from './surroundings.ts'
import { asConstant, combine, constantPolynomial, polynomialOf, split, termFrom, type Polynomial } from './polynomials.ts'

type Elements = Extract<Selector, { kind: 'elements' }>

/** Loops taken out of two subscripts. */
const ROUNDS = 4

/** @returns the same selectors without the loops that both go through in equal steps larger than the rest; undefined when there is none. */
export function interleaved(x: Elements, y: Elements, around: Surroundings, bounds: Bounds): [Elements, Elements] | undefined {
  if (x.from === undefined || y.from === undefined || x.count === undefined || y.count === undefined) return undefined
  let [a, b] = [polynomialOf(x.from), polynomialOf(y.from)]
  const widths = [polynomialOf(x.count), polynomialOf(y.count)] as const
  let found = false
  for (let round = 0; round < ROUNDS; round++) {
    const next = withoutLoop(a, b, widths, around, bounds)
    if (next === undefined) break
    ;[a, b] = next
    found = true
  }
  return found
    ? [
        { ...x, from: termFrom(a) },
        { ...y, from: termFrom(b) },
      ]
    : undefined
}

function withoutLoop(
  a: Polynomial,
  b: Polynomial,
  [n, m]: readonly [Polynomial, Polynomial],
  around: Surroundings,
  bounds: Bounds,
): [Polynomial, Polynomial] | undefined {
  for (const x of loopsIn(a, around)) {
    for (const y of loopsIn(b, around)) {
      const step = stepOf(x, around)
      if (step === undefined || step !== stepOf(y, around)) continue
      const [left, right] = [split(a, x), split(b, y)]
      if (left === undefined || right === undefined || asConstant(combine(left.slope, right.slope, -1)) !== 0) continue
      const stride = combine(constantPolynomial(0), left.slope, Math.abs(step))
      const [first, second] = [spread(left.rest, around, bounds), spread(right.rest, around, bounds)]
      if (first === undefined || second === undefined) continue
      const near = (from: Polynomial, to: Polynomial, width: Polynomial): boolean =>
        bounds.notNegative(combine(combine(stride, combine(to, from, -1), -1), width, -1))
      if (near(first.low, second.high, m) && near(second.low, first.high, n)) return [left.rest, right.rest]
    }
  }
  return undefined
}

const stepOf = (symbol: VariableSymbol, around: Surroundings): number | undefined => around.ranges.get(symbol)?.step

/** The indices of inner loops in a subscript. */
function loopsIn(subscript: Polynomial, around: Surroundings): VariableSymbol[] {
  const found: VariableSymbol[] = []
  let rest = subscript
  for (let symbol = localVariable(rest, around); symbol !== undefined; symbol = localVariable(rest, around)) {
    found.push(symbol)
    const parts = split(rest, symbol)
    if (parts === undefined || found.length > ROUNDS) return found
    rest = parts.rest
  }
  return found
}

/** @returns the smallest and the greatest value over all indices that are not common to both sides; undefined when they are not known. */
export function spread(subscript: Polynomial, around: Surroundings, bounds: Bounds): { low: Polynomial; high: Polynomial } | undefined {
  let [low, high] = [subscript, subscript]
  const indices = loopsIn(subscript, around)
  if (around.differs !== undefined) indices.push(around.differs)
  for (const index of indices) {
    const range = around.ranges.get(index)
    const [below, above] = [split(low, index), split(high, index)]
    if (range?.base === undefined || range.count === undefined || range.step !== 1 || below === undefined || above === undefined)
      return undefined
    if (!bounds.notNegative(below.slope) || asConstant(combine(below.slope, above.slope, -1)) !== 0) return undefined
    const first = polynomialOf(range.base)
    const last = combine(combine(first, polynomialOf(range.count), 1), constantPolynomial(1), -1)
    low = combine(below.rest, multiply(below.slope, first), 1)
    high = combine(above.rest, multiply(above.slope, last), 1)
  }
  return { low, high }
}

const multiply = (a: Polynomial, b: Polynomial): Polynomial =>
  polynomialOf({ kind: 'operation', operator: '*', left: termFrom(a), right: termFrom(b) })
