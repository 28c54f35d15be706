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

/** A parameter of a service: a value that goes there, or a result that comes back. */
export interface ServiceFormal {
  readonly name: string
  readonly mode: 'val' | 'result'
  /** A scalar, or an array of scalars of one dimension. */
  readonly type: DataType
}

/**
 * A service whose heading the program declares, and that somebody else provides. Its calls give bytes, one array for each VAL, and get bytes: first
 * `SERVICE_DONE`, the results of known size one after the other, and the elements of the one whose size is open; or `SERVICE_FAILED` and a text in UTF-8, whose
 * first line is the name of the service.
 */
export interface ServiceDescription {
  readonly name: string
  /** At most one result is an open array; an INT that follows it is how many elements were given. */
  readonly formals: readonly ServiceFormal[]
}

/** What the name of such a service begins with in calls. */
export const SERVICE_PREFIX = 'service:'
/** The first byte of an answer. */
export const SERVICE_DONE = 0
export const SERVICE_FAILED = 1

export interface ProgramInterface {
  readonly records: readonly RecordDescription[]
  readonly protocols: readonly ProtocolDescription[]
  readonly entries: readonly EntryDescription[]
  /** Messages travel as bytes: a channel is seen under two protocols. */
  readonly bytesOnChannels: boolean
}
