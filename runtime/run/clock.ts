/**
 * Program time: microseconds since the program began, over all the OS processes it has lived in.
 *
 * Each node has a clock for each program: an offset to the monotonic clock of its own machine. What comes from elsewhere, a message or a process, says
 * which time it was there, and a clock that is behind goes forward to it, as a logical clock does. So program time runs backward for nobody, on
 * whichever nodes a process has been, and no two machines' clocks are ever compared.
 */

/** A clock that can be continued elsewhere: give its last reading to the next one as `offset`. */
export class ProgramClock {
  private origin: number
  private stoppedAt: number | undefined

  /**
   * @param offset microseconds that have passed for the program already
   * @param monotonic milliseconds, growing, from an arbitrary origin
   */
  constructor(
    offset = 0,
    private readonly monotonic: () => number = () => performance.now(),
  ) {
    this.origin = monotonic() * 1000 - offset
  }

  /** @returns microseconds, not an integer necessarily; never less than before */
  now(): number {
    return this.stoppedAt ?? this.monotonic() * 1000 - this.origin
  }

  /**
   * It was that time elsewhere, so it is not earlier here.
   * @param time microseconds
   * @returns by how many microseconds the clock has gone forward
   */
  heard(time: number): number {
    const behind = time - this.now()
    if (behind <= 0) return 0
    if (this.stoppedAt === undefined) this.origin -= behind
    else this.stoppedAt = time
    return behind
  }

  /** Time stands still for the program until `go`: it notices nothing. */
  stop(): void {
    this.stoppedAt ??= this.now()
  }

  /** Time goes on from where it stood. */
  go(): void {
    if (this.stoppedAt === undefined) return
    this.origin = this.monotonic() * 1000 - this.stoppedAt
    this.stoppedAt = undefined
  }
}
