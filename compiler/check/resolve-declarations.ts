/** Names in declarations, and the scopes of PROCs and FUNCTIONs. */
import type {
  Abbreviation,
  ChannelTypeDeclaration,
  Declaration,
  Formal,
  FunctionDeclaration,
  Name,
  ProcDeclaration,
  Process,
  RecordDeclaration,
  Reshape,
  TypeExpression,
  ValueProcess,
} from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import { keywords } from '../../grammar/tokens.ts'
import type { FunctionSymbol, ProcSymbol, Symbol, VariableSymbol } from '../semantics.ts'
import { ExpressionResolver } from './resolve-expressions.ts'
import { POISON, POISON_PROTOCOL } from './type-model.ts'

/** @returns what stands between the end of a span and that of its line */
function restOfLine({ file, end }: Span): Span {
  const lineEnd = file.text.indexOf('\n', end)
  return { file, start: end, end: lineEnd < 0 ? file.text.length : lineEnd }
}

/** @returns the first line of `span` */
function firstLine(span: Span): Span {
  const end = span.file.text.indexOf('\n', span.start)
  return { ...span, end: end < 0 ? span.end : Math.min(end, span.end) }
}

/** @returns where the body of a FUNCTION begins */
function bodyStart({ body }: FunctionDeclaration): number {
  return body.kind === 'valof' ? body.span.start : (body.values[0]?.span.start ?? 0)
}

/** @returns the names in a text, whatever else is in it */
function namesIn({ file, start, end }: Span): readonly string[] {
  const text = file.text.slice(start, end).replace(/"[^"\n]*"?|--.*/g, ' ')
  return (text.match(/[A-Za-z][\w.]*/g) ?? []).filter((word) => !keywords.has(word))
}

export abstract class DeclarationResolver extends ExpressionResolver {
  /** Channel types that have been announced and not been declared in full yet. */
  protected readonly forwards = new Map<Symbol, Name>()
  /** Names of protocols that others extend. */
  protected readonly extended = new Set<string>()
  /** The FUNCTIONs and PROCs of the top level in order. */
  protected readonly topLevel: (ProcSymbol | FunctionSymbol)[] = []

  /** Binds what is in a process. */
  protected abstract process(process: Process): void

  protected declaration(declaration: Declaration): void {
    switch (declaration.kind) {
      case 'variable':
        this.type(declaration.type)
        this.distinct(declaration.names, 'names')
        for (const name of declaration.names) this.declare(name, this.variable(name, 'variable', true))
        if (declaration.partlyLost === true) this.lost(restOfLine(declaration.names.at(-1)?.span ?? declaration.span))
        return
      case 'initial':
        this.type(declaration.type)
        for (const value of declaration.values) this.expression(value)
        this.distinct(declaration.names, 'names')
        for (const name of declaration.names) this.declare(name, this.variable(name, 'initial', true))
        return
      case 'abbreviation':
      case 'reshape':
        this.abbreviation(declaration)
        return
      case 'data-type':
        this.type(declaration.type)
        this.declare(declaration.name, {
          kind: 'type',
          name: declaration.name.text,
          level: this.level,
          declaredAt: declaration.name.span,
          type: POISON,
        })
        return
      case 'record': {
        const names = declaration.fields.flatMap((field) => field.names)
        this.distinct(names, 'fields')
        for (const field of declaration.fields) this.type(field.type)
        for (const [index, name] of names.entries()) {
          this.symbols.set(name, { kind: 'field', name: name.text, level: this.level, declaredAt: name.span, index, type: POISON })
        }
        this.declareType(declaration)
        return
      }
      case 'channel-type':
        this.channelType(declaration)
        return
      case 'protocol': {
        for (const item of declaration.items ?? []) this.protocolItem(item)
        for (const name of declaration.extends ?? []) {
          this.extended.add(name.text)
          this.bind(name, 'protocol', (symbol) => symbol.kind === 'protocol')
        }
        const tags = declaration.tags ?? []
        this.distinct(
          tags.map((tag) => tag.name),
          'tags',
        )
        for (const [index, tag] of tags.entries()) {
          if (tag.value !== undefined) this.expression(tag.value)
          for (const item of tag.items) this.protocolItem(item)
          this.symbols.set(tag.name, { kind: 'tag', name: tag.name.text, level: this.level, declaredAt: tag.name.span, index, items: [] })
        }
        const { name } = declaration
        if (declaration.partlyLost === true) this.declareLost(name)
        else this.declare(name, { kind: 'protocol', name: name.text, level: this.level, declaredAt: name.span, protocol: POISON_PROTOCOL })
        return
      }
      case 'process-type': {
        const { name } = declaration
        const mark = this.scopes.mark()
        this.level++
        this.formals(declaration.formals)
        this.level--
        this.scopes.leave(mark)
        this.declare(name, { kind: 'type', name: name.text, level: this.level, declaredAt: name.span, type: POISON })
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
        for (const subscript of declaration.subscripts) this.expression(subscript)
        if (declaration.where.address !== undefined) this.expression(declaration.where.address)
        return
      case 'missing':
        this.lost(firstLine(declaration.span))
        return
    }
  }

  private declareType({ name, partlyLost }: RecordDeclaration): void {
    if (partlyLost === true) this.declareLost(name)
    else this.declare(name, { kind: 'type', name: name.text, level: this.level, declaredAt: name.span, type: POISON })
  }

  /** A type or protocol that could not be read to its end: nobody is told what it lacks. */
  private declareLost(name: Name): void {
    this.broken = true
    this.declare(name, { kind: 'poison', name: name.text, level: this.level })
  }

  private channelType(declaration: ChannelTypeDeclaration): void {
    const { name, fields, recursive, isForward } = declaration
    const before = this.scopes.find(name.text)
    const isCompleted = !isForward && before?.kind === 'type' && this.forwards.has(before)
    const symbol: Symbol = isCompleted ? before : { kind: 'type', name: name.text, level: this.level, declaredAt: name.span, type: POISON }
    if (isForward) this.forwards.set(symbol, name)
    else this.forwards.delete(symbol)
    if (isCompleted) this.symbols.set(name, symbol)
    else if (isForward || recursive) this.declare(name, symbol)
    else this.blind.push(declaration)
    this.distinct(
      fields.map((field) => field.name),
      'fields',
    )
    const types = new Set<TypeExpression>()
    for (const { type } of fields) {
      if (!types.has(type)) this.type(type)
      types.add(type)
    }
    for (const [index, field] of fields.entries())
      this.symbols.set(field.name, {
        kind: 'field',
        name: field.name.text,
        level: this.level,
        declaredAt: field.name.span,
        index,
        type: POISON,
      })
    if (isForward || recursive || isCompleted) return
    this.blind.pop()
    if (declaration.partlyLost === true) this.declareLost(name)
    else this.declare(name, symbol)
  }

  /** The names in a text that could not be read may be declared there: nobody is told that they are not. */
  private lost(text: Span): void {
    this.broken = true
    for (const name of namesIn(text)) {
      const visible = this.scopes.find(name)
      if (visible?.kind !== 'type' && visible?.kind !== 'protocol') this.scopes.declare(name, { kind: 'poison', name, level: this.level })
    }
  }

  protected abbreviation(declaration: Abbreviation | Reshape): void {
    if (declaration.type !== undefined) this.type(declaration.type)
    this.expression(declaration.value)
    this.declare(declaration.name, this.variable(declaration.name, declaration.val ? 'val' : 'reference', !declaration.val))
  }

  /** Of two parameters of one name the later hides the earlier. */
  private warnOfHidden(formals: readonly Formal[]): void {
    const last = new Map<string, Formal>()
    for (const formal of formals) {
      const { text, span } = formal.name
      const before = last.get(text)
      if (before !== undefined && text !== '')
        this.report('W0306', { span, text: 'hides the other' }, { name: text }, [{ span: before.name.span, text: 'the first' }])
      last.set(text, formal)
    }
  }

  protected formals(formals: readonly Formal[]): VariableSymbol[] {
    this.warnOfHidden(formals)
    const types = new Set<TypeExpression>()
    return formals.map((formal) => {
      if (!types.has(formal.type)) this.type(formal.type)
      types.add(formal.type)
      const symbol = this.variable(formal.name, 'formal', formal.mode !== 'val', formal.mode)
      this.declare(formal.name, symbol)
      return symbol
    })
  }

  protected proc(declaration: ProcDeclaration): void {
    const mark = this.scopes.mark()
    const formals: VariableSymbol[] = []
    const { name } = declaration
    const symbol: ProcSymbol = { kind: 'proc', name: name.text, level: this.level, declaredAt: name.span, formals, declaration }
    if (declaration.recursive) this.declare(name, symbol)
    else this.blind.push(declaration)
    this.level++
    if (declaration.brokenHeader === true) this.lost({ ...name.span, start: name.span.end, end: declaration.body.span.start })
    else if (declaration.implements !== undefined) this.bind(declaration.implements, 'PROC TYPE', (found) => found.kind === 'type')
    for (const formal of this.formals(declaration.formals)) formals.push(formal)
    this.process(declaration.body)
    this.level--
    if (!declaration.recursive) this.blind.pop()
    this.scopes.leave(mark)
    this.declare(name, symbol)
    if (this.level === 0) this.topLevel.push(symbol)
  }

  protected function(declaration: FunctionDeclaration): void {
    for (const result of declaration.results) this.type(result)
    const mark = this.scopes.mark()
    const formals: VariableSymbol[] = []
    const { name } = declaration
    const symbol: FunctionSymbol = {
      kind: 'function',
      name: name.text,
      level: this.level,
      declaredAt: name.span,
      formals,
      results: declaration.results.map(() => POISON),
      declaration,
    }
    if (name.text.startsWith('"')) this.operatorsDeclared = true
    if (declaration.recursive) this.declare(name, symbol)
    else this.blind.push(declaration)
    this.level++
    if (declaration.brokenHeader === true) this.lost({ ...name.span, start: name.span.end, end: bodyStart(declaration) })
    for (const formal of this.formals(declaration.formals)) formals.push(formal)
    if (declaration.body.kind === 'expressions') {
      for (const value of declaration.body.values) {
        this.see(value.span)
        this.expression(value)
      }
    } else this.valof(declaration.body)
    this.level--
    if (!declaration.recursive) this.blind.pop()
    this.scopes.leave(mark)
    this.declare(name, symbol)
    if (this.level === 0) this.topLevel.push(symbol)
  }

  protected valof(valof: ValueProcess): void {
    const mark = this.scopes.mark()
    for (const declaration of valof.declarations) {
      this.see(declaration.span)
      this.declaration(declaration)
    }
    this.process(valof.body)
    for (const result of valof.results) {
      this.see(result.span)
      this.expression(result)
    }
    this.scopes.leave(mark)
  }
}
