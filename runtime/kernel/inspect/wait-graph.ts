/**
 * Who waits for whom, and the ring they wait in.
 *
 * A process that waits at a channel waits for whoever holds the channel's other end in a live slot: by a slot of that direction, or else by
 * one without direction. A process that waits for branches waits for each that runs.
 */
import { Channel, ALT, ENDED, GONE, INPUT, JOIN, liveSlots, OUTPUT, READY } from '../scheduler/state.ts'
import { describe, eachChannel, enabled, walkProcesses } from './process-info.ts'
import type { ProcessInfo } from './process-info.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { ChannelLink } from '../links/objects.ts'
import { branchesOf } from './paths.ts'
import { isOfOutside } from '../scheduler/unit.ts'
import type { Frame, Process } from '../scheduler/state.ts'

/** One process waits for another. */
export interface WaitEdge {
  readonly from: Process
  readonly to: Process
  readonly channel: Channel | undefined
  readonly kind: 'output' | 'input' | 'alt' | 'join'
}

export interface DeadlockReport {
  readonly blocked: readonly ProcessInfo[]
  /** Processes that wait for each other in a ring, first to last to first; empty when there is no ring. */
  readonly cycle: readonly ProcessInfo[]
  readonly edges: readonly WaitEdge[]
}

/** A channel, on whatever node: by its name, or itself while it has none. */
type Key = Channel | number
const keyOf = (c: Channel): Key => (c.link instanceof ChannelLink ? c.link.id : c)

interface Holders {
  readonly readers: Process[]
  readonly writers: Process[]
  readonly either: Process[]
}

/** Why nothing goes on: the processes of one kernel, or of all kernels of a program. */
export function deadlock(kernels: Kernel | readonly Kernel[]): DeadlockReport {
  return runToEnd(walkDeadlock(kernels))
}

/** As `deadlock`, in steps: it may be left for a while where it yields. What runs meanwhile is told as it is when its turn comes. */
export function* walkDeadlock(kernels: Kernel | readonly Kernel[]): Generator<void, DeadlockReport, void> {
  const all: Process[] = []
  const outside: Process[] = []
  for (const kernel of Array.isArray(kernels) ? (kernels as readonly Kernel[]) : [kernels as Kernel]) {
    for (const p of walkProcesses(kernel)) {
      all.push(p)
      yield
    }
    for (const p of kernel.roots) if (isOfOutside(p.frame.machine.unit)) outside.push(p)
  }
  const blocked = all.filter(({ state }) => state !== READY)
  const holders = yield* findHolders([...all, ...outside])
  const edges: WaitEdge[] = []
  for (const p of blocked) {
    for (const edge of edgesFrom(p, holders)) {
      edges.push(edge)
      yield
    }
    yield
  }
  const cycle = yield* findCycle(edges)
  // the parents that wait for what is blocked say nothing new
  const telling = blocked.filter(({ state }) => state !== JOIN)
  const told: ProcessInfo[] = []
  for (const p of telling.length > 0 ? telling : blocked) {
    if (isHere(p)) told.push(describe(p))
    yield
  }
  return { blocked: told, cycle: cycle.filter(isHere).map(describe), edges }
}

function isHere({ state }: Process): boolean {
  return state !== ENDED && state !== GONE
}

/** @returns what a generator returns that may be run without a break */
export function runToEnd<R>(steps: Generator<void, R, void>): R {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

function* findHolders(all: readonly Process[]): Generator<void, Map<Key, Holders>, void> {
  const result = new Map<Key, Holders>()
  for (const p of all.filter(isHere)) {
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      const live = new Set(liveSlots(f.machine, f.pc))
      eachChannel(f, (channel, slot, type) => {
        if (!live.has(slot)) return
        const key = keyOf(channel)
        let h = result.get(key)
        if (h === undefined) result.set(key, (h = { readers: [], writers: [], either: [] }))
        const list = type.endsWith('?') ? h.readers : type.endsWith('!') ? h.writers : h.either
        if (list[list.length - 1] !== p) list.push(p) // processes are looked at one after the other
      })
    }
    yield
  }
  return result
}

/** Processes that one process is said to wait for at one channel, at most: thousands may share an end, and as many wait for each of them. */
const MOST_HOLDERS = 100

function edgesFrom(p: Process, holders: ReadonlyMap<Key, Holders>): WaitEdge[] {
  if (p.state === JOIN) {
    const running = branchesOf(p).filter(isHere)
    return running.map((to) => ({ from: p, to, channel: undefined, kind: 'join' }))
  }
  const kind = p.state === OUTPUT ? 'output' : p.state === INPUT ? 'input' : 'alt'
  const channels = p.state === ALT ? enabled(p) : p.value instanceof Channel && p.state !== READY ? [p.value] : []
  return channels.flatMap((channel) => {
    const h = holders.get(keyOf(channel))
    if (h === undefined) return []
    const directed = some(kind === 'output' ? h.readers : h.writers, (q) => q !== p)
    const above = directed.length === 0 && h.either.length > 0 ? ancestors(p) : nobody
    const found = directed.length > 0 ? directed : some(h.either, (q) => !above.has(q))
    // a process that only waits for its branches holds the end for one of them
    const own = found.some((q) => q.state !== JOIN) ? found.filter((q) => q.state !== JOIN) : found
    return own.map((to): WaitEdge => ({ from: p, to, channel, kind }))
  })
}

const nobody: ReadonlySet<Process> = new Set()

/** @returns those that are meant, up to `MOST_HOLDERS` */
function some(processes: readonly Process[], meant: (p: Process) => boolean): Process[] {
  const found: Process[] = []
  for (const p of processes) {
    if (meant(p)) found.push(p)
    if (found.length === MOST_HOLDERS) break
  }
  return found
}

function ancestors(p: Process): Set<Process> {
  const result = new Set<Process>()
  for (let j = p.join; j !== null && j.parent !== p && !result.has(j.parent); j = j.parent.join) result.add(j.parent)
  return result
}

/** A ring of waiting processes, preferring one in which only communications are waited for. */
function* findCycle(edges: readonly WaitEdge[]): Generator<void, Process[], void> {
  const communications = edges.filter(({ kind }) => kind !== 'join')
  const cycle = yield* ringIn(communications)
  return cycle.length > 0 ? cycle : yield* ringIn(edges)
}

function* ringIn(edges: readonly WaitEdge[]): Generator<void, Process[], void> {
  const next = new Map<Process, Process[]>()
  for (const { from, to } of edges) {
    const list = next.get(from)
    if (list === undefined) next.set(from, [to])
    else list.push(to)
    yield
  }
  const done = new Set<Process>()
  for (const start of next.keys()) {
    if (done.has(start)) continue
    const trail: { p: Process; i: number }[] = [{ p: start, i: 0 }]
    const at = new Map<Process, number>([[start, 0]])
    for (let top = trail[trail.length - 1]; top !== undefined; top = trail[trail.length - 1]) {
      yield
      const to = next.get(top.p)?.[top.i++]
      if (to === undefined) {
        done.add(top.p)
        at.delete(top.p)
        trail.pop()
        continue
      }
      const seen = at.get(to)
      if (seen !== undefined) return trail.slice(seen).map(({ p }) => p)
      if (done.has(to)) continue
      at.set(to, trail.length)
      trail.push({ p: to, i: 0 })
    }
  }
  return []
}
