/** Writes down what expressions read and what a process does to a region. */
import type { ArrayLiteral, Expression, Name, Process, Replicator } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { FunctionSymbol, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { integerValue } from '../evaluate.ts'
import { isData } from '../type-model.ts'
import type { Typed } from '../types.ts'
import { assignedIn } from './assigned-in.ts'
import { impliedBy } from './conditions.ts'
import {
  regionsOf,
  throughTable,
  type Access,
  type Alias,
  type Branch,
  type IndexRange,
  type Kind,
  type Region,
  type RegionContext,
} from './regions.ts'
import { Log } from './log.ts'
import { ExpressionWalk } from './expression-walk.ts'
import { callAccesses, type Summary } from './summary.ts'
import { termOf, variablesOf, type Term } from './terms.ts'

export abstract class AccessLog extends ExpressionWalk {
  protected readonly log = new Log()
  /** When each variable was declared. */
  protected readonly order: Map<VariableSymbol, number>
  protected readonly aliases: Map<VariableSymbol, Alias>
  /** Abbreviations of tables of channels. */
  protected readonly tables: Map<VariableSymbol, ArrayLiteral>
  protected readonly definitions: Map<VariableSymbol, Term>
  protected readonly ranges: Map<VariableSymbol, IndexRange>
  protected readonly summaries: Map<ProcSymbol | FunctionSymbol, Summary>
  protected readonly regions: RegionContext
  protected counter = 0
  /** What holds of names that cannot change, where we are. */
  protected given: readonly Term[] = []
  /** The branch of a PAR that we are in, within the enclosing PROC. */
  protected branch: Branch | undefined
  /** The ends that are claimed where we are, and when the innermost CLAIM of each began. */
  protected readonly claims = new Map<VariableSymbol, number>()

  constructor(
    typed: Typed,
    protected readonly report: Reporting,
  ) {
    super(typed)
    const { memory } = typed.resolved
    const layer = <K extends object, V>(name: string): Map<K, V> => memory?.layer(`usage ${name}`) ?? new Map<K, V>()
    this.order = layer('order')
    this.aliases = layer('aliases')
    this.tables = layer('tables')
    this.definitions = layer('definitions')
    this.ranges = layer('ranges')
    this.summaries = layer('summaries')
    this.regions = { known: typed, aliases: this.aliases, definitions: this.definitions }
  }

  protected note(accesses: readonly Access[]): void {
    for (const access of accesses) {
      const { root, path, via, table, kind, span, callee, joined, branched, offered } = access
      // All entries have the same fields, so that going through them is fast.
      const given = this.givenWith(access)
      const claim = this.claims.get(root)
      this.log.push({ root, path, via, table, given, kind, span, callee, branch: this.branch, joined, branched, offered, claim })
      const channels = this.tables.size === 0 ? undefined : this.tables.get(root)
      if (channels === undefined) continue
      this.note(throughTable(this.regions, channels, path).map((region) => ({ ...access, ...region, table: root })))
    }
  }

  private givenWith({ given }: Pick<Access, 'given'>): readonly Term[] | undefined {
    if (given === undefined || given.length === 0) return this.given.length === 0 ? undefined : this.given
    return this.given.length === 0 ? given : [...this.given, ...given]
  }

  /** Writes down what is done to a region by what stands at `span`. */
  private noteAt({ root, path, via, table, given }: Region, kind: Kind, span: Span): void {
    if (this.tables.size > 0 && this.tables.has(root)) {
      this.note([{ root, path, via, table, given, kind, span }])
      return
    }
    this.log.push({
      root,
      path,
      via,
      table,
      given: given === undefined && this.given.length === 0 ? undefined : this.givenWith({ given }),
      kind,
      span,
      callee: undefined,
      branch: this.branch,
      joined: undefined,
      branched: undefined,
      offered: undefined,
      claim: this.claims.get(root),
    })
  }

  /** Goes through what is reached only where all of `terms` are true. */
  protected where(terms: readonly Term[], body: () => void): void {
    if (terms.length === 0) {
      body()
      return
    }
    const around = this.given
    this.given = [...around, ...terms]
    body()
    this.given = around
  }

  protected override operands(expression: Expression, operands: readonly Expression[]): void {
    const [left, right] = operands
    const chosen = expression.kind === 'dyadic' && (expression.operator === 'AND' || expression.operator === 'OR')
    if (!chosen || left === undefined || right === undefined || this.typed.operatorCalls.has(expression)) {
      super.operands(expression, operands)
      return
    }
    this.read(left)
    this.where(impliedBy(this.regions, left, expression.operator === 'AND'), () => {
      this.read(right)
    })
  }

  protected variable(name: Name): VariableSymbol | undefined {
    const symbol = this.typed.symbols.get(name)
    return symbol?.kind === 'variable' ? symbol : undefined
  }

  protected declared(symbol: VariableSymbol | undefined): void {
    if (symbol !== undefined) this.order.set(symbol, this.counter++)
  }

  protected access(expression: Expression, kind: Kind): void {
    for (const region of regionsOf(this.regions, expression)) this.noteAt(region, kind, expression.span)
    this.subscripts(expression)
  }

  protected override use(expression: Expression): void {
    const kind = this.typed.moved.has(expression) ? 'write' : 'read' // nothing is left where a value was moved away
    for (const region of regionsOf(this.regions, expression)) {
      const { writable, type } = region.root
      if (writable && isData(type)) this.noteAt(region, kind, expression.span) // what nothing can write needs no entry
    }
  }

  protected override called(symbol: FunctionSymbol, actuals: readonly Expression[], at: Span): void {
    this.note(callAccesses(this.regions, symbol, this.summaries.get(symbol), actuals, at).free)
  }

  /**
   * @param body what is replicated: where it changes a variable that the base or the count is made of, that says nothing of the index
   * @returns the index
   */
  protected override replicator({ name, base, count, step }: Replicator, body?: Process): VariableSymbol | undefined {
    for (const part of [base, count, step]) if (part !== undefined) this.read(part)
    const symbol = this.variable(name)
    if (symbol === undefined) return undefined
    const by = step === undefined ? 1n : integerValue(this.typed, step)
    let changed: ReadonlySet<VariableSymbol> | undefined
    const term = (expression: Expression): Term | undefined => {
      const made = termOf(this.typed, this.definitions, expression)
      if (made === undefined || body === undefined) return made
      const parts: VariableSymbol[] = []
      variablesOf(made, (part) => parts.push(part))
      const lasting = parts.every((part) => {
        if (!part.writable) return true
        changed ??= assignedIn(this.typed, body, (target) => regionsOf(this.regions, target)[0]?.root)
        return !changed.has(part)
      })
      return lasting ? made : undefined
    }
    this.ranges.set(symbol, { base: term(base), count: term(count), step: by === undefined ? undefined : Number(by) })
    this.declared(symbol)
    return symbol
  }
}
