/** What can keep a program from being started, saved or continued, as people are told it. */

/** Every error of starting and continuing a program. `godwit explain` has a page for each. */
export const runErrorTitles = {
  R0511: 'not a checkpoint file',
  R0512: 'the checkpoint file is incomplete',
  R0513: 'the checkpoint file was altered',
  R0514: 'the checkpoint is of another version',
  R0515: 'the checkpoint file cannot be read or written',
  R0516: 'the checkpoint does not fit its code',
  R0521: 'the program has no main process',
  R0522: 'the program was compiled for another version',
  R0523: 'nobody provides a service',
  R0531: 'not a recording',
  R0532: 'the recording is of another program',
  R0533: 'the run goes another way than its recording',
} as const

export type RunErrorCode = keyof typeof runErrorTitles

export class RunError extends Error {
  override readonly name = 'RunError'
  /**
   * @param code stable, `R0511`
   * @param message what is wrong, with the names involved; begins in lower case and has no full stop
   * @param help what to do about it
   */
  constructor(
    readonly code: RunErrorCode,
    message: string,
    readonly help: string,
  ) {
    super(message)
  }
}
