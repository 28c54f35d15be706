/**
 * The layout of emitted text where there is much of it: a statement a line, blocks indented, lines that are too long broken at their brackets.
 *
 * Prettier takes longer for a large program than all passes before it together. So only what people are likely to read from its beginning to its end
 * is formatted by prettier (format.ts), and large programs are laid out here, in a style that is close to prettier's.
 *
 * Invariants
 * - Nothing but white space and the semicolons between statements changes: the tokens are the emitted ones, in their order.
 * - Emitted text has no template literals, no regular expressions, and comments only at the end of a line or on lines of their own.
 */

const WIDTH = 140
const STEP = 2
/** Elements of a list that are no longer than this stand beside each other when the list is broken. */
const SHORT = 12

/** A place in a text. */
interface Placed {
  readonly offset: number
}

/** What an open bracket means for the lines inside it. */
interface Open {
  /** Indentation of the line that it stands in. */
  readonly base: number
  /** Whether it is that of a `switch`, whose labels are indented less than what they label. */
  readonly isSwitch: boolean
}

/**
 * @param text a module as it was emitted
 * @param marks places in it, in ascending order
 * @returns the module laid out, with the marks at the same tokens
 */
export function laidOut<M extends Placed>(text: string, marks: readonly M[]): { text: string; marks: M[] } {
  const layout = new Layout(text)
  layout.run()
  return { text: layout.text, marks: layout.moved(marks) }
}

class Layout {
  private readonly parts: string[] = []
  private length = 0
  /** What was copied: where it was, and where it is. */
  private readonly from: number[] = []
  private readonly to: number[] = []
  private readonly open: Open[] = []
  private isBlank = true
  /** For each opening bracket of the line that is being laid out: where it is closed, if that is in the line. */
  private readonly closedAt = new Map<number, number>()

  constructor(private readonly source: string) {}

  get text(): string {
    return this.parts.join('')
  }

  run(): void {
    const { source } = this
    for (let start = 0; start < source.length;) {
      const newline = source.indexOf('\n', start)
      const end = newline < 0 ? source.length : newline
      start = this.line(start, end)
    }
    if (this.isBlank && this.parts.length > 0) this.parts.pop() // no empty line at the end
  }

  /** @returns where the next line begins */
  private line(start: number, end: number): number {
    const { source } = this
    const first = this.skipSpaces(start, end)
    if (first === end) {
      if (!this.isBlank && this.open.length === 0) this.write('\n')
      this.isBlank = true
      return end + 1
    }
    this.isBlank = false
    let at = first
    let base: number | undefined
    while (isClosing(source.charCodeAt(at))) {
      base = this.open.pop()?.base
      at++
    }
    const top = this.open.at(-1)
    const isLabel = source.startsWith('case ', first) || source.startsWith('default:', first)
    const inside = top === undefined ? 0 : top.base + STEP + (top.isSwitch && !isLabel ? STEP : 0)
    const indent = base ?? inside
    const code = this.brackets(at, end, { base: indent, isSwitch: source.startsWith('switch (', first) })
    if (isLabel && source.charCodeAt(end - 1) === COLON) {
      const next = this.labelled(end + 1)
      const last = this.labels(first, end, indent)
      this.copy(last, end, indent)
      if (next !== undefined) {
        this.write(' ')
        this.copy(next - 2, next - 1, 0) // its brace
        this.open.push({ base: indent, isSwitch: false })
      }
      this.write('\n')
      return next ?? end + 1
    }
    this.statements(first, code, end, indent)
    return end + 1
  }

  /** Lays out all labels of a line but the last. @returns where that one begins */
  private labels(start: number, end: number, indent: number): number {
    let from = start
    for (;;) {
      const next = this.source.indexOf(': case ', from)
      if (next < 0 || next >= end) return from
      this.copy(from, next + 1, indent)
      this.write('\n')
      from = next + 2
    }
  }

  /** @returns where the line behind the line `{` begins, if that one begins here, and its block is all that the label has */
  private labelled(start: number): number | undefined {
    const { source } = this
    const brace = this.skipSpaces(start, source.length)
    if (source.charCodeAt(brace) !== BRACE || source.charCodeAt(brace + 1) !== NEWLINE) return undefined
    const close = source.indexOf(`\n${source.slice(start, brace)}}\n`, brace)
    if (close < 0) return undefined
    const after = this.skipSpaces(close + 1 + (brace - start) + 2, source.length)
    const isAll = source.startsWith('case ', after) || source.startsWith('default:', after) || isClosing(source.charCodeAt(after))
    return isAll ? brace + 2 : undefined
  }

  /**
   * Pairs the brackets of a line and keeps those that stay open.
   * @returns where its comment begins, or its end
   */
  private brackets(start: number, end: number, open: Open): number {
    const { source, closedAt } = this
    closedAt.clear()
    const inLine: number[] = []
    let at = start
    for (; at < end; at++) {
      const c = source.charCodeAt(at)
      if (c === QUOTE || c === DOUBLE_QUOTE) at = this.stringEnd(at, c)
      else if (c === SLASH && (source.charCodeAt(at + 1) === SLASH || source.charCodeAt(at + 1) === STAR)) break
      else if (isOpening(c)) inLine.push(at)
      else if (isClosing(c)) {
        const opened = inLine.pop()
        if (opened === undefined) this.open.pop()
        else closedAt.set(opened, at)
      }
    }
    for (let i = 0; i < inLine.length; i++) this.open.push(open)
    return at
  }

  private stringEnd(start: number, quote: number): number {
    const { source } = this
    let at = start + 1
    while (at < source.length && source.charCodeAt(at) !== quote) at += source.charCodeAt(at) === BACKSLASH ? 2 : 1
    return at
  }

  /** @returns where the part of a line that begins at `at` goes on behind a string or a pair of brackets: itself when it is neither */
  private past(at: number): number {
    const c = this.source.charCodeAt(at)
    if (c === QUOTE || c === DOUBLE_QUOTE) return this.stringEnd(at, c)
    return this.closedAt.get(at) ?? at
  }

  /** Lays out a line of statements. @param code where its comment begins @param end with the comment */
  private statements(start: number, code: number, end: number, indent: number): void {
    const { source } = this
    let from = start
    for (let at = start; at < code; at++) {
      const c = source.charCodeAt(at)
      if (c === SEMICOLON && source.charCodeAt(at + 1) === SPACE) {
        this.statement(from, at, at, indent)
        from = this.skipSpaces(at + 1, code)
        // A line that begins like this would go on from the one before it.
        if (continues(source.charCodeAt(from))) from = at
        at = Math.max(at, from - 1)
      } else at = this.past(at)
    }
    this.statement(from, code, end, indent)
  }

  /** Lays out one statement, or a part of one. */
  private statement(start: number, code: number, end: number, indent: number): void {
    for (let at = start; at < code; at++) {
      const close = this.closedAt.get(at)
      if (close !== undefined && close > at + 1 && close < code && this.isBlock(at)) {
        this.copy(start, at + 1, indent)
        this.write('\n')
        this.statements(this.skipSpaces(at + 1, close), this.trimmed(at + 1, close), this.trimmed(at + 1, close), indent + STEP)
        this.statement(close, code, end, indent)
        return
      }
      at = this.past(at)
    }
    const last = this.trimmed(start, end)
    if (indent + (last - start) > WIDTH && this.broken(start, code, last, indent)) return
    this.copy(start, last, indent)
    this.write('\n')
  }

  /** Whether the brace opens a block of statements. */
  private isBlock(at: number): boolean {
    const { source } = this
    if (source.charCodeAt(at) !== BRACE) return false
    return source.startsWith(') ', at - 2) || source.startsWith('else ', at - 5) || source.startsWith('=> ', at - 3)
  }

  /** Breaks a line that is too long at the largest pair of brackets in it. @returns whether there is one */
  private broken(start: number, code: number, end: number, indent: number): boolean {
    let [open, close] = [-1, -1]
    for (let at = start; at < code; at++) {
      const closing = this.closedAt.get(at)
      if (closing !== undefined && closing < code && closing - at > close - open) [open, close] = [at, closing]
      at = this.past(at)
    }
    if (open < 0 || close - open < 2) return false
    this.statement(start, open + 1, open + 1, indent)
    this.elements(open + 1, close, indent + STEP)
    this.statement(close, code, end, indent)
    return true
  }

  /** Lays out what stands between two brackets, an element a line; short ones beside each other. */
  private elements(start: number, end: number, indent: number): void {
    const { source } = this
    const elements: (readonly [from: number, to: number])[] = []
    let from = this.skipSpaces(start, end)
    let longest = 0
    const add = (to: number): void => {
      const last = this.trimmed(from, to)
      if (last > from) elements.push([from, last])
      longest = Math.max(longest, last - from)
    }
    for (let at = from; at < end; at++) {
      if (source.charCodeAt(at) === COMMA) {
        add(at + 1)
        from = this.skipSpaces(at + 1, end)
        at = Math.max(at, from - 1)
      } else at = this.past(at)
    }
    add(end)
    let column = 0
    for (const [a, b] of elements) {
      if (longest > SHORT) {
        this.statement(a, b, b, indent)
        continue
      }
      if (column > 0 && column + 1 + b - a > WIDTH) {
        this.write('\n')
        column = 0
      }
      if (column > 0) this.write(' ')
      this.copy(a, b, column > 0 ? 0 : indent)
      column += (column > 0 ? 1 : indent) + b - a
    }
    if (column > 0) this.write('\n')
  }

  private skipSpaces(start: number, end: number): number {
    let at = start
    while (at < end && this.source.charCodeAt(at) === SPACE) at++
    return at
  }

  /** @returns where a part ends without the spaces at its end */
  private trimmed(start: number, end: number): number {
    let at = end
    while (at > start && this.source.charCodeAt(at - 1) === SPACE) at--
    return at
  }

  private write(text: string): void {
    this.parts.push(text)
    this.length += text.length
  }

  private copy(start: number, end: number, indent: number): void {
    if (indent > 0) this.write(' '.repeat(indent))
    this.from.push(start)
    this.to.push(this.length)
    this.write(this.source.slice(start, end))
  }

  /** @returns the marks at their new places: each at its token, or at the next one that was copied */
  moved<M extends Placed>(marks: readonly M[]): M[] {
    const { from, to } = this
    let i = 0
    return marks.map((mark) => {
      while (i + 1 < from.length && (from[i + 1] ?? Infinity) <= mark.offset) i++
      const [a = 0, b = 0] = [from[i], to[i]]
      const next = to[i + 1] ?? this.length
      const offset = mark.offset < a ? b : Math.min(b + mark.offset - a, next)
      return { ...mark, offset }
    })
  }
}

const [NEWLINE, SPACE, DOUBLE_QUOTE, QUOTE, STAR, COMMA, SLASH, COLON, SEMICOLON, BACKSLASH, BRACE] = [
  10, 32, 34, 39, 42, 44, 47, 58, 59, 92, 123,
] as const

/** Whether a character is one of `( [ {`. */
function isOpening(c: number): boolean {
  return c === 40 || c === 91 || c === BRACE
}

/** Whether a character is one of `) ] }`. */
function isClosing(c: number): boolean {
  return c === 41 || c === 93 || c === 125
}

/** Whether a line that begins with the character would go on from the one before it: `( [ + - / *`. */
function continues(c: number): boolean {
  return c === 40 || c === 91 || c === 43 || c === 45 || c === SLASH || c === STAR
}
