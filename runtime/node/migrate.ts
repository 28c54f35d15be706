/**
 * Process migration: how running processes go from a source S to a destination T. Departure is S's part, Arrival is T's.
 *
 *   S                                                   T
 *   freeze, take out of the kernel, encode
 *   prepare (records, unit hashes, state)  ---------->
 *                                          <----------  [request code (hashes T lacks)]
 *                                          ---------->  [the units; T verifies their hashes and keeps them]
 *                                                       decode and check: staged, not running
 *                                          <----------  ready            or  refuse (why)
 *   compare-and-set of the owner records:
 *     S, epoch e  ->  T, epoch e + 1
 *     if S and T are alive                              the one commit point
 *   commit  ----------------------------------------->  resume
 *   what S had of it turns into forwarders
 *                                          <----------  resumed (when)
 *
 * One process or many: a batch has one state and one compare-and-set over all its records. The state goes along with `prepare`, or as a blob when it
 * is large, so that other messages need not queue behind it.
 *
 * Who has the process
 * - A process runs at S until it is frozen and at T from `resume`; in between it runs nowhere. T resumes it only when the record names T:
 *   told so by `commit`, or having read it. S takes it back only when the record can no longer come to name T.
 * - S gives up (abort, restored at S) when T refuses, leaves, or is not ready in time, and when the compare-and-set meets a conflict. Before the
 *   compare-and-set was sent that needs no more than word to T. Afterwards S first finds out: the record names T: it is committed. It names
 *   S: S raises the epoch, which fences out its own compare-and-set wherever it may be; if that is done S takes the process back, else it looks
 *   again. It names anybody else: S was given up by the cluster, the process is not S's to run.
 * - T that has staged and loses S (S left the cluster, or is silent for long) reads the records. They name T: resume. Else T raises the epoch,
 *   which fences S out, and forgets the process; if that meets a conflict it looks again. So S, should it still live, finds a record that
 *   names S with a higher epoch, and takes the process back.
 * - A member that was removed from the cluster commits nothing, since every commit names it alive as a condition, and stops.
 *
 * Therefore: at no time two running copies. None at all only if the owner in the record has left the cluster; the terminal then names the
 * process as lost.
 *
 * What may be lost with S, beyond processes: the forwarders, and messages held there for a process under way. links.ts tells.
 */
import type { NodeErrorData } from './node-error.ts'
import type { OwnerRecord } from './owner-records.ts'

/** Milliseconds S waits for `ready`, code included, before it gives up. */
export const READY_WITHIN = 10_000
/** Milliseconds T waits for `commit` or `abort` before it finds out by itself. */
export const STAGED_FOR = 15_000
/** Milliseconds between two looks at a record that is not decided. */
export const LOOK_AGAIN = 5
/** Bytes of state from which on it goes as a blob. */
export const LARGE_STATE = 4 << 20

/** S to T, with the state as body unless it is a blob. */
export interface Prepare {
  readonly program: number
  /** Unique among those of S. */
  readonly migration: number
  readonly records: readonly OwnerRecord[]
  readonly unitHashes: readonly string[]
  readonly blob?: string
}

/** T to S: `ready`. S to T: `commit`, `abort`. */
export interface About {
  readonly program: number
  readonly migration: number
}

export interface Refuse extends About {
  readonly error: NodeErrorData
}

export interface Resumed extends About {
  /** Common time in microseconds. */
  readonly at: number
  readonly codeBytes: number
  /** Requests for code, each two messages. */
  readonly codeRequests: number
}
