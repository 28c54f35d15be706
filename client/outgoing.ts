/**
 * What a client sends: messages as a stream of numbered bytes, each kept until the program has it for good.
 *
 * Invariants
 * - `kept <= said <= end`, and `kept` never falls; `said` falls when a gateway says that less has come.
 * - No piece ends within the bytes before a message.
 */
import { KIND, LONGEST_PIECE, PREFIX_BYTES } from './wire.ts'

/** A message of the program, or for it. */
export type Message = string | Uint8Array

interface Frame {
  /** The number of its first byte. */
  readonly at: number
  readonly bytes: Uint8Array
}

const encoder = new TextEncoder()

/** @returns the message with the bytes before it */
export function frameOf(message: Message): Uint8Array {
  const payload = typeof message === 'string' ? encoder.encode(message) : message
  const bytes = new Uint8Array(PREFIX_BYTES + payload.length)
  bytes[0] = typeof message === 'string' ? KIND.text : KIND.binary
  new DataView(bytes.buffer).setUint32(1, payload.length)
  bytes.set(payload, PREFIX_BYTES)
  return bytes
}

export class Outgoing {
  private frames: Frame[] = []
  private kept = 0
  private said = 0
  private end = 0
  private room = 0

  /** How many bytes are kept. */
  get size(): number {
    return this.end - this.kept
  }

  /** The number that the next byte gets. */
  get produced(): number {
    return this.end
  }

  /** The number of the next byte to say. */
  get next(): number {
    return this.said
  }

  /** Whether everything has been said. */
  get isSaid(): boolean {
    return this.said >= this.end
  }

  add(frame: Uint8Array): void {
    this.frames.push({ at: this.end, bytes: frame })
    this.end += frame.length
  }

  /** The program has what is before that number for good, and takes what is before `room`. */
  acknowledge(upTo: number, room: number): void {
    this.room = Math.max(this.room, room)
    this.kept = Math.max(this.kept, Math.min(upTo, this.end))
    let whole = 0
    while ((this.frames[whole]?.at ?? Infinity) + (this.frames[whole]?.bytes.length ?? 0) <= this.kept) whole++
    this.frames.splice(0, whole)
  }

  /** So much has come, and so much may come: a program that begins anew from a cut has less than it had. The rest is said again. @returns whether that can be */
  rewind(come: number, room: number): boolean {
    if (come < this.kept || come > this.end) return false
    this.said = come
    this.room = room
    return true
  }

  /** @returns what may be said now; undefined when nothing may */
  take(): { readonly at: number; readonly bytes: Uint8Array } | undefined {
    const at = this.said
    const most = Math.min(LONGEST_PIECE, this.room - at)
    const parts: Uint8Array[] = []
    let length = 0
    for (const frame of this.frames) {
      const skip = at + length - frame.at
      if (skip >= frame.bytes.length) continue
      const part = frame.bytes.subarray(skip, skip + Math.max(0, most - length))
      if (part.length === 0 || skip + part.length < PREFIX_BYTES) break
      parts.push(part)
      length += part.length
    }
    if (length === 0) return undefined
    this.said += length
    const [only] = parts
    if (parts.length === 1 && only !== undefined) return { at, bytes: only }
    const bytes = new Uint8Array(length)
    let to = 0
    for (const part of parts) {
      bytes.set(part, to)
      to += part.length
    }
    return { at, bytes }
  }
}
