/** From what stopped the kernel to a report in the program's own terms. */
import { Fault } from '../kernel/fault.ts'
import type { FaultCode } from '../kernel/fault.ts'
import { callStack, pathOf } from '../kernel/inspect.ts'
import type { Place } from '../kernel/inspect.ts'
import type { Failure } from '../kernel/kernel.ts'
import type { Process } from '../kernel/process.ts'
import type { UnitDebug } from '../kernel/unit.ts'
import type { Call, FaultReport, InternalReport, NamedValue } from './report.ts'
import { spellValue } from './value.ts'

const help: Readonly<Partial<Record<FaultCode, string>>> = {
  R0101: 'STOP never goes on; where that is meant to be a choice, guard it',
  R0103: 'end the IF with a choice `TRUE` if doing nothing is right',
  R0104: 'end the CASE with `ELSE` if doing nothing is right',
  R0105: 'an ALT needs a guard that is not switched off by its condition',
  R0201: 'use a wider type, or PLUS, MINUS, TIMES where wrapping is meant',
  R0203: 'an array of SIZE n has the elements 0 to n - 1',
  R0204: '[a FROM i FOR n] needs i >= 0, n >= 0 and i + n <= SIZE a',
  R0205: 'shift by 0 up to the number of bits of the type',
  R0207: 'assign and communicate arrays of one and the same size; take a slice of the longer one',
  R0210: 'the buffer must hold the longest message that may come',
}

/**
 * @param failure what `kernel.failure` says, while the kernel stands still
 * @returns a fault of the program, or of ours when no Fault was thrown
 */
export function failureReport(failure: Failure): FaultReport | InternalReport {
  const { error, process } = failure
  if (error instanceof Fault) return faultReport(error, process)
  const title = error instanceof Error ? error.message : String(error)
  const trace = error instanceof Error ? (error.stack ?? title) : title
  return { kind: 'internal', title, process: pathOf(process), stack: calls(process), trace }
}

function faultReport(fault: Fault, process: Process): FaultReport {
  const place = sitePlace(fault.unit.debug, fault.site)
  const stack = calls(process)
  const [innermost, ...outer] = stack
  const advice = help[fault.code]
  return {
    kind: 'fault',
    code: fault.code,
    title: fault.message,
    place: place ?? innermost?.place,
    values: namedValues(fault, place?.text ?? ''),
    process: pathOf(process),
    // the innermost routine stands at the fault; its resume point is older
    stack: innermost === undefined ? [] : [{ routine: innermost.routine, place: place ?? innermost.place }, ...outer],
    help: advice === undefined ? [] : [advice],
  }
}

/**
 * @param text of the construct: what a check calls `index` and `size` has names there
 * @returns the values; not those whose name says it all, such as `45 = 45`
 */
function namedValues({ code, values }: Fault, text: string): NamedValue[] {
  const [, array, index] = (code === 'R0203' && /^(.+)\[([^[\]]+)\]$/.exec(text)) || []
  const names: Readonly<Record<string, string>> = array === undefined || index === undefined ? {} : { index, size: `SIZE ${array}` }
  return values
    .map(([name, value]) => ({ name: names[name] ?? name, value: spellValue(value) }))
    .filter(({ name, value }) => name !== value)
}

function calls(process: Process): Call[] {
  return callStack(process).map(({ machine, place }) => ({ routine: machine, place }))
}

/** @returns where fault site `site` of a unit is in the text */
export function sitePlace(debug: UnitDebug | undefined, site: number): Place | undefined {
  const entry = debug?.sites[site]
  if (debug === undefined || entry === undefined) return undefined
  const [file, line, column, text] = entry
  return { file: debug.files[file] ?? '?', line, column, text }
}
