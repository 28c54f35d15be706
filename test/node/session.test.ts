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

function talkerOf(engine: Engine): Talker {
  const heard = new Map<number, number[]>()
  const sessions = new Sessions(engine, {
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
  for (let i = 1; i <= count; i++) world.join('node', `n${i}`, (engine) => found.push(talkerOf(engine)))
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

test('messages arrive once and in order though packets are lost, doubled and damaged and connections doubled', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const chance = [0, 0.02, 0.2, 0.5]
    const pick = (n: number): number => chance[(seed >> (2 * n)) & 3] ?? 0
    const world = new SimulatedWorld(seed, { ...fairWeather, lost: pick(0), doubled: pick(1), flipped: pick(2) / 2 })
    const [a, b] = talkers(world, 2) as [Talker, Talker]
    const total = 150
    let sentA = 0
    let sentB = 0
    const speak = (): void => {
      if (sentA < total) a.sessions.send(b.index, number(sentA++))
      if (sentB < total && world.random() < 0.8) b.sessions.send(a.index, number(sentB++))
      if (world.random() < 0.05) world.part(a.index, b.index, world.random() * 5)
      if (world.random() < 0.1) world.double(a.index, b.index)
      if (sentA < total || sentB < total) world.after(world.random(), speak)
    }
    speak()
    const all = Array.from({ length: total }, (_, i) => i)
    const arrived = world.run(() => b.heard.get(a.index)?.length === total && a.heard.get(b.index)?.length === total, 3_000_000)
    assert.ok(arrived, `seed ${seed}: everything arrives; ${a.heard.get(b.index)?.length} and ${b.heard.get(a.index)?.length}`)
    world.run(() => false, world.time + 10_000)
    assert.equal(b.heard.get(a.index), all, `seed ${seed}`)
    assert.equal(a.heard.get(b.index), all, `seed ${seed}`)
  }
})

test('a single packet that is lost is made good within its patience, and one that is followed by others at once', () => {
  for (const more of [0, 5]) {
    const world = new SimulatedWorld(3)
    const [a, b] = talkers(world, 2) as [Talker, Talker]
    a.sessions.send(b.index, number(0))
    assert.ok(world.run(() => b.heard.get(a.index)?.length === 1, world.time + 1_000))
    world.run(() => false, world.time + 1_000)
    world.weather = { ...fairWeather, lost: 1 }
    a.sessions.send(b.index, number(1))
    world.weather = fairWeather
    for (let i = 0; i < more; i++) a.sessions.send(b.index, number(2 + i))
    const sent = world.time
    assert.ok(world.run(() => b.heard.get(a.index)?.length === 2 + more, world.time + 1_000))
    const tookMs = world.time - sent
    assert.ok(more === 0 ? tookMs > 200 && tookMs < 300 : tookMs < 2, `${tookMs} ms`)
  }
})

test('who has closed its sessions and is still in the cluster says and hears nothing more, whatever the transport does', () => {
  const world = new SimulatedWorld(5)
  const [a, b] = talkers(world, 2) as [Talker, Talker]
  world.part(a.index, b.index, 10)
  for (let i = 0; i < 5; i++) a.sessions.send(b.index, number(i)) // they are not acknowledged when it closes
  a.sessions.close()
  world.run(() => false, world.time + 2_000) // the connection comes back meanwhile
  b.sessions.send(a.index, number(0))
  world.run(() => false, world.time + 2_000)
  assert.is(a.heard.get(b.index), undefined)
  assert.is(b.heard.get(a.index), undefined)
})

test('a peer behind a cut cable is silent once something waits for it, and no longer when the cable is whole', () => {
  const world = new SimulatedWorld(7)
  const [a, b] = talkers(world, 2) as [Talker, Talker]
  a.sessions.send(b.index, number(0))
  world.run(() => b.heard.get(a.index)?.length === 1, 1_000)
  world.run(() => false, 100)
  assert.equal(a.sessions.silent(), [])
  world.part(a.index, b.index, 1e9)
  a.sessions.send(b.index, number(1))
  assert.ok(
    world.run(() => a.sessions.silent().includes(b.index), 3_000),
    'it is silent',
  )
  assert.equal(b.sessions.silent(), [], 'who has nothing to say notices nothing')
  world.mend(a.index, b.index)
  assert.ok(
    world.run(() => a.sessions.silent().length === 0 && b.heard.get(a.index)?.length === 2, 10_000),
    'it has answered',
  )
})

test('nothing is sent when nobody has anything to say', () => {
  const world = new SimulatedWorld(4)
  const [a, b] = talkers(world, 2) as [Talker, Talker]
  a.sessions.send(b.index, number(0))
  world.run(() => false, world.time + 1_000)
  const before = world.packets
  world.run(() => false, world.time + 60_000)
  assert.is(world.packets, before)
})

test('no store that is silent for long makes living members declare each other dead, and who died meanwhile is removed afterwards', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const world = new SimulatedWorld(seed, { ...fairWeather, noticed: 0 })
    const left: string[] = []
    const indices: number[] = []
    for (const name of ['n1', 'n2', 'n3']) {
      const before = indices.length
      world.join('node', name, (engine) => {
        indices.push(engine.membership.self.index)
        engine.membership.open({ joined: () => undefined, left: (m) => left.push(`${name}: ${m.name}`) })
      })
      world.run(() => indices.length > before, world.time + 1_000)
    }
    for (let i = 0; i < 5; i++) {
      world.run(() => false, world.time + world.random() * 1_000)
      world.silence(400 + world.random() * 5_000)
    }
    world.run(() => false, world.time + 20_000)
    assert.equal(left, [], `seed ${seed}`)
    world.silence(3_000)
    world.crash(indices[1] ?? 0)
    assert.ok(
      world.run(() => left.length === 2, world.time + 20_000),
      `seed ${seed}`,
    )
    assert.equal([...left].sort(), ['n1: n2', 'n3: n2'])
  }
})

test('a power failure takes what was not synced, from some commit on, and nothing that was', () => {
  let lost = 0
  for (let seed = 1; seed <= 100; seed++) {
    const world = new SimulatedWorld(seed)
    let engine: Engine | undefined
    world.join('node', 'n1', (joined) => {
      engine = joined
    })
    world.run(() => engine !== undefined, 1_000)
    let done = 0
    let synced = 0
    const commit = (i: number): void => {
      const isSynced = world.random() < 0.2
      const change = { key: 'x', expect: i === 0 ? undefined : String(i), value: String(i + 1) }
      engine?.directory.swap(
        [change],
        () => {
          done = i + 1
          if (isSynced) synced = i + 1
          commit(i + 1)
        },
        { synced: isSynced },
      )
    }
    commit(0)
    world.run(() => done > 30 && world.random() < 0.1, 10_000)
    world.blackout()
    const kept = Number(world.contents().get('x') ?? 0)
    assert.ok(kept >= synced && kept <= done + 1, `seed ${seed}: ${kept} of ${done}, ${synced} synced`)
    if (kept < done) lost++
  }
  assert.ok(lost > 10)
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

test('a session that is full says so until its peer has taken enough, or has left', () => {
  const world = new SimulatedWorld(1)
  const engines: Engine[] = []
  for (const name of ['n1', 'n2']) world.join('node', name, (engine) => engines.push(engine))
  world.run(() => engines.length === 2, 1_000)
  const [first, second] = engines as [Engine, Engine]
  const most = 10_000
  const ours = new Sessions(first, { message: () => undefined }, most)
  first.transport.open(ours)
  first.membership.open({
    joined: () => undefined,
    left: ({ index }) => {
      ours.end(index)
    },
  })
  talkerOf(second)
  const peer = second.membership.self.index
  world.run(() => false, world.time + 50)
  world.part(first.membership.self.index, peer, 100)
  for (let i = 0; i < 10; i++) ours.send(peer, new Uint8Array(900))
  assert.is(ours.isFull, false)
  for (let i = 0; i < 10; i++) ours.send(peer, new Uint8Array(900))
  assert.is(ours.isFull, true)
  assert.ok(
    world.run(() => !ours.isFull, world.time + 5_000),
    'the peer takes them',
  )
  for (let i = 0; i < 20; i++) ours.send(peer, new Uint8Array(900))
  assert.is(ours.isFull, true)
  ours.end(peer)
  assert.is(ours.isFull, false)
})

test.run()
