/** The compiler's façade. Pure: it reads through the host it is given, and writes nothing. Heavy libraries are loaded when they are needed. */
import type { ProcDeclaration } from '../grammar/ast.ts'
import type { Diagnostic } from '../grammar/diagnostic.ts'
import { sortDiagnostics } from './diagnostics/render.ts'
import type { Compilation, CompiledProgram, CompilerHost, CompilerOptions } from './host.ts'
import { allPasses, frontEnd } from './passes.ts'
import type { PassList, Source } from './passes.ts'
import type { ProcSymbol } from './semantics.ts'
import { networkOf } from './network.ts'
import type { Network } from './network.ts'

export type { Network, NetworkChannel, NetworkProcess } from './network.ts'
export type { Compilation, CompiledProgram, CompiledUnit, CompilerHost, CompilerOptions, Manifest } from './host.ts'

/** The passes in order, as `--dump` names them. */
export const passNames: readonly string[] = allPasses.passes.map((pass) => pass.name)

/**
 * Compiles a program.
 * @param path where its text is, as `host` knows it
 * @param host reads texts and makes hashes
 * @returns the program, unless there is an error; and everything there is to say about it
 * @throws Error when there is no text at `path`, and for a fault of the compiler itself
 */
export async function compile(path: string, host: CompilerHost, options: CompilerOptions = {}): Promise<Compilation> {
  const text = host.read(path)
  if (text === undefined) throw new Error(`there is no file ${path}`)
  const start: Source = { path, host, options, source: { path, text }, diagnostics: [] }
  const { made, times, dump } = await run(allPasses, start)
  const diagnostics = options.strict === true ? start.diagnostics.map(asError) : start.diagnostics
  const { compiled, formatted, preprocessed } = made
  return {
    diagnostics: sortDiagnostics(diagnostics),
    times,
    inputs: (preprocessed?.files ?? [start.source]).map((file) => ({ path: file.path, hash: host.sha256(file.text) })),
    ...(compiled === undefined || hasErrors(diagnostics) ? {} : { program: compiled, ...(formatted === undefined ? {} : { formatted }) }),
    ...(dump === undefined ? {} : { dump }),
  }
}

/** What `network` finds. */
export interface FoundNetwork {
  readonly diagnostics: readonly Diagnostic[]
  /** Absent when there is an error, or no PROC that could be the program. */
  readonly network?: Network
  /** The PROCs of the file that could be. */
  readonly procs: readonly string[]
}

/**
 * Finds the processes of a program and their channels, from its text alone.
 * @param path as for `compile`
 * @param options as for `compile`; `main` may be any PROC at top level of the file
 * @throws Error when there is no text at `path`
 */
export async function network(path: string, host: CompilerHost, options: CompilerOptions = {}): Promise<FoundNetwork> {
  const text = host.read(path)
  if (text === undefined) throw new Error(`there is no file ${path}`)
  const { main: wanted, ...others } = options
  const start: Source = { path, host, options: { ...others, entries: true }, source: { path, text }, diagnostics: [] }
  const { made } = await run(frontEnd, start)
  const diagnostics = sortDiagnostics(options.strict === true ? start.diagnostics.map(asError) : start.diagnostics)
  const { checked } = made
  if (checked === undefined || hasErrors(diagnostics)) return { diagnostics, procs: [] }
  const { entries = [] } = checked
  const main = wanted !== undefined ? entries.find(({ name }) => name === wanted) : (checked.main ?? entries.at(-1))
  return {
    diagnostics,
    procs: entries.map(({ name }) => name),
    ...(main === undefined || !isDeclared(main) ? {} : { network: networkOf(checked, main) }),
  }
}

const isDeclared = (proc: ProcSymbol): proc is ProcSymbol & { readonly declaration: ProcDeclaration } => proc.declaration !== undefined

/** What the passes that ran have made. */
interface Run<Made> {
  readonly made: Partial<Made>
  readonly times: Compilation['times']
  readonly dump?: string
}

/** Runs passes, until one finds the program wrong that the next cannot do without. */
async function run<Made>({ passes }: PassList<Made>, start: Source): Promise<Run<Made>> {
  const { options, diagnostics } = start
  const now = options.clock ?? (() => 0)
  const times: { pass: string; milliseconds: number }[] = []
  let made = { ...start }
  const result = (): Partial<Made> => made as object // the list says what its passes make
  for (const pass of passes) {
    if (pass.needsNoErrors === true && hasErrors(diagnostics)) break
    if (pass.onDemand === true && options.dump !== pass.name && options.format !== true) continue
    const began = now()
    made = { ...made, ...(await pass.run(made)) }
    times.push({ pass: pass.name, milliseconds: now() - began })
    if (pass.needsNoErrors === true && hasErrors(diagnostics)) break
    if (options.verify === true) {
      const faults = pass.verify?.(made) ?? []
      if (faults.length > 0) throw new Error(`after pass ${pass.name}:\n${faults.join('\n')}`)
    }
    if (options.dump === pass.name) return { made: result(), times, dump: pass.dump(made) }
  }
  return { made: result(), times }
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error')
}

function asError(d: Diagnostic): Diagnostic {
  return { ...d, severity: 'error' }
}

/**
 * The output for people: each unit as formatted TypeScript, as JavaScript, and with a map that leads from the JavaScript to the `.csp` text.
 * @param program as compiled
 * @returns file names and texts: `NAME.ts`, `NAME.js`, `NAME.js.map`, and `manifest.json`
 */
export async function formatProgram(program: CompiledProgram): Promise<ReadonlyMap<string, string>> {
  const { formatProgram: format } = await import('./emit/format.ts')
  return format(program)
}
