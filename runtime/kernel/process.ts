/**
 * Processes, frames and joins: all the state there is.
 *
 * Invariants
 * - A process is a stack of frames, linked by `caller`; `process.frame` is the innermost one, `process.step` its machine's step function.
 *   A frame that waits for another (a call) or for branches (a PAR) holds it in `pending`.
 * - A process is in exactly one place: in a run queue (READY), waiting in one channel (OUTPUT, INPUT), enabled in some channels and
 *   timers (ALT), in the timer heap (TIMER), as the parent of a join (JOIN), with the host (HOST), ended (ENDED), or no longer here (GONE).
 * - All processes of a program on a node are reached from `kernel.roots` by frames and joins; nothing else keeps one alive.
 */
import type { Channel } from './channel.ts'
import type { Kernel } from './kernel.ts'
import type { Machine } from './unit.ts'
import type { Value } from './value.ts'

/** In a run queue, or running. */
export const READY = 0
/** Blocked in an output; `value` is the channel, the channel holds the offer. */
export const OUTPUT = 1
/** Blocked in an input; `value` is the channel. */
export const INPUT = 2
/** Blocked in an ALT whose guards are enabled under the process's `epoch`. */
export const ALT = 3
/** Blocked until a time; `value` is that time in microseconds of program time. */
export const TIMER = 4
/** Blocked until the branches of a PAR have ended. */
export const JOIN = 5
/** Blocked in a call of a host service. */
export const HOST = 6
export const ENDED = 7
/** Captured: it lives elsewhere now, and what may still be in a queue does nothing. */
export const GONE = 8

export type ProcessState = typeof READY | typeof OUTPUT | typeof INPUT | typeof ALT | typeof TIMER | typeof JOIN | typeof HOST | typeof ENDED | typeof GONE

/** The activation of a machine. Generated classes add one field per slot. */
export abstract class Frame {
  /** On the prototype, set by `unit ()`. */
  declare readonly machine: Machine
  /** The resume point; 0 is the entry. */
  pc = 0
  /** The callee or the join this frame waits for, or has just got back. */
  pending: Frame | Join | null = null
  /** The frame that called this one; null for the root frame of a process. */
  caller: Frame | null
  constructor(caller: Frame | null) {
    this.caller = caller
  }
}

export class Process {
  /** A field, not a method: one dispatch site stays fast with many kinds of machine. */
  step: (p: Process, f: Frame) => boolean
  frame: Frame
  readonly kernel: Kernel
  /** What was last taken, when READY; see the states for what else. */
  value: Value | Channel = 0
  state: ProcessState = READY
  /** Counts ALTs, so that a guard enabled for an earlier one is recognised as stale. */
  epoch = 0
  /** The guard that woke an ALT, or -1. A hint: an ALT that is begun again without it comes to an equally right choice. */
  selected = -1
  /** 0 before 1. */
  priority: number
  /** Where it reports its end; null for the root of a program. */
  join: Join | null
  /** Position among the join's branches. */
  index: number
  /** What other nodes know this process by; null until one does. Owned by links.ts. */
  link: object | null = null

  constructor(kernel: Kernel, frame: Frame, join: Join | null, index: number, priority: number) {
    this.kernel = kernel
    this.frame = frame
    this.step = frame.machine.step as (p: Process, f: Frame) => boolean // the frame is of this machine's class
    this.join = join
    this.index = index
    this.priority = priority
  }
}

/** The branches of one PAR and the process that waits for them. Ended branches stay, for their results. */
export class Join {
  /** Branches that have not ended. */
  running = 0
  readonly parent: Process
  readonly branches: Process[] = []
  /** For each branch its label, `cell` or `par.2#3`. */
  readonly labels: string[] = []
  /** For each branch its replicator value, or NaN. */
  readonly indices: number[] = []
  /** Owned by links.ts: set when branches and parent are on different nodes. */
  link: object | null = null
  constructor(parent: Process) {
    this.parent = parent
  }

  /** @returns the root frame of branch `i`, which holds its results once it has ended. */
  frame(i: number): Frame {
    const branch = this.branches[i]
    if (branch === undefined) throw new RangeError(`join has no branch ${i}`)
    return branch.frame
  }
}
