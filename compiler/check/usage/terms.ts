/**
 * Subscripts and conditions as arithmetic: small trees over variables. `VAL` names are replaced by what they stand for, so that
 * `VAL INT j IS i + 1:` and `i + 1` are the same subscript. The value of a condition is 1 or 0.
 */
import type { Expression } from '../../../grammar/ast.ts'
import { walk } from '../../../grammar/walk.ts'
import type { VariableSymbol } from '../../semantics.ts'
import type { Knowledge } from '../context.ts'
import { evaluate } from '../evaluate.ts'
import { primitiveName } from '../type-model.ts'
import { evaluateComputed, type Computed } from './computed.ts'
import { sizeSymbol } from './stand-ins.ts'

export type Term =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'variable'; readonly symbol: VariableSymbol }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly left: Term; readonly right: Term }
  | Computed<Term>

export const number = (value: number): Term => ({ kind: 'number', value })

/** @returns the sum of two terms, folded where both are numbers. */
export function add(left: Term, right: Term): Term {
  if (left.kind === 'number' && right.kind === 'number') return number(left.value + right.value)
  if (left.kind === 'number' && left.value === 0) return right
  if (right.kind === 'number' && right.value === 0) return left
  return { kind: 'operation', operator: '+', left, right }
}

/** @returns the difference of two terms, folded where both are numbers. */
export function subtract(left: Term, right: Term): Term {
  if (left.kind === 'number' && right.kind === 'number') return number(left.value - right.value)
  return right.kind === 'number' && right.value === 0 ? left : { kind: 'operation', operator: '-', left, right }
}

/** @returns the condition that `term` is false. */
export const not = (term: Term): Term => ({ kind: 'operation', operator: '=', left: term, right: number(0) })

/** Operators of terms by the words of the language. */
type Operators<O extends string> = ReadonlyMap<string, O>
const table = <O extends string>(names: Readonly<Record<string, O>>): Operators<O> => new Map(Object.entries(names))

const ARITHMETIC = table({
  '+': '+',
  PLUS: 'PLUS',
  '-': '-',
  MINUS: 'MINUS',
  '*': '*',
  TIMES: 'TIMES',
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
})

const COMPARISONS = table({ '=': '=', '<>': '<>', '<': '<', '>': '>', '<=': '<=', '>=': '>=' })
const CONNECTIVES = table({ AND: 'AND', OR: 'OR' })

type NameIn<T> = T extends Operators<infer O> ? O : never
export type Operator = NameIn<typeof ARITHMETIC> | NameIn<typeof COMPARISONS> | NameIn<typeof CONNECTIVES>

/** Other operators wrap, and do so at the width of the type. */
const WITHOUT_WRAPPING: ReadonlySet<string> = new Set(['+', '-', '*', '/', '\\', 'REM'])

/** Types whose values a term can have. */
type Kind = 'word' | 'integer' | 'truth'

function kindOf(known: Knowledge, expression: Expression): Kind | undefined {
  const type = known.types.get(expression)
  const name = type && primitiveName(type)
  switch (name) {
    case 'INT':
    case 'INT32':
      return 'word'
    case 'BYTE':
    case 'INT16':
    case 'INT64':
      return 'integer'
    case 'BOOL':
      return 'truth'
    case 'REAL32':
    case 'REAL64':
    case undefined:
      return undefined
  }
}

/**
 * @param definitions what VAL names stand for
 * @returns the term of an expression of an integer type or BOOL, or undefined for what is neither arithmetic on variables nor constant as soon as
 *   names that cannot change have values
 */
export function termOf(known: Knowledge, definitions: ReadonlyMap<VariableSymbol, Term>, expression: Expression): Term | undefined {
  const value = evaluate(known, expression)
  if (typeof value === 'bigint') return number(Number(value))
  if (typeof value === 'boolean') return number(value ? 1 : 0)
  const kind = kindOf(known, expression)
  if (kind === undefined) return undefined
  switch (expression.kind) {
    case 'name-use': {
      const symbol = known.symbols.get(expression.name)
      return symbol?.kind === 'variable' ? (definitions.get(symbol) ?? { kind: 'variable', symbol }) : undefined
    }
    case 'dyadic': {
      const operands = kindOf(known, expression.left)
      const operator = dyadicOperator(expression.operator, operands)
      if (operator === undefined || operands === undefined || known.operatorCalls.has(expression))
        return computedTerm(known, definitions, expression)
      const left = termOf(known, definitions, expression.left)
      const right = left && termOf(known, definitions, expression.right)
      return left && right && { kind: 'operation', operator, left, right }
    }
    case 'monadic': {
      if (known.operatorCalls.has(expression)) return undefined
      const operand = termOf(known, definitions, expression.operand)
      if (expression.operator === '-') return operand && { kind: 'operation', operator: '-', left: number(0), right: operand }
      if (expression.operator === 'NOT' && kind === 'truth') return operand && not(operand)
      return computedTerm(known, definitions, expression)
    }
    case 'size': {
      const { operand } = expression
      const symbol =
        expression.operator === 'SIZE' && operand.kind === 'expression' && operand.value.kind === 'name-use'
          ? known.symbols.get(operand.value.name)
          : undefined
      return symbol?.kind === 'variable' ? { kind: 'variable', symbol: sizeSymbol(symbol) } : undefined
    }
    case 'subscript':
    case 'conversion':
    case 'function-call':
      return computedTerm(known, definitions, expression)
    case 'literal':
    case 'string':
    case 'array-literal':
    case 'slice':
    case 'valof-expression':
    case 'array-constructor':
    case 'most':
    case 'end':
    case 'offset-of':
    case 'allocation':
    case 'missing':
      return undefined
  }
}

function dyadicOperator(name: string, operands: Kind | undefined): Operator | undefined {
  if (operands === 'truth') return name === '=' || name === '<>' ? name : CONNECTIVES.get(name)
  const comparison = COMPARISONS.get(name)
  if (comparison !== undefined || operands === 'word') return comparison ?? ARITHMETIC.get(name)
  return WITHOUT_WRAPPING.has(name) ? ARITHMETIC.get(name) : undefined
}

/** @returns an expression that is worked out as a constant is, once the names in it have values; undefined when some of them may change. */
function computedTerm(known: Knowledge, definitions: ReadonlyMap<VariableSymbol, Term>, expression: Expression): Term | undefined {
  const inputs = new Map<VariableSymbol, Term>()
  const names: number[] = []
  const moving: Expression[] = []
  walk([expression], undefined, (node) => {
    if (node.kind === 'valof-expression' || node.kind === 'array-constructor' || node.kind === 'size') moving.push(expression)
    const name = node.kind === 'name-use' || node.kind === 'function-call' ? known.symbols.get(node.name) : undefined
    if (name === undefined) return
    names.push(idOf(name))
    if (name.kind !== 'variable' || known.values.has(name)) return
    const term = definitions.get(name) ?? (name.writable || primitiveName(name.type) === undefined ? undefined : variable(name))
    if (term === undefined || (node.kind === 'name-use' && kindOf(known, node) === undefined)) moving.push(expression)
    else inputs.set(name, term)
  })
  if (moving.length > 0 || inputs.size === 0) return undefined
  const { file, start, end } = expression.span
  return { kind: 'computed', known, expression, inputs, shape: `${file.text.slice(start, end).replace(/\s+/g, ' ')}|${names.join(' ')}` }
}

const variable = (symbol: VariableSymbol): Term => ({ kind: 'variable', symbol })

/** Calls `each` for every variable of the term. */
export function variablesOf(term: Term, each: (symbol: VariableSymbol) => void): void {
  switch (term.kind) {
    case 'number':
      return
    case 'variable':
      each(term.symbol)
      return
    case 'operation':
      variablesOf(term.left, each)
      variablesOf(term.right, each)
      return
    case 'computed':
      for (const input of term.inputs.values()) variablesOf(input, each)
  }
}

/** A name that stands for more than so many parts is taken as a variable of its own: what is made of such names in turn would grow without end. */
const MOST_PARTS = 256

/** @returns whether a term is so large that names do not stand for it */
export function isLarge(term: Term): boolean {
  const rest = [term]
  for (let parts = 0; ; parts++) {
    const part = rest.pop()
    if (part === undefined) return false
    if (parts >= MOST_PARTS) return true
    if (part.kind === 'operation') rest.push(part.left, part.right)
    else if (part.kind === 'computed') for (const input of part.inputs.values()) rest.push(input)
  }
}

/** @returns whether `which` holds for a variable of the term. */
export function usesAny(term: Term, which: (symbol: VariableSymbol) => boolean): boolean {
  let found = false
  variablesOf(term, (symbol) => (found ||= which(symbol)))
  return found
}

/** @returns the term with what `values` has for its variables; undefined where that is undefined. */
export function substitute(term: Term, values: ReadonlyMap<VariableSymbol, Term | undefined>): Term | undefined {
  switch (term.kind) {
    case 'number':
      return term
    case 'variable':
      return values.has(term.symbol) ? values.get(term.symbol) : term
    case 'operation': {
      const left = substitute(term.left, values)
      const right = left && substitute(term.right, values)
      return left && right && { ...term, left, right }
    }
    case 'computed': {
      const inputs = new Map<VariableSymbol, Term>()
      for (const [name, input] of term.inputs) {
        const changed = substitute(input, values)
        if (changed === undefined) return undefined
        inputs.set(name, changed)
      }
      return { ...term, inputs }
    }
  }
}

/** @returns the value of the term when `values` gives each variable one; undefined when there is none. */
export function evaluateTerm(term: Term, values: ReadonlyMap<VariableSymbol, number>): number | undefined {
  switch (term.kind) {
    case 'number':
      return term.value
    case 'variable':
      return values.get(term.symbol)
    case 'computed':
      return evaluateComputed(term, (input) => evaluateTerm(input, values))
    case 'operation':
      return operationValue(term.operator, evaluateTerm(term.left, values), () => evaluateTerm(term.right, values))
  }
}

function operationValue(operator: Operator, left: number | undefined, rightOf: () => number | undefined): number | undefined {
  if (operator === 'AND' && left === 0) return 0
  if (operator === 'OR' && left === 1) return 1
  const right = rightOf()
  if (operator === 'AND' && right === 0) return 0
  if (operator === 'OR' && right === 1) return 1
  if (left === undefined || right === undefined) return undefined
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case 'PLUS':
      return (left + right) | 0
    case 'MINUS':
      return (left - right) | 0
    case 'TIMES':
      return Math.imul(left, right)
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
      return right < 0 || right > 31 ? undefined : left << right
    case '>>':
      return right < 0 || right > 31 ? undefined : (left >>> right) | 0
    case '=':
      return left === right ? 1 : 0
    case '<>':
      return left === right ? 0 : 1
    case '<':
      return left < right ? 1 : 0
    case '>':
      return left > right ? 1 : 0
    case '<=':
      return left <= right ? 1 : 0
    case '>=':
      return left >= right ? 1 : 0
    case 'AND':
    case 'OR':
      return right
  }
}

/** @returns a text that is equal for equal terms. */
export function keyOf(term: Term): string {
  switch (term.kind) {
    case 'number':
      return String(term.value)
    case 'variable':
      return `v${idOf(term.symbol)}`
    case 'operation':
      return `(${keyOf(term.left)}${term.operator}${keyOf(term.right)})`
    case 'computed':
      return `{${term.shape}:${[...term.inputs].map(([name, input]) => `${idOf(name)}=${keyOf(input)}`).join()}}`
  }
}

const ids = new WeakMap<object, number>()
let nextId = 0

/** @returns a number of its own for each symbol. */
export function idOf(symbol: object): number {
  let id = ids.get(symbol)
  if (id === undefined) ids.set(symbol, (id = nextId++))
  return id
}
