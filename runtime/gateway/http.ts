/**
 * Clients that come by HTTP/1.1: each request is a connection of the program, and what the program writes to it is the response. Parsing, keep-alive,
 * chunked bodies and timeouts are the business of Node's own server, and so are clients that talk nonsense: they get 400, 408 or 431.
 *
 * A response is complete when the program has shut or closed its side. One that breaks off, or is longer or shorter than it has said, ends the client's
 * socket, so that the client can tell.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { LIMITS } from '../limits.ts'
import type { ListenAddress } from './address.ts'
import { CLIENT_PATH, giveClientFile } from './client-files.ts'
import type { ClientSocket, ClientStream } from './client-stream.ts'
import type { Dropped } from './gateway-stream.ts'
import { HeadReader, requestHead } from './http-text.ts'
import type { ResponseHead } from './http-text.ts'
import { listenAt } from './listener.ts'
import type { Listener, ListenerPort } from './listener.ts'
import { answerHalfClosed, beginsToAnswer, refusalOf, refuseBroken, refuseConnect } from './odd-requests.ts'
import { peerOf } from './tcp.ts'
import type { Span, Tracer } from '../node/telemetry/tracer.ts'
import { acceptWebSockets } from './websocket.ts'
import type { WebSocketsOfServer } from './websocket.ts'

/** Between two looks for clients that take too long. */
const LOOK_EVERY_MS = 1000

/** A body of at most so many bytes goes to the socket in one piece with its head, which costs half of what two pieces cost. */
const WHOLE_BYTES = 8 << 10

/** A body that is complete, while it may be that nothing else comes. */
interface Whole {
  readonly bytes: Uint8Array
  readonly taken: () => void
}

/** A request and its response, as the socket of a stream. */
class Exchange implements ClientSocket {
  private readonly reader = new HeadReader()
  private head: ResponseHead | undefined
  private sent = 0
  private over = false
  /** The program mostly shuts its side together with the end of the body: until the end of this turn it is waited for that. */
  private whole: Whole | undefined

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    /** Of the request; undefined when nobody looks at it. */
    private readonly span: Span | undefined,
  ) {}

  write(bytes: Uint8Array, taken: () => void): void {
    if (this.over) {
      taken()
      return
    }
    if (this.head !== undefined) {
      this.body(bytes, taken)
      return
    }
    const read = this.reader.read(bytes)
    if (read === 'more') taken()
    else if (read === 'malformed') {
      this.fail(502, 'the program has answered with something that is no response')
      taken()
    } else {
      this.begin(read.head)
      this.body(read.rest, taken)
    }
  }

  private begin(head: ResponseHead): void {
    this.head = head
    this.span?.phase('response')
    const { status, reason, headers } = head
    const length = head.length === undefined || status === 204 ? [] : ['content-length', String(head.length)] // 204 has no body, nor a length
    const all = [...headers, ...length]
    if (reason === '') this.response.writeHead(status, all)
    else this.response.writeHead(status, reason, all)
  }

  private body(bytes: Uint8Array, taken: () => void): void {
    this.writeWhole()
    const isFirst = this.sent === 0
    this.sent += bytes.length
    if (this.sent > (this.head?.length ?? Infinity) && this.request.method !== 'HEAD') {
      this.breakOff()
      taken()
    } else if (bytes.length === 0) taken()
    else if (isFirst && this.sent === this.head?.length && bytes.length <= WHOLE_BYTES) {
      this.whole = { bytes, taken }
      queueMicrotask(() => {
        this.writeWhole()
      })
    } else this.response.write(bytes, taken)
  }

  private writeWhole(): void {
    const { whole } = this
    this.whole = undefined
    if (whole !== undefined && !this.over) this.response.write(whole.bytes, whole.taken)
  }

  end(): void {
    if (this.over) return
    if (this.head === undefined) {
      this.fail(502, 'the program has not answered')
      return
    }
    const { status, length } = this.head
    const bodiless = this.request.method === 'HEAD' || status === 204 || status === 304
    if (length !== undefined && this.sent < length && !bodiless) {
      this.breakOff()
      return
    }
    this.over = true
    const { whole } = this
    this.whole = undefined
    if (whole === undefined) this.response.end()
    else this.response.end(latin1(whole.bytes), 'latin1', whole.taken) // a text, since Node joins only texts with a head
  }

  close(): void {
    this.end()
  }

  destroy(why: Dropped): void {
    if (this.over) return
    if (why === 'lost') this.fail(502, 'the program has gone')
    else this.fail(503, 'nobody serves this at the moment')
  }

  pause(): void {
    this.request.pause()
  }

  resume(): void {
    this.request.resume()
  }

  /** Answers in the place of the program; where it has begun to answer, the client sees the end of its socket. */
  fail(status: number, text: string): void {
    if (this.response.headersSent) {
      this.breakOff()
      return
    }
    this.over = true
    fail(this.response, status, text)
  }

  private breakOff(): void {
    this.over = true
    this.response.destroy()
  }
}

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

function fail(response: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`
  response.writeHead(status, [
    ...['content-type', 'text/plain', 'content-length', String(body.length), 'connection', 'close'],
    ...(status === 503 ? ['retry-after', '1'] : []),
  ])
  response.end(body)
}

/** Tells a stream what comes of its request. @param headers names and values, one after the other */
function tell(stream: ClientStream, exchange: Exchange, request: IncomingMessage, headers: readonly string[]): void {
  const head = requestHead(request.method ?? '', request.url ?? '', headers)
  const { 'content-length': announced = '0', 'transfer-encoding': coding } = request.headers
  if (announced === '0' && coding === undefined) stream.receivedAll(head)
  else {
    stream.received(head)
    tellBody(stream, exchange, request)
  }
}

/** Tells a stream what becomes of its response. */
function tellEnd(stream: ClientStream, response: ServerResponse): void {
  response.on('error', () => undefined)
  response.on('close', () => {
    if (!response.writableFinished) stream.ended('reset')
    stream.closed()
  })
}

function tellBody(stream: ClientStream, exchange: Exchange, request: IncomingMessage): void {
  let length = 0
  request.on('data', (bytes: Uint8Array) => {
    length += bytes.length
    if (length <= LIMITS['http.body'].most) stream.received(bytes)
    else {
      request.removeAllListeners('data')
      request.resume()
      stream.ended('reset')
      exchange.fail(413, 'the body is too long')
    }
  })
  request.on('end', () => {
    stream.ended('end')
  })
  request.on('error', () => undefined) // `close` of the response follows
}

function requested(address: ListenAddress, gateway: ListenerPort, request: IncomingMessage, response: ServerResponse): void {
  const isForFile = request.url?.startsWith(CLIENT_PATH) === true
  const span = isForFile || gateway.tracer === undefined ? undefined : spanOf(gateway.tracer, address, request, response)
  const exchange = new Exchange(request, response, span)
  beginsToAnswer(request, response, (status, text) => {
    exchange.fail(status, text)
  })
  if (isForFile) {
    void giveClientFile(request, response)
    return
  }
  const refusal = refusalOf(request)
  if (refusal !== undefined) {
    fail(response, refusal.status, refusal.text)
    return
  }
  const stream = gateway.open(address.name, 'http', peerOf(request.socket))
  if (stream === undefined) {
    fail(response, 503, 'there are too many connections')
    return
  }
  stream.start(exchange)
  span?.phase('program')
  tell(stream, exchange, request, span === undefined ? request.rawHeaders : withParent(request.rawHeaders, span.traceparent))
  tellEnd(stream, response)
}

/** @returns the span of a request until its response has left; undefined when nobody looks at it */
function spanOf(tracer: Tracer, { name }: ListenAddress, request: IncomingMessage, response: ServerResponse): Span | undefined {
  const { method = '', url = '', headers, httpVersion } = request
  const parent = headers[PARENT]
  const span = tracer.begin(method, {
    kind: 'server',
    parent: typeof parent === 'string' ? parent : undefined,
    attributes: {
      'http.request.method': method,
      'url.scheme': 'http',
      'url.path': url.split('?', 1)[0] ?? '',
      'network.protocol.version': httpVersion,
      'client.address': request.socket.remoteAddress ?? '',
      'godwit.name': name,
    },
  })
  if (span === undefined) return undefined
  response.on('close', () => {
    const { statusCode, headersSent, writableFinished } = response
    if (headersSent) span.set({ 'http.response.status_code': statusCode })
    span.end(writableFinished ? (statusCode >= 500 ? String(statusCode) : undefined) : 'the socket was gone before the response had left')
  })
  return span
}

/** The header that says which trace a request belongs to. */
const PARENT = 'traceparent'

/** @returns headers with which what the program asks of others on behalf of the request becomes a part of its span, when the program passes the header on */
function withParent(rawHeaders: readonly string[], traceparent: string): string[] {
  const others = rawHeaders.filter((_, i) => (rawHeaders[i - (i % 2)] ?? '').toLowerCase() !== PARENT)
  return [...others, PARENT, traceparent]
}

/** Listens for requests for a name. @throws Error of Node.js */
export async function listenHttp(address: ListenAddress, gateway: ListenerPort): Promise<Listener> {
  const server = createServer(
    {
      maxHeaderSize: LIMITS['http.head'].most,
      headersTimeout: LIMITS['http.head.time'].most,
      requestTimeout: LIMITS['http.request.time'].most,
      keepAliveTimeout: LIMITS['http.idle'].most,
      connectionsCheckingInterval: LOOK_EVERY_MS,
      noDelay: true,
    },
    (request, response) => {
      came(request, response)
    },
  )
  let leaving = false
  const came = (request: IncomingMessage, response: ServerResponse): void => {
    if (leaving) response.shouldKeepAlive = false // the client is told to come by another connection the next time
    requested(address, gateway, request, response)
  }
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (refusalOf(request) === undefined) response.writeContinue()
    came(request, response)
  })
  answerHalfClosed(server)
  refuseConnect(server)
  refuseBroken(server)
  server.maxConnections = LIMITS['gateway.connections'].most
  const webSockets = acceptWebSockets(server, address.name, gateway)
  const place = await listenAt(server, address)
  return {
    place,
    close: (lingerMs) => {
      leaving = true
      return close(server, webSockets, lingerMs)
    },
  }
}

async function close(server: Server, webSockets: WebSocketsOfServer, lingerMs: number | undefined): Promise<void> {
  webSockets.leave()
  await new Promise<void>((resolve) => {
    const closed = (): void => {
      resolve()
    }
    if (lingerMs === undefined) server.close(closed)
    else NetServer.prototype.close.call(server, closed) // that of HTTP would close connections between two requests
    setTimeout(() => {
      webSockets.end()
      server.closeAllConnections()
    }, lingerMs ?? LIMITS['gateway.linger'].most).unref()
  })
  if (lingerMs !== undefined) server.close(() => undefined) // it has ended; its watch for slow clients has not
}
