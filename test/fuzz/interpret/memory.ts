/**
 * The memory of the reference interpreter: every variable is a stretch of bytes, lowest byte first. Elements, slices, fields, abbreviations,
 * reference parameters and RETYPES are all places in such a stretch, so that aliasing is what it is by construction. A mobile takes no bytes where it
 * lies: beside the bytes of a place are its cells, one for each mobile in it, and a cell holds a variable of its own, or nothing.
 */
import type { Span } from '../../../grammar/source.ts'
import type { Type } from '../../../compiler/semantics.ts'
import { Fault } from './fault.ts'

/** Part of a variable. Its type has no open dimension. */
export interface Place {
  readonly type: Type
  readonly bytes: Uint8Array
  /** The mobiles in it, in the order of the text; undefined where its type has none. */
  readonly cells?: readonly Cell[]
}

/** @returns whether two places have a byte or a mobile in common */
export function overlaps(a: Place, b: Place): boolean {
  if (a.cells?.some((cell) => b.cells?.includes(cell)) === true) return true
  const [first, second] = [a.bytes, b.bytes]
  if (first.buffer !== second.buffer || first.length === 0 || second.length === 0) return false
  return first.byteOffset < second.byteOffset + second.length && second.byteOffset < first.byteOffset + first.length
}

/** What a mobile variable holds. */
export interface Cell {
  held: Place | undefined
}

/**
 * What an expression gives: a scalar by value (integers of every type are bigints), an array or record as a place that holds it. A real that is
 * no number is a place too, since a JavaScript number need not keep its bits.
 */
export type Value = bigint | number | boolean | Place

export const isPlace = (value: unknown): value is Place => typeof value === 'object' && value !== null && 'bytes' in value

/** @returns `type` without the names that `DATA TYPE` gave it; a mobile of one word is that word */
export function bare(type: Type): Exclude<Type, { kind: 'named' }> {
  if (type.kind === 'named') return bare(type.representation)
  if (type.kind !== 'mobile') return type
  const inner = bare(type.element)
  return inner.kind === 'primitive' || inner.kind === 'mobile' ? inner : type
}

/** @returns what a mobile type is without MOBILE; undefined for any other */
export function mobileElement(type: Type): Type | undefined {
  const inner = bare(type)
  return inner.kind === 'mobile' ? inner.element : undefined
}

/** @returns whether a mobile has no storage until it is given some: its size is not known */
function isOpen(type: Type): boolean {
  const inner = bare(type)
  if (inner.kind === 'barrier' || inner.kind === 'process' || inner.kind === 'end') return true
  return inner.kind === 'array' && (inner.size === undefined || isOpen(inner.element))
}

/** @returns how many mobiles lie in a value of `type` */
function cellsIn(type: Type): number {
  const inner = bare(type)
  if (inner.kind === 'mobile') return 1
  if (inner.kind === 'array') return inner.size === 0 ? 0 : lengthOf(inner) * cellsIn(inner.element)
  return inner.kind === 'record' ? inner.fields.reduce((n, field) => n + cellsIn(field.type), 0) : 0
}

/** @returns what a mobile of a type has that was given nothing, or moved away */
function blank(mobile: Type): Place | undefined {
  const element = mobileElement(mobile)
  return element === undefined || isOpen(element) ? undefined : zeros(element)
}

function newCells(type: Type): Cell[] {
  const inner = bare(type)
  if (inner.kind === 'mobile') return [{ held: blank(inner) }]
  if (inner.kind === 'array')
    return cellsIn(inner) === 0 ? [] : Array.from({ length: lengthOf(inner) }, () => newCells(inner.element)).flat()
  return inner.kind === 'record' ? inner.fields.flatMap((field) => newCells(field.type)) : []
}

/** @returns the cell of a place that is one mobile */
export function cellOf(place: Place): Cell {
  const [cell] = place.cells ?? []
  if (cell === undefined || mobileElement(place.type) === undefined) throw new Error('a mobile is wanted')
  return cell
}

/** @returns what a mobile holds, an array without elements where it holds nothing; any other place as it is */
export function opened(place: Place): Place {
  const element = mobileElement(place.type)
  if (element === undefined) return place
  const { held } = cellOf(place)
  if (held !== undefined) return held
  return { type: emptied(element), bytes: new Uint8Array(0) }
}

function emptied(type: Type): Type {
  const inner = bare(type)
  return inner.kind === 'array' ? { kind: 'array', size: 0, element: inner.element } : type
}

/** Takes what a mobile has out of it. @returns it, as a mobile of its own */
export function takeOut(place: Place): Place {
  const cell = cellOf(place)
  const taken = { type: place.type, bytes: place.bytes, cells: [{ held: cell.held }] }
  cell.held = blank(place.type)
  return taken
}

/** @returns a mobile of its own that holds `place` */
export function mobileWith(type: Type, held: Place | undefined): Place {
  return { type, bytes: new Uint8Array(0), cells: [{ held }] }
}

/** `CLONE x`. @returns a mobile of its own with a copy of all that `place` has, or with nothing */
export function clone(place: Place): Place {
  const { held } = cellOf(place)
  return mobileWith(place.type, held && fresh(held.type, held))
}

const WIDTHS = { BOOL: 1, BYTE: 1, INT16: 2, INT: 4, INT32: 4, REAL32: 4, INT64: 8, REAL64: 8 } as const

/** @returns how many bytes a value of `type` takes */
export function sizeOf(type: Type): number {
  const inner = bare(type)
  switch (inner.kind) {
    case 'primitive':
      return WIDTHS[inner.name]
    case 'array':
      return lengthOf(inner) * sizeOf(inner.element)
    case 'record':
      return roundedUp(endOfField(inner.fields, inner.packed, inner.fields.length), inner.packed ? 1 : alignment(inner))
    case 'channel':
    case 'timer':
    case 'poison':
      throw new Error(`a ${inner.kind} takes no bytes`)
    case 'mobile':
      return 0
    case 'barrier':
    case 'bundle':
    case 'end':
    case 'process':
      throw new Error(`the interpreter has no ${inner.kind}`)
  }
}

/** @returns how many elements an array type has. @throws Error when it is open or no array */
export function lengthOf(type: Type): number {
  const inner = bare(type)
  if (inner.kind !== 'array' || inner.size === undefined) throw new Error('an array of a known size is wanted')
  return inner.size
}

export function elementType(type: Type): Type {
  const inner = bare(type)
  if (inner.kind !== 'array') throw new Error('an array is wanted')
  return inner.element
}

const roundedUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit

function alignment(type: Type): number {
  const inner = bare(type)
  if (inner.kind === 'mobile') return 1
  if (inner.kind === 'array') return alignment(inner.element)
  if (inner.kind === 'record') return inner.packed ? 1 : Math.max(1, ...inner.fields.map((field) => alignment(field.type)))
  return sizeOf(inner)
}

/** The byte behind the first `n` fields. */
function endOfField(fields: readonly { readonly type: Type }[], packed: boolean, n: number): number {
  let end = 0
  for (const { type } of fields.slice(0, n)) end = roundedUp(end, packed ? 1 : alignment(type)) + sizeOf(type)
  return end
}

/** @returns field `index` of a record */
export function fieldOf(record: Place, index: number): Place {
  const inner = bare(record.type)
  const field = inner.kind === 'record' ? inner.fields[index] : undefined
  if (inner.kind !== 'record' || field === undefined) throw new Error('a record with that field is wanted')
  const start = roundedUp(endOfField(inner.fields, inner.packed, index), inner.packed ? 1 : alignment(field.type))
  const before = inner.fields.slice(0, index).reduce((n, each) => n + cellsIn(each.type), 0)
  return { type: field.type, bytes: record.bytes.subarray(start, start + sizeOf(field.type)), ...some(record, before, cellsIn(field.type)) }
}

/** @returns `n` cells of a place from number `from` on, when it has any */
function some({ cells }: Place, from: number, n: number): { readonly cells?: readonly Cell[] } {
  return cells === undefined ? {} : { cells: cells.slice(from, from + n) }
}

/** @returns elements `from` to `from + count - 1` of an array, as an array */
export function sliceOf(array: Place, from: number, count: number): Place {
  const element = elementType(array.type)
  const [size, each] = [sizeOf(element), array.cells === undefined ? 0 : cellsIn(element)]
  return {
    type: { kind: 'array', size: count, element },
    bytes: array.bytes.subarray(from * size, (from + count) * size),
    ...some(array, from * each, count * each),
  }
}

/** @returns element `index` of an array */
export function elementOf(array: Place, index: number): Place {
  return { ...sliceOf(array, index, 1), type: elementType(array.type) }
}

/** @returns a variable that is all zeros, and whose mobiles have nothing but what they always have */
export function zeros(type: Type): Place {
  const cells = newCells(type)
  return { type, bytes: new Uint8Array(sizeOf(type)), ...(cells.length === 0 ? {} : { cells }) }
}

/** @returns a variable of its own that holds `value`, of type `type` */
export function fresh(type: Type, value: Value): Place {
  const place = isPlace(value) ? zeros(value.type) : zeros(type)
  store(place, value)
  return place
}

/** @returns a value that stays as it is when variables change */
export const settled = (value: Value): Value => (isPlace(value) ? fresh(value.type, value) : value)

/** @returns what a place holds */
export function load(place: Place): Value {
  const inner = bare(place.type)
  if (inner.kind === 'mobile') return opened(place)
  if (inner.kind !== 'primitive') return place
  const view = new DataView(place.bytes.buffer, place.bytes.byteOffset, place.bytes.byteLength)
  switch (inner.name) {
    case 'BOOL':
      return view.getUint8(0) !== 0
    case 'BYTE':
      return BigInt(view.getUint8(0))
    case 'INT16':
      return BigInt(view.getInt16(0, true))
    case 'INT':
    case 'INT32':
      return BigInt(view.getInt32(0, true))
    case 'INT64':
      return view.getBigInt64(0, true)
    case 'REAL32':
      return Number.isNaN(view.getFloat32(0, true)) ? settled(place) : view.getFloat32(0, true)
    case 'REAL64':
      return Number.isNaN(view.getFloat64(0, true)) ? settled(place) : view.getFloat64(0, true)
  }
}

/** Gives a variable a value, which may have another size. @throws Fault R0207 when it may not */
export function put(place: Place, value: Value, span: Span): void {
  if (!isPlace(value)) {
    store(place, value)
    return
  }
  const element = mobileElement(place.type)
  const source = element === undefined ? opened(value) : value
  const wanted = element === undefined ? place.bytes.length : isOpen(element) ? undefined : sizeOf(element)
  if (wanted !== undefined && opened(source).bytes.length !== wanted) throw new Fault('R0207', span)
  store(place, source)
}

/** Puts a value of the place's type there; an array may overlap its source. */
export function store(place: Place, value: Value): void {
  if (isPlace(value) && mobileElement(place.type) !== undefined) {
    // from another mobile without a copy: who has evaluated it has taken it out, or copied it
    cellOf(place).held = mobileElement(value.type) === undefined ? fresh(value.type, value) : cellOf(value).held
    return
  }
  if (isPlace(value)) {
    place.cells?.forEach((cell, i) => {
      const held = value.cells?.[i]?.held
      cell.held = held && fresh(held.type, held)
    })
    if (value.bytes.length !== place.bytes.length) throw new Error('a value of the same size is wanted')
    place.bytes.set(value.bytes)
    return
  }
  const inner = bare(place.type)
  if (inner.kind !== 'primitive') throw new Error('a scalar is put into a scalar')
  const view = new DataView(place.bytes.buffer, place.bytes.byteOffset, place.bytes.byteLength)
  if (typeof value === 'boolean') view.setUint8(0, value ? 1 : 0)
  else if (typeof value === 'number') {
    if (inner.name === 'REAL32') view.setFloat32(0, value, true)
    else view.setFloat64(0, value, true)
  } else if (inner.name === 'INT64') view.setBigInt64(0, value, true)
  else if (inner.name === 'INT16') view.setInt16(0, Number(value), true)
  else if (inner.name === 'BYTE') view.setUint8(0, Number(value))
  else view.setInt32(0, Number(value), true)
}
