/** How a node answers those who watch: its numbers, all its processes, their channels, one of them in full. Each in slices, so that nothing waits for it. */
import {
  callStack,
  channelsOfProcess,
  describe,
  liveVariables,
  pathOf,
  surveyChannels,
  surveyProcesses,
  walkProcesses,
  wordOf,
} from '../../kernel/inspect/inspect.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { Frame, Process, ProcessState } from '../../kernel/scheduler/state.ts'
import { spellValue } from '../../report/value.ts'
import { residualNeeds } from '../migration/residual.ts'
import type { ResidualSite } from '../migration/residual.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { Reply } from '../wire/messages.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { packNumbers } from '../wire/packed-numbers.ts'
import { OBSERVED_STATES } from '../wire/observations.ts'
import type {
  InspectRequest,
  NodeMeasures,
  ObservedState,
  ProcessDetail,
  ProcessGroup,
  ProgramMeasures,
  RecordedMove,
  Usage,
  WiringRequest,
} from '../wire/observations.ts'
import type { Readiness } from '../wire/statuses.ts'
import { programName } from '../program/program.ts'

/** What is looked at of a site. */
interface ObservedSite extends ResidualSite {
  readonly program: { readonly id: number; readonly source: string }
  readonly kernel: Kernel
  readonly links: ResidualSite['links'] & { stats(): { readonly sent: number; readonly received: number } }
  readonly migrations: {
    readonly counts: { readonly arrivals: number; readonly departures: number }
    readonly paths: readonly string[]
    readonly log: { readonly moves: readonly RecordedMove[] }
  }
  readonly cuts: { readonly pauses: { readonly cuts: number; readonly total: number; readonly last: number } }
  readonly load: number
}

/** What is looked at of a node. */
export interface ObservedNode {
  readonly messenger: Pick<Messenger, 'self' | 'nodes' | 'nameOf' | 'silent'>
  readonly sites: ReadonlyMap<number, ObservedSite>
  readonly past: { readonly arrivals: number; readonly departures: number }
  readonly readiness: Readiness
  readonly host: string
  readonly pid: number
  usage(): Usage
}

/** A process that is captured, or whose end is on its way, is on the move for those who watch. */
function observed(state: ProcessState): ObservedState {
  const word = wordOf(state)
  return word === 'away' || word === 'ended' ? 'moving' : word
}

export function* measure(node: ObservedNode): Generator<void, NodeMeasures, void> {
  const { messenger, sites, past } = node
  const programs: ProgramMeasures[] = []
  const total = { ...past, load: 0 }
  const moves: RecordedMove[] = []
  for (const { program, kernel, links, migrations, cuts, load } of [...sites.values()]) {
    const states: Partial<Record<ObservedState, number>> = {}
    for (const p of walkProcesses(kernel)) {
      const word = observed(p.state)
      states[word] = (states[word] ?? 0) + 1
      yield
    }
    const { sent, received } = links.stats()
    programs.push({
      program: String(program.id),
      name: programName(program.source, program.id),
      states,
      sent,
      received,
      cuts: cuts.pauses.cuts,
      cutPauseMicros: cuts.pauses.total,
      lastCutPauseMicros: cuts.pauses.last,
    })
    total.arrivals += migrations.counts.arrivals
    total.departures += migrations.counts.departures
    total.load += load
    for (const move of migrations.log.moves) moves.push(move)
  }
  const silent = messenger.silent().map(({ name }) => name)
  return {
    ...(silent.length === 0 ? {} : { silent }),
    name: messenger.self.name,
    host: node.host,
    pid: node.pid,
    nodes: messenger.nodes().length,
    ...node.readiness,
    ...node.usage(),
    load: total.load,
    arrivals: total.arrivals,
    departures: total.departures,
    programs,
    moves,
  }
}

/** Processes in one part of an answer, as long as no group is larger. */
const PART = 20_000

/** Numbers of states, as `ProcessGroup` has them, by those of the kernel. */
const numberOf = (state: ProcessState): number => OBSERVED_STATES.indexOf(observed(state))

export function* survey({ sites }: ObservedNode, reply: Reply<'survey'>): Generator<void, null, void> {
  for (const { program, kernel, migrations } of [...sites.values()]) {
    const id = String(program.id)
    let part: ProcessGroup[] = []
    let size = 0
    for (const { path, indices, states } of yield* surveyProcesses(kernel)) {
      const numbers = new Uint8Array(states.length)
      for (const [i, state] of states.entries()) {
        numbers[i] = numberOf(state)
        if (i % PART === 0) yield
      }
      const subscripts = indices === undefined ? {} : { indices: encodeBase64(packNumbers(indices)) }
      part.push({ program: id, path, ...subscripts, states: encodeBase64(numbers) })
      size += numbers.length + path.length
      if (size > PART) {
        reply.part(part)
        part = []
        size = 0
      }
      yield
    }
    const moving = encodeBase64(Uint8Array.of(OBSERVED_STATES.indexOf('moving')))
    for (const path of migrations.paths) part.push({ program: id, path, states: moving })
    if (part.length > 0) reply.part(part)
  }
  return null
}

/** Channels in one part of an answer. */
const WIRING_PART = 500

export function* wiring({ sites }: ObservedNode, { program: wanted }: WiringRequest, reply: Reply<'wiring'>): Generator<void, null, void> {
  for (const { program, kernel } of [...sites.values()]) {
    const id = String(program.id)
    if (wanted !== undefined && wanted !== id) continue
    const { channels, ends } = yield* surveyChannels(kernel)
    for (let at = 0; at < Math.max(channels.length, ends.length); at += WIRING_PART) {
      reply.part({
        program: id,
        channels: channels.slice(at, at + WIRING_PART).map(({ writer, reader, name, count }) => [writer, reader, name, count]),
        ends: ends.slice(at, at + WIRING_PART).map(({ channel, path, name, writes }) => [channel, path, name, writes]),
      })
      yield
    }
  }
  return null
}

export function* inspect(node: ObservedNode, { program, path }: InspectRequest): Generator<void, ProcessDetail | null, void> {
  const site = node.sites.get(Number(program))
  if (site === undefined) return null
  let found: Process | undefined
  for (const p of walkProcesses(site.kernel)) {
    yield
    if (pathOf(p) !== path) continue
    found = p
    break
  }
  if (found === undefined) return null
  const channels = yield* channelsOfProcess(site.kernel, found)
  const needs = yield* residualNeeds(site, (index) => node.messenger.nameOf(index))
  const { words } = describe(found)
  const pending = found.frame.pending
  return {
    node: node.messenger.self.name,
    state: observed(found.state),
    words,
    stack: callStack(found).map(({ machine, place }, i) => ({
      routine: machine,
      file: place?.file ?? '',
      line: place?.line ?? 0,
      text: place?.text ?? '',
      locals: localsOf(found.frame, i),
    })),
    channels: channels.map(({ id, ...channel }) => ({ ...channel, ...(id === undefined ? {} : { id }) })),
    branches: pending !== null && 'branches' in pending ? pending.branches.length : 0,
    residual: needs(found),
  }
}

/** @param level how many activations further out */
function localsOf(innermost: Frame, level: number): (readonly [name: string, value: string])[] {
  let frame: Frame | null = innermost
  for (let i = 0; i < level; i++) frame = frame?.caller ?? null
  return frame === null ? [] : liveVariables(frame).map(({ name, value }) => [name, spellValue(value)] as const)
}
