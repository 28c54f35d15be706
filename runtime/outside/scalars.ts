/** Single values: how each type is held, as bytes and as TypeScript has it. */
import { NO_BYTES, NO_INT16S, NO_INT64S, NO_INTS, NO_REAL32S, NO_REAL64S } from '../kernel/scheduler/blanks.ts'
import type { Scalar, TypedArray } from '../kernel/scheduler/value.ts'
import type { ScalarName } from '../program-interface.ts'
import { Misfit, show } from './misfit.ts'

interface ScalarForm {
  readonly bytes: number
  readonly blank: TypedArray
  readonly make: (length: number) => TypedArray
  /** What is wanted, in words. */
  readonly words: string
  readonly fits: (value: unknown) => value is Scalar
  readonly get: (view: DataView, at: number) => Scalar
  readonly set: (view: DataView, at: number, value: Scalar) => void
}

const isNumber = (value: unknown): value is number => typeof value === 'number'

function integer(name: string, bits: number, signed: boolean) {
  const least = signed ? -(2 ** (bits - 1)) : 0
  const most = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  return {
    bytes: bits / 8,
    words: `${name.startsWith('INT') ? 'an' : 'a'} ${name} (an integer from ${least} to ${most})`,
    fits: (value: unknown): value is Scalar => Number.isInteger(value) && (value as number) >= least && (value as number) <= most, // an integer is a number
  }
}

const INT32_FORM = {
  blank: NO_INTS,
  make: (length: number): TypedArray => new Int32Array(length),
  get: (view: DataView, at: number): Scalar => view.getInt32(at, true),
  set: (view: DataView, at: number, value: Scalar): void => {
    view.setInt32(at, Number(value), true)
  },
}

/** How each scalar is held. */
export const FORMS: Readonly<Record<ScalarName, ScalarForm>> = {
  BOOL: {
    bytes: 1,
    blank: NO_BYTES,
    make: (length) => new Uint8Array(length),
    words: 'a BOOL (true or false)',
    fits: (value) => typeof value === 'boolean',
    get: (view, at) => view.getUint8(at) !== 0,
    set: (view, at, value) => {
      view.setUint8(at, Number(value))
    },
  },
  BYTE: {
    ...integer('BYTE', 8, false),
    blank: NO_BYTES,
    make: (length) => new Uint8Array(length),
    get: (view, at) => view.getUint8(at),
    set: (view, at, value) => {
      view.setUint8(at, Number(value))
    },
  },
  INT16: {
    ...integer('INT16', 16, true),
    blank: NO_INT16S,
    make: (length) => new Int16Array(length),
    get: (view, at) => view.getInt16(at, true),
    set: (view, at, value) => {
      view.setInt16(at, Number(value), true)
    },
  },
  INT: { ...integer('INT', 32, true), ...INT32_FORM },
  INT32: { ...integer('INT32', 32, true), ...INT32_FORM },
  INT64: {
    bytes: 8,
    blank: NO_INT64S,
    make: (length) => new BigInt64Array(length),
    words: 'an INT64 (a bigint of 64 bits)',
    fits: (value): value is Scalar => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
    get: (view, at) => view.getBigInt64(at, true),
    set: (view, at, value) => {
      view.setBigInt64(at, BigInt(value), true)
    },
  },
  REAL32: {
    bytes: 4,
    blank: NO_REAL32S,
    make: (length) => new Float32Array(length),
    words: 'a REAL32 (a number)',
    fits: isNumber,
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => {
      view.setFloat32(at, Number(value), true)
    },
  },
  REAL64: {
    bytes: 8,
    blank: NO_REAL64S,
    make: (length) => new Float64Array(length),
    words: 'a REAL64 (a number)',
    fits: isNumber,
    get: (view, at) => view.getFloat64(at, true),
    set: (view, at, value) => {
      view.setFloat64(at, Number(value), true)
    },
  },
}

/** @returns the scalar that a value is. @throws Misfit */
export function scalarOf(name: ScalarName, value: unknown, part: string): Scalar {
  const { fits, words } = FORMS[name]
  if (!fits(value)) throw new Misfit(part, words, show(value))
  return name === 'REAL32' ? Math.fround(Number(value)) : value
}

/** @returns a scalar as the bytes that it has in a RETYPES */
export function scalarBytes(name: ScalarName, value: Scalar): Uint8Array {
  const { bytes, set } = FORMS[name]
  const made = new Uint8Array(bytes)
  set(new DataView(made.buffer), 0, value)
  return made
}

/** @returns the scalar that such bytes are */
export function scalarFromBytes(name: ScalarName, bytes: Uint8Array): Scalar {
  return FORMS[name].get(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0)
}
