/**
 * Mobiles of several parts in a snapshot: each is written once, and whatever held it holds the same one when it is restored.
 *
 * Invariants
 * - A mobile is known by its array of parts, which no other mobile has; an array of parts that is held without its mobile gets one.
 * - A mobile comes after those that are parts of it, so that reading makes a tree of any bytes, and never a circle.
 */
import { Agent, isImage } from '../scheduler/agents.ts'
import { cloned, Handle, isDefined, Mobile, NO_MOBILE, NO_REFERENCES } from '../scheduler/mobile.ts'
import type { Reference, TypedArray } from '../scheduler/value.ts'
import { NO_BYTES } from '../scheduler/blanks.ts'
import { kindOf } from './codec.ts'
import type { ArrayKind, ByteReader, ByteWriter } from './codec.ts'
import { SnapshotError } from './snapshot-error.ts'

/** The memory that flat arrays lie in. */
interface Views {
  add(view: TypedArray): void
  writeView(w: ByteWriter, view: TypedArray): void
}

/** The handles that mobiles hold, written by their numbers. */
export interface HandleNumbers {
  add(h: Handle): void
  numberOf(h: Handle): number
  /** A mobile process becomes an image. */
  image(m: Mobile): void
}

/** The kinds of references in bytes; those of flat arrays are six numbers. */
const NOTHING = 0
const COMPOUND = 1
const FLAT = 2
const HANDLE = 8

export class MobileSet {
  /** In the order in which they are written. */
  private readonly order: Mobile[] = []
  private numbers: Map<Reference[], number> | undefined

  constructor(
    private readonly views: Views,
    private readonly handles: HandleNumbers,
  ) {}

  get size(): number {
    return this.order.length
  }

  /** Adds a mobile and all that it consists of. */
  add(m: Mobile): void {
    const known = this.numbers?.get(m.parts)
    if (m === NO_MOBILE || (known !== undefined && this.order[known]?.elements === m.elements)) return
    if (m instanceof Agent || isImage(m)) this.handles.image(m)
    this.views.add(m.elements)
    for (const part of m.parts) {
      if (part instanceof Mobile) this.add(part)
      else if (part instanceof Handle) this.handles.add(part)
      else this.views.add(part)
    }
    if (known !== undefined)
      this.order[known] = m // was held without its mobile before
    else {
      this.numbers ??= new Map<Reference[], number>()
      this.numbers.set(m.parts, this.order.length)
      this.order.push(m)
    }
  }

  /** Adds references that are held without their mobile. */
  addParts(parts: Reference[]): void {
    if (parts !== NO_REFERENCES && this.numbers?.has(parts) !== true) this.add(new Mobile(NO_BYTES, parts, [parts.length]))
  }

  write(w: ByteWriter): void {
    w.uint(this.order.length)
    for (const m of this.order) {
      w.uints(m.dims)
      this.writeFlat(w, m.elements)
      w.uint(m.parts.length)
      for (const part of m.parts) this.writeReference(w, part)
    }
  }

  writeReference(w: ByteWriter, r: Reference): void {
    if (r instanceof Mobile) this.writeMobile(w, r)
    else if (r instanceof Handle) {
      w.byte(HANDLE)
      w.uint(this.handles.numberOf(r))
    } else this.writeFlat(w, r)
  }

  private writeFlat(w: ByteWriter, a: TypedArray): void {
    w.byte(FLAT + kindOf(a))
    this.views.writeView(w, a)
  }

  private writeMobile(w: ByteWriter, m: Mobile): void {
    w.byte(m === NO_MOBILE ? NOTHING : COMPOUND)
    if (m !== NO_MOBILE) w.uint(this.numberOf(m.parts))
  }

  /** Writes which references are held without their mobile: 0 for none. */
  writeParts(w: ByteWriter, parts: Reference[]): void {
    w.uint(parts === NO_REFERENCES ? 0 : this.numberOf(parts) + 1)
  }

  private numberOf(parts: Reference[]): number {
    const number = this.numbers?.get(parts)
    if (number === undefined) throw new Error('a mobile was not added before it is written')
    return number
  }
}

/** The memory that flat arrays are read from. */
interface Source {
  readView(r: ByteReader, kind: ArrayKind): TypedArray
  readonly mobiles: readonly Mobile[]
  /** Reads a handle for `holder[key]`, which may get another object later. */
  readHandle(r: ByteReader, holder: Reference[], key: number): Handle
}

/** Reads what `MobileSet.write` wrote, into `into`. @throws SnapshotError */
export function readMobiles(r: ByteReader, source: Source, into: Mobile[]): void {
  for (let n = r.count(4, 'mobiles'); n > 0; n--) {
    const dims = r.uints('dimensions')
    const elements = readReference(r, source)
    if (!ArrayBuffer.isView(elements)) throw new SnapshotError('malformed', 'the elements of a mobile are no array')
    const parts: Reference[] = []
    for (let i = 0, count = r.count(1, 'parts'); i < count; i++) parts.push(readReference(r, source, parts))
    into.push(new Mobile(elements, parts, dims))
  }
}

/** @param parts the parts that it is read for, if it may be a handle */
function readReference(r: ByteReader, source: Source, parts?: Reference[]): Reference {
  const tag = r.below(parts === undefined ? HANDLE : HANDLE + 1, 'kind of mobile')
  if (tag === NOTHING) return NO_MOBILE
  if (parts !== undefined && tag === HANDLE) return source.readHandle(r, parts, parts.length)
  if (tag !== COMPOUND) return source.readView(r, (tag - FLAT) as ArrayKind) // below
  return mobileAt(source, r.below(source.mobiles.length, 'mobile'))
}

function mobileAt(source: Source, index: number): Mobile {
  const found = source.mobiles[index]
  if (found === undefined) throw new SnapshotError('malformed', 'a mobile is not there')
  return found
}

/** @returns a mobile that is none, or one of the snapshot's. @throws SnapshotError when it is a flat array */
export function readMobile(r: ByteReader, source: Source): Mobile {
  const found = readReference(r, source)
  if (!(found instanceof Mobile)) throw new SnapshotError('malformed', 'a flat array stands where a mobile of several parts is held')
  return found
}

export function readParts(r: ByteReader, source: Source): Reference[] {
  const number = r.below(source.mobiles.length + 1, 'mobile')
  return number === 0 ? NO_REFERENCES : mobileAt(source, number - 1).parts
}

/** @returns copies of mobiles that share what those shared, each made once */
export function copier(copyOf: (view: TypedArray) => TypedArray): {
  mobile: (m: Mobile) => Mobile
  parts: (p: Reference[]) => Reference[]
} {
  const made = new Map<Reference[], Mobile>()
  const flat = (a: TypedArray): TypedArray => (isDefined(a) ? (a.length === 0 ? cloned(a) : copyOf(a)) : a)
  const mobile = (m: Mobile): Mobile => {
    if (m === NO_MOBILE || (m instanceof Agent && m.process !== null)) return m
    const before = made.get(m.parts)
    if (before !== undefined) return before
    const copy = new Mobile(
      flat(m.elements),
      m.parts.map((part) => (part instanceof Mobile ? mobile(part) : part instanceof Handle ? part : flat(part))),
      m.dims,
    )
    made.set(m.parts, copy)
    return copy
  }
  const parts = (p: Reference[]): Reference[] => (p === NO_REFERENCES ? p : (made.get(p) ?? mobile(new Mobile(NO_BYTES, p, []))).parts)
  return { mobile, parts }
}
