/**
 * Sets of locals of one routine, as bit masks. A routine may have thousands of locals and as many points: lists of what is live at each would grow
 * with the square of their number.
 */
import type { Local } from '../ir/ir.ts'

export type Mask = bigint

/** The locals of a routine in the order in which their bits were given out. */
export class Bits {
  private readonly bits = new Map<Local, number>()
  readonly locals: Local[] = []

  /** @returns the set that holds `local` only */
  of(local: Local): Mask {
    let bit = this.bits.get(local)
    if (bit === undefined) {
      bit = this.locals.length
      this.locals.push(local)
      this.bits.set(local, bit)
    }
    return 1n << BigInt(bit)
  }

  all(locals: Iterable<Local>): Mask {
    let mask = 0n
    for (const local of locals) mask |= this.of(local)
    return mask
  }

  has(mask: Mask, local: Local): boolean {
    const bit = this.bits.get(local)
    return bit !== undefined && ((mask >> BigInt(bit)) & 1n) === 1n
  }
}

const ZERO = '0'.charCodeAt(0)
const F = 'f'.charCodeAt(0)

/** A set of locals that does not change. */
export class LiveSet implements Iterable<Local> {
  constructor(
    private readonly bits: Bits,
    private readonly mask: Mask,
  ) {}

  has(local: Local): boolean {
    return this.bits.has(this.mask, local)
  }

  without(other: Mask): LiveSet {
    return new LiveSet(this.bits, this.mask & ~other)
  }

  /** The locals, in the order of their bits. */
  *[Symbol.iterator](): Generator<Local> {
    for (const [first, last] of this.stretches())
      for (let bit = first; bit <= last; bit++) {
        const local = this.bits.locals[bit]
        if (local !== undefined) yield local
      }
  }

  get size(): number {
    let size = 0
    for (const [first, last] of this.stretches()) size += last - first + 1
    return size
  }

  /** @returns the first and the last bit of each stretch of bits that are set, in order */
  stretches(): (readonly [first: number, last: number])[] {
    const found: (readonly [number, number])[] = []
    const digits = this.mask.toString(16)
    let first = -1
    for (let i = 0; i <= digits.length; i++) {
      const code = i === digits.length ? ZERO : digits.charCodeAt(digits.length - 1 - i)
      if (code === (first < 0 ? ZERO : F)) continue // most digits of long sets are like the one before
      const digit = parseInt(String.fromCharCode(code), 16)
      for (let bit = 0; bit < 4; bit++) {
        const isSet = (digit & (1 << bit)) !== 0
        if (isSet === first >= 0) continue
        if (isSet) first = 4 * i + bit
        else {
          found.push([first, 4 * i + bit - 1])
          first = -1
        }
      }
    }
    return found
  }
}
