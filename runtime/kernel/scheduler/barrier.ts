/**
 * Barriers: those that are enrolled go on when all of them have come, by SYNC or by a guard of an ALT.
 *
 * A process in an ALT offers to synchronise. It may choose another guard at any time, so its offer counts only at the moment when all have come.
 *
 * Invariants
 * - An offer of a process here holds while the process waits in the ALT in which it made it. Nobody withdraws one: whoever counts looks.
 * - An offer from another node is asked for before it counts: the process there is taken out of its ALT, and waits at the barrier until it is told
 *   whether all have come. If not, it begins its ALT again. No process is asked by two barriers at a time, since it is in no ALT any more.
 * - When all offers from other nodes have been confirmed, those here are looked at, and all go on or none does. Who offered from elsewhere may be here by
 *   now, and answers while it is being asked: nothing is decided before all have been.
 */
import { ready } from './channel.ts'
import { ALT, CLAIM, CONFIRM, DECLINE, ENROLL, OFFER, Process, RELEASE, RESIGN, SYNC } from './state.ts'
import type { Monitor, MonitorRequest, RemoteWaiter, Role, Waiter } from './state.ts'
import { CHOSEN, GRANTED, tell } from './waiters.ts'

/** A process that is in an ALT with a guard of the barrier. */
interface Offer {
  readonly who: Waiter
  /** Of a process here: its `altSerial`, and the number of the guard. */
  readonly serial: number
  readonly guard: number
}

/** Offers from other nodes that are being asked for. */
interface Inquiry {
  /** Who has not answered. */
  readonly open: Set<number>
  /** Whether all have been asked. */
  complete: boolean
  /** Who has confirmed, and the number of its guard. */
  readonly confirmed: Map<number, { readonly who: Waiter; readonly guard: number }>
}

const idOf = (who: Waiter): number => (who instanceof Process ? 0 : who.id)

export class Barrier implements Role {
  readonly kind = 0
  readonly words = 'SYNC'
  /** The process that declares it is. */
  enrolled = 1
  /** PARs that have enrolled their branches, so far. */
  private tickets = 0
  /** By ticket: the branches of a PAR that have not ended, while there is more than one. */
  private readonly branches = new Map<number, number>()
  private offers: Offer[] = []
  private inquiry: Inquiry | undefined

  /** How many processes offer to synchronise. */
  get offering(): number {
    return this.offers.filter(holds).length
  }

  perform(m: Monitor, request: MonitorRequest, n: number, who: Waiter): number | undefined {
    switch (request) {
      case SYNC:
        if (this.offers.length > 0) this.withdraw(who)
        m.waiting.push(who)
        return this.come(m, who) ? GRANTED : undefined
      case OFFER:
        this.withdraw(who)
        this.offers.push({ who, serial: who instanceof Process ? who.altSerial : 0, guard: n })
        // one elsewhere has confirmed, and been told, if all have come
        return this.come(m, who) && who instanceof Process ? GRANTED : undefined
      case CONFIRM:
      case DECLINE:
        if (!(who instanceof Process)) this.answered(m, who, request === CONFIRM ? n : undefined)
        return undefined
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
        if (this.enrolled > 0) this.come(m, undefined)
        return 0
      }
      case CLAIM:
      case RELEASE:
        return 0 // nothing but a message from elsewhere asks a barrier for a claim
    }
  }

  /**
   * Somebody has come or left: if all have come now, they go on, or offers from elsewhere are asked for.
   * @param who runs, and goes on by itself
   * @returns whether all have come
   */
  private come(m: Monitor, who: Waiter | undefined): boolean {
    if (m.waiting.length + this.offers.length < this.enrolled || this.inquiry !== undefined) return false
    if (this.offers.length > 0) {
      this.offers = this.offers.filter((offer) => offer.who === who || holds(offer))
      if (m.waiting.length + this.offers.length < this.enrolled) return false
      const remote = this.offers.flatMap((offer) => (offer.who instanceof Process ? [] : [offer.who]))
      if (remote.length > 0) {
        const inquiry: Inquiry = { open: new Set(remote.map(({ id }) => id)), complete: false, confirmed: new Map() }
        this.inquiry = inquiry
        for (const each of remote) each.invite(m)
        inquiry.complete = true
        return inquiry.open.size === 0 && this.decide(m, inquiry, who)
      }
    }
    this.letGo(m, who)
    return true
  }

  /** All have come. */
  private letGo(m: Monitor, who: Waiter | undefined): void {
    const all = m.waiting
    m.waiting = []
    for (const each of all) if (each !== who) tell(each, GRANTED)
    const { offers } = this
    if (offers.length === 0) return
    this.offers = []
    for (const offer of offers) {
      const { who: each, guard } = offer
      // who was here may have gone on, or away, while others were asked
      if (each === who || !(each instanceof Process) || !holds(offer)) continue
      each.altSerial++
      each.value = CHOSEN + guard
      ready(each)
    }
  }

  /** @param guard its number, where the process is still in that ALT */
  private answered(m: Monitor, who: RemoteWaiter, guard: number | undefined): void {
    const { inquiry } = this
    if (inquiry?.open.delete(who.id) !== true) {
      if (guard !== undefined) tell(who, 0) // the barrier has come here meanwhile, and does not know that it was asked
      return
    }
    this.withdraw(who)
    if (guard !== undefined) inquiry.confirmed.set(who.id, { who, guard })
    if (inquiry.open.size === 0 && inquiry.complete) this.decide(m, inquiry, undefined)
  }

  /** All that were asked have answered. @param who as of `come`. @returns as `come` */
  private decide(m: Monitor, { confirmed }: Inquiry, who: Waiter | undefined): boolean {
    this.inquiry = undefined
    const here = this.offers.filter((offer) => offer.who instanceof Process && (offer.who === who || holds(offer)))
    if (m.waiting.length + here.length + confirmed.size >= this.enrolled) {
      this.letGo(m, who)
      for (const { who: each, guard } of confirmed.values()) tell(each, CHOSEN + guard)
      return true
    }
    for (const { who: each } of confirmed.values()) tell(each, 0)
    return this.come(m, who)
  }

  private withdraw(who: Waiter): void {
    const id = idOf(who)
    this.offers = this.offers.filter((offer) => (id === 0 ? offer.who !== who : idOf(offer.who) !== id))
  }

  /** The barrier leaves this node: who offers here, or was asked, begins its ALT again. @returns who offers elsewhere */
  leave(): Waiter[] {
    const { offers, inquiry } = this
    this.offers = []
    this.inquiry = undefined
    for (const { who } of inquiry?.confirmed.values() ?? []) tell(who, 0)
    for (const offer of offers) if (offer.who instanceof Process && holds(offer)) restart(offer.who)
    return offers.flatMap(({ who }) => (who instanceof Process ? [] : [who]))
  }

  /** The barrier has come here, and these offer elsewhere; it may have left while it asked for them. */
  arrive(m: Monitor, offers: readonly Waiter[]): void {
    for (const who of offers) this.offers.push({ who, serial: 0, guard: 0 })
    this.come(m, undefined)
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

/** Whether a process is still in the ALT in which it made its offer; one elsewhere may be. */
function holds({ who, serial }: Offer): boolean {
  return !(who instanceof Process) || (who.state === ALT && who.altSerial === serial)
}

/** Takes a process out of its ALT, which it begins again. */
function restart(p: Process): void {
  p.altSerial++
  p.value = 0
  ready(p)
}
