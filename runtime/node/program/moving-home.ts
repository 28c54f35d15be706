/**
 * The home of a program on its way: what a migration of the home's own processes carries along, and whom it tells.
 *
 * The home moves as any process does (migration/migrate.ts), with one change more in the compare-and-set that commits the move: the program's record
 * names its new home. So a home is at one member, whatever crashes.
 */
import type { Member } from '../../engine/engine.ts'
import type { Process } from '../../kernel/scheduler/state.ts'

/** At the source. */
export interface DepartingHome {
  /** Everything that is not in the processes: see home-state.ts. */
  readonly state: Uint8Array
  /** The program's record in the directory as it is, and as it is to be. */
  readonly before: string
  readonly after: string
  /** It is at `to` for good. */
  left(to: Member): void
  /** It stays. @param processes its processes, in the order in which they were to move */
  takenBack(processes: readonly Process[]): void
}

/** At the target: a home that was decoded and checked. */
export interface ArrivingHome {
  /** It is here. @param processes its processes, in the order in which they moved */
  arrived(processes: readonly Process[]): void
}
