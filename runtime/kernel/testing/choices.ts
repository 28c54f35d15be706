/** Choices that can be made again: of schedules, of moves, of programs. */

/** A sequence of choices that follows from a seed (mulberry32, public domain). */
export class Choices {
  constructor(private seed: number) {}

  /** @returns an integer from 0 to n - 1 */
  readonly below = (n: number): number => {
    this.seed = (this.seed + 0x6d2b79f5) | 0
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x100000000) * n)
  }

  chance(probability: number): boolean {
    return this.below(0x1000000) < probability * 0x1000000
  }
}
