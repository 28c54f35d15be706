/**
 * Arrays by identity: several views over one buffer stay so when they are captured.
 *
 * Invariants
 * - Two views overlap in a restored process exactly as they did. Views that did not overlap share no byte, even when they had one buffer.
 * - Only the bytes that some captured view covers are saved.
 */
import { blankOf, bytesOf, elementSize, kindOf, viewOf } from './codec.ts'
import type { ArrayKind, ByteReader, ByteWriter } from './codec.ts'
import { isDefined } from '../scheduler/mobile.ts'
import type { Handle, Mobile } from '../scheduler/mobile.ts'
import { MobileSet } from './mobiles.ts'
import type { HandleNumbers } from './mobiles.ts'
import type { ReceivedAhead, SentAhead } from './ahead.ts'
import { SnapshotError } from './snapshot-error.ts'
import type { Reference, TypedArray } from '../scheduler/value.ts'

/** A stretch of one buffer that views cover without a gap. */
interface Segment {
  readonly index: number
  readonly start: number
  end: number
}

/** What was sent ahead, and whose arrays are in it: the processes of two roots share no memory. */
export interface AheadUse {
  readonly sent: SentAhead
  readonly users: Map<number, ViewSet>
}

const UNNUMBERED: HandleNumbers = { add: () => undefined, numberOf: () => 0, image: () => undefined }

/** Views of some frames, and the stretches of memory they cover. First `add` all, then `arrange`, then `write`. */
export class ViewSet {
  /** Mobiles of several parts; their flat arrays are among the views. */
  readonly mobiles: MobileSet
  // most processes have no array: tables are made for those that have one
  private ranges: Map<ArrayBufferLike, { start: number; end: number }[]> | undefined
  private segments: Map<ArrayBufferLike, Segment[]> | undefined
  private count = 0

  /** @param handles numbers of those that mobiles hold; absent when nothing is written */
  constructor(handles: HandleNumbers = UNNUMBERED) {
    this.mobiles = new MobileSet(this, handles)
  }

  add(view: TypedArray): void {
    if (view.byteLength === 0) return
    const range = { start: view.byteOffset, end: view.byteOffset + view.byteLength }
    const all = (this.ranges ??= new Map<ArrayBufferLike, { start: number; end: number }[]>())
    const ranges = all.get(view.buffer)
    if (ranges === undefined) all.set(view.buffer, [range])
    else ranges.push(range)
  }

  /** Merges ranges that overlap into segments. */
  arrange(): void {
    if (this.ranges === undefined) return
    const all = (this.segments = new Map<ArrayBufferLike, Segment[]>())
    for (const [buffer, ranges] of this.ranges) {
      ranges.sort((a, b) => a.start - b.start)
      const segments: Segment[] = []
      let last: Segment | undefined
      for (const { start, end } of ranges) {
        if (last !== undefined && start < last.end) last.end = Math.max(last.end, end)
        else segments.push((last = { index: this.count++, start, end }))
      }
      all.set(buffer, segments)
    }
  }

  /** @returns the bytes of all segments; after `arrange` */
  size(): number {
    let bytes = 0
    if (this.segments === undefined) return bytes
    for (const segments of this.segments.values()) for (const { start, end } of segments) bytes += end - start
    return bytes
  }

  private find(view: TypedArray): Segment {
    const segments = this.segments?.get(view.buffer) ?? []
    let low = 0
    let high = segments.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((segments[middle] as Segment).start <= view.byteOffset)
        low = middle // middle < length
      else high = middle
    }
    const segment = segments[low]
    if (segment === undefined) throw new Error('a view was not added before it is written')
    return segment
  }

  /** Writes the memory. A segment keeps its alignment to 8 bytes. @param ahead absent: nothing was sent ahead */
  writeSegments(w: ByteWriter, ahead?: AheadUse): void {
    w.uint(this.count)
    if (this.segments === undefined) return
    for (const [buffer, segments] of this.segments) {
      for (const { start, end } of segments) {
        w.uint((end - start) * 8 + (start % 8))
        if (ahead === undefined || !this.writeAhead(w, buffer, { start, end }, ahead)) {
          if (ahead !== undefined) w.uint(0)
          w.raw(new Uint8Array(buffer, start, end - start))
        }
      }
    }
  }

  /** Writes where a segment is in what was sent ahead, and what differs. @returns whether it is there, and no other root has it */
  private writeAhead(
    w: ByteWriter,
    buffer: ArrayBufferLike,
    { start, end }: Pick<Segment, 'start' | 'end'>,
    { sent, users }: AheadUse,
  ): boolean {
    const segment = sent.segment(buffer, start, end)
    if (segment === undefined) return false
    const { number, offset, changes } = segment
    if ((users.get(number) ?? this) !== this) return false
    users.set(number, this)
    w.uint(number)
    w.uint(offset)
    w.uint(changes.length)
    for (const [at, length] of changes) {
      w.uint(at)
      w.bytes(new Uint8Array(buffer, start + at, length))
    }
    return true
  }

  /** Writes where a view is in the memory; its kind is known to the reader. The blank of a mobile lies in no segment. */
  writeView(w: ByteWriter, view: TypedArray): void {
    if (!isDefined(view)) {
      w.uint(1)
      w.uint(this.count)
      return
    }
    w.uint(view.length)
    if (view.length === 0) return
    const segment = this.find(view)
    w.uint(segment.index)
    w.uint(view.byteOffset - segment.start)
  }

  /** @returns for each view its twin over memory of its own */
  copies(): (view: TypedArray) => TypedArray {
    const buffers: ArrayBuffer[] = new Array<ArrayBuffer>(this.count)
    for (const [buffer, segments] of this.segments ?? []) {
      for (const { index, start, end } of segments) {
        const pad = start % 8
        const copy = new Uint8Array(pad + end - start)
        copy.set(new Uint8Array(buffer, start, end - start), pad)
        buffers[index] = copy.buffer
      }
    }
    return (view) => {
      if (view.length === 0) return view
      const segment = this.find(view)
      return viewOf(kindOf(view), buffers[segment.index] as ArrayBuffer, (segment.start % 8) + view.byteOffset - segment.start, view.length)
    }
  }
}

/** A stretch of memory in which views lie: it begins at `pad`. */
interface ReadSegment {
  readonly pad: number
  readonly length: number
  readonly buffer: ArrayBuffer
}

/** Reads where a segment is in what was sent ahead, and puts what differs there. @throws SnapshotError */
function readAhead(
  r: ByteReader,
  ahead: ReceivedAhead,
  { number, pad, length }: { readonly number: number; readonly pad: number; readonly length: number },
): ReadSegment {
  const offset = r.uint()
  if (offset % 8 !== pad) throw new SnapshotError('malformed', 'an array is not where its elements can be')
  const buffer = ahead.take(number, offset, length)
  const bytes = new Uint8Array(buffer, offset, length)
  for (let changes = r.count(2, 'changes'); changes > 0; changes--) {
    const at = r.uint()
    const now = r.bytes()
    if (at + now.length > length) throw new SnapshotError('malformed', 'changes go beyond the end of their array')
    bytes.set(now, at)
  }
  return { pad: offset, length, buffer }
}

/** The memory of a snapshot's views. */
export class ViewSource {
  /** Mobiles of several parts, once they have been read. */
  readonly mobiles: Mobile[] = []
  private readonly segments: ReadSegment[] = []

  /** Reads what `ViewSet.writeSegments` wrote. @param ahead what was sent ahead; absent: nothing was. @throws SnapshotError */
  constructor(
    r: ByteReader,
    readonly readHandle: (r: ByteReader, holder: Reference[], key: number) => Handle,
    ahead?: ReceivedAhead,
  ) {
    const n = r.count(1, 'segments')
    for (let i = 0; i < n; i++) {
      const head = r.uint()
      const pad = head % 8
      const length = (head - pad) / 8
      const number = ahead === undefined ? 0 : r.uint()
      if (ahead !== undefined && number > 0) {
        this.segments.push(readAhead(r, ahead, { number, pad, length }))
        continue
      }
      const bytes = r.raw(length)
      const memory = new Uint8Array(pad + bytes.length)
      memory.set(bytes, pad)
      this.segments.push({ pad, length, buffer: memory.buffer })
    }
  }

  /** Reads a view of a kind. @throws SnapshotError when it does not lie within the memory, or not on a boundary of its elements */
  readView(r: ByteReader, kind: ArrayKind): TypedArray {
    const length = r.uint()
    if (length === 0) return viewOf(kind, new ArrayBuffer(0), 0, 0)
    const index = r.below(this.segments.length + 1, 'segment')
    if (length === 1 && index === this.segments.length) return blankOf(kind)
    const segment = this.segments[index]
    const offset = r.uint()
    const size = elementSize(kind)
    if (segment === undefined || offset + length * size > segment.length || (segment.pad + offset) % size !== 0) {
      throw new SnapshotError('malformed', `an array of ${length} elements does not lie within its memory`)
    }
    return viewOf(kind, segment.buffer, segment.pad + offset, length)
  }
}

/**
 * Writes the elements in which `now` differs from `base`, as runs: elements to skip, number of elements, elements.
 * Both have one kind and length.
 */
export function writeChanges(w: ByteWriter, base: TypedArray, now: TypedArray): void {
  const a = bytesOf(base)
  const b = bytesOf(now)
  const size = elementSize(kindOf(now))
  const runs: [start: number, end: number][] = []
  const n = base === now ? 0 : now.length
  let last: [number, number] | undefined
  for (let i = 0; i < n; i++) {
    let same = true
    for (let k = i * size; same && k < (i + 1) * size; k++) same = a[k] === b[k] // bytes, so that NaN equals itself and -0 is not 0
    if (same) continue
    if (last !== undefined && i === last[1]) last[1]++
    else runs.push((last = [i, i + 1]))
  }
  w.uint(runs.length)
  let at = 0
  for (const [start, end] of runs) {
    w.uint(start - at)
    w.uint(end - start)
    w.raw(b.subarray(start * size, end * size))
    at = end
  }
}

/** Applies changes to an array. @throws SnapshotError */
export function readChanges(r: ByteReader, target: TypedArray): void {
  const bytes = bytesOf(target)
  const size = elementSize(kindOf(target))
  let at = 0
  for (let runs = r.count(2, 'runs'); runs > 0; runs--) {
    at += r.uint()
    const n = r.uint()
    if (at + n > target.length) throw new SnapshotError('malformed', 'changes go beyond the end of their array')
    bytes.set(r.raw(n * size), at * size)
    at += n
  }
}
