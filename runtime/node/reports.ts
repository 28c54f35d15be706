/** Reports about a program on several nodes, put together from what each of them says. */
import { callStack, describe, pathOf } from '../kernel/inspect.ts'
import type { Failure, Kernel } from '../kernel/kernel.ts'
import { failureReport } from '../report/fault.ts'
import type { DeadlockReport, FaultReport, InternalReport } from '../report/report.ts'
import { deadlockReport } from '../report/waiting.ts'
import { NodeError } from './node-error.ts'

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

/** @returns what one node contributes to the report of a deadlock */
export function waitsOf(kernel: Kernel): DeadlockReport {
  return deadlockReport(kernel)
}

/** @returns one report from those of all nodes */
export function mergeDeadlocks(parts: readonly DeadlockReport[]): DeadlockReport {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const waiting = parts.flatMap((part) => part.processes)
  const worth = waiting.filter((w) => w.state !== 'join')
  const processes = worth.length > 0 ? worth : waiting
  const n = processes.length
  return {
    kind: 'deadlock',
    code: 'R0301',
    title: n === 1 ? 'deadlock: the program waits for what can never happen' : `deadlock: ${n} processes wait for what can never happen`,
    processes,
    cycle: parts.find((part) => part.cycle.length > 0)?.cycle ?? [],
    help: [...new Set(parts.flatMap((part) => part.help))],
  }
}
