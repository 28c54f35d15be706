/**
 * Hostile clients: streams drawn from seeds, oversized and endless ones, and clients that send or read slowly. Nothing crashes, memory is bounded, and
 * others are served meanwhile.
 *
 * GODWIT_HOSTILE=10000 sends so many streams of each kind, instead of some hundreds; GODWIT_SEED=7 begins with that seed.
 */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../client/node.ts'
import { root } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { connected, echoed, hashOf, numbered, received } from './clients.ts'
import { drawnFrom, HANDSHAKE, hostileFrames, hostileRequest, hostileSession, randomBytes } from './hostile.ts'
import { MESSAGES, SITE } from './programs.ts'
import { serving } from './serving.ts'

const STREAMS = Number(process.env['GODWIT_HOSTILE'] ?? 400)
const SEED = Number(process.env['GODWIT_SEED'] ?? 1)
const DEADLINE = 120_000 + STREAMS * 500
/** So many at a time. */
const TOGETHER = 20
/** What the memory of this OS process may grow by, clients included. */
const MOST_BYTES = 250 << 20

/** Sends what hostile clients send, and goes in one of several ways. */
async function attack(port: number, bytes: Buffer, random: () => number): Promise<void> {
  const socket = await connected(port)
  socket.on('error', () => undefined) // it is cut off, and that is right
  if (random() < 0.7) socket.resume()
  let at = 0
  while (at < bytes.length && !socket.destroyed) {
    const piece = 1 + Math.floor(random() * bytes.length)
    socket.write(bytes.subarray(at, at + piece))
    at += piece
    if (random() < 0.3) await delay(1)
  }
  await leave(socket, random)
}

async function leave(socket: Socket, random: () => number): Promise<void> {
  const way = random()
  if (way < 0.3) socket.destroy()
  else if (way < 0.5) socket.resetAndDestroy()
  else {
    socket.end()
    socket.resume()
    await Promise.race([new Promise((resolve) => socket.once('close', resolve)), delay(20)])
    socket.destroy()
  }
}

async function attackAll(port: number, stream: (random: () => number) => Buffer): Promise<void> {
  for (let first = 0; first < STREAMS; first += TOGETHER)
    await Promise.all(
      Array.from({ length: TOGETHER }, async (_, i) => {
        const random = drawnFrom(SEED + first + i)
        await attack(port, stream(random), random)
      }),
    )
}

/** @returns by how much the memory of this OS process has grown */
function gauge(): () => number {
  const before = process.memoryUsage().rss
  return () => process.memoryUsage().rss - before
}

/** Runs a program for as long as some work with its port takes. */
async function served(text: string, address: string, work: (port: number) => Promise<void>): Promise<void> {
  const { ports, stop, finished } = await serving(text, address)
  try {
    await work(ports[0] ?? 0)
  } finally {
    stop()
    await finished
  }
}

const FOREVER = readFileSync(join(root, 'samples/echo-server.csp'), 'utf8')

deadlineTest(`${STREAMS} random streams by TCP: each connection ends, and others are served`, DEADLINE, async () => {
  await served(FOREVER, 'tcp://127.0.0.1:0=echo', async (port) => {
    const grown = gauge()
    await attackAll(port, (random) => randomBytes(random, 20_000))
    const bytes = numbered(100_000, 1)
    assert.is(hashOf(await echoed(port, bytes)), hashOf(bytes))
    assert.ok(grown() < MOST_BYTES, `it has grown by ${grown()} bytes`)
  })
})

deadlineTest(`${STREAMS} hostile requests by HTTP: nothing breaks, and the site is served`, DEADLINE, async () => {
  await served(SITE, 'http://127.0.0.1:0=site', async (port) => {
    const grown = gauge()
    await attackAll(port, hostileRequest)
    const response = await fetch(`http://127.0.0.1:${port}/hello`)
    assert.is(await response.text(), 'hello\n')
    assert.ok(grown() < MOST_BYTES, `it has grown by ${grown()} bytes`)
  })
})

deadlineTest(`${STREAMS} hostile WebSockets: nothing breaks, and others are heard`, DEADLINE, async () => {
  await served(MESSAGES, 'http://127.0.0.1:0=echo', async (port) => {
    const grown = gauge()
    await attackAll(port, (random) => Buffer.concat([HANDSHAKE, hostileFrames(random)]))
    const socket = await connected(port)
    let answer = ''
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1')
    })
    socket.write(Buffer.concat([HANDSHAKE, Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])])) // hi
    while (!/^HTTP\/1.1 101 [^]*\x81\x02hi/.test(answer)) await delay(10)
    socket.destroy()
    assert.ok(grown() < MOST_BYTES, `it has grown by ${grown()} bytes`)
  })
})

deadlineTest(`${STREAMS} hostile sessions: nothing breaks, nobody gets into that of another, and others are heard`, DEADLINE, async () => {
  await served(MESSAGES.replaceAll('0 FOR 4', '0 FOR 64'), 'http://127.0.0.1:0=echo', async (port) => {
    const grown = gauge()
    const mine = connect(`ws://127.0.0.1:${port}/mine`)
    assert.is(await mine.receive(), '/mine')
    const talking = { over: false, rounds: 0 }
    const talk = (async () => {
      while (!talking.over) {
        await mine.send(`${talking.rounds}`)
        assert.is(await mine.receive(), `${talking.rounds++}`)
        await delay(5)
      }
    })()
    await attackAll(port, hostileSession)
    talking.over = true
    await talk
    assert.ok(talking.rounds > 0)
    await mine.close()
    assert.ok(grown() < MOST_BYTES, `it has grown by ${grown()} bytes`)
  })
})

deadlineTest('clients that send their heads byte by byte are sent away, and others are served meanwhile', DEADLINE, async () => {
  await served(SITE, 'http://127.0.0.1:0=site', async (port) => {
    const slow = await Promise.all(Array.from({ length: 50 }, () => connected(port)))
    const answers = Promise.all(slow.map(received))
    const text = 'GET /hello HTTP/1.1\r\nHost: a\r\nx: '
    let sending = true
    const send = async (): Promise<void> => {
      for (let at = 0; sending; at++) {
        for (const socket of slow) if (!socket.destroyed) socket.write(text[at] ?? 'y')
        await delay(100)
      }
    }
    for (const socket of slow) socket.on('error', () => undefined)
    const sender = send()
    assert.is(await (await fetch(`http://127.0.0.1:${port}/hello`)).text(), 'hello\n')
    for (const answer of await answers) assert.match(answer.toString('latin1'), /^(HTTP\/1.1 408 |$)/)
    sending = false
    await sender
    for (const socket of slow) socket.destroy()
    assert.is(await (await fetch(`http://127.0.0.1:${port}/hello`)).text(), 'hello\n')
  })
})

deadlineTest('clients that never read cost bounded memory, and others are served meanwhile', DEADLINE, async () => {
  await served(FOREVER, 'tcp://127.0.0.1:0=echo', async (port) => {
    const grown = gauge()
    const slow = await Promise.all(Array.from({ length: 10 }, () => connected(port)))
    const block = Buffer.alloc(1 << 16)
    let written = 0
    for (let quiet = 0; quiet < 20;) {
      let took = false
      for (const socket of slow)
        if (socket.writableLength === 0) {
          socket.write(block)
          written += block.length
          took = true
        }
      quiet = took ? 0 : quiet + 1
      await delay(10)
    }
    assert.ok(written < 200 << 20, `they have sent ${written} bytes and could go on`)
    assert.ok(grown() < MOST_BYTES, `it has grown by ${grown()} bytes`)
    const bytes = numbered(100_000, 1)
    assert.is(hashOf(await echoed(port, bytes)), hashOf(bytes))
    for (const socket of slow) socket.destroy()
  })
})

test.run()
