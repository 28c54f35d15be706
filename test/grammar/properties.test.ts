/** What holds for every text, sensible or not. */
import { readFileSync } from 'node:fs'
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lookAlike } from '../../grammar/characters.ts'
import { layout } from '../../grammar/layout.ts'
import { lex } from '../../grammar/lexer.ts'
import type { Span } from '../../grammar/source.ts'
import { Eol, Indent, keywords, LBracket, LParen, Outdent, RBracket, RParen, symbols, Unreadable } from '../../grammar/tokens.ts'
import { parseText } from './cases.ts'

const everything = readFileSync(new URL('everything.csp', import.meta.url), 'utf8')

const word = fc.constantFrom(
  ...keywords.keys(),
  ...symbols.keys(),
  ...['x', 'c', 'in.1', '42', '#FF', '1.5', "'a'", '"s*n"', 'TEST', 'NODE'],
)
const oddity = fc.constantFrom(
  '"',
  "'",
  '*',
  '#',
  '##X',
  '--',
  '\t',
  '\r',
  'é',
  '\u00A0',
  '\u200B',
  '\u2212',
  '\0',
  '"a*\n*b"',
  '#IF',
  '#ELSE',
  '#ENDIF',
  '#DEFINE',
  '#INCLUDE "y"',
)
const line = fc
  .tuple(fc.nat({ max: 9 }), fc.array(fc.oneof({ weight: 12, arbitrary: word }, { weight: 1, arbitrary: oddity }), { maxLength: 8 }))
  .map(([indent, words]) => ' '.repeat(indent) + words.join(' '))
/** Lines of random words at random depths. */
const soup = fc.array(line, { maxLength: 20 }).map((lines) => lines.join('\n'))

/** A sensible program with a few pieces taken out, doubled or exchanged. */
const mutated = fc
  .array(fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'indent', 'outdent')), { minLength: 1, maxLength: 4 })
  .map((edits) => {
    const pieces = everything.split(/(\n *|[^\w.]|\b)/).filter((piece) => piece !== '')
    for (const [where, edit] of edits) {
      const i = where % pieces.length
      const piece = pieces[i] ?? ''
      if (edit === 'drop') pieces.splice(i, 1)
      else if (edit === 'double') pieces.splice(i, 0, piece)
      else if (edit === 'swap') pieces.splice(i, 2, pieces[i + 1] ?? '', piece)
      else {
        const at = pieces.findIndex((candidate, index) => index >= i && candidate.startsWith('\n'))
        if (at >= 0) pieces[at] = edit === 'indent' ? `${pieces[at] ?? ''}  ` : (pieces[at] ?? '').replace(/ {2}$/, '')
      }
    }
    return pieces.join('')
  })

const runs = { numRuns: times(400) }

/** What looks like a space, or like nothing, is reported and read as that. */
const seemsBlank = (character: string): boolean => ['', ' '].includes(lookAlike(character)?.meant ?? 'itself')

test('every character is in a token, a comment or white space', () => {
  const check = (text: string) => {
    const {
      value: { tokens, comments },
      diagnostics,
    } = lex({ path: 'x', text })
    const ranges = [...tokens.map(({ startOffset, end }) => ({ start: startOffset, end })), ...comments.map(({ span }) => span)]
    ranges.sort((a, b) => a.start - b.start)
    let at = 0
    for (const { start, end } of [...ranges, { start: text.length, end: text.length }]) {
      assert.ok(start >= at, 'tokens do not overlap')
      const between = Array.from(text.slice(at, start))
        .filter((character) => diagnostics.length === 0 || !seemsBlank(character))
        .join('')
      assert.match(between, start < text.length ? /^[ \t\r\n\f\uFEFF]*$/ : /^[ \t\r\n\f\uFEFF]*([\u001A\0][\u001A\0\s]*)?$/)
      at = end
    }
  }
  fc.assert(fc.property(soup, check), runs)
  fc.assert(fc.property(fc.string({ unit: 'binary' }), check), runs)
})

test('blocks balance, and brackets balance within each readable line', () => {
  fc.assert(
    fc.property(fc.oneof(soup, mutated), (text) => {
      const tokens = layout(lex({ path: 'x', text }).value.tokens).value
      let depth = 0
      const open = [0]
      let readable = true
      tokens.forEach(({ tokenType: type, position }, index) => {
        assert.is(position, index)
        if (type === Indent) {
          depth++
          open.push(0)
        } else if (type === Outdent) {
          depth--
          open.pop()
        } else if (type === Unreadable) readable = false
        else if (type === LParen || type === LBracket) open.push((open.pop() ?? 0) + 1)
        else if (type === RParen || type === RBracket) open.push((open.pop() ?? 0) - 1)
        if (type === Eol && readable && depth === open.length - 1 && open.length === 1) assert.is(open[0], 0)
        assert.ok(depth >= 0)
      })
      assert.is(depth, 0)
    }),
    runs,
  )
})

type Tree = { readonly kind?: string; readonly span?: Span }

function walk(value: unknown, parent: Span, visit: (node: Tree, parent: Span) => void): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  if (Array.isArray(value)) {
    for (const item of value) walk(item, parent, visit)
    return
  }
  const node = value as Tree
  if (node.kind !== undefined) visit(node, parent)
  for (const [field, child] of Object.entries(value)) {
    const shared = node.kind === 'formal' && field === 'type' // formals of one list may share a type, which stands before the first
    if (!shared && !/span$/i.test(field)) walk(child, node.span ?? parent, visit)
  }
}

test('the parser never throws, spans nest, and nothing is missing without an error', () => {
  fc.assert(
    fc.property(fc.oneof(soup, mutated), (text) => {
      const { program, diagnostics } = parseText(text)
      const errors = diagnostics.filter(({ severity }) => severity === 'error')
      walk(program, program.span, (node, parent) => {
        if (node.kind === 'missing') assert.ok(errors.length > 0, 'a missing node was reported')
        const span = node.span
        if (span === undefined || span.file !== parent.file) return
        assert.ok(
          span.start <= span.end && span.start >= parent.start && span.end <= parent.end,
          `${node.kind ?? ''} lies within its parent`,
        )
      })
      for (const { primary } of diagnostics) assert.ok(primary.span.start <= primary.span.end && primary.span.end <= text.length)
    }),
    { numRuns: times(600) },
  )
})

test('a sensible program has no faults', () => {
  assert.equal(parseText(everything).diagnostics, [])
})

const nested = {
  brackets: `VAL INT a IS ${'('.repeat(20000)}1${')'.repeat(20000)}:\n`,
  subscripts: `VAL INT a IS ${'b['.repeat(20000)}1${']'.repeat(20000)}:\n`,
  tables: `VAL INT a IS ${'['.repeat(20000)}1${']'.repeat(20000)}:\n`,
  dimensions: `${'[1]'.repeat(20000)}INT a:\n`,
  operators: `VAL BOOL a IS ${'NOT '.repeat(20000)}TRUE:\n`,
  conversions: `VAL INT a IS ${'INT '.repeat(20000)}1:\n`,
  chains: `VAL INT a IS ${'1 + '.repeat(20000)}1:\n`,
  mobiles: `${'MOBILE '.repeat(20000)}INT a:\n`,
  channels: `${'CHAN '.repeat(20000)}INT a:\n`,
  ports: `${'PORT '.repeat(20000)}INT a:\n`,
  blocks: `PROC p ()\n${Array.from({ length: 500 }, (_, i) => `${'  '.repeat(i + 1)}SEQ\n`).join('')}:\n`,
  choices: `PROC p ()\n${Array.from({ length: 500 }, (_, i) => `${'  '.repeat(i + 1)}IF\n`).join('')}:\n`,
  'value processes': Array.from({ length: 300 }, (_, i) => `${'  '.repeat(i)}${i === 0 ? 'VAL INT a IS ' : 'x := '}(VALOF\n`).join(''),
}

for (const [what, text] of Object.entries(nested)) {
  test(`${what} nested too deep are an error, not a crash`, () => {
    const { diagnostics } = parseText(text)
    const codes = diagnostics.map(({ code }) => code)
    assert.ok(
      codes.some((code) => code === 'E0117' || code === 'E0291' || code === 'E0201'),
      codes.join(),
    )
    if (what !== 'value processes') assert.ok(diagnostics.length < 20, 'and not a flood of them')
  })
}

test('the deepest nesting that is allowed fits the stack', () => {
  const block = (depth: number): string => `${'  '.repeat(depth + 1)}${depth % 2 === 0 ? 'ALT' : 'TRUE & SKIP'}\n`
  const blocks = Array.from({ length: 96 }, (_, depth) => block(depth)).join('')
  assert.equal(parseText(`PROC p ()\n${blocks}${'  '.repeat(97)}SKIP\n:\n`).diagnostics, [])
  assert.equal(parseText(`VAL INT a IS ${'('.repeat(98)}1${')'.repeat(98)}:\n`).diagnostics, [])
  assert.equal(parseText(`VAL INT a IS ${'[f ('.repeat(48)}1${')]'.repeat(48)}:\n`).diagnostics, [])
})

test.run()
