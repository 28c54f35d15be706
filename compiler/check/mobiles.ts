/** Mobiles: what is moved, what is allocated, and what has to be MOBILE. */
import type { Allocation, Expression, Monadic, ProcCall, TypeExpression } from '../../grammar/ast.ts'
import { withoutBrackets, type Span } from '../../grammar/source.ts'
import type { ProcSymbol, Type, VariableSymbol } from '../semantics.ts'
import { excerpt, rootSymbol, type Knowledge, type TypeContext } from './context.ts'
import { demandConstant, demandInt, demandWritable, noteWrite, reportMismatch, valueType } from './demand.ts'
import { evaluate } from './evaluate.ts'
import { bundleIn, demandUnclaimedEnd } from './channel-types.ts'
import { madeOf } from './mobile-processes.ts'
import { namedType, typeFrom } from './type-expressions.ts'
import {
  agrees,
  agreesButForSize,
  arrayOf,
  asMobile,
  BOOL,
  describe,
  endOf,
  holdsMobile,
  INT,
  isDynamic,
  isMobileBarrier,
  isReference,
  isSized,
  mobileOf,
  POISON,
  representation,
  soleIn,
} from './type-model.ts'

/** @returns the variable that `expression` takes its value out of when it is moved; undefined when it is a value of its own, which is copied. */
function movedFrom(known: Knowledge, expression: Expression): VariableSymbol | undefined {
  if (expression.kind === 'end' && !isBracketed(expression)) return movedFrom(known, expression.channel)
  if (expression.kind !== 'name-use' && expression.kind !== 'subscript') return undefined
  if (isBracketed(expression)) return undefined
  const type = known.types.get(expression)
  const symbol = rootSymbol(known, expression)
  return type !== undefined && isReference(type) && !isMobileBarrier(type) && symbol?.writable === true ? symbol : undefined
}

/** `y := (x)` copies. */
function isBracketed({ span }: Expression): boolean {
  return span.file.text[span.start] === '('
}

/** Notes that a typed `expression` gives its value away, if it does: it is mobile, and so is what it goes to. */
export function take(ctx: TypeContext, expression: Expression, wanted: Type): void {
  if (!isReference(wanted)) return
  const given = ctx.types.get(expression)
  if (given !== undefined && isStillArray(given) && expression.kind !== 'array-literal') {
    demandParts(ctx, expression, given)
    return
  }
  demandUnclaimedEnd(ctx, expression)
  if ((endOf(ctx.types.get(expression) ?? wanted) ?? endOf(wanted))?.shared === true) return // what is SHARED is copied
  const symbol = movedFrom(ctx, expression)
  if (symbol === undefined) {
    demandCopyable(ctx, expression, wanted)
    return
  }
  if (expression.kind === 'end') ctx.moved.add(expression.channel)
  ctx.moved.add(expression)
  noteWrite(ctx, symbol, expression)
}

/** Reports an array of mobiles that stands where something is copied. */
export function demandParts(ctx: TypeContext, expression: Expression, type: Type): void {
  ctx.report('E0436', expression.span, { type: describe(type), parts: excerpt(withoutBrackets(expression.span)) })
}

/** @returns whether it is an array of mobiles that is not mobile itself, so that it is never moved as a whole */
export function isStillArray(type: Type): boolean {
  return mobileOf(type) === undefined && holdsMobile(type)
}

/** Reports a copy of what cannot be copied. */
function demandCopyable(ctx: TypeContext, expression: Expression, wanted: Type): void {
  const isCopied = expression.kind !== 'allocation' && expression.kind !== 'missing' && ctx.types.get(expression)?.kind !== 'poison'
  const sole = soleIn(wanted)
  if (isCopied && sole !== undefined)
    ctx.report('E0544', expression.span, { name: excerpt(withoutBrackets(expression.span)), type: describe(wanted), sole })
}

/** Reports what is given where only a MOBILE variable will do. @param what begins the message: "the actual for `a`" */
export function demandMobile(ctx: TypeContext, expression: Expression, type: Type, what: string): boolean {
  if (mobileOf(type) !== undefined) return true
  if (type.kind !== 'poison') ctx.report('E0437', expression.span, { what, got: describe(type), wanted: describe(asMobile(type)) })
  return false
}

/** @returns whether an expression makes a new mobile, so that it may be given where a variable is wanted */
export function makesMobile(expression: Expression): boolean {
  return expression.kind === 'allocation' || (expression.kind === 'monadic' && expression.operator === 'CLONE')
}

/** Types `MOBILE [n]T`. */
export function allocationType(ctx: TypeContext, { type: written, span }: Allocation, expected: Type | undefined): Type {
  const bundle = bundleIn(ctx, { kind: 'allocation', type: written, span })
  if (bundle !== undefined) {
    ctx.report('E0543', span, { name: bundle.name })
    return POISON
  }
  const process = madeOf(ctx, { type: written })
  if (process !== undefined) return newProcess(ctx, process, written.span)
  const type = allocated(ctx, written)
  if (type.kind === 'poison') return POISON
  const { kind } = representation(type)
  if (kind !== 'array' && kind !== 'record' && kind !== 'barrier') {
    ctx.report('E0439', span, { type: describe(type) })
    return POISON
  }
  const mobile = asMobile(type)
  return expected?.kind === 'named' && agrees(representation(expected), type) ? expected : mobile
}

/** Types `MOBILE [n]CHAN T`, which goes to an array of channels of type `wanted`. */
export function typeChannels(ctx: TypeContext, allocation: Allocation, wanted: Type): void {
  const type = allocated(ctx, allocation.type)
  ctx.types.set(allocation, wanted)
  if (type.kind !== 'poison' && !agreesButForSize(wanted, type)) reportMismatch(ctx, allocation, wanted, type)
}

/** Types `MOBILE m`, of a MOBILE PROC. */
function newProcess(ctx: TypeContext, { name, declaration }: ProcSymbol, span: Span): Type {
  const { implements: type } = declaration ?? {}
  if (type === undefined) {
    ctx.report('E0556', span, { name, isMobile: false })
    return POISON
  }
  const found = namedType(ctx, type)
  return found.kind === 'process' ? asMobile(found) : POISON
}

/** A type whose sizes may be known at run time only. */
function allocated(ctx: TypeContext, written: TypeExpression): Type {
  if (written.kind !== 'array-type') return typeFrom(ctx, written)
  const element = allocated(ctx, written.element)
  if (written.size === undefined) {
    ctx.report('E0439', written.span, { type: describe(element.kind === 'poison' ? POISON : arrayOf(element)) })
    return POISON
  }
  if (!demandInt(ctx, written.size, 'the size of an array', INT)) return POISON
  const value = evaluate(ctx, written.size) === null ? undefined : demandConstant(ctx, written.size, 'the size of an array')
  if (element.kind === 'poison') return POISON
  return arrayOf(element, typeof value === 'bigint' && value >= 0n ? Number(value) : undefined)
}

/** Types `CLONE x` and `DEFINED x`. */
export function mobileOperator(ctx: TypeContext, expression: Monadic): Type {
  const { operator, operand } = expression
  const type = valueType(ctx, operand)
  const sole = soleIn(type)
  if (operator === 'CLONE' && sole !== undefined) {
    ctx.report('E0544', operand.span, { name: excerpt(operand.span), type: describe(type), sole })
    return POISON
  }
  if (operator === 'CLONE' || type.kind === 'poison') return operator === 'CLONE' ? type : BOOL
  if (!isDynamic(type)) ctx.report('E0438', operand.span, { name: excerpt(operand.span), type: describe(type) })
  return BOOL
}

/** Types `RESIZE.MOBILE.ARRAY.1D (x, n)`, which takes an array of any type. */
export function typeResize(ctx: TypeContext, call: ProcCall): boolean {
  const [array, size] = call.actuals
  if (array === undefined || size === undefined || call.actuals.length !== 2) return false
  const type = ctx.visit.expression(array)
  if (type.kind !== 'poison' && demandMobile(ctx, array, type, 'what is resized')) {
    const shape = representation(type)
    if (!isDynamic(type) || shape.kind !== 'array' || !isSized(shape.element))
      ctx.report('E0438', array.span, { name: excerpt(array.span), type: describe(type) })
    else demandWritable(ctx, array, 'resized')
  }
  demandInt(ctx, size, 'the size of an array', INT)
  return true
}
