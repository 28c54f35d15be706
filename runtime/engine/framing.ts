/**
 * Frames on a byte stream: a 32-bit length, then that many bytes.
 *
 * Writing gathers what is sent within one turn of the event loop into few writes. Reading gives views into what the socket delivered
 * wherever a frame lies in one piece.
 */

/** No frame is longer; a greater length is garbage. */
export const MAX_FRAME = 1 << 30
const HEADER = 4
/** Longer frames are written by themselves instead of being copied together. */
const LARGE = 1 << 14
const BLOCK = 1 << 16

export class FrameWriter {
  private block = Buffer.allocUnsafe(BLOCK)
  private start = 0
  private end = 0
  private scheduled = false

  /** @param write puts bytes on the stream; they are not touched afterwards */
  constructor(private readonly write: (bytes: Buffer) => void) {}

  /** Takes a copy of `frame`. */
  push(frame: Uint8Array): void {
    const size = HEADER + frame.length
    if (size > LARGE) {
      this.flush()
      const own = Buffer.allocUnsafe(size)
      own.writeUInt32LE(frame.length, 0)
      own.set(frame, HEADER)
      this.write(own)
      return
    }
    if (this.end + size > BLOCK) this.renew()
    this.block.writeUInt32LE(frame.length, this.end)
    this.block.set(frame, this.end + HEADER)
    this.end += size
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(() => {
      this.scheduled = false
      this.flush()
    })
  }

  flush(): void {
    if (this.end === this.start) return
    const bytes = this.block.subarray(this.start, this.end)
    this.start = this.end // the stream owns what was written: go on behind it
    this.write(bytes)
  }

  private renew(): void {
    this.flush()
    this.block = Buffer.allocUnsafe(BLOCK)
    this.start = 0
    this.end = 0
  }
}

export class FrameReader {
  private readonly pieces: Buffer[] = []
  private held = 0

  /** @param frame gets each frame, a view that is only good during the call */
  constructor(private readonly frame: (frame: Uint8Array) => void) {}

  /**
   * Takes what the stream delivered.
   * @returns false when it is no sequence of frames: nothing more can be read
   */
  push(chunk: Buffer): boolean {
    let rest = chunk
    if (this.held > 0) {
      this.pieces.push(chunk)
      this.held += chunk.length
      if (this.held < this.wanted()) return true
      rest = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces)
      this.pieces.length = 0
      this.held = 0
    }
    let at = 0
    while (rest.length - at >= HEADER) {
      const length = rest.readUInt32LE(at)
      if (length > MAX_FRAME) return false
      if (rest.length - at - HEADER < length) break
      this.frame(rest.subarray(at + HEADER, at + HEADER + length))
      at += HEADER + length
    }
    if (at < rest.length) {
      this.pieces.push(rest.subarray(at))
      this.held = rest.length - at
    }
    return true
  }

  /** @returns how many bytes must be held before a frame is whole; a guess from below while its length is not known */
  private wanted(): number {
    const first = this.pieces[0]
    if (first === undefined || first.length < HEADER) return HEADER
    return HEADER + Math.min(first.readUInt32LE(0), MAX_FRAME)
  }
}
