/** Requests that are right, or nearly so, and that no browser sends: a server is judged by how it answers them. */
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { SITE } from './programs.ts'
import { serving } from './serving.ts'

const DEADLINE = 120_000

interface Sent {
  readonly what: string
  /** In pieces: each is sent when the answer so far is as long as before it was sent, or more. */
  readonly sent: string | readonly string[]
  /** The client shuts its side after it. */
  readonly shuts?: true
  /** What begins the answer to each request, in order; nothing else is answered. */
  readonly answers: readonly RegExp[]
  /** The server ends the connection. */
  readonly ends?: true
}

const HELLO = 'GET /hello HTTP/1.1\r\nhost: a\r\n\r\n'
const OK = /^200 OK[^]*hello\n$/
const post = (headers: string, body: string): string => `POST /echo/x HTTP/1.1\r\nhost: a\r\n${headers}\r\n\r\n${body}`
const h2c = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA'

const WEB_SOCKET =
  'GET /x HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const ALL: readonly Sent[] = [
  { what: 'three requests in one piece', sent: HELLO + HELLO + HELLO, answers: [OK, OK, OK] },
  { what: 'a body, and a request behind it', sent: post('content-length: 3', 'abc') + HELLO, answers: [/^201 [^]*\r\nabc/, OK] },
  {
    what: 'a question before a body',
    sent: [post('expect: 100-continue\r\ncontent-length: 3', ''), 'abc'],
    answers: [/^100 /, /^201 [^]*\r\nabc/],
  },
  {
    what: 'a question before a body that is too long',
    sent: post('expect: 100-continue\r\ncontent-length: 99999999999', ''),
    answers: [/^413 /],
    ends: true,
  },
  {
    what: 'extensions of chunks, and trailers',
    sent: post('transfer-encoding: Chunked', '3;a=b;c="d"\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n') + HELLO,
    answers: [/^201 [^]*\r\nabcde/, OK],
  },
  {
    what: 'a coding that nobody knows here',
    sent: post('transfer-encoding: gzip, chunked', '3\r\nabc\r\n0\r\n\r\n'),
    answers: [/^501 /],
    ends: true,
  },
  { what: 'two lengths', sent: post('content-length: 3\r\ncontent-length: 4', 'abcd'), answers: [/^400 /], ends: true },
  {
    what: 'a length beside chunks',
    sent: post('content-length: 3\r\ntransfer-encoding: chunked', '3\r\nabc\r\n0\r\n\r\n'),
    answers: [/^400 /],
    ends: true,
  },
  { what: 'no request behind two', sent: `${HELLO}${HELLO}no request\r\n\r\n`, answers: [OK, OK, /^400 /], ends: true },
  {
    what: 'a body with a broken chunk behind a request',
    sent: HELLO + post('transfer-encoding: chunked', 'zz\r\nabc\r\n'),
    answers: [OK, /^400 /],
    ends: true,
  },
  { what: 'a head that is too long behind a request', sent: `${HELLO}GET /${'a'.repeat(100_000)}`, answers: [OK, /^431 /], ends: true },
  {
    what: 'a request behind the last',
    sent: `GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n${HELLO}`,
    answers: [OK],
    ends: true,
  },
  { what: 'no request behind one, from a client that shuts its side', sent: `${HELLO}no`, shuts: true, answers: [OK], ends: true },
  { what: 'no host', sent: 'GET /hello HTTP/1.1\r\n\r\n', answers: [/^400 /], ends: true },
  { what: 'two hosts', sent: 'GET /hello HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n', answers: [/^400 /], ends: true },
  { what: 'HTTP/1.0', sent: 'GET /hello HTTP/1.0\r\n\r\n', answers: [OK], ends: true },
  { what: 'HEAD, and a request behind it', sent: `HEAD /hello HTTP/1.1\r\nhost: a\r\n\r\n${HELLO}`, answers: [/^404 [^]*\r\n\r\n$/, OK] },
  { what: 'CONNECT', sent: 'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n', answers: [/^405 /], ends: true },
  { what: 'a wish for HTTP/2', sent: `GET /hello HTTP/1.1\r\nhost: a\r\n${h2c}\r\n\r\n`, answers: [OK] },
  { what: 'a wish for HTTP/2 with a body', sent: post(`${h2c}\r\ncontent-length: 3`, 'abc') + HELLO, answers: [/^201 [^]*\r\nabc/, OK] },
  { what: 'twenty wishes', sent: `GET /hello HTTP/1.1\r\nhost: a\r\n${h2c}\r\n\r\n`.repeat(20), answers: Array<RegExp>(20).fill(OK) },
  { what: 'a WebSocket behind a request', sent: HELLO + WEB_SOCKET, answers: [OK, /^101 /] },
  { what: 'a client that shuts its side after its request', sent: HELLO, shuts: true, answers: [OK], ends: true },
  { what: 'a client that shuts its side after two requests', sent: HELLO + HELLO, shuts: true, answers: [OK, OK], ends: true },
  {
    what: 'a client that shuts its side after its body',
    sent: post('content-length: 3', 'abc'),
    shuts: true,
    answers: [/^201 [^]*\r\nabc/],
    ends: true,
  },
  {
    what: 'a client that shuts its side within its body',
    sent: post('content-length: 30', 'abc'),
    shuts: true,
    answers: [/^(400|201) /],
    ends: true,
  },
]

/** @returns what is answered, and whether the server has ended the connection, once there are so many answers and what is to end has ended */
async function answered(
  port: number,
  { sent, shuts, answers, ends }: Sent,
): Promise<{ readonly parts: string[]; readonly ended: boolean }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  let got = ''
  let ended = false
  const pieces = typeof sent === 'string' ? [sent] : [...sent]
  const next = (): void => {
    const piece = pieces.shift()
    if (piece !== undefined) socket.write(piece, 'latin1')
    if (pieces.length === 0 && shuts === true && !socket.writableEnded) socket.end()
  }
  const partsOf = (): string[] => got.split(/HTTP\/1\.1 (?=\d\d\d )/).slice(1)
  const last = answers[answers.length - 1] ?? OK
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const parts = partsOf()
      if (ended || (ends !== true && parts.length === answers.length && last.test(parts[parts.length - 1] ?? ''))) resolve()
    }
    socket.on('data', (bytes: Buffer) => {
      got += bytes.toString('latin1')
      next()
      look()
    })
    socket.on('close', () => {
      ended = true
      look()
    })
    socket.on('end', () => {
      ended = true
      look()
    })
    socket.on('error', () => undefined) // `close` follows
    socket.on('connect', next)
  })
  socket.destroy()
  return { parts: partsOf(), ended }
}

deadlineTest('odd requests are answered as they should be', DEADLINE, async () => {
  const { ports, stop, finished } = await serving(SITE, 'http://127.0.0.1:0=site')
  for (const each of ALL) {
    const { parts, ended } = await answered(ports[0] ?? 0, each)
    assert.is(parts.length, each.answers.length, `${each.what}: ${parts.join('|')}`)
    parts.forEach((part, i) => {
      assert.match(part.replace(/\r\n[0-9a-f]+\r\n(?=abc)/, '\r\n'), each.answers[i] ?? OK, each.what)
    })
    if (each.ends === true) assert.ok(ended, `${each.what}: the connection ends`)
  }
  stop()
  await finished
})

test.run()
