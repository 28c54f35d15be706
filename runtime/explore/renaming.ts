/**
 * Names that are exchanged for others: those of channels and monitors that travel.
 *
 * What any process may get has no name of its own. In a state such things are numbered in the order in which they are met when one goes through the
 * processes, place by place, and through the words of each. So two states that differ only in which of them was made first are one state.
 *
 * Invariants
 * - In each state that is kept, channels that travel have the numbers from 0 on, without a gap, and so have monitors.
 * - What a step makes is fresh; it gets a number that the state does not have before anything else is done with it.
 * - What had a name of its own begins to travel when it is given to a process that may outlive the one that made it.
 */
import type { Held } from './held.ts'
import type { Wait } from './waits.ts'

/** What a word names: a channel, a monitor, or a message with such names in it. */
export const CHANNEL = 0
export const MONITOR_NAME = 1
export const VALUE = 2
type NameKind = typeof CHANNEL | typeof MONITOR_NAME | typeof VALUE

/** @returns the position of a name in a list of words, and what it names, as one number */
export const positioned = (at: number, kind: NameKind): number => at * 4 + kind
/** @returns where a word is whose position is given */
export const wordAt = (position: number): number => position >> 2
export const kindAt = (position: number): NameKind => (position & 3) as NameKind // as `positioned` made it

/** Numbers of channels and monitors, and which they are from now on. */
export class Renaming {
  readonly channels = new Map<number, number>()
  readonly monitors = new Map<number, number>()

  /**
   * @param ofValue renames a message
   * @param isOfOthers whether things that have not travelled so far get other names
   */
  constructor(
    private readonly ofValue: (number: number, renaming: Renaming) => number,
    readonly isOfOthers = false,
  ) {}

  channel(number: number): number {
    return this.channels.get(number) ?? number
  }

  monitor(number: number): number {
    return this.monitors.get(number) ?? number
  }

  value(number: number): number {
    return this.ofValue(number, this)
  }

  /** @param names the positions of names in `words` */
  words(words: ArrayLike<number>, names: readonly number[]): number[] {
    const renamed = Array.from(words)
    for (const position of names) {
      const at = wordAt(position)
      renamed[at] = this.name(kindAt(position), renamed[at] ?? 0)
    }
    return renamed
  }

  private name(kind: NameKind, number: number): number {
    switch (kind) {
      case CHANNEL:
        return this.channel(number)
      case MONITOR_NAME:
        return this.monitor(number)
      case VALUE:
        return this.value(number)
    }
  }

  held({ reads, writes, monitors }: Held): Held {
    return {
      reads: reads.map((each) => this.channel(each)),
      writes: writes.map((each) => this.channel(each)),
      monitors: monitors.map((each) => this.monitor(each)),
    }
  }

  wait(wait: Wait): Wait {
    switch (wait.kind) {
      case 'output':
        return { kind: 'output', channel: this.channel(wait.channel), value: this.value(wait.value) }
      case 'input':
        return { kind: 'input', channel: this.channel(wait.channel) }
      case 'alt':
        return {
          kind: 'alt',
          guards: wait.guards.map((guard) => {
            if (guard.kind === 'input') return { ...guard, channel: this.channel(guard.channel) }
            return guard.kind === 'sync' ? { ...guard, monitor: this.monitor(guard.monitor) } : guard
          }),
        }
      case 'claim':
      case 'sync':
        return { kind: wait.kind, monitor: this.monitor(wait.monitor) }
      case 'time':
      case 'join':
      case 'ended':
        return wait
    }
  }
}

/** The channels and monitors that travel and have names in a list of words, in the order in which they are met. */
export interface Travellers {
  readonly channels: readonly number[]
  readonly monitors: readonly number[]
}

export const NO_TRAVELLERS: Travellers = { channels: [], monitors: [] }
