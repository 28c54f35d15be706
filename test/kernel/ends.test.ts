/** Ends of channel types between kernels: no message on them is lost, doubled or out of order, and nothing of them stays in the tables of links. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster } from './net.ts'
import { spread } from './spread.ts'

/** Ends go round stations on three nodes; a client behind each asks at every one. */
const ring = (ends: number): string => `
CHAN TYPE LINE
  MOBILE RECORD
    CHAN INT ask?:
    CHAN INT answer!:
:
VAL INT ends IS ${ends}:
VAL INT stations IS 4:
VAL INT clients IS 4:
PROC station (CHAN LINE? in?, out!)
  SEQ i = 0 FOR ends
    LINE? s:
    INT x:
    SEQ
      in ? s
      SEQ k = 0 FOR 2
        SEQ
          s[ask] ? x
          s[answer] ! x + 1
      out ! s
:
PROC client (CHAN LINE? door!)
  SEQ i = 0 FOR ends / clients
    LINE! c:
    LINE? s:
    INITIAL INT x IS 0:
    SEQ
      c, s := MOBILE LINE
      door ! s
      SEQ k = 0 FOR 2 * stations
        SEQ
          c[ask] ! k
          c[answer] ? x
          ASSERT (x = (k + 1))
:
PROC entrance ([]CHAN LINE? doors?, CHAN LINE? out!)
  SEQ i = 0 FOR ends
    LINE? s:
    ALT k = 0 FOR clients
      doors[k] ? s
        out ! s
:
PROC exit (CHAN LINE? in?)
  SEQ i = 0 FOR ends
    LINE? s:
    in ? s
:
TEST "ring"
  [stations + 1]CHAN LINE? c:
  [clients]CHAN LINE? doors:
  PAR
    station (c[0]?, c[1]!)
    station (c[1]?, c[2]!)
    station (c[2]?, c[3]!)
    station (c[3]?, c[4]!)
    exit (c[4]?)
    entrance (doors?, c[0]!)
    client (doors[0]!)
    client (doors[1]!)
    client (doors[2]!)
    client (doors[3]!)
:
`

/** Lets a cluster run to its end; nodes clean up now and then. */
function finish(c: Cluster, sweeps: number): void {
  let most = 0
  for (let n = 1; ; n++) {
    c.run()
    if (n % sweeps === 0) {
      for (const { links } of c.nodes) links.expire()
      for (const { links } of c.nodes) most = Math.max(most, links.stats().entries)
    }
    if (!c.deliver()) break
  }
  assert.is(c.node(0).kernel.roots.size, 0, 'it ends')
  assert.ok(most < 500, `${most} entries`)
}

test('10,000 ends go round a ring over three nodes, and the tables of links do not grow', async () => {
  const c = await spread(ring(10_000))
  finish(c, 1000)
  for (let k = 0; k < 6; k++) {
    for (const { links } of c.nodes) links.expire()
    while (c.deliver());
  }
  for (const { links } of c.nodes) assert.is(links.stats().entries, 0)
})

test('ends go round a ring whatever the order of messages of different nodes, and whenever nodes clean up', async () => {
  const program = await spread(ring(40))
  finish(program, 3)
  for (let seed = 1; seed <= 20; seed++) {
    const c = await spread(ring(24))
    let x = seed
    const draw = (n: number): number => ((x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff) >> 8) % n
    for (let i = 0; i < 100_000; i++) {
      c.run()
      if (draw(4) === 0) c.node(draw(3)).links.expire()
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
