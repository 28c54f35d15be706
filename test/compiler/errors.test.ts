/**
 * Broken programs and what the compiler says about them. Each `errors/NAME.csp` has its rendering in `errors/NAME.golden`. A first line
 * `-- options: --main NAME` sets options.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import { is, not, ok } from 'uvu/assert'
import { CATALOGUE } from '../../compiler/diagnostics/catalogue.ts'
import { renderAll } from '../../compiler/diagnostics/render.ts'
import type { CompilerOptions } from '../../compiler/host.ts'
import { messages } from '../../grammar/messages.ts'
import { parseProgram } from '../../grammar/parse.ts'
import { checkProgram, projectReader, ROOT } from './front-end.ts'
import { golden } from './golden.ts'

const FOLDER = 'test/compiler/errors'
const programs = readdirSync(ROOT + FOLDER).filter((name) => name.endsWith('.csp'))
const seen = new Set<string>()

/** Expressions that a help proposes. */
const PROPOSED = /(?:convert it|compare it|done first|it as|it like this): `([^`]+)`/g

/** Checks that what a help proposes to write can be written. */
function proposalsParse(help: readonly string[]): void {
  for (const text of help) {
    for (const [, expression = ''] of text.matchAll(PROPOSED)) {
      const path = 'proposal.module'
      const source = `PROC p ()\n  x := ${expression}\n:\n`
      const parsed = parseProgram(path, projectReader({ [path]: source }))
      is(parsed?.diagnostics.map(({ title }) => title).join('; '), '', `\`${expression}\` is proposed`)
    }
  }
}

function optionsOf(text: string): CompilerOptions {
  const main = /^-- options:.*--main (\S+)/.exec(text)?.[1]
  return main === undefined ? {} : { main }
}

for (const name of programs) {
  test(name, () => {
    const path = `${FOLDER}/${name}`
    const { diagnostics } = checkProgram(path, projectReader(), optionsOf(readFileSync(ROOT + path, 'utf8')))
    ok(diagnostics.length > 0, 'nothing was reported')
    for (const { code, help } of diagnostics) {
      seen.add(code)
      proposalsParse(help)
    }
    const rendered = renderAll(diagnostics)
    not.match(rendered, /\bat .*\.ts:\d/)
    golden(ROOT + path.replace(/\.csp$/, '.golden'), `${rendered}\n`)
  })
}

/** What is too large for a program to read: test/backend/growth.test.ts generates it. */
const GENERATED: ReadonlySet<string> = new Set(['E0804', 'E0805'])

test('every code of the checking passes is shown by a golden', () => {
  const missing = Object.keys(CATALOGUE).filter((code) => !(code in messages) && !seen.has(code) && !GENERATED.has(code))
  ok(missing.length === 0, `no golden for ${missing.join(', ')}`)
})

test.run()
