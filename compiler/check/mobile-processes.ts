/** Mobile processes: PROC TYPE, MOBILE PROC, what is run by an activation, and where a process may suspend itself. */
import type { Allocation, ProcCall, ProcDeclaration, ProcessTypeDeclaration } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { ProcessType, ProcSymbol, VariableSymbol } from '../semantics.ts'
import type { TypeContext } from './context.ts'
import { effectsOf, noteEffect } from './demand.ts'
import { describeFormal } from './formals.ts'
import { agrees, channelOf, describe, endOf, kindOf, processOf } from './type-model.ts'
import { namedType } from './type-expressions.ts'

/** Types `PROC TYPE P IS (...)`, whose formals have their types. */
export function processTypeOf(ctx: TypeContext, declaration: ProcessTypeDeclaration): ProcessType {
  const formals: VariableSymbol[] = []
  for (const formal of declaration.formals) {
    const symbol = ctx.symbols.get(formal.name)
    if (symbol?.kind !== 'variable') continue
    formals.push(symbol)
    const isEnd = channelOf(symbol.type)?.direction !== undefined || endOf(symbol.type) !== undefined
    if (symbol.type.kind !== 'poison' && !(isEnd && formal.mode === 'reference'))
      ctx.report('E0554', formal.span, { formal: describeFormal(symbol) })
  }
  return { kind: 'process', name: declaration.name.text, formals }
}

/** Reports a MOBILE PROC that has not the parameters of its PROC TYPE. */
export function implementsType(ctx: TypeContext, declaration: ProcDeclaration, symbol: ProcSymbol): void {
  const { implements: name } = declaration
  if (name === undefined || declaration.brokenHeader === true) return
  const type = namedType(ctx, name)
  if (type.kind !== 'process') {
    if (type.kind !== 'poison') ctx.report('E0304', name.span, { name: name.text, is: 'a type', wanted: 'a PROC TYPE' })
    return
  }
  const same =
    type.formals.length === symbol.formals.length &&
    type.formals.every((formal, i) => {
      const mine = symbol.formals[i]
      return mine !== undefined && agrees(formal.type, mine.type) && describe(formal.type) === describe(mine.type)
    })
  if (!same)
    ctx.report('E0553', declaration.name.span, {
      name: symbol.name,
      type: type.name,
      wanted: type.formals.map(describeFormal).join(', '),
    })
}

/** What is known of the names of a program. */
interface Known {
  readonly symbols: Pick<TypeContext['symbols'], 'get'>
}

/** @returns the PROC that an allocation makes a mobile process of; undefined when it makes something else */
export function madeOf(known: Known, { type }: Pick<Allocation, 'type'>): ProcSymbol | undefined {
  const symbol = type.kind === 'named-type' ? known.symbols.get(type.name) : undefined
  return symbol?.kind === 'proc' ? symbol : undefined
}

/** @returns a PROC with the parameters of the mobile process that a call runs; undefined when it runs none */
export function activated(known: Known, { name }: ProcCall): (ProcSymbol & { readonly variable: VariableSymbol }) | undefined {
  const symbol = known.symbols.get(name)
  if (symbol?.kind !== 'variable') return undefined
  const type = processOf(symbol.type)
  return type && { kind: 'proc', name: symbol.name, level: symbol.level, formals: type.formals, variable: symbol }
}

/** Reports a call of something that is neither a PROC nor a mobile process. */
export function reportNoProc(ctx: TypeContext, { name }: ProcCall): void {
  const symbol = ctx.symbols.get(name)
  if (symbol?.kind === 'variable' && symbol.type.kind !== 'poison')
    ctx.report(
      'E0304',
      name.span,
      { name: symbol.name, is: kindOf(symbol), wanted: 'a PROC' },
      symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared here' }],
    )
}

/** A SUSPEND, or a call of a PROC that has one. @param callee the PROC */
export function suspends(ctx: TypeContext, span: Span, callee?: string): void {
  noteEffect(ctx, 'has a SUSPEND', span)
  const held = ctx.holding.at(-1)
  if (held !== undefined) ctx.report('E0552', span, { callee, what: held })
  const around = ctx.procs.at(-1)
  if (around === undefined) ctx.report('E0551', span, { callee })
  else if (around.declaration?.implements === undefined) effectsOf(ctx, around).suspends ??= span
}
