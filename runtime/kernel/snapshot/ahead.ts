/**
 * Memory of arrays that was sent ahead of a capture, while its processes still ran: the capture names it, and has only what differs by then.
 *
 * It is a cache: what a capture says is complete only together with the memory that it names, and whoever has lost that refuses the capture. See
 * docs/decisions/0027-strategies-for-large-state.md.
 */
import { SnapshotError } from './snapshot-error.ts'

/** A stretch of memory in what was sent ahead. */
export interface AheadSegment {
  /** Which memory that is. */
  readonly number: number
  /** Where the stretch begins there. */
  readonly offset: number
  /** Where it differs by now: stretches of bytes, from its beginning. */
  readonly changes: readonly (readonly [at: number, length: number])[]
}

/** What a source has sent ahead. */
export interface SentAhead {
  /** @returns where a stretch of a buffer is in what was sent; undefined when it was not sent */
  segment(buffer: ArrayBufferLike, start: number, end: number): AheadSegment | undefined
  /** @returns what the other side has, as it was kept here: the capture is read from it when the move has failed */
  kept(): ReceivedAhead
}

/** What has come ahead of one capture, by its numbers. Reading the capture changes it: it serves once. */
export class ReceivedAhead {
  /** Up to where each memory has been taken: no two arrays get the same bytes. */
  private readonly taken = new Map<number, number>()

  constructor(private readonly memories: ReadonlyMap<number, ArrayBuffer>) {}

  /** @returns the memory in which a stretch of a capture is. @throws SnapshotError when it is not there, or was taken already */
  take(number: number, offset: number, length: number): ArrayBuffer {
    const memory = this.memories.get(number)
    if (memory === undefined) throw new SnapshotError('malformed', `memory ${number} was not sent ahead`)
    if (offset < (this.taken.get(number) ?? 0) || offset + length > memory.byteLength)
      throw new SnapshotError('malformed', 'an array does not lie within what was sent ahead')
    this.taken.set(number, offset + length)
    return memory
  }
}
