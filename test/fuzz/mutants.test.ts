/** Texts that are nearly right: the compiler and the formatter take or refuse each of them, in time. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { settings } from './settings.ts'
import { describe, watched } from './watch.ts'

test('whatever a text looks like, it is refused with diagnostics or keeps all promises', async () => {
  const order = { kind: 'mutants', ...settings(3100) } as const
  const summary = await watched(order)
  console.log(`seed ${order.seed}: ${describe(summary)}`)
  assert.is(summary.failures.length, 0)
  assert.ok(summary.accepted > order.runs / 20, 'some texts are right in spite of their changes')
})

test.run()
