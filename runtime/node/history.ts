/**
 * What a member tells of what happens between members, one entry an event, so that a checker can prove afterwards that it was right: each rendezvous
 * between nodes, where processes are, which sites act, and what may be seen. Nothing is told unless somebody asks for it.
 */
import { createHash } from 'node:crypto'
import type { History } from '../kernel/links/history.ts'
import { ChannelHandle } from '../kernel/scheduler/ends.ts'
import { Handle, Mobile } from '../kernel/scheduler/value.ts'
import type { Reference, Value } from '../kernel/scheduler/value.ts'

/** What happens at the site of one incarnation of a program. */
export interface SiteHistory extends History {
  /** The site begins a slice. */
  ran(): void
  /** Nothing of the site acts any more. */
  over(): void
  /** The home of the program is here, and all output up to byte `upTo` is in the state that it begins with. */
  began(upTo: number): void
  /** Output up to byte `upTo` may be seen from now on. */
  shown(upTo: number): void
}

/** What happens at a member. */
export interface MemberHistory {
  site(of: { readonly id: number; readonly incarnation: number }): SiteHistory
  /** A member has left the cluster, or was removed from it. */
  left(member: number): void
}

export const HAPPENINGS = ['offered', 'took', 'sent', 'came', 'went', 'ran', 'over', 'began', 'shown', 'left'] as const

/** One event of a history. */
export interface HistoryEntry {
  /** Milliseconds of a clock that all members share. */
  readonly at: number
  /** Member index of whoever tells it. */
  readonly member: number
  /** The program, and its incarnation; 0 when it is about a member. */
  readonly program: number
  readonly incarnation: number
  readonly what: (typeof HAPPENINGS)[number]
  /** Id of the channel, the process or the member that it is about; 0 when it is about none. */
  readonly id: number
  /** The stamp of an output, the number of moves of a process, or a number of bytes. */
  readonly count: number
  /** What a value is, the same at both ends of a channel; empty when there is none. */
  readonly value: string
}

/** Longer values are told by their hashes. */
const MOST_CHARACTERS = 40

/** @param now milliseconds of a clock that all members share. @returns what a member is given so that it tells its history */
export function historyOf(member: number, now: () => number, tell: (entry: HistoryEntry) => void): MemberHistory {
  return {
    site: ({ id: program, incarnation }) => {
      const say = (what: HistoryEntry['what'], id: number, count: number, value = ''): void => {
        tell({ at: now(), member, program, incarnation, what, id, count, value })
      }
      return {
        offered: (channel, stamp, value) => {
          say('offered', channel, stamp, spell(value))
        },
        took: (channel, stamp) => {
          say('took', channel, stamp)
        },
        sent: (channel, stamp, value) => {
          say('sent', channel, stamp, spell(value))
        },
        came: (process, moves) => {
          say('came', process, moves)
        },
        went: (process) => {
          say('went', process, 0)
        },
        ran: () => {
          say('ran', 0, 0)
        },
        over: () => {
          say('over', 0, 0)
        },
        began: (upTo) => {
          say('began', 0, upTo)
        },
        shown: (upTo) => {
          say('shown', 0, upTo)
        },
      }
    },
    left: (index) => {
      tell({ at: now(), member, program: 0, incarnation: 0, what: 'left', id: index, count: 0, value: '' })
    },
  }
}

/** @returns what a value is: its elements, and the names of what it holds that others hold too */
function spell(value: Value): string {
  const text = typeof value === 'object' ? spellReference(value) : String(value)
  return text.length <= MOST_CHARACTERS ? text : createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function spellReference(value: Reference): string {
  if (value instanceof ChannelHandle) return `channel ${idOf(value.channel.link) ?? idOf(value.link) ?? ''}`
  if (value instanceof Handle) return `handle ${idOf(value.link) ?? ''}`
  if (value instanceof Mobile)
    return `(${value.elements.join(' ')}; ${value.parts.map(spellReference).join(', ')}; ${value.dims.join(' ')})`
  return value.join(' ')
}

/** @returns the id of a link, which is the same everywhere */
function idOf(link: unknown): number | undefined {
  return typeof link === 'object' && link !== null && 'id' in link && typeof link.id === 'number' ? link.id : undefined
}
