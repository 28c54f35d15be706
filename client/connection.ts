/**
 * One connection to a program that goes on when its sockets do not. The program has one connection of its own (library `net`, kind `NET.WEBSOCKET`), and
 * neither side notices that a socket was lost, a gateway has gone, or the program was recovered elsewhere.
 *
 * Invariants
 * - At most one socket is looked at. Whatever an earlier one says is not heard.
 * - The token that is shown is the last one that the program is known to have for good.
 * - A message is kept until the program has it for good, and is said again, from where the program is, after each welcome.
 */
import { Incoming } from './incoming.ts'
import { frameOf, Outgoing } from './outgoing.ts'
import type { Message } from './outgoing.ts'
import type { Platform, WebSocketLike } from './platform.ts'
import { SessionError } from './session-error.ts'
import { decodeGatewayMessage, encodeClientMessage, ID_BYTES, LONGEST_MESSAGE, PREFIX_BYTES, PROTOCOL, TOKEN_BYTES } from './wire.ts'
import type { ClientMessage, GatewayMessage, Refusal, ToSession, Welcome } from './wire.ts'

/** `connecting`: it was never there. `open`: messages pass. `away`: it is being looked for. `closed`: it is over. */
export type ConnectionState = 'connecting' | 'open' | 'away' | 'closed'

/** A gateway has this many milliseconds to answer. */
const ANSWER_MS = 10_000
/** The wait before it is tried again is drawn from a range, which begins with this and doubles up to the other; in milliseconds. */
const BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5000
/** When nothing was heard for so long, the gateway is asked whether it is there; after two such times it is not. */
const PING_MS = 15_000
/** What was taken is said with the next message, or a moment later, or when it is that much. */
const SAY_TAKEN_MS = 40
const WORTH_SAYING_BYTES = 1 << 14
/** `send` waits while more than this is kept. */
const MOST_KEPT_BYTES = 1 << 18

const NOTHING = new Uint8Array(0)

/** A connection, as its user sees it. */
export interface Connection extends AsyncIterable<Message> {
  readonly state: ConnectionState
  /** Is fulfilled when the connection is over, and rejected with a `SessionError` when that was not the will of either side. */
  readonly closed: Promise<void>
  /**
   * Sends a text or bytes, which are copied. They reach the program once, after what was sent before.
   * @returns when there is room for more: a client that waits for it does not fill its memory
   * @throws SessionError `CLOSED`, `TOO_LONG`, or whatever ended the connection
   */
  send(message: Message): Promise<void>
  /** @returns the next message; undefined when none will come any more. @throws SessionError which ended the connection */
  receive(): Promise<Message | undefined>
  /** Sends no more, and hears no more. @returns when the program has everything that was sent */
  close(): Promise<void>
}

interface Waiter<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: SessionError) => void
}

export interface SessionOptions {
  /** Milliseconds for which the program is looked for without success. */
  readonly patience: number
  readonly signal: AbortSignal | undefined
  readonly onState: (state: ConnectionState) => void
}

export class Session implements Connection {
  private readonly id: Uint8Array
  private token: Uint8Array
  /** The one that is shown as soon as the program has it for good. */
  private nextToken: Uint8Array | undefined
  private confirmed = false
  private resumed = false
  private attempt = 0
  private readonly outgoing = new Outgoing()
  private readonly incoming = new Incoming()
  private takenSaid = 0
  private socket: WebSocketLike | undefined
  /** Of the last welcome of that socket. */
  private round: number | undefined
  private at = 0
  private failures = 0
  private lastContact: number
  private lastHeard = 0
  private ends: { said: boolean; readonly done: Waiter<undefined>[] } | undefined
  /** The program sends no more. */
  private shut = false
  private readonly readers: Waiter<Message | undefined>[] = []
  private readonly senders: Waiter<undefined>[] = []
  private failure: SessionError | undefined
  private current: ConnectionState = 'connecting'
  private over: Waiter<undefined> = { resolve: () => undefined, reject: () => undefined }
  readonly closed: Promise<void>
  private cancelDial: () => void = () => undefined
  private cancelTaken: (() => void) | undefined
  private cancelPing: () => void = () => undefined
  private cancelAnswer: () => void = () => undefined
  private readonly abort = (): void => {
    this.fail(new SessionError('CLOSED', 'the connection was aborted'))
  }

  constructor(
    private readonly urls: readonly string[],
    private readonly platform: Platform,
    private readonly options: SessionOptions,
  ) {
    this.id = platform.random(ID_BYTES)
    this.token = platform.random(TOKEN_BYTES)
    this.lastContact = platform.now()
    this.closed = new Promise((resolve, reject) => {
      this.over = { resolve, reject }
    })
    this.closed.catch(() => undefined) // whoever wants to know looks
    options.signal?.addEventListener('abort', this.abort)
    if (options.signal?.aborted === true) this.abort()
    else this.dial(undefined)
  }

  get state(): ConnectionState {
    return this.current
  }

  // ---------------------------------------------------------------------------------------------- the user

  send(message: Message): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (this.current === 'closed' || this.ends !== undefined) return Promise.reject(new SessionError('CLOSED', 'the connection is closed'))
    const frame = frameOf(message)
    if (frame.length - PREFIX_BYTES > LONGEST_MESSAGE)
      return Promise.reject(
        new SessionError(
          'TOO_LONG',
          `a message of ${frame.length - PREFIX_BYTES} bytes is too long: send it in parts of ${LONGEST_MESSAGE} at most`,
        ),
      )
    this.outgoing.add(frame)
    this.pump()
    if (this.outgoing.size <= MOST_KEPT_BYTES) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.senders.push({ resolve, reject })
    })
  }

  receive(): Promise<Message | undefined> {
    const message = this.readers.length === 0 && this.ends === undefined ? this.incoming.next() : undefined
    if (message !== undefined) {
      this.sayTaken()
      return Promise.resolve(message)
    }
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (this.shut || this.ends !== undefined || this.current === 'closed') return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject })
    })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    for (let message = await this.receive(); message !== undefined; message = await this.receive()) yield message
  }

  close(): Promise<void> {
    if (this.failure !== undefined || this.current === 'closed') return Promise.resolve()
    this.ends ??= { said: false, done: [] }
    const { done } = this.ends
    const finished = new Promise<undefined>((resolve, reject) => {
      done.push({ resolve, reject })
    })
    for (const reader of this.readers.splice(0)) reader.resolve(undefined)
    this.pump()
    return finished
  }

  // ---------------------------------------------------------------------------------------------- sockets

  /** Looks for the program once more. @param delay milliseconds; absent: at once */
  private dial(delay: number | undefined): void {
    this.cancelDial()
    const begin = (): void => {
      const found = this.platform.sockets()
      if ('then' in found)
        found.then(
          (WebSocketClass) => {
            if (this.current !== 'closed') this.open(WebSocketClass)
          },
          (error: unknown) => {
            this.fail(error instanceof SessionError ? error : new SessionError('NO_WEBSOCKET', String(error)))
          },
        )
      else this.open(found)
    }
    if (delay === undefined) begin()
    else this.cancelDial = this.platform.after(delay, begin)
  }

  private open(WebSocketClass: new (url: string, protocol: string) => WebSocketLike): void {
    const url = this.urls[this.at % this.urls.length] ?? ''
    let socket: WebSocketLike
    try {
      socket = new WebSocketClass(url, PROTOCOL)
    } catch (error) {
      this.fail(
        new SessionError('UNREACHABLE', `${url} is no address of a gateway: ${error instanceof Error ? error.message : String(error)}`),
      )
      return
    }
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    this.round = undefined
    this.cancelAnswer = this.platform.after(ANSWER_MS, () => {
      this.lose(socket, 'elsewhere')
    })
    socket.onopen = () => {
      if (this.socket !== socket) return
      const { id, token, resumed, incoming } = this
      this.say({ kind: 'open', id, token, attempt: ++this.attempt, resumed, received: incoming.received })
    }
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return
      this.lastHeard = this.lastContact = this.platform.now()
      const message = data instanceof ArrayBuffer ? decodeGatewayMessage(new Uint8Array(data)) : undefined
      if (message === undefined) this.fail(new SessionError('PROTOCOL', `${url} is no gateway of sessions`))
      else this.heard(socket, message)
    }
    socket.onerror = socket.onclose = () => {
      this.lose(socket, 'elsewhere')
    }
  }

  private say(message: ClientMessage): void {
    this.socket?.send(encodeClientMessage(message))
  }

  /** A socket is of no use any more; another is made. @param where the next gateway is tried, or the same one; `at once`: the next one, without a wait */
  private lose(socket: WebSocketLike, where: 'elsewhere' | 'at once'): void {
    if (this.socket !== socket || this.current === 'closed') return
    this.hangUp()
    this.at++
    this.become(this.attempt > 0 && this.current !== 'connecting' ? 'away' : this.current)
    const { platform } = this
    if (platform.now() - this.lastContact > this.options.patience) {
      this.fail(new SessionError('UNREACHABLE', `no gateway leads to the program: ${this.urls.join(', ')}`))
      return
    }
    const most = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** Math.min(this.failures++, 10))
    this.dial(where === 'at once' ? 0 : platform.chance() * most)
  }

  private hangUp(): void {
    const { socket } = this
    this.socket = undefined
    this.round = undefined
    this.cancelAnswer()
    this.cancelPing()
    this.cancelTaken?.()
    this.cancelTaken = undefined
    socket?.close()
  }

  private become(state: ConnectionState): void {
    if (this.current === state) return
    this.current = state
    this.options.onState(state)
  }

  // ---------------------------------------------------------------------------------------------- the gateway

  private heard(socket: WebSocketLike, message: GatewayMessage): void {
    switch (message.kind) {
      case 'welcome':
        this.welcomed(socket, message)
        return
      case 'data':
        this.told(socket, message)
        return
      case 'refused':
        this.refused(socket, message.why)
        return
      case 'leave':
        this.lose(socket, 'at once')
        return
      case 'pong':
    }
  }

  private welcomed(socket: WebSocketLike, { round, come, room, sure, token }: Welcome): void {
    const { outgoing } = this
    const endHasCome = this.ends !== undefined && come === outgoing.produced + 1
    if (!outgoing.rewind(endHasCome ? outgoing.produced : come, room)) {
      this.fail(new SessionError('PROTOCOL', 'the program has lost what it had'))
      return
    }
    this.cancelAnswer()
    this.round = round
    this.failures = 0
    this.nextToken = token
    this.confirmed = false
    if (this.ends !== undefined) this.ends.said = endHasCome
    if (sure) this.keepToken()
    this.become('open')
    this.cancelPing()
    this.ping(socket)
    this.takenSaid = 0
    this.pump()
    this.sayTaken()
  }

  /** The program has the session for good, and knows the next token. */
  private keepToken(): void {
    if (this.nextToken === undefined) return
    this.token = this.nextToken
    this.nextToken = undefined
    this.resumed = true
    this.confirmed = true
    this.sayData(this.sayFrom, NOTHING, false)
  }

  private told(socket: WebSocketLike, { at, kept, room, sure, end, bytes }: ToSession): void {
    const { incoming, outgoing } = this
    if (sure) this.keepToken()
    outgoing.acknowledge(kept, room)
    switch (incoming.add(at, bytes)) {
      case 'gap':
        this.lose(socket, 'elsewhere')
        return
      case 'malformed':
        this.fail(new SessionError('PROTOCOL', 'the program has sent something that is no message'))
        return
      case 'taken':
    }
    if (outgoing.size <= MOST_KEPT_BYTES) for (const sender of this.senders.splice(0)) sender.resolve(undefined)
    if (this.ends === undefined) this.serveReaders()
    else while (incoming.next() !== undefined); // nobody wants it any more
    if (end !== undefined) this.shut = true
    if (end === 'close' || (this.ends !== undefined && kept > outgoing.produced)) {
      this.say({ kind: 'over' })
      this.finish()
      return
    }
    if (this.shut) this.serveReaders()
    this.pump()
    this.sayTaken()
  }

  private serveReaders(): void {
    while (this.readers.length > 0) {
      const message = this.incoming.next()
      if (message === undefined && !this.shut) return
      this.readers.shift()?.resolve(message)
    }
  }

  private refused(socket: WebSocketLike, why: Refusal): void {
    switch (why) {
      case 'later':
        this.lose(socket, 'elsewhere')
        return
      case 'unknown':
        this.fail(new SessionError('SESSION_UNKNOWN', 'the program does not know the session any more: the client was away for too long'))
        return
      case 'taken':
        this.fail(new SessionError('SESSION_TAKEN', 'another client has come with the token of this session'))
        return
      case 'ended':
        this.fail(new SessionError('PROGRAM_ENDED', 'the program has ended'))
        return
      case 'malformed':
        this.fail(new SessionError('PROTOCOL', 'the gateway has not understood what was sent'))
    }
  }

  // ---------------------------------------------------------------------------------------------- what is said

  private sayData(at: number, bytes: Uint8Array, end: boolean): void {
    if (this.round === undefined) return
    const { taken } = this.incoming
    this.takenSaid = taken
    const { confirmed } = this
    this.confirmed = false // said once in each round
    this.say({ kind: 'data', round: this.round, at, taken, end, confirmed, bytes })
  }

  /** Says what the program may have. */
  private pump(): void {
    if (this.round === undefined) return
    const { outgoing, ends } = this
    for (let piece = outgoing.take(); piece !== undefined; piece = outgoing.take()) this.sayData(piece.at, piece.bytes, false)
    if (ends === undefined || ends.said || !outgoing.isSaid) return
    ends.said = true
    this.sayData(outgoing.produced, NOTHING, true)
  }

  /** Says what was taken, if nothing else does within a moment. */
  private sayTaken(): void {
    const fresh = this.incoming.taken - this.takenSaid
    if (this.round === undefined || fresh === 0) return
    if (fresh >= WORTH_SAYING_BYTES) this.sayData(this.sayFrom, NOTHING, false)
    else
      this.cancelTaken ??= this.platform.after(SAY_TAKEN_MS, () => {
        this.cancelTaken = undefined
        if (this.incoming.taken > this.takenSaid) this.sayData(this.sayFrom, NOTHING, false)
      })
  }

  /** The number of the next byte, the end being one. */
  private get sayFrom(): number {
    return this.outgoing.next + (this.ends?.said === true ? 1 : 0)
  }

  private ping(socket: WebSocketLike): void {
    this.cancelPing = this.platform.after(PING_MS, () => {
      const quiet = this.platform.now() - this.lastHeard
      if (quiet > 2 * PING_MS) this.lose(socket, 'elsewhere')
      else {
        this.say({ kind: 'ping' }) // also when something was heard: the gateway, too, wants to know who is there
        this.ping(socket)
      }
    })
  }

  // ---------------------------------------------------------------------------------------------- the end

  private finish(): void {
    if (this.current === 'closed') return
    this.stop()
    for (const waiter of [...this.senders.splice(0)]) waiter.reject(new SessionError('CLOSED', 'the program has closed the connection'))
    for (const waiter of this.ends?.done.splice(0) ?? []) waiter.resolve(undefined)
    this.serveReaders()
    for (const reader of this.readers.splice(0)) reader.resolve(undefined)
    this.over.resolve(undefined)
  }

  private fail(error: SessionError): void {
    if (this.current === 'closed') return
    this.failure = error
    this.stop()
    for (const waiter of [...this.senders.splice(0), ...this.readers.splice(0), ...(this.ends?.done.splice(0) ?? [])]) waiter.reject(error)
    this.over.reject(error)
  }

  private stop(): void {
    this.shut = true
    this.cancelDial()
    this.hangUp()
    this.options.signal?.removeEventListener('abort', this.abort)
    this.become('closed')
  }
}
