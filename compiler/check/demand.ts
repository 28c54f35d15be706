/** Asking an expression for a type: the checks and the messages that every construct shares. */
import type { Expression } from '../../grammar/ast.ts'
import type { Label } from '../../grammar/diagnostic.ts'
import { walk } from '../../grammar/walk.ts'
import { withoutBrackets, type Span } from '../../grammar/source.ts'
import type { Protocol, Type, VariableSymbol } from '../semantics.ts'
import { BITS, isIntegerName } from './arithmetic.ts'
import { evaluate, isConstantFault } from './evaluate.ts'
import { excerpt, rootSymbol, withoutDirection, type ConstantFault, type Outcome, type TypeContext } from './context.ts'
import {
  agrees,
  agreesButForSize,
  baseElement,
  describe,
  describeKind,
  describeProtocol,
  fillSizes,
  holdsMobile,
  isBool,
  isData,
  isInteger,
  isReal,
  isSized,
  mobileOf,
  POISON,
  primitiveName,
  representation,
} from './type-model.ts'

/** Types an expression that has to be data; reports a channel, timer or barrier. */
export function valueType(ctx: TypeContext, expression: Expression, expected?: Type): Type {
  const type = ctx.visit.expression(expression, expected)
  const results = ctx.resultTypes.get(expression)
  if (results !== undefined && results.length > 1) {
    ctx.report('E0424', expression.span, {
      name: expression.kind === 'function-call' ? expression.name.text : 'VALOF',
      results: results.length,
    })
    return POISON
  }
  if (isData(type)) return type
  const base = baseElement(type)
  const hint =
    base.kind === 'channel'
      ? base.direction === '!'
        ? `it is the writing end: to send on it write \`${withoutDirection(expression)} ! x\``
        : `to receive from it write \`${withoutDirection(expression)} ? x\``
      : base.kind === 'timer'
        ? `to read it write \`${excerpt(expression.span)} ? t\``
        : undefined
  ctx.report('E0431', expression.span, { name: excerpt(expression.span), is: describeKind(type), hint })
  return POISON
}

/**
 * Types a value and demands that it is a `wanted`.
 * @param mismatch reports in the words of the construct; without it E0401 or E0432 is reported
 * @returns the type it has (poison after a report)
 */
export function demand(
  ctx: TypeContext,
  expression: Expression,
  wanted: Type,
  mismatch?: (got: Type, hint: string | undefined) => void,
): Type {
  const got = valueType(ctx, expression, wanted)
  if (agrees(wanted, got)) return got
  if (mismatch === undefined) reportMismatch(ctx, expression, wanted, got)
  else mismatch(got, conversionHint(expression, wanted, got))
  return POISON
}

/** Reports that `expression` is a `got` where a `wanted` is wanted. */
export function reportMismatch(ctx: TypeContext, expression: Expression, wanted: Type, got: Type): void {
  const parameters = { wanted: describe(wanted), got: describe(got) }
  if (wanted.kind === 'array' && got.kind === 'array' && agreesButForSize(wanted, got))
    ctx.report('E0432', expression.span, { ...parameters, hint: textHint(expression, wanted, got) })
  else ctx.report('E0401', expression.span, { ...parameters, hint: conversionHint(expression, wanted, got) })
}

/** @returns what to do with a text of another size than is wanted */
function textHint(expression: Expression, wanted: Type, got: Type): string | undefined {
  if (expression.kind !== 'string' || wanted.kind !== 'array' || got.kind !== 'array') return undefined
  const [room, length] = [wanted.size, got.size]
  if (room === undefined || length === undefined) return undefined
  return length > room
    ? `the text has ${length} characters: declare the array as \`[${length}]BYTE\`, or shorten the text`
    : `the text has ${length} characters: fill it with ${room - length} more, or give it to a slice of an array \`a\`: \`[a FROM 0 FOR ${length}]\``
}

/**
 * @param operand on which side of a dyadic operator the expression stands, if it does: what is proposed there has the brackets that it needs
 * @returns how to turn `expression` into a `wanted`, where there is a simple way
 */
export function conversionHint(expression: Expression, wanted: Type, got: Type, operand?: 'left' | 'right'): string | undefined {
  const text = excerpt(expression.span)
  if (expression.kind === 'literal' && expression.literal === 'integer' && isReal(wanted) && !text.startsWith('#'))
    return `write \`${text}.0\``
  const whole = expression.kind === 'literal' && expression.literal === 'real' && isInteger(wanted) ? /^(\d+)\.0*$/.exec(text) : null
  if (whole !== null) return `write \`${whole[1] ?? ''}\``
  if (expression.kind === 'string' && primitiveName(wanted) === 'BYTE' && expression.bytes.length === 1)
    return `write a byte literal, \`'${text.slice(1, -1)}'\``
  const from = primitiveName(got)
  const to = primitiveName(wanted)
  if (from === undefined || to === undefined) {
    if (wanted.kind !== 'named' && got.kind !== 'named') return undefined
    if (!agreesButForSize(representation(wanted), representation(got))) return undefined
    const sized = fillSizes(wanted, representation(got))
    return isSized(sized) ? `convert it: \`${wrapped(`${describe(sized)} ${bracketed(expression)}`, operand === 'left')}\`` : undefined
  }
  if (isBool(wanted) && isInteger(got)) return `compare it: \`${wrapped(`${bracketed(expression)} <> 0`, operand !== undefined)}\``
  if (isBool(wanted) || (isBool(got) && isReal(wanted))) return undefined
  const rounding = isReal(wanted) !== isReal(got) || (to === 'REAL32' && from === 'REAL64') ? ' ROUND' : ''
  return `convert it: \`${wrapped(`${describe(wanted)}${rounding} ${bracketed(expression)}`, operand === 'left')}\``
}

const wrapped = (text: string, needsBrackets: boolean): string => (needsBrackets ? `(${text})` : text)

const COMPOUND: ReadonlySet<Expression['kind']> = new Set(['dyadic', 'monadic', 'conversion', 'size', 'most'])

function bracketed(expression: Expression): string {
  return COMPOUND.has(expression.kind) ? `(${excerpt(withoutBrackets(expression.span))})` : excerpt(expression.span)
}

/** Warns that a channel carries anything on one side and messages of a protocol on the other: they travel as bytes. */
export function seenThroughAny(ctx: TypeContext, expression: Expression, a: Protocol, b: Protocol, secondary: readonly Label[] = []): void {
  ctx.bytesOnChannels = true
  const typed = a.kind === 'any' ? b : a
  if (typed.kind !== 'poison')
    ctx.report('W0501', expression.span, { name: excerpt(expression.span), protocol: describeProtocol(typed) }, secondary)
}

/** Demands an INT; `what` begins the message: "an index". */
export function demandInt(ctx: TypeContext, expression: Expression, what: string, int: Type): boolean {
  return (
    demand(ctx, expression, int, (got, hint) => {
      ctx.report('E0412', expression.span, { what, got: describe(got), hint })
    }) !== POISON
  )
}

/** Demands a BOOL; `what` begins the message: "the condition of a WHILE". */
export function demandBool(ctx: TypeContext, expression: Expression, what: string, bool: Type): void {
  const got = valueType(ctx, expression, bool)
  if (!isBool(got) && got.kind !== 'poison')
    ctx.report('E0417', expression.span, { what, got: describe(got), hint: conversionHint(expression, bool, got) })
}

/** The value of an expression that must be known now; reports when it is not. */
export function demandConstant(ctx: TypeContext, expression: Expression, what: string): Outcome {
  const outcome = evaluate(ctx, expression)
  if (isConstantFault(outcome)) reportFault(ctx, outcome)
  else if (outcome === null && ctx.types.get(expression)?.kind !== 'poison' && !ctx.complained.has(expression))
    ctx.report('E0415', expression.span, { what, slow: slowCall(ctx, expression) })
  if (outcome === null || isConstantFault(outcome)) ctx.complained.add(expression)
  return outcome
}

/** @returns a FUNCTION that `expression` calls and that takes too long to be carried out at compile time */
function slowCall(ctx: TypeContext, expression: Expression): string | undefined {
  let slow: string | undefined
  walk([expression], undefined, (node) => {
    const symbol = node.kind === 'function-call' ? ctx.symbols.get(node.name) : undefined
    if (symbol?.kind === 'function' && ctx.tooLong.has(symbol)) slow ??= symbol.name
    return undefined
  })
  return slow
}

/** Reports why a constant expression has no value, once. */
export function reportFault(ctx: TypeContext, { fault, at }: ConstantFault): void {
  if (ctx.complained.has(at)) return
  ctx.complained.add(at)
  const type = ctx.types.get(at) ?? POISON
  const operation = `\`${excerpt(at.span)}\``
  switch (fault) {
    case 'R0202': {
      ctx.report('E0427', at.span, { operation })
      return
    }
    case 'R0203':
      return // the subscript was reported when it was typed
    case 'R0205': {
      ctx.report('E0428', at.span, { what: `the shift ${operation}`, why: `\`${describe(type)}\` has ${bits(type)} bits` })
      return
    }
    case 'R0206': {
      ctx.report('E0428', at.span, { what: `the conversion ${operation}`, why: `the value does not fit in \`${describe(type)}\`` })
      return
    }
    case 'R0201':
    case 'R0208': {
      ctx.report('E0426', at.span, { operation, type: describe(type) })
      return
    }
  }
}

function bits(type: Type): number {
  const name = primitiveName(type)
  return name !== undefined && isIntegerName(name) ? BITS[name] : 0
}

/**
 * Checks that `expression` denotes something that can be written to, and notes the write for the purity of functions.
 * @param use a participle: "assigned", "input to"
 * @returns whether it can
 */
export function demandWritable(ctx: TypeContext, expression: Expression, use: string, hint?: string): boolean {
  const symbol = rootSymbol(ctx, expression)
  if (symbol === undefined) {
    // the parser has reported what can never stand on the left
    const reported = (use === 'assigned' || use === 'input to') && expression.kind !== 'subscript' && expression.kind !== 'slice'
    if (!reported && ctx.types.get(expression)?.kind !== 'poison')
      ctx.report('E0406', expression.span, { what: `\`${excerpt(expression.span)}\``, use })
    return false
  }
  if (!symbol.writable) {
    const declared = symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared here' }]
    const why = symbol.role === 'index' ? 'a replicator index' : symbol.role === 'formal' ? 'a VAL parameter' : 'a VAL abbreviation'
    ctx.report('E0407', expression.span, { name: symbol.name, why, use, hint: hint ?? variableHint(symbol) }, declared)
    return false
  }
  noteWrite(ctx, symbol, expression)
  return true
}

/** How to get a variable in place of a value. */
function variableHint({ role, name, type }: VariableSymbol): string {
  if (role === 'index') return 'count in a variable of your own with WHILE'
  if (role === 'formal') return `copy it: \`INITIAL ${describe(type)} local IS ${name}:\``
  return `to make it a variable write \`INITIAL ${describe(type)} ${name} IS ...:\``
}

/** Notes that a variable is changed: a FUNCTION may only change its own. */
export function noteWrite(ctx: TypeContext, symbol: VariableSymbol, expression: Expression): void {
  const proc = ctx.procs.at(-1)
  if (proc !== undefined && symbol.level <= proc.level) {
    const { writes } = effectsOf(ctx, proc)
    if (!writes.has(symbol)) writes.set(symbol, expression.span)
  }
  const pure = ctx.pure.at(-1)
  if (pure !== undefined && (ctx.pureDepths.get(symbol) ?? 0) < ctx.pure.length) {
    ctx.report('E0421', expression.span, { name: pure.name, what: `changes \`${symbol.name}\`, which is declared outside it` })
  }
}

export function effectsOf(ctx: TypeContext, proc: TypeContext['procs'][number]) {
  let effects = ctx.effects.get(proc)
  if (effects === undefined) ctx.effects.set(proc, (effects = { writes: new Map() }))
  return effects
}

/** Notes something that a FUNCTION may not do; reports it if we are in one. */
export function noteEffect(ctx: TypeContext, what: string, at: Expression['span']): void {
  const proc = ctx.procs.at(-1)
  if (proc !== undefined) effectsOf(ctx, proc).first ??= { what, at }
  const pure = ctx.pure.at(-1)
  if (pure !== undefined) ctx.report('E0421', at, { name: pure.name, what })
}

/** Reports a type that has something mobile in it and is not mobile itself. @returns whether it is fine */
export function demandMobileAround(ctx: TypeContext, type: Type, span: Span): boolean {
  if (mobileOf(type) !== undefined || !holdsMobile(type)) return true
  ctx.report('E0436', span, { type: describe(type) })
  return false
}
