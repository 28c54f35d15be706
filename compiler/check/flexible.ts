/** Expressions whose type comes from the context. */
import type { Expression } from '../../grammar/ast.ts'
import { ARITHMETIC, SHIFTS } from './operator-kinds.ts'
import { MAX_DEPTH } from './resolve-expressions.ts'

/** @returns whether `expression` is made of undecorated literals only, so that its type comes from the context. */
export function isFlexible(expression: Expression, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false
  switch (expression.kind) {
    case 'literal':
      return expression.decoration === undefined && expression.literal !== 'bool'
    case 'monadic':
      return isFlexible(expression.operand, depth + 1)
    case 'dyadic':
      return (
        ARITHMETIC.has(expression.operator) &&
        isFlexible(expression.left, depth + 1) &&
        (SHIFTS.has(expression.operator) || isFlexible(expression.right, depth + 1))
      )
    case 'array-literal':
      return expression.decoration === undefined && expression.elements.every((element) => isFlexible(element, depth + 1))
    case 'string':
    case 'name-use':
    case 'subscript':
    case 'slice':
    case 'conversion':
    case 'function-call':
    case 'valof-expression':
    case 'array-constructor':
    case 'size':
    case 'most':
    case 'end':
    case 'offset-of':
    case 'allocation':
    case 'missing':
      return false
  }
}

/** @returns whether a flexible expression has a character in it, so that it is of type BYTE where the context says nothing */
export function hasCharacter(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
      return expression.literal === 'byte' && expression.decoration === undefined
    case 'monadic':
      return hasCharacter(expression.operand)
    case 'dyadic':
      return hasCharacter(expression.left) || (!SHIFTS.has(expression.operator) && hasCharacter(expression.right))
    case 'array-literal':
      return expression.elements.some(hasCharacter)
    case 'string':
    case 'name-use':
    case 'subscript':
    case 'slice':
    case 'conversion':
    case 'function-call':
    case 'valof-expression':
    case 'array-constructor':
    case 'size':
    case 'most':
    case 'end':
    case 'offset-of':
    case 'allocation':
    case 'missing':
      return false
  }
}
