/** Finds the files that hold TESTs. */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { visitBelow } from '../directory-walk.ts'
import type { Visitor } from '../directory-walk.ts'
import { UsageError } from '../errors.ts'

/** Whether a text can hold a TEST at all: a line that begins with the word and a string. */
const HAS_TEST = /^TEST[ \t]+"/m

/**
 * @param paths files and directories; a directory stands for every `.csp` and `.occ` file with a TEST in it or below it, symbolic links
 *   included, but for hidden directories, `node_modules` and `dist`
 * @returns the files as they were named, sorted within each directory; each once, however its path is spelled
 * @throws UsageError when a path does not exist or cannot be read, or when a file that was named holds no TEST
 */
export function findTestFiles(paths: readonly string[]): readonly string[] {
  const found = new Map<string, string>()
  const add = (path: string): void => {
    if (!found.has(resolve(path))) found.set(resolve(path), path)
  }
  const visited = new Set<string>()
  const testFiles: Visitor = {
    file: (path, name) => {
      if (/\.(csp|occ)$/.test(name) && holdsTest(path)) add(path)
    },
  }
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined)
      throw new UsageError(`there is no file or directory \`${path}\``, 'give .csp files or directories that hold them')
    if (stats.isDirectory()) visitBelow(path, testFiles, true, visited)
    else if (holdsTest(path)) add(path)
    else throw new UsageError(`\`${path}\` holds no TEST`, 'write one at the top level: TEST "what is true", then a process, then `:`')
  }
  return [...found.values()]
}

/** @throws UsageError when the file cannot be read: its tests would be missed without a word */
function holdsTest(path: string): boolean {
  try {
    return HAS_TEST.test(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`cannot read \`${path}\`: ${error instanceof Error ? error.message : String(error)}`, 'see its permissions')
  }
}

/** @returns `directory` and those below it that are searched for tests */
export function directoriesBelow(directory: string): readonly string[] {
  const found: string[] = []
  visitBelow(directory, { directory: (path) => found.push(path), file: () => undefined }, true)
  return found
}
