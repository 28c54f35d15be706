/**
 * Handles in values: a mobile that goes to another node holds them by their names on the way.
 *
 * Invariants
 * - Before a value is written for another node its handles have names; what has come is given the objects that this node has of these names
 *   before any process sees it.
 * - Whoever sends a value holds its handles until the receiver does: a writer until its output is taken, a branch until its results have come.
 */
import { ChannelHandle, useOfKind } from '../scheduler/ends.ts'
import { Monitor } from '../scheduler/state.ts'
import type { Channel } from '../scheduler/state.ts'
import { Handle, HandleName, Mobile } from '../scheduler/value.ts'
import { freeze } from '../snapshot/snapshot-writer.ts'
import type { HandleLink, Reference } from '../scheduler/value.ts'

/** Calls `visit` for every handle in a value, with the parts that it stands in. */
export function eachHandle(v: unknown, visit: (h: Handle, parts: Reference[], at: number) => void): void {
  if (!(v instanceof Mobile)) return
  const queue = [v]
  for (let m = queue.pop(); m !== undefined; m = queue.pop()) {
    const { parts } = m
    parts.forEach((part, i) => {
      if (part instanceof Handle) visit(part, parts, i)
      else if (part instanceof Mobile) queue.push(part)
    })
  }
}

/** What gives handles their names, and finds handles by name. */
export interface HandleNames {
  /** Gives a handle a name if it has none; something that holds it leaves from here. */
  give(h: Handle): void
  /** @returns what this node has of that name */
  find(name: HandleName): Handle
}

/** What names objects of one kind. */
interface Namer<T> {
  of(object: T): HandleLink
  /** @returns the object of a name; what is said of where it is may be news */
  known(link: HandleLink): T
}

/** Monitors, and the channels of ends, by name. */
export class HandleLinks implements HandleNames {
  /** Told of the id of a handle that something leaves from here with. */
  leaves: (id: number) => void = () => undefined
  private channels: Namer<Channel> | undefined

  constructor(private readonly monitors: Namer<Monitor>) {}

  /** Channels are linked by what needs the names of handles itself, so they come last. */
  name(channels: Namer<Channel>): void {
    this.channels = channels
  }

  private get named(): Namer<Channel> {
    if (this.channels === undefined) throw new Error('a link table names channels')
    return this.channels
  }

  give(h: Handle): void {
    if (h instanceof Monitor) this.leaves(this.monitors.of(h).id)
    else if (h instanceof ChannelHandle) this.leaves((h.link = this.named.of(h.channel)).id)
  }

  find({ kind, link }: HandleName): Handle {
    return kind === 'monitor' ? this.monitors.known(link) : new ChannelHandle(this.named.known(link), useOfKind(kind))
  }
}

/** Mobile processes go to other nodes as images. */
function freezeAll(v: unknown): void {
  if (!(v instanceof Mobile)) return
  freeze(v)
  for (const part of v.parts) freezeAll(part)
}

/** A value is about to be written for another node. */
export function nameHandles(v: unknown, names: HandleNames): void {
  freezeAll(v)
  eachHandle(v, (h) => {
    names.give(h)
  })
}

/** A value has come from another node. */
export function adoptHandles(v: unknown, names: HandleNames): void {
  eachHandle(v, (h, parts, i) => {
    if (h instanceof HandleName) parts[i] = names.find(h)
  })
}
