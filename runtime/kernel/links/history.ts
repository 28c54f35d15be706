/**
 * What happens between nodes, told to whoever proves afterwards that it was right: each rendezvous between nodes by both of its ends, and which
 * processes are where. Nothing is told of what happens within a kernel, and nothing at all when nobody listens.
 */
import type { Value } from '../scheduler/value.ts'

export interface History {
  /** The output `stamp` of a writer elsewhere waits at the home of its channel, which is here. */
  offered(channel: number, stamp: number, value: Value): void
  /** A reader has taken that output here. */
  took(channel: number, stamp: number): void
  /** A writer here goes on because its output `stamp` was taken elsewhere. */
  sent(channel: number, stamp: number, value: Value): void
  /** A process is here from now on, after so many moves. */
  came(process: number, moves: number): void
  /** A process that was here was captured, or has ended. */
  went(process: number): void
}
