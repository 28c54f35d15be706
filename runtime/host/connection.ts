/**
 * One connection of a program, as its home has it: what the client has sent and the program has not read, and what the program has written and the client
 * has not taken.
 *
 * Invariants
 * - A byte from the client, or the end of what it sends, is `kept` when it is in the home's state for good: at once, or when the cut that contains it is
 *   committed. A byte for the client, or the end of those, may be told from then on.
 * - Each byte is told to the gateway in order; `attached` says from where on it is told again.
 */
import { LIMITS } from '../limits.ts'
import { ClientSession } from './client-session.ts'
import type { SessionState } from './client-session.ts'
import type { ClientEnd, Opening, ProgramEnd, SessionOpening, ToClient } from './gateway-talk.ts'
import { newPart, Unacknowledged } from './numbered.ts'
import { OutputLog } from './output-log.ts'
import type { OutputLogEvents, OutputLogState } from './output-log.ts'

/** What a cut, or a move of the home, keeps of a connection. */
export interface ConnectionState {
  readonly number: number
  /** Member index of the gateway, and its number of the connection. */
  readonly gateway: number
  readonly connection: number
  readonly opening: Opening
  /** How many bytes the client has sent that have come; `input` are the last of them. */
  readonly come: number
  readonly input: Uint8Array
  readonly end?: ClientEnd
  readonly shut?: ProgramEnd
  /** The gateway has it no more. */
  readonly gone?: true
  readonly session?: SessionState
  readonly log: OutputLogState
}

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** Somebody who waits may go on, or there is something to tell the gateway. */
  changed(connection: Connection): void
  /** Something of it waits for a cut now. */
  waits(connection: Connection): void
}

/** How a connection was when a cut was made. */
interface Mark {
  readonly mark: number
  readonly come: number
  readonly produced: number
  readonly shut: ProgramEnd | undefined
  readonly arrivals: number
}

export interface Reader {
  readonly most: number
  readonly later: (bytes: Uint8Array) => void
}

export interface Writer {
  readonly bytes: Uint8Array
  readonly later: (result: number) => void
}

const { most: INPUT } = LIMITS['connection.input']
const { most: OUTPUT } = LIMITS['connection.output']
/** What has been acknowledged is told with the next bytes, or when it is that much. */
const WORTH_TELLING = INPUT / 4
/** The gateway is the only viewer of the log. */
const GATEWAY = 0
/** Bytes of one message to the gateway. */
const MESSAGE = 1 << 16

const NOTHING = new Uint8Array(0)

export class Connection implements OutputLogEvents {
  readonly number: number
  /** Of a session: those through which its client has come last. */
  gateway: number
  connection: number
  readonly session: ClientSession | undefined
  readonly opening: Opening
  readonly readers: Reader[] = []
  readonly writers: Writer[] = []
  end: ClientEnd | undefined
  shut: ProgramEnd | undefined
  /** The gateway has it no more. */
  gone = false
  /** Since the last mark something has come to it that a cut has to hold. */
  unmarked = false
  private readonly input: Unacknowledged
  private readonly log: OutputLog
  private readonly marks: Mark[] = []
  private kept: number
  private opened: boolean
  /** How many times the client of a session has come to this home. */
  private arrivals = 0
  /** What of `shut` the gateway may know. */
  private seen: ProgramEnd | undefined
  /** What the gateway has been told. */
  private told = { kept: 0, room: INPUT, opened: false, end: undefined as ProgramEnd | undefined, sent: 0 }

  /** @param strict what it tells waits for cuts */
  constructor(
    private readonly events: ConnectionEvents,
    private readonly strict: boolean,
    { number, gateway, connection, opening, come = 0, input = NOTHING, end, shut, gone, session, log }: ConnectionStart,
  ) {
    this.number = number
    this.gateway = gateway
    this.connection = connection
    this.opening = opening
    this.session = session === undefined ? undefined : new ClientSession(session)
    this.input = new Unacknowledged(come - input.length)
    this.input.add(input)
    this.end = end
    this.shut = shut
    this.gone = gone === true
    this.opened = !strict
    this.kept = strict ? 0 : this.come
    this.seen = strict ? undefined : shut
    this.log = new OutputLog(this, { held: strict, kept: 0, window: OUTPUT, unreleased: OUTPUT }, log)
    if (!this.gone) this.log.hold(GATEWAY, this.log.start)
  }

  // ---------------------------------------------------------------------------------------------- the log

  released(): void {
    this.events.changed(this)
  }

  waits(): void {
    this.pend()
  }

  drained(): void {
    this.events.changed(this)
  }

  exceeded(): void {
    // nothing limits what a connection writes in all
  }

  // ---------------------------------------------------------------------------------------------- the program's side

  /** Whether a reader need not wait. */
  get readable(): boolean {
    return this.input.length > 0 || this.end !== undefined
  }

  /** Whether nobody reads any more what is written. */
  get broken(): boolean {
    return this.gone || this.end === 'reset'
  }

  /** Whether what was sent has been read, and the client went without ending it. */
  get reset(): boolean {
    return this.input.length === 0 && this.end === 'reset'
  }

  /** Whether whoever writes has to wait. */
  get full(): boolean {
    return this.log.full
  }

  /** @returns at most `most` of the bytes that are here */
  take(most: number): Uint8Array {
    const bytes = new Uint8Array(this.input.read(this.input.from, most)) // a copy, also of a Buffer, whose `slice` makes none
    this.input.acknowledge(this.input.from + bytes.length)
    this.events.changed(this)
    return bytes
  }

  /** Writes bytes, which are copied. */
  write(bytes: Uint8Array): void {
    this.log.append(1, bytes.slice())
    this.pend()
  }

  /** The program writes no more, or has closed the connection. */
  finish(how: ProgramEnd): void {
    if (this.shut === 'close' || this.shut === how) return
    this.shut = how
    if (how === 'close') this.input.acknowledge(this.input.end)
    if (!this.strict) this.seen = how
    this.pend()
    this.events.changed(this)
  }

  // ---------------------------------------------------------------------------------------------- the client's side

  /** How many bytes have come, and the end of them. */
  private get come(): number {
    return this.input.end + (this.end === undefined ? 0 : 1)
  }

  /** Takes what the client has sent. @param messageEnd of a session: where the message ends in which the bytes end */
  received(at: number, bytes: Uint8Array, end: ClientEnd | undefined, messageEnd?: number): void {
    const fresh = this.end === undefined ? newPart(this.input.end, at, bytes) : undefined
    if (fresh === undefined) return
    this.input.add(new Uint8Array(fresh))
    if (this.session !== undefined && messageEnd !== undefined && fresh.length > 0) this.session.messageEnd = messageEnd
    if (this.shut === 'close') this.input.acknowledge(this.input.end)
    if (end !== undefined) this.end = end
    else if (fresh.length === 0) return
    if (!this.strict) this.kept = this.come
    this.pend()
    this.events.changed(this)
  }

  /** The client's socket has taken so much. */
  written(upTo: number): void {
    if (!this.gone) this.log.hold(GATEWAY, Math.min(upTo, this.log.produced))
  }

  /** The gateway has it no more. */
  lost(): void {
    if (this.gone) return
    this.gone = true
    this.end ??= 'reset'
    this.kept = this.come
    this.log.letGo(GATEWAY)
    this.pend()
    this.events.changed(this)
  }

  /** The gateway has found the home; what its client has not taken is told again. @returns how much has come */
  attached(written: number): { readonly come: number; readonly room: number } {
    this.written(written)
    this.told = { kept: 0, room: this.room, opened: false, end: undefined, sent: Math.max(written, this.log.start) }
    this.events.changed(this)
    return { come: this.come, room: this.room }
  }

  /** The client of a session has come, or has come back, through a gateway. */
  arrived({ received }: SessionOpening, written: number): void {
    if (this.session === undefined) return
    this.session.isAway = false
    this.arrivals++
    if (this.strict) this.opened = false
    this.written(written)
    const { opened, kept, room } = this
    this.told = { kept, room, opened, end: undefined, sent: Math.min(Math.max(received, this.log.start), this.log.produced) }
    this.pend()
    this.events.changed(this)
  }

  /** @returns what the client of a session that has arrived is told */
  welcome(): ToClient {
    const { connection, come, room, kept, opened, session } = this
    return { connection, at: this.told.sent, opened, kept, room, welcome: { come, messageEnd: session?.messageEnd ?? come } }
  }

  /** The client of a session has lost its socket, or its gateway has gone. */
  leave(): void {
    if (this.session === undefined || this.session.isAway) return
    this.session.isAway = true
    this.pend()
  }

  private get room(): number {
    return this.input.from + INPUT
  }

  /** @returns what is to be told the gateway now, if anything is */
  tell(): { readonly message: ToClient; readonly bytes: Uint8Array } | undefined {
    const { told, kept, room, opened } = this
    const pieces = this.log.read(told.sent, MESSAGE)
    const length = pieces.reduce((n, { bytes }) => n + bytes.length, 0)
    const at = told.sent
    const whole = at + length === this.log.produced
    const end = whole && this.seen !== told.end ? this.seen : undefined
    const endKept = this.end !== undefined && kept === this.come && told.kept < kept
    const sure = this.session !== undefined && opened && !told.opened
    const worth = sure || kept - told.kept >= WORTH_TELLING || room - told.room >= WORTH_TELLING
    if (length === 0 && end === undefined && !endKept && !worth) return undefined
    const [only] = pieces
    const bytes = pieces.length === 1 && only !== undefined ? only.bytes : Buffer.concat(pieces.map((piece) => piece.bytes))
    this.told = { kept, room, opened, end: end ?? told.end, sent: at + length }
    const { connection } = this
    return { message: end === undefined ? { connection, at, opened, kept, room } : { connection, at, opened, kept, room, end }, bytes }
  }

  // ---------------------------------------------------------------------------------------------- cuts

  private pend(): void {
    if (this.strict && !this.unmarked) {
      this.unmarked = true
      this.events.waits(this)
    }
  }

  /** A cut is made that holds the connection as it is. */
  marked(mark: number): void {
    this.unmarked = false
    const { come, shut, arrivals, log } = this
    this.marks.push({ mark, come, produced: log.produced, shut, arrivals })
  }

  /** A cut is committed. @returns whether a later one still has to be */
  committed(mark: number): boolean {
    for (let [first] = this.marks; first !== undefined && first.mark <= mark; [first] = this.marks) {
      this.marks.shift()
      this.opened = first.arrivals === this.arrivals
      this.kept = Math.max(this.kept, first.come)
      this.seen = first.shut ?? this.seen
      this.log.release(first.produced)
    }
    this.events.changed(this)
    return this.marks.length > 0
  }

  /** The program is over: everything may be told. */
  conclude(): void {
    this.shut = this.seen = 'close'
    this.log.release(this.log.produced)
    this.events.changed(this)
  }

  state(): ConnectionState {
    const { number, gateway, connection, opening, end, shut, gone, session, input, log } = this
    return {
      number,
      gateway,
      connection,
      opening,
      come: input.end,
      input: Uint8Array.from(input.read(input.from, input.length)),
      ...(end === undefined ? {} : { end }),
      ...(shut === undefined ? {} : { shut }),
      ...(gone ? { gone } : {}),
      ...(session === undefined ? {} : { session: session.state() }),
      log: log.state(),
    }
  }
}

/** What a connection begins with, from a client or from a state. */
export type ConnectionStart = Pick<ConnectionState, 'number' | 'gateway' | 'connection' | 'opening'> &
  Partial<Omit<ConnectionState, 'log'>> & {
    readonly log?: OutputLogState
  }
