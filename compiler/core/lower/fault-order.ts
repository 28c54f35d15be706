/**
 * The order of faults: of two faults in one statement that comes first which stands first in the text.
 *
 * What is left of an expression after flattening is evaluated from left to right. But statements that an operand needs come before all of the
 * expression; so operands to the left that may fault are evaluated before these statements, into locals. Those that cannot fault stay where
 * they are: functions have no side effects, and nobody can tell.
 */
import type { Context } from './context.ts'
import { typeOf } from '../ir/build.ts'
import { canFault } from '../ir/faults.ts'
import type { Expr, CoreStmt } from '../ir/ir.ts'
import type { Span } from '../../../grammar/source.ts'

/** @returns what the operands become, when they are lowered one after the other */
export function inOrder(cx: Context, operands: readonly (() => Expr)[], span: Span): Expr[] {
  const done: Expr[] = []
  for (const operand of operands) {
    const value = after(cx, operand, () => {
      holdAll(cx, done, span)
    })
    done.push(value)
  }
  return done
}

/**
 * Lowers something that stands to the right of what has been lowered.
 * @param first is called when that may fault before it is evaluated: emits what must be done before
 */
export function after<T>(cx: Context, lower: () => T, first: () => void): T {
  const [result, emitted] = cx.collect(lower)
  if (emitted.some(mayFault)) first()
  for (const s of emitted) cx.emit(s)
  return result
}

/** Evaluates those of the first `count` of `operands` that may fault, into locals that take their places. */
export function holdAll(cx: Context, operands: Expr[], span: Span, count = operands.length): void {
  operands.slice(0, count).forEach((e, i) => {
    const type = typeOf(e)
    if (!type.array && type.item !== 'channel' && canFault(e)) operands[i] = cx.fixed('operand', e, type, span)
  })
}

/** Statements that stand before an expression: of these only declarations are known to do nothing but compute. */
function mayFault(s: CoreStmt): boolean {
  return s.kind !== 'declare' || (s.value !== undefined && canFault(s.value))
}
