/**
 * How soon a site that computes lets the event loop have its turn, which is when messages leave the node and come in.
 *
 * A whole slice in either direction would be longer than an item of a farm often takes, so that whoever waits for the next item has nothing to do.
 */

/** Microseconds of a slice while messages come and go. */
const SLICE = 300
/** So many slices after the last message they may last as long as ever. */
const SLICES = 16

export class Mail {
  private hasSent = false
  private left = 0

  /** A message goes to another node. It leaves when the slice ends. */
  sent(): void {
    this.hasSent = true
    this.left = SLICES
  }

  /** A message has come from another node. */
  received(): void {
    this.left = SLICES
  }

  /** @returns whether a slice that has lasted for so many microseconds shall end */
  isAwaited(micros: number): boolean {
    return this.hasSent || (this.left > 0 && micros >= SLICE)
  }

  /** A slice has ended. */
  sliced(): void {
    this.hasSent = false
    if (this.left > 0) this.left--
  }
}
