/** What can go wrong between a program and those outside who have started it, as they are told it. */

/** Every error of embedding. `godwit explain` has a page for each. */
export const outsideErrorTitles = {
  R0701: 'the program was rejected by the compiler',
  R0702: 'there is no PROC of that name',
  R0703: 'the PROC cannot be started from outside',
  R0704: 'an argument does not fit',
  R0705: 'a message does not fit its protocol',
  R0706: 'the end is closed',
  R0707: 'the program has ended',
  R0708: 'the program was stopped',
  R0709: 'a service is not provided',
} as const

export type OutsideErrorCode = keyof typeof outsideErrorTitles

export class OutsideError extends Error {
  override readonly name: string = 'OutsideError'
  /**
   * @param code stable, `R0702`
   * @param message what is wrong, with the names involved; begins in lower case and has no full stop
   * @param help what to do about it
   */
  constructor(
    readonly code: OutsideErrorCode,
    message: string,
    readonly help: string,
  ) {
    super(message)
  }
}

/** A value is not one of the type that is wanted where it was given. Nothing of it was sent. */
export class ValueError extends TypeError {
  override readonly name = 'ValueError'
  /**
   * @param code R0704 for an argument, R0705 for a message
   * @param where `channel in`, `argument limit`
   * @param part which part of the value is meant: `.values[1].x`; empty for the whole
   * @param expected what is wanted there, `an INT (-2147483648 to 2147483647)`
   * @param got what was given, `"x"`
   */
  constructor(
    readonly code: 'R0704' | 'R0705',
    readonly where: string,
    readonly part: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`${where}${part === '' ? '' : ` (at ${part})`} wants ${expected}, and was given ${got}`)
  }

  /** What to do about it. */
  readonly help = 'give a value of that type; nothing was sent, and the program goes on'
}
