/** Clients that come by HTTP. */
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { requestHead, HeadReader } from '../../runtime/gateway/http-text.ts'
import { program } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { connected, hashOf, listening, numbered, received } from './clients.ts'
import { APART, SITE } from './programs.ts'
import { serving } from './serving.ts'

const DEADLINE = 180_000

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly agent?: Agent
  /** The body is sent in pieces of this size, without saying how long it is. */
  readonly piece?: number
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The response broke off. */
  readonly broken: boolean
  readonly port: number
}

function ask(port: number, path: string, { method = 'GET', headers = {}, body, agent, piece }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined || piece !== undefined ? {} : { 'content-length': String(body.length) }
    const options = { host: '127.0.0.1', port, path, method, headers: { ...length, ...headers }, ...(agent === undefined ? {} : { agent }) }
    const asking = request(options, (response) => {
      const chunks: Buffer[] = []
      const { localPort = 0 } = response.socket
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      const done = (broken: boolean): void => {
        const { statusCode: status = 0, headers: its } = response
        resolve({ status, headers: its, body: Buffer.concat(chunks), broken, port: localPort })
      }
      response.on('end', () => {
        done(!response.complete)
      })
      response.on('error', () => {
        done(true)
      })
    })
    asking.on('error', reject)
    if (body !== undefined && piece !== undefined)
      for (let at = 0; at < body.length; at += piece) asking.write(body.subarray(at, at + piece))
    else if (body !== undefined) asking.write(body)
    asking.end()
  })
}

/** @returns all that a client gets that sends just these bytes */
async function raw(port: number, text: string): Promise<string> {
  const socket = await connected(port)
  const answer = received(socket)
  socket.write(text)
  const all = (await answer).toString('latin1')
  socket.destroy()
  return all
}

deadlineTest(
  'requests are answered, with and without keep-alive, whole and chunked; what is no response reaches nobody',
  DEADLINE,
  async () => {
    const { ports, stop, finished } = await serving(SITE, 'http://127.0.0.1:0=site')
    const [port = 0] = ports
    const hello = await ask(port, '/hello')
    assert.is(hello.status, 200)
    assert.is(hello.headers['content-type'], 'text/plain')
    assert.is(hello.headers['content-length'], '6')
    assert.is(hello.body.toString(), 'hello\n')
    const head = await ask(port, '/helo?a=b&c', { method: 'HEAD' })
    assert.is(head.status, 404)
    assert.is(head.body.length, 0)
    assert.is((await ask(port, '/helo?a=b&c')).body.toString(), 'a=b&c')
    assert.is((await ask(port, '/helo')).body.toString(), '')
    assert.is((await ask(port, '/away')).headers.location, '/hello')
    assert.is((await ask(port, '/agent', { headers: { 'User-Agent': 'curlew/1.0' } })).body.toString(), 'curlew/1.0')
    assert.is((await ask(port, '/agent')).body.toString(), 'none')

    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const from = new Set<number>()
    for (let i = 0; i < 20; i++) {
      const body = numbered(i * 3000, i)
      const answer = await ask(port, '/echo/x', { method: 'POST', body, agent, ...(i % 2 === 0 ? {} : { piece: 1000 }) })
      assert.is(answer.status, 201)
      assert.is(hashOf(answer.body), hashOf(body))
      from.add(answer.port)
    }
    assert.is(from.size, 1, 'one connection serves them all')
    agent.destroy()

    assert.is((await ask(port, '/broken')).status, 502)
    assert.is((await ask(port, '/nothing')).status, 502)
    const short = await ask(port, '/short').catch(() => undefined) // the socket may end before its head has left
    assert.is(short?.broken ?? true, true)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask(port, '/echo/x', { method: 'POST', body: numbered(10_000, i), piece: 700 })),
    )
    assert.equal(
      answers.map(({ body }) => hashOf(body)),
      answers.map((_, i) => hashOf(numbered(10_000, i))),
    )

    assert.match(await raw(port, 'nonsense\r\n\r\n'), /^HTTP\/1.1 400 /)
    assert.match(await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /)
    assert.match(await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n'), /^HTTP\/1.1 400 /)
    assert.match(await raw(port, 'POST /echo/x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n'), /^HTTP\/1.1 413 /)
    assert.is((await ask(port, '/hello')).status, 200, 'it still serves')
    stop()
    await finished
  },
)

deadlineTest(
  'it does not matter in which pieces the program writes a response, and one that is longer than it says breaks off',
  DEADLINE,
  async () => {
    const { ports, stop, finished } = await serving(APART, 'http://127.0.0.1:0=apart')
    const [port = 0] = ports
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (const [path, body] of [
      ['/a', 'body'],
      ['/b', 'body'],
      ['/c', Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1')],
      ['/a', 'body'],
    ] as const) {
      const answer = await ask(port, path, { agent })
      assert.equal([path, answer.status, answer.body.toString('latin1'), answer.broken], [path, 200, body, false])
      assert.is(answer.headers['content-length'], String(body.length))
    }
    assert.is((await ask(port, '/c', { agent, method: 'HEAD' })).body.length, 0)
    const long = await ask(port, '/d').catch(() => undefined) // the socket ends before its head has left
    assert.is(long?.broken ?? true, true)
    assert.is((await ask(port, '/e', { agent })).body.toString(), 'bo', 'what is too much reaches nobody')
    assert.is((await ask(port, '/a')).body.toString(), 'body')
    agent.destroy()
    stop()
    await finished
  },
)

deadlineTest('a request for what nobody serves gets 503 after a while', DEADLINE, async () => {
  const { ports, stop, finished } = await serving(SITE, 'http://127.0.0.1:0=site', 'http://127.0.0.1:0=other')
  const answer = await ask(ports[1] ?? 0, '/hello')
  assert.is(answer.status, 503)
  assert.is(answer.headers['retry-after'], '1')
  stop()
  await finished
})

deadlineTest('requests are answered while the processes that serve them move', DEADLINE, async () => {
  const { file } = program(SITE)
  const { ports, child, finished } = await listening(['run', '--nodes', '3', '--roam', '5ms', '--listen', 'http://127.0.0.1:0=site', file])
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => ask(ports[0] ?? 0, '/echo/x', { method: 'POST', body: numbered(5000, i), agent, piece: 500 })),
    )
    assert.equal(
      answers.map(({ body }) => hashOf(body)),
      answers.map((_, i) => hashOf(numbered(5000, i))),
    )
  }
  agent.destroy()
  child.kill('SIGTERM')
  await finished
})

test('the head of a request is lines with names in lower case', () => {
  const head = requestHead('GET', '/a?b', ['Host', 'example.org', 'X-Two', 'one', 'x-two', 'two'])
  assert.is(Buffer.from(head).toString(), 'GET /a?b HTTP/1.1\nhost: example.org\nx-two: one\nx-two: two\n\n')
})

test('the head of a response is read in pieces of any size, and refused when it is none', () => {
  const good = 'HTTP/1.1 201 Made so\r\nContent-Type: text/plain\r\nconnection: close\nx: a\r\n\r\nbody'
  for (let piece = 1; piece <= good.length; piece++) {
    const reader = new HeadReader()
    let result: ReturnType<HeadReader['read']> = 'more'
    let at = 0
    for (; result === 'more' && at < good.length; at += piece) result = reader.read(Buffer.from(good.slice(at, at + piece)))
    if (typeof result === 'string') throw new Error(`${result} with pieces of ${piece}`)
    assert.equal(result.head, { status: 201, reason: 'Made so', headers: ['content-type', 'text/plain', 'x', 'a'], length: undefined })
    assert.is(Buffer.from(result.rest).toString() + good.slice(at), 'body')
  }
  const bad = [
    '\n\n',
    '99\n\n',
    '100 Continue\n\n',
    '600\n\n',
    '200 \u0001\n\n',
    '200\na b: c\n\n',
    '200\n: c\n\n',
    '200\nx: a\u0000\n\n',
    '200\nx\n\n',
  ]
  for (const text of [
    ...bad,
    '200\ncontent-length: -1\n\n',
    '200\ncontent-length: 1\ncontent-length: 2\n\n',
    `200\nx: ${'y'.repeat(20_000)}`,
  ])
    assert.is(new HeadReader().read(Buffer.from(text, 'latin1')), 'malformed', text.slice(0, 40))
})

test.run()
