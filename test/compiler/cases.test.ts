/**
 * What the checks let pass and what they reject. A `.cases` file is a prologue and a list of bodies: `== accept NAME`, `== reject CODE NAME`
 * or `== warn CODE NAME`, each followed by declarations. Every body is checked on its own below the prologue. A rejected body must give its
 * code and no other error; an accepted one must give nothing at all.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import { is } from 'uvu/assert'
import { renderAll } from '../../compiler/diagnostics/render.ts'
import { checkProgram, projectReader, ROOT } from './front-end.ts'

const FOLDER = 'test/compiler/cases'

const generated = suite('generated')

generated('a chain of operators that is too long is refused, not followed', () => {
  const text = `PROC main ()\n  INITIAL INT x IS 1:\n  x := ${Array<string>(800).fill('x').join(' + ')}\n:\n`
  const { diagnostics } = checkProgram('chain.csp', projectReader({ 'chain.csp': text }))
  is(diagnostics.map((each) => each.code).join(' '), 'E0117')
})

generated('a chain of bracketed operands that is too long is one fault', () => {
  const text = `PROC main ()\n  INITIAL INT x IS 1:\n  x := ${Array<string>(500).fill('(x - 1)').join(' + ')}\n:\n`
  const { diagnostics } = checkProgram('chain.csp', projectReader({ 'chain.csp': text }))
  is(diagnostics.map((each) => each.code).join(' '), 'E0117')
})

generated('ten thousand declarations above one process are fine', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `  VAL INT v${i} IS ${i === 0 ? '1' : `v${i - 1}`}:\n`)
  const text = `PROC main (CHAN BYTE screen!)\n${names.join('')}  screen ! BYTE v9999\n:\n`
  is(renderAll(checkProgram('deep.csp', projectReader({ 'deep.csp': text })).diagnostics), '')
})

generated('ten thousand options, and ten thousand labels of an option, are fine', () => {
  const labels = Array.from({ length: 10_000 }, (_, i) => String(i))
  const each = labels.map((label) => `    ${label}\n      n := ${label}\n`).join('')
  const text = `PROC p (VAL INT x, INT n)\n  SEQ\n    CASE x\n      ${labels.join(', ')}\n        n := 1\n      ELSE\n        n := 2\n:
PROC q (VAL INT x, INT n)\n  CASE x\n${each}    ELSE\n      n := 0\n:\n`
  is(renderAll(checkProgram('long.module', projectReader({ 'long.module': text })).diagnostics), '')
})

generated('ten thousand choices by a value that cannot change are fine', () => {
  const choices = Array.from({ length: 10_000 }, (_, i) => `    x = ${i}\n      n := ${i}\n`)
  const text = `PROC p (VAL INT x, INT n)\n  IF\n${choices.join('')}:\n`
  is(renderAll(checkProgram('long.module', projectReader({ 'long.module': text })).diagnostics), '')
})

generated('what a hundred choices before leave to one copy is known', () => {
  const choices = Array.from({ length: 100 }, (_, i) => `      i = ${i}\n        SKIP\n`)
  const text = `PROC p (INT n)\n  PAR i = 0 FOR 101\n    IF\n${choices.join('')}      TRUE\n        n := i\n:\n`
  is(renderAll(checkProgram('long.module', projectReader({ 'long.module': text })).diagnostics), '')
})

/** The body of a PROC, and whether run time has to compare what it is given. */
const COMPARED: readonly (readonly [body: string, compared: boolean])[] = [
  ['swap (v[i], v[j])', true],
  ['swap (v[i], v[i + 1])', false],
  ['swap (v[0], v[3])', false],
  ['swap (v[i], w[j])', false],
  ['swap (v[i], free[j])', false],
  ['add (v[i], v[j])', false],
  ['copy ([v FOR n], [v FROM n])', false],
  ['copy ([v FROM i FOR n], [v FROM j FOR n])', true],
  ['look ([v FROM i FOR n], [v FROM j FOR n])', false],
  ['copy (m[i], m[j])', true],
  ['copy (m[i], m[i + 1])', false],
  ['SEQ k = 0 FOR n\n    swap (v[k], v[n + k])', false],
  ['a IS v[i]:\n  swap (a, v[j])', true],
  ['a IS v[i]:\n  b IS v[j]:\n  a := b', true],
  ['a IS v[i]:\n  b IS v[i + 1]:\n  a := b', false],
  ['a IS v[i]:\n  b IS w[j]:\n  a := b', false],
  ['a IS m[i]:\n  b IS a[j]:\n  b := 1', false],
  ['a IS free[i]:\n  b IS free[j]:\n  a := b', false],
  ['VAL a IS v[i]:\n  b IS v[j]:\n  SKIP', false],
  ['SEQ\n    a IS v[i]:\n    a := 1\n    b IS v[j]:\n    b := 1', false],
  ['a IS m[i]:\n  []BYTE b RETYPES m[j]:\n  a[0] := INT b[0]', true],
]

generated('what is known to be apart is not compared when the program runs', () => {
  for (const [body, compared] of COMPARED) {
    const text = `PROC swap (INT a, b)
  a, b := b, a
:
PROC add (INT a, VAL INT b)
  a := a + b
:
PROC copy ([]INT to, VAL []INT from)
  SEQ i = 0 FOR SIZE from
    to[i] := from[i]
:
PROC look (VAL []INT a, b)
  ASSERT ((SIZE a) = (SIZE b))
:
PROC p ([]INT v, w, [][]INT m, VAL INT i, j, n)
  [8]INT free:
  #PRAGMA PERMITALIASES free
  ${body}
:
`
    const { checked, diagnostics } = checkProgram('calls.module', projectReader({ 'calls.module': text }))
    is(renderAll(diagnostics.filter(({ severity }) => severity === 'error')), '', body)
    is(
      [checked?.comparedActuals, checked?.comparedAbbreviations].some((found) => found?.size === 1),
      compared,
      body,
    )
  }
})

generated.run()

for (const file of readdirSync(ROOT + FOLDER).filter((name) => name.endsWith('.cases'))) {
  const test = suite(file)
  const [prologue = '', ...bodies] = readFileSync(`${ROOT}${FOLDER}/${file}`, 'utf8').split(/^== /m)
  for (const body of bodies) {
    const end = body.indexOf('\n')
    const [, verdict, code, name] = /^(accept|reject|warn) (?:([EW]\d{4}) )?(.*)$/.exec(body.slice(0, end)) ?? []
    const expected = verdict === 'accept' ? '' : code
    test(`${name} (${verdict}${expected === '' ? '' : ` ${expected}`})`, () => {
      // as a module, the text needs no main process
      const path = `${file}.module`
      const { diagnostics } = checkProgram(path, projectReader({ [path]: `${prologue}${body.slice(end + 1)}` }))
      const told = verdict === 'reject' ? diagnostics.filter((each) => each.severity === 'error') : diagnostics
      const found = [...new Set(told.map((each) => each.code))].join(' ')
      is(found, expected, `\n${renderAll(diagnostics)}`)
    })
  }
  test.run()
}
