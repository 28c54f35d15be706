/** docs/limits.md has the table of runtime/limits.ts. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LIMITS } from '../../runtime/limits.ts'

test('the page of limits has each limit as the code has it, and no other', () => {
  const page = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8')
  const rows = page
    .slice(page.indexOf('## What is fixed'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const code = Object.entries(LIMITS).map(([name, { most, unit, beyond, why }]) => [
    '',
    `\`${name}\``,
    `${most.toLocaleString('en')} ${unit}`,
    beyond,
    why,
    '',
  ])
  assert.equal(rows, code)
})

test.run()
