/**
 * Large values in a stream: chunks under the name of their hash, and then a head that says how many there are. They are read directly, with a limit
 * in time.
 *
 *   SUBJECT.HASH.head   `{"bytes": N, "chunks": N}`
 *   SUBJECT.HASH.0 ...  the bytes
 */
import { createHash } from 'node:crypto'
import type { BlobAnswer, StoredBlob } from './engine.ts'
import type { NatsReply, ServerConnection } from './nats-connection.ts'
import { readFromLeader } from './nats-reading.ts'
import { contentOf } from './nats-streams.ts'

/** Bytes of a value at most: it is held in memory as a whole. */
export const BLOB_BYTES = 1 << 30
/** Bytes of a chunk at most. */
const CHUNK_BYTES = 256 << 10
/** What a message carries besides. */
const ENVELOPE_BYTES = 1 << 10
/** Chunks under way at a time. */
const WINDOW = 8
const ANSWER_MS = 2_000
/** How long it is tried. */
const PATIENCE_MS = 15_000
const AGAIN_MS = 100
/** Milliseconds until one server is asked again that does not know a value: it may be behind the others. */
const BEHIND_MS = 5
const HEADS = 3

interface Head {
  readonly bytes: number
  readonly chunks: number
}

export class Chunks {
  private isClosed = false

  /** @param subject what the subjects begin with */
  constructor(
    private readonly connection: ServerConnection,
    private readonly stream: string,
    private readonly subject: string,
  ) {}

  close(): void {
    this.isClosed = true
  }

  /** @param done gets the hash once most servers have it; undefined when they did not answer in time */
  put(bytes: Uint8Array, done: (hash: string | undefined) => void): void {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const size = Math.min(CHUNK_BYTES, this.connection.maxPayload - ENVELOPE_BYTES)
    const count = Math.ceil(bytes.length / size)
    const write = (i: number, then: (ok: boolean) => void): void => {
      this.publish(`${this.subject}.${hash}.${i}`, bytes.subarray(i * size, (i + 1) * size), then)
    }
    each(count, write, (ok) => {
      if (!ok) {
        done(undefined)
        return
      }
      const head: Head = { bytes: bytes.length, chunks: count }
      this.publish(`${this.subject}.${hash}.head`, new TextEncoder().encode(JSON.stringify(head)), (written) => {
        done(written ? hash : undefined)
      })
    })
  }

  get(hash: string, done: (blob: BlobAnswer) => void): void {
    if (!/^[0-9a-f]{64}$/.test(hash)) {
      setImmediate(done, 'absent')
      return
    }
    this.head(hash, HEADS, (head) => {
      if (typeof head === 'string') done(head)
      else this.chunks(hash, head, done)
    })
  }

  /** @param done gets all that there are; undefined when the servers did not answer */
  list(done: (blobs: readonly StoredBlob[] | undefined) => void): void {
    const request = JSON.stringify({ subjects_filter: `${this.subject}.*.head` })
    this.connection.request(`$JS.API.STREAM.INFO.${this.stream}`, request, 2 * ANSWER_MS, (reply) => {
      const state = contentOf<{ state: { subjects?: Readonly<Record<string, number>> } }>(reply)?.state
      if (state === undefined) {
        done(undefined)
        return
      }
      const hashes = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(this.subject.length + 1, -'.head'.length))
      const found: StoredBlob[] = []
      const look = (i: number, then: (ok: boolean) => void): void => {
        const hash = hashes[i] ?? ''
        this.last(`${this.subject}.${hash}.head`, (answer) => {
          if (typeof answer === 'string') {
            then(false)
            return
          }
          const at = Date.parse(answer.headers?.get('Nats-Time-Stamp') ?? '')
          if (!Number.isNaN(at)) found.push({ hash, ageMs: Math.max(0, Date.now() - at) })
          then(true)
        })
      }
      each(hashes.length, look, (ok) => {
        done(ok ? found : undefined)
      })
    })
  }

  remove(hash: string): void {
    const request = JSON.stringify({ filter: `${this.subject}.${hash}.>` })
    this.connection.request(`$JS.API.STREAM.PURGE.${this.stream}`, request, ANSWER_MS, () => undefined)
  }

  /** Writes a message, again and again until it is acknowledged: it is the same each time. */
  private publish(subject: string, payload: Uint8Array, done: (ok: boolean) => void): void {
    const begun = performance.now()
    const attempt = (): void => {
      this.connection.request(subject, payload, ANSWER_MS, (reply) => {
        const answer = contentOf<{ seq: number; error: unknown }>(reply)
        if (answer?.seq !== undefined && answer.error === undefined) done(true)
        else if (this.isClosed || performance.now() - begun > PATIENCE_MS) done(false)
        else setTimeout(attempt, AGAIN_MS)
      })
    }
    attempt()
  }

  private last(subject: string, done: (reply: NatsReply) => void): void {
    this.connection.read(this.stream, { last_by_subj: subject }, ANSWER_MS, done)
  }

  private head(hash: string, times: number, done: (head: Head | 'absent' | 'unanswered') => void): void {
    const subject = `${this.subject}.${hash}.head`
    this.last(subject, (reply) => {
      const head = headOf(reply)
      if (head !== undefined) done(head)
      else if (times > 1) setTimeout(() => this.head(hash, times - 1, done), typeof reply === 'string' ? AGAIN_MS : BEHIND_MS)
      else this.headByLeader(subject, done)
    })
  }

  private headByLeader(subject: string, done: (head: Head | 'absent' | 'unanswered') => void): void {
    readFromLeader(this.connection, this.stream, { last_by_subj: subject }, ANSWER_MS, (answer) => {
      done(typeof answer === 'string' ? answer : (headFrom(answer.text) ?? 'unanswered'))
    })
  }

  private chunks(hash: string, { bytes, chunks }: Head, done: (blob: BlobAnswer) => void): void {
    const whole = Buffer.allocUnsafe(bytes)
    const begun = performance.now()
    const parts: Uint8Array[] = []
    const read = (i: number, then: (ok: boolean) => void): void => {
      this.last(`${this.subject}.${hash}.${i}`, (reply) => {
        if (typeof reply !== 'string' && reply.headers?.code !== 404) {
          parts[i] = reply.data
          then(true)
        } else if (this.isClosed || performance.now() - begun > PATIENCE_MS) then(false)
        else if (typeof reply === 'string') setTimeout(read, AGAIN_MS, i, then)
        else if (performance.now() - begun > ANSWER_MS)
          then(false) // it was removed meanwhile
        else setTimeout(read, BEHIND_MS, i, then)
      })
    }
    each(chunks, read, (ok) => {
      if (!ok) {
        this.headByLeader(`${this.subject}.${hash}.head`, (head) => {
          done(head === 'absent' ? 'absent' : 'unanswered')
        })
        return
      }
      let at = 0
      for (const part of parts) {
        if (at + part.length > bytes) break
        whole.set(part, at)
        at += part.length
      }
      done(at === bytes && createHash('sha256').update(whole).digest('hex') === hash ? whole : 'unanswered')
    })
  }
}

/** Does something for each index below `count`, WINDOW at a time, until one of them fails. `done` is never called before this has returned. */
function each(count: number, work: (i: number, then: (ok: boolean) => void) => void, done: (ok: boolean) => void): void {
  let begun = 0
  let ended = 0
  let failed = false
  const next = (): void => {
    const i = begun++
    work(i, (ok) => {
      ended++
      if (failed) return
      if (!ok) {
        failed = true
        done(false)
      } else if (ended === count) done(true)
      else if (begun < count) next()
    })
  }
  if (count === 0) setImmediate(done, true)
  while (begun < Math.min(count, WINDOW)) next()
}

function headOf(reply: NatsReply): Head | undefined {
  return typeof reply === 'string' ? undefined : headFrom(reply.string())
}

/** @returns undefined for what is no head, or one of more than a value may have */
function headFrom(text: string): Head | undefined {
  try {
    const { bytes, chunks } = JSON.parse(text) as Partial<Head>
    return isCountBelow(bytes, BLOB_BYTES) && isCountBelow(chunks, BLOB_BYTES) ? { bytes, chunks } : undefined
  } catch {
    return undefined
  }
}

function isCountBelow(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most
}
