/**
 * What travels in a move: channels and monitors that any process may get, and the names that they have before, in the midst of it and after; see renaming.ts.
 *
 * Invariants
 * - `ranks` are above those of everything that has a name in the state before the move, or has got one in it.
 * - A component that is yet to begin has no local state.
 */
import type { Forked, Locals, Step } from './locals.ts'
import type { ChannelName, MonitorName, Names, Place } from './names.ts'
import type { Numbering } from './numbering.ts'
import { NO_TRAVELLERS } from './renaming.ts'
import type { Renaming, Travellers } from './renaming.ts'
import type { Successor } from './successor.ts'

/** How many channels and monitors that travel have numbers. */
interface Ranks {
  channels: number
  monitors: number
}

export class Travel {
  /** The state in which the move is made, and the ranks that are given next; undefined: nobody has asked for them yet. */
  private from: Int32Array | undefined
  private known: Ranks | undefined
  /** What has begun to travel in the move. */
  private departures: Renaming | undefined
  /** Components of processes that were forked and have not begun. */
  readonly yetToBegin = new Set<number>()

  constructor(
    private readonly numbering: Numbering,
    private readonly locals: Locals,
    private readonly next: Successor,
  ) {}

  /** @param state the one in which the next move is made; undefined: the program begins */
  beginMove(state: Int32Array | undefined): void {
    this.from = state
    this.known = undefined
    this.departures = undefined
    this.yetToBegin.clear()
  }

  /** @returns a step in which what it has made has numbers that nothing else has in this move */
  settled(step: Step): Step {
    if (!step.isFresh) return step
    const renaming = this.numbering.renaming()
    const { ranks } = this
    for (const [component, index] of step.sets)
      if (index > 0) this.meet(this.locals.local(component, index).travellers, renaming, ranks, true)
    for (const { words, names } of step.forks) this.meet(this.numbering.travellersIn(words, names), renaming, ranks, true)
    this.meet({ channels: [], monitors: step.effects.map(({ name }) => name.number) }, renaming, ranks, true)
    return { ...this.locals.renamedStep(step, renaming), isFresh: false }
  }

  /** @returns a step of a process as it was before the move, with the names that things have got in the move */
  sinceDepartures(step: Step): Step {
    return this.departures === undefined ? step : this.locals.renamedStep(step, this.departures)
  }

  /** What a process is given that may outlive whoever has made it travels from now on. @returns the process, with the names that it is given */
  departed(around: Place, given: Forked): Forked {
    const { names } = this.numbering
    const forked = this.forkedSince(given)
    const isInside = (name: MonitorName | ChannelName | undefined): boolean =>
      name !== undefined && name.travels === undefined && !name.maker.isAround(around)
    const { held } = forked
    const channels = [...new Set([...held.reads, ...held.writes])].filter((each) => isInside(names.channels[each]))
    const monitors = held.monitors.filter((each) => isInside(names.monitors[each]))
    if (channels.length + monitors.length > 0) this.depart({ channels, monitors })
    return this.forkedSince(forked)
  }

  /** The move is made: what travels gets the names that it has in the state which it leads to. */
  arrive(): void {
    const { next, locals } = this
    const renaming = this.numbering.renaming()
    const ranks = { channels: 0, monitors: 0 }
    for (let component = 0; component < next.words.length; component++)
      this.meet(locals.in(next.words, component)?.travellers ?? NO_TRAVELLERS, renaming, ranks, false)
    next.makeRoom(this.numbering.names.components)
    for (let component = 0; component < next.words.length; component++) {
      const local = locals.in(next.words, component)
      if (local === undefined || local.travellers === NO_TRAVELLERS) continue
      const { index } = locals.renamed(local, renaming)
      if (index !== local.index) next.put(component, index)
    }
    this.moveMonitors(renaming.monitors)
  }

  /** Gives the next ranks to what travels and has none in the renaming yet. @param freshOnly whether only to what has been made in the move */
  private meet({ channels, monitors }: Travellers, renaming: Renaming, ranks: Ranks, freshOnly: boolean): void {
    const { names } = this.numbering
    for (const number of channels) {
      if (renaming.channels.has(number) || (freshOnly && names.channels[number]?.travels?.isFresh !== true)) continue
      renaming.channels.set(number, nextChannel(names, ranks))
    }
    for (const number of monitors) {
      if (renaming.monitors.has(number) || (freshOnly && names.monitors[number]?.travels?.isFresh !== true)) continue
      renaming.monitors.set(number, nextMonitor(names, ranks).number)
    }
  }

  private get ranks(): Ranks {
    if (this.known !== undefined) return this.known
    const { names } = this.numbering
    const ranks = { channels: 0, monitors: 0 }
    for (let component = 0; component < (this.from?.length ?? 0); component++) {
      const { channels, monitors } = this.locals.in(this.from ?? this.next.words, component)?.travellers ?? NO_TRAVELLERS
      for (const number of channels) ranks.channels = Math.max(ranks.channels, (names.channels[number]?.travels?.rank ?? -1) + 1)
      for (const number of monitors) ranks.monitors = Math.max(ranks.monitors, (names.monitors[number]?.travels?.rank ?? -1) + 1)
    }
    return (this.known = ranks)
  }

  private forkedSince(forked: Forked): Forked {
    const { departures } = this
    if (departures === undefined) return forked
    return { ...forked, words: departures.words(forked.words, forked.names), held: departures.held(forked.held) }
  }

  /** What had names of its own travels. */
  private depart({ channels, monitors }: Travellers): void {
    const { next, ranks } = this
    const { names } = this.numbering
    const departures = (this.departures ??= this.numbering.renaming(true))
    for (const number of channels) departures.channels.set(number, nextChannel(names, ranks))
    for (const number of monitors) {
      const after = nextMonitor(names, ranks)
      departures.monitors.set(number, after.number)
      const component = names.monitors[number]?.component ?? -1
      next.makeRoom(names.components)
      next.put(after.component, next.words[component] ?? 0)
      next.put(component, 0)
    }
    for (let component = 0; component < next.words.length; component++) {
      const local = this.yetToBegin.has(component) ? undefined : this.locals.in(next.words, component)
      if (local !== undefined) next.put(component, this.locals.renamed(local, departures).index)
    }
  }

  /** What monitors that travel are goes where they have their names now; nothing is left of those that nobody has any more. */
  private moveMonitors(now: ReadonlyMap<number, number>): void {
    const { monitors, travelling } = this.numbering.names
    const { next } = this
    const after = new Map<number, number>()
    for (const [before, number] of now) after.set(monitors[number]?.component ?? -1, next.words[monitors[before]?.component ?? -1] ?? 0)
    for (const { component } of travelling) {
      const word = after.get(component) ?? 0
      if (next.words[component] !== word) next.put(component, word)
    }
  }
}

function nextChannel(names: Names, ranks: Ranks): number {
  return names.travellingChannel({ rank: ranks.channels++, isFresh: false }).number
}

function nextMonitor(names: Names, ranks: Ranks): MonitorName {
  return names.travellingMonitor({ rank: ranks.monitors++, isFresh: false })
}
