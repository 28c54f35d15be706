/** Moving many processes: in batches, each with one state and one commit, a few of them under way at a time. */
import type { Member } from '../../engine/engine.ts'
import { processes } from '../../kernel/inspect/inspect.ts'
import type { CaptureMode } from '../../kernel/links/link-table.ts'
import type { Process } from '../../kernel/scheduler/process.ts'
import type { MigrationResult, NodeStatus } from '../commands/client.ts'
import type { GodwitNode } from '../node.ts'
import { NodeError } from '../node-error.ts'
import type { Site } from '../program/site.ts'

/** Processes a batch: few enough that none stands still for long, many enough that messages do not count. */
const BATCH = 1000
const BATCHES_UNDER_WAY = 2
/** Rounds of a drain: each moves what has been created, or has come, since the last. */
const ROUNDS = 10

/**
 * Moves processes of a site.
 * @param to is asked for each batch
 * @param done gets the results of all
 */
export function moveBatches(
  site: Site,
  roots: readonly Process[],
  mode: CaptureMode,
  to: (batch: readonly Process[]) => Member | undefined,
  done: (results: MigrationResult[]) => void,
  size = BATCH,
): void {
  const results: MigrationResult[] = []
  let next = 0
  let underWay = 0
  let finished = false
  const go = (): void => {
    while (underWay < BATCHES_UNDER_WAY && next < roots.length) {
      const batch = roots.slice(next, next + size)
      next += size
      const destination = to(batch)
      if (destination === undefined) continue
      underWay++
      let returned = false
      site.depart(batch, mode, destination, (moved) => {
        results.push(...moved)
        underWay--
        if (returned) go()
      })
      returned = true
    }
    if (finished || underWay > 0 || next < roots.length) return
    finished = true
    done(results)
  }
  go()
}

/**
 * Moves everything from this node to the others: neighbours stay together, each batch goes where least is.
 * @param done gets what became of each process; of one that stayed, the last failure
 * @throws NodeError R0413 when there is no other node
 */
export function drain(node: GodwitNode, done: (results: MigrationResult[]) => void): void {
  const others = node.post.nodes().filter((m) => m.index !== node.self.index)
  if (others.length === 0) throw new NodeError('R0413', `there is no node but ${node.self.name}`, 'start another one first: godwit node')
  const loads = new Map<Member, number>()
  let answers = 0
  for (const member of others) {
    node.post.request(member, 'status', {}, (answer) => {
      if ('value' in answer) loads.set(member, (answer.value as NodeStatus).processes) // the subject tells
      if (++answers === others.length) rounds(node, loads, ROUNDS, [], done)
    })
  }
}

function rounds(
  node: GodwitNode,
  loads: Map<Member, number>,
  left: number,
  before: readonly MigrationResult[],
  done: (results: MigrationResult[]) => void,
): void {
  const sites = [...node.sites.values()].map((site) => ({ site, roots: processes(site.kernel).reverse() })) // branches before their parents
  const total = sites.reduce((n, { roots }) => n + roots.length, 0)
  const moving = sites.some(({ site }) => site.busy)
  if ((total === 0 && !moving) || left === 0 || loads.size === 0) {
    done([...before])
    return
  }
  const size = Math.max(1, Math.min(BATCH, Math.ceil(total / loads.size)))
  const results: MigrationResult[] = []
  let open = sites.length
  for (const { site, roots } of sites) {
    moveBatches(
      site,
      roots,
      'only',
      (batch) => leastLoaded(node, loads, batch.length),
      (moved) => {
        results.push(...moved)
        if (--open > 0) return
        const stayed = results.filter((r) => r.error !== undefined)
        const gone = [...before, ...results.filter((r) => r.error === undefined)]
        if (left === 1) done([...gone, ...stayed])
        else
          node.engine.clock.after(moving || stayed.length > 0 ? 20 : 0, () => {
            rounds(node, loads, left - 1, gone, done)
          })
      },
      size,
    )
  }
}

function leastLoaded(node: GodwitNode, loads: Map<Member, number>, more: number): Member | undefined {
  let best: Member | undefined
  for (const [member, load] of loads) {
    if (node.engine.membership.get(member.index) === undefined) loads.delete(member)
    else if (best === undefined || load < (loads.get(best) ?? 0)) best = member
  }
  if (best !== undefined) loads.set(best, (loads.get(best) ?? 0) + more)
  return best
}
