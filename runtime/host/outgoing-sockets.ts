/**
 * Connections to servers elsewhere that a program makes by TCP (`net.connect`). The sockets are the home's: such a connection ends with the home, or when that
 * goes elsewhere, and then is one that the server has reset.
 *
 * Whoever waits is answered in `poll`, between two slices of the home's own site, as of the connections of clients.
 */
import type { Socket } from 'node:net'
import { LIMITS } from '../limits.ts'
import { ERROR } from './files.ts'
import { FIRST_OUTGOING } from './gate.ts'
import { reasonOf } from './outgoing.ts'

const NOTHING = new Uint8Array(0)

/** @returns whether it is the number of a connection that the program has made */
export function isOutgoing(connection: unknown): connection is number {
  return typeof connection === 'number' && connection >= FIRST_OUTGOING
}

/** One connection, from the moment at which it is there. */
class OutgoingSocket {
  private readonly chunks: Buffer[] = []
  private length = 0
  private ended = false
  private shut = false
  /** Why nothing goes on; undefined while something does. */
  broken: number | undefined
  private readonly readers: { readonly most: number; readonly later: (bytes: Uint8Array) => void }[] = []
  private readonly writers: { readonly bytes: Uint8Array; readonly later: (result: number) => void }[] = []

  /** @param changed `poll` may have an answer */
  constructor(
    readonly socket: Socket,
    private readonly changed: () => void,
  ) {
    socket.on('data', (bytes: Buffer) => {
      this.chunks.push(bytes)
      this.length += bytes.length
      if (this.length >= LIMITS['connection.input'].most) socket.pause()
      changed()
    })
    socket.on('end', () => {
      this.ended = true
      changed()
    })
    socket.on('error', (error) => {
      this.broken ??= reasonOf(error)
    })
    socket.on('close', () => {
      if (!this.ended) this.broken ??= ERROR.ECONNRESET
      changed()
    })
    socket.on('drain', changed)
  }

  read(most: number, later: (bytes: Uint8Array) => void): Uint8Array | undefined {
    if (most <= 0) return NOTHING
    if (this.readers.length === 0 && this.readable) return this.take(most)
    this.readers.push({ most, later })
    return undefined
  }

  private get readable(): boolean {
    return this.length > 0 || this.ended || this.broken !== undefined
  }

  private take(most: number): Uint8Array {
    const [first] = this.chunks
    if (first === undefined) return NOTHING
    const taken = first.subarray(0, most)
    if (taken.length === first.length) this.chunks.shift()
    else this.chunks[0] = first.subarray(taken.length)
    this.length -= taken.length
    if (this.length < LIMITS['connection.input'].most) this.socket.resume()
    return taken
  }

  write(bytes: Uint8Array, later: (result: number) => void): number | undefined {
    const now = this.writers.length === 0 ? this.tryToWrite(bytes) : undefined
    if (now === undefined) this.writers.push({ bytes, later })
    return now
  }

  /** @returns undefined while the server takes nothing */
  private tryToWrite(bytes: Uint8Array): number | undefined {
    if (this.broken !== undefined || this.shut) return -ERROR.EPIPE
    if (this.socket.writableLength >= LIMITS['connection.output'].most) return undefined
    this.socket.write(bytes)
    return bytes.length
  }

  finish(): void {
    this.shut = true
    this.socket.end()
    this.changed()
  }

  /** Answers those who waited. */
  poll(): void {
    while (this.readers.length > 0 && this.readable) {
      const reader = this.readers.shift()
      reader?.later(this.take(reader.most))
    }
    for (let [first] = this.writers; first !== undefined; [first] = this.writers) {
      const result = this.tryToWrite(first.bytes)
      if (result === undefined) return
      this.writers.shift()
      first.later(result)
    }
  }

  get awaited(): boolean {
    return this.readers.length > 0 || this.writers.length > 0
  }
}

/** A connection that is being made. */
interface Making {
  abandoned: boolean
  socket: Socket | undefined
}

function abandon(making: Making): void {
  making.abandoned = true
  making.socket?.destroy()
}

/** The connections that a home has made. */
export class OutgoingSockets {
  private readonly sockets = new Map<number, OutgoingSocket>()
  /** Those that are being made. */
  private readonly making = new Set<Making>()
  private readonly answers: (() => void)[] = []
  private next = FIRST_OUTGOING

  /** @param poke `poll` has something to do. @param most connections at a time */
  constructor(
    private readonly poke: () => void,
    private readonly most: number = LIMITS['calls.outgoing'].most,
  ) {}

  /**
   * @param milliseconds how long it may take
   * @param later gets the number of the connection, or the reason why there is none, negated
   */
  connect(host: string, port: number, milliseconds: number, later: (connection: number) => void): number | undefined {
    if (host === '' || port < 1 || port > 65535) return -ERROR.EINVAL
    if (this.sockets.size + this.making.size >= this.most) return -ERROR.EMFILE
    const making: Making = { abandoned: false, socket: undefined }
    this.making.add(making)
    const answer = (give: () => number): void => {
      if (!this.making.delete(making)) return
      clearTimeout(timer)
      this.answers.push(() => {
        later(give())
      })
      this.poke()
    }
    const time = Math.min(milliseconds <= 0 ? Infinity : milliseconds, LIMITS['call.time'].most)
    const timer = setTimeout(() => {
      abandon(making)
      answer(() => -ERROR.ETIMEDOUT)
    }, time)
    void import('node:net').then(({ connect }) => {
      if (making.abandoned) return
      const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
      making.socket = socket
      socket.on('error', (error) => {
        const reason = reasonOf(error)
        answer(() => -reason)
      })
      socket.once('connect', () => {
        if (making.abandoned) return
        const number = this.next++
        this.sockets.set(number, new OutgoingSocket(socket, this.poke))
        answer(() => number)
      })
    })
    return undefined
  }

  read(number: number, most: number, later: (bytes: Uint8Array) => void): Uint8Array | undefined {
    const socket = this.sockets.get(number)
    return socket === undefined ? NOTHING : socket.read(most, later)
  }

  /** @returns 0, or why `read` gives nothing: a connection that is not there was one of an earlier home */
  status(number: number): number {
    const socket = this.sockets.get(number)
    return socket === undefined ? -ERROR.ECONNRESET : -(socket.broken ?? 0)
  }

  write(number: number, bytes: Uint8Array, later: (result: number) => void): number | undefined {
    const socket = this.sockets.get(number)
    return socket === undefined ? -ERROR.ECONNRESET : socket.write(bytes, later)
  }

  /** Writes no more. */
  shut(number: number): number {
    const socket = this.sockets.get(number)
    socket?.finish()
    return socket === undefined ? -ERROR.ECONNRESET : 0
  }

  /** Neither reads nor writes any more. */
  close(number: number): number {
    const socket = this.sockets.get(number)
    if (socket === undefined) return -ERROR.EBADF
    this.sockets.delete(number)
    socket.finish()
    socket.poll()
    socket.socket.resume() // what the server still sends is thrown away, and it may end its side
    socket.socket.setTimeout(LIMITS['gateway.linger'].most, () => socket.socket.destroy())
    return 0
  }

  /** @returns where it leads, for people */
  peer(number: number): string {
    const { remoteAddress = '', remotePort = 0 } = this.sockets.get(number)?.socket ?? {}
    return remoteAddress === '' ? '' : `${remoteAddress}:${remotePort}`
  }

  get outside(): boolean {
    if (this.making.size > 0 || this.answers.length > 0) return true
    for (const socket of this.sockets.values()) if (socket.awaited) return true
    return false
  }

  poll(): void {
    for (const give of this.answers.splice(0)) give()
    for (const socket of this.sockets.values()) socket.poll()
  }

  finish(): void {
    for (const making of this.making) abandon(making)
    for (const { socket } of this.sockets.values()) socket.destroy()
    this.making.clear()
    this.sockets.clear()
    this.answers.length = 0
  }
}
