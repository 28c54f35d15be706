/** What the tests of the front end share: reading from disk and memory, and running the passes up to the usage check. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fold } from '../../compiler/check/constants.ts'
import { resolve } from '../../compiler/check/resolve.ts'
import { typecheck } from '../../compiler/check/types.ts'
import { checkUsage } from '../../compiler/check/usage.ts'
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
  const resolved = resolve(parsed.program)
  const typed = typecheck(resolved.value, options)
  const folded = fold(typed.value)
  const before = [...parsed.diagnostics, ...resolved.diagnostics, ...typed.diagnostics, ...folded.diagnostics]
  const usage = before.some((each) => each.severity === 'error') ? [] : checkUsage(folded.value).diagnostics
  const diagnostics = sortDiagnostics([...before, ...usage])
  return { checked: diagnostics.some((each) => each.severity === 'error') ? undefined : folded.value.checked, diagnostics }
}
