/** `godwit compile` */
import { statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { Compilation, CompilerOptions } from '../../compiler/host.ts'
import { currentBuild, writeBuild } from '../build.ts'
import { toJson } from '../../compiler/diagnostics/render.ts'
import type { JsonDiagnostic } from '../../compiler/diagnostics/render.ts'
import { renderForTerminal } from '../diagnostics.ts'
import { visitBelow } from '../directory-walk.ts'
import { DiskHost } from '../disk-host.ts'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { compilerOptions, type SourceOptions } from '../load-program.ts'
import { complain, count, out, print, printJson, Progress, table } from '../terminal.ts'

export interface CompileOptions extends SourceOptions {
  readonly output?: string
  readonly dump?: string
  readonly verify?: boolean
  readonly time?: boolean
  readonly json?: boolean
}

/** What became of one program; the shape of `--json`. */
interface Result {
  readonly source: string
  readonly ok: boolean
  /** Nothing has changed since its output was written; it was not compiled. */
  readonly upToDate: boolean
  readonly output?: string
  readonly units?: number
  readonly written?: number
  readonly diagnostics: readonly JsonDiagnostic[]
  readonly times?: Compilation['times']
}

/**
 * Compiles a program or every program under a directory.
 * @throws Exit with status 2 when one was rejected
 */
export async function compile(path: string, options: CompileOptions): Promise<void> {
  const sources = programsAt(path)
  const directory = sources.length !== 1 || sources[0] !== path
  if (options.dump !== undefined) {
    if (directory) throw new UsageError('`--dump` shows one program', 'give the path of a .csp file')
    return dump(path, options)
  }
  if (options.output !== undefined) requireRoomFor(options.output)
  const progress = new Progress()
  const results: Result[] = []
  for (const [i, source] of sources.entries()) {
    if (directory) progress.update(`compiling ${i + 1}/${sources.length} ${source}`)
    const output = options.output === undefined || !directory ? options.output : join(options.output, stem(relative(path, source)))
    const result = await one(source, output, options, () => {
      progress.end()
    })
    results.push(result)
  }
  progress.end()
  if (options.json === true) printJson(directory ? results : results[0])
  if (results.some(({ ok }) => !ok)) throw new Exit(STATUS.rejected)
}

/** @throws UsageError when no directory can be at `output` */
function requireRoomFor(output: string): void {
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UsageError(`\`${output}\` is a file`, '`-o` takes a directory: several files are written for a program')
}

async function one(source: string, output: string | undefined, options: CompileOptions, beforePrinting: () => void): Promise<Result> {
  const settings: CompilerOptions = {
    ...compilerOptions(options),
    ...(options.verify === true ? { verify: true } : {}),
    ...(output === undefined ? {} : { format: true }),
    ...(options.time === true ? { clock: () => performance.now() } : {}),
  }
  const say = (text: string, where: (line: string) => void = print): void => {
    beforePrinting()
    if (options.json !== true && text !== '') where(text)
  }
  const looksForMore = options.verify === true || options.time === true
  if (output !== undefined && !looksForMore && currentBuild(output, source, settings) !== undefined) {
    say(`${source}: ${out.dim(`${output} is up to date`)}`)
    return { source, ok: true, upToDate: true, output, diagnostics: [] }
  }

  const compiler = await import('../../compiler/index.ts')
  const host = new DiskHost()
  const { program, formatted, diagnostics, inputs, times } = await compiler.compile(source, host, settings)
  say(renderForTerminal(diagnostics), complain)
  const told = { source, upToDate: false, diagnostics: diagnostics.map(toJson), ...(options.time === true ? { times } : {}) }
  if (options.time === true) say(timeTable(source, times))
  if (program === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length
    say(`${source}: ${count(errors, 'error')}`, complain)
    return { ...told, ok: false }
  }
  const units = program.units.length
  if (output === undefined || formatted === undefined) {
    say(`${source}: ${out.green('no errors')}, ${count(units, 'unit')}`)
    return { ...told, ok: true, units }
  }
  const { written, unchanged, removed } = writeBuild(output, source, settings, { inputs, missing: [...host.missing] }, formatted)
  const rest = [unchanged.length > 0 ? `${unchanged.length} unchanged` : '', removed.length > 0 ? `${removed.length} removed` : ''].filter(
    (s) => s !== '',
  )
  say(
    `${source}: ${count(units, 'unit')}, ${count(written.length, 'file')} written to ${output}${rest.length > 0 ? out.dim(` (${rest.join(', ')})`) : ''}`,
  )
  return { ...told, ok: true, output, units, written: written.length }
}

async function dump(source: string, options: CompileOptions): Promise<void> {
  const compiler = await import('../../compiler/index.ts')
  const names: readonly string[] = compiler.passNames
  const pass = options.dump ?? ''
  if (!names.includes(pass)) throw new UsageError(`there is no pass \`${pass}\``, `the passes are ${names.join(', ')}`)
  const compilation = await compiler.compile(source, new DiskHost(), { ...compilerOptions(options), dump: pass })
  const text = renderForTerminal(compilation.diagnostics)
  if (text !== '') complain(text)
  if (compilation.dump !== undefined) print(compilation.dump.trimEnd())
  if (compilation.diagnostics.some(({ severity }) => severity === 'error')) throw new Exit(STATUS.rejected)
}

function timeTable(source: string, times: Compilation['times']): string {
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const rows = times.map(({ pass, milliseconds }) => [
    pass,
    milliseconds.toFixed(1),
    total > 0 ? `${((milliseconds / total) * 100).toFixed(0)}%` : '',
  ])
  return `${out.bold(source)}\n${table(['PASS', 'MS', 'SHARE'], [...rows, [out.bold('all'), out.bold(total.toFixed(1)), '']], ['MS', 'SHARE'])}`
}

/** @returns the programs a path stands for */
function programsAt(path: string): readonly string[] {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined)
    throw new UsageError(`there is no file or directory \`${path}\``, 'give a .csp file or a directory that holds some')
  if (!stats.isDirectory()) return [path]
  const sources: string[] = []
  const file = (found: string, name: string): void => {
    if (/\.(csp|occ)$/.test(name)) sources.push(found)
  }
  visitBelow(path, { file }, false)
  if (sources.length === 0)
    throw new UsageError(`there is no .csp file under \`${path}\``, 'give a .csp file or a directory that holds some')
  return sources
}

function stem(path: string): string {
  return join(path, '..', basename(path).replace(/\.[^.]+$/, ''))
}
