/**
 * What people write out of the habit of other languages: recognised on the tokens of a line, reported once, and replaced by what was meant, so
 * that one slip gives one error and the rest of the line is read. Only what could never stand in a program is touched.
 */
import type { TokenType } from 'chevrotain'
import { reporter, type Diagnostic } from './diagnostic.ts'
import { messages } from './messages.ts'
import type { Result } from './result.ts'
import { asMeant, declaredIn } from './habits.ts'
import type { SourceFile, Span } from './source.ts'
import * as T from './tokens.ts'
import { isUsualLine } from './usual-line.ts'
import { become, joined, spanBoth, type Token } from './tokens.ts'

const replicated: ReadonlySet<TokenType> = new Set([T.Seq, T.Par, T.If, T.Alt])

const opens: ReadonlySet<TokenType> = new Set([T.LParen, T.LBracket])
const closes: ReadonlySet<TokenType> = new Set([T.RParen, T.RBracket])

const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/'])

/** @returns the tokens as they were meant; the same list if nothing was wrong. Faults are E0230 to E0234. */
export function repair(tokens: readonly Token[]): Result<readonly Token[]> {
  const repairs = new Repairs(declaredIn(tokens))
  /** The tokens up to the present line, once one was wrong. */
  let out: Token[] | undefined
  for (let start = 0, end; start < tokens.length; start = end) {
    end = endOfLine(tokens, start)
    const opens = (tokens[end]?.column ?? 0) > (tokens[start]?.column ?? 0)
    if (!repairs.inComment && isUsualLine(tokens, start, end, opens)) {
      repairs.leave(tokens, start, end)
      if (out !== undefined) for (let i = start; i < end; i++) out.push(tokens[i] as Token) // i < end
      continue
    }
    const line = repairs.line(tokens.slice(start, end), tokens.slice(end, endOfLine(tokens, end)))
    if (repairs.diagnostics.length > 0) out ??= tokens.slice(0, start)
    if (out !== undefined) for (const token of line) out.push(token)
  }
  return { value: out ?? tokens, diagnostics: repairs.diagnostics }
}

/** @returns the index behind the last token of the line that begins at `start` */
function endOfLine(tokens: readonly Token[], start: number): number {
  let end = Math.min(start + 1, tokens.length)
  while (end < tokens.length && tokens[end]?.first !== true) end++
  return end
}

/** Where a line began that another one goes on with, and how many brackets are open in it. */
interface Continued {
  readonly column: number
  readonly open: number
}

class Repairs {
  readonly diagnostics: Diagnostic[] = []
  private readonly report = reporter(messages, this.diagnostics)
  /** Within a comment that began with a slash and an asterisk. */
  inComment = false
  /** What the present line goes on with; undefined: it begins anew. */
  private goesOn: Continued | undefined

  /** @param declared names of routines and types that the text declares */
  constructor(private readonly declared: ReadonlySet<string>) {}

  /** @param next the next line; empty at the end */
  line(tokens: readonly Token[], next: readonly Token[]): Token[] {
    if (this.inComment) {
      this.inComment = !tokens.some((token, i) => joined(token, tokens[i + 1]) === '*/')
      return []
    }
    const read = this.comments(tokens)
    const [start] = read
    const goesOn = this.goesOn !== undefined && start !== undefined && !T.beginsLine.has(start.tokenType)
    const deeper = start !== undefined && (next[0]?.column ?? 0) > start.column
    const meant = asMeant(read, { report: this.report, declared: this.declared, goesOn, opens: deeper })
    const repaired = this.loop(this.operators(meant, deeper))
    const before = this.above(repaired[0])
    const out = this.ending(repaired, before?.column ?? repaired[0]?.column ?? 0, next)
    this.read(out, 0, out.length, before, repaired[0])
    return out
  }

  /** Goes past a line in which nothing is wrong. */
  leave(tokens: readonly Token[], start: number, end: number): void {
    this.read(tokens, start, end, this.above(tokens[start]), tokens[start])
  }

  /** @returns what a line goes on with that begins with `first` */
  private above(first: Token | undefined): Continued | undefined {
    return first !== undefined && T.beginsLine.has(first.tokenType) ? undefined : this.goesOn
  }

  /** Notes whether the next line goes on with this one, which goes on with `before`. */
  private read(tokens: readonly Token[], start: number, end: number, before: Continued | undefined, first: Token | undefined): void {
    let open = before?.open ?? 0
    for (let i = start; i < end; i++) {
      const { tokenType } = tokens[i] as Token // i < end
      if (opens.has(tokenType)) open++
      else if (closes.has(tokenType)) open--
    }
    const last = end > start ? tokens[end - 1] : undefined
    const goesOn = open > 0 || (last !== undefined && T.continues.has(last.tokenType))
    this.goesOn = goesOn ? { column: before?.column ?? first?.column ?? 0, open } : undefined
  }

  private comments(tokens: readonly Token[]): readonly Token[] {
    const at = tokens.findIndex((token, i) => ['//', '/*'].includes(joined(token, tokens[i + 1])))
    const [first, second] = [tokens[at], tokens[at + 1]]
    if (first === undefined || second === undefined) return tokens
    const symbol = joined(first, second)
    this.report('E0230', spanBoth(first, second), { symbol })
    this.inComment = symbol === '/*' && !tokens.slice(at + 2).some((token, i, rest) => joined(token, rest[i + 1]) === '*/')
    return tokens.slice(0, at)
  }

  /** Whether brackets are open where the line begins. */
  private get within(): boolean {
    return (this.goesOn?.open ?? 0) > 0
  }

  /** @param opens whether the next line is indented deeper: this one is no assignment */
  private operators(tokens: readonly Token[], opens: boolean): Token[] {
    const out: Token[] = []
    for (let i = 0; i < tokens.length; i++) {
      const [token, next] = [tokens[i] as Token, tokens[i + 1]] // i < length
      const text = joined(token, next)
      const previous = out.at(-1)
      if (next !== undefined && text === '||') out.push(this.operator(token, next, 'OR', T.Dyadic))
      else if (next !== undefined && text === '!=') out.push(this.operator(token, next, '<>', T.Dyadic))
      else if (next !== undefined && text === '=<') out.push(this.operator(token, next, '<=', T.Dyadic))
      else if (next !== undefined && text === '/=' && (opens || previous?.tokenType !== T.Name || out.length > 1))
        out.push(this.operator(token, next, '<>', T.Dyadic))
      else if (next !== undefined && text === '**' && previous !== undefined && T.endsOperand.has(previous.tokenType)) {
        this.report('E0231', spanBoth(token, next), { found: '**', meant: '*', example: 'x * x' })
        out.push(token)
      } else if (next !== undefined && this.negates(token, next, previous)) {
        this.report('E0231', T.spanOf(token), { found: '!', meant: 'NOT', example: undefined })
        out.push(become(token, T.Monadic, 'NOT'))
        continue
      } else if (
        token.tokenType === T.Bar &&
        !this.within &&
        !out.some(({ tokenType }) => tokenType === T.LBracket) &&
        !leavesBracket(out)
      ) {
        out.push(this.sign(token, '\\/'))
        continue
      } else if (token.tokenType === T.Ampersand && out.some(({ tokenType }) => tokenType === T.Assign || tokenType === T.While)) {
        out.push(this.sign(token, out.some(({ tokenType }) => tokenType === T.While) ? 'AND' : '/\\'))
        continue
      } else if (next !== undefined && arithmetic.has(token.image) && text === `${token.image}=` && previous !== undefined) {
        this.shorthand(spanBoth(token, next), text, tokens[0] as Token, ` ${token.image} ...`)
        out.push(become(token, T.Assign, ':='))
      } else if (
        token.image === '++' &&
        next === undefined &&
        out.length === 1 &&
        previous?.tokenType === T.Name &&
        this.goesOn === undefined
      ) {
        this.shorthand(T.spanOf(token), text, previous, ' + 1')
        out.push(become(token, T.Assign, ':='), { ...previous, first: false })
        continue
      } else {
        out.push(token)
        continue
      }
      i++
    }
    return out
  }

  /** `!a` where an operand is expected. */
  private negates(token: Token, next: Token, previous: Token | undefined): boolean {
    if (token.tokenType !== T.Exclamation || joined(token, next) === token.image) return false
    if (next.tokenType !== T.Name && next.tokenType !== T.LParen) return false
    return previous === undefined || (!T.endsOperand.has(previous.tokenType) && previous.tokenType !== T.Exclamation)
  }

  private sign(token: Token, meant: string): Token {
    this.report('E0231', T.spanOf(token), { found: token.image, meant, example: undefined })
    return become(token, T.Dyadic, meant)
  }

  private operator(token: Token, next: Token, meant: string, type: TokenType): Token {
    this.report('E0231', spanBoth(token, next), { found: token.image + next.image, meant, example: undefined })
    return become(token, type, meant)
  }

  private shorthand(at: Span, found: string, { image: name }: Token, rest: string): void {
    this.report('E0231', at, { found, meant: ':=', example: `${name} := ${name}${rest}` })
  }

  /** `FOR i = 0 TO 9`, `for (...)`, `SEQ i = 0 TO 9`. */
  private loop(tokens: readonly Token[]): readonly Token[] {
    const [first, second, third] = tokens
    if (first === undefined || second === undefined) return tokens
    const loops = first.image === 'FOR' || (first.tokenType === T.Name && first.image.toUpperCase() === 'FOR')
    if (loops && second.tokenType === T.LParen && tokens.some(({ tokenType }) => tokenType === T.Semicolon)) {
      this.report('E0234', T.spanOf(first), undefined)
      return [become(first, T.Seq, 'SEQ')]
    }
    const sign = third?.tokenType
    const bound =
      second.tokenType === T.Name
        ? (sign === T.Assign && tokens.some(({ tokenType }) => tokenType === T.For)) ||
          sign === T.From ||
          sign === T.In ||
          /^in$/i.test(third?.image ?? '')
        : false
    const uncounted = !loops && second.tokenType === T.Integer && tokens.some(({ tokenType }) => tokenType === T.For)
    if ((loops || replicated.has(first.tokenType)) && (bound || uncounted)) {
      this.report('E0234', T.spanOf(third ?? second), undefined)
      const index = uncounted ? { ...second, ...become(second, T.Name, 'i') } : second
      return this.once(become(first, loops ? T.Seq : first.tokenType, loops ? 'SEQ' : first.image), index, third ?? second)
    }
    if ((!loops && !replicated.has(first.tokenType)) || second.tokenType !== T.Name || third?.tokenType !== T.Equals) return tokens
    const to = tokens.findIndex(
      ({ tokenType, image }, i) => tokenType === T.Name && /^to$/i.test(image) && T.endsOperand.has(tokens[i - 1]?.tokenType ?? T.Eol),
    )
    const wrong = loops ? first : tokens[to]
    if (wrong === undefined) return tokens
    this.report('E0234', T.spanOf(wrong), undefined)
    return tokens.map((token, i) => (i === to ? become(token, T.For, 'FOR') : i === 0 && loops ? become(token, T.Seq, 'SEQ') : token))
  }

  /** @returns a replicator that stands for one that makes no sense */
  private once(word: Token, index: Token, place: Token): readonly Token[] {
    const one = (type: TokenType, image: string): Token => ({ ...become(place, type, image), first: false })
    return [word, index, one(T.Equals, '='), one(T.Integer, '0'), one(T.For, 'FOR'), one(T.Integer, '1')]
  }

  /** A `;` at the end of the line, which would take the next one along; `IF b THEN`, `WHILE b DO`. */
  private ending(tokens: readonly Token[], column: number, next: readonly Token[]): Token[] {
    const [last, before] = [tokens.at(-1), tokens.at(-2)]
    if (last === undefined || before === undefined) return [...tokens]
    if (last.tokenType === T.Semicolon && !continuesLine(last.file, column, next)) this.report('E0232', T.spanOf(last), undefined)
    else if (last.tokenType === T.Name && /^(?:THEN|DO)$/i.test(last.image) && T.endsOperand.has(before.tokenType))
      this.report('E0233', T.spanOf(last), { word: last.image })
    else return [...tokens]
    return tokens.slice(0, -1)
  }
}

/** Whether a bracket of an earlier line is closed here, as after a VALOF in brackets. */
function leavesBracket(tokens: readonly Token[]): boolean {
  let depth = 0
  return tokens.some(({ tokenType }) => (depth += opens.has(tokenType) ? 1 : closes.has(tokenType) ? -1 : 0) < 0)
}

/** Whether a line may go on with `next` after a `;`: with another item of a message, at least as far to the right. */
function continuesLine(file: SourceFile, column: number, next: readonly Token[]): boolean {
  const [first] = next
  if (first === undefined || first.file !== file || first.column < column || T.beginsLine.has(first.tokenType)) return false
  return (
    first.column > column ||
    !next.some(({ tokenType }) => tokenType === T.Assign || tokenType === T.Exclamation || tokenType === T.Question)
  )
}
