/** What holds for every text: formatting changes neither the program nor what it has formatted before. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { format } from '../../editor/prettier-plugin/format.ts'
import { lex } from '../../grammar/lexer.ts'
import * as T from '../../grammar/tokens.ts'
import type { Token } from '../../grammar/tokens.ts'
import { formatted, soundTexts, substance, type Source } from './texts.ts'

const sources = soundTexts()

/** Fails unless formatting keeps what `text` says and then has nothing left to do. */
function check(text: string, path: string, width?: number): void {
  const once = formatted(text, path, width)
  assert.equal(substance(once), substance(text))
  assert.is(formatted(once, path, width), once)
  assert.not.match(once, /[ \t\r]$/m)
  assert.match(once, /^$|[^\n]\n$/)
}

for (const { path, text } of sources) {
  test(`${path} keeps its tokens, blocks and comments, at any width`, () => {
    for (const width of [undefined, 60, 30, 10]) check(text, path, width)
  })
}

/** How a text is laid out anew. Each list is used up and begun again. */
interface Mutation {
  readonly spaces: readonly string[]
  /** Whether to end a line where one may end, and how far to indent the rest. */
  readonly breaks: readonly (number | undefined)[]
  readonly comments: readonly (string | undefined)[]
  /** What to put on a line of its own, and in which column. */
  readonly own: readonly (readonly [string, number] | undefined)[]
  readonly ends: readonly string[]
}

const list = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 7, maxLength: 31 })

const own = fc.constantFrom(
  '-- a line',
  '--}}}',
  '#PRAGMA SHARED  x -- c',
  '#INCLUDE "x"',
  '#IF TRUE\n#ENDIF',
  '#IF X\n#ELSE\n -- c\n#ENDIF',
  '',
)

const mutation = (breaking: boolean): fc.Arbitrary<Mutation> =>
  fc.record({
    spaces: list(fc.constantFrom('', '', ' ', '  ', '     ', '\t')),
    breaks: list(breaking ? fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 3 }) : fc.constant(undefined)),
    comments: list(breaking ? fc.option(fc.constantFrom('-- c', '--', '--{{{  f'), { nil: undefined, freq: 5 }) : fc.constant(undefined)),
    own: list(breaking ? fc.option(fc.tuple(own, fc.nat({ max: 12 })), { nil: undefined, freq: 3 }) : fc.constant(undefined)),
    ends: list(fc.constantFrom('\n', '\r\n', '  \n', '\t\n')),
  })

/** Two tokens that cannot be one, whatever they are: no blank is needed between them. */
const loose = /^[()[\],;]$/

/** Lays `text` out anew: other blanks, line ends where there may be some, comments there, empty lines. Indentation of lines stays. */
function mutate({ text, path }: Source, mutation: Mutation): string {
  const counters = new Map<readonly unknown[], number>()
  const draw = <V>(values: readonly V[]): V => {
    const i = counters.get(values) ?? 0
    counters.set(values, i + 1)
    return values[i % values.length] as V // 0 <= i % length < length
  }
  const { tokens } = lex({ path, text }).value
  let depth = 0
  let indentation = 0
  let result = ''
  let at = 0
  let inDirective = false
  tokens.forEach((token, i) => {
    const previous = tokens[i - 1]
    const between = text.slice(at, token.startOffset)
    at = token.end
    if (token.first && depth === 0 && previous?.tokenType !== T.Comma) indentation = token.column
    inDirective = token.tokenType === T.Directive || (inDirective && !token.first)
    if (inDirective || /--|^ *\.\.\. /m.test(between) || previous === undefined) result += between
    else if (token.first) {
      const lines = between.split('\n')
      result += draw(mutation.ends).repeat(1 + (depth === 0 ? lines.length - 2 : 0))
      const [line, column] = draw(mutation.own) ?? []
      if (line !== undefined) result += ' '.repeat(column ?? 0) + line + draw(mutation.ends)
      result += lines.at(-1) ?? ''
    } else if (mayBreak(previous, token, depth)) result += newLine(indentation, draw) ?? gap(previous, token, between, draw)
    else result += gap(previous, token, between, draw)
    if (token.tokenType === T.LParen || token.tokenType === T.LBracket) depth++
    else if (token.tokenType === T.RParen || token.tokenType === T.RBracket) depth--
    result += text.slice(token.startOffset, token.end)
  })
  return result + text.slice(at)

  function newLine(from: number, next: typeof draw): string | undefined {
    const extra = next(mutation.breaks)
    if (extra === undefined) return undefined
    const comment = next(mutation.comments)
    return `${comment === undefined ? '' : ` ${comment}`}${next(mutation.ends)}${' '.repeat(from + 1 + extra)}`
  }

  function gap(left: Token, right: Token, between: string, next: typeof draw): string {
    const blank = next(mutation.spaces)
    return blank === '' && !loose.test(left.image) && !loose.test(right.image) ? between : blank
  }
}

function mayBreak(previous: Token, token: Token, depth: number): boolean {
  if (T.beginsLine.has(token.tokenType) || token.tokenType === T.Colon || token.tokenType === T.Valof) return false
  if (depth > 0) return previous.tokenType === T.Comma
  return T.separators.has(previous.tokenType) || previous.tokenType === T.Assign
}

const source = fc.constantFrom(...sources.filter(({ text }) => text.length < 8000 && !/^ *[^-]*\((VALOF|INT \w+:)/m.test(text)))
const runs = { numRuns: times(250) }
test('another layout of a text is formatted to the same program', () => {
  let valid = 0
  fc.assert(
    fc.property(source, mutation(true), (original, changes) => {
      const text = mutate(original, changes)
      if (format(text, { path: original.path }).faults.length > 0) return
      valid++
      assert.equal(substance(text).lines, substance(original.text).lines)
      check(text, original.path)
    }),
    runs,
  )
  assert.ok(valid > 0.8 * runs.numRuns, `only ${valid} of the layouts were valid`)
})

test('other blanks make no difference', () => {
  fc.assert(
    fc.property(source, mutation(false), (original, changes) => {
      assert.is(formatted(mutate(original, changes), original.path), formatted(original.text, original.path))
    }),
    runs,
  )
})

test('any text is formatted or has faults', () => {
  const word = fc.constantFrom(
    ...T.keywords.keys(),
    ...T.symbols.keys(),
    ...['x', 'c', '42', '#FF', "'a'", '"s"', '-- c', '\n', '\n  ', '\n    ', '#IF TRUE\n', '\n#ENDIF\n', '##X', '\t', '\r\n'],
  )
  const soup = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '))
  const holds = (text: string) => {
    if (format(text, { path: 'x.inc' }).faults.length === 0) check(text, 'x.inc')
  }
  fc.assert(fc.property(soup, holds), { numRuns: times(1500) })
  fc.assert(fc.property(fc.string({ unit: 'binary' }), holds), runs)
})

test.run()
