/**
 * What processes here print while the console is on another node: gathered, so that it does not take a round trip a byte (docs/decisions/0016).
 *
 * The answer to an output says whether its channel is the console's, and which stream it is (`Taken.stream`). From then on bytes for it are kept here,
 * and their writers go on. `node/program/outbox.ts` sends them, before anything that could show that they were printed.
 *
 * The bytes of both streams are in one list, as runs: the stream, how many bytes, the bytes. So the order between the streams is kept.
 */
import type { Value } from '../scheduler/value.ts'

/** The streams of a console, as `Taken.stream` and a run name them; NO_STREAM: the channel is none of them, or takes nothing more for now. */
export const NO_STREAM = 0
export const SCREEN = 1
export const ERROR = 2
export type Stream = typeof NO_STREAM | typeof SCREEN | typeof ERROR

/** How many bytes may be gathered and not yet written at the home, for a whole program. Then its writers wait. */
const MOST = 1 << 16
/** The stream and the count of a run. */
const HEAD = 5
/** Of the buffer at first. */
const FEW = 256

export class Gathered {
  private buffer = new Uint8Array(0)
  private length = 0
  /** Where the last run begins, and whose it is. */
  private run = 0
  private stream: Stream = NO_STREAM
  /** Bytes of lists that the home has not written yet. */
  private sent = 0
  /** The home has said that its streams are full. */
  private isPaused = false

  get isEmpty(): boolean {
    return this.length === 0
  }

  /** @returns whether the value is kept, so that its writer may go on; if not, it has to be offered to the console as to any channel */
  take(stream: Stream, value: Value): boolean {
    if (stream === NO_STREAM || this.isPaused) return false
    if (typeof value === 'number') {
      if (value !== (value & 255) || !this.reserve(stream, 1)) return false
      this.buffer[this.length++] = value
      return true
    }
    if (!(value instanceof Uint8Array) || !this.reserve(stream, value.length)) return false
    this.buffer.set(value, this.length)
    this.length += value.length
    return true
  }

  /** Makes room in a run of the stream. @returns whether so much may be gathered */
  private reserve(stream: Stream, bytes: number): boolean {
    if (this.stream === stream && this.length + bytes <= this.buffer.length) return true // a buffer is never larger than what may be gathered
    const needed = this.length + bytes + HEAD
    if (needed + this.sent > MOST) return false
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(Math.min(MOST - this.sent, Math.max(FEW, 2 * needed)))
      larger.set(this.buffer.subarray(0, this.length))
      this.buffer = larger
    }
    if (this.stream === stream) return true
    this.endRun()
    this.stream = stream
    this.run = this.length
    this.buffer[this.length] = stream
    this.length += HEAD
    return true
  }

  /** Writes down how long the last run is. */
  private endRun(): void {
    if (this.length > 0) new DataView(this.buffer.buffer).setUint32(this.run + 1, this.length - this.run - HEAD)
  }

  /** Ends a list. @returns what was gathered since the last one; undefined when that is nothing */
  cut(): Uint8Array | undefined {
    if (this.length === 0) return undefined
    this.endRun()
    const list = this.buffer.subarray(0, this.length)
    this.sent += list.length
    this.buffer = new Uint8Array(0)
    this.length = 0
    this.stream = NO_STREAM
    return list
  }

  /** The home has written a list. @param more whether its streams take more */
  written(list: Uint8Array, more: boolean): void {
    this.sent -= list.length
    if (!more) this.isPaused = true
  }

  /** The console has taken an output, and takes more. */
  resume(): void {
    this.isPaused = false
  }
}

/** @returns the runs of a list. @throws RangeError when the bytes are none */
export function* runsOf(list: Uint8Array): Generator<readonly [stream: typeof SCREEN | typeof ERROR, bytes: Uint8Array], void> {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength)
  for (let at = 0; at < list.length;) {
    const stream = view.getUint8(at)
    const from = at + HEAD
    at = from + view.getUint32(at + 1)
    if ((stream !== SCREEN && stream !== ERROR) || at > list.length) throw new RangeError('these are no runs of output')
    yield [stream, list.subarray(from, at)]
  }
}
