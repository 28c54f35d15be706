/**
 * What a program has many of takes time in proportion: of each form that has once taken the square of its number, a program that is eight times as large
 * takes less than 24 times the processor time. Both are measured in one run, and the best of three rounds counts, so that nothing depends on load.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderAll } from '../../compiler/diagnostics/render.ts'
import { compile } from '../../compiler/index.ts'
import { projectHost } from './compile.ts'
import { FORMS } from './scale.ts'

const ONCE_SQUARE: ReadonlySet<string> = new Set([
  'abbreviations',
  'abbreviations of elements',
  'abbreviations of fields',
  'abbreviations of one another that are used',
  'abbreviations of slices',
  'barriers',
  'channels as parameters',
  'channels that a PAR of their own uses',
  'channels that two branches use',
  'reshapings of one another',
  'retypings',
  'shared channels',
])

const SMALL = 200
const FACTOR = 8
const MOST = 24

/**
 * @param codes of the errors that there are, each once
 * @returns milliseconds of processor time
 */
async function timeOf(text: string, codes: readonly string[] = []): Promise<number> {
  const began = process.cpuUsage()
  const { diagnostics } = await compile('main.csp', projectHost({ 'main.csp': text }))
  const { user, system } = process.cpuUsage(began)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  assert.equal([...new Set(errors.map(({ code }) => code))], codes, renderAll(errors))
  return (user + system) / 1000
}

/** @throws when what is eight times as large takes 24 times as long or longer in each of three rounds */
async function growsInProportion(program: (n: number) => string, small: number, codes: readonly string[] = []): Promise<void> {
  let best = Infinity
  for (let round = 0; round < 3 && best >= MOST; round++) {
    // a small one beside each large one, so that what is slow for a while is slow for both
    const least = Math.max(1, await timeOf(program(small), codes))
    best = Math.min(best, (await timeOf(program(small * FACTOR), codes)) / least)
  }
  assert.ok(best < MOST, `${FACTOR} times the size takes ${best.toFixed(1)} times as long`)
}

for (const { name, program } of FORMS) {
  if (!ONCE_SQUARE.has(name)) continue
  test(name, () => growsInProportion(program, SMALL))
}

for (const use of ['keyboard ? ', 'screen ! ', 'used := '])
  test(`names that nothing has: ${use}`, () =>
    growsInProportion(
      (n) => {
        const uses = Array.from({ length: n }, (_, i) => `    INT x${i}:\n    x${i} := ${i}\n    ${use}x${i}\n`)
        return `PROC main (CHAN BYTE keyboard?, screen!)\n  INT used:\n  SEQ\n${uses.join('')}:\n`
      },
      2000,
      ['E0301'],
    ))

test('every form is one of those that are made', () => {
  const names = new Set(FORMS.map(({ name }) => name))
  assert.equal(
    [...ONCE_SQUARE].filter((name) => !names.has(name)),
    [],
  )
})

for (const { name, code, program } of [
  { name: 'variables needed beyond waits', code: 'E0804', program: (): string => formOf('variables needed beyond waits')(4000) },
  { name: 'parameters', code: 'E0805', program: (): string => formOf('parameters')(66_000) },
]) {
  test(`too many ${name}: ${code}`, async () => {
    const { diagnostics } = await compile('main.csp', projectHost({ 'main.csp': program() }))
    assert.ok(diagnostics.some((diagnostic) => diagnostic.code === code))
  })
}

function formOf(name: string): (n: number) => string {
  const form = FORMS.find((each) => each.name === name)
  assert.ok(form)
  return form.program
}

test.run()
