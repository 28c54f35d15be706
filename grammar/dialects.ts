/**
 * Texts in languages that came before this one or stood beside it: occam 1, whose variables have no types, and the configuration language of the
 * transputer toolset. Nearly every line of such a text would be a mistake; so its dialect is named once, and nothing else is said about it.
 */
import { reporter, type Diagnostic } from './diagnostic.ts'
import { declaredIn } from './habits.ts'
import { messages } from './messages.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** Something that only one dialect writes so. */
interface Sign {
  readonly token: Token
  /** Whether one such line is enough; of the others, a text must have two kinds. */
  readonly certain: boolean
  /** How it is written here. */
  readonly modern: string
}

type Recognizer = (line: readonly Token[], declared: ReadonlySet<string>) => Sign | undefined

const image = (token: Token | undefined): string => token?.image ?? ''
const isName = (token: Token | undefined): boolean => token?.tokenType === T.Name

/** `DEF n = 8:` */
const definition: Recognizer = ([word, name, equals]) =>
  word !== undefined && image(word) === 'DEF' && isName(name) && equals?.tokenType === T.Equals
    ? { token: word, certain: true, modern: 'VAL n IS 8:' }
    : undefined

/** `VAR x, y[10]:` */
const variable: Recognizer = ([word, name], declared) =>
  word !== undefined && image(word) === 'VAR' && isName(name) && !declared.has('VAR')
    ? { token: word, certain: true, modern: 'INT x: [10]INT y:' }
    : undefined

/** `CHAN c, d[4]:`, which might be a slip. */
const channel: Recognizer = ([word, name, after]) =>
  word?.tokenType === T.Chan && isName(name) && (after === undefined || ends.has(after.tokenType) || image(after) === 'AT')
    ? { token: word, certain: false, modern: 'CHAN OF INT c: [4]CHAN OF INT d:' }
    : undefined

const ends = new Set([T.Colon, T.Comma, T.LBracket])

/** `VALUE x` or `VAR x` among the parameters of a PROC, and the `=` behind them. */
const heading: Recognizer = (line, declared) => {
  if (line[0]?.tokenType !== T.Proc) return undefined
  const formal = line.find(
    (token, i) => /^(VALUE|VAR)$/.test(token.image) && !declared.has(token.image) && isName(token) && isName(line[i + 1]),
  )
  const modern = 'PROC p (VAL INT x, INT y, CHAN OF INT c)'
  if (formal !== undefined) return { token: formal, certain: true, modern }
  const last = line.at(-1)
  return last?.tokenType === T.Equals ? { token: last, certain: false, modern } : undefined
}

/** `WAIT NOW AFTER t` */
const waiting: Recognizer = (line) => {
  const at = line.findIndex((token, i) => image(token) === 'WAIT' && image(line[i + 1]) === 'NOW' && line[i + 2]?.tokenType === T.After)
  const token = line[at]
  return token === undefined ? undefined : { token, certain: true, modern: 'clock ? AFTER t' }
}

/** `SEQ i = [0 FOR n]` */
const replication: Recognizer = ([, name, equals, bracket, ...rest]) =>
  isName(name) &&
  equals?.tokenType === T.Equals &&
  bracket?.tokenType === T.LBracket &&
  rest.at(-1)?.tokenType === T.RBracket &&
  rest.some(isFor)
    ? { token: bracket, certain: false, modern: 'SEQ i = 0 FOR n' }
    : undefined

const isFor = (token: Token): boolean => token.tokenType === T.For

const occam1: readonly Recognizer[] = [definition, variable, channel, heading, waiting, replication]

/** `NETWORK`, `CONFIG name`, `MAPPING` and `NODE a, b:` at the margin. */
const configuration: readonly Recognizer[] = [
  (line, declared) => {
    const [word, name, after] = line
    if (word === undefined || !isName(word) || word.column > 0 || declared.has(word.image)) return undefined
    const opens = /^(NETWORK|CONFIG|MAPPING)$/.test(word.image) && (name === undefined || (isName(name) && after === undefined))
    const declares = /^(NODE|ARC|EDGE)$/.test(word.image) && isName(name) && after !== undefined && ends.has(after.tokenType)
    return opens || declares ? { token: word, certain: declares || word.image !== 'MAPPING', modern: '' } : undefined
  },
]

/**
 * @param tokens what the preprocessor left of a text
 * @returns what to say of the text in place of everything else; undefined when it is in our language, as far as can be seen
 */
export function foreignDialect(tokens: readonly Token[]): Diagnostic | undefined {
  const lines = strangeLines(tokens)
  if (lines.length === 0) return undefined
  const declared = declaredIn(tokens)
  const found: Diagnostic[] = []
  const report = reporter(messages, found)
  const old = evidence(lines, declared, occam1)
  const network = evidence(lines, declared, configuration)
  if (old !== undefined) report('E0251', { span: T.spanOf(old.token), text: 'only occam 1 writes this' }, { modern: old.modern })
  else if (network !== undefined) report('E0252', T.spanOf(network.token), { word: network.token.image })
  return found[0]
}

/** @returns the first sign, if there are enough of them */
function evidence(
  lines: readonly (readonly Token[])[],
  declared: ReadonlySet<string>,
  recognizers: readonly Recognizer[],
): Sign | undefined {
  let first: Sign | undefined
  const kinds = new Set<Recognizer>()
  for (const line of lines) {
    for (const recognize of recognizers) {
      const sign = recognize(line, declared)
      if (sign === undefined) continue
      first ??= sign
      kinds.add(recognize)
      if (sign.certain || kinds.size > 1) return first
    }
  }
  return undefined
}

const strangeWords: ReadonlySet<string> = new Set(['DEF', 'VAR', 'VALUE', 'WAIT', 'NETWORK', 'CONFIG', 'MAPPING', 'NODE', 'ARC', 'EDGE'])

/** @returns the lines in which a recognizer could find anything, which most texts have hardly any of */
function strangeLines(tokens: readonly Token[]): (readonly Token[])[] {
  const lines: (readonly Token[])[] = []
  let start = 0
  let isStrange = false
  for (let i = 0; i <= tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined || token.first) {
      if (isStrange) lines.push(tokens.slice(start, i))
      if (token === undefined) break
      start = i
      isStrange = token.tokenType === T.Chan
    }
    const next = tokens[i + 1]
    if (token.tokenType === T.Name) isStrange ||= strangeWords.has(token.image)
    else if (token.tokenType === T.Equals) isStrange ||= next === undefined || next.first || next.tokenType === T.LBracket
  }
  return lines
}
