/**
 * Large programs compile and run: whatever a program can have many of, in a row or within one another.
 *
 * `GODWIT_SCALE=10000` makes every form of that size; without it they are small enough for each run of the tests, but for those forms that
 * have needed a stack as deep as they are long.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from '../../compiler/index.ts'
import { compileText, projectHost } from './compile.ts'
import { loadUnits, runTest } from './run.ts'
import { FORMS } from './scale.ts'

const SIZE = Number(process.env['GODWIT_SCALE'] ?? 60)

/** A test that runs the main process and takes what it prints. */
const RUN = `
TEST "it runs to its end"
  CHAN BYTE screen:
  CHAN BOOL done:
  PAR
    SEQ
      main (screen!)
      done ! TRUE
    INITIAL BOOL going IS TRUE:
    WHILE going
      ALT
        BYTE unused:
        screen ? unused
          SKIP
        BOOL unused:
        done ? unused
          going := FALSE
:
`

for (const { name, kind, program } of FORMS) {
  if (kind !== 'row') continue
  test(`${SIZE} ${name}`, async () => {
    const compiled = await compileText(program(SIZE) + RUN, { verify: SIZE <= 1000 })
    const units = await loadUnits(compiled)
    assert.is(runTest(compiled, units, compiled.manifest.tests.length - 1), 'passed')
  })
}

for (const { name, kind, program } of FORMS) {
  if (kind !== 'nest') continue
  test(`${name}, 40 deep, compiles and runs`, async () => {
    const compiled = await compileText(program(40) + RUN)
    const units = await loadUnits(compiled)
    assert.is(runTest(compiled, units, compiled.manifest.tests.length - 1), 'passed')
  })
  test(`${name}, 1,000 deep, compiles or is told the limit`, async () => {
    const { diagnostics, program: made } = await compile('main.csp', projectHost({ 'main.csp': program(1000) }))
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    if (made === undefined)
      assert.ok(
        errors.some(({ code, title }) => code === 'E0117' && /\d+ levels/.test(title)),
        errors[0]?.title,
      )
    else assert.is(errors.length, 0)
  })
}

const LONG = new Set([
  'placements',
  'choices that need statements',
  'options that wait',
  'alternatives of an ALT',
  'alternatives of a PRI ALT',
  'alternatives of an ALT in a loop',
  'labels of an option',
])

for (const { name, program } of FORMS) {
  if (!LONG.has(name)) continue
  test(`4,000 ${name}`, async () => {
    const compiled = await compileText(program(4000) + RUN, { verify: false })
    const units = await loadUnits(compiled)
    assert.is(runTest(compiled, units, 0), 'passed')
  })
}

/** What is written as functions of a hundred parts where it is large: see compiler/emit/outlined.ts. */
const DIVIDED = new Set(['choices of an IF', 'choices that wait', 'branches of a PAR', 'branches that communicate'])

for (const { name, program } of FORMS) {
  if (!DIVIDED.has(name)) continue
  for (const n of [99, 100, 101, 250])
    test(`${n} ${name}`, async () => {
      const compiled = await compileText(program(n) + RUN)
      const units = await loadUnits(compiled)
      assert.is(runTest(compiled, units, 0), 'passed')
    })
}

test.run()
