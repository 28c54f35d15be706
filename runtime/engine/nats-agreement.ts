/**
 * Whether all members make the same of the log. Each message has a digest of what its writer had made of all before. A member that has made something else of
 * them folds nothing more until it has folded the log once again, from its last snapshot on. If it gets what it had, the writer was wrong, and finds that
 * out by itself; else this member is wrong, and acts no more. Where messages are missing, it may be the log that is wrong. So the log decides who is right, not who is more.
 */
import type { Chunks } from './nats-chunks.ts'
import type { ServerConnection, StoredMessage } from './nats-connection.ts'
import type { Follower } from './nats-follower.ts'
import { EngineError } from './engine-error.ts'
import { decodeLogMessage, LogState } from './nats-log-messages.ts'
import type { LogMessage } from './nats-log-messages.ts'
import { readLog } from './nats-reading.ts'
import type { ClusterNames } from './nats-streams.ts'

/** How often it is looked for a message that is not there, until it never was. */
const LOOKS = 3
/** Milliseconds for an answer, and between two attempts. */
const READ_MS = 2_000
const AGAIN_MS = 200

/** Writers of whom it is remembered that they were wrong. */
const REMEMBERED = 100

/** What the agreement is about. */
export interface Folded {
  readonly connection: ServerConnection
  readonly names: ClusterNames
  readonly snapshots: Chunks
  readonly state: LogState
  readonly follower: Follower
  /** This member is wrong. */
  readonly fail: (error: EngineError) => void
}

export class Agreement {
  private refold: Refold | undefined
  /** Writers that were wrong; they go by themselves. */
  private readonly wrong = new Set<string>()

  constructor(private readonly folded: Folded) {}

  close(): void {
    this.refold?.close()
  }

  /** @returns whether a message must not be folded yet: its writer had made something else of those before. It is handed on again if the writer was wrong */
  isDoubtful(at: number, message: LogMessage): boolean {
    const { state, follower } = this.folded
    const writer = message.kind === 'swap' ? message.writer : message.hash
    if (this.wrong.has(writer) || !state.disagrees(message)) return false
    const own = state.digest
    follower.halt(at) // what is written meanwhile stands before it, as its digest says
    this.refold = new Refold(this.folded, at - 1, (digest, hasSkipped) => {
      if (digest !== own) this.fail(at - 1)
      else if (!this.isSound(at - 1)) return
      else if (hasSkipped)
        this.lacks() // nobody can tell whether that was right
      else {
        if (this.wrong.size === REMEMBERED) this.wrong.clear()
        this.wrong.add(writer)
        follower.begin(at)
      }
    })
    return true
  }

  /** Looks at the whole directory. @returns false when it is not what this member has made it: then this member has failed */
  isSound(at: number): boolean {
    if (this.folded.state.isSound()) return true
    this.fail(at)
    return false
  }

  /** The log does not hold what leads to where it is: nobody can begin with it. */
  lacks(): void {
    const { log, blobs } = this.folded.names
    const help = `stop what still runs there, remove the streams ${log.stream} and ${blobs.stream} and start again`
    this.folded.fail(new EngineError('failed', `the stream ${log.stream} lacks messages, and there is no snapshot of them`, help))
  }

  private fail(at: number): void {
    this.folded.fail(
      new EngineError(
        'failed',
        `what this OS process has made of the stream ${this.folded.names.log.stream} up to message ${at} is not what the stream says`,
        'start it again: it reads the stream anew. If that happens again on this machine, have its memory tested; if it happens on several, the NATS servers keep different messages under one number',
      ),
    )
  }
}

class Refold {
  private state = new LogState()
  /** Number of the next message. */
  private next = 1
  /** How often the next message was not there, though a later one was, or what a snapshot tells of was not. */
  private holes = 0
  private hasSkipped = false
  private isClosed = false

  /**
   * @param upTo number of the message after which the digests are compared
   * @param done gets the digest after that message, undefined when the log does not have any more what leads there; and whether messages were missing on the way
   */
  constructor(
    private readonly folded: Pick<Folded, 'connection' | 'names' | 'snapshots'>,
    private readonly upTo: number,
    private readonly done: (digest: number | undefined, hasSkipped: boolean) => void,
  ) {
    this.begin()
  }

  close(): void {
    this.isClosed = true
  }

  private begin(): void {
    const { names, snapshots } = this.folded
    this.hasSkipped = false
    this.get({ last_by_subj: names.log.snapshots }, (at, message) => {
      if (at === 0) {
        this.state = new LogState()
        this.next = 1
        this.readOn()
      } else if (message?.kind !== 'snapshot' || message.at > this.upTo) this.done(undefined, false)
      else
        snapshots.get(message.hash, (bytes) => {
          if (this.isClosed) return
          if (bytes === 'unanswered' || (bytes === 'absent' && ++this.holes <= LOOKS)) this.again()
          else if (bytes === 'absent' || !this.state.decode(bytes, message.at)) this.done(undefined, false)
          else {
            this.next = message.at + 1
            this.readOn()
          }
        })
    })
  }

  private readOn(): void {
    if (this.next > this.upTo) {
      this.done(this.state.digest, this.hasSkipped)
      return
    }
    this.get({ seq: this.next, next_by_subj: this.folded.names.log.all }, (at, message) => {
      if (at < this.next || message === undefined || (at > this.next && ++this.holes <= LOOKS)) {
        this.again() // it was removed meanwhile, or that server does not have it yet
        return
      }
      if (at > this.upTo) {
        this.done(this.state.digest, this.hasSkipped)
        return
      }
      if (at > this.next) this.hasSkipped = true // what stood between never was, it seems: see nats-log.ts
      this.next = at
      if (message.kind === 'swap') this.state.swap(at, message)
      else this.state.forget(at)
      this.next++
      this.readOn()
    })
  }

  private again(): void {
    setTimeout(() => {
      if (!this.isClosed) this.begin()
    }, AGAIN_MS)
  }

  /** @param found gets a message with its number; number 0 when there is none */
  private get(which: StoredMessage, found: (at: number, message: LogMessage | undefined) => void): void {
    const { connection, names } = this.folded
    readLog(connection, names, which, READ_MS, (answer) => {
      if (this.isClosed) return
      if (answer === 'unanswered') this.again()
      else if (answer === 'absent') found(0, undefined)
      else found(answer.at, decodeLogMessage(answer.text))
    })
  }
}
