/**
 * A site: what one node has of one program. A kernel, its links, and the parts that migrate its processes, place them and call the home for them.
 *
 * Invariants
 * - Whatever is done to the kernel from outside is done between slices, when every process is at a safe point. Wishes that come up within a slice
 *   (a placed branch, a process that asks to be moved) wait for its end.
 * - A migration that is not over counts as work under way: the site is not idle.
 */
import type { CodeUnit } from '../../code/program.ts'
import type { Member } from '../../engine/engine.ts'
import { isNodeService } from '../../host-services.ts'
import { nodeRefusal } from '../../host/home-services.ts'
import type { Console } from '../../host/console.ts'
import { withCaller } from '../../host/caller.ts'
import type { Deniable, HomeServices } from '../../host/home-services.ts'
import { stricter } from '../../limits.ts'
import type { ProgramLimits } from '../../limits.ts'
import { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { World } from '../../kernel/scheduler/kernel.ts'
import { LinkTable } from '../../kernel/links/link-table.ts'
import type { Loss, UnitOf } from '../../kernel/links/link-table.ts'
import type { Places, Revival } from '../../kernel/links/revival.ts'
import { parentOf } from '../../kernel/inspect/paths.ts'
import { ENDED } from '../../kernel/scheduler/state.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import type { DriverEvents, DriverOptions } from '../../run/driver.ts'
import { memoryGauge } from '../../run/memory.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { LARGEST_STATE_BYTES } from '../migration/migrate.ts'
import { Balancer } from '../migration/balancer.ts'
import type { BalancerPort } from '../migration/balancer.ts'
import { Migrations } from '../migration/migrations.ts'
import { OwnerRecords } from '../migration/owner-records.ts'
import { isFree } from '../wire/move-reasons.ts'
import type { MoveReason } from '../wire/move-reasons.ts'
import type { HomeCall, HomeResult, OfProgram, Vitals } from '../wire/messages.ts'
import type { SiteHistory } from '../history.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { MovingCall } from '../wire/process-records.ts'
import type { Messenger } from '../wire/messenger.ts'
import { encodeHome } from '../durable/home-port.ts'
import type { DurableHome, HomeCapture } from '../durable/home-port.ts'
import { SiteCuts } from '../durable/site-cuts.ts'
import { AgentCode } from './agent-code.ts'
import { HomeCalls } from './home-calls.ts'
import type { HomeResults, PerformedState } from './home-calls.ts'
import type { ArrivingHome } from './moving-home.ts'
import { Mail } from './mail.ts'
import { Outbox } from './outbox.ts'
import { Placement } from './placement.ts'
import { limitsAt } from './program-limits.ts'
import { ofProgram, programName } from './program.ts'
import { ProgramClock } from '../../run/clock.ts'
import { SiteRecorder } from './site-recorder.ts'
import { siteAudit } from './site-audit.ts'
import type { SiteAudit } from './site-audit.ts'
import type { ProgramRecord } from './program.ts'

/** Runs a kernel; see driver.ts. */
export interface Drive {
  start(): void
  pause(): void
  poke(): void
}

/** @param pace how to begin; absent: as fast as it goes */
export type MakeDrive = (kernel: Kernel, events: DriverEvents, pace?: DriverOptions) => Drive

/** What a site reports to the node it is on. */
export interface SiteEvents {
  /** Whether processes may run here now; the drive is poked when they may again. */
  mayRun(): boolean
  /** The main process has ended here. */
  ended(site: Site): void
  /** The kernel has stopped with a failure. */
  failed(site: Site): void
  /** Nothing can run here, no timer is pending. */
  idle(site: Site): void
  /** A slice has ended. */
  slice(site: Site, busy: boolean): void
  lost(site: Site, loss: Loss): void
  /** The home of the program is on its way here. @throws Error when the bytes are no home, or this node takes none */
  stageHome(site: Site, state: Uint8Array, after: string): ArrivingHome
}

export interface SiteParts {
  readonly program: ProgramRecord
  readonly messenger: Messenger
  readonly shelf: CodeShelf
  readonly drive: MakeDrive
  readonly events: SiteEvents
  /** The services of the program's home, where that is here. */
  readonly home?: HomeServices
  /** What processes may not do here. */
  readonly denied?: readonly Deniable[]
  /** What each program may have here. */
  readonly limits?: ProgramLimits
  /** File in which this node logs the calls of services that are made here. */
  readonly audit?: string
  /** Larger states do not move; absent: as migrate.ts has it. */
  readonly largestStateBytes?: number
  /** Bytes of groups that have not changed which a cut writes anew at least; absent: as groups.ts has it. */
  readonly leastImageBytes?: number
  /** Milliseconds for which processes are converted without a break; absent: as site-cuts.ts has it. */
  readonly convertingMs?: number
  /** Hears what happens between this site and others. */
  readonly history?: SiteHistory
  /** Makes spans of what moves. */
  readonly tracer?: Tracer
  /** How many ids this node has given in earlier incarnations of the program. */
  readonly idsGiven?: number
  /** How the drive begins. */
  readonly pace?: DriverOptions
  /** Its processes go where there is less to do. Absent: they stay where they are put. */
  readonly balance?: Pick<BalancerPort, 'others' | 'askLoad' | 'random'>
}

/** What a share goes on with. */
interface RevivedState {
  readonly time: number
  readonly calls: readonly MovingCall[]
  readonly results: HomeResults
  /** @returns the name of the member that had what an image holds, when it was another one than this */
  readonly gone: (image: number) => string | undefined
}

/** Program time that may pass unnoticed by those who sleep. */
const WAKE_MICROS = 1_000

const encoder = new TextEncoder()

export class Site {
  /** The program's record; where its home is, as far as this node knows. */
  program: ProgramRecord
  readonly kernel: Kernel
  readonly links: LinkTable
  readonly drive: Drive
  readonly migrations: Migrations
  private readonly clock: ProgramClock
  /** Moves that `--roam` has made from here. */
  roamed = 0
  /** Nothing here roams any more: the program is being gathered. */
  roamingEnded = false
  /** Nothing here roams for the moment: it is being found out whether the program stands still. */
  roamingPaused = false
  private readonly messenger: Messenger
  private readonly events: SiteEvents
  private readonly owners: OwnerRecords
  private readonly homeCalls: HomeCalls
  /** What leaves this node about the program, after the output that was gathered here before it. */
  readonly outbox: Outbox
  private console: Pick<Console, 'print'> | undefined
  private readonly placement: Placement
  private readonly balancer: Balancer | undefined
  private readonly agentCode: AgentCode
  readonly cuts: SiteCuts
  /** Hears what happens between this site and others; undefined when nobody wants to know. */
  readonly history: SiteHistory | undefined
  /** The home of the program, when it is here and makes cuts. */
  durableHome: DurableHome | undefined
  /** Messages of links and calls of the home, by member index. */
  private readonly sent: Record<number, number> = {}
  private readonly received: Record<number, number> = {}
  /** Members that processes have left for from here, or have come from. */
  private readonly movedWith = new Set<number>()
  private mainEnded = false
  private readonly mail = new Mail()
  /** The main process, if it has begun here: the link table hears of its end only when it has been elsewhere. */
  main: Process | undefined
  /** Program time in microseconds at which the main process has ended here, if it has. */
  endedAt: number | undefined
  /** Of processes that are here since the program has gone on from a cut. */
  private readonly recovered = new WeakMap<Process, MoveReason>()
  /** What processes here wait for in vain. */
  readonly losses: Loss[] = []
  /** The services of the home, where that is here. */
  private services: HomeServices | undefined
  /** The home is about to leave: what comes for it meanwhile waits. */
  private heldForHome: (() => void)[] | undefined
  /** Logs of effects. */
  private readonly audit: SiteAudit | undefined
  /** What processes are denied while they are here. */
  private readonly denied: readonly Deniable[]
  /** Tells the home what processes choose here, when the run is recorded. */
  private readonly recorder: SiteRecorder | undefined
  private over = false

  constructor(parts: SiteParts) {
    const { program, messenger, events } = parts
    this.program = program
    this.services = parts.home
    this.audit = siteAudit({
      node: messenger.self.name,
      program: programName(program.source, program.id),
      ofProgram: program.audit,
      ofNode: parts.audit,
    })
    this.denied = [...(parts.denied ?? []), ...(program.denied ?? [])]
    this.messenger = messenger
    this.events = events
    const { clock } = messenger.engine
    this.clock = new ProgramClock(0, () => clock.now())
    const gauge = memoryGauge()
    const requireLimits = limitsAt(messenger.self.name, () => this.kernel, stricter(program.limits, parts.limits))
    const world: World = {
      now: () => this.clock.now(),
      host: (p, service, actuals) => this.host(p, service, actuals),
      memory: () => {
        requireLimits?.()
        return gauge()
      },
      place: (p, where) => {
        this.placement.place(p, where)
      },
    }
    this.recorder = program.recorded === true ? this.makeRecorder() : undefined
    this.kernel = this.recorder?.kernel(world) ?? new Kernel(world, program.durable !== undefined)
    this.history = parts.history
    this.links = this.makeLinks(parts)
    this.outbox = new Outbox({
      gathered: this.links.gathered,
      print: (list, done) => {
        this.homeCalls.print(list, done)
      },
    })
    this.agentCode = this.makeAgentCode(parts.shelf)
    this.kernel.fetchCode = (p, { hashes }) => {
      this.agentCode.fetch(p, hashes)
    }
    this.owners = new OwnerRecords(messenger.engine, ofProgram(program))
    this.migrations = this.makeMigrations(parts)
    this.homeCalls = this.makeHomeCalls(parts)
    this.placement = new Placement({
      kernel: this.kernel,
      self: messenger.self,
      nodes: () => messenger.nodes(),
      isDealt: (p) => this.owners.get(p)?.why?.cause === 'spread',
      depart: (roots, mode, to, cause, done) => {
        this.migrations.depart(roots, mode, to, done, { why: { cause } })
      },
    })
    if (program.place === 'spread' && messenger.self.kind === 'node')
      this.kernel.dealer = (j) => {
        this.placement.deal(j)
      }
    this.balancer = parts.balance === undefined ? undefined : this.makeBalancer(parts.balance)
    const { balancer } = this
    if (balancer !== undefined)
      this.kernel.dealer ??= (j) => {
        balancer.began(j)
      }
    this.drive = parts.drive(this.kernel, this.driven(), parts.pace)
    this.cuts = new SiteCuts({
      links: {
        quieten: () => {
          this.links.quieten()
        },
        isAtRest: () => this.links.atRest && this.outbox.isEmpty,
        cut: (cut, after) => this.links.cut(cut, after),
      },
      migrations: this.migrations,
      drive: this.drive,
      kernel: this.kernel,
      clock,
      convertingMs: parts.convertingMs,
      holdings: this.links,
      counts: () => ({ sent: { ...this.sent }, received: { ...this.received } }),
      partners: () => this.partners(),
      hasLeft: (member) => messenger.engine.membership.hasLeft(member),
      calls: () => this.homeCalls.calls(),
      home: () => this.captureHome(),
      isOver: () => this.mainEnded || this.endedAt !== undefined || this.main?.state === ENDED || this.kernel.stopped,
      ran: () => {
        messenger.note(this.home, 'ran', this.about)
      },
    })
  }

  // ---------------------------------------------------------------------------------------------- its parts

  private makeRecorder(): SiteRecorder {
    const { messenger } = this
    return new SiteRecorder({
      clock: messenger.engine.clock,
      time: () => this.clock.now(),
      links: () => this.links,
      tell: (upTo, piece) => {
        messenger.note(this.home, 'recorded', { ...this.about, upTo }, piece)
      },
    })
  }

  private makeLinks({ idsGiven = 0, shelf, leastImageBytes }: SiteParts): LinkTable {
    const { self } = this.messenger
    const send = (to: number, message: Uint8Array): void => {
      count(this.sent, to)
      this.mail.sent()
      this.outbox.send(() => {
        this.messenger.link(to, this.about, message)
      })
    }
    return new LinkTable(this.kernel, self.index, send, {
      idsGiven,
      unitOf: (hash) => shelf.unitOf(hash),
      ...(this.history === undefined ? {} : { history: this.history }),
      ...(leastImageBytes === undefined ? {} : { leastBytes: leastImageBytes }),
      ...(this.recorder === undefined ? {} : { reserved: this.recorder.reserved }),
      rootEnded: (_, id) => {
        if (id === this.program.main) this.mainEnded = true
      },
      lost: (loss) => {
        this.losses.push(loss)
        this.events.lost(this, loss)
      },
      peers: () => this.peers().filter((index) => index !== self.index),
      hasLeft: (index) => this.messenger.engine.membership.hasLeft(index),
    })
  }

  private makeMigrations({ shelf, tracer, largestStateBytes = LARGEST_STATE_BYTES }: SiteParts): Migrations {
    const { messenger, links, owners } = this
    const attributes = { 'godwit.program': programName(this.program.source, this.program.id) }
    return new Migrations({
      about: () => this.about,
      engine: messenger.engine,
      links,
      owners,
      shelf,
      largestStateBytes,
      departingCalls: () => this.homeCalls.depart(),
      arrivingCalls: (calls) => {
        this.homeCalls.arrive(calls)
      },
      prepare: (to, content, state) => {
        this.movedWith.add(to.index)
        this.outbox.send(() => {
          messenger.note(to.index, 'prepare', content, state)
        })
      },
      stageHome: (state, after) => this.events.stageHome(this, state, after),
      departure: () => tracer?.begin('migration', { attributes }),
      arrival: (parent) => tracer?.begin('arrival', { parent, attributes }),
      arrived: (from, processes) => {
        this.movedWith.add(from.index)
        const { tellMoves } = this.program
        if (tellMoves === true && from.kind === 'node') messenger.note(this.home, 'arrived', { ...this.about, from: from.index, processes })
      },
      settled: (from, processes) => {
        const given = processes.filter((p) => this.owners.get(p)?.why?.cause === 'balance')
        if (given.length > 0) this.balancer?.came(given, from)
      },
      refused: (to, content) => {
        messenger.note(to.index, 'refused', content)
      },
      resumed: (to, content) => {
        messenger.note(to.index, 'resumed', content)
      },
      requestCode: (of, hashes, done) => {
        this.requestCode(of, hashes, done)
      },
      aheadNotes: {
        ahead: (to, piece, bytes) => {
          messenger.note(to.index, 'ahead', { ...this.about, ...piece }, bytes)
        },
        kept: (to, content) => {
          messenger.note(to.index, 'ahead-kept', { ...this.about, ...content })
        },
        over: (to, transfer) => {
          messenger.note(to.index, 'ahead-over', { ...this.about, transfer })
        },
      },
      changed: () => {
        this.cuts.changed()
        this.drive.poke()
      },
    })
  }

  private requestCode(of: Member, hashes: readonly string[], done: (units: readonly CodeUnit[]) => void): void {
    this.messenger.request(of, 'code', { hashes }, (answer) => {
      if (!this.over) done('value' in answer ? answer.value : [])
    })
  }

  private makeAgentCode(shelf: CodeShelf): AgentCode {
    const { engine, self } = this.messenger
    return new AgentCode({
      shelf,
      members: () => engine.membership.all().filter((m) => m.kind !== 'client' && m.index !== self.index),
      request: (of, hashes, done) => {
        this.requestCode(of, hashes, done)
      },
      goOn: (p) => {
        this.kernel.wake(p, 0)
        this.drive.poke()
      },
      fail: (error, p) => {
        this.kernel.fail(error, p)
        this.drive.poke()
      },
    })
  }

  private makeHomeCalls({ program, messenger, denied = [] }: SiteParts): HomeCalls {
    return new HomeCalls({
      about: () => this.about,
      incarnation: program.incarnation,
      self: messenger.self.index,
      kernel: {
        wake: (p, value) => {
          this.kernel.wake(p, value)
          this.drive.poke() // the answer may come from a cut that was committed, and nothing else happens here
        },
      },
      links: this.links,
      home: () => (this.heldForHome === undefined ? this.services : undefined),
      period: () => this.program.homeMoves + 1,
      denied,
      audit: this.audit,
      isThere: (member) => messenger.engine.membership.get(member) !== undefined,
      print: (list, earlier) => this.console?.print(list, earlier) ?? true,
      call: (subject, content, body) => {
        const { home } = this
        count(this.sent, home)
        this.outbox.send(() => {
          messenger.note(home, subject, content, body)
        })
      },
      callToPrint: (content, body) => {
        count(this.sent, this.home)
        messenger.note(this.home, 'home-call', content, body)
      },
      result: (to, content, body) => {
        count(this.sent, to)
        messenger.note(to, 'home-result', content, body)
      },
    })
  }

  private makeBalancer(parts: NonNullable<SiteParts['balance']>): Balancer {
    const { kernel, owners, migrations } = this
    return new Balancer({
      ...parts,
      kernel,
      clock: this.messenger.engine.clock,
      isHeld: () => this.over || this.roamingEnded || this.roamingPaused || migrations.isHeld,
      isPlaced: (p) => {
        return this.placement.stays(p) || !isFree(owners.get(p)?.why)
      },
      depart: (roots, to, loads, done) => {
        migrations.depart(roots, 'subtree', to, done, { why: { cause: 'balance', loads } })
      },
      tellIdle: ({ index }) => {
        this.messenger.note(index, 'no-load', this.about)
      },
    })
  }

  private driven(): DriverEvents {
    const { balancer } = this
    return {
      ...(balancer === undefined
        ? {}
        : {
            cut: (p: Process, part: number, micros: number) => {
              balancer.cut(p, part, micros / 1000)
            },
          }),
      mayRun: () => {
        if (!this.events.mayRun()) return false
        this.history?.ran()
        return true
      },
      isAwaited: (micros) => this.mail.isAwaited(micros),
      slice: (busy) => {
        this.afterSlice(busy)
      },
      idle: () => {
        this.events.idle(this)
      },
      stopped: () => {
        this.outbox.flush()
        this.events.failed(this)
      },
    }
  }

  private afterSlice(busy: boolean): void {
    this.mail.sliced()
    this.outbox.flush()
    this.recorder?.sliced()
    if (this.main?.state === ENDED) {
      this.main = undefined
      this.mainEnded = true
    }
    if (this.mainEnded) {
      this.mainEnded = false
      this.endedAt = Math.floor(this.kernel.now())
      this.events.ended(this)
    }
    this.placement.grant()
    this.balancer?.slice(busy)
    if (this.program.durable !== undefined) this.cuts.sliced()
    this.events.slice(this, busy)
  }

  // ---------------------------------------------------------------------------------------------- what other members send

  /** A message of the link protocol. @throws SnapshotError when it is none */
  link(from: Member, message: Uint8Array): void {
    if (this.over) return
    count(this.received, from.index)
    this.mail.received()
    this.links.receive(from.index, message)
    this.drive.poke()
  }

  /** Another member has a call for the home. */
  homeCall(from: Member, content: HomeCall, body: Uint8Array): void {
    if (this.over) return
    count(this.received, from.index)
    this.forHome(() => {
      this.homeCalls.called(from.index, content, body)
    })
  }

  /** The process that waits for a call of the home is at another member now. */
  homeRecall(from: Member, content: HomeCall, body: Uint8Array): void {
    if (this.over) return
    count(this.received, from.index)
    this.forHome(() => {
      this.homeCalls.recalledBy(from.index, content, body)
    })
  }

  /** Does what the home is asked for; not when it is elsewhere: then it is asked there again. */
  private forHome(work: () => void): void {
    if (this.heldForHome !== undefined) this.heldForHome.push(work)
    else if (this.services !== undefined) work()
  }

  // ---------------------------------------------------------------------------------------------- the home

  /** Member index of the home of the program, as far as this node knows. */
  get home(): number {
    return this.program.home
  }

  /** The home is about to leave: what it is asked waits until that is decided. */
  restHome(): void {
    this.heldForHome = []
  }

  /** @returns what the home has begun to do for processes, and what they have not heard of yet */
  performedCalls(): PerformedState[] {
    return this.homeCalls.state()
  }

  /** The home has not left. */
  keepHome(): void {
    const held = this.heldForHome ?? []
    this.heldForHome = undefined
    for (const work of held) work()
  }

  /** The console of the program is here, with its home. */
  prints(console: Pick<Console, 'print' | 'streamOf'>): void {
    this.console = console
    this.links.prints((c) => console.streamOf(c))
  }

  /** The home has come here. @param calls what it had begun */
  takeHome(services: HomeServices, calls: readonly PerformedState[]): void {
    this.services = services
    this.homeCalls.resume(calls)
  }

  /** The home is at another member, or at this one, since its move number `moves`. @returns whether that is news */
  homeIsAt(member: number, moves: number): boolean {
    if (moves <= this.program.homeMoves) return false
    this.program = { ...this.program, home: member, homeMoves: moves }
    if (member !== this.messenger.self.index) {
      this.services = undefined
      this.heldForHome = undefined
      this.homeCalls.leave()
    }
    this.homeCalls.homeMoved()
    return true
  }

  /** The home has answered. */
  homeResult(from: Member, content: HomeResult, body: Uint8Array): void {
    if (this.over) return
    count(this.received, from.index)
    this.homeCalls.answered(content, body)
    this.drive.poke()
  }

  // ---------------------------------------------------------------------------------------------- cuts

  /** The kernel runs. While a cut has stopped the site, that is left to the cut. */
  go(): void {
    if (!this.cuts.isStopped) this.drive.start()
  }

  /** As `captureHome`, of a home that is here. */
  capture(): HomeCapture {
    const home = this.captureHome()
    if (home === undefined) throw new Error('the home of the program is not here')
    return home
  }

  /** @returns the home as a cut keeps it, when it is here */
  captureHome(): HomeCapture | undefined {
    const home = this.durableHome?.capture()
    return home === undefined ? undefined : { ...home, bytes: encodeHome({ results: this.homeCalls.results(), state: home.bytes }) }
  }

  /**
   * Decodes this node's share of a program that goes on from a cut. Nothing happens yet.
   * @param held channels that were bound, and how much the home wants them here
   * @throws SnapshotError
   */
  decode(share: Parameters<LinkTable['decode']>[0], unitOf: UnitOf, held: Iterable<readonly [id: number, wish: number]>): Revival {
    return this.links.decode(share, unitOf, held)
  }

  /** The share goes on, at the time of the cut, with the calls of the home that its processes wait for. */
  revive(revival: Revival, places: Places, { time, calls, results, gone }: RevivedState): void {
    this.clock.heard(time)
    this.homeCalls.restore(results)
    for (const { image, tops } of revival.revive(places)) {
      const from = gone(image)
      if (from !== undefined) for (const p of tops) this.recovered.set(p, { cause: 'recovery', from })
    }
    this.homeCalls.arriveAgain(calls)
  }

  memberLeft(member: Member): void {
    this.migrations.memberLeft(member)
    this.homeCalls.memberLeft(member.index)
    if (member.kind !== 'client') this.links.nodeGone(member.index)
    this.drive.poke()
  }

  // ---------------------------------------------------------------------------------------------- housekeeping

  /** How messages name the program. */
  get about(): OfProgram {
    const { id, incarnation } = this.program
    return { program: id, incarnation, cut: this.cuts.number, time: Math.floor(this.clock.now()) }
  }

  /** A message about the program has come: it may be from after a cut that has to be taken first, and from a later time. */
  heard({ cut, time }: OfProgram): void {
    this.cuts.heard(cut)
    if (this.clock.heard(time) > WAKE_MICROS) this.drive.poke() // timers are due earlier than the drive thinks
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
    this.recorder?.close()
    this.history?.over()
    this.audit?.close()
    this.drive.pause()
    this.kernel.stop()
    this.migrations.abandon()
  }

  /** @returns why a process is here, or what is above it here; undefined when it began here */
  whyHere(p: Process): MoveReason | undefined {
    for (let at: Process | undefined = p; at !== undefined; at = parentOf(at)) {
      const why = this.owners.get(at)?.why ?? this.recovered.get(at)
      if (why !== undefined) return why
    }
    return undefined
  }

  /** Nothing of the program computes at a node to which a balancer has given something. */
  nodeIsIdle(node: Member): void {
    this.balancer?.isIdle(node)
  }

  /** How many processes here compute, as far as anybody balances them. */
  get load(): number {
    return this.balancer?.load ?? 0
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
    return !this.isRunning && !this.migrations.busy && !this.placement.waits && !this.agentCode.busy && this.outbox.isEmpty
  }

  private get isRunning(): boolean {
    return this.kernel.runnable || this.kernel.timers.next() < Infinity
  }

  /** @returns the members that this site has had to do with */
  private *partners(): Generator<number, void, void> {
    yield* this.movedWith
    for (const index in this.sent) yield Number(index)
    for (const index in this.received) yield Number(index)
  }

  private peers(): number[] {
    return this.messenger.engine.membership
      .all()
      .filter((m) => m.kind !== 'client')
      .map((m) => m.index)
  }

  // ---------------------------------------------------------------------------------------------- what programs ask for

  private host(p: Process, service: string, actuals: readonly Value[]): boolean {
    if (!isNodeService(service)) return this.homeCalls.call(p, service, withCaller(p, service, actuals))
    const refused = nodeRefusal(service, this.denied)
    this.audit?.called(p, service, actuals, refused !== undefined)
    if (refused !== undefined) {
      p.value = refused
      return true
    }
    switch (service) {
      case 'node.name':
        p.value = encoder.encode(this.messenger.self.name)
        return true
      case 'node.count':
        p.value = this.messenger.nodes().length
        return true
      case 'migrate.to':
        return this.placement.migrateTo(p, actuals[0])
    }
  }
}

function count(messages: Record<number, number>, member: number): void {
  messages[member] = (messages[member] ?? 0) + 1
}
