/** What the desugaring functions share: where names are, the list that statements are emitted into, and the routines made so far. */
import type { Declaration, Expression, FunctionDeclaration, Name, ProcDeclaration } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Checked, Constant, FunctionSymbol, ProcSymbol, Symbol, Type, VariableSymbol } from '../../semantics.ts'
import { spelled } from '../../check/spelled-types.ts'
import { INT_TYPE, int, raw, use } from '../ir/build.ts'
import { rangeOf } from '../ir/range.ts'
import { Local } from '../ir/ir.ts'
import type { CoreRoutine, CoreType, Expr, Routine, Scalar, CoreStmt } from '../ir/ir.ts'

/** What a name, an element or a slice denotes. */
export type Denotation =
  /** A scalar: a local, or any pure expression that stands for a value. */
  | { readonly kind: 'value'; readonly expr: Expr }
  /** An element of an array. `checked`: the index has still to be checked when it is used. */
  | {
      readonly kind: 'element'
      readonly array: Expr
      readonly index: Expr
      readonly checked: boolean
      readonly scalar: Scalar
      readonly backing?: BackingStore
      readonly span: Span
    }
  /** A scalar that lies in a stretch of bytes: a field of a record, a retyped array. */
  | { readonly kind: 'bytes'; readonly bytes: Expr; readonly scalar: Scalar; readonly span: Span }
  | ArrayDenotation
  | { readonly kind: 'channel'; readonly expr: Expr; readonly locks?: Locks }
  | { readonly kind: 'timer' }
  /** An abbreviation or retyping at top level whose value is not known: evaluated anew at each use. */
  | { readonly kind: 'inline'; readonly denote: () => Denotation }

/** An array of scalars or channels: the flat array it lies in, and where. */
export interface ArrayDenotation {
  readonly kind: 'array'
  readonly view: Expr
  /** First element, checked; undefined when the view is the whole array. */
  readonly offset?: Expr
  /** Bytes that may begin at any address: those of a PACKED RECORD, or of a stretch of a buffer. */
  readonly unaligned?: true
  readonly backing?: BackingStore
  /** Of SHARED channels: arrays of the claims of their ends, as `view` has the channels. */
  readonly locks?: Locks
  /** Where the reference is kept, when it is all of a mobile. */
  readonly mobile?: MobileSlot
  /** Outermost first; each is a literal, a local or an expression of fixed locals. */
  readonly dims: readonly Expr[]
}

/** The claims of the ends of a channel, or of channels, that are SHARED. */
export interface Locks {
  readonly '!'?: Expr
  readonly '?'?: Expr
}

/** A place that holds a reference to a mobile. */
export interface MobileSlot {
  /** What is held, MOBILE itself included. */
  readonly type: Type
  readonly at: SlotLocation
  /** Of a field or an element: it may be none even where the type has all its sizes. */
  readonly span: Span
}

/** A local, or an element of an array of references. */
export type SlotLocation =
  | { readonly kind: 'local'; readonly local: Local }
  | { readonly kind: 'part'; readonly parts: Expr; readonly index: Expr; readonly checked: boolean }

/**
 * Where elements really lie, when `view` may be a copy since their bytes do not begin on a boundary of the elements: what is written to the
 * view has to be settled there.
 */
export interface BackingStore {
  readonly bytes: Expr
  readonly view: Expr
}

/** What stands in the place of a scalar reference parameter. */
export type Binding =
  /** The variable itself, which the callee can see or has been given. */
  | { readonly kind: 'free'; readonly local: Local }
  /** The same as another parameter. */
  | { readonly kind: 'same'; readonly formal: VariableSymbol }
  /** An array of one element, or the bytes of a field. */
  | { readonly kind: 'view'; readonly of: 'element' | 'bytes' }

/** Another form of a PROC: what its parameters are bound to. Those not in it are as ever. */
export type Bindings = ReadonlyMap<VariableSymbol, Binding>

/** One form of a PROC. */
export interface Variant {
  readonly bindings: Bindings
  readonly routine: Routine
}

/** What each name denotes. The local behind a name knows from then on how the text declares it. */
class Places extends Map<Symbol, Denotation> {
  override set(symbol: Symbol, denotation: Denotation): this {
    const local = symbol.kind === 'variable' ? localOf(denotation) : undefined
    if (local !== undefined && symbol.kind === 'variable') local.declared ??= spelled(symbol.type)
    return super.set(symbol, denotation)
  }
}

/** @returns the local that is all of what is denoted, if there is one */
function localOf(denotation: Denotation): Local | undefined {
  switch (denotation.kind) {
    case 'value':
    case 'channel':
      return denotation.expr.kind === 'local' ? denotation.expr.local : undefined
    case 'array':
      if (denotation.mobile !== undefined) return denotation.mobile.at.kind === 'local' ? denotation.mobile.at.local : undefined
      return denotation.view.kind === 'local' && denotation.offset === undefined ? denotation.view.local : undefined
    case 'element':
    case 'bytes':
    case 'timer':
    case 'inline':
      return undefined
  }
}

export class Context {
  readonly places = new Places()
  readonly routines = new Map<ProcDeclaration | FunctionDeclaration, Routine>()
  /** Other forms of PROCs, whose parameters are bound to variables: see aliased-calls.ts. */
  readonly variants = new Map<ProcDeclaration | FunctionDeclaration, Variant[]>()
  /** The variables that parameters are bound to in the forms being lowered, the innermost last. */
  readonly bound: ReadonlySet<Local>[] = []
  /** The arrays that hold what branches of a PAR share: see shared-variables.ts. */
  readonly shared = new Set<Local>()
  /** Arrays that callers gave by reference where some of the program's variables are shared: these may be. */
  readonly perhapsShared = new Set<Local>()
  /** The routine a declaration stands in, for its name. */
  readonly enclosing = new Map<Declaration, string>()
  readonly order: CoreRoutine[] = []
  private readonly names = new Set<string>()
  /** The first number that may be free behind a name. */
  private readonly numbers = new Map<string, number>()
  /** Statements go here. */
  out: CoreStmt[] = []
  /** Name of the routine that is being lowered; empty at top level. */
  routineName = ''
  /** Arrays that belong to the routine itself, so that a function may return them without a copy. */
  ownArrays = new Set<Local>()
  /** Whether the program may fork what only its end waits for. */
  readonly forks: boolean
  readonly checked: Checked
  readonly direct: ReadonlySet<ProcDeclaration | FunctionDeclaration>
  /** Makes a routine on its first call; set by desugar.ts. */
  makeRoutine: (symbol: ProcSymbol | FunctionSymbol, bindings?: Bindings) => Routine = () => {
    throw new Error('desugar.ts sets makeRoutine')
  }

  /**
   * @param coverable whether each SKIP leaves something in the code, so that one can see whether it was run
   */
  constructor(
    checked: Checked,
    direct: ReadonlySet<ProcDeclaration | FunctionDeclaration>,
    readonly coverable = false,
  ) {
    this.checked = checked
    this.forks = checked.looseForks.size > 0
    this.direct = direct
  }

  emit(s: CoreStmt): void {
    this.out.push(s)
  }

  /** Emits a check: a call of an intrinsic that faults, or else has no effect. */
  check(name: string, operands: readonly Expr[], span: Span): void {
    this.emit({ kind: 'check', value: { kind: 'intrinsic', name, operands, type: INT_TYPE, faults: true, span }, span })
  }

  /** Runs `work` with an empty list to emit into. @returns its result and what it emitted */
  collect<T>(work: () => T): [result: T, emitted: CoreStmt[]] {
    const outer = this.out
    const inner: CoreStmt[] = []
    this.out = inner
    try {
      return [work(), inner]
    } finally {
      this.out = outer
    }
  }

  /** Runs `work`. @returns what it emitted */
  body(work: () => void): CoreStmt[] {
    return this.collect(work)[1]
  }

  symbol(name: Name): Symbol {
    const symbol = this.checked.symbols.get(name)
    if (symbol === undefined) throw new Error(`no symbol for ${name.text}`)
    return symbol
  }

  variable(name: Name): VariableSymbol {
    const symbol = this.symbol(name)
    if (symbol.kind !== 'variable') throw new Error(`${name.text} is not a variable`)
    return symbol
  }

  type(e: Expression): Type {
    const type = this.checked.types.get(e)
    if (type === undefined) throw new Error(`no type for a ${e.kind}: ${textOf(e.span)}`)
    return type
  }

  constant(e: Expression): Constant | undefined {
    return this.checked.constants.get(e)
  }

  place(symbol: Symbol): Denotation {
    const place = this.places.get(symbol)
    if (place === undefined) throw new Error(`no place for ${symbol.name}`)
    return place
  }

  /** Declares a fixed local that holds `value`. @returns a use of it; `value` itself when that is as good */
  fixed(name: string, value: Expr, type: CoreType, span: Span): Expr {
    if (value.kind === 'literal' || value.kind === 'table') return value
    if (value.kind === 'local' && value.local.fixed) return value
    const local = new Local(name, type, true, rangeOf(value))
    this.emit({ kind: 'declare', local, value, span })
    return use(local)
  }

  /** @returns a name no other routine has. */
  unique(name: string): string {
    let result = name
    let n = this.numbers.get(name) ?? 2
    for (; this.names.has(result); n++) result = `${name}-${n}`
    this.names.add(result)
    this.numbers.set(name, n)
    return result
  }
}

/** @returns the elements in an array of these dimensions. */
export function product(dims: readonly Expr[], span: Span): Expr {
  return dims.reduce((size, d) => raw('raw*', size, d, span), int(1))
}

/** @returns the whole of an array place as one view. */
export function viewOf(place: ArrayDenotation, span: Span): Expr {
  if (place.offset === undefined) return place.view
  return { kind: 'slice', array: place.view, offset: place.offset, length: product(place.dims, span) }
}
