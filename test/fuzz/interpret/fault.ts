/** What can stop the program that is interpreted. */
import { lineColumn, textOf, withoutBrackets, type Span } from '../../../grammar/source.ts'

/** @returns where a fault is, as it is compared. Of an element of several subscripts some are checked together, so it does not say which. */
export function placed(code: string, line: number, column: number, text: string): string {
  return code === 'R0203' ? `${line}:${column}` : `${line}:${column} \`${text}\``
}

/** A run-time fault: its code and the place that it is reported at. */
export class Fault extends Error {
  readonly place: string
  constructor(
    readonly code: string,
    span: Span,
  ) {
    super(code)
    const place = withoutBrackets(span)
    const { line, column } = lineColumn(place.file, place.start)
    this.place = placed(code, line, column, textOf(place))
  }

  /** `R0201 at 7:12 \`a + b\`` */
  describe(): string {
    return `${this.code} at ${this.place}`
  }
}

/** The program takes more steps than the interpreter is allowed. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}
