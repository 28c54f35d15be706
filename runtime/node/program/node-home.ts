/**
 * The home of a program on a node: its console, which leads to a log and to viewers, its services and its supervisor. It needs no terminal. It moves
 * like a process (home-departure.ts); the new home tells all members, which say and ask again what they have to (`home-moved`).
 */
import type { Member } from '../../engine/engine.ts'
import { NAMES_IT, WAITS_FOR_IT } from '../../kernel/links/revival.ts'
import { Channel } from '../../kernel/scheduler/state.ts'
import { LIMITS, stricter } from '../../limits.ts'
import type { KeptCheckpoint } from '../durable/checkpoints.ts'
import type { DurableHome, HomeCapture } from '../durable/home-port.ts'
import type { RevivedHome } from '../durable/revived-home.ts'
import type { NewVersion } from '../durable/upgrading.ts'
import type { Became } from '../durable/upgrading-in-place.ts'
import type { Survey } from '../../kernel/upgrade/obstacles.ts'
import { Console } from '../../host/console.ts'
import type { ConsoleProcesses } from '../../host/console.ts'
import { AuditLog } from '../../host/audit.ts'
import { Gate } from '../../host/gate.ts'
import type { TypedState } from '../../host/typed.ts'
import { HomeServices } from '../../host/home-services.ts'
import { cannotServe } from '../../gateway/cannot-serve.ts'
import type { ConnectionsState, NetServices } from '../../host/connections.ts'
import { KeyFeed, LogStream } from '../../host/log-streams.ts'
import { SILENCE } from '../../host/silence.ts'
import { OutputLog } from '../../host/output-log.ts'
import type { ConsoleEnd } from '../../code/program.ts'
import { NodeError } from '../node-error.ts'
import type { CheckpointOrder } from '../wire/messages.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import { keepEnded } from './ended.ts'
import { Exports } from './exports.ts'
import type { Claimant } from './names.ts'
import { HomeDeparture } from './home-departure.ts'
import type { HomeNode, NodeHomePort } from './home-node.ts'
import { restored } from './home-parts.ts'
import type { HomeParts, NewHome } from './home-parts.ts'
import { HomeSaving } from './home-saving.ts'
import { decodeHome, encodeHome } from './home-state.ts'
import type { ProgramHomeState, ViewerState } from './home-state.ts'
import type { ArrivingHome } from './moving-home.ts'
import { outcomeOf } from './outcome.ts'
import type { ProgramOutcome } from './outcome.ts'
import { limitExceeded } from './program-limits.ts'
import { decodeProgram, programKey, programName } from './program.ts'
import type { ProgramRecord } from './program.ts'
import type { Site } from './site.ts'
import { isMendable, Supervisor } from './supervisor.ts'
import type { ProgramEnd } from './supervisor.ts'
import { Viewers } from './viewers.ts'

/** What a cut contains of what crosses the border; see `NodeHome.marks`. */
export interface BorderMarks {
  /** Output up to that byte. */
  readonly output: number
  /** Calls of services that change the outside, up to that number. */
  readonly calls: number
  /** What viewers have typed. */
  readonly typed: readonly ViewerState[]
  /** What of its connections; absent when it has none. */
  readonly connections?: number
}

/** How a node keeps the home of a program. */
export class NodeHome implements DurableHome, NodeHomePort {
  readonly log: OutputLog
  readonly viewers: Viewers
  private readonly supervisor: Supervisor
  private readonly services: HomeServices
  private readonly gate: Gate
  private readonly feed: KeyFeed
  private readonly streams: readonly [LogStream, LogStream]
  /** What it serves, if it ever has. */
  private exports: Exports | undefined
  private readonly makeExports: (state?: ConnectionsState) => Exports
  private console: Console | undefined
  private site: Site | undefined
  private readonly departure: HomeDeparture
  private readonly saving: HomeSaving
  /** What the home has to know of the code. */
  private version: Pick<HomeParts, 'hears' | 'units'>
  /** It has output more than it may, whatever else has come of it. */
  private broken: ProgramEnd | undefined
  private over = false

  private constructor(
    private readonly node: HomeNode,
    private readonly parts: HomeParts,
  ) {
    const { services, record, state, hears, units } = parts
    this.version = { hears, ...(units === undefined ? {} : { units }) }
    const { denied = [] } = record
    const limits = stricter(record.limits, node.limits)
    const { durable } = parts
    const held = durable?.relaxed === false
    const waits = (): void => {
      if (this.site !== undefined) node.cuts.coordinatorOf(this.site.program.id)?.want()
    }
    this.log = new OutputLog(
      {
        released: () => {
          if (held) this.site?.history?.shown(this.log.released)
          this.viewers.showAll()
        },
        waits,
        exceeded: (most) => {
          const error = limitExceeded('output', `written more than ${most} bytes on its screen and its error channel`)
          this.broken = { kind: 'error', error }
          node.engine.clock.after(0, () => {
            this.supervisor.fail(error)
          })
        },
        drained: () => {
          for (const stream of this.streams) stream.drained()
        },
      },
      {
        held,
        ...(limits.output === undefined ? {} : { most: limits.output }),
        ...(durable === undefined ? {} : { kept: LIMITS['output.kept.durable'].most }),
      },
      state?.log,
    )
    this.streams = [new LogStream(this.log, 1), new LogStream(this.log, 2)]
    this.feed = new KeyFeed(
      (work) => {
        node.engine.clock.after(0, () => {
          if (!this.over) work()
        })
      },
      (wanted) => {
        this.viewers.wantKeys(wanted)
      },
    )
    this.viewers = new Viewers(this.log, this.feed, held, waits, state?.viewers)
    if (state?.typed.ended === true) this.feed.end()
    this.gate = new Gate(waits)
    this.makeExports = (before) =>
      new Exports(
        {
          engine: node.engine,
          claimant: () => this.claimant(),
          waits,
          poke: () => {
            this.site?.drive.poke()
          },
        },
        held,
        before,
        limits.connections,
      )
    if (state?.net !== undefined) this.exports = this.makeExports(state.net)
    this.supervisor = new Supervisor(node, {
      source: services.source,
      home: (this.services = new HomeServices({
        ...services,
        denied,
        ...(record.audit === undefined
          ? {}
          : { audit: new AuditLog(record.audit, () => programName(services.source, this.site?.program.id ?? 0), node.self.name) }),
        auditFailed: (error) => {
          this.supervisor.fail(error)
        },
        exit: (status) => {
          this.supervisor.exit(status)
        },
        net: () => this.net(),
        poke: () => {
          this.site?.drive.poke()
        },
        cannotServe: (name, reason) => {
          this.supervisor.fail(cannotServe(name, reason))
        },
        ...(held ? { gate: this.gate } : {}),
        ...(limits.files === undefined ? {} : { mostFiles: limits.files }),
        ...(limits.calls === undefined ? {} : { mostCalls: limits.calls }),
      })),
      stays: true,
      record,
      ...(durable === undefined ? {} : { durable: { ...durable, home: this } }),
      populate: (site) => {
        this.openConsole(site)
        if (parts.main === undefined || this.console === undefined) throw new Error('a home that has come makes no main process')
        return parts.main(this.console.channels, site)
      },
      outside: () =>
        this.feed.busy ||
        this.gate.isWaiting ||
        this.services.outside ||
        (this.console?.outside ?? false) ||
        (this.exports?.connections.outside ?? false),
      notice: (text) => {
        this.viewers.notice(text)
      },
      end: (end) => {
        this.conclude(end)
      },
      keep: (end, done) => {
        this.keep(end, done)
      },
    })
    this.departure = this.departing()
    this.saving = this.savingOf()
  }

  /** @returns what moves this home */
  private departing(): HomeDeparture {
    return new HomeDeparture({
      node: this.node,
      name: this.name,
      isDurable: this.parts.durable !== undefined,
      parts: () => {
        const { site, console } = this
        return site === undefined || console === undefined ? undefined : { site, console }
      },
      isBusy: () => this.saving.isUnderWay || this.over,
      restCalls: (quiet) => {
        this.services.rest(quiet)
      },
      stayForCalls: () => {
        this.services.stay()
      },
      rest: () => {
        this.rest()
      },
      stay: () => {
        this.stay()
      },
      record: () => this.supervisor.text,
      state: () => this.state(),
      abandon: () => {
        this.abandon()
      },
    })
  }

  /** What others say to the home, and ask of it, waits. */
  private rest(): void {
    this.supervisor.rest()
    this.viewers.rest()
    this.exports?.rest()
  }

  private stay(): void {
    this.supervisor.stay()
    this.services.stay()
    this.viewers.stay()
    this.exports?.stay()
  }

  /** @returns what makes checkpoints of this home's program */
  private savingOf(): HomeSaving {
    return new HomeSaving({
      node: this.node,
      home: this,
      name: this.name,
      isDurable: this.parts.durable !== undefined,
      units: () => this.version.units ?? [],
      site: () => this.site,
      isMoving: () => this.departure.isUnderWay || this.over,
      isOver: () => this.over,
      produced: () => this.log.produced,
      restCalls: (quiet) => {
        this.services.rest(quiet)
      },
      rest: () => {
        this.rest()
      },
      stay: () => {
        this.stay()
      },
      stop: () => {
        this.supervisor.stop()
      },
      became: (version) => {
        this.became(version)
      },
    })
  }

  /** The program is another version from now on, in the site that it has. */
  private became({ program, units, hears = this.version.hears }: Became): void {
    this.version = { hears, units }
    if (this.site !== undefined) this.site.program = program
    this.supervisor.became(program)
  }

  /**
   * Runs a program here.
   * @param done gets its id
   */
  static begin(node: HomeNode, parts: NewHome, done: (id: number) => void): NodeHome {
    const home = new NodeHome(node, parts)
    home.supervisor.start(() => {
      const { id = 0 } = home.supervisor
      done(id)
    })
    return home
  }

  /** The console is here: from its beginning, or with processes that have come. */
  private openConsole(site: Site, processes?: ConsoleProcesses, channels?: Readonly<Record<ConsoleEnd, Channel>>): void {
    this.site = site
    const [stdout, stderr] = this.streams
    const { state, durable } = this.parts
    if (durable?.relaxed === false) site.history?.began(this.log.produced)
    this.console = new Console(site.kernel, {
      stdin: () => this.feed,
      stdout,
      stderr,
      ...(this.parts.record.denied?.includes('terminal') === true ? SILENCE : {}),
      together: true,
      wantedElsewhere: () => this.version.hears,
      poke: () => {
        site.drive.poke()
      },
      ...(state === undefined ? {} : { typed: state.typed }),
      ...(processes === undefined ? {} : { processes }),
      ...(channels === undefined ? {} : { channels }),
    })
    this.services.streams = this.console
    site.prints(this.console)
    if (channels === undefined) this.register(site.program.id) // else the program has still to begin again
  }

  /** Others find the home here. */
  private register(program: number): void {
    this.node.homes.set(program, this)
    if (this.exports !== undefined) this.node.exports.set(program, this.exports)
  }

  /** @returns what reaches its connections */
  private net(): NetServices {
    if (this.exports === undefined) {
      this.exports = this.makeExports()
      const program = this.site?.program.id
      if (program !== undefined && this.node.homes.get(program) === this) this.node.exports.set(program, this.exports)
    }
    return this.exports.connections
  }

  /** The program as the directory knows it, while its home is here. */
  private claimant(): Claimant | undefined {
    const { site, over } = this
    if (site === undefined || over) return undefined
    const { id, incarnation } = site.program
    return { id, incarnation, key: programKey(id), text: this.supervisor.text }
  }

  /** A slice of the site has ended. */
  slice(busy: boolean): void {
    if (this.departure.isUnderWay || this.over) return
    this.console?.poll(busy)
    this.exports?.connections.poll()
    this.services.poll()
  }

  /** Ends the program. */
  stop(): void {
    this.saving.saved(false) // it is stopped, whatever becomes of its checkpoint
    this.supervisor.stop()
  }

  // ---------------------------------------------------------------------------------------------- the border

  /** Whether something waits for a cut: output, what was typed, or calls that change the outside. */
  get isWaiting(): boolean {
    const net = this.exports?.connections.isWaiting ?? false
    return this.log.released < this.log.produced || this.gate.isWaiting || this.viewers.isWaiting || net
  }

  /** What a cut that is made now will contain. After `rest`, before anything runs. */
  marks(): BorderMarks {
    const connections = this.exports?.connections.mark()
    const marks = { output: this.log.produced, calls: this.gate.mark, typed: this.viewers.state() }
    return connections === undefined ? marks : { ...marks, connections }
  }

  /**
   * A cut is committed: what it contains may leave.
   * @param again the program has begun anew from that cut: what is done now may have been done already
   */
  committed({ output, calls, typed, connections }: BorderMarks, again = false): void {
    const { savedUpTo } = this.saving
    this.log.release(Math.min(output, savedUpTo ?? output))
    this.viewers.acknowledge(typed)
    if (savedUpTo !== undefined) return // whoever goes on from the checkpoint does what it waits for
    this.gate.release(calls, again)
    if (connections !== undefined) this.exports?.connections.committed(connections)
  }

  /** Writes down the home as it is, for a cut; see home-port.ts. */
  capture(): HomeCapture {
    this.console?.pushAll()
    const marks = this.marks()
    return {
      bytes: encodeHome(this.state()),
      committed: () => {
        if (!this.over) this.committed(marks)
      },
    }
  }

  checkpoint(order: CheckpointOrder, done: (result: KeptCheckpoint | NodeError) => void): void {
    this.saving.begin(order, done)
  }

  rewind(number: number, done: (result: KeptCheckpoint | NodeError) => void): void {
    this.saving.rewind(number, done)
  }

  upgrade(to: NewVersion, done: (result: Survey | NodeError) => void): void {
    this.saving.upgrade(to, done)
  }

  saved(written: boolean): boolean {
    return this.saving.saved(written)
  }

  endedElsewhere(): void {
    this.departure.endedElsewhere()
    this.abandon()
  }

  /** The home is elsewhere now, or the program begins anew or is over: this home does nothing any more. */
  abandon(): void {
    if (this.over) return
    this.over = true
    if (this.site !== undefined && this.node.homes.get(this.site.program.id) === this) this.node.homes.delete(this.site.program.id)
    if (this.site !== undefined && this.node.exports.get(this.site.program.id) === this.exports)
      this.node.exports.delete(this.site.program.id)
    this.supervisor.abandon()
    this.services.finish()
    this.viewers.end({ kind: 'moved' })
    this.exports?.abandon()
  }

  /**
   * What there is of the home beside its processes, while the kernel does not run and all output is in the log; the home goes on.
   * @param logFrom output before this number has been kept elsewhere
   */
  state(logFrom?: number): ProgramHomeState {
    const { site, console } = this
    if (site === undefined || console === undefined) throw new Error('a home without a console')
    const id = (channel: Channel): number => site.links.channelId(channel)
    const { keyboard, screen, error } = console
    return {
      services: this.services.state(),
      denied: this.parts.record.denied ?? [],
      console: { keyboard: id(keyboard), screen: id(screen), error: id(error) },
      ...this.version,
      typed: this.typed(console),
      log: this.log.state(logFrom),
      viewers: this.viewers.state(),
      calls: this.parts.durable === undefined ? site.performedCalls() : [], // a cut has them beside the home
      ...(this.exports === undefined ? {} : { net: this.exports.connections.state() }),
      supervisor: this.supervisor.state(),
    }
  }

  /** @returns what was typed and is not the program's yet */
  private typed(console: Console): TypedState {
    return { bytes: new Uint8Array(Buffer.concat([console.typedHere, ...this.feed.rest()])), ended: this.feed.ended }
  }

  // ---------------------------------------------------------------------------------------------- moving

  moveTo(to: Member, done: (result: MigrationResult) => void): void {
    this.departure.begin(to, done)
  }

  /** What people call the home of this program. */
  private get name(): string {
    return `the home of ${this.parts.services.source}`
  }

  /** Prepares a home that is on its way here. @throws Error when the bytes are none */
  static stage(node: HomeNode, site: Site, bytes: Uint8Array, after: string): ArrivingHome {
    const state = decodeHome(bytes)
    if (state === undefined) throw new Error('it is no state of a home')
    const program = decodeProgram(after)
    return {
      arrived: ([keyboard, screen, error]) => {
        if (keyboard === undefined || screen === undefined || error === undefined) throw new Error('a home without its processes')
        const home = new NodeHome(node, restored(program, state))
        home.openConsole(site, { keyboard, screen, error })
        home.arrive(site, state, program)
      },
    }
  }

  /** Makes the home of a program that goes on from a cut. @throws NodeError R0443 when the bytes are none */
  static revive(node: HomeNode, program: ProgramRecord, bytes: Uint8Array): RevivedHome {
    const state = decodeHome(bytes)
    if (state === undefined || program.origin === undefined) throw new NodeError('R0443', `the last cut of ${program.source} has no home`)
    const home = new NodeHome(node, restored(program, state))
    const channels = { keyboard: new Channel(), screen: new Channel(), error: new Channel() }
    const { keyboard, screen, error } = state.console
    return {
      services: home.services,
      attach: (site) => {
        site.links.bind(channels.keyboard, keyboard)
        site.links.bind(channels.screen, screen)
        site.links.bind(channels.error, error)
        home.openConsole(site, undefined, channels)
        return [
          [keyboard, NAMES_IT],
          [screen, WAITS_FOR_IT],
          [error, WAITS_FOR_IT],
        ]
      },
      begin: (_, site, record, end) => {
        home.register(record.id)
        home.committed(home.marks(), true)
        home.supervisor.resume(site, record, end)
        home.exports?.begin()
        return home
      },
    }
  }

  private arrive(site: Site, state: ProgramHomeState, program: ProgramRecord): void {
    const { node } = this
    site.takeHome(this.services, state.calls)
    node.homeIsAt(site, program.home, program.homeMoves)
    site.program = program
    this.supervisor.arrive(site, state.supervisor)
    this.exports?.begin()
    for (const { kind, index } of node.engine.membership.all())
      if (kind !== 'client' && index !== node.self.index)
        node.messenger.note(index, 'home-moved', { ...site.about, moves: program.homeMoves })
    site.drive.poke()
  }

  // ---------------------------------------------------------------------------------------------- the end

  private conclude(known: ProgramEnd): void {
    const { site, console } = this
    this.over = true
    if (site === undefined) return
    if (this.saving.savedUpTo === undefined) console?.pushAll()
    this.log.release(this.saving.savedUpTo ?? this.log.produced)
    this.viewers.end({ kind: 'ended', ...this.outcome(known, site) })
    if (this.saving.savedUpTo === undefined) this.exports?.conclude()
    else this.exports?.abandon()
  }

  private outcome(known: ProgramEnd, { program: { source } }: Site): ProgramOutcome {
    const end = this.broken ?? known
    if (end.kind !== 'stopped') return outcomeOf(end)
    return this.saving.savedUpTo === undefined ? { exit: 1, report: `${source} was stopped\n` } : { exit: 0, report: '' }
  }

  /** Keeps how it has ended, and what it has output. That of a durable program outlives what it was: its cuts go afterwards. */
  private keep(known: ProgramEnd, done: () => void): void {
    const { site, node } = this
    if (site === undefined) {
      done()
      return
    }
    const { id, source, durable } = site.program
    const end = this.broken ?? known
    const mendable = durable !== undefined && isMendable(end) ? { record: site.program } : {}
    const at = node.engine.clock.common()
    const ended = { ...this.outcome(known, site), id, source, at, home: node.self.name, stopped: end.kind === 'stopped', ...mendable }
    keepEnded(
      node.engine,
      ended,
      this.log.read(this.log.start, Infinity),
      () => {
        done()
        node.homes.delete(id)
        node.exports.delete(id)
        node.removeSite(id)
      },
      { synced: durable !== undefined },
    )
  }
}
