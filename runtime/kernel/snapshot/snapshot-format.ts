/**
 * What a snapshot says, beside the frames themselves: the records that writer, reader and links exchange.
 *
 *     snapshot  = 'GDWT' abi kind clock stamp from units machines births channels roots checksum
 *     root      = path birth slot memory processes, each: state, name, frames from the root frame to the innermost, join
 *
 * Processes follow each other breadth first; a join names its branches in their order, so no process refers to another by number.
 */
import type { Monitor, Role } from '../scheduler/monitor.ts'
import type { Channel, Frame, Process } from '../scheduler/state.ts'
import type { TypedArray, Value } from '../scheduler/value.ts'
import type { SentAhead } from './ahead.ts'

export const MAGIC = [0x47, 0x44, 0x57, 0x54] as const
/** Shorter than this nothing is a snapshot: magic and checksum. */
export const SMALLEST = 8

export type SnapshotKind = 'processes' | 'program'

/** What can be told of a snapshot without restoring it. */
export interface Header {
  readonly abi: number
  readonly kind: SnapshotKind
  /** Program time when it was made, microseconds. */
  readonly clock: number
  /** Logical time of the links when it was made; see links/link-table.ts. */
  readonly stamp: number
  /** The node where it was made; 0 for a program. */
  readonly from: number
  readonly unitHashes: readonly string[]
}

/** An output that waits at a channel's home for its reader, the writer being elsewhere. */
export interface RemoteOffer {
  /** Names the output; see links/link-table.ts. */
  readonly stamp: number
  /** How often the writer has moved since. */
  readonly moves: number
  /** The node that is told when it is taken. */
  readonly replyTo: number
  readonly value: Value
}

/** No node has this number: who wrote the snapshot does not know where an object is. */
const NO_NODE = 0x10000

/** @param hint the number of a node; -1: it is not known */
export function hintAsWritten(hint: number): number {
  return hint < 0 ? NO_NODE : hint
}

export function hintAsRead(written: number): number {
  return written === NO_NODE ? -1 : written
}

/** What a snapshot says of a channel. A `hint` of -1: who wrote it does not know where its home is. */
export type ChannelRecord =
  /** Nobody outside the snapshot knows it. */
  | { readonly kind: 'inner'; readonly birth: number }
  /** Its home moves along. `version` is the one it has after the move. */
  | {
      readonly kind: 'home'
      readonly id: number
      readonly version: number
      readonly floor: number
      readonly offer: RemoteOffer | undefined
    }
  /** Its home is elsewhere. */
  | { readonly kind: 'away'; readonly id: number; readonly version: number; readonly hint: number }
  /** It leads to a process of the host. `offer` is what that has offered and nobody has taken. */
  | { readonly kind: 'host'; readonly name: string; readonly offer: Value | undefined }

/** What a snapshot says of a monitor, with hints as those of channels. */
export type MonitorRecord =
  /** It is in the snapshot, which is that of a whole program. Who waits there asks again. */
  | { readonly kind: 'inner'; readonly role: Role }
  /** Its home is elsewhere than the snapshot. */
  | { readonly kind: 'away'; readonly id: number; readonly version: number; readonly hint: number }

/** How the frames of a snapshot use a channel. */
export interface ChannelUse {
  readonly index: number
  /** In a saved slot that reads from it, or a process is blocked in an input or ALT there. */
  reads: boolean
  /** In a saved slot that writes to it, or a process is blocked in an output there. */
  writes: boolean
  /** In a saved slot without direction. */
  undirected: boolean
  /** What the youngest root that holds it was given is older than this: so a channel that is younger is its own. */
  born: number
}

/** The place in a join that a process reports its end to. */
export interface SlotRecord {
  readonly id: number
  readonly version: number
  /** -1: who wrote it does not know where it is. */
  readonly hint: number
}

/** An output under way of a process whose channel has its home outside the snapshot. `stamp` 0: the home is inside. */
export interface OutputRecord {
  readonly stamp: number
  readonly moves: number
  readonly value: Value
}

/** What a process that is, or was, apart from its parent has borrowed from it: per slot of its root frame the elements as they were then. */
export type Borrowed = ReadonlyMap<number, TypedArray>

/** A branch whose process is elsewhere than its join. */
export interface AwayBranch {
  /** Where it reports its end. */
  readonly slot: SlotRecord
  /** The node it was last known at. */
  readonly at: number
  /** A root frame whose lent arrays are the parent's own. */
  readonly shadow: Frame
}

/** A branch that is back at its join but has memory of its own. */
export interface BackBranch {
  readonly shadow: Frame
  readonly borrowed: Borrowed
}

/** What other nodes know a process by: its global id, and how often it has moved, this move included. */
export interface ProcessName {
  readonly id: number
  readonly moves: number
}

/** One root of what is captured. */
export interface RootPlan {
  readonly process: Process
  readonly path: string
  /** See `Join.born`. */
  readonly born: number
  /** Undefined for a program's main process. */
  readonly slot: SlotRecord | undefined
  /** Undefined when it borrows nothing. */
  readonly borrowed: Borrowed | undefined
}

/** Who makes a snapshot decides what belongs to it. */
export interface CapturePlan {
  readonly kind: SnapshotKind
  readonly clock: number
  readonly stamp: number
  readonly from: number
  readonly roots: readonly RootPlan[]
  /** Whether a branch that is here and has not ended moves along with its parent. */
  includes(branch: Process): boolean
  /** Of a branch that is not included and has not ended. */
  away(branch: Process): AwayBranch
  /** Of a branch that is included: what it borrows, if anything. */
  back(branch: Process): BackBranch | undefined
  /** Of a process blocked in an output. */
  output(p: Process, c: Channel): OutputRecord
  /** Undefined when no other node knows the process. Roots, and processes that wait for an answer of the host, have a name. */
  name(p: Process): ProcessName | undefined
  /** What the other side has already of the arrays; absent: nothing. */
  readonly ahead?: SentAhead | undefined
  /** Asked once for each channel, when all uses are known. */
  channel(c: Channel, use: ChannelUse): ChannelRecord
  monitor(m: Monitor): MonitorRecord
}
