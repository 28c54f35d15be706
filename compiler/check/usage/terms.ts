/**
 * Subscripts as arithmetic: small trees over variables, and polynomials of them. `VAL` names are replaced by what they stand for, so that
 * `VAL INT j IS i + 1:` and `i + 1` are the same subscript.
 */
import type { Expression } from '../../../grammar/ast.ts'
import type { VariableSymbol } from '../../semantics.ts'
import type { Knowledge } from '../context.ts'
import { integerValue } from '../evaluate.ts'

export type Term =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'variable'; readonly symbol: VariableSymbol }
  | { readonly kind: 'operation'; readonly operator: string; readonly left: Term; readonly right: Term }

export const number = (value: number): Term => ({ kind: 'number', value })

/** @returns the sum of two terms, folded where both are numbers. */
export function add(left: Term, right: Term): Term {
  if (left.kind === 'number' && right.kind === 'number') return number(left.value + right.value)
  if (left.kind === 'number' && left.value === 0) return right
  if (right.kind === 'number' && right.value === 0) return left
  return { kind: 'operation', operator: '+', left, right }
}

const OPERATORS: Readonly<Record<string, string>> = {
  '+': '+',
  PLUS: '+',
  '-': '-',
  MINUS: '-',
  '*': '*',
  TIMES: '*',
  '\\': '\\',
  REM: '\\',
  '/': '/',
  '><': '><',
  '/\\': '/\\',
  BITAND: '/\\',
  '\\/': '\\/',
  BITOR: '\\/',
  '<<': '<<',
  '>>': '>>',
}

/**
 * @param definitions what VAL names stand for
 * @returns the term of an INT expression, or undefined for what is no arithmetic on variables
 */
export function termOf(known: Knowledge, definitions: ReadonlyMap<VariableSymbol, Term>, expression: Expression): Term | undefined {
  const value = integerValue(known, expression)
  if (value !== undefined) return number(Number(value))
  switch (expression.kind) {
    case 'name-use': {
      const symbol = known.symbols.get(expression.name)
      if (symbol?.kind !== 'variable') return undefined
      return definitions.get(symbol) ?? { kind: 'variable', symbol }
    }
    case 'dyadic': {
      const operator = OPERATORS[expression.operator]
      if (operator === undefined || known.operatorCalls.has(expression)) return undefined
      const left = termOf(known, definitions, expression.left)
      const right = left && termOf(known, definitions, expression.right)
      return left && right && { kind: 'operation', operator, left, right }
    }
    case 'monadic': {
      if (expression.operator !== '-' || known.operatorCalls.has(expression)) return undefined
      const operand = termOf(known, definitions, expression.operand)
      return operand && { kind: 'operation', operator: '-', left: number(0), right: operand }
    }
    case 'size': {
      const { operand } = expression
      const symbol =
        expression.operator === 'SIZE' && operand.kind === 'expression' && operand.value.kind === 'name-use'
          ? known.symbols.get(operand.value.name)
          : undefined
      return symbol?.kind === 'variable' ? { kind: 'variable', symbol: sizeSymbol(symbol) } : undefined
    }
    case 'literal':
    case 'string':
    case 'array-literal':
    case 'subscript':
    case 'slice':
    case 'conversion':
    case 'function-call':
    case 'valof-expression':
    case 'array-constructor':
    case 'most':
    case 'end':
    case 'offset-of':
    case 'missing':
      return undefined
  }
}

const sizes = new WeakMap<VariableSymbol, VariableSymbol>()
/** Stand-ins for other operations, kept with the first variable in them. */
const opaque = new WeakMap<VariableSymbol, Map<string, VariableSymbol>>()
const owners = new WeakMap<VariableSymbol, VariableSymbol>()
const parts = new WeakMap<VariableSymbol, readonly VariableSymbol[]>()

/** A variable that stands for something computed. */
function standIn(name: string, like: VariableSymbol): VariableSymbol {
  return { kind: 'variable', name, level: like.level, type: like.type, role: 'val', writable: false }
}

/** @returns a stand-in for the size of an array whose type leaves it open. */
export function sizeSymbol(array: VariableSymbol): VariableSymbol {
  let symbol = sizes.get(array)
  if (symbol === undefined) {
    symbol = standIn(`SIZE ${array.name}`, array)
    sizes.set(array, symbol)
    owners.set(symbol, array)
  }
  return symbol
}

const rests = new WeakMap<object, VariableSymbol>()

/**
 * @param slice what runs to the end of a part of `array` that has no name
 * @returns a stand-in for the number of its elements
 */
export function restSymbol(slice: object, array: VariableSymbol): VariableSymbol {
  let symbol = rests.get(slice)
  if (symbol === undefined) {
    symbol = standIn(`rest of ${array.name}`, array)
    rests.set(slice, symbol)
    owners.set(symbol, array)
  }
  return symbol
}

/** @returns the array whose size `symbol` stands for, or `symbol` itself: where it is declared, the other is. */
export function ownerOf(symbol: VariableSymbol): VariableSymbol {
  return owners.get(symbol) ?? symbol
}

/** @returns the variables that an operation was made of for which `symbol` stands, else `symbol` itself. */
export function partsOf(symbol: VariableSymbol): readonly VariableSymbol[] {
  return parts.get(symbol) ?? [symbol]
}

/** Calls `each` for every variable of the term. */
export function variablesOf(term: Term, each: (symbol: VariableSymbol) => void): void {
  if (term.kind === 'variable') each(term.symbol)
  else if (term.kind === 'operation') {
    variablesOf(term.left, each)
    variablesOf(term.right, each)
  }
}

/** @returns whether `which` holds for a variable of the term. */
export function usesAny(term: Term, which: (symbol: VariableSymbol) => boolean): boolean {
  let found = false
  variablesOf(term, (symbol) => (found ||= which(symbol)))
  return found
}

/** @returns the value of the term when `values` gives each variable one; undefined when there is none. */
export function evaluateTerm(term: Term, values: ReadonlyMap<VariableSymbol, number>): number | undefined {
  if (term.kind === 'number') return term.value
  if (term.kind === 'variable') return values.get(term.symbol)
  const left = evaluateTerm(term.left, values)
  const right = evaluateTerm(term.right, values)
  if (left === undefined || right === undefined) return undefined
  switch (term.operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return right === 0 ? undefined : Math.trunc(left / right)
    case '\\':
      return right === 0 ? undefined : left % right
    case '><':
      return left ^ right
    case '/\\':
      return left & right
    case '\\/':
      return left | right
    case '<<':
      return left << right
    case '>>':
      return left >>> right
    default:
      return undefined
  }
}

/** @returns the difference of two terms, folded where both are numbers. */
export function subtract(left: Term, right: Term): Term {
  if (left.kind === 'number' && right.kind === 'number') return number(left.value - right.value)
  return right.kind === 'number' && right.value === 0 ? left : { kind: 'operation', operator: '-', left, right }
}

/** @returns a text that is equal for equal terms. */
export function keyOf(term: Term, idOf: (symbol: VariableSymbol) => number): string {
  if (term.kind === 'number') return String(term.value)
  if (term.kind === 'variable') return `v${idOf(term.symbol)}`
  return `(${keyOf(term.left, idOf)}${term.operator}${keyOf(term.right, idOf)})`
}

// ---------------------------------------------------------------------------------------------- polynomials

/** A monomial is a list of variables, sorted by `idOf`; the key joins their ids. */
export interface Polynomial {
  readonly constant: number
  readonly monomials: ReadonlyMap<string, { readonly factor: number; readonly variables: readonly VariableSymbol[] }>
}

const ids = new WeakMap<VariableSymbol, number>()
let nextId = 0

/** @returns a number of its own for each variable. */
export function idOf(symbol: VariableSymbol): number {
  let id = ids.get(symbol)
  if (id === undefined) ids.set(symbol, (id = nextId++))
  return id
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
  if (term.operator !== '+' && term.operator !== '-' && term.operator !== '*') return opaquePolynomial(term)
  const left = polynomialOf(term.left)
  const right = polynomialOf(term.right)
  if (term.operator === '*') return left.monomials.size + right.monomials.size > 6 ? opaquePolynomial(term) : multiply(left, right)
  return combine(left, right, term.operator === '+' ? 1 : -1)
}

/** Other operations are taken as variables: equal ones as the same. */
function opaquePolynomial(term: Term): Polynomial {
  const from = new Set<VariableSymbol>()
  variablesOf(term, (symbol) => {
    partsOf(symbol).forEach((part) => from.add(part))
  })
  const [first] = from
  if (first === undefined) return constantPolynomial(evaluateTerm(term, new Map()) ?? Number.NaN)
  const key = keyOf(term, idOf)
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
