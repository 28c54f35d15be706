/** Goes through expressions as they are worked out at run time. What is to be done with a variable that is read is left open. */
import type { Expression, Replicator, ValueProcess } from '../../../grammar/ast.ts'
import { sizesOf } from '../../../grammar/ast-types.ts'
import type { Span } from '../../../grammar/source.ts'
import type { FunctionSymbol } from '../../semantics.ts'
import { endOf, POISON } from '../type-model.ts'
import type { Typed } from '../types.ts'

export abstract class ExpressionWalk {
  constructor(protected readonly typed: Typed) {}

  /** The value of a variable, or of a part of one, is read. Its subscripts come next. */
  protected abstract use(expression: Expression): void

  /** A FUNCTION is called, by its name or by an operator. The actuals have been read. */
  protected abstract called(symbol: FunctionSymbol, actuals: readonly Expression[], at: Span): void

  protected abstract valof(valof: ValueProcess): void

  /** The replicator of an array constructor. */
  protected abstract replicator(replicator: Replicator): void

  /** Goes through the expressions inside a region that are read to find it. */
  protected subscripts(expression: Expression): void {
    switch (expression.kind) {
      case 'subscript': {
        this.subscripts(expression.base)
        const field = expression.index.kind === 'name-use' && this.typed.symbols.get(expression.index.name)?.kind === 'field'
        if (!field) this.read(expression.index)
        return
      }
      case 'slice':
        this.subscripts(expression.base)
        if (expression.from !== undefined) this.read(expression.from)
        if (expression.count !== undefined) this.read(expression.count)
        return
      case 'end': {
        this.subscripts(expression.channel)
        return
      }
      case 'array-literal': {
        for (const element of expression.elements) this.subscripts(element)
        return
      }
      case 'name-use':
        return
      case 'literal':
      case 'string':
      case 'monadic':
      case 'dyadic':
      case 'conversion':
      case 'function-call':
      case 'valof-expression':
      case 'array-constructor':
      case 'size':
      case 'most':
      case 'offset-of':
      case 'allocation':
      case 'missing': {
        this.read(expression)
        return
      }
    }
  }

  /** Goes through an expression whose value is wanted. */
  protected read(expression: Expression): void {
    switch (expression.kind) {
      case 'name-use':
      case 'subscript':
      case 'slice': {
        this.use(expression)
        this.subscripts(expression)
        return
      }
      case 'monadic': {
        if (expression.operator === 'DEFINED') this.asked(expression.operand)
        else this.operands(expression, [expression.operand])
        return
      }
      case 'dyadic': {
        this.operands(expression, [expression.left, expression.right])
        return
      }
      case 'conversion': {
        this.read(expression.operand)
        return
      }
      case 'function-call': {
        for (const actual of expression.actuals) this.read(actual)
        const symbol = this.typed.symbols.get(expression.name)
        if (symbol?.kind === 'function') this.called(symbol, expression.actuals, expression.name.span)
        return
      }
      case 'valof-expression': {
        this.valof(expression.valof)
        return
      }
      case 'array-constructor': {
        this.replicator(expression.replicator)
        this.read(expression.element)
        return
      }
      case 'array-literal': {
        for (const element of expression.elements) this.read(element)
        return
      }
      case 'end': {
        if (endOf(this.typed.types.get(expression.channel) ?? POISON) !== undefined) this.read(expression.channel)
        else this.subscripts(expression.channel)
        return
      }
      case 'allocation': {
        for (const size of sizesOf(expression.type)) this.read(size)
        return
      }
      case 'literal':
      case 'string':
      case 'size': // a size is no value of the variable
      case 'most':
      case 'offset-of':
      case 'missing':
        return
    }
  }

  /** `DEFINED x`: whether a mobile has anything. */
  protected asked(operand: Expression): void {
    this.read(operand)
  }

  protected operands(expression: Expression, operands: readonly Expression[]): void {
    for (const operand of operands) this.read(operand)
    const symbol = this.typed.operatorCalls.get(expression)
    if (symbol !== undefined) this.called(symbol, operands, expression.span)
  }
}
