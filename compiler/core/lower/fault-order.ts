/**
 * The order of faults: of two faults in one statement that comes first which stands first in the text.
 *
 * What is left of an expression after flattening is evaluated from left to right. But statements that an operand needs come before all of the
 * expression; so operands to the left that may fault are evaluated before these statements, into locals. Those that cannot fault stay where
 * they are: functions have no side effects, and nobody can tell.
 */
import type { Context } from './context.ts'
import { isReal, typeOf } from '../ir/build.ts'
import type { Expr, Operator, Stmt } from '../ir/ir.ts'
import { rangeOf, rangeOfType } from '../passes/range.ts'
import type { Span } from '../../../grammar/source.ts'
import { eachOperand } from '../ir/walk.ts'

const FAULTING: ReadonlySet<Operator> = new Set(['add', 'subtract', 'multiply', 'divide', 'remainder', 'negate', 'shl', 'shr'])

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
function mayFault(s: Stmt): boolean {
  return s.kind !== 'declare' || (s.value !== undefined && canFault(s.value))
}

/**
 * @param bounds whether the check of a subscript counts
 * @returns whether the evaluation of `e` may fault
 */
export function canFault(e: Expr, bounds = true): boolean {
  if (e.kind === 'apply' || (e.kind === 'bound' && bounds)) return true
  if (e.kind === 'convert' && isNarrowing(e)) return true
  if (e.kind === 'operation' && FAULTING.has(e.operator) && !(e.operator === 'negate' && isReal(e.scalar))) return true
  if ((e.kind === 'element' && e.checked) || (e.kind === 'intrinsic' && e.faults)) return true
  let found = false
  eachOperand(e, (operand) => {
    found ||= canFault(operand, bounds)
  })
  return found
}

/** @returns whether a conversion may meet a value that the type does not have */
function isNarrowing({ from, to, operand }: Extract<Expr, { kind: 'convert' }>): boolean {
  if (from === 'bool') return false
  if (isReal(to)) return from === 'real64'
  if (isReal(from) || to === 'bool') return true
  if (to === 'int64') return false
  const [values, limits] = [rangeOf(operand) ?? rangeOfType(from), rangeOfType(to)]
  return values === undefined || limits === undefined || values[0] < limits[0] || values[1] > limits[1]
}
