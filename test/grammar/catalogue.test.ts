/** Every message of the catalogue is shown by some test, so that none is dead and each has been read. */
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { messages } from '../../grammar/messages.ts'

const folder = new URL('./', import.meta.url)
const texts = readdirSync(folder)
  .filter((name) => /\.(cases|test\.ts)$/.test(name))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n')

for (const code of Object.keys(messages))
  test(`${code} is shown`, () => {
    assert.match(texts, code)
  })

test.run()
