/**
 * Calls of servers elsewhere that a program makes by HTTP: the home makes them for its processes (`http.call`).
 *
 * The answer is a text: `200 OK`, then the headers, one a line, an empty line and the body; or a reason, negated, as in `-111`. It is given in `poll`, between
 * two slices of the home's own site, so that nothing is on its way in a program that has stopped for a cut.
 *
 * Invariants
 * - A call that has been begun is not begun again unless the server can tell, or the second time changes nothing: else its answer is that nobody knows.
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { LIMITS } from '../limits.ts'
import { ERROR } from './files.ts'

/** A request as the program wants it. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  /** Lines of a name, a colon and a value. */
  readonly headers: string
  readonly body: Uint8Array
  /** How long it may take until all of the answer is there. */
  readonly milliseconds: number
  /** Bytes of the answer that the program has room for. */
  readonly most: number
}

/** Methods whose second request changes nothing (RFC 9110, 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])
/** A header by which a server knows a request again. */
const KEY = 'idempotency-key'
/** What the home says itself. */
const RESERVED: ReadonlySet<string> = new Set(['connection', 'content-length', 'transfer-encoding', 'upgrade'])

/** Statuses have three digits. */
const LEAST_STATUS = 100

/** Reasons by the system's own names; others are EIO. */
const REASONS: Readonly<Record<string, number>> = {
  ECONNREFUSED: ERROR.ECONNREFUSED,
  ECONNRESET: ERROR.ECONNRESET,
  EPIPE: ERROR.ECONNRESET,
  ENOTFOUND: ERROR.EHOSTUNREACH,
  EAI_AGAIN: ERROR.EHOSTUNREACH,
  EHOSTUNREACH: ERROR.EHOSTUNREACH,
  ENETUNREACH: ERROR.EHOSTUNREACH,
  EADDRNOTAVAIL: ERROR.EHOSTUNREACH,
  ETIMEDOUT: ERROR.ETIMEDOUT,
  EMFILE: ERROR.EMFILE,
}

const encoder = new TextEncoder()

/** @returns why something failed, by the system's own name of that */
export function reasonOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const wrong = code.startsWith('ERR_INVALID') || code === 'ERR_UNESCAPED_CHARACTERS'
  return REASONS[code] ?? (wrong ? ERROR.EINVAL : ERROR.EIO)
}

/** @returns the answer for a call that was not made, or came to nothing */
export function failedCall(reason: number): Uint8Array {
  return encoder.encode(`-${reason}`)
}

/** One call that is under way. */
class OutgoingCall {
  private request: ClientRequest | undefined
  private timer: NodeJS.Timeout | undefined
  private over = false

  constructor(
    private readonly wanted: OutgoingRequest,
    private readonly done: (answer: Uint8Array) => void,
  ) {}

  async begin(): Promise<void> {
    const { method, milliseconds, body } = this.wanted
    const headers = headersOf(this.wanted.headers)
    const url = URL.canParse(this.wanted.url) ? new URL(this.wanted.url) : undefined
    const secure = url?.protocol === 'https:'
    if (method === '' || url === undefined || headers === undefined || (!secure && url.protocol !== 'http:')) {
      this.end(failedCall(ERROR.EINVAL))
      return
    }
    this.timer = setTimeout(
      () => {
        this.end(failedCall(ERROR.ETIMEDOUT))
      },
      Math.min(milliseconds <= 0 ? Infinity : milliseconds, LIMITS['call.time'].most),
    )
    const { request } = secure ? await import('node:https') : await import('node:http')
    if (this.over) return
    try {
      const made = request(url, {
        method,
        headers: { ...headers, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
        agent: false,
      })
      this.request = made
      made.on('response', (response) => {
        this.answered(response)
      })
      const given = (_: IncomingMessage, socket: Duplex): void => {
        socket.destroy()
        this.end(failedCall(ERROR.EINVAL)) // what was asked for is no answer, but the connection itself
      }
      made.on('upgrade', given)
      made.on('connect', given)
      made.on('error', (error) => {
        this.failed(error)
      })
      made.end(body)
    } catch (error) {
      this.failed(error) // what is no method, or no header
    }
  }

  private answered(response: IncomingMessage): void {
    const { most } = this.wanted
    if ((response.statusCode ?? 0) < LEAST_STATUS) {
      this.end(failedCall(ERROR.EIO))
      return
    }
    const head = headOf(response)
    const parts: Uint8Array[] = [head]
    let length = head.length
    response.on('data', (part: Buffer) => {
      parts.push(part)
      length += part.length
      if (length > most) this.end(failedCall(ERROR.EMSGSIZE))
    })
    response.on('end', () => {
      this.end(length > most ? failedCall(ERROR.EMSGSIZE) : Buffer.concat(parts))
    })
    response.on('error', (error) => {
      this.failed(error)
    })
  }

  private failed(error: unknown): void {
    this.end(failedCall(reasonOf(error)))
  }

  private end(answer: Uint8Array): void {
    if (this.over) return
    this.abandon()
    this.done(answer)
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.over = true
    clearTimeout(this.timer)
    this.request?.destroy()
  }
}

/** Calls of servers that a home has begun. */
export class OutgoingCalls {
  private readonly under = new Map<object, OutgoingCall>()
  private readonly answers: (() => void)[] = []
  /** Calls that are begun when the home stays after all. */
  private held: (() => void)[] | undefined
  private quiet: (() => void) | undefined

  /**
   * @param poke `poll` has something to do
   * @param most calls that are under way at a time
   */
  constructor(
    private readonly poke: () => void,
    private readonly most: number = LIMITS['calls.outgoing'].most,
  ) {}

  /**
   * @param call stands for the call, for `isUnderWay`
   * @param again it may have been made already
   * @returns the answer; undefined when it comes later
   */
  begin(call: object, request: OutgoingRequest, again: boolean, later: (answer: Uint8Array) => void): Uint8Array | undefined {
    if (again && !mayRepeat(request)) return failedCall(ERROR.UNKNOWN)
    if (this.held !== undefined) {
      this.held.push(() => {
        const answer = this.begin(call, request, again, later)
        if (answer !== undefined)
          this.answer(() => {
            later(answer)
          })
      })
      return undefined
    }
    if (this.under.size >= this.most) return failedCall(ERROR.EMFILE)
    const made = new OutgoingCall(request, (answer) => {
      this.answer(() => {
        this.under.delete(call)
        later(answer)
      })
    })
    this.under.set(call, made)
    void made.begin()
    return undefined
  }

  private answer(give: () => void): void {
    this.answers.push(give)
    this.poke()
  }

  /** The home is about to leave: nothing is begun any more. @param quiet is called when nothing is under way */
  rest(quiet: () => void): void {
    this.held ??= []
    this.quiet = quiet
    this.settle()
  }

  /** The home has not left. */
  stay(): void {
    const held = this.held ?? []
    this.held = undefined
    for (const begin of held) begin()
  }

  private settle(): void {
    const { quiet } = this
    if (quiet === undefined || this.under.size > 0) return
    this.quiet = undefined
    quiet()
  }

  /** Whether a call has been begun and not answered. */
  isUnderWay(call: object): boolean {
    return this.under.has(call)
  }

  get outside(): boolean {
    return this.under.size > 0 || this.answers.length > 0 || this.held !== undefined
  }

  /** Gives the answers that have come. */
  poll(): void {
    if (this.answers.length === 0) return
    for (const give of this.answers.splice(0)) give()
    this.settle()
  }

  /** Nobody waits for any answer any more. */
  finish(): void {
    for (const call of this.under.values()) call.abandon()
    this.under.clear()
    this.answers.length = 0
    this.settle()
  }
}

/** @returns whether a request may be made that may have been made already */
function mayRepeat({ method, headers }: OutgoingRequest): boolean {
  return IDEMPOTENT.has(method) || Object.hasOwn(headersOf(headers) ?? {}, KEY)
}

/** @returns headers by their names in lower case; undefined when they are none, or when the home has to say them itself */
function headersOf(text: string): Record<string, string> | undefined {
  const headers: Record<string, string> = {}
  for (const line of text.split('\n')) {
    if (line === '') continue
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon <= 0 || RESERVED.has(name) || Object.hasOwn(headers, name)) return undefined
    headers[name] = line.slice(colon + 1).trim()
  }
  return headers
}

/** @returns the head of a response, in the form that programs read requests in */
function headOf({ statusCode = 0, statusMessage = '', rawHeaders }: IncomingMessage): Uint8Array {
  const lines = [`${statusCode} ${statusMessage}`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${(rawHeaders[i] ?? '').toLowerCase()}: ${rawHeaders[i + 1] ?? ''}`)
  return Buffer.from(`${lines.join('\n')}\n\n`, 'latin1')
}
