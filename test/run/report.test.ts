import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lossReport } from '../../runtime/report/loss.ts'
import { renderReport } from '../../runtime/report/render.ts'
import type { Report, WaitingProcess } from '../../runtime/report/report.ts'
import { spellValue } from '../../runtime/report/value.ts'

const file = 'samples/sum.csp'
const text = ['PROC sum (CHAN INT in?, out!)', '  INT t:', '  SEQ', '    t := a[i] + 1', '    in ? t', '    ASSERT (t = u)', ':'].join('\n')
const readSource = (path: string): string | undefined => (path === file ? text : undefined)
const at = (line: number, column: number, text: string) => ({ file, line, column, text })

/** Checks how a report is rendered; the expected lines begin after the first line feed. */
function renders(report: Report, expected: string): void {
  assert.fixture(renderReport(report, { readSource }), `${expected.replace(/^\n/, '')}\n`)
}

const test = suite('reports')

test('a fault shows the line, the values, the process and how it came there', () => {
  renders(
    {
      kind: 'fault',
      code: 'R0203',
      title: 'index out of range',
      place: at(4, 10, 'a[i]'),
      values: [
        { name: 'i', value: '12' },
        { name: 'SIZE a', value: '10' },
      ],
      process: 'main/cell[5]',
      stack: [
        { routine: 'sum', place: at(4, 10, 'a[i]') },
        { routine: 'cell', place: { file: 'samples/cell.csp', line: 30, column: 7, text: 'sum (a, in?, out!)' } },
      ],
      help: ['an array of SIZE n has the elements 0 to n - 1'],
    },
    `
error[R0203]: index out of range
  --> samples/sum.csp:4:10
   |
 4 |     t := a[i] + 1
   |          ^^^^ i = 12, SIZE a = 10
   |
   = process: main/cell[5]
   = routine: sum
   = called by: cell (samples/cell.csp:30:7)
   = help: an array of SIZE n has the elements 0 to n - 1
   = explain: godwit explain R0203`,
  )
})

test('of a very long line the part around the place is shown', () => {
  const line = `  x := ${'a + '.repeat(500)}a[i]${' + a'.repeat(500)}`
  const place = { file, line: 1, column: line.indexOf('a[i]') + 1, text: 'a[i]' }
  const report: Report = {
    kind: 'fault',
    code: 'R0203',
    title: 'index out of range',
    place,
    values: [],
    process: 'main',
    stack: [],
    help: [],
  }
  const [, , , shown = '', marked = ''] = renderReport(report, { readSource: () => line }).split('\n')
  assert.ok(shown.length < 140, shown)
  assert.match(shown, /^ 1 \| \.\.\.[a +]+a\[i\][a +]+\.\.\.$/)
  assert.is(shown.indexOf('a[i]'), marked.indexOf('^^^^'))
})

test('a failed ASSERT shows both sides', () => {
  renders(
    {
      kind: 'fault',
      code: 'R0102',
      title: 'assertion failed',
      place: at(6, 5, 'ASSERT (t = u)'),
      values: [
        { name: 't', value: '3' },
        { name: 'u', value: '4' },
      ],
      process: 'main',
      stack: [{ routine: 'sum', place: at(6, 5, 'ASSERT (t = u)') }],
      help: [],
    },
    `
error[R0102]: assertion failed
  --> samples/sum.csp:6:5
   |
 6 |     ASSERT (t = u)
   |     ^^^^^^^^^^^^^^ t = 3, u = 4
   |
   = process: main
   = explain: godwit explain R0102`,
  )
})

test('without the text, what the compiler noted of the place stands for the line', () => {
  const place = { file: 'gone.csp', line: 120, column: 5, text: 'x / y' }
  renders(
    { kind: 'fault', code: 'R0202', title: 'division by zero', place, values: [], process: 'main', stack: [], help: [] },
    `
error[R0202]: division by zero
    --> gone.csp:120:5
     |
 120 |     x / y
     |     ^^^^^
     |
     = process: main
     = explain: godwit explain R0202`,
  )
})

test('without a place, the values stand by themselves', () => {
  renders(
    {
      kind: 'fault',
      code: 'R0202',
      title: 'division by zero',
      place: undefined,
      values: [{ name: 'y', value: '0' }],
      process: 'main',
      stack: [],
      help: [],
    },
    `
error[R0202]: division by zero
   = values: y = 0
   = process: main
   = explain: godwit explain R0202`,
  )
})

const waiting = (path: string, line: number, words: string, waitsFor: readonly string[]): WaitingProcess => ({
  path,
  state: 'input',
  place: at(line, 5, line === 5 ? 'in ? t' : 't := a[i] + 1'),
  words,
  channel: 'in',
  origins: [],
  waitsFor,
})

test('a deadlock shows every place, and the ring', () => {
  renders(
    {
      kind: 'deadlock',
      code: 'R0301',
      title: 'deadlock: 2 processes wait for what can never happen',
      processes: [waiting('main/a', 5, 'waits to input from in', ['main/b']), waiting('main/b', 4, 'waits to output on out', ['main/a'])],
      cycle: ['main/a', 'main/b'],
      help: ['break the ring'],
    },
    `
error[R0301]: deadlock: 2 processes wait for what can never happen
  --> samples/sum.csp:5:5
   |
 4 |     t := a[i] + 1
   |     ^^^^^^^^^^^^^ main/b waits to output on out
 5 |     in ? t
   |     ^^^^^^ main/a waits to input from in
   |
   = cycle: main/a -> main/b -> main/a
   = help: break the ring
   = explain: godwit explain R0301`,
  )
})

test('a place within its construct marks the whole of it', () => {
  const place = { file, line: 4, column: 17, text: 't := a[i] + 1' }
  const lines = renderReport(
    { kind: 'fault', code: 'R0201', title: 'integer overflow', place, values: [], process: 'main', stack: [], help: [] },
    { readSource },
  ).split('\n')
  assert.is(lines[4], '   |     ^^^^^^^^^^^^^')
})

test('processes that wait alike are told together', () => {
  const cells = Array.from({ length: 100 }, (_, i) => waiting(`main/cell[${i}]`, 5, 'waits to input from in', []))
  renders(
    { kind: 'deadlock', code: 'R0301', title: 'deadlock', processes: cells, cycle: [], help: [] },
    `
error[R0301]: deadlock
  --> samples/sum.csp:5:5
   |
 5 |     in ? t
   |     ^^^^^^ main/cell[0], main/cell[1], main/cell[2] and 97 more wait to input from in
   |
   = explain: godwit explain R0301`,
  )
})

test('channels are told as those who declared them call them', () => {
  const cells = [0, 1].map((i) => ({
    ...waiting(`main/cell[${i}]`, 5, 'waits to input from in', []),
    origins: [{ name: `c[${i}]`, routine: 'main', here: false }],
  }))
  const own = { ...waiting('main', 4, 'waits to input from c[i]', []), origins: [{ name: 'c[2]', routine: 'main', here: true }] }
  renders(
    { kind: 'deadlock', code: 'R0301', title: 'deadlock', processes: [...cells, own], cycle: [], help: [] },
    `
error[R0301]: deadlock
  --> samples/sum.csp:5:5
   |
 4 |     t := a[i] + 1
   |     ^^^^^^^^^^^^^ main waits to input from c[i] (c[2])
 5 |     in ? t
   |     ^^^^^^ main/cell[0] and main/cell[1] wait to input from in (c[0] and c[1] of main)
   |
   = explain: godwit explain R0301`,
  )
})

test('of very many places only some are shown', () => {
  const many = Array.from({ length: 20 }, (_, i) => waiting(`main/p${i}`, 5, `waits to input from c${i}`, []))
  const lines = renderReport(
    { kind: 'deadlock', code: 'R0301', title: 'deadlock', processes: many, cycle: [], help: [] },
    { readSource },
  ).split('\n')
  assert.is(lines.filter((line) => line.includes('^')).length, 8)
  assert.ok(lines.includes('   = more: 12 more processes wait'))
})

test('who waits for whom is a table', () => {
  renders(
    {
      kind: 'waits',
      title: 'waiting:',
      processes: [
        waiting('main/a', 5, 'waits to input from in', ['main/long.name']),
        { ...waiting('main/long.name', 4, 'is ready', []), state: 'ready' },
      ],
    },
    `
waiting:
  main/a          waits to input from in, for main/long.name at samples/sum.csp:5:5
  main/long.name  is ready at samples/sum.csp:4:5`,
  )
})

test('a loss names the nodes and the processes', () => {
  renders(
    lossReport([
      { path: 'main/a', node: 'n2', why: 'it ran there' },
      { path: 'main/b', node: 'n2', why: 'it waits to input from in' },
      { path: 'main/b', node: 'n2', why: 'it waits to input from in' },
    ]),
    `
error[R0408]: node n2 vanished: 2 processes were lost
   = lost: main/a (node n2): it ran there
   = lost: main/b (node n2): it waits to input from in
   = help: drain a node before it is stopped
   = explain: godwit explain R0408`,
  )
})

test('a loss that nobody can name any more is told all the same', () => {
  assert.is(lossReport([]).title, 'every node has gone')
})

test('a fault of ours asks to be reported', () => {
  const lines = renderReport({ kind: 'internal', title: 'oops', process: 'main', stack: [], trace: 'Error: oops\n    at x' }).split('\n')
  assert.is(lines[0], 'internal error: oops')
  assert.match(lines[2] ?? '', /please report it/)
})

test('colours are the caller’s', () => {
  const mark = (name: string) => (t: string) => `<${name}>${t}</${name}>`
  const colours = { red: mark('red'), yellow: mark('yellow'), blue: mark('blue'), bold: mark('bold'), dim: mark('dim') }
  const rendered = renderReport(
    { kind: 'fault', code: 'R0101', title: 'STOP', place: at(5, 5, 'in ? t'), values: [], process: 'main', stack: [], help: [] },
    { readSource, colours },
  )
  assert.match(rendered, '<red>error[R0101]</red><bold>: STOP</bold>')
  assert.match(rendered, '<red>^^^^^^</red>')
})

test('values are spelled as in the language', () => {
  assert.is(spellValue(true), 'TRUE')
  assert.is(spellValue(-5), '-5')
  assert.is(spellValue(10n), '10')
  assert.is(spellValue(1.5), '1.5')
  assert.is(spellValue(NaN), 'NaN')
  assert.is(spellValue(Int32Array.of(1, 2, 3)), '[1, 2, 3]')
  assert.is(spellValue(new Int32Array(100)), '[0, 0, 0, 0, 0, 0, 0, 0, ... (100 elements)]')
})

test.run()
