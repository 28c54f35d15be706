/** Formatting of a text and of some of its lines, and the indentation of a line that is being begun. */
import type { FormattingOptions, Range, TextEdit } from 'vscode-languageserver'
import type { SourceFile } from '../../grammar/source.ts'
import { format } from '../prettier-plugin/format.ts'

/** Lines of a text, each with its end. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** Lines from `start` up to `end` become others. */
interface Hunk {
  readonly start: number
  readonly end: number
  readonly lines: readonly string[]
}

/** So many lines that differ are still compared one by one. */
const MOST_COMPARED = 3000

/** @returns what differs between two lists of lines (the longest common subsequence of what lies between their common ends stays) */
function difference(before: readonly string[], after: readonly string[]): Hunk[] {
  const most = Math.min(before.length, after.length)
  let head = 0
  while (head < most && before[head] === after[head]) head++
  let tail = 0
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const a = before.slice(head, before.length - tail)
  const b = after.slice(head, after.length - tail)
  if (a.length === 0 && b.length === 0) return []
  if (a.length > MOST_COMPARED || b.length > MOST_COMPARED) return [{ start: head, end: head + a.length, lines: b }]
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0)
  const hunks: Hunk[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++
      j++
      continue
    }
    const [from, first] = [i, j]
    while ((i < a.length || j < b.length) && !(i < a.length && j < b.length && a[i] === b[j])) {
      const down = i < a.length ? (lengths[(i + 1) * width + j] ?? 0) : -1
      const right = j < b.length ? (lengths[i * width + j + 1] ?? 0) : -1
      if (down >= right) i++
      else j++
    }
    // Lines that became as many others are changed one by one.
    if (i - from === j - first)
      for (let k = from; k < i; k++)
        hunks.push({ start: head + k, end: head + k + 1, lines: b.slice(first + k - from, first + k - from + 1) })
    else hunks.push({ start: head + from, end: head + i, lines: b.slice(first, j) })
  }
  return hunks
}

/**
 * @param range the lines that may change; all without it
 * @returns the edits that format the text; none while it cannot be read, which the messages tell of
 */
export function formatting({ path, text }: SourceFile, range?: Range): TextEdit[] {
  const after = format(text, { path }).text
  if (after === undefined || after === text) return []
  const before = linesOf(text)
  const isWanted = ({ start, end }: Hunk): boolean =>
    range === undefined || (start <= range.end.line && (end > range.start.line || (start === end && start >= range.start.line)))
  return difference(before, linesOf(after))
    .filter(isWanted)
    .map(({ start, end, lines }) => ({
      range: { start: { line: start, character: 0 }, end: { line: end, character: 0 } },
      newText: lines.join(''),
    }))
}

/** A line under which something is indented. */
const OPENS =
  /^(?:(?:PRI |PLACED )?(?:SEQ|PAR|ALT|IF)\b(?!.*:=)|CASE\b|WHILE\b|VALOF\b|ELSE\b|FORKING\b|RECORD\b|(?:MOBILE |PACKED )*RECORD\b|TEST\b|CLAIM\b(?!.* [!?] )|RESIGN\b|(?:INLINE |REC |RECURSIVE |MOBILE )*PROC\b|PROTOCOL [\w.]+$|(?:DATA|CHAN) TYPE [\w.]+$|.*\bFUNCTION\b(?!.* IS ).*\)$|.*\? CASE$|.*& SKIP$)/

/**
 * @param line the line that a key was pressed on
 * @param key a new line, or the `:` that ends a declaration
 * @returns the indentation that the line should have
 */
export function typed({ text }: SourceFile, line: number, key: string, { tabSize }: FormattingOptions): TextEdit[] {
  const lines = text.split('\n')
  const now = lines[line] ?? ''
  const indent = /^[ \t]*/.exec(now)?.[0] ?? ''
  const wanted = key === ':' ? terminated(lines, line) : begun(lines, line, tabSize)
  if (wanted === undefined || wanted === indent.length) return []
  return [{ range: { start: { line, character: 0 }, end: { line, character: indent.length } }, newText: ' '.repeat(wanted) }]
}

function begun(lines: readonly string[], line: number, step: number): number | undefined {
  const before = lines[line - 1]
  if (before === undefined || before.trim() === '' || (lines[line] ?? '').trim() !== '') return undefined
  const code = before.replace(/--.*$/, '').trimEnd()
  const indent = code.length - code.trimStart().length
  return OPENS.test(code.trim()) && !code.endsWith(':') ? indent + step : before.length - before.trimStart().length
}

/** Where the declaration begins that a `:` alone on its line ends: the nearest heading to its left. */
function terminated(lines: readonly string[], line: number): number | undefined {
  const now = lines[line] ?? ''
  if (now.trim() !== ':') return undefined
  let limit = now.length
  for (let i = line - 1; i >= 0; i--) {
    const code = (lines[i] ?? '').replace(/--.*$/, '').trimEnd()
    const indent = code.length - code.trimStart().length
    if (code.trim() === '' || indent > limit) continue
    if (code.trim() === ':') return undefined // the one before has ended here: nothing is open
    if (
      /^(?:TEST "|PROTOCOL [\w.]+$|(?:DATA|CHAN) TYPE [\w.]+$|(?:\w+ )*PROC\b|.*\bFUNCTION\b(?!.* IS ))/.test(code.trim()) &&
      !code.endsWith(':')
    )
      return indent
    limit = indent
  }
  return undefined
}
