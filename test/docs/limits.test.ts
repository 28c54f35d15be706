/** docs/limits.md has the table of runtime/limits.ts. */
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FormError, verifyForm } from '../../runtime/code/unit-form.ts'
import { BLOB_BYTES } from '../../runtime/engine/embedded-blobs.ts'
import { SWAP_BYTES } from '../../runtime/engine/embedded-journal.ts'
import { MAX_PACKET_BYTES } from '../../runtime/engine/packets.ts'
import { MOST_FORWARDERS } from '../../runtime/kernel/links/link-table.ts'
import { MAX_NODES } from '../../runtime/kernel/links/router.ts'
import { LARGEST_SNAPSHOT } from '../../runtime/kernel/snapshot/codec.ts'
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

test('what the kernel and the engines keep to, which look nothing up, is what the page says', () => {
  assert.is(LIMITS.packet.most, MAX_PACKET_BYTES)
  assert.is(LIMITS.swap.most, SWAP_BYTES)
  assert.is(LIMITS.blob.most, BLOB_BYTES)
  assert.is(LIMITS.snapshot.most, LARGEST_SNAPSHOT)
  assert.is(LIMITS.members.most, MAX_NODES)
  assert.is(LIMITS.forwarders.most, MOST_FORWARDERS)
})

test('each code of a limit has a page', () => {
  for (const [name, { beyond }] of Object.entries(LIMITS))
    if (/^R\d{4}$/.test(beyond))
      assert.ok(existsSync(new URL(`../../docs/diagnostics/${beyond}.md`, import.meta.url)), `${name}: ${beyond}`)
})

test('a unit that is longer than a unit may be is refused before it is parsed', () => {
  assert.throws(
    () => verifyForm('x'.repeat(LIMITS.unit.most + 1), () => undefined),
    (error: unknown) => error instanceof FormError && error.message.includes('is the limit of a unit'),
  )
})

test.run()
