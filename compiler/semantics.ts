/**
 * What the checking passes learn about a program: symbols, types, constants. The back end reads a `Checked` program and nothing else.
 *
 * Invariants of a `Checked` program without errors
 * - every `Name` at a use has a symbol in `symbols`; every `Name` at a declaration has one too (the same object)
 * - every expression has a type in `types`; undecorated literals have the type their context gave them; no `missing`, no poison
 * - every expression the language wants constant (array sizes, CASE labels) has a value in `constants`, and so has any other
 *   expression whose value is known (VAL abbreviations of constants included), with checked overflow
 * - every channel expression's protocol and direction agree with its use; every call's actuals agree with the formals
 */
import type {
  Claim,
  Declaration,
  Direction,
  Expression,
  Fork,
  Formal,
  FunctionDeclaration,
  Name,
  PrimitiveName,
  ProcCall,
  ProcDeclaration,
  Program,
  Replicator,
  Test,
} from '../grammar/ast.ts'
import type { Span } from '../grammar/source.ts'
import type { EntryDescription, ProgramInterface } from '../runtime/program-interface.ts'

// ---------------------------------------------------------------------------------------------- types

export type Type =
  | PrimitiveType
  | ArrayType
  | RecordType
  | NamedType
  | MobileType
  | BundleType
  | EndType
  | ChannelType
  | { readonly kind: 'timer' }
  | { readonly kind: 'barrier' }
  | ProcessType
  /** The type of what could not be typed: agrees with everything, reported once. */
  | { readonly kind: 'poison' }

export interface PrimitiveType {
  readonly kind: 'primitive'
  readonly name: PrimitiveName
}

/** `size` is undefined for an open dimension (`[]T`), which only formals, abbreviations and retypings have. */
export interface ArrayType {
  readonly kind: 'array'
  readonly size?: number
  readonly element: Type
  /** `MOBILE []CHAN T`: channels that are made at run time, `MOBILE [n]CHAN T`; before that there are none. */
  readonly allocated?: true
}

/** `MOBILE T`: a variable holds a reference to a value of the type, which assignment and communication move. */
export interface MobileType {
  readonly kind: 'mobile'
  readonly element: Type
}

/** A channel type: what `CHAN TYPE T` declares. No variable has it; variables have its ends. */
export interface BundleType {
  readonly kind: 'bundle'
  readonly name: string
  /** Channels with the directions that the end `T?` has. Empty until the declaration is complete. */
  readonly fields: { readonly name: string; readonly type: ChannelType }[]
}

/** `T!`, `SHARED T?`: an end of a channel type, always within a MobileType. */
export interface EndType {
  readonly kind: 'end'
  readonly bundle: BundleType
  readonly direction: Direction
  readonly shared: boolean
}

/** `PROC TYPE P`: what a mobile process is given when it is run. Compared by identity. */
export interface ProcessType {
  readonly kind: 'process'
  readonly name: string
  readonly formals: readonly VariableSymbol[]
}

export interface RecordType {
  readonly kind: 'record'
  readonly name: string
  readonly packed: boolean
  readonly fields: readonly { readonly name: string; readonly type: Type }[]
}

/** `DATA TYPE LENGTH IS REAL64`: distinct from its representation. */
export interface NamedType {
  readonly kind: 'named'
  readonly name: string
  readonly representation: Type
}

/** A channel or, with a direction, one end of it. */
export interface ChannelType {
  readonly kind: 'channel'
  readonly protocol: Protocol
  readonly direction?: Direction
  /** Whether an end of it has to be claimed. */
  readonly shared: boolean
  /** Which end that is, where only one is. */
  readonly sharedEnd?: Direction
}

export type Protocol =
  | { readonly kind: 'sequence'; readonly name?: string; readonly items: readonly ProtocolComponent[] }
  | {
      readonly kind: 'variant'
      readonly name: string
      /** The protocols whose tags it has as well. */
      readonly extends?: readonly Protocol[]
      /** `index` is what travels for the tag. */
      readonly tags: readonly { readonly name: string; readonly index: number; readonly items: readonly ProtocolComponent[] }[]
    }
  | { readonly kind: 'any' }
  | { readonly kind: 'poison' }

export type ProtocolComponent =
  { readonly kind: 'plain'; readonly type: Type } | { readonly kind: 'counted'; readonly count: PrimitiveType; readonly element: Type }

// ---------------------------------------------------------------------------------------------- symbols

/**
 * One declared thing. Symbols are compared by identity; two declarations of the same name are two symbols.
 * `level` is the nesting depth of PROC/FUNCTION bodies the declaration stands in (0: top level), so that a use at a deeper level is a free name.
 */
export type Symbol = VariableSymbol | ProcSymbol | FunctionSymbol | ProtocolSymbol | TypeSymbol | FieldSymbol | TagSymbol | PoisonSymbol

interface Declared {
  readonly name: string
  readonly level: number
  /** Undefined for what is predefined. */
  readonly declaredAt?: Span
}

/** Anything with a value or an identity at run time: variables, parameters, abbreviations, replicator indices, channels, timers. */
export interface VariableSymbol extends Declared {
  readonly kind: 'variable'
  readonly type: Type
  readonly role:
    | 'variable' // `INT x:` and `CHAN INT c:`
    | 'initial' // `INITIAL INT x IS e:`
    | 'val' // VAL abbreviation
    | 'reference' // reference abbreviation or retyping
    | 'index' // replicator index
    | 'formal'
  /** For a formal. */
  readonly mode?: Formal['mode']
  /** Whether an assignment or input may change it. */
  readonly writable: boolean
  /** For a channel without a written direction: what its uses say; undefined when it is used both ways in its own scope. */
  inferredDirection?: Direction
}

export interface ProcSymbol extends Declared {
  readonly kind: 'proc'
  readonly formals: readonly VariableSymbol[]
  /** Undefined when predefined (`ASSERT`) or a host service. */
  readonly declaration?: ProcDeclaration
  readonly predefined?: 'ASSERT' | 'CAUSEERROR' | 'RESCHEDULE' | 'SETPRI' | 'INCPRI' | 'DECPRI' | 'RESIZE.MOBILE.ARRAY.1D'
  /** For a host service: its name as the runtime knows it, e.g. `node.name`. */
  readonly host?: string
  /** The program declares the heading of the host service, and whoever runs the program may provide it. */
  readonly provided?: true
}

export interface FunctionSymbol extends Declared {
  readonly kind: 'function'
  readonly formals: readonly VariableSymbol[]
  readonly results: readonly Type[]
  readonly declaration?: FunctionDeclaration
  /** Predefined: the name in capitals, e.g. `LONGADD`, `SQRT`. */
  readonly predefined?: string
}

export interface ProtocolSymbol extends Declared {
  readonly kind: 'protocol'
  readonly protocol: Protocol
}

export interface TypeSymbol extends Declared {
  readonly kind: 'type'
  readonly type: Type
}

export interface FieldSymbol extends Declared {
  readonly kind: 'field'
  readonly index: number
  readonly type: Type
}

export interface TagSymbol extends Declared {
  readonly kind: 'tag'
  /** What travels: the tag's position in its protocol; protocols that are extended share one count. */
  readonly index: number
  readonly items: readonly ProtocolComponent[]
}

export interface PoisonSymbol extends Declared {
  readonly kind: 'poison'
}

// ---------------------------------------------------------------------------------------------- values

/**
 * A value known at compile time. Integers of every type (BYTE included) are bigints, reals numbers (REAL32 already rounded), arrays
 * are lists (strings too), row-major and nested as the type is.
 */
export type Constant = bigint | number | boolean | readonly Constant[]

// ---------------------------------------------------------------------------------------------- the checked program

/** The interface of a program, but for where its entries are in the code. */
export type DescribedInterface = Omit<ProgramInterface, 'entries'> & {
  readonly entries: readonly Omit<EntryDescription, 'unit' | 'machine'>[]
}

/** A declaration that gives a name to something that has one. */
export type Naming = Extract<Declaration, { kind: 'abbreviation' | 'reshape' }>

/** Two actual parameters of a call, in the order of the text, that must not overlap: the callee may change one of them. */
export type ComparedActuals = readonly [first: Expression, second: Expression]

export interface Checked {
  readonly program: Program
  /** Symbol of every name, at its declaration and at its uses (a tag or field name at its use too). */
  readonly symbols: ReadonlyMap<Name, Symbol>
  /** Type of every expression; for a function call with several results see `resultTypes`. */
  readonly types: ReadonlyMap<Expression, Type>
  readonly resultTypes: ReadonlyMap<Expression, readonly Type[]>
  readonly constants: ReadonlyMap<Expression, Constant>
  /** The function a user-defined operator application calls. */
  readonly operatorCalls: ReadonlyMap<Expression, FunctionSymbol>
  /** Values of replicator counts where known. */
  readonly counts: ReadonlyMap<Replicator, number>
  /** Mobile variables, and parts of them, where their values are moved away. */
  readonly moved: ReadonlySet<Expression>
  /** Which end each CLAIM claims. */
  readonly claims: ReadonlyMap<Claim, Direction>
  /** The FORKs that no FORKING in the same PROC waits for: one around the whole program does. */
  readonly looseForks: ReadonlySet<Fork>
  /** A channel is seen under two protocols that are held differently, so messages travel as bytes. */
  readonly bytesOnChannels: boolean
  /** Calls that give a variable two names, which a pragma or option permits; known after the usage pass. */
  readonly aliasedCalls?: ReadonlySet<ProcCall>
  /** Actual parameters that may be one variable, which is for run time to tell; known after the usage pass. */
  readonly comparedActuals?: ReadonlyMap<ProcCall, readonly ComparedActuals[]>
  /** Abbreviations around one that may stand for the same variable, which is for run time to tell; known after the usage pass. */
  readonly comparedAbbreviations?: ReadonlyMap<Naming, readonly Naming[]>
  /** Variables that branches of a PAR share though one of them writes, which a pragma or option permits; known after the usage pass. */
  readonly sharedVariables?: ReadonlySet<VariableSymbol>
  /** Scalars that several branches or copies of a PAR may write, of which only one does: what it has written no other may take back at the join. */
  readonly copyVariables?: ReadonlySet<VariableSymbol>
  readonly tests: readonly Test[]
  /** The main process, if the program has one. */
  readonly main?: ProcSymbol
  /** Services whose headings the program declares itself. */
  readonly services: readonly ProcSymbol[]
  /** PROCs that are to be started from outside. */
  readonly entries?: readonly ProcSymbol[]
  /** Of these, the ones that suspend themselves. */
  readonly suspending?: ReadonlySet<ProcSymbol>
  /** What each parameter of `main` is connected to, in order. */
  readonly mainParameters?: readonly MainParameter[]
}

/** The character streams that a main process can be given. */
export type MainParameter = 'keyboard' | 'screen' | 'error'
