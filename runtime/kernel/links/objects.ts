/**
 * What a link table knows of each object that more than one node knows: channels, the places of branches in their joins, processes.
 *
 * Invariants
 * - An object has one global id and, at any time, is at most at one node (HERE), or on its way between two (TRANSIT at the one it leaves).
 * - `version` counts its moves. A node that is not its place has a hint: the node it was at since move number `version`. Whoever lets it go
 *   knows the next place with the next version. So following hints goes through ever later versions and ends where the object is.
 */
import type { Monitor } from '../scheduler/monitor.ts'
import type { Channel, Process } from '../scheduler/state.ts'
import type { Routed, Seek } from './messages.ts'
import { NO_STREAM } from './gathered.ts'
import type { Stream } from './gathered.ts'
import { Frame } from '../scheduler/state.ts'
import type { Borrowed, RemoteOffer } from '../snapshot/snapshot-format.ts'
import { unit } from '../scheduler/unit.ts'
import type { Value } from '../scheduler/value.ts'

/** It is at this node. */
export const HERE = 0
/** It is, or was, at node `hint`. */
export const AWAY = 1
/** It was captured here and is neither committed nor aborted: messages for it wait. */
export const TRANSIT = 2
/** Nobody here knows where it is: messages for it wait, until it is here (when a stage here has it) or it is found (it is sought then). */
export const UNKNOWN = 3

export type Whither = typeof HERE | typeof AWAY | typeof TRANSIT | typeof UNKNOWN

/** A message that waits, and the node it came from. */
export interface HeldMessage {
  readonly from: number
  readonly message: Routed | Seek
}

/** A question to all nodes for an object. */
export interface Search {
  readonly round: number
  /** The nodes that have not answered it. */
  readonly open: Set<number>
}

/** What is common to all objects. One that is only that is a name that something was heard of before the object itself came. */
export class Linked {
  version = 0
  hint = -1
  place: Whither = UNKNOWN
  readonly held: HeldMessage[] = []
  /** TRANSIT: the capture it is in. It may be back, or in another one, before that is committed. */
  capture: object | undefined
  /** Whether a message came by since the last `expire`. */
  used = true
  /** Undefined when it is not sought. */
  sought: Search | undefined
  constructor(readonly id: number) {}

  /** The hint that other nodes may be told; -1: this node does not know. They follow it: one that was never true would lead in a circle. */
  get toldHint(): number {
    return this.place === UNKNOWN ? -1 : this.hint
  }

  /** The object is here from now on. @param self this node */
  settleHere(self: number): void {
    this.place = HERE
    this.hint = self
  }
}

/** An output of a process here on a channel that is not here. */
export interface Outgoing {
  readonly process: Process
  readonly stamp: number
  readonly moves: number
  readonly value: Value
}

export class ChannelLink extends Linked {
  /** The highest stamp of an output that is over as far as messages go: taken, or turned into a local output. */
  floor = 0
  /** HERE: stands in for a writer elsewhere whose offer waits. */
  delegate: Process | undefined
  /** Not HERE: the writer that waits here. */
  outgoing: Outgoing | undefined
  /** Not HERE: who waits to read here: in an input, or in ALT number `readerSerial` at guard `guard`. */
  reader: Process | undefined
  readerSerial = -1
  guard = -1
  /** Whether a PULL has not been answered. */
  pulling = false
  /** Not HERE: which stream of the console it leads to, as far as is known here; see gathered.ts. */
  stream: Stream = NO_STREAM
  constructor(
    id: number,
    public channel: Channel,
  ) {
    super(id)
  }
}

/** The place of a branch in its join. HERE: where the parent is. */
export class SlotLink extends Linked {
  /** HERE: what stands for the branch in the join; its frame gets the results. */
  process: Process | undefined
  /** HERE: where the branch was last known to be, and how often it had moved. */
  at = -1
  moves = 0
  /** Whether the branch has ended and its results were given; kept so that a second `joined` is known as such. */
  settled = false
}

export class ProcessLink extends Linked {
  /** HERE: the process. */
  process: Process | undefined
}

export class MonitorLink extends Linked {
  constructor(
    id: number,
    readonly monitor: Monitor,
  ) {
    super(id)
  }
}

/** The link of the join of a process whose real join is elsewhere, or that has none. */
export class Stub {
  constructor(
    /** Its place in the join it belongs to, or undefined for a program's main process. */
    readonly slot: number | undefined,
    readonly path: string,
    /** What it writes for its parent, as it was when they parted; undefined when nothing. */
    readonly borrowed: Borrowed | undefined,
  ) {}
}

/** The link of a join some of whose branches are, or were, elsewhere. */
export const PARTED: object = Object.freeze({ parted: true })

/** Stands for a remote writer in the channel it writes to: scheduled when its offer was taken, it tells the writer. */
export class DelegateFrame extends Frame {
  done = false
  offer: RemoteOffer = { stamp: 0, moves: 0, replyTo: 0, value: 0 }
  link: ChannelLink | null = null
  settle: (link: ChannelLink) => void = () => undefined
}

/** What is left of a captured process. */
export class Shell extends Frame {}

const U = unit({
  name: 'links',
  machines: [
    {
      name: 'delegate',
      step: (_p: Process, f: DelegateFrame) => {
        if (!f.done && f.link !== null) f.settle(f.link)
        return true
      },
      blank: () => new DelegateFrame(null),
      slots: [],
      live: [[]],
      results: [],
    },
    { name: 'shell', step: (_p: Process, _f: Shell) => false, blank: () => new Shell(null), slots: [], live: [[]], results: [] },
  ],
})

/** Whether a frame is one of the links' own. */
export const isOurs = (f: Frame): boolean => f.machine.unit === U
/** The step of a process that has left. */
export const departed = (): boolean => false
