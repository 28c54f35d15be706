/**
 * Which end of a channel a name stands for. A written direction is part of the type; for a channel, formal or abbreviation without one the
 * uses tell. A formal is settled when its PROC's body is done; within recursive PROCs formals are handed to formals that are not settled
 * yet, so these wait for the rest.
 */
import type { Direction, Expression } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { VariableSymbol } from '../semantics.ts'
import { rootSymbol, type ChannelUses, type TypeContext } from './context.ts'
import { channelOf } from './type-model.ts'

function usesOf(ctx: TypeContext, symbol: VariableSymbol): ChannelUses {
  let uses = ctx.channelUses.get(symbol)
  if (uses === undefined) ctx.channelUses.set(symbol, (uses = { handedTo: [] }))
  return uses
}

/** Notes that the channel `expression` is input from or output to. */
export function noteDirection(ctx: TypeContext, expression: Expression, direction: Direction): void {
  let symbol = rootSymbol(ctx, expression)
  while (symbol !== undefined) {
    if (channelOf(symbol.type)?.direction === undefined) {
      const uses = usesOf(ctx, symbol)
      if (direction === '?') uses.input ??= expression.span
      else uses.output ??= expression.span
    }
    symbol = ctx.abbreviates.get(symbol)
  }
}

/** Notes that the channel `expression` is handed to a formal that may get its direction later. */
export function noteHanding(ctx: TypeContext, expression: Expression, formal: VariableSymbol, at: Span): void {
  const symbol = rootSymbol(ctx, expression)
  if (symbol !== undefined && channelOf(symbol.type)?.direction === undefined)
    usesOf(ctx, symbol).handedTo.push({ formal, at, name: symbol.name })
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
    if (ctx.resolved.pragmas.shared.has(symbol)) continue
    const [first, second] = input.start < output.start ? [input, output] : [output, input]
    ctx.report(
      'E0509',
      { span: second, text: second === output ? 'output to here' : 'input from here' },
      { name: symbol.name, formal: true },
      [{ span: first, text: first === output ? 'output to here' : 'input from here' }],
    )
  }
}
