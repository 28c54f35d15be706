/** Times that a process waits for: they go round with the clock, so they are added to with PLUS, and no wait is longer than half the way round. */
import type { Expression } from '../../grammar/ast.ts'
import type { Symbol } from '../semantics.ts'
import { excerpt, type TypeContext } from './context.ts'
import { demandInt } from './demand.ts'
import { evaluate, integerText, isConstantFault } from './evaluate.ts'
import { inRange } from './arithmetic.ts'
import { INT } from './type-model.ts'

const SUMS: ReadonlySet<string> = new Set(['+', '-', 'PLUS', 'MINUS'])

/** Types the time after `AFTER`; reports a sum that overflows when the clock goes round, and a delay that is too long. */
export function timeToWaitFor(ctx: TypeContext, time: Expression): void {
  const late = delaysOf(ctx, time).find((delay) => delay.kind === 'literal' && isTooLong(delay))
  if (late !== undefined) ctx.delays.add(late)
  demandInt(ctx, time, 'a time', INT)
  const sum = meant(ctx, time)
  if (sum.kind !== 'dyadic' || ctx.operatorCalls.has(sum)) return
  const delay = delaysOf(ctx, time).find((each) => {
    const outcome = evaluate(ctx, each)
    return isConstantFault(outcome) && (outcome.fault === 'R0201' || outcome.fault === 'R0206') && !ctx.complained.has(outcome.at)
  })
  if (delay !== undefined) {
    const outcome = evaluate(ctx, delay)
    if (isConstantFault(outcome)) ctx.complained.add(outcome.at)
    ctx.report('E0703', delay.span, { delay: excerpt(delay.span) })
  }
  if (sum.operator === '+' || sum.operator === '-')
    ctx.report('W0702', sum.operatorSpan, { operator: sum.operator, meant: sum.operator === '+' ? 'PLUS' : 'MINUS' })
}

/** What a name of a VAL stands for. */
function meant(ctx: TypeContext, expression: Expression): Expression {
  let at = expression
  for (let value: Expression | undefined = at; value !== undefined;) {
    at = value
    const symbol: Symbol | undefined = at.kind === 'name-use' ? ctx.symbols.get(at.name) : undefined
    value = symbol === undefined ? undefined : ctx.valueOf.get(symbol)
  }
  return at
}

/** The operands of the sum that a time is. */
function delaysOf(ctx: TypeContext, time: Expression): readonly Expression[] {
  const sum = meant(ctx, time)
  return sum.kind === 'dyadic' && SUMS.has(sum.operator) ? [sum.left, sum.right] : []
}

function isTooLong(literal: Extract<Expression, { kind: 'literal' }>): boolean {
  const value = literal.literal === 'integer' && !literal.text.startsWith('#') ? integerText(literal.text) : undefined
  return value !== undefined && !inRange(value, 'INT')
}
