/**
 * Channels that lead out of what is explored: whoever is outside offers every value of an alphabet at any time, takes all that comes, or stays away.
 *
 * A message may be several communications, one for each of its components. Where in a message a channel is, is part of the state of the program.
 */
import type { Value } from '../kernel/scheduler/value.ts'

/** Where a message is. */
export interface MessagePosition {
  /** What may come here from outside. */
  readonly values: readonly Value[]
  /** @returns the position after a value has gone through: 0 when the message is over */
  readonly after: (value: Value) => number
  /** @returns a value as people read it */
  readonly spell: (value: Value) => string
}

/** A channel that leads outside. */
export interface OutsideChannel {
  /** What the process calls it: `in`, `in[2]`. */
  readonly name: string
  /** What the process does at it. */
  readonly direction: '?' | '!'
  /** A message begins at 0. */
  readonly positions: readonly MessagePosition[]
}
