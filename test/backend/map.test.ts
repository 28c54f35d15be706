/** Source maps and marks: a statement of the emitted code leads to its line of the `.csp` text, formatted or not. */
import { SourceMapConsumer } from 'source-map'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatProgram, formatUnit } from '../../compiler/emit/format.ts'
import { compileText } from './compile.ts'

const TEXT = `PROC relay (CHAN INT in?, out!, VAL INT factor)
  INT x, total:
  SEQ
    total := 0
    WHILE total < 1000
      SEQ
        in ? x
        IF
          x > factor
            out ! x * factor
          TRUE
            SKIP
        total := total + x
    ASSERT (total = 1000)
:

PROC main ()
  SKIP
:
`

/** Words of the emitted JavaScript, and the line of the text they come from. */
const EXPECTED: readonly (readonly [words: string, line: number])[] = [
  ['total = 0', 4],
  ['while (', 5],
  ['take(p, in_)', 7],
  ['x > factor', 8],
  ['put(p, out', 10],
  ['total = add(total, x', 13],
  ['assertion($', 14],
]

const HUGE = `PROC main (CHAN BYTE screen!)
  INITIAL INT x IS 1:
  IF
${Array.from({ length: 3000 }, (_, i) => `    x = ${i + 7}\n      screen ! 'a'\n`).join('')}    TRUE
      SKIP
:
`

async function leadsTo(code: string, map: string, words: string): Promise<readonly [string | null, number | null]> {
  const offset = code.indexOf(words, code.indexOf('export function'))
  assert.ok(offset >= 0, words)
  const before = code.slice(0, offset).split('\n')
  const found = await SourceMapConsumer.with(map, null, (consumer) =>
    consumer.originalPositionFor({ line: before.length, column: before.at(-1)?.length ?? 0 }),
  )
  return [found.source, found.line]
}

test('the canonical code leads to the .csp text', async () => {
  const { units } = await compileText(TEXT)
  const unit = units.find((u) => u.name === 'relay')
  assert.ok(unit)
  for (const [words, line] of EXPECTED) assert.equal(await leadsTo(unit.code, unit.codeMap, words), ['test.csp', line], words)
})

test('so does the formatted output', async () => {
  const files = await formatProgram(await compileText(TEXT))
  const code = files.get('relay.js') ?? ''
  const map = files.get('relay.js.map') ?? ''
  for (const [words, line] of EXPECTED) assert.equal(await leadsTo(code, map, words), ['test.csp', line], words)
})

test('formatting moves every mark to the same token', async () => {
  for (const unit of (await compileText(TEXT)).units) {
    const formatted = await formatUnit(unit)
    assert.is(formatted.marks.length, unit.marks.length)
    formatted.marks.forEach((mark, i) => {
      const word = (text: string, offset: number): string => /^\W*(\w*)/.exec(text.slice(offset))?.[1] ?? ''
      assert.is(word(formatted.text, mark.offset), word(unit.typescript, unit.marks[i]?.offset ?? 0))
    })
  }
})

test('fault sites and resume points tell where they are', async () => {
  const { units } = await compileText(TEXT)
  const debug = units.find((u) => u.name === 'relay')?.debug
  assert.equal(debug?.files, ['test.csp'])
  assert.ok(debug?.sites.some(([, line, , text]) => line === 10 && text === 'x * factor'))
  assert.equal(
    debug?.machines[0]?.points.map(([, line, , text]) => [line, text]),
    [
      [1, 'PROC relay (CHAN INT in?, out!, VAL INT factor)'],
      [5, 'WHILE total < 1000'],
      [7, 'in ? x'],
      [10, 'out ! x * factor'],
    ],
  )
})

test('numbers that prettier writes otherwise are the same numbers', async () => {
  const text = 'PROC huge (REAL32 x)\n  x := 3.40282347E+38(REAL32)\n:\nPROC main ()\n  REAL32 y:\n  huge (y)\n:\n'
  const files = await formatProgram(await compileText(text))
  assert.match(files.get('huge.js') ?? '', '3.4028234663852886e38')
})

test('an IF of thousands of choices has an output for people', async () => {
  const files = await formatProgram(await compileText(HUGE))
  assert.match(files.get('main.js') ?? '', '3006')
})

test.run()
