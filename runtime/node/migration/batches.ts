/** Moving many processes: in batches, each with one state and one commit, a few of them under way at a time. */
import type { Member } from '../../engine/engine.ts'
import type { CaptureMode } from '../../kernel/links/link-table.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { MoveWhy } from '../wire/move-reasons.ts'
import type { Strategy } from '../wire/strategy.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import type { Migrations } from './migrations.ts'

/** Processes a batch: few enough that none stands still for long, many enough that messages do not count. */
export const BATCH = 1000
const BATCHES_UNDER_WAY = 2

export interface BatchOptions {
  readonly mode: CaptureMode
  /** Why they are moved. */
  readonly why: MoveWhy
  /** As of `Migrations.depart`. */
  readonly strategy?: Strategy | 'auto'
  /** Processes a batch, at most. */
  readonly size?: number
  /** Chooses the destination of each batch; what gets none stays. */
  readonly to: (batch: readonly Process[]) => Member | undefined
  /** Gets the results of each batch. */
  readonly batch: (results: readonly MigrationResult[]) => void
}

/**
 * Moves processes of a site.
 * @param done is called when all have been moved, or have not; that may be before this returns
 */
export function moveBatches(
  migrations: Pick<Migrations, 'depart'>,
  roots: readonly Process[],
  { mode, why, strategy = 'stop', size = BATCH, to, batch: moved }: BatchOptions,
  done: () => void,
): void {
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
      migrations.depart(
        batch,
        mode,
        destination,
        ({ results }) => {
          moved(results)
          underWay--
          if (returned) go()
        },
        { why, strategy },
      )
      returned = true
    }
    if (finished || underWay > 0 || next < roots.length) return
    finished = true
    done()
  }
  go()
}
