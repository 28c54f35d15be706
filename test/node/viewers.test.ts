/** What viewers of a program hear of what they have typed. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KeyFeed } from '../../runtime/host/log-streams.ts'
import { OutputLog } from '../../runtime/host/output-log.ts'
import { Viewers } from '../../runtime/node/program/viewers.ts'
import type { ViewPart } from '../../runtime/node/wire/messages.ts'

test('a viewer of a durable program hears once that a cut has what it has typed, however many cuts follow', () => {
  const heard: ViewPart[] = []
  const nothing = (): void => undefined
  const log = new OutputLog({ released: nothing, waits: nothing, drained: nothing, exceeded: nothing })
  const viewers = new Viewers(log, new KeyFeed(nothing, nothing), true, nothing)
  const from = { index: 1, name: 'c1', kind: 'client', address: '' } as const
  viewers.view(from, { program: 1, viewer: 7 }, { part: (part) => heard.push(part), done: nothing, failed: nothing })
  heard.length = 0
  viewers.typedBy(from, { program: 1, viewer: 7, at: 0, ended: false }, Buffer.from('ab'))
  assert.ok(viewers.isWaiting)
  assert.equal(heard, [])
  for (let cut = 0; cut < 3; cut++) viewers.acknowledge(viewers.state())
  assert.not(viewers.isWaiting)
  assert.equal(heard, [{ kind: 'typed', upTo: 2 }])
  viewers.typedBy(from, { program: 1, viewer: 7, at: 1, ended: false }, Buffer.from('bc')) // sent again, and more
  viewers.acknowledge(viewers.state())
  assert.equal(heard.slice(1), [{ kind: 'typed', upTo: 3 }])
})

test.run()
