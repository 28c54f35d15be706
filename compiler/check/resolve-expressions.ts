/** Names in types and expressions. */
import type { Expression, ProtocolItem, Replicator, TypeExpression, ValueProcess } from '../../grammar/ast.ts'
import { Binder } from './binder.ts'

/** How deep expressions may be nested, a chain `a + b + c` counting for each operator: later passes follow them by recursion. */
export const MAX_DEPTH = 400

export abstract class ExpressionResolver extends Binder {
  /** Expressions that are nested too deep: nothing in them is bound. */
  protected readonly tooDeep = new Set<Expression>()
  private depth = 0
  /** Whether that was said of the expression being read. */
  private toldTooDeep = false

  /** Binds what is in a VALOF. */
  protected abstract valof(valof: ValueProcess): void

  /** Declares a replicator's index around `body`. */
  protected scoped(replicator: Replicator | undefined, body: () => void): void {
    const mark = this.scopes.mark()
    if (replicator !== undefined) {
      this.expression(replicator.base)
      this.expression(replicator.count)
      if (replicator.step !== undefined) this.expression(replicator.step)
      this.declare(replicator.name, this.variable(replicator.name, 'index', false))
    }
    body()
    this.scopes.leave(mark)
  }

  /** Whether `base` is, or is a part of, a variable that was found nowhere. */
  private isUnknown(base: Expression): boolean {
    if (base.kind === 'subscript' || base.kind === 'slice') return this.isUnknown(base.base)
    return base.kind === 'name-use' && this.symbols.get(base.name)?.kind === 'poison'
  }

  protected type(type: TypeExpression): void {
    switch (type.kind) {
      case 'primitive':
      case 'timer-type':
      case 'barrier-type':
        return
      case 'missing':
        this.broken = true
        return
      case 'named-type':
        this.bind(type.name, 'type', (symbol) => symbol.kind === 'type' || symbol.kind === 'protocol')
        return
      case 'end-type':
        this.bind(type.name, 'channel type', (symbol) => symbol.kind === 'type' || symbol.kind === 'protocol')
        return
      case 'array-type':
        if (type.size !== undefined) this.expression(type.size)
        this.type(type.element)
        return
      case 'chan-type':
        if (type.protocol.kind === 'named')
          this.bind(type.protocol.name, 'protocol or type', (symbol) => symbol.kind === 'protocol' || symbol.kind === 'type')
        else this.protocolItem(type.protocol)
        return
      case 'mobile-type':
      case 'port-type':
        this.type(type.element)
        return
    }
  }

  protected protocolItem(item: ProtocolItem): void {
    switch (item.kind) {
      case 'plain':
        this.type(item.type)
        return
      case 'counted':
        this.type(item.count)
        this.type(item.element)
        return
      case 'any':
        return
    }
  }

  protected expression(expression: Expression): void {
    if (this.depth >= MAX_DEPTH && expression.kind !== 'name-use' && expression.kind !== 'literal') {
      if (!this.toldTooDeep) this.report('E0117', expression.span, { limit: MAX_DEPTH })
      this.toldTooDeep = true
      this.tooDeep.add(expression)
      this.broken = true
      return
    }
    if (this.depth === 0) this.toldTooDeep = false
    this.depth++
    this.parts(expression)
    this.depth--
  }

  private parts(expression: Expression): void {
    switch (expression.kind) {
      case 'literal':
      case 'string':
        if (expression.decoration !== undefined) this.type(expression.decoration)
        return
      case 'array-literal':
        if (expression.decoration !== undefined) this.type(expression.decoration)
        for (const element of expression.elements) this.expression(element)
        return
      case 'name-use':
        this.bind(expression.name, 'variable', (symbol) => symbol.kind === 'variable')
        return
      case 'subscript':
        this.expression(expression.base)
        if (expression.index.kind === 'name-use') this.fieldOrTag(expression.index.name, this.isUnknown(expression.base))
        else this.expression(expression.index)
        return
      case 'slice':
        this.expression(expression.base)
        if (expression.from !== undefined) this.expression(expression.from)
        if (expression.count !== undefined) this.expression(expression.count)
        return
      case 'monadic':
        this.expression(expression.operand)
        this.operator(expression, expression.operator)
        return
      case 'dyadic':
        this.expression(expression.left)
        this.expression(expression.right)
        this.operator(expression, expression.operator)
        return
      case 'conversion':
        this.type(expression.type)
        this.expression(expression.operand)
        return
      case 'function-call':
        // `LENGTH (x)` with a DATA TYPE looks like a call
        this.bind(expression.name, 'FUNCTION', (symbol) => symbol.kind === 'function' || symbol.kind === 'type')
        for (const actual of expression.actuals) this.expression(actual)
        return
      case 'valof-expression':
        this.valof(expression.valof)
        return
      case 'array-constructor':
        this.scoped(expression.replicator, () => {
          this.expression(expression.element)
        })
        return
      case 'size':
        if (expression.operand.kind === 'type') this.type(expression.operand.type)
        else this.sizeOperand(expression.operand.value)
        return
      case 'allocation':
        // `MOBILE m` may be of a MOBILE PROC
        if (expression.type.kind === 'named-type')
          this.bind(
            expression.type.name,
            'type',
            (symbol) => symbol.kind === 'type' || symbol.kind === 'protocol' || symbol.kind === 'proc',
          )
        else this.type(expression.type)
        return
      case 'most':
        this.type(expression.type)
        return
      case 'end':
        this.expression(expression.channel)
        return
      case 'offset-of':
        this.type(expression.type)
        this.maybe.set(expression.field, undefined)
        return
      case 'missing':
        this.broken = true
        for (const part of expression.parts ?? []) this.expression(part)
        return
    }
  }

  /** `SIZE name` may be of a variable or of a type. */
  protected sizeOperand(operand: Expression): void {
    if (operand.kind !== 'name-use') {
      this.expression(operand)
      return
    }
    this.bind(operand.name, 'variable', (symbol) => symbol.kind === 'variable' || symbol.kind === 'type')
  }

  protected operator(expression: Expression, operator: string): void {
    if (!this.operatorsDeclared && this.memory === undefined) return
    const found = this.scopes.findAll(`"${operator}"`).filter((symbol) => symbol.kind === 'function')
    if (found.length === 0) return
    for (const symbol of found) this.used.add(symbol)
    this.operators.set(expression, found)
  }
}
