/** A digest of a set of texts that changes with each of them, at the price of that text alone: the sum of what each text comes to. */

/** Steps from one character to the next; both are odd, so that no character that differs is lost on the way. */
const FIRST_STEP = 0x01000193
const SECOND_STEP = 0x2c1b3c6d
const FIRST_BEGIN = 0x1b873593
const SECOND_BEGIN = 0x68bc21eb
/** A digest is a whole number below 2 ** 53: all bits of one sum, and the upper ones of the other. */
const SECOND_BITS = 21

export class LogDigest {
  private first = 0
  private second = 0

  /** Whole numbers are equal where the sets are equal, and differ with near certainty where the sets do. */
  get value(): number {
    return (this.first >>> 0) * 2 ** SECOND_BITS + (this.second >>> (32 - SECOND_BITS))
  }

  add(key: string, value: string): void {
    this.count(key, value, 1)
  }

  remove(key: string, value: string): void {
    this.count(key, value, -1)
  }

  clear(): void {
    this.first = this.second = 0
  }

  private count(key: string, value: string, sign: 1 | -1): void {
    let first = FIRST_BEGIN ^ key.length
    let second = SECOND_BEGIN ^ value.length
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i)
      first = Math.imul(first ^ code, FIRST_STEP)
      second = Math.imul(second ^ (second >>> 15) ^ code, SECOND_STEP)
    }
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      first = Math.imul(first ^ code, FIRST_STEP)
      second = Math.imul(second ^ (second >>> 15) ^ code, SECOND_STEP)
    }
    this.first = (this.first + sign * first) | 0
    this.second = (this.second + sign * (second ^ (second >>> 16))) | 0
  }
}
