/** What can stop the program that is interpreted. */
import { lineColumn, type Span } from '../../../grammar/source.ts'

/** A run-time fault: its code and the line that it is reported at. */
export class Fault extends Error {
  readonly line: number
  constructor(
    readonly code: string,
    span: Span,
  ) {
    super(code)
    this.line = lineColumn(span.file, span.start).line
  }

  /** `R0201 at line 7` */
  describe(): string {
    return `${this.code} at line ${this.line}`
  }
}

/** The program takes more steps than the interpreter is allowed. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}
