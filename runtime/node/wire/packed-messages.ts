/**
 * Messages of which each request of a client needs several, as bytes without JSON: calls of the home of a program, their results, and what gateways and
 * homes say of connections.
 *
 * A packed message is its kind, its form, how many numbers it has and how many bytes of text, and then the numbers, the text and the body. What is absent is
 * -1 among the numbers. Unpacking is total: the shapes of messages decide whether what was read makes sense.
 */
import type { ClientEnd, Opening, ToClient } from '../../host/gateway-talk.ts'
import type { HomeCall, HomeResult, Message, Notes, OfProgram, PackedActual } from './messages.ts'
import type { HomeCallKey } from './process-records.ts'

/** The kind of a packed message. */
export const PACKED = 7
/** Bytes of the kind, the form, the count of the numbers, and the length of the text. */
const PREFIX = 10
const NUMBER_BYTES = 8
const ABSENT = -1

/** Forms: the subject of a note, or `gate` for a part of what a gateway asks. */
const FORMS = ['home-call', 'home-recall', 'home-result', 'from-client', 'gate'] as const
type Form = (typeof FORMS)[number]
type PackedNote = Exclude<Form, 'gate'>

/** What of an actual parameter the number behind it is. */
const NUMBER = 0
const FLAG = 1
const BYTES = 2

const CLIENT_ENDS: readonly ClientEnd[] = ['end', 'reset']
const PROGRAM_ENDS: readonly NonNullable<ToClient['end']>[] = ['shut', 'close', 'refused', 'unserved', 'unknown', 'taken']

/** What a packed message was, before its shape has been looked at. */
export type Unpacked =
  | { readonly form: PackedNote; readonly content: unknown; readonly body: Uint8Array }
  | { readonly form: 'gate'; readonly id: number; readonly message: unknown; readonly bytes: Uint8Array }

/** @returns whether notes about it are packed, always */
export function isPackedNote(subject: string): subject is PackedNote {
  return subject !== 'gate' && (FORMS as readonly string[]).includes(subject)
}

/** @returns a message as bytes; undefined when it is none of those that are packed */
export function pack(message: Message): Uint8Array | undefined {
  if (message.kind === 'part') {
    if (message.subject !== 'gate' || message.part.kind !== 'stream') return undefined
    return join('gate', [message.id, ...numbersToClient(message.part.message)], '', message.part.bytes)
  }
  if (message.kind !== 'note') return undefined
  const { subject, content, body } = message
  if (subject === 'home-call' || subject === 'home-recall') return join(subject, numbersOfCall(content), content.service, body)
  if (subject === 'home-result') return join(subject, numbersOfResult(content), '', body)
  if (subject !== 'from-client') return undefined
  const opening = content.opening === undefined ? '' : JSON.stringify(content.opening)
  return join(subject, numbersFromClient(content), opening, body)
}

function join(form: Form, numbers: readonly number[], text: string, body: Uint8Array): Uint8Array {
  const textBytes = Buffer.byteLength(text)
  const from = PREFIX + numbers.length * NUMBER_BYTES
  const bytes = new Uint8Array(from + textBytes + body.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = PACKED
  bytes[1] = FORMS.indexOf(form)
  view.setUint32(2, numbers.length, true)
  view.setUint32(6, textBytes, true)
  let at = PREFIX
  for (const number of numbers) {
    view.setFloat64(at, number, true)
    at += NUMBER_BYTES
  }
  if (textBytes > 0) Buffer.from(bytes.buffer).write(text, from)
  bytes.set(body, from + textBytes)
  return bytes
}

/** @returns what the bytes say, or undefined when they say nothing. @param bytes of the kind PACKED */
export function unpack(bytes: Uint8Array): Unpacked | undefined {
  if (bytes.length < PREFIX) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const form = FORMS[view.getUint8(1)]
  const from = PREFIX + view.getUint32(2, true) * NUMBER_BYTES
  const to = from + view.getUint32(6, true)
  if (form === undefined || to > bytes.length) return undefined
  const numbers: number[] = []
  for (let at = PREFIX; at < from; at += NUMBER_BYTES) {
    const number = view.getFloat64(at, true)
    if (!Number.isFinite(number)) return undefined
    numbers.push(number)
  }
  const text = to === from ? '' : Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8')
  const rest = bytes.subarray(to)
  switch (form) {
    case 'home-call':
    case 'home-recall':
      return { form, content: callOf(numbers, text), body: rest }
    case 'home-result':
      return { form, content: resultOf(numbers), body: rest }
    case 'from-client':
      return { form, content: fromClientOf(numbers, text), body: rest }
    case 'gate':
      return { form, id: numbers[0] ?? ABSENT, message: toClientOf(numbers), bytes: rest }
  }
}

// ---------------------------------------------------------------------------------------------- calls of the home

function numbersOfProgram({ program, incarnation, cut, time }: OfProgram): number[] {
  return [program, incarnation, cut, time]
}

function numbersOfCall(content: HomeCall): number[] {
  const { caller, call, period, moves = ABSENT, actuals, consumed } = content
  const numbers = [...numbersOfProgram(content), caller, call, period, moves, actuals.length]
  for (const actual of actuals) {
    if (typeof actual === 'number') numbers.push(NUMBER, actual)
    else if (typeof actual === 'boolean') numbers.push(FLAG, Number(actual))
    else numbers.push(BYTES, actual.bytes)
  }
  for (const key of consumed) numbers.push(key.caller, key.call)
  return numbers
}

function callOf(numbers: readonly number[], service: string): HomeCall | undefined {
  const [program, incarnation, cut, time, caller, call, period, moves, count = 0] = numbers
  const behind = CALL_NUMBERS + 2 * count
  if (!Number.isInteger(count) || count < 0 || behind > numbers.length || (numbers.length - behind) % 2 !== 0) return undefined
  const actuals: PackedActual[] = []
  for (let at = CALL_NUMBERS; at < behind; at += 2) actuals.push(actualOf(numbers[at], numbers[at + 1] ?? 0))
  const consumed: HomeCallKey[] = []
  for (let at = behind; at < numbers.length; at += 2) consumed.push({ caller: numbers[at] ?? 0, call: numbers[at + 1] ?? 0 })
  // field by field, since V8 copies objects slowly into one that has fields already
  const content = { program, incarnation, cut, time, caller, call, period, service, actuals, consumed } as HomeCall // its shape is looked at afterwards
  return moves === ABSENT ? content : { ...content, moves: moves ?? ABSENT }
}

/** Numbers of a call before those of its actuals. */
const CALL_NUMBERS = 9

function actualOf(what: number | undefined, value: number): PackedActual {
  if (what === BYTES) return { bytes: value }
  return what === FLAG ? value !== 0 : value
}

function numbersOfResult(content: HomeResult): number[] {
  const { caller, call, value } = content
  return [...numbersOfProgram(content), caller, call, ...(value === undefined ? [] : [value])]
}

function resultOf([program, incarnation, cut, time, caller, call, value]: readonly number[]): object {
  const content = { program, incarnation, cut, time, caller, call }
  return value === undefined ? content : { ...content, value }
}

// ---------------------------------------------------------------------------------------------- connections

const OVER = 1
const AWAY = 2
const CONFIRMED = 4

function numbersFromClient(content: Notes['from-client']): number[] {
  const { program, connection, at, end, written, over, away, confirmed, messageEnd = ABSENT } = content
  const flags = (over === true ? OVER : 0) | (away === true ? AWAY : 0) | (confirmed === true ? CONFIRMED : 0)
  return [program, connection, at, written, end === undefined ? ABSENT : CLIENT_ENDS.indexOf(end), flags, messageEnd]
}

function fromClientOf(numbers: readonly number[], text: string): Notes['from-client'] | undefined {
  const [program = ABSENT, connection = ABSENT, at = ABSENT, written = ABSENT, end = ABSENT, flags = 0, messageEnd = ABSENT] = numbers
  const opening = text === '' ? undefined : parsed(text)
  if (opening === null) return undefined
  const said: Writable<Notes['from-client']> = { program, connection, at, written }
  if (opening !== undefined) said.opening = opening as Opening // its shape is looked at afterwards
  const ending = CLIENT_ENDS[end]
  if (ending !== undefined) said.end = ending
  if ((flags & OVER) !== 0) said.over = true
  if ((flags & AWAY) !== 0) said.away = true
  if ((flags & CONFIRMED) !== 0) said.confirmed = true
  if (messageEnd !== ABSENT) said.messageEnd = messageEnd
  return said
}

/** @returns what a text says in JSON; null when it is none */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function numbersToClient({ connection, at, end, opened, kept, room, welcome }: ToClient): number[] {
  const ending = end === undefined ? ABSENT : PROGRAM_ENDS.indexOf(end)
  return [connection, at, ending, Number(opened), kept, room, ...(welcome === undefined ? [] : [welcome.come, welcome.messageEnd])]
}

function toClientOf(numbers: readonly number[]): object {
  const [, connection = ABSENT, at = ABSENT, end = ABSENT, opened, kept = ABSENT, room = ABSENT, come, messageEnd = ABSENT] = numbers
  const said: Writable<ToClient> = { connection, at, opened: opened !== 0, kept, room }
  const ending = PROGRAM_ENDS[end]
  if (ending !== undefined) said.end = ending
  if (come !== undefined) said.welcome = { come, messageEnd }
  return said
}

/** Of a message that is being made. */
type Writable<T> = { -readonly [K in keyof T]: T[K] }
