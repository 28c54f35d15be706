/** What a program does that cannot be explored. */
import type { Process } from '../kernel/scheduler/state.ts'

/** Thrown when a program does something that the explorer does not cover. Nothing can be said of such a program. */
export class NotExplored extends Error {
  override readonly name = 'NotExplored'
  /**
   * @param what it does: `FORK`, `the service host.open`
   * @param process that does it, where it is known
   */
  constructor(
    readonly what: string,
    readonly process?: Process,
  ) {
    super(what)
  }
}
