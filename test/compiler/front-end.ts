/** What the tests of the front end share: reading from disk and memory, and running the passes up to the usage check. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { check } from '../../compiler/check/check.ts'
import type { CompilerOptions } from '../../compiler/host.ts'
import { sortDiagnostics } from '../../compiler/diagnostics/render.ts'
import type { Checked } from '../../compiler/semantics.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import { parseProgram } from '../../grammar/parse.ts'
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

/** Runs the whole front end as the compiler does. */
export function checkProgram(
  path: string,
  reader: SourceReader,
  options: CompilerOptions = {},
): { readonly checked: Checked | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parseProgram(path, reader, { libraryDirectory: 'runtime/library' })
  if (parsed === undefined) throw new Error(`no file ${path}`)
  const { value, diagnostics } = check(parsed.program, options, parsed.diagnostics)
  return { checked: value, diagnostics: sortDiagnostics([...parsed.diagnostics, ...diagnostics]) }
}
