/** Expressions whose type comes from the context. */
import type { Expression } from '../../grammar/ast.ts'
import { ARITHMETIC, SHIFTS } from './operator-kinds.ts'
import { MAX_DEPTH } from './resolve-expressions.ts'

/**
 * @param test what must be true of each operand of the arithmetic in `expression` whose type is that of the whole, and of each element of a table
 * @returns whether it is; false for what is nested too deeply
 */
function everyOperand(expression: Expression, test: (operand: Expression) => boolean, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false
  if (expression.kind === 'monadic') return everyOperand(expression.operand, test, depth + 1)
  if (expression.kind === 'dyadic' && ARITHMETIC.has(expression.operator))
    return (
      everyOperand(expression.left, test, depth + 1) && (SHIFTS.has(expression.operator) || everyOperand(expression.right, test, depth + 1))
    )
  if (expression.kind === 'array-literal' && expression.decoration === undefined)
    return expression.elements.every((element) => everyOperand(element, test, depth + 1))
  return test(expression)
}

/** @returns whether `expression` is made of undecorated literals only, so that its type comes from the context. */
export function isFlexible(expression: Expression): boolean {
  return everyOperand(expression, (operand) => operand.kind === 'literal' && operand.decoration === undefined && operand.literal !== 'bool')
}

/** @returns whether a flexible expression has a character in it, so that it is of type BYTE where the context says nothing */
export function hasCharacter(expression: Expression): boolean {
  return !everyOperand(expression, (operand) => operand.kind !== 'literal' || operand.literal !== 'byte')
}
