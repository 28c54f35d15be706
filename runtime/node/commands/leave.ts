/**
 * How a node leaves the cluster in good order: it takes nothing any more, moves what it has to the other nodes, passes on what still comes for that, and
 * goes. While there is no node to move to it waits for one, and what it has goes on running.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { walkProcesses } from '../../kernel/inspect/inspect.ts'
import type { GodwitNode } from '../node.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorData } from '../node-error.ts'
import type { MigrationResult } from '../wire/statuses.ts'
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
 * Moves everything away from `node`, however long that takes.
 * @param stopped ends the attempt
 * @returns when nothing is there any more, and the node may be closed
 */
export async function leave(node: GodwitNode, events: LeaveEvents, stopped: () => boolean): Promise<void> {
  node.beginLeaving()
  let said = ''
  while (!stopped()) {
    const held = holdings(node)
    const empty = held.length === 0 && node.homes.size === 0
    if (empty && ![...node.sites.values()].some(({ migrations, outbox }) => migrations.busy || !outbox.isEmpty)) break
    const { stayed, error } = empty ? { stayed: [], error: undefined } : await drainOnce(node)
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
}

interface Drained {
  readonly stayed: readonly MigrationResult[]
  /** There is no other node. */
  readonly error?: NodeErrorData
}

function drainOnce(node: GodwitNode): Promise<Drained> {
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
      requestHandlers(node).drain(node.self, {}, { part, done, failed })
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
