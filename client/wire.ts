/**
 * What a client of sessions and its gateway say to each other, as binary messages of a WebSocket. Numbers have the most significant byte first.
 *
 * A session has two streams of numbered bytes, in each of which messages are frames: one byte for the kind (`t` a text in UTF-8, `b` bytes), four for the
 * length, and so many bytes. No piece of a stream ends within the five bytes before a message.
 *
 *   from the client
 *     1 open      version, 16 bytes: which session; 32 bytes: the token; u32: how many times the client has come; u8: flags; f64: bytes it has received
 *     2 data      u32: round; f64: number of the first byte; f64: bytes it has taken; u8: flags; bytes
 *     3 ping
 *     4 over
 *   from the gateway
 *     17 welcome  u32: round; f64: bytes that have come; f64: room; u8: flags; 32 bytes: the token for the next time
 *     18 data     f64: number of the first byte; f64: bytes that are kept for good; f64: room; u8: flags; bytes
 *     19 refused  u8: why
 *     20 pong
 *     21 leave    UTF-8: where to go, or nothing
 *
 * A round begins with each welcome; what a client has sent in an earlier one is dropped by the gateway, and sent again by the client.
 *
 * This file imports nothing: the gateway reads it too.
 */

/** The subprotocol that a client of sessions asks for. */
export const PROTOCOL = 'godwit.session.1'
const VERSION = 1
export const ID_BYTES = 16
export const TOKEN_BYTES = 32
/** Bytes before each message within a stream. */
export const PREFIX_BYTES = 5
export const KIND = { text: 0x74, binary: 0x62 } as const
/** Bytes of a message at most. */
export const LONGEST_MESSAGE = 1 << 20
/** Bytes of a piece of a stream at most. */
export const LONGEST_PIECE = 1 << 16

/**
 * Why a client is refused. `later`: the program is not there at the moment, or has too many clients. `unknown`: there is no such session, or the token is not
 * the one of it. `taken`: it goes on elsewhere. `ended`: the program has. `malformed`: the client has broken the rules.
 */
const REFUSALS = ['later', 'unknown', 'taken', 'ended', 'malformed'] as const
export type Refusal = (typeof REFUSALS)[number]

export interface Open {
  readonly kind: 'open'
  readonly id: Uint8Array
  readonly token: Uint8Array
  readonly attempt: number
  /** The program has the session for good: it is not to be begun again. */
  readonly resumed: boolean
  readonly received: number
}

export interface FromSession {
  readonly kind: 'data'
  readonly round: number
  readonly at: number
  readonly taken: number
  /** Nothing follows the bytes. */
  readonly end: boolean
  /** The client has kept the token of the welcome, and will never show the one before it. */
  readonly confirmed: boolean
  readonly bytes: Uint8Array
}

export type ClientMessage = Open | FromSession | { readonly kind: 'ping' } | { readonly kind: 'over' }

export interface Welcome {
  readonly kind: 'welcome'
  readonly round: number
  readonly come: number
  readonly room: number
  /** The program has the session for good, and the token. */
  readonly sure: boolean
  readonly token: Uint8Array
}

export interface ToSession {
  readonly kind: 'data'
  readonly at: number
  readonly kept: number
  readonly room: number
  readonly sure: boolean
  readonly end: 'shut' | 'close' | undefined
  readonly bytes: Uint8Array
}

export type GatewayMessage =
  | Welcome
  | ToSession
  | { readonly kind: 'refused'; readonly why: Refusal }
  | { readonly kind: 'pong' }
  | { readonly kind: 'leave'; readonly url: string }

const TYPE = { open: 1, data: 2, ping: 3, over: 4, welcome: 17, told: 18, refused: 19, pong: 20, leave: 21 } as const
const OPEN_LENGTH = 1 + 1 + ID_BYTES + TOKEN_BYTES + 4 + 1 + 8
const DATA_LENGTH = 1 + 4 + 8 + 8 + 1
const WELCOME_LENGTH = 1 + 4 + 8 + 8 + 1 + TOKEN_BYTES
const TOLD_LENGTH = 1 + 8 + 8 + 8 + 1

function bytesOf(length: number, type: number): { readonly bytes: Uint8Array<ArrayBuffer>; readonly view: DataView } {
  const bytes = new Uint8Array(length)
  bytes[0] = type
  return { bytes, view: new DataView(bytes.buffer) }
}

/** @returns the bytes of a message */
export function encodeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
  switch (message.kind) {
    case 'open': {
      const { bytes, view } = bytesOf(OPEN_LENGTH, TYPE.open)
      bytes[1] = VERSION
      bytes.set(message.id, 2)
      bytes.set(message.token, 2 + ID_BYTES)
      view.setUint32(2 + ID_BYTES + TOKEN_BYTES, message.attempt)
      bytes[6 + ID_BYTES + TOKEN_BYTES] = message.resumed ? 1 : 0
      view.setFloat64(7 + ID_BYTES + TOKEN_BYTES, message.received)
      return bytes
    }
    case 'data': {
      const { bytes, view } = bytesOf(DATA_LENGTH + message.bytes.length, TYPE.data)
      view.setUint32(1, message.round)
      view.setFloat64(5, message.at)
      view.setFloat64(13, message.taken)
      bytes[21] = (message.end ? 1 : 0) | (message.confirmed ? 2 : 0)
      bytes.set(message.bytes, DATA_LENGTH)
      return bytes
    }
    case 'ping':
      return bytesOf(1, TYPE.ping).bytes
    case 'over':
      return bytesOf(1, TYPE.over).bytes
  }
}

/** @returns the bytes of a message */
export function encodeGatewayMessage(message: GatewayMessage): Uint8Array<ArrayBuffer> {
  switch (message.kind) {
    case 'welcome': {
      const { bytes, view } = bytesOf(WELCOME_LENGTH, TYPE.welcome)
      view.setUint32(1, message.round)
      view.setFloat64(5, message.come)
      view.setFloat64(13, message.room)
      bytes[21] = message.sure ? 1 : 0
      bytes.set(message.token, 22)
      return bytes
    }
    case 'data': {
      const { bytes, view } = bytesOf(TOLD_LENGTH + message.bytes.length, TYPE.told)
      view.setFloat64(1, message.at)
      view.setFloat64(9, message.kept)
      view.setFloat64(17, message.room)
      bytes[25] = (message.sure ? 1 : 0) | (message.end === 'shut' ? 2 : message.end === 'close' ? 4 : 0)
      bytes.set(message.bytes, TOLD_LENGTH)
      return bytes
    }
    case 'refused': {
      const { bytes } = bytesOf(2, TYPE.refused)
      bytes[1] = REFUSALS.indexOf(message.why)
      return bytes
    }
    case 'pong':
      return bytesOf(1, TYPE.pong).bytes
    case 'leave': {
      const url = new TextEncoder().encode(message.url)
      const { bytes } = bytesOf(1 + url.length, TYPE.leave)
      bytes.set(url, 1)
      return bytes
    }
  }
}

const isNumber = (n: number): boolean => Number.isSafeInteger(n) && n >= 0

/** @returns the message; undefined when the bytes are none. Any bytes do */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  switch (bytes[0]) {
    case TYPE.open: {
      if (bytes.length !== OPEN_LENGTH || bytes[1] !== VERSION) return undefined
      const rest = 2 + ID_BYTES + TOKEN_BYTES
      const flags = bytes[rest + 4] ?? 0
      const received = view.getFloat64(rest + 5)
      if (!isNumber(received) || flags > 1) return undefined
      const [id, token] = [bytes.slice(2, 2 + ID_BYTES), bytes.slice(2 + ID_BYTES, rest)]
      return { kind: 'open', id, token, attempt: view.getUint32(rest), resumed: flags === 1, received }
    }
    case TYPE.data: {
      if (bytes.length < DATA_LENGTH || bytes.length > DATA_LENGTH + LONGEST_PIECE) return undefined
      const [at, taken, flags] = [view.getFloat64(5), view.getFloat64(13), bytes[21] ?? 0]
      if (!isNumber(at) || !isNumber(taken) || flags > 3) return undefined
      const [end, confirmed] = [(flags & 1) !== 0, (flags & 2) !== 0]
      return { kind: 'data', round: view.getUint32(1), at, taken, end, confirmed, bytes: bytes.subarray(DATA_LENGTH) }
    }
    case TYPE.ping:
      return bytes.length === 1 ? { kind: 'ping' } : undefined
    case TYPE.over:
      return bytes.length === 1 ? { kind: 'over' } : undefined
    case undefined:
    default: // any other number
      return undefined
  }
}

/** @returns the message; undefined when the bytes are none. Any bytes do */
export function decodeGatewayMessage(bytes: Uint8Array): GatewayMessage | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  switch (bytes[0]) {
    case TYPE.welcome: {
      if (bytes.length !== WELCOME_LENGTH) return undefined
      const [come, room, sure] = [view.getFloat64(5), view.getFloat64(13), bytes[21] === 1]
      if (!isNumber(come) || !isNumber(room)) return undefined
      return { kind: 'welcome', round: view.getUint32(1), come, room, sure, token: bytes.slice(22) }
    }
    case TYPE.told: {
      if (bytes.length < TOLD_LENGTH) return undefined
      const [at, kept, room, flags] = [view.getFloat64(1), view.getFloat64(9), view.getFloat64(17), bytes[25] ?? 0]
      if (!isNumber(at) || !isNumber(kept) || !isNumber(room)) return undefined
      const end = (flags & 4) !== 0 ? 'close' : (flags & 2) !== 0 ? 'shut' : undefined
      return { kind: 'data', at, kept, room, sure: (flags & 1) !== 0, end, bytes: bytes.subarray(TOLD_LENGTH) }
    }
    case TYPE.refused: {
      const why = REFUSALS[bytes[1] ?? REFUSALS.length]
      return why === undefined ? undefined : { kind: 'refused', why }
    }
    case TYPE.pong:
      return { kind: 'pong' }
    case TYPE.leave:
      return { kind: 'leave', url: new TextDecoder().decode(bytes.subarray(1)) }
    case undefined:
    default: // any other number
      return undefined
  }
}

/**
 * Follows the frames of a stream, of which it sees one piece after the other.
 * @param frameEnd the number of the byte at which the frame ends that has begun before the piece; `at` when none has
 * @param at the number of the piece's first byte
 * @returns where the frame ends in which the piece ends, which is its own end when the last frame is whole; undefined when the piece has something else in
 *   it than texts and bytes that are not too long, or ends within the five bytes before a message
 */
export function followFrames(frameEnd: number, at: number, bytes: Uint8Array): number | undefined {
  const stop = at + bytes.length
  let end = frameEnd
  while (end < stop) {
    const i = end - at
    const kind = bytes[i]
    if (stop - end < PREFIX_BYTES || (kind !== KIND.text && kind !== KIND.binary)) return undefined
    const length = new DataView(bytes.buffer, bytes.byteOffset + i + 1, 4).getUint32(0)
    if (length > LONGEST_MESSAGE) return undefined
    end += PREFIX_BYTES + length
  }
  return end
}
