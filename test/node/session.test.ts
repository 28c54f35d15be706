/** Sessions over the simulated engine: what the transport loses, the session brings. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine } from '../../runtime/engine/engine.ts'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { Sessions } from '../../runtime/node/wire/session.ts'

interface Talker {
  readonly index: number
  readonly sessions: Sessions
  readonly heard: Map<number, number[]>
}

function talker(engine: Engine): Talker {
  const heard = new Map<number, number[]>()
  const sessions = new Sessions(engine.transport, engine.clock, {
    message(peer, body) {
      heard.set(peer, [...(heard.get(peer) ?? []), new DataView(body.buffer, body.byteOffset).getUint32(0)])
    },
  })
  engine.transport.open(sessions)
  engine.membership.open({
    joined: () => undefined,
    left: (member) => {
      sessions.end(member.index)
    },
  })
  return { index: engine.membership.self.index, sessions, heard }
}

function number(n: number): Uint8Array {
  const body = new Uint8Array(4)
  new DataView(body.buffer).setUint32(0, n)
  return body
}

function talkers(world: SimulatedWorld, count: number): Talker[] {
  const found: Talker[] = []
  for (let i = 1; i <= count; i++) world.join('node', `n${i}`, (engine) => found.push(talker(engine)))
  world.run(() => found.length === count, 1_000)
  return found
}

test('messages arrive once and in order through any number of broken connections', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const world = new SimulatedWorld(seed)
    const [a, b] = talkers(world, 2) as [Talker, Talker]
    const total = 120
    let sentA = 0
    let sentB = 0
    const speak = (): void => {
      if (sentA < total) a.sessions.send(b.index, number(sentA++))
      if (sentB < total && world.random() < 0.8) b.sessions.send(a.index, number(sentB++))
      if (world.random() < 0.1) world.part(a.index, b.index, world.random() * 5)
      if (sentA < total || sentB < total) world.after(world.random(), speak)
    }
    speak()
    const all = Array.from({ length: total }, (_, i) => i)
    const arrived = world.run(() => b.heard.get(a.index)?.length === total && a.heard.get(b.index)?.length === total, 5_000)
    assert.ok(arrived, `seed ${seed}: everything arrives`)
    assert.equal(b.heard.get(a.index), all, `seed ${seed}`)
    assert.equal(a.heard.get(b.index), all, `seed ${seed}`)
  }
})

test('a crashed member is removed, be it that its connections are seen to close or that its lease runs out', () => {
  for (const noticed of [0, 1]) {
    const world = new SimulatedWorld(7, { ...fairWeather, noticed })
    const left: string[] = []
    let second = 0
    world.join('node', 'n1', (engine) => {
      engine.membership.open({ joined: () => undefined, left: (m) => left.push(m.name) })
    })
    world.join('node', 'n2', (engine) => {
      second = engine.membership.self.index
      engine.membership.open({ joined: () => undefined, left: () => undefined })
    })
    world.run(() => world.time > 200, 300)
    world.crash(second)
    const begun = world.time
    assert.ok(world.run(() => left.length > 0, begun + 2_000))
    assert.equal(left, ['n2'])
    assert.equal(world.time - begun > 400, noticed === 0)
    assert.not.ok([...world.contents().keys()].some((key) => key.endsWith('n2')))
  }
})

test('the same seed gives the same history', () => {
  const history = (): string => {
    const world = new SimulatedWorld(42)
    const [a, b] = talkers(world, 2) as [Talker, Talker]
    for (let i = 0; i < 50; i++)
      world.after(world.random() * 20, () => {
        a.sessions.send(b.index, number(i))
      })
    world.part(a.index, b.index, 4)
    world.run(() => b.heard.get(a.index)?.length === 50, 1_000)
    return JSON.stringify([world.time, b.heard.get(a.index)])
  }
  assert.is(history(), history())
})

test.run()
