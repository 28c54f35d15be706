/**
 * Process migration: how running processes go from a source S to a destination T. source.ts has S's part, target.ts T's.
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
 *                                          <----------  resumed (when)    or  refused (why)
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
 * - When S hears nothing for long, or T leaves the cluster, S looks. The record names T, or somebody to whom T has moved it on: it is committed. It names
 *   S: S raises the epoch, which fences T out; if that is done, S takes the process back, else it looks again.
 * - When a process is offered to S that S itself has sent to T and has not heard of since, with a later epoch, T has committed: S gives it up before it takes
 *   it in. Otherwise S, once it has it again, would read its own name in the record, and take its old copy back.
 * - T that loses S goes on: its compare-and-set fails if S was removed from the cluster before, and holds if after.
 * - A member that was removed from the cluster commits nothing, since every commit names it alive as a condition, and stops.
 *
 * Therefore: at no time two running copies. None at all only if the owner in the record has left the cluster; the terminal then names the
 * process as lost.
 *
 * What may be lost with S, beyond processes: the forwarders, and messages held there for a process under way. links/link-table.ts repeats those.
 */
import { LIMITS } from '../../limits.ts'

/** How long S waits for `resumed` or `refused`, code included, before it finds out by itself. */
export const ANSWER_WITHIN_MS = 10_000
/** Between two looks at a record that is not decided. */
export const LOOK_AGAIN_MS = 5
/** From this size on a state goes as a blob. */
export const LARGE_STATE_BYTES = 4 << 20
/** A state may have this size at most: it is held in memory several times while it travels. */
export const LARGEST_STATE_BYTES = LIMITS['state.moving'].most
