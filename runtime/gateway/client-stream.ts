/**
 * A connection as its gateway has it: what the client has sent and the home of the program does not have for good, and how much of what the program has
 * written the client's socket has taken.
 *
 * Invariants
 * - What the client has sent is kept until it is acknowledged, and is sent again from where a home that was found anew is.
 * - What the program has written goes to the socket in order and once, whatever of it is told again.
 * - The socket is not read while more is kept than the limit: so the client waits.
 * - The stream is forgotten when the program has closed it and the socket has taken everything, or when the socket has gone and the home has for good what
 *   came before.
 */
import { LIMITS } from '../limits.ts'
import type { ClientEnd, FromClient, KnownConnection, Opening, ToClient } from '../host/gateway-talk.ts'
import { Unacknowledged } from '../host/numbered.ts'
import type { Dropped, GatewayStream, HomeOfStream, StreamEvents } from './gateway-stream.ts'

/** The socket of a client, or what stands for one. */
export interface ClientSocket {
  /** @param taken is called when the bytes have left, or never */
  write(bytes: Uint8Array, taken: () => void): void
  /** Nothing more will be written. */
  end(): void
  /** As `end`, and nothing more is read; it goes as soon as everything has left. */
  close(): void
  /** It goes at once. @param why nobody serves it, or the program has not taken it or has gone */
  destroy(why: Dropped): void
  pause(): void
  resume(): void
}

const KEPT = LIMITS['connection.input'].most
const MESSAGE = 1 << 16
/** What the socket has taken is said with the next bytes, or a moment later, or when it is that much. */
const WORTH_SAYING = LIMITS['connection.output'].most / 4
const NOTHING = new Uint8Array(0)

export class ClientStream implements GatewayStream {
  private socket: ClientSocket | undefined
  private home: HomeOfStream | undefined
  private readonly input = new Unacknowledged()
  private end: ClientEnd | undefined
  /** What of the client's stream has been said, and what the home has for good, the end as one byte more; and how far it may be said. */
  private said = 0
  private kept = 0
  private room = KEPT
  private opened = false
  private openingSaid = false
  private paused = false
  /** What the program has written: so much has come, so much has left, so much of that was said. */
  private come = 0
  private left = 0
  private leftSaid = 0
  private shut: ToClient['end']
  private over = false
  readonly since = performance.now()

  constructor(
    readonly connection: number,
    readonly opening: Opening,
    private readonly events: StreamEvents,
  ) {}

  /** @param socket which `received`, `ended` and `closed` tell about */
  start(socket: ClientSocket): void {
    this.socket = socket
  }

  /** Whether a program has been found for it. */
  get isBound(): boolean {
    return this.home !== undefined
  }

  get isFresh(): boolean {
    return !this.openingSaid
  }

  get isClosing(): boolean {
    return this.shut === 'close'
  }

  get written(): number {
    return this.left
  }

  /** The program that serves the name has been found. */
  bind(home: HomeOfStream): void {
    this.home = home
    this.pump()
  }

  // ---------------------------------------------------------------------------------------------- the socket

  /** The client has sent something, which nobody changes afterwards. */
  received(bytes: Uint8Array): void {
    if (this.over || this.end !== undefined) return
    this.input.add(bytes)
    if (!this.paused && this.input.length >= KEPT) {
      this.paused = true
      this.socket?.pause()
    }
    this.pump()
  }

  /** The client has sent something, which nobody changes afterwards, and sends no more: it is said in one message. */
  receivedAll(bytes: Uint8Array): void {
    if (this.over || this.end !== undefined) return
    this.input.add(bytes)
    this.end = 'end'
    this.pump()
  }

  /** The client sends no more. */
  ended(end: ClientEnd): void {
    if (this.over || this.end !== undefined) return
    this.end = end
    this.pump()
  }

  /** The socket is gone. */
  closed(): void {
    this.socket = undefined
    if (this.over) return
    this.left = this.come // what it has not taken nobody will
    if (this.home === undefined) this.forget()
    else {
      this.ended('reset')
      this.settle()
    }
  }

  // ---------------------------------------------------------------------------------------------- the home

  /** The home says something. */
  heard({ at, end, opened, kept, room }: ToClient, bytes: Uint8Array): void {
    if (this.over) return
    if (end === 'refused') {
      this.drop('refused')
      return
    }
    if (end === 'unserved') {
      this.home = undefined
      this.openingSaid = false
      this.said = 0
      this.events.unserved(this)
      return
    }
    if (opened) this.opened = true
    this.kept = Math.max(this.kept, kept)
    this.input.acknowledge(Math.min(kept, this.input.end))
    this.room = Math.max(this.room, room)
    if (this.paused && this.input.length <= KEPT / 2) {
      this.paused = false
      this.socket?.resume()
    }
    const fresh = at <= this.come ? bytes.subarray(Math.min(this.come - at, bytes.length)) : NOTHING
    if (fresh.length > 0) this.write(fresh)
    if (end !== undefined && this.shut !== 'close' && this.shut !== end) {
      this.shut = end
      if (end === 'shut') this.socket?.end()
      else this.socket?.close()
    }
    this.pump()
    this.settle()
  }

  private write(bytes: Uint8Array): void {
    this.come += bytes.length
    const upTo = this.come
    if (this.socket === undefined) {
      this.left = upTo
      this.events.written(this)
      return
    }
    this.socket.write(bytes, () => {
      this.left = Math.max(this.left, upTo)
      if (this.over) return
      if (this.left - this.leftSaid >= WORTH_SAYING) this.sayWritten()
      else this.events.written(this)
      this.settle()
    })
  }

  /** A home has been found. @param known how far it is; undefined when it does not know the connection */
  attached(known: KnownConnection | undefined): void {
    if (this.over) return
    if (known === undefined && this.opened) {
      this.drop('lost') // the program has closed it, and has forgotten it
      return
    }
    this.openingSaid = known !== undefined
    this.said = Math.max(known?.come ?? 0, this.input.from)
    if (known !== undefined) this.room = Math.max(this.room, known.room)
    this.pump()
    this.settle()
  }

  /** There is no home any more, or nobody serves the name. */
  drop(why: Dropped): void {
    const { socket } = this
    this.socket = undefined
    socket?.destroy(why)
    this.forget()
  }

  /** Tells the home what the socket has taken. */
  sayWritten(): void {
    if (this.over || this.home?.isAttached !== true || this.left === this.leftSaid) return
    this.say({ at: this.said }, NOTHING)
  }

  private say(message: Pick<FromClient, 'at'> & Partial<FromClient>, bytes: Uint8Array): void {
    this.leftSaid = this.left
    const said = { ...message, connection: this.connection, written: this.left }
    this.openingSaid = true
    this.home?.say(this.opened ? said : { ...said, opening: this.opening }, bytes)
  }

  /** Says what the home may have. */
  private pump(): void {
    if (this.home?.isAttached !== true || this.over) return
    for (;;) {
      const { said, end, input } = this
      if (said > input.end) return // the end was said
      const bytes = said < input.end ? input.read(said, Math.min(MESSAGE, Math.max(0, this.room - said))) : NOTHING
      const last = end !== undefined && said + bytes.length === input.end
      if (bytes.length === 0 && !last && this.openingSaid) return
      this.said = said + bytes.length + (last ? 1 : 0)
      this.say({ at: said, ...(last ? { end } : {}) }, bytes)
      if (bytes.length === 0) return
    }
  }

  /** Looks whether the stream is over. */
  private settle(): void {
    if (this.over) return
    const closed = this.shut === 'close' && this.left === this.come
    const gone = this.socket === undefined && this.end !== undefined && this.kept > this.input.end
    if (!closed && !gone) return
    if (this.home?.isAttached === true) this.say({ at: this.said, over: true }, NOTHING)
    this.forget()
  }

  private forget(): void {
    if (this.over) return
    this.over = true
    this.events.forget(this)
  }
}
