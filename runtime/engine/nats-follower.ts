/**
 * Following the log: every message once, in order, by direct reads. A consumer falls silent for up to a minute when its server dies; a direct read is
 * answered by any server that has the stream.
 *
 * A read is made when something is known to be there: an acknowledgement has said so, or a hint, which the servers publish for each message they
 * take. Every POLL_MS one is made anyhow.
 */
import type { Msg } from '@nats-io/transport-node'
import type { ServerConnection } from './nats-connection.ts'
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
  private readonly read = new Map<number, Msg>()
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

  /** Hands on what was read, as far as it is in order, and reads on. */
  goOn(): void {
    for (let message = this.read.get(this.next); message !== undefined && !this.isLost; message = this.read.get(this.next)) {
      const at = this.next
      this.read.delete(at)
      this.next++
      this.events.message(at, message.string())
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
    this.connection.read(this.names.log.stream, { seq: at }, READ_MS, (reply) => {
      if (this.isClosed || at < this.next || this.isLost) {
        this.reading.delete(at)
        return
      }
      if (typeof reply !== 'string' && sequenceOf(reply) === at) {
        this.reading.delete(at)
        this.read.set(at, reply)
        this.goOn()
        return
      }
      if (times >= READS && at === this.next) this.poll()
      setTimeout(
        () => {
          if (this.isClosed || at < this.next || this.isLost) this.reading.delete(at)
          else this.fetch(at, times + 1)
        },
        typeof reply === 'string' ? 30 * AGAIN_MS : Math.min(times, 30) * AGAIN_MS,
      )
    })
  }

  /** Looks for the next message, whether it is known to be there or not. */
  private poll(): void {
    if (this.isClosed || this.isLost || !this.connection.up) return
    const { next } = this
    const { stream, all } = this.names.log
    this.connection.read(stream, { seq: next, next_by_subj: all }, READ_MS, (reply) => {
      if (this.isClosed || this.isLost || next !== this.next || typeof reply === 'string') return
      const at = sequenceOf(reply)
      if (at === next) {
        this.read.set(at, reply)
        if (at > this.known) this.known = at
        this.goOn()
        if (this.next > this.known) this.poll() // there may be more
      } else if (at > next) {
        this.halt()
        this.events.behind(at)
      }
    })
  }
}
