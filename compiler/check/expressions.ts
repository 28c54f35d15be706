/**
 * Types of expressions. Every expression gets its type recorded. `expected` is what the context would like: literals, and operators and
 * tables made of literals only, take it when they can; nothing else looks at it, and whether it was met is for the caller to check.
 */
import type { Expression, Name, Subscript } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { BundleType, RecordType, Symbol, Type } from '../semantics.ts'
import { inRange } from './arithmetic.ts'
import { typeFunctionCall } from './calls.ts'
import { excerpt, type TypeContext } from './context.ts'
import { demandInt, valueType } from './demand.ts'
import { noteDirection } from './directions.ts'
import { integerText, integerValue } from './evaluate.ts'
import { arrayLiteralType, literalType, stringType } from './literals.ts'
import { typeDyadic, typeMonadic } from './operators.ts'
import { allocationType } from './mobiles.ts'
import { fieldOfEnd } from './channel-types.ts'
import { replicator } from './replicators.ts'
import { nearest } from './spelling.ts'
import { namesFrom } from './scope.ts'
import { typeFrom } from './type-expressions.ts'
import {
  agrees,
  arrayOf,
  channelOf,
  describe,
  describeKind,
  endOf,
  INT,
  INT64,
  isBool,
  isInteger,
  isReal,
  kindOf,
  POISON,
  primitiveName,
  representation,
  withDirection,
} from './type-model.ts'

/** Types `expression` and records it. */
export function typeExpression(ctx: TypeContext, expression: Expression, expected?: Type): Type {
  const type = ctx.resolved.tooDeep.has(expression) ? POISON : compute(ctx, expression, expected)
  ctx.types.set(expression, type)
  return type
}

function compute(ctx: TypeContext, expression: Expression, expected: Type | undefined): Type {
  switch (expression.kind) {
    case 'literal':
      return literalType(ctx, expression, expected)
    case 'string':
      return stringType(ctx, expression, expected)
    case 'array-literal':
      return arrayLiteralType(ctx, expression, expected)
    case 'name-use': {
      const symbol = ctx.symbols.get(expression.name)
      if (symbol?.kind === 'variable') return symbol.type
      return POISON
    }
    case 'subscript':
      return subscriptType(ctx, expression)
    case 'slice':
      return sliceType(ctx, expression)
    case 'monadic':
      return typeMonadic(ctx, expression, expected)
    case 'dyadic':
      return typeDyadic(ctx, expression, expected)
    case 'conversion':
      return conversionType(ctx, expression, expression.operand, typeFrom(ctx, expression.type), expression.rounding)
    case 'function-call': {
      const symbol = ctx.symbols.get(expression.name)
      if (symbol?.kind === 'function') return typeFunctionCall(ctx, expression, symbol)
      const [operand] = expression.actuals
      if (symbol?.kind === 'type' && operand !== undefined && expression.actuals.length === 1)
        return conversionType(ctx, expression, operand, symbol.type, undefined)
      for (const actual of expression.actuals) ctx.visit.expression(actual, POISON)
      return POISON
    }
    case 'valof-expression': {
      const results = ctx.visit.valof(expression.valof, expected === undefined ? undefined : [expected])
      ctx.resultTypes.set(expression, results)
      return results[0] ?? POISON
    }
    case 'array-constructor': {
      replicator(ctx, expression.replicator)
      const array = expected && representation(expected)
      const element = valueType(ctx, expression.element, array?.kind === 'array' ? array.element : undefined)
      const count = ctx.counts.get(expression.replicator)
      if (element.kind === 'poison') return POISON
      const type = arrayOf(element, count)
      return expected?.kind === 'named' && agrees(representation(expected), type) ? expected : type
    }
    case 'size':
      return sizeType(ctx, expression)
    case 'most': {
      const type = typeFrom(ctx, expression.type)
      if (type.kind === 'poison' || isInteger(type) || isReal(type)) return type
      ctx.report('E0403', expression.span, { operator: expression.operator, type: describe(type) })
      return POISON
    }
    case 'end': {
      const type = ctx.visit.expression(expression.channel)
      const channel = channelOf(type)
      if (type.kind === 'poison') return POISON
      const name = excerpt(expression.channel.span)
      const bundleEnd = endOf(type)
      if (bundleEnd !== undefined) {
        if (bundleEnd.direction === expression.direction) return type
        ctx.report('E0519', expression.span, { name, has: bundleEnd.direction, direction: expression.direction })
        return POISON
      }
      if (channel === undefined) {
        ctx.report('E0501', expression.channel.span, { name, is: describeKind(type), operator: expression.direction })
        return POISON
      }
      if (channel.direction !== undefined && channel.direction !== expression.direction) {
        ctx.report('E0519', expression.span, { name, has: channel.direction, direction: expression.direction })
        return POISON
      }
      noteDirection(ctx, expression.channel, expression.direction)
      return withDirection(type, expression.direction)
    }
    case 'offset-of': {
      const type = typeFrom(ctx, expression.type)
      const record = representation(type)
      if (record.kind === 'record') bindField(ctx, expression.field, record)
      else if (type.kind !== 'poison')
        ctx.report('E0304', expression.type.span, { name: describe(type), is: 'not a record', wanted: 'a record type' })
      return INT
    }
    case 'allocation':
      return allocationType(ctx, expression, expected)
    case 'missing':
      return POISON
  }
}

// ---------------------------------------------------------------- parts of arrays and records

function subscriptType(ctx: TypeContext, subscript: Subscript): Type {
  const base = ctx.visit.expression(subscript.base)
  const shape = representation(base)
  const { index } = subscript
  if (shape.kind === 'end' || shape.kind === 'record') {
    const declared = fieldType(ctx, index, shape.kind === 'end' ? shape.bundle : shape)
    const type = shape.kind === 'end' ? fieldOfEnd(ctx, subscript.base, shape, declared) : declared
    ctx.types.set(index, type)
    return type
  }
  if (index.kind === 'name-use') {
    if (shape.kind === 'poison' && ctx.symbols.get(index.name) === undefined) {
      // it may be a field of a type that is not known
      ctx.symbols.set(index.name, { kind: 'poison', name: index.name.text, level: 0 })
      return POISON
    }
    demandVariable(ctx, index.name)
  }
  const good = demandInt(ctx, index, 'an index', INT)
  if (shape.kind === 'poison') return POISON
  if (shape.kind !== 'array') {
    ctx.report('E0411', subscript.base.span, { type: describeKind(base), what: 'subscripted' })
    return POISON
  }
  const value = good ? integerValue(ctx, index) : undefined
  if (value !== undefined && !ctx.complained.has(subscript) && (value < 0n || (shape.size !== undefined && value >= BigInt(shape.size)))) {
    ctx.complained.add(subscript)
    ctx.report('E0413', index.span, { index: value, size: shape.size ?? 0 })
  }
  return shape.element
}

/** @returns the type that the field which `index` names was declared with */
function fieldType(ctx: TypeContext, index: Expression, of: RecordType | BundleType): Type {
  if (index.kind === 'name-use') return bindField(ctx, index.name, of)
  reportNoField(ctx, index.span, of, undefined)
  return POISON
}

/** Binds the name of a field; @returns its type. */
function bindField(ctx: TypeContext, name: Name, of: RecordType | BundleType): Type {
  const field = ctx.fieldsOf.get(of)?.find((each) => each.name === name.text)
  if (field !== undefined) {
    ctx.symbols.set(name, field)
    return field.type
  }
  reportNoField(ctx, name.span, of, name.text)
  return POISON
}

/** Reports what stands in place of a field. @param name the name that it is, if it is one */
function reportNoField(ctx: TypeContext, span: Span, of: RecordType | BundleType, name: string | undefined): void {
  const fields = of.fields.map((each) => each.name)
  const suggestion = name === undefined ? undefined : nearest(name, fields)
  ctx.report('E0305', span, { field: name ?? excerpt(span), type: of.name, suggestion, fields })
}

/** Reports a name that nothing has, where a variable could stand: at its first use in each item of the top level, as other names. */
function reportUnknown({ resolved: { maybe, unknown, incomplete }, report }: TypeContext, name: Name): void {
  const names = unknown.get(name)
  if (names?.tell(name, 'variable') === false) return
  const isVariable = (each: Symbol): boolean => each.kind === 'variable'
  const suggestion = nearest(name.text, namesFrom(maybe.get(name), isVariable))
  const ended = suggestion === undefined ? names?.ended(name, isVariable) : undefined
  if (incomplete && suggestion === undefined && ended === undefined) return
  report('E0301', name.span, { name: name.text, what: 'variable', suggestion, hint: ended?.hint }, ended === undefined ? [] : [ended.label])
}

/** A name that might have been a field or a tag turns out to be a variable, or nothing. */
export function demandVariable(ctx: TypeContext, name: Name): void {
  const symbol = ctx.symbols.get(name)
  if (symbol?.kind === 'variable' || symbol?.kind === 'poison') return
  if (symbol === undefined) {
    if (name.text !== '') reportUnknown(ctx, name)
  } else {
    ctx.report('E0304', name.span, { name: name.text, is: kindOf(symbol), wanted: 'a variable' })
  }
  ctx.symbols.set(name, { kind: 'poison', name: name.text, level: 0 })
}

function sliceType(ctx: TypeContext, slice: Extract<Expression, { kind: 'slice' }>): Type {
  const base = ctx.visit.expression(slice.base)
  const shape = representation(base)
  const good = [slice.from, slice.count].map(
    (part, i) => part === undefined || demandInt(ctx, part, i === 0 ? 'the start of a slice' : 'the length of a slice', INT),
  )
  if (shape.kind === 'poison') return POISON
  if (shape.kind !== 'array') {
    ctx.report('E0411', slice.base.span, { type: describeKind(base), what: 'sliced' })
    return POISON
  }
  if (good.includes(false)) return arrayOf(shape.element)
  const from = slice.from === undefined ? 0n : integerValue(ctx, slice.from)
  const whole = shape.size === undefined ? undefined : BigInt(shape.size)
  const count =
    slice.count !== undefined ? integerValue(ctx, slice.count) : from !== undefined && whole !== undefined ? whole - from : undefined
  const outside =
    (count !== undefined && count < 0n) || (from !== undefined && (from < 0n || (whole !== undefined && from + (count ?? 0n) > whole)))
  if (outside && ctx.complained.has(slice)) return arrayOf(shape.element)
  if (outside) {
    ctx.complained.add(slice)
    ctx.report('E0414', slice.span, {
      from: from ?? 0n,
      count: slice.count === undefined && (count ?? 0n) < 0n ? 0n : (count ?? 0n),
      size: shape.size ?? 0,
    })
    return arrayOf(shape.element)
  }
  return arrayOf(shape.element, count === undefined ? undefined : Number(count))
}

function sizeType(ctx: TypeContext, size: Extract<Expression, { kind: 'size' }>): Type {
  const { operand, operator } = size
  let type: Type
  if (operand.kind === 'type') type = typeFrom(ctx, operand.type)
  else {
    const symbol = operand.value.kind === 'name-use' ? ctx.symbols.get(operand.value.name) : undefined
    type = ctx.visit.expression(operand.value)
    if (symbol?.kind === 'type') ctx.types.set(operand.value, (type = symbol.type))
  }
  const shape = representation(type)
  const fine = operator === 'SIZE' ? shape.kind === 'array' : shape.kind !== 'channel' && shape.kind !== 'timer' && shape.kind !== 'barrier'
  if (!fine && shape.kind !== 'poison')
    ctx.report('E0411', operand.kind === 'type' ? operand.type.span : operand.value.span, {
      type: describeKind(type),
      what: `measured with ${operator}`,
    })
  return INT
}

// ---------------------------------------------------------------- conversions

function conversionType(
  ctx: TypeContext,
  expression: Expression,
  operand: Expression,
  to: Type,
  rounding: 'ROUND' | 'TRUNC' | undefined,
): Type {
  const from = valueType(ctx, operand, literalContext(operand, to))
  if (from.kind === 'poison' || to.kind === 'poison') return to
  const a = primitiveName(from)
  const b = primitiveName(to)
  if (a === undefined || b === undefined) {
    const same = rounding === undefined && (agrees(representation(from), representation(to)) || agrees(from, to))
    if (!same) ctx.report('E0410', expression.span, { from: describe(from), to: describe(to) })
    return to
  }
  const real = isReal(from) || isReal(to)
  const bool = isBool(from) || isBool(to)
  if (real && bool) ctx.report('E0410', expression.span, { from: describe(from), to: describe(to) })
  else if (real && rounding === undefined && a !== b && !(a === 'REAL32' && b === 'REAL64')) {
    const hint =
      operand.kind === 'literal' && operand.literal === 'integer'
        ? `write \`${excerpt(operand.span)}.0(${describe(to)})\``
        : `say how to round: \`${describe(to)} ROUND ${excerpt(operand.span)}\` or \`${describe(to)} TRUNC ${excerpt(operand.span)}\``
    ctx.report('E0410', expression.span, { from: describe(from), to: describe(to), hint })
  } else if (!real && rounding !== undefined)
    ctx.report('E0410', expression.span, {
      from: describe(from),
      to: describe(to),
      hint: `nothing is rounded between these: leave out ${rounding}`,
    })
  return to
}

/** What a literal under a conversion should be: reals get the full precision of their target, large integers get room. */
function literalContext(operand: Expression, to: Type): Type | undefined {
  if (operand.kind !== 'literal' || operand.decoration !== undefined) return undefined
  if (operand.literal === 'real') return isReal(to) ? to : undefined
  if (operand.literal !== 'integer' || operand.text.startsWith('#') || representation(to) !== INT64) return undefined
  const value = integerText(operand.text)
  return value !== undefined && !inRange(value, 'INT') ? to : undefined
}
