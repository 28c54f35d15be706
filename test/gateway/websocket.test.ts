/** Clients that come by WebSocket, and the samples that serve browsers. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WebSocket } from 'ws'
import { frame, FrameReader } from '../../runtime/gateway/websocket.ts'
import { root } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { listening } from './clients.ts'
import { MESSAGES } from './programs.ts'
import { serving } from './serving.ts'

const DEADLINE = 180_000

/** A WebSocket whose messages can be waited for. */
class Guest {
  readonly socket: WebSocket
  private readonly heard: string[] = []
  private wake: () => void = () => undefined
  readonly closed: Promise<number>

  constructor(port: number, path = '/') {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`)
    this.socket.on('message', (data, binary) => {
      this.heard.push(`${binary ? 'binary' : 'text'} ${(data as Buffer).toString()}`) // `ws` gives a Buffer unless it is told otherwise
      this.wake()
    })
    this.closed = new Promise((resolve) => {
      this.socket.on('close', resolve)
    })
    this.socket.on('error', () => undefined) // `close` follows
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await new Promise((resolve) => this.socket.once('open', resolve))
    return this
  }

  /** @returns the next `n` messages */
  async several(n: number): Promise<readonly string[]> {
    const messages: string[] = []
    while (messages.length < n) messages.push(await this.next())
    return messages
  }

  async next(): Promise<string> {
    while (this.heard.length === 0)
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    return this.heard.shift() ?? ''
  }
}

deadlineTest(
  'messages come whole, with their kinds, also empty and long ones; those beyond the limit close the socket',
  DEADLINE,
  async () => {
    const { ports, stop, finished } = await serving(MESSAGES, 'http://127.0.0.1:0=echo')
    const [port = 0] = ports
    const guest = await new Guest(port, '/room?x=1').opened()
    assert.is(await guest.next(), 'text /room?x=1')
    guest.socket.send('')
    assert.is(await guest.next(), 'text ')
    guest.socket.send(Buffer.from('abc'))
    assert.is(await guest.next(), 'binary abc')
    guest.socket.send('g\u00f6dwit')
    assert.is(await guest.next(), 'text g\u00f6dwit')
    guest.socket.send('x'.repeat(5001))
    assert.is(await guest.next(), 'text too long')
    for (let i = 0; i < 200; i++) guest.socket.send(`${i}`.repeat(20))
    for (let i = 0; i < 200; i++) assert.is(await guest.next(), `text ${`${i}`.repeat(20)}`)
    guest.socket.close(1000)
    assert.is(await guest.closed, 1000)
    const greedy = await new Guest(port).opened()
    greedy.socket.send(Buffer.alloc((1 << 20) + 1))
    assert.is(await greedy.closed, 1009)
    const other = await new Guest(port, '/again').opened()
    assert.is(await other.next(), 'text /again')
    other.socket.terminate()
    stop()
    await finished
  },
)

deadlineTest('guests of the chat hear each other, and browsers get its page', DEADLINE, async () => {
  const { ports, stop, finished } = await serving(readFileSync(join(root, 'samples/chat.csp'), 'utf8'), 'http://127.0.0.1:0=chat')
  await chat(ports[0] ?? 0, 5)
  stop()
  await finished
})

deadlineTest('guests of the chat hear each other while all of its processes move', DEADLINE, async () => {
  const { ports, child, finished } = await listening(
    ['run', '--nodes', '3', '--roam', '20ms', '--listen', 'http://127.0.0.1:0=chat', 'samples/chat.csp'],
    1,
    DEADLINE,
  )
  await chat(ports[0] ?? 0, 3)
  child.kill('SIGTERM')
  await finished
})

/** Lets guests talk for a few rounds; each hears everything, in one order. */
async function chat(port: number, guests: number): Promise<void> {
  const page = await (await fetch(`http://127.0.0.1:${port}/`)).text()
  assert.match(page, /connect\('ws:/)
  const all: Guest[] = []
  for (let i = 0; i < guests; i++) {
    all.push(await new Guest(port).opened())
    all[i]?.socket.send(`here ${i}`) // it is in the room as soon as it hears itself
    for (const each of all) assert.is(await each.next(), `text here ${i}`)
  }
  for (let round = 0; round < 5; round++) {
    for (const [i, guest] of all.entries()) guest.socket.send(`${round} from ${i}`)
    const heard = await Promise.all(all.map((guest) => guest.several(all.length)))
    for (const lines of heard) assert.equal(lines, heard[0])
    assert.equal(
      [...(heard[0] ?? [])].sort(),
      all.map((_, i) => `text ${round} from ${i}`),
    )
  }
  for (const guest of all) guest.socket.close()
}

deadlineTest('the site answers, counts and shouts', DEADLINE, async () => {
  const { ports, stop, finished } = await serving(readFileSync(join(root, 'samples/web.csp'), 'utf8'), 'http://127.0.0.1:0=web')
  const at = (path: string): string => `http://127.0.0.1:${ports[0]}${path}`
  assert.is(await (await fetch(at('/'))).text(), 'Godwits fly 11,000 km without a stop.\n')
  assert.is(await (await fetch(at('/count'))).text(), '1\n')
  assert.is(await (await fetch(at('/count?again'))).text(), '2\n')
  const body = 'Bar-tailed godwit, limosa lapponica. '.repeat(2000)
  assert.is(await (await fetch(at('/shout'), { method: 'POST', body })).text(), body.toUpperCase())
  assert.is((await fetch(at('/nowhere'))).status, 404)
  stop()
  await finished
})

test('frames are read in pieces of any size, and refused when they are none', () => {
  const text = Buffer.concat([frame('text', Buffer.from('one')), frame('binary', Buffer.alloc(0)), frame('text', Buffer.from('three'))])
  for (let piece = 1; piece <= text.length; piece++) {
    const reader = new FrameReader()
    const frames = []
    for (let at = 0; at < text.length; at += piece) frames.push(...(reader.read(text.subarray(at, at + piece)) ?? []))
    assert.equal(
      frames.map((each) => [each.text, Buffer.from(each.bytes).toString()]),
      [
        [true, 'one'],
        [false, ''],
        [true, 'three'],
      ],
    )
    assert.is(reader.midFrame, false)
  }
  assert.is(new FrameReader().read(frame('head', Buffer.alloc(0))), undefined)
  assert.is(new FrameReader().read(Buffer.from([0x74, 0x7f, 0, 0, 0])), undefined)
})

test.run()
