/**
 * Which processes of a living program nobody who can still run can ever wake.
 *
 * A process can run when it waits for nothing that others would have to do, or when what it waits for can happen: at a channel, when a process that can
 * run holds the other end; at its branches, when all of them can run; at a barrier, when as many processes that can run hold it as have yet to come; at a
 * claim, when the process that has it can run. All others are stuck, and stay so: an end comes to a process only from one that runs.
 *
 * What is found is the least set that these rules make, so a ring of processes that wait for each other is stuck, and who waits for the ring is too.
 */
import {
  AT_MONITOR,
  BOTH,
  BRANCHES,
  COMMUNICATION,
  HoldingsView,
  IS_BARRIER,
  MONITORED,
  OF_HOST,
  READS,
  RUNNING,
  WRITES,
} from './holdings.ts'
import type { Holdings, HoldingsLinks } from './holdings.ts'
import type { ProcessInfo } from './process-info.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { runToEnd } from './wait-graph.ts'

/** Why a process is stuck. */
export interface StuckProcess {
  /** The number of its node's view, as `add` was given them. */
  readonly node: number
  /** Its number in that view. */
  readonly number: number
  /**
   * `nobody`: no process has the other end any more. `itself`: nobody but itself has it. `stuck`: those that have it, its branches, or those that have
   * yet to come are stuck too.
   */
  readonly why: 'nobody' | 'itself' | 'stuck'
  /** Some of these, by their positions in the result. */
  readonly others: readonly number[]
  /** How many there are. */
  readonly count: number
}

/** Others of which one is told, at most. */
const MOST_OTHERS = 8
/** The kind of a process of which nothing was said: it came later. */
const UNKNOWN = -1
/** Steps between two breaks. */
const TOGETHER = 64

interface MonitorState {
  isBarrier: boolean | undefined
  enrolled: number
  offering: number
  owner: number | undefined
  /** Processes that wait at it, and those in an ALT that may wait for it. */
  readonly waiting: Set<number>
  readonly guarded: Set<number>
  /** How many hold it, can run and do not wait at it. */
  others: number
}

/** Lists of numbers by numbers, all in three arrays: there are hundreds of thousands of them, most of one element. */
class Lists {
  private readonly heads: number[] = []
  private readonly nexts: number[] = []
  private readonly values: number[] = []

  /** Puts a value before the others of a list. */
  add(list: number, value: number): void {
    while (this.heads.length <= list) this.heads.push(-1)
    this.nexts.push(this.heads[list] ?? -1)
    this.values.push(value)
    this.heads[list] = this.values.length - 1
  }

  clear(list: number): void {
    if (list < this.heads.length) this.heads[list] = -1
  }

  each(list: number, visit: (value: number) => void): void {
    for (let at = this.heads[list] ?? -1; at >= 0; at = this.nexts[at] ?? -1) visit(this.values[at] ?? 0)
  }
}

export class StuckSearch {
  /** By the position of a process: the node and the number it has there, what it waits for, and whether it can run. */
  private readonly nodeOf: number[] = []
  private readonly numberOf: number[] = []
  private readonly kinds: number[] = []
  private readonly canRun: boolean[] = []
  /** Of its branches, those of which it is not known yet that they can run. */
  private readonly open: number[] = []
  private readonly waits = new Lists()
  private readonly holds = new Lists()
  /** Positions; or the slots of branches that are elsewhere, as -slot - 1. */
  private readonly branches = new Lists()
  private readonly parents = new Lists()
  /** By object. */
  private readonly waitForWriter = new Lists()
  private readonly waitForReader = new Lists()
  private readonly monitors = new Map<number, MonitorState>()
  private readonly named = new Map<number, number>()
  private readonly slots = new Map<number, number>()
  private made = 0
  private nodes = 0
  private readonly queue: number[] = []

  /** How many processes the program has. */
  get size(): number {
    return this.kinds.reduce((n, kind) => (kind === OF_HOST || kind === UNKNOWN ? n : n + 1), 0)
  }

  /** Adds what one node has. It may be left for a while where it yields. */
  *add({ processes, names, monitors }: Holdings): Generator<void, void, void> {
    const node = this.nodes++
    const objects: number[] = []
    const places: number[] = []
    for (let i = 0; i + 1 < names.length; i += 2) {
      const name = names[i + 1] ?? 0
      let object = this.named.get(name)
      if (object === undefined) this.named.set(name, (object = this.made++))
      put(objects, names[i] ?? 0, object)
    }
    const object = (own: number): number => {
      let known = objects[own] ?? -1
      if (known < 0) put(objects, own, (known = this.made++))
      return known
    }
    const place = (number: number): number => {
      let known = places[number] ?? -1
      if (known < 0) put(places, number, (known = this.place(node, number)))
      return known
    }
    for (let at = 0, n = 0; at < processes.length; n++) {
      const i = place(processes[at] ?? 0)
      const isKnown = this.kinds[i] !== UNKNOWN
      const slot = processes[at + 2] ?? 0
      if (slot > 0) this.slots.set(slot - 1, i)
      if (!isKnown) this.kinds[i] = processes[at + 1] ?? RUNNING
      at += 3
      for (const list of [this.waits, this.holds]) {
        for (let end = at + 1 + (processes[at++] ?? 0); at < end; at++) {
          const reference = processes[at] ?? 0
          list.add(i, 4 * object(Math.floor(reference / 4)) + (reference % 4))
        }
      }
      for (let end = at + 1 + (processes[at++] ?? 0); at < end; at++) {
        const branch = processes[at] ?? 0
        this.branches.add(i, branch % 2 === 1 ? -(branch - 1) / 2 - 1 : place(branch / 2))
      }
      if (n % TOGETHER === 0) yield
    }
    for (let i = 0; i + 3 < monitors.length; i += 4) {
      const m = this.monitor(object(monitors[i] ?? 0))
      const of = monitors[i + 2] ?? 0
      m.isBarrier = monitors[i + 1] === IS_BARRIER
      if (m.isBarrier) {
        m.enrolled = of
        m.offering = monitors[i + 3] ?? 0
      } else m.owner = of > 0 ? place(of - 1) : undefined
    }
  }

  private place(node: number, number: number): number {
    this.nodeOf.push(node)
    this.kinds.push(UNKNOWN)
    this.canRun.push(false)
    this.open.push(0)
    return this.numberOf.push(number) - 1
  }

  private monitor(object: number): MonitorState {
    let m = this.monitors.get(object)
    if (m === undefined) {
      m = { isBarrier: undefined, enrolled: 0, offering: 0, owner: undefined, waiting: new Set(), guarded: new Set(), others: 0 }
      this.monitors.set(object, m)
    }
    return m
  }

  /** @returns the processes that are stuck, when all nodes were added */
  *search(): Generator<void, StuckProcess[], void> {
    yield* this.enterWaits()
    for (const [i, kind] of this.kinds.entries()) {
      if (kind === RUNNING || kind === OF_HOST || kind === UNKNOWN) this.runs(i)
      if (i % TOGETHER === 0) yield
    }
    for (const m of this.monitors.values()) this.come(m)
    for (let p = this.queue.pop(), n = 0; p !== undefined; p = this.queue.pop()) {
      this.ran(p)
      if (++n % TOGETHER === 0) yield
    }
    return yield* this.tell()
  }

  private *enterWaits(): Generator<void, void, void> {
    for (const [i, kind] of this.kinds.entries()) {
      this.waits.each(i, (wanted) => {
        const end = wanted % 4
        const object = (wanted - end) / 4
        if (end === MONITORED) this.monitor(object)[kind === AT_MONITOR ? 'waiting' : 'guarded'].add(i)
        else (end === READS ? this.waitForReader : this.waitForWriter).add(object, i)
      })
      if (kind === BRANCHES) this.enterBranches(i)
      if (i % TOGETHER === 0) yield
    }
  }

  private enterBranches(i: number): void {
    let open = 0
    this.branches.each(i, (branch) => {
      open++
      const at = this.branch(branch)
      if (at >= 0) this.parents.add(at, i)
    })
    this.open[i] = open
    if (open === 0) this.kinds[i] = RUNNING
  }

  /** @returns the position of a branch, which may be elsewhere; -1 for one that is nowhere */
  private branch(reference: number): number {
    return reference >= 0 ? reference : (this.slots.get(-reference - 1) ?? -1)
  }

  private runs(i: number): void {
    if (this.canRun[i] === true) return
    this.canRun[i] = true
    this.queue.push(i)
  }

  /** What follows from that a process can run. */
  private ran(i: number): void {
    this.holds.each(i, (held) => {
      const end = held % 4
      const object = (held - end) / 4
      if (end === MONITORED) this.hasMonitor(i, object)
      else {
        if (end !== READS) this.wake(this.waitForWriter, object)
        if (end !== WRITES) this.wake(this.waitForReader, object)
      }
    })
    this.parents.each(i, (parent) => {
      const left = (this.open[parent] ?? 0) - 1
      this.open[parent] = left
      if (left === 0) this.runs(parent)
    })
  }

  private wake(waiting: Lists, object: number): void {
    waiting.each(object, (i) => {
      this.runs(i)
    })
    waiting.clear(object)
  }

  private hasMonitor(i: number, object: number): void {
    const m = this.monitors.get(object)
    if (m === undefined || m.waiting.has(i)) return
    m.others++
    if (m.owner === undefined || m.owner === i) this.come(m)
  }

  /** Lets those go on that wait at a monitor, if enough of the others can run. */
  private come(m: MonitorState): void {
    const missing = m.isBarrier === true ? m.enrolled - m.waiting.size - m.offering : 1
    if (m.others < missing) return
    for (const i of m.waiting) this.runs(i)
    for (const i of m.guarded) this.runs(i)
  }

  // ---------------------------------------------------------------------------------------------- why

  private *tell(): Generator<void, StuckProcess[], void> {
    const stuck: number[] = []
    const positions = new Map<number, number>()
    for (const [i, can] of this.canRun.entries()) {
      if (!can) {
        positions.set(i, stuck.length)
        stuck.push(i)
      }
      if (i % TOGETHER === 0) yield
    }
    // whoever holds what a stuck process waits for is stuck too
    const holders = new Lists()
    for (const [n, i] of stuck.entries()) {
      this.holds.each(i, (held) => {
        if (held % 4 !== BOTH) holders.add(held, i)
        else for (const end of [READS, WRITES]) holders.add(held - BOTH + end, i)
      })
      if (n % TOGETHER === 0) yield
    }
    const told: StuckProcess[] = []
    for (const i of stuck) {
      told.push(this.because(i, holders, positions))
      if (told.length % TOGETHER === 0) yield
    }
    return told
  }

  private because(i: number, holders: Lists, positions: ReadonlyMap<number, number>): StuckProcess {
    const kind = this.kinds[i]
    const found = new Set<number>()
    if (kind === BRANCHES) this.branches.each(i, (branch) => found.add(this.branch(branch)))
    this.waits.each(i, (wanted) => {
      this.eachHolder(wanted, holders, (holder) => found.add(holder))
    })
    const itself = found.delete(i) && kind === COMMUNICATION
    const to = [...found].flatMap((other) => positions.get(other) ?? []).sort((a, b) => a - b)
    return {
      node: this.nodeOf[i] ?? 0,
      number: this.numberOf[i] ?? 0,
      why: to.length > 0 ? 'stuck' : itself ? 'itself' : 'nobody',
      others: to.slice(0, MOST_OTHERS),
      count: to.length,
    }
  }

  /** Visits the stuck processes that have what is wanted. */
  private eachHolder(wanted: number, holders: Lists, visit: (i: number) => void): void {
    if (wanted % 4 !== MONITORED) {
      holders.each(wanted, visit)
      return
    }
    const m = this.monitors.get((wanted - MONITORED) / 4)
    if (m?.owner !== undefined) visit(m.owner)
    else
      holders.each(wanted, (i) => {
        if (m?.waiting.has(i) !== true) visit(i)
      })
  }
}

/** Puts a value into an array that has no holes, which others may have to be filled for. */
function put(list: number[], at: number, value: number): void {
  while (list.length <= at) list.push(-1)
  list[at] = value
}

/** A stuck process of one kernel. */
export interface StuckHere {
  readonly info: ProcessInfo
  readonly why: StuckProcess['why']
  readonly others: readonly ProcessInfo[]
}

/** @returns the processes of a kernel that is not running which nobody can ever wake */
export function stuckIn(kernel: Kernel, links?: HoldingsLinks): StuckHere[] {
  const view = new HoldingsView(kernel, links)
  try {
    runToEnd(view.walk())
    const search = new StuckSearch()
    runToEnd(search.add(view))
    const found = runToEnd(search.search())
    const infos = found.map(({ number }) => view.describe(number))
    return found.flatMap(({ why, others }, i) => {
      const info = infos[i]
      return info === undefined ? [] : [{ info, why, others: others.flatMap((other) => infos[other] ?? []) }]
    })
  } finally {
    view.close()
  }
}
