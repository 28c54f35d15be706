/**
 * A client of the client library, as its gateway has it. The two ends of a session are the client and the home of the program: these keep what the other has
 * not got. A gateway only passes on, and so may be lost; what it adds is that nothing reaches the home but messages that are well formed and have room.
 *
 * Invariants
 * - What the client says belongs to the last welcome (`round`): what it has said before, it says again. In a round its bytes come one after the other.
 * - What the home says is passed on once, in order.
 * - The home hears of the socket's end, or that the session is over: `away`, `over`.
 */
import { createHash, randomBytes } from 'node:crypto'
import { followFrames, TOKEN_BYTES } from '../../client/wire.ts'
import type { FromSession, GatewayMessage, Open, Refusal } from '../../client/wire.ts'
import type { FromClient, KnownConnection, Opening, SessionOpening, SessionWelcome, ToClient } from '../host/gateway-talk.ts'
import type { Dropped, GatewayStream, HomeOfStream, StreamEvents } from './gateway-stream.ts'

/** The WebSocket of a client. */
export interface SessionSocket {
  send(message: GatewayMessage): void
  /** Nothing more is sent. */
  close(): void
}

/** Where a client has come, and how. */
export interface Arrival {
  readonly name: string
  readonly peer: string
  /** The head of its request, as a frame for the program. */
  readonly head: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** @returns what the cluster knows of a token: it tells nothing of it, and is of no use at another name */
export function tokenHash(name: string, token: Uint8Array): string {
  return createHash('sha256').update(`${name}\n`).update(token).digest('hex')
}

export class SessionStream implements GatewayStream {
  readonly opening: Opening
  readonly since = performance.now()
  private home: HomeOfStream | undefined
  private readonly token = randomBytes(TOKEN_BYTES)
  /** Rounds that were begun; and whether the home has been asked, and has not welcomed the client. */
  private round = 0
  private asked = false
  private openingSaid = false
  /** Of this round: the number of the client's next byte, where its message ends, and how far it may say. */
  private next = 0
  private messageEnd = 0
  private room = 0
  private clientEnded = false
  /** How much of what the program has written was passed on, and how much of it the client has taken; and what of that was said. */
  private passed: number
  private taken = 0
  private takenSaid = 0
  private sure = false
  private over = false
  /** What the home is still to be told, when it can be talked to again. */
  private farewell: Pick<FromClient, 'over' | 'away'> | undefined

  constructor(
    readonly connection: number,
    private readonly socket: SessionSocket,
    { name, peer, head }: Arrival,
    { id, token, attempt, resumed, received }: Open,
    private readonly events: StreamEvents,
  ) {
    const session: SessionOpening = {
      id: Buffer.from(id).toString('hex'),
      shown: tokenHash(name, token),
      next: tokenHash(name, this.token),
      attempt,
      resumed,
      received,
      head: Buffer.from(head).toString('base64'),
    }
    this.opening = { name, kind: 'websocket', peer, session }
    this.passed = received
  }

  get isFresh(): boolean {
    return !this.openingSaid
  }

  /** What the program has written before it ended was passed on at once. */
  get isClosing(): boolean {
    return false
  }

  get written(): number {
    return this.taken
  }

  // ---------------------------------------------------------------------------------------------- the client

  /** The client says something. @returns why that is not allowed, if it is not */
  received({ round, at, taken, end, confirmed, bytes }: FromSession): Refusal | undefined {
    if (this.over || this.asked || round !== this.round || this.home?.isAttached !== true) return undefined // it will say it again
    const upTo = at + bytes.length
    const messageEnd = followFrames(this.messageEnd, at, bytes)
    const ended = this.clientEnded && (bytes.length > 0 || end)
    if (at !== this.next || messageEnd === undefined || upTo > this.room || ended || (end && messageEnd !== upTo) || taken > this.passed)
      return 'malformed'
    this.next = upTo + (end ? 1 : 0)
    this.messageEnd = messageEnd + (end ? 1 : 0)
    this.clientEnded ||= end
    this.taken = Math.max(this.taken, taken)
    const session = { messageEnd, ...(confirmed ? { confirmed } : {}) }
    if (bytes.length > 0 || end || confirmed) this.say({ at, ...session, ...(end ? { end: 'end' } : {}) }, bytes)
    else if (this.taken > this.takenSaid) this.events.written(this)
    return undefined
  }

  /** The client has everything, and wants no more. */
  ended(): void {
    this.conclude({ over: true })
  }

  /** The socket is gone. */
  closed(): void {
    this.conclude({ away: true })
  }

  private conclude(how: Pick<FromClient, 'over' | 'away'>): void {
    if (this.over) return
    this.over = true
    if (this.openingSaid && this.home !== undefined) this.farewell = how
    this.part()
  }

  /** Takes leave of the home, as soon as that can be talked to. */
  private part(): void {
    if (this.farewell !== undefined && this.home?.isAttached !== true) return
    if (this.farewell !== undefined) this.say({ at: this.next, ...this.farewell }, NOTHING)
    this.events.forget(this)
  }

  // ---------------------------------------------------------------------------------------------- the home

  bind(home: HomeOfStream): void {
    this.home = home
    this.ask()
  }

  attached(_: KnownConnection | undefined): void {
    if (this.over) this.part()
    else this.ask()
  }

  /** Says to the home who has come, and waits until it says how far it is. */
  private ask(): void {
    const { home, opening, taken } = this
    if (this.over || home?.isAttached !== true || opening.session === undefined) return
    this.asked = true
    this.openingSaid = true
    this.takenSaid = taken
    const session = { ...opening.session, resumed: opening.session.resumed || this.sure, received: this.passed }
    home.say({ connection: this.connection, at: 0, written: taken, opening: { ...opening, session } }, NOTHING)
  }

  heard(message: ToClient, bytes: Uint8Array): void {
    if (this.over) return
    const { at, end, opened, kept, room, welcome } = message
    switch (end) {
      case 'refused':
        this.refuse('later')
        return
      case 'unknown':
      case 'taken':
        this.refuse(end)
        return
      case 'unserved':
        this.home = undefined
        this.openingSaid = false
        this.events.unserved(this)
        return
      case 'shut':
      case 'close':
      case undefined:
    }
    this.sure ||= opened
    this.room = welcome === undefined ? Math.max(this.room, room) : room
    if (welcome !== undefined) {
      this.welcomed(welcome, opened)
      return
    }
    const fresh = at <= this.passed ? bytes.subarray(Math.min(this.passed - at, bytes.length)) : NOTHING
    const from = this.passed
    this.passed += fresh.length
    this.socket.send({ kind: 'data', at: from, kept, room, sure: opened, end, bytes: fresh })
  }

  private welcomed({ come, messageEnd }: SessionWelcome, sure: boolean): void {
    this.asked = false
    this.round++
    this.next = come
    this.messageEnd = Math.max(messageEnd, come)
    this.clientEnded = false
    this.socket.send({ kind: 'welcome', round: this.round, come, room: this.room, sure, token: this.token })
  }

  drop(why: Dropped): void {
    if (this.over) this.events.forget(this)
    else this.refuse(why === 'lost' ? 'ended' : 'later')
  }

  /** Sends the client away, for a reason. */
  refuse(why: Refusal): void {
    if (this.over) return
    this.socket.send({ kind: 'refused', why })
    this.socket.close()
    if (why === 'malformed') this.conclude({ away: true })
    else {
      this.over = true
      this.events.forget(this)
    }
  }

  sayWritten(): void {
    if (this.over || this.asked || this.home?.isAttached !== true || this.taken === this.takenSaid) return
    this.say({ at: this.next }, NOTHING)
  }

  private say(message: Pick<FromClient, 'at'> & Partial<FromClient>, bytes: Uint8Array): void {
    this.takenSaid = this.taken
    this.home?.say({ connection: this.connection, written: this.taken, ...message }, bytes)
  }
}
