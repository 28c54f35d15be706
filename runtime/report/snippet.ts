/** Places with their line of the text and what is to be said of them. */
import type { SourcePosition } from '../kernel/inspect/inspect.ts'
import type { ReportColours } from './colours.ts'

/** Something to be said of a place. */
export interface Mark {
  readonly place: SourcePosition
  /** May be empty. */
  readonly text: string
  /** Where it went wrong; else a place that explains. */
  readonly primary: boolean
}

export interface SnippetContext {
  readonly colours: ReportColours
  readonly readSource: (file: string) => string | undefined
}

/** @returns how many columns the line numbers take */
export function digits(marks: readonly Mark[]): number {
  return marks.reduce((most, { place }) => Math.max(most, String(place.line).length), 1)
}

/**
 * @param marks in the order of importance; those of one file are shown together, by line
 * @returns lines; each group of one file begins with ` --> file:line:column` of its most important place
 */
export function snippets(marks: readonly Mark[], context: SnippetContext): string[] {
  const files = [...new Set(marks.map(({ place }) => place.file))]
  const width = digits(marks)
  return files.flatMap((file) => {
    const own = marks.filter(({ place }) => place.file === file)
    return fileSnippet(file, own, width, context)
  })
}

function fileSnippet(file: string, marks: readonly Mark[], width: number, { colours, readSource }: SnippetContext): string[] {
  const { blue } = colours
  const [first] = marks
  if (first === undefined) return []
  const source = readSource(file)?.split('\n')
  const gutter = ' '.repeat(width)
  const result = [`${gutter} ${blue('-->')} ${file}:${first.place.line}:${first.place.column}`, ` ${gutter}${blue(' |')}`]
  let previous = 0
  let from = 0
  for (const mark of [...marks].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)) {
    const { line, text } = mark.place
    const shown = source?.[line - 1]?.replace(/\r$/, '').replace(/\t/g, ' ')
    // a text that is not there, or not that text any more, is replaced by what the compiler noted of the place
    const fits = shown !== undefined && shown.length >= mark.place.column
    const column = fits ? startOf(shown, text, mark.place.column) : mark.place.column
    if (line !== previous) {
      if (previous > 0 && line > previous + 1) result.push(` ${gutter}${blue('...')}`)
      from = column < WIDEST - 30 ? 0 : column - 31
      result.push(` ${blue(`${String(line).padStart(width)} |`)} ${cut(fits ? shown : `${' '.repeat(column - 1)}${text}`, from)}`)
    }
    previous = line
    const start = Math.max(0, Math.min(column - 1 - from, WIDEST))
    const length = Math.min(fits ? commonLength(shown.slice(column - 1), text) : text.length, WIDEST - start)
    const underline = (mark.primary ? '^' : '-').repeat(Math.max(1, length))
    const colour = mark.primary ? colours.red : colours.blue
    result.push(` ${gutter}${blue(' |')} ${' '.repeat(start)}${colour(mark.text === '' ? underline : `${underline} ${mark.text}`)}`)
  }
  result.push(` ${gutter}${blue(' |')}`)
  return result
}

/** Columns that a line may take: of a longer one the part around its first mark is shown. */
const WIDEST = 120

/** @returns what is shown of a line from the 0-based column `from` on */
function cut(line: string, from: number): string {
  const to = from + WIDEST
  const text = line.length > to ? `${line.slice(from, to - 3)}...` : line.slice(from)
  return from > 0 ? `...${text.slice(3)}` : text
}

/** @returns where the construct begins: a place may be that of a part of it, such as the value of an output */
function startOf(line: string, text: string, column: number): number {
  const at = line.lastIndexOf(text, column - 1)
  return text !== '' && at >= 0 && at + text.length >= column ? at + 1 : column
}

/** @returns how much of the construct stands in the line: all of it, or what comes before it was shortened or the line ends */
function commonLength(line: string, text: string): number {
  let n = 0
  while (n < text.length && n < line.length && text[n] === line[n]) n++
  return text.slice(0, n).trimEnd().length
}
