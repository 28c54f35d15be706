/** What a place in a program near the limits may use. */

export const INTEGERS = ['INT', 'INT', 'INT', 'INT16', 'BYTE', 'INT32', 'INT64'] as const
export type Integer = (typeof INTEGERS)[number]

export interface Machine {
  readonly variables: readonly { readonly name: string; readonly type: Integer; readonly writable: boolean }[]
  readonly arrays: readonly { readonly name: string; readonly type: Integer; readonly size: number; readonly writable: boolean }[]
  /** PROCs that take an INT variable and an INT. */
  readonly routines: readonly string[]
  /** Functions of two INTs. */
  readonly functions: readonly string[]
  /** About as many elements as the arrays have: values of this size are common. */
  readonly size: number
  /** Within a FUNCTION: no communication, no PAR. */
  readonly pure: boolean
  /** How often it is run, about. */
  readonly weight: number
}
