/** From a path on the command line to a program that can run: out of the cache when nothing has changed, else compiled. */
import { statSync } from 'node:fs'
import type { Compilation, CompilerOptions } from '../compiler/host.ts'
import { DiskHost } from './disk-host.ts'
import { Exit, STATUS, UsageError } from './errors.ts'
import { packageVersion } from './package.ts'
import { lookUp, requestKey, store, type CacheEntry } from './program-cache.ts'
import { complain, wantsColour } from './terminal.ts'
import { trustUnits } from '../runtime/code/store.ts'

/** The options that every command that compiles has, as commander gives them. */
export interface SourceOptions {
  readonly define?: ReadonlyMap<string, string>
  readonly include?: readonly string[]
  readonly strict?: boolean
  /** Lets the library `debug` show what it is given. */
  readonly debug?: boolean
  readonly main?: string
}

/** @returns the compiler's options for what stands on the command line. */
export function compilerOptions(options: SourceOptions): CompilerOptions {
  return {
    defines: new Map([
      ['VERSION', `"Godwit ${packageVersion()}"`],
      ...(options.debug === true ? ([['DEBUG', '']] as const) : []),
      ...(options.define ?? []),
    ]),
    ...(options.include === undefined ? {} : { includeDirectories: options.include }),
    ...(options.main === undefined ? {} : { main: options.main }),
    ...(options.strict === undefined ? {} : { strict: options.strict }),
  }
}

/** A program, or what is wrong with it. */
export type Loaded =
  | { readonly ok: true; readonly entry: CacheEntry; readonly cached: boolean }
  | { readonly ok: false; readonly compilation: Compilation; readonly rendered: string }

/**
 * Loads the program at `path`.
 * @throws UsageError when there is no such file
 */
export async function load(path: string, options: CompilerOptions): Promise<Loaded> {
  requireFile(path)
  const key = requestKey(path, options)
  const kept = lookUp(key)
  if (kept !== undefined) return { ok: true, entry: kept, cached: true }

  const [{ compile }, { renderAll, renderForTerminal }] = await Promise.all([import('../compiler/index.ts'), import('./diagnostics.ts')])
  const host = new DiskHost()
  const compilation = await compile(path, host, options)
  const { program, diagnostics, inputs } = compilation
  if (program === undefined) return { ok: false, compilation, rendered: renderForTerminal(diagnostics) }

  const { manifest } = program
  const units = program.units.map(({ hash, name, code, codeMap, imports, debug }) => ({ hash, name, code, codeMap, imports, debug }))
  const entry: CacheEntry = {
    inputs,
    missing: [...host.missing],
    program: { units, manifest },
    warnings: renderAll(diagnostics, false),
    colouredWarnings: renderAll(diagnostics, true),
  }
  trustUnits(units)
  store(key, entry)
  return { ok: true, entry, cached: false }
}

/**
 * Loads a program and prints its diagnostics on standard error.
 * @param json whether what is wrong is told as one line of JSON, for other tools; warnings are left out then
 * @throws Exit with status 2 when the program was rejected
 */
export async function loadOrExit(path: string, options: CompilerOptions, json = false): Promise<CacheEntry> {
  const loaded = await load(path, options)
  if (!loaded.ok) {
    if (json) {
      const { toJson } = await import('../compiler/diagnostics/render.ts')
      complain(JSON.stringify({ kind: 'rejected', diagnostics: loaded.compilation.diagnostics.map(toJson) }))
    } else complain(loaded.rendered)
    throw new Exit(STATUS.rejected)
  }
  const { warnings, colouredWarnings } = loaded.entry
  if (warnings !== '' && !json) complain(wantsColour(process.stderr) ? colouredWarnings : warnings)
  return loaded.entry
}

/** @throws UsageError when `path` is no file; `nextStep` says which file is meant */
export function requireFile(path: string, nextStep = 'give the path of a .csp file'): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new UsageError(`there is no file \`${path}\``, nextStep)
  if (stats.isDirectory()) throw new UsageError(`\`${path}\` is a directory`, nextStep)
}
