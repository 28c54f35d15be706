/** Blanks within a line: which tokens have one before them. */
import type { TokenType } from 'chevrotain'
import * as T from '../../grammar/tokens.ts'
import type { Token } from '../../grammar/tokens.ts'

const literals: ReadonlySet<TokenType> = new Set([T.Integer, T.Real, T.ByteLiteral, T.BoolLiteral, T.StringText])

/** What an operand can end with: an operator after it stands between two operands. */
const operandEnds: ReadonlySet<TokenType> = new Set([...literals, T.Name, T.RParen, T.RBracket])

const neverSpaced: ReadonlySet<TokenType> = new Set([T.Comma, T.Semicolon, T.Colon, T.DoubleColon, T.RParen, T.RBracket])

const opens: ReadonlySet<TokenType> = new Set([T.LParen, T.LBracket, T.DoubleColon])

/** After `c?` or `c!`, these show that it is an end of a channel, not the start of a communication. */
const followsEnd: ReadonlySet<TokenType> = new Set([
  T.Comma, T.Semicolon, T.Colon, T.RParen, T.RBracket, T.Is, T.Reshapes, T.Assign,
]) // prettier-ignore

/** What may stand behind the `]` of a dimension. */
const types: ReadonlySet<TokenType> = new Set([T.Primitive, T.Name, T.Chan, T.Timer, T.Port, T.Barrier, T.Mobile, T.Shared])

const infixes: ReadonlySet<TokenType> = new Set([T.Dyadic, T.Minus, T.UserOperator, T.Equals, T.After])

export interface Spacing {
  /** A blank stands before it, unless it begins the line. */
  readonly spaced: boolean
  /** It is an operator between two operands. */
  readonly infix: boolean
  /** It is the `?` or `!` of a communication. */
  readonly communicates: boolean
}

/**
 * Finds the blanks of one line as layout sees it.
 * @param tokens the line, without the lines of value processes in it
 * @returns what is known of each token
 */
export function spacing(tokens: readonly Token[]): Spacing[] {
  const declares = tokens.at(-1)?.tokenType === T.Colon
  let depth = 0
  return tokens.map((token, i) => {
    const type = token.tokenType
    if (type === T.LParen || type === T.LBracket) depth++
    else if (type === T.RParen || type === T.RBracket) depth--
    const direction = type === T.Question || type === T.Exclamation
    const communicates = direction && depth === 0 && !declares && !isEnd(tokens, i)
    const infix = infixes.has(type) && operandEnds.has(tokens[i - 1]?.tokenType ?? T.Eol)
    const spaced = communicates || (!direction && isSpaced(tokens, i)) || wouldMerge(tokens[i - 1], token)
    return { spaced, infix, communicates }
  })
}

function isEnd(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1]
  return next === undefined || followsEnd.has(next.tokenType) || tokens[i - 1]?.tokenType === T.Shared
}

function isSpaced(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i] as Token // the caller looked at it
  const previous = tokens[i - 1]?.tokenType
  if (previous === undefined || neverSpaced.has(token.tokenType) || opens.has(previous)) return false
  if (isPrefixSymbol(tokens, i - 1)) return !/^[\w"'#([]/.test(token.image) // a second sign keeps its distance
  switch (token.tokenType) {
    case T.LBracket:
      return !operandEnds.has(previous)
    case T.LParen:
      // A decoration is part of its literal; the name of an operator's FUNCTION is no literal.
      return previous !== T.RBracket && (!literals.has(previous) || tokens[i - 2]?.tokenType === T.Func)
    default:
      return previous !== T.RBracket || !types.has(token.tokenType)
  }
}

/** @returns whether two tokens without a blank between them would be read as others, or as a comment. */
function wouldMerge(previous: Token | undefined, token: Token): boolean {
  if (previous === undefined) return false
  const pair = previous.image.slice(-1) + token.image.slice(0, 1)
  return pair === '--' || T.symbols.has(pair)
}

/** @returns whether an operator such as the `-` of `-1` stands at `i`; words such as NOT keep their blank. */
function isPrefixSymbol(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i] as Token // the caller looked at it
  if (/^\w/.test(token.image)) return false
  if (token.tokenType === T.Monadic) return true
  if (token.tokenType !== T.Minus && token.tokenType !== T.UserOperator) return false
  return !operandEnds.has(tokens[i - 1]?.tokenType ?? T.Eol)
}
