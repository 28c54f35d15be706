/**
 * Flattening of expressions: machine calls, VALOFs and array constructors become statements in front; what is left is pure.
 *
 * The language's functions have no side effects, so the order of evaluation matters for faults only: see fault-order.ts. What the text does not
 * evaluate (the right side of an AND that is FALSE) must not be evaluated here, since it might fault or loop.
 */
import type {
  ArrayConstructor,
  ArrayLiteral,
  Conversion,
  Dyadic,
  Expression,
  FunctionCall,
  Monadic,
  SizeOf,
  ValueProcess,
} from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import { representation, byteSize } from '../../check/type-model.ts'
import type { Constant, Type } from '../../semantics.ts'
import { callFunction } from './calls.ts'
import { product, viewOf } from './context.ts'
import { unchecked } from '../ir/range.ts'
import type { ArrayDenotation, Context } from './context.ts'
import { within } from './declarations.ts'
import { BOOL_TYPE, INT_TYPE, int, literalNumber, raw, use, zero, isHeld } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CoreReplicator, Expr, Operator, Scalar } from '../ir/ir.ts'
import { arrayPlace, dimsFor, place, read } from './denotations.ts'
import { inOrder } from './fault-order.ts'
import { declareSlot, denoted, isDefined, reference } from './mobiles.ts'
import { loopOver, replicator } from './replication.ts'
import { process } from './processes.ts'
import { constantExpr, coreType, scalarOf, shapeOf } from './shapes.ts'

/** @returns the value of a scalar expression. */
export function scalar(cx: Context, e: Expression): Expr {
  const constant = cx.constant(e)
  if (constant !== undefined) {
    const value = constantExpr(constant, cx.type(e))
    if (value !== undefined) return value
  }
  switch (e.kind) {
    case 'name-use':
    case 'subscript':
      return read(place(cx, e))
    case 'monadic':
      return monadic(cx, e)
    case 'dyadic':
      return dyadic(cx, e)
    case 'conversion':
      return conversion(cx, e)
    case 'function-call': {
      const operand = converted(cx, e)
      if (operand !== undefined)
        return convert(scalar(cx, operand), must(scalarOf(cx.type(operand))), must(scalarOf(cx.type(e))), undefined, e.span)
      const [first] = callFunction(cx, e)
      if (first === undefined) throw new Error('a function with a result gives one')
      return first
    }
    case 'valof-expression':
      return single(valof(cx, e.valof))
    case 'size':
      return sizeOf(cx, e)
    case 'literal':
    case 'most':
    case 'offset-of':
      throw new Error(`a ${e.kind} without a constant value`)
    case 'slice':
    case 'string':
    case 'array-literal':
    case 'array-constructor':
    case 'allocation':
    case 'end':
    case 'missing':
      throw new Error(`a ${e.kind} is no scalar`)
  }
}

/** @returns the operand of `LENGTH (x)`, a conversion that looks like a call */
function converted(cx: Context, e: FunctionCall): Expression | undefined {
  return cx.symbol(e.name).kind === 'type' ? e.actuals[0] : undefined
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a scalar is converted to a scalar')
  return value
}

function single(values: readonly Expr[]): Expr {
  const [value] = values
  if (value === undefined) throw new Error('an expression without a value')
  return value
}

/** @returns the scalar or whole-array value of any data expression. */
export function value(cx: Context, e: Expression): Expr {
  if (scalarOf(cx.type(e)) !== undefined) return scalar(cx, e)
  const array = place(cx, e)
  if (array.kind !== 'array') throw new Error('a value is data')
  return viewOf(array, e.span)
}

const MONADIC: Readonly<Record<string, Operator>> = { '-': 'negate', MINUS: 'minus', '~': 'bitnot', BITNOT: 'bitnot', NOT: 'not' }

const DYADIC: Readonly<Record<string, Operator>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '\\': 'remainder',
  REM: 'remainder',
  PLUS: 'plus',
  MINUS: 'minus',
  TIMES: 'times',
  '/\\': 'bitand',
  '\\/': 'bitor',
  '><': 'bitxor',
  BITAND: 'bitand',
  BITOR: 'bitor',
  '<<': 'shl',
  '>>': 'shr',
  '=': 'eq',
  '<>': 'ne',
  '<': 'lt',
  '>': 'gt',
  '<=': 'le',
  '>=': 'ge',
  AFTER: 'after',
}

function monadic(cx: Context, e: Monadic): Expr {
  if (e.operator === 'DEFINED') return isDefined(cx, e.operand)
  if (e.operator === 'CLONE') return scalar(cx, e.operand)
  const called = cx.checked.operatorCalls.get(e)
  if (called !== undefined) return single(callFunction(cx, e, called, [e.operand]))
  const operator = MONADIC[e.operator]
  const item = scalarOf(cx.type(e.operand))
  if (operator === undefined || item === undefined) throw new Error(`the operator ${e.operator} has no scalar result`)
  const operand = scalar(cx, e.operand)
  if (operator === 'minus') return operation('minus', item, [zero(item), operand], e.span)
  return operation(operator, item, [operand], e.span)
}

function dyadic(cx: Context, e: Dyadic): Expr {
  const called = cx.checked.operatorCalls.get(e)
  if (called !== undefined) return single(callFunction(cx, e, called, [e.left, e.right]))
  if (e.operator === 'AND' || e.operator === 'OR') return logical(cx, e, e.operator)
  const operator = DYADIC[e.operator]
  const item = scalarOf(cx.type(e.left))
  if (operator === undefined || item === undefined) throw new Error(`the operator ${e.operator} has no scalar result`)
  const operands = inOrder(cx, [(): Expr => scalar(cx, e.left), (): Expr => scalar(cx, e.right)], e.span)
  return operation(operator, item, operands, e.span)
}

/** AND and OR: the right side, and the statements it needs, only where the left side leaves it open. */
function logical(cx: Context, e: Dyadic, operator: 'AND' | 'OR'): Expr {
  const left = scalar(cx, e.left)
  const [right, before] = cx.collect(() => scalar(cx, e.right))
  if (before.length === 0) return operation(operator === 'AND' ? 'and' : 'or', 'bool', [left, right], e.span)
  const result = new Local('holds', BOOL_TYPE, false)
  cx.emit({ kind: 'declare', local: result, value: left, span: e.span })
  const open = operator === 'AND' ? use(result) : operation('not', 'bool', [use(result)], e.span)
  const decide = [...before, { kind: 'assign', target: result, value: right, span: e.span } as const]
  cx.emit({ kind: 'if', choices: [{ condition: open, body: decide }], otherwise: [], span: e.span })
  return use(result)
}

/** @returns an operation; unchecked where the operands' ranges show that it cannot overflow. */
export function operation(operator: Operator, item: Scalar, operands: readonly Expr[], span: Span): Expr {
  return unchecked({ kind: 'operation', operator, scalar: item, operands, span })
}

function conversion(cx: Context, e: Conversion): Expr {
  const to = scalarOf(cx.type(e))
  const from = scalarOf(cx.type(e.operand))
  if (to === undefined || from === undefined) throw new Error('a scalar is converted to a scalar')
  return convert(scalar(cx, e.operand), from, to, e.rounding, e.span)
}

/** @returns `operand` converted; itself when the representations are the same. */
export function convert(operand: Expr, from: Scalar, to: Scalar, rounding: 'ROUND' | 'TRUNC' | undefined, span: Span): Expr {
  const word = (s: Scalar): Scalar => (s === 'int32' ? 'int' : s)
  if (word(from) === word(to)) return operand
  const base = { kind: 'convert', from, to, operand, span } as const
  return rounding === undefined ? base : { ...base, rounding }
}

function sizeOf(cx: Context, e: SizeOf): Expr {
  if (e.operand.kind === 'type') throw new Error('the size of a type is constant')
  const type = cx.type(e.operand.value)
  const known = e.operator === 'BYTESIN' ? byteSize(type) : undefined
  if (known !== undefined) return int(known)
  const array = arrayPlace(cx, e.operand.value)
  if (e.operator === 'SIZE') return array.dims[0] ?? int(1)
  const shape = shapeOf(type)
  const element = shape === undefined || shape.item === 'channel' ? 1 : (byteSize({ kind: 'primitive', name: baseName(type) }) ?? 1)
  return raw('raw*', product(array.dims, e.span), int(element), e.span)
}

function baseName(type: Type): 'BOOL' | 'BYTE' | 'INT' | 'INT16' | 'INT32' | 'INT64' | 'REAL32' | 'REAL64' {
  const inner = representation(type)
  if (inner.kind === 'primitive') return inner.name
  return inner.kind === 'array' ? baseName(inner.element) : 'BYTE'
}

// ---------------------------------------------------------------------------------------------- VALOF

/** Emits the body of a VALOF. @returns its results */
export function valof(cx: Context, v: ValueProcess): Expr[] {
  return within(cx, v.declarations, () => {
    process(cx, v.body)
    return v.results.flatMap((r) => results(cx, r))
  })
}

/** @returns the values of an expression in a list of results or right sides: several for a function with several. */
export function results(cx: Context, e: Expression): Expr[] {
  const several = cx.checked.resultTypes.get(e)
  if (several !== undefined && several.length !== 1) {
    if (e.kind === 'function-call') return callFunction(cx, e)
    if (e.kind === 'valof-expression') return valof(cx, e.valof)
  }
  return [value(cx, e)]
}

// ---------------------------------------------------------------------------------------------- arrays

/** @returns an array-valued expression that is not a variable. */
export function arrayValue(cx: Context, e: Expression): ArrayDenotation {
  const type = cx.type(e)
  const constant = cx.constant(e)
  const table = constant === undefined ? undefined : constantExpr(constant, type)
  if (table !== undefined) return { kind: 'array', view: table, dims: constantDims(constant, type) }
  switch (e.kind) {
    case 'string':
      return { kind: 'array', view: { kind: 'table', item: 'byte', values: [...e.bytes].map(BigInt) }, dims: [int(e.bytes.length)] }
    case 'array-literal':
      return arrayLiteral(cx, e, type)
    case 'array-constructor':
      return arrayConstructor(cx, e, type)
    case 'function-call': {
      const operand = converted(cx, e)
      if (operand !== undefined) return arrayPlace(cx, operand)
      return named(cx, single(callFunction(cx, e)), type, e.span)
    }
    case 'valof-expression':
      return named(cx, single(valof(cx, e.valof)), type, e.span)
    case 'conversion':
      return arrayPlace(cx, e.operand)
    case 'monadic': {
      if (e.operator === 'CLONE') return arrayPlace(cx, e.operand)
      const called = cx.checked.operatorCalls.get(e)
      if (called !== undefined) return named(cx, single(callFunction(cx, e, called, [e.operand])), type, e.span)
      throw new Error(`the operator ${e.operator} has no result of this type`)
    }
    case 'name-use':
    case 'subscript':
    case 'slice':
      return arrayPlace(cx, e)
    case 'dyadic': {
      const called = cx.checked.operatorCalls.get(e)
      if (called !== undefined) return named(cx, single(callFunction(cx, e, called, [e.left, e.right])), type, e.span)
      throw new Error(`the operator ${e.operator} has no result of this type`)
    }
    case 'allocation':
      return denoted(declareSlot(cx, 'made', type, reference(cx, e, type), e.span))
    case 'literal':
    case 'size':
    case 'most':
    case 'end':
    case 'offset-of':
    case 'missing':
      throw new Error(`a ${e.kind} is no array`)
  }
}

function named(cx: Context, view: Expr, type: Type, span: Span): ArrayDenotation {
  const shape = shapeOf(type)
  if (shape === undefined) throw new Error('a value is data')
  const local = cx.fixed('result', view, coreType(shape), span)
  return { kind: 'array', view: local, dims: dimsFor(type, local, span) }
}

/** @returns the dimensions of a table; those its type leaves open as the table itself has them. */
function constantDims(constant: Constant | undefined, type: Type): Expr[] {
  const dims: Expr[] = []
  let value = constant
  let inner = representation(type)
  while (inner.kind === 'array') {
    dims.push(int(inner.size ?? (Array.isArray(value) ? value.length : 0)))
    value = Array.isArray(value) ? (value as readonly Constant[])[0] : undefined
    inner = representation(inner.element)
  }
  return inner.kind === 'record' ? [...dims, int(byteSize(inner) ?? 0)] : dims
}

function arrayLiteral(cx: Context, e: ArrayLiteral, type: Type): ArrayDenotation {
  const inner = representation(type)
  const shape = shapeOf(type)
  if (shape === undefined) throw new Error('a table is data or channels')
  if (shape.item === 'channel') return channelTable(cx, e, type)
  const { item } = shape
  if (isHeld(item)) throw new Error('a table has values, no references')
  if (inner.kind === 'record') {
    return recordLiteral(cx, e, type)
  }
  if (shape.dims.length === 1) {
    const lowered = e.elements.map((x) => (): Expr => scalar(cx, x))
    const elements = inOrder(cx, lowered, e.span)
    const view = named(cx, { kind: 'array-of', item, elements }, type, e.span).view
    return { kind: 'array', view, dims: [int(elements.length)] }
  }
  const rows = e.elements.map((x) => arrayPlace(cx, x))
  const rowDims = rows[0]?.dims ?? []
  const stride = product(rowDims, e.span)
  const local = new Local('table', coreType(shape), true)
  cx.emit({
    kind: 'declare',
    local,
    value: { kind: 'zeros', item, length: raw('raw*', int(rows.length), stride, e.span), span: e.span },
    span: e.span,
  })
  rows.forEach((row, i) => {
    const target: Expr = { kind: 'slice', array: use(local), offset: raw('raw*', int(i), stride, e.span), length: stride }
    cx.emit({ kind: 'copy', target, source: viewOf(row, e.span), checked: false, span: e.span })
  })
  return { kind: 'array', view: use(local), dims: [int(rows.length), ...rowDims] }
}

/** A list of channels is an array of its own, whose elements are those channels. */
function channelTable(cx: Context, e: ArrayLiteral, type: Type): ArrayDenotation {
  const parts = e.elements.map((x) => place(cx, x))
  const elements = parts.map((part) => {
    if (part.kind === 'channel') return part.expr
    if (part.kind !== 'array') throw new Error('a table of channels has channels in it')
    return viewOf(part, e.span)
  })
  const view = named(cx, { kind: 'array-of', item: 'channel', elements }, type, e.span).view
  const [first] = parts
  return { kind: 'array', view, dims: [int(parts.length), ...(first?.kind === 'array' ? first.dims : [])] }
}

function recordLiteral(cx: Context, e: ArrayLiteral, type: Type): ArrayDenotation {
  const inner = representation(type)
  const size = byteSize(type) ?? 0
  const local = new Local('record', { item: 'byte', array: true }, true)
  cx.emit({ kind: 'declare', local, value: { kind: 'zeros', item: 'byte', length: int(size), span: e.span }, span: e.span })
  if (inner.kind !== 'record') throw new Error('a record literal has a record type')
  let offset = 0
  e.elements.forEach((x, i) => {
    const fieldType = inner.fields[i]?.type
    if (fieldType === undefined) return
    const bytes = byteSize(fieldType) ?? 0
    if (!inner.packed) offset = Math.ceil(offset / alignment(fieldType)) * alignment(fieldType)
    const v = value(cx, x)
    const shape = shapeOf(fieldType)
    if (shape === undefined) return
    const from = coreType(shape)
    const source: Expr =
      from.array && from.item === 'byte' ? v : { kind: 'retype', operand: v, from, to: { item: 'byte', array: true }, span: x.span }
    cx.emit({
      kind: 'copy',
      target: { kind: 'slice', array: use(local), offset: int(offset), length: int(bytes) },
      source,
      checked: false,
      span: x.span,
    })
    offset += bytes
  })
  return { kind: 'array', view: use(local), dims: [int(size)] }
}

function alignment(type: Type): number {
  const inner = representation(type)
  if (inner.kind === 'array') return alignment(inner.element)
  if (inner.kind === 'record') return inner.packed ? 1 : inner.fields.reduce((most, f) => Math.max(most, alignment(f.type)), 1)
  return byteSize(inner) ?? 1
}

/** `[i = base FOR count | e]`: a loop that fills a new array. */
function arrayConstructor(cx: Context, e: ArrayConstructor, type: Type): ArrayDenotation {
  const shape = shapeOf(type)
  const item = shape?.item
  if (shape === undefined || item === undefined || isHeld(item)) throw new Error('a constructor makes an array of data')
  const made = replicator(cx, e.replicator)
  const count = cx.fixed('count', made.count, INT_TYPE, e.span)
  const inner = elementSizes(cx, e, { ...made, count }, shape.dims.slice(1))
  const stride = product(inner, e.span)
  const local = new Local('table', coreType(shape), true)
  cx.emit({
    kind: 'declare',
    local,
    value: { kind: 'zeros', item, length: raw('raw*', count, stride, e.span), span: e.span },
    span: e.span,
  })
  const at = new Local('at', INT_TYPE, false)
  const plain = literalNumber(made.base) === 0 && made.step === undefined
  if (!plain) cx.emit({ kind: 'declare', local: at, value: int(0), span: e.span })
  const position = plain ? use(made.index) : use(at)
  loopOver(cx, { ...made, count }, e.replicator.span, () => {
    if (inner.length === 0) {
      cx.emit({ kind: 'store', array: use(local), index: position, checked: false, value: scalar(cx, e.element), span: e.element.span })
    } else {
      const target: Expr = { kind: 'slice', array: use(local), offset: raw('raw*', position, stride, e.span), length: stride }
      const checked = shape.dims.includes(undefined, 1)
      cx.emit({ kind: 'copy', target, source: value(cx, e.element), checked, span: e.element.span })
    }
    if (!plain) cx.emit({ kind: 'assign', target: at, value: raw('raw+', use(at), int(1), e.span), span: e.span })
  })
  return { kind: 'array', view: use(local), dims: [count, ...inner] }
}

/** The sizes of the elements of a constructor; those that only run time can tell are those of the first element. */
function elementSizes(cx: Context, e: ArrayConstructor, made: CoreReplicator, dims: readonly (number | undefined)[]): Expr[] {
  const sizes = dims.map((d): Expr => (d === undefined ? use(new Local('size', INT_TYPE, false)) : int(d)))
  if (!dims.includes(undefined)) return sizes
  for (const size of sizes) if (size.kind === 'local') cx.emit({ kind: 'declare', local: size.local, span: e.span })
  const body = cx.body(() => {
    cx.emit({ kind: 'declare', local: made.index, value: made.base, span: e.span })
    const first = arrayPlace(cx, e.element)
    sizes.forEach((size, i) => {
      if (size.kind === 'local') cx.emit({ kind: 'assign', target: size.local, value: first.dims[i] ?? int(0), span: e.span })
    })
  })
  cx.emit({ kind: 'if', choices: [{ condition: operation('lt', 'int', [int(0), made.count], e.span), body }], otherwise: [], span: e.span })
  return sizes.map((size) => cx.fixed('size', size, INT_TYPE, e.span))
}
