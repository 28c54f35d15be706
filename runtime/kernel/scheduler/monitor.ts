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
import { ready } from './channel.ts'
import { Fault } from './fault.ts'
import { CLAIM, ENROLL, GONE, MONITOR, Monitor, Process, RELEASE, RESIGN, SYNC } from './state.ts'
import type { MonitorRequest, Role, Unit, Waiter } from './state.ts'
import { Mobile } from './value.ts'

export { CLAIM, ENROLL, Monitor, RELEASE, RESIGN, SYNC }
export type { MonitorRequest, Role, Waiter }

/** What `value` of a process is that a monitor has let go on. */
export const GRANTED = 1

/** Lets all go on that wait. */
function letAllGo(m: Monitor): void {
  const all = m.waiting
  m.waiting = []
  for (const who of all) tell(who, GRANTED)
}

/** Lets one go on. */
export function tell(who: Waiter, value: number): void {
  if (!(who instanceof Process)) who.tell(value)
  else if (who.state === GONE) who.kernel.links.wake(who, value)
  else if (who.state === MONITOR) {
    who.value = value
    ready(who)
  }
}

/** `BARRIER b`: those that are enrolled go on when all of them have come. */
export class Barrier implements Role {
  readonly kind = 0
  readonly words = 'SYNC'
  /** The process that declares it is. */
  enrolled = 1
  /** PARs that have enrolled their branches, so far. */
  private tickets = 0
  /** By ticket: the branches of a PAR that have not ended, while there is more than one. */
  private readonly branches = new Map<number, number>()

  perform(m: Monitor, request: MonitorRequest, n: number, who: Waiter): number | undefined {
    switch (request) {
      case SYNC:
        if (m.waiting.length + 1 < this.enrolled) {
          m.waiting.push(who)
          return undefined
        }
        letAllGo(m)
        return GRANTED
      case ENROLL:
        if (n < 0) {
          this.enrolled++
          return 0
        }
        this.enrolled += n - 1
        if (n > 1) this.branches.set(++this.tickets, n)
        return n > 1 ? this.tickets : 0
      case RESIGN: {
        // the last branch to end leaves its place to the parent
        const left = this.branches.get(n)
        if (n > 0 && left === undefined) return 0
        if (left === 2) this.branches.delete(n)
        else if (left !== undefined) this.branches.set(n, left - 1)
        this.enrolled--
        if (this.enrolled > 0 && m.waiting.length >= this.enrolled) letAllGo(m)
        return 0
      }
      case CLAIM:
      case RELEASE:
        return wrongRequest()
    }
  }

  state(): number[] {
    return [this.enrolled, this.tickets, ...[...this.branches].flat()]
  }

  /** @param state what `state ()` gave */
  static restored([enrolled = 1, tickets = 0, ...branches]: readonly number[]): Barrier {
    const b = new Barrier()
    b.enrolled = enrolled
    b.tickets = tickets
    for (let i = 0; i + 1 < branches.length; i += 2) b.branches.set(branches[i] ?? 0, branches[i + 1] ?? 0)
    return b
  }
}

/** The claim of a shared end: one process has it, the others wait. */
export class Lock implements Role {
  readonly kind = 1
  readonly words = 'CLAIM'
  private held = false

  perform(m: Monitor, request: MonitorRequest, _n: number, who: Waiter): number | undefined {
    switch (request) {
      case CLAIM:
        if (this.held) {
          m.waiting.push(who)
          return undefined
        }
        this.held = true
        return GRANTED
      case RELEASE: {
        const next = m.waiting.shift()
        if (next === undefined) this.held = false
        else tell(next, GRANTED)
        return 0
      }
      case SYNC:
      case ENROLL:
      case RESIGN:
        return wrongRequest()
    }
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

/** Nothing but a message from elsewhere asks a barrier for a claim, or the reverse: it does nothing. */
function wrongRequest(): number {
  return 0
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
  return new Mobile(NO_BYTES, [barrier()], [])
}

/** @returns the barrier that a mobile is. @throws Fault R0212 when it has none */
export function barrierIn(m: Mobile, u: Unit, site: number): Monitor {
  const [found] = m.parts
  if (!(found instanceof Monitor)) throw new Fault('R0212', u, site)
  return found
}

/** A variable gives up a mobile: its holder leaves the barriers that it has in it. */
export function drop(p: Process, m: Mobile): void {
  for (const part of m.parts) {
    if (part instanceof Monitor) resign(p, part, 0)
    else if (part instanceof Mobile) drop(p, part)
  }
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

/** @returns the claim of an end that is shared */
export function lock(): Monitor {
  return new Monitor(new Lock())
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
