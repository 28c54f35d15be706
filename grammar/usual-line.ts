/**
 * Whether a line is as nearly all lines are: nothing in it could be a slip that `repair.ts` and `habits.ts` know. Such a line costs one look at its
 * tokens, and most of a text that somebody types in consists of them.
 *
 * Each condition is what one or more of the rules need before they can do anything; a line that meets none of them is left as it is by all rules.
 */
import type { TokenType } from 'chevrotain'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** Words of other languages, in capitals, that a rule looks for among names. */
const WORDS: ReadonlySet<string> = new Set([
  'AND', 'OR', 'REM', 'PLUS', 'MINUS', 'TIMES', 'AFTER', 'FOR', 'FROM', 'STEP', 'IS', 'MOD', 'DIV', 'XOR', 'NOT', 'CHAN', 'VAL', 'INITIAL', 'RESULT',
  'MOBILE', 'SHARED', 'WHILE', 'CASE', 'SWITCH', 'THEN', 'DO', 'TO', 'IN', 'VAR', 'LET', 'DECLARE',
]) // prettier-ignore
const LONGEST_WORD = 7

/** Pairs of signs that mean something elsewhere when they touch. */
const PAIRS: ReadonlySet<string> = new Set(['//', '/*', '<-', '!=', '=<', '/=', '**', '+=', '-=', '*='])

const replicated: ReadonlySet<TokenType> = new Set([T.Seq, T.Par, T.If, T.Alt])

/**
 * @param tokens of a text
 * @param start of the line in `tokens`
 * @param end of the line in `tokens`
 * @param opens whether the next line is indented deeper
 */
export function isUsualLine(tokens: readonly Token[], start: number, end: number, opens: boolean): boolean {
  const first = tokens[start] as Token // a line has a token
  const last = tokens[end - 1] as Token // as above
  if (opens && last.tokenType === T.Colon) return false
  if (last.tokenType === T.Semicolon || (last.tokenType === T.Primitive && end - start > 1)) return false
  if (first.image === 'FOR' || (replicated.has(first.tokenType) && !isReplication(tokens, start, end))) return false
  const isValue = first.tokenType === T.Val || first.tokenType === T.Initial
  const begins = first.tokenType === T.Name
  let hasAssignment = false
  let hasQuestion = false
  let hasMessage = false
  for (let i = start; i < end; i++) {
    const token = tokens[i] as Token // i < end
    switch (token.tokenType) {
      case T.Name:
        if (isForeignWord(token.image)) return false
        break
      case T.Bar:
        return false
      case T.Assign:
        if (isValue || last.tokenType === T.Question) return false
        hasAssignment = true
        break
      case T.While:
        hasAssignment = true
        break
      case T.Equals:
        if (isValue) return false
        break
      case T.Ampersand:
        if (hasAssignment) return false
        break
      case T.Question:
      case T.Exclamation:
        hasQuestion ||= token.tokenType === T.Question
        hasMessage = true
        if (token.tokenType === T.Exclamation && negates(token, tokens[i - 1], tokens[i + 1])) return false
        break
      case T.Comma:
        if (hasMessage && begins) return false
        break
      case T.Colon:
        if (hasQuestion && i + 1 < end) return false
        break
      case T.Primitive:
        if (i > start && declaresOrConverts(tokens, i)) return false
        break
      default:
        if (token.image === '++') return false
    }
    if (token.image.length <= 2 && i + 1 < end && touches(token, tokens[i + 1] as Token)) return false
  }
  return true
}

/** Whether a line that begins with a word that can be replicated has no replicator, or one as it is written here. */
function isReplication(tokens: readonly Token[], start: number, end: number): boolean {
  if (end - start < 2) return true
  return tokens[start + 1]?.tokenType === T.Name && tokens[start + 2]?.tokenType === T.Equals
}

function isForeignWord(image: string): boolean {
  if (image.length > LONGEST_WORD) return /^end/i.test(image)
  const upper = image.toUpperCase()
  return WORDS.has(upper) || upper.startsWith('END')
}

/** `!a` where an operand is expected. */
function negates(token: Token, before: Token | undefined, after: Token | undefined): boolean {
  if (after === undefined || after.startOffset !== token.end) return false
  return token.first || before === undefined || !T.endsOperand.has(before.tokenType)
}

/** `c ? INT x`, `tag; INT x`, `(INT) x`. */
function declaresOrConverts(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1]?.tokenType
  return before === T.Question || before === T.Semicolon || (before === T.LParen && tokens[i + 1]?.tokenType === T.RParen)
}

/** Whether two tokens stand side by side and are a pair that means something elsewhere. */
function touches(token: Token, next: Token): boolean {
  return next.startOffset === token.end && next.image.length <= 2 && PAIRS.has(token.image + next.image)
}
