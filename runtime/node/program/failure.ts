/** Reports of what stopped a program on a node. */
import { callStack, describe, pathOf } from '../../kernel/inspect/inspect.ts'
import type { Failure } from '../../kernel/scheduler/kernel.ts'
import { failureReport } from '../../report/fault.ts'
import type { FaultReport, InternalReport } from '../../report/report.ts'
import { NodeError } from '../node-error.ts'

/** @returns the report of what stopped a kernel; what the cluster refused a program counts as a fault of the program */
export function failureOf(failure: Failure): FaultReport | InternalReport {
  const { error, process } = failure
  if (!(error instanceof NodeError)) return failureReport(failure)
  return {
    kind: 'fault',
    code: error.code,
    title: error.message,
    place: describe(process).place,
    values: [],
    process: pathOf(process),
    stack: callStack(process).map(({ machine, place }) => ({ routine: machine, place })),
    help: error.help === '' ? [] : [error.help],
  }
}
