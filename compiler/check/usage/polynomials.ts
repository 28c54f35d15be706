/** Subscripts as polynomials of variables, so that `i + 1` and `1 + i` are the same and differences can be taken. */
import type { VariableSymbol } from '../../semantics.ts'
import { opaque, parts, partsOf, standIn } from './stand-ins.ts'
import { add, evaluateTerm, idOf, keyOf, number, variablesOf, type Operator, type Term } from './terms.ts'

/** A monomial is a list of variables, sorted by `idOf`; the key joins their ids. */
export interface Polynomial {
  readonly constant: number
  readonly monomials: ReadonlyMap<string, { readonly factor: number; readonly variables: readonly VariableSymbol[] }>
}

type Monomials = Map<string, { factor: number; variables: readonly VariableSymbol[] }>

export const constantPolynomial = (constant: number): Polynomial => ({ constant, monomials: new Map() })

/** @returns `a + factor * b`. */
export function combine(a: Polynomial, b: Polynomial, factor: number): Polynomial {
  const monomials: Monomials = new Map(a.monomials)
  for (const [key, { factor: own, variables }] of b.monomials) {
    const sum = (monomials.get(key)?.factor ?? 0) + factor * own
    if (sum === 0) monomials.delete(key)
    else monomials.set(key, { factor: sum, variables })
  }
  return { constant: a.constant + factor * b.constant, monomials }
}

function multiply(a: Polynomial, b: Polynomial): Polynomial {
  let result: Polynomial = constantPolynomial(0)
  const parts = (p: Polynomial): { factor: number; variables: readonly VariableSymbol[] }[] => [
    ...(p.constant === 0 ? [] : [{ factor: p.constant, variables: [] }]),
    ...p.monomials.values(),
  ]
  for (const x of parts(a)) {
    for (const y of parts(b)) {
      const variables = [...x.variables, ...y.variables].sort((s, t) => idOf(s) - idOf(t))
      const factor = x.factor * y.factor
      const product: Polynomial =
        variables.length === 0
          ? constantPolynomial(factor)
          : { constant: 0, monomials: new Map([[variables.map(idOf).join(' '), { factor, variables }]]) }
      result = combine(result, product, 1)
    }
  }
  return result
}

const polynomials = new WeakMap<Term, Polynomial>()

/** @returns the term as a polynomial. */
export function polynomialOf(term: Term): Polynomial {
  let polynomial = polynomials.get(term)
  if (polynomial === undefined) polynomials.set(term, (polynomial = buildPolynomial(term)))
  return polynomial
}

function buildPolynomial(term: Term): Polynomial {
  if (term.kind === 'number') return constantPolynomial(term.value)
  if (term.kind === 'variable')
    return { constant: 0, monomials: new Map([[String(idOf(term.symbol)), { factor: 1, variables: [term.symbol] }]]) }
  const operator = term.kind === 'operation' ? EXACT.get(term.operator) : undefined
  if (term.kind === 'computed' || operator === undefined) return opaquePolynomial(term)
  const left = polynomialOf(term.left)
  const right = polynomialOf(term.right)
  if (operator === '*') return left.monomials.size + right.monomials.size > 6 ? opaquePolynomial(term) : multiply(left, right)
  return combine(left, right, operator === '+' ? 1 : -1)
}

/** A subscript that wraps is outside of every array, or what it would be without. */
const EXACT: ReadonlyMap<Operator, '+' | '-' | '*'> = new Map([
  ['+', '+'],
  ['PLUS', '+'],
  ['-', '-'],
  ['MINUS', '-'],
  ['*', '*'],
  ['TIMES', '*'],
])

/** Other operations are taken as variables: equal ones as the same. */
function opaquePolynomial(term: Term): Polynomial {
  const from = new Set<VariableSymbol>()
  variablesOf(term, (symbol) => {
    partsOf(symbol).forEach((part) => from.add(part))
  })
  const [first] = from
  if (first === undefined) return constantPolynomial(evaluateTerm(term, new Map()) ?? Number.NaN)
  const key = keyOf(term)
  let known = opaque.get(first)
  if (known === undefined) opaque.set(first, (known = new Map<string, VariableSymbol>()))
  let symbol = known.get(key)
  if (symbol === undefined) {
    symbol = standIn(key, first)
    parts.set(symbol, [...from])
    known.set(key, symbol)
  }
  return polynomialOf({ kind: 'variable', symbol })
}

/**
 * Takes a polynomial apart as `slope * variable + rest`.
 * @returns undefined when the variable stands in a square or higher power
 */
export function split(
  polynomial: Polynomial,
  variable: VariableSymbol,
): { readonly slope: Polynomial; readonly rest: Polynomial } | undefined {
  let slope = constantPolynomial(0)
  const rest: Monomials = new Map()
  for (const [key, monomial] of polynomial.monomials) {
    const others = monomial.variables.filter((symbol) => symbol !== variable)
    if (others.length === monomial.variables.length) rest.set(key, monomial)
    else if (others.length < monomial.variables.length - 1) return undefined
    else
      slope = combine(
        slope,
        others.length === 0
          ? constantPolynomial(1)
          : { constant: 0, monomials: new Map([[others.map(idOf).join(' '), { factor: 1, variables: others }]]) },
        monomial.factor,
      )
  }
  return { slope, rest: { constant: polynomial.constant, monomials: rest } }
}

/** @returns a term that computes the polynomial. */
export function termFrom(polynomial: Polynomial): Term {
  let sum: Term = number(polynomial.constant)
  for (const { factor, variables } of polynomial.monomials.values()) {
    let product: Term = number(factor)
    for (const symbol of variables) {
      const variable: Term = { kind: 'variable', symbol }
      product =
        product.kind === 'number' && product.value === 1 ? variable : { kind: 'operation', operator: '*', left: product, right: variable }
    }
    sum = add(sum, product)
  }
  return sum
}

/** @returns the number a polynomial without variables is. */
export function asConstant(polynomial: Polynomial): number | undefined {
  return polynomial.monomials.size === 0 ? polynomial.constant : undefined
}

/** @returns whether a variable stands in a polynomial. */
export function isIn(polynomial: Polynomial, symbol: VariableSymbol): boolean {
  for (const { variables } of polynomial.monomials.values()) if (variables.includes(symbol)) return true
  return false
}
