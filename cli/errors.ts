/** What the command can end with, and the mistakes it knows how to speak of. */
import { constants } from 'node:os'

/** Exit statuses of `godwit`. They are part of its interface. */
export const STATUS = {
  success: 0,
  /** A run-time error, a failed test, or an operation that could not be done. */
  failure: 1,
  /** The compiler rejected the program. */
  rejected: 2,
  deadlock: 3,
  /** `check` has found nothing wrong, and has not seen everything. */
  unfinished: 4,
  usage: 64,
  /** A fault of ours. */
  internal: 70,
} as const

export type Status = (typeof STATUS)[keyof typeof STATUS]

/** @returns the exit status of a command that a signal has ended, as shells count */
export function signalled(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/**
 * Something the user can put right. It is printed as one line, with a next step under it, and no stack.
 */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  /**
   * @param message one line without a full stop
   * @param nextSteps what to do now, each one line
   * @param status what the command exits with
   */
  constructor(
    message: string,
    readonly nextSteps: readonly string[] = [],
    readonly status: Status = STATUS.failure,
  ) {
    super(message)
  }
}

/** The command line makes no sense: a bad flag, a missing file. Exit status 64. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'
  constructor(message: string, ...nextSteps: readonly string[]) {
    super(message, nextSteps, STATUS.usage)
  }
}

/** @returns what the file system has refused that nobody was ready for, in words; undefined when the error is another */
export function refusalIn(error: unknown): string | undefined {
  if (!isRefusal(error)) return undefined
  const { path = 'a file', code = '', message } = error
  return `\`${path}\`: ${message.replace(/^\w+: |, \w+ '.*'$/g, '')} (${code})`
}

function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error && 'code' in error
}

/** Everything to be said has been printed already; what is left is the exit status. */
export class Exit extends Error {
  override readonly name = 'Exit'
  constructor(readonly status: number) {
    super(`exit ${status}`)
  }
}
