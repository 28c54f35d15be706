/** Finds the files that hold TESTs. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../errors.ts'

/** Whether a text can hold a TEST at all: a line that begins with the word and a string. */
const HAS_TEST = /^TEST[ \t]+"/m

/**
 * @param paths files and directories; a directory stands for every `.csp` and `.occ` file with a TEST in it, but for hidden directories,
 *   `node_modules` and `dist`
 * @returns the files, sorted within each directory, each once
 * @throws UsageError when a path does not exist, or when a file that was named holds no TEST
 */
export function findTestFiles(paths: readonly string[]): readonly string[] {
  const found = new Set<string>()
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined)
      throw new UsageError(`there is no file or directory \`${path}\``, 'give .csp files or directories that hold them')
    if (stats.isDirectory()) for (const file of below(path)) found.add(file)
    else if (HAS_TEST.test(readFileSync(path, 'utf8'))) found.add(path)
    else throw new UsageError(`\`${path}\` holds no TEST`, 'write one at the top level: TEST "what is true", then a process, then `:`')
  }
  return [...found]
}

/** Whether what is called `name` is looked into or at. */
const counts = (name: string): boolean => !name.startsWith('.') && name !== 'node_modules' && name !== 'dist'

function below(directory: string): readonly string[] {
  const files: string[] = []
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (!counts(entry.name)) continue
    const path = directory === '.' ? entry.name : join(directory, entry.name)
    if (entry.isDirectory()) files.push(...below(path))
    else if (/\.(csp|occ)$/.test(entry.name) && HAS_TEST.test(readFileSync(path, 'utf8'))) files.push(path)
  }
  return files
}

/** @returns `directory` and those below it that are searched for tests */
export function directoriesBelow(directory: string): readonly string[] {
  const entries = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory() && counts(entry.name))
  return [directory, ...entries.flatMap(({ name }) => directoriesBelow(join(directory, name)))]
}
