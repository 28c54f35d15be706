/**
 * Processes, frames and joins: all the state there is.
 *
 * Invariants
 * - A process is a stack of frames, linked by `caller`; `process.frame` is the innermost one, `process.step` its machine's step function.
 *   A frame that waits for another (a call) or for branches (a PAR) holds it in `pending`.
 * - A process is in exactly one place: in a run queue (READY), waiting in one channel (OUTPUT, INPUT), enabled in some channels and
 *   timers (ALT), in the timer heap (TIMER), as the parent of a join (JOIN), with the host (HOST), ended (ENDED), or no longer here (GONE).
 * - `value` is what a READY process has taken and not yet looked at; a process that gives up the processor has nothing of the kind.
 * - All processes of a program on a node are reached from `kernel.roots` by frames and joins; nothing else keeps one alive.
 */
import type { Channel } from './channel.ts'
import type { Kernel } from './kernel.ts'
import type { RunQueue } from './queue.ts'
import type { Machine } from './unit.ts'
import type { Value } from './value.ts'

/** In a run queue, or running. */
export const READY = 0
/** Blocked in an output; `value` is the channel, the channel holds the offer. */
export const OUTPUT = 1
/** Blocked in an input; `value` is the channel. */
export const INPUT = 2
/** Blocked in an ALT whose guards are enabled under the process's `altSerial`. */
export const ALT = 3
/** Blocked until a time; `value` is that time in microseconds of program time. */
export const TIMER = 4
/** Blocked until the branches of a PAR have ended. */
export const JOIN = 5
/** Blocked in a call of a host service; `value` is the `HostCall`. */
export const HOST = 6
export const ENDED = 7
/** Captured: it lives elsewhere now. What is left is a shell that does nothing, in a queue or as the place of a branch in its join. */
export const GONE = 8

export type ProcessState =
  typeof READY | typeof OUTPUT | typeof INPUT | typeof ALT | typeof TIMER | typeof JOIN | typeof HOST | typeof ENDED | typeof GONE

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

/** A call of a host service that has not been answered. */
export class HostCall {
  constructor(
    readonly service: string,
    readonly actuals: readonly Value[],
  ) {}
}

export class Process {
  /** A field, not a method: one dispatch site stays fast with many kinds of machine. */
  step: (p: Process, f: Frame) => boolean
  frame: Frame
  /** Where it stands when READY. Tells its kernel and its priority. */
  readonly queue: RunQueue
  /** What was last taken, when READY; see the states for what else. */
  value: Value | Channel | HostCall = 0
  state: ProcessState = READY
  /** Counts ALTs, so that a guard enabled for an earlier one is recognised as stale. */
  altSerial = 0
  /** The guard that woke an ALT, or -1. A hint: an ALT that is begun again without it comes to an equally right choice. */
  selected = -1
  /** Where it reports its end; null for the root of a program. */
  join: Join | null
  /** Position among the join's branches. */
  index: number

  /** @param priority 0 before 1 */
  constructor(kernel: Kernel, frame: Frame, join: Join | null, index: number, priority: number) {
    this.frame = frame
    this.step = frame.machine.step as (p: Process, f: Frame) => boolean // the frame is of this machine's class
    this.queue = priority === 0 ? kernel.high : kernel.low
    this.join = join
    this.index = index
  }

  get kernel(): Kernel {
    return this.queue.kernel
  }

  get priority(): number {
    return this.queue.priority
  }
}

/** Branches that follow each other and are named alike: one of its own, or those of a replicator. */
export interface BranchGroup {
  /** Position of the first among the join's branches. */
  readonly first: number
  /** `prefix`, `par.2`, `cell#2` */
  readonly label: string
  /** The replicator value of the first, or NaN. */
  readonly base: number
  /** What the replicator value grows by. */
  step: number
}

/** The branches of one PAR and the process that waits for them. Ended branches stay, for their results. */
export class Join {
  /** Branches that have not ended. */
  running = 0
  readonly parent: Process
  readonly branches: Process[] = []
  readonly groups: BranchGroup[] = []
  /** Owned by links/link-table.ts: set when a branch and the parent are, or were, on different nodes. */
  link: object | null = null
  /** What the branches were given is older than this, what they make is younger; see `birth ()`. 0: they were given nothing. */
  born = 0
  constructor(parent: Process) {
    this.parent = parent
  }

  /** Names the branch that is pushed next. */
  name(label: string, index: number): void {
    const groups = this.groups
    const last = groups[groups.length - 1]
    if (last !== undefined && last.label === label) {
      const k = this.branches.length - last.first
      if (k === 1) last.step = index - last.base
      if (index === last.base + k * last.step) return
      if (k === 1) last.step = 0
    }
    groups.push({ first: this.branches.length, label, base: index, step: 0 })
  }

  private group(i: number): BranchGroup {
    let low = 0
    let high = this.groups.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.groups[middle] as BranchGroup).first <= i)
        low = middle // middle < length
      else high = middle
    }
    const group = this.groups[low]
    if (group === undefined) throw new RangeError(`join has no branch ${i}`)
    return group
  }

  /** @returns the label of branch `i`, as `prefix` or `par.2#3` */
  label(i: number): string {
    return this.group(i).label
  }

  /** @returns the replicator value of branch `i`, or NaN */
  replicator(i: number): number {
    const { first, base, step } = this.group(i)
    return base + (i - first) * step
  }

  /** @returns the root frame of branch `i`, which holds its results once it has ended. */
  frame(i: number): Frame {
    const branch = this.branches[i]
    if (branch === undefined) throw new RangeError(`join has no branch ${i}`)
    return branch.frame
  }
}
