/** What is to be said of a run that did not end well, without colours: reporters indent it and machines read it. */
import type { Outcome } from '../../runtime/kernel/chaos.ts'
import { failureReport } from '../../runtime/report/fault.ts'
import { renderReport } from '../../runtime/report/render.ts'
import type { Report } from '../../runtime/report/report.ts'
import { deadlockReport, waitGraphReport } from '../../runtime/report/waiting.ts'

export interface Told {
  /** `R0203`; empty for a run without a fault. */
  readonly code: string
  readonly text: string
}

/** @returns the code and the report of a run, both empty when it has ended well */
export function tell(run: Outcome): Told {
  const report = reportOf(run)
  if (report === undefined) return { code: '', text: '' }
  return { code: 'code' in report ? report.code : '', text: renderReport(report) }
}

function reportOf({ kind, failure, deadlock, kernels }: Outcome): Report | undefined {
  if (failure !== undefined) return failureReport(failure)
  if (deadlock !== undefined) return deadlockReport(deadlock)
  if (kind !== 'steps' && kind !== 'within') return undefined
  const title = 'its processes when it was stopped'
  return { kind: 'waits', title, processes: kernels.flatMap((kernel) => waitGraphReport(kernel, title).processes) }
}
