/** Whether the evaluation of an expression may fault. */
import { isReal } from './build.ts'
import type { Expr, Operator } from './ir.ts'
import { rangeOf, rangeOfType } from './range.ts'
import { eachOperand } from './walk.ts'

const FAULTING: ReadonlySet<Operator> = new Set(['add', 'subtract', 'multiply', 'divide', 'remainder', 'negate', 'shl', 'shr'])

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
