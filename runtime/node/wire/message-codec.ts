/**
 * Messages as bytes: a kind, then for a message of links its program, incarnation, cut and time, and its bytes; for the others the length of a head, the
 * head as JSON, and the body of a note. Those of which there are many are packed (packed-messages.ts).
 *
 * Decoding is total: any bytes give a message of the types that messages.ts has, or nonsense.
 */
import { isNodeError, isToClient, noteShapes, requestShapes } from './message-shapes.ts'
import type { AnswerMessage, Message, NoteMessage, NoteSubject, PartMessage, RequestMessage, RequestSubject } from './messages.ts'
import { isPackedNote, pack, PACKED, unpack } from './packed-messages.ts'
import { isCount } from './shapes.ts'

const REQUEST = 1
const ANSWER = 2
const NOTE = 3
const LINK = 4
const PART = 5
const REFUSAL = 6
/** Bytes of the kind, and of the length of the head. */
const PREFIX = 5
/** Bytes of the kind, the program, the incarnation, the cut and the time. */
const LINK_PREFIX = 21
const NOTHING = new Uint8Array(0)

/** What a peer sent that is no message. */
export interface Nonsense {
  readonly kind: 'nonsense'
  /** What it is, in words. */
  readonly why: string
  /** Id of the request that it is, if it is one: the peer waits for an answer. */
  readonly request?: number
  /** Id of the request that it answers, if it does: no better answer will come. */
  readonly answer?: number
}

export function encodeMessage(message: Message): Uint8Array {
  return pack(message) ?? encodeOther(message)
}

function encodeOther(message: Message): Uint8Array {
  switch (message.kind) {
    case 'link': {
      const { about, message: body } = message
      const bytes = new Uint8Array(LINK_PREFIX + body.length)
      const view = new DataView(bytes.buffer)
      bytes[0] = LINK
      view.setUint32(1, about.program, true)
      view.setUint32(5, about.incarnation, true)
      view.setUint32(9, about.cut, true)
      view.setFloat64(13, about.time, true)
      bytes.set(body, LINK_PREFIX)
      return bytes
    }
    case 'note':
      return encode(NOTE, { subject: message.subject, content: message.content }, message.body)
    case 'request':
      return encode(REQUEST, { id: message.id, subject: message.subject, content: message.content })
    case 'part':
      return encode(PART, { id: message.id, subject: message.subject, part: message.part })
    case 'answer':
      return encode(ANSWER, { id: message.id, subject: message.subject, value: message.value })
    case 'refusal':
      return encode(REFUSAL, { id: message.id, error: message.error })
  }
}

/** What the head of a message may have. */
interface Head {
  readonly id?: unknown
  readonly subject?: unknown
  readonly content?: unknown
  readonly part?: unknown
  readonly value?: unknown
  readonly error?: unknown
}

function encode(kind: number, head: Head, body: Uint8Array = NOTHING): Uint8Array {
  const text = Buffer.from(JSON.stringify(head))
  const bytes = new Uint8Array(PREFIX + text.length + body.length)
  bytes[0] = kind
  new DataView(bytes.buffer).setUint32(1, text.length, true)
  bytes.set(text, PREFIX)
  bytes.set(body, PREFIX + text.length)
  return bytes
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

export function decodeMessage(bytes: Uint8Array): Message | Nonsense {
  if (bytes[0] === PACKED) return decodePacked(bytes)
  if (bytes.length < (bytes[0] === LINK ? LINK_PREFIX : PREFIX)) return nonsense(`a message of ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const number = view.getUint32(1, true)
  if (bytes[0] === LINK) {
    const about = { program: number, incarnation: view.getUint32(5, true), cut: view.getUint32(9, true), time: view.getFloat64(13, true) }
    if (!isCount(about.time)) return nonsense('a message of links that was sent at no time')
    return { kind: 'link', about, message: bytes.subarray(LINK_PREFIX) }
  }
  const body = bytes.length - PREFIX - number
  if (body < 0) return nonsense('a head that is longer than its message')
  let head: unknown
  try {
    head = JSON.parse(utf8.decode(bytes.subarray(PREFIX, PREFIX + number)))
  } catch {
    return nonsense('a head that is no JSON')
  }
  if (typeof head !== 'object' || head === null) return nonsense('a head that is no object')
  return decodeHead(bytes[0] ?? 0, head, bytes.subarray(PREFIX + number))
}

function decodePacked(bytes: Uint8Array): Message | Nonsense {
  const read = unpack(bytes)
  if (read === undefined) return nonsense('a packed message that is none')
  if (read.form !== 'gate') return note(read.form, read.content, read.body) ?? nonsense(`a note about ${spell(read.form)}`)
  const { id, message, bytes: its } = read
  if (!isCount(id)) return nonsense('a part for a gateway without an id')
  if (!isToClient(message)) return badAnswer(id, read.form)
  return { kind: 'part', id, subject: 'gate', part: { kind: 'stream', message, bytes: its } }
}

function decodeHead(kind: number, head: Head, body: Uint8Array): Message | Nonsense {
  const { subject, content, id } = head
  if (kind === NOTE)
    return (isNoteSubject(subject) ? note(subject, content, body) : undefined) ?? nonsense(`a note about ${spell(subject)}`)
  if (!isCount(id)) return nonsense(`a message of kind ${kind} without an id`)
  switch (kind) {
    case REQUEST:
      return (
        (isRequestSubject(subject) ? request(id, subject, content) : undefined) ?? {
          ...nonsense(`a request about ${spell(subject)}`),
          request: id,
        }
      )
    case PART:
      return (isRequestSubject(subject) ? part(id, subject, head.part) : undefined) ?? badAnswer(id, subject)
    case ANSWER:
      return (isRequestSubject(subject) ? answer(id, subject, head.value) : undefined) ?? badAnswer(id, subject)
    case REFUSAL:
      return isNodeError(head.error) ? { kind: 'refusal', id, error: head.error } : badAnswer(id, subject)
  }
  return nonsense(`a message of the unknown kind ${kind}`)
}

function nonsense(why: string): Nonsense {
  return { kind: 'nonsense', why }
}

function badAnswer(id: number, subject: unknown): Nonsense {
  return { ...nonsense(`an answer about ${spell(subject)}`), answer: id }
}

/** @returns a subject that anybody may have sent, fit for a message */
function spell(subject: unknown): string {
  return typeof subject === 'string' ? JSON.stringify(subject.slice(0, 40)) : 'nothing'
}

/** @returns whether it is the subject of notes whose heads are JSON */
function isNoteSubject(subject: unknown): subject is NoteSubject {
  return typeof subject === 'string' && Object.hasOwn(noteShapes, subject) && !isPackedNote(subject)
}

function isRequestSubject(subject: unknown): subject is RequestSubject {
  return typeof subject === 'string' && Object.hasOwn(requestShapes, subject)
}

// the compiler does not see that what each of these returns is one member of its union: its fields are of one and the same subject

function note(subject: NoteSubject, content: unknown, body: Uint8Array): NoteMessage | undefined {
  return noteShapes[subject](content) ? ({ kind: 'note', subject, content, body } as NoteMessage) : undefined
}

function request(id: number, subject: RequestSubject, content: unknown): RequestMessage | undefined {
  return requestShapes[subject].content(content) ? ({ kind: 'request', id, subject, content } as RequestMessage) : undefined
}

function part(id: number, subject: RequestSubject, value: unknown): PartMessage | undefined {
  return requestShapes[subject].part(value) ? ({ kind: 'part', id, subject, part: value } as PartMessage) : undefined
}

function answer(id: number, subject: RequestSubject, value: unknown): AnswerMessage | undefined {
  return requestShapes[subject].answer(value) ? ({ kind: 'answer', id, subject, value } as AnswerMessage) : undefined
}
