/** Spans as people expect them marked. */
import type { Span } from '../../grammar/source.ts'

const OPEN = '(['
const CLOSE = ')]'

/**
 * @returns the span grown to the brackets that it cuts in two: `(a + b) * c` without its first bracket is marked whole. Brackets in strings
 * and comments are not told apart, so a span with quotes stays as it is.
 */
export function balanced(span: Span): Span {
  const { text } = span.file
  const inside = text.slice(span.start, span.end)
  if (!/[()[\]]/.test(inside) || /['"]/.test(inside)) return span
  let depth = 0
  let missing = 0
  for (const character of inside) {
    if (OPEN.includes(character)) depth++
    else if (CLOSE.includes(character)) {
      if (depth > 0) depth--
      else missing++
    }
  }
  let { start, end } = span
  for (let at = start - 1; missing > 0 && at >= 0 && /[\s([]/.test(text[at] ?? ''); at--) {
    if (!OPEN.includes(text[at] ?? ' ')) continue
    missing--
    start = at
  }
  for (let at = end; depth > 0 && at < text.length && /[\s)\]]/.test(text[at] ?? ''); at++) {
    if (!CLOSE.includes(text[at] ?? ' ')) continue
    depth--
    end = at + 1
  }
  return start === span.start && end === span.end ? span : { file: span.file, start, end }
}

/** @returns the first line of a construct: its keyword and what stands beside it. */
export function headOf(span: Span): Span {
  const line = /^[^\r\n]*/.exec(span.file.text.slice(span.start, span.end))?.[0] ?? ''
  const written = line.replace(/\s*(--.*)?$/, '')
  return { ...span, end: span.start + Math.max(1, written.length) }
}
