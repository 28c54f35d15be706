/**
 * Binds every name to its symbol. Types of symbols are still poison afterwards: the type checker, which walks the same tree in the same
 * order, fills them in.
 *
 * After this pass
 * - every name at a declaration has a symbol, and so has every name at a use, except
 * - names that only a type can bind: a field in `r[field]`, a tag after `!` and `? CASE`. For a name that might be one of these `maybe`
 *   keeps what was visible, in case it is not.
 *
 * A name that is not declared is reported at its first use in each top-level PROC and is poison from then on.
 */
import type {
  Abbreviation, Alternative, Choice, Declaration, Expression, Formal, FunctionDeclaration, InputItem, InputMode, Name, OutputItem, ProcDeclaration, Process, Program,
  ProtocolItem, Replicator, Reshape, Test, TypeExpression, ValueProcess,
} from '../../grammar/ast.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { Result } from '../../grammar/result.ts'
import type { Span } from '../../grammar/source.ts'
import { reportInto, type Reporting } from '../diagnostics/catalogue.ts'
import type { FunctionSymbol, ProcSymbol, Symbol, VariableSymbol } from '../semantics.ts'
import { applyPragmas, type PragmaEffects } from './pragmas.ts'
import { PREDEFINED } from './predefined.ts'
import { namesFrom, Scopes, type Entry } from './scope.ts'
import { nearest } from './spelling.ts'
import { kindOf, POISON, POISON_PROTOCOL } from './type-model.ts'

/** What name resolution leaves for the type checker. */
export interface Resolved {
  readonly program: Program
  readonly symbols: Map<Name, Symbol>
  /** Symbols that some use was bound to. */
  readonly used: ReadonlySet<Symbol>
  /** Names that may turn out to be a field or a tag, with what was visible there. */
  readonly maybe: ReadonlyMap<Name, Entry | undefined>
  /** User-defined operators in sight of an operator application, innermost first. */
  readonly operators: ReadonlyMap<Expression, readonly FunctionSymbol[]>
  /** The FUNCTIONs and PROCs of the top level in order. */
  readonly topLevel: readonly (ProcSymbol | FunctionSymbol)[]
  readonly tests: readonly Test[]
  readonly pragmas: PragmaEffects
  /** The tree has parts that could not be read; what is missing may well be there. */
  readonly broken: boolean
}

/**
 * @param program the parsed program
 * @returns the bindings, and what was wrong with the names
 */
export function resolve(program: Program): Result<Resolved> {
  const diagnostics: Diagnostic[] = []
  return { value: new Resolver(program, reportInto(diagnostics)).run(), diagnostics }
}

/** Names of types in other languages. */
const FOREIGN: ReadonlyMap<string, string> = new Map(
  Object.entries({ INTEGER: 'INT', LONG: 'INT64', SHORT: 'INT16', CHAR: 'BYTE', CHARACTER: 'BYTE', BOOLEAN: 'BOOL', REAL: 'REAL32', FLOAT: 'REAL32', DOUBLE: 'REAL64', STRING: '[n]BYTE', INT8: 'BYTE', UINT8: 'BYTE' }).map(([name, type]) => [name, `write \`${type}\``]),
)

class Resolver {
  private readonly scopes = new Scopes()
  private readonly symbols = new Map<Name, Symbol>()
  private readonly maybe = new Map<Name, Entry | undefined>()
  private readonly operators = new Map<Expression, readonly FunctionSymbol[]>()
  private readonly topLevel: (ProcSymbol | FunctionSymbol)[] = []
  private readonly used = new Set<Symbol>()
  /** Names reported as undeclared since the last top-level item began. */
  private readonly reported = new Set<string>()
  /** PROCs and FUNCTIONs whose body is being read and which cannot see themselves. */
  private readonly blind: (ProcDeclaration | FunctionDeclaration)[] = []
  private level = 0
  private operatorsDeclared = false
  private inTest = false
  private broken = false

  constructor(
    private readonly program: Program,
    private readonly report: Reporting,
  ) {}

  run(): Resolved {
    for (const symbol of PREDEFINED) this.scopes.declare(symbol.name, symbol)
    const pragmas = applyPragmas(this.program.pragmas, this.scopes, this.report)
    const tests: Test[] = []
    for (const item of this.program.items) {
      this.reported.clear()
      if (item.kind === 'test') {
        tests.push(item)
        this.level++
        this.inTest = true
        this.process(item.body)
        this.inTest = false
        this.level--
      } else this.declaration(item)
    }
    pragmas.bind(this.symbols)
    const { program, symbols, used, maybe, operators, topLevel, broken } = this
    return { program, symbols, used, maybe, operators, topLevel, tests, pragmas, broken }
  }

  // ---------------------------------------------------------------- declarations

  private declare(name: Name, symbol: Symbol): void {
    this.symbols.set(name, symbol)
    if (name.text !== '') this.scopes.declare(name.text, symbol)
  }

  private variable(name: Name, role: VariableSymbol['role'], writable: boolean, mode?: Formal['mode']): VariableSymbol {
    const base = { kind: 'variable' as const, name: name.text, level: this.level, declaredAt: name.span, type: POISON, role, writable }
    return mode === undefined ? base : { ...base, mode }
  }

  /** A name doubled within one list would hide its brother at once. */
  private distinct(names: readonly Name[], list: string): void {
    const seen = new Map<string, Span>()
    for (const name of names) {
      const first = seen.get(name.text)
      if (first === undefined) seen.set(name.text, name.span)
      else if (name.text !== '') this.report('E0302', { span: name.span, text: 'the second' }, { name: name.text, list }, [{ span: first, text: 'the first' }])
    }
  }

  private declaration(declaration: Declaration): void {
    switch (declaration.kind) {
      case 'variable':
        this.type(declaration.type)
        this.distinct(declaration.names, 'names')
        for (const name of declaration.names) this.declare(name, this.variable(name, 'variable', true))
        return
      case 'initial':
        this.type(declaration.type)
        this.expression(declaration.value)
        this.declare(declaration.name, this.variable(declaration.name, 'initial', true))
        return
      case 'abbreviation':
      case 'reshape':
        this.abbreviation(declaration)
        return
      case 'data-type':
        this.type(declaration.type)
        this.declare(declaration.name, { kind: 'type', name: declaration.name.text, level: this.level, declaredAt: declaration.name.span, type: POISON })
        return
      case 'record': {
        const names = declaration.fields.flatMap((field) => field.names)
        this.distinct(names, 'fields')
        for (const field of declaration.fields) this.type(field.type)
        for (const [index, name] of names.entries()) {
          this.symbols.set(name, { kind: 'field', name: name.text, level: this.level, declaredAt: name.span, index, type: POISON })
        }
        this.declare(declaration.name, { kind: 'type', name: declaration.name.text, level: this.level, declaredAt: declaration.name.span, type: POISON })
        return
      }
      case 'protocol': {
        for (const item of declaration.items ?? []) this.protocolItem(item)
        for (const name of declaration.extends ?? []) this.bind(name, 'protocol', (symbol) => symbol.kind === 'protocol')
        const tags = declaration.tags ?? []
        this.distinct(tags.map((tag) => tag.name), 'tags')
        for (const [index, tag] of tags.entries()) {
          for (const item of tag.items) this.protocolItem(item)
          this.symbols.set(tag.name, { kind: 'tag', name: tag.name.text, level: this.level, declaredAt: tag.name.span, index, items: [] })
        }
        const { name } = declaration
        this.declare(name, { kind: 'protocol', name: name.text, level: this.level, declaredAt: name.span, protocol: POISON_PROTOCOL })
        return
      }
      case 'proc':
        this.proc(declaration)
        return
      case 'function':
        this.function(declaration)
        return
      case 'place':
        this.bind(declaration.name, 'variable', (symbol) => symbol.kind === 'variable')
        if (declaration.where.kind === 'at') this.expression(declaration.where.address)
        return
      case 'missing':
        this.broken = true
        return
    }
  }

  private abbreviation(declaration: Abbreviation | Reshape): void {
    if (declaration.type !== undefined) this.type(declaration.type)
    this.expression(declaration.value)
    this.declare(declaration.name, this.variable(declaration.name, declaration.val ? 'val' : 'reference', !declaration.val))
  }

  private formals(formals: readonly Formal[]): VariableSymbol[] {
    this.distinct(formals.map((formal) => formal.name), 'parameters')
    const types = new Set<TypeExpression>()
    return formals.map((formal) => {
      if (!types.has(formal.type)) this.type(formal.type)
      types.add(formal.type)
      const symbol = this.variable(formal.name, 'formal', formal.mode !== 'val', formal.mode)
      this.declare(formal.name, symbol)
      return symbol
    })
  }

  private proc(declaration: ProcDeclaration): void {
    const mark = this.scopes.mark()
    const formals: VariableSymbol[] = []
    const { name } = declaration
    const symbol: ProcSymbol = { kind: 'proc', name: name.text, level: this.level, declaredAt: name.span, formals, declaration }
    if (declaration.recursive) this.declare(name, symbol)
    else this.blind.push(declaration)
    this.level++
    formals.push(...this.formals(declaration.formals))
    this.process(declaration.body)
    this.level--
    if (!declaration.recursive) this.blind.pop()
    this.scopes.leave(mark)
    this.declare(name, symbol)
    if (this.level === 0) this.topLevel.push(symbol)
  }

  private function(declaration: FunctionDeclaration): void {
    for (const result of declaration.results) this.type(result)
    const mark = this.scopes.mark()
    const formals: VariableSymbol[] = []
    const { name } = declaration
    const symbol: FunctionSymbol = { kind: 'function', name: name.text, level: this.level, declaredAt: name.span, formals, results: declaration.results.map(() => POISON), declaration }
    if (name.text.startsWith('"')) this.operatorsDeclared = true
    if (declaration.recursive) this.declare(name, symbol)
    else this.blind.push(declaration)
    this.level++
    formals.push(...this.formals(declaration.formals))
    if (declaration.body.kind === 'expressions') for (const value of declaration.body.values) this.expression(value)
    else this.valof(declaration.body)
    this.level--
    if (!declaration.recursive) this.blind.pop()
    this.scopes.leave(mark)
    this.declare(name, symbol)
    if (this.level === 0) this.topLevel.push(symbol)
  }

  private valof(valof: ValueProcess): void {
    const mark = this.scopes.mark()
    for (const declaration of valof.declarations) this.declaration(declaration)
    this.process(valof.body)
    for (const result of valof.results) this.expression(result)
    this.scopes.leave(mark)
  }

  // ---------------------------------------------------------------- types

  private type(type: TypeExpression): void {
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
      case 'array-type':
        if (type.size !== undefined) this.expression(type.size)
        this.type(type.element)
        return
      case 'chan-type':
        if (type.protocol.kind === 'named') this.bind(type.protocol.name, 'protocol or type', (symbol) => symbol.kind === 'protocol' || symbol.kind === 'type')
        else this.protocolItem(type.protocol)
        return
      case 'mobile-type':
      case 'port-type':
        this.type(type.element)
        return
    }
  }

  private protocolItem(item: ProtocolItem): void {
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

  // ---------------------------------------------------------------- processes

  private process(process: Process): void {
    switch (process.kind) {
      case 'skip':
      case 'stop':
        return
      case 'missing':
        this.broken = true
        return
      case 'pass':
        if (!this.inTest) this.report('E0310', process.span, undefined)
        return
      case 'assign':
        for (const value of process.values) this.expression(value)
        for (const target of process.targets) this.expression(target)
        return
      case 'output':
        this.expression(process.channel)
        for (const [i, item] of process.items.entries()) this.outputItem(item, i === 0)
        return
      case 'input':
        this.expression(process.channel)
        this.inputMode(process.mode)
        return
      case 'seq':
        this.scoped(process.replicator, () => {
          for (const step of process.body) this.process(step)
        })
        return
      case 'par':
        this.scoped(process.replicator, () => {
          for (const branch of process.branches) {
            if (branch.place !== undefined) this.expression(branch.place.value)
            this.process(branch.body)
          }
        })
        return
      case 'alt':
        this.scoped(process.replicator, () => {
          for (const alternative of process.alternatives) this.alternative(alternative)
        })
        return
      case 'if':
        this.scoped(process.replicator, () => {
          for (const choice of process.choices) this.choice(choice)
        })
        return
      case 'case':
        this.expression(process.selector)
        for (const option of process.options) {
          this.within(option.declarations, () => {
            for (const label of option.labels ?? []) this.expression(label)
            this.process(option.body)
          })
        }
        return
      case 'while':
        this.expression(process.condition)
        this.process(process.body)
        return
      case 'call':
        this.bind(process.name, 'PROC', (symbol) => symbol.kind === 'proc')
        for (const actual of process.actuals) this.expression(actual)
        return
      case 'scope': {
        // a long row of declarations is a deep nest: unroll it
        const mark = this.scopes.mark()
        let inner: Process = process
        while (inner.kind === 'scope') {
          this.declaration(inner.declaration)
          inner = inner.body
        }
        this.process(inner)
        this.scopes.leave(mark)
        return
      }
    }
  }

  private within(declarations: readonly Declaration[], body: () => void): void {
    const mark = this.scopes.mark()
    for (const declaration of declarations) this.declaration(declaration)
    body()
    this.scopes.leave(mark)
  }

  private scoped(replicator: Replicator | undefined, body: () => void): void {
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

  private outputItem(item: OutputItem, first: boolean): void {
    if (item.kind === 'counted') this.expression(item.count)
    else if (first && item.value.kind === 'name-use') return this.fieldOrTag(item.value.name)
    this.expression(item.value)
  }

  private inputItems(items: readonly InputItem[]): void {
    for (const item of items) {
      if (item.kind === 'counted') this.expression(item.count)
      this.expression(item.target)
    }
  }

  private inputMode(mode: InputMode): void {
    switch (mode.kind) {
      case 'items':
        this.inputItems(mode.items)
        return
      case 'tag':
        this.fieldOrTag(mode.tag)
        this.inputItems(mode.items)
        return
      case 'case':
        for (const variant of mode.variants) {
          this.within(variant.declarations, () => {
            this.fieldOrTag(variant.tag)
            this.inputItems(variant.items)
            this.process(variant.body)
          })
        }
        return
      case 'after':
        this.expression(mode.time)
        return
    }
  }

  private alternative(alternative: Alternative): void {
    if (alternative.kind === 'missing') {
      this.broken = true
      return
    }
    this.within(alternative.declarations, () => {
      switch (alternative.kind) {
        case 'guarded':
        case 'guarded-case':
          if (alternative.condition !== undefined) this.expression(alternative.condition)
          this.process(alternative.input)
          if (alternative.kind === 'guarded') this.process(alternative.body)
          return
        case 'skip-guard':
          this.expression(alternative.condition)
          this.process(alternative.body)
          return
        case 'nested-alt':
          this.process(alternative.alt)
          return
      }
    })
  }

  private choice(choice: Choice): void {
    if (choice.kind === 'missing') {
      this.broken = true
      return
    }
    this.within(choice.declarations, () => {
      if (choice.kind === 'nested-if') return this.process(choice.conditional)
      this.expression(choice.condition)
      this.process(choice.body)
    })
  }

  // ---------------------------------------------------------------- expressions

  private expression(expression: Expression): void {
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
        if (expression.index.kind === 'name-use') this.fieldOrTag(expression.index.name)
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
        return
    }
  }

  /** `SIZE name` may be of a variable or of a type. */
  private sizeOperand(operand: Expression): void {
    if (operand.kind !== 'name-use') return this.expression(operand)
    this.bind(operand.name, 'variable', (symbol) => symbol.kind === 'variable' || symbol.kind === 'type')
  }

  private operator(expression: Expression, operator: string): void {
    if (!this.operatorsDeclared) return
    const found = this.scopes.findAll(`"${operator}"`).filter((symbol) => symbol.kind === 'function')
    if (found.length === 0) return
    for (const symbol of found) this.used.add(symbol)
    this.operators.set(expression, found)
  }

  // ---------------------------------------------------------------- uses

  /** A name that the type beside it may explain. */
  private fieldOrTag(name: Name): void {
    this.maybe.set(name, this.scopes.mark())
    const symbol = this.scopes.find(name.text)
    if (symbol === undefined) return
    this.symbols.set(name, symbol)
    this.used.add(symbol)
  }

  /** Binds a use; reports a name that is not declared, or is something else than `wanted`. */
  private bind(name: Name, wanted: string, accepts: (symbol: Symbol) => boolean): void {
    const symbol = this.scopes.find(name.text)
    if (symbol !== undefined) {
      this.used.add(symbol)
      if (symbol.kind === 'poison' || accepts(symbol)) {
        this.symbols.set(name, symbol)
        return
      }
    }
    this.symbols.set(name, { kind: 'poison', name: name.text, level: this.level })
    if (name.text === '' || this.reported.has(`${wanted} ${name.text}`)) return
    this.reported.add(`${wanted} ${name.text}`)
    const self = this.blind.findLast((declaration) => declaration.name.text === name.text)
    if (symbol !== undefined) {
      const secondary = symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared here' }]
      this.report('E0304', name.span, { name: name.text, is: kindOf(symbol), wanted: article(wanted) }, secondary)
    } else if (self !== undefined) {
      const label = { span: self.name.span, text: 'its own declaration ends only after its body' }
      this.report('E0303', name.span, { name: name.text, word: self.kind === 'proc' ? 'PROC' : 'FUNCTION' }, [label])
    } else {
      const suggestion = nearest(name.text, namesFrom(this.scopes.mark(), accepts))
      const ended = suggestion === undefined ? this.ended(name, accepts) : undefined
      const hint = this.later(name) ?? (wanted === 'type' ? FOREIGN.get(name.text.toUpperCase()) : undefined) ?? (ended && 'a declaration is visible in the process that follows it: put one above a process that holds all uses')
      this.report('E0301', name.span, { name: name.text, what: wanted, suggestion, hint }, ended === undefined ? [] : [{ span: ended, text: 'this one has ended before' }])
    }
  }

  /** The last declaration of a name that was in sight earlier in this PROC. */
  private ended(name: Name, accepts: (symbol: Symbol) => boolean): Span | undefined {
    let last: Span | undefined
    for (const [declared, symbol] of this.symbols) if (declared.text === name.text && declared.span === symbol.declaredAt && symbol.level > 0 && declared.span.file === name.span.file && accepts(symbol)) last = declared.span
    return last
  }

  /** A hint for a PROC or FUNCTION that is declared further down. */
  private later(name: Name): string | undefined {
    const after = this.program.items.some((item) => (item.kind === 'proc' || item.kind === 'function') && item.name.text === name.text && !this.symbols.has(item.name))
    return after ? `\`${name.text}\` is declared further down: move it above this use` : undefined
  }
}

function article(noun: string): string {
  return /^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`
}
