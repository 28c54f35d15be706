/**
 * How a diagnostic looks: a title with its code, an excerpt of the text with the labelled places underlined, next steps.
 *
 *     error[E0601]: `total` is written by two branches of the same PAR
 *       --> samples/sum.csp:9:5
 *        |
 *      6 |   PAR
 *        |   --- these branches run at the same time
 *      9 |     total := total + b
 *        |     ^^^^^ written again here
 *        |
 *        = help: give each branch its own variable and add them after the PAR
 *        = explain: godwit explain E0601
 *
 * `^^^` marks where it is wrong, `---` what explains it. A place of several lines is marked on its first and last one.
 */
import { readable } from '../../grammar/bytes.ts'
import type { Diagnostic, Label } from '../../grammar/diagnostic.ts'
import { lineColumn, type SourceFile } from '../../grammar/source.ts'

type Paint = (text: string) => string

/** Colours, so that nothing here knows about terminals. Each function may add marks around the text but nothing visible. */
export interface Colours {
  readonly error: Paint
  readonly warning: Paint
  readonly title: Paint
  /** Line numbers, gutter, `=`. */
  readonly gutter: Paint
  readonly secondary: Paint
}

const same: Paint = (text) => text

/** No colours at all. */
export const PLAIN: Colours = { error: same, warning: same, title: same, gutter: same, secondary: same }

export interface RenderOptions {
  readonly colours?: Colours
  /** Columns an excerpt may take; longer lines are cut to the part around the marks. */
  readonly width?: number
}

/** One underlined stretch of one line. Columns are 0-based and count displayed characters. */
interface Mark {
  readonly from: number
  readonly to: number
  readonly text: string
  readonly primary: boolean
}

/** One shown line: its number, its text as displayed, the marks under it. */
interface Shown {
  readonly number: number
  readonly text: string
  readonly marks: Mark[]
}

const TAB = 8

/** @returns the diagnostic as text, without a line end after its last line. */
export function render(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const colours = options.colours ?? PLAIN
  const width = options.width ?? 140
  const paint = diagnostic.severity === 'error' ? colours.error : colours.warning
  const { file } = diagnostic.primary.span
  const groups = groupByFile(diagnostic)
  const digits = groups.flatMap(([, shown]) => shown).reduce((most, line) => Math.max(most, String(line.number).length), 1)
  const margin = ' '.repeat(digits + 2)
  const bar = `${margin}${colours.gutter('|')}`
  const { line, column } = lineColumn(file, diagnostic.primary.span.start)
  const lines = [`${paint(`${diagnostic.severity}[${diagnostic.code}]`)}${colours.title(`: ${diagnostic.title}`)}`]
  for (const [source, shown] of groups) {
    const first = shown[0]
    const place = source === file ? `${line}:${column}` : String(first?.number ?? 1)
    lines.push(`${' '.repeat(digits + 1)}${colours.gutter(source === file ? '-->' : ':::')} ${source.path}:${place}`)
    if (source.text === '') continue
    lines.push(bar)
    for (const [i, each] of shown.entries()) {
      const above = shown[i - 1]
      if (
        above !== undefined &&
        each.number > above.number + 1 &&
        above.marks.length > 0 &&
        above.marks.every((mark) => mark.text === '' && mark.to === mark.from)
      )
        lines.push(bar)
      const window = windowOf(each, width - digits - 4)
      const text = cut(each.text, window)
      lines.push(`${colours.gutter(` ${String(each.number).padStart(digits)} |`)}${text === '' ? '' : ` ${text}`}`)
      for (const marks of rows(each.marks)) lines.push(`${bar} ${underline(marks, window, paint, colours)}`)
    }
    lines.push(bar)
  }
  for (const help of diagnostic.help) lines.push(`${margin}${colours.gutter('=')} help: ${help}`)
  lines.push(`${margin}${colours.gutter('=')} explain: godwit explain ${diagnostic.code}`)
  return lines.join('\n')
}

/** @returns all diagnostics in the order of their places, an empty line between them. */
export function renderAll(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  return diagnostics.map((diagnostic) => render(diagnostic, options)).join('\n\n')
}

/** A place of a diagnostic, and what is to be said of it. Lines and columns count from 1. */
export interface JsonLabel {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly text: string
}

/** A diagnostic as plain data. */
export interface JsonDiagnostic {
  readonly code: string
  readonly severity: Diagnostic['severity']
  readonly title: string
  readonly primary: JsonLabel
  readonly secondary: readonly JsonLabel[]
  readonly help: Diagnostic['help']
}

/** @returns the diagnostic as plain data with lines and columns, for machines. */
export function toJson(diagnostic: Diagnostic): JsonDiagnostic {
  const place = ({ span, text }: Label): JsonLabel => {
    const [start, end] = [lineColumn(span.file, span.start), lineColumn(span.file, span.end)]
    return { file: span.file.path, line: start.line, column: start.column, endLine: end.line, endColumn: end.column, text }
  }
  const { code, severity, title, help } = diagnostic
  return { code, severity, title, primary: place(diagnostic.primary), secondary: diagnostic.secondary.map(place), help }
}

/** @returns the diagnostics by file and place. Included files come where their first diagnostic stands. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const files: SourceFile[] = []
  for (const { primary } of diagnostics) if (!files.includes(primary.span.file)) files.push(primary.span.file)
  return [...diagnostics].sort(
    (a, b) => files.indexOf(a.primary.span.file) - files.indexOf(b.primary.span.file) || a.primary.span.start - b.primary.span.start,
  )
}

// ---------------------------------------------------------------------------------------------- lines

/** The lines to show, the file of the primary place first. */
function groupByFile(diagnostic: Diagnostic): [SourceFile, Shown[]][] {
  const groups = new Map<SourceFile, Map<number, Shown>>()
  const add = (label: Label, primary: boolean): void => {
    const { file, start } = label.span
    let shown = groups.get(file)
    if (shown === undefined) groups.set(file, (shown = new Map<number, Shown>()))
    const end = trimmedEnd(label)
    const first = lineColumn(file, start).line
    const last = lineColumn(file, Math.max(start, end - 1)).line
    if (first === last) mark(shown, file, first, start, end, label.text, primary)
    else {
      mark(shown, file, first, start, Number.MAX_SAFE_INTEGER, '', primary)
      mark(shown, file, last, 0, end, label.text, primary)
    }
  }
  add(diagnostic.primary, true)
  for (const label of diagnostic.secondary) add(label, false)
  return [...groups].map(([file, shown]) => [file, [...shown.values()].sort((a, b) => a.number - b.number)])
}

/** Where a span ends when the white space at its end is left out. */
function trimmedEnd({ span }: Label): number {
  let end = span.end
  while (end > span.start + 1 && /\s/.test(span.file.text[end - 1] ?? '')) end--
  return end
}

function mark(
  shown: Map<number, Shown>,
  file: SourceFile,
  number: number,
  start: number,
  end: number,
  text: string,
  primary: boolean,
): void {
  const [lineStart, lineEnd] = lineBounds(file, number)
  const raw = file.text.slice(lineStart, lineEnd)
  let line = shown.get(number)
  if (line === undefined) shown.set(number, (line = { number, text: display(raw), marks: [] }))
  const indent = raw.length - raw.trimStart().length
  const from = column(raw, Math.max(start - lineStart, start < lineStart ? indent : 0))
  const to = Math.max(from + 1, column(raw, Math.min(end, lineEnd) - lineStart))
  const mark = { from, to, text, primary }
  if (!line.marks.some((other) => other.from === from && other.to === to && other.text === text)) line.marks.push(mark)
}

function lineBounds(file: SourceFile, number: number): [number, number] {
  let start = 0
  let low = 0
  let high = file.text.length
  // the start of line `number`: the smallest offset that lies in it
  while (low <= high) {
    const middle = (low + high) >> 1
    if (lineColumn(file, middle).line < number) low = middle + 1
    else {
      start = middle
      high = middle - 1
    }
  }
  const newline = file.text.indexOf('\n', start)
  let end = newline < 0 ? file.text.length : newline
  if (file.text[end - 1] === '\r' && end > start) end--
  return [start, end]
}

/** A line as it is shown: tabs as spaces, control characters as a replacement. */
function display(raw: string): string {
  let text = ''
  for (const character of readable(raw)) {
    if (character === '\t') text += ' '.repeat(TAB - (text.length % TAB))
    else text += character < ' ' || (character >= '\x7f' && character < '\xa0') ? '\ufffd' : character
  }
  return text
}

/** The displayed column of the offset `at` in the line `raw`. */
function column(raw: string, at: number): number {
  return display(raw.slice(0, at)).length
}

// ---------------------------------------------------------------------------------------------- marks

interface Window {
  readonly from: number
  readonly to: number
}

/** The part of a long line to show: what is marked, with some text before it. */
function windowOf({ text, marks }: Shown, width: number): Window {
  if (text.length <= width) return { from: 0, to: text.length }
  const primary = marks.find((each) => each.primary) ?? marks[0]
  const centre = primary === undefined ? 0 : primary.from
  const from = centre < width - 30 ? 0 : centre - 30
  return { from, to: Math.min(text.length, from + width) }
}

function cut(text: string, { from, to }: Window): string {
  if (from === 0 && to === text.length) return text
  return `${from > 0 ? '...' : ''}${text.slice(from > 0 ? from + 3 : 0, to < text.length ? to - 3 : to)}${to < text.length ? '...' : ''}`
}

/** Marks that do not fit beside each other go to rows of their own; the rightmost first, as its text stands beside it. */
function rows(marks: readonly Mark[]): Mark[][] {
  const result: Mark[][] = []
  for (const each of [...marks].sort((a, b) => b.from - a.from || Number(b.primary) - Number(a.primary))) {
    const row = result.find((others) => others.every((other) => each.to < other.from && each.text === ''))
    if (row === undefined) result.push([each])
    else row.push(each)
  }
  return result
}

function underline(marks: readonly Mark[], window: Window, paint: Paint, colours: Colours): string {
  let line = ''
  let visible = 0
  for (const { from, to, text, primary } of [...marks].sort((a, b) => a.from - b.from)) {
    const start = Math.max(0, from - window.from)
    const length = Math.max(1, Math.min(to, window.to) - window.from - start)
    const tint = primary ? paint : colours.secondary
    line += ' '.repeat(Math.max(0, start - visible)) + tint((primary ? '^' : '-').repeat(length) + (text === '' ? '' : ` ${text}`))
    visible = start + length + (text === '' ? 0 : text.length + 1)
  }
  return line
}
