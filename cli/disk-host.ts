/** The compiler's door to the disk. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { CompilerHost } from '../compiler/host.ts'
import { decodeText } from '../grammar/bytes.ts'
import { libraryDirectory } from './package.ts'

/** @returns the SHA-256 of `text`, in hexadecimal. */
export function sha256(text: string): string {
  // the bytes of a Latin-1 text are no characters, and would all be hashed alike
  return createHash('sha256')
    .update(text.isWellFormed() ? text : JSON.stringify(text))
    .digest('hex')
}

/**
 * @returns the text of the file at `path`, or undefined when there is none
 * @throws the error of the system, with the path, when there is one and it cannot be read
 */
export function readText(path: string): string | undefined {
  try {
    return decodeText(readFileSync(path))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { code = '' } = error as NodeJS.ErrnoException // undefined when it is no error of the system
    if (ABSENT.has(code)) return undefined
    throw Object.assign(error, { path }) // the system does not tell the path when reading fails
  }
}

/** For the compiler a directory is no text, and nothing is there under a name that no file can have. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'])

/** Reads sources from the disk and remembers which paths were looked at in vain: a file that appears there changes the program. */
export class DiskHost implements CompilerHost {
  readonly libraryDirectory = libraryDirectory
  /** Paths that were asked for and did not exist. */
  readonly missing = new Set<string>()

  sha256(text: string): string {
    return sha256(text)
  }

  read(path: string): string | undefined {
    const text = readText(path)
    if (text === undefined) this.missing.add(path)
    return text
  }
}
