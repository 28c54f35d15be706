/**
 * The output of a program as a log: what it has written on its screen and on its error channel, in one order, each byte with a number.
 *
 * Two marks divide the log. What is before `released` may be seen by everybody; what is between `released` and `produced` waits for the cut that
 * contains it. For a program that is not durable the two are one.
 *
 * Invariants
 * - `start <= released <= produced`, none of them ever falls, and a byte never changes its number.
 * - What is kept: all that is not released, what some viewer still has to get, and of the rest the last `kept` bytes.
 * - `full` is true while more waits for a cut, or for the slowest viewer, than the limits allow: then the program's writers wait. Without a viewer
 *   nobody waits: the log drops what is oldest, and a viewer that comes later is told where the log begins.
 */
import { LIMITS } from '../limits.ts'

/** 1: the screen. 2: the error channel. */
export type OutputStreamNumber = 1 | 2

/** Consecutive bytes of one stream; `at` is the number of the first. */
export interface OutputPiece {
  readonly at: number
  readonly stream: OutputStreamNumber
  readonly bytes: Uint8Array
}

/** What a cut, or a move of the home, keeps of the log. */
export interface OutputLogState {
  readonly start: number
  readonly released: number
  readonly pieces: readonly OutputPiece[]
}

export interface OutputLogEvents {
  /** More may be seen than before. */
  released(): void
  /** Something waits for a cut now, which nothing did before. */
  waits(): void
  /** `full` has become false. */
  drained(): void
  /** More was produced than there may ever be. Told once. */
  exceeded(most: number): void
}

export interface OutputLogOptions {
  /** What is produced waits for `release`. Absent: it is released at once. */
  readonly held?: boolean
  /** Bytes that may be produced, all in all. Absent: there is no end to them. */
  readonly most?: number
  /** Bytes that are kept for viewers that come later. */
  readonly kept?: number
  /** Bytes that may wait for the slowest viewer. */
  readonly window?: number
  /** Bytes that may wait for a cut. */
  readonly unreleased?: number
}

export class OutputLog {
  private pieces: OutputPiece[] = []
  private first: number
  private end: number
  private mark: number
  private isFull = false
  /** By viewer: the number of the first byte that it has not got. */
  private readonly viewers = new Map<number, number>()
  private readonly limits: { readonly kept: number; readonly window: number; readonly unreleased: number }

  constructor(
    private readonly events: OutputLogEvents,
    private readonly options: OutputLogOptions = {},
    state?: OutputLogState,
  ) {
    const {
      kept = LIMITS['output.kept'].most,
      window = LIMITS['output.window'].most,
      unreleased = LIMITS['output.unreleased'].most,
    } = options
    this.limits = { kept, window, unreleased }
    const last = state?.pieces.at(-1)
    this.pieces = [...(state?.pieces ?? [])]
    this.first = state?.start ?? 0
    this.end = last === undefined ? this.first : last.at + last.bytes.length
    this.mark = state?.released ?? 0
    if (options.held !== true) this.mark = this.end
  }

  /** The number of the first byte that is kept. */
  get start(): number {
    return this.first
  }

  /** The number of the first byte that may not be seen yet. */
  get released(): number {
    return this.mark
  }

  /** The number that the next byte gets: how many there ever were. */
  get produced(): number {
    return this.end
  }

  get full(): boolean {
    return this.isFull
  }

  /** Takes output of the program, which nobody changes afterwards. Never refuses; `full` says when the caller is to stop. */
  append(stream: OutputStreamNumber, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const before = this.end
    const { most = Infinity } = this.options
    if (before > most) return // it is about to be stopped
    this.pieces.push({ at: before, stream, bytes })
    this.end += bytes.length
    if (this.end > most) this.events.exceeded(most)
    if (this.options.held !== true) this.release(this.end)
    else if (before === this.mark) this.events.waits()
    this.look()
  }

  /** What is before `upTo` may be seen. */
  release(upTo: number): void {
    if (upTo <= this.mark) return
    this.mark = Math.min(upTo, this.end)
    this.events.released()
    this.trim()
    this.look()
  }

  /** @returns released output from number `from` on, at most about `most` bytes; none when there is none yet */
  read(from: number, most: number): OutputPiece[] {
    const found: OutputPiece[] = []
    let left = most
    for (let i = this.indexOf(from); i < this.pieces.length && left > 0; i++) {
      const piece = this.pieces[i] as OutputPiece // i < length
      const { at, stream, bytes } = piece
      const begin = Math.max(0, from - at)
      const end = Math.min(bytes.length, this.mark - at, begin + left)
      if (end <= begin) break
      found.push(begin === 0 && end === bytes.length ? piece : { at: at + begin, stream, bytes: bytes.subarray(begin, end) })
      left -= end - begin
    }
    return found
  }

  /** A viewer has got what is before `at`, and waits for the rest: it is kept for it. */
  hold(viewer: number, at: number): void {
    const before = this.viewers.get(viewer)
    if (before !== undefined && before >= at) return
    this.viewers.set(viewer, Math.max(at, this.first))
    this.trim()
    this.look()
  }

  /** A viewer has gone. */
  letGo(viewer: number): void {
    this.viewers.delete(viewer)
    this.trim()
    this.look()
  }

  /** @param from what is before this number has been kept elsewhere; absent: everything that the log has is in the state */
  state(from = this.first): OutputLogState {
    const start = Math.max(this.first, Math.min(from, this.end))
    const pieces = this.pieces.slice(this.indexOf(start)).map(({ at, stream, bytes }) => {
      const skipped = Math.max(0, start - at)
      return { at: at + skipped, stream, bytes: bytes.subarray(skipped) }
    })
    return { start, released: this.mark, pieces }
  }

  /** The piece that has byte `from`, or begins behind it. */
  private indexOf(from: number): number {
    let low = 0
    let high = this.pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      const { at, bytes } = this.pieces[middle] as OutputPiece // middle < length
      if (at + bytes.length <= from) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The number of the first byte that some viewer has not got; the mark when there is none. */
  private get slowest(): number {
    let least = this.mark
    for (const at of this.viewers.values()) if (at < least) least = at
    return least
  }

  private trim(): void {
    const least = Math.min(this.slowest, this.mark - this.limits.kept)
    const n = this.indexOf(least)
    if (n === 0) return
    this.pieces.splice(0, n)
    this.first = this.pieces[0]?.at ?? this.end
  }

  private look(): void {
    const full = this.mark - this.slowest >= this.limits.window || this.end - this.mark >= this.limits.unreleased
    if (full === this.isFull) return
    this.isFull = full
    if (!full) this.events.drained()
  }
}
