/** What is to be said of a run that did not end well, without colours: reporters indent it and machines read it. */
import type { Outcome } from '../../runtime/kernel/chaos.ts'
import { failureReport } from '../../runtime/report/fault.ts'
import { renderReport } from '../../runtime/report/render.ts'
import { deadlockReport, waitGraphReport } from '../../runtime/report/waiting.ts'
import { duration } from '../terminal.ts'

export interface Told {
  /** `R0203`; empty when nothing in the test was at fault. */
  readonly code: string
  readonly text: string
}

/** How long a test might take, in microseconds of program time and of real time. */
export interface Limits {
  readonly within: number
  readonly timeout: number
}

/** The code of a test that is not done within its program time. */
const TOO_LATE = 'R0302'

/** @returns the code and the report of a run; undefined when it has ended well */
export function tell(run: Outcome, limits: Limits): Told | undefined {
  switch (run.kind) {
    case 'ended':
    case 'passed':
      return undefined
    case 'failure': {
      if (run.failure === undefined) return undefined
      const report = failureReport(run.failure)
      return { code: 'code' in report ? report.code : '', text: renderReport(report) }
    }
    case 'deadlock': {
      if (run.deadlock === undefined) return undefined
      const report = deadlockReport(run.deadlock)
      return { code: report.code, text: renderReport(report) }
    }
    case 'within':
      return { code: TOO_LATE, text: `error[${TOO_LATE}]: not done within ${duration(limits.within)} of program time\n${waits(run)}` }
    case 'steps':
      return { code: '', text: `stopped after ${duration(limits.timeout)} of real time\n${waits(run)}` }
  }
}

/** Who waits for whom in a test that was stopped. */
function waits({ kernels }: Outcome): string {
  const title = 'its processes were here'
  const processes = kernels.flatMap((kernel) => waitGraphReport(kernel, title).processes)
  if (processes.length === 0) return 'it had ended by then\n'
  return renderReport({ kind: 'waits', title, processes })
}
