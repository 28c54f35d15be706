/** Calls: actual parameters against formal ones. */
import type { Expression, FunctionCall, ProcCall } from '../../grammar/ast.ts'
import type { ChannelType, FunctionSymbol, ProcSymbol, Type, VariableSymbol } from '../semantics.ts'
import { excerpt, type TypeContext } from './context.ts'
import { demand, demandWritable, effectsOf, noteEffect, noteWrite, reportMismatch, seenThroughAny } from './demand.ts'
import { directionOf, noteDirection, noteHanding } from './directions.ts'
import { endActual } from './channel-types.ts'
import { demandClaimed, demandUnclaimed } from './claims.ts'
import { describeFormal } from './formals.ts'
import { activated, reportNoProc, suspends } from './mobile-processes.ts'
import { demandMobile, makesMobile, take, typeResize } from './mobiles.ts'
import {
  agreeThroughAny,
  agreeThroughExtension,
  agrees,
  channelOf,
  describe,
  describeProtocol,
  isData,
  isReference,
  isSharedEnd,
  POISON,
  sameProtocol,
  sharedEnds,
} from './type-model.ts'

/** @returns a PROC or FUNCTION as it is declared. */
export function signature(symbol: ProcSymbol | FunctionSymbol): string {
  const formals = symbol.formals.map(describeFormal).join(', ')
  return symbol.kind === 'proc'
    ? `PROC ${symbol.name} (${formals})`
    : `${symbol.results.map(describe).join(', ')} FUNCTION ${symbol.name} (${formals})`
}

/** @returns whether each value that is given has the type of its parameter, as far as that is known */
function actuals(
  ctx: TypeContext,
  symbol: ProcSymbol | FunctionSymbol,
  given: readonly Expression[],
  call: ProcCall | FunctionCall,
): boolean {
  if (symbol.declaration?.brokenHeader === true) {
    for (const actual of given) ctx.visit.expression(actual, POISON)
    return true
  }
  const declared = symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared here' }]
  if (given.length !== symbol.formals.length) {
    for (const actual of given) ctx.visit.expression(actual, POISON)
    const settled = symbol.formals.every((formal) => formal.type.kind !== 'poison')
    if (settled)
      ctx.report(
        'E0409',
        call.name.span,
        { name: symbol.name, wanted: symbol.formals.length, got: given.length, signature: signature(symbol) },
        declared,
      )
    return true
  }
  let match = true
  for (const [i, formal] of symbol.formals.entries()) {
    const actual = given[i]
    if (actual === undefined) continue
    if (isData(formal.type) && (formal.mode === 'val' || formal.mode === 'initial')) {
      if (demand(ctx, actual, formal.type).kind === 'poison') match = false
      take(ctx, actual, formal.type)
    } else matchActual(ctx, formal, actual)
  }
  return match
}

/** Checks what is given to a parameter that is not given a value. */
function matchActual(ctx: TypeContext, formal: VariableSymbol, actual: Expression): void {
  const declared = formal.declaredAt === undefined ? [] : [{ span: formal.declaredAt, text: `\`${describeFormal(formal)}\`` }]
  if (formal.type.kind === 'poison') {
    ctx.visit.expression(actual, POISON)
    return
  }
  const channel = channelOf(formal.type)
  if (channel !== undefined) {
    matchChannel(ctx, formal, channel, actual)
    return
  }
  const type = ctx.visit.expression(actual, formal.type)
  if (type.kind === 'poison') return
  if (endActual(ctx, actual, { formal: describeFormal(formal), formalType: formal.type, type })) {
    demandWritable(ctx, actual, 'passed to a parameter that is written to', undefined)
    return
  }
  if (!agrees(formal.type, type)) {
    if (isData(formal.type) && isData(type)) reportMismatch(ctx, actual, formal.type, type)
    else ctx.report('E0401', actual.span, { wanted: describe(formal.type), got: describe(type) }, declared)
    return
  }
  if (isReference(formal.type) && (makesMobile(actual) || !demandMobile(ctx, actual, type, `the actual for \`${describeFormal(formal)}\``)))
    return
  if (isData(formal.type)) demandWritable(ctx, actual, 'passed to a parameter that is written to', undefined)
}

function matchChannel(ctx: TypeContext, formal: VariableSymbol, wanted: ChannelType, actual: Expression): void {
  const type = ctx.visit.expression(actual)
  if (type.kind === 'poison') return
  const name = excerpt(actual.span)
  const channel = channelOf(type)
  const declared = formal.declaredAt === undefined ? [] : [{ span: formal.declaredAt, text: `\`${describeFormal(formal)}\`` }]
  if (channel === undefined || !agreesShape(formal.type, type)) {
    ctx.report('E0401', actual.span, { wanted: describe(formal.type), got: describe(type) }, declared)
    return
  }
  if (agreeThroughAny(formal.type, type)) seenThroughAny(ctx, actual, wanted.protocol, channel.protocol, declared)
  else if (!sameProtocol(wanted.protocol, channel.protocol) && !agreeThroughExtension(formal.type, type, directionOf(formal))) {
    ctx.report('E0515', actual.span, { name, wanted: describeProtocol(wanted.protocol), got: describeProtocol(channel.protocol) }, declared)
    return
  }
  const direction = directionOf(formal)
  if (!shares(ctx, actual, { formal, wanted, channel })) return
  if (direction === undefined) {
    if (channel.direction === undefined) noteHanding(ctx, actual, formal, actual.span)
    return
  }
  if (channel.direction !== undefined && channel.direction !== direction) {
    ctx.report('E0514', actual.span, { name, wanted: direction, formal: formal.name, has: channel.direction }, declared)
    return
  }
  noteDirection(ctx, actual, direction)
}

/** Whether an actual is SHARED as its formal is, or an end that is claimed and so is not. */
function shares(
  ctx: TypeContext,
  actual: Expression,
  { formal, wanted, channel }: { readonly formal: VariableSymbol; readonly wanted: ChannelType; readonly channel: ChannelType },
): boolean {
  const direction = wanted.direction ?? channel.direction ?? directionOf(formal)
  if (!wanted.shared) {
    for (const end of direction === undefined ? (['!', '?'] as const) : [direction]) {
      if (!demandClaimed(ctx, actual, channel, end)) return false
    }
    return true
  }
  const missing = sharedEnds({ ...wanted, ...(direction === undefined ? {} : { direction }) }).filter((end) => !isSharedEnd(channel, end))
  if (missing.length > 0) {
    ctx.report('E0528', actual.span, { name: excerpt(actual.span), is: `\`${describe(channel)}\``, formal: describeFormal(formal) })
    return false
  }
  demandUnclaimed(ctx, actual, direction)
  return true
}

/** Whether the array dimensions around two channel types agree. */
function agreesShape(a: Type, b: Type): boolean {
  if (a.kind === 'array' && b.kind === 'array')
    return (a.size === undefined || b.size === undefined || a.size === b.size) && agreesShape(a.element, b.element)
  return a.kind !== 'array' && b.kind !== 'array'
}

/** Types a call of a PROC. */
export function typeProcCall(ctx: TypeContext, call: ProcCall): void {
  const symbol = ctx.symbols.get(call.name)
  if (symbol?.kind !== 'proc') {
    const run = activated(ctx, call)
    if (run === undefined) {
      reportNoProc(ctx, call)
      for (const actual of call.actuals) ctx.visit.expression(actual, POISON)
      return
    }
    noteEffect(ctx, `runs \`${run.name}\``, call.span)
    noteWrite(ctx, run.variable, { kind: 'name-use', name: call.name, span: call.name.span })
    actuals(ctx, run, call.actuals, call)
    return
  }
  if (symbol.declaration?.implements !== undefined) ctx.report('E0556', call.name.span, { name: symbol.name, isMobile: true })
  if (symbol.predefined !== 'RESIZE.MOBILE.ARRAY.1D' || !typeResize(ctx, call)) actuals(ctx, symbol, call.actuals, call)
  if (symbol.host !== undefined) noteEffect(ctx, `calls the host service \`${symbol.name}\``, call.span)
  const effects = ctx.effects.get(symbol)
  if (effects === undefined || symbol === ctx.procs.at(-1)) return
  if (effects.suspends !== undefined) suspends(ctx, call.name.span, symbol.name)
  if (effects.first !== undefined) noteEffect(ctx, `calls \`${symbol.name}\`, which ${effects.first.what}`, call.name.span)
  const caller = ctx.procs.at(-1)
  const pure = ctx.pure.at(-1)
  for (const written of effects.writes.keys()) {
    if (caller !== undefined && written.level <= caller.level) effectsOf(ctx, caller).writes.set(written, call.name.span)
    if (pure !== undefined && (ctx.pureDepths.get(written) ?? 0) < ctx.pure.length) {
      ctx.report('E0421', call.name.span, { name: pure.name, what: `calls \`${symbol.name}\`, which changes \`${written.name}\`` })
      break
    }
  }
}

/** Types a call of a FUNCTION; with several results their types are recorded too. */
export function typeFunctionCall(ctx: TypeContext, call: FunctionCall, symbol: FunctionSymbol): Type {
  // what a call with a wrong value would give says nothing: one mistake is told once
  const results = actuals(ctx, symbol, call.actuals, call) ? symbol.results : symbol.results.map(() => POISON)
  ctx.resultTypes.set(call, results)
  return results[0] ?? POISON
}

/** @returns the types of `expression` where several results may stand: a function call or VALOF, else one type. */
export function typesOfResults(ctx: TypeContext, expression: Expression): readonly Type[] {
  const type = ctx.types.get(expression) ?? POISON
  return ctx.resultTypes.get(expression) ?? [type]
}
