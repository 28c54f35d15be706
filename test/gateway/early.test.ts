/** A client that comes before its name is served, and goes on sending meanwhile: what the home says of it overtakes what is still on its way. */
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Gateway } from '../../runtime/gateway/gateway.ts'
import type { ClientStream } from '../../runtime/gateway/client-stream.ts'
import { Connections } from '../../runtime/host/connections.ts'
import type { FromClient } from '../../runtime/host/gateway-talk.ts'

const GATEWAY = 7
/** The gateway asks again within that, when it has heard that a name is not served yet. */
const ASKS_AGAIN_MS = 200

/** A gateway, a home, and a client between them that has sent two pieces; what the gateway says arrives when it is asked to. */
class Early {
  readonly onTheWay: (() => void)[] = []
  readonly home: Connections
  listener = 0
  gone = false
  got = ''
  private readonly link = {
    isAttached: true,
    say: (message: FromClient, bytes: Uint8Array): void => {
      const copy = bytes.slice()
      this.onTheWay.push(() => {
        this.home.heard(GATEWAY, message, copy)
      })
    },
  }
  private readonly stream: ClientStream | undefined

  constructor() {
    const gateway = new Gateway({ find: () => this.link })
    this.home = new Connections(
      {
        claim: (_, done) => {
          done(0)
        },
        giveUp: () => undefined,
        served: () => undefined,
        tell: (_, message, bytes) => {
          gateway.heard(this.link, message, bytes)
        },
        waits: () => undefined,
        poke: () => undefined,
        after: () => () => undefined,
      },
      false,
    )
    this.home.attach(GATEWAY, { addresses: [], connections: [] })
    this.stream = gateway.open('echo', 'tcp', 'somewhere')
    this.stream?.start({
      write: (bytes, taken) => {
        this.got += Buffer.from(bytes).toString()
        taken()
      },
      end: () => undefined,
      close: () => undefined,
      destroy: () => {
        this.gone = true
      },
      pause: () => undefined,
      resume: () => undefined,
    })
  }

  /** The gateway has said the opening, and each piece. */
  async sends(...pieces: readonly string[]): Promise<void> {
    await delay(0) // it leads its client to the home after the turn in which it has come
    for (const piece of pieces) this.stream?.received(Buffer.from(piece))
    assert.is(this.onTheWay.length, 1 + pieces.length)
  }

  arrives(): void {
    this.onTheWay.shift()?.()
  }

  serve(): void {
    this.home.serve(Buffer.from('echo'), (number) => (this.listener = number))
    this.home.poll()
  }

  /** @returns the number of the connection */
  takes(expected: string): number {
    const taken = this.home.take(this.listener, 100, () => undefined)
    assert.is(Buffer.from(taken?.bytes ?? []).toString(), expected)
    return taken?.connection ?? 0
  }

  close(): void {
    this.stream?.closed()
  }
}

test('what a client has sent behind an opening that was not taken does not send the client away', async () => {
  const early = new Early()
  await early.sends('one ', 'two')
  early.arrives()
  early.arrives() // nobody serves the name: the opening, and the first piece
  assert.is(early.onTheWay.length, 1)
  for (let waited = 0; early.onTheWay.length === 1 && waited < 100; waited++) await delay(ASKS_AGAIN_MS / 10)
  assert.is(early.onTheWay.length, 2, 'it asks again')
  early.arrives() // what was sent behind the first opening
  assert.not.ok(early.gone)
  early.serve()
  early.arrives()
  early.takes('one two')
  early.close()
})

test('a client that was taken by what it had sent behind an opening that was not stays', async () => {
  const early = new Early()
  await early.sends('one ', 'two')
  early.arrives() // nobody serves the name
  early.serve()
  early.arrives()
  const connection = early.takes('one ')
  early.home.write(connection, Buffer.from('hello'), () => undefined)
  early.home.poll() // the client waits to ask again, and hears that
  assert.is(early.got, 'hello')
  while (early.onTheWay.length > 0) early.arrives()
  assert.is(early.home.status(connection), 0)
  assert.is(Buffer.from(early.home.read(connection, 100, () => undefined) ?? []).toString(), 'two')
  assert.is(
    early.home.take(early.listener, 100, () => undefined),
    undefined,
    'it is one client',
  )
  assert.not.ok(early.gone)
  early.close()
})

test.run()
