/**
 * Values of the language as values of TypeScript, and back.
 *
 * INT, BYTE, INT16, INT32, REAL32 and REAL64 are numbers, BOOL is a boolean, INT64 a bigint. An array of BYTE is a Uint8Array, one of other numbers the
 * typed array that holds them, one of BOOL an array of booleans; an array of several dimensions, or of records, is an array of arrays, or of objects. A
 * record is an object with its fields. A mobile is what it holds; one within another that holds nothing is null.
 *
 * Invariants
 * - What is written is new: nobody outside holds the memory that goes to the program. What is read is new as well.
 * - A value is looked at as a whole before anything of it is sent.
 */
import { bytesOf } from '../kernel/numeric/arrays.ts'
import { NO_BYTES } from '../kernel/scheduler/blanks.ts'
import { isDefined, NO_MOBILE } from '../kernel/scheduler/mobile.ts'
import { Mobile } from '../kernel/scheduler/value.ts'
import type { Reference, Scalar, TypedArray, Value } from '../kernel/scheduler/value.ts'
import type { DataType, RecordDescription, ScalarName } from '../program-interface.ts'
import { Misfit, show } from './misfit.ts'
import { FORMS, scalarBytes, scalarFromBytes, scalarOf } from './scalars.ts'

export type Records = readonly RecordDescription[]

// ---------------------------------------------------------------------------------------------- shapes

/** How an array of any number of dimensions is held: its innermost type and its sizes, outermost first. */
interface Flat {
  readonly item: DataType
  readonly dims: readonly (number | undefined)[]
}

function flatOf(type: DataType): Flat {
  const dims: (number | undefined)[] = []
  let item = type
  while (item.kind === 'array') {
    dims.push(item.size)
    item = item.element
  }
  return { item, dims }
}

function recordOf(records: Records, number: number): RecordDescription {
  const record = records[number]
  if (record === undefined) throw new Error(`the interface has no record ${number}`)
  return record
}

/** @returns whether a mobile is one stretch of elements, of which only the outermost size may be open */
function isFlatMobile(element: DataType, records: Records): boolean {
  const { item, dims } = flatOf(element)
  if (item.kind === 'mobile') return false
  if (item.kind === 'record' && dims.length === 0 && recordOf(records, item.record).fields.some(({ offset }) => offset === undefined))
    return false
  return !dims.includes(undefined, 1)
}

/** @returns what holds no mobile of a type */
function blankOf(element: DataType, records: Records): Reference {
  if (!isFlatMobile(element, records)) return NO_MOBILE
  const { item } = flatOf(element)
  return item.kind === 'scalar' ? FORMS[item.name].blank : NO_BYTES
}

/** @returns how many bytes a value takes in a record; undefined for a reference */
function sizeOf(type: DataType, records: Records): number {
  switch (type.kind) {
    case 'scalar':
      return FORMS[type.name].bytes
    case 'array':
      return (type.size ?? 0) * sizeOf(type.element, records)
    case 'record':
      return recordOf(records, type.record).size
    case 'mobile':
      return 0
  }
}

/** @returns a type as the language writes it */
export function describeType(type: DataType, records: Records): string {
  switch (type.kind) {
    case 'scalar':
      return type.name
    case 'array':
      return `[${type.size ?? ''}]${describeType(type.element, records)}`
    case 'record':
      return recordOf(records, type.record).name
    case 'mobile':
      return `MOBILE ${describeType(type.element, records)}`
  }
}

// ---------------------------------------------------------------------------------------------- to the program

const encoder = new TextEncoder()

/**
 * @param value as someone outside has given it
 * @param sizes gets the sizes of the open dimensions but the outermost, in their order
 * @returns the value as the program holds it
 * @throws Misfit when it is none of the type
 */
export function toProgram(type: DataType, value: unknown, records: Records, part = '', sizes: number[] = []): Value {
  switch (type.kind) {
    case 'scalar':
      return scalarOf(type.name, value, part)
    case 'array': {
      const { item, dims } = flatOf(type)
      const found = measure(type, value, records, part)
      dims.forEach((size, i) => {
        if (i > 0 && size === undefined) sizes.push(found[i] ?? 0)
      })
      return flattened(type, item, value, found, records, part)
    }
    case 'record': {
      const { size } = recordOf(records, type.record)
      const bytes = new Uint8Array(size)
      writeBytes(type, value, new DataView(bytes.buffer), 0, records, part)
      return bytes
    }
    case 'mobile': {
      const reference = referenceTo(type.element, value, records, part)
      return reference as Value // a mobile of data is no handle
    }
  }
}

/** @returns the elements of an array that were given, as an indexable list */
function elementsOf(type: DataType & { kind: 'array' }, value: unknown, records: Records, part: string): ArrayLike<unknown> {
  const isBytes = type.element.kind === 'scalar' && type.element.name === 'BYTE'
  const list = isBytes && typeof value === 'string' ? encoder.encode(value) : value
  const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && !(list instanceof DataView))
  if (!isList) {
    const what = type.size === undefined ? 'an array' : `an array of ${type.size}`
    throw new Misfit(part, `${describeType(type, records)} (${isBytes ? 'a Uint8Array, a string or an array' : what})`, show(value))
  }
  const elements = list as ArrayLike<unknown> // as was just looked at
  if (type.size !== undefined && elements.length !== type.size)
    throw new Misfit(part, `${describeType(type, records)} (${type.size} elements)`, `${elements.length} elements`)
  return elements
}

/** @returns the sizes of all dimensions, which are the same throughout. @throws Misfit */
function measure(type: DataType, value: unknown, records: Records, part: string): number[] {
  if (type.kind !== 'array') return []
  const elements = elementsOf(type, value, records, part)
  const { element } = type
  if (element.kind !== 'array') return [elements.length]
  let inner: number[] | undefined
  for (let i = 0; i < elements.length; i++) {
    const found = measure(element, elements[i], records, `${part}[${i}]`)
    if (inner !== undefined && !inner.every((size, k) => size === found[k]))
      throw new Misfit(`${part}[${i}]`, `as many elements as the others have (${inner.join(' by ')})`, found.join(' by '))
    inner ??= found
  }
  return [elements.length, ...(inner ?? flatOf(element).dims.map((size) => size ?? 0))]
}

/** Visits what is innermost in arrays, in the order in which it lies there. @throws Misfit when there is no array where one belongs */
function eachItem(type: DataType, value: unknown, records: Records, part: string, visit: (given: unknown, where: string) => void): void {
  if (type.kind !== 'array') {
    visit(value, part)
    return
  }
  const elements = elementsOf(type, value, records, part)
  for (let i = 0; i < elements.length; i++) eachItem(type.element, elements[i], records, `${part}[${i}]`, visit)
}

/** @returns the one typed array that an array is held in */
function flattened(type: DataType, item: DataType, value: unknown, dims: readonly number[], records: Records, part: string): TypedArray {
  const count = dims.reduce((product, size) => product * size, 1)
  if (item.kind === 'mobile') throw new Misfit(part, 'no array of mobiles that is not itself mobile', show(value))
  if (item.kind === 'scalar') {
    const form = FORMS[item.name]
    const direct = sameKind(item.name, value)
    if (direct !== undefined) return direct
    const made = form.make(count)
    let at = 0
    eachItem(type, value, records, part, (given, where) => {
      const scalar = scalarOf(item.name, given, where)
      made[at++] = typeof scalar === 'boolean' ? Number(scalar) : scalar // a number, or a bigint for INT64
    })
    return made
  }
  const size = sizeOf(item, records)
  const bytes = new Uint8Array(count * size)
  const view = new DataView(bytes.buffer)
  let at = 0
  eachItem(type, value, records, part, (given, where) => {
    writeBytes(item, given, view, at, records, where)
    at += size
  })
  return bytes
}

/** @returns a copy of a typed array that has the very items that are wanted; undefined for any other value */
function sameKind(name: ScalarName, value: unknown): TypedArray | undefined {
  switch (name) {
    case 'BYTE':
      return typeof value === 'string' ? encoder.encode(value) : value instanceof Uint8Array ? new Uint8Array(value) : undefined
    case 'INT16':
      return value instanceof Int16Array ? new Int16Array(value) : undefined
    case 'INT':
    case 'INT32':
      return value instanceof Int32Array ? new Int32Array(value) : undefined
    case 'INT64':
      return value instanceof BigInt64Array ? new BigInt64Array(value) : undefined
    case 'REAL32':
      return value instanceof Float32Array ? new Float32Array(value) : undefined
    case 'REAL64':
      return value instanceof Float64Array ? new Float64Array(value) : undefined
    case 'BOOL':
      return undefined
  }
}

function fieldsGiven(record: RecordDescription, value: unknown, part: string): Readonly<Record<string, unknown>> {
  const wanted = `a record ${record.name} (an object with ${record.fields.map(({ name }) => name).join(', ')})`
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misfit(part, wanted, show(value))
  const missing = record.fields.find(({ name }) => !Object.hasOwn(value, name))
  if (missing !== undefined) throw new Misfit(part, wanted, `one without ${missing.name}`)
  const known = new Set(record.fields.map(({ name }) => name))
  const strange = Object.keys(value).find((key) => !known.has(key))
  if (strange !== undefined) throw new Misfit(part, wanted, `one with ${strange}`)
  return value as Readonly<Record<string, unknown>> // an object
}

/** Writes what lies in the bytes of a record. */
function writeBytes(type: DataType, value: unknown, view: DataView, at: number, records: Records, part: string): void {
  switch (type.kind) {
    case 'scalar':
      FORMS[type.name].set(view, at, scalarOf(type.name, value, part))
      return
    case 'array': {
      const elements = elementsOf(type, value, records, part)
      const size = sizeOf(type.element, records)
      for (let i = 0; i < elements.length; i++) writeBytes(type.element, elements[i], view, at + i * size, records, `${part}[${i}]`)
      return
    }
    case 'record': {
      const record = recordOf(records, type.record)
      const given = fieldsGiven(record, value, part)
      for (const { name, type: each, offset } of record.fields)
        if (offset !== undefined) writeBytes(each, given[name], view, at + offset, records, `${part}.${name}`)
      return
    }
    case 'mobile':
      return
  }
}

/** @returns what a mobile variable would hold */
function referenceTo(element: DataType, value: unknown, records: Records, part: string): Reference {
  const { item, dims } = flatOf(element)
  if (isFlatMobile(element, records)) return toProgram(element, value, records, part) as TypedArray // one stretch
  if (item.kind === 'mobile') {
    const sizes = measure(element, value, records, part)
    const parts: Reference[] = []
    eachItem(element, value, records, part, (given, where) => {
      parts.push(given === null ? blankOf(item.element, records) : referenceTo(item.element, given, records, where))
    })
    return new Mobile(NO_BYTES, parts, sizes)
  }
  if (item.kind === 'record' && dims.length === 0) {
    const record = recordOf(records, item.record)
    const bytes = toProgram(item, value, records, part) as TypedArray // the bytes of a record
    const given = fieldsGiven(record, value, part)
    const parts = record.fields.flatMap(({ name, type, offset }): Reference[] => {
      if (offset !== undefined || type.kind !== 'mobile') return []
      const held = given[name]
      return [held === null ? blankOf(type.element, records) : referenceTo(type.element, held, records, `${part}.${name}`)]
    })
    return new Mobile(bytes, parts, [record.size])
  }
  const sizes = measure(element, value, records, part)
  const inRecord = item.kind === 'record' ? [recordOf(records, item.record).size] : []
  return new Mobile(flattened(element, item, value, sizes, records, part), [], [...sizes, ...inRecord])
}

// ---------------------------------------------------------------------------------------------- as bytes

/** @returns the bytes that a value, as the program holds it, has in a RETYPES; those of an array in place */
export function heldAsBytes(type: DataType, held: Value): Uint8Array {
  return type.kind === 'scalar' ? scalarBytes(type.name, held as Scalar) : bytesOf(held as TypedArray) // a scalar; an array, or a record
}

/** @returns the value that such bytes are, as the program holds it */
export function heldFromBytes(type: DataType, bytes: Uint8Array): Value {
  if (type.kind === 'scalar') return scalarFromBytes(type.name, bytes)
  const { item } = flatOf(type)
  if (item.kind !== 'scalar') return bytes
  const form = FORMS[item.name]
  const array = form.make(bytes.length / form.bytes)
  bytesOf(array).set(bytes)
  return array
}

// ---------------------------------------------------------------------------------------------- from the program

/** @returns a value as those outside see it. @param value as the program holds it, perhaps in memory that is the program's */
export function fromProgram(type: DataType, value: Value, records: Records): unknown {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'BOOL' ? Boolean(value) : value
    case 'array': {
      const { item, dims } = flatOf(type)
      return unflattened(item, dims, value as TypedArray, records) // an array is held in one
    }
    case 'record':
      return readBytes(type, viewOf(value as TypedArray), 0, records) // the bytes of a record
    case 'mobile':
      return fromReference(type.element, value as Reference, records) // what is held by reference
  }
}

const viewOf = (array: TypedArray): DataView => new DataView(array.buffer, array.byteOffset, array.byteLength)

/** @returns nested arrays. @param dims the outermost may be open: the length tells */
function unflattened(item: DataType, dims: readonly (number | undefined)[], array: TypedArray, records: Records): unknown {
  const perItem = item.kind === 'scalar' ? 1 : sizeOf(item, records)
  const inner = dims.slice(1).map((size) => size ?? 0)
  const stride = inner.reduce((product, size) => product * size, 1) * perItem
  const outer = dims[0] ?? (stride === 0 ? 0 : array.length / stride)
  return nested(item, [outer, ...inner], array, records)
}

function nested(item: DataType, dims: readonly number[], array: TypedArray, records: Records): unknown {
  const perItem = item.kind === 'scalar' ? 1 : sizeOf(item, records)
  const part = (sizes: readonly number[], at: number): unknown => {
    const [size = 0, ...inner] = sizes
    if (inner.length === 0) return row(item, size, array, at, records)
    const stride = inner.reduce((product, each) => product * each, 1) * perItem
    return Array.from({ length: size }, (_, i) => part(inner, at + i * stride))
  }
  return part(dims, 0)
}

/** @returns the innermost elements from a place on, copied */
function row(item: DataType, size: number, array: TypedArray, at: number, records: Records): unknown {
  if (item.kind !== 'scalar') {
    const view = viewOf(array)
    const stride = sizeOf(item, records)
    return Array.from({ length: size }, (_, i) => readBytes(item, view, at + i * stride, records))
  }
  const elements = array.slice(at, at + size)
  return item.name === 'BOOL' ? Array.from(elements as Uint8Array, Boolean) : elements // BOOLs are bytes
}

function readBytes(type: DataType, view: DataView, at: number, records: Records): unknown {
  switch (type.kind) {
    case 'scalar':
      return FORMS[type.name].get(view, at)
    case 'array': {
      const { element, size = 0 } = type
      const stride = sizeOf(element, records)
      if (element.kind !== 'scalar' || element.name === 'BOOL')
        return Array.from({ length: size }, (_, i) => readBytes(element, view, at + i * stride, records))
      const made = FORMS[element.name].make(size)
      for (let i = 0; i < size; i++) made[i] = FORMS[element.name].get(view, at + i * stride) as never // of the array's own kind
      return made
    }
    case 'record':
      return Object.fromEntries(
        recordOf(records, type.record).fields.flatMap(({ name, type: each, offset }) =>
          offset === undefined ? [] : [[name, readBytes(each, view, at + offset, records)]],
        ),
      )
    case 'mobile':
      return null
  }
}

function fromReference(element: DataType, held: Reference, records: Records): unknown {
  if (!isDefined(held)) return null
  if (!(held instanceof Mobile)) return fromProgram(element, held as TypedArray, records) // a flat array stands for itself
  const { item, dims } = flatOf(element)
  const { elements, parts, dims: sizes } = held
  if (item.kind === 'mobile') {
    let at = 0
    const gather = ([size = 0, ...inner]: readonly number[]): unknown[] =>
      Array.from({ length: size }, () =>
        inner.length > 0 ? gather(inner) : fromReference(item.element, parts[at++] ?? NO_MOBILE, records),
      )
    return gather(sizes)
  }
  if (item.kind === 'record' && dims.length === 0) {
    const view = viewOf(elements)
    let at = 0
    return Object.fromEntries(
      recordOf(records, item.record).fields.map(({ name, type, offset }) => {
        if (offset !== undefined) return [name, readBytes(type, view, offset, records)]
        const part = parts[at++] ?? NO_MOBILE
        return [name, type.kind === 'mobile' ? fromReference(type.element, part, records) : null]
      }),
    )
  }
  return nested(item, sizes.slice(0, dims.length), elements, records)
}
