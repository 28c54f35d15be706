/**
 * Clients that look at their connection from outside. Each sends numbers, one after the other, four bytes with four bytes of a hash of all
 * numbers so far, and waits for what comes back: what does not come is lost, what comes twice is doubled, what comes with another hash is garbled, and the
 * longest wait is the pause that a client sees.
 */
import { connect as dial } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '../client/node.ts'

const WORD = 8
/** Milliseconds between two clients that come. */
const APART_MS = 2
/** A client that hears nothing for so long takes its connection for dead. */
const DEAD_MS = 5000

/** What one client has seen. */
export interface Seen {
  /** Milliseconds between a number and its answer. */
  readonly waits: number[]
  /** Whether the connection was there at the end. */
  survived: boolean
  lost: number
  doubled: number
  /** Words whose hash is not that of the word that was sent. */
  garbled: number
}

/** One way to send words and to get them back. */
interface Line {
  send(word: Buffer): void
  /** Is called with each word that comes, in order. */
  onWord: (word: Buffer) => void
  /** Is called when the line is dead, for good. */
  onDeath: () => void
  close(): void
}

function words(bytes: Buffer, rest: { bytes: Buffer }, heard: (word: Buffer) => void): void {
  let all = rest.bytes.length === 0 ? bytes : Buffer.concat([rest.bytes, bytes])
  while (all.length >= WORD) {
    heard(all.subarray(0, WORD))
    all = all.subarray(WORD)
  }
  rest.bytes = all
}

/** A plain socket. A word of four bytes 255 and a port sends it there (`bench/peers/outside.js redirect`). */
class SocketLine implements Line {
  onWord: (word: Buffer) => void = () => undefined
  onDeath: () => void = () => undefined
  private socket: Socket
  private unanswered: Buffer | undefined
  private isOver = false

  constructor(port: number) {
    this.socket = this.open(port)
  }

  private open(port: number): Socket {
    const rest = { bytes: Buffer.alloc(0) }
    const socket = dial({ port, host: '127.0.0.1', noDelay: true })
    socket.on('data', (bytes: Buffer) => {
      words(bytes, rest, (word) => {
        if (word.readUInt32BE(0) === 0xffffffff) {
          this.socket = this.open(word.readUInt32BE(4))
          if (this.unanswered !== undefined) this.socket.write(this.unanswered)
          socket.destroy()
        } else {
          this.unanswered = undefined
          this.onWord(word)
        }
      })
    })
    socket.on('error', () => undefined) // `close` follows
    socket.on('close', () => {
      if (this.socket === socket && !this.isOver) this.onDeath()
    })
    return socket
  }

  send(word: Buffer): void {
    this.unanswered = word
    this.socket.write(word)
  }

  close(): void {
    this.isOver = true
    this.socket.destroy()
  }
}

/** A connection of the client library. */
class SessionLine implements Line {
  onWord: (word: Buffer) => void = () => undefined
  onDeath: () => void = () => undefined
  private readonly session: ReturnType<typeof connect>

  constructor(port: number) {
    this.session = connect(`ws://127.0.0.1:${port}/`)
    const reading = async (): Promise<void> => {
      for await (const message of this.session) if (typeof message !== 'string') this.onWord(Buffer.from(message))
    }
    reading().catch(() => {
      this.onDeath()
    })
  }

  send(word: Buffer): void {
    this.session.send(word).catch(() => undefined) // the reader is told
  }

  close(): void {
    void this.session.close()
  }
}

/** How the clients of a run come. */
export interface Crowd {
  readonly port: number
  readonly clients: number
  readonly by: 'socket' | 'session'
  /** Is asked before each number whether there is to be one more. @param milliseconds since the first answer */
  readonly goesOn: (milliseconds: number) => boolean
  /** Between an answer and the next number. */
  readonly pauseMs: number
}

/** Lets clients send numbers for a while. @returns what each has seen, without its first answer, before which it had to be accepted */
export async function watch({ port, clients, by, goesOn, pauseMs }: Crowd): Promise<readonly Seen[]> {
  return await Promise.all(
    Array.from({ length: clients }, async (_, i) => {
      await delay(i * APART_MS) // they do not come all at once: a program accepts them one after the other, and those that wait are limited
      return await one(i, by === 'socket' ? new SocketLine(port) : new SessionLine(port), goesOn, pauseMs)
    }),
  )
}

/** It may have died while its client waited. */
const isAlive = ({ survived }: Seen): boolean => survived

/** Makes the words of one client: a hash of everything that it has sent, and a number. A hash is never that of a redirect. */
class Words {
  private readonly hashes: number[] = []
  private last: number

  constructor(client: number) {
    this.last = Math.imul(client + 1, 0x9e3779b1)
  }

  next(): Buffer {
    const number = this.hashes.length
    this.last = Math.imul(this.last ^ number, 0x01000193) ^ (this.last >>> 15)
    const hash = (this.last >>> 1) & 0x7fffffff
    this.hashes.push(hash)
    const word = Buffer.alloc(WORD)
    word.writeUInt32BE(hash, 0)
    word.writeUInt32BE(number, 4)
    return word
  }

  isRight(word: Buffer): boolean {
    return this.hashes[word.readUInt32BE(4)] === word.readUInt32BE(0)
  }
}

async function one(client: number, line: Line, goesOn: Crowd['goesOn'], pauseMs: number): Promise<Seen> {
  const seen: Seen = { waits: [], survived: true, lost: 0, doubled: 0, garbled: 0 }
  const sent = new Words(client)
  let wake: (() => void) | undefined
  let next = 0
  line.onWord = (word) => {
    const number = word.readUInt32BE(4)
    if (!sent.isRight(word)) seen.garbled++
    if (number < next) seen.doubled++
    else {
      seen.lost += number - next
      next = number + 1
      wake?.()
    }
  }
  line.onDeath = () => {
    seen.survived = false
    wake?.()
  }
  let begun = 0
  for (let n = 0; isAlive(seen) && (n === 0 || goesOn(performance.now() - begun)); n++) {
    const word = sent.next()
    const asked = performance.now()
    const answered = new Promise<void>((resolve) => {
      wake = resolve
    })
    line.send(word)
    const timer = setTimeout(line.onDeath, n === 0 ? 10 * DEAD_MS : DEAD_MS)
    await answered
    clearTimeout(timer)
    const now = performance.now()
    if (n === 0) begun = now
    else if (isAlive(seen)) seen.waits.push(now - asked)
    if (pauseMs > 0) await delay(pauseMs)
  }
  if (!seen.survived) seen.lost++
  line.close()
  return seen
}
