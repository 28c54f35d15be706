/** What the tests of the back end share: compiling texts and files of the project, in memory. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { renderAll } from '../../compiler/diagnostics/render.ts'
import { compile as run } from '../../compiler/index.ts'
import type { Compilation, CompiledProgram, CompilerHost, CompilerOptions } from '../../compiler/host.ts'

/** The project's folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** @returns a host that reads `files` first, then the disk below the project's folder */
export function projectHost(files: Readonly<Record<string, string>> = {}): CompilerHost {
  return {
    libraryDirectory: 'runtime/library',
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    read(path) {
      if (Object.hasOwn(files, path)) return files[path]
      const full = path.startsWith('/') ? path : ROOT + path
      return existsSync(full) ? readFileSync(full, 'utf8') : undefined
    },
  }
}

/** Compiles a file of the project, checking after every pass. */
export function compileFile(path: string, options: CompilerOptions = {}): Promise<Compilation> {
  return run(path, projectHost(), { verify: true, ...options })
}

/** Compiles a text. @throws Error with the rendered diagnostics when there is an error */
export async function compileText(text: string, options: CompilerOptions = {}): Promise<CompiledProgram> {
  const { program, diagnostics } = await run('test.csp', projectHost({ 'test.csp': text }), { verify: true, ...options })
  if (program === undefined) throw new Error(renderAll(diagnostics))
  return program
}

/** @returns the paths of all programs that the project holds as samples or language tests */
export function allPrograms(): readonly string[] {
  return ['samples', 'test/language'].flatMap((folder) =>
    readdirSync(ROOT + folder)
      .filter((name) => name.endsWith('.csp'))
      .sort()
      .map((name) => `${folder}/${name}`),
  )
}
