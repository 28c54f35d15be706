/** What travels through channels and rests in frames. */

export type NumberArray = Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array
/** An occam array, row-major and flattened; BOOL and BYTE share Uint8Array. */
export type TypedArray = NumberArray | BigInt64Array
/** INT64 is a bigint, BOOL a boolean, every other scalar a number. */
export type Scalar = number | bigint | boolean
/**
 * What several processes hold and is no data: a barrier. A mobile may have it as a part; whoever gets the mobile holds the same one.
 */
export abstract class Handle {
  /** Owned by links: what other nodes know it by. */
  link: HandleLink | null = null
}

/** The id of an object that several nodes know, and the node it is, or was, at since its move number `version`; see links/objects.ts. */
export interface HandleLink {
  readonly id: number
  readonly version: number
  /** The hint that other nodes may be told; -1: nobody here knows. */
  readonly toldHint: number
}

/** What a handle is of, as messages tell it: a monitor; or a channel, at which its holder inputs, outputs, or what several do. */
export const HANDLE_KINDS = ['monitor', 'input', 'output', 'shared'] as const
export type HandleKind = (typeof HANDLE_KINDS)[number]

/** A handle as a message names it, until it becomes the object that the receiver has of that name. */
export class HandleName extends Handle {
  constructor(
    override readonly link: HandleLink,
    readonly kind: HandleKind,
  ) {
    super()
  }
}

/** A mobile of several parts: a record with mobile fields, an array of mobiles, or one of which several sizes were open. */
export class Mobile {
  /** The plain elements, or the bytes of a record. */
  readonly elements: TypedArray
  /** The references: mobile fields, or the elements of an array of mobiles; or the one handle that it is. */
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
export type Reference = TypedArray | Mobile | Handle
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
