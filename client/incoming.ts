/**
 * What a client receives: a stream of numbered bytes, put together to messages.
 *
 * Invariants
 * - Each byte is taken once, in order. `taken <= received`; what lies between them are messages that nobody has asked for yet. So a client that does not
 *   read makes the program wait.
 */
import type { Message } from './outgoing.ts'
import { KIND, LONGEST_MESSAGE, PREFIX_BYTES } from './wire.ts'

interface Waiting {
  readonly message: Message
  /** The number of the byte behind it. */
  readonly end: number
}

const decoder = new TextDecoder()

export class Incoming {
  private come = 0
  private passed = 0
  /** What has come of a frame that is not whole: the bytes before it, then itself. */
  private readonly prefix = new Uint8Array(PREFIX_BYTES)
  private prefixLength = 0
  private payload: Uint8Array | undefined
  private payloadLength = 0
  private queue: Waiting[] = []

  /** How many bytes have come. */
  get received(): number {
    return this.come
  }

  /** How many of them the program need not keep. A message that is not whole need not be kept either: it is here. */
  get taken(): number {
    return this.queue.length === 0 ? this.come : this.passed
  }

  /** Takes what is new of the bytes. @returns `gap` when something before them is missing, and `malformed` when they are no frames */
  add(at: number, bytes: Uint8Array): 'taken' | 'gap' | 'malformed' {
    if (at > this.come) return 'gap'
    let from = Math.min(this.come - at, bytes.length)
    this.come += bytes.length - from
    while (from < bytes.length) {
      if (this.payload === undefined) {
        const part = bytes.subarray(from, from + PREFIX_BYTES - this.prefixLength)
        this.prefix.set(part, this.prefixLength)
        this.prefixLength += part.length
        from += part.length
        if (this.prefixLength < PREFIX_BYTES) return 'taken'
        const length = new DataView(this.prefix.buffer).getUint32(1)
        const [kind] = this.prefix
        if (length > LONGEST_MESSAGE || (kind !== KIND.text && kind !== KIND.binary)) return 'malformed'
        this.payload = new Uint8Array(length)
      }
      const part = bytes.subarray(from, from + this.payload.length - this.payloadLength)
      this.payload.set(part, this.payloadLength)
      this.payloadLength += part.length
      from += part.length
      if (this.payloadLength === this.payload.length) this.complete(this.payload, this.come - (bytes.length - from))
    }
    return 'taken'
  }

  private complete(payload: Uint8Array, end: number): void {
    this.queue.push({ message: this.prefix[0] === KIND.text ? decoder.decode(payload) : payload, end })
    this.payload = undefined
    this.payloadLength = 0
    this.prefixLength = 0
  }

  /** @returns the next message, if there is one */
  next(): Message | undefined {
    const first = this.queue.shift()
    if (first !== undefined) this.passed = first.end
    return first?.message
  }
}
