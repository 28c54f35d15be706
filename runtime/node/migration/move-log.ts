/** The last moves from a node, for those who watch. */
import type { MigrationResult } from '../wire/statuses.ts'
import type { RecordedMove } from '../wire/observations.ts'

/** Moves that are kept, and of those that go together how many. */
const KEPT = 64
const KEPT_TOGETHER = 16

export class MoveLog {
  private readonly kept: RecordedMove[] = []
  private number = 0

  /** @param at common time in microseconds */
  record(program: number, results: readonly MigrationResult[], at: number): void {
    for (const { process, from, to, bytes, pauseMicros, error } of results.slice(0, KEPT_TOGETHER))
      if (error === undefined && from !== to)
        this.kept.push({ number: ++this.number, program: String(program), process, to, bytes, pauseMicros, at })
    if (this.kept.length > KEPT) this.kept.splice(0, this.kept.length - KEPT)
  }

  /** @returns the last moves, the oldest first */
  get moves(): readonly RecordedMove[] {
    return this.kept
  }
}
