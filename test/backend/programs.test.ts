/** Programs whose emitted code is run here on a kernel: corners of the language that only the back end makes difficult. */
import { readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileFile, ROOT } from './compile.ts'
import { loadUnits, runTest } from './run.ts'

const folder = 'test/backend/programs'

for (const name of readdirSync(ROOT + folder)) {
  test(name, async () => {
    const { program, diagnostics } = await compileFile(`${folder}/${name}`)
    assert.ok(program, diagnostics.map((d) => d.title).join('\n'))
    const units = await loadUnits(program)
    program.manifest.tests.forEach(({ title, line, fails }, i) => {
      const ending = runTest(program, units, i)
      const expected = fails ?? 'passed'
      assert.ok(ending.startsWith(expected), `${name}:${line} "${title}": ${ending} instead of ${expected}`)
    })
  })
}

test.run()
