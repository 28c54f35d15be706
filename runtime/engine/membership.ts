/**
 * Membership over a directory: names, indices and leases, the same for every engine.
 *
 * Keys
 *   next-index      the index the next member gets; clients have a range of their own, above CLIENTS, since they come and go by the thousand
 *                   and links count nodes in 16 bits
 *   name/NAME       the index of the member that has this name
 *   member/INDEX    the member, as JSON; there while it is alive
 *   lease/INDEX     a count that the member increases each beat
 *
 * Invariants
 * - The four keys of a member appear together and go together.
 * - Whoever sees a lease unchanged for `leaseMs` of its own time, or knows the OS process to be gone, removes the member. No clocks are compared.
 * - Leases count only while the store answers: a member that could not renew its own in time, be it that the store was silent or that the member itself was
 *   stopped, begins to watch the others' anew.
 * - A member that has not renewed its lease for `actMs` does nothing that others could notice, until it has: it may have been removed.
 * - A member that finds its own lease gone has been removed by others: it reports `left (self)` and does nothing more.
 * - A removal names the lease that was not renewed, and whoever makes it has renewed its own after it saw that one: a renewal that the store took in between
 *   makes the removal void.
 */
import { AGAIN_MS } from './insist.ts'
import type { Cancel, Change, Clock, Directory, Member, MemberKind, Membership, MembershipHandler } from './engine.ts'

export interface LeaseTimes {
  /** Milliseconds between two renewals, and between two looks at the others. */
  readonly beatMs: number
  /** Milliseconds after which a lease that was not renewed is over. */
  readonly leaseMs: number
  /** Milliseconds without a renewal of its own after which a member no longer acts: earlier than anybody may remove it. */
  readonly actMs: number
}

/** A lease is long, because a busy machine may keep a living node from renewing it; sockets tell of the dead much earlier. */
export const defaultTimes: LeaseTimes = { beatMs: 500, leaseMs: 10_000, actMs: 8_000 }

/** How often a member that leaves tries to take itself out. */
const LEAVE_ATTEMPTS = 5

const NEXT = 'next-index'
const NEXT_CLIENT = 'next-client-index'
const CLIENTS = 0x10000
const nameKey = (name: string): string => `name/${name}`
const MEMBERS = 'member/'
const memberKey = (index: number): string => `${MEMBERS}${String(index).padStart(8, '0')}`
const LEASES = 'lease/'
const leaseKey = (index: number): string => `${LEASES}${String(index).padStart(8, '0')}`

export interface JoinRequest {
  readonly kind: MemberKind
  /** Default: the first free of n1, n2, ... for a node, of t1, ... or c1, ... for the others. */
  readonly name?: string
  readonly address: string
}

/** What became of a wish to join: the membership, or who has the name already. */
export type JoinOutcome =
  | { readonly joined: LeasedMembership }
  | { readonly taken: { readonly name: string; readonly index: number } }
  | { readonly failed: string }

/**
 * Joins the cluster.
 * @param done is called once
 */
export function joinCluster(
  directory: Directory,
  clock: Clock,
  times: LeaseTimes,
  request: JoinRequest,
  done: (outcome: JoinOutcome) => void,
  attempts = 100,
): void {
  const again = (delayMs: number): void => {
    if (attempts === 0) done({ failed: 'the cluster store does not take new members' })
    else
      clock.after(delayMs, () => {
        joinCluster(directory, clock, times, request, done, attempts - 1)
      })
  }
  directory.list('name/', (entries) => {
    if (entries === undefined) {
      again(AGAIN_MS)
      return
    }
    const names = new Map(entries)
    const name = request.name ?? firstFree(request.kind, names)
    const holder = names.get(nameKey(name))
    if (holder !== undefined) {
      directory.get([memberKey(Number(holder))], (values) => {
        const [record] = values ?? []
        const self = record === undefined ? undefined : decodeMember(record)
        // an attempt of which the store did not say that it was done may be done late: then this is who has the name
        if (values === undefined) again(AGAIN_MS)
        else if (self?.address === request.address) done({ joined: new LeasedMembership(directory, clock, times, self) })
        else done({ taken: { name, index: Number(holder) } })
      })
      return
    }
    const counter = request.kind === 'client' ? NEXT_CLIENT : NEXT
    directory.get([counter], (values) => {
      if (values === undefined) {
        again(AGAIN_MS)
        return
      }
      const [next] = values
      const first = request.kind === 'client' ? CLIENTS : 1
      const index = next === undefined ? first : Number(next)
      if (request.kind !== 'client' && index >= CLIENTS) {
        done({ failed: 'the cluster has used up its node numbers: begin a new one' })
        return
      }
      const self: Member = { index, name, kind: request.kind, address: request.address }
      const changes: Change[] = [
        { key: counter, expect: next, value: String(index + 1) },
        { key: nameKey(name), expect: undefined, value: String(index) },
        { key: memberKey(index), expect: undefined, value: JSON.stringify(self) },
        { key: leaseKey(index), expect: undefined, value: '0' },
      ]
      directory.swap(changes, (outcome) => {
        if (outcome === 'done') done({ joined: new LeasedMembership(directory, clock, times, self) })
        else if (outcome === 'conflict') again(1)
        else {
          directory.get([memberKey(index)], (found) => {
            if (found?.[0] === JSON.stringify(self)) done({ joined: new LeasedMembership(directory, clock, times, self) })
            else again(AGAIN_MS)
          })
        }
      })
    })
  })
}

function firstFree(kind: MemberKind, names: ReadonlyMap<string, string>): string {
  const letter = kind === 'node' ? 'n' : kind === 'terminal' ? 't' : 'c'
  for (let i = 1; ; i++) if (!names.has(nameKey(`${letter}${i}`))) return `${letter}${i}`
}

function decodeMember(text: string): Member {
  return JSON.parse(text) as Member // only `joinCluster` writes these keys
}

export class LeasedMembership implements Membership {
  private readonly members = new Map<number, Member>()
  private sorted: readonly Member[] | undefined
  private readonly leases = new Map<number, { readonly value: string; since: number }>()
  /** Milliseconds without a renewal after which a member is removed that the transport does not hear of. */
  private readonly suspicions = new Map<number, number>()
  /** Members that may be removed by what this one has sent: their leases have not been renewed since. */
  private readonly condemned = new Set<number>()
  private handler: MembershipHandler | undefined
  /** Those that have left: none of them comes back. */
  private readonly past = new Set<number>()
  /** The members of the time of the joining are known. */
  private isInformed = false
  private renewals = 0
  private renewing = false
  private closed = false
  private cancel: Cancel = () => undefined
  private unwatch: Cancel = () => undefined
  /** When the store has last answered us, and when the last renewal was sent that was done. */
  private answeredAt: number
  private renewedAt: number
  /** When it was last looked after the leases. */
  private beatAt: number

  constructor(
    private readonly directory: Directory,
    private readonly clock: Clock,
    private readonly times: LeaseTimes,
    readonly self: Member,
  ) {
    this.members.set(self.index, self)
    this.answeredAt = clock.now()
    this.renewedAt = clock.now()
    this.beatAt = clock.now()
  }

  /** Milliseconds since the store has last answered us. */
  get silentMs(): number {
    return this.clock.now() - this.answeredAt
  }

  /** Milliseconds since this member has sent the last renewal of its lease that was done. */
  get unrenewedMs(): number {
    return this.clock.now() - this.renewedAt
  }

  get assured(): boolean {
    return this.unrenewedMs < this.times.actMs
  }

  /** Whether the store answers, as far as the last renewals tell. */
  get storeAnswers(): boolean {
    return this.silentMs <= 4 * this.times.beatMs
  }

  all(): readonly Member[] {
    this.sorted ??= [...this.members.values()].sort((a, b) => a.index - b.index)
    return this.sorted
  }

  get(index: number): Member | undefined {
    return this.members.get(index)
  }

  /**
   * The transport hears nothing of a member any more: it is removed as soon as its lease was not renewed for this time, which is shorter than a lease.
   * While it renews its lease it lives, whatever the transport says.
   */
  suspect(index: number, withinMs: number): void {
    this.suspicions.set(index, withinMs)
  }

  /** Whether a member may just be removed by this one, which must not tell it that all is well. */
  condemns(index: number): boolean {
    return this.condemned.has(index)
  }

  /** The transport hears of it again. */
  trust(index: number): void {
    this.suspicions.delete(index)
  }

  find(name: string): Member | undefined {
    return this.all().find((m) => m.name === name)
  }

  hasLeft(index: number): boolean {
    return this.past.has(index) || (this.isInformed && index > 0 && index < this.self.index && !this.members.has(index))
  }

  alive(member: Member): Change {
    const record = JSON.stringify(member)
    return { key: memberKey(member.index), expect: record, value: record }
  }

  open(handler: MembershipHandler): void {
    this.handler = handler
    const unwatch = [
      this.directory.watch(LEASES, (entries) => {
        for (const [key, value] of entries) this.renewed(key, value)
      }),
      this.directory.watch(MEMBERS, (entries) => {
        for (const [key, value] of entries) {
          if (this.closed) return
          if (value === undefined) this.goneByKey(key)
          else this.arrived(decodeMember(value))
        }
        this.isInformed = true
      }),
    ]
    this.unwatch = () => {
      for (const each of unwatch) each()
    }
    this.beat()
  }

  /** Looks who is there now. @param done is called when those who had joined by now are known */
  refresh(done: () => void): void {
    this.directory.get([], () => {
      if (!this.closed) done()
    })
  }

  private arrived(member: Member): void {
    if (this.members.has(member.index) || this.past.has(member.index)) return
    this.members.set(member.index, member)
    this.sorted = undefined
    this.handler?.joined(member)
  }

  private goneByKey(key: string): void {
    const member = this.members.get(Number(key.slice(MEMBERS.length)))
    if (member !== undefined) this.gone(member)
  }

  /** Removes a member whose OS process is known to be gone. */
  bury(member: Member): void {
    this.directory.get([leaseKey(member.index)], (values) => {
      if (this.closed) return
      if (values === undefined) {
        this.clock.after(AGAIN_MS, () => {
          this.bury(member)
        })
        return
      }
      const [lease] = values
      if (lease === undefined) {
        this.refresh(() => undefined)
        return
      }
      this.directory.swap(removal(member, lease), (outcome) => {
        if (outcome === 'done') this.gone(member)
        else if (!this.closed)
          this.clock.after(1, () => {
            this.bury(member)
          }) // a last renewal, or somebody else has buried it
      })
    })
  }

  /** Removes a member that has not renewed its lease, unless it does so now. */
  private expire(member: Member, lease: string): void {
    this.condemned.add(member.index)
    this.directory.swap(removal(member, lease), (outcome) => {
      if (outcome === 'done' && !this.closed) this.gone(member)
      if (outcome === 'conflict') this.condemned.delete(member.index) // it has renewed its lease
    })
  }

  /** Leaves: nobody has to wait for the lease to run out. */
  leave(done: () => void): void {
    if (this.closed) {
      done()
      return
    }
    this.abandon()
    this.remove(LEAVE_ATTEMPTS, done)
  }

  /** Takes itself out. A last renewal may still be under way: then it is tried again. */
  private remove(attempts: number, done: () => void): void {
    this.directory.get([leaseKey(this.self.index)], (values) => {
      const lease = values?.[0]
      if (lease === undefined) {
        done() // it is out, or the store does not answer: the lease runs out
        return
      }
      this.directory.swap(removal(this.self, lease), (outcome) => {
        if (outcome !== 'conflict' || attempts === 0) done()
        else this.remove(attempts - 1, done)
      })
    })
  }

  /** Does nothing any more, without a word to the others. */
  abandon(): void {
    this.closed = true
    this.cancel()
    this.unwatch()
  }

  private gone(member: Member): void {
    if (!this.members.delete(member.index)) return
    this.past.add(member.index)
    this.sorted = undefined
    this.leases.delete(member.index)
    this.suspicions.delete(member.index)
    this.condemned.delete(member.index)
    if (member.index === this.self.index) this.abandon()
    this.handler?.left(member)
  }

  private beat(): void {
    if (this.closed) return
    this.cancel = this.clock.after(this.times.beatMs, () => {
      this.beat()
    })
    const sinceBeat = this.clock.now() - this.beatAt
    this.beatAt = this.clock.now()
    if (sinceBeat > this.times.actMs) this.lookForSelf() // we were stopped: a renewal that was under way may take long to be given up
    if (this.renewing) return // the store is slow: the renewal before is still under way
    this.renewing = true
    const sentAt = this.clock.now()
    const lease = { key: leaseKey(this.self.index), expect: String(this.renewals), value: String(this.renewals + 1) }
    this.directory.swap([lease], (outcome) => {
      this.renewing = false
      if (this.closed) return
      if (outcome === 'unknown' || this.silentMs > 3 * this.times.beatMs) this.restartLeases() // nor can others have renewed theirs, or we were stopped
      if (outcome !== 'unknown') this.answeredAt = this.clock.now()
      if (outcome === 'done') {
        this.renewals++
        this.renewedAt = sentAt
        this.judge()
        return
      }
      this.lookForSelf()
    })
  }

  /** Finds out whether this member is still one, and how often its lease was renewed, if the store has not said so. */
  private lookForSelf(): void {
    this.directory.get([leaseKey(this.self.index)], (values) => {
      if (this.closed || values === undefined) return
      const [value] = values
      if (value === undefined) this.gone(this.self)
      else if (!this.renewing) this.renewals = Number(value)
    })
  }

  /** A lease was renewed, or is seen for the first time. */
  private renewed(key: string, value: string | undefined): void {
    const index = Number(key.slice(LEASES.length))
    this.condemned.delete(index) // what was to remove it named the lease before
    if (value === undefined) this.leases.delete(index)
    else this.leases.set(index, { value, since: this.clock.now() })
  }

  /** Looks whose lease is over, after an own renewal. */
  private judge(): void {
    const now = this.clock.now()
    for (const [index, { value, since }] of this.leases) {
      const member = this.members.get(index)
      if (member === undefined || index === this.self.index) continue
      if (now - since >= (this.suspicions.get(index) ?? this.times.leaseMs)) this.expire(member, value)
    }
  }

  /** All leases begin anew. */
  private restartLeases(): void {
    const since = this.clock.now()
    for (const lease of this.leases.values()) lease.since = since
  }
}

/**
 * A membership whose joins and leaves are known to the transport first.
 * @param before hears of each before the owner does
 * @param isConnected whether others can hear of this member; absent: always
 */
export function membershipWith(leased: LeasedMembership, before: MembershipHandler, isConnected: () => boolean = () => true): Membership {
  return {
    get assured() {
      return leased.assured && isConnected()
    },
    self: leased.self,
    all: () => leased.all(),
    get: (index) => leased.get(index),
    find: (name) => leased.find(name),
    hasLeft: (index) => leased.hasLeft(index),
    alive: (member) => leased.alive(member),
    open: (handler) => {
      leased.open({
        joined(member) {
          before.joined(member)
          handler.joined(member)
        },
        left(member) {
          before.left(member)
          handler.left(member)
        },
      })
    },
  }
}

function removal(member: Member, lease: string): readonly Change[] {
  return [
    { key: leaseKey(member.index), expect: lease, value: undefined },
    { key: memberKey(member.index), expect: JSON.stringify(member), value: undefined },
    { key: nameKey(member.name), expect: String(member.index), value: undefined },
  ]
}
