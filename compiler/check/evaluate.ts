/**
 * Values of expressions known at compile time, computed on demand: the type checker asks while it walks (array sizes), the constants pass
 * asks for everything. Each outcome is kept, so the whole costs one visit a node.
 */
import type { ArrayConstructor, Expression, FunctionCall, Literal } from '../../grammar/ast.ts'
import { realFromText } from '../../numbers/decimal.ts'
import type { Constant, FunctionSymbol, Symbol, Type } from '../semantics.ts'
import { applyPredefined } from './apply-predefined.ts'
import {
  convert,
  inRange,
  integerOperation,
  isFault,
  isIntegerName,
  monadicOperation,
  rangeOf,
  realOperation,
  realValue,
  type Computed,
} from './arithmetic.ts'
import type { ConstantFault, Knowledge, Outcome } from './context.ts'
import { byteSize, fieldOffset, primitiveName, representation } from './type-model.ts'

/** Indexing and slicing outside a constant array; the size is needed for the message. */
const OUTSIDE = { fault: 'R0203' } as const

/** Something that can be read and written while a FUNCTION is carried out. */
export interface Place {
  read(): Constant
  write(value: Constant): void
}

/** Values that hide those around them, and names that stand for other places. */
export class Bindings extends Map<Symbol, Constant> {
  private readonly aliases = new Map<Symbol, Place>()

  constructor(private readonly outer: ReadonlyMap<Symbol, Constant>) {
    super()
  }

  override get(symbol: Symbol): Constant | undefined {
    return super.get(symbol) ?? this.aliases.get(symbol)?.read() ?? this.outer.get(symbol)
  }

  /** Lets `symbol` stand for a place. */
  alias(symbol: Symbol, place: Place): void {
    this.delete(symbol)
    this.aliases.set(symbol, place)
  }

  /** @returns what `symbol` stands for, if it stands for something else */
  aliasOf(symbol: Symbol): Place | undefined {
    if (this.has(symbol)) return undefined
    return this.aliases.get(symbol) ?? (this.outer instanceof Bindings ? this.outer.aliasOf(symbol) : undefined)
  }

  /** Changes the value of a symbol where it is kept. */
  assign(symbol: Symbol, value: Constant): void {
    if (this.has(symbol) || !(this.outer instanceof Bindings)) this.set(symbol, value)
    else this.outer.assign(symbol, value)
  }
}

/** Remembers nothing: the same expression has another value in the next round. */
export class Forgetful extends Map<Expression, Outcome> {
  override get(): undefined {
    return undefined
  }
  override set(): this {
    return this
  }
}

export function isConstantFault(outcome: Outcome): outcome is ConstantFault {
  return typeof outcome === 'object' && outcome !== null && 'fault' in outcome
}

export function isConstant(outcome: Outcome): outcome is Constant {
  return outcome !== null && !isConstantFault(outcome)
}

/**
 * @param expression an expression that has been typed
 * @returns its value, why it has none, or null when only run time can tell
 */
export function evaluate(known: Knowledge, expression: Expression): Outcome {
  const before = known.outcomes.get(expression)
  if (before !== undefined) return before
  if (expression.kind !== 'dyadic' || expression.left.kind !== 'dyadic') {
    const outcome = compute(known, expression)
    known.outcomes.set(expression, outcome)
    return outcome
  }
  // A chain of operators leans to the left: where outcomes are remembered it is evaluated outwards, so that its length needs no stack.
  const chain: Expression[] = [expression]
  if (!(known.outcomes instanceof Forgetful))
    for (let at: Expression = expression; at.kind === 'dyadic' && !known.outcomes.has(at.left); at = at.left) chain.push(at.left)
  let outcome: Outcome = null
  for (const at of chain.reverse()) known.outcomes.set(at, (outcome = compute(known, at)))
  return outcome
}

/** @returns the value of an integer constant, or undefined. */
export function integerValue(known: Knowledge, expression: Expression): bigint | undefined {
  const outcome = evaluate(known, expression)
  return typeof outcome === 'bigint' ? outcome : undefined
}

function compute(known: Knowledge, expression: Expression): Outcome {
  switch (expression.kind) {
    case 'literal':
      return literalValue(expression, known.types.get(expression))
    case 'string':
      return Array.from(expression.bytes, BigInt)
    case 'array-literal':
      return all(known, expression.elements)
    case 'name-use': {
      const symbol = known.symbols.get(expression.name)
      return symbol === undefined ? null : (known.values.get(symbol) ?? known.faults.get(symbol) ?? null)
    }
    case 'subscript':
      return subscriptValue(known, expression)
    case 'slice':
      return sliceValue(known, expression)
    case 'monadic':
    case 'dyadic': {
      const own = known.operatorCalls.get(expression)
      if (own === undefined) return operationValue(known, expression)
      return callValue(known, expression, own, expression.kind === 'monadic' ? [expression.operand] : [expression.left, expression.right])
    }
    case 'conversion':
      return conversionValue(known, expression, expression.operand, expression.rounding)
    case 'function-call': {
      const [operand] = expression.actuals
      const symbol = known.symbols.get(expression.name)
      if (symbol?.kind === 'type') return operand === undefined ? null : conversionValue(known, expression, operand, undefined)
      return symbol?.kind === 'function' ? applicationValue(known, expression, symbol) : null
    }
    case 'size':
      return sizeValue(known, expression)
    case 'most': {
      const type = known.typeExpressions.get(expression.type)
      const name = type && primitiveName(type)
      if (name === undefined || name === 'BOOL') return null
      if (name === 'REAL32') return expression.operator === 'MOSTPOS' ? 3.4028234663852886e38 : -3.4028234663852886e38
      if (name === 'REAL64') return expression.operator === 'MOSTPOS' ? Number.MAX_VALUE : -Number.MAX_VALUE
      return rangeOf(name)[expression.operator === 'MOSTPOS' ? 1 : 0]
    }
    case 'offset-of': {
      const type = known.typeExpressions.get(expression.type)
      const field = known.symbols.get(expression.field)
      const offset = type && field?.kind === 'field' ? fieldOffset(type, field.index) : undefined
      return offset === undefined ? null : BigInt(offset)
    }
    case 'array-constructor':
      return constructorValue(known, expression)
    case 'valof-expression':
    case 'end':
    case 'allocation':
    case 'missing':
      return null
  }
}

/** A literal as its type holds it. A hexadecimal one is a pattern of bits; a decimal one out of range is only right under a minus. */
export function literalValue(literal: Literal, type: Type | undefined): Constant | null {
  const name = type && primitiveName(type)
  if (name === undefined) return null
  switch (literal.literal) {
    case 'bool':
      return literal.byte === 1
    case 'byte':
      return BigInt(literal.byte ?? 0)
    case 'integer': {
      if (!isIntegerName(name)) return null
      const value = integerText(literal.text)
      return value === undefined
        ? null
        : literal.text.startsWith('#') && name !== 'BYTE' && !inRange(value, name)
          ? BigInt.asIntN(bitsOf(name), value)
          : value
    }
    case 'real': {
      const held = name === 'REAL32' || name === 'REAL64' ? realValue(realFromText(literal.text, name), name) : undefined
      return typeof held === 'number' ? held : null
    }
  }
}

const bitsOf = (name: 'INT' | 'INT16' | 'INT32' | 'INT64'): number => (name === 'INT64' ? 64 : name === 'INT16' ? 16 : 32)

/** @returns the number that an integer literal writes: `42`, `#2A`. */
export function integerText(text: string): bigint | undefined {
  const digits = text.startsWith('#') ? `0x${text.slice(1)}` : text
  return /^(0x[0-9a-f]+|\d+)$/i.test(digits) ? BigInt(digits) : undefined
}

function all(known: Knowledge, expressions: readonly Expression[]): Outcome {
  const values: Constant[] = []
  let unknown = false
  for (const expression of expressions) {
    const outcome = evaluate(known, expression)
    if (isConstantFault(outcome)) return outcome
    if (outcome === null) unknown = true
    else values.push(outcome)
  }
  return unknown ? null : values
}

/** Puts the place to a computed fault. */
function placed(value: Computed, at: Expression): Outcome {
  return value === undefined ? null : isFault(value) ? { fault: value.fault, at } : value
}

function operationValue(known: Knowledge, expression: Extract<Expression, { kind: 'monadic' | 'dyadic' }>): Outcome {
  if (expression.kind === 'monadic') {
    const operand = evaluate(known, expression.operand)
    if (!isConstant(operand)) return operand
    const name = nameOf(known, expression.operand)
    return name === undefined ? null : placed(monadicOperation(expression.operator, operand, name), expression)
  }
  const { operator } = expression
  const left = evaluate(known, expression.left)
  if (operator === 'AND' || operator === 'OR') {
    if (typeof left !== 'boolean') return left === null || isConstantFault(left) ? left : null
    return left === (operator === 'OR') ? left : evaluate(known, expression.right)
  }
  const right = evaluate(known, expression.right)
  if (!isConstant(left)) return left
  if (!isConstant(right)) return right
  const name = nameOf(known, expression.left)
  if (name === undefined) return null
  if (typeof left === 'bigint' && typeof right === 'bigint' && isIntegerName(name))
    return placed(integerOperation(operator, left, right, name), expression)
  if (typeof left === 'number' && typeof right === 'number' && (name === 'REAL32' || name === 'REAL64'))
    return placed(realOperation(operator, left, right, name), expression)
  if (typeof left === 'boolean' && typeof right === 'boolean')
    return operator === '=' ? left === right : operator === '<>' ? left !== right : null
  return null
}

function nameOf(known: Knowledge, expression: Expression) {
  const type = known.types.get(expression)
  return type && primitiveName(type)
}

function conversionValue(known: Knowledge, expression: Expression, operand: Expression, rounding: 'ROUND' | 'TRUNC' | undefined): Outcome {
  const value = evaluate(known, operand)
  if (!isConstant(value)) return value
  const from = nameOf(known, operand)
  const to = nameOf(known, expression)
  if (from === undefined || to === undefined) return from === undefined && to === undefined ? value : null
  return placed(convert(value, from, to, rounding), expression)
}

/** A predefined function of constants is one. */
function applicationValue(known: Knowledge, call: FunctionCall, symbol: FunctionSymbol): Outcome {
  const [result] = symbol.results
  if (symbol.predefined === undefined) return callValue(known, call, symbol, call.actuals)
  if (symbol.results.length !== 1 || result === undefined) return null
  const actuals = all(known, call.actuals)
  if (!isConstant(actuals) || typeof actuals !== 'object') return actuals
  return placed(
    applyPredefined(
      symbol.predefined,
      actuals,
      symbol.formals.map((formal) => primitiveName(formal.type)),
      primitiveName(result),
    ),
    call,
  )
}

/** A FUNCTION of the program that has one scalar result is one, too. */
function callValue(known: Knowledge, call: Expression, symbol: FunctionSymbol, operands: readonly Expression[]): Outcome {
  const [result] = symbol.results
  if (known.callFunction === undefined || symbol.results.length !== 1 || result === undefined || primitiveName(result) === undefined)
    return null
  const actuals = all(known, operands)
  if (!isConstant(actuals) || typeof actuals !== 'object') return actuals
  const outcome = known.callFunction(known, symbol, actuals)
  return isConstantFault(outcome) ? { fault: outcome.fault, at: call } : outcome
}

/** Constructors with more elements than this in all are left to run time. */
const MOST_ELEMENTS = 1024

/** The element anew for each value of the index, with outcomes of its own. */
function constructorValue(known: Knowledge, { replicator, element }: ArrayConstructor): Outcome {
  const index = known.symbols.get(replicator.name)
  const first = integerValue(known, replicator.base)
  const count = integerValue(known, replicator.count)
  const step = replicator.step === undefined ? 1n : integerValue(known, replicator.step)
  if (index === undefined || first === undefined || count === undefined || step === undefined || count < 0n || count > MOST_ELEMENTS)
    return null
  const values: Constant[] = []
  const names = new Bindings(known.values)
  for (let i = 0n; i < count; i++) {
    names.set(index, first + i * step)
    const outcome = evaluate({ ...known, values: names, outcomes: new Map() }, element)
    if (!isConstant(outcome)) return outcome
    if (i === 0n && count * sizeOf(outcome) > MOST_ELEMENTS) return null
    values.push(outcome)
  }
  return values
}

const sizeOf = (value: Constant): bigint => (typeof value === 'object' ? value.reduce((sum: bigint, part) => sum + sizeOf(part), 0n) : 1n)

function subscriptValue(known: Knowledge, expression: Extract<Expression, { kind: 'subscript' }>): Outcome {
  const base = evaluate(known, expression.base)
  if (!isConstant(base) || typeof base !== 'object') return null
  const field = expression.index.kind === 'name-use' ? known.symbols.get(expression.index.name) : undefined
  if (field?.kind === 'field') return base[field.index] ?? null
  const index = evaluate(known, expression.index)
  if (typeof index !== 'bigint') return isConstantFault(index) ? index : null
  return base[Number(index)] ?? { ...OUTSIDE, at: expression }
}

function sliceValue(known: Knowledge, expression: Extract<Expression, { kind: 'slice' }>): Outcome {
  const base = evaluate(known, expression.base)
  if (!isConstant(base) || typeof base !== 'object') return null
  const from = expression.from === undefined ? 0n : evaluate(known, expression.from)
  if (typeof from !== 'bigint') return null
  const count = expression.count === undefined ? BigInt(base.length) - from : evaluate(known, expression.count)
  if (typeof count !== 'bigint' || from < 0n || count < 0n || from + count > BigInt(base.length)) return null
  return base.slice(Number(from), Number(from + count))
}

function sizeValue(known: Knowledge, expression: Extract<Expression, { kind: 'size' }>): Outcome {
  const { operand } = expression
  const type = operand.kind === 'type' ? known.typeExpressions.get(operand.type) : known.types.get(operand.value)
  if (type === undefined) return null
  if (expression.operator === 'BYTESIN') {
    const bytes = byteSize(type)
    return bytes === undefined ? null : BigInt(bytes)
  }
  const inner = representation(type)
  if (inner.kind === 'array' && inner.size !== undefined) return BigInt(inner.size)
  // the size of a parameter is that of the value it has
  const value = operand.kind === 'expression' && operand.value.kind === 'name-use' ? evaluate(known, operand.value) : null
  return typeof value === 'object' && isConstant(value) && Array.isArray(value) ? BigInt(value.length) : null
}
