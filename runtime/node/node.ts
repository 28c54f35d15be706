/**
 * A member of the cluster that may have sites: every node, and the terminal of a program.
 *
 * A program's site comes to be with the first message about it; until the directory has said that the program still runs, its messages wait.
 *
 * Invariants
 * - Nothing that belongs to another incarnation of a program than its site here reaches the site (`siteOf`, `whenSited`): of an earlier one it is
 *   dropped; a later one ends the site, and another is made of what the directory says now.
 */
import type { Engine, Member } from '../engine/engine.ts'
import type { Deniable, HomeServices } from '../host/home-services.ts'
import type { Loss } from '../kernel/links/link-table.ts'
import { pathOf } from '../kernel/inspect/inspect.ts'
import type { LostProcess } from '../report/report.ts'
import type { CodeShelf } from './migration/code-shelf.ts'
import { requestHandlers } from './commands/control.ts'
import type { NoteHandlers, Notes, OfProgram, TerminalNotes } from './wire/messages.ts'
import { Messenger } from './wire/messenger.ts'
import { NodeError } from './node-error.ts'
import { decodeProgram, forgetProgram, programKey } from './program/program.ts'
import type { ProgramRecord } from './program/program.ts'
import { Roamer, roamingPace, seededRandom } from './migration/roam.ts'
import type { Random } from './migration/roam.ts'
import { failureOf } from './program/failure.ts'
import { Site } from './program/site.ts'
import type { MakeDrive, SiteEvents } from './program/site.ts'

export interface NodeParts {
  readonly engine: Engine
  readonly shelf: CodeShelf
  readonly drive: MakeDrive
  readonly random: Random
  /** What processes may not do here. */
  readonly denied?: readonly Deniable[]
  readonly events?: NodeEvents
  /** Larger states do not move; absent: as migrate.ts has it. */
  readonly largestStateBytes?: number
}

/** What a node reports to whoever runs it. */
export interface NodeEvents {
  joined?(member: Member): void
  left?(member: Member): void
  /** The cluster has given this node up; it does nothing any more. */
  fenced?(): void
  /** What nodes say of programs whose terminal this member is. Absent: it is nobody's terminal. */
  readonly terminal?: NoteHandlers<keyof TerminalNotes>
  /** A member has sent something that makes no sense. */
  nonsense?(from: Member, why: string): void
  /** Instead of what a node does when its site is idle, or a slice has ended: for the terminal's own site. */
  readonly site?: Partial<SiteEvents>
}

/** Between two sweeps of a site. */
const SWEEP_EVERY_MS = 2_000
/** How long a site must be idle before it says so. */
const IDLE_FOR_MS = 5

/** What waits until it is known whether a program runs. */
interface Waiting {
  readonly from: Member
  readonly about: OfProgram
  readonly work: (site: Site | undefined) => void
}

export class GodwitNode {
  readonly messenger: Messenger
  readonly shelf: CodeShelf
  readonly engine: Engine
  /** By program id. */
  readonly sites = new Map<number, Site>()
  /** Of programs that are over. */
  readonly past = { arrivals: 0, departures: 0, roamed: 0 }
  /** Programs that are over: what comes late of them finds nobody, also before the directory has forgotten them. */
  private readonly ended = new Set<number>()
  private readonly waiting = new Map<number, Waiting[]>()
  private readonly announcing = new Set<Site>()
  private closed = false
  private isLeaving = false

  constructor(private readonly parts: NodeParts) {
    this.engine = parts.engine
    this.shelf = parts.shelf
    this.messenger = new Messenger(parts.engine, {
      notes: { ...this.noteHandlers(), ...this.terminalHandlers(parts.events?.terminal) },
      requests: requestHandlers(this),
      link: (from, about, message) => {
        this.withSite(from, about, (site) => {
          site.link(from, message)
        })
      },
      joined: (member) => {
        if (this.isLeaving && member.kind === 'terminal') this.messenger.note(member.index, 'leaving', {})
        parts.events?.joined?.(member)
      },
      left: (member) => {
        this.left(member)
      },
      nonsense: (from, why) => parts.events?.nonsense?.(from, why),
    })
  }

  get self(): Member {
    return this.messenger.self
  }

  /** Begins to listen to the others. */
  open(): void {
    this.messenger.open()
    this.sweep()
  }

  /** It is about to leave the cluster: it takes nothing any more, and others drain to other nodes. */
  get leaving(): boolean {
    return this.isLeaving
  }

  /** From now on it is leaving, and terminals know that. */
  beginLeaving(): void {
    if (this.isLeaving) return
    this.isLeaving = true
    for (const { kind, index } of this.engine.membership.all()) if (kind === 'terminal') this.messenger.note(index, 'leaving', {})
  }

  /** Stops everything here and leaves the cluster. */
  close(done: () => void): void {
    this.halt()
    this.engine.close(done)
  }

  /**
   * Makes the site of a program that is known; its drive has not been started.
   * @param home the program's home, when it is here
   */
  addSite(program: ProgramRecord, home?: HomeServices): Site {
    let roamer: Roamer | undefined
    const events: SiteEvents = {
      ended: (site) => {
        this.tellTerminal(site, 'ended', { ...site.about, time: site.kernel.now() })
      },
      failed: (site) => {
        this.failed(site)
      },
      idle: (site) => {
        this.announceIdle(site)
      },
      slice: () => roamer?.slice(),
      lost: (site, loss) => {
        this.lost(site, loss)
      },
      ...this.parts.events?.site,
    }
    const { messenger, shelf } = this
    const { drive, denied = [], largestStateBytes } = this.parts
    const parts = {
      program,
      messenger,
      shelf,
      drive,
      events,
      denied,
      ...(largestStateBytes === undefined ? {} : { largestStateBytes }),
      ...(home === undefined ? {} : { home }),
    }
    const { roam, seed } = program
    let site: Site
    if (roam === undefined || this.self.kind !== 'node') site = new Site(parts)
    else {
      const random = seed === undefined ? this.parts.random : seededRandom(seed, messenger.place)
      site = new Site({ ...parts, pace: roamingPace(roam, random) })
      const others = (): Member[] => messenger.nodes().filter((m) => m.index !== this.self.index)
      roamer = new Roamer({ site, clock: this.engine.clock, others }, roam, random)
    }
    this.sites.set(program.id, site)
    return site
  }

  /** The program is over: drops its site. */
  removeSite(program: number): void {
    this.ended.add(program)
    this.dropSite(program)
  }

  private dropSite(program: number): void {
    const site = this.sites.get(program)
    if (site === undefined) return
    site.close()
    this.sites.delete(program)
    this.past.arrivals += site.migrations.counts.arrivals
    this.past.departures += site.migrations.counts.departures
    this.past.roamed += site.roamed
  }

  private halt(): void {
    this.closed = true
    for (const program of [...this.sites.keys()]) this.removeSite(program)
    this.messenger.close()
  }

  /** Does what a member's message asks of a program's site, as soon as it is known that the program runs; never if it does not. */
  private withSite(from: Member, about: OfProgram, work: (site: Site) => void): void {
    this.whenSited(from, about, (site) => {
      if (site !== undefined) work(site)
    })
  }

  siteOf(about: OfProgram): Site | undefined {
    const site = this.sites.get(about.program)
    if (site === undefined || site.program.incarnation === about.incarnation) return site
    if (site.program.incarnation < about.incarnation) this.dropSite(about.program) // the program has begun anew without it
    return undefined
  }

  /** As `withSite`, and without a site when the program does not run. */
  whenSited(from: Member, about: OfProgram, work: (site: Site | undefined) => void): void {
    const { program } = about
    const site = this.siteOf(about)
    if (site !== undefined || this.sites.has(program) || this.ended.has(program)) {
      work(site)
      return
    }
    const wait = { from, about, work }
    const queue = this.waiting.get(program)
    if (queue !== undefined) return void queue.push(wait)
    const waiting = [wait]
    this.waiting.set(program, waiting)
    this.engine.directory.get([programKey(program)], ([text]) => {
      this.waiting.delete(program)
      const record = text === undefined || this.closed || this.ended.has(program) ? undefined : decodeProgram(text)
      // without its terminal, which has just vanished then, there is no program
      const runs = record !== undefined && this.engine.membership.get(record.terminal) !== undefined
      const made = runs ? this.addSite(record) : undefined
      made?.drive.start()
      for (const each of waiting) {
        this.messenger.attempt(each.from, () => {
          each.work(each.about.incarnation === record?.incarnation ? made : undefined)
        })
      }
    })
  }

  private noteHandlers(): NoteHandlers<Exclude<keyof Notes, keyof TerminalNotes>> {
    return {
      prepare: (from, content, state) => {
        if (this.leaving) {
          const error = new NodeError('R0406', `node ${this.self.name} is leaving the cluster`, 'move it to another node').toJSON()
          const { program, incarnation, cut, migration } = content
          this.messenger.note(from.index, 'refused', { program, incarnation, cut, migration, error, conflict: false })
          return
        }
        this.withSite(from, content, (site) => {
          site.migrations.prepare(from, content, state)
        })
      },
      refused: (_, content) => this.siteOf(content)?.migrations.refused(content),
      resumed: (_, content) => this.siteOf(content)?.migrations.resumed(content),
      'home-call': (from, content, body) => this.siteOf(content)?.homeCall(from, content, body),
      'home-recall': (from, content, body) => this.siteOf(content)?.homeRecall(from, content, body),
      'home-result': (from, content, body) => this.siteOf(content)?.homeResult(from, content, body),
      'pause-roaming': (_, content) => {
        const site = this.siteOf(content)
        if (site !== undefined) site.roamingPaused = true
      },
      'resume-roaming': (_, content) => {
        const site = this.siteOf(content)
        if (site !== undefined) site.roamingPaused = false
      },
      stop: (_, content) => {
        // a program is over, in whichever incarnation; but not because of one that was given up
        if ((this.sites.get(content.program)?.program.incarnation ?? 0) <= content.incarnation) this.removeSite(content.program)
      },
    }
  }

  /** Hands on to the terminal what belongs to the incarnation of its program that it knows. */
  private terminalHandlers(handlers: NoteHandlers<keyof TerminalNotes> | undefined): NoteHandlers<keyof TerminalNotes> {
    if (handlers === undefined) return this.strangeNotes()
    const known =
      <Content extends OfProgram>(handler: (from: Member, content: Content, body: Uint8Array) => void) =>
      (from: Member, content: Content, body: Uint8Array): void => {
        if (this.siteOf(content) !== undefined) handler(from, content, body)
      }
    return {
      idle: known(handlers.idle),
      ended: known(handlers.ended),
      failed: known(handlers.failed),
      lost: known(handlers.lost),
      arrived: known(handlers.arrived),
      leaving: handlers.leaving,
    }
  }

  /** Notes for a terminal, which make no sense here. */
  private strangeNotes(): NoteHandlers<keyof TerminalNotes> {
    const refuse = (): void => {
      throw new Error('a note for the terminal of a program')
    }
    return { idle: refuse, ended: refuse, failed: refuse, lost: refuse, arrived: refuse, leaving: refuse }
  }

  private left(member: Member): void {
    if (member.index === this.self.index) {
      this.halt()
      this.parts.events?.fenced?.()
      return
    }
    for (const site of [...this.sites.values()]) {
      if (site.program.terminal === member.index) this.terminalLeft(site.program)
      else site.memberLeft(member)
    }
    this.parts.events?.left?.(member)
  }

  /** Nobody watches over the program any more. */
  private terminalLeft(program: ProgramRecord): void {
    this.removeSite(program.id)
    forgetProgram(this.engine.directory, program.id)
  }

  // ---------------------------------------------------------------------------------------------- what the terminal hears

  private tellTerminal<S extends keyof TerminalNotes>(site: Site, subject: S, content: Notes[S]): void {
    this.messenger.note(site.program.terminal, subject, content)
  }

  private failed(site: Site): void {
    const { failure, passed } = site.kernel
    if (failure !== undefined) this.tellTerminal(site, 'failed', { ...site.about, report: failureOf(failure) })
    else if (passed) this.tellTerminal(site, 'ended', { ...site.about, time: site.kernel.now() })
  }

  private lost(site: Site, loss: Loss): void {
    const node = this.messenger.nameOf(loss.node)
    const lost: LostProcess = { path: pathOf(loss.process), node, why: loss.why }
    this.tellTerminal(site, 'lost', { ...site.about, lost })
  }

  /** Tells the terminal that nothing runs here, once that has lasted. */
  private announceIdle(site: Site): void {
    if (this.announcing.has(site)) return
    this.announcing.add(site)
    this.engine.clock.after(IDLE_FOR_MS, () => {
      this.announcing.delete(site)
      if (this.sites.get(site.program.id) === site && site.isStill) this.tellTerminal(site, 'idle', site.about)
    })
  }

  /** @param delayMs longer when it takes long: it shall not cost more than a hundredth of the time */
  private sweep(delayMs = SWEEP_EVERY_MS): void {
    const { clock } = this.engine
    clock.after(delayMs, () => {
      if (this.closed) return
      const begun = clock.now()
      for (const site of this.sites.values()) site.sweep()
      this.sweep(Math.max(SWEEP_EVERY_MS, 100 * (clock.now() - begun)))
    })
  }
}
