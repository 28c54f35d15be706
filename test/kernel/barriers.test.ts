/** Barriers between kernels: what a round costs in messages, and guards that several nodes decide. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Monitor } from '../../runtime/kernel/scheduler/monitor.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import { spread } from './spread.ts'

const ROUNDS = 20
const PROCESSES = 60

const PLAIN = `
TEST "rounds"
  BARRIER b:
  PAR i = 0 FOR ${PROCESSES} ENROLL b
    SEQ k = 0 FOR ${ROUNDS}
      SYNC b
:
`

const GUARDS = `
TEST "guards"
  BARRIER b, c:
  PAR i = 0 FOR 9 ENROLL b, c
    INT x, y:
    SEQ
      x, y := 0, 0
      SEQ k = 0 FOR ${ROUNDS}
        ALT
          SYNC b
            x := x + 1
          SYNC c
            y := y + 1
      SYNC b
:
`

test('a round over three nodes takes a message each way for each of the other nodes, however many processes there are', async () => {
  const c = await spread(PLAIN)
  const before = c.delivered
  c.settle()
  assert.is(c.node(0).kernel.roots.size, 0)
  const messages = c.delivered - before
  // each branch that ends elsewhere leaves the barrier and reports its end, which is confirmed; and its node has told where it is
  const ends = ((PROCESSES * 2) / 3) * 4
  assert.ok(messages <= ROUNDS * 2 * 2 + ends, `${messages} messages for ${ROUNDS} rounds`)
  assert.ok(messages >= ROUNDS * 2 * 2)
})

/**
 * @param first what the process does that comes first
 * @param last what the process does that comes last
 */
const meeting = (first: string, last: string): string => `
PROC other (BARRIER b)
  ALT
    SYNC b
      SKIP
:
PROC fickle (BARRIER b)
  TIMER tim:
  ALT
    SYNC b
      SKIP
    tim ? AFTER 1000
      SKIP
:
TEST "meeting"
  BARRIER b:
  TIMER tim:
  PAR ENROLL b
    SEQ
      tim ? AFTER 1000
      RESIGN b
        SKIP
    ${first}
    SYNC b
    SKIP
    fickle (b)
    fickle (b)
    SKIP
${last.replace(/^/gm, '    ')}
:
`

for (const [name, first, last] of [
  ['the last one is enabling its ALT', 'other (b)', 'SEQ\n  tim ? AFTER 2000\n  other (b)'],
  ['the last one synchronises', 'other (b)', 'SEQ\n  tim ? AFTER 2000\n  SYNC b'],
  ['the last one leaves', 'other (b)', 'SEQ\n  tim ? AFTER 2000\n  RESIGN b\n    SKIP'],
  ['those that offered chose another guard', 'SKIP', 'SKIP'],
] as const) {
  test(`a barrier may move to those that offer, at any time: ${name}`, async () => {
    let most = 0
    for (let n = 0; n <= most; n++) {
      for (const to of [1, 2]) {
        const c = await spread(meeting(first, last))
        const known = processes(c.node(0).kernel).flatMap(({ frame }) => Object.values(frame).filter((each) => each instanceof Monitor))
        const home = known.find(({ role }) => role !== undefined)
        if (home === undefined) throw new Error('a branch on node 0 knows the barrier')
        let delivered = 0
        for (c.time = 0; c.time < 4000; c.time += 500) {
          do {
            c.run()
            if (delivered === n) c.node(0).links.migrateHome(home, to)
            delivered++
          } while (c.deliver())
        }
        assert.is(c.node(0).kernel.roots.size, 0, `to node ${to} after ${n} messages`)
        most = Math.max(most, delivered)
      }
    }
  })
}

test('processes on three nodes choose the same guard of two barriers, in every order of their messages', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const c = await spread(GUARDS)
    let x = seed
    const draw = (n: number): number => ((x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff) >> 8) % n
    for (let i = 0; i < 100_000; i++) {
      c.run()
      if (c.mail.length === 0) break
      // of each pair of nodes the oldest message first
      const { from, to } = c.mail[draw(c.mail.length)] ?? { from: 0, to: 0 }
      const at = c.mail.findIndex((each) => each.from === from && each.to === to)
      const [message] = c.mail.splice(at, 1)
      if (message !== undefined) c.node(message.to).links.receive(message.from, message.bytes)
    }
    assert.is(c.node(0).kernel.roots.size, 0, `seed ${seed} ends`)
  }
})

test.run()
