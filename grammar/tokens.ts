/**
 * The words and symbols of the language.
 *
 * Tokens are grouped by the part they play in the grammar, not by spelling: every symbol that can only be a dyadic operator has the
 * one type `Dyadic`, every primitive type the one type `Primitive`. This keeps the parser's decisions to one token. Words such as TEST,
 * PASS, NODE and WITHIN are names; the parser looks at their text where they matter.
 */
import { createToken, Lexer, type IToken, type TokenType } from 'chevrotain'
import type { SourceFile, Span } from './source.ts'

/** One token. `startOffset` and `end` are a half-open range of `file.text`. */
export interface Token extends IToken {
  readonly file: SourceFile
  /** The offset after the last character. */
  readonly end: number
  /** 1-based line in `file`. */
  readonly line: number
  /** 0-based column that layout goes by: tabs are expanded, and an included text is shifted by the indentation of its `#INCLUDE`. */
  readonly column: number
  /** True for the first token of a line. */
  readonly first: boolean
  /** The decoded bytes of a string or byte literal. */
  readonly bytes?: Uint8Array
  /** Index in the list that layout made; -1 before. */
  readonly position: number
}

/** A comment, `--` included. */
export interface Comment {
  readonly span: Span
  readonly text: string
}

/** @returns a token; one place builds them, so that all have one shape. */
export function makeToken(
  tokenType: TokenType,
  file: SourceFile,
  start: number,
  end: number,
  place: { readonly line: number; readonly column: number; readonly first: boolean },
  bytes?: Uint8Array,
): Token {
  return {
    image: file.text.slice(start, end),
    startOffset: start,
    tokenTypeIdx: tokenType.tokenTypeIdx ?? 0,
    tokenType,
    file,
    end,
    line: place.line,
    column: place.column,
    first: place.first,
    bytes,
    position: -1,
  }
}

/** @returns a copy of `token` in another column or at another position. */
export function moveToken(token: Token, column: number, position: number): Token {
  return {
    image: token.image,
    startOffset: token.startOffset,
    tokenTypeIdx: token.tokenTypeIdx,
    tokenType: token.tokenType,
    file: token.file,
    end: token.end,
    line: token.line,
    column,
    first: token.first,
    bytes: token.bytes,
    position,
  }
}

/** @returns where `token` stands. */
export function spanOf(token: Token): Span {
  return { file: token.file, start: token.startOffset, end: token.end }
}

/** @returns the span from the start of `token` to the end of `next` */
export function spanBoth(token: Token, next: Token): Span {
  return { ...spanOf(token), end: next.end }
}

/** @returns the text of two tokens that touch, else that of the first */
export function joined(token: Token, next: Token | undefined): string {
  return next !== undefined && !next.first && next.file === token.file && next.startOffset === token.end
    ? token.image + next.image
    : token.image
}

/** @returns `token` as if it were written `image` */
export function become(token: Token, type: TokenType, image: string): Token {
  return { ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx ?? 0, image }
}

function define(name: string, label: string, categories: TokenType[] = []): TokenType {
  return createToken({ name, pattern: Lexer.NA, label, categories })
}

// Made by layout: zero-width.
export const Eol = define('Eol', 'the end of the line')
export const Indent = define('Indent', 'a line that is indented deeper')
export const Outdent = define('Outdent', 'the end of the block')

// Made by the lexer for the preprocessor, which leaves none of them behind.
export const Directive = define('Directive', 'a preprocessor line')
export const DirectiveText = define('DirectiveText', 'the text of a preprocessor line')
export const Splice = define('Splice', 'a preprocessor symbol')

/** Text that is no token; it has been reported, and the parser is silent about its line. */
export const Unreadable = define('Unreadable', 'unreadable text')

export const Name = define('Name', 'a name')
export const StringText = define('StringText', 'a string')
export const Primitive = define('Primitive', 'a type')

/** Whatever can stand between two operands. */
export const Infix = define('Infix', 'an operator')
/** Whatever can stand before one operand. */
export const Prefix = define('Prefix', 'an operator')
/** Operators that only stand between two operands. */
export const Dyadic = define('Dyadic', 'an operator', [Infix])
/** `-` and `MINUS`. */
export const Minus = define('Minus', '`-`', [Infix, Prefix])
/** Operators that only stand before an operand. */
export const Monadic = define('Monadic', 'an operator', [Prefix])
/** Symbols that mean nothing until a FUNCTION defines them. */
export const UserOperator = define('UserOperator', 'an operator', [Infix, Prefix])
/** A literal that is not a string. */
export const LiteralText = define('LiteralText', 'a literal')
export const Integer = define('Integer', 'a number', [LiteralText])
export const Real = define('Real', 'a real number', [LiteralText])
export const ByteLiteral = define('ByteLiteral', 'a byte', [LiteralText])
export const BoolLiteral = define('BoolLiteral', '`TRUE` or `FALSE`', [LiteralText])

export const LParen = define('LParen', '`(`')
export const RParen = define('RParen', '`)`')
export const LBracket = define('LBracket', '`[`')
export const RBracket = define('RBracket', '`]`')
export const Comma = define('Comma', '`,`')
export const Semicolon = define('Semicolon', '`;`')
export const Colon = define('Colon', '`:`')
export const DoubleColon = define('DoubleColon', '`::`')
export const Assign = define('Assign', '`:=`')
export const Equals = define('Equals', '`=`', [Infix])
export const Question = define('Question', '`?`')
export const DoubleQuestion = define('DoubleQuestion', '`??`')
export const Exclamation = define('Exclamation', '`!`')
export const Ampersand = define('Ampersand', '`&`')
export const Bar = define('Bar', '`|`')

function keyword(word: string): TokenType {
  return define(word, `\`${word}\``)
}

export const After = define('AFTER', '`AFTER`', [Infix])
export const Alt = keyword('ALT')
export const Any = keyword('ANY')
export const At = keyword('AT')
export const Barrier = keyword('BARRIER')
export const BytesIn = keyword('BYTESIN')
export const Case = keyword('CASE')
export const Chan = keyword('CHAN')
export const Claim = keyword('CLAIM')
export const Data = keyword('DATA')
export const Else = keyword('ELSE')
export const Enroll = keyword('ENROLL')
export const Extends = keyword('EXTENDS')
export const For = keyword('FOR')
export const Fork = keyword('FORK')
export const Forking = keyword('FORKING')
export const From = keyword('FROM')
export const Func = keyword('FUNCTION')
export const If = keyword('IF')
export const In = keyword('IN')
export const Initial = keyword('INITIAL')
export const Inline = keyword('INLINE')
export const Is = keyword('IS')
export const Mobile = keyword('MOBILE')
export const Most = define('MOST', '`MOSTPOS` or `MOSTNEG`')
export const Of = keyword('OF')
export const OffsetOf = keyword('OFFSETOF')
export const Packed = keyword('PACKED')
export const Par = keyword('PAR')
export const Place = keyword('PLACE')
export const Placed = keyword('PLACED')
export const Port = keyword('PORT')
export const Pri = keyword('PRI')
export const Proc = keyword('PROC')
export const Processor = keyword('PROCESSOR')
export const Protocol = keyword('PROTOCOL')
export const Record = keyword('RECORD')
export const Recursive = define('RECURSIVE', '`REC` or `RECURSIVE`')
/** `RETYPES` and `RESHAPES`. */
export const Reshapes = define('RESHAPES', '`RETYPES` or `RESHAPES`')
export const Result = keyword('RESULT')
/** `ROUND` and `TRUNC`. */
export const Rounding = define('Rounding', '`ROUND` or `TRUNC`')
export const Seq = keyword('SEQ')
export const Shared = keyword('SHARED')
export const Size = keyword('SIZE')
export const Skip = keyword('SKIP')
export const Step = keyword('STEP')
export const Stop = keyword('STOP')
export const Suspend = keyword('SUSPEND')
export const Sync = keyword('SYNC')
export const Timer = keyword('TIMER')
export const Type = keyword('TYPE')
export const Val = keyword('VAL')
export const Valof = keyword('VALOF')
export const While = keyword('WHILE')
/** `WORKSPACE` and `VECSPACE`. */
export const Workspace = define('Workspace', '`WORKSPACE` or `VECSPACE`')
/** Reserved words of inline assembly and of hardware configuration that no program here can use. */
export const Reserved = define('Reserved', 'a reserved word')

/** Every reserved word with its token type. */
export const keywords: ReadonlyMap<string, TokenType> = new Map<string, TokenType>([
  ...['BOOL', 'BYTE', 'INT', 'INT16', 'INT32', 'INT64', 'REAL32', 'REAL64'].map((word) => [word, Primitive] as const),
  ...['PLUS', 'TIMES', 'REM', 'BITAND', 'BITOR', 'AND', 'OR'].map((word) => [word, Dyadic] as const),
  ...['NOT', 'BITNOT', 'CLONE', 'DEFINED'].map((word) => [word, Monadic] as const),
  ...['ASM', 'GUY'].map((word) => [word, Reserved] as const),
  ['MINUS', Minus],
  ['TRUE', BoolLiteral],
  ['FALSE', BoolLiteral],
  ['MOSTPOS', Most],
  ['MOSTNEG', Most],
  ['REC', Recursive],
  ['RECURSIVE', Recursive],
  ['RETYPES', Reshapes],
  ['RESHAPES', Reshapes],
  ['ROUND', Rounding],
  ['TRUNC', Rounding],
  ['WORKSPACE', Workspace],
  ['VECSPACE', Workspace],
  ...[
    After, Alt, Any, At, Barrier, BytesIn, Case, Chan, Claim, Data, Else, Enroll, Extends, For, Fork, Forking, From, Func, If, In,
    Initial, Inline, Is, Mobile, Of, OffsetOf, Packed, Par, Place, Placed, Port, Pri, Proc, Processor, Protocol, Record, Result, Seq,
    Shared, Size, Skip, Step, Stop, Suspend, Sync, Timer, Type, Val, Valof, While,
  ].map((type) => [type.name, type] as const),
]) // prettier-ignore

/** Every symbol with its token type. */
export const symbols: ReadonlyMap<string, TokenType> = new Map<string, TokenType>([
  ...['+', '*', '/', '\\', '/\\', '\\/', '><', '<<', '>>', '<>', '<', '>', '<=', '>='].map((text) => [text, Dyadic] as const),
  ...['@', '@@', '$', '$$', '%', '%%', '&&', '<%', '%>', '<&', '&>', '<]', '[>', '<@', '@>', '++', '!!', '==', '^'].map(
    (text) => [text, UserOperator] as const,
  ),
  ['-', Minus],
  ['~', Monadic],
  ['(', LParen],
  [')', RParen],
  ['[', LBracket],
  [']', RBracket],
  [',', Comma],
  [';', Semicolon],
  [':', Colon],
  ['::', DoubleColon],
  [':=', Assign],
  ['=', Equals],
  ['?', Question],
  ['??', DoubleQuestion],
  ['!', Exclamation],
  ['&', Ampersand],
  ['|', Bar],
])

/** Whether `text` is an operator between two operands, or before one. */
export function isOperator(text: string, operands: number): boolean {
  const type = symbols.get(text) ?? keywords.get(text)
  return type === DoubleQuestion || type?.CATEGORIES?.includes(operands === 2 ? Infix : Prefix) === true
}

/** Whether `type` can stand between two operands. */
export function isInfix(type: TokenType): boolean {
  return type === Infix || type.CATEGORIES?.includes(Infix) === true
}

/**
 * Whether the `?` or `!` at `index` sends or receives: all that stands before it in its line is a name with its subscripts, perhaps after the
 * condition of a guard. Otherwise it may be the direction of a channel that is part of an expression.
 */
export function communicates(tokens: readonly Token[], index: number): boolean {
  let at = index - 1
  for (let depth = 0; at >= 0; at--) {
    const type = tokens[at]?.tokenType
    if (type === RBracket) depth++
    else if (type === LBracket && depth > 0) depth--
    else if (depth === 0) break
  }
  if (tokens[at]?.tokenType !== Name) return false
  const before = tokens[at - 1]?.tokenType
  if (before === undefined || before === Ampersand || before === Eol || before === Indent || before === Outdent) return true
  return tokens[at]?.first === true && before !== LBracket && before !== LParen // after a bracket the line above goes on
}

/** What an operand can end with. */
export const endsOperand: ReadonlySet<TokenType> = new Set([
  Name, Integer, Real, ByteLiteral, StringText, BoolLiteral, RParen, RBracket,
]) // prettier-ignore

/** A line that ends in one of these goes on in the next. */
export const continues: ReadonlySet<TokenType> = new Set([
  Dyadic, Minus, Monadic, UserOperator, Equals, After, Size, Most, Rounding, Ampersand, Bar, DoubleColon, Comma, Semicolon, Assign, Is,
  Reshapes, From, For, Step,
]) // prettier-ignore

/** Of these, the ones after which a list goes on. */
export const separators: ReadonlySet<TokenType> = new Set([Comma, Semicolon])

/** A deeper line that begins with one of these was meant to continue the line above. */
export const neverFirst: ReadonlySet<TokenType> = new Set([
  Dyadic, Equals, After, Ampersand, Bar, DoubleColon, Comma, Semicolon, Assign, Is, Reshapes, From, For, Step, RParen, RBracket,
]) // prettier-ignore

/** Words that only begin a process or a declaration: inside brackets they show that a bracket was left open. */
export const beginsLine: ReadonlySet<TokenType> = new Set([
  Alt, Claim, Data, Fork, Forking, If, Par, Placed, Pri, Proc, Protocol, Seq, Skip, Stop, While,
]) // prettier-ignore

/** Every token type the parser knows. */
export const vocabulary: TokenType[] = [
  ...new Set([
    Eol, Indent, Outdent, Unreadable, Name, Infix, Prefix, LiteralText, Integer, Real, ByteLiteral, StringText, ...keywords.values(), ...symbols.values(),
  ]),
] // prettier-ignore
