/** What is emitted for small programs, as people see it: `golden/NAME.csp` and `golden/NAME.golden`. `--update` writes the latter anew. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatUnit } from '../../compiler/emit/format.ts'
import { compileFile, ROOT } from './compile.ts'

const folder = 'test/backend/golden'
const update = process.argv.includes('--update')

for (const name of readdirSync(ROOT + folder).filter((n) => n.endsWith('.csp'))) {
  test(name, async () => {
    const path = `${folder}/${name}`
    const { program, diagnostics } = await compileFile(path)
    assert.is(program === undefined ? diagnostics.map((d) => d.title).join('\n') : '', '')
    let text = ''
    for (const unit of program?.units ?? []) {
      const inFile = unit.debug.files.length === 0 || unit.debug.files.includes(path)
      if (inFile) text += `// ---------- ${unit.name}\n${(await formatUnit(unit)).text}\n`
    }
    const golden = `${ROOT}${path.replace(/\.csp$/, '.golden')}`
    if (update || !existsSync(golden)) writeFileSync(golden, text)
    assert.fixture(text, readFileSync(golden, 'utf8'))
  })
}

test.run()
