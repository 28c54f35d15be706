/**
 * Which processes of a living program nobody who can still run can ever wake.
 *
 * A process can run when it waits for nothing that others would have to do, or when what it waits for can happen: at a channel, when a process that can
 * run holds the other end; at its branches, when all of them can run; at a barrier, when as many processes that can run hold it as have yet to come; at a
 * claim, when the process that has it can run. All others are stuck, and stay so: an end comes to a process only from one that runs.
 *
 * What is found is the least set that these rules make, so a ring of processes that wait for each other is stuck, and who waits for the ring is too.
 */
import { AT_MONITOR, BRANCHES, COMMUNICATION, HoldingsView, IS_BARRIER, MONITORED, OF_HOST, READS, RUNNING, WRITES } from './holdings.ts'
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
/** Steps between two breaks. */
const TOGETHER = 64

interface Place {
  readonly node: number
  readonly number: number
  kind: number
  waits: readonly number[]
  holds: readonly number[]
  branches: readonly number[]
  /** Of its branches, those of which it is not known yet that they can run. */
  open: number
  canRun: boolean
  isKnown: boolean
}

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

export class StuckSearch {
  private readonly places: Place[] = []
  private readonly objects = new Map<number, number>()
  private readonly slots = new Map<number, number>()
  private madeObjects = 0
  private nodes = 0
  /** By object: who waits for a writer, and for a reader. */
  private readonly waitForWriter = new Map<number, number[]>()
  private readonly waitForReader = new Map<number, number[]>()
  private readonly monitors = new Map<number, MonitorState>()
  private readonly parents = new Map<number, number[]>()
  private readonly queue: number[] = []

  /** How many processes the program has. */
  get size(): number {
    return this.places.reduce((n, { kind }) => (kind === OF_HOST ? n : n + 1), 0)
  }

  /** Adds what one node has. It may be left for a while where it yields. */
  *add({ processes, names, monitors }: Holdings): Generator<void, void, void> {
    const node = this.nodes++
    const objects = new Map<number, number>()
    for (let i = 0; i + 1 < names.length; i += 2) {
      const name = names[i + 1] ?? 0
      let object = this.objects.get(name)
      if (object === undefined) this.objects.set(name, (object = this.madeObjects++))
      objects.set(names[i] ?? 0, object)
    }
    const object = (reference: number): number => {
      const own = Math.floor(reference / 4)
      let known = objects.get(own)
      if (known === undefined) objects.set(own, (known = this.madeObjects++))
      return 4 * known + (reference % 4)
    }
    const own = new Map<number, number>()
    const place = (number: number): number => {
      let known = own.get(number)
      if (known === undefined) {
        own.set(number, (known = this.places.length))
        this.places.push({ node, number, kind: RUNNING, waits: [], holds: [], branches: [], open: 0, canRun: false, isKnown: false })
      }
      return known
    }
    let at = 0
    const list = (map: (n: number) => number): number[] => {
      const end = at + 1 + (processes[at] ?? 0)
      const found: number[] = []
      for (at++; at < end && at < processes.length; at++) found.push(map(processes[at] ?? 0))
      return found
    }
    for (let n = 0; at < processes.length; n++) {
      const number = place(processes[at] ?? 0)
      const it = this.places[number]
      const slot = processes[at + 2] ?? 0
      if (slot > 0) this.slots.set(slot - 1, number)
      const kind = processes[at + 1] ?? RUNNING
      at += 3
      const waits = list(object)
      const holds = list(object)
      const branches = list((n) => (n % 2 === 1 ? -n : place(n / 2)))
      if (it === undefined) continue
      if (it.isKnown) it.holds = [...it.holds, ...holds]
      else Object.assign(it, { kind, waits, holds, branches, isKnown: true })
      if (n % TOGETHER === 0) yield
    }
    for (let i = 0; i + 3 < monitors.length; i += 4) {
      const m = this.monitor(Math.floor(object(4 * (monitors[i] ?? 0)) / 4))
      m.isBarrier = monitors[i + 1] === IS_BARRIER
      if (m.isBarrier) {
        m.enrolled = monitors[i + 2] ?? 0
        m.offering = monitors[i + 3] ?? 0
      } else m.owner = (monitors[i + 2] ?? 0) > 0 ? place((monitors[i + 2] ?? 0) - 1) : undefined
    }
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
    for (let i = 0; i < this.places.length; i++) {
      const kind = this.places[i]?.kind
      if (kind === RUNNING || kind === OF_HOST) this.runs(i)
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
    for (let i = 0; i < this.places.length; i++) {
      const it = this.places[i]
      if (it === undefined) continue
      for (const wanted of it.waits) {
        const end = wanted % 4
        const object = (wanted - end) / 4
        if (end === MONITORED) this.monitor(object)[it.kind === AT_MONITOR ? 'waiting' : 'guarded'].add(i)
        else push(end === READS ? this.waitForReader : this.waitForWriter, object, i)
      }
      if (it.kind === BRANCHES) {
        it.open = it.branches.length
        for (const branch of it.branches) push(this.parents, this.branch(branch), i)
        if (it.open === 0) it.kind = RUNNING
      }
      if (i % TOGETHER === 0) yield
    }
  }

  /** @returns the position of a branch, which may be elsewhere; -1 for one that is nowhere */
  private branch(reference: number): number {
    return reference >= 0 ? reference : (this.slots.get((-reference - 1) / 2) ?? -1)
  }

  private runs(i: number): void {
    const it = this.places[i]
    if (it === undefined || it.canRun) return
    it.canRun = true
    this.queue.push(i)
  }

  /** What follows from that a process can run. */
  private ran(i: number): void {
    const it = this.places[i]
    if (it === undefined) return
    for (const held of it.holds) {
      const end = held % 4
      const object = (held - end) / 4
      if (end === MONITORED) this.hasMonitor(i, object)
      else {
        if (end !== READS) this.wake(this.waitForWriter, object)
        if (end !== WRITES) this.wake(this.waitForReader, object)
      }
    }
    for (const parent of this.parents.get(i) ?? []) {
      const above = this.places[parent]
      if (above !== undefined && --above.open === 0) this.runs(parent)
    }
  }

  private wake(waiting: Map<number, number[]>, object: number): void {
    const found = waiting.get(object)
    if (found === undefined) return
    waiting.delete(object)
    for (const i of found) this.runs(i)
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
    const wanted = new Map<number, number[]>()
    for (let i = 0; i < this.places.length; i++) {
      const it = this.places[i]
      if (it === undefined || it.canRun) continue
      positions.set(i, stuck.length)
      stuck.push(i)
      for (const each of it.waits) wanted.set(each, [])
      if (i % TOGETHER === 0) yield
    }
    // whoever holds what a stuck process waits for is stuck too
    for (const i of stuck) {
      for (const held of this.places[i]?.holds ?? []) {
        const end = held % 4
        const object = held - end
        for (const each of end === MONITORED ? [MONITORED] : end === READS || end === WRITES ? [end] : [READS, WRITES])
          wanted.get(object + each)?.push(i)
      }
      if (i % TOGETHER === 0) yield
    }
    const told: StuckProcess[] = []
    for (const i of stuck) {
      told.push(this.because(i, wanted, positions))
      if (told.length % TOGETHER === 0) yield
    }
    return told
  }

  private because(i: number, wanted: ReadonlyMap<number, readonly number[]>, positions: ReadonlyMap<number, number>): StuckProcess {
    const it = this.places[i]
    const { node = 0, number = 0, kind = RUNNING, waits = [], branches = [] } = it ?? {}
    const all = kind === BRANCHES ? branches.map((b) => this.branch(b)) : waits.flatMap((each) => this.holders(each, wanted))
    const others: number[] = []
    let count = 0
    let itself = false
    for (const other of new Set(all)) {
      const position = positions.get(other)
      if (other === i) itself = kind === COMMUNICATION
      else if (position !== undefined) {
        count++
        if (others.length < MOST_OTHERS) others.push(position)
      }
    }
    return { node, number, why: count > 0 ? 'stuck' : itself ? 'itself' : 'nobody', others, count }
  }

  private holders(wanted: number, all: ReadonlyMap<number, readonly number[]>): readonly number[] {
    if (wanted % 4 !== MONITORED) return all.get(wanted) ?? []
    const m = this.monitors.get((wanted - MONITORED) / 4)
    if (m?.owner !== undefined) return [m.owner]
    return (all.get(wanted) ?? []).filter((i) => m?.waiting.has(i) !== true)
  }
}

function push(lists: Map<number, number[]>, key: number, i: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [i])
  else list.push(i)
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
