/** What nodes tell those who watch: their numbers, the processes that they have in a compact form, the channels between these, and one process in full. */
import type { MoveCause } from './move-reasons.ts'
import type { MigrationResult, Readiness, ResidualNeed } from './statuses.ts'

/** What the OS process of a node uses. */
export interface Usage {
  /** Seconds of processor time since it began. */
  readonly cpuSeconds: number
  readonly uptimeSeconds: number
  /** Bytes of the OS process in memory, and of those the ones in use in the heap of the engine. */
  readonly residentBytes: number
  readonly heapBytes: number
}

/** The numbers of a node. Those that count grow until the node ends. */
export interface NodeMeasures extends Readiness, Usage {
  readonly name: string
  readonly host: string
  readonly pid: number
  /** How many nodes there are, as far as this one knows. */
  readonly nodes: number
  /** Processes of any programs that compute here now. */
  readonly load: number
  /** Of all programs since the node began. */
  readonly arrivals: number
  readonly departures: number
  readonly programs: readonly ProgramMeasures[]
  /** Names of nodes that have not answered for a while, though something waits for them; absent: none. */
  readonly silent?: readonly string[]
  /** The last moves from here, with numbers that grow by one. */
  readonly moves: readonly RecordedMove[]
}

/** The numbers of what a node has of one program. */
export interface ProgramMeasures {
  readonly program: string
  /** `ring.csp#2` */
  readonly name: string
  /** How many processes are in each state. */
  readonly states: Readonly<Partial<Record<ObservedState, number>>>
  /** Messages over links to and from other nodes. */
  readonly sent: number
  readonly received: number
  /** Cuts that were taken here, how long the program stood still here for them, all together and for the last one. */
  readonly cuts: number
  readonly cutPauseMicros: number
  readonly lastCutPauseMicros: number
}

export interface RecordedMove extends Pick<MigrationResult, 'process' | 'to' | 'bytes' | 'pauseMicros'> {
  readonly number: number
  readonly program: string
  /** Common time in microseconds. */
  readonly at: number
  readonly cause: MoveCause
}

/** The states of processes, in the order of their numbers in a `ProcessGroup`. */
export const OBSERVED_STATES = ['ready', 'output', 'input', 'alt', 'timer', 'join', 'host', 'queue', 'suspended', 'moving'] as const
export type ObservedState = (typeof OBSERVED_STATES)[number]

/** Processes of a program that are branches of one process and differ in their subscripts only; or one process. */
export interface ProcessGroup {
  readonly program: string
  /** Without a subscript: `main/cell`. */
  readonly path: string
  /** Subscripts, each as the difference from the one before, in base64 of numbers in groups of seven bits; absent: one process without a subscript. */
  readonly indices?: string
  /** The number of each process's state, in base64 of bytes. */
  readonly states: string
}

export interface WiringRequest {
  /** Its id; of all programs when absent. */
  readonly program?: string
}

/** Channels of a program. Paths are those of processes, or, where there are many processes, have `[*]` for each subscript. */
export interface Wiring {
  readonly program: string
  /** What is here with both ends: from whom to whom, what it is called, and how many there are. */
  readonly channels: readonly (readonly [writer: string, reader: string, name: string, count: number])[]
  /** Ends of channels that several nodes know, by their ids. */
  readonly ends: readonly (readonly [channel: number, path: string, name: string, writes: boolean])[]
}

export interface InspectRequest {
  readonly program: string
  readonly path: string
}

/** One process in full. */
export interface ProcessDetail {
  readonly node: string
  readonly state: ObservedState
  /** What it does, in words. */
  readonly words: string
  /** Routines, the innermost first. */
  readonly stack: readonly ActivationDetail[]
  readonly channels: readonly ChannelDetail[]
  readonly branches: number
  /** Nodes that it still needs. */
  readonly residual: readonly ResidualNeed[]
}

export interface ActivationDetail {
  readonly routine: string
  readonly file: string
  readonly line: number
  readonly text: string
  /** Variables that are live there: what the text calls them, and their values as the language spells them. */
  readonly locals: readonly (readonly [name: string, value: string])[]
}

export interface ChannelDetail {
  readonly name: string
  readonly direction: '?' | '!' | ''
  /** Processes of this node that hold the other end. */
  readonly others: readonly string[]
  /** Its id, where other nodes know it. */
  readonly id?: number
  /** The process waits for it. */
  readonly awaited: boolean
}
