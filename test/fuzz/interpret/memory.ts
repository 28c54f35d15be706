/**
 * The memory of the reference interpreter: every variable is a stretch of bytes, lowest byte first. Elements, slices, fields, abbreviations,
 * reference parameters and RETYPES are all places in such a stretch, so that aliasing is what it is by construction.
 */
import type { Type } from '../../../compiler/semantics.ts'

/** Part of a variable. Its type has no open dimension. */
export interface Place {
  readonly type: Type
  readonly bytes: Uint8Array
}

/**
 * What an expression gives: a scalar by value (integers of every type are bigints), an array or record as a place that holds it. A real that is
 * no number is a place too, since a JavaScript number need not keep its bits.
 */
export type Value = bigint | number | boolean | Place

export const isPlace = (value: unknown): value is Place => typeof value === 'object' && value !== null && 'bytes' in value

/** @returns `type` without the names that `DATA TYPE` gave it */
export function bare(type: Type): Exclude<Type, { kind: 'named' }> {
  return type.kind === 'named' ? bare(type.representation) : type
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
    case 'barrier':
    case 'bundle':
    case 'end':
    case 'process':
    case 'mobile':
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
  return { type: field.type, bytes: record.bytes.subarray(start, start + sizeOf(field.type)) }
}

/** @returns elements `from` to `from + count - 1` of an array, as an array */
export function sliceOf(array: Place, from: number, count: number): Place {
  const element = elementType(array.type)
  const size = sizeOf(element)
  return { type: { kind: 'array', size: count, element }, bytes: array.bytes.subarray(from * size, (from + count) * size) }
}

/** @returns element `index` of an array */
export function elementOf(array: Place, index: number): Place {
  return { type: elementType(array.type), bytes: sliceOf(array, index, 1).bytes }
}

/** @returns a variable that is all zeros */
export function zeros(type: Type): Place {
  return { type, bytes: new Uint8Array(sizeOf(type)) }
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

/** Puts a value of the place's type there; an array may overlap its source. */
export function store(place: Place, value: Value): void {
  if (isPlace(value)) {
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
