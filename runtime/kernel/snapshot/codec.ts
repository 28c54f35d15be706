/**
 * Compact bytes: what snapshots and messages between nodes are written in.
 *
 * Invariants
 * - Reading is total: whatever the bytes are, each read gives a value of its range or throws a `SnapshotError`, and nothing is allocated that
 *   is longer than the bytes that are left.
 * - A number has one form: integers are varints of 7 bits a byte, low first; a minimal one is not demanded.
 */
import { NO_BYTES, NO_INT16S, NO_INT64S, NO_INTS, NO_REAL32S, NO_REAL64S } from '../scheduler/blanks.ts'
import { Handle, isDefined, Mobile, NO_MOBILE } from '../scheduler/mobile.ts'
import { ChannelHandle, kindOfUse } from '../scheduler/ends.ts'
import { HANDLE_KINDS, HandleName } from '../scheduler/value.ts'
import type { HandleKind } from '../scheduler/value.ts'
import type { ElementType, Reference, TypedArray, Value } from '../scheduler/value.ts'
import { SnapshotError } from './snapshot-error.ts'

const scratch = new DataView(new ArrayBuffer(8))
const text = { encoder: new TextEncoder(), decoder: new TextDecoder('utf-8', { fatal: true }) }
/** Integers up to here are exact in a number. */
const LIMIT = Number.MAX_SAFE_INTEGER

/**
 * Bytes of a snapshot or message at most. Files are read, written and hashed in calls that take less than 2^31 bytes, and a checkpoint file holds
 * the program's code too.
 */
export const LARGEST_SNAPSHOT = 2_000_000_000

/** @throws SnapshotError `size` */
export function requireSize(bytes: number, limit: number): void {
  if (bytes > limit) throw new SnapshotError('size', `it takes ${bytes} bytes, and a snapshot has at most ${limit}`)
}

function room(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes)
  } catch {
    throw new SnapshotError('size', `there is no memory for a snapshot of ${bytes} bytes`)
  }
}

/** Characters of a string that is copied one by one: its length takes one byte. */
const SHORT = 0x7f

/** Appends values to a growing byte string. */
export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>
  length = 0

  /** @param limit bytes that it takes at most */
  constructor(
    capacity = 256,
    private readonly limit = LARGEST_SNAPSHOT,
  ) {
    this.buffer = new Uint8Array(capacity)
  }

  private reserve(n: number): void {
    const needed = this.length + n
    if (needed <= this.buffer.length) return
    requireSize(needed, this.limit)
    const larger = room(Math.min(this.limit, Math.max(needed, this.buffer.length * 2)))
    larger.set(this.buffer.subarray(0, this.length))
    this.buffer = larger
  }

  byte(v: number): void {
    this.reserve(1)
    this.buffer[this.length++] = v
  }

  /** @param v an integer from 0 to 2^53 - 1 */
  uint(v: number): void {
    this.reserve(8)
    if (v < 0x80) {
      this.buffer[this.length++] = v
      return
    }
    while (v >= 0x80) {
      this.buffer[this.length++] = (v % 0x80) | 0x80 // the remainder, not `&`: v may be beyond 32 bits
      v = Math.floor(v / 0x80)
    }
    this.buffer[this.length++] = v
  }

  /** @param v an integer of at most 52 bits and a sign */
  int(v: number): void {
    this.uint(v < 0 ? -2 * v - 1 : 2 * v)
  }

  uints(list: readonly number[]): void {
    this.uint(list.length)
    for (const v of list) this.uint(v)
  }

  /** As `uints`, for ids, which grow in steps that are small as a rule. @param each writes more of one */
  ids(list: readonly number[], each: (id: number) => void = () => undefined): void {
    this.uint(list.length)
    let last = 0
    for (const id of list) {
      this.int(id - last)
      each(id)
      last = id
    }
  }

  real(v: number): void {
    this.reserve(8)
    scratch.setFloat64(0, v, true)
    for (let i = 0; i < 8; i++) this.buffer[this.length++] = scratch.getUint8(i)
  }

  /** @param v an integer of 64 bits with a sign */
  int64(v: bigint): void {
    this.reserve(8)
    scratch.setBigInt64(0, v, true)
    for (let i = 0; i < 8; i++) this.buffer[this.length++] = scratch.getUint8(i)
  }

  fixed32(v: number): void {
    this.reserve(4)
    for (let shift = 0; shift < 32; shift += 8) this.buffer[this.length++] = (v >>> shift) & 0xff
  }

  /** Bytes without their number. */
  raw(v: Uint8Array): void {
    this.reserve(v.length)
    this.buffer.set(v, this.length)
    this.length += v.length
  }

  /** Bytes after their number. */
  bytes(v: Uint8Array): void {
    this.uint(v.length)
    this.raw(v)
  }

  string(v: string): void {
    const n = v.length
    if (n > SHORT || !this.ascii(v)) this.bytes(text.encoder.encode(v))
  }

  /** Writes a short string of ASCII characters, as nearly all of them are. @returns whether it is one; else nothing is written */
  private ascii(v: string): boolean {
    const n = v.length
    this.reserve(n + 1)
    const { buffer } = this
    let at = this.length
    buffer[at++] = n
    for (let i = 0; i < n; i++) {
      const c = v.charCodeAt(i)
      if (c >= 0x80) return false
      buffer[at++] = c
    }
    this.length = at
    return true
  }

  /** @returns what was written, in a buffer of its own size */
  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length)
  }

  /** @returns what was written so far, only until the next write */
  peek(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }
}

/** Reads what a `ByteWriter` wrote, or any bytes at all. */
export class ByteReader {
  at = 0
  constructor(
    private readonly buffer: Uint8Array,
    private readonly end = buffer.length,
  ) {}

  get left(): number {
    return this.end - this.at
  }

  private need(n: number): number {
    const at = this.at
    if (n > this.end - at) throw new SnapshotError('truncated', `${n} more bytes are needed and ${this.end - at} are left`)
    this.at = at + n
    return at
  }

  byte(): number {
    return this.buffer[this.need(1)] as number // need
  }

  /** @returns the next byte, which is read again; -1 at the end */
  peek(): number {
    return this.at < this.end ? (this.buffer[this.at] as number) : -1 // within
  }

  uint(): number {
    let v = 0
    let scale = 1
    for (;;) {
      const b = this.byte()
      v += (b & 0x7f) * scale
      if (v > LIMIT) throw new SnapshotError('malformed', 'an integer is beyond 53 bits')
      if (b < 0x80) return v
      scale *= 0x80
      if (scale > LIMIT) throw new SnapshotError('malformed', 'an integer has too many bytes')
    }
  }

  /** @returns an integer from 0 to `limit - 1` */
  below(limit: number, what: string): number {
    const v = this.uint()
    if (v >= limit) throw new SnapshotError('malformed', `${what} ${v} is not below ${limit}`)
    return v
  }

  /** @returns how many things follow that take at least `size` bytes each */
  count(size: number, what: string): number {
    const v = this.uint()
    if (v * size > this.left) throw new SnapshotError('truncated', `${v} ${what} do not fit into ${this.left} bytes`)
    return v
  }

  int(): number {
    const v = this.uint()
    return v % 2 === 0 ? v / 2 : -(v + 1) / 2
  }

  uints(what: string): number[] {
    return Array.from({ length: this.count(1, what) }, () => this.uint())
  }

  /** @param each is called with each id, and reads what was written with it */
  ids(what: string, each: (id: number) => void): void {
    let last = 0
    for (let n = this.count(1, what); n > 0; n--) each((last += this.int()))
  }

  real(): number {
    const at = this.need(8)
    for (let i = 0; i < 8; i++) scratch.setUint8(i, this.buffer[at + i] as number) // need
    return scratch.getFloat64(0, true)
  }

  int64(): bigint {
    const at = this.need(8)
    for (let i = 0; i < 8; i++) scratch.setUint8(i, this.buffer[at + i] as number) // need
    return scratch.getBigInt64(0, true)
  }

  fixed32(): number {
    let v = 0
    for (let shift = 0; shift < 32; shift += 8) v |= this.byte() << shift
    return v >>> 0
  }

  /** @returns a view of the next `n` bytes */
  raw(n: number): Uint8Array {
    const at = this.need(n)
    return this.buffer.subarray(at, at + n)
  }

  bytes(): Uint8Array {
    return this.raw(this.uint())
  }

  string(): string {
    try {
      return text.decoder.decode(this.bytes())
    } catch (error) {
      if (error instanceof SnapshotError) throw error
      throw new SnapshotError('malformed', 'a name is not UTF-8')
    }
  }

  /** @throws SnapshotError when something is left */
  finish(): void {
    if (this.left > 0) throw new SnapshotError('trailing', `${this.left} bytes follow the end`)
  }
}

/** Element types of arrays by what JavaScript has for them, in the order of their numbers in bytes. */
const kinds = [Uint8Array, Int16Array, Int32Array, BigInt64Array, Float32Array, Float64Array] as const
export type ArrayKind = 0 | 1 | 2 | 3 | 4 | 5

/** @returns the number of an array's class in bytes */
export function kindOf(a: TypedArray): ArrayKind {
  if (a instanceof Uint8Array) return 0
  if (a instanceof Int32Array) return 2
  if (a instanceof Float64Array) return 5
  if (a instanceof Int16Array) return 1
  return a instanceof BigInt64Array ? 3 : 4
}

/** @returns the blank of mobile arrays of a class */
export function blankOf(kind: ArrayKind): TypedArray {
  return BLANKS[kind]
}

const BLANKS = [NO_BYTES, NO_INT16S, NO_INTS, NO_INT64S, NO_REAL32S, NO_REAL64S] as const

/** @returns the number of the class of arrays of `element` */
export function kindOfElement(element: ElementType): ArrayKind {
  switch (element) {
    case 'bool':
    case 'byte':
      return 0
    case 'int16':
      return 1
    case 'int':
    case 'int32':
      return 2
    case 'int64':
      return 3
    case 'real32':
      return 4
    case 'real64':
      return 5
  }
}

export function elementSize(kind: ArrayKind): number {
  return kinds[kind].BYTES_PER_ELEMENT
}

/** Makes a view; `offset` is a multiple of the element size. */
export function viewOf(kind: ArrayKind, buffer: ArrayBuffer, offset: number, length: number): TypedArray {
  return new kinds[kind](buffer, offset, length)
}

/** @returns the bytes of a view, not copied */
export function bytesOf(a: TypedArray): Uint8Array {
  return new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
}

const TRUE = 8
const FALSE = 9
const INTEGER = 10
const REAL = 11
const BIG = 12
const ARRAY = 16
/** A mobile array that has no value, after the class it would have. */
const BLANK = 24
const MOBILE = 32
const NO = 33
/** A handle, by its name; those of the other kinds have the numbers after it. */
const NAME = 34
/** Mobiles within mobiles that a value has at most. */
const DEEPEST = 1000

/** Writes a value that stands for itself: scalars, and arrays and mobiles as copies. */
export function writeValue(w: ByteWriter, v: Value): void {
  if (typeof v === 'number') {
    if (Number.isInteger(v) && Math.abs(v) <= 0x7fffffff && !Object.is(v, -0)) {
      w.byte(INTEGER)
      w.int(v)
    } else {
      w.byte(REAL)
      w.real(v)
    }
  } else if (typeof v === 'boolean') w.byte(v ? TRUE : FALSE)
  else if (typeof v === 'bigint') {
    w.byte(BIG)
    w.int64(v)
  } else if (v instanceof Mobile) writeMobile(w, v, 0)
  else if (!isDefined(v)) w.byte(BLANK + kindOf(v))
  else {
    w.byte(ARRAY + kindOf(v))
    w.uint(v.length)
    w.raw(bytesOf(v))
  }
}

function writeMobile(w: ByteWriter, m: Mobile, depth: number): void {
  if (depth > DEEPEST) throw new SnapshotError('size', `mobiles are within mobiles more than ${DEEPEST} deep`)
  if (m === NO_MOBILE) {
    w.byte(NO)
    return
  }
  w.byte(MOBILE)
  w.uints(m.dims)
  writeValue(w, m.elements)
  w.uint(m.parts.length)
  for (const part of m.parts) {
    if (part instanceof Mobile) writeMobile(w, part, depth + 1)
    else if (part instanceof Handle) writeHandle(w, part)
    else writeValue(w, part)
  }
}

function writeHandle(w: ByteWriter, h: Handle): void {
  const { link } = h
  if (link === null) throw new SnapshotError('pinned', 'a value holds something that only this node knows')
  w.byte(NAME + HANDLE_KINDS.indexOf(kindOfHandle(h)))
  w.uint(link.id)
  w.uint(link.version)
  w.uint(link.toldHint + 1)
}

export function readValue(r: ByteReader, depth = 0): Value {
  const tag = r.byte()
  switch (tag) {
    case TRUE:
      return true
    case FALSE:
      return false
    case INTEGER:
      return r.int()
    case REAL:
      return r.real()
    case BIG:
      return r.int64()
    case NO:
      return NO_MOBILE
    case MOBILE: {
      if (depth > DEEPEST) throw new SnapshotError('malformed', `mobiles are within mobiles more than ${DEEPEST} deep`)
      const dims = r.uints('dimensions')
      const elements = readValue(r, depth)
      const parts: Reference[] = []
      for (let n = r.count(1, 'parts'); n > 0; n--) parts.push(readPart(r, depth + 1))
      if (typeof elements !== 'object' || elements instanceof Mobile) throw new SnapshotError('malformed', 'a mobile has no elements')
      return new Mobile(elements, parts, dims)
    }
    default: {
      const [first, known] = tag < BLANK ? [ARRAY, true] : [BLANK, false]
      const kind = tag - first
      if (kind < 0 || kind >= kinds.length) throw new SnapshotError('malformed', `${tag} is no kind of value`)
      return known ? readElements(r, kind as ArrayKind) : blankOf(kind as ArrayKind) // in range
    }
  }
}

function readPart(r: ByteReader, depth: number): Reference {
  const kind = HANDLE_KINDS[r.peek() - NAME]
  if (kind === undefined) return referenceOf(readValue(r, depth))
  r.byte()
  return new HandleName({ id: r.uint(), version: r.uint(), toldHint: r.uint() - 1 }, kind)
}

function kindOfHandle(h: Handle): HandleKind {
  if (h instanceof HandleName) return h.kind
  return h instanceof ChannelHandle ? kindOfUse(h.use) : 'monitor'
}

function referenceOf(v: Value): Reference {
  if (typeof v !== 'object') throw new SnapshotError('malformed', 'a scalar stands where a mobile is held')
  return v
}

/** Reads a number of elements and the elements, into a buffer of their own. */
function readElements(r: ByteReader, kind: ArrayKind): TypedArray {
  const size = elementSize(kind)
  const n = r.count(size, 'elements')
  const copy = r.raw(n * size).slice()
  return viewOf(kind, copy.buffer, 0, n)
}

/**
 * A 32-bit checksum of some bytes (the mixing of MurmurHash3, public domain). It finds accidents, not enemies; a change within one aligned
 * word of four bytes is always found.
 */
export function checksum(bytes: Uint8Array): number {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes) // `slice` of a Buffer would copy nothing
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2)
  let h = bytes.length
  for (let i = 0; i < words.length; i++) h = mix(h, words[i] as number) // i < length
  for (let i = words.length * 4; i < aligned.length; i++) h = mix(h, aligned[i] as number) // likewise
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function mix(h: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51)
  const x = h ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0
}
