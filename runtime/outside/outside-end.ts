/** How a run ends whose channels are held outside, and what those who hold them are told. */
import type { DeadlockReport, FaultReport, InternalReport, LossReport } from '../report/report.ts'
import type { Finish } from './ends.ts'

/** How a run has ended. */
export type OutsideEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'stopped'; readonly reason?: Error }
  | { readonly kind: 'report'; readonly report: FaultReport | InternalReport | DeadlockReport | LossReport }
  /** What it ran on has failed. */
  | { readonly kind: 'failed'; readonly error: Error }

/** Who hears of the end of a run. */
export interface EndListener {
  /** Nothing of the program runs any more. @returns what those are told who still wait at its ends */
  over(end: OutsideEnd): Finish
  /** Nothing is left of what was started for it. Called once, after `over`. */
  settled(): void
}
