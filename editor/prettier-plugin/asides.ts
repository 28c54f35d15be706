/** What stands between the tokens that layout sees: comments, preprocessor lines, and text that nothing reads. */
import type { Lexed } from '../../grammar/lexer.ts'
import { RELAXATION } from '../../grammar/preprocess.ts'
import { lineColumn, type SourceFile, type Span } from '../../grammar/source.ts'
import { Directive, Name, Splice, type Token } from '../../grammar/tokens.ts'

export interface Aside {
  /** `frozen` is text that an `#IF` leaves out and that could not be laid out if it were not. */
  readonly kind: 'comment' | 'directive' | 'frozen'
  /** What is printed; more than one line only when frozen. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** 1-based, first and last. */
  readonly line: number
  readonly lastLine: number
  /** 0-based, tabs expanded; of what has a line of its own below a `#RELAX` that many less as lines count there. */
  readonly column: number
  /** A comment behind a token: how many columns are free between the two. Absent when it has a line of its own. */
  readonly gap?: number
}

/** A text as the formatter sees it. */
export interface Separated {
  readonly file: SourceFile
  /** What layout sees: neither preprocessor lines nor frozen text; `##X` has become a name, and `#RELAX` has moved what is below it. */
  readonly tokens: readonly Token[]
  /** In the order of the text. */
  readonly asides: readonly Aside[]
}

const TAB = 8

/** @returns the 1-based line of `offset`. */
export function lineOf(file: SourceFile, offset: number): number {
  return lineColumn(file, offset).line
}

/** @returns the 0-based column of `offset`, tabs expanded. */
function columnOf(file: SourceFile, offset: number): number {
  let column = 0
  for (let i = offset - lineColumn(file, offset).column + 1; i < offset; i++) column += file.text[i] === '\t' ? TAB - (column % TAB) : 1
  return column
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** @returns `##X` as a name, which can stand where it can; other tokens as they are. */
export function readable(token: Token): Token {
  return token.tokenType === Splice ? { ...token, tokenType: Name, tokenTypeIdx: Name.tokenTypeIdx ?? 0 } : token
}

/** @returns how many columns less what stands at an offset counts because of `#RELAX` */
function relaxations(tokens: readonly Token[]): (offset: number) => number {
  const branches: number[] = []
  /** Where the number changes, and to what. */
  const changes: { readonly from: number; readonly columns: number }[] = []
  for (const { tokenType, image, startOffset } of tokens) {
    if (tokenType !== Directive) continue
    if (image === '#IF') branches.push(0)
    else if (image === '#ENDIF') branches.pop()
    else if (image === '#ELIF' || image === '#ELSE') branches.splice(-1, 1, 0)
    else if (image === '#RELAX' && branches.length > 0) branches.push((branches.pop() ?? 0) + RELAXATION)
    else continue
    const columns = branches.reduce((sum, each) => sum + each, 0)
    if (columns !== (changes.at(-1)?.columns ?? 0)) changes.push({ from: startOffset, columns })
  }
  return (offset) => changes.findLast(({ from }) => from <= offset)?.columns ?? 0
}

/**
 * Parts a text into tokens and asides.
 * @param lexed the text
 * @param frozen what is left as it is
 */
export function separate({ file, tokens: all, comments }: Lexed, frozen: readonly Span[]): Separated {
  const tokens: Token[] = []
  const asides: Aside[] = []
  /** Ranges whose tokens and comments are not looked at. */
  const taken: { start: number; end: number }[] = []
  const relaxed = relaxations(all)
  const make = (kind: Aside['kind'], start: number, end: number, text: string, gap?: number): Aside => ({
    kind,
    text,
    start,
    end,
    line: lineOf(file, start),
    lastLine: lineOf(file, end),
    column: columnOf(file, start) - (gap === undefined ? relaxed(start) : 0),
    ...(gap !== undefined && { gap }),
  })
  for (const span of frozen) {
    const text = file.text.slice(lineEnd(file.text, span.start) + 1, span.end)
    const lines = text.split('\n').map((line) => line.trimEnd())
    const first = lines.findIndex((line) => line !== '')
    if (first < 0) continue
    const last = lines.findLastIndex((line) => line !== '')
    const start = span.end - text.length + text.search(/\S/)
    const end = span.end - (text.length - text.trimEnd().length)
    taken.push({ start, end })
    asides.push(make('frozen', start, end, lines.slice(first, last + 1).join('\n')))
  }
  const isTaken = (offset: number) => taken.some(({ start, end }) => start <= offset && offset < end)
  for (let i = 0; i < all.length; i++) {
    const token = all[i] as Token // i < length
    if (isTaken(token.startOffset)) continue
    if (token.tokenType !== Directive) {
      const columns = relaxed(token.startOffset)
      tokens.push(columns === 0 ? readable(token) : { ...readable(token), column: token.column - columns })
      continue
    }
    while (all[i + 1]?.first === false) i++
    const end = lineEnd(file.text, (all[i] as Token).end) // i < length
    const text = file.text.slice(token.startOffset, end).trimEnd()
    taken.push({ start: token.startOffset, end })
    asides.push(make('directive', token.startOffset, token.startOffset + text.length, text))
  }
  let before = 0
  for (const { span, text } of comments) {
    if (isTaken(span.start)) continue
    while ((tokens[before]?.startOffset ?? Infinity) < span.start) before++
    const token = tokens[before - 1]
    const behind = token !== undefined && !file.text.slice(token.end, span.start).includes('\n')
    const gap = behind ? columnOf(file, span.start) - columnOf(file, token.end) : undefined
    asides.push(make('comment', span.start, span.end, text.trimEnd(), gap))
  }
  return { file, tokens, asides: asides.sort((a, b) => a.start - b.start) }
}
