/**
 * What a program shows to those who start its PROCs from outside: a contract between the compiler, which writes it into the manifest, and the runtime,
 * which converts values by it. It is data and imports nothing.
 */

export type ScalarName = 'BOOL' | 'BYTE' | 'INT' | 'INT16' | 'INT32' | 'INT64' | 'REAL32' | 'REAL64'

/** The type of a value. */
export type DataType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  /** Without a size: one that is open. */
  | { readonly kind: 'array'; readonly size?: number; readonly element: DataType }
  /** Position in `records`. */
  | { readonly kind: 'record'; readonly record: number }
  /** Held by reference. */
  | { readonly kind: 'mobile'; readonly element: DataType }

export interface RecordField {
  readonly name: string
  readonly type: DataType
  /** Bytes before it. Absent: it is a reference, which lies beside the bytes. */
  readonly offset?: number
}

export interface RecordDescription {
  readonly name: string
  /** How many bytes it takes. */
  readonly size: number
  readonly fields: readonly RecordField[]
}

/** One component of a message. */
export type Component =
  { readonly kind: 'plain'; readonly type: DataType } | { readonly kind: 'counted'; readonly count: ScalarName; readonly element: DataType }

export interface TagDescription {
  readonly name: string
  /** What travels for it. */
  readonly index: number
  readonly items: readonly Component[]
}

export type ProtocolDescription =
  | { readonly kind: 'sequence'; readonly name?: string; readonly items: readonly Component[] }
  | { readonly kind: 'variant'; readonly name: string; readonly tags: readonly TagDescription[] }
  | { readonly kind: 'any' }

/** A parameter of a PROC. `text` is how it is declared: `CHAN INT in?`. */
export type FormalDescription = { readonly name: string; readonly text: string } & (
  | {
      readonly kind: 'channel'
      /** What the PROC does at it. */
      readonly direction: '?' | '!'
      /** Position in `protocols`. */
      readonly protocol: number
      /** Sizes of an array of channels, outermost first; null where it is open. Empty: one channel. */
      readonly dims: readonly (number | null)[]
    }
  | { readonly kind: 'value'; readonly type: DataType }
  /** It needs nothing from outside. */
  | { readonly kind: 'timer' }
  /** It cannot be given from outside. */
  | { readonly kind: 'foreign'; readonly why: string }
)

/** A PROC that can be asked for by name. */
export interface EntryDescription {
  readonly name: string
  /** Hash of the unit, and the machine within it. */
  readonly unit: string
  readonly machine: string
  readonly formals: readonly FormalDescription[]
  /** It cannot be started by itself. */
  readonly refused?: string
}

export interface ProgramInterface {
  readonly records: readonly RecordDescription[]
  readonly protocols: readonly ProtocolDescription[]
  readonly entries: readonly EntryDescription[]
  /** Messages travel as bytes: a channel is seen under two protocols. */
  readonly bytesOnChannels: boolean
}
