/**
 * Mobiles of several parts as words, and back: records with mobile fields, arrays of mobiles, ends of channel types, mobile barriers.
 *
 * Invariants
 * - A mobile is known by its array of parts, which no other mobile has. Each is written once, after those that are parts of it.
 * - What of a process held one mobile holds one again when it is read.
 */
import { Agent, isImage } from '../kernel/scheduler/agents.ts'
import { NO_BYTES } from '../kernel/scheduler/blanks.ts'
import { ChannelHandle, kindOfUse, useOfKind } from '../kernel/scheduler/ends.ts'
import { NO_MOBILE, NO_REFERENCES } from '../kernel/scheduler/mobile.ts'
import { Handle, HANDLE_KINDS, Mobile } from '../kernel/scheduler/value.ts'
import type { Reference, TypedArray } from '../kernel/scheduler/value.ts'
import { kindOf } from '../kernel/snapshot/codec.ts'
import type { ArrayKind } from '../kernel/snapshot/codec.ts'
import type { Held } from './held.ts'
import { Memory } from './memory.ts'
import { NotExplored } from './not-explored.ts'
import { WordList } from './word-list.ts'
import type { Numbers } from './word-list.ts'

/** The kinds of references in words; those of flat arrays are six numbers. */
const NOTHING = 0
const COMPOUND = 1
const HANDLE = 2
const FLAT = 3

/** Calls `visit` for each channel and monitor that a mobile has. */
export function eachHandle(r: Reference, visit: (h: Handle) => void): void {
  if (r instanceof Handle) visit(r)
  else if (r instanceof Mobile) for (const part of r.parts) eachHandle(part, visit)
}

export class MobileWriter {
  private readonly order: Mobile[] = []
  private readonly numbers = new Map<readonly Reference[], number>()

  /** @param memory where the arrays are written */
  constructor(private readonly memory: Memory) {}

  /** Adds a mobile and all that it consists of. @throws NotExplored when a mobile process is among that */
  add(m: Mobile): void {
    if (m === NO_MOBILE) return
    if (m instanceof Agent || isImage(m)) throw new NotExplored('a mobile process')
    const known = this.numbers.get(m.parts)
    if (known !== undefined && this.order[known]?.elements === m.elements) return
    this.memory.add(m.elements)
    if (known !== undefined) {
      this.order[known] = m // was held without its mobile before
      return
    }
    for (const part of m.parts) {
      if (part instanceof Mobile) this.add(part)
      else if (!(part instanceof Handle)) this.memory.add(part)
    }
    this.numbers.set(m.parts, this.order.length)
    this.order.push(m)
  }

  /** Adds references that are held without their mobile. */
  addParts(parts: Reference[]): void {
    if (parts !== NO_REFERENCES && !this.numbers.has(parts)) this.add(new Mobile(NO_BYTES, parts, [parts.length]))
  }

  /** Writes all that was added, when the memory is arranged. */
  write(list: WordList): void {
    const { words } = list
    words.push(this.order.length)
    for (const { dims, elements, parts } of this.order) {
      words.push(dims.length)
      for (const size of dims) words.push(size)
      this.flat(words, elements)
      words.push(parts.length)
      for (const part of parts) this.reference(list, part)
    }
  }

  private reference(list: WordList, r: Reference): void {
    const { words } = list
    if (r instanceof Mobile) {
      words.push(r === NO_MOBILE ? NOTHING : COMPOUND)
      if (r !== NO_MOBILE) words.push(this.numberOf(r.parts))
    } else if (r instanceof Handle) {
      const kind = r instanceof ChannelHandle ? kindOfUse(r.use) : 'monitor'
      words.push(HANDLE, HANDLE_KINDS.indexOf(kind))
      list.handle(r)
    } else this.flat(words, r)
  }

  private flat(words: number[], a: TypedArray): void {
    words.push(FLAT + kindOf(a))
    this.memory.writeReference(words, a)
  }

  /** @returns the number of a mobile, from 1; 0 for none */
  number(m: Mobile): number {
    return m === NO_MOBILE ? 0 : this.numberOf(m.parts) + 1
  }

  /** @returns the number of the mobile that has these parts, from 1; 0 for none */
  numberOfParts(parts: readonly Reference[]): number {
    return parts === NO_REFERENCES ? 0 : this.numberOf(parts) + 1
  }

  private numberOf(parts: readonly Reference[]): number {
    const number = this.numbers.get(parts)
    if (number === undefined) throw new Error('a mobile was not added before it is written')
    return number
  }
}

/** @returns the mobiles that `MobileWriter.write` wrote; number 0 is none */
export function readMobiles(next: () => number, memory: Memory, numbering: Numbers): Mobile[] {
  const mobiles: Mobile[] = [NO_MOBILE]
  const flat = (tag: number): TypedArray => memory.readReference((tag - FLAT) as ArrayKind, next) // as `flat` wrote it
  const reference = (): Reference => {
    const tag = next()
    if (tag === NOTHING) return NO_MOBILE
    if (tag === COMPOUND) return mobiles[next() + 1] ?? NO_MOBILE
    if (tag !== HANDLE) return flat(tag)
    const kind = HANDLE_KINDS[next()] ?? 'monitor'
    if (kind === 'monitor') return numbering.monitorAt(next())
    return new ChannelHandle(numbering.channelAt(next()), useOfKind(kind))
  }
  for (let n = next(); n > 0; n--) {
    const dims = Array.from({ length: next() }, next)
    const elements = flat(next())
    const parts = Array.from({ length: next() }, reference)
    mobiles.push(new Mobile(elements, parts, dims))
  }
  return mobiles
}

/** A mobile that a message carries. */
export interface MobileWords {
  readonly words: readonly number[]
  /** Positions of names in them; see renaming.ts. */
  readonly names: readonly number[]
  readonly held: Held
}

/** @returns a mobile as words, which are equal for those that are equal */
export function mobileAsWords(m: Mobile, numbering: Numbers): MobileWords {
  const list = new WordList(numbering)
  const memory = new Memory()
  const writer = new MobileWriter(memory)
  writer.add(m)
  memory.arrange()
  memory.write(list.words, numbering)
  writer.write(list)
  return list
}

/** @returns the mobile that words are of */
export function mobileOfWords(words: readonly number[], numbering: Numbers): Mobile {
  let at = 0
  const next = (): number => words[at++] ?? 0
  const memory = Memory.read(next, numbering)
  return readMobiles(next, memory, numbering).at(-1) ?? NO_MOBILE
}
