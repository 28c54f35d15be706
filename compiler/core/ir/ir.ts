/**
 * Core: what a checked program becomes before it is split into machines.
 *
 * A program goes through phases, each a type of its own: `Core` as it is lowered, `Lifted` when the branches of PARs are routines, then
 * `Split` (passes/split.ts) with numbered resume points and `Live` (passes/liveness.ts) with what each of these needs. Trees are never
 * changed: a pass builds new ones. A `Routine` is the same object in all phases.
 *
 * Invariants
 * - Every expression is pure and suspends nothing: machine calls, VALOFs and array constructors have become statements before it. It may
 *   still fault, so nothing is evaluated that the text does not evaluate (AND and OR keep their laziness).
 * - Arrays are flat. Dimensions have become index arithmetic; a slice is a view of a stretch of elements.
 * - Every local is introduced by one `declare` (or is a parameter), and used only in what follows it in the same list and below.
 * - Abbreviations are gone: a name for another name is that name, a name for an element is its array and an evaluated index.
 */
import type { Direction } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'

export type Scalar = 'bool' | 'byte' | 'int' | 'int16' | 'int32' | 'int64' | 'real32' | 'real64'
/** `mobile`: a reference to a mobile of several parts, see runtime/kernel/scheduler/mobile.ts; an array of them has references of any kind. `monitor`: a barrier. */
export type Item = Scalar | 'channel' | 'mobile' | 'monitor'

/** A scalar or channel, or a flat array of them. `direction` is what is done at the end of a channel that is held. */
export interface CoreType {
  readonly item: Item
  readonly array: boolean
  readonly direction?: Direction
  /** An array that is held as a reference: the variable may come to hold another one, or none. */
  readonly mobile?: true
}

/** A variable of the emitted code, compared by identity. */
export class Local {
  /** The type that the text declares it with, spelled out; absent for what no text declares. Set once, when a name comes to denote it. */
  declared?: string

  constructor(
    /** As in the text where it has a name there; made unique when emitted. */
    readonly name: string,
    readonly type: CoreType,
    /** Never assigned after its declaration. */
    readonly fixed: boolean,
    /** Every value it can have, where known: for a replicator index, both ends included. */
    readonly range?: readonly [low: number, high: number],
    /** The array it is a writable view of, if any: writing to it writes to that one. */
    readonly viewOf?: Local,
  ) {}
}

/** The target of `leave`. */
export class Label {
  constructor(readonly name: string) {}
}

// ---------------------------------------------------------------------------------------------- expressions

/** Checked arithmetic, wrapping arithmetic, bits, comparison, logic, and unchecked arithmetic of indices (`raw`). */
export type Operator =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'remainder'
  | 'negate'
  | 'plus'
  | 'minus'
  | 'times'
  | 'bitand'
  | 'bitor'
  | 'bitxor'
  | 'bitnot'
  | 'shl'
  | 'shr'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'after'
  | 'and'
  | 'or'
  | 'not'
  | 'raw+'
  | 'raw-'
  | 'raw*'
  | 'raw/'
  /** A subscript, unchecked, by the elements it steps over: the smallest INT where that overflows, so that the sum is outside the array. */
  | 'scale'

export type Expr =
  | { readonly kind: 'literal'; readonly scalar: Scalar; readonly value: bigint | number | boolean }
  /** A table known at compile time; its elements row-major. */
  | { readonly kind: 'table'; readonly item: Scalar; readonly values: readonly (bigint | number | boolean)[] }
  /** A new array of computed elements; of channels, also of all the elements of arrays. */
  | { readonly kind: 'array-of'; readonly item: Item; readonly elements: readonly Expr[] }
  /** A new array of zeros. */
  | { readonly kind: 'zeros'; readonly item: Scalar; readonly length: Expr; readonly span: Span }
  /** A new array with the same elements. */
  | { readonly kind: 'clone'; readonly array: Expr }
  /** No value: what a mobile variable of the type has before it is given one, and after it was moved. */
  | { readonly kind: 'blank'; readonly type: CoreType }
  /** An array that a mobile of several parts consists of: its elements, or the references in it. */
  | { readonly kind: 'content'; readonly of: Expr; readonly part: 'elements' | 'parts'; readonly item: Item }
  /** A reference taken out of an array of them, whose type is known. */
  | { readonly kind: 'referent'; readonly reference: Expr; readonly type: CoreType }
  | { readonly kind: 'new-channel' }
  | { readonly kind: 'new-channels'; readonly length: Expr }
  | { readonly kind: 'local'; readonly local: Local }
  /**
   * `checked`: whether the index may be out of range. `orNone`: outside the array is no channel, not a fault.
   * `told`: the subscript that is out of range when the flat index is, and the size of its dimension.
   */
  | {
      readonly kind: 'element'
      readonly array: Expr
      readonly index: Expr
      readonly checked: boolean
      readonly orNone?: boolean
      readonly told?: Told
      readonly span: Span
    }
  /** A channel that may be none, since its index may have been out of range. */
  | { readonly kind: 'present'; readonly channel: Expr; readonly index: Expr; readonly span: Span }
  /** A view; offset and length in elements, already checked. */
  | { readonly kind: 'slice'; readonly array: Expr; readonly offset: Expr; readonly length: Expr }
  | { readonly kind: 'length'; readonly array: Expr }
  /**
   * `scalar` is the type of the operands. `earlier`: values of reals that were computed before, unchecked, in this order; this is checked and
   * not finite when one of them is not, and then the first of them is the fault. They are no operands: see `relax.ts`.
   */
  | {
      readonly kind: 'operation'
      readonly operator: Operator
      readonly scalar: Scalar
      readonly operands: readonly Expr[]
      readonly earlier?: readonly Expr[]
      readonly span: Span
    }
  | {
      readonly kind: 'convert'
      readonly from: Scalar
      readonly to: Scalar
      readonly rounding?: 'ROUND' | 'TRUNC'
      readonly operand: Expr
      readonly span: Span
    }
  /** The index itself when it is within 0..limit-1, else a fault; or with `orNone` not a number. */
  | { readonly kind: 'bound'; readonly index: Expr; readonly limit: Expr; readonly orNone?: boolean; readonly span: Span }
  /** A function of the ABI, by name. `faults`: it takes the unit and a site after its arguments. */
  | {
      readonly kind: 'intrinsic'
      readonly name: string
      readonly operands: readonly Expr[]
      readonly type: CoreType
      readonly faults: boolean
      readonly span: Span
    }
  /** A call of a direct routine with one result. */
  | { readonly kind: 'apply'; readonly routine: Routine; readonly actuals: readonly Expr[]; readonly type: CoreType }
  /** What the input before it has taken. */
  | { readonly kind: 'received'; readonly type: CoreType }
  /** A reading of the clock. */
  | { readonly kind: 'clock' }
  /** Bit-exact reinterpretation of a scalar or array as another. For arrays a view of the same bytes where alignment allows. */
  | { readonly kind: 'retype'; readonly operand: Expr; readonly from: CoreType; readonly to: CoreType; readonly span: Span }

/** A subscript as written, and the size of its dimension. */
export interface Told {
  readonly index: Expr
  readonly size: Expr
}

// ---------------------------------------------------------------------------------------------- statements

/** Where a result of a call goes. */
export type Out =
  { readonly kind: 'local'; readonly local: Local } | { readonly kind: 'element'; readonly array: Expr; readonly index: Expr }

/** A statement. `B` is what the branches of its PARs are: lists of statements before `lift`, calls after it. */
export type Stmt<B extends BranchBody = BranchBody> =
  /** Brings a local into scope; without a value it is zero (or blank). */
  | { readonly kind: 'declare'; readonly local: Local; readonly value?: Expr; readonly span: Span }
  | { readonly kind: 'assign'; readonly target: Local; readonly value: Expr; readonly span: Span }
  | {
      readonly kind: 'store'
      readonly array: Expr
      readonly index: Expr
      readonly checked: boolean
      readonly told?: Told
      readonly value: Expr
      readonly span: Span
    }
  /** Copies all elements. `checked`: whether the lengths may differ. `prefix`: the source may be shorter than the target. */
  | {
      readonly kind: 'copy'
      readonly target: Expr
      readonly source: Expr
      readonly checked: boolean
      readonly prefix?: boolean
      readonly span: Span
    }
  /** An intrinsic with several results. */
  | { readonly kind: 'several'; readonly targets: readonly Local[]; readonly value: Expr; readonly span: Span }
  | {
      readonly kind: 'output'
      readonly channel: Expr
      readonly value: Expr
      readonly array: boolean
      readonly text: string
      readonly span: Span
    }
  /** `then` runs right after and uses `received`. */
  | { readonly kind: 'input'; readonly channel: Expr; readonly then: readonly Stmt<B>[]; readonly text: string; readonly span: Span }
  /**
   * An input whose writer does not go on: what it offers is looked at, and taken by an `input` later. `then` runs right after and uses
   * `received`.
   */
  | { readonly kind: 'peek'; readonly channel: Expr; readonly then: readonly Stmt<B>[]; readonly text: string; readonly span: Span }
  /** Waits until all have come that are enrolled in a barrier, or until a claim is granted. */
  | { readonly kind: 'sync'; readonly operation: 'sync' | 'claim'; readonly monitor: Expr; readonly text: string; readonly span: Span }
  /** A mobile process gives control back to whoever runs it. */
  | { readonly kind: 'suspend'; readonly text: string; readonly span: Span }
  /**
   * Runs the mobile process in `target` until it ends or is suspended. `left`: locals that then get what it has left in a parameter, which is
   * the actual of that number.
   */
  | {
      readonly kind: 'activate'
      readonly target: Local
      readonly actuals: readonly Expr[]
      readonly left: readonly { readonly local: Local; readonly parameter: number }[]
      readonly text: string
      readonly span: Span
    }
  /** Branches take this process's place at a barrier; `then` runs right after, and `received` is their ticket. */
  | {
      readonly kind: 'enroll'
      readonly monitor: Expr
      readonly count: Expr
      readonly then: readonly Stmt<B>[]
      readonly text: string
      readonly span: Span
    }
  /** Finds the place of a process that is to be forked: `then` runs right after, and `received` is the place. */
  | {
      readonly kind: 'enlist'
      readonly name: string
      readonly then: readonly Stmt<B>[]
      readonly text: string
      readonly span: Span
    }
  /** The end of a process that was forked. */
  | { readonly kind: 'unlist'; readonly span: Span }
  /**
   * A branch with that ticket leaves a barrier; or a claim ends (without a ticket). `drops`: `monitor` is a mobile that a variable gives up, and
   * the process leaves what it has in it.
   */
  | { readonly kind: 'resign'; readonly monitor: Expr; readonly ticket?: Expr; readonly drops?: true; readonly span: Span }
  | { readonly kind: 'sleep'; readonly time: Expr; readonly text: string; readonly span: Span }
  | Call
  | Par<B>
  | Alt<B>
  | { readonly kind: 'if'; readonly choices: readonly Choice<B>[]; readonly otherwise: readonly Stmt<B>[]; readonly span: Span }
  | {
      readonly kind: 'case'
      readonly selector: Expr
      readonly scalar: Scalar
      readonly options: readonly CaseOption<B>[]
      readonly otherwise: readonly Stmt<B>[]
      readonly span: Span
    }
  | Loop<B>
  /** Its body, which `leave` of its label ends. */
  | { readonly kind: 'block'; readonly label: Label; readonly body: readonly Stmt<B>[]; readonly span: Span }
  /** A scope of its own, nothing else. */
  | { readonly kind: 'scope'; readonly body: readonly Stmt<B>[]; readonly span: Span }
  | { readonly kind: 'leave'; readonly label: Label; readonly unless?: Expr; readonly span: Span }
  | {
      readonly kind: 'fault'
      readonly fault: 'stop' | 'noCondition' | 'noOption' | 'causeError' | 'noGuard' | 'oneVariable'
      readonly values: readonly Named[]
      readonly span: Span
    }
  | { readonly kind: 'assert'; readonly condition: Expr; readonly values: readonly Named[]; readonly span: Span }
  /** A check made for its fault only. */
  | { readonly kind: 'check'; readonly value: Expr; readonly span: Span }
  | { readonly kind: 'reschedule'; readonly span: Span }
  | { readonly kind: 'pass'; readonly span: Span }
  | {
      readonly kind: 'host'
      readonly service: string
      readonly actuals: readonly Expr[]
      readonly then: readonly Stmt<B>[]
      readonly span: Span
    }
  /** The end of a function: its results. */
  | { readonly kind: 'return'; readonly values: readonly Expr[]; readonly span: Span }

/** A value with the text it comes from, for reports. */
export interface Named {
  readonly name: string
  readonly value: Expr
  /** What the report says in place of a number: the tags of a protocol. */
  readonly words?: ReadonlyMap<number, string>
}

/** A call of a routine. `outs` are in the order of `routine.outs`, then for a function its results. */
export interface Call {
  readonly kind: 'call'
  readonly routine: Routine
  readonly actuals: readonly Expr[]
  readonly outs: readonly Out[]
  /** The routine does not run yet: the one out gets a mobile process that will. */
  readonly making?: true
  readonly span: Span
}

export interface Choice<B extends BranchBody = BranchBody> {
  readonly condition: Expr
  readonly body: readonly Stmt<B>[]
}

export interface CaseOption<B extends BranchBody = BranchBody> {
  readonly labels: readonly (bigint | boolean)[]
  readonly body: readonly Stmt<B>[]
}

/** `while (condition) { body; advance }`. A loop over a replicator says how often it runs, for those who count fuel. */
export interface Loop<B extends BranchBody = BranchBody> {
  readonly kind: 'loop'
  readonly condition: Expr
  readonly body: readonly Stmt<B>[]
  readonly advance: readonly Stmt<B>[]
  readonly label?: Label
  readonly text: string
  readonly span: Span
}

export interface CoreReplicator {
  readonly index: Local
  readonly base: Expr
  readonly count: Expr
  readonly step: Expr | undefined
  readonly span: Span
}

export interface Par<B extends BranchBody = BranchBody> {
  readonly kind: 'par'
  readonly pri: boolean
  readonly replicator?: CoreReplicator
  /** A FORKING: its one branch is its body, and what is forked in it is waited for too. */
  readonly forking?: true
  /** A FORK: its one branch is not waited for; this is the place that an `enlist` before it has found. */
  readonly fork?: Expr
  readonly branches: readonly ParBranch<B>[]
  readonly span: Span
}

export interface ParBranch<B extends BranchBody = BranchBody> {
  readonly label: string
  readonly place?: Expr
  readonly runs: B
  /** The actuals as written, where the branch is one call in the text: for reports of processes that wait. */
  readonly written?: readonly WrittenActual[]
  readonly span: Span
}

/** An actual that is a channel or an array of them, and what the callee calls it. */
export interface WrittenActual {
  readonly formal: string
  readonly actual: string
}

/** What a branch runs before `lift`. */
export interface InlineBranch {
  readonly kind: 'inline'
  readonly body: readonly CoreStmt[]
}

/** What a branch runs after `lift`: a machine. */
export interface CallBranch {
  readonly kind: 'call'
  readonly call: Call
}

export type BranchBody = InlineBranch | CallBranch

/** A statement before `lift`. */
export type CoreStmt = Stmt<InlineBranch>

export type CoreGuard = Guard<InlineBranch>

/** A statement after `lift`. */
export type LiftedStmt = Stmt<CallBranch>

export interface Alt<B extends BranchBody = BranchBody> {
  readonly kind: 'alt'
  readonly pri: boolean
  readonly guards: readonly Guard<B>[]
  readonly text: string
  readonly span: Span
}

/** What all guards have. */
interface GuardBase<B extends BranchBody> {
  /** It comes after the one before it in a PRI ALT that stands in this ALT, so it is taken only when that one is not ready. */
  readonly behind?: true
  /** Declarations before the guard, evaluated when it is enabled. */
  readonly prelude: readonly Stmt<B>[]
  readonly span: Span
}

/** A guard that is chosen itself. */
export interface ChosenGuard<B extends BranchBody> extends GuardBase<B> {
  readonly condition?: Expr
  /** Begins with the prelude again; then comes the input. */
  readonly body: readonly Stmt<B>[]
}

export type Guard<B extends BranchBody = BranchBody> =
  | (ChosenGuard<B> & { readonly kind: 'input'; readonly channel: Expr })
  | (ChosenGuard<B> & { readonly kind: 'timer'; readonly time: Expr })
  /** It is chosen when all others have come that are enrolled in the barrier, and they go on. */
  | (ChosenGuard<B> & { readonly kind: 'sync'; readonly monitor: Expr })
  | (ChosenGuard<B> & { readonly kind: 'skip' })
  | (GuardBase<B> & {
      readonly kind: 'replicated'
      /** Of these guards the first that is ready is taken: they are those of a PRI ALT in an ALT. */
      readonly pri?: true
      readonly replicator: CoreReplicator
      readonly guards: readonly Guard<B>[]
    })

// ---------------------------------------------------------------------------------------------- routines

/** A PROC, FUNCTION, TEST or (after `lift`) a PAR branch. What a phase knows about it beside this is in the program of that phase. */
export interface Routine {
  /** `outer.inner`, `outer.par.1`. */
  readonly name: string
  readonly kind: 'proc' | 'function' | 'test' | 'branch'
  /** Never suspends: emitted as a plain function. */
  readonly direct: boolean
  /** A MOBILE PROC. */
  readonly mobile?: true
  /** For a branch the routine it was lifted out of; its unit holds this one too. */
  readonly home?: Routine
  /** Types of a function's results. */
  readonly results: readonly CoreType[]
  readonly span: Span
  /** The header as written, for the docstring. */
  readonly title: string
}

/** A routine with what comes in and goes out of it by its parameters. */
interface WithParameters {
  readonly routine: Routine
  readonly params: readonly Local[]
  /** Those parameters (scalars) whose value at the end goes back to the caller. */
  readonly outs: readonly Local[]
}

export interface CoreRoutine extends WithParameters {
  readonly body: readonly CoreStmt[]
}

/** A program as it is lowered: a routine may use the names around it. */
export interface Core {
  /** Every routine of the program's own file and those they call, callees first. */
  readonly routines: readonly CoreRoutine[]
  readonly main?: Routine
  readonly tests: readonly TestRoutine[]
  /** What is started when a PROC is started from outside, in the order of the checked program's entries. */
  readonly entries: readonly Routine[]
  /** Arrays, and scalars as arrays of one element, that branches share though one of them writes. */
  readonly shared: ReadonlySet<Local>
}

export interface TestRoutine {
  readonly routine: Routine
  /** Which of the program's tests it is. */
  readonly index: number
}

/** A routine that uses its parameters and its own locals only: its explicit parameters come first, then the names that were free. */
export interface LiftedRoutine extends WithParameters {
  /** Arrays among the parameters that are written in place. */
  readonly written: readonly Local[]
  /** What is done at the channels that the routine holds, where it is one thing. */
  readonly directions: ReadonlyMap<Local, Direction>
  /** Calls itself, perhaps by way of others. */
  readonly recursive: boolean
  /** A branch that shares a variable with another one which writes it: they stay in one memory. */
  readonly tied: boolean
  readonly body: readonly LiftedStmt[]
}

/** A program whose PAR branches are calls of routines, and whose routines have no free names. */
export interface Lifted {
  /** Callees first, each followed by the branches that were lifted out of it. */
  readonly routines: readonly LiftedRoutine[]
  readonly main?: Routine
  readonly tests: readonly TestRoutine[]
  /** As in `Core`. */
  readonly entries: readonly Routine[]
}
