/** How a member answers requests: of clients (what runs here, move it), of other nodes (code), of terminals (how far are you). */
import type { Member } from '../../engine/engine.ts'
import { channelOf, describe, pathMatcher, pathOf, walkProcesses } from '../../kernel/inspect/inspect.ts'
import type { Channel, Process } from '../../kernel/scheduler/state.ts'
import { ENDED, GONE } from '../../kernel/scheduler/state.ts'
import type { WaitingProcess } from '../../report/report.ts'
import { walkDeadlockReport, walkWaitGraphReport } from '../../report/waiting.ts'
import { BATCH, moveBatches } from '../migration/batches.ts'
import { moveInRounds } from '../migration/drain.ts'
import type { DrainedSite } from '../migration/drain.ts'
import { unmoved } from '../migration/migrations.ts'
import { residualNeeds } from '../migration/residual.ts'
import { NodeError } from '../node-error.ts'
import type { Site } from '../program/site.ts'
import { inSlices } from '../slices.ts'
import { listUnits, takeUnits } from './code.ts'
import { empty } from './emptying.ts'
import type { EmptiedPort } from './emptying.ts'
import { homeHandlers } from './homes.ts'
import { inspect, measure, survey, wiring } from './observe.ts'
import type { HomesPort } from './homes.ts'
import { matching, PART, refusal, sendInParts, sitesOf } from './selection.ts'
import { inWords, stuckHandlers } from './stuck.ts'
import type { StuckPort } from './stuck.ts'
import { requireNode } from '../unknown-node.ts'
import type { CutOrder, ListRequest, MigrateRequest, OfProgram, Reply, RequestHandlers, RequestSubject } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { MoveReason } from '../wire/move-reasons.ts'
import type { Usage } from '../wire/observations.ts'
import type { MigrationResult, NodeStatus, ProcessStatus, Readiness } from '../wire/statuses.ts'

type ControlledSite = Pick<
  Site,
  'whyHere' | 'program' | 'about' | 'cuts' | 'kernel' | 'links' | 'drive' | 'migrations' | 'roamed' | 'roamingEnded' | 'vitals' | 'load'
>

/** What is looked at, and moved, when others ask for it. */
export interface ControlPort extends HomesPort, StuckPort, EmptiedPort {
  readonly sites: StuckPort['sites']
  readonly homes: HomesPort['homes']
  /** Of programs that are over. */
  readonly past: { readonly arrivals: number; readonly departures: number; readonly roamed: number }
  readonly leaving: boolean
  readonly cordoned: boolean
  cordon(on: boolean): void
  /** Ends what the node runs in, an OS process or a thread, at once; absent where that is not the node's own. */
  readonly perish: (() => void) | undefined
  /** What makes programs durable. */
  readonly cuts: StuckPort['cuts'] & {
    stop(from: Member, order: CutOrder, reply: Reply<'cut-stop'>): void
    take(order: CutOrder, reply: Reply<'cut-take'>): void
    claimed(from: Member, about: OfProgram, claims: string, reply: Reply<'claims'>): void
    takeHome(about: OfProgram, reply: Reply<'take-home'>): void
  }
  /** This OS process, for people. */
  readonly host: string
  readonly pid: number
  readonly readiness: Readiness
  /** What this OS process uses. */
  usage(): Usage
  /** @returns the site of a program here, if there is one of this incarnation */
  siteOf(about: OfProgram): ControlledSite | undefined
  /** Calls `work` as soon as there is such a site here, or without one when it turns out that the program does not run. */
  whenSited(from: Member, about: OfProgram, work: (site: ControlledSite | undefined) => void): void
}

/** @returns the handlers of every request */
export function requestHandlers(port: ControlPort): RequestHandlers {
  return {
    ...homeHandlers(port),
    ...stuckHandlers(port),
    'take-home': (_, about, reply) => {
      port.cuts.takeHome(about, reply)
    },
    code: (_, { hashes }, reply) => {
      reply.done(hashes.flatMap((hash) => port.shelf.get(hash) ?? []))
    },
    units: (_from, _nothing, reply) => {
      answerInSlices(port, reply, listUnits(port, reply))
    },
    'keep-units': (_, { units }, reply) => {
      takeUnits(port.shelf, units, (error) => {
        if (error === undefined) reply.done(null)
        else reply.failed(error.toJSON())
      })
    },
    vitals: (_, about, reply) => {
      reply.done(port.siteOf(about)?.vitals() ?? null)
    },
    gather: (_, about, reply) => {
      gather(port, about, reply)
    },
    deadlock: (_, about, reply) => {
      const site = port.siteOf(about)
      if (site === undefined) reply.done(null)
      else answerInSlices(port, reply, reported(reply, walkDeadlockReport(site.kernel)))
    },
    waits: (_, { title, ...about }, reply) => {
      const site = port.siteOf(about)
      if (site === undefined) reply.done(null)
      else answerInSlices(port, reply, reported(reply, walkWaitGraphReport(site.kernel, title)))
    },
    ping: (_from, _nothing, reply) => {
      reply.done(null)
    },
    status: (_from, _nothing, reply) => {
      answerInSlices(port, reply, status(port))
    },
    list: (_, request, reply) => {
      answerInSlices(port, reply, list(port, request, reply))
    },
    measures: (_from, _nothing, reply) => {
      answerInSlices(port, reply, measure(port))
    },
    survey: (_from, _nothing, reply) => {
      answerInSlices(port, reply, survey(port, reply))
    },
    wiring: (_, request, reply) => {
      answerInSlices(port, reply, wiring(port, request, reply))
    },
    inspect: (_, request, reply) => {
      answerInSlices(port, reply, inspect(port, request))
    },
    migrate: (_, request, reply) => {
      migrate(port, request, reply)
    },
    channel: (_, { channel, to, program }, reply) => {
      moveChannel(port, { channel, to: requireNode(port.messenger.nodes(), to), sites: sitesOf(port, program) }, reply)
    },
    load: (_from, { program }, reply) => {
      const takes = !port.leaving && !port.cordoned && (program === undefined || hasProcesses(port.sites.get(program)))
      reply.done(!takes ? null : [...port.sites.values()].reduce((sum, { load }) => sum + load, 0))
    },
    cordon: (_from, { on }, reply) => {
      port.cordon(on)
      reply.done(null)
    },
    kill: (_from, _nothing, reply) => {
      const { perish, messenger } = port
      if (perish === undefined) throw new NodeError('R0412', `node ${messenger.self.name} cannot end itself`, 'end what it runs in')
      reply.done(null)
      perish()
    },
    arrival: (from, about, reply) => {
      port.whenSited(from, about, (site) => {
        reply.done(site === undefined ? null : port.messenger.engine.clock.common())
      })
    },
    'cut-stop': (from, order, reply) => {
      port.cuts.stop(from, order, reply)
    },
    'cut-wave': (_, order, reply) => {
      reply.done(port.siteOf(order)?.cuts.counts() ?? null)
    },
    'cut-take': (_, order, reply) => {
      port.cuts.take(order, reply)
    },
    claims: (from, { claims, ...about }, reply) => {
      port.cuts.claimed(from, about, claims, reply)
    },
    drain: (_from, request, reply) => {
      empty(port, request, reply)
    },
  }
}

/** Answers with what a generator returns, without keeping the node from anything else. */
function answerInSlices<S extends RequestSubject>(
  { messenger }: ControlPort,
  reply: Reply<S>,
  work: Generator<void, Parameters<Reply<S>['done']>[0], void>,
): void {
  inSlices(
    messenger.engine.clock,
    work,
    (value) => {
      reply.done(value)
    },
    (error) => {
      reply.failed(refusal(messenger, error))
    },
  )
}

function hasProcesses(site: Pick<Site, 'kernel'> | undefined): boolean {
  return site !== undefined && walkProcesses(site.kernel).next().done !== true
}

// ---------------------------------------------------------------------------------------------------------------- looking

function* status({ messenger, sites, past, readiness, host, pid }: ControlPort): Generator<void, NodeStatus, void> {
  const { name } = messenger.self
  const total = { processes: 0, sent: 0, received: 0, ...past }
  for (const site of [...sites.values()]) {
    for (const walk = walkProcesses(site.kernel); walk.next().done !== true; yield) total.processes++
    const { sent, received } = site.links.stats()
    const { arrivals, departures } = site.migrations.counts
    total.sent += sent
    total.received += received
    total.arrivals += arrivals
    total.departures += departures
    total.roamed += site.roamed
  }
  return { name, index: messenger.place, host, pid, programs: sites.size, ...readiness, ...total }
}

function* list(port: ControlPort, { pattern, residual = false }: ListRequest, reply: Reply<'list'>): Generator<void, null, void> {
  const { messenger, sites } = port
  const node = messenger.self.name
  const matches = pattern === undefined ? (): boolean => true : pathMatcher(pattern)
  let part: ProcessStatus[] = []
  const add = (status: ProcessStatus): void => {
    part.push(status)
    if (part.length < PART) return
    reply.part(part)
    part = []
  }
  for (const site of [...sites.values()]) {
    const { id, source } = site.program
    const program = { program: String(id), name: `${source.slice(source.lastIndexOf('/') + 1)}#${id}`, source }
    const needs = residual ? yield* residualNeeds(site, (index) => messenger.nameOf(index)) : undefined
    for (const p of walkProcesses(site.kernel)) {
      if (matches(pathOf(p)))
        add({
          ...program,
          node,
          ...inWords(describe(p)),
          ...(needs === undefined ? {} : { residual: needs(p) }),
          ...moved(site.whyHere(p)),
        })
      yield
    }
    for (const path of site.migrations.paths) if (matches(path)) add({ ...program, node, path, state: 'moving', line: '', waits: '' })
  }
  if (part.length > 0) reply.part(part)
  return null
}

/** The start of a program is nothing that people would call a move. */
function moved(reason: MoveReason | undefined): Pick<ProcessStatus, 'moved'> {
  return reason === undefined || reason.cause === 'start' ? {} : { moved: reason }
}

/** Sends the processes of a report in parts. @returns the report without them */
function* reported<R extends { readonly processes: readonly WaitingProcess[] }>(
  reply: { part(part: readonly WaitingProcess[]): void },
  work: Generator<void, R, void>,
): Generator<void, R, void> {
  const report = yield* work
  for (let at = 0; at < report.processes.length; at += PART) {
    reply.part(report.processes.slice(at, at + PART))
    yield
  }
  return { ...report, processes: [] }
}

// ----------------------------------------------------------------------------------------------------------------- moving

/** Moves what matches, with what is below it unless `only`. */
function migrate(port: ControlPort, { pattern, to, only, program, ...how }: MigrateRequest, reply: Reply<'migrate'>): void {
  const { messenger } = port
  const strategy = how.strategy ?? ('auto' as const)
  const destination = requireNode(port.messenger.nodes(), to)
  const matches = pathMatcher(pattern)
  const find = (site: DrainedSite): Generator<void, Process[], void> => matching(site, matches, !only)
  const failed = (error: unknown): void => {
    reply.failed(refusal(messenger, error))
  }
  const done = (): void => {
    reply.done(null)
  }
  const move = (found: readonly (readonly [ControlledSite, Process[]])[]): void => {
    if (destination.index === messenger.self.index) {
      sendInParts(
        found.flatMap(([, roots]) => roots.map((p) => unmoved(pathOf(p), to, to))),
        reply,
      )
      done()
      return
    }
    const many = !only && found.some(([, roots]) => roots.length > BATCH)
    if (many) {
      const sites = found.map(([site]) => site)
      const rounds = {
        clock: messenger.engine.clock,
        why: { cause: 'hand' } as const,
        strategy,
        sites: () => sites,
        begins: () => false,
        find,
        to: () => destination,
        destinations: () => 1,
        moved: (results: readonly MigrationResult[]) => {
          sendInParts(results, reply)
        },
      }
      moveInRounds(rounds, (error) => {
        if (error === undefined) done()
        else failed(error)
      })
      return
    }
    let open = found.length + 1
    const finished = (): void => {
      if (--open === 0) done()
    }
    for (const [site, roots] of found) {
      const batch = (results: readonly MigrationResult[]): void => {
        sendInParts(results, reply)
      }
      moveBatches(
        site.migrations,
        roots,
        { mode: only ? 'only' : 'subtree', why: { cause: 'hand' }, strategy, to: () => destination, batch },
        finished,
      )
    }
    finished()
  }
  function* findAll(): Generator<void, (readonly [ControlledSite, Process[]])[], void> {
    const found: (readonly [ControlledSite, Process[]])[] = []
    for (const site of sitesOf(port, program)) found.push([site, yield* find(site)])
    return found
  }
  inSlices(messenger.engine.clock, findAll(), move, failed)
}

/** Moves all of a program to one node, and ends its roaming. */
function gather(port: ControlPort, { to, ...about }: OfProgram & { readonly to: string }, reply: Reply<'gather'>): void {
  const { messenger } = port
  const destination = requireNode(port.messenger.nodes(), to)
  const site = port.siteOf(about)
  const answer = (elsewhere: number): void => {
    const { departures, arrivals } = site?.migrations.counts ?? { departures: 0, arrivals: 0 }
    reply.done({ elsewhere, moves: departures + arrivals })
  }
  if (site === undefined) {
    answer(0)
    return
  }
  site.roamingEnded = true
  const underWay = site.migrations.paths.length
  if (destination.index === messenger.self.index) {
    answer(underWay)
    return
  }
  let moved = 0
  const move = (found: Process[]): void => {
    const few = found.length <= BATCH
    const batch = (results: readonly MigrationResult[]): void => {
      moved += results.length
    }
    moveBatches(
      site.migrations,
      few ? found : found.reverse(), // branches before their parents
      { mode: few ? 'subtree' : 'only', why: { cause: 'gathering' }, to: () => destination, batch },
      () => {
        answer(underWay + moved)
      },
    )
  }
  inSlices(
    messenger.engine.clock,
    matching(site, () => true, false),
    move,
    (error) => {
      reply.failed(refusal(messenger, error))
    },
  )
}

interface ChannelMove {
  /** `path:slot`, as `main/cell[5]:in` */
  readonly channel: string
  readonly to: Member
  readonly sites: readonly ControlledSite[]
}

/** Moves the home of a channel, and answers when it is there. */
function moveChannel(port: ControlPort, move: ChannelMove, reply: Reply<'channel'>): void {
  const { messenger } = port
  const { clock } = messenger.engine
  inSlices(
    clock,
    findChannel(move),
    ({ path, found }) => {
      if (found === undefined) reply.done({ path })
      else
        moveHome(messenger, found, move, (result) => {
          reply.done({ path, ...(result === undefined ? {} : { result }) })
        })
    },
    (error) => {
      reply.failed(refusal(messenger, error))
    },
  )
}

interface ChannelHere {
  readonly site: ControlledSite
  readonly channel: Channel
}

/** @returns the channel, and whether a process of that path is here */
function* findChannel({
  channel: name,
  sites,
}: ChannelMove): Generator<void, { readonly path: boolean; readonly found?: ChannelHere }, void> {
  const colon = Math.max(0, name.lastIndexOf(':'))
  const matches = pathMatcher(name.slice(0, colon))
  let path = false
  for (const site of sites) {
    for (const p of walkProcesses(site.kernel)) {
      yield
      if (p.state === ENDED || p.state === GONE || !matches(pathOf(p))) continue
      path = true
      const channel = channelOf(p, name.slice(colon + 1))
      if (channel !== undefined) return { path, found: { site, channel } }
    }
  }
  return { path }
}

/** @param done gets the result once the home is there, or undefined when it was not here. It may be called before this returns */
function moveHome(
  messenger: Messenger,
  { site, channel }: ChannelHere,
  { channel: name, to }: ChannelMove,
  done: (result: MigrationResult | undefined) => void,
): void {
  if (to.index === messenger.self.index) {
    done(unmoved(name, to.name, to.name))
    return
  }
  site.migrations.whenReleased(() => {
    shipHome(messenger, { site, channel }, { channel: name, to }, done)
  })
}

function shipHome(
  messenger: Messenger,
  { site, channel }: ChannelHere,
  { channel: name, to }: Pick<ChannelMove, 'channel' | 'to'>,
  done: (result: MigrationResult | undefined) => void,
): void {
  const from = messenger.self.name
  const { clock } = messenger.engine
  const shippedAt = clock.common()
  const bytes = site.links.migrateHome(channel, to.index)
  site.drive.poke()
  if (bytes === undefined) {
    done(undefined)
    return
  }
  // what is sent to a member comes in order: when it answers, the home has come
  messenger.request(to, 'arrival', site.about, (answer) => {
    const at = 'value' in answer ? answer.value : null
    const pauseMicros = at === null ? 0 : Math.max(0, Math.round(at - shippedAt))
    const error = 'error' in answer ? { error: answer.error } : {}
    done({ ...unmoved(name, from, to.name), bytes, pauseMicros, messages: 3, ...error })
  })
}
