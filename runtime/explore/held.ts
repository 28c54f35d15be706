/** What whoever a list of words is of holds: it can say something there, or somebody waits for it. */

/** The ends of channels, and the monitors, that a process holds where it will look at them again. */
export interface Held {
  readonly reads: readonly number[]
  readonly writes: readonly number[]
  readonly monitors: readonly number[]
}

/** Adds a number that may be there. */
export function hold(list: number[], number: number): void {
  if (!list.includes(number)) list.push(number)
}
