/**
 * Words that became reserved after many texts had been written. Where a text declares one of them, it is a name in the whole text, as it
 * was to the compiler the text was written for.
 */
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** The words of occam-pi. */
const OF_PI: readonly string[] = [
  'BARRIER', 'CLAIM', 'CLONE', 'DEFINED', 'ENROLL', 'EXTENDS', 'FORK', 'FORKING', 'INITIAL', 'MOBILE', 'REC', 'RECURSIVE', 'SHARED', 'STEP',
  'SUSPEND', 'SYNC',
] // prettier-ignore
/** The words of the types that occam 2.1 has and occam 2 had not. */
const OF_TYPES: readonly string[] = ['DATA', 'PACKED', 'RECORD', 'TYPE']

/** @returns the tokens, with the later words that the text declares turned into names */
export function freeLaterWords(tokens: readonly Token[]): readonly Token[] {
  const declared = new Set<string>()
  const hasTypes = tokens.some(({ first, tokenType }, i) => first && tokenType === T.Data && tokens[i + 1]?.tokenType === T.Type)
  const later = new Set(hasTypes ? OF_PI : [...OF_PI, ...OF_TYPES])
  let tags: number | undefined
  tokens.forEach((token, i) => {
    const [before, after] = [tokens[i - 1], tokens[i + 1]]
    if (token.first) {
      if (before?.tokenType === T.Case && tokens[i - 3]?.tokenType === T.Protocol && tokens[i - 3]?.first === true)
        tags = tokens[i - 3]?.column
      else if (tags !== undefined && token.column <= tags) tags = undefined
    }
    if (token.tokenType === T.Name || !later.has(token.image)) return // a name already
    const isTag =
      tags !== undefined &&
      token.first &&
      (after === undefined || after.first || after.tokenType === T.Semicolon || after.tokenType === T.Equals)
    if (isTag || (declares(tokens[i - 2], before, after) && (!token.first || before?.tokenType === T.Comma))) declared.add(token.image)
  })
  if (declared.size === 0) return tokens
  return tokens.map((token) =>
    declared.has(token.image) && T.keywords.get(token.image) === token.tokenType
      ? { ...token, tokenType: T.Name, tokenTypeIdx: T.Name.tokenTypeIdx ?? 0 }
      : token,
  )
}

/** Whether a word after `before` and before `after` can only be a name that is declared there. */
function declares(earlier: Token | undefined, before: Token | undefined, after: Token | undefined): boolean {
  if (before === undefined || after === undefined) return false
  switch (before.tokenType) {
    case T.Proc:
    case T.Func:
      return after.tokenType === T.LParen
    case T.Protocol:
      return after.tokenType === T.Is || after.tokenType === T.Case
    case T.Type:
      return earlier?.tokenType === T.Data || earlier?.tokenType === T.Chan
    case T.Val:
      return after.tokenType === T.Is || after.tokenType === T.Reshapes
    case T.Seq:
    case T.Par:
    case T.If:
    case T.Alt:
    case T.LBracket:
      return after.tokenType === T.Equals
    case T.Primitive:
    case T.Timer:
    case T.Any:
    case T.Name:
    case T.RBracket:
    case T.Comma:
      return endsName.has(after.tokenType)
    default:
      return false
  }
}

/** What can stand behind the name in a declaration of a variable, an abbreviation or a parameter. */
const endsName: ReadonlySet<Token['tokenType']> = new Set([T.Colon, T.Comma, T.RParen, T.Is, T.Reshapes])
