/**
 * Requests that Node's server takes, or answers, otherwise than a server should: they are refused, or made into others, before a program sees them.
 *
 * - Two headers `Host`, and codings of a body that nobody decodes here, are refused. Node's server takes both.
 * - Who asks first whether a body may be sent (`Expect: 100-continue`) is told at once when it is too long.
 * - `CONNECT` is answered; Node's server closes the socket without a word.
 * - A wish for another protocol than WebSocket is ignored, and the request is served, as by every server that does not know the protocol. Node's server cannot
 *   go on with a request that asks for one, once WebSockets are served at all: so the request comes to it again, without that wish.
 * - A client that has sent its request and shuts its side gets its answer. Node's server would end the socket.
 * - What comes behind a request and is none does not take the answer to that request away: it is refused when all before it is answered, and it is ignored
 *   where the client has said that it sends no more (`Connection: close`). Node's server would refuse it at once, and end the socket.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Socket } from 'node:net'
import { LIMITS } from '../limits.ts'

/** Why a request is not served: a status and a text. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

/** @returns why a request is refused; undefined when it is served */
export function refusalOf({ rawHeaders, headers }: IncomingMessage): Refusal | undefined {
  if (Number(headers['content-length'] ?? 0) > LIMITS['http.body'].most) return { status: 413, text: 'the body is too long' }
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return { status: 501, text: 'no coding of bodies is known but chunked' }
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.length === HOST.length && rawHeaders[i]?.toLowerCase() === HOST) hosts++
  return hosts > 1 ? { status: 400, text: 'there are two headers `Host`' } : undefined
}

const HOST = 'host'

/** Milliseconds after which a client that has shut its side is asked whether it is still there. */
const STILL_THERE_MS = 1000

/** Has clients of a server answered that have shut their side. */
export function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true }) // a property of Node's servers that its types do not have
  server.on('connection', (socket: Socket) => {
    if (!socket.listeners('end').includes(hasShut)) socket.on('end', hasShut) // it comes again with each wish for another protocol
  })
}

/** A client has shut its side. It may as well have gone: then nothing else would tell while the program works. */
function hasShut(this: Socket): void {
  this.setKeepAlive(true, STILL_THERE_MS)
}

/** Answers `CONNECT`. */
export function refuseConnect(server: Server): void {
  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined) // it has gone
    socket.end(
      'HTTP/1.1 405 Method Not Allowed\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    )
  })
}

/** The last request of a socket. */
interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The response to the request before, which may still be under way. */
  readonly before: ServerResponse | undefined
  /** Answers in the place of whoever answers; where they have begun, breaks the answer off. */
  readonly fail: (status: number, text: string) => void
}

const asked = new WeakMap<Duplex, Asked>()

/** A request has come, and is to be answered. @param fail as in `Asked` */
export function beginsToAnswer(request: IncomingMessage, response: ServerResponse, fail: Asked['fail']): void {
  asked.set(request.socket, { request, response, before: asked.get(request.socket)?.response, fail })
}

/** Calls `next` when what a client has asked before has been answered: then its socket may become something else. */
export function whenAnswered(socket: Duplex, next: () => void): void {
  whenOver(asked.get(socket)?.response, next)
}

function whenOver(response: ServerResponse | undefined, next: () => void): void {
  if (response === undefined || response.writableFinished || response.destroyed) next()
  else response.once('close', next)
}

/** What a client is told whose bytes are no request, or none that ends, by the code of Node's error: a status, how it is called, and a text. */
const REFUSALS: ReadonlyMap<string, readonly [status: number, name: string, text: string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, 'Request Header Fields Too Large', 'the head is too long']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'Payload Too Large', 'the extensions of a chunk are too long']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'Request Timeout', 'the request has not come to its end in time']],
])
const NO_REQUEST = [400, 'Bad Request', 'this is no request'] as const
/** Something has come behind a request that said `Connection: close`. */
const BEHIND_THE_LAST = 'HPE_CLOSED_CONNECTION'

/** Refuses what is no request, or none that comes to its end, when what the client has asked before is answered. */
export function refuseBroken(server: Server): void {
  const refused = new WeakSet<Duplex>()
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket) => {
    if (refused.has(socket)) return // the parser says so of all that comes later
    refused.add(socket)
    const last = asked.get(socket)
    if (code === BEHIND_THE_LAST && last !== undefined) return // its socket ends with its answer
    const [status, name, text] = REFUSALS.get(code) ?? NO_REQUEST
    if (last?.request.complete === false) {
      const { response, before, fail } = last
      if (response.headersSent)
        whenOver(before, () => {
          fail(status, text)
        })
      else fail(status, text) // it leaves behind the answers before
      return
    }
    whenOver(last?.response, () => {
      if (socket.writable) socket.write(`HTTP/1.1 ${status} ${name}\r\nConnection: close\r\n\r\n`)
      if (socket instanceof Socket) socket.destroySoon()
      else socket.end()
    })
  })
}

/** Headers that belong to the wish for another protocol. */
const OF_THE_WISH: ReadonlySet<string> = new Set(['upgrade', 'http2-settings'])

/** Gives a request to the server once more, without its wish for another protocol. @param head what has come behind the head of the request */
export function withoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (socket.destroyed) return
  const { method = '', url = '', httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    if (OF_THE_WISH.has(name.toLowerCase())) continue
    if (name.toLowerCase() !== 'connection') lines.push(`${name}: ${value}`)
    else {
      const left = value.split(',').filter((word) => !OF_THE_WISH.has(word.trim().toLowerCase()))
      if (left.length > 0) lines.push(`${name}: ${left.join(',')}`)
    }
  }
  if (socket instanceof Socket) socket.setTimeout(0) // it may have been idle between two requests
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
