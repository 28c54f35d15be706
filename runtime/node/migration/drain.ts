/**
 * Moving all of a node, or all of a subtree, elsewhere: in rounds, each of which moves what has been created, or has come, since the last.
 *
 * Branches go before their parents, and each process by itself: so no step takes longer than one batch, however many there are.
 */
import type { Clock, Member } from '../../engine/engine.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { NodeError } from '../node-error.ts'
import { inSlices } from '../slices.ts'
import type { MoveWhy } from '../wire/move-reasons.ts'
import type { Strategy } from '../wire/strategy.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import { BATCH, moveBatches } from './batches.ts'
import type { Migrations } from './migrations.ts'

/** A site whose processes are moved. */
export interface DrainedSite {
  readonly kernel: Kernel
  readonly migrations: Pick<Migrations, 'depart' | 'busy'>
}

export interface RoundsPort {
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly why: MoveWhy
  readonly strategy: Strategy | 'auto'
  sites(): readonly DrainedSite[]
  /** Whether a program is about to begin anew here, or it is not known yet whether it does: it may have processes here then. */
  begins(): boolean
  /** Finds what is to be moved of a site, parents before branches. */
  find(site: DrainedSite): Generator<void, Process[], void>
  /** Chooses the destination of a batch; undefined when there is none any more. */
  to(batch: readonly Process[]): Member | undefined
  /** Over how many destinations a round is spread. */
  destinations(): number
  /** Gets results as they come: of each process that has moved, and of each that has stayed in the end. */
  moved(results: readonly MigrationResult[]): void
}

const ROUNDS = 10
/** Between two rounds while something was on its way, or stayed. */
const NEXT_ROUND_MS = 20

/** @param done is called when nothing is left, or what is left stays; with what went wrong, if something did */
export function moveInRounds(port: RoundsPort, done: (error?: unknown) => void, left = ROUNDS): void {
  const sites = port.sites()
  const begins = port.begins()
  const moving = begins || sites.some(({ migrations }) => migrations.busy)
  function* findAll(): Generator<void, (readonly [DrainedSite, Process[]])[], void> {
    const found: (readonly [DrainedSite, Process[]])[] = []
    for (const site of sites) found.push([site, (yield* port.find(site)).reverse()])
    return found
  }
  const failed = (error: unknown): void => {
    done(error)
  }
  inSlices(
    port.clock,
    findAll(),
    (found) => {
      round(port, found, moving, begins ? left + 1 : left, done) // what begins anew has all rounds before it
    },
    failed,
  )
}

function round(
  port: RoundsPort,
  found: readonly (readonly [DrainedSite, Process[]])[],
  moving: boolean,
  left: number,
  done: (error?: unknown) => void,
): void {
  const total = found.reduce((n, [, roots]) => n + roots.length, 0)
  const destinations = port.destinations()
  if ((total === 0 && !moving) || left === 0 || destinations === 0) {
    done()
    return
  }
  const size = Math.max(1, Math.min(BATCH, Math.ceil(total / destinations)))
  const stayed: MigrationResult[] = []
  let open = found.length + 1
  const finished = (): void => {
    if (--open > 0) return
    if (left === 1) {
      port.moved(stayed)
      done()
      return
    }
    port.clock.after(moving || stayed.length > 0 ? NEXT_ROUND_MS : 0, () => {
      moveInRounds(port, done, left - 1)
    })
  }
  for (const [site, roots] of found) {
    const batch = (results: readonly MigrationResult[]): void => {
      const gone: MigrationResult[] = []
      for (const result of results) (result.error === undefined ? gone : stayed).push(result)
      if (gone.length > 0) port.moved(gone)
    }
    moveBatches(
      site.migrations,
      roots,
      { mode: 'only', why: port.why, strategy: port.strategy, size, to: (roots) => port.to(roots), batch },
      finished,
    )
  }
  finished()
}

/** Chooses for each batch the node that has least to do. */
export class Balance {
  private readonly loads = new Map<Member, number>()

  /** @param isThere whether a node is still in the cluster */
  constructor(private readonly isThere: (member: Member) => boolean) {}

  /** @param load how many processes the node has */
  add(member: Member, load: number): void {
    this.loads.set(member, load)
  }

  get size(): number {
    return this.loads.size
  }

  /** @param more how many processes it gets. @returns undefined when no node is left */
  choose(more: number): Member | undefined {
    let best: Member | undefined
    for (const [member, load] of this.loads) {
      if (!this.isThere(member)) this.loads.delete(member)
      else if (best === undefined || load < (this.loads.get(best) ?? 0)) best = member
    }
    if (best !== undefined) this.loads.set(best, (this.loads.get(best) ?? 0) + more)
    return best
  }
}

/** @returns the error of a drain that has nowhere to go */
export function noOtherNode(name: string): NodeError {
  return new NodeError('R0413', `there is no node but ${name}`, 'start another one first: godwit node')
}
