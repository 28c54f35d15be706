/** The arrays of one process: the stretches of memory that its views cover, each kept once however many views there are. */
import { isDefined } from '../kernel/scheduler/mobile.ts'
import { blankOf, viewOf } from '../kernel/snapshot/codec.ts'
import type { ArrayKind } from '../kernel/snapshot/codec.ts'
import type { TypedArray } from '../kernel/scheduler/value.ts'

interface Segment {
  readonly buffer: ArrayBufferLike
  start: number
  end: number
}

/** Keeps contents once. */
export interface Contents {
  /** @returns the number of bytes that lie `pad` bytes after a boundary of 8 */
  content(bytes: Uint8Array, pad: number): number
  contentAt(number: number): { readonly bytes: Uint8Array; readonly pad: number }
}

export class Memory {
  private segments: Segment[] = []
  private added: Segment[] = []

  add(view: TypedArray): void {
    if (view.byteLength > 0) this.added.push({ buffer: view.buffer, start: view.byteOffset, end: view.byteOffset + view.byteLength })
  }

  /** Makes segments of what was added, in the order in which their memory was met first. */
  arrange(): void {
    const segments: Segment[] = []
    for (const { buffer, start, end } of this.added) {
      const touched = segments.filter((s) => s.buffer === buffer && s.start < end && start < s.end)
      const [first, ...others] = touched
      if (first === undefined) {
        segments.push({ buffer, start, end })
        continue
      }
      first.start = Math.min(start, first.start)
      first.end = Math.max(end, first.end)
      for (const other of others) {
        first.start = Math.min(other.start, first.start)
        first.end = Math.max(other.end, first.end)
        segments.splice(segments.indexOf(other), 1)
      }
    }
    this.segments = segments
  }

  overlaps(view: TypedArray): boolean {
    return this.find(view) >= 0
  }

  private find({ buffer, byteOffset, byteLength }: TypedArray): number {
    return this.segments.findIndex((s) => s.buffer === buffer && s.start < byteOffset + byteLength && byteOffset < s.end)
  }

  write(words: number[], contents: Contents): void {
    words.push(this.segments.length)
    for (const { buffer, start, end } of this.segments) words.push(contents.content(new Uint8Array(buffer, start, end - start), start % 8))
  }

  /** Writes where a view lies: segment, offset, length. */
  writeView(words: number[], view: TypedArray): void {
    if (view.length === 0) {
      words.push(0, 0, 0)
      return
    }
    const segment = this.find(view)
    words.push(segment, view.byteOffset - (this.segments[segment]?.start ?? 0), view.length)
  }

  /** Writes a flat array that may be there: nothing is one word, -1. */
  writeReference(words: number[], array: TypedArray): void {
    if (!isDefined(array) && array.length === 0) words.push(-1)
    else this.writeView(words, array)
  }

  /** @returns what `writeReference` wrote */
  readReference(kind: ArrayKind, next: () => number): TypedArray {
    const segment = next()
    return segment < 0 ? blankOf(kind) : this.view(kind, segment, next(), next())
  }

  static read(next: () => number, contents: Contents): Memory {
    const memory = new Memory()
    for (let n = next(); n > 0; n--) {
      const { bytes, pad } = contents.contentAt(next())
      const copy = new Uint8Array(pad + bytes.length)
      copy.set(bytes, pad)
      memory.segments.push({ buffer: copy.buffer, start: pad, end: copy.length })
    }
    return memory
  }

  /** @returns a view as `writeView` wrote it */
  view(kind: ArrayKind, segment: number, offset: number, length: number): TypedArray {
    const found = this.segments[segment]
    if (length === 0 || found === undefined) return viewOf(kind, new ArrayBuffer(0), 0, 0)
    return viewOf(kind, found.buffer as ArrayBuffer, found.start + offset, length) // made by `read`
  }

  copy(): Memory {
    const memory = new Memory()
    memory.segments = this.segments.map(({ buffer, start, end }) => ({ buffer: buffer.slice(0), start, end }))
    return memory
  }
}
