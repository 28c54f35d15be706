/**
 * What all parts of the parser share: positions, expectations, recovery.
 *
 * Chevrotain's own recovery looks for tokens that may follow; it cannot know that a line and the block under it belong together. So it
 * is off, and rules recover by structure: `attempt` reports a fault, leaves out the rest of the line and goes on with the next. At most
 * one syntax error is reported for a line.
 */
import { EmbeddedActionsParser, isRecognitionException, type IRecognitionException, type TokenType } from 'chevrotain'
import type { MissingExpression, Name } from './ast.ts'
import { reporter, type Diagnostic, type Label, type Report } from './diagnostic.ts'
import { textOf } from './literals.ts'
import { messages, type Messages } from './messages.ts'
import type { Span } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** What was expected, as options of CONSUME and OR; made once because they are passed often. */
export const expect = {
  expression: 'an expression',
  process: 'a process',
  name: { ERR_MSG: 'a name' },
  type: 'a type',
  variable: 'a variable',
  assign: '`:=`, `!`, `?` or the brackets of a call',
  is: { ERR_MSG: '`IS`' },
} as const

/** A long declaration (PROC, FUNCTION, PROTOCOL, RECORD, TEST) whose `:` has not come yet. */
export interface LongDeclaration {
  readonly construct: string
  readonly start: Token
  /** Its `:` was found in the wrong column. */
  ended: boolean
}

const layoutTokens: ReadonlySet<TokenType> = new Set([T.Eol, T.Indent, T.Outdent])

export abstract class BaseParser extends EmbeddedActionsParser {
  protected report: Report<Messages> = reporter(messages, [])
  protected tokens: Token[] = []
  protected longs: LongDeclaration[] = []
  /** Whether a VALOF is being read. */
  protected inValof = false
  /** Whether a RESULT that the VALOF being read may have wanted was found within its process, and reported. */
  protected resultMisplaced = false
  /** The position of the first token of the line that was last complained of. */
  private reportedLine = -1

  constructor() {
    super(T.vocabulary, {
      maxLookahead: 1,
      recoveryEnabled: false,
      skipValidations: true,
      errorMessageProvider: {
        buildMismatchTokenMessage: ({ expected }) => expected.LABEL ?? expected.name,
        buildNotAllInputParsedMessage: () => 'the end of the file',
        buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
        buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
      },
    })
  }

  /** Prepares for a new list of tokens. */
  protected begin(tokens: readonly Token[], diagnostics: Diagnostic[]): void {
    this.input = [...tokens] // chevrotain puts marks of the end behind its list
    this.tokens = [...tokens]
    this.longs = []
    this.inValof = false
    this.reportedLine = -1
    this.report = reporter(messages, diagnostics)
  }

  /** Notes that the process of a VALOF is read from here on. @returns what to set `inValof` to behind it */
  protected enterValof(): boolean {
    const outer = this.inValof
    this.inValof = true
    this.resultMisplaced = false
    return outer
  }

  // ------------------------------------------------------------------------------------------ looking

  /** The token `count` places ahead; 1 is the next, 0 the last that was taken. At the end of the file chevrotain's own EOF. */
  protected ahead(count: number): Token {
    return this.LA(count) as Token // but for EOF, whose offsets are NaN, all tokens are ours
  }

  protected is(type: TokenType, count = 1): boolean {
    return this.LA(count).tokenTypeIdx === type.tokenTypeIdx
  }

  protected atEnd(): boolean {
    return Number.isNaN(this.LA(1).startOffset)
  }

  /** @returns from `start` to the last token taken. */
  protected from(start: Token): Span {
    if (this.RECORDING_PHASE) return { file: { path: '', text: '' }, start: 0, end: 0 } // there are no tokens yet
    return this.fromOffset(start.file, start.startOffset, start.end)
  }

  protected fromOffset(file: Span['file'], start: number, least: number): Span {
    let last = this.ahead(0)
    // A construct may end within an included file: its span ends where its own file is left.
    for (let i = last.position; last.file !== file && i > 0;) last = this.tokens[--i] ?? last
    return { file, start, end: last.file === file ? Math.max(last.end, least) : least }
  }

  protected fromSpan(start: Span): Span {
    return this.fromOffset(start.file, start.start, start.end)
  }

  /** @returns a zero-width place between the last token and the next. */
  protected here(): Span {
    const { file, end } = Number.isNaN(this.ahead(0).startOffset) ? this.ahead(1) : this.ahead(0)
    return { file, start: end, end }
  }

  /** Reads the next token as another one from here on. */
  protected become(type: TokenType, image: string): void {
    const token = this.ahead(1)
    this.input[token.position] = this.tokens[token.position] = { ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx ?? 0, image }
  }

  protected nameOf(token: Token): Name {
    return { kind: 'name', text: token.image, span: T.spanOf(token) }
  }

  /** The operator that a FUNCTION defines, in quotes: `"**"` and `"*"` are one name. */
  protected operatorName(token: Token): Name {
    const sign = textOf(token.bytes ?? new Uint8Array())
    // an asterisk may be written as in any other string, where two stand for one
    return { kind: 'name', text: `"${sign === '**' ? '*' : sign}"`, span: T.spanOf(token) }
  }

  protected missing(span: Span = this.here()): MissingExpression {
    return { kind: 'missing', span }
  }

  // ------------------------------------------------------------------------------------------ faults

  /** What to call `token` in a message. */
  protected describe(token: Token): string {
    if (Number.isNaN(token.startOffset)) return 'the end of the file'
    return layoutTokens.has(token.tokenType) ? (token.tokenType.LABEL ?? '') : `\`${token.image}\``
  }

  /** `after ...`, or `here` at the start of a line. */
  protected describeAfter(previous: Token | undefined): string {
    return previous === undefined || Number.isNaN(previous.startOffset) || layoutTokens.has(previous.tokenType)
      ? 'here'
      : `after \`${previous.image}\``
  }

  /** Where to point for `token`: just after the text before it if it is invisible. */
  protected place(token: Token): Span {
    const visible = !Number.isNaN(token.startOffset) && !layoutTokens.has(token.tokenType)
    if (visible) return T.spanOf(token)
    const last = this.tokens.at(-1)
    if (!Number.isNaN(token.startOffset)) return { file: token.file, start: token.startOffset, end: token.startOffset }
    return last === undefined ? this.here() : { file: last.file, start: last.end, end: last.end }
  }

  /**
   * Reports unless the line was complained of before or holds unreadable text (which was reported by an earlier stage).
   * @param token a token of the line
   */
  protected complain: (token: Token, ...report: Parameters<Report<Messages>>) => void = (token, ...report) => {
    let first = Number.isNaN(token.startOffset) ? this.tokens.length : token.position
    if (first > 0 && this.tokens[first]?.tokenType === T.Eol) first--
    while (first > 0 && !layoutTokens.has(this.tokens[first - 1]?.tokenType ?? T.Name)) first--
    if (first === this.reportedLine) return
    this.reportedLine = first
    for (let i = first; i < this.tokens.length; i++) {
      const type = this.tokens[i]?.tokenType
      if (type === T.Unreadable) return
      if (type === T.Eol) break
    }
    this.report(...report)
  }

  /** Turns an exception of chevrotain's into a diagnostic. */
  private fault(error: IRecognitionException): void {
    const token = error.token as Token // all tokens are ours
    const expected = error.message
    const found = this.describe(token)
    const after = this.describeAfter((error as { previousToken?: Token }).previousToken)
    const span = this.place(token)
    const keyword = T.keywords.has(token.image) && token.tokenType !== T.Is && token.tokenType !== T.Reshapes
    if (expected === expect.name.ERR_MSG && keyword) this.complain(token, 'E0215', span, { word: token.image })
    else if (expected === expect.expression) this.complain(token, 'E0202', span, { after, found })
    else if (expected === expect.process) this.complain(token, 'E0203', span, { after, found })
    else this.complain(token, 'E0201', span, { expected, after, found })
  }

  // ------------------------------------------------------------------------------------------ recovery

  /** Counts what could not be read: it grows whenever a part of the text is left out. */
  protected losses = 0

  /** @returns what a declaration says of which parts were lost since there were `before` losses */
  protected partlyLost(before: number): { readonly partlyLost?: true } {
    return this.losses > before ? { partlyLost: true } : {}
  }

  /**
   * Runs `parse`; when it meets something unexpected, reports it and leaves out the rest of the line.
   * @param parse what to read, up to and with its Eol
   * @param block whether a faulty line takes the block under it along
   * @returns what `parse` returned, or undefined after a fault
   */
  protected attempt<R>(parse: () => R, block = false): R | undefined {
    const start = this.ahead(1).position
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof Error) || !isRecognitionException(error)) throw error
      this.fault(error as IRecognitionException)
      this.losses++
      this.skipLine(start, block)
      return undefined
    }
  }

  /**
   * Leaves out the rest of the line that was entered at position `start`, inner blocks of value processes included.
   * @param block whether to leave out the block under it as well
   */
  protected skipLine(start: number, block: boolean): void {
    let depth = 0
    const now = this.atEnd() ? this.tokens.length : this.ahead(1).position
    for (let i = start; i < now; i++) depth += this.step(this.tokens[i])
    const ended = now > start && depth === 0 && this.tokens[now - 1]?.tokenType === T.Eol
    while (!ended && !this.atEnd()) {
      if (depth <= 0 && this.is(T.Outdent)) return
      const token = this.drop()
      depth += this.step(token)
      if (depth <= 0 && token.tokenType === T.Eol) break
      this.losses++
    }
    if (block) this.skipBlock()
  }

  /** Leaves out the next token. @returns that token. */
  protected drop(): Token {
    const token = this.ahead(1)
    this.SKIP_TOKEN() // returns the token after
    return token
  }

  private step(token: Token | undefined): number {
    return token?.tokenType === T.Indent ? 1 : token?.tokenType === T.Outdent ? -1 : 0
  }

  /** Leaves out the block that begins at the next token, if one does. */
  protected skipBlock(): void {
    if (!this.is(T.Indent)) return
    let depth = 0
    do depth += this.step(this.drop())
    while (depth > 0 && !this.atEnd())
  }

  /** Takes the end of the line, or complains of what stands before it. @returns whether it was there */
  protected endOfLine(): boolean {
    if (this.RECORDING_PHASE || this.is(T.Eol)) {
      this.CONSUME(T.Eol)
      return true
    }
    const token = this.ahead(1)
    if (this.atEnd() || this.is(T.Outdent)) return true
    this.complain(token, 'E0217', this.place(token), { found: this.describe(token), after: this.describeAfter(this.ahead(0)) })
    this.skipLine(token.position, false)
    return false
  }

  /** Takes the `:` and the end of a line that is a declaration. */
  protected endOfDeclaration(): void {
    if (this.RECORDING_PHASE || this.is(T.Colon)) {
      this.CONSUME(T.Colon)
      this.endOfLine()
      return
    }
    const token = this.ahead(1)
    this.complain(token, 'E0205', this.place(token), { what: this.is(T.Eol) ? '' : this.describe(token) })
    this.skipLine(token.position, false)
  }

  /** After a header that could not be read: a `:` below it belongs to it. */
  protected lostTerminator(start: Token): void {
    if (this.is(T.Colon) && this.ahead(1).column === start.column) this.skipLine(this.ahead(1).position, false)
  }

  /** Takes the line `:` that ends a long declaration. */
  protected terminator(long: LongDeclaration): void {
    this.longs.pop()
    if (this.RECORDING_PHASE || this.is(T.Colon)) {
      this.CONSUME2(T.Colon)
      this.endOfLine()
    } else if (!long.ended && !this.colonTooFarLeft(long)) {
      const { construct, start } = long
      const begins: Label = { span: T.spanOf(start), text: 'begins here' }
      this.report('E0206', this.here(), { construct, line: start.line }, [begins])
    }
  }

  /** Takes a `:` that stands left of what it ends, if what stands in its column goes on below it. @returns whether there was one. */
  private colonTooFarLeft(long: LongDeclaration): boolean {
    if (!this.is(T.Outdent) || !this.is(T.Colon, 2) || !this.is(T.Eol, 3) || !this.is(T.Indent, 4)) return false
    this.drop()
    this.misplaced(this.ahead(1), long)
    for (let i = 0; i < 3; i++) this.drop()
    return true
  }

  private misplaced(colon: Token, long: LongDeclaration): void {
    const { construct, start } = long
    const place = { construct, line: start.line, column: start.column + 1 }
    this.complain(colon, 'E0207', this.place(colon), place, [{ span: T.spanOf(start), text: 'begins here' }])
  }

  /** Takes a `:` that stands in a block, where nothing can end. @returns whether there was one. */
  protected strayColon(): boolean {
    if (!this.is(T.Colon)) return false
    const token = this.ahead(1)
    const long = this.longs.at(-1)
    if (long === undefined || long.ended) this.complain(token, 'E0208', this.place(token), undefined)
    else {
      long.ended = true
      this.misplaced(token, long)
    }
    this.skipLine(token.position, true)
    return true
  }
}
