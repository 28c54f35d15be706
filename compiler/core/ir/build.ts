/** Small constructors of Core expressions, and what can be told of an expression by looking at it. */
import type { Span } from '../../../grammar/source.ts'
import type { CoreType, Expr, Item, Local, Scalar } from './ir.ts'

export const BOOL_TYPE: CoreType = { item: 'bool', array: false }
export const INT_TYPE: CoreType = { item: 'int', array: false }

/** @returns the INT literal `n`. */
export function int(n: number): Expr {
  return { kind: 'literal', scalar: 'int', value: BigInt(n) }
}

export function use(local: Local): Expr {
  return { kind: 'local', local }
}

/** @returns the number an integer literal stands for, undefined for anything else. */
export function literalNumber(e: Expr): number | undefined {
  return e.kind === 'literal' && typeof e.value === 'bigint' ? Number(e.value) : undefined
}

/** @returns whether a variable of the type holds something that is no data: it is handed on as it is */
export const isHeld = (item: Item): item is 'channel' | 'mobile' | 'monitor' =>
  item === 'channel' || item === 'mobile' || item === 'monitor'

/** @returns whether values of the type are reals */
export const isReal = (scalar: Scalar): boolean => scalar === 'real32' || scalar === 'real64'

/** @returns what a variable of the type has before it is given a value */
export function zero(scalar: Scalar): Expr {
  return { kind: 'literal', scalar, value: scalar === 'bool' ? false : isReal(scalar) ? 0 : 0n }
}

/** @returns `left op right` of indices, folded where both are known. */
export function raw(operator: 'raw+' | 'raw-' | 'raw*' | 'raw/' | 'times' | 'scale', left: Expr, right: Expr, span: Span): Expr {
  const a = literalNumber(left)
  const b = literalNumber(right)
  if (a !== undefined && b !== undefined) {
    switch (operator) {
      case 'raw+':
        return int(a + b)
      case 'raw-':
        return int(a - b)
      case 'raw*':
      case 'times':
      case 'scale':
        return int(a * b)
      case 'raw/':
        return int(b === 0 ? 0 : Math.trunc(a / b))
    }
  }
  if (operator === 'raw+' && a === 0) return right
  if ((operator === 'raw+' || operator === 'raw-') && b === 0) return left
  if (operator !== 'raw+' && operator !== 'raw-' && b === 1) return left
  if ((operator === 'raw*' || operator === 'times') && a === 1) return right
  return { kind: 'operation', operator, scalar: 'int', operands: [left, right], span }
}

/** @returns the type of the value of `e`. */
export function typeOf(e: Expr): CoreType {
  switch (e.kind) {
    case 'literal':
      return { item: e.scalar, array: false }
    case 'table':
    case 'zeros':
      return { item: e.item, array: true }
    case 'array-of':
      return { item: e.item, array: true }
    case 'clone':
    case 'slice': {
      const { item, array, direction } = typeOf(e.array)
      return direction === undefined ? { item, array } : { item, array, direction }
    }
    case 'content':
      return { item: e.item, array: true }
    case 'new-channel':
      return { item: 'channel', array: false }
    case 'new-channels':
      return { item: 'channel', array: true }
    case 'local':
      return e.local.type
    case 'element': {
      const { item, direction } = typeOf(e.array)
      return direction === undefined ? { item, array: false } : { item, array: false, direction }
    }
    case 'present':
      return typeOf(e.channel)
    case 'length':
    case 'bound':
    case 'clock':
      return INT_TYPE
    case 'operation':
      switch (e.operator) {
        case 'eq':
        case 'ne':
        case 'lt':
        case 'le':
        case 'gt':
        case 'ge':
        case 'after':
        case 'and':
        case 'or':
        case 'not':
          return BOOL_TYPE
        case 'add':
        case 'bitand':
        case 'bitnot':
        case 'bitor':
        case 'bitxor':
        case 'divide':
        case 'minus':
        case 'multiply':
        case 'negate':
        case 'plus':
        case 'raw-':
        case 'raw*':
        case 'raw/':
        case 'raw+':
        case 'remainder':
        case 'scale':
        case 'shl':
        case 'shr':
        case 'subtract':
        case 'times':
          return { item: e.scalar, array: false }
      }
    case 'convert':
      return { item: e.to, array: false }
    case 'intrinsic':
    case 'apply':
    case 'received':
    case 'blank':
    case 'referent':
      return e.type
    case 'retype':
      return e.to
  }
}
