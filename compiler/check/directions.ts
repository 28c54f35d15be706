/**
 * Which end of a channel a name stands for. A written direction is part of the type; for a channel, formal or abbreviation without one the
 * uses tell. A formal is settled when its PROC's body is done; within recursive PROCs formals are handed to formals that are not settled
 * yet, so these wait for the rest.
 */
import type { ArrayLiteral, Direction, Expression } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { VariableSymbol } from '../semantics.ts'
import { rootSymbol, type ChannelUses, type TypeContext } from './context.ts'
import { integerValue } from './evaluate.ts'
import { channelOf } from './type-model.ts'

function usesOf(ctx: TypeContext, symbol: VariableSymbol): ChannelUses {
  let uses = ctx.channelUses.get(symbol)
  if (uses === undefined) ctx.channelUses.set(symbol, (uses = { handedTo: [] }))
  return uses
}

/** Notes that the channel `expression` is input from or output to. */
export function noteDirection(ctx: TypeContext, expression: Expression, direction: Direction): void {
  for (const symbol of rootsOf(ctx, expression)) {
    const channel = channelOf(symbol.type)
    if (channel !== undefined && channel.direction === undefined) {
      const uses = usesOf(ctx, symbol)
      if (direction === '?') uses.input ??= expression.span
      else uses.output ??= expression.span
    }
    const whole = ctx.abbreviates.get(symbol)
    if (whole !== undefined) noteDirection(ctx, whole, direction)
  }
}

/** Notes that the channel `expression` is handed to a formal that may get its direction later. */
export function noteHanding(ctx: TypeContext, expression: Expression, formal: VariableSymbol, at: Span): void {
  for (const symbol of rootsOf(ctx, expression))
    if (channelOf(symbol.type)?.direction === undefined) usesOf(ctx, symbol).handedTo.push({ formal, at, name: symbol.name })
}

/** @returns the variables that a channel expression is rooted in: several for a table of channels, the one that is chosen where that is known */
function rootsOf(ctx: TypeContext, expression: Expression): readonly VariableSymbol[] {
  const at = chosen(ctx, expression)
  if (at.kind === 'array-literal') return at.elements.flatMap((element) => rootsOf(ctx, element))
  if (at.kind === 'subscript' || at.kind === 'slice') return rootsOf(ctx, at.base)
  const symbol = rootSymbol(ctx, at)
  return symbol === undefined ? [] : [symbol]
}

/** @returns the element of a table of channels, where `expression` chooses one by a constant; otherwise itself */
function chosen(ctx: TypeContext, expression: Expression): Expression {
  if (expression.kind === 'end') return chosen(ctx, expression.channel)
  if (expression.kind !== 'subscript') return expression
  const table = tableOf(ctx, chosen(ctx, expression.base))
  const index = table && integerValue(ctx, expression.index)
  const element = index === undefined ? undefined : table?.elements[Number(index)]
  return element === undefined ? expression : chosen(ctx, element)
}

/** @returns the table of channels that a name stands for, or that is written out */
function tableOf(ctx: TypeContext, expression: Expression): ArrayLiteral | undefined {
  if (expression.kind === 'array-literal') return expression
  if (expression.kind !== 'name-use') return undefined
  const symbol = rootSymbol(ctx, expression)
  const value = symbol && ctx.abbreviates.get(symbol)
  return value && tableOf(ctx, chosen(ctx, value))
}

/** @returns the direction of a formal: the one written, or the one inferred. */
export function directionOf(symbol: VariableSymbol): Direction | undefined {
  return channelOf(symbol.type)?.direction ?? symbol.inferredDirection
}

/**
 * Gives each symbol without a written direction the one its uses show.
 * @param symbols formals of a PROC that is done, or all other channel variables
 */
export function settleDirections(ctx: TypeContext, symbols: Iterable<VariableSymbol>): void {
  const open = [...symbols].filter((symbol) => ctx.channelUses.has(symbol))
  for (let changed = true; changed;) {
    changed = false
    for (const symbol of open) {
      const uses = usesOf(ctx, symbol)
      for (const { formal, at } of uses.handedTo) {
        const direction = directionOf(formal)
        if (direction === '?' && uses.input === undefined) {
          uses.input = at
          changed = true
        } else if (direction === '!' && uses.output === undefined) {
          uses.output = at
          changed = true
        }
      }
      const inferred =
        uses.input !== undefined && uses.output !== undefined
          ? undefined
          : uses.input !== undefined
            ? '?'
            : uses.output !== undefined
              ? '!'
              : undefined
      if (inferred !== undefined && symbol.inferredDirection === undefined) {
        symbol.inferredDirection = inferred
        changed = true
      } else if (inferred === undefined && symbol.inferredDirection !== undefined) {
        delete symbol.inferredDirection
        changed = true
      }
    }
  }
  for (const symbol of open) {
    const { input, output } = usesOf(ctx, symbol)
    // elements of an array may go either way
    if (symbol.role !== 'formal' || symbol.type.kind !== 'channel' || input === undefined || output === undefined) continue
    // who claims an end of a SHARED channel may claim the other one later
    if (symbol.type.shared || ctx.resolved.pragmas.shared.has(symbol)) continue
    const [first, second] = input.start < output.start ? [input, output] : [output, input]
    ctx.report(
      'E0509',
      { span: second, text: second === output ? 'output to here' : 'input from here' },
      { name: symbol.name, formal: true },
      [{ span: first, text: first === output ? 'output to here' : 'input from here' }],
    )
  }
}
