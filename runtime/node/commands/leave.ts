/**
 * How a node leaves the cluster in good order: it takes nothing any more, moves what it has to the other nodes, passes on what still comes for that, and
 * goes. While there is no node to move to it waits for one, and what it has goes on running.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { pathOf, walkProcesses } from '../../kernel/inspect/inspect.ts'
import type { GodwitNode } from '../node.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorData } from '../node-error.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import { BrokenHome } from '../program/broken-home.ts'
import { requestHandlers } from './control.ts'

/** What a node has of one program. */
export interface Holding {
  /** Path of its source text. */
  readonly source: string
  readonly processes: number
}

/** What becomes of leaving. */
export interface LeaveEvents {
  /** There is no other node to move to. Called once each time that comes about. */
  alone?(holdings: readonly Holding[]): void
  /** These stay for the present, each for its reason. Called once each time these are others. */
  stayed?(results: readonly MigrationResult[]): void
}

/** Until when a node may go on trying to leave. */
interface LeaveWhen {
  /** It is to be closed at once. */
  readonly stopped: () => boolean
  /** Infinity: it may take as long as it takes. */
  readonly withinMs: number
}

/** Processes that are named of those that are left behind. */
const NAMED = 5
/** Between two attempts to move what is here. */
const TRY_EVERY_MS = 200
/** A node that has nothing any more goes when for so long nothing has come that it had to pass on. */
const QUIET_FOR_MS = 200
/** It goes all the same after so long: others ask all nodes for what they do not find here. */
const QUIET_WITHIN_MS = 2_000

/** @returns what a node has of each program that has processes there */
export function holdings(node: GodwitNode): readonly Holding[] {
  const found = [...node.sites.values()].map(({ program, kernel }) => ({
    source: program.source,
    processes: [...walkProcesses(kernel)].length,
  }))
  return found.filter(({ processes }) => processes > 0)
}

/**
 * Moves everything away from `node`, however long that takes, or until it may take no longer.
 * @returns when nothing is there any more, and the node may be closed; an error when it has to be closed with what is still there
 */
export async function leave(node: GodwitNode, events: LeaveEvents, { stopped, withinMs }: LeaveWhen): Promise<NodeError | undefined> {
  node.beginLeaving()
  const deadline = performance.now() + withinMs
  let said = ''
  while (!stopped()) {
    if (performance.now() >= deadline) return leftBehind(node, withinMs)
    const held = holdings(node)
    const empty = held.length === 0 && node.homes.size === 0
    if (empty && ![...node.sites.values()].some(({ migrations, outbox }) => migrations.busy || !outbox.isEmpty)) break
    const { stayed, error } = empty ? { stayed: [], error: undefined } : await drainOnce(node, deadline - performance.now())
    if (error !== undefined && held.length === 0 && [...node.homes.values()].every((home) => home instanceof BrokenHome)) break // their cuts are kept
    const now = error === undefined ? stayed.map(({ process }) => process).join(' ') : error.code
    if (now !== said) {
      if (error !== undefined) events.alone?.(held)
      else if (stayed.length > 0) events.stayed?.(stayed)
    }
    said = now
    if (error !== undefined || stayed.length > 0 || empty) await delay(TRY_EVERY_MS)
  }
  if (!stopped()) await drainOnce(node) // barriers and claims may have stayed when their processes left one by one
  await quiet(node, stopped)
  return undefined
}

interface Drained {
  readonly stayed: readonly MigrationResult[]
  /** There is no other node. */
  readonly error?: NodeErrorData
}

/** @returns what is lost when the node is closed now; nothing when there is nothing */
function leftBehind(node: GodwitNode, withinMs: number): NodeError | undefined {
  const held = holdings(node)
  if (held.length === 0 && node.homes.size === 0) return undefined
  const what = [
    ...held.map(({ source, processes }) => `${processes} ${processes === 1 ? 'process' : 'processes'} of ${source}`),
    ...(node.homes.size === 0 ? [] : [node.homes.size === 1 ? 'the home of a program' : `the homes of ${node.homes.size} programs`]),
  ]
  const names = [...node.sites.values()].flatMap(({ kernel }) => [...walkProcesses(kernel)].slice(0, NAMED).map(pathOf))
  return new NodeError(
    'R0418',
    `node ${node.self.name} left after ${withinMs / 1000} s with ${what.join(', ')}: ${names.slice(0, NAMED).join(', ')}`,
    'give it more time (`--leave-within`), or a node that can take them',
  )
}

/** @param withinMs Infinity when it may take as long as it takes */
function drainOnce(node: GodwitNode, withinMs = Infinity): Promise<Drained> {
  return new Promise((resolve) => {
    const stayed: MigrationResult[] = []
    const part = (results: readonly MigrationResult[]): void => {
      for (const result of results) if (result.error !== undefined) stayed.push(result)
    }
    const done = (): void => {
      resolve({ stayed })
    }
    const failed = (error: NodeErrorData): void => {
      resolve({ stayed, error })
    }
    try {
      requestHandlers(node).drain(node.self, withinMs === Infinity ? {} : { withinMs: Math.max(0, withinMs) }, { part, done, failed })
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      failed(error.toJSON())
    }
  })
}

/** Waits until nobody sends here any more what has moved. */
async function quiet(node: GodwitNode, stopped: () => boolean): Promise<void> {
  const received = (): number => [...node.sites.values()].reduce((n, { links }) => n + links.stats().received, 0)
  const end = performance.now() + QUIET_WITHIN_MS
  for (let before = -1; before !== received() && performance.now() < end && !stopped();) {
    before = received()
    await delay(QUIET_FOR_MS)
  }
}
