/**
 * The states that were reached: each once, with the state before it. A state is written in as many bytes as its numbers need, most of them one.
 *
 * States have indices in the order in which they were added, so the set is the queue of a breadth-first search as well.
 */

import { MemoryUsedUp } from './memory-used-up.ts'

/** Bytes that the offsets of states can tell. */
const LARGEST = 0xffffffff

export class StateSet {
  private bytes = new Uint8Array(1 << 16)
  private used = 0
  /** Where each state begins in `bytes`, and after the last one where that ends. */
  private offsets = new Uint32Array(1 << 12)
  private parents = new Int32Array(1 << 12)
  /** Open addressing: pairs of the hash of a state and its index and 1, side by side so that most looks touch one line of the cache. */
  private table = new Int32Array(2 << 13)
  /** Of pairs. */
  private mask = (1 << 13) - 1
  private scratch = new Uint8Array(256)
  /** Of what is in `scratch`. */
  private hash = 0
  size = 0

  /** @param most bytes that all states may be written in */
  constructor(private readonly most = LARGEST) {}

  /** @returns the bytes that are taken up */
  get memory(): number {
    return this.bytes.length + 4 * (this.offsets.length + this.parents.length + this.table.length)
  }

  /** Bytes a state takes on average. */
  get bytesPerState(): number {
    return this.size === 0 ? 0 : (this.used + 4 * (2 * this.size + this.table.length)) / this.size
  }

  /**
   * Adds a state, if it is not there.
   * @param n how many numbers of `state` count
   * @returns its index, which is the last one if it was not there
   * @throws MemoryUsedUp
   */
  add(state: Int32Array, n: number, parent: number): number {
    const length = this.encode(state, n)
    const { hash, table } = this
    for (let at = hash & this.mask; ; at = (at + 1) & this.mask) {
      const index = (table[2 * at + 1] ?? 0) - 1
      if (index < 0) {
        this.append(length, parent)
        table[2 * at] = hash
        table[2 * at + 1] = this.size
        if (4 * this.size > table.length) this.grow()
        return this.size - 1
      }
      if (table[2 * at] === hash && this.isAt(index, length)) return index
    }
  }

  /** @returns the index of a state; -1 when it is not there */
  find(state: Int32Array, n: number): number {
    const length = this.encode(state, n)
    const { hash, table } = this
    for (let at = hash & this.mask; ; at = (at + 1) & this.mask) {
      const index = (table[2 * at + 1] ?? 0) - 1
      if (index < 0 || (table[2 * at] === hash && this.isAt(index, length))) return index
    }
  }

  /** Reads a state into `into`, which has room for all components. */
  read(index: number, into: Int32Array): void {
    into.fill(0)
    const { bytes } = this
    const end = this.offsets[index + 1] ?? 0
    let at = this.offsets[index] ?? 0
    for (let i = 0; at < end; i++) {
      let word = bytes[at++] ?? 0
      if (word >= 128) {
        word &= 127
        for (let shift = 7; ; shift += 7) {
          const byte = bytes[at++] ?? 0
          word |= (byte & 127) << shift
          if (byte < 128) break
        }
      }
      into[i] = word
    }
  }

  /** @returns the index of the state before one; -1 for the first */
  parentOf(index: number): number {
    return this.parents[index] ?? -1
  }

  /** Writes a state into `scratch`, and its hash into `hash`. @returns how many bytes it takes */
  private encode(state: Int32Array, n: number): number {
    while (n > 0 && state[n - 1] === 0) n--
    if (5 * n > this.scratch.length) this.scratch = new Uint8Array(10 * n)
    const { scratch } = this
    let at = 0
    let h = 0x811c9dc5 | 0
    for (let i = 0; i < n; i++) {
      let word = state[i] ?? 0
      h = Math.imul(h ^ word, 0x9e3779b1)
      h ^= h >>> 15
      while (word >= 128) {
        scratch[at++] = (word & 127) | 128
        word >>>= 7
      }
      scratch[at++] = word
    }
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    this.hash = h ^ (h >>> 16)
    return at
  }

  private isAt(index: number, length: number): boolean {
    const { bytes, scratch } = this
    const begin = this.offsets[index] ?? 0
    if ((this.offsets[index + 1] ?? 0) - begin !== length) return false
    for (let i = 0; i < length; i++) if (bytes[begin + i] !== scratch[i]) return false
    return true
  }

  private append(length: number, parent: number): void {
    const end = this.used + length
    if (end > this.most) throw new MemoryUsedUp()
    if (end > this.bytes.length) {
      const larger = room(Uint8Array, Math.min(this.most, 2 * this.bytes.length))
      larger.set(this.bytes)
      this.bytes = larger
    }
    if (this.size + 2 > this.offsets.length) {
      this.offsets = doubled(this.offsets, Uint32Array)
      this.parents = doubled(this.parents, Int32Array)
    }
    for (let i = 0; i < length; i++) this.bytes[this.used + i] = this.scratch[i] ?? 0
    this.parents[this.size] = parent
    this.used = end
    this.offsets[++this.size] = end
  }

  private grow(): void {
    const old = this.table
    const table = room(Int32Array, 2 * old.length)
    const mask = table.length / 2 - 1
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue
      const hash = old[from] ?? 0
      let at = hash & mask
      while (table[2 * at + 1] !== 0) at = (at + 1) & mask
      table[2 * at] = hash
      table[2 * at + 1] = old[from + 1] ?? 0
    }
    this.table = table
    this.mask = mask
  }
}

function doubled<A extends Int32Array | Uint32Array>(old: A, kind: new (length: number) => A): A {
  const larger = room(kind, 2 * old.length)
  larger.set(old)
  return larger
}

/** @returns an array of that length. @throws MemoryUsedUp when the engine has no room for it */
function room<A>(kind: new (length: number) => A, length: number): A {
  try {
    return new kind(length)
  } catch (error) {
    throw error instanceof RangeError ? new MemoryUsedUp() : error
  }
}
