/** What the pages of a cluster are told: how often the cluster is asked for it. */
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Feed } from '../../runtime/dashboard/feed.ts'
import type { ClusterClient } from '../../runtime/node/commands/client.ts'
import { deadlineTest } from '../harness/deadline.ts'

deadlineTest('a page that comes while the answer for one that has left is on its way is not looked for twice', 60_000, async () => {
  const surveys: (() => void)[] = []
  let measured = 0
  const client = {
    measures: () => {
      measured++
      return Promise.resolve([])
    },
    survey: () => new Promise((resolve) => surveys.push(() => resolve(new Map()))),
    wiring: () => Promise.resolve([]),
    programs: { all: () => Promise.resolve([]) },
  } as unknown as ClusterClient // what a feed asks of it
  const feed = new Feed(client)
  try {
    const leave = feed.tell(() => undefined)
    while (surveys.length === 0) await delay(10)
    leave()
    const before = measured
    while (measured === before) await delay(10) // it sees that nobody looks any more
    await delay(10)
    feed.tell(() => undefined)
    while (surveys.length < 2) await delay(10)
    surveys[0]?.()
    await delay(4_500) // more than the longest pause between two looks
    assert.is(surveys.length, 2, 'the second answer has not come yet')
    surveys[1]?.()
    while (surveys.length < 3) await delay(10)
  } finally {
    feed.close()
  }
})

test.run()
