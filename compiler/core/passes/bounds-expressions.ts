/** Bounds within expressions: which of their checks can fail, and what a check or a condition tells of the variables in it. */
import { int, literalNumber, raw } from '../ir/build.ts'
import type { State } from './bounds-state.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Expr } from '../ir/ir.ts'
import { canFault } from '../ir/faults.ts'
import { rangeOf, rangeOfType, surelyWithin, unchecked } from '../ir/range.ts'
import type { Range } from '../ir/range.ts'
import { mapOperands } from '../ir/rewrite.ts'

const LARGEST = 2 ** 31 - 1

/** Follows the evaluation of expressions on the path that `state` describes, and narrows it by what they have passed. */
export class Evaluation {
  private readonly state: State

  constructor(state: State) {
    this.state = state
  }

  /** Follows the evaluation of an expression. @returns it without needless checks */
  expr(e: Expr): Expr {
    switch (e.kind) {
      case 'element':
        return { ...e, ...this.element(e) }
      case 'operation':
        return this.operation(e)
      case 'bound': {
        const index = this.expr(e.index)
        const limit = this.expr(e.limit)
        if (e.orNone !== true) {
          if (surelyWithin(index, limit, this.state)) return index
          this.narrow(index, [0, (rangeOf(limit, this.state)?.[1] ?? LARGEST) - 1])
        }
        return { ...e, index, limit }
      }
      case 'intrinsic': {
        const operands = this.exprs(e.operands)
        const [n] = operands
        if (e.name === 'count' && n !== undefined) {
          if ((rangeOf(n, this.state)?.[0] ?? -1) >= 0) return n
          this.narrow(n, [0, LARGEST])
        }
        return { ...e, operands }
      }
      case 'apply':
      case 'array-of':
      case 'blank':
      case 'content':
      case 'referent':
      case 'clock':
      case 'clone':
      case 'convert':
      case 'length':
      case 'literal':
      case 'local':
      case 'new-channel':
      case 'new-channels':
      case 'present':
      case 'received':
      case 'retype':
      case 'slice':
      case 'table':
      case 'zeros':
        return mapOperands(e, (x) => this.expr(x))
    }
  }

  /** Follows the evaluation of several expressions, one after the other. */
  exprs(list: readonly Expr[]): Expr[] {
    return list.map((e) => this.expr(e))
  }

  /** Follows the subscripts of an element. @returns how it is found without needless checks */
  element(e: Located): Located {
    const array = this.expr(e.array)
    const first = firstSubscript(e.index, e.array)
    if (first !== undefined) return this.ofRow(e, array, first)
    const index = this.expr(e.index)
    if (!e.checked) return { array, index, checked: false }
    const length = this.state.length(array)
    if (length !== undefined && surelyWithin(index, int(length), this.state)) return { array, index, checked: false }
    this.narrow(index, [0, (length ?? LARGEST) - 1])
    return { array, index, checked: true }
  }

  /**
   * An element of an array of several dimensions whose size is not known: the check of the first subscript is left to that of the flat index,
   * which costs less, where nothing but other subscripts can fault in between.
   */
  private ofRow(e: Located, array: Expr, { term, subscript, limit, stride, span }: FirstSubscript): Located {
    const { state } = this
    const index = this.expr(subscript)
    const size = this.expr(limit)
    const flat = (operator: 'times' | 'scale', x: Expr): Expr => {
      const row = raw(operator, x, stride, term.span)
      return this.replaced(e.index, term, row.kind === 'operation' ? unchecked(row, state) : row)
    }
    const loose = flat('scale', index)
    let found: Located
    if (surelyWithin(index, size, state)) found = { array, index: flat('times', index), checked: false }
    else if (!(index.kind === 'literal' ? canFault(loose, false) : restFaults(loose)))
      found = { array, index: loose, checked: true, told: { index, size } }
    else found = { array, index: flat('times', { kind: 'bound', index, limit: size, span }), checked: false }
    this.narrow(index, [0, (rangeOf(size, state)?.[1] ?? LARGEST) - 1])
    return found
  }

  /** Follows what is added to the first term of a sum. @returns the sum with another first term */
  private replaced(sum: Expr, term: Expr, by: Expr): Expr {
    if (sum === term || sum.kind !== 'operation') return by
    const [left, right] = sum.operands
    if (left === undefined || right === undefined) return by
    return raw('raw+', this.replaced(left, term, by), this.expr(right), sum.span)
  }

  /** The value of `e` is found to lie in `range`. */
  narrow(e: Expr, range: Range): void {
    if (e.kind === 'local') this.state.refine(e.local, range)
  }

  private operation(e: Extract<Expr, { kind: 'operation' }>): Expr {
    const { state } = this
    if (e.operator === 'and' || e.operator === 'or') {
      const [left, right] = e.operands
      if (left === undefined || right === undefined) return e
      const first = this.expr(left)
      const mark = state.mark()
      this.assume(first, e.operator === 'and')
      const second = this.expr(right)
      state.back(mark)
      return { ...e, operands: [first, second] }
    }
    return unchecked({ ...e, operands: this.exprs(e.operands) }, state)
  }

  // -------------------------------------------------------------------------------------------- conditions

  /** From here on `condition` is known to be `truth`. */
  assume(condition: Expr, truth: boolean): void {
    if (condition.kind === 'literal') {
      if (condition.value !== truth) this.state.reachable = false
      return
    }
    if (condition.kind !== 'operation') return
    const [left, right] = condition.operands
    if (left === undefined) return
    switch (condition.operator) {
      case 'not':
        this.assume(left, !truth)
        return
      case 'and':
      case 'or':
        if (truth === (condition.operator === 'and') && right !== undefined) {
          this.assume(left, truth)
          this.assume(right, truth)
        }
        return
      case 'lt':
      case 'ge':
        if (right !== undefined) this.order(left, right, (condition.operator === 'lt') === truth, condition.scalar)
        return
      case 'gt':
      case 'le':
        if (right !== undefined) this.order(right, left, (condition.operator === 'gt') === truth, condition.scalar)
        return
      case 'eq':
      case 'ne':
        if (right !== undefined && (condition.operator === 'eq') === truth) {
          const a = rangeOf(left, this.state)
          const b = rangeOf(right, this.state)
          if (b !== undefined) this.narrow(left, b)
          if (a !== undefined) this.narrow(right, a)
        }
        return
      case 'add':
      case 'after':
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
        return
    }
  }

  /** From here on `left < right`, or if not `less` `left >= right`. */
  private order(left: Expr, right: Expr, less: boolean, scalar: string): void {
    const type = rangeOfType(scalar)
    if (type === undefined) return
    const a = rangeOf(left, this.state) ?? type
    const b = rangeOf(right, this.state) ?? type
    if (less) {
      this.narrow(left, [type[0], b[1] - 1])
      this.narrow(right, [a[0] + 1, type[1]])
    } else {
      this.narrow(left, [b[0], type[1]])
      this.narrow(right, [type[0], a[1]])
    }
  }

  /** @returns the size of an array that a declaration makes or names, if it is known */
  lengthOf(value: Expr): number | undefined {
    switch (value.kind) {
      case 'zeros':
      case 'slice':
        return literalNumber(value.length)
      case 'array-of':
        return value.elements.length
      case 'clone':
        return this.lengthOf(value.array)
      case 'apply':
      case 'blank':
      case 'content':
      case 'referent':
      case 'bound':
      case 'clock':
      case 'convert':
      case 'element':
      case 'intrinsic':
      case 'length':
      case 'literal':
      case 'local':
      case 'new-channel':
      case 'new-channels':
      case 'operation':
      case 'present':
      case 'received':
      case 'retype':
      case 'table':
        return this.state.length(value)
    }
  }
}

/** Where an element is: in an expression or as the target of a store. */
type Located = Pick<Extract<Expr, { kind: 'element' }>, 'array' | 'index' | 'checked' | 'told'>

type Operation = Extract<Expr, { kind: 'operation' }>

interface FirstSubscript {
  /** The subscript, checked, times the stride. */
  readonly term: Operation
  readonly subscript: Expr
  readonly limit: Expr
  readonly stride: Expr
  readonly span: Span
}

/** @returns the first subscript of an element, where its limit is the size of the whole array divided by the stride */
function firstSubscript(index: Expr, array: Expr): FirstSubscript | undefined {
  let term = index
  while (term.kind === 'operation' && term.operator === 'raw+' && term.operands[0] !== undefined) term = term.operands[0]
  if (term.kind !== 'operation' || term.operator !== 'times') return undefined
  const [checked, stride] = term.operands
  if (checked?.kind !== 'bound' || checked.orNone === true || stride === undefined) return undefined
  const { index: subscript, limit, span } = checked
  if (limit.kind !== 'operation' || limit.operator !== 'raw/') return undefined
  const [length, divisor] = limit.operands
  const isWhole = length?.kind === 'length' && isSame(length.array, array) && divisor !== undefined && isSame(divisor, stride)
  return isWhole ? { term, subscript, limit, stride, span } : undefined
}

/** @returns whether anything but the check of a subscript can fault in what is added to the first term of a sum */
function restFaults(sum: Expr): boolean {
  if (sum.kind !== 'operation' || sum.operator !== 'raw+') return false
  const [left, right] = sum.operands
  return (left !== undefined && restFaults(left)) || (right !== undefined && canFault(right, false))
}

/** @returns whether two expressions of sizes are the same */
function isSame(a: Expr, b: Expr): boolean {
  if (a.kind === 'local') return b.kind === 'local' && a.local === b.local
  if (a.kind === 'literal') return b.kind === 'literal' && a.value === b.value
  if (a.kind !== 'operation' || b.kind !== 'operation' || a.operator !== b.operator) return false
  return a.operands.every((operand, i) => {
    const other = b.operands[i]
    return other !== undefined && isSame(operand, other)
  })
}
