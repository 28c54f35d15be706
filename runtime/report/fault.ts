/** From what stopped the kernel to a report in the program's own terms. */
import { Fault } from '../kernel/scheduler/fault.ts'
import type { FaultCode } from '../kernel/scheduler/fault.ts'
import { callStack, depthOf, describe, MOST_LEVELS, pathOf } from '../kernel/inspect/inspect.ts'
import type { SourcePosition } from '../kernel/inspect/inspect.ts'
import type { Failure } from '../kernel/scheduler/kernel.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import type { UnitDebug } from '../kernel/scheduler/unit-debug.ts'
import type { Call, FaultReport, InternalReport, NamedValue, OtherProcess } from './report.ts'
import { spellValue } from './value.ts'

const help: Readonly<Partial<Record<FaultCode, string>>> = {
  R0101: 'STOP never goes on; where that is meant to be a choice, guard it',
  R0103: 'end the IF with a choice `TRUE` if doing nothing is right',
  R0104: 'add the value to an option, or end the CASE with `ELSE` for all others',
  R0105: 'an ALT needs a guard that is not switched off by its condition',
  R0109: 'give each process a channel of its own and take from them by an ALT; #PRAGMA SHARED switches off only the check',
  R0110: 'look for a recursion or a replication that does not end; NODE_OPTIONS=--max-old-space-size=MEGABYTES gives a run more memory',
  R0111: 'see what whoever provides the service says; a service that may fail gives that as a result',
  R0201: 'use a wider type, or PLUS, MINUS, TIMES where wrapping is meant',
  R0203: 'an array of SIZE n has the elements 0 to n - 1',
  R0204: '[a FROM i FOR n] needs i >= 0, n >= 0 and i + n <= SIZE a',
  R0205: 'shift by 0 up to the number of bits of the type',
  R0207: 'assign and communicate arrays of one and the same size; take a slice of the longer one',
  R0210: 'the buffer must hold the longest message that may come',
  R0211: 'make the array smaller, or divide it among processes',
  R0212: 'it was not given anything, or was moved away: DEFINED asks',
  R0213: 'what is held as MOBILE.CHAN goes back to a variable of the very type that it came from',
  R0214: 'use two variables; where both may be one, `#PRAGMA PERMITALIASES` permits it',
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
  const place = sitePlace(fault.unit?.debug, fault.site)
  const stack = calls(process)
  const [innermost, ...outer] = stack
  const message = unwanted(fault, place?.text ?? '') ?? twice(fault)
  const advice = message?.help ?? help[fault.code]
  return {
    kind: 'fault',
    code: fault.code,
    title: message?.title ?? fault.message,
    place: place ?? innermost?.place,
    values: namedValues(fault, place?.text ?? ''),
    process: pathOf(process),
    // the innermost routine stands at the fault; its resume point is older
    stack: innermost === undefined ? [] : [{ routine: innermost.routine, place: place ?? innermost.place }, ...outer],
    ...(stack.length === MOST_LEVELS ? { depth: depthOf(process) } : {}),
    ...(fault.others.length > 0 ? { others: fault.others.map(otherProcess) } : {}),
    help: advice === undefined ? [] : [advice],
  }
}

/** @returns what to say of a message whose tag the input at its place does not take; nothing for another fault */
function unwanted({ code, values }: Fault, text: string): { readonly title: string; readonly help: string } | undefined {
  const channel = /^(.+?) *\?/.exec(text)?.[1]
  const [tag] = values
  if (code !== 'R0104' || text.startsWith('CASE ') || channel === undefined || tag === undefined) return undefined
  const word = spellValue(tag[1])
  return {
    title: `a message with the tag \`${word}\` came on \`${channel}\`, and the input has no variant for it`,
    help: `write \`${channel} ? CASE\` with a variant for \`${word}\`, with SKIP under it where nothing is to be done`,
  }
}

/** @returns what to say of two names for one variable; nothing for another fault */
function twice({ code, values }: Fault): { readonly title: string; readonly help?: string } | undefined {
  const [first, second] = values
  if (code !== 'R0214' || first === undefined || second === undefined) return undefined
  const are = first[1] === 1 && second[1] === 1 ? 'are the same variable' : 'overlap'
  return { title: `\`${first[0]}\` and \`${second[0]}\` ${are}` }
}

function otherProcess(process: Process): OtherProcess {
  const { path, words, place } = describe(process)
  return { path, words, place }
}

/** @returns the values, under the names they have in the text; not those whose name says it all, such as `45 = 45` */
function namedValues({ code, values }: Fault, text: string): NamedValue[] {
  const names = namesIn(code, text)
  const all = code === 'R0202' ? [...values, ['right', 0] as const] : code === 'R0214' ? values.slice(2) : values
  const told = all
    .map(([name, value]) => ({ name: names[name] ?? name, value: spellValue(value) }))
    .filter(({ name, value }) => name !== value)
  // `a[SIZE a]`: one name, one value
  return told.filter(({ name, value }, i) => told.findIndex((other) => other.name === name && other.value === value) === i)
}

/** @returns what the text calls the values that a check knows by their role */
function namesIn(code: FaultCode, text: string): Readonly<Record<string, string>> {
  const element = code === 'R0203' ? /^(.+)\[([^[\]]+)\]$/.exec(text) : null
  if (element !== null) return { index: element[2] ?? '', size: `SIZE ${element[1] ?? ''}` }
  const converted = code === 'R0206' ? /^(?:[\w.]+) (?:(?:ROUND|TRUNC) )?(.+)$/.exec(text)?.[1] : undefined
  if (converted !== undefined) return { value: unbracketed(converted) }
  const [left, right] = operands(text)
  return left === undefined || right === undefined ? {} : { left, right, places: right }
}

/** @returns `i + 1` for `(i + 1)` */
const unbracketed = (text: string): string => (/^\([^()]*\)$/.test(text) ? text.slice(1, -1) : text)

/** @returns the two sides of an expression of two operands, as `(a * 2) + b` is one; nothing otherwise */
function operands(text: string): readonly [string?, string?] {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c === '(' || c === '[') depth++
    else if (c === ')' || c === ']') depth--
    const operator = depth === 0 ? /^ ([-+*/\\]|REM|<<|>>) /.exec(text.slice(i)) : null
    if (operator !== null) return [text.slice(0, i), text.slice(i + operator[0].length)]
  }
  return []
}

function calls(process: Process): Call[] {
  return callStack(process).map(({ machine, place }) => ({ routine: machine, place }))
}

/** @returns where fault site `site` of a unit is in the text */
function sitePlace(debug: UnitDebug | undefined, site: number): SourcePosition | undefined {
  const entry = debug?.sites[site]
  if (debug === undefined || entry === undefined) return undefined
  const [file, line, column, text] = entry
  return { file: debug.files[file] ?? '?', line, column, text }
}
