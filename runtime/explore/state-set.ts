/**
 * The states that were reached: each once, with the state before it. A state is written in as many bytes as its numbers need, most of them one.
 *
 * States have indices in the order in which they were added, so the set is the queue of a breadth-first search as well.
 */

import { MemoryUsedUp } from './memory-used-up.ts'

/** Bytes that the offsets of states can tell. */
const LARGEST = 0xffffffff

/** Changes of a state that are looked at one by one, at most: where there are more, it is written as a whole. */
const FEW = 16

/** Where a state differs from another one: the first `changes` of `changed`, some perhaps more than once. */
export interface Changes {
  readonly changed: Int32Array
  readonly changes: number
}

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
  /** The state that is in `scratch`, from which the next ones differ little; -1: none that is known. Its words, where each begins, and the sum of all. */
  private base = -1
  private words = new Int32Array(64)
  private starts = new Int32Array(64)
  private count = 0
  private baseSum = 0
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
    return this.enter(this.encode(state, n), parent)
  }

  /**
   * Adds a state that differs little from another one, if it is not there.
   * @param state all of it; `n` of its numbers count
   * @param changed where it differs from `from`, at least: the first `changes` of these
   * @returns as `add`
   * @throws MemoryUsedUp
   */
  addChanged(state: Int32Array, n: number, { changed, changes }: Changes, from: number): number {
    if (this.base !== from) this.load(from)
    if (changes > FEW) return this.add(state, n, from)
    for (let i = 0; i < changes; i++) if (!this.hasRoom(changed[i] ?? 0, state)) return this.add(state, n, from)
    const { words, starts } = this
    let sum = this.baseSum
    for (let i = 0; i < changes; i++) {
      const at = changed[i] ?? 0
      const old = words[at] ?? 0
      const word = state[at] ?? 0
      if (word === old || isAmong(changed, i, at)) continue
      sum = (sum + mixed(at, word) - mixed(at, old)) | 0
      this.writeWord(starts[at] ?? 0, word)
    }
    this.hash = finished(sum)
    const index = this.enter(starts[this.count] ?? 0, from)
    for (let i = 0; i < changes; i++) this.writeWord(starts[changed[i] ?? 0] ?? 0, words[changed[i] ?? 0] ?? 0)
    return index
  }

  /** Whether a word of a state takes as many bytes as that of the base does. */
  private hasRoom(at: number, state: Int32Array): boolean {
    const { starts, count } = this
    const word = state[at] ?? 0
    if (at >= count || (word === 0 && at === count - 1)) return false
    const bytes = (starts[at + 1] ?? 0) - (starts[at] ?? 0)
    return word < 128 ? bytes === 1 : bytes === 2 && word < 1 << 14
  }

  /** Writes a word of one or two bytes into `scratch`. */
  private writeWord(at: number, word: number): void {
    if (word < 128) this.scratch[at] = word
    else {
      this.scratch[at] = (word & 127) | 128
      this.scratch[at + 1] = word >>> 7
    }
  }

  /** Writes a state that is known into `scratch`: the base. */
  private load(index: number): void {
    const begin = this.offsets[index] ?? 0
    const length = (this.offsets[index + 1] ?? 0) - begin
    const { bytes } = this
    if (length > this.scratch.length) this.scratch = new Uint8Array(2 * length)
    if (length >= this.words.length) {
      this.words = new Int32Array(2 * length)
      this.starts = new Int32Array(2 * length)
    }
    const { scratch, words, starts } = this
    let sum = 0
    let count = 0
    for (let at = 0; at < length; count++) {
      starts[count] = at
      let byte = bytes[begin + at] ?? 0
      let word = byte & 127
      scratch[at++] = byte
      for (let shift = 7; byte >= 128; shift += 7) {
        byte = bytes[begin + at] ?? 0
        word |= (byte & 127) << shift
        scratch[at++] = byte
      }
      words[count] = word
      sum = (sum + mixed(count, word)) | 0
    }
    starts[count] = length
    this.count = count
    this.base = index
    this.baseSum = sum
  }

  private enter(length: number, parent: number): number {
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
    this.base = -1
    let at = 0
    let sum = 0
    for (let i = 0; i < n; i++) {
      let word = state[i] ?? 0
      sum = (sum + mixed(i, word)) | 0
      while (word >= 128) {
        scratch[at++] = (word & 127) | 128
        word >>>= 7
      }
      scratch[at++] = word
    }
    this.hash = finished(sum)
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

/** Whether a component is one of the first `n`. */
function isAmong(changed: Int32Array, n: number, component: number): boolean {
  for (let i = 0; i < n; i++) if (changed[i] === component) return true
  return false
}

/** @returns what a word adds to the sum of a state: nothing if it is 0, so that a state has the same sum with and without zeros at its end */
function mixed(at: number, word: number): number {
  if (word === 0) return 0
  let h = Math.imul(word, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return h ^ (h >>> 12)
}

/** @returns the hash of a state with such a sum */
function finished(sum: number): number {
  let h = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
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
