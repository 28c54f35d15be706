/**
 * The abstract syntax of Godwit, as the parser leaves it: nothing is resolved, nothing is typed.
 *
 * Invariants
 * - Every node has a span; a child's span lies within its parent's (unless the child came from an included file).
 * - A construct the parser could not read is a `missing` node; an error was reported for it and later passes stay silent about it.
 * - Nodes are never changed after parsing. Later passes keep what they learn in tables keyed by node.
 * - A name is kept as written. Keywords never appear as names.
 */
import type { Span } from './source.ts'

interface Node {
  readonly span: Span
}

/** A name where it is introduced or used. The symbol tables of the compiler are keyed by this object's identity. */
export interface Name extends Node {
  readonly kind: 'name'
  readonly text: string
}

// ---------------------------------------------------------------------------------------------- programs

/** One program: everything that `#INCLUDE`, `#USE` and `#IF` left, in order. */
export interface Program extends Node {
  readonly kind: 'program'
  /** Top-level declarations and tests, in the order of the text (those of libraries first). */
  readonly items: readonly (Declaration | Test)[]
  /** `#PRAGMA`s and `#OPTION`s, in order. */
  readonly pragmas: readonly Pragma[]
  /** The main process, when the compiler had to make one: it connects the program's own with what that speaks to. One of `items`. */
  readonly connected?: ProcDeclaration
}

export interface Pragma extends Node {
  readonly kind: 'pragma'
  /** The first word in upper case: SHARED, PERMITALIASES, ... */
  readonly word: string
  /** The rest of the line, trimmed. */
  readonly rest: string
}

export interface Test extends Node {
  readonly kind: 'test'
  readonly title: string
  /** `FAILS "R0203"`: the fault code or a text the report must contain. */
  readonly fails?: string
  /** `WITHIN 500 MS`, in microseconds of program time. */
  readonly within?: number
  /** `EXPLORE` / `EXPLORE DEADLOCKS`. */
  readonly explore?: 'holds' | 'deadlocks'
  readonly body: Process
}

// ---------------------------------------------------------------------------------------------- declarations

export type Declaration =
  | VariableDeclaration
  | InitialDeclaration
  | Abbreviation
  | Reshape
  | TypeDeclaration
  | RecordDeclaration
  | ChannelTypeDeclaration
  | ProtocolDeclaration
  | ProcessTypeDeclaration
  | ProcDeclaration
  | FunctionDeclaration
  | Placement
  | MissingDeclaration

/** `INT x, y:`  `[10]CHAN INT c:`  `TIMER t:`. */
export interface VariableDeclaration extends Node {
  readonly kind: 'variable'
  readonly type: TypeExpression
  readonly names: readonly Name[]
  /** A part of the line could not be read, which was reported; there may be more names. */
  readonly partlyLost?: true
}

/** `INITIAL INT x IS e:` `INITIAL INT x, y IS e, f:`: as many values as names, and no value sees one of the names. */
export interface InitialDeclaration extends Node {
  readonly kind: 'initial'
  readonly type: TypeExpression
  readonly names: readonly Name[]
  readonly values: readonly Expression[]
}

/**
 * `VAL INT x IS e:` `VAL x IS e:` (value abbreviations), `INT x IS y:` `x IS a[i]:` `c IS d!:` `CHAN INT c? IS d?:` (reference
 * abbreviations of variables, channels, channel ends and timers), `RESULT INT x IS y:` (one of a variable that gets its value through it).
 */
export interface Abbreviation extends Node {
  readonly kind: 'abbreviation'
  readonly val: boolean
  readonly type?: TypeExpression
  readonly name: Name
  readonly direction?: Direction
  readonly value: Expression
}

/** `VAL [4]BYTE b RETYPES x:` and `RESHAPES`. */
export interface Reshape extends Node {
  readonly kind: 'reshape'
  readonly operator: 'RETYPES' | 'RESHAPES'
  readonly val: boolean
  readonly type: TypeExpression
  readonly name: Name
  readonly direction?: Direction
  readonly value: Expression
}

/** `DATA TYPE LENGTH IS REAL64:`. */
export interface TypeDeclaration extends Node {
  readonly kind: 'data-type'
  readonly name: Name
  readonly type: TypeExpression
}

/** `DATA TYPE POINT` / `RECORD` ... `:`, with fields in order. */
export interface RecordDeclaration extends Node {
  readonly kind: 'record'
  readonly name: Name
  readonly packed: boolean
  readonly mobile: boolean
  readonly fields: readonly { readonly type: TypeExpression; readonly names: readonly Name[] }[]
  /** A part could not be read, which was reported; there may be more fields. */
  readonly partlyLost?: true
}

/**
 * `CHAN TYPE T` / `MOBILE RECORD` / `CHAN P f?:` ... `:`, with the fields in order. `CHAN TYPE T:` has none: it comes before the full
 * declaration. Directions are those of the end `T?`.
 */
export interface ChannelTypeDeclaration extends Node {
  readonly kind: 'channel-type'
  readonly name: Name
  /** The fields may use the type itself. */
  readonly recursive: boolean
  readonly isForward: boolean
  readonly fields: readonly { readonly type: TypeExpression; readonly name: Name; readonly direction?: Direction }[]
  /** As of a record. */
  readonly partlyLost?: true
}

/** `PROTOCOL P IS INT; BYTE:` (simple and sequential) or `PROTOCOL P` / `CASE` / tags `:` (variant). */
export interface ProtocolDeclaration extends Node {
  readonly kind: 'protocol'
  readonly name: Name
  /** For a sequential protocol. */
  readonly items?: readonly ProtocolItem[]
  /** For a variant protocol. */
  readonly tags?: readonly {
    readonly name: Name
    /** `t = 3`. */
    readonly value?: Expression
    readonly items: readonly ProtocolItem[]
    readonly span: Span
  }[]
  /** Protocols this one extends, if any: `EXTENDS A, B`, and `FROM A` among its tags. */
  readonly extends?: readonly Name[]
  /** A part could not be read, which was reported; there may be more components or tags. */
  readonly partlyLost?: true
}

/** One component of a protocol: a type, or a counted array `count::[]element`. */
export type ProtocolItem =
  | { readonly kind: 'plain'; readonly type: TypeExpression; readonly span: Span }
  | { readonly kind: 'counted'; readonly count: TypeExpression; readonly element: TypeExpression; readonly span: Span }
  | { readonly kind: 'any'; readonly span: Span }

export interface ProcDeclaration extends Node {
  readonly kind: 'proc'
  readonly name: Name
  readonly formals: readonly Formal[]
  readonly body: Process
  readonly recursive: boolean
  readonly inline: boolean
  /** `MOBILE PROC m (...) IMPLEMENTS P`: the PROC TYPE. */
  readonly implements?: Name
  /** The header could not be read to its end, which was reported; there may be more formals. */
  readonly brokenHeader?: true
}

/** `PROC TYPE P IS (CHAN INT in?, out!):`. */
export interface ProcessTypeDeclaration extends Node {
  readonly kind: 'process-type'
  readonly name: Name
  readonly formals: readonly Formal[]
}

export interface FunctionDeclaration extends Node {
  readonly kind: 'function'
  /** For an operator (`INT FUNCTION "+" (...)`) the name's text is the symbol in double quotes. */
  readonly name: Name
  readonly results: readonly TypeExpression[]
  readonly formals: readonly Formal[]
  /** `IS e, f:` (short form) or a VALOF body. */
  readonly body: { readonly kind: 'expressions'; readonly values: readonly Expression[] } | ValueProcess
  readonly recursive: boolean
  readonly inline: boolean
  /** As of a PROC. */
  readonly brokenHeader?: true
}

/** Declarations, `VALOF` process, `RESULT` expressions. */
export interface ValueProcess extends Node {
  readonly kind: 'valof'
  readonly declarations: readonly Declaration[]
  readonly body: Process
  readonly results: readonly Expression[]
}

/** One formal parameter; `VAL INT a, b` is two formals that share a type node. */
export interface Formal extends Node {
  readonly kind: 'formal'
  readonly mode: 'val' | 'reference' | 'result' | 'initial'
  readonly type: TypeExpression
  readonly name: Name
  readonly direction?: Direction
}

/** `PLACE x IN WORKSPACE:` `PLACE x AT WORKSPACE n:` `PLACE x AT n:`. */
export interface Placement extends Node {
  readonly kind: 'place'
  readonly name: Name
  /** The element of an array that is placed: `PLACE c[0] AT 4:`. */
  readonly subscripts: readonly Expression[]
  readonly where:
    { readonly kind: 'workspace' | 'vecspace'; readonly address?: Expression } | { readonly kind: 'at'; readonly address: Expression }
}

export interface MissingDeclaration extends Node {
  readonly kind: 'missing'
}

// ---------------------------------------------------------------------------------------------- types

export type Direction = '?' | '!'

export type PrimitiveName = 'BOOL' | 'BYTE' | 'INT' | 'INT16' | 'INT32' | 'INT64' | 'REAL32' | 'REAL64'

export type TypeExpression =
  | { readonly kind: 'primitive'; readonly name: PrimitiveName; readonly span: Span }
  | { readonly kind: 'named-type'; readonly name: Name; readonly span: Span }
  /** `T!`, `SHARED T?`: an end of a channel type. */
  | { readonly kind: 'end-type'; readonly name: Name; readonly direction: Direction; readonly shared: boolean; readonly span: Span }
  /** `[n]T`, or `[]T` without `size`. */
  | { readonly kind: 'array-type'; readonly size?: Expression; readonly element: TypeExpression; readonly span: Span }
  /** `CHAN OF P`, `CHAN INT`, `CHAN INT; BYTE` is not legal outside PROTOCOL; direction `CHAN INT?` may be written at the type. */
  | {
      readonly kind: 'chan-type'
      readonly protocol: ProtocolItem | { readonly kind: 'named'; readonly name: Name; readonly span: Span }
      readonly shared: boolean
      readonly direction?: Direction
      readonly sharedEnd?: Direction
      readonly span: Span
    }
  | { readonly kind: 'timer-type'; readonly span: Span }
  | { readonly kind: 'barrier-type'; readonly span: Span }
  | { readonly kind: 'mobile-type'; readonly element: TypeExpression; readonly span: Span }
  | { readonly kind: 'port-type'; readonly element: TypeExpression; readonly span: Span }
  | { readonly kind: 'missing'; readonly span: Span }

// ---------------------------------------------------------------------------------------------- processes

export type Process =
  | Skip
  | Stop
  | Assignment
  | Output
  | Input
  | Sequence
  | Parallel
  | Alternation
  | Conditional
  | Selection
  | While
  | ProcCall
  | Scope
  | PassTest
  | Synchronisation
  | Resignation
  | { readonly kind: 'suspend'; readonly span: Span }
  | Claim
  | Fork
  | Forking
  | MissingProcess

export interface Skip extends Node {
  readonly kind: 'skip'
}
export interface Stop extends Node {
  readonly kind: 'stop'
}

/** `PASS` within a TEST. */
export interface PassTest extends Node {
  readonly kind: 'pass'
}

/** A declaration and the process that is its scope: `INT x:` above a process. */
export interface Scope extends Node {
  readonly kind: 'scope'
  readonly declaration: Declaration
  readonly body: Process
}

/** `x, y := y, x`; one value may be a function call with several results. */
export interface Assignment extends Node {
  readonly kind: 'assign'
  readonly targets: readonly Expression[]
  readonly values: readonly Expression[]
}

/** `c ! a; n::b` and `c ! tag; a`. Whether the first item is a tag is known once `c` is typed. */
export interface Output extends Node {
  readonly kind: 'output'
  readonly channel: Expression
  readonly items: readonly OutputItem[]
}
export type OutputItem =
  | { readonly kind: 'plain'; readonly value: Expression; readonly span: Span }
  | { readonly kind: 'counted'; readonly count: Expression; readonly value: Expression; readonly span: Span }

/** Any input. `tim ? t` is `items` here; the type of `channel` tells. */
export interface Input extends Node {
  readonly kind: 'input'
  readonly channel: Expression
  readonly mode: InputMode
  /** `c ?? x`: the writer goes on after the first of these. Variants of `c ?? CASE` have processes of their own. */
  readonly extended?: Extension
}

/** What follows an extended input: a process while the writer waits, and perhaps one after. */
export interface Extension {
  readonly during: Process
  readonly after?: Process
}

export type InputMode =
  /** `c ? a; n::b`, `tim ? t`. */
  | { readonly kind: 'items'; readonly items: readonly InputItem[] }
  /** `c ? CASE tag; x` on one line. */
  | { readonly kind: 'tag'; readonly tag: Name; readonly items: readonly InputItem[] }
  /** `c ? CASE` and variants below. */
  | { readonly kind: 'case'; readonly variants: readonly Variant[]; readonly extended?: true }
  /** `tim ? AFTER t`. */
  | { readonly kind: 'after'; readonly time: Expression }
export type InputItem =
  | { readonly kind: 'plain'; readonly target: Expression; readonly span: Span }
  | { readonly kind: 'counted'; readonly count: Expression; readonly target: Expression; readonly span: Span }

/** One line `tag; x; y` of a `? CASE` with the process under it; declarations may stand before the tag. */
export interface Variant extends Node {
  readonly kind: 'variant'
  readonly declarations: readonly Declaration[]
  readonly tag: Name
  readonly items: readonly InputItem[]
  /** Of an extended input, what runs while the writer waits. */
  readonly body: Process
  /** Of an extended input, what runs when the writer goes on. */
  readonly after?: Process
}

/** `i = base FOR count STEP step`. */
export interface Replicator extends Node {
  readonly kind: 'replicator'
  readonly name: Name
  readonly base: Expression
  readonly count: Expression
  readonly step?: Expression
}

/** `SEQ`, or with a replicator and exactly one process. */
export interface Sequence extends Node {
  readonly kind: 'seq'
  readonly replicator?: Replicator
  readonly body: readonly Process[]
}

/** `PAR`, `PRI PAR`, `PLACED PAR`; with a replicator exactly one branch. */
export interface Parallel extends Node {
  readonly kind: 'par'
  readonly mode: 'plain' | 'pri' | 'placed'
  readonly replicator?: Replicator
  /** `ENROLL b, c`: barriers that the branches are enrolled in. */
  readonly enrolled?: readonly Expression[]
  readonly branches: readonly Branch[]
}
export interface Branch extends Node {
  readonly kind: 'branch'
  /** `NODE "alpha"` or `PROCESSOR n` of a PLACED PAR. */
  readonly place?: { readonly kind: 'node' | 'processor'; readonly value: Expression }
  readonly body: Process
}

export interface Alternation extends Node {
  readonly kind: 'alt'
  readonly pri: boolean
  readonly replicator?: Replicator
  readonly alternatives: readonly Alternative[]
}

/** One alternative of an ALT; declarations may stand before it. */
export type Alternative =
  /** `b & c ? x`, `b & tim ? AFTER t`, `b & c ? CASE tag; x`. */
  | {
      readonly kind: 'guarded'
      readonly declarations: readonly Declaration[]
      readonly condition?: Expression
      readonly input: Input
      readonly body: Process
      readonly span: Span
    }
  /** `b & c ? CASE` with variants below (no process of its own). */
  | {
      readonly kind: 'guarded-case'
      readonly declarations: readonly Declaration[]
      readonly condition?: Expression
      readonly input: Input
      readonly span: Span
    }
  /** `b & SKIP`. */
  | {
      readonly kind: 'skip-guard'
      readonly declarations: readonly Declaration[]
      readonly condition: Expression
      readonly body: Process
      readonly span: Span
    }
  /** `b & SYNC x`. */
  | {
      readonly kind: 'sync-guard'
      readonly declarations: readonly Declaration[]
      readonly condition?: Expression
      readonly sync: Synchronisation
      readonly body: Process
      readonly span: Span
    }
  | { readonly kind: 'nested-alt'; readonly declarations: readonly Declaration[]; readonly alt: Alternation; readonly span: Span }
  | { readonly kind: 'missing'; readonly span: Span }

export interface Conditional extends Node {
  readonly kind: 'if'
  readonly replicator?: Replicator
  readonly choices: readonly Choice[]
}
export type Choice =
  | {
      readonly kind: 'choice'
      readonly declarations: readonly Declaration[]
      readonly condition: Expression
      readonly body: Process
      readonly span: Span
    }
  | { readonly kind: 'nested-if'; readonly declarations: readonly Declaration[]; readonly conditional: Conditional; readonly span: Span }
  | { readonly kind: 'missing'; readonly span: Span }

/** `CASE e` with options; `ELSE` has no labels. */
export interface Selection extends Node {
  readonly kind: 'case'
  readonly selector: Expression
  readonly options: readonly Option[]
}
export interface Option extends Node {
  readonly kind: 'option'
  readonly declarations: readonly Declaration[]
  /** Undefined for `ELSE`. */
  readonly labels?: readonly Expression[]
  readonly body: Process
}

export interface While extends Node {
  readonly kind: 'while'
  readonly condition: Expression
  readonly body: Process
}

/** `p (a, b)`; also the predefined ASSERT, CAUSEERROR, RESCHEDULE, SETPRI. */
export interface ProcCall extends Node {
  readonly kind: 'call'
  readonly name: Name
  readonly actuals: readonly Expression[]
}

/** `SYNC b`. */
export interface Synchronisation extends Node {
  readonly kind: 'sync'
  readonly barrier: Expression
}

/** `RESIGN b` and a process, during which the barrier does not wait for this process. */
export interface Resignation extends Node {
  readonly kind: 'resign'
  readonly barrier: Expression
  readonly body: Process
}

/** `CLAIM c!` and the process that has the end meanwhile; `CLAIM c ! e` claims for one communication. */
export interface Claim extends Node {
  readonly kind: 'claim'
  readonly end: Expression
  readonly body: Process
}

/** `FORK p (a, b)`. */
export interface Fork extends Node {
  readonly kind: 'fork'
  readonly call: ProcCall
}

/** `FORKING` and a process: it ends when all that was forked in it has ended. */
export interface Forking extends Node {
  readonly kind: 'forking'
  readonly body: Process
}

export interface MissingProcess extends Node {
  readonly kind: 'missing'
}

// ---------------------------------------------------------------------------------------------- expressions

export type Expression =
  | Literal
  | StringLiteral
  | ArrayLiteral
  | NameExpression
  | Subscript
  | Slice
  | Monadic
  | Dyadic
  | Conversion
  | FunctionCall
  | ValofExpression
  | ArrayConstructor
  | SizeOf
  | MostLimit
  | DirectedEnd
  | OffsetOf
  | Allocation
  | MissingExpression

/** Numbers, BYTE literals, TRUE and FALSE. `text` is as written without decoration (`#FF`, `1.5E+3`, `'*n'`). */
export interface Literal extends Node {
  readonly kind: 'literal'
  readonly literal: 'integer' | 'real' | 'byte' | 'bool'
  readonly text: string
  /** For a byte the value 0..255 with escapes decoded, for a bool 0 or 1; integers and reals are decoded when typed. */
  readonly byte?: number
  /** `42(INT16)`. */
  readonly decoration?: TypeExpression
}

/** `"text*c*n"`, decoded; `*l` is already replaced by the length. */
export interface StringLiteral extends Node {
  readonly kind: 'string'
  readonly bytes: Uint8Array
  readonly decoration?: TypeExpression
}

/** `[1, 2, 3]` and record literals `[1, 2.0](POINT)`. */
export interface ArrayLiteral extends Node {
  readonly kind: 'array-literal'
  readonly elements: readonly Expression[]
  readonly decoration?: TypeExpression
}

export interface NameExpression extends Node {
  readonly kind: 'name-use'
  readonly name: Name
}

/** `a[i]` and `r[field]` (then `index` is a `name-use` that resolves to a field). */
export interface Subscript extends Node {
  readonly kind: 'subscript'
  readonly base: Expression
  readonly index: Expression
}

/** `[a FROM f FOR n]`, `[a FOR n]`, `[a FROM f]`. */
export interface Slice extends Node {
  readonly kind: 'slice'
  readonly base: Expression
  readonly from?: Expression
  readonly count?: Expression
}

export interface Monadic extends Node {
  readonly kind: 'monadic'
  /** `- MINUS ~ BITNOT NOT CLONE DEFINED`, or a symbol that the program defines. */
  readonly operator: string
  readonly operand: Expression
}

/** A chain `a + b + c` associates to the left; the parser has rejected mixed chains. */
export interface Dyadic extends Node {
  readonly kind: 'dyadic'
  /**
   * `+ - * / \ REM PLUS MINUS TIMES /\ \/ >< BITAND BITOR << >> = <> < > <= >= AFTER AND OR`, or a symbol that the program defines.
   */
  readonly operator: string
  /** Where the operator stands, for messages. */
  readonly operatorSpan: Span
  readonly left: Expression
  readonly right: Expression
}

/** `INT16 x`, `INT ROUND r`, `REAL32 TRUNC d`. */
export interface Conversion extends Node {
  readonly kind: 'conversion'
  readonly type: TypeExpression
  readonly rounding?: 'ROUND' | 'TRUNC'
  readonly operand: Expression
}

export interface FunctionCall extends Node {
  readonly kind: 'function-call'
  readonly name: Name
  readonly actuals: readonly Expression[]
}

export interface ValofExpression extends Node {
  readonly kind: 'valof-expression'
  readonly valof: ValueProcess
}

/** `[i = 0 FOR n | e]`. */
export interface ArrayConstructor extends Node {
  readonly kind: 'array-constructor'
  readonly replicator: Replicator
  readonly element: Expression
}

/** `SIZE a`, `SIZE T`, `BYTESIN (x)`. */
export interface SizeOf extends Node {
  readonly kind: 'size'
  readonly operator: 'SIZE' | 'BYTESIN'
  readonly operand: { readonly kind: 'expression'; readonly value: Expression } | { readonly kind: 'type'; readonly type: TypeExpression }
}

/** `MOSTPOS T`, `MOSTNEG T`. */
export interface MostLimit extends Node {
  readonly kind: 'most'
  readonly operator: 'MOSTPOS' | 'MOSTNEG'
  readonly type: TypeExpression
}

/** `c?` or `c!` as an actual parameter or the right side of an abbreviation. */
export interface DirectedEnd extends Node {
  readonly kind: 'end'
  readonly channel: Expression
  readonly direction: Direction
}

export interface OffsetOf extends Node {
  readonly kind: 'offset-of'
  readonly type: TypeExpression
  readonly field: Name
}

/** `MOBILE [n]T`: a new mobile, whose sizes are known at run time. */
export interface Allocation extends Node {
  readonly kind: 'allocation'
  /** What stands behind MOBILE. */
  readonly type: TypeExpression
}

export interface MissingExpression extends Node {
  readonly kind: 'missing'
  /** What could be read of it. */
  readonly parts?: readonly Expression[]
}
