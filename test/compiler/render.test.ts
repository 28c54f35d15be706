/** The rendered form of diagnostics where goldens of programs do not reach. */
import { test } from 'uvu'
import { equal, is, match } from 'uvu/assert'
import { nearest } from '../../compiler/check/spelling.ts'
import { render, toJson } from '../../compiler/diagnostics/render.ts'
import { balanced, headOf } from '../../compiler/diagnostics/spans.ts'
import type { Diagnostic, Label } from '../../grammar/diagnostic.ts'
import type { SourceFile } from '../../grammar/source.ts'

function place(file: SourceFile, part: string, text = ''): Label {
  const start = file.text.indexOf(part)
  return { span: { file, start, end: start + part.length }, text }
}

function diagnostic(primary: Label, secondary: readonly Label[] = [], help: readonly string[] = []): Diagnostic {
  return { code: 'E0601', severity: 'error', title: 'a title', primary, secondary, help }
}

/** The rendering without its first line and its last two. */
function excerptOf(rendered: string): string {
  return rendered.split('\n').slice(1, -2).join('\n')
}

test('tabs are shown as spaces, and marks stand below what they mark', () => {
  const file = { path: 'a.csp', text: 'SEQ\n\tx := y\n' }
  is(excerptOf(render(diagnostic(place(file, 'y', 'here')))), '  --> a.csp:2:7\n   |\n 2 |         x := y\n   |              ^ here')
})

test('a place of several lines is marked on the first and the last', () => {
  const file = { path: 'a.csp', text: 'x := (1 +\n      2 +\n      3)\n' }
  is(
    excerptOf(render(diagnostic(place(file, '(1 +\n      2 +\n      3)', 'all of it')))),
    '  --> a.csp:1:6\n   |\n 1 | x := (1 +\n   |      ^^^^\n 3 |       3)\n   |       ^^ all of it',
  )
})

test('a long line is cut to the part around the mark', () => {
  const file = { path: 'a.csp', text: `VAL []BYTE s IS "${'a'.repeat(300)}X${'b'.repeat(300)}":\n` }
  const lines = render(diagnostic(place(file, 'X', 'here')), { width: 80 }).split('\n')
  const shown = lines.find((line) => line.includes('X')) ?? ''
  const marked = lines.find((line) => line.includes('^')) ?? ''
  is(shown.length <= 80, true)
  is(shown.indexOf('X'), marked.indexOf('^'))
  match(shown, /\.\.\.a+Xb+\.\.\./)
})

test('a mark that is longer than what is shown ends with it', () => {
  const file = { path: 'a.csp', text: `x := ${'y + '.repeat(100)}y\n` }
  const lines = render(diagnostic(place(file, file.text.trim())), { width: 60 }).split('\n')
  is(Math.max(...lines.map((line) => line.length)) <= 60, true)
})

test('places in another file come below, with its path', () => {
  const file = { path: 'a.csp', text: 'go (1)\n' }
  const other = { path: 'lib/b.inc', text: 'PROC go ()\n' }
  is(
    render(diagnostic(place(file, 'go'), [place(other, 'go', 'declared here')], ['do this', 'or that'])),
    [
      'error[E0601]: a title',
      '  --> a.csp:1:1',
      '   |',
      ' 1 | go (1)',
      '   | ^^',
      '   |',
      '  ::: lib/b.inc:1',
      '   |',
      ' 1 | PROC go ()',
      '   |      -- declared here',
      '   |',
      '   = help: do this',
      '   = help: or that',
      '   = explain: godwit explain E0601',
    ].join('\n'),
  )
})

test('carriage returns are not shown, control characters are replaced', () => {
  const file = { path: 'a.csp', text: 'x\u0001 := y\r\n' }
  is(excerptOf(render(diagnostic(place(file, 'y')))), '  --> a.csp:1:7\n   |\n 1 | x\ufffd := y\n   |       ^')
})

test('a place at the very end of the text is marked behind its last line', () => {
  const file = { path: 'a.csp', text: 'SEQ' }
  is(excerptOf(render(diagnostic({ span: { file, start: 3, end: 3 }, text: '' }))), '  --> a.csp:1:4\n   |\n 1 | SEQ\n   |    ^')
})

test('an empty file has nothing to show', () => {
  const file = { path: 'a.csp', text: '' }
  is(
    render(diagnostic({ span: { file, start: 0, end: 0 }, text: '' })),
    'error[E0601]: a title\n  --> a.csp:1:1\n   = explain: godwit explain E0601',
  )
})

test('colours go around words and never change the layout', () => {
  const file = { path: 'a.csp', text: 'x := y\n' }
  const marked = diagnostic(place(file, 'y', 'here'), [place(file, 'x', 'there')])
  const paint = (text: string): string => `«${text}»`
  const colours = { error: paint, warning: paint, title: paint, gutter: paint, secondary: paint }
  is(render(marked, { colours }).replace(/[«»]/g, ''), render(marked))
})

test('the form for machines has lines and columns', () => {
  const file = { path: 'a.csp', text: 'SEQ\n  x := y\n' }
  equal(toJson(diagnostic(place(file, 'y', 'here'))), {
    code: 'E0601',
    severity: 'error',
    title: 'a title',
    primary: { file: 'a.csp', line: 2, column: 8, endLine: 2, endColumn: 9, text: 'here' },
    secondary: [],
    help: [],
  })
})

test('a span that cuts brackets in two grows to them', () => {
  const file = { path: 'a.csp', text: 'x := (a + b) * (c)' }
  const { span } = place(file, 'a + b) * (c')
  is(file.text.slice(balanced(span).start, balanced(span).end), '(a + b) * (c)')
})

test('the head of a construct is its first line without the comment', () => {
  const file = { path: 'a.csp', text: 'PAR i = 0 FOR 3  -- all\n  SKIP' }
  const head = headOf({ file, start: 0, end: file.text.length })
  is(file.text.slice(head.start, head.end), 'PAR i = 0 FOR 3')
})

test('the nearest name is one or two letters away', () => {
  is(nearest('dleta', ['data', 'delta', 'beta']), 'delta')
  is(nearest('total.sum', ['totel.sum', 'sum']), 'totel.sum')
  is(nearest('Count', ['count', 'mount']), 'count')
  is(nearest('x', ['y', 'z']), undefined)
  is(nearest('screen', ['keyboard', 'error']), undefined)
})

test.run()
