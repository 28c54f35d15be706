/**
 * The state of a running program: processes, frames, joins and channels, and what a frame knows of its machine and its unit.
 *
 * These types know each other, so they are in one file. It imports none of what works on them: the kernel and its queues are seen from here
 * only as far as a process needs them.
 *
 * Invariants of processes
 * - A process is a stack of frames, linked by `caller`; `process.frame` is the innermost one, `process.step` its machine's step function.
 *   A frame that waits for another (a call) or for branches (a PAR) holds it in `pending`.
 * - A process is in exactly one place: in a run queue (READY), waiting in one channel (OUTPUT, INPUT), enabled in some channels and
 *   timers (ALT), in the timer heap (TIMER), as the parent of a join (JOIN), with the host (HOST), ended (ENDED), or no longer here (GONE).
 * - `value` is what a READY process has taken and not yet looked at; a process that gives up the processor has nothing of the kind.
 * - All processes of a program on a node are reached from `kernel.roots` by frames and joins; nothing else keeps one alive.
 *
 * Invariants of channels
 * - EMPTY: nobody waits; `waiting` means nothing.
 * - WRITER: `waiting` is blocked in an output (state OUTPUT), its offer is `value`. An array on offer is the writer's own view: the writer
 *   does not run before it was taken, and who takes it copies out of it before its own next suspension.
 * - READER: `waiting` is blocked in an input (state INPUT).
 * - ALTING: `waiting` had guard number `value` of its ALT number `altSerial` enabled here. It holds only while `waiting.altSerial === altSerial`
 *   and `waiting` is in state ALT, or READY with `selected >= 0`; otherwise the channel is as good as EMPTY. A process that waits in an ALT by
 *   a set of guards does not show here but by `ticket`; see guard-set.ts.
 * - One process waits at an end at a time. The compiler sees to that, unless `#PRAGMA SHARED` keeps it from looking; then it is a fault.
 * - REMOTE: the home is elsewhere; everything goes through `kernel.links`.
 */
import type { Blame } from '../../../numbers/blame.ts'
import type { UnitDebug } from './unit-debug.ts'
import { Handle } from './value.ts'
import type { Mobile, SlotType, Value } from './value.ts'

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
/** Waits at a monitor, which is `value`; see monitor.ts. */
export const MONITOR = 9
/** A mobile process, or a branch in one, that has suspended itself; see agents.ts. */
export const SUSPENDED = 10

export type ProcessState =
  | typeof READY
  | typeof OUTPUT
  | typeof INPUT
  | typeof ALT
  | typeof TIMER
  | typeof JOIN
  | typeof HOST
  | typeof ENDED
  | typeof GONE
  | typeof MONITOR
  | typeof SUSPENDED

/** Runs a machine from `frame.pc`. @returns true when it has ended, false when it is suspended with its live slots spilled. */
export type Step = (p: Process, f: never) => boolean

/** What generated code says of one machine. */
export interface MachineDefinition {
  readonly name: string
  readonly step: Step
  /** Makes a frame with blank fields, for restoring into. */
  readonly blank: () => Frame
  /** Names and types of the frame's fields that are state, in order. */
  readonly slots: readonly (readonly [name: string, type: SlotType])[]
  /**
   * For each resume point (index: pc) the slots, as indices into `slots`, that are live there, in ascending order. A number with a minus stands for all
   * from the one before it up to its own: see `liveSlots`.
   */
  readonly live: readonly (readonly number[])[]
  /** Slots that the caller or the join reads back. */
  readonly results: readonly number[]
  /** A branch that shares a variable with another one which writes it: it does not part from its parent. */
  readonly tied?: boolean
}

/** @returns the slots that are live at a resume point, as indices into `slots`; none for a point that the machine does not have */
export function liveSlots({ live, slots }: MachineDefinition, pc: number): number[] {
  const found: number[] = []
  for (const number of live[pc] ?? []) {
    if (number >= 0) found.push(number)
    else for (let slot = (found.at(-1) ?? -1) + 1; slot <= Math.min(-number, slots.length - 1); slot++) found.push(slot)
  }
  return found
}

export interface Machine extends MachineDefinition {
  readonly unit: Unit
  /** Position in the unit's list. */
  readonly index: number
}

export interface Unit extends Blame {
  readonly name: string
  readonly machines: readonly Machine[]
  /** SHA-256 of the canonical code, set by the loader. Empty for units that are part of the runtime itself. */
  hash: string
  debug: UnitDebug | undefined
}

/**
 * The activation of a machine. Generated classes add one field per slot.
 *
 * A generated class sets `pc`, `pending` and `caller` itself, and calls this constructor without a caller. The stores here see the frames of
 * all classes, and V8 makes such stores ten times as slow as those of a constructor that sees one class (docs/decisions/0010).
 */
export abstract class Frame {
  /** On the prototype, set by `unit ()`. */
  declare readonly machine: Machine
  /** The resume point; 0 is the entry. */
  declare pc: number
  /** The callee or the join this frame waits for, or has just got back. */
  declare pending: Frame | Join | null
  /** The frame that called this one; null for the root frame of a process. */
  declare caller: Frame | null
  constructor(caller?: Frame | null) {
    if (caller === undefined) return
    this.pc = 0
    this.pending = null
    this.caller = caller
  }
}

/** What `value` of a process in state ALT tells: the kind of ALT, or that a PRI ALT waits for homes and begins again when one has come. */
export const FAIR = 0
export const PRI = 1
export const FETCHING = 2

export type AltKind = typeof FAIR | typeof PRI

/** The guards of an ALT that a process comes to again, as a channel sees them; see guard-set.ts. */
export interface TicketHolder {
  readonly process: Process
  /** Whether the guards have to be registered again. */
  stale: boolean
  /** Whether the process waits for these guards. */
  readonly waits: boolean
  /** A writer waits at the channel of a guard now. */
  offered(guard: number): void
}

/** What a channel holds that is a guard of such an ALT. */
export interface Ticket {
  readonly set: TicketHolder
  readonly guard: number
}

/** A run queue, as a process that stands in it sees it. */
export interface ReadyQueue {
  readonly kernel: ProcessKernel
  /** 0 before 1 */
  readonly priority: number
  push(p: Process): void
}

/** What happens beyond this node to the channels that a process uses; `Links` in kernel.ts is all of it. */
export interface ProcessLinks {
  /**
   * `p` outputs on a channel whose home is elsewhere.
   * @returns false when `p` is blocked until the reader has it; true when it may go on
   */
  output(p: Process, c: Channel, v: Value): boolean
  /** `p` inputs from a channel whose home is elsewhere: the home is fetched, `p` blocked. */
  input(p: Process, c: Channel): void
  /** `p` enables guard number `guard` on a channel whose home is elsewhere: the home is fetched. */
  alt(p: Process, c: Channel, guard: number): void
  /**
   * `p` passes over guard number `guard` of its ALT, which is no input, because homes of channels are being fetched.
   * @param what the time that it waits for, in microseconds of program time; the barrier of a SYNC; or null for a SKIP
   */
  passOver(p: Process, guard: number, what: number | Monitor | null): void
  /** `p` asks something of a monitor whose home is elsewhere, and waits for the answer. */
  ask(p: Process, m: Monitor, request: MonitorRequest, n: number): void
  /** `p` is in an ALT, and guard number `guard` is the SYNC of a barrier whose home is elsewhere. */
  offer(p: Process, m: Monitor, guard: number): void
  /** Tells a monitor whose home is elsewhere something that nobody waits for. */
  tell(m: Monitor, request: MonitorRequest, n: number): void
  /** `p` forks a process below `top`, whose join is elsewhere: the place of the process is the answer. */
  enlist(p: Process, top: Process, name: string): void
  /** A process was made here whose place in a join elsewhere is known. */
  forked(child: Process, place: number, name: string): void
  /** Something has answered `p`, which was captured meanwhile. */
  wake(p: Process, value: Value): void
}

/** What a process asks of the world; `World` in kernel.ts is all of it. */
export interface ProcessWorld {
  /**
   * Calls a host service for `p`, which is at a safe point.
   * @returns true when the result is in `p.value`; false when `p` shall wait (state HOST) until `kernel.wake`
   */
  host(p: Process, service: string, actuals: readonly Value[]): boolean
  /** Where a branch of a PLACED PAR shall run: asked once, before its first step. */
  place?(p: Process, place: Value): void
}

/** Code that is not loaded here. */
export interface MissingCode {
  /** Hashes of units. */
  readonly hashes: readonly string[]
}

/** A set of guards while it is made; see guard-set.ts. */
export interface AltSet {
  begin(n: number): void
  join(c: Channel, guard: number): void
  joined(p: Process): number
}

/** The kernel, as a process and the code that runs it see it; see kernel.ts. */
export interface ProcessKernel {
  /** Who deals out the branches of a replicated PAR before their first steps; null when they begin where their parent is. */
  readonly dealer: ((j: Join) => void) | null
  readonly high: ReadyQueue
  readonly low: ReadyQueue
  readonly links: ProcessLinks
  readonly world: ProcessWorld
  readonly timers: { add(due: number, process: Process, altSerial: number, guard: number): void }
  readonly born: { get(root: Process): number | undefined }
  readonly observer: ProcessObserver | null
  passed: boolean
  /** Scratch of the ALT that is being enabled; see alt.ts. */
  altEnabled: number
  altTime: number
  altTimeGuard: number
  altPri: boolean
  altFetching: boolean
  /** The set that is being made; see guard-set.ts. */
  altSet: AltSet | null
  now(): number
  timeAfter(t: number): number
  draw(n: number): number
  isPri(p: Process): boolean
  /** @returns the mobile process that `m` is an image of, or the code that is missing for it */
  thaw(m: Mobile): Mobile | MissingCode
  /** `p` waits in a HostCall until code that is missing may be here. */
  fetchCode(p: Process, missing: MissingCode): void
  requireMemory(): void
  wake(p: Process, value: Value): void
  stop(): void
}

/** Is told of what is about to change while it looks at processes one after the other; see inspect/holdings.ts. */
export interface ProcessObserver {
  /** A process is about to run, to be rid of what it offers to another node, or to get another branch in the place of one. */
  before(p: Process): void
  /** A process has run: it may have been given ends. */
  after(p: Process): void
  /** A process is about to be captured. */
  leaves(p: Process): void
  /** A process has come, and does not run yet. */
  arrives(p: Process): void
  /** Another node asks something of a monitor. */
  touches(m: Monitor): void
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
  readonly queue: ReadyQueue
  /** What was last taken, when READY; see the states for what else. */
  value: Value | Channel | HostCall | Monitor = 0
  state: ProcessState = READY
  /** Counts ALTs, so that a guard enabled for an earlier one is recognised as stale. */
  altSerial = 0
  /** The guard that woke an ALT, or -1. A hint: an ALT that is begun again without it comes to an equally right choice. */
  selected = -1
  /** Where it reports its end; null for the root of a program. */
  join: Join | null
  /** Position among the join's branches. */
  index: number

  /** @param step of the frame's machine */
  constructor(queue: ReadyQueue, step: Process['step'], frame: Frame, join: Join | null, index: number) {
    this.step = step
    this.frame = frame
    this.queue = queue
    this.join = join
    this.index = index
  }

  get kernel(): ProcessKernel {
    return this.queue.kernel
  }

  get priority(): number {
    return this.queue.priority
  }
}

/** Makes a process that is in no queue yet. @param priority 0 before 1 */
export function newProcess(kernel: ProcessKernel, frame: Frame, join: Join | null, index: number, priority: number): Process {
  const step = frame.machine.step as Process['step'] // the frame is of this machine's class
  return new Process(priority === 0 ? kernel.high : kernel.low, step, frame, join, index)
}

/** What generated code says of one PAR. A replicated one has a single label and a single step for all its branches. */
export interface ParPlan {
  /** `prefix`, `par.2`, `cell#2`: the path components of the branches. */
  readonly labels: readonly string[]
  /** The machines of the branches. */
  readonly steps: readonly Step[]
  /** PRI PAR: all branches but the first have the lower priority. */
  readonly pri: boolean
  readonly replicated: boolean
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

/**
 * The branches of one PAR and the process that waits for them. Ended branches stay, for their results.
 *
 * What the branches are called is found out when somebody asks: it follows from the plan of the PAR and the values of its replicator.
 */
export class Join {
  /** Branches that have not ended. */
  running = 0
  /** Of these, the branches that are suspended, or all of whose branches are. */
  idle = 0
  readonly parent: Process
  readonly branches: Process[]
  /** Owned by links/link-table.ts: set when a branch and the parent are, or were, on different nodes. */
  link: object | null = null
  /** What the branches were given is older than this, what they make is younger; see `birth ()`. 0: they were given nothing. */
  born = 0
  /** What the text says of the PAR; null when the branches were named one by one. */
  readonly plan: ParPlan | null
  /** Whether a branch has a name that other nodes may know: then its process is not used again when the PAR comes again. */
  known = false
  /** The first value of the replicator and what it grows by, if the PAR has one. */
  base = 0
  by = 0
  private named: BranchGroup[] | null = null

  constructor(parent: Process, plan: ParPlan | null = null, branches: Process[] = []) {
    this.parent = parent
    this.plan = plan
    this.branches = branches
  }

  /** The branches by their names, in their order. */
  get groups(): BranchGroup[] {
    return this.plan === null ? (this.named ??= []) : this.planned(this.plan)
  }

  private planned(plan: ParPlan): BranchGroup[] {
    const { base, by } = this
    if (this.branches.length === 0) return []
    return plan.labels.map((label, first) => (plan.replicated ? { first, label, base, step: by } : { first, label, base: NaN, step: 0 }))
  }

  /** Names the branch that is pushed next, in a PAR without a plan. */
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

export const EMPTY = 0
export const WRITER = 1
export const READER = 2
export const ALTING = 3
export const REMOTE = 4

export type ChannelState = typeof EMPTY | typeof WRITER | typeof READER | typeof ALTING | typeof REMOTE

let births = 0

/** @returns a number greater than any before: which of two things is older matters to links/link-table.ts */
export function birth(): number {
  return ++births
}

/** @returns the number before `n` consecutive ones that nothing else gets */
export function reserveBirths(n: number): number {
  const before = births
  births += n
  return before
}

/** A meeting place of one writer and one reader. Its home is where its reading end is; elsewhere a channel is REMOTE. */
export class Channel {
  state: ChannelState = EMPTY
  waiting: Process | null = null
  value: Value = 0
  altSerial = 0
  /** The guard that it is of an ALT which a process comes to again, whether that process waits or not; see guard-set.ts. */
  ticket: Ticket | null = null
  /** What other nodes know this channel by, and where its home is; its birth while only this node knows it. Owned by links/link-table.ts. */
  link: object | number = birth()
}

/** Stands in blank frames for a channel that is not there yet. Nothing communicates over it. */
export const NO_CHANNEL = new Channel()

/** What can be asked of a monitor. */
export const SYNC = 0
export const ENROLL = 1
export const RESIGN = 2
export const CLAIM = 3
export const RELEASE = 4
/** A process in an ALT would synchronise. */
export const OFFER = 5
/** It is asked whether it still would: then it waits until it is told whether all have come. */
export const CONFIRM = 6
export const DECLINE = 7

export type MonitorRequest =
  typeof SYNC | typeof ENROLL | typeof RESIGN | typeof CLAIM | typeof RELEASE | typeof OFFER | typeof CONFIRM | typeof DECLINE

/** A process on another node. */
export interface RemoteWaiter {
  readonly id: number
  tell(value: number): void
  /** Asks whether it is still in an ALT with a guard of `m`: CONFIRM or DECLINE is the answer. */
  invite(m: Monitor): void
}

/** Who waits: a process that was here when it asked, or one on another node. */
export type Waiter = Process | RemoteWaiter

/** What a monitor is; for one whose home is elsewhere that is known there only. */
export interface Role {
  /** In snapshots. */
  readonly kind: number
  /**
   * Does at the home what was asked.
   * @returns what the one that asked goes on with; undefined when it waits
   */
  perform(m: Monitor, request: MonitorRequest, n: number, who: Waiter): number | undefined
  /** The monitor leaves this node. @returns who offers elsewhere */
  leave(): Waiter[]
  /** The monitor has come here, and these offer elsewhere. */
  arrive(m: Monitor, offers: readonly Waiter[]): void
  /** @returns what it is, but for who waits: numbers that `roleOf ()` takes */
  state(): number[]
  /** @returns what a process does that waits: `SYNC` */
  readonly words: string
}

export class Monitor extends Handle {
  /** First come first. */
  waiting: Waiter[] = []
  /** Undefined: its home is on another node. */
  role: Role | undefined
  /** Whether it was made as a part of a mobile, so that any process may get it: a mobile barrier, or the claim of an end. */
  readonly travels: boolean

  constructor(role: Role | undefined, travels = false) {
    super()
    this.role = role
    this.travels = travels
  }
}
