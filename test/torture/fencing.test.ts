/** Short forms of the campaigns in which nodes are stopped and NATS servers are cut off from each other: never do two copies act. */
import * as assert from 'uvu/assert'
import { test } from 'uvu'
import { hasNats } from '../engine/nats-servers.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { outlive } from './durable.ts'

if (process.env['GODWIT_TEST_DIST'] !== '') {
  deadlineTest('a node that was stopped for longer than its lease ends when it goes on, and nothing of it acts', 110_000, async () => {
    const { wrong, fencings, history, log } = await outlive({ engine: 'embedded', trouble: 'stop', kills: 1, pauseMs: 200 })
    assert.is(wrong, undefined, log)
    assert.is(fencings.length, 1)
    assert.ok((history['took'] ?? 0) > 0 && (history['came'] ?? 0) > 0, JSON.stringify(history))
  })

  if (hasNats)
    deadlineTest('while one of three NATS servers is cut off, and then all of them, no two copies act', 120_000, async () => {
      const { wrong, history, log } = await outlive({ engine: 'nats', trouble: 'part', kills: 2, pauseMs: 200 })
      assert.is(wrong, undefined, log)
      assert.ok((history['took'] ?? 0) > 0 && (history['came'] ?? 0) > 0, JSON.stringify(history))
    })
}

test.run()
