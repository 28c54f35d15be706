/**
 * Requests and responses of HTTP as programs see them: a text whose head is lines that end with a line feed, then an empty line, then the body.
 *
 *   GET /orders?from=7 HTTP/1.1        200 OK
 *   host: example.org                  content-type: text/plain
 *   accept: *\/*
 *                                      seven orders
 *
 * Names of headers are in lower case. What the program writes is checked: nothing but a well-formed head reaches a client.
 */
import { LIMITS } from '../limits.ts'

/** The head of a response. */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  /** Names and values, one after the other, as Node.js takes them. */
  readonly headers: readonly string[]
  /** What the program says of the length of the body, if it does. */
  readonly length: number | undefined
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Characters of a name, of a value and of a reason. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Headers that are between the client and the gateway: what the program says of them means nothing. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** @returns the head of a request as a program reads it */
export function requestHead(method: string, target: string, rawHeaders: readonly string[]): Uint8Array {
  const lines = [`${method} ${target} HTTP/1.1`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${(rawHeaders[i] ?? '').toLowerCase()}: ${rawHeaders[i + 1] ?? ''}`)
  return Buffer.from(`${lines.join('\n')}\n\n`, 'latin1')
}

/** Collects the head of a response, which may come in pieces. */
export class HeadReader {
  private collected: Buffer | undefined

  /**
   * @returns the head and what follows it; `more` when it is not complete; `malformed` when it is no head
   */
  read(bytes: Uint8Array): { readonly head: ResponseHead; readonly rest: Uint8Array } | 'more' | 'malformed' {
    const before = this.collected
    const collected = before === undefined ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([before, bytes])
    const end = endOfHead(collected, Math.max(0, (before?.length ?? 0) - 2))
    if (end === undefined) {
      if (collected.length > LIMITS['http.head'].most) return 'malformed'
      this.collected = before === undefined ? Buffer.from(bytes) : collected // what is read is not ours to keep
      return 'more'
    }
    if (end > LIMITS['http.head'].most) return 'malformed'
    const head = parseHead(collected.toString('latin1', 0, end))
    return head === undefined ? 'malformed' : { head, rest: collected.subarray(end) }
  }
}

/** @returns where the head ends, behind its empty line; undefined when that has not come */
function endOfHead(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(LINE_FEED, from); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at + 1] === LINE_FEED) return at + 2
    if (bytes[at + 1] === CARRIAGE_RETURN && bytes[at + 2] === LINE_FEED) return at + 3
  }
  return undefined
}

/** @returns undefined when it is none */
function parseHead(text: string): ResponseHead | undefined {
  const [first = '', ...lines] = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const [, status = '', reason = ''] = /^(?:HTTP\/1\.[01] )?([2-5]\d\d)(?: (.*))?$/.exec(first) ?? []
  if (status === '' || !VALUE.test(reason)) return undefined
  const headers: string[] = []
  let length: number | undefined
  for (const line of lines) {
    if (line === '') continue // the empty line, at the end
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (colon <= 0 || !TOKEN.test(name) || !VALUE.test(value)) return undefined
    if (OF_THE_CONNECTION.has(name)) continue
    if (name === 'content-length') {
      if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== Number(value))) return undefined
      length = Number(value)
    } else headers.push(name, value)
  }
  return { status: Number(status), reason, headers, length }
}
