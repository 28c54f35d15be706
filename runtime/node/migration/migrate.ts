/**
 * Process migration: how running processes go from a source S to a destination T. Departure is S's part, Arrival is T's.
 *
 *   S                                                   T
 *   freeze, take out of the kernel, encode
 *   prepare (records, unit hashes, state)  ---------->
 *                                          <----------  [request code (hashes T lacks)]
 *                                          ---------->  [the units; T verifies their hashes and keeps them]
 *                                                       decode and check: staged, not running
 *                                                       compare-and-set of the owner records:
 *                                                         S, epoch e  ->  T, epoch e + 1
 *                                                         if S and T are alive              the one commit point
 *                                                       done: resume
 *                                          <----------  resumed (when)    or  refuse (why)
 *   what S had of it turns into forwarders
 *                                                       or the process goes on at S
 *
 * With `prepare` S puts the process into T's hands: T may commit, on behalf of S, until S takes that back by raising the epoch. That the
 * destination commits and not the source saves a round trip while the process stands still; docs/decisions/0005 has the measurements.
 *
 * One process or many: a batch has one state and one compare-and-set over all its records. The state goes along with `prepare`, or as a blob when it
 * is large, so that other messages need not queue behind it.
 *
 * Who has the process
 * - A process runs at S until it is frozen and at T once the record names T. T resumes it only when it knows that; S takes it back only when
 *   the record can no longer come to name T.
 * - T refuses (S takes it back) when it cannot stage the state, and when its compare-and-set met a conflict: then nothing was committed and T
 *   will not try again. When T does not know whether it was done, it looks. The record names T: resume. Else T raises the epoch in the name
 *   of S, which fences out its own compare-and-set wherever that may be, and refuses; if this meets a conflict it looks again.
 * - When S hears nothing for long, or T leaves the cluster, S looks. The record names T: it is committed. It names S: S raises the epoch,
 *   which fences T out; if that is done, S takes the process back, else it looks again. It names anybody else: S was given up by the
 *   cluster, and the process is not S's to run.
 * - T that loses S goes on: its compare-and-set fails if S was removed from the cluster before, and holds if after.
 * - A member that was removed from the cluster commits nothing, since every commit names it alive as a condition, and stops.
 *
 * Therefore: at no time two running copies. None at all only if the owner in the record has left the cluster; the terminal then names the
 * process as lost.
 *
 * What may be lost with S, beyond processes: the forwarders, and messages held there for a process under way. links/link-table.ts repeats those.
 */
import type { NodeErrorData } from '../node-error.ts'
import type { OwnerRecord } from './owner-records.ts'

/** Milliseconds S waits for `resumed` or `refuse`, code included, before it finds out by itself. */
export const ANSWER_WITHIN = 10_000
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
  /** Branches that stay at S without their parents: the commit gives them records, since they are not where their parents are any more. */
  readonly staying: readonly OwnerRecord[]
  readonly unitHashes: readonly string[]
  readonly blob?: string
}

/** Common to what T answers. */
export interface About {
  readonly program: number
  readonly migration: number
}

export interface Refuse extends About {
  readonly error: NodeErrorData
  /** The records were not what S said they are. */
  readonly conflict: boolean
}

export interface Resumed extends About {
  /** Common time in microseconds. */
  readonly at: number
  readonly codeBytes: number
  /** Requests for code, each two messages. */
  readonly codeRequests: number
}
