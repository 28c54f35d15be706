/**
 * Sessions under simulated faults: sockets are cut anywhere, gateways die and are replaced, the home of the program moves or begins anew from a cut. Each
 * message arrives once, in order, and the program sees one connection for each client.
 *
 * GODWIT_SESSIONS=10000 runs so many seeds; GODWIT_SEED=7 runs that one alone.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Session } from '../../client/connection.ts'
import type { Message } from '../../client/outgoing.ts'
import { drawnFrom } from '../gateway/hostile.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { World } from './world.ts'

const ONE = process.env['GODWIT_SEED']
const SEEDS = Number(process.env['GODWIT_SESSIONS'] ?? 500)
/** So many at a time. */
const TOGETHER = 60

function messageOf(random: () => number, i: number): Message {
  const length = random() < 0.05 ? 150_000 : Math.floor(random() * 3000)
  if (random() < 0.5) return `${i} ${'x'.repeat(length)}`
  return Uint8Array.from({ length }, (_, at) => (at * 7 + i) & 255)
}

async function talk(world: World, random: () => number, messages: number): Promise<void> {
  const session = new Session(
    [0, 1, 2].map((n) => `gateway ${n}`),
    world.platform(),
    { patience: 1e9, signal: undefined, onState: () => undefined },
  )
  const sent: Message[] = []
  const sending = (async () => {
    for (let i = 0; i < messages; i++) {
      const message = messageOf(random, i)
      sent.push(message)
      await session.send(message)
      if (random() < 0.3) await world.moments(20)
    }
  })()
  for (let i = 0; i < messages; i++) {
    const message = await session.receive()
    assert.equal(message, sent[i], `message ${i}`)
    if (random() < 0.1) await world.moments(30)
  }
  await sending
  await session.close()
  assert.is(session.state, 'closed')
}

async function trial(seed: number): Promise<void> {
  const random = drawnFrom(seed)
  const world = new World(random, seed % 3 === 0)
  world.gatewayComes()
  world.gatewayComes()
  const clients = 1 + Math.floor(random() * 3)
  const cutting = world.makeCuts()
  const talks = { over: false }
  const faults = (async () => {
    for (let n = 10 + Math.floor(random() * 20); n > 0 && !talks.over; n--) {
      await world.moments(60)
      const fault = random()
      const [gateway] = world.gateways
      if (fault < 0.7) await world.someWire()?.cut()
      else if (fault < 0.85 && gateway !== undefined) {
        world.gatewayComes()
        await world.gatewayGoes(gateway)
      } else world.homeMoves()
    }
  })()
  try {
    await Promise.all(Array.from({ length: clients }, () => talk(world, random, 10 + Math.floor(random() * 20))))
    talks.over = true
    await faults
    for (let n = 0; n < 200 && world.ends.includes('open'); n++) await world.moments(20)
    assert.equal(
      world.ends,
      Array.from({ length: clients }, () => 'end'),
      'what the program has seen',
    )
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    talks.over = true
    world.end()
    await cutting
  }
}

deadlineTest(
  `sessions go on under faults drawn from ${ONE === undefined ? `${SEEDS} seeds` : `seed ${ONE}`}`,
  60_000 + SEEDS * 200,
  async () => {
    if (ONE !== undefined) {
      await trial(Number(ONE))
      return
    }
    let next = 1
    const several = Array.from({ length: TOGETHER }, async () => {
      while (next <= SEEDS) await trial(next++)
    })
    await Promise.all(several)
  },
)

test.run()
