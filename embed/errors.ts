/** How a program that was started from TypeScript can go wrong, as errors that can be told apart. */
import type { JsonDiagnostic } from '../compiler/diagnostics/render.ts'
import type { DeadlockReport, FaultReport, InternalReport, LossReport } from '../runtime/report/report.ts'
import { THE_OUTSIDE } from '../runtime/kernel/inspect/inspect.ts'
import type { SourcePosition } from '../runtime/kernel/inspect/inspect.ts'
import { renderReport } from '../runtime/report/render.ts'

/** The program was rejected by the compiler. */
export class CompileError extends Error {
  override readonly name = 'CompileError'
  readonly code = 'R0701'
  /**
   * @param file path of the program
   * @param rendered all there is to say, as `godwit compile` prints it, without colours
   * @param diagnostics the same as data: code, severity, place, labels, help
   */
  constructor(
    readonly file: string,
    readonly rendered: string,
    readonly diagnostics: readonly JsonDiagnostic[],
  ) {
    super(`${file} was rejected by the compiler\n${rendered.trimEnd()}`)
  }
}

/** The program did something that the language does not allow: it has stopped. */
export class ProgramFault extends Error {
  override readonly name = 'ProgramFault'
  /** `R0203`; `godwit explain` has a page for it. */
  readonly code: string
  /** Where, in the text of the program. */
  readonly place: SourcePosition | undefined
  /** Path of the process: `main/cell[5]`. */
  readonly process: string
  /** The values that caused it, spelled as in the language. */
  readonly values: FaultReport['values']
  /** The routines that were active, innermost first. */
  readonly calls: FaultReport['stack']
  readonly help: readonly string[]
  /** What `godwit run` would print, without colours. */
  readonly rendered: string

  constructor(readonly report: FaultReport) {
    super(`${report.title}${because(report.values)}${at(report.place)}`)
    this.code = report.code
    this.place = report.place
    this.process = report.process
    this.values = report.values
    this.calls = report.stack
    this.help = report.help
    this.rendered = renderReport(report)
  }
}

/** One process of a deadlocked program. */
export interface Waiting {
  /** `main/cell[5]` */
  readonly process: string
  /** `waits to output on out` */
  readonly words: string
  readonly place: SourcePosition | undefined
  /** Those that could make it go on: paths of processes, or `the outside`; empty when nobody could. */
  readonly waitsFor: readonly string[]
}

/** Nothing of the program can go on, and nobody outside can change that. */
export class Deadlock extends Error {
  override readonly name = 'Deadlock'
  readonly code = 'R0301'
  readonly waiting: readonly Waiting[]
  /** Who waits for whom, one line a process. */
  readonly lines: readonly string[]
  /** Paths of processes each of which waits for the next, and the last for the first; empty when there is no ring. */
  readonly cycle: readonly string[]
  readonly place: SourcePosition | undefined
  readonly help: readonly string[]
  /** What `godwit run` would print, without colours. */
  readonly rendered: string

  constructor(readonly report: DeadlockReport) {
    const waiting = report.processes.map(({ path, words, place, waitsFor }) => ({ process: path, words, place, waitsFor }))
    const lines = waiting.map(
      ({ process, words, place, waitsFor }) =>
        `${process} ${words}${at(place)}${waitsFor.length === 0 || waitsFor[0] === THE_OUTSIDE ? '' : `, for ${waitsFor.join(', ')}`}`,
    )
    super([report.title.replace(/^deadlock: /, ''), ...lines].join('\n  '))
    this.waiting = waiting
    this.lines = lines
    this.cycle = report.cycle
    this.place = waiting[0]?.place
    this.help = report.help
    this.rendered = renderReport(report)
  }
}

/** Processes of the program are gone with the node they were on. */
export class ProcessesLost extends Error {
  override readonly name = 'ProcessesLost'
  readonly code = 'R0408'
  readonly help: readonly string[]
  readonly rendered: string

  constructor(readonly report: LossReport) {
    super(report.title)
    this.help = report.help
    this.rendered = renderReport(report)
  }
}

/** A fault of godwit itself. */
export class InternalError extends Error {
  override readonly name = 'InternalError'
  readonly rendered: string

  constructor(readonly report: InternalReport) {
    super(report.title)
    this.rendered = renderReport(report)
  }
}

/** @returns the error that says what a report says */
export function errorOf(report: FaultReport | DeadlockReport | LossReport | InternalReport): Error {
  switch (report.kind) {
    case 'fault':
      return new ProgramFault(report)
    case 'deadlock':
      return new Deadlock(report)
    case 'loss':
      return new ProcessesLost(report)
    case 'internal':
      return new InternalError(report)
  }
}

/** @returns the values that caused a fault, for people who see nothing but the message */
function because(values: FaultReport['values']): string {
  return values.length === 0 ? '' : ` (${values.map(({ name, value }) => `${name} = ${value}`).join(', ')})`
}

function at(place: SourcePosition | undefined): string {
  return place === undefined ? '' : ` at ${place.file}:${place.line}:${place.column}`
}
