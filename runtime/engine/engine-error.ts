/** Why an engine could not be joined. */
export type EngineErrorKind =
  /** The place named is no cluster, or cannot be read or written. */
  | 'unusable'
  /** A living member has the name. */
  | 'taken'
  /** The store does not do what it is asked. */
  | 'failed'

export class EngineError extends Error {
  override readonly name = 'EngineError'
  constructor(
    readonly kind: EngineErrorKind,
    message: string,
  ) {
    super(message)
  }
}
