/**
 * Deterministic worlds for tests: one kernel with virtual time, or many with processes that never stay. (Signatures.)
 */
import type { Channel } from './channel.ts'
import type { DeadlockReport } from './inspect.ts'
import type { Failure, Kernel, World } from './kernel.ts'
import type { Frame } from './process.ts'
import type { UnitOf } from './links.ts'

/** The program's channels to the host. What is written to `screen` and `error` is collected; `keyboard` gives the bytes of `input`, then 255 for ever. */
export interface Ports {
  readonly keyboard: Channel
  readonly screen: Channel
  readonly error: Channel
}

export interface RunOptions {
  /** Chooses among runnable processes and ready guards; absent: first in, first out. */
  readonly seed?: number
  /** Dispatches and back-edges after which the run is given up. Default 10,000,000. */
  readonly steps?: number
  /** Program time in microseconds after which the run is given up. */
  readonly within?: number
  /** Asked now and then (every few thousand steps); true gives the run up, with outcome `steps`. For a limit of real time, since the kernel knows no clock. */
  readonly giveUp?: () => boolean
  readonly input?: Uint8Array
  /** Host services; absent: a call of one fails. */
  readonly host?: World['host']
}

export interface ChaosOptions extends RunOptions {
  readonly seed: number
  /** Kernels; default 3. */
  readonly nodes?: number
  /** `every`: each process moves whenever it suspends. A number: the probability that it does. Default `every`. */
  readonly moves?: 'every' | number
  /** For units that came from a loader; absent: the units of the frames met are registered by themselves. */
  readonly unitOf?: UnitOf
}

export interface Outcome {
  readonly kind: 'ended' | 'passed' | 'failure' | 'deadlock' | 'steps' | 'within'
  /** Of a `failure`. */
  readonly failure: Failure | undefined
  /** Of a `deadlock`. */
  readonly deadlock: DeadlockReport | undefined
  /** The kernels as they stand at the end, for who wants to see who waits for whom. Empty when the program has ended well. */
  readonly kernels: readonly Kernel[]
  readonly screen: Uint8Array
  readonly error: Uint8Array
  /** Program time at the end, microseconds. */
  readonly time: number
  readonly steps: number
  /** Captures that were restored elsewhere. */
  readonly moves: number
  readonly messages: number
}

export declare function runPlain(main: (ports: Ports) => Frame, options?: RunOptions): Outcome
export declare function runChaos(main: (ports: Ports) => Frame, options: ChaosOptions): Outcome
