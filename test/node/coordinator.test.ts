/** Whoever waits for a cut of a program hears of one, or that there will be none. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Coordinator } from '../../runtime/node/durable/coordinator.ts'
import type { CoordinatorPort } from '../../runtime/node/durable/coordinator.ts'

test('who waits for a cut is told when the program begins anew before it, or has already', () => {
  const port = { engine: { clock: { now: () => 0, after: () => () => undefined } }, everyMs: 100 }
  const coordinator = new Coordinator(port as unknown as CoordinatorPort, 0) // nothing else of it is asked while it is held
  const told: string[] = []
  const wait = (): void => {
    coordinator.secured(
      () => told.push('secured'),
      () => told.push('lost'),
    )
  }
  coordinator.hold() // a member has left, so no cut begins
  wait()
  assert.equal(told, [])
  coordinator.close()
  assert.equal(told, ['lost'])
  wait()
  assert.equal(told, ['lost', 'lost'])
})

test.run()
