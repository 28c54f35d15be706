/** Why an engine could not be joined, or can no longer be used. */
export type EngineErrorKind =
  /** The place named is no cluster, or cannot be read or written. */
  | 'unusable'
  /** No server answers where the address leads. */
  | 'unreachable'
  /** The servers do not let this user in, or do not permit what a member has to do. */
  | 'refused'
  /** The servers cannot hold a cluster, or hold something else under its name. */
  | 'unfit'
  /** A living member has the name. */
  | 'taken'
  /** The store is damaged, or does not do what it is asked. */
  | 'failed'
  /** What was asked is beyond one of the engine's limits. */
  | 'too-large'

export class EngineError extends Error {
  override readonly name = 'EngineError'
  /**
   * @param message what is wrong, with the path of the file or directory; begins in lower case where it can and has no full stop
   * @param help what to do about it; empty when the message says it all
   */
  constructor(
    readonly kind: EngineErrorKind,
    message: string,
    readonly help = '',
  ) {
    super(message)
  }
}

/** @returns what the system says of an error */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * @param error of the system, from using files of a run directory
 * @returns what to do about it; empty when it is no matter of rights
 */
export function helpWithUse(error: unknown): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EACCES':
    case 'EPERM':
      return 'give yourself the right to read and write there, or name another directory'
    case 'EROFS':
      return 'mount its file system so that it can be written to, or name another directory'
    default:
      return ''
  }
}
