/** Constants seen as another type: the bytes that a value would have in memory, the lowest first. */
import { bitsOfNaN, fromBitsOfNaN } from '../../numbers/nan.ts'
import type { PrimitiveName } from '../../grammar/ast.ts'
import type { Constant, Type } from '../semantics.ts'
import { byteSize, fieldOffset, representation } from './type-model.ts'

/**
 * @param value a constant of type `from`, whose sizes are known
 * @param to a type of as many bytes
 * @returns the value those bytes have as `to`; undefined where only run time can tell
 */
export function retyped(value: Constant, from: Type, to: Type): Constant | undefined {
  const size = byteSize(from)
  if (size === undefined || byteSize(to) !== size) return undefined
  const memory = new DataView(new ArrayBuffer(size))
  return store(memory, 0, value, from) ? load(memory, 0, to) : undefined
}

/** @returns whether the value is of the type */
function store(memory: DataView, at: number, value: Constant, type: Type): boolean {
  const inner = representation(type)
  if (inner.kind === 'primitive') return storeScalar(memory, at, value, inner.name)
  if (typeof value !== 'object') return false
  if (inner.kind === 'array') {
    const step = byteSize(inner.element) ?? 0
    return value.every((element, i) => store(memory, at + i * step, element, inner.element))
  }
  if (inner.kind !== 'record') return false
  return inner.fields.every((field, i) => {
    const part = value[i]
    return part !== undefined && store(memory, at + (fieldOffset(type, i) ?? 0), part, field.type)
  })
}

function storeScalar(memory: DataView, at: number, value: Constant, name: PrimitiveName): boolean {
  if (name === 'REAL32' || name === 'REAL64') {
    if (typeof value !== 'number') return false
    if (name === 'REAL32' && value !== value) memory.setUint32(at, bitsOfNaN(value), true)
    else if (name === 'REAL32') memory.setFloat32(at, value, true)
    else memory.setFloat64(at, value, true)
    return true
  }
  if (typeof value !== 'bigint' && typeof value !== 'boolean') return false
  const bits = BigInt(value)
  if (name === 'INT64') memory.setBigInt64(at, bits, true)
  else if (name === 'INT16') memory.setInt16(at, Number(bits), true)
  else if (name === 'INT' || name === 'INT32') memory.setInt32(at, Number(bits), true)
  else memory.setUint8(at, Number(bits))
  return true
}

function load(memory: DataView, at: number, type: Type): Constant | undefined {
  const inner = representation(type)
  if (inner.kind === 'primitive') return loadScalar(memory, at, inner.name)
  const parts: Constant[] = []
  const places: (readonly [number, Type])[] =
    inner.kind === 'array'
      ? Array.from({ length: inner.size ?? 0 }, (_, i) => [at + i * (byteSize(inner.element) ?? 0), inner.element])
      : inner.kind === 'record'
        ? inner.fields.map((field, i) => [at + (fieldOffset(type, i) ?? 0), field.type])
        : []
  for (const [offset, part] of places) {
    const value = load(memory, offset, part)
    if (value === undefined) return undefined
    parts.push(value)
  }
  return inner.kind === 'array' || inner.kind === 'record' ? parts : undefined
}

function loadScalar(memory: DataView, at: number, name: PrimitiveName): Constant {
  switch (name) {
    case 'REAL32': {
      const value = memory.getFloat32(at, true)
      return value === value ? value : fromBitsOfNaN(memory.getUint32(at, true))
    }
    case 'REAL64':
      return memory.getFloat64(at, true)
    case 'INT64':
      return memory.getBigInt64(at, true)
    case 'INT16':
      return BigInt(memory.getInt16(at, true))
    case 'INT':
    case 'INT32':
      return BigInt(memory.getInt32(at, true))
    case 'BYTE':
      return BigInt(memory.getUint8(at))
    case 'BOOL':
      return memory.getUint8(at) !== 0
  }
}
