/** Collects lines of output, and at the end aligns the comments behind them. */
import type { Aside } from './asides.ts'

interface OutputLine {
  readonly code: string
  readonly behind?: Aside
}

const widthOf = (code: string): number => code.length - (code.lastIndexOf('\n') + 1)

/** The least number of columns between code and a comment behind it. */
const GAP = 1

export class Writer {
  private readonly lines: OutputLine[] = []
  private code = ''
  private behind: Aside | undefined
  private closed = false
  private started = false
  /** Nothing but indentation is on the current line. */
  fresh = true

  /** The column after what was written. */
  get column(): number {
    return widthOf(this.code)
  }

  /** The indentation of the current line. */
  get indentation(): number {
    return this.code.length - this.code.trimStart().length
  }

  /** Whether the current line can take no more, because a comment or a preprocessor line ends it. */
  get ended(): boolean {
    return this.behind !== undefined || this.closed
  }

  /** Begins a line at `column`, after `blanks` empty ones. */
  newLine(column: number, blanks = 0): void {
    this.finish()
    if (this.lines.length > 0) for (let i = 0; i < blanks; i++) this.lines.push({ code: '' })
    this.code = ' '.repeat(column)
    this.started = true
    this.fresh = true
  }

  write(text: string): void {
    this.code += text
    this.fresh = false
  }

  /** Puts a comment behind what was written: the line ends there. */
  comment(aside: Aside): void {
    this.behind = aside
  }

  /** Writes a whole line at `column`. */
  ownLine(column: number, text: string): void {
    this.newLine(column)
    this.write(text)
    this.closed = true
  }

  private finish(): void {
    if (!this.started) return
    this.closed = false
    this.lines.push({ code: this.code, ...(this.behind && { behind: this.behind }) })
    this.behind = undefined
    this.started = false
  }

  /** @returns the text, with a line end after the last line unless it is empty. */
  end(): string {
    this.finish()
    const columns = alignComments(this.lines)
    const lines = this.lines.map(({ code, behind }, i) =>
      behind === undefined ? code : `${code}${' '.repeat((columns.get(i) ?? 0) - widthOf(code))}${behind.text}`,
    )
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  }
}

/**
 * Comments that stood in one column and are not parted by an empty line stay in one: the longest of their lines keeps its distance.
 * @returns the column of the comment behind each line that has one
 */
function alignComments(lines: readonly OutputLine[]): Map<number, number> {
  const columns = new Map<number, number>()
  let group: number[] = []
  let column = -1
  let gap = Infinity
  let width = 0
  const close = () => {
    for (const i of group) columns.set(i, width + Math.max(GAP, gap))
    group = []
    gap = Infinity
    width = 0
  }
  lines.forEach(({ code, behind }, i) => {
    if (code === '') close()
    if (behind === undefined) return
    if (behind.column !== column) close()
    column = behind.column
    group.push(i)
    gap = Math.min(gap, behind.gap ?? GAP)
    width = Math.max(width, widthOf(code))
  })
  close()
  return columns
}
