/** Which PROC is the program, and what its parameters are connected to. */
import type { Reporting } from '../diagnostics/catalogue.ts'
import type { MainParameter, ProcSymbol, VariableSymbol } from '../semantics.ts'
import { describeFormal } from './formals.ts'
import { directionOf } from './directions.ts'
import type { Resolved } from './resolve.ts'
import { nearest } from './spelling.ts'
import { describeProtocol } from './type-model.ts'

export interface Main {
  readonly symbol: ProcSymbol
  /** What each parameter is connected to. */
  readonly parameters: readonly MainParameter[]
}

const NAMES: ReadonlyMap<string, MainParameter> = new Map([
  ['key', 'keyboard'],
  ['kyb', 'keyboard'],
  ['keyboard', 'keyboard'],
  ['in', 'keyboard'],
  ['kbd', 'keyboard'],
  ['stdin', 'keyboard'],
  ['scr', 'screen'],
  ['screen', 'screen'],
  ['out', 'screen'],
  ['stdout', 'screen'],
  ['err', 'error'],
  ['error', 'error'],
  ['stderr', 'error'],
])

/**
 * The last PROC of the file, or the one asked for. A module (`.module`, `.inc`) has no main process of its own accord, and a file with
 * tests only has one if its last PROC can be one.
 */
export function selectMain(resolved: Resolved, wanted: string | undefined, report: Reporting): Main | undefined {
  const { program, topLevel, tests } = resolved
  const procs = topLevel.filter((symbol) => symbol.kind === 'proc' && symbol.declaration?.implements === undefined) as ProcSymbol[] // of this kind
  const connected = procs.find((proc) => proc.declaration !== undefined && proc.declaration === program.connected)
  if (connected !== undefined) return connect(connected, () => undefined)
  if (wanted !== undefined) {
    const symbol = procs.findLast((proc) => proc.name === wanted)
    if (symbol !== undefined) return connect(symbol, report)
    const names = procs.filter((proc) => proc.declaredAt?.file === program.span.file).map((proc) => proc.name)
    report('E0306', { ...program.span, end: program.span.start }, { name: wanted, suggestion: nearest(wanted, names), procs: names })
    return undefined
  }
  if (/\.(module|inc)$/.test(program.span.file.path)) return undefined
  const symbol = procs.findLast((proc) => proc.declaredAt?.file === program.span.file)
  if (symbol === undefined) return undefined
  const main = procs.findLast((proc) => proc.name === 'main' && proc.declaredAt?.file === program.span.file)
  if (main?.declaredAt !== undefined && main !== symbol && symbol.declaredAt !== undefined && tests.length === 0 && !resolved.broken)
    report('W0303', symbol.declaredAt, { name: symbol.name }, [{ span: main.declaredAt, text: 'this one is not run' }])
  return connect(symbol, tests.length > 0 || resolved.broken ? () => undefined : report)
}

function connect(symbol: ProcSymbol, report: Reporting): Main | undefined {
  const parameters: (MainParameter | undefined)[] = symbol.formals.map((formal) =>
    isCharacterChannel(formal) ? serviceOf(formal) : undefined,
  )
  const taken = new Set(parameters)
  let good = true
  if (symbol.formals.some(isPoisoned)) return undefined
  const loose: VariableSymbol[] = []
  for (const [i, formal] of symbol.formals.entries()) {
    if (!isCharacterChannel(formal)) {
      loose.push(formal)
      continue
    }
    if (parameters[i] !== undefined) continue
    const direction = directionOf(formal)
    const byPosition = (['keyboard', 'screen', 'error'] as const).find(
      (service) => !taken.has(service) && (direction === undefined || (service === 'keyboard') === (direction === '?')),
    )
    if (byPosition === undefined) {
      loose.push(formal)
    } else {
      parameters[i] = byPosition
      taken.add(byPosition)
    }
  }
  const [first, ...others] = loose
  if (first !== undefined) {
    const labels = others.map((formal) => ({ span: formal.declaredAt ?? emptySpan(symbol), text: 'nor this' }))
    report('E0307', first.declaredAt ?? emptySpan(symbol), { name: symbol.name, parameters: loose.map(describeFormal) }, labels)
    good = false
  }
  for (const [i, service] of parameters.entries()) {
    const first = parameters.indexOf(service)
    const [a, b] = [symbol.formals[first], symbol.formals[i]]
    if (service === undefined || first === i || a === undefined || b === undefined) continue
    report(
      'E0308',
      b.declaredAt ?? emptySpan(symbol),
      { first: a.name, second: b.name, service },
      a.declaredAt === undefined ? [] : [{ span: a.declaredAt, text: `this is the ${service}` }],
    )
    good = false
  }
  return good ? { symbol, parameters: parameters.filter((service) => service !== undefined) } : undefined
}

/** What the name of a parameter says, unless its direction says otherwise. */
function serviceOf(formal: VariableSymbol): MainParameter | undefined {
  const service = NAMES.get(formal.name.toLowerCase())
  const direction = directionOf(formal)
  return service !== undefined && direction !== undefined && (service === 'keyboard') !== (direction === '?') ? undefined : service
}

/** What is wrong with it has been told. */
const isPoisoned = ({ type }: VariableSymbol): boolean =>
  type.kind === 'poison' || (type.kind === 'channel' && type.protocol.kind === 'poison')

function isCharacterChannel({ type }: VariableSymbol): boolean {
  return type.kind === 'channel' && (type.protocol.kind === 'any' || describeProtocol(type.protocol) === 'BYTE')
}

const emptySpan = (symbol: ProcSymbol) => symbol.declaration?.name.span ?? { file: { path: '', text: '' }, start: 0, end: 0 }
