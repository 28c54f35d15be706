/**
 * Schedules by random priorities (S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding
 * bugs", ASPLOS 2010).
 *
 * Each process gets a priority by chance when it is first seen, and of those that can run the highest runs. At `depth - 1` dispatches that are drawn
 * beforehand the process that runs falls below all others. A fault that needs `depth` orderings is found with a probability of at least
 * 1 in n * k^(depth - 1), with n processes and k dispatches, whereas choosing uniformly may practically never come to it.
 */
import type { RunQueue } from '../scheduler/queue.ts'
import type { Process } from '../scheduler/state.ts'
import { Choices } from './choices.ts'

/** Who runs so often without a break looks for something that others have to do, and falls too. */
const MOST_TURNS = 100

export class Priorities {
  private readonly choices: Choices
  private readonly of = new WeakMap<Process, number>()
  /** Dispatches at which the one that runs falls. */
  private readonly falls: ReadonlySet<number>
  private lowest = 0
  private last: Process | undefined
  private turns = 0
  private dispatches = 0

  /**
   * @param depth from 1 on
   * @param length about how many dispatches the run has
   */
  constructor(seed: number, depth: number, length: number) {
    this.choices = new Choices(seed ^ 0x5bd1e995)
    this.falls = new Set(Array.from({ length: depth - 1 }, () => this.choices.below(Math.max(1, length))))
  }

  /** @returns which process of a queue runs, by its place */
  readonly pick = (queue: RunQueue): number => {
    let best = 0
    let most = -Infinity
    for (let i = 0; i < queue.length; i++) {
      const p = queue.at(i)
      if (p === undefined) continue
      const priority = this.priority(p)
      if (priority <= most) continue
      most = priority
      best = i
    }
    const p = queue.at(best)
    if (p === undefined) return best
    this.turns = p === this.last ? this.turns + 1 : 0
    this.last = p
    if (this.falls.has(this.dispatches++) || this.turns >= MOST_TURNS) {
      this.turns = 0
      this.of.set(p, --this.lowest)
    }
    return best
  }

  private priority(p: Process): number {
    let known = this.of.get(p)
    if (known === undefined) this.of.set(p, (known = 1 + this.choices.below(1 << 30)))
    return known
  }
}
