/**
 * ALT: waiting for the first of several guards.
 *
 * An ALT is one loop at one resume point. It begins with `altStart`, enables its guards until one is ready, and ends with `altWait`. When none
 * is ready the process is suspended with its pc at the very same point: woken, it begins again there, and `altStart` knows the guard that
 * woke it. So a waiting ALT needs no description in a snapshot: begun anew on another node it enables its guards anew.
 *
 * Invariants
 * - Guards have flat numbers 0..n-1, replicators expanded.
 * - Enabling has no effect but registration: conditions, times and channels of guards are pure expressions of the live slots.
 * - A channel keeps the first guard of an ALT that was enabled at it. So of several guards on one channel the first in the text is taken in a PRI ALT.
 * - Registrations are never undone: `altSerial` grows when an ALT is over, and a registration of an older ALT is stale (see state.ts).
 *   So an ALT costs one visit per guard, not two. One in a loop whose guards are inputs costs none; see guard-set.ts.
 * - A PRI ALT decides only when the homes of all channels it may have to prefer are here: from the first guard on whose home is elsewhere it
 *   does nothing but have homes fetched, and begins again when one has come. So a poll, a PRI ALT that ends with SKIP, sees a writer that
 *   waits, wherever that is. A fair ALT may take what is ready here; the home it has asked for will be here another time.
 * - A fair ALT starts to look at a guard that is drawn by chance, and takes the first that is ready from there on, in a circle. So each time a
 *   ready guard is taken with a probability of at least 1 in n, whatever was taken before, and over time none is passed over for ever. Nothing that
 *   only counts can promise that: a count that ALTs share keeps step with a loop of several ALTs; a count of each activation begins anew in a
 *   PROC that is called for each choice; a count of each statement is shared by the processes that run it, which may take turns. The
 *   generator is one word of the kernel and is the same in each run, so a program without time or input chooses alike in each run; seeded runs
 *   draw from the seed.
 * - `selected >= 0` names a guard that is ready: a channel whose writer waits (nobody else reads from it), or a time that has come.
 */
import { requireReader } from './channel.ts'
import { Fault } from './fault.ts'
import * as state from './state.ts'
import type { Channel, Process, Unit } from './state.ts'

/** Constants of this module: see channel.ts. */
const { ALT, ALTING, FAIR, FETCHING, PRI, REMOTE, WRITER } = state

/**
 * Begins, or begins again, an ALT of `n` guards.
 * @param pri whether the textually first ready guard wins; a plain ALT starts looking at another guard each time, which makes it fair
 * @returns -1 when a guard has woken the process: go to `altWait` at once; else the guard number to begin enabling at (enable
 *   those from there on, then those before it)
 */
export function altStart(p: Process, pri: boolean, n: number): number {
  if (p.selected >= 0) return -1
  p.altSerial++
  const k = p.kernel
  if (k.altSet !== null) {
    k.altSet.begin(n)
    return 0
  }
  k.altEnabled = 0
  k.altFetching = false
  k.altTime = Infinity
  k.altPri = pri
  if (pri || n <= 1) return 0
  return k.draw(n)
}

/** Enables an input guard. @returns true when it is ready and selected: stop enabling. */
export function altChannel(p: Process, c: Channel, guard: number): boolean {
  const k = p.kernel
  if (k.altSet !== null) {
    k.altSet.join(c, guard)
    return false
  }
  if (c.state === WRITER && !k.altFetching) {
    p.selected = guard
    return true
  }
  k.altEnabled++
  if (c.state === REMOTE) {
    k.altFetching = k.altPri
    k.links.alt(p, c, guard)
    return false
  }
  if (k.altFetching || isEnabledAt(c, p)) return false
  if (c.waiting !== p || c.ticket !== null) requireReader(p, c)
  c.state = ALTING
  c.waiting = p
  c.value = guard
  c.altSerial = p.altSerial
  return false
}

/** @returns whether an earlier guard of this ALT waits at the channel: of guards on one channel the one that was enabled first is taken */
const isEnabledAt = (c: Channel, p: Process): boolean => c.state === ALTING && c.waiting === p && c.altSerial === p.altSerial

/** Enables a timer guard `tim ? AFTER t`. @returns true when the time has come. */
export function altTimer(p: Process, t: number, guard: number): boolean {
  const k = p.kernel
  const due = k.timeAfter(t)
  if (k.altFetching) {
    k.links.passOver(p, guard, due)
    return false
  }
  if (due <= k.now()) {
    p.selected = guard
    return true
  }
  k.altEnabled++
  if (due < k.altTime) {
    k.altTime = due
    k.altTimeGuard = guard
  }
  return false
}

/** Enables a SKIP guard, which is always ready. @returns true when it is selected */
export function altSkip(p: Process, guard: number): boolean {
  const k = p.kernel
  if (k.altFetching) {
    k.links.passOver(p, guard, null)
    return false
  }
  p.selected = guard
  return true
}

/**
 * Ends an ALT.
 * @returns the number of the selected guard, whose input must follow; or -1 when the process is suspended until a guard is ready
 * @throws Fault R0105 when no guard was enabled
 */
export function altWait(p: Process, u: Unit, site: number): number {
  const selected = p.selected
  if (selected >= 0) {
    p.selected = -1
    p.altSerial++
    return selected
  }
  const k = p.kernel
  const set = k.altSet
  if (set !== null) {
    k.altSet = null
    return set.joined(p)
  }
  if (k.altEnabled === 0) throw new Fault('R0105', u, site)
  p.state = ALT
  p.value = k.altFetching ? FETCHING : k.altPri ? PRI : FAIR
  if (k.altTime < Infinity) k.timers.add(k.altTime, p, p.altSerial, k.altTimeGuard)
  return -1
}

/** `altSerial` of a channel at which a writer waits whose offer a process has looked at: it will take that. */
export const LOOKED_AT = -1

/**
 * `c ?? x`: waits until a writer has come, and looks at what it offers. The writer goes on only when that is taken. The caller has stored the pc of
 * this very operation.
 * @returns true when the offer is in `p.value`; false when `p` waits, and begins again
 */
export function peek(p: Process, c: Channel, u: Unit, site: number): boolean {
  if (altStart(p, false, 1) === -1) altWait(p, u, site)
  if (c.state !== WRITER) {
    altStart(p, false, 1)
    altChannel(p, c, 0)
    return altWait(p, u, site) >= 0 // nobody has come
  }
  p.value = c.value
  c.altSerial = LOOKED_AT
  return true
}
