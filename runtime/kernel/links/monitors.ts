/**
 * Monitors between nodes. A monitor stays where it was made until that node lets it go; what is asked of it elsewhere is a message to its home.
 *
 * Invariants
 * - A process that asks is known by its name from then on, and the answer follows it wherever it goes. So neither end of a request is sent twice.
 * - A process that waited at a monitor here and has left keeps its place; it is told through what is left of it.
 */
import { CLAIM, ENROLL, Monitor, RELEASE, RESIGN, roleOf, SYNC } from '../scheduler/monitor.ts'
import type { MonitorRequest, Role, Waiter } from '../scheduler/monitor.ts'
import { GONE, Process } from '../scheduler/state.ts'
import type { Handle, HandleLink } from '../scheduler/value.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { MonitorRecord } from '../snapshot/snapshot-format.ts'
import type { DecodedMonitor } from '../snapshot/frame-reader.ts'
import type { Ask, MonitorHome } from './messages.ts'
import type { HandleNames } from './handles.ts'
import type { ProcessNames } from './names.ts'
import { AWAY, HERE, MonitorLink } from './objects.ts'
import type { Router } from './router.ts'

/** What a monitor is, as `roleOf ()` takes it. */
export interface MonitorEntry {
  readonly id: number
  readonly kind: number
  readonly state: readonly number[]
}

const REQUESTS: readonly MonitorRequest[] = [SYNC, ENROLL, RESIGN, CLAIM, RELEASE]

export class MonitorLinks implements HandleNames {
  /** Those that have names. */
  private readonly entered = new Set<MonitorLink>()

  /** Told of the id of a handle that something leaves from here with; set by link-table.ts. */
  leaves: (id: number) => void = () => undefined

  constructor(
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
    const { id, version, hint } = this.of(m)
    return { kind: 'away', id, version, hint: hint < 0 ? this.router.self : hint }
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

  give(h: Handle): void {
    if (h instanceof Monitor) this.leaves(this.of(h).id)
  }

  find({ id, version, hint }: HandleLink): Handle {
    const link = this.named(id)
    if (hint >= 0) this.router.learn(link, version, hint)
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
  *here(): Generator<{ readonly id: number; readonly role: Role }, void, void> {
    for (const link of this.entered) {
      const { role } = link.monitor
      if (this.router.links.get(link.id) !== link) this.entered.delete(link)
      else if (link.place === HERE && role !== undefined) yield { id: link.id, role }
    }
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
    const { id, version } = this.of(m)
    const name = this.names.of(p)
    this.router.route({ type: 'ask', id, version, request, n, process: name.id, moves: name.version, at: this.router.self })
  }

  tell(m: Monitor, request: MonitorRequest, n: number): void {
    const { id, version } = this.of(m)
    this.router.route({ type: 'ask', id, version, request, n, process: 0, moves: 0, at: this.router.self })
  }

  onAsk({ monitor }: MonitorLink, { request, n, process, moves, at }: Ask): void {
    const known = REQUESTS.find((each) => each === request)
    if (known === undefined || monitor.role === undefined)
      throw new SnapshotError('malformed', `${request} is nothing that a monitor is asked`)
    const who = this.waiter(process, moves, at)
    const answer = monitor.role.perform(monitor, known, n, who)
    if (answer !== undefined && process !== 0) who.tell(answer)
  }

  /** @returns a process on another node, which was there after so many moves */
  private waiter(id: number, moves: number, at: number): Exclude<Waiter, Process> {
    const { router } = this
    return {
      id,
      tell: (value) => {
        tellProcess(router, { process: id, moves, at }, value)
      },
    }
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
    const message: MonitorHome = { type: 'monitor', id, version: ++link.version, kind, state: m.role.state(), waiting }
    link.place = AWAY
    link.hint = to
    m.role = undefined
    m.waiting = []
    return this.router.post(to, message)
  }

  /** Lets all monitors go whose homes are here and that other nodes may know. */
  shipAll(to: number): void {
    for (const { monitor, place } of [...this.entered]) if (place === HERE) this.ship(monitor, to)
  }

  onHome({ id, version, kind, state, waiting }: MonitorHome): void {
    const link = this.named(id)
    const role = roleOf(kind, state)
    if (role === undefined) throw new SnapshotError('malformed', `${kind} is no kind of monitor`)
    link.monitor.role = role
    link.monitor.waiting = waiting.map(([process, moves, at]) => this.waiter(process, moves, at))
    link.settleHere(this.router.self)
    link.version = version
    link.sought = undefined
    this.router.flush(link)
  }
}

/** Answers a process by its name, which was at a node after so many moves. */
export function tellProcess(
  router: Router,
  { process: id, moves, at }: { readonly process: number; readonly moves: number; readonly at: number },
  value: number,
): void {
  const link = router.named(id)
  if (link.place !== HERE) router.learn(link, moves, at)
  router.route({ type: 'answer', id, version: link.version, value })
}
