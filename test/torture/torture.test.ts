/** Short forms of the campaigns of `npm run torture`. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { outlive } from './durable.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { commitAndOpen } from './commits.ts'
import { sendRound } from './ends.ts'
import { lookAtMoves } from './looking.ts'

deadlineTest('members that join, leave and are killed take no commit from others', 120_000, async () => {
  const { commits, opens, troubles } = await commitAndOpen(60, true)
  assert.equal(troubles, [])
  assert.ok(commits > 100 && opens >= 60, `${commits} commits, ${opens} opens`)
})

if (process.env['GODWIT_TEST_DIST'] !== '')
  deadlineTest('commands that look at processes that move take nothing from them', 120_000, async () => {
    const { status, output, looks, complaints } = await lookAtMoves(300, 100_000)
    assert.equal([status, output.trim()], [0, 'done'])
    assert.ok(looks > 0)
    assert.equal(complaints, [])
  })

if (process.env['GODWIT_TEST_DIST'] !== '')
  deadlineTest('a thousand ends go round a ring over three nodes while processes move', 180_000, async () => {
    const { status, output } = await sendRound(1_000, '5ms', 170_000)
    assert.equal([status, output.trim()], [0, '1000'])
  })

if (process.env['GODWIT_TEST_DIST'] !== '')
  deadlineTest('a durable program whose nodes are killed shows each line once and in order', 120_000, async () => {
    const { wrong, kills, log } = await outlive({ engine: 'embedded', trouble: 'kill', kills: 4, pauseMs: 500 })
    assert.is(wrong, undefined, log)
    assert.ok(kills > 0)
  })

test.run()
