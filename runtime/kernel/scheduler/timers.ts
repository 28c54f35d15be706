/**
 * Processes that wait for a time: a binary heap by due time, first come first served among equals.
 *
 * Invariants
 * - Entries are not removed when a process is woken otherwise; an entry whose serial is no longer its process's is stale.
 * - The heap is swept when it has doubled since the last sweep, so stale entries are never more than the live ones and a few.
 */
import { ALT, TIMER } from './state.ts'
import type { Process } from './state.ts'

interface Entry {
  /** Microseconds of program time. */
  readonly due: number
  readonly order: number
  readonly process: Process
  readonly altSerial: number
  /** The guard of an ALT, or -1 for `tim ? AFTER t`. */
  readonly guard: number
}

const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

export class TimerHeap {
  private heap: Entry[] = []
  private order = 0
  private sweepAt = 64

  /** Adds a wait; `guard` is -1 outside an ALT. */
  add(due: number, process: Process, altSerial: number, guard: number): void {
    if (this.heap.length >= this.sweepAt) this.sweep()
    this.insert({ due, order: this.order++, process, altSerial, guard })
  }

  private sweep(): void {
    const old = this.heap
    this.heap = []
    for (const entry of old) if (live(entry)) this.insert(entry)
    this.sweepAt = Math.max(64, 2 * this.heap.length)
  }

  private insert(entry: Entry): void {
    const heap = this.heap
    let i = heap.length
    heap.push(entry)
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent] as Entry // parent < length
      if (before(above, entry)) break
      heap[i] = above
      i = parent
    }
    heap[i] = entry
  }

  /** How many entries there are, stale ones included. */
  get size(): number {
    return this.heap.length
  }

  /** @returns the processes that wait for a time, one in an ALT included */
  *waiting(): Generator<Process, void, void> {
    for (const entry of this.heap) if (live(entry)) yield entry.process
  }

  /** @returns when the next live entry is due, or Infinity. */
  next(): number {
    for (let top = this.heap[0]; top !== undefined; top = this.heap[0]) {
      if (live(top)) return top.due
      this.pop()
    }
    return Infinity
  }

  /** Takes out the next live entry that is due at `now`. */
  due(now: number): Entry | undefined {
    if (this.next() > now) return undefined
    return this.pop()
  }

  private pop(): Entry | undefined {
    const heap = this.heap
    const top = heap[0]
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && before(right, heap[child] as Entry)) child++ // child < length
      const below = heap[child] as Entry // child < length
      if (before(last, below)) break
      heap[i] = below
      i = child
    }
    heap[i] = last
    return top
  }
}

function live(e: Entry): boolean {
  const p = e.process
  return p.altSerial === e.altSerial && p.state === (e.guard < 0 ? TIMER : ALT)
}
