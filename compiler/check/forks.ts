/** FORK: what a process that is made at will may be given, and may use. */
import type { Expression, Fork } from '../../grammar/ast.ts'
import type { VariableSymbol } from '../semantics.ts'
import { typeProcCall } from './calls.ts'
import { describeFormal } from './formals.ts'
import { excerpt, rootSymbol, type TypeContext } from './context.ts'
import { noteEffect } from './demand.ts'
import { take } from './mobiles.ts'
import { baseElement, isData, isReference } from './type-model.ts'

/** What is around a process in a FORKING, within its PROC. */
export const FORKING_AROUND = 'a FORKING'

/** Types `FORK p (a, b)`. */
export function typeFork(ctx: TypeContext, fork: Fork): void {
  const { call, span } = fork
  if (!ctx.holding.includes(FORKING_AROUND)) ctx.looseForks.add(fork)
  noteEffect(ctx, 'has a FORK', span)
  ctx.holding.push('a FORK')
  typeProcCall(ctx, call)
  ctx.holding.pop()
  const symbol = ctx.symbols.get(call.name)
  if (symbol?.kind === 'variable' && symbol.type.kind !== 'poison') ctx.report('E0524', call.name.span, { name: symbol.name, is: 'mobile' })
  if (symbol?.kind !== 'proc') return
  if (symbol.declaration === undefined || symbol.declaration.inline) {
    ctx.report('E0524', call.name.span, { name: symbol.name, is: symbol.declaration === undefined ? 'predefined' : 'inline' })
    return
  }
  for (const [i, formal] of symbol.formals.entries()) {
    const actual = call.actuals[i]
    if (actual === undefined) continue
    if (isReference(formal.type) && formal.mode !== 'result') take(ctx, actual, formal.type)
    else if (!mayBeGiven(ctx, formal, actual)) {
      const why = isData(formal.type) ? 'data' : 'channel'
      ctx.report('E0525', actual.span, { actual: excerpt(actual.span), formal: describeFormal(formal), why })
    }
  }
}

/** Whether a process that is forked may get an actual: one that is copied, or shared by what it is. */
function mayBeGiven(ctx: TypeContext, formal: VariableSymbol, actual: Expression): boolean {
  if (formal.type.kind === 'poison' || formal.mode === 'val' || formal.mode === 'initial') return true
  const base = baseElement(formal.type)
  if (base.kind === 'timer' || base.kind === 'barrier' || (base.kind === 'channel' && base.shared)) return true
  const root = rootSymbol(ctx, actual)
  return root !== undefined && ctx.resolved.pragmas.shared.has(root)
}
