/** What a node answers to requests: of clients (what runs here, move it), of other nodes (code), of terminals (how far are you). */
import type { Member } from '../../engine/engine.ts'
import { describe, findChannel, findProcesses, matchPath, processes } from '../../kernel/inspect/inspect.ts'
import type { ProcessInfo } from '../../kernel/inspect/inspect.ts'
import type { Process } from '../../kernel/scheduler/process.ts'
import { deadlockReport, waitGraphReport } from '../../report/waiting.ts'
import type { MigrationResult, NodeStatus, ProcessStatus } from './client.ts'
import { drain, moveBatches } from '../migration/drain.ts'
import type { GodwitNode } from '../node.ts'
import { NodeError } from '../node-error.ts'
import type { Answer } from '../wire/messenger.ts'
import type { VitalsRequest } from '../program/quiescence.ts'
import { residualNeeds } from '../migration/residual.ts'
import type { Site } from '../program/site.ts'
import { unknownNode } from './unknown-node.ts'

export interface ListRequest {
  readonly pattern?: string
  readonly residual?: boolean
}

export interface MigrateRequest {
  readonly pattern: string
  readonly to: string
  readonly only: boolean
}

export interface ChannelRequest {
  readonly channel: string
  readonly to: string
}

export interface GatherRequest {
  readonly program: number
  readonly to: string
}

export interface WaitsRequest {
  readonly program: number
  /** What to call it when it is no deadlock. */
  readonly title?: string
}

export interface Gathered {
  /** Processes that were not there, or on their way. */
  readonly elsewhere: number
  /** Processes that ever left or came. */
  readonly moves: number
}

/**
 * Answers a request.
 * @throws NodeError, which becomes the answer
 */
export function answerControl(node: GodwitNode, from: Member, subject: string, content: unknown, answer: (answer: Answer) => void): void {
  switch (subject) {
    case 'code': {
      const { hashes } = content as { hashes: readonly string[] } // the subject tells, here and below
      answer({ value: hashes.flatMap((hash) => node.shelf.get(hash) ?? []) })
      return
    }
    case 'vitals': {
      const site = node.sites.get((content as VitalsRequest).program)
      if (site !== undefined) site.held = true
      answer({ value: site?.vitals() ?? null })
      return
    }
    case 'waits': {
      const { program, title } = content as WaitsRequest
      const site = node.sites.get(program)
      if (site === undefined) answer({ value: null })
      else answer({ value: title === undefined ? deadlockReport(site.kernel) : waitGraphReport(site.kernel, title) })
      return
    }
    case 'gather':
      gather(node, content as GatherRequest, answer)
      return
    case 'status': {
      answer({ value: status(node) })
      return
    }
    case 'list': {
      answer({ value: list(node, content as ListRequest) })
      return
    }
    case 'migrate': {
      migrate(node, content as MigrateRequest, answer)
      return
    }
    case 'channel': {
      answer({ value: moveChannel(node, content as ChannelRequest) })
      return
    }
    case 'drain': {
      drain(node, (results) => {
        answer({ value: results })
      })
      return
    }
    default:
      throw new NodeError(
        'R0412',
        `node ${node.self.name} does not know what ${from.name} asks (${subject})`,
        'use the same version of godwit everywhere',
      )
  }
}

function status(node: GodwitNode): NodeStatus {
  const { name, pid } = node.self
  const total = { processes: 0, sent: 0, received: 0, ...node.past }
  for (const site of node.sites.values()) {
    const { sent, received } = site.links.stats()
    total.processes += processes(site.kernel).length
    total.sent += sent
    total.received += received
    total.arrivals += site.counts.arrivals
    total.departures += site.counts.departures
    total.roamed += site.counts.roamed
  }
  return { name, index: node.post.place, pid, programs: node.sites.size, ...total }
}

function list(node: GodwitNode, { pattern, residual = false }: ListRequest): ProcessStatus[] {
  const found: ProcessStatus[] = []
  for (const site of node.sites.values()) {
    const program = String(site.program.id)
    const needs = residual ? residualNeeds(site) : undefined
    for (const p of processes(site.kernel)) {
      const info = describe(p)
      if (pattern !== undefined && !matchPath(pattern, info.path)) continue
      found.push({ program, node: node.self.name, ...statusOf(info), ...(needs === undefined ? {} : { residual: needs.get(p) ?? [] }) })
    }
    for (const path of site.moving) {
      if (pattern === undefined || matchPath(pattern, path))
        found.push({ program, node: node.self.name, path, state: 'moving', line: '', waits: '' })
    }
  }
  return found
}

function statusOf({ path, state, place, words }: ProcessInfo): Pick<ProcessStatus, 'path' | 'state' | 'line' | 'waits'> {
  const waits = state === 'ready' ? '' : words
  return {
    path,
    state: state === 'away' || state === 'ended' ? 'moving' : state,
    line: place === undefined ? '' : `${place.file}:${place.line}`,
    waits,
  }
}

function requireNode(node: GodwitNode, name: string): Member {
  const nodes = node.post.nodes()
  const found = nodes.find((m) => m.name === name)
  if (found === undefined) throw unknownNode(name, nodes)
  return found
}

/** Moves what matches, with what is below it unless `only`. */
function migrate(node: GodwitNode, { pattern, to, only }: MigrateRequest, answer: (answer: Answer) => void): void {
  const destination = requireNode(node, to)
  const results: MigrationResult[] = []
  let open = 1
  const finished = (): void => {
    if (--open === 0) answer({ value: results })
  }
  for (const site of node.sites.values()) {
    const roots = only ? findProcesses(site.kernel, pattern) : belowPattern(site, pattern)
    if (destination.index === node.self.index) {
      for (const p of roots) results.push(stays(site, p, to))
      continue
    }
    open++
    moveBatches(
      site,
      roots,
      only ? 'only' : 'subtree',
      () => destination,
      (batch) => {
        results.push(...batch)
        finished()
      },
    )
  }
  finished()
}

/** Moves all of a program to one node, and ends its roaming. */
function gather(node: GodwitNode, { program, to }: GatherRequest, answer: (answer: Answer) => void): void {
  const destination = requireNode(node, to)
  const site = node.sites.get(program)
  const tell = (elsewhere: number): void => {
    const { departures, arrivals } = site?.counts ?? { departures: 0, arrivals: 0 }
    answer({ value: { elsewhere, moves: departures + arrivals } satisfies Gathered })
  }
  if (site === undefined) {
    tell(0)
    return
  }
  site.settled = true
  const underWay = site.moving.length
  if (destination.index === node.self.index) {
    tell(underWay)
    return
  }
  const roots = processes(site.kernel)
  const all = Math.max(1, roots.length)
  const moved = (results: readonly MigrationResult[]): void => {
    tell(underWay + results.length)
  }
  moveBatches(site, roots, 'subtree', () => destination, moved, all)
}

function stays(site: Site, p: Process, to: string): MigrationResult {
  return { process: site.links.pathOf(p), from: to, to, bytes: 0, codeBytes: 0, pauseMicros: 0, messages: 0 }
}

/** @returns processes here whose path, or that of a process they are below of, matches */
function belowPattern(site: Site, pattern: string): Process[] {
  return processes(site.kernel).filter((p) => {
    const parts = site.links.pathOf(p).split('/')
    return parts.some((_, i) => matchPath(pattern, parts.slice(0, i + 1).join('/')))
  })
}

/** Moves the home of a channel. @returns nothing when no process here has this path */
function moveChannel(node: GodwitNode, { channel, to }: ChannelRequest): { result?: MigrationResult; path: boolean } {
  const destination = requireNode(node, to)
  const path = channel.slice(0, channel.lastIndexOf(':'))
  for (const site of node.sites.values()) {
    if (findProcesses(site.kernel, path).length === 0) continue
    const found = findChannel(site.kernel, channel)
    if (found === undefined) return { path: true }
    const from = node.self.name
    const moved = { process: channel, from, to, bytes: 0, codeBytes: 0, pauseMicros: 0, messages: 1 }
    if (destination.index === node.self.index) return { path: true, result: { ...moved, from: to, messages: 0 } }
    const done = site.links.migrateHome(found, destination.index)
    site.drive.poke()
    return { path: true, ...(done ? { result: moved } : {}) }
  }
  return { path: false }
}
