/** Generated programs: they do what the reference interpreter does, wherever their processes are. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { settings } from './settings.ts'
import { describe, watched } from './watch.ts'

test('a generated program is accepted, and means the same in every way of running it', async () => {
  const order = { kind: 'programs', ...settings(400) } as const
  const summary = await watched(order)
  console.log(`seed ${order.seed}: ${describe(summary)}`)
  assert.is(summary.failures.length, 0)
  assert.ok(summary.meantAndAccepted > 0.85 * summary.meant, 'nearly all that is meant to be right is accepted')
  assert.ok((summary.endings.get('ended') ?? 0) > summary.meant / 2, 'most programs come to their end')
})

test.run()
