/** The last moves from a node, for those who watch. */
import type { MigrationResult } from '../wire/statuses.ts'
import type { MoveCause } from '../wire/move-reasons.ts'
import type { RecordedMove } from '../wire/observations.ts'

/** Processes that have left together. */
interface Departure {
  readonly program: number
  readonly results: readonly MigrationResult[]
  /** Common time in microseconds. */
  readonly at: number
  readonly cause: MoveCause
}

/** Moves that are kept, and of those that go together how many. */
const KEPT = 64
const KEPT_TOGETHER = 16

export class MoveLog {
  private readonly kept: RecordedMove[] = []
  private number = 0

  record({ program, results, at, cause }: Departure): void {
    for (const { process, from, to, bytes, pauseMicros, error } of results.slice(0, KEPT_TOGETHER))
      if (error === undefined && from !== to)
        this.kept.push({ number: ++this.number, program: String(program), process, to, bytes, pauseMicros, at, cause })
    if (this.kept.length > KEPT) this.kept.splice(0, this.kept.length - KEPT)
  }

  /** @returns the last moves, the oldest first */
  get moves(): readonly RecordedMove[] {
    return this.kept
  }
}
