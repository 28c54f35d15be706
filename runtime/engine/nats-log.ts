/**
 * The directory of a cluster on NATS: a log of compare-and-sets that all members append to and all members read.
 *
 * A compare-and-set is one message of a stream, so the servers put those of all members into one order. Every member folds the messages in that order with
 * one pure function (nats-log-messages.ts) and learns what became of its own where its own stands. Nothing is asked of the servers but to keep messages in an
 * order: no key-value bucket, no expected sequence number, no message id. docs/decisions/0011 says why.
 *
 * Certainty
 * - A message that was not acknowledged is sent again as it is, until it is found in the log; the fold counts it once. When a later one of the same
 *   writer is found first, the earlier one never will count, and is written anew.
 * - The leader's acknowledgement says where a message stands, and its word is what is read (nats-reading.ts): other servers may have another message there.
 * - A read is a compare-and-set without changes: no server's word is taken for what is latest. Reads that wait share one.
 * - The answer is `unknown` when nothing was found for GIVE_UP_MS, and for what was in the log when this member had fallen behind.
 *
 * Gaps: servers that have no room refuse a message, and its number is used up all the same. A message that is missing has been compacted, if there is a
 * snapshot that holds it, or never was. Messages are removed only after there is such a snapshot.
 *
 * Compaction: a member writes the directory into a blob and then a message that says so; then the messages before are removed, which may happen
 * late or twice. Whoever finds the next message gone begins with the last snapshot.
 */
import { randomBytes } from 'node:crypto'
import type { Cancel, Change, Directory, SwapOutcome, WatchedEntry } from './engine.ts'
import { EngineError } from './engine-error.ts'
import { requireSwapFits } from './limits.ts'
import { Agreement } from './nats-agreement.ts'
import { Chunks } from './nats-chunks.ts'
import type { ServerConnection } from './nats-connection.ts'
import { Follower } from './nats-follower.ts'
import { decodeLogMessage, encodeLogMessage, LogState } from './nats-log-messages.ts'
import type { LogMessage, Verdict } from './nats-log-messages.ts'
import { readLog } from './nats-reading.ts'
import { contentOf } from './nats-streams.ts'
import type { ClusterNames } from './nats-streams.ts'
import { Watches } from './watches.ts'

/** Bytes of a message besides its changes, at most. */
const ENVELOPE_BYTES = 1 << 10
/** Milliseconds for an acknowledgement, between two attempts, and until the answer is `unknown`. */
const ACKNOWLEDGE_MS = 1_500
const AGAIN_MS = 200
const GIVE_UP_MS = 10_000
/** The log is compacted when it has grown by this and by twice what the directory takes. */
const LOG_BYTES = 512 << 10
/**
 * Where there are several replicas the log is compacted, too, when the last snapshot is this old and the log has grown by this part of the directory: replicas that
 * differ (nats-reading.ts) are the same again once what differs was removed. A member waits up to twice as long, so that not all of them do it.
 */
const SNAPSHOT_MS = 60_000
const SNAPSHOT_PART = 1 / 16
/** How often it is looked for a snapshot that holds what is missing, until what is missing never was. Another server may be asked each time. */
const LOOKS = 3
/** Milliseconds for which a snapshot is kept at least. */
const SNAPSHOT_KEPT_MS = 60_000

interface Pending {
  readonly changes: readonly Change[]
  readonly done: (outcome: SwapOutcome) => void
  readonly since: number
  serial: number
  bytes: Uint8Array
  /** How often it was sent: of several attempts only the last one is repeated. */
  attempts: number
}

/** A snapshot of the directory after message number `at`, and the one that was the last when it was made. */
interface Written {
  readonly hash: string
  readonly at: number
  readonly before: string | undefined
}

interface Read {
  readonly look: () => void
  readonly lost: () => void
}

export class NatsLog implements Directory {
  private readonly state = new LogState()
  private readonly watches = new Watches(this.state.table)
  private readonly writer = randomBytes(6).toString('hex')
  private readonly follower: Follower
  private readonly snapshots: Chunks
  private serial = 0
  /** Own compare-and-sets that were not found in the log yet, by serial number, which is their order. */
  private readonly pending = new Map<number, Pending>()
  private reads: Read[] = []
  private isReading = false
  private isClosed = false
  private hasFailed = false
  /** Bytes of the log since the last snapshot, and how often that was reason to make one. */
  private grown = 0
  private asked = 0
  private isSnapshotting = false
  /** When the next snapshot is due however little the log has grown. */
  private snapshotDue = 0
  private lastSnapshot: string | undefined
  /** What this member has written last, until it is found in the log. */
  private written: Written | undefined
  private readonly agreement: Agreement
  /** Why the servers do not take what is written, in their words; undefined while they do, or say nothing. */
  refusal: string | undefined

  /**
   * @param trouble hears once that the log cannot be followed any more
   * @param snapshotMs milliseconds after which the log is compacted although it is short, where there are replicas
   */
  constructor(
    private readonly connection: ServerConnection,
    private readonly names: ClusterNames,
    private readonly trouble: (error: EngineError) => void,
    private readonly snapshotMs = SNAPSHOT_MS,
  ) {
    this.begun(undefined)
    this.snapshots = new Chunks(connection, names.blobs.stream, names.blobs.snapshots)
    this.follower = new Follower(connection, names, {
      message: (at, text) => {
        this.found(at, text)
      },
      behind: (next) => {
        this.load(next, LOOKS)
      },
    })
    const { state, follower, snapshots } = this
    const fail = (error: EngineError): void => {
      this.fail(error)
    }
    this.agreement = new Agreement({ connection, names, snapshots, state, follower, fail })
    connection.listen((up) => {
      // what was under way may be lost: nobody has to wait until it would have been acknowledged
      if (up) for (const [serial, pending] of [...this.pending]) this.send(pending, serial)
    })
  }

  /** What a compare-and-set may take: it is one message. */
  get swapBytes(): number {
    return this.connection.maxPayload - ENVELOPE_BYTES
  }

  get(keys: readonly string[], done: (values: readonly (string | undefined)[] | undefined) => void): void {
    this.read(() => keys.map((key) => this.state.table.get(key)), done)
  }

  list(prefix: string, done: (entries: readonly (readonly [key: string, value: string])[] | undefined) => void): void {
    this.read(() => this.state.table.list(prefix), done)
  }

  watch(prefix: string, handler: (entries: readonly WatchedEntry[]) => void): Cancel {
    let cancelled = false
    let cancel: Cancel = () => undefined
    const begin = (): void => {
      this.read(
        () => {
          if (!cancelled) cancel = this.watches.add(prefix, handler)
          return true
        },
        (begun) => {
          if (begun !== true && !cancelled && !this.hasFailed) setTimeout(begin, AGAIN_MS)
        },
      )
    }
    begin()
    return () => {
      cancelled = true
      cancel()
    }
  }

  swap(changes: readonly Change[], done: (outcome: SwapOutcome) => void): void {
    requireSwapFits(changes, this.swapBytes)
    const pending: Pending = { changes, done, since: performance.now(), serial: 0, bytes: NOTHING, attempts: 0 }
    const size = this.enter(pending)
    if (size > this.connection.maxPayload) {
      this.pending.delete(pending.serial)
      throw new EngineError(
        'too-large',
        `one compare-and-set is beyond the limit swapBytes of the cluster's engine: its message has ${size} bytes`,
      )
    }
    this.send(pending, pending.serial)
  }

  close(): void {
    this.isClosed = true
    this.follower.close()
    this.agreement.close()
    this.snapshots.close()
    for (const each of [...this.pending.values()]) this.answer(each, 'unknown')
    this.pending.clear()
    this.reads = []
  }

  // ------------------------------------------------------------------------------------------------------------------ writing

  /** Gives a compare-and-set its serial number. @returns the bytes of its message */
  private enter(pending: Pending): number {
    pending.serial = ++this.serial
    const { serial, changes } = pending
    const { digest } = this.state
    pending.bytes = encodeLogMessage({ kind: 'swap', writer: this.writer, serial, stand: this.follower.at, digest, changes })
    this.pending.set(serial, pending)
    return pending.bytes.length
  }

  /** Sends a message until it is found, under this serial number. */
  private send(pending: Pending, serial: number): void {
    const attempt = ++pending.attempts
    const isOpen = (): boolean => this.pending.get(serial) === pending && pending.attempts === attempt
    const giveUp = (): void => {
      if (!isOpen()) return
      this.pending.delete(serial)
      this.answer(pending, 'unknown')
    }
    if (this.hasFailed && !this.isClosed) {
      setTimeout(giveUp, AGAIN_MS) // who asks again at once would do nothing else any more
      return
    }
    if (this.isClosed || performance.now() - pending.since > GIVE_UP_MS) {
      giveUp()
      return
    }
    const { bytes } = pending // it may be written anew before it is heard of
    this.connection.request(this.names.log.subject, bytes, ACKNOWLEDGE_MS, (reply) => {
      const { seq, error } = contentOf<{ seq: number; error: { description?: string } }>(reply) ?? {}
      const at = error === undefined ? seq : undefined
      if (error !== undefined) this.refusal = error.description ?? 'no reason is given'
      if (at !== undefined) {
        this.refusal = undefined
        this.acknowledged(at, bytes)
      }
      if (isOpen())
        setTimeout(
          () => {
            if (isOpen()) this.send(pending, serial)
          },
          at === undefined ? AGAIN_MS : ACKNOWLEDGE_MS,
        )
    })
  }

  /** Most servers have it. When it is the next message it need not be read. */
  private acknowledged(at: number, bytes: Uint8Array): void {
    if (this.isClosed) return
    if (this.follower.take(at)) this.found(at, Buffer.from(bytes).toString())
    this.follower.goOn()
  }

  private answer({ done }: Pending, outcome: SwapOutcome): void {
    queueMicrotask(() => {
      done(outcome)
    })
  }

  // ------------------------------------------------------------------------------------------------------------------ reading

  private read<T>(look: () => T, done: (found: T | undefined) => void): void {
    if (this.isClosed) return
    this.reads.push({
      look: () => {
        const found = look()
        queueMicrotask(() => {
          done(found)
        })
      },
      lost: () => {
        queueMicrotask(() => {
          done(undefined)
        })
      },
    })
    if (this.isReading) return
    this.isReading = true
    queueMicrotask(() => {
      this.readTogether()
    })
  }

  private readTogether(): void {
    const { reads } = this
    this.reads = []
    this.isReading = reads.length > 0
    if (!this.isReading || this.isClosed) return
    const pending: Pending = {
      changes: [],
      since: performance.now(),
      serial: 0,
      bytes: NOTHING,
      attempts: 0,
      done: (outcome) => {
        if (this.isClosed) return
        if (outcome === 'done') for (const { look } of reads) look()
        else for (const { lost } of reads) lost()
        this.readTogether()
      },
    }
    this.enter(pending)
    this.send(pending, pending.serial)
  }

  // ------------------------------------------------------------------------------------------------------------------ folding

  private found(at: number, text: string): void {
    if (this.isClosed) return
    this.fold(at, decodeLogMessage(text), text.length)
  }

  private fold(at: number, message: LogMessage | undefined, bytes: number): void {
    if (message === undefined) {
      this.fail(
        new EngineError(
          'failed',
          `message ${at} of the stream ${this.names.log.stream} is not one of this version's`,
          'use the same version of godwit everywhere',
        ),
      )
      return
    }
    if (this.agreement.isDoubtful(at, message)) return
    this.grown += bytes
    switch (message.kind) {
      case 'swap': {
        const verdict = this.state.swap(at, message)
        if (verdict === 'done') this.watches.committed(message.changes)
        if (message.writer === this.writer) this.decided(message.serial, verdict)
        this.askForSnapshot(message.writer)
        return
      }
      case 'snapshot':
        this.state.forget(at)
        this.begun(message.hash)
        if (message.hash === this.written?.hash) this.compact(this.written)
    }
  }

  /** An own message was found. */
  private decided(serial: number, verdict: Verdict): void {
    const found = this.pending.get(serial)
    if (found !== undefined) {
      this.pending.delete(serial)
      if (verdict === 'void') this.renew(found)
      else this.answer(found, verdict)
    }
    if (verdict === 'void') return
    for (const [earlier, pending] of this.pending) {
      if (earlier > serial) break
      this.pending.delete(earlier)
      this.renew(pending)
    }
  }

  /** It never will count: it is written anew. */
  private renew(pending: Pending): void {
    this.enter(pending)
    this.send(pending, pending.serial)
  }

  private fail(error: EngineError): void {
    if (this.hasFailed || this.isClosed) return
    this.hasFailed = true
    this.follower.close()
    for (const each of this.pending.values()) this.answer(each, 'unknown')
    this.pending.clear()
    queueMicrotask(() => {
      this.trouble(error)
    })
  }

  // ---------------------------------------------------------------------------------------------------------------- compaction

  /** There is a snapshot that holds all that was read. */
  private begun(hash: string | undefined): void {
    this.lastSnapshot = hash
    this.grown = this.asked = 0
    this.snapshotDue = this.names.replicas > 1 ? performance.now() + this.snapshotMs * (1 + Math.random()) : Infinity
  }

  /**
   * The log has grown. Whoever has written the message that made it long enough, or after which a snapshot was due, makes one; if that fails, whoever writes a
   * later one.
   */
  private askForSnapshot(writer: string): void {
    const { size } = this.state.table
    const times = Math.floor(this.grown / (LOG_BYTES + 2 * size))
    const isDue = performance.now() > this.snapshotDue && this.grown >= size * SNAPSHOT_PART
    if (times <= this.asked && !isDue) return
    this.asked = Math.max(this.asked, times)
    if (writer !== this.writer || this.isSnapshotting) return
    const at = this.follower.at - 1
    if (!this.agreement.isSound(at)) return
    const { digest } = this.state
    this.isSnapshotting = true
    this.snapshots.put(this.state.encode(), (hash) => {
      if (hash === undefined || this.isClosed) {
        this.isSnapshotting = false
        return
      }
      this.written = { hash, at, before: this.lastSnapshot }
      const message = encodeLogMessage({ kind: 'snapshot', at, hash, digest })
      this.connection.request(this.names.log.snapshots, message, ACKNOWLEDGE_MS, (reply) => {
        this.isSnapshotting = false
        const seq = contentOf<{ seq: number }>(reply)?.seq
        if (seq !== undefined) this.acknowledged(seq, message)
      })
    })
  }

  /** An own snapshot was found in the log: the messages that it holds are removed. */
  private compact({ hash, at, before }: Written): void {
    this.written = undefined
    const purge = JSON.stringify({ seq: at + 1 })
    this.connection.request(`$JS.API.STREAM.PURGE.${this.names.log.stream}`, purge, ACKNOWLEDGE_MS, () => undefined)
    this.forgetSnapshots(hash, before)
  }

  /** Removes old snapshots, but for the last and the one before it, which somebody may be reading. */
  private forgetSnapshots(last: string, before: string | undefined): void {
    this.snapshots.list((all) => {
      for (const { hash, ageMs } of all ?? []) {
        if (hash !== last && hash !== before && ageMs > SNAPSHOT_KEPT_MS && !this.isClosed) this.snapshots.remove(hash)
      }
    })
  }

  /** Begins with the last snapshot; or with message number `next`, the first one that is there, where no snapshot holds those before. */
  private load(next: number, looks: number): void {
    const again = (left: number): void => {
      setTimeout(() => {
        if (!this.isClosed && !this.hasFailed) this.load(next, left)
      }, AGAIN_MS)
    }
    readLog(this.connection, this.names, { last_by_subj: this.names.log.snapshots }, ACKNOWLEDGE_MS, (answer) => {
      if (this.isClosed) return
      if (answer === 'unanswered') {
        again(looks)
        return
      }
      const message = answer === 'absent' ? undefined : decodeLogMessage(answer.text)
      if (message?.kind !== 'snapshot' || message.at < this.follower.at) {
        if (looks > 0) again(looks - 1)
        else if (this.follower.at === 1) this.agreement.lacks()
        else this.skip(next)
        return
      }
      this.snapshots.get(message.hash, (bytes) => {
        if (this.isClosed) return
        if (typeof bytes !== 'string') this.restore(message.at, message.hash, bytes)
        else if (bytes === 'unanswered') again(looks)
        else if (looks > 0) again(looks - 1)
        else this.agreement.lacks() // somebody has removed it
      })
    })
  }

  /** Goes on with a message before which some are missing that never were. If that were wrong, the digests would tell. */
  private skip(next: number): void {
    this.state.skip(next - 1)
    this.follower.begin(next)
  }

  private restore(at: number, hash: string, bytes: Uint8Array): void {
    const made = this.watches.replacing(() => this.state.decode(bytes, at))
    if (!made) {
      this.fail(
        new EngineError(
          'failed',
          `the snapshot in the stream ${this.names.blobs.stream} is damaged, or not one of this version's`,
          'use the same version of godwit everywhere',
        ),
      )
      return
    }
    this.begun(hash)
    const last = this.state.serialOf(this.writer)
    for (const [serial, pending] of this.pending) {
      if (serial > last) break
      this.pending.delete(serial)
      this.answer(pending, 'unknown') // it was in the log, and what it has come to is not known
    }
    this.follower.begin(at + 1)
  }
}

const NOTHING = new Uint8Array(0)
