/** What travels through channels and rests in frames. */

export type NumberArray = Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array
/** An occam array, row-major and flattened; BOOL and BYTE share Uint8Array. */
export type TypedArray = NumberArray | BigInt64Array
/** INT64 is a bigint, BOOL a boolean, every other scalar a number. */
export type Scalar = number | bigint | boolean
/** A mobile of several parts: a record with mobile fields, an array of mobiles, or one of which several sizes were open. */
export class Mobile {
  /** The plain elements, or the bytes of a record. */
  readonly elements: TypedArray
  /** The references: mobile fields, or the elements of an array of mobiles. */
  readonly parts: Reference[]
  /** The size of each dimension. */
  readonly dims: readonly number[]

  constructor(elements: TypedArray, parts: Reference[], dims: readonly number[]) {
    this.elements = elements
    this.parts = parts
    this.dims = dims
  }
}

/** What a mobile variable holds. A flat array stands for itself. */
export type Reference = TypedArray | Mobile
export type Value = Scalar | TypedArray | Mobile

/** The types of single values and of the elements of arrays, as the slots of frames name them. */
export type ElementType = 'bool' | 'byte' | 'int' | 'int16' | 'int32' | 'int64' | 'real32' | 'real64'
export type SlotType =
  | ElementType
  | `array:${ElementType}`
  | `mobile:${ElementType}`
  | 'mobile'
  | 'mobiles'
  | 'monitor'
  | 'monitors'
  | 'chan'
  | 'chan?'
  | 'chan!'
  | 'chans'
  | 'chans?'
  | 'chans!'
