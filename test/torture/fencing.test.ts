/** A short form of the campaign in which nodes are stopped: never do two copies act. That in which NATS servers are cut off from each other is a command. */
import * as assert from 'uvu/assert'
import { test } from 'uvu'
import { deadlineTest } from '../harness/deadline.ts'
import { outlive } from './durable.ts'

if (process.env['GODWIT_TEST_DIST'] !== '') {
  deadlineTest('a node that was stopped for longer than its lease ends when it goes on, and nothing of it acts', 110_000, async () => {
    const { wrong, fencings, history, log } = await outlive({ engine: 'embedded', trouble: 'stop', kills: 1, pauseMs: 200 })
    assert.is(wrong, undefined, log)
    assert.is(fencings.length, 1)
    assert.ok((history['took'] ?? 0) > 0 && (history['came'] ?? 0) > 0, JSON.stringify(history))
  })
}

test.run()
