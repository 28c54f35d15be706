/** Files that a command is to write: what is wrong with one is said before the work is done, and no text of a program is written over. */
import { accessSync, constants, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
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
 * @throws UsageError when it is a directory, or its directory is not there or cannot be written to
 */
export function requireWritable(option: string, path: string): void {
  const refused = (why: string): UsageError => new UsageError(`cannot write to \`${path}\`: ${why}`, `name another file for \`${option}\``)
  const there = found(path)
  if (there?.isDirectory() === true) throw refused('it is a directory')
  if (found(dirname(path))?.isDirectory() !== true) throw refused(`there is no directory \`${dirname(path)}\``)
  try {
    accessSync(there === undefined ? dirname(path) : path, constants.W_OK)
  } catch {
    throw refused('its permissions forbid it')
  }
}

/** @returns what is there; undefined where nothing is, be it that what should be a directory is a file */
function found(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
