/** What a node says of itself, of its processes and of their moves: the answers to commands, as people and `--json` see them. */
import type { NodeErrorData } from '../node-error.ts'
import type { MoveReason } from './move-reasons.ts'

/** Whether a node can be relied on, and what that depends on. */
export interface Readiness {
  /** It is a member, its store answers, and it is not leaving. */
  readonly ready: boolean
  /** It is a member, as far as it knows. */
  readonly joined: boolean
  /** It drains itself to the other nodes and leaves then. */
  readonly leaving: boolean
  /** It takes nothing new, and keeps what it has. */
  readonly cordoned: boolean
  readonly store: {
    readonly answers: boolean
    /** Milliseconds since it last answered. */
    readonly silentMs: number
  }
}

export interface NodeStatus extends Readiness {
  readonly name: string
  /** Position among the nodes by name, as `PROCESSOR n` counts them. */
  readonly index: number
  /** The machine it runs on, and its OS process there. */
  readonly host: string
  readonly pid: number
  /** Processes here, of all programs. */
  readonly processes: number
  readonly programs: number
  /** Messages over links to other nodes since the node began. */
  readonly sent: number
  readonly received: number
  readonly arrivals: number
  readonly departures: number
  /** Moves that `--roam` has made from here: of processes and of homes of channels. */
  readonly roamed: number
}

/** A code unit that a node has. */
export interface UnitStatus {
  /** Its version: two units of one name and of different code have different hashes. */
  readonly hash: string
  readonly name: string
  /** The PROCs that are machines of it, and its branches of `PAR`s. */
  readonly procs: readonly string[]
  /** Size of its code. */
  readonly bytes: number
  /** Hashes of the units that it imports. */
  readonly imports: readonly string[]
  /** Programs that have processes here with frames of it, and how many. */
  readonly needs: readonly { readonly program: string; readonly processes: number }[]
}

export const PROCESS_STATES = ['ready', 'output', 'input', 'alt', 'timer', 'join', 'host', 'queue', 'suspended', 'moving'] as const

export interface ProcessStatus {
  /** Its id in the cluster: a number. */
  readonly program: string
  /** What people call the program: the base name of its file and its id, `ring.csp#2`. */
  readonly name: string
  /** Path of the program's file, as it was given. */
  readonly source: string
  /** `main/cell[5]`. */
  readonly path: string
  readonly node: string
  readonly state: (typeof PROCESS_STATES)[number]
  /** Where it is in the text, `samples/ring.csp:12`; empty when the program has no debug table. */
  readonly line: string
  /** What it waits for, in words: `in ? x`, `until 1.5 s`, `2 branches`; empty when it does not wait. */
  readonly waits: string
  /** With `residual`: the nodes it still needs, and why. */
  readonly residual?: readonly ResidualNeed[]
  /** Why it is on this node, or what is above it here and has brought it along; absent: it began here. */
  readonly moved?: MoveReason
}

/** A node that a process needs while it is on another one. */
export interface ResidualNeed {
  readonly node: string
  readonly why: string
  /** It is the node of the parent, as far as this node knows. */
  readonly parent?: boolean
}

export interface ProgramStatus {
  /** Its id in the cluster: a number. */
  readonly program: string
  /** What people call it: the base name of its file and its id, `ring.csp#2`. */
  readonly name: string
  /** Path of its file, as it was given. */
  readonly source: string
  /** Name of the node, or of the terminal, that is its home. */
  readonly home: string
  readonly state: 'running' | 'ended'
  /** It outlives its nodes. */
  readonly durable: boolean
  /** Of one that has ended. */
  readonly exit?: number
  /** Of one that has ended: it was told to. */
  readonly stopped?: boolean
}

/** One process (or channel) that was asked to move. `from === to` for one that was there already. */
export interface MigrationResult {
  readonly process: string
  readonly from: string
  readonly to: string
  /**
   * Size of the state that travelled. Of several that travelled together: of this process's own part, without what they have in common (the names of
   * their code, their channels).
   */
  readonly bytes: number
  readonly codeBytes: number
  /** What was sent while it still ran, of several that travelled together for all of them; absent: nothing was. */
  readonly aheadBytes?: number
  /** From freezing here to resuming there. */
  readonly pauseMicros: number
  /** Messages between the two nodes that the migration took. */
  readonly messages: number
  /** Present when it did not move: it goes on where it was. */
  readonly error?: NodeErrorData
}

/** A process as it is described to another member. */
export type DescribedProcess = Pick<ProcessStatus, 'path' | 'state' | 'line' | 'waits'>

/** A process that nobody who can still run can ever wake. */
export interface StuckStatus extends DescribedProcess {
  readonly node: string
  /**
   * `nobody`: no process has the other end of its channel any more. `itself`: nobody else has it. `stuck`: those that have it, its branches, or those
   * that have yet to come are stuck too.
   */
  readonly why: 'nobody' | 'itself' | 'stuck'
  /** The paths of some of those, and how many there are. */
  readonly others: readonly string[]
  readonly count: number
}
