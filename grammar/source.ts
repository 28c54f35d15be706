/** A text the compiler has read, and places in it. */
import { readable } from './bytes.ts'

/** One source text. Positions are UTF-16 offsets into `text`. */
export interface SourceFile {
  /** The path as the user would name it (relative to the working directory where possible). */
  readonly path: string
  readonly text: string
}

/** A half-open range `[start, end)` of one source file. Spans of children nest in those of their parents. */
export interface Span {
  readonly file: SourceFile
  readonly start: number
  readonly end: number
}

/** A place for people: 1-based line and column. */
export interface LineColumn {
  readonly line: number
  readonly column: number
}

const lineStarts = new WeakMap<SourceFile, number[]>()

/** @returns the 1-based line and column of `offset` in `file`. Lines end at LF; a CR before it belongs to the line. */
export function lineColumn(file: SourceFile, offset: number): LineColumn {
  let starts = lineStarts.get(file)
  if (starts === undefined) {
    starts = [0]
    for (let i = file.text.indexOf('\n'); i >= 0; i = file.text.indexOf('\n', i + 1)) starts.push(i + 1)
    lineStarts.set(file, starts)
  }
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}

/** @returns the smallest span that covers `a` and `b`, which lie in the same file (else `a`). */
export function cover(a: Span, b: Span): Span {
  if (a.file !== b.file) return a
  return { file: a.file, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}

/** @returns the span without pairs of round brackets that enclose all of it */
export function withoutBrackets(span: Span): Span {
  const { file } = span
  let { start, end } = span
  while (file.text[start] === '(' && closing(file.text, start) === end - 1) {
    start++
    end--
    while (file.text[start] === ' ') start++
    while (file.text[end - 1] === ' ') end--
  }
  return { file, start, end }
}

/** @returns the offset of the bracket that closes the one at `open`; -1 where a line ends before, since a comment may stand there */
function closing(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    const c = text[i]
    if (c === '(') depth++
    else if (c === ')' && --depth === 0) return i
    else if (c === '"' || c === "'") {
      for (i++; i < text.length && text[i] !== c && text[i] !== '\n'; i++) if (text[i] === '*') i++
      if (text[i] !== c) return -1
    } else if (c === '\n') return -1
  }
  return -1
}

/** @returns the first line of what stands at `span`, at most 60 characters of it */
export function textOf(span: Span): string {
  const whole = readable(span.file.text.slice(span.start, span.end))
  const line = (whole.split('\n', 1)[0] ?? '').trim()
  return line.length > 60 ? `${line.slice(0, 57)}...` : line
}
