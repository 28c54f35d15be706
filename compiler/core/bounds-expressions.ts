/** Bounds within expressions: which of their checks can fail, and what a check or a condition tells of the variables in it. */
import { int, literalNumber } from './build.ts'
import type { State } from './bounds-state.ts'
import type { Expr } from './ir.ts'
import { rangeOf, rangeOfType, surelyWithin, unchecked } from './range.ts'
import type { Range } from './range.ts'
import { mapOperands } from './rewrite.ts'

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
      case 'element': {
        const array = this.expr(e.array)
        const index = this.expr(e.index)
        return { ...e, array, index, checked: e.checked && this.subscript(array, index, e.told) }
      }
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
      default:
        return mapOperands(e, (x) => this.expr(x))
    }
  }

  /** Follows the evaluation of several expressions, one after the other. */
  exprs(list: readonly Expr[]): Expr[] {
    return list.map((e) => this.expr(e))
  }

  /** Follows the check of a subscript. @returns whether it can fail */
  subscript(array: Expr, index: Expr, told: { readonly index: Expr; readonly size: Expr } | undefined): boolean {
    const length = this.state.length(array)
    if (length !== undefined && surelyWithin(index, int(length), this.state)) return false
    // With `told` it is that subscript which is inside its dimension when the flat index is inside the array.
    if (told === undefined) this.narrow(index, [0, (length ?? LARGEST) - 1])
    else this.narrow(told.index, [0, (rangeOf(told.size, this.state)?.[1] ?? LARGEST) - 1])
    return true
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
      default:
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
      default:
        return this.state.length(value)
    }
  }
}
