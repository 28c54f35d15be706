/**
 * Monitors between nodes. A monitor stays where it was made until that node lets it go; what is asked of it elsewhere is a message to its home.
 *
 * Invariants
 * - A process that asks is known by its name from then on, and the answer follows it wherever it goes. So neither end of a request is sent twice.
 * - A process that waited at a monitor here and has left keeps its place; it is told through what is left of it.
 */
import { CLAIM, CONFIRM, DECLINE, ENROLL, Monitor, OFFER, RELEASE, RESIGN, roleOf, SYNC } from '../scheduler/monitor.ts'
import type { MonitorRequest, Role, Waiter } from '../scheduler/monitor.ts'
import { ALT, GONE, MONITOR, Process } from '../scheduler/state.ts'
import type { RemoteWaiter } from '../scheduler/state.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { HandleLink } from '../scheduler/value.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { MonitorRecord } from '../snapshot/snapshot-format.ts'
import type { DecodedMonitor } from '../snapshot/frame-reader.ts'
import type { Answers, Ask, Asks, Invite, MonitorHome } from './messages.ts'
import type { ProcessNames } from './names.ts'
import { AWAY, HERE, MonitorLink, UNKNOWN } from './objects.ts'
import type { Linked } from './objects.ts'
import type { Router } from './router.ts'

/** What a monitor is, as `roleOf ()` takes it. */
export interface MonitorEntry {
  readonly id: number
  readonly kind: number
  readonly state: readonly number[]
}

const REQUESTS: readonly MonitorRequest[] = [SYNC, ENROLL, RESIGN, CLAIM, RELEASE, OFFER, CONFIRM, DECLINE]

/** Who asks where no answer is wanted. */
const NOBODY = { id: 0, version: 0 }

/** A process by its name, which was at a node after so many moves. */
interface ProcessAt {
  readonly process: number
  readonly moves: number
  readonly at: number
}

export class MonitorLinks {
  /** Those that have names. */
  private readonly entered = new Set<MonitorLink>()

  /** Processes that have come to barriers elsewhere since the last `flush`. */
  private readonly asked = new Map<Monitor, Process[]>()
  /** What is to be sent at the next `flush`: for each node, for each value, the processes that it is for. */
  private readonly answers = new Map<number, Map<number, [process: number, moves: number][]>>()
  /** The guards of the ALTs that processes are in, or were in, of barriers elsewhere. */
  private readonly offered = new WeakMap<Process, { readonly serial: number; readonly guards: Map<Monitor, number> }>()

  constructor(
    private readonly kernel: Kernel,
    private readonly router: Router,
    private readonly names: ProcessNames,
  ) {}

  /** @returns the link of a monitor; it gets a name if it has none */
  of(m: Monitor): MonitorLink {
    if (m.link instanceof MonitorLink) return m.link
    const link = new MonitorLink(this.router.freshId(), m)
    link.settleHere(this.router.self)
    m.link = link
    this.router.enter(link)
    this.entered.add(link)
    return link
  }

  /** What a snapshot of processes says of a monitor: its home is not in it. */
  record(m: Monitor): MonitorRecord {
    const { id, version, toldHint } = this.of(m)
    return { kind: 'away', id, version, hint: toldHint }
  }

  /** A monitor that a snapshot names: here it may be known already, by an object of its own. */
  adopt(decoded: DecodedMonitor): void {
    const { away, places } = decoded
    if (away === undefined) throw new SnapshotError('malformed', 'a moving process holds a monitor of a checkpoint')
    const link = this.named(away.id)
    decoded.monitor = link.monitor
    for (const { holder, key } of places) holder[key] = link.monitor
    this.router.learn(link, away.version, away.hint)
  }

  known({ id, version, toldHint }: HandleLink): Monitor {
    const link = this.named(id)
    this.router.learn(link, version, toldHint)
    return link.monitor
  }

  private named(id: number): MonitorLink {
    const known = this.router.links.get(id)
    if (known instanceof MonitorLink) {
      known.used = true
      return known
    }
    const link = new MonitorLink(id, new Monitor(undefined))
    link.monitor.link = link
    this.router.enter(link)
    this.entered.add(link)
    return link
  }

  /** @returns the monitors whose homes are here and that have names */
  *here(): Generator<{ readonly id: number; readonly role: Role; readonly monitor: Monitor }, void, void> {
    for (const link of this.entered) {
      const { monitor } = link
      const { role } = monitor
      if (this.router.links.get(link.id) !== link) this.entered.delete(link)
      else if (link.place === HERE && role !== undefined) yield { id: link.id, role, monitor }
    }
  }

  /** Whether no monitor here has a name. */
  get isEmpty(): boolean {
    return this.entered.size === 0
  }

  /** A program goes on from a cut, and the home of one of its monitors is here. @throws SnapshotError */
  revive({ id, kind, state }: MonitorEntry): void {
    const role = roleOf(kind, state)
    if (role === undefined) throw new SnapshotError('malformed', `${kind} is no kind of monitor`)
    const link = this.named(id)
    link.monitor.role = role
    link.settleHere(this.router.self)
    link.version = 1
  }

  // ------------------------------------------------------------------------------------------ asking

  ask(p: Process, m: Monitor, request: MonitorRequest, n: number): void {
    const name = this.names.of(p)
    if (request === SYNC) {
      const round = this.asked.get(m)
      if (round === undefined) this.asked.set(m, [p])
      else round.push(p)
    } else this.reply(this.of(m), request, n, name)
  }

  tell(m: Monitor, request: MonitorRequest, n: number): void {
    this.reply(this.of(m), request, n, NOBODY)
  }

  /** Sends what processes have asked since the last time, and the answers for those elsewhere: a message for each node. */
  flush(): void {
    if (this.asked.size > 0) this.flushAsks()
    if (this.answers.size > 0) this.flushAnswers()
  }

  private flushAsks(): void {
    const all = [...this.asked]
    this.asked.clear()
    for (const [m, waiting] of all) {
      // one that has left meanwhile asks where it is
      const here = waiting.filter((p) => p.state === MONITOR && p.value === m)
      const { id, version } = this.of(m)
      const processes = here.map((p) => {
        const name = this.names.of(p)
        return [name.id, name.version] as const
      })
      if (processes.length > 0) this.router.route({ type: 'asks', id, version, request: SYNC, processes, at: this.router.self })
    }
  }

  private flushAnswers(): void {
    const all = [...this.answers]
    this.answers.clear()
    for (const [to, byValue] of all) {
      for (const [value, processes] of byValue) this.router.post(to, { type: 'answers', id: 0, value, processes })
    }
  }

  onAsk(link: MonitorLink, { request, n, process, moves, at }: Ask): void {
    const answer = this.perform(link, request, n, this.waiter(process, moves, at))
    if (answer !== undefined && process !== 0) this.answer({ process, moves, at }, answer)
    if (!this.kernel.running) this.flushAnswers()
  }

  onAsks(link: MonitorLink, { request, processes, at }: Asks): void {
    for (const [process, moves] of processes) {
      const answer = this.perform(link, request, 0, this.waiter(process, moves, at))
      if (answer !== undefined) this.answer({ process, moves, at }, answer)
    }
    if (!this.kernel.running) this.flushAnswers()
  }

  private perform({ monitor }: MonitorLink, request: number, n: number, who: Waiter): number | undefined {
    const known = REQUESTS.find((each) => each === request)
    if (known === undefined || monitor.role === undefined)
      throw new SnapshotError('malformed', `${request} is nothing that a monitor is asked`)
    this.kernel.observer?.touches(monitor)
    return monitor.role.perform(monitor, known, n, who)
  }

  /** @returns a process on another node, which was there after so many moves */
  private waiter(id: number, moves: number, at: number): RemoteWaiter {
    return {
      id,
      tell: (value) => {
        this.answer({ process: id, moves, at }, value)
      },
      invite: (m) => {
        const link = this.learned({ process: id, moves, at })
        this.router.route({ type: 'invite', id, version: link.version, monitor: this.of(m).id, at: this.router.self })
      },
    }
  }

  private learned({ process, moves, at }: ProcessAt): Linked {
    const link = this.router.named(process)
    if (link.place !== HERE) this.router.learn(link, moves, at)
    return link
  }

  /** Answers a process: soon, with others on its node. */
  private answer(who: ProcessAt, value: number): void {
    const link = this.learned(who)
    if (link.place !== AWAY) {
      tellProcess(this.router, who, value)
      return
    }
    let byValue = this.answers.get(link.hint)
    if (byValue === undefined) this.answers.set(link.hint, (byValue = new Map<number, [number, number][]>()))
    const list = byValue.get(value)
    if (list === undefined) byValue.set(value, [[link.id, link.version]])
    else list.push([link.id, link.version])
  }

  onAnswers({ value, processes }: Answers): void {
    for (const [id, version] of processes) this.router.route({ type: 'answer', id, version, value })
  }

  // ------------------------------------------------------------------------------------------ guards

  /** `p` is in an ALT, and guard number `guard` is the SYNC of a barrier that is elsewhere. */
  offer(p: Process, m: Monitor, guard: number): void {
    let offered = this.offered.get(p)
    if (offered?.serial !== p.altSerial) this.offered.set(p, (offered = { serial: p.altSerial, guards: new Map<Monitor, number>() }))
    if (offered.guards.has(m)) return // of two guards the first is taken
    offered.guards.set(m, guard)
    this.reply(this.of(m), OFFER, 0, this.names.of(p))
  }

  /** A barrier asks for a process that was in an ALT. */
  onInvite(p: Process | undefined, message: Invite): void {
    const link = this.named(message.monitor)
    const offered = p === undefined ? undefined : this.offered.get(p)
    const guard = offered?.guards.get(link.monitor)
    if (p === undefined || p.state !== ALT || offered?.serial !== p.altSerial || guard === undefined) {
      this.decline(message)
      return
    }
    p.altSerial++
    p.state = MONITOR
    p.value = link.monitor
    this.reply(link, CONFIRM, guard, this.names.of(p))
  }

  /** A process that a barrier asks for is in no ALT any more. */
  decline({ id, version, monitor, at }: Invite): void {
    const link = this.named(monitor)
    if (link.place === UNKNOWN) this.router.learn(link, 0, at)
    this.reply(link, DECLINE, 0, { id, version })
  }

  /** @param who a process by its name, or nobody */
  private reply({ id, version }: Linked, request: MonitorRequest, n: number, who: Pick<Linked, 'id' | 'version'>): void {
    this.router.route({ type: 'ask', id, version, request, n, process: who.id, moves: who.version, at: this.router.self })
  }

  // ------------------------------------------------------------------------------------------ the home

  /** Lets a monitor go to another node. @returns how many bytes were sent, or undefined when its home is not here */
  ship(m: Monitor, to: number): number | undefined {
    if (m.role === undefined) return undefined
    if (to === this.router.self) return 0
    const link = this.of(m)
    const { id } = link
    const waiting = m.waiting.map((who) => {
      if (!(who instanceof Process)) return [who.id, 0, this.router.self] as const
      const name = who.state === GONE ? this.names.known(who) : this.names.of(who)
      return [name?.id ?? 0, name?.version ?? 0, this.router.self] as const
    })
    const { kind } = m.role
    const offers = m.role.leave().flatMap((who) => (who instanceof Process ? [] : [[who.id, 0, this.router.self] as const]))
    const message: MonitorHome = { type: 'monitor', id, version: ++link.version, kind, state: m.role.state(), waiting, offers }
    link.place = AWAY
    link.hint = to
    m.role = undefined
    m.waiting = []
    this.flushAnswers()
    return this.router.post(to, message)
  }

  /** Lets all monitors go whose homes are here and that other nodes may know. */
  shipAll(to: number): void {
    for (const { monitor, place } of [...this.entered]) if (place === HERE) this.ship(monitor, to)
  }

  onHome({ id, version, kind, state, waiting, offers }: MonitorHome): void {
    const link = this.named(id)
    const role = roleOf(kind, state)
    if (role === undefined) throw new SnapshotError('malformed', `${kind} is no kind of monitor`)
    link.monitor.role = role
    link.monitor.waiting = waiting.map(([process, moves, at]) => this.waiter(process, moves, at))
    link.settleHere(this.router.self)
    link.version = version
    link.sought = undefined
    role.arrive(
      link.monitor,
      offers.map(([process, moves, at]) => this.waiter(process, moves, at)),
    )
    this.router.flush(link)
    if (!this.kernel.running) this.flushAnswers()
  }
}

/** Answers a process by its name, which was at a node after so many moves. */
export function tellProcess(router: Router, { process: id, moves, at }: ProcessAt, value: number): void {
  const link = router.named(id)
  if (link.place !== HERE) router.learn(link, moves, at)
  router.route({ type: 'answer', id, version: link.version, value })
}
