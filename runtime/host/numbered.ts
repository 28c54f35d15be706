/**
 * Streams whose bytes have numbers, so that they can be sent again to whoever may have lost them: what viewers type, and what clients send.
 *
 * Invariants
 * - The sender keeps each byte until its receiver has acknowledged it. The receiver takes each byte once, in order.
 */

/**
 * @param known how many bytes the receiver has taken
 * @param at number of the first of `bytes`
 * @returns what is new of them; undefined when something before them is missing. Nothing is new when all have come before
 */
export function newPart(known: number, at: number, bytes: Uint8Array): Uint8Array | undefined {
  if (at > known) return undefined
  return bytes.subarray(Math.min(known - at, bytes.length))
}

/** What was sent, or will be, and has not been acknowledged. */
export class Unacknowledged {
  private chunks: Uint8Array[] = []
  private size = 0

  /** @param first the number of the first byte that will be kept */
  constructor(private first = 0) {}

  /** The number of the first byte that is kept. */
  get from(): number {
    return this.first
  }

  /** The number that the next byte gets. */
  get end(): number {
    return this.first + this.size
  }

  /** How many bytes are kept. */
  get length(): number {
    return this.size
  }

  /** @param bytes which nobody changes afterwards */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.chunks.push(bytes)
    this.size += bytes.length
  }

  /** What is before `upTo` need not be kept any more. */
  acknowledge(upTo: number): void {
    let drop = Math.min(upTo, this.end) - this.first
    if (drop <= 0) return
    this.first += drop
    this.size -= drop
    let whole = 0
    for (let chunk = this.chunks[0]; chunk !== undefined && drop >= chunk.length; chunk = this.chunks[++whole]) drop -= chunk.length
    this.chunks.splice(0, whole)
    const [rest] = this.chunks
    if (drop > 0 && rest !== undefined) this.chunks[0] = rest.subarray(drop)
  }

  /** @returns a view of at most `most` bytes from number `from` on, which is not before the first that is kept */
  read(from: number, most: number): Uint8Array {
    const [whole] = this.chunks
    if (this.chunks.length === 1 && whole !== undefined && from === this.first && whole.length <= most) return whole
    const parts: Uint8Array[] = []
    let skip = from - this.first
    let left = most
    for (const chunk of this.chunks) {
      if (left <= 0) break
      if (skip >= chunk.length) {
        skip -= chunk.length
        continue
      }
      const part = chunk.subarray(skip, skip + left)
      parts.push(part)
      left -= part.length
      skip = 0
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
  }
}
