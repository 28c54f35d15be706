/**
 * A member of the cluster that may have sites: every node, and the terminal that has started a program.
 *
 * A program's site comes to be with the first message about it; until the directory has said that the program still runs, its messages wait.
 *
 * Invariants
 * - Nothing that belongs to another incarnation of a program than its site here reaches the site (`siteOf`, `whenSited`): of an earlier one it is
 *   dropped; a later one ends the site, and another is made of what the directory says now.
 */
import type { Engine, Member } from '../engine/engine.ts'
import { insistOnBlob, insistOnGet, insistOnList } from '../engine/insist.ts'
import type { Deniable, HomeServices } from '../host/home-services.ts'
import type { ProgramLimits } from '../limits.ts'
import type { Loss } from '../kernel/links/link-table.ts'
import { pathOf } from '../kernel/inspect/inspect.ts'
import type { Machine } from '../kernel/scheduler/state.ts'
import type { LostProcess } from '../report/report.ts'
import { Durable } from './durable/durable.ts'
import { keepCode } from './durable/origin-code.ts'
import { mendProgram } from './durable/mending.ts'
import { beginFromCheckpoint } from './durable/restoring.ts'
import type { RestoringPort } from './durable/restoring.ts'
import type { NewVersion } from './durable/upgrading.ts'
import type { ReviveHome } from './durable/revived-home.ts'
import type { CodeShelf } from './migration/code-shelf.ts'
import { requestHandlers } from './commands/control.ts'
import { whyNothing } from './commands/homes.ts'
import type { MemberHistory } from './history.ts'
import type { Tracer } from './telemetry/tracer.ts'
import type { HomeNotes, Mended, NoteHandlers, Notes, OfProgram, Restoration, Submission } from './wire/messages.ts'
import { Messenger } from './wire/messenger.ts'
import type { Readiness } from './wire/statuses.ts'
import type { Usage } from './wire/observations.ts'
import { NodeError } from './node-error.ts'
import { decodeProgram, forgetProgram, PROGRAM_PREFIX, programKey } from './program/program.ts'
import type { ProgramRecord } from './program/program.ts'
import { Roamer, roamingPace, seededRandom } from './migration/roam.ts'
import type { Random } from './migration/roam.ts'
import { BrokenHome } from './program/broken-home.ts'
import { forgetEnded, keepLost } from './program/ended.ts'
import { failureOf } from './program/failure.ts'
import { collectGarbage } from './program/garbage.ts'
import type { HomeExports, HomeNode, NodeHomePort, SupervisorPort } from './program/home-node.ts'
import { submitted } from './program/home-parts.ts'
import { NodeHome } from './program/node-home.ts'
import { Site } from './program/site.ts'
import type { MakeDrive, SiteEvents, SiteParts } from './program/site.ts'

export interface NodeParts {
  readonly engine: Engine
  readonly shelf: CodeShelf
  readonly drive: MakeDrive
  readonly random: Random
  /** What processes may not do here. */
  readonly denied?: readonly Deniable[]
  /** What each program may have here. */
  readonly limits?: ProgramLimits
  /** File in which it logs the calls of services that are made here. */
  readonly audit?: string
  /** False: it is cordoned from the beginning. */
  readonly guests?: boolean
  readonly events?: NodeEvents
  /** Larger states do not move; absent: as migrate.ts has it. */
  readonly largestStateBytes?: number
  /** Bytes of groups that have not changed which a cut writes anew at least; absent: as groups.ts has it. */
  readonly leastImageBytes?: number
  /** Milliseconds for which processes are converted without a break; absent: as site-cuts.ts has it. */
  readonly convertingMs?: number
  /** Makes homes of programs that go on from a cut; absent: none begins again here. */
  readonly reviveHome?: ReviveHome
  /** Hears what happens between nodes, to prove afterwards that it was right. */
  readonly history?: MemberHistory
  /** Makes spans of what takes time here. */
  readonly tracer?: Tracer
  /** Ends what the node runs in at once, an OS process or a thread; absent where that is not its own. */
  readonly perish?: () => void
  /** The machine and the OS process, for people. */
  readonly machine?: { readonly host: string; readonly pid: number; readonly usage?: () => Usage }
}

/** What a node reports to whoever runs it. */
export interface NodeEvents {
  joined?(member: Member): void
  left?(member: Member): void
  /** The cluster has given this node up; it does nothing any more. */
  fenced?(): void
  /** A member has sent something that makes no sense. */
  nonsense?(from: Member, why: string): void
  /** A program that was to go on here from its last cut cannot. */
  broken?(program: ProgramRecord, error: NodeError): void
  /** Processes of a program whose home is here were missing at a cut: it begins anew from the cut before, if it is durable. */
  incomplete?(program: ProgramRecord, error: NodeError): void
  /** A slice of a site has ended. */
  slice?(site: Site, busy: boolean): void
}

/** Sweeps between two looks for programs that ended long ago. */
const FORGET_EVERY = 30
/** Sweeps between two looks of the first node for what nothing names in the store. */
const COLLECT_EVERY = 300
/** Between two looks whether processes may run again. */
const HELD_LOOK_MS = 50
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

/** Whether a member has a share of a program that goes on from a cut, or its home. */
function goesOn({ origin, home }: ProgramRecord, { index }: Member): boolean {
  return origin !== undefined && origin.nodes.length > 0 && (home === index || origin.nodes.includes(index))
}

export class GodwitNode implements HomeNode {
  readonly messenger: Messenger
  readonly shelf: CodeShelf
  readonly engine: Engine
  readonly limits: ProgramLimits | undefined
  readonly tracer: Tracer | undefined
  readonly perish: (() => void) | undefined
  /** By program id. */
  readonly sites = new Map<number, Site>()
  /** Of programs that are over. */
  readonly past = { arrivals: 0, departures: 0, roamed: 0 }
  /**
   * Programs that are over, and in which incarnation: what comes late of them finds nobody, also before the directory has forgotten them. A later
   * incarnation tells the end again, because the home was lost before it could keep that.
   */
  private readonly ended = new Map<number, number>()
  /** Homes that are here without a terminal, by program id. */
  readonly homes = new Map<number, NodeHomePort>()
  /** What programs export whose homes are here, by program id. */
  readonly exports = new Map<number, HomeExports>()
  /** Who hears what processes of programs choose that are recorded here, by program id. */
  readonly recordings = new Map<number, (from: Member, upTo: number, piece: Uint8Array) => void>()
  /** Those of programs whose homes are here. */
  readonly supervisors = new Set<SupervisorPort>()
  readonly cuts: Durable
  private readonly waiting = new Map<number, Waiting[]>()
  private readonly announcing = new Set<Site>()
  /** How many ids sites here have given that were dropped since their programs have begun anew; by program id. */
  private readonly idsGiven = new Map<number, number>()
  private closed = false
  /** Processes may not run at the moment. */
  private isHeld = false
  private isLeaving = false
  private isCordoned: boolean
  private sweeps = 0

  constructor(private readonly parts: NodeParts) {
    this.limits = parts.limits
    this.tracer = parts.tracer
    this.perish = parts.perish
    this.engine = parts.engine
    this.isCordoned = parts.guests === false
    this.shelf = parts.shelf
    this.messenger = new Messenger(parts.engine, {
      notes: { ...this.noteHandlers(), ...this.homeNotes() },
      requests: requestHandlers(this),
      link: (from, about, message) => {
        this.withSite(from, about, (site) => {
          site.link(from, message)
        })
      },
      joined: (member) => {
        if (this.isLeaving && member.kind !== 'client') this.messenger.note(member.index, 'leaving', {})
        parts.events?.joined?.(member)
      },
      left: (member) => {
        this.left(member)
      },
      nonsense: (from, why) => parts.events?.nonsense?.(from, why),
    })
    this.cuts = this.makeDurable()
  }

  private makeDurable(): Durable {
    const { messenger, engine, shelf } = this
    return new Durable({
      engine,
      messenger,
      shelf,
      tracer: this.parts.tracer,
      reviveHome:
        this.parts.reviveHome ?? (this.self.kind === 'node' ? (program, state) => NodeHome.revive(this, program, state) : undefined),
      siteOf: (about) => this.siteOf(about),
      isFinding: (program) => this.waiting.has(program),
      whenSited: (from, about, work) => {
        this.whenSited(from, about, work)
      },
      dropSite: (program) => {
        this.dropSite(program)
      },
      makeSite: (record, home) => this.makeSite(record, home?.services),
      findAgain: (record) => {
        this.dropSite(record.id)
        this.homes.delete(record.id)
        if (!this.waiting.has(record.id)) this.waiting.set(record.id, [])
        this.revive(record)
      },
      broken: (record, error) => {
        this.homes.set(record.id, new BrokenHome(this, record, error))
        this.found(record.id, record, undefined)
        this.parts.events?.broken?.(record, error)
      },
      incomplete: (record, error) => {
        this.parts.events?.incomplete?.(record, error)
      },
      beginHome: (home, site, record, end) => {
        this.sites.set(record.id, site)
        return home.begin(this, site, record, end)
      },
    })
  }

  get self(): Member {
    return this.messenger.self
  }

  get host(): string {
    return this.parts.machine?.host ?? ''
  }

  get pid(): number {
    return this.parts.machine?.pid ?? 0
  }

  /** What this OS process uses; nothing where that is not known. */
  usage(): Usage {
    return this.parts.machine?.usage?.() ?? { cpuSeconds: 0, uptimeSeconds: 0, residentBytes: 0, heapBytes: 0 }
  }

  /** Begins to listen to the others. */
  open(): void {
    this.messenger.open()
    this.sweep()
    this.cuts.recovery.opened()
  }

  /** It is about to leave the cluster: it takes nothing any more, and others drain to other nodes. */
  get leaving(): boolean {
    return this.isLeaving
  }

  /** It takes no processes and no programs, and keeps what it has. */
  get cordoned(): boolean {
    return this.isCordoned
  }

  cordon(on: boolean): void {
    this.isCordoned = on
  }

  /** From now on it is leaving, and those who may have homes know that. */
  beginLeaving(): void {
    if (this.isLeaving) return
    this.isLeaving = true
    for (const { kind, index } of this.engine.membership.all()) if (kind !== 'client') this.messenger.note(index, 'leaving', {})
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
    const site = this.makeSite(program, home)
    this.sites.set(program.id, site)
    return site
  }

  private makeSite(program: ProgramRecord, home?: HomeServices): Site {
    let roamer: Roamer | undefined
    const events: SiteEvents = {
      mayRun: () => this.mayRun(),
      ended: (site) => {
        this.tellHome(site, 'ended', site.about)
      },
      failed: (site) => {
        this.failed(site)
      },
      idle: (site) => {
        this.announceIdle(site)
      },
      slice: (site, busy) => {
        roamer?.slice()
        this.homes.get(site.program.id)?.slice(busy)
        this.parts.events?.slice?.(site, busy)
      },
      lost: (site, loss) => {
        this.lost(site, loss)
      },
      stageHome: (site, state, after) => {
        if (this.self.kind !== 'node') throw new Error('it is no node')
        return NodeHome.stage(this, site, state, after)
      },
    }
    const { messenger, shelf } = this
    const { drive, denied = [], limits, audit, largestStateBytes, leastImageBytes, convertingMs } = this.parts
    const parts = {
      program,
      idsGiven: Math.max(this.idsGiven.get(program.id) ?? 0, program.origin?.idsGiven ?? 0),
      messenger,
      shelf,
      drive,
      events,
      denied,
      ...(limits === undefined ? {} : { limits }),
      ...(audit === undefined ? {} : { audit }),
      ...(largestStateBytes === undefined ? {} : { largestStateBytes }),
      ...(leastImageBytes === undefined ? {} : { leastImageBytes }),
      ...(convertingMs === undefined ? {} : { convertingMs }),
      ...(this.parts.history === undefined ? {} : { history: this.parts.history.site(program) }),
      ...(this.parts.tracer === undefined ? {} : { tracer: this.parts.tracer }),
      ...(home === undefined ? {} : { home }),
    }
    const { roam, seed, balance = true } = program
    let site: Site
    if (this.self.kind !== 'node' || (roam === undefined && !balance)) site = new Site(parts)
    else if (roam === undefined) site = new Site({ ...parts, balance: this.balancing(program) })
    else {
      const random = seed === undefined ? this.parts.random : seededRandom(seed, messenger.place)
      site = new Site({ ...parts, pace: roamingPace(roam, random) })
      const others = (): Member[] => othersOf(messenger)
      roamer = new Roamer({ site, clock: this.engine.clock, others }, roam, random)
    }
    return site
  }

  private balancing({ id, place }: ProgramRecord): NonNullable<SiteParts['balance']> {
    return {
      others: () => othersOf(this.messenger),
      random: this.parts.random,
      askLoad: (of, done) => {
        this.messenger.request(of, 'load', place === 'pack' ? { program: id } : {}, (answer) => {
          done('value' in answer ? (answer.value ?? undefined) : undefined)
        })
      },
    }
  }

  /**
   * Whether processes may run: not while the cluster may have given this node up without its knowing, and not while so much waits for another member that no more
   * may be said. It is looked again until they may.
   */
  private mayRun(): boolean {
    const { clock } = this.engine
    if (this.mayRunNow) return true
    if (this.isHeld) return false
    this.isHeld = true
    const look = (): void => {
      if (this.closed) return
      if (this.mayRunNow) {
        this.isHeld = false
        for (const site of this.sites.values()) site.drive.poke()
      } else clock.after(HELD_LOOK_MS, look)
    }
    clock.after(HELD_LOOK_MS, look)
    return false
  }

  private get mayRunNow(): boolean {
    return this.engine.membership.assured && !this.messenger.isFull
  }

  /** How the node is, for whoever sends it work. */
  get readiness(): Readiness {
    const { membership, store } = this.engine
    const { answers, silentMs } = store
    const joined = !this.closed && membership.get(this.self.index) !== undefined
    return {
      ready: joined && answers && membership.assured && !this.isLeaving,
      joined,
      leaving: this.isLeaving,
      cordoned: this.isCordoned,
      store: { answers, silentMs: Math.round(Math.min(silentMs, Number.MAX_SAFE_INTEGER)) },
    }
  }

  /** Begins a program whose home is here. @param done gets its id. */
  begin(submission: Submission, machine: Machine, done: (id: number) => void): void {
    const begin = (code?: string): void => {
      NodeHome.begin(this, submitted(submission, machine, code), done)
    }
    if (submission.durable === undefined) {
      begin()
      return
    }
    keepCode(this.engine, this.self, submission.units, begin)
  }

  /** Goes on from a checkpoint, with the home here. @param done gets the program's id, or why there is none */
  restore(order: Restoration, done: (begun: number | NodeError) => void): void {
    insistOnBlob(this.engine, order.file, (file) => {
      if (file === undefined) {
        done(new NodeError('R0415', 'the cluster store has no such checkpoint', 'try again'))
        return
      }
      beginFromCheckpoint(this.restoring, file.subarray(0, order.bytes), order, done)
    })
  }

  /** Lets a program that has failed go on as another version, with the home here. @param done gets what has come of it, or why nothing has */
  mend(program: number, to: NewVersion, done: (result: Mended | NodeError) => void): void {
    mendProgram(this.restoring, program, to, done)
  }

  begins(program: string | undefined): boolean {
    return program === undefined ? this.waiting.size > 0 : this.waiting.has(Number(program))
  }

  private get restoring(): RestoringPort {
    const { engine, self, shelf } = this
    const raise: RestoringPort['raise'] = (record, begun) => {
      this.cuts.recovery.raise(record, begun)
    }
    return { engine, self, shelf, raise }
  }

  /** The program is over: drops its site. */
  removeSite(program: number, incarnation = this.sites.get(program)?.program.incarnation ?? Infinity): void {
    this.ended.set(program, incarnation)
    this.waiting.delete(program)
    this.cuts.recovery.forget(program)
    const site = this.sites.get(program)
    this.dropSite(program)
    // it never begins anew; one that has no site here may be about to
    if (site !== undefined && site.program.origin === undefined) this.idsGiven.delete(program)
  }

  private isEnded(program: number, incarnation: number): boolean {
    return incarnation <= (this.ended.get(program) ?? -1)
  }

  private dropSite(program: number): void {
    const site = this.sites.get(program)
    if (site === undefined) return
    this.cuts.dropped(site)
    this.idsGiven.set(program, site.links.idsGiven)
    site.close()
    this.sites.delete(program)
    this.past.arrivals += site.migrations.counts.arrivals
    this.past.departures += site.migrations.counts.departures
    this.past.roamed += site.roamed
  }

  private halt(): void {
    this.closed = true
    this.cuts.recovery.close()
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
    if (site === undefined) return undefined
    if (site.program.incarnation === about.incarnation) {
      site.heard(about)
      return site
    }
    if (site.program.incarnation < about.incarnation) this.dropSite(about.program) // the program has begun anew without it
    return undefined
  }

  /** As `withSite`, and without a site when the program does not run. */
  whenSited(from: Member, about: OfProgram, work: (site: Site | undefined) => void): void {
    const { program } = about
    const site = this.siteOf(about)
    if (site !== undefined || this.sites.has(program) || this.isEnded(about.program, about.incarnation)) {
      work(site)
      return
    }
    const wait = { from, about, work }
    const queue = this.waiting.get(program)
    if (queue === undefined) {
      this.waiting.set(program, [wait])
      this.find(program)
      return
    }
    queue.push(wait)
    const { recovery } = this.cuts
    if (about.incarnation <= (recovery.revivedNow(program) ?? Infinity)) return
    recovery.forget(program) // it has begun anew once more
    this.find(program)
  }

  /** Finds out whether a program runs, for what waits for that. */
  private find(program: number): void {
    insistOnGet(this.engine, [programKey(program)], ([text]) => {
      const known = text === undefined || this.closed ? undefined : decodeProgram(text)
      const record = known === undefined || this.isEnded(program, known.incarnation) ? undefined : known
      // without its home, which has just vanished then, there is no program
      const runs = record !== undefined && this.engine.membership.get(record.home) !== undefined
      if (!runs) this.found(program, known, undefined)
      else if (!goesOn(record, this.self)) this.found(program, record, this.addSite(record))
      else if (record.home !== this.self.index) this.revive(record) // else the home begins by itself, as soon as it knows
    })
  }

  /** The program goes on from its last cut. */
  private revive(record: ProgramRecord): void {
    this.cuts.recovery.revive(record, (site) => {
      if (site !== undefined) {
        this.sites.set(record.id, site)
        this.found(record.id, record, site)
      } else if (this.cuts.recovery.revivedNow(record.id) === record.incarnation) this.found(record.id, record, undefined)
    })
  }

  /**
   * It is known now whether a program runs here.
   * @param record what the directory has said: whoever waits for a later life than that waits on, and it is looked again; undefined when there is no program
   */
  private found(program: number, record: ProgramRecord | undefined, site: Site | undefined): void {
    const waiting = this.waiting.get(program) ?? []
    this.waiting.delete(program)
    if (site !== undefined) this.cuts.start(site)
    const later: Waiting[] = []
    for (const each of waiting) {
      if (record !== undefined && each.about.incarnation > record.incarnation) {
        later.push(each)
        continue
      }
      this.messenger.attempt(each.from, () => {
        const its = each.about.incarnation === record?.incarnation ? site : undefined
        its?.heard(each.about)
        each.work(its)
      })
    }
    for (const { from, about, work } of later) this.whenSited(from, about, work)
  }

  private noteHandlers(): NoteHandlers<Exclude<keyof Notes, keyof HomeNotes>> {
    return {
      prepare: (from, content, state) => {
        const refusal = whyNothing(this)
        if (refusal !== undefined) {
          const error = new NodeError('R0406', refusal, 'move it to another node').toJSON()
          const { program, incarnation, cut, time, migration } = content
          this.messenger.note(from.index, 'refused', { program, incarnation, cut, time, migration, error, conflict: false })
          return
        }
        this.withSite(from, content, (site) => {
          site.migrations.prepare(from, content, state)
        })
      },
      ahead: (from, content, bytes) => {
        if (whyNothing(this) !== undefined) {
          const { program, incarnation, cut, time, transfer } = content
          this.messenger.note(from.index, 'ahead-kept', { program, incarnation, cut, time, transfer, pieces: 0, kept: false })
          return
        }
        this.withSite(from, content, (site) => {
          site.migrations.ahead(from, content, bytes)
        })
      },
      'ahead-kept': (_, content) => this.siteOf(content)?.migrations.aheadKept(content),
      'no-load': (from, content) => this.siteOf(content)?.nodeIsIdle(from),
      'ahead-over': (from, content) => this.siteOf(content)?.migrations.aheadOver(from, content.transfer),
      refused: (_, content) => this.siteOf(content)?.migrations.refused(content),
      resumed: (_, content) => this.siteOf(content)?.migrations.resumed(content),
      'home-call': (from, content, body) => this.siteOf(content)?.homeCall(from, content, body),
      'home-recall': (from, content, body) => this.siteOf(content)?.homeRecall(from, content, body),
      'home-result': (from, content, body) => this.siteOf(content)?.homeResult(from, content, body),
      'home-moved': (from, content) => {
        const site = this.siteOf(content)
        const learn = (of: Site): void => {
          this.homeIsAt(of, from.index, content.moves)
        }
        if (site !== undefined) learn(site)
        else if (this.waiting.has(content.program)) this.withSite(from, content, learn)
      },
      typed: (from, content, body) => this.homes.get(content.program)?.viewers.typedBy(from, content, body),
      'from-client': (from, content, body) => this.exports.get(content.program)?.heard(from, content, body),
      shown: (from, { program, upTo }) => this.homes.get(program)?.viewers.shown(from, upTo),
      'pause-roaming': (_, content) => {
        const site = this.siteOf(content)
        if (site !== undefined) site.roamingPaused = true
      },
      'resume-roaming': (_, content) => {
        const site = this.siteOf(content)
        if (site !== undefined) site.roamingPaused = false
      },
      'cut-off': (_, content) => {
        this.cuts.callOff(content)
      },
      ran: (_, content) => {
        if (this.siteOf(content) !== undefined) this.cuts.coordinatorOf(content.program)?.ran()
      },
      unreadable: (_, { error, ...about }) => {
        this.cuts.recovery.unreadable(about, error)
      },
      begin: (from, content) => {
        this.withSite(from, content, () => undefined)
      },
      recorded: (from, { program, upTo }, body) => {
        this.recordings.get(program)?.(from, upTo, body)
      },
      stop: (from, content) => {
        // a program is over, in whichever incarnation; but not because of one that was given up
        if ((this.sites.get(content.program)?.program.incarnation ?? 0) > content.incarnation) return
        if (from.index !== this.self.index) this.homes.get(content.program)?.endedElsewhere()
        this.removeSite(content.program, content.incarnation)
      },
    }
  }

  /** What members say to the homes of programs: every supervisor here hears what is of an incarnation that is known, and minds its own program. */
  private homeNotes(): NoteHandlers<keyof HomeNotes> {
    const all =
      <S extends Exclude<keyof HomeNotes, 'leaving'>>(subject: S): NoteHandlers<S>[S] =>
      (from, content, body) => {
        if (this.siteOf(content) === undefined) return
        for (const { notes } of [...this.supervisors]) (notes as NoteHandlers<S>)[subject](from, content, body) // they have all of them
      }
    return {
      idle: all('idle'),
      ended: all('ended'),
      failed: all('failed'),
      lost: all('lost'),
      arrived: all('arrived'),
      leaving: (from, content, body) => {
        for (const { notes } of this.supervisors) notes.leaving(from, content, body)
      },
    }
  }

  private left(member: Member): void {
    if (member.index === this.self.index) {
      this.halt()
      this.parts.events?.fenced?.()
      return
    }
    this.parts.history?.left(member.index)
    for (const site of [...this.sites.values()]) {
      if (site.home !== member.index) site.memberLeft(member)
      else if (site.program.durable === undefined) this.homeLeft(site, member)
    }
    for (const supervisor of [...this.supervisors]) supervisor.left(member)
    for (const home of this.homes.values()) home.viewers.left(member.index)
    for (const its of this.exports.values()) its.left(member.index)
    if (member.kind === 'node' && this.self.kind === 'node') this.loseOrphans(member)
    this.cuts.recovery.memberLeft(member)
    this.parts.events?.left?.(member)
  }

  /** Programs that are not durable and whose home was at a member that has left are lost, also where no node but that one had anything of them. */
  private loseOrphans(member: Member): void {
    insistOnList(this.engine, PROGRAM_PREFIX, (entries) => {
      for (const [, text] of entries) {
        const record = decodeProgram(text)
        if (record.home !== member.index || record.durable !== undefined || this.sites.has(record.id)) continue
        keepLost(this.engine, record, member.name)
        forgetProgram(this.engine, record)
      }
    })
  }

  /** The home of a program was at a member that has left: unless it had moved before, nobody watches over the program any more. */
  private homeLeft(site: Site, member: Member): void {
    const { id } = site.program
    insistOnGet(this.engine, [programKey(id)], ([text]) => {
      if (this.sites.get(id) !== site) return
      const record = text === undefined ? undefined : decodeProgram(text)
      if (record !== undefined && record.home !== member.index && this.engine.membership.get(record.home) !== undefined) {
        this.homeIsAt(site, record.home, record.homeMoves)
        site.memberLeft(member)
        return
      }
      this.removeSite(id)
      if (member.kind === 'node') keepLost(this.engine, site.program, member.name)
      forgetProgram(this.engine, record ?? site.program)
    })
  }

  // ---------------------------------------------------------------------------------------------- what the home of a program hears

  private tellHome<S extends keyof HomeNotes>(site: Site, subject: S, content: Notes[S]): void {
    const { home } = site
    site.outbox.send(() => {
      this.messenger.note(home, subject, content)
    })
  }

  private failed(site: Site): void {
    const { failure, passed } = site.kernel
    if (failure !== undefined) this.tellHome(site, 'failed', { ...site.about, report: failureOf(failure) })
    else if (passed) this.tellHome(site, 'ended', site.about)
  }

  private lost(site: Site, loss: Loss): void {
    const node = this.messenger.nameOf(loss.node)
    const lost: LostProcess = { path: pathOf(loss.process), node, why: loss.why }
    this.tellHome(site, 'lost', { ...site.about, lost })
  }

  /** The home of a program is at a member since its move number `moves`. */
  homeIsAt(site: Site, member: number, moves: number): void {
    if (site.homeIsAt(member, moves)) this.tellAgain(site)
  }

  /** The home is elsewhere now: it hears all that has been said of the program here. */
  private tellAgain(site: Site): void {
    const { kernel, endedAt, losses } = site
    if (this.isLeaving) this.messenger.note(site.home, 'leaving', {})
    for (const loss of losses) this.lost(site, loss)
    if (kernel.failure !== undefined || kernel.passed) this.failed(site)
    else if (endedAt !== undefined) this.tellHome(site, 'ended', { ...site.about, time: endedAt })
    if (site.isStill) this.announceIdle(site)
  }

  /** Tells the home that nothing runs here, once that has lasted; if it is here itself, at once. */
  private announceIdle(site: Site): void {
    if (site.home === this.self.index) {
      this.tellHome(site, 'idle', site.about)
      return
    }
    if (this.announcing.has(site)) return
    this.announcing.add(site)
    this.engine.clock.after(IDLE_FOR_MS, () => {
      this.announcing.delete(site)
      if (this.sites.get(site.program.id) === site && site.isStill) this.tellHome(site, 'idle', site.about)
    })
  }

  /** @param delayMs longer when it takes long: it shall not cost more than a hundredth of the time */
  private sweep(delayMs = SWEEP_EVERY_MS): void {
    const { clock } = this.engine
    clock.after(delayMs, () => {
      if (this.closed) return
      const begun = clock.now()
      for (const site of this.sites.values()) site.sweep()
      if (this.self.kind === 'node' && ++this.sweeps % FORGET_EVERY === 0) forgetEnded(this.engine)
      if (this.sweeps % COLLECT_EVERY === 0 && this.messenger.nodes()[0]?.index === this.self.index) collectGarbage(this.engine)
      this.sweep(Math.max(SWEEP_EVERY_MS, 100 * (clock.now() - begun)))
    })
  }
}

/** @returns the other nodes */
function othersOf(messenger: Messenger): Member[] {
  return messenger.nodes().filter((m) => m.index !== messenger.self.index)
}
