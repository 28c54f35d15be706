/** Expressions and places. The compiler's tables say what names and literals mean; every value is computed here. */
import type { Expression, Literal, TypeExpression } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Type } from '../../../compiler/semantics.ts'
import { convert, dyadic, held, limits, monadic, wrapped, type Scalar } from './arithmetic.ts'
import { applyFunction, valueOf } from './calls.ts'
import { channelsOf, isChannel } from './channels.ts'
import type { Environment } from './environment.ts'
import { Fault } from './fault.ts'
import { bare, cellOf, clone, elementOf, elementType, fieldOf, fresh, isPlace, lengthOf, load, mobileElement, mobileWith, opened, sizeOf, sliceOf, store, takeOut, zeros, type Place, type Value } from './memory.ts' // prettier-ignore
import { replicated } from './replication.ts'

/** @returns the value of an expression; an array or record may be a part of a variable */
export function evaluate(env: Environment, e: Expression): Value {
  env.machine.step()
  switch (e.kind) {
    case 'literal':
      return literal(e, primitive(typeOf(env, e)))
    case 'string':
      return {
        type: { kind: 'array', size: e.bytes.length, element: { kind: 'primitive', name: 'BYTE' } },
        bytes: Uint8Array.from(e.bytes),
      }
    case 'array-literal':
      return together(env, e)
    case 'name-use':
    case 'subscript':
      return env.machine.checked.moved.has(e) ? takeOut(placeOf(env, e)) : load(placeOf(env, e))
    case 'slice':
      return load(placeOf(env, e))
    case 'monadic':
      if (e.operator === 'CLONE') return clone(placeOf(env, e.operand))
      if (e.operator === 'DEFINED') return cellOf(placeOf(env, e.operand)).held !== undefined
      if (env.machine.checked.operatorCalls.has(e)) return only(applyFunction(env, e, [e.operand]))
      return monadic(e.operator, scalar(env, e.operand), primitive(typeOf(env, e.operand)), e.span)
    case 'dyadic': {
      if (env.machine.checked.operatorCalls.has(e)) return only(applyFunction(env, e, [e.left, e.right]))
      const x = scalar(env, e.left)
      if (e.operator === 'AND') return x === true && scalar(env, e.right)
      if (e.operator === 'OR') return x === true || scalar(env, e.right)
      return dyadic(e.operator, x, scalar(env, e.right), primitive(typeOf(env, e.left)), e.span)
    }
    case 'conversion':
      return converted(env, e, e.operand, e.rounding)
    case 'function-call': {
      const [operand] = e.actuals
      if (env.symbol(e.name).kind === 'type' && operand !== undefined) return converted(env, e, operand, undefined)
      return only(applyFunction(env, e, e.actuals))
    }
    case 'valof-expression':
      return only(valueOf(env, e.valof))
    case 'array-constructor': {
      const values = [...replicated(env, e.replicator)].map((inner) => evaluate(inner, e.element))
      return gathered(elementType(typeOf(env, e)), values)
    }
    case 'size':
      return BigInt(e.operator === 'SIZE' ? lengthOf(measured(env, e.operand)) : sizeOf(measured(env, e.operand)))
    case 'most':
      return most(e.operator === 'MOSTPOS', primitive(writtenType(env, e.type)))
    case 'offset-of': {
      const field = env.symbol(e.field)
      const record = zeros(writtenType(env, e.type))
      return BigInt(field.kind === 'field' ? fieldOf(record, field.index).bytes.byteOffset - record.bytes.byteOffset : 0)
    }
    case 'allocation': {
      const element = allocatedType(env, e.type, e.span)
      return mobileWith({ kind: 'mobile', element }, zeros(element))
    }
    case 'end':
    case 'missing':
      throw new Error(`a ${e.kind} has no value`)
  }
}

/** @returns the value of an expression that goes to a variable: of a mobile that is not moved a copy, which is nothing where the mobile has nothing */
export function given(env: Environment, e: Expression): Value {
  const isCopied = (e.kind === 'name-use' || e.kind === 'subscript') && !env.machine.checked.moved.has(e)
  return isCopied && mobileElement(typeOf(env, e)) !== undefined ? clone(placeOf(env, e)) : evaluate(env, e)
}

/** @returns the value of an expression that is no array or record */
export function scalar(env: Environment, e: Expression): Scalar {
  return scalarOf(evaluate(env, e))
}

function scalarOf(value: Value): Scalar {
  if (!isPlace(value)) return value
  primitive(value.type) // a place that holds a scalar holds what is no number
  return NaN
}

/** @returns the value of an integer expression as a JavaScript number */
export function integer(env: Environment, e: Expression): number {
  return Number(scalar(env, e))
}

/** @returns the variable, or the part of one, that an expression names; a value is put into a variable of its own */
export function placeOf(env: Environment, e: Expression): Place {
  switch (e.kind) {
    case 'name-use': {
      const binding = env.find(e.name)
      if (binding?.kind !== 'data') throw new Error(`${e.name.text} is no variable`)
      return binding.place
    }
    case 'subscript': {
      const base = opened(placeOf(env, e.base))
      if (bare(base.type).kind === 'record') {
        const field = e.index.kind === 'name-use' ? env.symbol(e.index.name) : undefined
        if (field?.kind !== 'field') throw new Error('a field is wanted')
        return fieldOf(base, field.index)
      }
      return elementOf(base, checkedIndex(env, e.index, lengthOf(base.type), e.span))
    }
    case 'slice': {
      const base = opened(placeOf(env, e.base))
      return sliceOf(base, ...extent(env, e, lengthOf(base.type)))
    }
    case 'array-constructor':
    case 'array-literal':
    case 'conversion':
    case 'dyadic':
    case 'end':
    case 'function-call':
    case 'literal':
    case 'missing':
    case 'monadic':
    case 'most':
    case 'allocation':
    case 'offset-of':
    case 'size':
    case 'string':
    case 'valof-expression': {
      const value = evaluate(env, e)
      return isPlace(value) ? value : fresh(typeOf(env, e), value)
    }
  }
}

/** @returns an index that is below `size`. @throws Fault R0203 when it is not */
export function checkedIndex(env: Environment, index: Expression, size: number, span: Span): number {
  const i = integer(env, index)
  if (i < 0 || i >= size) throw new Fault('R0203', span)
  return i
}

/** @returns where a slice of `size` elements begins and how many it has. @throws Fault R0204 when it leaves them */
export function extent(env: Environment, e: Extract<Expression, { kind: 'slice' }>, size: number): [from: number, count: number] {
  const from = e.from === undefined ? 0 : integer(env, e.from)
  const count = e.count === undefined ? size - from : integer(env, e.count)
  if (from < 0 || count < 0 || from + count > size) throw new Fault('R0204', e.span)
  return [from, count]
}

/** @returns the static type of an expression */
export function typeOf(env: Environment, e: Expression): Type {
  const type = env.machine.checked.types.get(e)
  if (type === undefined) throw new Error(`an expression without a type: ${e.kind}`)
  return type
}

function primitive(type: Type) {
  const inner = bare(type)
  if (inner.kind !== 'primitive') throw new Error('a primitive type is wanted')
  return inner.name
}

function only(values: readonly Value[]): Value {
  const [value] = values
  if (value === undefined || values.length > 1) throw new Error('one value is wanted')
  return value
}

function literal(e: Literal, name: ReturnType<typeof primitive>): Scalar {
  switch (e.literal) {
    case 'bool':
      return e.byte === 1
    case 'byte':
      return BigInt(e.byte ?? 0)
    case 'real':
      return held(Number(e.text), name)
    case 'integer': {
      if (name === 'BOOL' || name === 'REAL32' || name === 'REAL64') throw new Error(`an integer as ${name}`)
      // Hexadecimal digits are a pattern of bits; a decimal number that is too large stands under a minus.
      return e.text.startsWith('#') ? wrapped(BigInt(`0x${e.text.slice(1)}`), name) : BigInt(e.text)
    }
  }
}

function most(greatest: boolean, name: ReturnType<typeof primitive>): Scalar {
  if (name === 'BOOL') throw new Error('BOOL has no limits')
  if (name === 'REAL32') return greatest ? (2 - 2 ** -23) * 2 ** 127 : -(2 - 2 ** -23) * 2 ** 127
  if (name === 'REAL64') return greatest ? Number.MAX_VALUE : -Number.MAX_VALUE
  return limits(name)[greatest ? 1 : 0]
}

function converted(env: Environment, e: Expression, operand: Expression, rounding: 'ROUND' | 'TRUNC' | undefined): Value {
  const value = evaluate(env, operand)
  const type = typeOf(env, e)
  if (isPlace(value) && bare(value.type).kind !== 'primitive') return { ...value, type }
  return convert(scalarOf(value), primitive(type), rounding, e.span)
}

/** A literal in brackets: a record where the type says so, else an array. */
function together(env: Environment, e: Extract<Expression, { kind: 'array-literal' }>): Value {
  const written = typeOf(env, e)
  const type = mobileElement(written) ?? written // a name for a mobile type
  const values = e.elements.map((element) => evaluate(env, element))
  if (bare(type).kind !== 'record') return gathered(elementType(type), values)
  const record = zeros(type)
  values.forEach((value, i) => {
    store(fieldOf(record, i), value)
  })
  return record
}

function gathered(element: Type, values: readonly Value[]): Place {
  const [first] = values
  const array = zeros({ kind: 'array', size: values.length, element: isPlace(first) ? first.type : element })
  values.forEach((value, i) => {
    store(elementOf(array, i), value)
  })
  return array
}

type Measured = Extract<Expression, { kind: 'size' }>['operand']

/** The type whose size is asked for, with the sizes that only run time knows. */
function measured(env: Environment, operand: Measured): Type {
  if (operand.kind === 'type') return writtenType(env, operand.type)
  const { value } = operand
  const symbol = value.kind === 'name-use' ? env.symbol(value.name) : undefined
  if (symbol?.kind === 'type') return symbol.type
  if (!isChannel(typeOf(env, value))) return opened(placeOf(env, value)).type
  const channels = channelsOf(env, value)
  return { kind: 'array', size: Array.isArray(channels) ? channels.length : 0, element: { kind: 'timer' } }
}

/** @returns the type of what `MOBILE [n]T` makes. @throws Fault R0211 when it has fewer than no elements */
function allocatedType(env: Environment, type: TypeExpression, span: Span): Type {
  if (type.kind !== 'array-type' || type.size === undefined) return writtenType(env, type)
  const size = integer(env, type.size)
  const element = allocatedType(env, type.element, span)
  if (size < 0) throw new Fault('R0211', span)
  return { kind: 'array', size, element }
}

/** @returns the type that is written; only its sizes are computed */
function writtenType(env: Environment, type: TypeExpression): Type {
  switch (type.kind) {
    case 'primitive':
      return { kind: 'primitive', name: type.name }
    case 'named-type': {
      const symbol = env.symbol(type.name)
      if (symbol.kind !== 'type') throw new Error('the interpreter has no mobile processes')
      return symbol.type
    }
    case 'array-type': {
      const element = writtenType(env, type.element)
      return type.size === undefined ? { kind: 'array', element } : { kind: 'array', size: integer(env, type.size), element }
    }
    case 'mobile-type':
      return { kind: 'mobile', element: writtenType(env, type.element) }
    case 'barrier-type':
    case 'chan-type':
    case 'end-type':
    case 'missing':
    case 'port-type':
    case 'timer-type':
      throw new Error(`the interpreter has no ${type.kind} as the type of data`)
  }
}
