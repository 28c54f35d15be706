/** Nobody goes on with the session of somebody else: tokens that are forged, old, stolen, or shown at another name. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Session } from '../../client/connection.ts'
import type { Connection } from '../../client/connection.ts'
import { SessionError } from '../../client/session-error.ts'
import { ID_BYTES, TOKEN_BYTES } from '../../client/wire.ts'
import type { GatewayMessage, Open } from '../../client/wire.ts'
import { drawnFrom } from '../gateway/hostile.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { World } from './world.ts'

const DEADLINE = 60_000

/** What a client has drawn, in this order. */
interface Secrets {
  id: Uint8Array
  token: Uint8Array
}

function connectIn(world: World): { readonly session: Connection; readonly secrets: Secrets } {
  const drawn: Uint8Array[] = []
  const platform = world.platform()
  const random = (length: number): Uint8Array => {
    const bytes = platform.random(length)
    drawn.push(bytes)
    return bytes
  }
  const options = { patience: 60_000, signal: undefined, onState: () => undefined }
  const session = new Session(['gateway 0', 'gateway 1'], { ...platform, random }, options)
  const [id = new Uint8Array(0), token = new Uint8Array(0)] = drawn
  return { session, secrets: { id, token } }
}

async function echoed(session: Connection, text: string): Promise<void> {
  await session.send(text)
  assert.is(await session.receive(), text)
}

const open = (secrets: Secrets, more: Partial<Open> = {}): Open => ({
  kind: 'open',
  ...secrets,
  attempt: 9,
  resumed: false,
  received: 0,
  ...more,
})

function refusal(message: GatewayMessage | undefined): string {
  return message?.kind === 'refused' ? message.why : (message?.kind ?? 'closed')
}

const codeOf = (error: unknown): string => (error instanceof SessionError ? error.code : String(error))

deadlineTest(
  'a session is opened to nobody who has guessed its token, has seen an earlier one, or comes to another name',
  DEADLINE,
  async () => {
    const world = new World(drawnFrom(1), false)
    const gateway = world.gatewayComes()
    const other = world.gatewayComes('other')
    const { session, secrets } = connectIn(world)
    await echoed(session, 'one')
    const guessed = { ...secrets, token: new Uint8Array(TOKEN_BYTES).fill(7) }
    for (const resumed of [false, true]) {
      assert.is(refusal(await world.knock(gateway, open(guessed, { resumed }))), 'unknown', 'a guess')
      assert.is(
        refusal(await world.knock(gateway, open(secrets, { resumed }))),
        'unknown',
        'the token that was shown first, and is good no more',
      )
      assert.is(refusal(await world.knock(other, open(secrets, { resumed }))), 'unknown', 'at another name')
    }
    const nobody = { id: new Uint8Array(ID_BYTES), token: secrets.token }
    assert.is(refusal(await world.knock(gateway, open(nobody, { resumed: true }))), 'unknown', 'a session that there never was')
    await echoed(session, 'two')
    await session.close()
    assert.equal(world.ends, ['end'])
    world.end()
  },
)

deadlineTest('a token that was given at one name is no good at another, though nobody has used it', DEADLINE, async () => {
  const world = new World(drawnFrom(2), false)
  const gateway = world.gatewayComes()
  const other = world.gatewayComes('other')
  const secrets = { id: new Uint8Array(ID_BYTES).fill(1), token: new Uint8Array(TOKEN_BYTES).fill(2) }
  const welcome = await world.knock(gateway, open(secrets))
  if (welcome?.kind !== 'welcome') throw new Error(refusal(welcome))
  const next = { ...secrets, token: welcome.token }
  assert.is(refusal(await world.knock(other, open(next, { attempt: 10, resumed: true }))), 'unknown')
  assert.is(refusal(await world.knock(gateway, open(next, { attempt: 10, resumed: true }))), 'welcome')
  world.end()
})

deadlineTest(
  'who loses a session to a thief is told so, and does not take part in it any more; an attempt that comes late changes nothing',
  DEADLINE,
  async () => {
    const world = new World(drawnFrom(3), false)
    const gateway = world.gatewayComes()
    const { session, secrets } = connectIn(world)
    // The client has not said yet that it has the next token: the first one is good still, for a client that has not heard the answer.
    assert.is(refusal(await world.knock(gateway, open(secrets, { attempt: 5 }))), 'welcome')
    assert.is(await session.receive().catch(codeOf), 'SESSION_TAKEN')
    assert.is(session.state, 'closed')
    assert.is(await session.send('more').catch(codeOf), 'SESSION_TAKEN')
    assert.is(await session.closed.catch(codeOf), 'SESSION_TAKEN')
    assert.is(
      refusal(await world.knock(gateway, open(secrets, { attempt: 4 }))),
      'taken',
      'a socket that was given up, and is heard of late',
    )
    world.end()
  },
)

deadlineTest('a client that was away for too long is told so; the program has seen it go', DEADLINE, async () => {
  const world = new World(drawnFrom(4), false)
  const gateway = world.gatewayComes()
  const { session } = connectIn(world)
  await echoed(session, 'one')
  await world.gatewayGoes(gateway)
  await world.moments(50)
  world.timePasses()
  for (let n = 0; n < 100 && world.ends.includes('open'); n++) await world.moments(20)
  assert.equal(world.ends, ['reset'])
  world.gatewayComes()
  assert.is(await session.receive().catch(codeOf), 'SESSION_UNKNOWN')
  world.end()
})

deadlineTest('a client that cannot reach anybody gives up when its patience ends; one that is aborted, at once', DEADLINE, async () => {
  const world = new World(drawnFrom(5), false)
  const options = { patience: 50, signal: undefined, onState: () => undefined }
  const session = new Session(['gateway 0'], world.platform(), options)
  assert.is(await session.receive().catch(codeOf), 'UNREACHABLE')
  world.gatewayComes()
  const abort = new AbortController()
  const states: string[] = []
  const aborted = new Session(['gateway 0'], world.platform(), {
    patience: 60_000,
    signal: abort.signal,
    onState: (state) => states.push(state),
  })
  await echoed(aborted, 'one')
  abort.abort()
  assert.is(await aborted.receive().catch(codeOf), 'CLOSED')
  assert.equal(states, ['open', 'closed'])
  world.end()
})

test.run()
