/**
 * Looks through the history of a cluster, as its members have told it (runtime/node/history.ts).
 *
 * - Each output between nodes is taken once, in the order of its channel, and its writer goes on once, afterwards, with what was taken.
 * - A process is at one member at a time, in each incarnation, and comes to others by ever later moves.
 * - A member that the others have seen leave begins no slice afterwards; nor does a site that is over.
 * - What was seen of an incarnation is in the state that each later one begins with.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatedEngine, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { HAPPENINGS, historyOf } from '../../runtime/node/history.ts'
import type { HistoryEntry, MemberHistory } from '../../runtime/node/history.ts'

/** What is known of a channel in one incarnation. */
interface Channel {
  /** The values of outputs that were offered, by their stamps. */
  readonly offered: Map<number, string>
  readonly taken: Set<number>
  readonly sent: Set<number>
  last: number
}

/** What is known of a process in one incarnation. */
interface Reign {
  /** Undefined while it is on its way. */
  member: number | undefined
  moves: number
}

/** What was seen of a program, by incarnation, and how far the state went that each began with. */
interface Border {
  readonly shown: Map<number, number>
  readonly began: Map<number, number>
}

export class HistoryChecker {
  /** How many entries it has looked at, by what they say. */
  readonly counts: Record<string, number> = {}
  private readonly channels = new Map<string, Channel>()
  private readonly reigns = new Map<string, Map<number, Reign>>()
  private readonly borders = new Map<number, Border>()
  /** When members were first seen to have left, and where sites are over. */
  private readonly left = new Map<number, number>()
  private readonly over = new Set<string>()

  /** The numbers of members may be given again: nobody is left who knows them. */
  forgetMembers(): void {
    this.left.clear()
    this.over.clear()
  }

  /** @param entry the next one, in the order of their times. @returns what is wrong with it; undefined when nothing is */
  add(entry: HistoryEntry): string | undefined {
    const { at, member, program, incarnation, what } = entry
    this.counts[what] = (this.counts[what] ?? 0) + 1
    const wrong = this.look(entry, `${program}.${incarnation}`)
    return wrong === undefined
      ? undefined
      : `${wrong}: at ${at.toFixed(3)} at member ${member}, incarnation ${incarnation} of program ${program}`
  }

  private look(entry: HistoryEntry, life: string): string | undefined {
    const { at, member, program, incarnation, what, id, count, value } = entry
    switch (what) {
      case 'offered': {
        const { offered } = this.channel(life, id)
        const before = offered.get(count)
        offered.set(count, value)
        return before === undefined || before === value ? undefined : `output ${count} of channel ${id} is offered with another value`
      }
      case 'took':
        return this.took(this.channel(life, id), entry)
      case 'sent':
        return this.sent(this.channel(life, id), entry)
      case 'came':
        return this.came(life, entry)
      case 'went': {
        const reign = this.reigns.get(life)?.get(id)
        if (reign?.member === member) reign.member = undefined
        return undefined
      }
      case 'ran': {
        const since = this.left.get(member)
        if (since !== undefined && at > since) return 'a slice of a member that has left'
        return this.over.has(`${life} ${member}`) ? 'a slice of a site that is over' : undefined
      }
      case 'over':
        this.over.add(`${life} ${member}`)
        for (const reign of this.reigns.get(life)?.values() ?? []) if (reign.member === member) reign.member = undefined
        return undefined
      case 'began':
        this.border(program).began.set(incarnation, count)
        return this.seenOnce(program)
      case 'shown': {
        const { shown } = this.border(program)
        shown.set(incarnation, Math.max(count, shown.get(incarnation) ?? 0))
        return this.seenOnce(program)
      }
      case 'left':
        if (!this.left.has(id)) this.left.set(id, at)
        return undefined
    }
  }

  private channel(life: string, id: number): Channel {
    const key = `${life} ${id}`
    const known = this.channels.get(key)
    if (known !== undefined) return known
    const channel: Channel = { offered: new Map(), taken: new Set(), sent: new Set(), last: 0 }
    this.channels.set(key, channel)
    return channel
  }

  private took(channel: Channel, { id, count }: HistoryEntry): string | undefined {
    const { offered, taken, last } = channel
    const twice = taken.has(count)
    taken.add(count)
    channel.last = Math.max(last, count)
    if (!offered.has(count)) return `output ${count} of channel ${id} is taken and was not offered`
    if (twice) return `output ${count} of channel ${id} is taken twice`
    return count < last ? `output ${count} of channel ${id} is taken after ${last}` : undefined
  }

  private sent({ offered, taken, sent }: Channel, { id, count, value }: HistoryEntry): string | undefined {
    const twice = sent.has(count)
    sent.add(count)
    if (!taken.has(count)) return `a writer goes on though its output ${count} of channel ${id} was not taken`
    if (twice) return `a writer goes on twice after output ${count} of channel ${id}`
    return offered.get(count) === value ? undefined : `another value was taken than the output ${count} of channel ${id}`
  }

  private came(life: string, { member, id, count }: HistoryEntry): string | undefined {
    const reigns = this.reigns.get(life) ?? new Map<number, Reign>()
    this.reigns.set(life, reigns)
    const before = reigns.get(id)
    reigns.set(id, { member, moves: count })
    if (before === undefined) return undefined
    if (before.member !== undefined && before.member !== member) return `process ${id} comes while it is at member ${before.member}`
    return before.moves > count ? `process ${id} comes with move ${count} after move ${before.moves}` : undefined
  }

  private border(program: number): Border {
    const known = this.borders.get(program)
    if (known !== undefined) return known
    const border: Border = { shown: new Map(), began: new Map() }
    this.borders.set(program, border)
    return border
  }

  private seenOnce(program: number): string | undefined {
    const { shown, began } = this.border(program)
    for (const [earlier, upTo] of shown)
      for (const [later, from] of began)
        if (earlier < later && upTo > from)
          return `incarnation ${earlier} has shown ${upTo} bytes, and incarnation ${later} begins with ${from}`
    return undefined
  }
}

const worlds = new WeakMap<SimulatedWorld, HistoryChecker>()

/** @returns how much the members of a world have told so far, by what it says */
export function toldIn(world: SimulatedWorld): Readonly<Record<string, number>> {
  return worlds.get(world)?.counts ?? {}
}

/** @returns the history of a simulated member; what is wrong with that of its world is thrown by `world.run` */
export function watchedHistory(world: SimulatedWorld, { index }: SimulatedEngine): MemberHistory {
  const checker = worlds.get(world) ?? new HistoryChecker()
  worlds.set(world, checker)
  return historyOf(
    index,
    () => world.time,
    (entry) => {
      const wrong = checker.add(entry)
      if (wrong === undefined) return
      world.after(0, () => {
        throw new Error(`the history is wrong: ${wrong}`)
      })
    },
  )
}

/** All members of a world have died, and it may have lost what it knew of them. */
export function forgetMembers(world: SimulatedWorld): void {
  worlds.get(world)?.forgetMembers()
}

export interface CheckedHistory {
  /** How many entries there are, by what they say. */
  readonly counts: Readonly<Record<string, number>>
  readonly wrong: readonly string[]
}

/** @param entries of all members, each member's in the order in which it has told them */
export function checkHistory(entries: readonly HistoryEntry[]): CheckedHistory {
  const checker = new HistoryChecker()
  const wrong = [...entries].sort((a, b) => a.at - b.at).flatMap((entry) => checker.add(entry) ?? [])
  return { counts: checker.counts, wrong }
}

/** @param directory that GODWIT_HISTORY has named for the members of one cluster. @returns what they have told */
export function readHistory(directory: string): HistoryEntry[] {
  return readdirSync(directory).flatMap((name) => {
    const lines = readFileSync(join(directory, name), 'utf8').split('\n')
    lines.pop() // of a member that was killed while it wrote, or nothing
    return lines.map((line) => {
      const [at, member, program, incarnation, what, id, count, value] = JSON.parse(line) as readonly [
        number,
        number,
        number,
        number,
        HistoryEntry['what'],
        number,
        number,
        string,
      ] // history-file.ts writes them
      if (!HAPPENINGS.includes(what)) throw new Error(`${name} has ${what}`)
      return { at, member, program, incarnation, what, id, count, value }
    })
  })
}
