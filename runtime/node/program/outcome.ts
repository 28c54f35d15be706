/** How the end of a program looks to who started it: an exit status, and what is printed on the error stream. */
import type { ReportColours } from '../../report/colours.ts'
import { renderReport } from '../../report/render.ts'
import type { NodeError } from '../node-error.ts'
import type { ProgramEnd } from './supervisor.ts'

/** @returns the error as a report */
export function said(error: NodeError): string {
  return `error[${error.code}]: ${error.message}\n${error.help === '' ? '' : `  = help: ${error.help}\n`}`
}

export interface ProgramOutcome {
  readonly exit: number
  /** Rendered, ends with a newline; empty when there is nothing to say. */
  readonly report: string
}

/** @param reasons why nodes have ended, as far as that is known */
export function outcomeOf(end: ProgramEnd, colours?: ReportColours, reasons: readonly NodeError[] = []): ProgramOutcome {
  switch (end.kind) {
    case 'ended':
      return { exit: 0, report: '' }
    case 'exited':
      return { exit: end.status, report: '' }
    case 'report':
      return {
        exit: end.report.kind === 'deadlock' ? 3 : 1,
        report: [renderReport(end.report, colours === undefined ? {} : { colours }), ...reasons.map(said)].join(''),
      }
    case 'error':
      return { exit: 1, report: said(end.error) }
    case 'stopped':
      return { exit: 1, report: '' }
  }
}
