/**
 * A site: what one node has of one program. A kernel, its links, the migrations that begin or end here.
 *
 * Invariants
 * - Whatever is done to the kernel from outside is done between slices, when every process is at a safe point. Wishes that come up within a slice
 *   (a placed branch, a process that asks to be moved) wait for its end.
 * - A departure or an arrival that is not over counts as work under way: the site is not idle.
 */
import type { Blobs, Clock, Directory, Member, Membership } from '../../engine/engine.ts'
import { isNodeService } from '../../host-services.ts'
import type { Deniable, HomeServices } from '../../host/home-services.ts'
import { Kernel, meter } from '../../kernel/scheduler/kernel.ts'
import { isTied, LinkTable, together } from '../../kernel/links/link-table.ts'
import type { CaptureMode, Loss } from '../../kernel/links/link-table.ts'
import { ENDED, GONE } from '../../kernel/scheduler/process.ts'
import type { Process } from '../../kernel/scheduler/process.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import type { DriverEvents, DriverOptions } from '../../run/driver.ts'
import { Arrival } from '../migration/target.ts'
import type { MigrationResult } from '../commands/client.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { Departure } from '../migration/source.ts'
import { Errands } from './home-calls.ts'
import type { ErrandDone, ErrandNote } from './home-calls.ts'
import type { Prepare, Refuse, Resumed } from '../migration/migrate.ts'
import { NodeError } from '../node-error.ts'
import { OwnerRecords } from '../migration/owner-records.ts'
import type { Post } from '../wire/messenger.ts'
import type { ProgramRecord } from './program.ts'
import { unknownNode } from '../commands/unknown-node.ts'

/** Runs a kernel; see driver.ts. */
export interface Drive {
  start(): void
  pause(): void
  poke(): void
}

/** @param pace how to begin; absent: as fast as it goes */
export type MakeDrive = (kernel: Kernel, events: DriverEvents, pace?: DriverOptions) => Drive

/** What a site tells the node it is on. */
export interface SiteEvents {
  /** The main process has ended here. */
  ended(site: Site): void
  /** The kernel has stopped with a failure. */
  failed(site: Site): void
  /** Nothing can run here, no timer is pending. */
  idle(site: Site): void
  /** A slice has ended. */
  slice(site: Site, busy: boolean): void
  lost(site: Site, loss: Loss): void
}

export interface SiteParts {
  readonly program: ProgramRecord
  readonly post: Post
  readonly shelf: CodeShelf
  readonly drive: MakeDrive
  readonly events: SiteEvents
  /** The program's home, at its terminal. */
  readonly home?: HomeServices
  /** What processes may not do here. */
  readonly denied?: readonly Deniable[]
  /** How the drive begins. */
  readonly pace?: DriverOptions
}

/** What a site can say of itself for finding out whether the whole program stands still; see quiescence.ts. */
export interface Vitals {
  readonly idle: boolean
  /** Not idle, and not only since something is on its way: a process can run, or will when its time has come. */
  readonly running: boolean
  /** Indices of the nodes and terminals that are there as far as this member knows. */
  readonly peers: readonly number[]
  /** Link messages and errands, by member index. */
  readonly sent: Readonly<Record<number, number>>
  readonly received: Readonly<Record<number, number>>
}

interface Wish {
  readonly process: Process
  readonly to: Member
  readonly mode: CaptureMode
  readonly done: (results: MigrationResult[], takenBack: readonly Process[]) => void
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class Site {
  readonly program: ProgramRecord
  readonly post: Post
  readonly shelf: CodeShelf
  readonly clock: Clock
  readonly membership: Membership
  readonly directory: Directory
  readonly blobs: Blobs
  readonly kernel: Kernel
  readonly links: LinkTable
  readonly owners: OwnerRecords
  readonly drive: Drive
  readonly counts = { departures: 0, arrivals: 0, roamed: 0 }
  /** Nothing here roams any more. */
  settled = false
  /** Nothing here roams for the moment: it is being found out whether the program stands still. */
  held = false
  private readonly events: SiteEvents
  private readonly errands: Errands
  private readonly departures = new Map<number, Departure>()
  private readonly arrivals = new Map<string, Arrival>()
  private readonly wishes: Wish[] = []
  private readonly sent: Record<number, number> = {}
  private readonly received: Record<number, number> = {}
  private migrations = 0
  private placed = 0
  private mainEnded = false
  private over = false

  constructor({ program, post, shelf, drive, events, home, denied = [], pace }: SiteParts) {
    const { clock, membership, directory, blobs } = post.engine
    this.program = program
    this.post = post
    this.shelf = shelf
    this.clock = clock
    this.membership = membership
    this.directory = directory
    this.blobs = blobs
    this.events = events
    this.kernel = new Kernel({
      now: () => clock.common() - program.began,
      host: (p, service, actuals) => this.host(p, service, actuals),
      place: (p, place) => {
        this.place(p, place)
      },
    })
    this.links = new LinkTable(
      this.kernel,
      membership.self.index,
      (to, message) => {
        this.sendLink(to, message)
      },
      {
        rootEnded: (_, id) => {
          if (id === program.main) this.mainEnded = true
        },
        lost: (loss) => {
          events.lost(this, loss)
        },
        peers: () => this.peers().filter((index) => index !== membership.self.index),
      },
    )
    this.errands = new Errands({
      program: program.id,
      kernel: this.kernel,
      to: program.terminal,
      home,
      denied,
      send: (to, subject, content, body) => {
        this.count(this.sent, to)
        post.note(to, subject, content, body)
      },
    })
    this.owners = new OwnerRecords(directory, program.id)
    const driven: DriverEvents = {
      slice: (busy) => {
        this.afterSlice(busy)
      },
      idle: () => {
        events.idle(this)
      },
      stopped: () => {
        events.failed(this)
      },
    }
    this.drive = drive(this.kernel, driven, pace)
  }

  // ---------------------------------------------------------------------------------------------- migrations from here

  /**
   * Moves processes. Never within `kernel.run`.
   * @param done is told once what became of each
   */
  depart(
    wanted: readonly Process[],
    how: CaptureMode,
    to: Member,
    done: (results: MigrationResult[], takenBack: readonly Process[]) => void,
  ): void {
    const { roots: here, mode } = together(
      wanted.filter((p) => p.state !== ENDED && p.state !== GONE),
      how,
    )
    if (here.length === 0 || this.over) {
      done([], [])
      return
    }
    const id = ++this.migrations
    try {
      const departure = new Departure(this, id, here, mode, to, done)
      this.departures.set(id, departure)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const refusal = new NodeError('R0410', reason).toJSON()
      const from = this.membership.self.name
      done(
        here.map((p): MigrationResult => ({
          process: this.links.pathOf(p),
          from,
          to: to.name,
          bytes: 0,
          codeBytes: 0,
          pauseMicros: 0,
          messages: 0,
          error: refusal,
        })),
        here,
      )
    }
  }

  /** A departure is over. */
  departed(departure: Departure): void {
    this.departures.delete(departure.id)
    this.drive.poke()
  }

  /** @returns paths of what is on its way from here */
  get moving(): string[] {
    return [...this.departures.values()].flatMap((d) => d.paths)
  }

  // ---------------------------------------------------------------------------------------------- what comes over the post

  prepare(from: Member, content: Prepare, state: Uint8Array): void {
    if (this.over) return
    const key = `${from.index}/${content.migration}`
    const arrival = new Arrival(this, from, content, state)
    if (!arrival.isOver) this.arrivals.set(key, arrival)
  }

  /** An arrival is over. */
  arrived(from: Member, migration: number): void {
    this.arrivals.delete(`${from.index}/${migration}`)
    this.drive.poke()
  }

  /** The destination has answered. */
  answered(subject: 'refuse' | 'resumed', content: Refuse | Resumed): void {
    const departure = this.departures.get(content.migration)
    if (subject === 'refuse') {
      const { error, conflict } = content as Refuse // the subject tells
      departure?.refused(NodeError.from(error), conflict)
    } else departure?.resumed(content as Resumed) // the subject tells
  }

  link(from: Member, message: Uint8Array): void {
    if (this.over) return
    this.count(this.received, from.index)
    this.links.receive(from.index, message)
    this.drive.poke()
  }

  /** Another member has an errand for the home. */
  errand(from: Member, content: ErrandNote, body: Uint8Array): void {
    if (this.over) return
    this.count(this.received, from.index)
    this.errands.asked(from, content, body)
  }

  /** The home has done an errand. */
  errandDone(from: Member, content: ErrandDone, body: Uint8Array): void {
    if (this.over) return
    this.count(this.received, from.index)
    this.errands.answered(content, body)
    this.drive.poke()
  }

  memberLeft(member: Member): void {
    for (const departure of [...this.departures.values()]) departure.memberLeft(member)
    for (const arrival of [...this.arrivals.values()]) arrival.memberLeft(member)
    if (member.kind !== 'client') this.links.nodeGone(member.index)
    this.drive.poke()
  }

  // ---------------------------------------------------------------------------------------------- housekeeping

  /** @returns whether a migration is under way here. */
  get busy(): boolean {
    return this.departures.size > 0 || this.arrivals.size > 0
  }

  get closed(): boolean {
    return this.over
  }

  /** Called now and then. */
  sweep(): void {
    this.owners.sweep()
    this.links.expire()
  }

  /** The program is over, or this node shall do nothing any more. */
  close(): void {
    this.over = true
    this.drive.pause()
    this.kernel.stop()
    for (const departure of this.departures.values()) departure.abandon()
    for (const arrival of this.arrivals.values()) arrival.abandon()
    this.departures.clear()
    this.arrivals.clear()
  }

  vitals(): Vitals {
    return {
      idle: this.isStill && this.links.stats().held === 0,
      running: this.isRunning,
      peers: this.peers(),
      sent: { ...this.sent },
      received: { ...this.received },
    }
  }

  /** @returns whether nothing runs or moves here; messages may still wait for something that is under way */
  get isStill(): boolean {
    const { departures, arrivals, wishes } = this
    return !this.isRunning && departures.size === 0 && arrivals.size === 0 && wishes.length === 0
  }

  private get isRunning(): boolean {
    return this.kernel.runnable || this.kernel.timers.next() < Infinity
  }

  private peers(): number[] {
    return this.membership
      .all()
      .filter((m) => m.kind !== 'client')
      .map((m) => m.index)
  }

  private sendLink(to: number, message: Uint8Array): void {
    this.count(this.sent, to)
    this.post.link(to, this.program.id, message)
  }

  private count(messages: Record<number, number>, member: number): void {
    messages[member] = (messages[member] ?? 0) + 1
  }

  private afterSlice(busy: boolean): void {
    if (this.mainEnded) {
      this.mainEnded = false
      this.events.ended(this)
    }
    this.grant()
    this.events.slice(this, busy)
  }

  /** Does what processes wished for within the slice. */
  private grant(): void {
    const placements = new Map<Member, Wish[]>()
    for (const wish of this.wishes.splice(0)) {
      if (wish.mode === 'subtree') {
        this.kernel.wake(wish.process, true) // what it finds when it is there
        this.depart([wish.process], 'subtree', wish.to, wish.done)
      } else placements.set(wish.to, [...(placements.get(wish.to) ?? []), wish])
    }
    for (const [to, wishes] of placements)
      this.depart(
        wishes.map((w) => w.process),
        'only',
        to,
        () => undefined,
      )
  }

  // ---------------------------------------------------------------------------------------------- what programs ask for

  private place(p: Process, place: Value): void {
    const to = this.placeOf(place)
    meter.fuel = 0 // the branch shall not begin here
    if (to.index !== this.membership.self.index && !isTied(p)) this.wishes.push({ process: p, to, mode: 'only', done: () => undefined })
  }

  /** @throws NodeError R0402 */
  private placeOf(place: Value): Member {
    const nodes = this.post.nodes()
    if (place instanceof Uint8Array && place.length > 0) {
      const name = decoder.decode(place)
      const found = nodes.find((m) => m.name === name)
      if (found === undefined) throw unknownNode(name, nodes)
      return found
    }
    const n = typeof place === 'number' ? place : this.placed++ // no name: one after the other
    const chosen = nodes[((n % nodes.length) + nodes.length) % nodes.length]
    if (chosen === undefined) throw new NodeError('R0413', 'the cluster has no node to run on')
    return chosen
  }

  private host(p: Process, service: string, actuals: readonly Value[]): boolean {
    if (!isNodeService(service)) return this.errands.call(p, service, actuals)
    switch (service) {
      case 'node.name':
        p.value = encoder.encode(this.membership.self.name)
        return true
      case 'node.count':
        p.value = this.post.nodes().length
        return true
      case 'migrate.to':
        return this.migrateTo(p, actuals[0])
    }
  }

  private migrateTo(p: Process, node: Value | undefined): boolean {
    const name = node instanceof Uint8Array ? decoder.decode(node) : ''
    const to = this.post.nodes().find((m) => m.name === name)
    if (to === undefined || to.index === this.membership.self.index) {
      p.value = to !== undefined
      return true
    }
    meter.fuel = 0
    this.wishes.push({
      process: p,
      to,
      mode: 'subtree',
      done: (_, takenBack) => {
        for (const q of takenBack) q.value = false // it finds itself where it was
      },
    })
    return false
  }
}
