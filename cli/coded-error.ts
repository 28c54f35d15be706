/** Errors of the runtime that have a code and a next step: they are recognised by their shape, so that nothing is loaded to recognise them. */

export interface CodedError extends Error {
  /** `R0402`; has a page in `docs/diagnostics`. */
  readonly code: string
  /** What to do about it; may be empty. */
  readonly help: string
}

/** @returns whether `error` is one */
export function isCoded(error: unknown): error is CodedError {
  if (!(error instanceof Error) || !('code' in error) || !('help' in error)) return false
  return typeof error.code === 'string' && /^[A-Z]\d{4}$/.test(error.code) && typeof error.help === 'string'
}
