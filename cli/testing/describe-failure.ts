/** What is to be said of a run that did not end well, without colours: reporters indent it and machines read it. */
import type { Outcome } from '../../runtime/kernel/testing/chaos.ts'
import type { Report, WaitingProcess } from '../../runtime/report/report.ts'
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
      return tellReport(failureReport(run.failure))
    }
    case 'deadlock': {
      if (run.deadlock === undefined) return undefined
      return tellReport(deadlockReport(run.deadlock))
    }
    case 'within':
      return tellLate(limits, waiting(run))
    case 'steps':
      return tellStopped(limits, waiting(run))
  }
}

/** What a report comes to. */
export function tellReport(report: Report): Told {
  return { code: 'code' in report ? report.code : '', text: renderReport(report) }
}

/** A test took more program time than its WITHIN allows. @param processes where they were then */
export function tellLate({ within }: Limits, processes: readonly WaitingProcess[]): Told {
  return { code: TOO_LATE, text: `error[${TOO_LATE}]: not done within ${duration(within)} of program time\n${waits(processes)}` }
}

/** A test took more real time than any may. @param processes where they were then */
export function tellStopped({ timeout }: Limits, processes: readonly WaitingProcess[]): Told {
  return { code: '', text: `stopped after ${duration(timeout)} of real time\n${waits(processes)}` }
}

/** Says of a list of processes what it is. */
const TITLE = 'its processes were here'

function waiting({ kernels }: Outcome): readonly WaitingProcess[] {
  return kernels.flatMap((kernel) => waitGraphReport(kernel, TITLE).processes)
}

/** Who waits for whom in a test that was stopped. */
function waits(processes: readonly WaitingProcess[]): string {
  if (processes.length === 0) return 'it ended, but too late\n'
  return renderReport({ kind: 'waits', title: TITLE, processes })
}
