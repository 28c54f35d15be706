/** The mutants of `npm run simulate:mutants` are changes of the sources as they are now. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { equivalentMutants } from './equivalent-mutants.ts'
import { mutants } from './mutants.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const all = [...mutants, ...equivalentMutants]

test('what a mutant replaces is there, and is replaced by something else', () => {
  for (const { name, file, text, by, also = [] } of all) {
    const source = readFileSync(join(root, file), 'utf8')
    for (const change of [{ text, by }, ...also]) {
      assert.ok(source.includes(change.text), `${name}: ${file} has ${change.text}`)
      assert.is.not(change.by, change.text, name)
    }
  }
})

test('no two mutants have one name', () => {
  assert.is(new Set(all.map(({ name }) => name)).size, all.length)
})

test.run()
