/** Texts that are nearly right: a sound text and one to five changes that a hand, an editor or a broken disk could have made. */
import { lex } from '../../grammar/lexer.ts'
import { keywords, symbols } from '../../grammar/tokens.ts'
import type { Random } from './random.ts'

type Mutator = (text: string, random: Random, other: string) => string

interface Piece {
  readonly start: number
  readonly end: number
}

const tokensOf = (text: string): readonly Piece[] =>
  lex({ path: 'x.csp', text }).value.tokens.map(({ startOffset, end }) => ({ start: startOffset, end }))

const replaced = (text: string, { start, end }: Piece, by: string): string => text.slice(0, start) + by + text.slice(end)

/** Changes some token of a text. */
const onToken =
  (change: (image: string, random: Random, all: readonly string[]) => string): Mutator =>
  (text, random) => {
    const tokens = tokensOf(text)
    const token = random.maybe(tokens)
    if (token === undefined) return text
    return replaced(text, token, change(text.slice(token.start, token.end), random, tokens.map(({ start, end }) => text.slice(start, end)))) // prettier-ignore
  }

/** Changes the lines of a text. */
const onLines =
  (change: (lines: string[], random: Random) => void): Mutator =>
  (text, random) => {
    const lines = text.split('\n')
    change(lines, random)
    return lines.join('\n')
  }

const WORDS: readonly string[] = [
  ...keywords.keys(),
  ...symbols.keys(),
  ...['x', 'a', 'TEST', 'PASS', 'NODE', 'WITHIN', 'LONGADD', '0', '-1', '#FFFFFFFF', '1.5', "'a'", '"s"', '[]', '()', ' ', '\n', '  '],
]

/** Numbers at the edges of types, and far outside of all of them. */
const NUMBERS: readonly string[] = [
  '0', '1', '255', '256', '32767', '32768', '2147483647', '2147483648', '4294967295', '9223372036854775807', '9223372036854775808',
  '#FF', '#FFFFFFFF', '#FFFFFFFFFFFFFFFF', '#FFFFFFFFFFFFFFFFF', '1.0E+38', '1.0E+309', '1.0E-400', '0.0', '1.0E+99999999999999999999',
  '9'.repeat(400), `1.${'3'.repeat(400)}`, `#${'F'.repeat(300)}`,
] // prettier-ignore

const noise = (random: Random): string =>
  random.pick(['\0', '\t', '\r', '\f', '\x7f', '\u00e4', '\u2028', '\ufeff', '\ud83d', '"', "'", '*', '#', '--', '*#', "'*", '##'])

const nested = (random: Random): ((inner: string) => string) => {
  const n = random.pick([2, 20, 95, 200, 3000])
  const [open, close] = random.pick([
    ['(', ')'],
    ['[', ']'],
    ['NOT (', ')'],
    ['-(', ')'],
    ['a[', ']'],
    ['f (', ')'],
    ['INT ', ''],
    ['~', ''],
    ['1 + ', ''],
    ['SIZE ', ''],
    ['[a FROM ', ' FOR 1]'],
    ['(VALOF\n SKIP\n RESULT ', ')'],
  ] as const)
  return (inner) => open.repeat(n) + inner + close.repeat(n)
}

/** How often each is used, and what it does. */
const MUTATORS: readonly (readonly [number, Mutator])[] = [
  [8, onToken(() => '')],
  [6, onToken((image) => `${image} ${image}`)],
  [10, onToken((_, random) => random.pick(WORDS))],
  [14, onToken((image, random, all) => random.pick(all.length > 0 ? all : [image]))],
  [4, onToken((image, random) => `${image} ${random.pick(WORDS)} `)],
  [3, onToken((_, random) => random.pick(NUMBERS))],
  [2, onToken((image, random) => nested(random)(image))],
  [1, onToken((image, random) => `${image}${' '.repeat(random.pick([1, 200, 5000]))}`)],
  [1, onToken((image, random) => image.repeat(random.pick([2, 50, 2000])))],
  [
    3,
    onToken((image, random) => {
      const at = random.below(image.length + 1)
      return image.slice(0, at) + noise(random) + image.slice(at + random.below(2))
    }),
  ],
  [
    6,
    onToken((image, random, all) =>
      /^[a-z]/i.test(image) && !keywords.has(image) ? random.pick(all.filter((other) => /^[a-z]/.test(other)).concat(image)) : image,
    ),
  ],
  [5, onToken((image, random, all) => (/^\d/.test(image) ? random.pick([...NUMBERS.slice(0, 8), random.pick(all)]) : image))],
  [4, swapTokens],
  [4, onLines((lines, random) => void lines.splice(random.below(lines.length), 1))],
  [3, onLines((lines, random) => void lines.splice(random.below(lines.length), 1 + random.below(lines.length)))],
  [4, onLines((lines, random) => void lines.splice(random.below(lines.length), 0, ...lines.splice(random.below(lines.length), 1)))],
  [4, onLines((lines, random) => void lines.splice(random.below(lines.length), 0, random.pick(lines)))],
  [
    6,
    onLines((lines, random) => {
      const i = random.below(lines.length)
      const line = lines[i] ?? ''
      lines[i] = random.pick([`  ${line}`, ` ${line}`, line.slice(2), line.trimStart(), `\t${line}`, `${' '.repeat(300)}${line}`])
    }),
  ],
  [2, onLines(indentBlock)],
  [1, onLines((lines, random) => void lines.splice(random.below(lines.length), 0, deepBlocks(random)))],
  [
    2,
    onLines(
      (lines, random) =>
        void lines.splice(
          random.below(lines.length),
          0,
          random.pick(['#IF TRUE', '#ELSE', '#ENDIF', '#INCLUDE "x.csp"', '#USE "course"', '#DEFINE x 3', '#PRAGMA SHARED a', '#', '##a']),
        ),
    ),
  ],
  [3, (text, random) => text.slice(0, random.below(text.length + 1))],
  [1, (text, random) => text.slice(random.below(text.length + 1))],
  [
    2,
    (text, random) => {
      const at = random.below(text.length + 1)
      return text.slice(0, at) + noise(random) + text.slice(at)
    },
  ],
  [4, (text, random, other) => splice(text.split('\n'), other.split('\n'), random).join('\n')],
  [3, (text, random, other) => graft(text, other, random)],
]

function swapTokens(text: string, random: Random): string {
  const tokens = tokensOf(text)
  const i = random.below(tokens.length)
  const a = tokens[i]
  const b = random.chance(60) ? tokens[i + 1] : tokens[i + 1 + random.below(tokens.length)]
  if (a === undefined || b === undefined || b.start < a.end) return text
  return replaced(replaced(text, b, text.slice(a.start, a.end)), a, text.slice(b.start, b.end))
}

function indentBlock(lines: string[], random: Random): void {
  const from = random.below(lines.length)
  const n = random.below(lines.length - from)
  const deeper = random.chance(50)
  for (let i = from; i < from + n; i++) {
    const line = lines[i] ?? ''
    lines[i] = deeper ? `  ${line}` : line.replace(/^ {2}/, '')
  }
}

function deepBlocks(random: Random): string {
  const n = random.pick([5, 90, 120, 400])
  const word = random.pick(['SEQ', 'PAR', 'IF', 'ALT', 'WHILE TRUE', 'CASE 1', 'SEQ i = 0 FOR 2', 'INT x:'])
  return Array.from({ length: n }, (_, i) => `${' '.repeat(2 * (word.endsWith(':') ? 1 : i + 1))}${word}`).join('\n')
}

/** The head of one text and the tail of another. */
function splice(lines: readonly string[], others: readonly string[], random: Random): string[] {
  return [...lines.slice(0, random.below(lines.length + 1)), ...others.slice(random.below(others.length + 1))]
}

/** A run of tokens of another text put in the place of one of this. */
function graft(text: string, other: string, random: Random): string {
  const tokens = tokensOf(text)
  const others = tokensOf(other)
  const first = random.below(others.length)
  const from = others[first]
  const to = others[first + random.below(6)]
  const target = random.maybe(tokens)
  if (from === undefined || to === undefined || target === undefined) return text
  return replaced(text, target, other.slice(from.start, to.end))
}

/** @returns a text made of two of `texts` by one to five changes */
export function mutant(texts: readonly string[], random: Random): string {
  let text = random.pick(texts)
  for (let n = random.pick([1, 1, 1, 2, 2, 3, 5]); n > 0; n--) text = random.weighted(MUTATORS)(text, random, random.pick(texts))
  return text
}
