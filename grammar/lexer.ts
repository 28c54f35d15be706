/**
 * Text to tokens. Every character ends up in a token, a comment or white space; what cannot be read becomes an `Unreadable` token.
 *
 * The scanner is written by hand: preprocessor lines, strings that go on over lines, and columns in the presence of tabs depend on
 * where on the line a character stands, which patterns express badly.
 */
import type { TokenType } from 'chevrotain'
import { readable } from './bytes.ts'
import { CLOSING_QUOTES, lookAlike, type LookAlike } from './characters.ts'
import { reporter, type Diagnostic } from './diagnostic.ts'
import { decodeByte, decodeString, type Fault } from './literals.ts'
import { messages } from './messages.ts'
import type { Result } from './result.ts'
import type { SourceFile } from './source.ts'
import {
  Assign,
  become,
  ByteLiteral,
  continues,
  Directive,
  DirectiveText,
  DoubleQuestion,
  Func,
  Integer,
  Is,
  keywords,
  LBracket,
  LParen,
  makeToken,
  Name,
  RBracket,
  Real,
  Result as ResultWord,
  RParen,
  Splice,
  StringText,
  symbols,
  Unreadable,
  UserOperator,
} from './tokens.ts'
import type { Comment, Token } from './tokens.ts'

/** The tokens of one file, in order. */
export interface Lexed {
  readonly file: SourceFile
  readonly tokens: readonly Token[]
  readonly comments: readonly Comment[]
}

const TAB = 8
const BYTE_ORDER_MARK = '\uFEFF'

/** Directives whose rest of the line is text rather than tokens. */
const textual = new Set(['#PRAGMA', '#OPTION', '#COMMENT', '#RELAX'])
/** Directives all the same, though `#DEF`-like prefixes could be hexadecimal numbers. */
const directives = new Set(['#INCLUDE', '#USE', '#IF', '#ELIF', '#ELSE', '#ENDIF', '#DEFINE', '#UNDEF', '#UNDEFINE', ...textual])

const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
const isWrittenInNames = (code: number): boolean => isNamePart(code) || code === 95
const isNamePart = (code: number): boolean => isLetter(code) || isDigit(code) || code === 46
const isHex = (code: number): boolean => isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === 12

class Scanner {
  private readonly tokens: Token[] = []
  private readonly comments: Comment[] = []
  private readonly diagnostics: Diagnostic[] = []
  private readonly report = reporter(messages, this.diagnostics)
  private readonly text: string
  private at = 0
  private line = 1
  private lineStart = 0
  private first = true
  /** Columns gained by the tabs of the current line up to `at`. */
  private gained = 0
  /** Brackets that are open, as far as the text is sound. */
  private open = 0
  private warnedOfTabs = false
  /** Names with underscores. */
  private readonly reported = new Set<string>()

  constructor(private readonly file: SourceFile) {
    this.text = file.text
  }

  scan(): Result<Lexed> {
    if (this.text.startsWith(BYTE_ORDER_MARK)) {
      this.at = 1
      this.gained = -1
    }
    while (this.at < this.text.length && !this.atEndMark()) {
      if (this.text.charCodeAt(this.at) === 0) return this.noText()
      this.next()
    }
    return { value: { file: this.file, tokens: this.tokens, comments: this.comments }, diagnostics: this.diagnostics }
  }

  /** Some old systems end a text with control-Z or fill it up with NULs, and what is behind it counts for nothing. */
  private atEndMark(): boolean {
    const code = this.text.charCodeAt(this.at)
    return (code === 26 || code === 0) && /^[\u001A\0\s]*$/.test(this.text.slice(this.at))
  }

  /** A NUL outside strings and comments: the rest would be one fault a character. */
  private noText(): Result<Lexed> {
    const beginning = this.text.slice(0, 1000)
    const nuls = (parity: number): number => Array.from(beginning).filter((character, i) => character === '\0' && i % 2 === parity).length
    const wide = Math.max(nuls(0), nuls(1)) > beginning.length / 4 && Math.min(nuls(0), nuls(1)) === 0 // every other byte of a text of letters
    this.diagnostics.length = 0
    this.report('E0129', this.span(0, 0), { encoding: wide ? 'UTF-16' : undefined })
    this.tokens.length = this.comments.length = this.at = 0
    this.push(Unreadable, this.text.length)
    return { value: { file: this.file, tokens: this.tokens, comments: [] }, diagnostics: this.diagnostics }
  }

  private next(): void {
    const code = this.text.charCodeAt(this.at)
    if (code === 10) {
      this.at++
      this.newLine()
    } else if (code === 9) this.tab()
    else if (isBlank(code)) this.at++
    else if (isLetter(code)) this.word()
    else if (isDigit(code)) this.number()
    else if (code === 34) this.string()
    else if (code === 39) this.byte()
    else if (code === 35) this.hash()
    else if (code === 45 && this.text.charCodeAt(this.at + 1) === 45) this.comment()
    else if (this.first && this.text.startsWith('...', this.at)) this.closedFold()
    else if (this.first && (code === 123 || code === 125) && this.foldMark()) this.comment()
    else this.symbol()
  }

  private newLine(): void {
    this.line++
    this.lineStart = this.at
    this.gained = 0
    this.first = true
  }

  private tab(): void {
    const column = this.at - this.lineStart + this.gained
    this.gained += TAB - (column % TAB) - 1
    if (this.first && !this.warnedOfTabs) {
      this.warnedOfTabs = true
      this.report('W0101', this.span(this.at, this.at + 1), undefined)
    }
    this.at++
  }

  private span(start: number, end: number) {
    return { file: this.file, start, end }
  }

  private push(type: TokenType, end: number, bytes?: Uint8Array): void {
    const place = { line: this.line, column: this.at - this.lineStart + this.gained, first: this.first }
    this.tokens.push(makeToken(type, this.file, this.at, end, place, bytes))
    if (type === LParen || type === LBracket) this.open++
    else if ((type === RParen || type === RBracket) && this.open > 0) this.open--
    this.first = false
    this.at = end
  }

  private while(test: (code: number) => boolean, from: number): number {
    while (from < this.text.length && test(this.text.charCodeAt(from))) from++
    return from
  }

  private word(): void {
    const end = this.while(isNamePart, this.at)
    if (this.text[end] === '_') {
      this.underscored(this.while(isWrittenInNames, this.at))
      return
    }
    this.push(keywords.get(this.text.slice(this.at, end)) ?? Name, end)
  }

  private number(): void {
    const start = this.at
    let end = this.while(isDigit, start)
    let why = ''
    let type = Integer
    if (this.text[end] === '.') {
      type = Real
      const fraction = this.while(isDigit, end + 1)
      if (fraction === end + 1)
        why = this.text[fraction] === '.' ? 'a part of an array is written `[a FROM first FOR count]`' : 'digits must follow the point'
      end = fraction
      if (this.text[end] === 'E' || this.text[end] === 'e') {
        const sign = this.text[end + 1] === '+' || this.text[end + 1] === '-' ? end + 2 : end + 1
        const exponent = this.while(isDigit, sign)
        if (exponent === sign) why = 'digits must follow the `E`'
        end = exponent
      }
    }
    const rest = this.while(isNamePart, end)
    if (rest > end && why === '') why = whyNotNumber(this.text.slice(start, rest))
    if (why === '') this.push(type, end)
    else {
      this.report('E0105', this.span(start, rest), { text: this.text.slice(start, rest), why })
      this.push(Unreadable, rest)
    }
  }

  /** A name with underscores is taken as a name, and reported once. */
  private underscored(end: number): void {
    const name = this.text.slice(this.at, end)
    if (!this.reported.has(name))
      this.report('E0108', this.span(this.at, end), { name, meant: name.replace(/_+$/, '').replace(/_+/g, '.') })
    this.reported.add(name)
    this.push(Name, end)
  }

  private hash(): void {
    const start = this.at
    if (this.text[start + 1] === '#') {
      this.splice()
      return
    }
    const end = this.while(isNamePart, start + 1)
    const word = this.text.slice(start, end)
    if (this.first && (directives.has(word) || (word.length > 1 && this.while(isHex, start + 1) < end))) {
      this.push(Directive, end)
      if (textual.has(word)) this.directiveText()
    } else if (end > start + 1 && this.while(isHex, start + 1) === end) this.push(Integer, end)
    else {
      this.report('E0105', this.span(start, end), { text: word, why: 'hexadecimal digits must follow the `#`' })
      this.push(Unreadable, end)
    }
  }

  private splice(): void {
    const end = this.while(isNamePart, this.at + 2)
    if (end > this.at + 2) {
      this.push(Splice, end)
      return
    }
    this.report('E0101', this.span(this.at, end), { text: '`##` without a name' })
    this.push(Unreadable, end)
  }

  /** The rest of a `#PRAGMA` line and its kin up to a comment that does not stand in quotes. */
  private directiveText(): void {
    this.at = this.while((code) => code === 32, this.at)
    let end = this.at
    for (let quoted = false; end < this.text.length && this.text[end] !== '\n'; end++) {
      if (this.text[end] === '"') quoted = !quoted
      if (!quoted && this.text.startsWith('--', end)) break
    }
    while (end > this.at && isBlank(this.text.charCodeAt(end - 1))) end--
    if (end > this.at) this.push(DirectiveText, end)
  }

  /** @returns whether a line `{{{  name` or `}}}` begins here: the marks of an open fold in a listing, which has no `--` before them */
  private foldMark(): boolean {
    return this.text.startsWith('{{{', this.at) || this.text.startsWith('}}}', this.at)
  }

  /** A listing of an editor that folds. */
  private closedFold(): void {
    const start = this.at
    this.comment()
    this.report('W0104', this.span(start, this.at), undefined)
  }

  private comment(): void {
    let end = this.text.indexOf('\n', this.at)
    if (end < 0) end = this.text.length
    if (end > this.at && this.text[end - 1] === '\r') end--
    this.comments.push({ span: this.span(this.at, end), text: this.text.slice(this.at, end) })
    this.at = end
  }

  private fault = ({ code, start, end, parameters }: Fault): void => {
    this.report(code, this.span(start, end), parameters)
  }

  private string(): void {
    // An operator that is defined is in quotes: after FUNCTION an asterisk between quotes is itself, not an escape.
    if (this.text.startsWith('"*"', this.at) && this.tokens.at(-1)?.tokenType === Func) {
      this.push(StringText, this.at + 3, Uint8Array.of(42))
      return
    }
    const { end, bytes, lines, lineStart } = decodeString(this.text, this.at, this.fault)
    this.push(bytes === undefined ? Unreadable : StringText, end, bytes)
    if (lines > 0) {
      this.line += lines
      this.lineStart = lineStart
      this.gained = 0
    }
  }

  private byte(): void {
    const { end, bytes } = decodeByte(this.text, this.at, this.fault)
    this.push(bytes === undefined ? Unreadable : ByteLiteral, end, bytes)
  }

  /** Whether what comes is part of a value: within brackets, or after `:=`, `IS` or `RESULT` in its line. */
  private inValue(): boolean {
    if (this.open > 0) return true
    for (let i = this.tokens.length - 1; i >= 0; i--) {
      const { tokenType, first } = this.tokens[i] as Token // i is within the list
      if (tokenType === Assign || tokenType === Is || tokenType === ResultWord) return true
      const before = this.tokens[i - 1]
      if (first && (before === undefined || !continues.has(before.tokenType))) return false
    }
    return false
  }

  /** A character that looks like a sign of the language: it is reported, and read as that sign where this is sure. */
  private typographic(character: string, { name, meant }: LookAlike): void {
    const closing = CLOSING_QUOTES.get(character)
    const line = this.text.slice(this.at + 1, lineEndAfter(this.text, this.at))
    const length = closing === undefined ? -1 : Array.from(line).findIndex((each) => closing.includes(each))
    const end = length < 0 ? this.at + character.length : this.at + 2 + length
    this.report('E0101', this.span(this.at, end), { text: name, meant, alike: true })
    if (meant.trim() === '') {
      if (meant === '') this.gained-- // what nobody sees takes no column
      this.at = end
    } else if (length >= 0) {
      const bytes = new TextEncoder().encode(line.slice(0, length))
      if (meant === "'" && bytes.length !== 1) this.push(Unreadable, end)
      else this.push(meant === "'" ? ByteLiteral : StringText, end, bytes)
    } else if (READ_ON.has(meant)) {
      const type = symbols.get(meant) ?? Unreadable
      this.push(type, end)
      const last = this.tokens.pop()
      if (last !== undefined) this.tokens.push(become(last, type, meant))
    } else this.push(Unreadable, end)
  }

  private symbol(): void {
    const two = this.text.slice(this.at, this.at + 2)
    const pair = symbols.get(two)
    if (pair !== undefined) {
      this.push(pair === DoubleQuestion && this.inValue() ? UserOperator : pair, this.at + two.length)
      return
    }
    const single = symbols.get(two.slice(0, 1))
    if (single !== undefined) {
      this.push(single, this.at + 1)
      return
    }
    const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0)
    const alike = lookAlike(character)
    if (alike !== undefined) {
      this.typographic(character, alike)
      return
    }
    const shown =
      character < ' ' ? `character #${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}` : `\`${readable(character)}\``
    this.report('E0101', this.span(this.at, this.at + character.length), { text: shown })
    this.push(Unreadable, this.at + character.length)
  }
}

/** Signs whose look-alikes are read as if they were written rightly. */
const READ_ON: ReadonlySet<string> = new Set(['-', '*', '/', '<=', '>=', '<>', '(', ')', ',', ':', ';'])

/**
 * Splits a text into tokens and comments.
 * @param file the text
 * @returns its tokens; faults are E0101 to E0107, tabs in indentation W0101
 */
export function lex(file: SourceFile): Result<Lexed> {
  return new Scanner(file).scan()
}

/** @returns the offset of the end of the line that `at` is in */
function lineEndAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** What is wrong with digits that letters follow. */
function whyNotNumber(text: string): string {
  const hexadecimal = /^0[xX]([0-9a-fA-F]+)$/.exec(text)?.[1]
  if (hexadecimal !== undefined) return `write \`#${hexadecimal.toUpperCase()}\``
  return /^\d+[eE]/.test(text) ? 'a real number has a decimal point' : 'a letter follows the digits'
}
