/**
 * The pages behind `godwit explain`: each code has one, the program after "Wrong:" gives the code, the one after "Right:" gives nothing at
 * all, and what a page of a run-time error shows compiles.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import { equal, is, ok } from 'uvu/assert'
import { CATALOGUE } from '../../compiler/diagnostics/catalogue.ts'
import { renderAll } from '../../compiler/diagnostics/render.ts'
import type { CompilerOptions } from '../../compiler/host.ts'
import { checkProgram, projectReader, ROOT } from './front-end.ts'

const FOLDER = `${ROOT}docs/diagnostics/`
const OPTIONS: Readonly<Record<string, CompilerOptions>> = { E0306: { main: 'start' } }
/** It takes a program that nobody would print, or one that only a later pass refuses. */
const WITHOUT_PROGRAM = new Set(['E0117', 'E0128', 'E0129', 'E0804', 'E0805'])
/** Stops of a running program (`runtime/kernel/scheduler/fault.ts`). */
const FAULTS = [
  'R0101',
  'R0102',
  'R0103',
  'R0104',
  'R0105',
  'R0106',
  'R0107',
  'R0108',
  'R0109',
  'R0110',
  'R0111',
  'R0201',
  'R0202',
  'R0203',
  'R0204',
  'R0205',
  'R0206',
  'R0207',
  'R0208',
  'R0209',
  'R0210',
  'R0211',
  'R0212',
  'R0213',
  'R0214',
  'R0301',
  'R0302',
]

const pages = readdirSync(FOLDER)
  .filter((name) => /^[EWR]\d{4}\.md$/.test(name))
  .map((name) => name.slice(0, 5))

function programAfter(page: string, word: string): string | undefined {
  return new RegExp(`^${word}:\\n+\`\`\`csp\\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1]
}

function diagnose(code: string, text: string) {
  const path = `${code}.csp`
  return checkProgram(path, projectReader({ [path]: text }), OPTIONS[code]).diagnostics
}

test('every code has a page', () => {
  equal(
    [...Object.keys(CATALOGUE), ...FAULTS].filter((code) => !existsSync(`${FOLDER}${code}.md`)),
    [],
  )
})

test('every page of a diagnostic is about a code that exists', () => {
  equal(
    pages.filter((code) => !code.startsWith('R') && !(code in CATALOGUE)),
    [],
  )
})

for (const code of pages) {
  test(code, () => {
    const page = readFileSync(`${FOLDER}${code}.md`, 'utf8')
    ok(page.startsWith(`# ${code}: `), 'the first line is the code and a title')
    const wrong = programAfter(page, 'Wrong')
    const right = programAfter(page, 'Right')
    if (code.startsWith('R')) {
      for (const program of [wrong, right])
        if (program !== undefined) is(renderAll(diagnose(code, program).filter((each) => each.severity === 'error')), '')
      return
    }
    if (WITHOUT_PROGRAM.has(code)) return
    if (wrong === undefined || right === undefined) throw new Error(`${code} has no wrong and right program`)
    const found = diagnose(code, wrong)
    ok(
      found.some((each) => each.code === code),
      `the wrong program gives ${found.map((each) => each.code).join(', ') || 'nothing'}\n${renderAll(found)}`,
    )
    is(renderAll(diagnose(code, right)), '', 'the right program gives something')
  })
}

test.run()
