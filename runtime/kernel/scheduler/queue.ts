/**
 * A run queue: the READY processes of one priority of one kernel, in the order in which they became ready. A circular array whose length is
 * a power of two.
 *
 * Invariants
 * - A process is in its queue at most once. One that was captured while in it stays as an empty shell whose step does nothing.
 * - `head === tail` means empty: the array grows before it would be full.
 */
import type { Process, ProcessKernel, ReadyQueue } from './state.ts'

const INITIAL_SIZE = 256
/** From here on a queue that is no longer needed is worth giving back. */
const LARGE = 8192

export class RunQueue implements ReadyQueue {
  private items: (Process | undefined)[] = new Array<Process | undefined>(INITIAL_SIZE).fill(undefined)
  private mask = INITIAL_SIZE - 1
  private head = 0
  private tail = 0

  /** @param priority 0 before 1 */
  constructor(
    readonly kernel: ProcessKernel,
    readonly priority: number,
  ) {}

  get length(): number {
    return (this.tail - this.head) & this.mask
  }

  /** @returns the `i`-th from the front */
  at(i: number): Process | undefined {
    return i < this.length ? this.items[(this.head + i) & this.mask] : undefined
  }

  push(p: Process): void {
    const tail = this.tail
    this.items[tail] = p
    if ((this.tail = (tail + 1) & this.mask) === this.head) this.grow()
  }

  shift(): Process | undefined {
    const head = this.head
    if (head === this.tail) return undefined
    const p = this.items[head]
    this.items[head] = undefined
    this.head = (head + 1) & this.mask
    return p
  }

  /** Takes out the `i`-th process from the front, for a seeded choice. The front one takes its place. */
  take(i: number): Process | undefined {
    const at = (this.head + i) & this.mask
    const p = this.items[at]
    this.items[at] = this.items[this.head]
    this.items[this.head] = p
    return this.shift()
  }

  /** Gives back the memory of a past rush. The queue is empty. @param busy at least as many processes as were pushed of late */
  trim(busy: number): void {
    if (this.items.length <= LARGE || busy * 8 > this.items.length) return
    this.items = new Array<Process | undefined>(INITIAL_SIZE).fill(undefined)
    this.mask = INITIAL_SIZE - 1
    this.head = this.tail = 0
  }

  /** @returns those that stand in it, in order */
  *[Symbol.iterator](): Generator<Process, void, void> {
    for (let at = this.head; at !== this.tail; at = (at + 1) & this.mask) {
      const p = this.items[at]
      if (p !== undefined) yield p
    }
  }

  private grow(): void {
    const old = this.items
    const size = old.length
    const items = new Array<Process | undefined>(size * 2).fill(undefined)
    for (let i = 0; i < size; i++) items[i] = old[(this.head + i) & this.mask]
    this.items = items
    this.mask = size * 2 - 1
    this.head = 0
    this.tail = size
  }
}

/** A run queue that remembers who has run: of durable programs alone, so that others pay nothing for it. */
export class TrackingQueue extends RunQueue {
  private last: Process | undefined

  /** @param ran gets those that run */
  constructor(
    kernel: ProcessKernel,
    priority: number,
    private readonly ran: Set<Process>,
  ) {
    super(kernel, priority)
  }

  override shift(): Process | undefined {
    const p = super.shift()
    if (p !== this.last && p !== undefined) {
      this.last = p
      this.ran.add(p)
    }
    return p
  }

  /** What has run so far is forgotten. */
  forget(): void {
    this.last = undefined
  }
}
