/** Files that a command is to write: what is wrong with one is said before the work is done, and no text of a program is written over. */
import { accessSync, chmodSync, chownSync, constants, realpathSync, statSync, writeFileSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { writeWhole } from '../runtime/code/files.ts'
import { UsageError } from './errors.ts'

/** @returns the paths of what a program was compiled from */
export function textsOf(inputs: readonly { readonly path: string }[]): string[] {
  return inputs.map(({ path }) => path)
}

/**
 * @param option that names the file: `--save`
 * @param texts paths of the texts that the command has to do with
 * @throws UsageError when the file is one of these texts
 */
export function requireNoText(option: string, path: string, texts: readonly string[]): void {
  const written = found(path)
  const same = texts.find((text) => {
    const its = found(text)
    return written !== undefined && its?.ino === written.ino && its.dev === written.dev
  })
  if (same !== undefined)
    throw new UsageError(`\`${option}\` would write over \`${same}\`, a text of the program`, `name another file for \`${option}\``)
}

/**
 * @param option that names the file: `--save`
 * @param made what is to be made first: the file, or the first of its directories that is missing
 * @throws UsageError when it is a directory, or its directory is not there or cannot be written to
 */
export function requireWritable(option: string, path: string, made = path): void {
  const refused = (why: string): UsageError => new UsageError(`cannot write to \`${path}\`: ${why}`, `name another file for \`${option}\``)
  const there = found(path)
  if (there?.isDirectory() === true) throw refused('it is a directory')
  const directory = dirname(made)
  const above = found(directory)
  if (above?.isDirectory() !== true)
    throw refused(above === undefined ? `there is no directory \`${directory}\`` : `\`${directory}\` is no directory`)
  try {
    accessSync(there === undefined ? directory : path, constants.W_OK)
  } catch {
    throw refused('its permissions forbid it')
  }
}

/**
 * As `requireWritable`, for a file whose directories are made when it is written.
 * @throws UsageError when it is a directory, or could not be made where it is to be
 */
export function requireMakeable(option: string, path: string): void {
  let at = resolve(path)
  while (found(dirname(at)) === undefined) at = dirname(at)
  requireWritable(option, path, at)
}

/**
 * Writes a file.
 * @param flag `wx`: it must not be there
 * @throws the error of the system, with the path: node names none when the disk was full, since the file was open by then
 */
export function writeOutput(path: string, text: string, flag: 'w' | 'wx' = 'w'): void {
  try {
    writeFileSync(path, text, { flag })
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path }) : error
  }
}

/**
 * Gives a file of the user's another text. It has the one or the other, whatever happens meanwhile, and keeps its owner and its permissions.
 * @throws the error of the system; the file is as it was then
 */
export function rewriteText(path: string, text: string): void {
  const file = realpathSync(path) // a symbolic link stays one
  const { mode, uid, gid } = statSync(file)
  writeWhole(file, text, {
    ready: (temporary) => {
      if (uid !== process.getuid?.() || gid !== process.getgid?.()) chownSync(temporary, uid, gid)
      chmodSync(temporary, mode)
    },
  })
}

/** @returns what is there; undefined where nothing is, be it that what should be a directory is a file */
function found(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
