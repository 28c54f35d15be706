/**
 * Whether a text may be formatted: its own syntax has to be right, whatever the files it includes hold and whatever its names mean.
 *
 * A file that is included need not be a whole program: it may hold the lines of any construct, and its own `#INCLUDE`s may stand for
 * declarations or for processes. What one reading of these accepts is right.
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import { layout } from '../../grammar/layout.ts'
import { lex, type Lexed } from '../../grammar/lexer.ts'
import { parse } from '../../grammar/parser.ts'
import { preprocess, relevant, type Preprocessed } from '../../grammar/preprocess.ts'
import { predefinedSymbols } from '../../grammar/symbols.ts'
import type { Result } from '../../grammar/result.ts'
import type { Span } from '../../grammar/source.ts'
import { Directive, Eol, Name, Skip, type Token } from '../../grammar/tokens.ts'
import { readable } from './asides.ts'

/** What an indented `#INCLUDE` is taken for. */
export type Inclusion = 'nothing' | 'process'

/** Faults that other files or the command line may put right, and constructs that are only not compiled yet. */
const forgiven = /^(E012[2368]|E029\d|W.*)$/

const HOLE = 'hole'

/** Where the lines of a fragment may stand. */
const contexts = [
  'PROC p ()\n  SEQ\n    hole\n:\n',
  'PROC p ()\n  IF\n    hole\n:\n',
  'PROC p ()\n  ALT\n    hole\n:\n',
  'PROC p ()\n  CASE x\n    hole\n:\n',
  'PROC p ()\n  c ? CASE\n    hole\n:\n',
  'DATA TYPE T\n  RECORD\n    hole\n:\n',
  'PROTOCOL P\n  CASE\n    hole\n:\n',
]

const isInclusion = (token: Token): boolean => token.tokenType === Directive && /^#(INCLUDE|USE)$/.test(token.image)

/**
 * Carries out the preprocessor lines of one text alone.
 * @param lexed the text
 * @param inclusion what takes the place of each `#INCLUDE` and `#USE` that is indented deeper than the text as a whole
 * @returns what is left, and what was left out
 */
export function preprocessAlone(lexed: Lexed, inclusion: Inclusion): Result<Preprocessed> {
  const tokens: Token[] = []
  const margin = lexed.tokens.reduce((least, { first, column }) => (first ? Math.min(least, column) : least), Infinity)
  let dropping = false
  for (const token of lexed.tokens) {
    dropping &&= !token.first
    if (dropping) continue
    dropping = isInclusion(token)
    if (!dropping) tokens.push(readable(token))
    else if (inclusion === 'process' && token.column > margin) {
      tokens.push({ ...token, tokenType: Skip, tokenTypeIdx: Skip.tokenTypeIdx ?? 0, image: 'SKIP' })
    }
  }
  return preprocess({ ...lexed, tokens }, { read: () => undefined }, { symbols: predefinedSymbols })
}

function errorsOf(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(({ code }) => !forgiven.test(code))
}

/** @returns the tokens of `lines` in place of the hole of `context`. */
function inContext(lines: readonly Token[], context: string): Token[] {
  const around = layout(lex({ path: '', text: context }).value.tokens).value
  const hole = around.findIndex(({ tokenType, image }) => tokenType === Name && image === HOLE)
  const rest = around.slice(hole + (around[hole + 1]?.tokenType === Eol ? 2 : 1))
  return [...around.slice(0, hole), ...lines, ...rest].map((token, position) => ({ ...token, position }))
}

/** @returns whether `a` has fewer faults than `b`, or as many further on: then more of the text made sense. */
function isBetter(a: readonly Diagnostic[], b: readonly Diagnostic[]): boolean {
  const start = ([first]: readonly Diagnostic[]) => first?.primary.span.start ?? Infinity
  return a.length < b.length || (a.length === b.length && start(a) > start(b))
}

/** @returns what is wrong when inclusions are read in one way. */
function faultsWith(lexed: Lexed, inclusion: Inclusion, fragment: boolean): Diagnostic[] {
  const preprocessed = preprocessAlone(lexed, inclusion)
  const laidOut = layout(preprocessed.value.tokens)
  const text = errorsOf([...preprocessed.diagnostics, ...laidOut.diagnostics])
  let best = errorsOf(parse(lexed.file, laidOut.value).diagnostics)
  for (const context of fragment && text.length === 0 ? contexts : []) {
    if (best.length === 0) break
    const faults = errorsOf(parse(lexed.file, inContext(laidOut.value, context)).diagnostics)
    if (isBetter(faults, best)) best = faults
  }
  return [...text, ...best]
}

/** What was found out about the syntax of a text. */
export interface Findings {
  readonly faults: readonly Diagnostic[]
  /** What the `#IF`s of the text leave out. */
  readonly skipped: readonly Span[]
  /** Faults of a text that no reading of all its inclusions accepts: one may stand for a process and another for nothing, or it is wrong. */
  readonly doubts: readonly Diagnostic[]
}

/**
 * Looks for faults of text, layout and syntax.
 * @param lexed the text
 * @param fragment whether it may be something else than a whole program
 */
export function findFaults(lexed: Result<Lexed>, fragment: boolean): Findings {
  const { skipped } = preprocessAlone(lexed.value, 'nothing').value
  const lexical = errorsOf(relevant(lexed.diagnostics, skipped))
  const first = faultsWith(lexed.value, 'nothing', fragment)
  if (first.length === 0 || !lexed.value.tokens.some((token) => isInclusion(token) && token.column > 0)) {
    return { faults: [...lexical, ...first], skipped, doubts: [] }
  }
  const second = faultsWith(lexed.value, 'process', fragment)
  const inBoth = first.filter((a) => second.some((b) => a.code === b.code && a.primary.span.start === b.primary.span.start))
  return { faults: [...lexical, ...inBoth], skipped, doubts: second.length === 0 ? [] : first }
}
