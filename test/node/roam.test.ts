/** Where what roams goes. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Frame, unit } from '../../runtime/abi.ts'
import type { Member } from '../../runtime/engine/engine.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { Roamer } from '../../runtime/node/migration/roam.ts'
import { unmoved } from '../../runtime/node/migration/migrations.ts'

class Still extends Frame {}

const U = unit({
  name: 'still',
  machines: [{ name: 'still', step: () => true, blank: () => new Still(), slots: [], live: [[]], results: [] }],
})
U.hash = 'still'

const nodes: readonly Member[] = [2, 3].map((index) => ({ index, name: `n${index}`, kind: 'node', address: '' }))

/** A process that roams each millisecond, for so many of them. @returns where it was sent, and what it is tried with next */
function roaming(takes: (node: string) => boolean) {
  let now = 0
  let draws = 0
  let waiting: (() => void) | undefined
  const sent: string[] = []
  const kernel = new Kernel({ now: () => 0, host: () => true })
  kernel.start(new Still(null))
  const roamer = new Roamer(
    {
      site: {
        kernel,
        links: { migrateHome: () => undefined },
        migrations: {
          busy: false,
          isHeld: false,
          depart: (_, __, { name }, done) => {
            sent.push(name)
            const refusal = { code: 'R0406' as const, message: `node ${name} is cordoned`, help: '' }
            done({ results: [{ ...unmoved('main', 'n1', name), ...(takes(name) ? {} : { error: refusal }) }], takenBack: [] })
          },
        },
        go: () => undefined,
        drive: { pause: () => undefined, poke: () => undefined },
        closed: false,
        roamingEnded: false,
        roamingPaused: false,
        roamed: 0,
      },
      clock: {
        now: () => now,
        after: (_, work) => {
          waiting = work
          return () => undefined
        },
      },
      others: () => nodes,
    },
    1,
    () => (draws++ % 10) / 10,
  )
  return (milliseconds: number): readonly string[] => {
    sent.length = 0
    roamer.slice()
    for (let i = 0; i < milliseconds; i++) {
      now++
      waiting?.()
    }
    return [...sent]
  }
}

test('a node that refuses what comes is tried less and less often, and not given up', () => {
  const run = roaming((node) => node === 'n3')
  const count = (sent: readonly string[]): number => sent.filter((name) => name === 'n2').length
  assert.ok(count(run(4_000)) < 20)
  const late = run(4_000)
  assert.ok(count(late) > 0)
  assert.ok(count(late) <= 5)
  assert.ok(late.length > 3_000)
})

test('a node that takes something again is no longer passed over', () => {
  let cordoned = true
  const run = roaming((node) => node === 'n3' || !cordoned)
  run(4_000)
  cordoned = false
  run(2_000)
  const sent = run(1_000)
  assert.ok(sent.filter((name) => name === 'n2').length > 200)
})

test.run()
