/** Which groups a cut writes: those that have changed, and some of the oldest, so that no cut is large because another one was. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Channel, Frame, NO_CHANNEL, take, unit } from '../../runtime/abi.ts'
import type { Process } from '../../runtime/abi.ts'
import { LinkTable } from '../../runtime/kernel/links/link-table.ts'
import { put } from '../../runtime/kernel/scheduler/channel.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'

class Waiter extends Frame {
  in_ = NO_CHANNEL
  constructor() {
    super(null)
  }
}

const U = unit({
  name: 'waiter',
  machines: [
    {
      name: 'waiter',
      step: (p: Process, f: Waiter) => {
        for (;;) {
          f.pc = 1
          if (!take(p, f.in_)) return false
        }
      },
      blank: () => new Waiter(),
      slots: [['in_', 'chan?']],
      live: [[0], [0]],
      results: [],
    },
  ],
})
U.hash = 'waiter'

const CROWD = 1_000

/** A kernel with a crowd of processes that wait. */
function crowd(): {
  readonly links: LinkTable
  readonly wake: (i: number) => void
  readonly written: (cut: number, after: number) => number
} {
  const kernel = new Kernel({ now: () => 0, host: () => true }, true)
  const links = new LinkTable(kernel, 1, () => undefined)
  const channels = Array.from({ length: CROWD }, () => new Channel())
  for (const channel of channels) {
    const frame = new Waiter()
    frame.in_ = channel
    kernel.start(frame)
  }
  while (kernel.run(1_000) === 'more');
  const waker = kernel.start(new Waiter())
  return {
    links,
    wake: (i) => {
      put(waker, channels[i] ?? NO_CHANNEL, i)
      while (kernel.run(1_000) === 'more');
    },
    written: (cut, after) => links.cut(cut, after).image?.groups.length ?? 0,
  }
}

test('after a cut that holds everything each one writes what has run, and a few that have not', () => {
  const { links, wake, written } = crowd()
  assert.ok(written(1, 0) >= CROWD)
  for (let cut = 2; cut < 100; cut++) {
    for (let i = 0; i < 10; i++) wake((cut * 10 + i) % CROWD)
    const groups = written(cut, cut - 1)
    assert.ok(groups >= 10 && groups < 400, `${groups} groups in cut ${cut}`)
  }
  const { oldest = 0 } = links.cut(100, 99)
  assert.ok(oldest > 70, `cut ${oldest} is the oldest that is needed`)
})

test('what a cut has written that was called off is in the next one', () => {
  const { wake, written } = crowd()
  written(1, 0)
  for (let i = 0; i < 10; i++) wake(i)
  const calledOff = written(2, 1)
  const next = written(3, 1)
  assert.ok(next >= calledOff, `${calledOff} groups, then ${next}`)
})

test.run()
