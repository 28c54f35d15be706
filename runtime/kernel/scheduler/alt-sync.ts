/**
 * SYNC as a guard of an ALT. When all others have come to the barrier it is chosen for this process, and no other guard is looked at any more: so
 * unlike the choice of an input it lasts, and is kept in `process.value` until the ALT is begun again.
 */
import { altStart } from './alt.ts'
import { OFFER } from './state.ts'
import type { Monitor, Process } from './state.ts'
import { CHOSEN } from './waiters.ts'

/** As `altStart`, of an ALT with such guards. When it is begun the first time the caller has stored 0 in `p.value`. */
export function altSyncStart(p: Process, pri: boolean, n: number): number {
  return isDecided(p) ? -1 : altStart(p, pri, n)
}

/** @returns whether a barrier has decided the ALT that `p` begins again: its guard is selected then */
export function isDecided(p: Process): boolean {
  const { value } = p
  p.value = 0
  if (typeof value !== 'number' || value < CHOSEN) return false
  p.selected = value - CHOSEN
  return true
}

/** Enables the guard `SYNC m`. @returns true when all have come: it is selected, and the others go on */
export function altSync(p: Process, m: Monitor, guard: number): boolean {
  const k = p.kernel
  if (k.altFetching) {
    k.links.passOver(p, guard, m)
    return false
  }
  k.altEnabled++
  if (m.role === undefined) k.links.offer(p, m, guard)
  else if (m.role.perform(m, OFFER, guard, p) !== undefined) {
    p.selected = guard
    return true
  }
  return false
}
