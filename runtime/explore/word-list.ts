/** A list of words that is being written: with the positions of the names in it, and what whoever it is of holds therefore. */
import { ChannelHandle } from '../kernel/scheduler/ends.ts'
import { NO_MONITOR } from '../kernel/scheduler/monitor.ts'
import { Monitor, NO_CHANNEL } from '../kernel/scheduler/state.ts'
import type { Channel } from '../kernel/scheduler/state.ts'
import type { Handle } from '../kernel/scheduler/value.ts'
import { hold } from './held.ts'
import type { Held } from './held.ts'
import type { Contents } from './memory.ts'
import { CHANNEL, MONITOR_NAME, positioned, VALUE } from './renaming.ts'

/** Gives numbers to what is no number; see numbering.ts. */
export interface Numbers extends Contents {
  channel(c: Channel): number
  channelAt(number: number): Channel
  monitor(m: Monitor): number
  monitorAt(number: number): Monitor
  /** @returns what is held by whoever has this message; undefined where no message holds anything */
  heldIn(number: number): Held | undefined
}

export class WordList<N extends Numbers = Numbers> {
  readonly words: number[] = []
  /** Positions of words that are names; see renaming.ts. */
  readonly names: number[] = []
  readonly held = { reads: [] as number[], writes: [] as number[], monitors: [] as number[] }

  constructor(readonly numbering: N) {}

  /** @param use what can be done at it; '' for both */
  channel(c: Channel | undefined, use: '?' | '!' | ''): void {
    const { words, held } = this
    if (c === undefined || c === NO_CHANNEL) {
      words.push(0)
      return
    }
    const number = this.numbering.channel(c)
    if (use !== '!') hold(held.reads, number)
    if (use !== '?') hold(held.writes, number)
    this.names.push(positioned(words.length, CHANNEL))
    words.push(number)
  }

  monitor(m: Monitor): void {
    if (m === NO_MONITOR) {
      this.words.push(0)
      return
    }
    const number = this.numbering.monitor(m)
    hold(this.held.monitors, number)
    this.names.push(positioned(this.words.length, MONITOR_NAME))
    this.words.push(number)
  }

  /** A part of a mobile that is no data. */
  handle(h: Handle): void {
    if (h instanceof ChannelHandle) this.channel(h.channel, h.use ?? '')
    else if (h instanceof Monitor) this.monitor(h)
    else throw new Error('a mobile has a part that nobody knows')
  }

  /** @param number of a message, as the numbering gave it */
  value(number: number): void {
    const { held } = this
    const inside = this.numbering.heldIn(number)
    if (inside !== undefined) {
      for (const each of inside.reads) hold(held.reads, each)
      for (const each of inside.writes) hold(held.writes, each)
      for (const each of inside.monitors) hold(held.monitors, each)
      this.names.push(positioned(this.words.length, VALUE))
    }
    this.words.push(number)
  }
}
