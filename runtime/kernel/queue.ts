/** A run queue: a circular array whose length is a power of two. */
import type { Process } from './process.ts'

export class RunQueue {
  private items: (Process | undefined)[] = new Array<Process | undefined>(1024).fill(undefined)
  private mask = 1023
  private head = 0
  private tail = 0

  get length(): number {
    return (this.tail - this.head) & this.mask
  }

  push(p: Process): void {
    this.items[this.tail] = p
    this.tail = (this.tail + 1) & this.mask
    if (this.tail === this.head) this.grow()
  }

  shift(): Process | undefined {
    if (this.head === this.tail) return undefined
    const p = this.items[this.head]
    this.items[this.head] = undefined
    this.head = (this.head + 1) & this.mask
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
