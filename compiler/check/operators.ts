/** Types of operators. The operands of a dyadic operator have the same type, except those of shifts. */
import type { Dyadic, Expression, Monadic } from '../../grammar/ast.ts'
import { walk } from '../../grammar/walk.ts'
import type { FunctionSymbol, Type, VariableSymbol } from '../semantics.ts'
import { excerpt, type TypeContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { hasCharacter, isFlexible } from './flexible.ts'
import { literalFits } from './literals.ts'
import { ARITHMETIC, BITWISE, BITWISE_MONADIC, CHECKED, EQUALITY, ORDER, SHIFTS, WRAPPING } from './operator-kinds.ts'
import { conversionHint, demand, demandInt, valueType } from './demand.ts'
import { mobileOperator } from './mobiles.ts'
import { agrees, BOOL, describe, INT, isBool, isInteger, isReal, POISON, primitiveName, representation } from './type-model.ts'

const isBoolLiteral = (expression: Expression): boolean =>
  expression.kind === 'literal' && expression.literal === 'bool' && expression.decoration === undefined

/** What operators of other languages are here. */
const FOREIGN: Readonly<Record<string, string>> = { '==': '=', '&&': 'AND', '%': '\\', '^': '><' }
/** Of these, those that give a truth value. */
const LOGICAL = new Set(['==', '&&'])

/** Types `left operator right`. */
export function typeDyadic(ctx: TypeContext, expression: Dyadic, expected: Type | undefined): Type {
  const { operator, left, right } = expression
  const suited = suitedOperator(ctx, expression)
  if (suited === 'poison') return POISON
  if (suited !== undefined) {
    ctx.operatorCalls.set(expression, suited)
    return suited.results[0] ?? POISON
  }
  if (operator === 'AND' || operator === 'OR') return logical(ctx, expression, expected)
  if (SHIFTS.has(operator)) {
    const type = valueType(ctx, left, expected)
    if (ctx.resolved.operators.has(expression)) {
      const user = userOperator(ctx, expression, [type, valueType(ctx, right)])
      if (user !== undefined) return user
    }
    demandInt(ctx, right, `the number of places of \`${operator}\``, INT)
    return defined(ctx, expression, type, isInteger(type)) ? type : POISON
  }
  const result = ARITHMETIC.has(operator) ? expected : undefined
  const unguided = result === undefined || !isInteger(result)
  const leftLast = isFlexible(left)
    ? !isFlexible(right) || (unguided && hasCharacter(right) && !hasCharacter(left))
    : isBoolLiteral(left) && !isBoolLiteral(right) && !isFlexible(right)
  let a: Type
  let b: Type
  if (leftLast) {
    b = valueType(ctx, right, result)
    a = valueType(ctx, left, b)
  } else {
    a = valueType(ctx, left, result)
    b = valueType(ctx, right, a)
  }
  const user = userOperator(ctx, expression, [a, b])
  if (user !== undefined) return user
  if (a.kind === 'poison' || b.kind === 'poison') return ARITHMETIC.has(operator) ? POISON : BOOL
  if (!agrees(a, b)) {
    const ofRight = conversionHint(right, a, b, 'right')
    const ofLeft = ofRight === undefined ? conversionHint(left, b, a, 'left') : undefined
    const hint = ofRight ?? ofLeft ?? (EQUALITY.has(operator) ? stringsCompared(a, b) : undefined)
    const labels = [
      { span: right.span, text: describe(b) },
      { span: left.span, text: describe(a) },
    ] as const
    const [changed, other] = ofLeft === undefined ? labels : [labels[1], labels[0]]
    ctx.report('E0402', changed, { operator, left: describe(a), right: describe(b), hint }, [other])
    return ARITHMETIC.has(operator) ? POISON : BOOL
  }
  if (CHECKED.has(operator)) return defined(ctx, expression, a, isInteger(a) || isReal(a)) ? a : POISON
  if (WRAPPING.has(operator) || BITWISE.has(operator)) return defined(ctx, expression, a, isInteger(a)) ? a : POISON
  if (ORDER.has(operator)) defined(ctx, expression, a, isInteger(a) || isReal(a))
  else if (EQUALITY.has(operator)) defined(ctx, expression, a, primitiveName(a) !== undefined)
  else if (operator === 'AFTER') defined(ctx, expression, a, isInteger(a))
  else {
    defined(ctx, expression, a, false)
    return LOGICAL.has(operator) ? BOOL : POISON
  }
  return BOOL
}

/** @returns the value that a condition which has been typed is certain to have, whatever the parts of it that only run time can tell */
function certainValue(ctx: TypeContext, condition: Expression): boolean | undefined {
  if (ctx.operatorCalls.has(condition)) return undefined
  if (condition.kind === 'dyadic' && (condition.operator === 'AND' || condition.operator === 'OR')) return ctx.certain.get(condition)
  if (condition.kind === 'monadic' && condition.operator === 'NOT') {
    const value = certainValue(ctx, condition.operand)
    return value === undefined ? undefined : !value
  }
  const value = evaluate(ctx, condition)
  return typeof value === 'boolean' ? value : undefined
}

/** Notes what is certain of a typed AND or OR. Each level looks at its two operands only, so that chains of any length are noted in linear time. */
function noteCertain(ctx: TypeContext, expression: Dyadic): void {
  const [left, right] = [certainValue(ctx, expression.left), certainValue(ctx, expression.right)]
  const decisive = expression.operator === 'OR' // of an OR, one TRUE decides; of an AND, one FALSE
  if (left === decisive || right === decisive) ctx.certain.set(expression, decisive)
  else if (left !== undefined && right !== undefined) ctx.certain.set(expression, !decisive)
}

/** An operand that is never evaluated is typed, but what its values would do wrong is no fault. */
function passOver(ctx: TypeContext, operand: Expression): void {
  walk([operand], undefined, (node) => void ctx.complained.add(node))
}

function logical(ctx: TypeContext, expression: Dyadic, expected: Type | undefined): Type {
  const wanted = expected !== undefined && isBool(expected) ? expected : BOOL
  const a = valueType(ctx, expression.left, wanted)
  if (certainValue(ctx, expression.left) === (expression.operator === 'OR')) passOver(ctx, expression.right)
  const b = valueType(ctx, expression.right, wanted)
  noteCertain(ctx, expression)
  const user = userOperator(ctx, expression, [a, b])
  if (user !== undefined) return user
  for (const [type, operand] of [
    [a, expression.left],
    [b, expression.right],
  ] as const) {
    if (type.kind === 'poison' || isBool(type)) continue
    const hint = isInteger(type)
      ? `compare it with something, or use \`${expression.operator === 'AND' ? '/\\' : '\\/'}\` for its bits`
      : undefined
    ctx.report('E0403', { span: operand.span, text: describe(type) }, { operator: expression.operator, type: describe(type), hint })
  }
  return isBool(a) ? a : BOOL
}

/** Reports an operator that is not defined for the type of its operands. */
function defined(ctx: TypeContext, expression: Dyadic, type: Type, is: boolean): boolean {
  if (is || type.kind === 'poison') return is
  const { operator } = expression
  const meant = FOREIGN[operator]
  let hint: string | undefined
  if (meant !== undefined) hint = `write \`${meant}\``
  else if (isReal(type))
    hint = WRAPPING.has(operator) ? 'reals do not wrap: use `+`, `-` or `*`' : 'bits belong to integers: RETYPES shows those of a real'
  else if (isBool(type) && BITWISE.has(operator)) hint = 'use AND, OR and NOT for truth values'
  else if (isBool(type) && ORDER.has(operator)) hint = 'truth values have no order: `=` and `<>` compare them'
  else if (isText(type) && EQUALITY.has(operator)) hint = stringsCompared(type, type)
  else if (type.kind === 'array') hint = 'arrays are worked on element by element'
  ctx.report('E0403', { span: expression.operatorSpan, text: '' }, { operator, type: describe(type), hint }, [
    { span: expression.left.span, text: describe(type) },
  ])
  return false
}

/** Types `operator operand`. */
export function typeMonadic(ctx: TypeContext, expression: Monadic, expected: Type | undefined): Type {
  const { operator, operand } = expression
  if (operator === 'CLONE' || operator === 'DEFINED') return mobileOperator(ctx, expression)
  if (operator === '-' && operand.kind === 'literal') ctx.negated.add(operand)
  const type = valueType(ctx, operand, expected)
  const user = userOperator(ctx, expression, [type])
  if (user !== undefined) return user
  if (type.kind === 'poison') return operator === 'NOT' ? BOOL : POISON
  const fine =
    operator === 'NOT'
      ? isBool(type)
      : operator === '-'
        ? isReal(type) || isInteger(type)
        : BITWISE_MONADIC.has(operator) && isInteger(type)
  if (fine) return type
  const hint =
    operator === 'NOT' && isInteger(type)
      ? `use \`~\` for the bits of an integer, or compare: \`(${excerpt(operand.span)} = 0)\``
      : isBool(type)
        ? 'use NOT for truth values'
        : undefined
  ctx.report('E0403', { span: operand.span, text: describe(type) }, { operator, type: describe(type), hint })
  return POISON
}

/**
 * The user-defined operator for an operand whose type comes from context (a number, a table, a string): the other operand and the form of
 * this one choose it, and its parameter is the context. Types both operands.
 */
function suitedOperator(ctx: TypeContext, expression: Dyadic): FunctionSymbol | 'poison' | undefined {
  const { left, right } = expression
  const candidates = ctx.resolved.operators.get(expression)?.filter((symbol) => symbol.formals.length === 2)
  const [a, b] = [isAdaptable(left), isAdaptable(right)]
  if (candidates === undefined || (!a && !b) || (a && b && isFlexible(left) && isFlexible(right))) return undefined
  const known = a && b ? undefined : valueType(ctx, a ? right : left)
  if (known?.kind === 'poison') {
    ctx.visit.expression(a ? left : right, POISON)
    return 'poison'
  }
  const fits = (operand: Expression, adaptable: boolean, formal: VariableSymbol | undefined): boolean =>
    formal !== undefined && (adaptable || known === undefined ? couldBe(operand, formal.type) : agrees(formal.type, known))
  const suits = ({ formals: [first, second] }: FunctionSymbol): boolean => fits(left, a, first) && fits(right, b, second)
  /** A character is a BYTE where one will do. */
  const asBytes = ({ formals }: FunctionSymbol): boolean =>
    [left, right].every((operand, i) => !isFlexible(operand) || !hasCharacter(operand) || isByteBased(formals[i]?.type ?? POISON))
  const chosen = candidates.find((candidate) => suits(candidate) && asBytes(candidate)) ?? candidates.find(suits)
  if (chosen === undefined) return undefined
  if (a) demand(ctx, left, chosen.formals[0]?.type ?? POISON)
  if (b) demand(ctx, right, chosen.formals[1]?.type ?? POISON)
  return chosen
}

/** Whether a type is BYTE, or a table of it. */
function isByteBased(type: Type): boolean {
  const shape = representation(type)
  return shape.kind === 'array' ? isByteBased(shape.element) : primitiveName(shape) === 'BYTE'
}

/** Whether an expression takes its type from where it stands. */
function isAdaptable(expression: Expression): boolean {
  return (
    isFlexible(expression) ||
    isBoolLiteral(expression) ||
    ((expression.kind === 'array-literal' || expression.kind === 'string') && expression.decoration === undefined)
  )
}

/** Whether an adaptable expression has the form of a `type`; what is in it and has a type of its own is not looked at. */
function couldBe(expression: Expression, type: Type): boolean {
  const shape = representation(type)
  switch (expression.kind) {
    case 'literal':
      return literalFits(expression, type)
    case 'monadic':
      return couldBe(expression.operand, type)
    case 'dyadic':
      return couldBe(expression.left, type)
    case 'string':
      return (
        shape.kind === 'array' &&
        primitiveName(shape.element) === 'BYTE' &&
        (shape.size ?? expression.bytes.length) === expression.bytes.length
      )
    case 'array-literal': {
      const { elements } = expression
      if (shape.kind === 'record')
        return elements.length === shape.fields.length && elements.every((each, i) => couldBe(each, shape.fields[i]?.type ?? POISON))
      return (
        shape.kind === 'array' &&
        (shape.size ?? elements.length) === elements.length &&
        elements.every((each) => couldBe(each, shape.element))
      )
    }
    case 'array-constructor':
    case 'conversion':
    case 'end':
    case 'function-call':
    case 'missing':
    case 'most':
    case 'name-use':
    case 'allocation':
    case 'offset-of':
    case 'size':
    case 'slice':
    case 'subscript':
    case 'valof-expression':
      return true
  }
}

/** The result type of the user-defined operator that fits, if one does. */
function userOperator(ctx: TypeContext, expression: Dyadic | Monadic, operands: readonly Type[]): Type | undefined {
  const candidates = ctx.resolved.operators.get(expression)
  if (candidates === undefined) return undefined
  const fits = (symbol: FunctionSymbol): boolean =>
    symbol.formals.length === operands.length &&
    symbol.formals.every((formal, i) => {
      const operand = operands[i]
      return operand !== undefined && operand.kind !== 'poison' && agrees(formal.type, operand)
    })
  const chosen = candidates.find(fits)
  if (chosen === undefined) return undefined
  ctx.operatorCalls.set(expression, chosen)
  return chosen.results[0]
}

const isText = (type: Type): boolean => type.kind === 'array' && primitiveName(type.element) === 'BYTE'

/** @returns how texts are compared, whatever their sizes; nothing where one of the two is no text */
function stringsCompared(a: Type, b: Type): string | undefined {
  return isText(a) && isText(b) ? 'strings are compared by `equal.string (s, t)` of the library `course`' : undefined
}
