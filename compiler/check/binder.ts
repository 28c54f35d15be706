/** Declaring and binding names: the part of name resolution that does not depend on the shape of the tree. */
import type { ChannelTypeDeclaration, Expression, Formal, FunctionDeclaration, Name, ProcDeclaration, Program } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import { jumpMeant } from '../../grammar/jumps.ts'
import { keywords, Primitive } from '../../grammar/tokens.ts'
import type { Reporting } from '../diagnostics/catalogue.ts'
import type { FunctionSymbol, Symbol, VariableSymbol } from '../semantics.ts'
import { ItemNames } from './item-names.ts'
import type { CheckMemory } from './memory.ts'
import { namesFrom, Scopes, type Entry, type Sight } from './scope.ts'
import { COURSE, LIBRARIES } from './libraries.ts'
import { nearest } from './spelling.ts'
import { kindOf, POISON } from './type-model.ts'

/** So many names are compared with unknown ones in all, so that thousands of faults among thousands of names do not take for ever. */
const MOST_COMPARED = 1_000_000

/** Predefined routines that load and run code on a transputer (occam 2.1 reference manual, appendix P). */
const LOADERS = new Set([
  'KERNEL.RUN',
  'LOAD.INPUT.CHANNEL',
  'LOAD.OUTPUT.CHANNEL',
  'LOAD.INPUT.CHANNEL.VECTOR',
  'LOAD.OUTPUT.CHANNEL.VECTOR',
  'LOAD.BYTE.VECTOR',
])
const LOADER = 'it runs machine code of a transputer, which there is none of here: call a PROC, or place one with `PLACED PAR`'

/** Routines of KRoC that make variables and messages of addresses. */
const BY_ADDRESS = new Set(['ATTACH.DYNMOB', 'DETACH.DYNMOB', 'DECODE.DATA', 'DECODE.CHANNEL', 'DECODE.CHANNEL3', 'ENCODE.CHANNEL'])
const ADDRESS = 'it reaches memory by its address, and nodes have no memory map: `MOBILE [n]T` makes an array, and RETYPES gives its bytes'

/** Names of types in other languages. */
const FOREIGN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    INTEGER: 'INT',
    LONG: 'INT64',
    SHORT: 'INT16',
    CHAR: 'BYTE',
    CHARACTER: 'BYTE',
    BOOLEAN: 'BOOL',
    REAL: 'REAL32',
    FLOAT: 'REAL32',
    DOUBLE: 'REAL64',
    STRING: '[n]BYTE',
    INT8: 'BYTE',
    UINT8: 'BYTE',
  }).map(([name, type]) => [name, `write \`${type}\``]),
)

/** Protocols that libraries of the occam 2 toolset declare. */
const TOOLSET: ReadonlyMap<string, string> = new Map([['SP', '`#INCLUDE "hostio.inc"` declares it']])

/** What prints in other languages. */
const PRINTS = /^(?:print|println|printf|puts|putchar|putc|write|writeln|echo|cout)$/i

/** What waits in other languages. */
const WAITS = /^(?:sleep|usleep|delay|wait|pause)$/i

/** What stands for all other values in other languages. */
const OTHERWISE = /^(?:default|otherwise|else)$/i

/** What a name stands for that is not one here. */
function foreign(name: string, wanted: string): string | undefined {
  const upper = name.toUpperCase()
  if (wanted.endsWith('type')) return keywords.get(upper) === Primitive ? `write \`${upper}\`` : FOREIGN.get(upper)
  if (upper === 'TRUE' || upper === 'FALSE') return `write \`${upper}\``
  if (COURSE.has(name)) return 'it is in the library `course`: write `#INCLUDE "course.module"` at the top'
  const library = LIBRARIES.get(name)
  if (library !== undefined) return `it is in the library \`${library}\`: write \`#USE "${library}"\` at the top`
  const jump = wanted === 'PROC' ? jumpMeant(name) : undefined
  if (jump !== undefined) return jump
  if (OTHERWISE.test(name)) return 'write `ELSE` for all other values of a CASE'
  if (WAITS.test(name)) return 'waiting is an input from a timer: `TIMER tim:`, `tim ? now`, `tim ? AFTER now PLUS microseconds`'
  return PRINTS.test(name)
    ? 'output goes to a channel: `screen ! b`, or `out.string ("...", 0, screen!)` of the library `course`'
    : undefined
}

const WORDS = { proc: 'PROC', function: 'FUNCTION', 'channel-type': 'CHAN TYPE' } as const

/** Keeps what is visible while a walk goes through the program. */
export class Binder {
  protected readonly scopes = new Scopes()
  protected readonly symbols: Map<Name, Symbol>
  protected readonly maybe: Map<Name, Entry | undefined>
  protected readonly operators: Map<Expression, readonly FunctionSymbol[]>
  protected readonly used = new Set<Symbol>()
  /** Of names in `maybe` that nothing has: the names of the item that they are in. */
  protected readonly unknown = new Map<Name, ItemNames>()
  /** The names of the present item of the top level. */
  protected itemNames = new ItemNames()
  /** Routines that the program says are in another language, and where it says so. */
  protected external: ReadonlyMap<string, Span> = new Map()
  /** PROCs and FUNCTIONs whose body is being read and which cannot see themselves. */
  protected readonly blind: (ProcDeclaration | FunctionDeclaration | ChannelTypeDeclaration)[] = []
  protected level = 0
  protected operatorsDeclared = false
  protected broken = false
  /** A file that the program includes is not there. */
  protected incomplete = false
  /** The items of the top level that have been gone through. */
  protected readonly passed = new Set<object>()
  /** What was visible where; undefined when nobody wants to know. */
  protected sights: Sight[] | undefined

  constructor(
    protected readonly program: Program,
    protected readonly report: Reporting,
    protected readonly memory?: CheckMemory,
  ) {
    this.symbols = memory?.layer('symbols') ?? new Map<Name, Symbol>()
    this.maybe = memory?.layer('maybe') ?? new Map<Name, Entry | undefined>()
    this.operators = memory?.layer('operators') ?? new Map<Expression, readonly FunctionSymbol[]>()
  }

  private compared = 0

  /** Keeps what is visible at each process from now on. */
  keepSights(): void {
    this.sights = []
  }

  /** Notes what is visible where something begins. */
  protected see(span: Span): void {
    this.sights?.push({ span, entry: this.scopes.mark() })
  }

  /** The names in sight that an unknown one may have been meant to be; none once very many have been compared. */
  private *candidates(accepts: (symbol: Symbol) => boolean): Generator<string> {
    for (const name of namesFrom(this.scopes.mark(), accepts)) {
      if (this.compared >= MOST_COMPARED) return
      this.compared++
      yield name
    }
  }

  protected declare(name: Name, symbol: Symbol): void {
    this.symbols.set(name, symbol)
    if (name.text === '') return
    this.scopes.declare(name.text, symbol)
    this.itemNames.declare(symbol)
  }

  protected variable(name: Name, role: VariableSymbol['role'], writable: boolean, mode?: Formal['mode']): VariableSymbol {
    const base = { kind: 'variable' as const, name: name.text, level: this.level, declaredAt: name.span, type: POISON, role, writable }
    return mode === undefined ? base : { ...base, mode }
  }

  /** A name doubled within one list would hide its brother at once. */
  protected distinct(names: readonly Name[], list: string): void {
    const seen = new Map<string, Span>()
    for (const name of names) {
      const first = seen.get(name.text)
      if (first === undefined) seen.set(name.text, name.span)
      else if (name.text !== '')
        this.report('E0302', { span: name.span, text: 'the second' }, { name: name.text, list }, [{ span: first, text: 'the first' }])
    }
  }

  /**
   * A name that the type beside it may explain.
   * @param lost whether what has that type is unknown itself
   */
  protected fieldOrTag(name: Name, lost = false): void {
    this.maybe.set(name, this.scopes.mark())
    const symbol = this.scopes.find(name.text)
    if (symbol === undefined) {
      if (lost) this.symbols.set(name, { kind: 'poison', name: name.text, level: this.level })
      else this.unknown.set(name, this.itemNames)
      return
    }
    this.symbols.set(name, symbol)
    this.used.add(symbol)
  }

  /** Binds a use; reports a name that is not declared, or is something else than `wanted`. */
  protected bind(name: Name, wanted: string, accepts: (symbol: Symbol) => boolean): void {
    const symbol = this.scopes.find(name.text)
    if (symbol !== undefined) {
      this.used.add(symbol)
      if (symbol.kind === 'poison' || accepts(symbol)) {
        this.symbols.set(name, symbol)
        return
      }
    }
    this.symbols.set(name, { kind: 'poison', name: name.text, level: this.level })
    if (symbol === undefined && name.text.includes('_')) return // the name itself was reported: E0108
    if (!this.itemNames.tell(name, wanted)) return
    const self = this.blind.findLast((declaration) => declaration.name.text === name.text)
    const external = this.external.get(name.text)
    if (symbol === undefined && external !== undefined) {
      this.report('E0312', name.span, { name: name.text }, [{ span: external, text: 'declared here' }])
    } else if (symbol !== undefined) {
      const secondary = symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared here' }]
      this.report('E0304', name.span, { name: name.text, is: kindOf(symbol), wanted: article(wanted) }, secondary)
    } else if (self !== undefined) {
      const label = { span: self.name.span, text: 'its own declaration ends only after its body' }
      this.report('E0303', name.span, { name: name.text, word: WORDS[self.kind] }, [label])
    } else {
      const suggestion = nearest(name.text, this.candidates(accepts))
      const ended = suggestion === undefined ? this.itemNames.ended(name, accepts) : undefined
      const hint =
        this.later(name) ??
        (LOADERS.has(name.text) ? LOADER : undefined) ??
        (BY_ADDRESS.has(name.text) ? ADDRESS : undefined) ??
        (wanted.startsWith('protocol') ? TOOLSET.get(name.text) : undefined) ??
        (suggestion === undefined || LIBRARIES.has(name.text)
          ? (foreign(name.text, wanted) ?? (wanted === 'PROC' ? undefined : this.asField(name)))
          : undefined) ??
        ended?.hint
      if (this.incomplete && suggestion === undefined && hint === undefined) return
      this.report('E0301', name.span, { name: name.text, what: wanted, suggestion, hint }, ended === undefined ? [] : [ended.label])
    }
  }

  /** `p.x` for `p[x]`. */
  private asField({ text }: Name): string | undefined {
    const dot = text.lastIndexOf('.')
    const record = text.slice(0, Math.max(0, dot))
    return this.scopes.find(record)?.kind === 'variable'
      ? `a point is part of a name; a field is written \`${record}[${text.slice(dot + 1)}]\``
      : undefined
  }

  /** A hint for a PROC or FUNCTION that is declared further down. */
  private later(name: Name): string | undefined {
    const after = this.program.items.some(
      (item) => (item.kind === 'proc' || item.kind === 'function') && item.name.text === name.text && !this.passed.has(item),
    )
    return after ? `\`${name.text}\` is declared further down: move it above this use` : undefined
  }
}

function article(noun: string): string {
  return /^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`
}
