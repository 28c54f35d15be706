/** Writes down what expressions read and what a process does to a place. */
import type { Expression, Name, Replicator, ValueProcess } from '../../../grammar/ast.ts'
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { FunctionSymbol, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { integerValue } from '../evaluate.ts'
import { isData } from '../type-model.ts'
import type { Typed } from '../types.ts'
import { placesOf, type Access, type Alias, type IndexRange, type Kind, type PlaceContext } from './places.ts'
import { callAccesses, type Summary } from './summary.ts'
import { termOf, type Term } from './terms.ts'

export abstract class AccessLog {
  /** Everything done since the enclosing PROC began, in order. */
  protected readonly log: Access[] = []
  /** When each variable was declared. */
  protected readonly order = new Map<VariableSymbol, number>()
  protected readonly aliases = new Map<VariableSymbol, Alias>()
  protected readonly definitions = new Map<VariableSymbol, Term>()
  protected readonly ranges = new Map<VariableSymbol, IndexRange>()
  protected readonly summaries = new Map<ProcSymbol | FunctionSymbol, Summary>()
  protected readonly places: PlaceContext
  protected counter = 0

  constructor(
    protected readonly typed: Typed,
    protected readonly report: Reporting,
  ) {
    this.places = { known: typed, aliases: this.aliases, definitions: this.definitions }
  }

  /** Goes through a VALOF. */
  protected abstract valof(valof: ValueProcess): void

  protected variable(name: Name): VariableSymbol | undefined {
    const symbol = this.typed.symbols.get(name)
    return symbol?.kind === 'variable' ? symbol : undefined
  }

  protected declared(symbol: VariableSymbol | undefined): void {
    if (symbol !== undefined) this.order.set(symbol, this.counter++)
  }

  protected access(expression: Expression, kind: Kind): void {
    for (const place of placesOf(this.places, expression)) this.log.push({ ...place, kind, span: expression.span })
    this.subscripts(expression)
  }

  /** The expressions inside a place that are read to find it. */
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
        expression.elements.forEach((element) => {
          this.subscripts(element)
        })
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
      case 'missing': {
        this.read(expression)
        return
      }
    }
  }

  protected read(expression: Expression): void {
    switch (expression.kind) {
      case 'name-use':
      case 'subscript':
      case 'slice': {
        // what nothing can write needs no entry
        for (const place of placesOf(this.places, expression))
          if (place.root.writable && isData(place.root.type)) this.log.push({ ...place, kind: 'read', span: expression.span })
        if (expression.kind !== 'name-use') this.subscripts(expression)
        return
      }
      case 'monadic':
        this.operatorCall(expression, [expression.operand])
        {
          this.read(expression.operand)
          return
        }
      case 'dyadic':
        this.operatorCall(expression, [expression.left, expression.right])
        this.read(expression.left)
        {
          this.read(expression.right)
          return
        }
      case 'conversion': {
        this.read(expression.operand)
        return
      }
      case 'function-call': {
        for (const actual of expression.actuals) this.read(actual)
        const symbol = this.typed.symbols.get(expression.name)
        if (symbol?.kind === 'function')
          this.log.push(...callAccesses(this.places, symbol, this.summaries.get(symbol), expression.actuals, expression.name.span).free)
        return
      }
      case 'valof-expression': {
        this.valof(expression.valof)
        return
      }
      case 'array-constructor':
        this.replicator(expression.replicator)
        {
          this.read(expression.element)
          return
        }
      case 'array-literal': {
        expression.elements.forEach((element) => {
          this.read(element)
        })
        return
      }
      case 'end': {
        this.subscripts(expression.channel)
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

  protected operatorCall(expression: Expression, operands: readonly Expression[]): void {
    const symbol = this.typed.operatorCalls.get(expression)
    if (symbol !== undefined)
      this.log.push(...callAccesses(this.places, symbol, this.summaries.get(symbol), operands, expression.span).free)
  }

  protected replicator({ name, base, count, step }: Replicator): VariableSymbol | undefined {
    for (const part of [base, count, step]) if (part !== undefined) this.read(part)
    const symbol = this.variable(name)
    if (symbol === undefined) return undefined
    const by = step === undefined ? 1n : integerValue(this.typed, step)
    const term = (expression: Expression): Term | undefined => termOf(this.typed, this.definitions, expression)
    this.ranges.set(symbol, { base: term(base), count: term(count), step: by === undefined ? undefined : Number(by) })
    this.declared(symbol)
    return symbol
  }
}
