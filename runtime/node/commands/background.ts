/**
 * Nodes that go on when the command that has started them has ended. They leave by themselves when no program has run on their cluster for a while,
 * and the last one removes the run directory if it was made for them.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insistOnList } from '../../engine/insist.ts'
import { LIMITS } from '../../limits.ts'
import { isOnNats } from '../cluster-address.ts'
import type { GodwitNode } from '../node.ts'
import { ENDED_PREFIX } from '../program/ended.ts'
import { makeMeetingPlace } from '../open-engine.ts'
import { PROGRAM_PREFIX } from '../program/program.ts'
import { nodeEntry, nodeLoader } from './child-node.ts'

/** Says that a node goes on without its parent; `temporary`: that its run directory is to be removed. */
export const BACKGROUND = 'background'
export const TEMPORARY = 'temporary'

const LOOK_EVERY_MS = 1_000

/** Where nodes of clusters on NATS that this OS process has started say what goes wrong, by cluster. */
const logs = new Map<string, string>()

/** @returns the file where the background nodes that this OS process starts say what goes wrong: beside their run directory, if they have one */
export function logOf(cluster: string): string {
  if (!isOnNats(cluster)) return `${cluster}.log`
  const log = logs.get(cluster) ?? join(mkdtempSync(join(tmpdir(), 'godwit-nodes-')), 'nodes.log')
  logs.set(cluster, log)
  return log
}

/**
 * Starts nodes n1, n2, ... that outlive this OS process.
 * @param ended hears of each that ends while this OS process is still there: its name and its status
 * @throws NodeError R0401; nothing has been started or written then
 */
export function startBackgroundNodes(
  directory: string,
  { count, temporary }: { readonly count: number; readonly temporary: boolean },
  ended: (name: string, status: number | null) => void,
): void {
  makeMeetingPlace(directory) // before its log, which is beside it
  const log = openSync(logOf(directory), 'a', 0o600)
  for (let i = 1; i <= count; i++) {
    const words = [...nodeLoader, nodeEntry, directory, `n${i}`, temporary ? TEMPORARY : BACKGROUND]
    const child = spawn(process.execPath, words, { detached: true, stdio: ['ignore', log, log], cwd: '/' })
    child.once('exit', (status) => {
      ended(`n${i}`, status)
    })
    child.unref()
  }
}

/** Calls `leave` once nothing has run on the cluster, and nobody could want to see how something ended, for as long as ends are kept. */
export function leaveWhenIdle(node: GodwitNode, leave: () => void): void {
  let idleSince: number | undefined
  const timer = setInterval(() => {
    const { engine } = node
    insistOnList(engine, PROGRAM_PREFIX, (running) => {
      insistOnList(engine, ENDED_PREFIX, (ended) => {
        const now = engine.clock.now()
        if (running.length + ended.length > 0) idleSince = undefined
        else idleSince ??= now
        if (idleSince === undefined || now - idleSince < LIMITS['nodes.idle'].most) return
        clearInterval(timer)
        leave()
      })
    })
  }, LOOK_EVERY_MS)
}

/** Removes a run directory that was made for nodes which have all left. */
export function removeRunDirectory(directory: string): void {
  for (const path of [directory, logOf(directory)]) rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 })
}
