/** What hostile clients send: random bytes, requests and frames of WebSocket with something wrong in them; all drawn from a seed. */

import { encodeClientMessage, ID_BYTES, PROTOCOL, TOKEN_BYTES } from '../../client/wire.ts'

/** @returns numbers from 0 up to 1, the same for the same seed */
export function drawnFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000
  }
}

type Random = () => number

const below = (random: Random, n: number): number => Math.floor(random() * n)

function oneOf<T>(random: Random, all: readonly T[]): T {
  return all[below(random, all.length)] as T // there is one
}

export function randomBytes(random: Random, most: number): Buffer {
  const bytes = Buffer.alloc(below(random, most))
  for (let i = 0; i < bytes.length; i++) bytes[i] = below(random, 256)
  return bytes
}

/** @returns the bytes with something changed, taken out, put in or repeated */
function mutated(random: Random, bytes: Buffer): Buffer {
  let result = bytes
  for (let n = 1 + below(random, 4); n > 0 && result.length > 0; n--) {
    const at = below(random, result.length)
    const some = result.subarray(at, at + 1 + below(random, 20))
    const change = below(random, 4)
    if (change === 0) {
      result = Buffer.from(result)
      result[at] = below(random, 256)
    } else if (change === 1) result = Buffer.concat([result.subarray(0, at), result.subarray(at + some.length)])
    else if (change === 2) result = Buffer.concat([result.subarray(0, at), randomBytes(random, 20), result.subarray(at)])
    else result = Buffer.concat([result.subarray(0, at), some, some, result.subarray(at)])
  }
  return result
}

const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'get', 'G T', 'PRI', '\u0000', ''] as const
const TARGETS = [
  '/',
  '/hello',
  '/echo/x',
  '/broken',
  '/short',
  '/nothing',
  '*',
  'http://a/b',
  '//',
  '/\u0001',
  '/%',
  `/${'a'.repeat(9000)}`,
] as const
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'http/1.1', ''] as const
const HEADERS = [
  'Host: a',
  'Host: a\r\nHost: b',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding : chunked',
  'Content-Length: 3\r\nTransfer-Encoding: chunked',
  'Expect: 100-continue',
  'Expect: nonsense',
  'Connection: keep-alive, close, upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Sec-WebSocket-Key: x',
  'Sec-WebSocket-Version: 99',
  ' folded: yes',
  ': no name',
  'no colon',
  'nul: \u0000',
  `long: ${'y'.repeat(17_000)}`,
  `many: a${'\r\nx: y'.repeat(500)}`,
] as const
const BODIES = [
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffffff\r\n',
  '-1\r\n',
  '5\r\nhel',
  '0\r\nTrailer: x\r\n\r\n',
  '\r\n\r\nGET / HTTP/1.1\r\n\r\n',
] as const

/** @returns something like a request, or several */
export function hostileRequest(random: Random): Buffer {
  if (random() < 0.1) return randomBytes(random, 3000)
  const end = random() < 0.8 ? '\r\n' : '\n'
  const lines = [`${oneOf(random, METHODS)} ${oneOf(random, TARGETS)} ${oneOf(random, VERSIONS)}`]
  for (let n = below(random, 5); n > 0; n--) lines.push(oneOf(random, HEADERS))
  const text = Buffer.from(`${lines.join(end)}${end}${end}${oneOf(random, BODIES)}`, 'latin1')
  const whole = random() < 0.5 ? mutated(random, text) : text
  return random() < 0.2 ? Buffer.concat([whole, hostileRequest(random)]) : whole
}

/** The request with which a WebSocket begins. */
export const HANDSHAKE = Buffer.from(
  [
    'GET /chat HTTP/1.1',
    'Host: a',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '',
    '',
  ].join('\r\n'),
)

/** @returns something like a few frames of a client */
export function hostileFrames(random: Random): Buffer {
  const frames: Buffer[] = []
  for (let n = 1 + below(random, 6); n > 0; n--) {
    const payload = randomBytes(random, 300)
    const masked = random() < 0.9
    const prefix = [below(random, 256) & (random() < 0.8 ? 0x8f : 0xff)]
    const length = random() < 0.1 ? oneOf(random, [126, 127, 125, 0, 1]) : Math.min(payload.length, 125)
    prefix.push(length | (masked ? 0x80 : 0))
    if (length === 126) prefix.push(below(random, 256), below(random, 256))
    if (length === 127) for (let i = 0; i < 8; i++) prefix.push(random() < 0.5 ? 0 : below(random, 256))
    if (masked) prefix.push(0, 0, 0, 0)
    frames.push(Buffer.from(prefix), payload.subarray(0, 125))
  }
  const all = Buffer.concat(frames)
  return random() < 0.5 ? mutated(random, all) : all
}

/** The request of a client of the client library. */
export const SESSION_HANDSHAKE = Buffer.from(HANDSHAKE.toString().replace('\r\n\r\n', `\r\nSec-WebSocket-Protocol: ${PROTOCOL}\r\n\r\n`))

/** @returns a binary frame of WebSocket */
function framed(payload: Uint8Array): Buffer {
  const long = payload.length > 125
  const prefix = [
    0x82,
    0x80 | (long ? 126 : payload.length),
    ...(long ? [(payload.length >> 8) & 255, payload.length & 255] : []),
    0,
    0,
    0,
    0,
  ]
  return Buffer.concat([Buffer.from(prefix), payload])
}

const NUMBERS = [0, 1, 5, 30, 65_536, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, -1, 0.5, Infinity, NaN] as const

/** @returns something like what a client of the client library says: who it is, and some messages */
export function hostileSession(random: Random): Buffer {
  const guessed = random() < 0.3
  const opening = encodeClientMessage({
    kind: 'open',
    id: new Uint8Array(ID_BYTES),
    token: new Uint8Array(TOKEN_BYTES).fill(below(random, 3)),
    attempt: below(random, 4),
    resumed: random() < 0.2,
    received: random() < 0.5 ? 0 : oneOf(random, NUMBERS),
  })
  if (!guessed) for (let i = 0; i < ID_BYTES; i++) opening[2 + i] = below(random, 256)
  const said = [opening]
  let at = 0
  for (let n = below(random, 8); n > 0; n--) {
    const choice = random()
    const text = randomBytes(random, 200)
    const bytes = Buffer.concat([Buffer.from([random() < 0.8 ? 0x74 : below(random, 256), 0, 0, 0, text.length]), text])
    if (choice < 0.7) {
      const wrong = random() < 0.2
      said.push(
        encodeClientMessage({
          kind: 'data',
          round: random() < 0.9 ? 1 : below(random, 3),
          at: wrong ? oneOf(random, NUMBERS) : at,
          taken: random() < 0.9 ? 0 : oneOf(random, NUMBERS),
          end: random() < 0.1,
          confirmed: random() < 0.3,
          bytes: random() < 0.9 ? bytes : bytes.subarray(0, below(random, bytes.length)),
        }),
      )
      at += bytes.length
    } else if (choice < 0.8) said.push(opening)
    else if (choice < 0.9) said.push(Uint8Array.from([3]))
    else said.push(random() < 0.5 ? Uint8Array.from([4]) : Uint8Array.from(randomBytes(random, 60)))
  }
  return Buffer.concat([SESSION_HANDSHAKE, ...said.map((each) => framed(random() < 0.1 ? mutated(random, Buffer.from(each)) : each))])
}
