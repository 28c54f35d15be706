/** What a node does for durable programs: it takes part in cuts, makes them where it is the home, and goes on with programs from their last cuts. */
import type { Engine, Member } from '../../engine/engine.ts'
import type { HoldingsView } from '../../kernel/inspect/holdings.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'
import { forgetOwners, forgetProgram, programKey } from '../program/program.ts'
import type { ProgramRecord } from '../program/program.ts'
import type { Site } from '../program/site.ts'
import type { CutOrder, OfProgram, Reply } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import { Coordinator, storePart } from './coordinator.ts'
import type { LookingCut } from './coordinator.ts'
import { removeCuts } from './cut-store.ts'
import type { LoadedCut } from './cut-store.ts'
import type { DurableHome } from './home-port.ts'
import { Recovery } from './recovery.ts'
import type { ReviveHome, RevivedHome } from './revived-home.ts'
import type { Tracer } from '../telemetry/tracer.ts'

export interface DurablePort {
  readonly engine: Engine
  readonly messenger: Messenger
  readonly shelf: CodeShelf
  readonly reviveHome: ReviveHome | undefined
  /** Makes spans of cuts and recoveries. */
  readonly tracer: Tracer | undefined
  siteOf(about: OfProgram): Site | undefined
  /** Whether it is being found out if the program has a site here. */
  isFinding(program: number): boolean
  whenSited(from: Member, about: OfProgram, work: (site: Site | undefined) => void): void
  dropSite(program: number): void
  makeSite(record: ProgramRecord, home: RevivedHome | undefined): Site
  /** The program is looked for again: it has a new incarnation. */
  findAgain(record: ProgramRecord): void
  /** The program, whose home was to be here, cannot go on from its last cut. */
  broken(record: ProgramRecord, error: NodeError): void
  /** Processes of a program whose home is here are missing at a cut: it begins anew, if it is durable. */
  incomplete(record: ProgramRecord, error: NodeError): void
  /** @returns the home that has begun again at this site */
  beginHome(home: RevivedHome, site: Site, record: ProgramRecord, end: string | undefined): DurableHome
}

export class Durable {
  readonly recovery: Recovery
  private readonly coordinators = new Map<number, Coordinator>()
  /** Of programs that are not durable: each makes one cut, for a checkpoint. */
  private readonly single = new Map<number, Coordinator>()
  /** Cuts for which this node is stopped, by program: a site that comes meanwhile does not begin. */
  private readonly stops = new Map<number, CutOrder>()

  constructor(private readonly port: DurablePort) {
    const { engine, messenger, shelf, reviveHome, tracer } = port
    this.recovery = new Recovery({
      engine,
      messenger,
      shelf,
      reviveHome,
      tracer,
      beginAnew: (record) => {
        port.findAgain(record)
      },
      makeSite: (record, home) => port.makeSite(record, home),
      settled: (record, site, home, cut) => {
        this.settled(record, site, home, cut)
      },
      lost: (record) => {
        forgetProgram(engine, record)
      },
      broken: (record, error) => {
        port.broken(record, error)
      },
    })
  }

  // ------------------------------------------------------------------------------------------ taking part

  stop(from: Member, order: CutOrder, reply: Reply<'cut-stop'>): void {
    this.stops.set(order.program, order)
    const stop = (site: Site | undefined): void => {
      if (site === undefined) reply.done(null)
      else
        site.cuts.stop(order, (counts) => {
          reply.done(counts)
        })
    }
    if (this.port.isFinding(order.program)) this.port.whenSited(from, order, stop)
    else stop(this.port.siteOf(order))
  }

  /** Lets a site begin that has just been made, unless there is a cut. */
  start(site: Site): void {
    const { program, incarnation } = site.about
    const order = this.stops.get(program)
    if (order !== undefined && order.incarnation === incarnation) site.cuts.stop(order)
    else site.drive.start()
  }

  take(order: CutOrder, reply: Reply<'cut-take'>): void {
    const { engine, messenger } = this.port
    this.stops.delete(order.program)
    const taken = this.port.siteOf(order)?.cuts.take(order.number)
    // it had a part when it stopped: that it has none any more means that the program has begun anew, or that the cut was called off here
    if (taken === undefined)
      reply.failed(new NodeError('R0406', `node ${messenger.self.name} has no part in cut ${order.number}`, 'try again').toJSON())
    else
      storePart(engine, { member: messenger.self.index, order, taken }, (part) => {
        if (part === undefined) reply.failed(new NodeError('R0415', 'the cluster store does not take a part of a cut').toJSON())
        else reply.done(part)
      })
  }

  /** Begins a view, or goes on with it. @returns undefined when there is nothing of the program here */
  lookAt(order: CutOrder): HoldingsView | undefined {
    this.stops.delete(order.program)
    return this.port.siteOf(order)?.cuts.look(order.number)
  }

  callOff(order: CutOrder): void {
    this.stops.delete(order.program)
    this.port.siteOf(order)?.cuts.callOff(order.number)
  }

  /** The home of a program comes here from a living member. */
  takeHome({ program, incarnation }: OfProgram, reply: Reply<'take-home'>): void {
    this.recovery.raise({ id: program, incarnation }, (taken) => {
      reply.done(taken)
    })
  }

  claimed(from: Member, about: OfProgram, claims: string, reply: Reply<'claims'>): void {
    this.recovery.claimed(from, about, claims, reply)
  }

  // ------------------------------------------------------------------------------------------ being the home

  /**
   * Cuts of a program are made here from now on.
   * @param record as the directory has it, exactly
   */
  coordinate(site: Site, record: string, home: DurableHome, cut?: LoadedCut): Coordinator {
    site.durableHome = home
    const coordinator = this.makeCoordinator(site, record, cut?.number ?? 0, cut?.entries ?? [])
    this.coordinators.set(site.program.id, coordinator)
    return coordinator
  }

  private makeCoordinator(site: Site, record: string, last: number, entries: LoadedCut['entries']): Coordinator {
    const { id, durable } = site.program
    return new Coordinator(
      {
        engine: this.port.engine,
        messenger: this.port.messenger,
        tracer: this.port.tracer,
        about: () => site.about,
        record: [programKey(id), record],
        cuts: site.cuts,
        capture: () => site.capture(),
        everyMs: durable?.everyMs ?? 0,
        deposed: () => {
          this.port.dropSite(id)
        },
        incomplete: (error) => {
          this.incomplete(site, error)
        },
      },
      last,
      entries,
    )
  }

  /** Processes are missing at a cut. A durable program begins anew from its last cut; of one that is not, there is none. */
  private incomplete({ program }: Site, error: NodeError): void {
    this.port.incomplete(program, error)
    if (program.durable === undefined) this.single.get(program.id)?.close()
    else this.recovery.raise(program)
  }

  forCheckpoint(site: Site, home: DurableHome): Coordinator {
    const { id } = site.program
    const known = this.coordinators.get(id)
    if (known !== undefined) return known
    site.durableHome = home
    const single = this.makeCoordinator(site, JSON.stringify(site.program), site.cuts.number, [])
    this.single.set(id, single)
    return single
  }

  /**
   * Has views begun at all sites of a program whose home is here, as soon as no cut is under way.
   * @returns false when a checkpoint of it is being made
   */
  look(site: Site, cut: LookingCut): boolean {
    const { id } = site.program
    const known = this.coordinators.get(id)
    if (known !== undefined) {
      known.separately(cut)
      return true
    }
    if (this.single.has(id)) return false
    const single = this.makeCoordinator(site, JSON.stringify(site.program), site.cuts.number, [])
    this.single.set(id, single)
    const over = (): void => {
      if (this.single.get(id) === single) this.single.delete(id)
    }
    single.separately({
      looking: (others, order) => {
        over()
        single.close()
        cut.looking(others, order)
      },
      calledOff: () => {
        cut.calledOff()
      },
      failed: () => {
        over()
        cut.failed()
      },
    })
    return true
  }

  /** Whether a cut of a program that is not durable is being made here. */
  isCutting(program: number): boolean {
    return this.single.has(program)
  }

  /** The checkpoint is made, or not. */
  afterCheckpoint(site: Site): void {
    const { id } = site.program
    const single = this.single.get(id)
    if (single === undefined) return
    this.single.delete(id)
    single.close()
    site.durableHome = undefined
  }

  coordinatorOf(program: number): Coordinator | undefined {
    return this.coordinators.get(program)
  }

  private settled(record: ProgramRecord, site: Site, revived: RevivedHome, cut: LoadedCut): void {
    site.cuts.number = cut.number
    const home = this.port.beginHome(revived, site, record, cut.over)
    forgetOwners(this.port.engine, record)
    if (record.durable === undefined) {
      this.forgetOrigin(record, cut)
      return
    }
    const coordinator = this.coordinate(site, JSON.stringify(record), home, cut)
    // not at once: the nodes that go on too are told first where everything is
    if (cut.over === undefined)
      this.port.engine.clock.after(0, () => {
        coordinator.ran()
      })
  }

  /** A program that is not durable goes on from a checkpoint: it was the only time, and all nodes have read the cut. */
  private forgetOrigin({ origin }: ProgramRecord, { entries }: LoadedCut): void {
    removeCuts(this.port.engine, entries)
    if (origin !== undefined && origin.upgrade === undefined) this.port.engine.blobs.remove(origin.code) // else `--rollback` needs both versions
  }

  /** A site here is dropped: if it was that of the home, the home is over with it. */
  dropped(site: Site): void {
    const { id } = site.program
    this.stops.delete(id)
    const { durableHome } = site
    if (durableHome === undefined) return
    site.durableHome = undefined
    this.single.get(id)?.close() // its checkpoint is over: see `afterCheckpoint`
    this.single.delete(id)
    this.coordinators.get(id)?.close()
    this.coordinators.delete(id)
    durableHome.abandon()
  }
}
