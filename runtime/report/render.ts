/**
 * Reports for people, in the style of the compiler's diagnostics: a title with a code, places with the line of the text and what is to be
 * said of them, then notes. Colours are given by the caller; nothing here knows of terminals.
 */
import { readFileSync } from 'node:fs'
import type { ChannelOrigin, SourcePosition } from '../kernel/inspect/inspect.ts'
import type {
  Call,
  DeadlockReport,
  FaultReport,
  InternalReport,
  LossReport,
  NamedValue,
  Report,
  WaitGraphReport,
  WaitingProcess,
} from './report.ts'
import type { ReportColours } from './colours.ts'
import { digits, snippets } from './snippet.ts'
import type { Mark } from './snippet.ts'

export interface RenderOptions {
  /** Absent: no colours. */
  readonly colours?: ReportColours
  /** @returns the text of a `.csp` file, or undefined; absent: reads the disk */
  readonly readSource?: (file: string) => string | undefined
  /** Processes of a deadlock, or of a loss, that are shown; 8 when absent. */
  readonly most?: number
}

const same: ReportColours['red'] = (text) => text
const PLAIN: ReportColours = { red: same, yellow: same, blue: same, bold: same, dim: same }

/** What rendering a report needs. */
interface Context {
  readonly colours: ReportColours
  readonly readSource: (file: string) => string | undefined
  readonly most: number
}

/** @returns the report as lines, ending with a newline */
export function renderReport(report: Report, { colours = PLAIN, readSource = readDisk, most = 8 }: RenderOptions = {}): string {
  const lines = render(report, { colours, readSource, most })
  return `${lines.join('\n')}\n`
}

function render(report: Report, context: Context): string[] {
  switch (report.kind) {
    case 'fault':
      return renderFault(report, context)
    case 'deadlock':
      return renderDeadlock(report, context)
    case 'waits':
      return renderWaits(report, context)
    case 'loss':
      return renderLoss(report, context)
    case 'internal':
      return renderInternal(report, context)
  }
}

function renderFault(report: FaultReport, context: Context): string[] {
  const { code, title, place, values, process, stack, depth = stack.length, others = [], last = [], help } = report
  const said = spellValues(values)
  const marks: Mark[] = place === undefined ? [] : [{ place, text: said, primary: true }]
  for (const other of others)
    if (other.place !== undefined) marks.push({ place: other.place, text: `${other.path} ${other.words}`, primary: false })
  const [innermost, ...callers] = stack
  return [
    head(context, code, title),
    ...snippets(marks, context),
    ...notes(context, marks, [
      ...(place === undefined && said !== '' ? [['values', said] as const] : []),
      ['process', process],
      ...(innermost === undefined || callers.length === 0 ? [] : [['routine', innermost.routine] as const]),
      ...callers.slice(0, context.most).map((call) => ['called by', spellCall(call)] as const),
      ...(depth - 1 > context.most ? [['called by', `${depth - 1 - context.most} more`] as const] : []),
      ...others.filter((other) => other.place === undefined).map(({ path, words }) => ['other', `${path} ${words}`] as const),
      ...last.map(
        ({ path, words, place }) =>
          ['before', `${path} ${words}${place === undefined ? '' : ` (line ${place.line}: ${place.text})`}`] as const,
      ),
      ...help.map((text) => ['help', text] as const),
      ['explain', `godwit explain ${code}`],
    ]),
  ]
}

function renderDeadlock(report: DeadlockReport, context: Context): string[] {
  const { code, title, processes, cycle, help } = report
  const groups = grouped(processes)
  const shown = groups.slice(0, context.most)
  const marks = shown.flatMap(({ place, said }): Mark[] => (place === undefined ? [] : [{ place, text: said, primary: true }]))
  const unplaced = shown.filter(({ place }) => place === undefined)
  const more = groups.slice(context.most).reduce((n, g) => n + g.count, 0)
  return [
    head(context, code, title),
    ...snippets(marks, context),
    ...notes(context, marks, [
      ...unplaced.map(({ said }) => ['waits', said] as const),
      ...(more > 0 ? [['more', `${more} more ${more === 1 ? 'process waits' : 'processes wait'}`] as const] : []),
      ...(cycle.length > 0 ? [['cycle', spellCycle(cycle)] as const] : []),
      ...help.map((text) => ['help', text] as const),
      ['explain', `godwit explain ${code}`],
    ]),
  ]
}

function renderWaits({ title, processes }: WaitGraphReport, { colours, most }: Context): string[] {
  const shown = processes.length > 4 * most ? processes.slice(0, 4 * most) : processes
  const width = shown.reduce((most, { path }) => Math.max(most, path.length), 0)
  const lines = shown.map((process) => {
    const { path, words, place, waitsFor } = process
    const where = place === undefined ? '' : colours.dim(` at ${spellPlace(place)}`)
    const whom = waitsFor.length === 0 ? '' : `, for ${list(waitsFor, 3)}`
    return `  ${colours.bold(path.padEnd(width))}  ${words}${spellOrigins([process])}${whom}${where}`
  })
  const rest = processes.length - shown.length
  return [title, ...lines, ...(rest > 0 ? [`  and ${rest} more`] : [])]
}

function renderLoss(report: LossReport, context: Context): string[] {
  const { code, title, processes, help } = report
  const rest = processes.length - context.most
  return [
    head(context, code, title),
    ...notes(
      context,
      [],
      [
        ...processes.slice(0, context.most).map(({ path, node, why }) => ['lost', `${path} (node ${node}): ${why}`] as const),
        ...(rest > 0 ? [['more', `${rest} more`] as const] : []),
        ...help.map((text) => ['help', text] as const),
        ['explain', `godwit explain ${code}`],
      ],
    ),
  ]
}

function renderInternal({ title, process, stack, trace }: InternalReport, context: Context): string[] {
  const [innermost] = stack
  const marks: Mark[] =
    innermost?.place === undefined ? [] : [{ place: innermost.place, text: 'the process was last seen here', primary: true }]
  return [
    `${context.colours.red('internal error')}: ${context.colours.bold(title)}`,
    ...snippets(marks, context),
    ...notes(context, marks, [
      ['process', process],
      ['help', 'this is a fault of godwit, not of the program: please report it with the lines below'],
    ]),
    context.colours.dim(trace),
  ]
}

// ---------------------------------------------------------------------------------------------- parts

function head({ colours }: Context, code: string, title: string): string {
  return `${colours.red(`error[${code}]`)}${colours.bold(`: ${title}`)}`
}

/** Notes `= name: text` under the places. */
function notes({ colours }: Context, marks: readonly Mark[], entries: readonly (readonly [name: string, text: string])[]): string[] {
  const margin = ' '.repeat(digits(marks) + 2)
  return entries.map(([name, text]) => `${margin}${colours.blue('=')} ${name}: ${text}`)
}

/** Processes that wait alike at one place, such as the branches of a replicated PAR. */
interface Group {
  readonly place: SourcePosition | undefined
  readonly said: string
  readonly count: number
}

function grouped(processes: readonly WaitingProcess[]): Group[] {
  const groups = new Map<string, WaitingProcess[]>()
  for (const process of processes) {
    const { place, words } = process
    const key = place === undefined ? words : `${place.file}:${place.line}:${place.column} ${words}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [process])
    else group.push(process)
  }
  return [...groups.values()].map((group) => {
    const [first] = group
    const paths = list(
      group.map(({ path }) => path),
      3,
    )
    const words = group.length === 1 ? first?.words : first?.words.replace(/^waits\b/, 'wait')
    return { place: first?.place, said: `${paths} ${words ?? ''}${spellOrigins(group)}`, count: group.length }
  })
}

/** ` (c[3] of main)`, ` (c in line 12)`: the channels at which processes wait, as they are called where they come from; nothing when nothing is known. */
function spellOrigins(waiting: readonly WaitingProcess[]): string {
  const origins = waiting.flatMap((process) => process.origins)
  const [first] = origins
  if (first === undefined) return ''
  const where = ({ routine, line }: ChannelOrigin): string => (line === undefined ? ` of ${routine}` : ` in line ${line}`)
  const alike = origins.every((origin) => where(origin) === where(first))
  const names = origins.map((origin) => (alike ? origin.name : `${origin.name}${where(origin)}`))
  return ` (${list([...new Set(names)], 3)}${alike && !first.here ? where(first) : ''})`
}

function spellValues(values: readonly NamedValue[]): string {
  return values.map(({ name, value }) => `${name} = ${value}`).join(', ')
}

function spellPlace({ file, line, column }: SourcePosition): string {
  return `${file}:${line}:${column}`
}

function spellCall({ routine, place }: Call): string {
  return place === undefined ? routine : `${routine} (${spellPlace(place)})`
}

/** A ring is named from its first process round to that one again. */
function spellCycle(cycle: readonly string[]): string {
  const most = 12
  const shown = cycle.length > most ? [...cycle.slice(0, most - 1), `(${cycle.length - most + 1} more)`] : cycle
  return [...shown, cycle[0] ?? ''].join(' -> ')
}

function list(items: readonly string[], most: number): string {
  if (items.length <= most) return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`
  return `${items.slice(0, most).join(', ')} and ${items.length - most} more`
}

function readDisk(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // the text may not be where the program runs
  }
}
