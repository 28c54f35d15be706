/**
 * Words and signs that people bring along from other languages. Each rule looks at the tokens of one line and knows what was meant where nothing
 * else could have been: it reports the slip and puts in its place what should stand there.
 */
import type { TokenType } from 'chevrotain'
import type { Report } from './diagnostic.ts'
import type { Messages } from './messages.ts'
import * as T from './tokens.ts'
import { become, joined, spanBoth, type Token } from './tokens.ts'

/** What a rule may know besides the line. */
export interface Surroundings {
  readonly report: Report<Messages>
  /** The next line is indented deeper. */
  readonly opens: boolean
  /** The line goes on with the one above. */
  readonly goesOn: boolean
  /** Names of routines and types that the text declares: they mean what they say. */
  readonly declared: ReadonlySet<string>
}

type Rule = (tokens: readonly Token[], around: Surroundings) => readonly Token[]

/** @returns the line as it was meant; the same tokens when nothing was wrong */
export function asMeant(tokens: readonly Token[], around: Surroundings): readonly Token[] {
  return RULES.reduce((line, rule) => rule(line, around), tokens)
}

/** @returns the names of routines and types that `tokens` declare */
export function declaredIn(tokens: readonly Token[]): ReadonlySet<string> {
  return new Set(
    tokens.filter(({ tokenType }, i) => tokenType === T.Name && declares.has(tokens[i - 1]?.tokenType ?? T.Eol)).map(({ image }) => image),
  )
}

const declares: ReadonlySet<TokenType> = new Set([T.Proc, T.Func, T.Type, T.Protocol])

const beginsOperand: ReadonlySet<TokenType> = new Set([
  T.Name, T.Integer, T.Real, T.ByteLiteral, T.StringText, T.BoolLiteral, T.LParen, T.Minus, T.Monadic, T.Primitive, T.Size, T.Most,
]) // prettier-ignore

const binary: ReadonlySet<string> = new Set(['AND', 'OR', 'REM', 'PLUS', 'MINUS', 'TIMES', 'AFTER', 'FOR', 'FROM', 'STEP', 'IS'])

/** Operators that are words elsewhere and signs here. */
const signs: ReadonlyMap<string, string> = new Map([
  ['mod', '\\'],
  ['div', '/'],
  ['xor', '><'],
])

/** Words before a type. */
const specifiers: ReadonlySet<string> = new Set(['CHAN', 'VAL', 'INITIAL', 'RESULT', 'MOBILE', 'SHARED'])

/** Words that begin a block, here and elsewhere. */
const openers: ReadonlyMap<string, string> = new Map([
  ['WHILE', 'WHILE'],
  ['CASE', 'CASE'],
  ['SWITCH', 'CASE'],
])

const typeOf = (token: Token | undefined): TokenType => token?.tokenType ?? T.Eol

/** `a and b`, `a mod b`, `not a`, `chan byte c`, `while (b)`, `switch x`. */
const words: Rule = (tokens, { report, opens, declared, goesOn }) => {
  const out: Token[] = []
  for (const [i, token] of tokens.entries()) {
    const keyword = token.tokenType === T.Name && !declared.has(token.image) ? wordMeant(token.image, out.at(-1), tokens[i + 1]) : undefined
    const opener = i === 0 && opens && !goesOn && token.tokenType === T.Name && !declared.has(token.image) ? openerMeant(tokens) : undefined
    const meant = opener ?? keyword
    const type = meant === undefined ? undefined : (T.keywords.get(meant) ?? T.symbols.get(meant))
    if (meant === undefined || type === undefined) {
      out.push(token)
      continue
    }
    if (T.keywords.has(meant)) report('E0216', T.spanOf(token), { word: token.image, keyword: meant })
    else report('E0231', T.spanOf(token), { found: token.image, meant, example: undefined })
    out.push(become(token, type, meant))
  }
  return out
}

function wordMeant(word: string, previous: Token | undefined, next: Token | undefined): string | undefined {
  const upper = word.toUpperCase()
  const [before, after] = [typeOf(previous), typeOf(next)]
  if (T.endsOperand.has(before)) {
    if (!beginsOperand.has(after)) return undefined
    return binary.has(upper) ? upper : signs.get(word.toLowerCase())
  }
  if (upper === 'NOT' && (after === T.Name || after === T.LParen || after === T.BoolLiteral)) return upper
  const declaration = before === T.Eol || before === T.LParen || before === T.Comma || specifiers.has(previous?.image ?? '')
  return declaration && specifiers.has(upper) && (after === T.Name || after === T.Primitive) ? upper : undefined
}

/** @returns the word that begins a block, where a Name begins a line that opens one and nothing but the word can be meant */
function openerMeant(tokens: readonly Token[]): string | undefined {
  const [first, second] = tokens
  if (typeOf(tokens.at(-1)) === T.Colon) return undefined // `case 1:`
  const meant = openers.get(first?.image.toUpperCase() ?? '')
  return beginsOperand.has(typeOf(second)) ? meant : undefined
}

/** Words that end a block elsewhere. */
export const endWords = /^end[._]?(?:proc|procedure|func|function|if|while|for|seq|par|alt|case|switch)?$/i

/** `END IF`, and `ENDPROC` at the margin; a word alone within a block may be a tag: the parser knows. */
const ends: Rule = (tokens, { report, declared, opens, goesOn }) => {
  const [first, second, third] = tokens
  if (goesOn || opens || first?.tokenType !== T.Name || !endWords.test(first.image) || declared.has(first.image)) return tokens
  if (third !== undefined || (second === undefined ? first.column > 0 : !T.keywords.has(second.image.toUpperCase()))) return tokens
  report('E0243', spanBoth(first, second ?? first), { word: first.image })
  return first.column === 0 ? [become(first, T.Colon, ':')] : []
}

/** `x : INT`, `var x: INT;` */
const typeBehindName: Rule = (tokens, { report }) => {
  const words = tokens.at(-1)?.tokenType === T.Semicolon ? tokens.slice(0, -1) : tokens
  const start = /^(?:var|let|declare)$/i.test(words[0]?.image ?? '') && words[0]?.tokenType === T.Name ? 1 : 0
  const [type, colon] = [words.at(-1), words.at(-2)]
  const names = words.slice(start, -2)
  if (type?.tokenType !== T.Primitive || colon?.tokenType !== T.Colon || names.length === 0) return tokens
  if (!names.every(({ tokenType }, i) => tokenType === (i % 2 === 0 ? T.Name : T.Comma))) return tokens
  const [first] = words as [Token] // there are names before the type
  const text = names.map(({ image }) => (image === ',' ? ', ' : image)).join('')
  report('E0242', spanBoth(names[0] ?? first, type), { example: `${type.image} ${text}:` })
  return [{ ...become(type, T.Primitive, type.image), first: first.first, column: first.column }, ...names.map(notFirst), colon]
}

/** `VAL INT n = 3:` */
const valueWithEquals: Rule = (tokens, { report, goesOn }) => {
  const first = typeOf(tokens[0])
  if (goesOn || (first !== T.Val && first !== T.Initial) || typeOf(tokens.at(-1)) !== T.Colon) return tokens
  const at = tokens.findIndex(({ tokenType }) => [T.Is, T.Reshapes, T.Assign, T.Equals].includes(tokenType))
  const sign = tokens[at]
  if (sign === undefined || (sign.tokenType !== T.Assign && sign.tokenType !== T.Equals)) return tokens
  report('E0201', T.spanOf(sign), { expected: '`IS`', after: `after \`${tokens[at - 1]?.image ?? ''}\``, found: `\`${sign.image}\`` })
  return replaced(tokens, at, become(sign, T.Is, 'IS'))
}

/** `(BYTE) x` */
const cast: Rule = (tokens, { report }) => {
  const at = tokens.findIndex(
    ({ tokenType }, i) =>
      tokenType === T.LParen &&
      typeOf(tokens[i + 1]) === T.Primitive &&
      typeOf(tokens[i + 2]) === T.RParen &&
      [T.Name, T.Integer, T.Real, T.ByteLiteral, T.LParen].includes(typeOf(tokens[i + 3])) &&
      ![T.BytesIn, T.Most, T.Name].includes(typeOf(tokens[i - 1])),
  )
  const [open, type, close, operand] = tokens.slice(at, at + 4)
  if (at < 0 || open === undefined || type === undefined || close === undefined) return tokens
  report('E0244', spanBoth(open, close), { type: type.image, operand: operand?.tokenType === T.LParen ? '(...)' : (operand?.image ?? '') })
  return [...tokens.slice(0, at), { ...type, first: open.first }, ...tokens.slice(at + 3)]
}

/** `c <- x`, `x := <-c`, `x := c ?` */
const arrows: Rule = (tokens, { report, opens, goesOn }) => {
  if (goesOn || opens) return tokens
  const [first, second, third, fourth] = tokens
  if (first?.tokenType !== T.Name || second === undefined || third === undefined) return tokens
  if (joined(second, third) === '<-') {
    report('E0231', spanBoth(second, third), { found: '<-', meant: '!', example: undefined })
    return [first, become(second, T.Exclamation, '!'), ...tokens.slice(3)]
  }
  if (second.tokenType !== T.Assign || fourth === undefined) return tokens
  const [from, sign] = joined(third, fourth) === '<-' ? [tokens[4], spanBoth(third, fourth)] : [third, T.spanOf(fourth)]
  if (from?.tokenType !== T.Name || (from === third ? fourth.tokenType !== T.Question || tokens.length !== 4 : tokens.length !== 5))
    return tokens
  const found = from === third ? ':= ... ?' : '<-'
  report('E0231', sign, { found, meant: '?', example: `${from.image} ? ${first.image}` })
  return [{ ...from, first: first.first, column: first.column }, become(second, T.Question, '?'), notFirst(first)]
}

/** `x := a > b ? a : b`: the first of the two is read. */
const conditionalValue: Rule = (tokens, { report, goesOn }) => {
  if (!tokens.some(({ tokenType }) => tokenType === T.Question)) return tokens
  const depths = depthsOf(tokens)
  const inValue = (i: number): boolean =>
    (depths[i] ?? 0) > 0 || goesOn || tokens.slice(0, i).some(({ tokenType }) => beforeValue.has(tokenType))
  const at = tokens.findIndex(
    ({ tokenType }, i) =>
      tokenType === T.Question && T.endsOperand.has(typeOf(tokens[i - 1])) && beginsOperand.has(typeOf(tokens[i + 1])) && inValue(i),
  )
  const [sign, depth] = [tokens[at], depths[at] ?? 0]
  const colon = tokens.findIndex(({ tokenType }, i) => i > at && tokenType === T.Colon && depths[i] === depth)
  if (sign === undefined || colon < 0 || !beginsOperand.has(typeOf(tokens[colon + 1]))) return tokens
  const bounds = (i: number): boolean =>
    (depths[i] ?? 0) < depth || (depths[i] === depth && [T.Comma, T.Semicolon].includes(typeOf(tokens[i])))
  const start = tokens.findLastIndex(({ tokenType }, i) => i < at && (bounds(i) || (depths[i] === depth && beforeValue.has(tokenType))))
  const end = tokens.findIndex((_, i) => i > colon && bounds(i))
  report('E0247', T.spanOf(sign), undefined)
  const [value, ...more] = tokens.slice(at + 1, colon)
  const first = tokens[start + 1] ?? sign
  const read = value === undefined ? [] : [{ ...value, first: first.first, column: first.column }, ...more]
  return [...tokens.slice(0, start + 1), ...read, ...(end < 0 ? [] : tokens.slice(end))]
}

/** What a value follows. */
const beforeValue: ReadonlySet<TokenType> = new Set([T.Assign, T.Exclamation, T.Is, T.Result])

/** How many brackets are open at each token; those of a bracket itself count from behind the opening to before the closing one. */
function depthsOf(tokens: readonly Token[]): readonly number[] {
  let depth = 0
  return tokens.map(({ tokenType }) => {
    if (tokenType === T.RParen || tokenType === T.RBracket) depth--
    const here = depth
    if (tokenType === T.LParen || tokenType === T.LBracket) depth++
    return here
  })
}

/** `c ? INT x`, and `data; INT x` in a `? CASE`: the declarations are read as if they stood above. */
const declarationInInput: Rule = (tokens, { report, goesOn }) => {
  const [first] = tokens
  if (goesOn || first?.tokenType !== T.Name || ![T.Question, T.Semicolon].includes(typeOf(tokens[1]))) return tokens
  const declares = (i: number): boolean =>
    [T.Semicolon, T.Question].includes(typeOf(tokens[i - 1])) &&
    typeOf(tokens[i]) === T.Primitive &&
    typeOf(tokens[i + 1]) === T.Name &&
    [T.Eol, T.Semicolon].includes(typeOf(tokens[i + 2]))
  const types = tokens.filter((_, i) => declares(i))
  const declarations = types.flatMap((type) => {
    const name = tokens[tokens.indexOf(type) + 1] ?? type // `declares` saw a name there
    const text = `${type.image} ${name.image}`
    report('E0227', spanBoth(type, name), { found: `\`${text}\``, declaration: `${text}:` })
    return [{ ...type, first: true, column: first.column }, name, become(name, T.Colon, ':')]
  })
  return [...declarations, ...tokens.filter((token) => !types.includes(token))]
}

/** `T! a, b:` declares ends; the line may be broken after a comma. */
function declaresEnds([, direction, ...rest]: readonly Token[]): boolean {
  if (![T.Exclamation, T.Question].includes(typeOf(direction)) || ![T.Colon, T.Comma].includes(typeOf(rest.at(-1)))) return false
  return rest.length % 2 === 0 && rest.slice(0, -1).every((token, i) => token.tokenType === (i % 2 === 0 ? T.Name : T.Comma))
}

/** `c ! 3, 4`: the parts of a message. */
const parts: Rule = (tokens, { report, goesOn }) => {
  if (goesOn || typeOf(tokens[0]) !== T.Name) return tokens
  if (declaresEnds(tokens)) return tokens
  let depth = 0
  let message = false
  return tokens.map((token, i) => {
    const { tokenType } = token
    if (tokenType === T.LParen || tokenType === T.LBracket) depth++
    else if (tokenType === T.RParen || tokenType === T.RBracket) depth--
    if (depth > 0) return token
    if ((tokenType === T.Exclamation || tokenType === T.Question) && T.endsOperand.has(typeOf(tokens[i - 1])))
      message = beginsOperand.has(typeOf(tokens[i + 1])) && !tokens.some((t) => t.tokenType === T.Assign)
    if (!message || tokenType !== T.Comma) return token
    report('E0245', T.spanOf(token), undefined)
    return become(token, T.Semicolon, ';')
  })
}

/** `IF x > 0:`, `default:`, `SEQ:`; `PROC f ():` */
const colonThatOpens: Rule = (tokens, { report, opens, goesOn }) => {
  const last = tokens.at(-1)
  const [first, second] = [typeOf(tokens[0]), typeOf(tokens[1])]
  if (!opens || goesOn || tokens.length < 2 || last?.tokenType !== T.Colon) return tokens
  if (!closed(tokens)) return tokens // a VALOF in brackets may begin with a declaration
  const block =
    blocks.has(first) || (tokens.some(({ tokenType }) => tokenType === T.Func) && !tokens.some(({ tokenType }) => tokenType === T.Is))
  const condition =
    (beginsOperand.has(first) || first === T.Else) &&
    first !== T.Primitive &&
    !(first === T.Name && second === T.Name) &&
    !tokens.some(({ tokenType }) => tokenType === T.Is || tokenType === T.Reshapes || tokenType === T.Assign)
  if (!block && !condition) return tokens
  report('E0233', T.spanOf(last), { word: ':' })
  const rest = tokens.slice(0, -1)
  const [word, value, ...more] = rest
  if (word?.image !== 'case' || value === undefined) return rest
  return [{ ...value, first: true, column: word.column }, ...more] // `case 1:`
}

const blocks: ReadonlySet<TokenType> = new Set([T.Seq, T.Par, T.Alt, T.If, T.Case, T.While, T.Pri, T.Proc])

const RULES: readonly Rule[] = [
  words,
  ends,
  typeBehindName,
  valueWithEquals,
  cast,
  arrows,
  conditionalValue,
  declarationInInput,
  parts,
  colonThatOpens,
]

/** Whether as many brackets are closed as are opened. */
function closed(tokens: readonly Token[]): boolean {
  const count = (...types: readonly TokenType[]): number => tokens.filter(({ tokenType }) => types.includes(tokenType)).length
  return count(T.LParen, T.LBracket) === count(T.RParen, T.RBracket)
}

const notFirst = (token: Token): Token => (token.first ? { ...token, first: false } : token)

function replaced(tokens: readonly Token[], at: number, by: Token): readonly Token[] {
  return tokens.map((token, i) => (i === at ? by : token))
}
