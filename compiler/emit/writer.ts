/** Text with marks: which place of the `.csp` text each statement of the TypeScript text stands for. */
import type { Span } from '../../grammar/source.ts'

/** `offset` in the text stands for the start of `span`. */
export interface SpanMark {
  readonly offset: number
  readonly span: Span
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
