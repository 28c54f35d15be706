/**
 * What the type checker knows while it walks a program: one object, handed to every function of the pass. The walk meets declarations before
 * their uses, so whatever is looked up here is already known.
 */
import type {
  Branch,
  Claim,
  Declaration,
  Direction,
  Expression,
  Fork,
  Name,
  Process,
  Replicator,
  TypeExpression,
  ValueProcess,
} from '../../grammar/ast.ts'
import { readable } from '../../grammar/bytes.ts'
import type { Span } from '../../grammar/source.ts'
import type { SyntaxNode } from '../../grammar/walk.ts'
import type { Reporting } from '../diagnostics/catalogue.ts'
import type {
  BundleType,
  Constant,
  FieldSymbol,
  FunctionSymbol,
  ProcSymbol,
  Protocol,
  RecordType,
  Symbol,
  TagSymbol,
  Type,
  VariableSymbol,
} from '../semantics.ts'
import { balanced } from '../diagnostics/spans.ts'
import type { ArithmeticFault } from './arithmetic.ts'
import type { Resolved } from './resolve.ts'

/** A constant expression that has no value: where, and in words. */
export interface ConstantFault extends ArithmeticFault {
  readonly at: Expression
}

/** What evaluation found: a value, a fault, or null for what only run time can tell. */
export type Outcome = Constant | ConstantFault | null

/** Types and values, as far as they are known. */
export interface Knowledge {
  readonly symbols: Map<Name, Symbol>
  readonly types: Map<Expression, Type>
  readonly resultTypes: Map<Expression, readonly Type[]>
  /** Types of type expressions (formals that share one are typed once). */
  readonly typeExpressions: Map<TypeExpression, Type>
  readonly operatorCalls: Map<Expression, FunctionSymbol>
  readonly counts: Map<Replicator, number>
  /** Values of VAL abbreviations. */
  readonly values: Map<Symbol, Constant>
  /** VAL abbreviations of constants that have no value. */
  readonly faults: Map<Symbol, ConstantFault>
  readonly outcomes: Map<Expression, Outcome>
  /** Expressions whose missing value has been reported; nobody repeats it. */
  readonly complained: Set<SyntaxNode>
  /** The values that an AND or OR has whatever happens at run time. */
  readonly certain: Map<Expression, boolean>
  /** Carries out a FUNCTION of the program with values for its parameters; without it such calls have no values. */
  readonly callFunction?: ((known: Knowledge, symbol: FunctionSymbol, actuals: readonly Constant[]) => Outcome) | undefined
  /** FUNCTIONs of which a call would have taken too long. */
  readonly tooLong: Set<FunctionSymbol>
  /** Mobile variables, and parts of them, where their values are moved away. */
  readonly moved: Set<Expression>
  /** Which end each CLAIM claims. */
  readonly claims: Map<Claim, Direction>
  /** The CLAIMs that we are in, within the PROC, outermost first. */
  readonly claimed: Claimed[]
  /** Names that stand for ends that have been claimed. */
  readonly claimedNames: Map<VariableSymbol, Claimed>
  /** The FORKs that have been typed, and that no FORKING in the same PROC waits for. */
  readonly looseForks: Set<Fork>
  /** Whether a channel is seen under two protocols that are held differently. */
  bytesOnChannels: boolean
}

/** An end that a CLAIM around us has. */
export interface Claimed {
  readonly root: VariableSymbol
  readonly direction: Direction
  /** As written, without its direction. */
  readonly text: string
  readonly at: Span
}

/** What a PROC does that a FUNCTION must not do. */
export interface Effects {
  /** The first such thing, in words ("communicates"), and where. */
  first?: { readonly what: string; readonly at: Span }
  /** Variables declared outside the PROC that it changes. */
  readonly writes: Map<VariableSymbol, Span>
  /** Where it has a SUSPEND, or calls a PROC that does: then only a MOBILE PROC may call it. */
  suspends?: Span
}

/** How a channel variable without a written direction is used. */
export interface ChannelUses {
  input?: Span
  output?: Span
  /** Formals, not yet settled, that it was handed to. */
  readonly handedTo: { readonly formal: VariableSymbol; readonly at: Span; readonly name: string }[]
}

export interface TypeContext extends Knowledge {
  readonly resolved: Resolved
  readonly report: Reporting
  readonly tagsOf: Map<Protocol, readonly TagSymbol[]>
  /** What each VAL abbreviation stands for. */
  readonly valueOf: Map<Symbol, Expression>
  /** Numbers that are too large, and are delays: the message says so. */
  readonly delays: Set<Expression>
  /** Names of protocols that others extend. */
  readonly extended: ReadonlySet<string>
  /** How many tags the protocols have that extend others or are extended. */
  sharedTags: number
  readonly fieldsOf: Map<RecordType | BundleType, readonly FieldSymbol[]>
  /** Integer literals that stand under a minus. */
  readonly negated: Set<Expression>
  /** Uses of each undirected channel variable. */
  readonly channelUses: Map<VariableSymbol, ChannelUses>
  /** What an abbreviation of a channel, or of channels, stands for. */
  readonly abbreviates: Map<VariableSymbol, Expression>
  /** Of each PROC, complete when its body is done. */
  readonly effects: Map<ProcSymbol, Effects>
  /** Depth of FUNCTION and VALOF bodies around a declaration; 0 when absent. */
  readonly pureDepths: Map<Symbol, number>
  /** The FUNCTION or VALOF bodies we are in, outermost first. */
  readonly pure: { readonly name: string | undefined }[]
  /** The branches placed with PROCESSOR that we are in, outermost first. */
  readonly processors: Branch[]
  /** What we are in, within the PROC, that no process is suspended in: `a CLAIM`. Outermost first. */
  readonly holding: string[]
  /** The PROC bodies we are in, outermost first. */
  readonly procs: ProcSymbol[]
  /** The other halves of the walk, so that the files need not import each other in a circle. */
  readonly visit: {
    /** Types any expression, channels and timers included. `expected` guides literals; it is not checked. */
    expression(expression: Expression, expected?: Type): Type
    process(process: Process): void
    declaration(declaration: Declaration): void
    /** @returns the types of the results. */
    valof(valof: ValueProcess, expected: readonly Type[] | undefined): Type[]
  }
}

/** A symbol whose type, protocol or results are being filled in. Nothing outside this folder sees it before that is done. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** Gives a symbol the type it was declared with. */
export function settle(symbol: Symbol | undefined, type: Type): void {
  if (symbol?.kind === 'variable' || symbol?.kind === 'type' || symbol?.kind === 'field') (symbol as Draft<{ type: Type }>).type = type // see Draft
}

/** @returns the variable a channel or array expression is rooted in: `a` of `[a[i] FROM j FOR n]`, `c` of `c[i]?`. */
export function rootName(expression: Expression): Name | undefined {
  let at = expression
  for (;;) {
    switch (at.kind) {
      case 'name-use':
        return at.name
      case 'subscript':
      case 'slice':
        at = at.base
        break
      case 'end':
        at = at.channel
        break
      case 'array-literal':
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
      case 'missing':
        return undefined
    }
  }
}

/** @returns the variable symbol `expression` is rooted in, if it is rooted in one. */
export function rootSymbol(knowledge: Knowledge, expression: Expression): VariableSymbol | undefined {
  const name = rootName(expression)
  const symbol = name && knowledge.symbols.get(name)
  return symbol?.kind === 'variable' ? symbol : undefined
}

/** @returns how a channel, or an end of one, is written, without its direction, for a message */
export function withoutDirection(expression: Expression): string {
  return excerpt(expression.span).replace(/\s*[?!]$/, '')
}

/** @returns the text of `span` on one line, shortened for a message. */
export function excerpt(span: Span): string {
  const { file, start, end } = balanced(span)
  const text = readable(file.text.slice(start, end)).replace(/\s+/g, ' ')
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}
