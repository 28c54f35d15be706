/**
 * What a message proposes can be written: each proposal of the broken programs, of the pages of the diagnostics and of the examples of the
 * documentation is applied to its program, which is compiled again. The message must be gone, and no fault of the syntax may have come.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import { is, ok } from 'uvu/assert'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import { fencesOf } from '../docs/fences.ts'
import { checkProgram, projectReader, ROOT } from './front-end.ts'
import { isUnknown, proposalsOf } from '../../compiler/diagnostics/proposals.ts'

interface Broken {
  readonly name: string
  readonly path: string
  readonly text: string
  readonly files: Readonly<Record<string, string>>
}

const ERRORS = 'test/compiler/errors'

function* broken(): Generator<Broken> {
  for (const name of readdirSync(ROOT + ERRORS).filter((each) => each.endsWith('.csp'))) {
    const path = `${ERRORS}/${name}`
    yield { name, path, text: readFileSync(ROOT + path, 'utf8'), files: {} }
  }
  for (const page of readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.md'))) {
    const fences = fencesOf(readFileSync(`${ROOT}docs/${page}`, 'utf8')).filter(({ words }) => words[0] === 'csp')
    const files = Object.fromEntries(fences.flatMap(({ words, text }) => (words[1] === 'file' ? [[words[2] ?? '', text]] : [])))
    for (const { words, text, start } of fences) {
      if (page.startsWith('diagnostics') ? !/\/[EW]/.test(page) : words[1] !== 'fails' && words[1] !== 'warns') continue
      yield { name: `docs/${page}:${start + 1}`, path: 'example.csp', text, files }
    }
  }
}

function diagnose({ path, files }: Broken, text: string): readonly Diagnostic[] {
  const main = /^-- options:.*--main (\S+)/.exec(text)?.[1]
  return checkProgram(path, projectReader({ ...files, [path]: text }), main === undefined ? {} : { main }).diagnostics
}

const like = ({ code, title }: Diagnostic, all: readonly Diagnostic[]): number =>
  all.filter((each) => each.code === code && each.title === title).length

const isSyntax = ({ code }: Diagnostic): boolean => /^E0[12]/.test(code)

const unknown = new Set<string>()
let applied = 0

for (const program of broken()) {
  test(program.name, () => {
    const before = diagnose(program, program.text)
    for (const diagnostic of before) {
      for (const help of diagnostic.help) {
        if (diagnostic.primary.span.file.path !== program.path) continue
        if (isUnknown(help)) unknown.add(`${diagnostic.code} ${help}`)
        for (const text of proposalsOf(diagnostic, help) ?? []) {
          applied++
          const after = diagnose(program, text)
          const shown = `${diagnostic.code}: ${diagnostic.title}\nhelp: ${help}\n${text}\n${after.map(({ code, title }) => `${code} ${title}`).join('\n')}`
          ok(like(diagnostic, after) < like(diagnostic, before), `the message is still there\n${shown}`)
          const worse = after.filter((each) => isSyntax(each) && like(each, after) > like(each, before))
          is(worse.length, 0, `what is proposed has faults of its own\n${shown}`)
        }
      }
    }
  })
}

test('every help that ends with something to write is of a kind that is applied here', () => {
  is([...unknown].join('\n'), '')
  ok(applied > 200, `${applied} proposals were applied`)
})

test.run()
