/**
 * The text of a module, as TypeScript and as JavaScript at once, with marks: which place of the `.csp` text each statement stands for.
 *
 * What only one of the two has is written between brackets of control characters, which no emitted text contains otherwise. So no compiler
 * has to be loaded to run a program; a test holds the JavaScript against what TypeScript makes of the TypeScript.
 */
import type { Span } from '../../grammar/source.ts'

/** `offset` in the text stands for the start of `span`. */
export interface SpanMark {
  readonly offset: number
  readonly span: Span
}

const TYPED = '\u0001'
const UNTYPED = '\u0002'
const END = '\u0003'

/** @returns `text` as a part of the TypeScript only */
export function typed(text: string): string {
  return `${TYPED}${text}${END}`
}

/** @returns `text` as a part of the JavaScript only */
export function untyped(text: string): string {
  return `${UNTYPED}${text}${END}`
}

/** @returns `text` without the characters that have a meaning here */
export function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}

export type Language = 'typescript' | 'javascript'

/**
 * @param lines whole lines with brackets
 * @param marks places in them
 * @returns what one of the two languages has of them; in JavaScript empty lines are left out
 */
export function rendered(lines: string, marks: readonly SpanMark[], language: Language): { text: string; marks: SpanMark[] } {
  const skipped = language === 'typescript' ? UNTYPED : TYPED
  const moved: SpanMark[] = []
  const parts: string[] = []
  let length = 0
  let next = 0
  let bracket = nextBracket(lines, 0)
  for (let start = 0, end = 0; start <= lines.length; start = end + 1) {
    const newline = lines.indexOf('\n', start)
    end = newline < 0 ? lines.length : newline
    const marksBefore = moved.length
    const isBracketed = bracket < end
    let out = ''
    let skipping = false
    for (let from = start; from <= end;) {
      const to = Math.min(bracket, end)
      for (let m = marks[next]; m !== undefined && m.offset <= to; m = marks[++next])
        moved.push({ offset: length + out.length + (skipping ? 0 : m.offset - from), span: m.span })
      if (!skipping) out += lines.slice(from, to)
      if (to < end) {
        const c = lines[to]
        skipping = c !== END && c === skipped
        bracket = nextBracket(lines, to + 1)
      }
      from = to + 1
    }
    // a line that is blank in both languages is kept in TypeScript
    if (out.trim() === '' && (language === 'javascript' || isBracketed)) {
      moved.length = marksBefore
      continue
    }
    parts.push(out, '\n')
    length += out.length + 1
  }
  if (language === 'javascript') return { text: parts.join(''), marks: moved }
  return { text: parts.join('').replace(/\n$/, ''), marks: moved }
}

const BRACKET = new RegExp(`[${TYPED}${UNTYPED}${END}]`, 'g')

/** @returns where the next bracket of `lines` is, from `from` on; Infinity when there is none */
function nextBracket(lines: string, from: number): number {
  BRACKET.lastIndex = from
  return BRACKET.test(lines) ? BRACKET.lastIndex - 1 : Infinity
}

export class Writer {
  private readonly parts: string[] = []
  private length = 0
  private level = 0
  readonly marks: SpanMark[] = []

  /** Writes one line; with a span it is marked at its first character. */
  line(text: string, span?: Span): void {
    const indent = '  '.repeat(this.level)
    this.push(indent)
    if (span !== undefined) this.marks.push({ offset: this.length, span })
    this.push(`${text}\n`)
  }

  /** Writes a line that opens a block; what follows is indented until `close`. */
  open(text: string, span?: Span): void {
    this.line(text, span)
    this.level++
  }

  close(text: string): void {
    this.level--
    this.line(text)
  }

  /** Ends an indentation without a line. */
  dedent(): void {
    this.level--
  }

  /** Writes a line one level to the left: a `case` label, `} else {`. */
  label(text: string): void {
    this.level--
    this.line(text)
    this.level++
  }

  /** Appends all that `other` holds, one line after another, with its marks. */
  append(other: Writer): void {
    for (const m of other.marks) this.marks.push({ offset: m.offset + this.length, span: m.span })
    this.push(other.text())
  }

  text(): string {
    return this.parts.join('')
  }

  /** @returns a writer that is indented one level more than this one */
  nested(): Writer {
    const w = new Writer()
    w.level = this.level + 1
    return w
  }

  private push(text: string): void {
    this.parts.push(text)
    this.length += text.length
  }
}
