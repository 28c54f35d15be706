/** Operators: inline where nothing can go wrong, calls of checked functions where something can. */
import { rangeOf, rangeOfType } from '../core/ir/range.ts'
import { isReal, literalNumber } from '../core/ir/build.ts'
import { canFault } from '../core/ir/faults.ts'
import { faultsItself } from '../core/passes/relax.ts'
import type { Expr, Operator, Scalar } from '../core/ir/ir.ts'
import { bare, expr } from './expressions.ts'
import { comparedLocal, widened } from './literals.ts'
import type { RoutineEmitter } from './routine.ts'

type Operation = Extract<Expr, { kind: 'operation' }>

const SUFFIX: Readonly<Record<Scalar, string>> = {
  bool: '',
  byte: '8',
  int16: '16',
  int: '',
  int32: '',
  int64: '64',
  real32: 'Real32',
  real64: 'Real64',
}

const COMPARISON: Partial<Record<Operator, string>> = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' }
const RAW: Partial<Record<Operator, string>> = { 'raw+': '+', 'raw-': '-', 'raw*': '*' }
const BITS: Partial<Record<Operator, string>> = { bitand: '&', bitor: '|', bitxor: '^' }

/** @returns the text of an operation */
export function arithmetic(m: RoutineEmitter, e: Operation): string {
  const { operator, scalar } = e
  const [left, right] = e.operands
  if (left === undefined) throw new Error('an operation has an operand')
  if (right !== undefined && isReal(scalar) && REAL_OPERATORS[operator] !== undefined) return real(m, e, left, right)
  const x = expr(m, left)
  const y = right === undefined ? '' : expr(m, right)
  if ((operator === 'eq' || operator === 'ne') && right !== undefined) return equality(m, e, left, right, x, y)
  const infix = COMPARISON[operator] ?? RAW[operator] ?? BITS[operator]
  // Kept to 32 bits, which V8 then knows.
  if (operator === 'raw+' || operator === 'raw-') return `((${x} ${operator === 'raw+' ? '+' : '-'} ${y}) | 0)`
  if (infix !== undefined) return `(${x} ${infix} ${y})`
  switch (operator) {
    case 'and':
      return `(${x} && ${y})`
    case 'or':
      return `(${x} || ${y})`
    case 'not':
      return `!${x}`
    case 'raw/':
      return `((${x} / ${y}) | 0)`
    case 'scale':
      if (rangeOf(e) !== undefined) return `Math.imul(${bare(x)}, ${bare(y)})`
      return (right === undefined ? undefined : m.strip?.product(left, right)) ?? `${m.unit.abi('scale')}(${bare(x)}, ${bare(y)})`
    case 'plus':
    case 'minus':
    case 'times':
      return wrapping(operator, scalar, x, y)
    case 'after':
      if (scalar === 'byte') return `(((${x} - ${y}) << 24) > 0)` // up to half of the way round is later
      return scalar === 'int64' ? `(${wrapping('minus', scalar, x, y)} > 0n)` : `(${wrapping('minus', scalar, x, y)} > 0)`
    case 'bitnot':
      return scalar === 'byte' ? `(~${x} & 255)` : `~${x}`
    case 'shl':
    case 'shr':
      return shift(m, e, operator, x, y)
    case 'divide':
    case 'remainder':
      return division(m, e, operator, x, y)
    case 'add':
    case 'subtract':
    case 'multiply':
      return checked(m, e, `${operator}${SUFFIX[scalar]}`, x, y)
    case 'negate':
      if (isReal(scalar)) return `(-${x})`
      return `${m.unit.abi(`negate${SUFFIX[scalar]}`)}(${bare(x)}, $, ${m.unit.site(e.span)})`
    case 'eq':
    case 'ne':
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
    case 'bitand':
    case 'bitor':
    case 'bitxor':
    case 'raw*':
      throw new Error(`${operator} is an infix operator`)
  }
}

const REAL_OPERATORS: Partial<Record<Operator, string>> = { add: '+', subtract: '-', multiply: '*', divide: '/', ...RAW }

const FUNCTIONS: Partial<Record<Operator, string>> = {
  'raw+': 'add',
  'raw-': 'subtract',
  'raw*': 'multiply',
}

/**
 * A sum, difference, product or quotient of reals. Those of what is not finite are not finite, so the check of the outermost operation tells
 * whether something went wrong in its operands. (A quotient by what is not finite is: so divisors are checked by themselves.) What is not
 * finite is computed again, this time with every check, to find the first that went wrong.
 */
function real(m: RoutineEmitter, e: Operation, left: Expr, right: Expr): string {
  const { operator, scalar } = e
  const isRaw = RAW[operator] !== undefined
  if (m.isExact || (!isRaw && e.earlier === undefined && !isUnrooted(e, 0) && !isUnrooted(e, 1))) {
    const name = `${isSurelyFinite(e) ? 'ratio' : (FUNCTIONS[operator] ?? operator)}${SUFFIX[scalar]}`
    return checked(m, e, name, expr(m, left), expr(m, right))
  }
  const text = unrooted(m, e)
  if (isRaw) return text
  const name = m.scratch()
  m.isExact = true
  const exact = [...(e.earlier ?? []), e].map((x) => bare(expr(m, x))).join(', ')
  m.isExact = false
  // The sign says to whoever verifies the unit that a sum is a number; it costs nothing.
  const value = REAL_OPERATORS[operator] === '+' && scalar === 'real64' ? `+${text}` : bare(text)
  return `((${name} = ${value}) - ${name} === 0 ? ${name} : (${exact}))`
}

/** @returns whether the check of an operand is left to `e`, which is an operation on reals */
function isUnrooted(e: Operation, which: 0 | 1): boolean {
  const [operand, right] = [e.operands[which], e.operands[1]]
  if (operand?.kind !== 'operation' || REAL_OPERATORS[operand.operator] === undefined || !isReal(operand.scalar) || right === undefined)
    return false
  if (e.operator === 'divide') return which === 0 && !canFault(right)
  return which === 1 || !faultsItself(right)
}

/** An operation on reals, and those operands of it whose checks can be left to it, without a check. */
function unrooted(m: RoutineEmitter, e: Operation): string {
  const operand = (which: 0 | 1): string => {
    const o = e.operands[which]
    if (o === undefined) throw new Error('an operation has two operands')
    return o.kind === 'operation' && isUnrooted(e, which) ? unrooted(m, o) : expr(m, o)
  }
  const text = `(${operand(0)} ${REAL_OPERATORS[e.operator] ?? ''} ${operand(1)})`
  return e.scalar === 'real32' ? `Math.fround${text}` : text
}

/** A number of the text by an integer: at least 1, or the zero that is a fault. */
function isSurelyFinite(e: Operation): boolean {
  const [left, right] = e.operands
  if (e.operator !== 'divide') return false
  const isNumber = left?.kind === 'literal' && typeof left.value === 'number' && Number.isFinite(left.value)
  return isNumber && right?.kind === 'convert' && rangeOfType(right.from) !== undefined
}

function equality(m: RoutineEmitter, e: Operation, left: Expr, right: Expr, x: string, y: string): string {
  const infix = e.operator === 'eq' ? '===' : '!=='
  if (e.scalar === 'bool') {
    const [literal, other] = right.kind === 'literal' ? [right, x] : [left, y]
    if (literal.kind !== 'literal') return `(${widened(x, 'bool')} ${infix} ${y})`
    return (literal.value === true) === (e.operator === 'eq') ? other : `!${other}`
  }
  const narrows = [left, right].some((o) => {
    const local = comparedLocal(o)
    return local !== undefined && m.compared.has(local)
  })
  const literals = left.kind === 'literal' && right.kind === 'literal' // parts of a comparison of several values
  if ((narrows || literals) && right.kind === 'literal') return `(${x} ${infix} ${widened(y, e.scalar)})`
  if (narrows && left.kind === 'literal') return `(${widened(x, e.scalar)} ${infix} ${y})`
  return `(${x} ${infix} ${y})`
}

function checked(m: RoutineEmitter, e: Operation, name: string, x: string, y: string): string {
  return `${m.unit.abi(name)}(${bare(x)}, ${bare(y)}, $, ${m.unit.site(e.span)})`
}

function wrapping(operator: 'plus' | 'minus' | 'times', scalar: Scalar, x: string, y: string): string {
  if (scalar === 'int64') return `BigInt.asIntN(64, ${x} ${operator === 'plus' ? '+' : operator === 'minus' ? '-' : '*'} ${y})`
  const t = operator === 'times' ? `Math.imul(${bare(x)}, ${bare(y)})` : `(${x} ${operator === 'plus' ? '+' : '-'} ${y})`
  switch (scalar) {
    case 'byte':
      return `(${t} & 255)`
    case 'int16':
      return `((${t} << 16) >> 16)`
    case 'int':
    case 'int32':
      return operator === 'times' ? t : `(${t} | 0)`
    case 'bool':
    case 'real32':
    case 'real64':
      throw new Error(`${operator} on ${scalar}`)
  }
}

const WIDTH: Partial<Record<Scalar, number>> = { byte: 8, int16: 16, int: 32, int32: 32 }

function shift(m: RoutineEmitter, e: Operation, operator: 'shl' | 'shr', x: string, y: string): string {
  const width = WIDTH[e.scalar]
  const right = e.operands[1]
  const n = right === undefined ? undefined : literalNumber(right)
  if (width === undefined || n === undefined || n < 0 || n >= width) return checked(m, e, `${operator}${SUFFIX[e.scalar]}`, x, y)
  switch (e.scalar) {
    case 'byte':
      return operator === 'shl' ? `((${x} << ${n}) & 255)` : `(${x} >>> ${n})`
    case 'int16':
      return operator === 'shl' ? `((${x} << ${16 + n}) >> 16)` : `((((${x} & 65535) >>> ${n}) << 16) >> 16)`
    case 'bool':
    case 'int':
    case 'int32':
    case 'int64':
    case 'real32':
    case 'real64':
      return operator === 'shl' ? `(${x} << ${n})` : n === 0 ? x : `(${x} >>> ${n})`
  }
}

/** Division by what cannot be zero or -1 needs no check. */
function division(m: RoutineEmitter, e: Operation, operator: 'divide' | 'remainder', x: string, y: string): string {
  const { scalar } = e
  const right = e.operands[1]
  const divisor = right === undefined ? undefined : rangeOf(right)
  const word = scalar === 'int' || scalar === 'int32' || scalar === 'int16' || scalar === 'byte'
  if (word && divisor !== undefined && (divisor[0] > 0 || divisor[1] < -1)) {
    return operator === 'divide' ? `((${x} / ${y}) | 0)` : `((${x} % ${y}) | 0)`
  }
  if (scalar === 'byte' || (scalar === 'int16' && operator === 'remainder')) return checked(m, e, operator, x, y)
  return checked(m, e, `${operator}${SUFFIX[scalar]}`, x, y)
}
