/** `abi.ts` for code whose choices are watched: see kernel/scheduler/watched.ts. A code store links units with one or the other. */
import { isDecided } from './kernel/scheduler/alt-sync.ts'
import type { GuardSet } from './kernel/scheduler/guard-set.ts'
import type { Channel, Frame, Monitor, Process, Unit } from './kernel/scheduler/state.ts'
import type { Value } from './kernel/scheduler/value.ts'
import { watcherOf } from './kernel/scheduler/watched.ts'

export * from './abi.ts'

export function altStart(p: Process, pri: boolean, n: number): number {
  return watcherOf(p).altStart(p, pri, n)
}

export function altSyncStart(p: Process, pri: boolean, n: number): number {
  return isDecided(p) ? -1 : watcherOf(p).altStart(p, pri, n)
}

export function altChannel(p: Process, c: Channel, guard: number): boolean {
  return watcherOf(p).altChannel(p, c, guard)
}

export function altTimer(p: Process, t: number, guard: number): boolean {
  return watcherOf(p).altTimer(p, t, guard)
}

export function altSkip(p: Process, guard: number): boolean {
  return watcherOf(p).altSkip(p, guard)
}

export function altSync(p: Process, m: Monitor, guard: number): boolean {
  return watcherOf(p).altSync(p, m, guard)
}

export function altWait(p: Process, u: Unit, site: number): number {
  return watcherOf(p).altWait(p, u, site)
}

/** @returns null: an ALT begins in the plain way each time, so that it can be watched */
export function guardSet(): GuardSet | null {
  return null
}

export function claim(p: Process, m: Monitor): boolean {
  return watcherOf(p).claim(p, m)
}

export function clock(p: Process): number {
  return watcherOf(p).clock(p)
}

export function sleep(p: Process, t: number): boolean {
  return watcherOf(p).sleep(p, t)
}

export function host(p: Process, service: string, actuals: readonly Value[]): boolean {
  return watcherOf(p).host(p, service, actuals)
}

export function spawn(p: Process, frame: Frame, name: string, place: number): void {
  watcherOf(p).spawn(p, frame, name, place)
}
