/** From the path of a `.csp` file to a program whose PROCs can be started: out of the cache when nothing has changed, else compiled. */
import { fileURLToPath } from 'node:url'
import { withCodeStore } from '../cli/code-cache.ts'
import { refusalIn, UsageError } from '../cli/errors.ts'
import { compilerOptions, load as loadProgram } from '../cli/load-program.ts'
import type { CacheEntry } from '../cli/program-cache.ts'
import { calledServices } from '../cli/program-services.ts'
import { show } from '../runtime/outside/misfit.ts'
import { OutsideError } from '../runtime/outside/outside-error.ts'
import { requireServices } from '../runtime/outside/services.ts'
import type { Services } from '../runtime/outside/services.ts'
import type { CodeStore } from '../runtime/code/store.ts'
import { CompileError } from './errors.ts'
import { Program } from './program.ts'
import type { Given, Needed, Programs, ProgramTypes, UntypedProgram } from './types.ts'

export interface LoadOptions {
  /** As `-D`: names with their values, written as in a program; `true` for a name without a value. */
  readonly define?: Readonly<Record<string, string | true>>
  /** As `-I`: directories in which included files are looked for. */
  readonly include?: readonly string[]
  /** Warnings are errors. */
  readonly strict?: boolean
}

/** With functions for the services that the program declares, by their names. */
export type LoadOptionsOf<T extends ProgramTypes> = LoadOptions & Needed<'services', T['services']>

/** What is known of a program: what was given, or what is declared for its path, or nothing. */
type TypesOf<Known extends ProgramTypes | undefined, Path> = Known extends ProgramTypes
  ? Known
  : Path extends keyof Programs
    ? Programs[Path] extends ProgramTypes
      ? Programs[Path]
      : UntypedProgram
    : UntypedProgram

/** It keeps the units that are loaded. */
let store: CodeStore | undefined

/**
 * Loads a program; compiles it when it, or what it includes, has changed.
 * @param file its path, from the working directory; or its URL: `new URL ('pipeline.csp', import.meta.url)`
 * @throws (as a rejection) CompileError when the compiler rejects it; OutsideError R0702 when there is no such file; CodeError
 */
export async function load<Known extends ProgramTypes | undefined = undefined, Path extends string | URL = string | URL>(
  file: Path,
  ...options: Given<LoadOptionsOf<TypesOf<Known, Path>>>
): Promise<Program<TypesOf<Known, Path>>>
export async function load(
  file: string | URL,
  { define = {}, include, strict, services = {} }: LoadOptions & { readonly services?: Services } = {},
): Promise<Program> {
  const path = pathOf(file)
  for (const [name, value] of Object.entries(define) as [string, unknown][])
    if (value !== true && typeof value !== 'string')
      throw new OutsideError(
        'R0704',
        `\`define\` gives ${name} the value ${show(value)}`,
        'give a text, as it would stand in the program, or true',
      )
  const defines = new Map(Object.entries(define).map(([name, value]) => [name, value === true ? '' : value]))
  const entry = await compiled(path, {
    ...compilerOptions({
      define: defines,
      ...(include === undefined ? {} : { include }),
      ...(strict === undefined ? {} : { strict }),
    }),
    entries: true,
  })
  const { units, manifest } = entry.program
  const shown = manifest.interface
  if (shown === undefined) throw new Error(`${path} was compiled without its interface`)
  const declared = manifest.services ?? []
  requireServices(declared, calledServices(entry.program), services, path)
  store = await withCodeStore((made) => {
    const kept = store?.directory === made.directory ? store : made
    for (const unit of units) kept.put(unit)
    return Promise.resolve(kept)
  })
  return new Program({ source: path, code: { units, manifest }, shown, store, warnings: entry.warnings, declared, services })
}

const PATH_WANTED = 'give the path of a .csp file, from the working directory, or its URL'

/** @throws OutsideError R0702 when it is no path */
function pathOf(file: unknown): string {
  if (file instanceof URL && file.protocol === 'file:') return fileURLToPath(file)
  if (typeof file === 'string') return file
  throw new OutsideError('R0702', `${file instanceof URL ? file.href : show(file)} is no path of a file`, PATH_WANTED)
}

async function compiled(path: string, options: Parameters<typeof loadProgram>[1]): Promise<CacheEntry> {
  const loaded = await loadProgram(path, options).catch((error: unknown) => {
    if (error instanceof UsageError) throw new OutsideError('R0702', error.message, PATH_WANTED)
    const refusal = refusalIn(error)
    if (refusal !== undefined) throw new OutsideError('R0702', refusal.message, refusal.nextStep)
    throw error
  })
  if (loaded.ok) return loaded.entry
  const { diagnostics } = loaded.compilation
  const [{ toJson }, { renderAll }] = await Promise.all([import('../compiler/diagnostics/render.ts'), import('../cli/diagnostics.ts')])
  throw new CompileError(path, renderAll(diagnostics, false), diagnostics.map(toJson))
}
