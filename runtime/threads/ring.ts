/**
 * Bytes from one thread to another through shared memory: a ring with one writer and one reader, neither of whom ever waits for the other.
 *
 * Invariants
 * - `written - read`, modulo 2^32, is how many bytes are in the ring: never more than it holds.
 * - Each count is changed by one side only, and by `Atomics`, behind the bytes that it tells of.
 * - A side that has closed changes nothing any more. What was written before can be read still.
 */

/** Bytes of a ring: what is larger goes through it in pieces. */
const RING_BYTES = 1 << 18
/** Places of the header, in words of 32 bits. */
const WRITTEN = 0
const READ = 1
const WRITER_CLOSED = 2
const READER_CLOSED = 3
/** The writer has found the ring full, and wants to hear when there is room. */
const WRITER_WAITS = 4
const HEADER_BYTES = 64

/** @returns the memory of a ring that is empty */
export function ringMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + RING_BYTES)
}

/** One side of a ring. */
export class Ring {
  private readonly header: Int32Array
  private readonly bytes: Uint8Array

  /** @param memory of `ringMemory` */
  constructor(memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, HEADER_BYTES / 4)
    this.bytes = new Uint8Array(memory, HEADER_BYTES, RING_BYTES)
  }

  /** As many as fit are written. @returns how many */
  write(bytes: Uint8Array): number {
    const written = Atomics.load(this.header, WRITTEN)
    let room = this.room(written)
    if (room < bytes.length) {
      Atomics.store(this.header, WRITER_WAITS, 1)
      room = this.room(written) // the reader may have looked just before whether anybody waits
    }
    const n = Math.min(room, bytes.length)
    if (n === bytes.length) Atomics.store(this.header, WRITER_WAITS, 0)
    if (n === 0) return 0
    const at = written & (RING_BYTES - 1)
    const first = Math.min(n, RING_BYTES - at)
    this.bytes.set(bytes.subarray(0, first), at)
    if (first < n) this.bytes.set(bytes.subarray(first, n), 0)
    Atomics.store(this.header, WRITTEN, (written + n) | 0)
    return n
  }

  private room(written: number): number {
    return RING_BYTES - ((written - Atomics.load(this.header, READ)) >>> 0)
  }

  /** @returns a copy of all that is there; undefined when nothing is */
  read(): Buffer | undefined {
    const read = Atomics.load(this.header, READ)
    const n = (Atomics.load(this.header, WRITTEN) - read) >>> 0
    if (n === 0) return undefined
    const bytes = Buffer.allocUnsafe(n)
    const at = read & (RING_BYTES - 1)
    const first = Math.min(n, RING_BYTES - at)
    bytes.set(this.bytes.subarray(at, at + first))
    if (first < n) bytes.set(this.bytes.subarray(0, n - first), first)
    Atomics.store(this.header, READ, (read + n) | 0)
    return bytes
  }

  /** @returns whether the writer has asked, since it was told last, to hear when there is room */
  tellWriter(): boolean {
    return Atomics.exchange(this.header, WRITER_WAITS, 0) === 1
  }

  /** Nothing more is written. */
  closeWriter(): void {
    Atomics.store(this.header, WRITER_CLOSED, 1)
  }

  /** Nothing more is read. */
  closeReader(): void {
    Atomics.store(this.header, READER_CLOSED, 1)
  }

  /** Whether nothing more will come. What is in the ring is to be read after this was found. */
  get isWriterClosed(): boolean {
    return Atomics.load(this.header, WRITER_CLOSED) === 1
  }

  get isReaderClosed(): boolean {
    return Atomics.load(this.header, READER_CLOSED) === 1
  }
}
