/**
 * Who waits for whom, and the ring they wait in.
 *
 * A process that waits at a channel waits for whoever holds the channel's other end in a live slot: by a slot of that direction, or else by
 * one without direction. A process that waits for branches waits for each that runs.
 */
import { Channel } from '../scheduler/channel.ts'
import { describe, eachChannel, enabled, processes } from './process-info.ts'
import type { ProcessInfo } from './process-info.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { ChannelLink } from '../links/objects.ts'
import { branchesOf } from './paths.ts'
import { ALT, ENDED, GONE, INPUT, JOIN, OUTPUT, READY } from '../scheduler/process.ts'
import type { Frame, Process } from '../scheduler/process.ts'

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
  const all = (Array.isArray(kernels) ? (kernels as readonly Kernel[]) : [kernels as Kernel]).flatMap((k) => processes(k))
  const blocked = all.filter(({ state }) => state !== READY)
  const holders = findHolders(all)
  const edges = blocked.flatMap((p) => edgesFrom(p, holders))
  const cycle = findCycle(edges)
  // the parents that wait for what is blocked say nothing new
  const telling = blocked.filter(({ state }) => state !== JOIN)
  return { blocked: (telling.length > 0 ? telling : blocked).map(describe), cycle: cycle.map(describe), edges }
}

function findHolders(all: readonly Process[]): Map<Key, Holders> {
  const result = new Map<Key, Holders>()
  for (const p of all) {
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      const live = f.machine.live[f.pc] ?? []
      eachChannel(f, (channel, slot, type) => {
        if (!live.includes(slot)) return
        const key = keyOf(channel)
        let h = result.get(key)
        if (h === undefined) result.set(key, (h = { readers: [], writers: [], either: [] }))
        const list = type.endsWith('?') ? h.readers : type.endsWith('!') ? h.writers : h.either
        if (list[list.length - 1] !== p) list.push(p) // processes are looked at one after the other
      })
    }
  }
  return result
}

function edgesFrom(p: Process, holders: ReadonlyMap<Key, Holders>): WaitEdge[] {
  if (p.state === JOIN) {
    const running = branchesOf(p).filter(({ state }) => state !== ENDED && state !== GONE)
    return running.map((to) => ({ from: p, to, channel: undefined, kind: 'join' }))
  }
  const kind = p.state === OUTPUT ? 'output' : p.state === INPUT ? 'input' : 'alt'
  const channels = p.state === ALT ? enabled(p) : p.value instanceof Channel && p.state !== READY ? [p.value] : []
  return channels.flatMap((channel) => {
    const h = holders.get(keyOf(channel))
    if (h === undefined) return []
    const directed = (kind === 'output' ? h.readers : h.writers).filter((q) => q !== p)
    const above = directed.length === 0 && h.either.length > 0 ? ancestors(p) : nobody
    const found = directed.length > 0 ? directed : h.either.filter((q) => !above.has(q))
    // who only waits for its branches holds the end for one of them
    const own = found.some((q) => q.state !== JOIN) ? found.filter((q) => q.state !== JOIN) : found
    return own.map((to): WaitEdge => ({ from: p, to, channel, kind }))
  })
}

const nobody: ReadonlySet<Process> = new Set()

function ancestors(p: Process): Set<Process> {
  const result = new Set<Process>()
  for (let j = p.join; j !== null && j.parent !== p && !result.has(j.parent); j = j.parent.join) result.add(j.parent)
  return result
}

/** A ring of waiting processes, preferring one in which only communications are waited for. */
function findCycle(edges: readonly WaitEdge[]): Process[] {
  const communications = edges.filter(({ kind }) => kind !== 'join')
  const cycle = ringIn(communications)
  return cycle.length > 0 ? cycle : ringIn(edges)
}

function ringIn(edges: readonly WaitEdge[]): Process[] {
  const next = new Map<Process, Process[]>()
  for (const { from, to } of edges) {
    const list = next.get(from)
    if (list === undefined) next.set(from, [to])
    else list.push(to)
  }
  const done = new Set<Process>()
  for (const start of next.keys()) {
    if (done.has(start)) continue
    const trail: { p: Process; i: number }[] = [{ p: start, i: 0 }]
    const at = new Map<Process, number>([[start, 0]])
    for (let top = trail[trail.length - 1]; top !== undefined; top = trail[trail.length - 1]) {
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
