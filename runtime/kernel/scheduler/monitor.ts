/**
 * Monitors: what several processes wait at, and are let go on from, in the order in which they came. A barrier is one.
 *
 * Invariants
 * - A monitor has a home, where it was made; elsewhere it has no role, and what is asked of it goes there (links/monitors.ts).
 * - A process that waits at a monitor is in state MONITOR, `value` is the monitor, and its pc is at the start of the operation. It is woken with
 *   GRANTED in `value`, and the operation begun again ends at once. So a snapshot need not say who waits: an operation that is begun again
 *   without GRANTED asks again.
 * - A process may leave while it waits. Its place in the queue stays, and what it is told follows it, as the host's answers do.
 */
import { NO_BYTES } from './blanks.ts'
import { Barrier } from './barrier.ts'
import { Fault } from './fault.ts'
import { CLAIM, CONFIRM, DECLINE, ENROLL, MONITOR, Monitor, OFFER, RELEASE, RESIGN, SYNC } from './state.ts'
import type { MonitorRequest, Process, Role, Unit, Waiter } from './state.ts'
import { Mobile } from './value.ts'
import { GRANTED, tell } from './waiters.ts'

export { CLAIM, CONFIRM, DECLINE, ENROLL, GRANTED, Monitor, OFFER, RELEASE, RESIGN, SYNC }
export type { MonitorRequest, Role, Waiter }

/** The claim of a shared end: one process has it, the others wait. */
export class Lock implements Role {
  readonly kind = 1
  readonly words = 'CLAIM'
  private held = false
  /** Who has it; undefined when nobody has, or when that is not known any more since the claim has moved. */
  owner: Waiter | undefined

  perform(m: Monitor, request: MonitorRequest, _n: number, who: Waiter): number | undefined {
    switch (request) {
      case CLAIM:
        if (this.held) {
          m.waiting.push(who)
          return undefined
        }
        this.held = true
        this.owner = who
        return GRANTED
      case RELEASE: {
        const next = m.waiting.shift()
        this.owner = next
        if (next === undefined) this.held = false
        else tell(next, GRANTED)
        return 0
      }
      case SYNC:
      case ENROLL:
      case RESIGN:
      case OFFER:
      case CONFIRM:
      case DECLINE:
        return 0 // nothing but a message from elsewhere asks a claim for what barriers do
    }
  }

  leave(): Waiter[] {
    return []
  }

  arrive(): void {
    // nobody offers to claim
  }

  state(): number[] {
    return [this.held ? 1 : 0]
  }

  /** @param state what `state ()` gave */
  static restored([held = 0]: readonly number[]): Lock {
    const lock = new Lock()
    lock.held = held !== 0
    return lock
  }
}

/** Stands in blank frames for a monitor that is not there yet. */
export const NO_MONITOR = new Monitor(undefined)
/** Stands in frames for monitors that are not there yet. */
export const NO_MONITORS: Monitor[] = []

/** @returns what a monitor of a kind was. @param kind undefined is returned for what is none */
export function roleOf(kind: number, state: readonly number[]): Role | undefined {
  return kind === 0 ? Barrier.restored(state) : kind === 1 ? Lock.restored(state) : undefined
}

// ---------------------------------------------------------------------------------------------- what generated code calls

/** `MOBILE BARRIER`. @returns a new barrier, in which its holder is enrolled */
export function mobileBarrier(): Mobile {
  return new Mobile(NO_BYTES, [new Monitor(new Barrier(), true)], [])
}

/** @returns the barrier that a mobile is. @throws Fault R0212 when it has none */
export function barrierIn(m: Mobile, u: Unit, site: number): Monitor {
  const [found] = m.parts
  if (!(found instanceof Monitor)) throw new Fault('R0212', u, site)
  return found
}

/** `BARRIER b:`. */
export function barrier(): Monitor {
  return new Monitor(new Barrier())
}

/**
 * `SYNC b`. The caller has stored the pc of this very operation.
 * @returns true when all have come; false when `p` waits for the others, and begins again
 */
export function sync(p: Process, m: Monitor): boolean {
  return granted(p) || ask(p, m, SYNC, 0)
}

function granted(p: Process): boolean {
  if (p.value !== GRANTED) return false
  p.value = 0
  return true
}

/**
 * The branches of a PAR take the place of their parent; with `n` below 0, this process one more place. Protocol as of an input: the pc is that
 * of the point after it, and `p.value` is the ticket of the branches then.
 * @param n how many branches
 */
export function enroll(p: Process, m: Monitor, n: number): boolean {
  return ask(p, m, ENROLL, n)
}

function ask(p: Process, m: Monitor, request: MonitorRequest, n: number): boolean {
  const { role } = m
  if (role === undefined) p.kernel.links.ask(p, m, request, n)
  else {
    const answer = role.perform(m, request, n, p)
    if (answer !== undefined) {
      p.value = answer
      return true
    }
  }
  p.value = m
  p.state = MONITOR
  return false
}

/** A branch of a PAR has ended, or (with ticket 0) a process leaves its place. */
export function resign(p: Process, m: Monitor, ticket: number): void {
  if (m.role === undefined) p.kernel.links.tell(m, RESIGN, ticket)
  else m.role.perform(m, RESIGN, ticket, p)
}

/** @returns the claim of a shared channel */
export function lock(): Monitor {
  return new Monitor(new Lock())
}

/** @returns the claim of an end that is shared */
export function lockOfEnd(): Monitor {
  return new Monitor(new Lock(), true)
}

/** @returns the claims of `n` ends */
export function locks(n: number): Monitor[] {
  return Array.from({ length: n }, lock)
}

/** `CLAIM c!`. Protocol as of `sync`. */
export function claim(p: Process, m: Monitor): boolean {
  return granted(p) || ask(p, m, CLAIM, 0)
}

/** The end of a CLAIM: who has waited longest has the end. */
export function release(p: Process, m: Monitor): void {
  if (m.role === undefined) p.kernel.links.tell(m, RELEASE, 0)
  else m.role.perform(m, RELEASE, 0, p)
}
