/** The table of the language tests names every file there is, once, and no other. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const folder = fileURLToPath(new URL('../language/', import.meta.url))

test('the README of the language tests names each file', () => {
  const named = [...readFileSync(`${folder}README.md`, 'utf8').matchAll(/^\| `([^`]+\.csp)` \|/gm)].map(([, name]) => name)
  assert.equal(
    named.sort(),
    readdirSync(folder)
      .filter((name) => name.endsWith('.csp'))
      .sort(),
  )
})

test.run()
