/** Dates: what a clock on the wall of the home shows, for programs that ask for it. Program time is another thing: see run/clock.ts. */

/** A reading of such a clock. */
export interface WallTime {
  /** Microseconds since the beginning of 1970 in Universal Time. */
  readonly microseconds: bigint
  /** How many minutes local time is ahead of Universal Time. */
  readonly minutesEast: number
}

export type WallClock = () => WallTime

/** The clock of this OS process. */
export function systemClock(): WallTime {
  const now = performance.timeOrigin + performance.now()
  return { microseconds: BigInt(Math.round(now * 1000)), minutesEast: -new Date(now).getTimezoneOffset() }
}

/** @returns the reading as a program gets it: an INT64 and an INT32, lowest byte first */
export function clockReading({ microseconds, minutesEast }: WallTime): Uint8Array {
  const reading = new DataView(new ArrayBuffer(12))
  reading.setBigInt64(0, microseconds, true)
  reading.setInt32(8, minutesEast, true)
  return new Uint8Array(reading.buffer)
}
