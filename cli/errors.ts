/** What the command can end with, and the mistakes it knows how to speak of. */
import { constants } from 'node:os'
import { dirname } from 'node:path'

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

/** What the system has refused that nobody was ready for. */
export interface Refusal {
  /** One line without a full stop. */
  readonly message: string
  readonly nextStep: string
}

/** @returns what the system has refused, in words; undefined when the error is another */
export function refusalIn(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined
  const { path, code = '', syscall } = error as NodeJS.ErrnoException // undefined when it is no error of the system
  if (syscall === undefined || !(path !== undefined || code in nextSteps)) return undefined
  const what = error.message.replace(/^\w+: |, \w+( '.*')?$/g, '')
  if (syscall === 'mkdtemp')
    return {
      message: `no directory can be made in \`${dirname(path ?? '')}\`, where temporary files go: ${what} (${code})`,
      nextStep: 'set TMPDIR to a directory that can be written to',
    }
  return {
    message: `\`${path ?? syscall}\`: ${what} (${code})`,
    nextStep: nextSteps[code] ?? 'look at its permissions and at the room on its disk',
  }
}

const OTHER_FILE = 'name another file'
const LEAVE = 'give yourself the right to it, or name another file'
const ROOM = 'make room on its disk, or name a file on another one'
/** What to do about the errors that come of files, disks and limits, and never of a fault of ours. */
const nextSteps: Readonly<Record<string, string>> = {
  EACCES: LEAVE,
  EPERM: LEAVE,
  EROFS: 'it is on a disk that cannot be written to: name another file',
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  EFBIG: 'the system permits no file as large as that: raise the limit (ulimit -f), or name a file on another disk',
  EMFILE: 'close files, or raise the limit of open files (ulimit -n)',
  ENFILE: 'close files, or raise the limit of open files (ulimit -n)',
  ENOMEM: 'there is not enough memory: end other programs, or raise the limit (ulimit -v)',
  EIO: 'what holds it does not work: look at the disk or at the connection to it, or name another file',
  ESTALE: 'what holds it does not work: look at the disk or at the connection to it, or name another file',
  EISDIR: 'it is a directory: name a file',
  ENOENT: OTHER_FILE,
  ENOTDIR: OTHER_FILE,
  ENAMETOOLONG: 'give it a shorter name',
  ELOOP: 'the symbolic link leads to itself: name another file',
  ENXIO: 'it is no file that can be read and written: name another file',
  ENODEV: 'it is no file that can be read and written: name another file',
}

/** Everything to be said has been printed already; what is left is the exit status. */
export class Exit extends Error {
  override readonly name = 'Exit'
  constructor(readonly status: number) {
    super(`exit ${status}`)
  }
}
