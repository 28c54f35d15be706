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
  Alternative,
  Choice,
  Declaration,
  Expression,
  InputItem,
  InputMode,
  Name,
  OutputItem,
  Process,
  Program,
  Test,
} from '../../grammar/ast.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { Result } from '../../grammar/result.ts'
import { reportInto } from '../diagnostics/catalogue.ts'
import type { FunctionSymbol, ProcSymbol, Symbol } from '../semantics.ts'
import { applyPragmas, type PragmaEffects } from './pragmas.ts'
import { ANY_END_TYPE, PREDEFINED, SIGNAL } from './predefined.ts'
import type { CheckMemory } from './memory.ts'
import { DeclarationResolver } from './resolve-declarations.ts'
import { ItemNames } from './item-names.ts'
import type { Entry, Sight } from './scope.ts'

/** What name resolution leaves for the type checker. */
export interface Resolved {
  readonly program: Program
  readonly symbols: Map<Name, Symbol>
  /** Symbols that some use was bound to. */
  readonly used: ReadonlySet<Symbol>
  /** Names that may turn out to be a field or a tag, with what was visible there. */
  readonly maybe: ReadonlyMap<Name, Entry | undefined>
  /** Those of them that nothing has, with the names of the item that they are in. */
  readonly unknown: ReadonlyMap<Name, ItemNames>
  /** User-defined operators in sight of an operator application, innermost first. */
  readonly operators: ReadonlyMap<Expression, readonly FunctionSymbol[]>
  /** The FUNCTIONs and PROCs of the top level in order. */
  readonly topLevel: readonly (ProcSymbol | FunctionSymbol)[]
  readonly tests: readonly Test[]
  /** Names of protocols that others extend. */
  readonly extended: ReadonlySet<string>
  readonly pragmas: PragmaEffects
  readonly memory?: CheckMemory
  /** What was visible where, in the order of the walk; empty unless somebody asked for it. */
  readonly sights: readonly Sight[]
  /** Expressions that were not looked into. */
  readonly tooDeep: ReadonlySet<Expression>
  /** The text has parts that could not be read; what is missing may well be there. */
  readonly broken: boolean
  /** A file that it needs is not there: names that nobody declares may be declared in it. */
  readonly incomplete: boolean
}

/** What is known to be wrong with a text before its names are looked at. */
export interface TextFaults {
  /** It has errors of spelling or syntax, so that the program may not be what was meant. */
  readonly misread: boolean
  /** A file that it includes is not there: names that nobody declares may be declared in it. */
  readonly incomplete: boolean
}

/**
 * @param program the parsed program
 * @param faults what was wrong with its text
 * @param options `sights`: whether to keep what is visible at each process
 * @param memory what earlier runs have found out, for a program that changes
 * @returns the bindings, and what was wrong with the names
 */
export function resolve(
  program: Program,
  faults: TextFaults = { misread: false, incomplete: false },
  options: { readonly sights?: boolean } = {},
  memory?: CheckMemory,
): Result<Resolved> {
  memory?.begin(`${faults.misread} ${faults.incomplete}`, program.pragmas.map(({ word, rest }) => `${word} ${rest}`).join('\n'))
  const once = (remembering: CheckMemory | undefined): Result<Resolved> => {
    const diagnostics: Diagnostic[] = []
    const resolver = new Resolver(program, reportInto(diagnostics), remembering)
    if (options.sights === true) resolver.keepSights()
    return { value: resolver.run(faults), diagnostics }
  }
  const found = once(memory)
  if (memory === undefined || memory.isSound(found.value)) return found
  // What was kept went by other pragmas or protocols.
  memory.forget()
  return resolve(program, faults, options, memory)
}

class Resolver extends DeclarationResolver {
  private inTest = false

  run({ misread, incomplete }: TextFaults): Resolved {
    this.incomplete = incomplete
    for (const symbol of [...PREDEFINED, SIGNAL, ANY_END_TYPE]) this.scopes.declare(symbol.name, symbol)
    const pragmas = applyPragmas(this.program.pragmas, this.scopes, this.report)
    this.external = pragmas.external
    const tests: Test[] = []
    for (const item of this.program.items) {
      this.itemNames = new ItemNames()
      this.see(item.span)
      if (item.kind === 'test') tests.push(item)
      if (this.memory === undefined) this.item(item)
      else this.rememberedItem(item, this.memory)
      this.passed.add(item)
    }
    if (!this.broken) for (const name of this.forwards.values()) this.report('E0547', name.span, { name: name.text })
    const { program, symbols, used, maybe, unknown, operators, topLevel, extended, tooDeep, sights } = this
    const broken = this.broken || misread
    pragmas.bind(this.memory === undefined ? symbols : this.memory.names(symbols), broken)
    return {
      program,
      symbols,
      used,
      maybe,
      unknown,
      operators,
      topLevel,
      tests,
      extended,
      pragmas,
      tooDeep,
      broken,
      incomplete,
      sights: sights ?? [],
      ...(this.memory === undefined ? {} : { memory: this.memory }),
    }
  }

  private item(item: Declaration | Test): void {
    if (item.kind !== 'test') {
      this.declaration(item)
      return
    }
    this.level++
    this.inTest = true
    this.process(item.body)
    this.inTest = false
    this.level--
  }

  /** Takes what is known about an item, or looks at it and keeps what it finds. */
  private rememberedItem(item: Declaration | Test, memory: CheckMemory): void {
    const mark = this.scopes.mark()
    const known = this.isForward(item) ? undefined : memory.reuse(item, this.scopes)
    if (known !== undefined) {
      for (const symbol of known.declares) {
        this.scopes.declare(symbol.name, symbol)
        if (symbol.kind === 'function' && symbol.name.startsWith('"')) this.operatorsDeclared = true
      }
      for (const symbol of known.topLevel) this.topLevel.push(symbol)
      for (const name of known.extended) this.extended.add(name)
      for (const { span, entry } of known.sights) this.sights?.push({ span, entry, outer: mark })
      return
    }
    const [bound, perhaps] = [memory.entered('symbols') as readonly Name[], memory.entered('maybe') as readonly Name[]] // their keys
    const [names, maybes, sights, routines] = [bound.length, perhaps.length, this.sights?.length ?? 0, this.topLevel.length]
    const asked = { names: new Map<string, Symbol | undefined>(), operators: new Map<string, readonly Symbol[]>() }
    const extended = new Set(this.extended)
    this.extended.clear()
    memory.renew(item)
    memory.enter(item)
    this.scopes.listen(asked)
    this.item(item)
    this.scopes.listen(undefined)
    memory.enter()
    const declares: Symbol[] = []
    for (let at = this.scopes.mark(); at !== undefined && at !== mark; at = at.below) declares.unshift(at.symbol)
    const own = new Set(declares)
    for (const [name, symbol] of asked.names) if (symbol !== undefined && own.has(symbol)) asked.names.delete(name)
    for (const [operator, symbols] of asked.operators)
      asked.operators.set(
        operator,
        symbols.filter((symbol) => !own.has(symbol)),
      )
    memory.keep(item, {
      declares,
      taken: asked.names,
      operators: asked.operators,
      topLevel: this.topLevel.slice(routines),
      extended: [...this.extended],
      sights: this.sights?.slice(sights) ?? [],
      names: [...bound.slice(names), ...perhaps.slice(maybes).filter((name) => !this.symbols.has(name))],
    })
    for (const name of extended) this.extended.add(name)
  }

  /** Whether an item is one of two that declare a channel type: the first changes when the second is read. */
  private isForward(item: Declaration | Test): boolean {
    return item.kind === 'channel-type' && (item.isForward || [...this.forwards.keys()].some(({ name }) => name === item.name.text))
  }

  protected override process(process: Process): void {
    this.see(process.span)
    switch (process.kind) {
      case 'skip':
      case 'stop':
      case 'suspend':
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
        for (const part of [process.extended?.during, process.extended?.after]) if (part !== undefined) this.process(part)
        return
      case 'sync':
        this.expression(process.barrier)
        return
      case 'resign':
        this.expression(process.barrier)
        this.process(process.body)
        return
      case 'claim':
        this.expression(process.end)
        this.process(process.body)
        return
      case 'fork':
        this.process(process.call)
        return
      case 'forking':
        this.process(process.body)
        return
      case 'seq':
        this.scoped(process.replicator, () => {
          for (const step of process.body) this.process(step)
        })
        return
      case 'par':
        for (const barrier of process.enrolled ?? []) this.expression(barrier)
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
            this.see(option.span)
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
        this.bind(process.name, 'PROC', (symbol) => symbol.kind === 'proc' || symbol.kind === 'variable')
        for (const actual of process.actuals) this.expression(actual)
        return
      case 'scope': {
        // a long row of declarations is a deep nest: unroll it
        const mark = this.scopes.mark()
        let inner: Process = process
        while (inner.kind === 'scope') {
          this.see(inner.declaration.span)
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

  private outputItem(item: OutputItem, first: boolean): void {
    if (item.kind === 'counted') this.expression(item.count)
    else if (first && item.value.kind === 'name-use') {
      this.fieldOrTag(item.value.name)
      return
    }
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
      case 'items': {
        const [first] = mode.items
        // the first may be a tag: `c ? tag; x`
        if (first?.kind === 'plain' && first.target.kind === 'name-use') {
          this.fieldOrTag(first.target.name)
          this.inputItems(mode.items.slice(1))
        } else this.inputItems(mode.items)
        return
      }
      case 'tag':
        this.fieldOrTag(mode.tag)
        this.inputItems(mode.items)
        return
      case 'case':
        for (const variant of mode.variants) {
          this.within(variant.declarations, () => {
            this.see(variant.span)
            this.fieldOrTag(variant.tag)
            this.inputItems(variant.items)
            this.process(variant.body)
            if (variant.after !== undefined) this.process(variant.after)
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
      this.see(alternative.span)
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
        case 'sync-guard':
          if (alternative.condition !== undefined) this.expression(alternative.condition)
          this.process(alternative.sync)
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
      this.see(choice.span)
      if (choice.kind === 'nested-if') {
        this.process(choice.conditional)
        return
      }
      this.expression(choice.condition)
      this.process(choice.body)
    })
  }
}
