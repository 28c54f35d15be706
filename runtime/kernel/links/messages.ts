/**
 * The messages that link tables send each other, and their bytes.
 *
 * A message about an object (`id`) is sent to the node where the sender believes it to be since its move number `version`; see links/link-table.ts.
 */
import { ByteReader, ByteWriter, readValue, writeValue } from '../snapshot/codec.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { RemoteOffer } from '../snapshot/snapshot-format.ts'
import type { Stream } from './gathered.ts'
import type { Value } from '../scheduler/value.ts'

/** A writer outputs on a channel. Sent again when the writer has moved: `stamp` stays, `moves` grows. */
export interface Offer {
  readonly type: 'offer'
  readonly id: number
  readonly version: number
  readonly offer: RemoteOffer
}

/** The output `stamp` is complete. `stream` says whether more may be gathered for the channel; see gathered.ts. */
export interface Taken {
  readonly type: 'taken'
  readonly id: number
  readonly stamp: number
  readonly stream: Stream
}

/** A reader at node `to` needs the channel's home. Answered by `home` or `refused`. */
export interface Pull {
  readonly type: 'pull'
  readonly id: number
  readonly version: number
  readonly to: number
}

/** A reader waits where the home is, so whoever pulled it is no reader any more, or else asks again. */
export interface Refused {
  readonly type: 'refused'
  readonly id: number
}

/** A channel's home itself. */
export interface Home {
  readonly type: 'home'
  readonly id: number
  readonly version: number
  readonly floor: number
  readonly offer: RemoteOffer | undefined
}

/** The object is at `at` since its move number `version`. */
export interface Moved {
  readonly type: 'moved'
  readonly id: number
  readonly version: number
  readonly at: number
}

/** A branch has ended: its results, to the place in its join. Answered by `settled`. */
export interface Joined {
  readonly type: 'joined'
  readonly id: number
  readonly version: number
  readonly replyTo: number
  readonly results: Uint8Array
}

export interface Settled {
  readonly type: 'settled'
  readonly id: number
}

/** To the place of a branch in its join: the branch is at `at`. `moves` tells which of two such messages is later. */
export interface Whereabouts {
  readonly type: 'whereabouts'
  readonly id: number
  readonly version: number
  readonly at: number
  readonly moves: number
}

/** The host's answer to a process. */
export interface Answer {
  readonly type: 'answer'
  readonly id: number
  readonly version: number
  readonly value: Value
}

/**
 * The message about this object that came from your node has found it nowhere: whoever still waits there asks again, or waits in vain when the
 * object is lost with a node.
 */
export interface Unfound {
  readonly type: 'unfound'
  readonly id: number
  readonly isLost: boolean
}

/** Which of these channels are held at your node? Answered by `held`. */
export interface Probe {
  readonly type: 'probe'
  readonly id: 0
  readonly ids: readonly number[]
}

/** Of the channels of a probe, these are. */
export interface Held {
  readonly type: 'held'
  readonly id: 0
  readonly ids: readonly number[]
}

/** Where is it? A node that has it answers `moved`, any other `absent`, after `moved` when it knows where it was later. */
export interface Seek {
  readonly type: 'seek'
  readonly id: number
  readonly round: number
}

/** It is not here, answers a node to the seek of that round. */
export interface Absent {
  readonly type: 'absent'
  readonly id: number
  readonly round: number
}

/** Something is asked of a monitor, by a process that waits for the answer, or (`process` 0) that nobody waits for. */
export interface Ask {
  readonly type: 'ask'
  readonly id: number
  readonly version: number
  readonly request: number
  readonly n: number
  /** Its name, how often it had moved, and where it was. */
  readonly process: number
  readonly moves: number
  readonly at: number
}

/** Several processes of a node ask the same of a monitor. */
export interface Asks {
  readonly type: 'asks'
  readonly id: number
  readonly version: number
  readonly request: number
  /** Their names, and how often they had moved. */
  readonly processes: readonly (readonly [process: number, moves: number])[]
  readonly at: number
}

/** A monitor has one answer for several processes, which were at your node after so many moves. */
export interface Answers {
  readonly type: 'answers'
  readonly id: 0
  readonly value: number
  readonly processes: readonly (readonly [process: number, moves: number])[]
}

/** Is this process still in an ALT with a guard of that barrier? The answer is asked of the barrier. */
export interface Invite {
  readonly type: 'invite'
  readonly id: number
  readonly version: number
  readonly monitor: number
  /** Where the barrier is. */
  readonly at: number
}

/** A process below the branch of this slot forks: a place in the FORKING around it is the answer. */
export interface Enlist {
  readonly type: 'enlist'
  readonly id: number
  readonly version: number
  readonly process: number
  readonly moves: number
  readonly at: number
  readonly name: string
}

/** A monitor itself. */
export interface MonitorHome {
  readonly type: 'monitor'
  readonly id: number
  readonly version: number
  readonly kind: number
  readonly state: readonly number[]
  /** The names of the processes that wait, and where they were. */
  readonly waiting: readonly (readonly [process: number, moves: number, at: number])[]
  /** Likewise, of those that are in an ALT with a guard of it, elsewhere than where it was. */
  readonly offers: readonly (readonly [process: number, moves: number, at: number])[]
}

/** Messages that follow their object. */
export type Routed = Offer | Pull | Joined | Whereabouts | Answer | Ask | Asks | Invite | Enlist
export type Message = Routed | Taken | Refused | Home | Moved | Settled | Seek | Absent | Unfound | Probe | Held | MonitorHome | Answers

const types = [
  'offer',
  'taken',
  'pull',
  'refused',
  'home',
  'moved',
  'joined',
  'settled',
  'whereabouts',
  'answer',
  'seek',
  'absent',
  'probe',
  'held',
  'unfound',
  'ask',
  'monitor',
  'enlist',
  'asks',
  'answers',
  'invite',
] as const satisfies readonly Message['type'][]

/** @param clock the sender's logical time */
export function encodeMessage(m: Message, clock: number): Uint8Array {
  const w = new ByteWriter(64)
  w.byte(types.indexOf(m.type))
  w.uint(clock)
  w.uint(m.id)
  if ('version' in m) w.uint(m.version)
  switch (m.type) {
    case 'offer':
      writeOffer(w, m.offer)
      break
    case 'taken':
      w.uint(m.stamp)
      w.uint(m.stream)
      break
    case 'pull':
      w.uint(m.to)
      break
    case 'home':
      w.uint(m.floor)
      w.byte(m.offer === undefined ? 0 : 1)
      if (m.offer !== undefined) writeOffer(w, m.offer)
      break
    case 'moved':
      w.uint(m.at)
      break
    case 'joined':
      w.uint(m.replyTo)
      w.bytes(m.results)
      break
    case 'whereabouts':
      w.uint(m.at)
      w.uint(m.moves)
      break
    case 'answer':
      writeValue(w, m.value)
      break
    case 'held':
    case 'probe':
      w.uints(m.ids)
      break
    case 'ask':
      w.uint(m.request)
      w.int(m.n)
      w.uint(m.process)
      w.uint(m.moves)
      w.uint(m.at)
      break
    case 'enlist':
      w.uint(m.process)
      w.uint(m.moves)
      w.uint(m.at)
      w.string(m.name)
      break
    case 'monitor':
      w.uint(m.kind)
      w.uints(m.state)
      w.uint(m.waiting.length)
      for (const numbers of m.waiting) for (const n of numbers) w.uint(n)
      w.uint(m.offers.length)
      for (const numbers of m.offers) for (const n of numbers) w.uint(n)
      break
    case 'asks':
      w.uint(m.request)
      writePairs(w, m.processes)
      w.uint(m.at)
      break
    case 'answers':
      w.uint(m.value)
      writePairs(w, m.processes)
      break
    case 'invite':
      w.uint(m.monitor)
      w.uint(m.at)
      break
    case 'seek':
    case 'absent':
      w.uint(m.round)
      break
    case 'unfound':
      w.uint(m.isLost ? 1 : 0)
      break
    case 'refused':
    case 'settled':
      break
  }
  return w.finish()
}

/** @throws SnapshotError when the bytes are no message */
export function decodeMessage(bytes: Uint8Array): { readonly message: Message; readonly clock: number } {
  const r = new ByteReader(bytes)
  const type = types[r.byte()]
  if (type === undefined) throw new SnapshotError('malformed', 'this is no message between nodes')
  const clock = r.uint()
  const message = readMessage(r, type, r.uint())
  r.finish()
  return { message, clock }
}

function readMessage(r: ByteReader, type: Message['type'], id: number): Message {
  switch (type) {
    case 'offer':
      return { type, id, version: r.uint(), offer: readOffer(r) }
    case 'taken':
      return { type, id, stamp: r.uint(), stream: r.below(3, 'stream') as Stream } // as many as there are
    case 'pull':
      return { type, id, version: r.uint(), to: r.uint() }
    case 'home': {
      const version = r.uint()
      const floor = r.uint()
      return { type, id, version, floor, offer: r.below(2, 'flag') === 1 ? readOffer(r) : undefined }
    }
    case 'moved':
      return { type, id, version: r.uint(), at: r.uint() }
    case 'joined':
      return { type, id, version: r.uint(), replyTo: r.uint(), results: r.bytes().slice() }
    case 'whereabouts':
      return { type, id, version: r.uint(), at: r.uint(), moves: r.uint() }
    case 'answer':
      return { type, id, version: r.uint(), value: readValue(r) }
    case 'probe':
    case 'held':
      return { type, id: 0, ids: r.uints('names') }
    case 'ask':
      return { type, id, version: r.uint(), request: r.uint(), n: r.int(), process: r.uint(), moves: r.uint(), at: r.uint() }
    case 'enlist':
      return { type, id, version: r.uint(), process: r.uint(), moves: r.uint(), at: r.uint(), name: r.string() }
    case 'monitor': {
      const version = r.uint()
      const kind = r.uint()
      const state = r.uints('names')
      const waiting = Array.from({ length: r.count(3, 'waiting processes') }, () => [r.uint(), r.uint(), r.uint()] as const)
      const offers = Array.from({ length: r.count(3, 'offering processes') }, () => [r.uint(), r.uint(), r.uint()] as const)
      return { type, id, version, kind, state, waiting, offers }
    }
    case 'asks':
      return { type, id, version: r.uint(), request: r.uint(), processes: readPairs(r), at: r.uint() }
    case 'answers':
      return { type, id: 0, value: r.uint(), processes: readPairs(r) }
    case 'invite':
      return { type, id, version: r.uint(), monitor: r.uint(), at: r.uint() }
    case 'seek':
    case 'absent':
      return { type, id, round: r.uint() }
    case 'unfound':
      return { type, id, isLost: r.below(2, 'flag') === 1 }
    case 'refused':
    case 'settled':
      return { type, id }
  }
}

/** Names that follow each other are near each other. */
function writePairs(w: ByteWriter, pairs: readonly (readonly [number, number])[]): void {
  w.uint(pairs.length)
  let last = 0
  for (const [id, n] of pairs) {
    w.int(id - last)
    w.uint(n)
    last = id
  }
}

function readPairs(r: ByteReader): (readonly [number, number])[] {
  let last = 0
  return Array.from({ length: r.count(2, 'processes') }, () => [(last += r.int()), r.uint()] as const)
}

function writeOffer(w: ByteWriter, offer: RemoteOffer): void {
  w.uint(offer.stamp)
  w.uint(offer.moves)
  w.uint(offer.replyTo)
  writeValue(w, offer.value)
}

function readOffer(r: ByteReader): RemoteOffer {
  return { stamp: r.uint(), moves: r.uint(), replyTo: r.uint(), value: readValue(r) }
}
