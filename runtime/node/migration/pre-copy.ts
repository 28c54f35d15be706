/**
 * Pre-copy, the source's part: the arrays of processes go to the destination while the processes run, so that at the stop only what differs by then is left.
 *
 * The first round sends everything, in pieces; each further round compares the arrays with what was sent, piece by piece, and sends what differs. It ends when
 * little differs, or when a round has not found much less than the one before: then the processes write faster than is sent, and another round gains nothing.
 *
 * Nothing is detected by the processes themselves: they run as they always do. It costs a copy of the arrays here until the move is over, which is also what
 * the processes are taken back from when the move fails.
 *
 * What has been sent is a cache at the destination. The protocol of the move (migrate.ts) knows nothing of it but its number.
 */
import type { Cancel, Clock, Member } from '../../engine/engine.ts'
import { ReceivedAhead } from '../../kernel/snapshot/ahead.ts'
import type { AheadSegment, SentAhead } from '../../kernel/snapshot/ahead.ts'
import type { SeenBytes } from '../../kernel/snapshot/weigh.ts'
import type { AheadPiece, AheadPlace } from '../wire/messages.ts'
import { ANSWER_WITHIN_MS } from './migrate.ts'

/** What is compared at once, and within that what is compared where something differs: what is sent is made of the smallest of them. */
const PIECE_BYTES = 1 << 16
const BLOCK_BYTES = 1 << 12
const FINE_BYTES = 1 << 8
/** Stretches that go into one message, at most. */
const MOST_STRETCHES = 1 << 9
/** Arrays with less go with the capture. */
const LEAST_BYTES = 1 << 12
/** How long the node may be kept from everything else. */
const SLICE_MS = 0.5
/** Pieces that are looked at in a slice, at most. */
const SLICE_PIECES = 16
/** Pieces that are on their way, at most, and after how many an answer is asked for. */
const WINDOW = 96
const ANSWER_EVERY = 8
const MOST_ROUNDS = 10
/** A round that has found no more than this part of everything, or so many bytes, was the last. */
const LITTLE = 0.002
const FEW_BYTES = 1 << 16
/** A round that has found more than this part of what the one before has found was the last, too. */
const HARDLY_LESS = 0.7

/** The arrays in one buffer, as they are and as they were sent. */
interface Memory {
  readonly number: number
  readonly from: number
  readonly to: number
  readonly now: Buffer
  /** What the destination has, in memory of its own in which the arrays are aligned as they are now. */
  readonly kept: ArrayBuffer
  readonly pad: number
  /** The part of `kept` that `now` is compared with. */
  readonly sent: Buffer
}

export interface PreCopyPort {
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Sends the note `ahead`. */
  ahead(to: Member, piece: AheadPiece, bytes: Uint8Array): void
}

export interface PreCopyOrder {
  /** Unique among those of this program from this node. */
  readonly transfer: number
  readonly to: Member
  readonly buffers: ReadonlyMap<ArrayBufferLike, SeenBytes>
}

/** @returns whether there is anything that is worth sending ahead */
export function isWorthSending(buffers: ReadonlyMap<ArrayBufferLike, SeenBytes>): boolean {
  for (const { from, to } of buffers.values()) if (to - from >= LEAST_BYTES) return true
  return false
}

export class PreCopy implements SentAhead {
  readonly transfer: number
  readonly to: Member
  /** Pieces that were sent, their bytes, and rounds that were made. */
  pieces = 0
  bytes = 0
  rounds = 0
  private readonly memories: readonly Memory[]
  private readonly byBuffer = new Map<ArrayBufferLike, Memory>()
  private readonly total: number
  /** Where pieces are of some content, by a checksum: what was sent once is not sent again. */
  private readonly contents = new Map<number, AheadPlace>()
  private confirmed = 0
  /** What this round, and the one before, has found to differ. */
  private found = 0
  private foundBefore = Infinity
  /** What comes next. */
  private memory = 0
  private at = 0
  private pumping = false
  /** The last piece that only asks. */
  private askedAt = 0
  /** What differs and is not sent yet. */
  private stretches: number[] = []
  private gathered: Buffer[] = []
  private gatheredBytes = 0
  private timer: Cancel | undefined
  private over = false

  /**
   * @param done is called once: whether what was sent is there, so that a capture may name it
   * @throws RangeError when there is no memory for the copy
   */
  constructor(
    private readonly port: PreCopyPort,
    { transfer, to, buffers }: PreCopyOrder,
    private readonly done: (useful: boolean) => void,
  ) {
    this.transfer = transfer
    this.to = to
    const memories: Memory[] = []
    for (const [buffer, { from, to: end }] of buffers) {
      if (end - from < LEAST_BYTES) continue
      const pad = from % 8
      const kept = new ArrayBuffer(pad + end - from)
      const memory: Memory = {
        number: memories.length + 1,
        from,
        to: end,
        now: Buffer.from(buffer, from, end - from),
        kept,
        pad,
        sent: Buffer.from(kept, pad, end - from),
      }
      memories.push(memory)
      this.byBuffer.set(buffer, memory)
    }
    this.memories = memories
    this.total = memories.reduce((sum, { now }) => sum + now.length, 0)
    this.listen()
    this.pump()
  }

  /** The destination has so many pieces; or does not keep them. */
  heard(kept: boolean, pieces: number): void {
    if (this.over) return
    if (!kept) {
      this.finish(false)
      return
    }
    this.confirmed = Math.max(this.confirmed, pieces)
    this.listen()
    if (!this.pumping) this.pump()
  }

  /** The destination has left the cluster. */
  gone(): void {
    this.finish(false)
  }

  /** Nothing is sent any more, and nobody is told. */
  abandon(): void {
    this.over = true
    this.timer?.()
  }

  segment(buffer: ArrayBufferLike, start: number, end: number): AheadSegment | undefined {
    const memory = this.byBuffer.get(buffer)
    if (memory === undefined || start < memory.from || end > memory.to) return undefined
    const { number, pad, from } = memory
    const changes: (readonly [number, number])[] = []
    for (const [at, length] of differences(memory, start - from, end - from)) changes.push([at - (start - from), length])
    return { number, offset: pad + start - from, changes }
  }

  kept(): ReceivedAhead {
    return new ReceivedAhead(new Map(this.memories.map(({ number, kept }) => [number, kept])))
  }

  private listen(): void {
    this.timer?.()
    this.timer = this.port.clock.after(ANSWER_WITHIN_MS, () => {
      this.finish(false)
    })
  }

  private finish(useful: boolean): void {
    if (this.over) return
    this.abandon()
    this.done(useful)
  }

  private pump(): void {
    const { clock } = this.port
    this.pumping = true
    const until = clock.now() + SLICE_MS
    for (let looked = 0; !this.over; looked++) {
      if (this.pieces - this.confirmed >= WINDOW) break
      if (looked >= SLICE_PIECES || clock.now() >= until) {
        clock.after(0, () => {
          this.pump()
        })
        return
      }
      if (!this.look()) break
    }
    this.pumping = false
  }

  /** Looks at the next piece, and sends it if it is news. @returns false when there is nothing to do until the destination answers */
  private look(): boolean {
    const memory = this.memories[this.memory]
    if (memory === undefined) return this.endRound()
    const { at } = this
    const end = Math.min(at + PIECE_BYTES, memory.now.length)
    if (this.rounds === 0) this.sendAll(memory, at, end)
    else this.sendChanges(memory, at, end)
    this.at = end
    if (end === memory.now.length) {
      this.sendGathered()
      this.memory++
      this.at = 0
    }
    return true
  }

  /** Sends a piece in the first round; of one that is somewhere at the destination already only the place. */
  private sendAll(memory: Memory, at: number, end: number): void {
    const { number, now, sent, pad } = memory
    now.copy(sent, at, at, end)
    const copy = sent.subarray(at, end)
    const key = end - at === PIECE_BYTES ? contentKey(copy) : undefined
    const known = key === undefined ? undefined : this.contents.get(key)
    const same = known !== undefined && this.has(known, copy) ? known : undefined
    if (key !== undefined && same === undefined) this.contents.set(key, { memory: number, at: pad + at })
    this.send(memory, [pad + at, end - at], same ?? copy)
  }

  /** Gathers what differs in a piece, and sends it when it is enough for a message. */
  private sendChanges(memory: Memory, start: number, end: number): void {
    const { now, sent, pad } = memory
    for (const [at, length] of differences(memory, start, end)) {
      now.copy(sent, at, at, at + length)
      this.stretches.push(pad + at, length)
      this.gathered.push(sent.subarray(at, at + length))
      this.gatheredBytes += length
      this.found += length
    }
    if (this.gatheredBytes >= PIECE_BYTES || this.stretches.length >= 2 * MOST_STRETCHES) this.sendGathered()
  }

  private sendGathered(): void {
    const memory = this.memories[this.memory]
    if (memory === undefined || this.gatheredBytes === 0) return
    const { stretches } = this
    const bytes = Buffer.concat(this.gathered, this.gatheredBytes)
    this.stretches = []
    this.gathered = []
    this.gatheredBytes = 0
    this.send(memory, stretches, bytes)
  }

  /** @param what the bytes, or where they are there */
  private send({ number, kept }: Memory, stretches: readonly number[], what: Uint8Array | AheadPlace): void {
    const { transfer } = this
    const piece = ++this.pieces
    const same = what instanceof Uint8Array ? {} : { same: what }
    const asks = piece % ANSWER_EVERY === 0 ? { asks: true } : {}
    const bytes = what instanceof Uint8Array ? what : NOTHING
    this.port.ahead(this.to, { transfer, piece, memory: number, size: kept.byteLength, stretches, ...same, ...asks }, bytes)
    this.bytes += bytes.length
  }

  /** @returns whether the destination has the same bytes at a place */
  private has({ memory, at }: AheadPlace, bytes: Buffer): boolean {
    const there = this.memories[memory - 1]
    return there !== undefined && bytes.equals(Buffer.from(there.kept, at, bytes.length))
  }

  /** @returns whether another one begins */
  private endRound(): boolean {
    if (this.confirmed < this.pieces) {
      if (this.askedAt !== this.pieces) this.ask()
      return false
    }
    this.rounds++
    const { found, foundBefore } = this
    const little = this.rounds > 1 && found <= Math.max(LITTLE * this.total, FEW_BYTES)
    if (little || this.rounds >= MOST_ROUNDS || (this.rounds > 2 && found > HARDLY_LESS * foundBefore)) {
      this.finish(true)
      return false
    }
    this.foundBefore = this.rounds === 1 ? Infinity : found
    this.found = 0
    this.memory = 0
    this.at = 0
    return true
  }

  /** Asks for an answer to what was sent last: with a piece that has no bytes. */
  private ask(): void {
    const [memory] = this.memories
    if (memory === undefined) return
    const { transfer } = this
    const piece = ++this.pieces
    this.askedAt = piece
    const { number, kept } = memory
    this.port.ahead(this.to, { transfer, piece, memory: number, size: kept.byteLength, stretches: [], asks: true }, NOTHING)
  }
}

const NOTHING = new Uint8Array(0)

/** Calls `visit` for the parts of a stretch, of some size, in which `now` and `sent` differ. */
function eachDifference(
  { now, sent }: Memory,
  [start, end]: readonly [number, number],
  size: number,
  visit: (at: number, to: number) => void,
): void {
  for (let at = start; at < end; at += size) {
    const to = Math.min(at + size, end)
    if (now.compare(sent, at, to, at, to) !== 0) visit(at, to)
  }
}

/** @returns where `now` and `sent` differ between two places: stretches of bytes */
function differences(memory: Memory, start: number, end: number): readonly (readonly [at: number, length: number])[] {
  const found: [at: number, length: number][] = []
  let last: [at: number, length: number] | undefined
  const fine = (at: number, to: number): void => {
    if (last !== undefined && last[0] + last[1] === at) last[1] += to - at
    else found.push((last = [at, to - at]))
  }
  const block = (at: number, to: number): void => {
    eachDifference(memory, [at, to], FINE_BYTES, fine)
  }
  eachDifference(memory, [start, end], PIECE_BYTES, (at, to) => {
    eachDifference(memory, [at, to], BLOCK_BYTES, block)
  })
  return found
}

/** @returns a number that pieces of one content have in common, and few others; it looks at every sixteenth word */
function contentKey(bytes: Buffer): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset & ~3, bytes.length >> 2)
  let key = 0
  for (let i = 0; i < words.length; i += 16) key = (Math.imul(key, 31) + (words[i] ?? 0)) | 0
  return key
}
