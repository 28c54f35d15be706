/**
 * Following the log: every message once, in order, each read by itself (nats-reading.ts). A consumer falls silent for up to a minute when its server dies.
 *
 * A read is made when something is known to be there: an acknowledgement has said so, or a hint, which the servers publish for each message they
 * take. Every POLL_MS one is made anyhow.
 */
import type { ServerConnection, StoredMessage } from './nats-connection.ts'
import { readLog } from './nats-reading.ts'
import type { ReadAnswer } from './nats-reading.ts'
import { sequenceOf } from './nats-streams.ts'
import type { ClusterNames } from './nats-streams.ts'

const POLL_MS = 1_000
const READ_MS = 2_000
/** Reads at a time. */
const WINDOW = 32
/** Milliseconds until a read that found nothing is made again: the server that was asked may be a little behind. */
const AGAIN_MS = 3
/** Reads of a message that is known to be there, until it is looked whether it was removed. */
const READS = 4

export interface FollowerEvents {
  /** The next message. */
  message(at: number, text: string): void
  /** The next messages are not there, and `next` is the first one that is: `follower.begin` has to be told where to go on. */
  behind(next: number): void
}

export class Follower {
  /** Number of the next message. */
  private next = 1
  /** Greatest number that is known to be there. */
  private known = 0
  private readonly reading = new Set<number>()
  /** Texts of messages that were read before their turn. */
  private readonly read = new Map<number, string>()
  private isLost = false
  private isClosed = false
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly connection: ServerConnection,
    private readonly names: ClusterNames,
    private readonly events: FollowerEvents,
  ) {
    this.timer = setInterval(() => {
      this.poll()
    }, POLL_MS)
    connection.subscribe(names.log.hints, (hint) => {
      this.heard(sequenceOf(hint))
    })
    connection.listen((up) => {
      if (up) this.poll()
    })
  }

  get at(): number {
    return this.next
  }

  /** Hands on nothing until `begin`. @param at number of the next message: one that was handed on just now may have to be handed on again */
  halt(at = this.next): void {
    this.next = at
    this.isLost = true
    this.read.clear()
  }

  /** Goes on from this message, before which it was halted or had fallen behind. */
  begin(at: number): void {
    this.next = at
    this.isLost = false
    this.read.clear()
    this.poll()
    this.goOn()
  }

  /** There is a message of this number. */
  heard(at: number): void {
    if (at <= this.known) return
    this.known = at
    this.goOn()
  }

  /** A message is known without having been read. @returns whether it is the next one, which is taken so */
  take(at: number): boolean {
    if (at > this.known) this.known = at
    if (at !== this.next || this.isLost) return false
    this.next++
    return true
  }

  /** Hands on what was read, as far as it is in order, and reads on. */
  goOn(): void {
    for (let text = this.read.get(this.next); text !== undefined && !this.isLost; text = this.read.get(this.next)) {
      const at = this.next
      this.read.delete(at)
      this.next++
      this.events.message(at, text)
    }
    for (const at of this.read.keys()) if (at < this.next) this.read.delete(at)
    if (this.isLost || this.isClosed) return
    for (let at = this.next; at <= this.known && at < this.next + WINDOW; at++)
      if (!this.reading.has(at) && !this.read.has(at)) this.fetch(at, 1)
  }

  close(): void {
    this.isClosed = true
    clearInterval(this.timer)
  }

  private fetch(at: number, times: number): void {
    this.reading.add(at)
    this.look({ seq: at }, (answer) => {
      if (this.isClosed || at < this.next || this.isLost) {
        this.reading.delete(at)
        return
      }
      if (typeof answer !== 'string' && answer.at === at) {
        this.reading.delete(at)
        this.read.set(at, answer.text)
        this.goOn()
        return
      }
      if (times >= READS && at === this.next) this.poll()
      setTimeout(
        () => {
          if (this.isClosed || at < this.next || this.isLost) this.reading.delete(at)
          else this.fetch(at, times + 1)
        },
        answer === 'unanswered' ? 30 * AGAIN_MS : Math.min(times, 30) * AGAIN_MS,
      )
    })
  }

  /** Looks for the next message, whether it is known to be there or not. */
  private poll(): void {
    if (this.isClosed || this.isLost || !this.connection.up) return
    const { next } = this
    this.look({ seq: next, next_by_subj: this.names.log.all }, (answer) => {
      if (this.isClosed || this.isLost || next !== this.next || typeof answer === 'string') return
      const { at, text } = answer
      if (at === next) {
        this.read.set(at, text)
        if (at > this.known) this.known = at
        this.goOn()
        if (this.next > this.known) this.poll() // there may be more
      } else if (at > next) {
        this.halt()
        this.events.behind(at)
      }
    })
  }

  private look(which: StoredMessage, found: (answer: ReadAnswer) => void): void {
    readLog(this.connection, this.names, which, READ_MS, found)
  }
}
