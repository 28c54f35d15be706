/** Types of literals: undecorated ones take the type their context would like, if they can. */
import type { ArrayLiteral, Expression, Literal, StringLiteral } from '../../grammar/ast.ts'
import { realFromText } from '../../numbers/decimal.ts'
import type { RecordType, Type } from '../semantics.ts'
import { inRange, isFault, isIntegerName, rangeOf, realValue } from './arithmetic.ts'
import type { TypeContext } from './context.ts'
import { demand, reportMismatch } from './demand.ts'
import { integerText } from './evaluate.ts'
import { hasCharacter, isFlexible } from './flexible.ts'
import { demandParts, isStillArray } from './mobiles.ts'
import { typeFrom } from './type-expressions.ts'
import {
  agrees,
  arrayOf,
  BOOL,
  BYTE,
  describe,
  fillSizes,
  INT,
  isBool,
  isInteger,
  isReal,
  POISON,
  primitiveName,
  REAL32,
  representation,
} from './type-model.ts'

/** Types a number, a byte or a truth value. Where the context has no type that is known it may be anything. */
export function literalType(ctx: TypeContext, literal: Literal, expected: Type | undefined): Type {
  const decoration = literal.decoration && typeFrom(ctx, literal.decoration)
  const wanted = decoration ?? expected
  if (wanted?.kind === 'poison') return POISON
  const type = wanted !== undefined && literalFits(literal, wanted) ? wanted : decoration === undefined ? naturalType(literal) : POISON
  if (decoration !== undefined && type.kind === 'poison') {
    if (decoration.kind !== 'poison')
      ctx.report('E0405', literal.span, { text: literal.text, type: describe(decoration), hint: literalHint(literal, decoration) })
    return POISON
  }
  checkRange(ctx, literal, type)
  return type
}

/** @returns whether a literal can be of `type`. */
export function literalFits(literal: Literal, type: Type): boolean {
  switch (literal.literal) {
    case 'integer':
      return isInteger(type)
    case 'real':
      return isReal(type)
    case 'byte': // a character may be any integer: 'a'(INT), x > 'a'
      return isInteger(type)
    case 'bool':
      return isBool(type)
  }
}

function naturalType(literal: Literal): Type {
  switch (literal.literal) {
    case 'integer':
      return INT
    case 'real':
      return REAL32
    case 'byte':
      return BYTE
    case 'bool':
      return BOOL
  }
}

function literalHint(literal: Literal, type: Type): string | undefined {
  if (literal.literal === 'integer' && isReal(type)) return `write \`${literal.text}.0(${describe(type)})\``
  return undefined
}

/** A literal under a minus may be one larger: `-2147483648` is an INT. */
function checkRange(ctx: TypeContext, literal: Literal, type: Type): void {
  const name = primitiveName(type)
  if (name === undefined) return
  if (literal.literal === 'real' && (name === 'REAL32' || name === 'REAL64')) {
    if (isFault(realValue(realFromText(literal.text, name), name)))
      ctx.report('E0404', literal.span, {
        text: literal.text,
        type: describe(type),
        range: `magnitudes up to ${name === 'REAL32' ? '3.4E+38' : '1.8E+308'}`,
      })
    return
  }
  if (literal.literal !== 'integer' || !isIntegerName(name)) return
  const value = integerText(literal.text)
  if (value === undefined) return
  const [low, high] = rangeOf(name)
  const pattern = literal.text.startsWith('#')
  if (pattern ? value <= high - low : inRange(ctx.negated.has(literal) ? -value : value, name)) return
  if (ctx.delays.has(literal)) {
    ctx.report('E0703', literal.span, { delay: literal.text })
    ctx.complained.add(literal)
    return
  }
  const hint = name === 'INT' && inRange(value, 'INT64') ? `decorate it for a wider type: \`${literal.text}(INT64)\`` : undefined
  ctx.report('E0404', literal.span, {
    text: literal.text,
    type: describe(type),
    range: pattern ? `${(high - low).toString(16).length} hexadecimal digits` : `${low} to ${high}`,
    hint,
  })
  ctx.complained.add(literal)
}

/** Types a string: an array of BYTE, or of a type over it. */
export function stringType(ctx: TypeContext, literal: StringLiteral, expected: Type | undefined): Type {
  const wanted = literal.decoration === undefined ? expected : typeFrom(ctx, literal.decoration)
  const array = wanted && representation(wanted)
  const element = array?.kind === 'array' && primitiveName(array.element) === 'BYTE' ? array.element : BYTE
  const type = arrayOf(element, literal.bytes.length)
  const decides = wanted !== undefined && (wanted.kind === 'named' || literal.decoration !== undefined)
  return decides ? decorated(ctx, literal, wanted, type) : type
}

/** A literal with a decoration: the decoration has to agree. */
function decorated(ctx: TypeContext, expression: Expression, wanted: Type, natural: Type): Type {
  if (agrees(representation(wanted), natural)) return fillSizes(wanted, natural)
  reportMismatch(ctx, expression, wanted, natural)
  return POISON
}

/** Types a table or a record literal. */
export function arrayLiteralType(ctx: TypeContext, literal: ArrayLiteral, expected: Type | undefined): Type {
  const wanted = literal.decoration === undefined ? expected : typeFrom(ctx, literal.decoration)
  const shape = wanted && representation(wanted)
  if (wanted !== undefined && shape?.kind === 'record') return recordLiteralType(ctx, literal, wanted, shape)
  const typed = literal.elements.find((element) => !isFlexible(element)) ?? literal.elements.find(hasCharacter)
  let element = shape?.kind === 'array' ? shape.element : undefined
  // a table of literals takes its type from the first element that has one
  if (element === undefined && typed !== undefined) element = ctx.visit.expression(typed)
  for (const each of literal.elements) {
    if (each === typed && element !== undefined && ctx.types.has(each) && shape?.kind !== 'array') continue
    const type = ctx.visit.expression(each, element)
    if (element === undefined) element = type
    else if (agrees(element, type)) element = fillSizes(element, type)
    else {
      reportMismatch(ctx, each, element, type)
      element = type.kind === 'poison' ? POISON : element
    }
  }
  if (element === undefined) {
    ctx.report('E0434', literal.span, { what: 'an empty table', type: 'unknown' })
    return POISON
  }
  if (element.kind === 'poison') return POISON
  const type = arrayOf(element, literal.elements.length)
  if (isStillArray(type) && literal.elements.length > 0) {
    demandParts(ctx, literal, type)
    return POISON
  }
  return literal.decoration !== undefined && wanted !== undefined && wanted.kind !== 'poison'
    ? decorated(ctx, literal, wanted, type)
    : wanted?.kind === 'named' && agrees(representation(wanted), type)
      ? wanted
      : type
}

function recordLiteralType(ctx: TypeContext, literal: ArrayLiteral, type: Type, record: RecordType): Type {
  if (literal.elements.length !== record.fields.length) {
    for (const element of literal.elements) ctx.visit.expression(element)
    ctx.report('E0433', literal.span, { type: describe(type), wanted: record.fields.length, got: literal.elements.length })
    return POISON
  }
  for (const [i, field] of record.fields.entries()) {
    const element = literal.elements[i]
    if (element !== undefined) demand(ctx, element, field.type)
  }
  return type
}
