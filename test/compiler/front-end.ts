/** What the tests of the front end share: reading from disk and memory, and running the passes up to the usage check. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CompilerHost, CompilerOptions } from '../../compiler/host.ts'
import { analyse } from '../../compiler/analysis.ts'
import type { Checked } from '../../compiler/semantics.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import { joinPath, type SourceReader } from '../../grammar/reader.ts'

/** The project's folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Reads `files` first, then the disk below the project's folder. */
export function projectReader(files: Readonly<Record<string, string>> = {}): SourceReader {
  return {
    read(path) {
      if (Object.hasOwn(files, path)) return files[path]
      const full = path.startsWith('/') ? path : ROOT + path
      return existsSync(full) ? readFileSync(full, 'utf8') : undefined
    },
    resolve: joinPath,
  }
}

/** Runs the passes of the front end, those that the compiler runs. */
export function checkProgram(
  path: string,
  reader: SourceReader,
  options: CompilerOptions = {},
): { readonly checked: Checked | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const host: CompilerHost = { read: (file) => reader.read(file), sha256: () => '', libraryDirectory: 'runtime/library' }
  const found = analyse(path, host, options)
  if (found === undefined) throw new Error(`no file ${path}`)
  return found
}
