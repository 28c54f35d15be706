/** Choices that follow from a seed. */
import { Choices } from '../../runtime/kernel/testing/choices.ts'

export class Random {
  private readonly choices: Choices

  /** @param seed any integer; @param number makes the choices of one input differ from those of the next */
  constructor(seed: number, number = 0) {
    this.choices = new Choices((Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) | 0)
    for (let i = 0; i < 3; i++) this.choices.below(2)
  }

  /** @returns an integer from 0 to n - 1 */
  below(n: number): number {
    return this.choices.below(n)
  }

  /** @returns an integer from `low` to `high`, both included */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** @returns true `percent` times of a hundred */
  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  /** @returns one of the items. @throws Error when there is none */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  /** @returns one of the items, or undefined when there is none */
  maybe<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.pick(items)
  }

  /** @returns one of the items, each as often as its weight says. @throws Error when no weight is above 0 */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let rest = this.below(items.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, item] of items) {
      if (rest < weight) return item
      rest -= weight
    }
    throw new Error('nothing to pick from')
  }

  /** @returns the items in another order */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[result[i], result[j]] = [result[j] as T, result[i] as T] // 0 <= j <= i < length
    }
    return result
  }
}
