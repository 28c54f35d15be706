/**
 * What is certain of names that cannot change where a process is reached: the conditions of the IFs, CASEs, guards and loops around it. In a copy of
 * a replicated PAR in which they do not hold, the process does not count.
 */
import type { Expression, Replicator } from '../../../grammar/ast.ts'
import type { VariableSymbol } from '../../semantics.ts'
import type { Knowledge } from '../context.ts'
import { asConstant, combine, constantPolynomial, polynomialOf, split, termFrom, type Polynomial } from './polynomials.ts'
import type { Region } from './regions.ts'
import { partsOf } from './stand-ins.ts'
import { isCommon, localVariable, type Surroundings } from './surroundings.ts'
import { evaluateTerm, keyOf, not, number, termOf, usesAny, variablesOf, type Operator, type Term } from './terms.ts'

/** What the terms of a program are made with. */
export interface TermContext {
  readonly known: Knowledge
  readonly definitions: ReadonlyMap<VariableSymbol, Term>
}

const NOTHING: readonly Term[] = []

/**
 * @param holds whether the condition is true or false
 * @returns terms that are all true then; what depends on variables that may change is left out
 */
export function impliedBy(context: TermContext, condition: Expression, holds: boolean): readonly Term[] {
  const { known, definitions } = context
  if (condition.kind === 'monadic' && condition.operator === 'NOT' && !known.operatorCalls.has(condition))
    return impliedBy(context, condition.operand, !holds)
  if (condition.kind === 'dyadic' && (condition.operator === 'AND' || condition.operator === 'OR') && !known.operatorCalls.has(condition)) {
    const [left, right] = [impliedBy(context, condition.left, holds), impliedBy(context, condition.right, holds)]
    if ((condition.operator === 'AND') === holds) return right.length === 0 ? left : [...left, ...right]
    return left.length === 0 || right.length === 0
      ? NOTHING
      : [{ kind: 'operation', operator: 'OR', left: conjunction(left), right: conjunction(right) }]
  }
  const term = termOf(known, definitions, condition)
  return term === undefined ? NOTHING : lasting(holds ? term : not(term))
}

/** @returns terms that are all true when the value of `selector` is, or is not, among `labels` */
export function impliedByLabels(
  context: TermContext,
  selector: Expression,
  labels: readonly Expression[],
  among: boolean,
): readonly Term[] {
  const { known, definitions } = context
  const value = termOf(known, definitions, selector)
  const wanted = labels.map((label) => termOf(known, definitions, label))
  if (value === undefined || wanted.some((each) => each === undefined)) return NOTHING
  const equal = wanted.map((each): Term => ({ kind: 'operation', operator: '=', left: value, right: each ?? number(0) }))
  const any = equal.length === 0 ? number(0) : joined('OR', equal)
  return lasting(among ? any : not(any))
}

/** @returns terms that are all true in a round of a loop: that there is one */
export function impliedByRound({ known, definitions }: TermContext, { count }: Replicator): readonly Term[] {
  const rounds = termOf(known, definitions, count)
  return rounds === undefined ? NOTHING : lasting({ kind: 'operation', operator: '>', left: rounds, right: number(0) })
}

const conjunction = (terms: readonly Term[]): Term => joined('AND', terms)

/** @returns the terms with an operator between them, nested no deeper than a logarithm of their number. @param terms at least one */
function joined(operator: 'AND' | 'OR', terms: readonly Term[]): Term {
  const [only] = terms
  if (only !== undefined && terms.length === 1) return only
  const middle = terms.length >> 1
  return { kind: 'operation', operator, left: joined(operator, terms.slice(0, middle)), right: joined(operator, terms.slice(middle)) }
}

function lasting(term: Term): readonly Term[] {
  const value = evaluateTerm(term, NO_VALUES)
  if (value !== undefined) return value === 1 ? NOTHING : [number(0)]
  return usesAny(term, (symbol) => partsOf(symbol).some((part) => part.writable)) ? NOTHING : [term]
}

const NO_VALUES: ReadonlyMap<VariableSymbol, number> = new Map()

/** @returns whether the conditions of one region alone, or of both together, cannot hold, whatever the values of variables without a known range */
export function neverBoth(a: Region, b: Region, around: Surroundings): boolean {
  const [first, second] = [a.given ?? NOTHING, b.given ?? NOTHING]
  if (first.length === 0 && second.length === 0) return false
  if ([...first, ...second].some((term) => evaluateTerm(term, NO_VALUES) === 0)) return true
  if (around.differs !== undefined && sameCopy(first, second, around.differs, around)) return true
  return first.some((x) => isTheSame(x, around) && second.some((y) => isOpposite(x, y)))
}

/** Whether the conditions leave both regions to one and the same copy. */
function sameCopy(first: readonly Term[], second: readonly Term[], index: VariableSymbol, around: Surroundings): boolean {
  const [x, y] = [solutionOf(first, index, around), solutionOf(second, index, around)]
  return x !== undefined && y !== undefined && asConstant(combine(x, y, -1)) === 0
}

/** @returns what a variable is equal to by some condition, made of variables that are the same on both sides */
function solutionOf(terms: readonly Term[], variable: VariableSymbol, around: Surroundings): Polynomial | undefined {
  for (const term of terms) {
    const solution = solve(term, variable)
    if (solution !== undefined && localVariable(solution, around) === undefined) return solution
  }
  return undefined
}

/** @returns the only value of `variable` for which an equation holds; undefined for what is no such equation */
function solve(term: Term, variable: VariableSymbol): Polynomial | undefined {
  if (term.kind !== 'operation' || term.operator !== '=') return undefined
  const sides = split(combine(polynomialOf(term.left), polynomialOf(term.right), -1), variable)
  const slope = sides && asConstant(sides.slope)
  if (sides === undefined || slope === undefined || Math.abs(slope) !== 1) return undefined
  return combine(constantPolynomial(0), sides.rest, -slope)
}

/**
 * @param unknown variables that mean nothing elsewhere
 * @returns what some of them are equal to by the conditions, made of others
 */
export function solutions(terms: readonly Term[], unknown: (symbol: VariableSymbol) => boolean): ReadonlyMap<VariableSymbol, Term> {
  const found = new Map<VariableSymbol, Term>()
  for (const term of terms) {
    if (term.kind !== 'operation' || term.operator !== '=') continue
    variablesOf(term, (symbol) => {
      if (found.has(symbol) || !unknown(symbol)) return
      const solution = solve(term, symbol)
      const value = solution && termFrom(solution)
      if (value !== undefined && !usesAny(value, unknown)) found.set(symbol, value)
    })
  }
  return found
}

const isTheSame = (term: Term, around: Surroundings): boolean => !usesAny(term, (symbol) => !isCommon(symbol, around))

const OPPOSITE: Readonly<Partial<Record<Operator, Operator>>> = { '=': '<>', '<>': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>' }

/** Whether one of two terms is true where the other is false. */
function isOpposite(x: Term, y: Term): boolean {
  if (keyOf(x) === keyOf(not(y)) || keyOf(y) === keyOf(not(x))) return true
  if (x.kind !== 'operation' || y.kind !== 'operation' || OPPOSITE[x.operator] !== y.operator) return false
  return keyOf(x.left) === keyOf(y.left) && keyOf(x.right) === keyOf(y.right)
}

const keys = new WeakMap<readonly Term[], string>()

/** @returns a text that is equal for equal conditions */
export function conditionsKey(terms: readonly Term[] | undefined): string {
  if (terms === undefined || terms.length === 0) return ''
  let key = keys.get(terms)
  if (key === undefined) keys.set(terms, (key = `?${terms.map(keyOf).join('&')}`))
  return key
}
