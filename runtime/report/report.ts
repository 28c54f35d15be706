/** What there is to say when a program does not end well: plain data, for rendering and for `--json`. */
import type { ChannelOrigin, SourcePosition, StateWord } from '../kernel/inspect/inspect.ts'

/** One activation of a routine. */
export interface Call {
  /** `prefix`, `outer.inner`. */
  readonly routine: string
  readonly place: SourcePosition | undefined
}

/** A value that has to do with it, spelled as in the language. */
export interface NamedValue {
  readonly name: string
  readonly value: string
}

/** The program did something that the language does not allow. */
export interface FaultReport {
  readonly kind: 'fault'
  /** `R0203`. */
  readonly code: string
  readonly title: string
  readonly place: SourcePosition | undefined
  readonly values: readonly NamedValue[]
  /** Path of the process: `main/cell[5]`. */
  readonly process: string
  /** The routines that are active in it, innermost first; of many, the innermost ones. */
  readonly stack: readonly Call[]
  /** How many routines are active in it; absent: those of `stack`. */
  readonly depth?: number | undefined
  /** Other processes that have to do with it, and what each does; absent: none. */
  readonly others?: readonly OtherProcess[] | undefined
  /** The last choices of processes before it, the latest last; absent: nobody wanted to know. */
  readonly last?: readonly OtherProcess[] | undefined
  readonly help: readonly string[]
}

/** A process that has to do with the fault of another one. */
export interface OtherProcess {
  readonly path: string
  readonly place: SourcePosition | undefined
  /** In words: `waits to output on out`. */
  readonly words: string
}

/** A process that waits, and what for. */
export interface WaitingProcess {
  readonly path: string
  readonly state: StateWord
  readonly place: SourcePosition | undefined
  /** In words: `waits to output on out`. */
  readonly words: string
  /** The channel it waits at, as its text calls it. */
  readonly channel: string | undefined
  /** What the channels it waits at are called where they were declared: `c[3]` of `main`; empty when `words` say so already. */
  readonly origins: readonly ChannelOrigin[]
  /** Paths of the processes that could make it go on; empty when nobody holds the other end. */
  readonly waitsFor: readonly string[]
}

/** Every process waits and nothing outside can wake one. */
export interface DeadlockReport {
  readonly kind: 'deadlock'
  readonly code: 'R0301'
  readonly title: string
  /** Those that wait for anything but their own branches; those of the cycle first, in its order. */
  readonly processes: readonly WaitingProcess[]
  /** Paths of processes each of which waits for the next, and the last for the first; empty when there is no cycle. */
  readonly cycle: readonly string[]
  readonly help: readonly string[]
}

/** Who waits for whom at the moment, for a test that takes too long. */
export interface WaitGraphReport {
  readonly kind: 'waits'
  readonly title: string
  readonly processes: readonly WaitingProcess[]
}

/** Processes that are gone with the node they were on, or wait for one that is. */
export interface LossReport {
  readonly kind: 'loss'
  readonly code: 'R0408'
  readonly title: string
  readonly processes: readonly LostProcess[]
  readonly help: readonly string[]
}

export interface LostProcess {
  readonly path: string
  /** Name of the node that vanished. */
  readonly node: string
  /** What is lost, or waits in vain: `it ran there`, `it waits to input from in`. */
  readonly why: string
}

/** A fault of godwit itself. */
export interface InternalReport {
  readonly kind: 'internal'
  readonly title: string
  /** Path of the process that ran. */
  readonly process: string
  readonly stack: readonly Call[]
  /** The JavaScript stack. */
  readonly trace: string
}

export type Report = FaultReport | DeadlockReport | WaitGraphReport | LossReport | InternalReport
