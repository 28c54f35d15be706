/**
 * Lines and blocks: a flat list of tokens gains `Eol` at the end of each line that is not continued, and `Indent` and `Outdent` around
 * blocks, all zero-width.
 *
 * Invariants of the result
 * - Indents and Outdents balance, whatever the text; every Outdent follows an Eol or an Outdent, every Indent an Eol or a `(`.
 * - `(` before a value process (`(VALOF ...` or `(INT x: ...`) opens a block of its own, closed before its `)`.
 * - Brackets balance within each line, apart from lines that hold an `Unreadable` token.
 */
import type { TokenType } from 'chevrotain'
import { reporter, type Diagnostic } from './diagnostic.ts'
import { freeLaterWords } from './later-words.ts'
import { messages } from './messages.ts'
import { repair } from './repair.ts'
import type { Result } from './result.ts'
import type { SourceFile } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** Blocks and brackets may be nested this deep together; the parser's recursion stays within the native stack. */
export const MAX_NESTING = 100

/** The image of an Indent that was reported, so that the parser need not complain of the same line. */
export const FAULTY_INDENT = '<wrong indent>'

const STEP = 2

/** The value process in brackets that is being read, and what to return to after it. */
interface ValueProcess {
  readonly blocks: number
  readonly brackets: Token[]
  readonly lineColumn: number
}

class Layout {
  readonly diagnostics: Diagnostic[] = []
  readonly out: Token[] = []
  private readonly report = reporter(messages, this.diagnostics)
  private blocks: number[] = []
  /** Open brackets of the current line. */
  private brackets: Token[] = []
  private readonly values: ValueProcess[] = []
  /** How many brackets are open around the current value process. */
  private outerBrackets = 0
  private lineColumn = 0
  /** What the current line begins with. */
  private lineType: TokenType | undefined
  /** Whether the current line holds text that could not be read, which may have hidden a bracket. */
  private unreadable = false
  private previous: Token | undefined
  /** The first step of indentation in each file. */
  private readonly steps = new Map<SourceFile, number>()

  constructor(private readonly tokens: readonly Token[]) {}

  run(): void {
    for (let i = 0; i < this.tokens.length;) i = this.token(this.tokens[i] as Token, i) // i < length
    if (this.previous === undefined) return
    this.unclosed()
    this.endLine()
    while (this.values.length > 0) this.abandonValue()
    while (this.blocks.length > 1) this.outdent()
  }

  /** @returns the index of the next token to look at. */
  private token(token: Token, index: number): number {
    if (this.previous === undefined) {
      this.blocks = [token.column]
      this.lineColumn = token.column
      this.lineType = token.tokenType
    } else if (token.first && !this.continued(token, this.previous, index)) {
      this.unclosed()
      this.endLine()
      if (!this.adjust(token)) return this.skipBlock(index)
    }
    return this.place(token, index)
  }

  // ------------------------------------------------------------------------------------------ output

  private emit(token: Token): void {
    this.out.push(T.moveToken(token, token.column, this.out.length))
    this.previous = token
  }

  private mark(type: TokenType, at: Token, start: number, image: string): void {
    const token = T.makeToken(type, at.file, start, start, { line: at.line, column: at.column, first: false })
    this.out.push({ ...token, image, position: this.out.length })
  }

  private endLine(): void {
    const last = this.previous as Token // only called after a token
    this.mark(T.Eol, last, last.end, '<eol>')
  }

  private outdent(): void {
    const last = this.previous as Token // as above
    this.blocks.pop()
    this.mark(T.Outdent, last, last.end, '<outdent>')
  }

  // ------------------------------------------------------------------------------------------ lines

  /** @returns whether `token`, the first of its line, goes on with the line of `previous`. */
  private continued(token: Token, previous: Token, index: number): boolean {
    const guarded = token.tokenType === T.Skip && previous.tokenType === T.Ampersand
    if ((T.beginsLine.has(token.tokenType) && !guarded) || token.tokenType === T.Colon) return false
    if (this.brackets.length > 0) return this.continuedInBrackets(token, previous)
    if (T.continues.has(previous.tokenType)) {
      if (!T.separators.has(previous.tokenType) && this.beginsAnother(token, index)) return false
      this.checkColumn(token)
      return true
    }
    if (token.column <= this.lineColumn) return false
    if (token.image === 'IMPLEMENTS' && this.lineType === T.Mobile && previous.tokenType === T.RParen) return true
    if (previous.tokenType === T.Question || previous.tokenType === T.Exclamation) {
      if (this.lineType === T.Claim || !T.communicates(this.out, this.out.length - 1)) return false
      this.report('E0113', T.spanOf(previous), { symbol: previous.image })
      return true
    }
    if (!T.neverFirst.has(token.tokenType)) return false
    if (token.tokenType === T.From && previous.tokenType === T.Case) return false // `FROM A` among the tags of a protocol
    if (this.values.length > 0 && token.tokenType === T.RParen) return false
    if (token.tokenType !== T.RParen && token.tokenType !== T.RBracket) this.report('E0114', T.spanOf(token), { symbol: token.image })
    return true
  }

  private continuedInBrackets(token: Token, previous: Token): boolean {
    const complete = T.endsOperand.has(previous.tokenType) && !T.neverFirst.has(token.tokenType)
    if (complete && token.column <= this.lineColumn) return false
    this.checkColumn(token)
    return true
  }

  /** After an operator at the end of a line: whether the next line is surely no expression, so that one was forgotten. */
  private beginsAnother(token: Token, index: number): boolean {
    if (token.tokenType === T.Val || token.tokenType === T.Initial) return true
    for (let i = index, depth = 0; ; i++) {
      const next = this.tokens[i]
      if (next === undefined || (next.first && i > index)) return false
      if (next.tokenType === T.LParen || next.tokenType === T.LBracket) depth++
      else if (next.tokenType === T.RParen || next.tokenType === T.RBracket) depth--
      else if (next.tokenType === T.Assign && depth === 0) return true
    }
  }

  private checkColumn(token: Token): void {
    if (token.column < this.lineColumn) this.report('E0112', T.spanOf(token), { column: this.lineColumn })
  }

  /** Reports the outermost bracket that the line leaves open. */
  private unclosed(): void {
    const [open] = this.brackets
    if (open !== undefined && !this.unreadable) {
      this.report('E0115', T.spanOf(open), { symbol: open.image })
      // The parser would stumble over the same bracket: an unreadable token keeps it silent.
      this.mark(T.Unreadable, open, open.end, '')
    }
    this.brackets = []
    this.unreadable = false
  }

  /** Opens or closes blocks before a new line. @returns false if it is nested too deep. */
  private adjust(token: Token): boolean {
    this.leaveValues(token)
    if (this.closesValue(token)) return true
    this.lineColumn = token.column
    this.lineType = token.tokenType
    const top = this.blocks.at(-1) ?? 0
    if (token.column > top) return this.indent(token, top)
    const base = this.values.at(-1)?.blocks ?? 0
    let level = this.blocks.length - 1
    while (level > base && (this.blocks[level] ?? 0) > token.column) level--
    const column = this.blocks[level] ?? 0
    if (column !== token.column) {
      const inner = this.blocks[level + 1]
      if (inner !== undefined && inner - token.column <= token.column - column) level++
      this.report('E0111', T.spanOf(token), { columns: this.blocks.slice(base) })
    }
    while (this.blocks.length - 1 > level) this.outdent()
    return true
  }

  private indent(token: Token, top: number): boolean {
    if (this.depth() >= MAX_NESTING) return false
    const step = token.column - top
    const usual = this.steps.get(token.file)
    if (usual === undefined) this.steps.set(token.file, step)
    // A file that is indented by four throughout is told once.
    if (step !== STEP && usual !== step) this.report('E0110', T.spanOf(token), { step })
    this.blocks.push(token.column)
    this.mark(T.Indent, token, token.startOffset, step === STEP ? '<indent>' : FAULTY_INDENT)
    return true
  }

  private depth(): number {
    return this.blocks.length + this.brackets.length + this.outerBrackets
  }

  /** Leaves out a block that is nested too deep. @returns the index of the first token after it. */
  private skipBlock(index: number): number {
    const token = this.tokens[index] as Token // the caller looked at it
    this.report('E0117', T.spanOf(token), { limit: MAX_NESTING })
    this.mark(T.Indent, token, token.startOffset, FAULTY_INDENT)
    this.mark(T.Unreadable, token, token.startOffset, '')
    const top = this.blocks.at(-1) ?? 0
    let end = index
    for (; end < this.tokens.length; end++) {
      const next = this.tokens[end] as Token // end < length
      if (next.first && next.column <= top) break
      this.previous = next
    }
    this.mark(T.Eol, token, token.startOffset, '<eol>')
    this.mark(T.Outdent, token, token.startOffset, '<outdent>')
    const next = this.tokens[end]
    if (next === undefined) return end
    this.adjust(next)
    return this.place(next, end)
  }

  // ------------------------------------------------------------------------------------------ brackets

  private place(token: Token, index: number): number {
    switch (token.tokenType) {
      case T.LParen:
      case T.LBracket:
        return this.openBracket(token, index)
      case T.RParen:
      case T.RBracket:
        this.closeBracket(token)
        break
      case T.Unreadable:
        this.unreadable = true
        this.emit(token)
        break
      default:
        this.emit(token)
    }
    return index + 1
  }

  private openBracket(token: Token, index: number): number {
    if (this.depth() >= MAX_NESTING) return this.skipLine(token, index)
    this.emit(token)
    this.brackets.push(token)
    const next = this.tokens[index + 1]
    if (token.tokenType === T.LParen && next !== undefined && this.valueProcessAhead(index + 1)) {
      this.values.push({ blocks: this.blocks.length, brackets: this.brackets, lineColumn: this.lineColumn })
      this.outerBrackets += this.brackets.length
      this.brackets = []
      this.blocks.push(next.column)
      this.lineColumn = next.column
      this.mark(T.Indent, next, next.startOffset, '<indent>')
      return this.place(next, index + 1)
    }
    return index + 1
  }

  /** Leaves out the rest of a line whose brackets are nested too deep. @returns the index of the first token after it. */
  private skipLine(token: Token, index: number): number {
    this.report('E0117', T.spanOf(token), { limit: MAX_NESTING })
    this.mark(T.Unreadable, token, token.startOffset, '')
    this.brackets = []
    let end = index
    for (; end < this.tokens.length; end++) {
      const next = this.tokens[end] as Token // end < length
      if (next.first && next.column <= this.lineColumn && next !== token) break
      this.previous = next
    }
    return end
  }

  /** @returns whether VALOF or a declaration stands at `index`, just after a `(`. */
  private valueProcessAhead(index: number): boolean {
    if (this.tokens[index]?.tokenType === T.Valof) return true
    let depth = 0
    for (let i = index; i < this.tokens.length; i++) {
      const token = this.tokens[i] as Token // i < length
      if (token.tokenType === T.LParen || token.tokenType === T.LBracket) depth++
      else if ((token.tokenType === T.RParen || token.tokenType === T.RBracket) && --depth < 0) return false
      const next = this.tokens[i + 1]
      if (next === undefined || (next.first && !T.continues.has(token.tokenType))) return depth === 0 && token.tokenType === T.Colon
    }
    return false
  }

  private closeBracket(token: Token): void {
    if (this.brackets.length === 0 && this.values.length > 0 && token.tokenType === T.RParen) {
      this.endLine()
      this.closeValue()
    }
    const open = this.brackets.pop()
    if (open === undefined) {
      this.report('E0116', T.spanOf(token), { symbol: token.image })
      this.mark(T.Unreadable, token, token.startOffset, token.image)
      this.previous = token
      return
    }
    const expected = open.tokenType === T.LParen ? T.RParen : T.RBracket
    if (token.tokenType === expected) {
      this.emit(token)
      return
    }
    const closer = open.tokenType === T.LParen ? ')' : ']'
    this.report('E0118', T.spanOf(token), { expected: closer, found: token.image }, [{ span: T.spanOf(open), text: 'opened here' }])
    this.emit({ ...token, tokenType: expected, tokenTypeIdx: expected.tokenTypeIdx ?? 0 })
  }

  /** After an Eol: a line that begins with `)` ends the value process. @returns whether it did. */
  private closesValue(token: Token): boolean {
    if (token.tokenType !== T.RParen || this.values.length === 0) return false
    this.closeValue()
    return true
  }

  private closeValue(): void {
    const value = this.values.pop()
    if (value === undefined) return
    while (this.blocks.length > value.blocks) this.outdent()
    this.brackets = value.brackets
    this.outerBrackets -= value.brackets.length
    this.lineColumn = value.lineColumn
  }

  /** Gives up value processes that a line stands to the left of: their `)` is missing. */
  private leaveValues(token: Token): void {
    if (token.tokenType === T.RParen) return
    for (let value = this.values.at(-1); value !== undefined; value = this.values.at(-1)) {
      if (token.column >= (this.blocks[value.blocks] ?? 0)) return
      this.abandonValue()
    }
  }

  private abandonValue(): void {
    this.closeValue()
    this.unclosed()
    this.endLine()
  }
}

/**
 * Finds lines and blocks.
 * @param tokens what the preprocessor left
 * @returns the tokens with Eol, Indent and Outdent among them, each knowing its position; faults are E0110 to E0118
 */
export function layout(tokens: readonly Token[]): Result<readonly Token[]> {
  const repaired = repair(freeLaterWords(tokens))
  const stage = new Layout(repaired.value)
  stage.run()
  return { value: stage.out, diagnostics: [...repaired.diagnostics, ...stage.diagnostics] }
}
