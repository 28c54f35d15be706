/** How the types of the language are represented: an item and dimensions. */
import { isHeld } from '../ir/build.ts'
import { bitsOfNaN } from '../../../numbers/nan.ts'
import type { Type } from '../../semantics.ts'
import { byteSize, fieldOffset, isReference, representation } from '../../check/type-model.ts'
import type { Constant } from '../../semantics.ts'
import type { CoreType, Expr, Item, Scalar } from '../ir/ir.ts'

const SCALARS = {
  BOOL: 'bool',
  BYTE: 'byte',
  INT: 'int',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  REAL32: 'real32',
  REAL64: 'real64',
} as const

export interface Shape {
  readonly item: Item
  /** Sizes of the dimensions, outermost first; undefined where open. A record is a stretch of bytes: its size is the last dimension. */
  readonly dims: readonly (number | undefined)[]
  readonly direction?: '?' | '!' | undefined
  /** Held as a reference: to one flat array, or to a mobile of several parts. */
  readonly mobile?: 'flat' | 'compound'
}

/** @returns how a value, channel or array of `type` is held. A TIMER has no representation: undefined. */
export function shapeOf(type: Type): Shape | undefined {
  const dims: (number | undefined)[] = []
  let inner = representation(type)
  while (inner.kind === 'array') {
    dims.push(inner.size)
    if (isReference(inner.element)) return withMobile(type, { item: 'mobile', dims })
    inner = representation(inner.element)
  }
  const shape = innermost(inner, dims)
  return shape === undefined ? undefined : withMobile(type, shape)
}

/** A mobile with one stretch of elements, of which only the outermost size may be open, is a flat array; any other has several parts. */
function withMobile(type: Type, shape: Shape): Shape {
  if (!isReference(type)) return shape
  const isFlat = !isHeld(shape.item) && !shape.dims.includes(undefined, 1) && partsOf(type).length === 0
  return { ...shape, mobile: isFlat ? 'flat' : 'compound' }
}

/** @returns the types of the fields of a record that are references and lie beside its bytes */
export function partsOf(type: Type): readonly Type[] {
  const inner = representation(type)
  return inner.kind === 'record' ? inner.fields.map((each) => each.type).filter(isReference) : []
}

function innermost(inner: Type, dims: readonly (number | undefined)[]): Shape | undefined {
  switch (inner.kind) {
    case 'primitive':
      return { item: SCALARS[inner.name], dims }
    case 'record':
      return { item: 'byte', dims: [...dims, byteSize(inner)] }
    case 'channel':
      return { item: 'channel', dims, direction: inner.direction }
    case 'barrier':
      return { item: 'monitor', dims }
    case 'process':
    case 'end':
      return { item: 'mobile', dims }
    case 'bundle':
    case 'timer':
    case 'array':
    case 'poison':
      return undefined
    case 'named':
    case 'mobile':
      throw new Error('representation() leaves no named type')
  }
}

/** @returns the scalar that represents `type`, undefined for arrays, records and channels. */
export function scalarOf(type: Type): Scalar | undefined {
  const inner = representation(type)
  return inner.kind === 'primitive' ? SCALARS[inner.name] : undefined
}

/** @returns the core type of a shape. */
export function coreType(shape: Shape): CoreType {
  if (shape.mobile === 'compound') return { item: 'mobile', array: false }
  const array = shape.dims.length > 0
  if (shape.mobile === 'flat') return { item: shape.item, array, mobile: true }
  return shape.direction === undefined ? { item: shape.item, array } : { item: shape.item, array, direction: shape.direction }
}

/** @returns the bytes before field `index` of a record type, and the bytes it takes. */
export function fieldBytes(type: Type, index: number): { offset: number; size: number; type: Type } {
  const inner = representation(type)
  const field = inner.kind === 'record' ? inner.fields[index] : undefined
  const offset = fieldOffset(type, index)
  const size = field === undefined ? undefined : byteSize(field.type)
  if (field === undefined || offset === undefined || size === undefined) throw new Error('a field of a checked record has a place')
  return { offset, size, type: field.type }
}

/** @returns `value` as a core expression of `type`: a literal or a table; a record is its bytes. */
export function constantExpr(value: Constant, type: Type): Expr | undefined {
  const inner = representation(type)
  if (inner.kind === 'primitive') {
    if (typeof value === 'object') return undefined
    return { kind: 'literal', scalar: SCALARS[inner.name], value }
  }
  const shape = shapeOf(type)
  if (shape === undefined || isHeld(shape.item)) return undefined
  if (holdsRecord(type)) return { kind: 'table', item: 'byte', values: [...recordBytes(value, type)].map(BigInt) }
  const values: (bigint | number | boolean)[] = []
  flatten(value, values)
  return { kind: 'table', item: shape.item, values }
}

function holdsRecord(type: Type): boolean {
  const inner = representation(type)
  return inner.kind === 'record' || (inner.kind === 'array' && holdsRecord(inner.element))
}

/** @returns a record, or an array of records or of anything that lies in a record, as it is held */
function recordBytes(value: Constant, type: Type): Uint8Array {
  const inner = representation(type)
  if (inner.kind === 'primitive') return scalarBytes(value, SCALARS[inner.name])
  const parts = typeof value === 'object' ? value : []
  if (inner.kind === 'array') {
    const elements = parts.map((part) => recordBytes(part, inner.element))
    const bytes = new Uint8Array(elements.reduce((n, element) => n + element.length, 0))
    let at = 0
    for (const element of elements) {
      bytes.set(element, at)
      at += element.length
    }
    return bytes
  }
  const bytes = new Uint8Array(byteSize(type) ?? 0)
  parts.forEach((part, i) => {
    const field = fieldBytes(type, i)
    bytes.set(recordBytes(part, field.type), field.offset)
  })
  return bytes
}

function scalarBytes(value: Constant, scalar: Scalar): Uint8Array {
  const cell = new DataView(new ArrayBuffer(8))
  const bytes = (n: number): Uint8Array => new Uint8Array(cell.buffer, 0, n)
  switch (scalar) {
    case 'bool':
    case 'byte':
      cell.setUint8(0, Number(value))
      return bytes(1)
    case 'int16':
      cell.setInt16(0, Number(value), true)
      return bytes(2)
    case 'int':
    case 'int32':
      cell.setInt32(0, Number(value), true)
      return bytes(4)
    case 'int64':
      cell.setBigInt64(0, typeof value === 'bigint' ? value : 0n, true)
      return bytes(8)
    case 'real32':
      if (Number.isNaN(value)) cell.setUint32(0, bitsOfNaN(Number(value)), true)
      else cell.setFloat32(0, Number(value), true)
      return bytes(4)
    case 'real64':
      cell.setFloat64(0, Number(value), true)
      return bytes(8)
  }
}

function flatten(value: Constant, into: (bigint | number | boolean)[]): void {
  if (typeof value === 'object') for (const v of value) flatten(v, into)
  else into.push(value)
}
