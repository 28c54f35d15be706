/** Barriers between kernels: what a round costs in messages, and guards that several nodes decide. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CompiledProgram } from '../../compiler/host.ts'
import type { Unit } from '../../runtime/kernel/scheduler/state.ts'
import { branchesOf } from '../../runtime/kernel/inspect/paths.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'
import { Cluster } from './net.ts'

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

async function spread(text: string): Promise<Cluster> {
  const program: CompiledProgram = await compileText(text)
  const units: readonly Unit[] = [...(await loadUnits(program)).values()]
  const c = new Cluster(3, units)
  const unit = units.find(({ hash }) => hash === program.manifest.tests[0]?.unit)
  const machine = unit?.machines[0]
  if (machine === undefined) throw new Error('the test has a machine')
  const main = c.node(0).kernel.start(machine.blank())
  c.node(0).kernel.run(1) // the branches are there, and none has run
  const branches = branchesOf(main)
  for (const [i, p] of branches.entries()) if (i % 3 > 0) c.move([p], 0, i % 3)
  return c
}

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
