/** Program time: microseconds since the program began, over all the OS processes it has lived in. */

/** A clock that can be continued elsewhere: give its last reading to the next one as `offset`. */
export class ProgramClock {
  private origin: number
  private stoppedAt: number | undefined

  /** @param offset microseconds that have passed for the program already */
  constructor(offset = 0) {
    this.origin = performance.now() * 1000 - offset
  }

  /** @returns microseconds, not an integer necessarily; never less than before */
  now(): number {
    return this.stoppedAt ?? performance.now() * 1000 - this.origin
  }

  /** Time stands still for the program until `go`: it notices nothing. */
  stop(): void {
    this.stoppedAt ??= this.now()
  }

  /** Time goes on from where it stood. */
  go(): void {
    if (this.stoppedAt === undefined) return
    this.origin = performance.now() * 1000 - this.stoppedAt
    this.stoppedAt = undefined
  }
}
