/** The front end for those who look at a program and do not run it: editors and tests. What a broken program still tells is kept. */
import type { Name, Program } from '../grammar/ast.ts'
import type { Diagnostic } from '../grammar/diagnostic.ts'
import type { Lexed } from '../grammar/lexer.ts'
import type { Preprocessed } from '../grammar/preprocess.ts'
import type { SourceFile } from '../grammar/source.ts'
import type { Resolved } from './check/resolve.ts'
import type { Typed } from './check/types.ts'
import { sortDiagnostics } from './diagnostics/render.ts'
import type { CompilerHost, CompilerOptions } from './host.ts'
import { frontEnd } from './passes.ts'
import type { FrontEndMemory, Source } from './passes.ts'
import type { Checked, Symbol } from './semantics.ts'

/** What the front end has found out about a program, with faults or without. */
export interface Analysis {
  readonly source: SourceFile
  /** Sorted as a compilation gives them. */
  readonly diagnostics: readonly Diagnostic[]
  /** The tokens and comments of the program's own file. */
  readonly lexed: Lexed
  /** Every file that was read, the program's first. */
  readonly files: readonly SourceFile[]
  readonly program: Program
  readonly resolved: Resolved
  readonly typed: Typed
  /** @returns every name of the program, with what it stands for; to be asked for before the program is looked at again */
  readonly names: () => Iterable<readonly [Name, Symbol]>
  /** Undefined when the program has an error, or when only what has changed was looked at. */
  readonly checked: Checked | undefined
}

/**
 * Runs the passes of the front end, those that a compilation runs.
 * @param path the program, as `host` knows it
 * @param host reads its texts
 * @param memory what earlier runs have found out, for a program that changes
 * @returns what they found; undefined when there is no text at `path`
 */
export function analyse(path: string, host: CompilerHost, options: CompilerOptions = {}, memory?: FrontEndMemory): Analysis | undefined {
  const run = analyseByParts(path, host, options, memory)
  for (;;) {
    const step = run.next()
    if (step.done === true) return step.value
  }
}

/**
 * The same in parts, between which others may have their turn. What earlier runs returned holds until the last part, and so does `memory`: before that part
 * the run may be given up.
 */
export function* analyseByParts(
  path: string,
  host: CompilerHost,
  options: CompilerOptions = {},
  memory?: FrontEndMemory,
): Generator<void, Analysis | undefined, void> {
  const text = host.read(path)
  if (text === undefined) return undefined
  const start: Source = { path, host, options, source: { path, text }, diagnostics: [], ...(memory === undefined ? {} : { memory }) }
  const isWrong = (): boolean => start.diagnostics.some(({ severity }) => severity === 'error')
  let made: object = start
  for (const pass of frontEnd.passes) {
    if (pass.needsNoErrors === true && isWrong()) break
    const result = pass.run({ ...made, ...start })
    if (result instanceof Promise) throw new Error(`the pass ${pass.name} of the front end waits for something`)
    made = { ...made, ...result }
    if (pass.readsTokens === true) yield
  }
  const { lexed, preprocessed, program, resolved, typed, checked } = made as MadeByFrontEnd // the passes without `needsNoErrors` have all run
  const found = { source: start.source, lexed, files: preprocessed.files, program, resolved, typed }
  memory?.checks.end(program.items, start.diagnostics, program.connected)
  return {
    ...found,
    names: () => (memory === undefined ? typed.symbols : memory.checks.names(typed.symbols)),
    diagnostics: sortDiagnostics(start.diagnostics),
    checked: isWrong() || memory !== undefined ? undefined : checked,
  }
}

/** What the passes of the front end leave, the last of them only for a program without errors. */
interface MadeByFrontEnd {
  readonly lexed: Lexed
  readonly preprocessed: Preprocessed
  readonly program: Program
  readonly resolved: Resolved
  readonly typed: Typed
  readonly checked?: Checked
}
