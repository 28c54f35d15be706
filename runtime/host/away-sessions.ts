/**
 * Sessions whose clients have lost their sockets: each waits for its client for a while, and when too many wait, those that have waited longest are given up.
 *
 * A home that has moved, or begins anew, lets them wait from the beginning: it does not know how long they have waited already.
 */
import { LIMITS } from '../limits.ts'
import type { Connection } from './connection.ts'

export interface AwayPort {
  /** Calls `work` after that many milliseconds. @returns what cancels that */
  after(milliseconds: number, work: () => void): () => void
}

export class AwaySessions {
  /** In the order in which they expire; with what cancels that. */
  private readonly waiting = new Map<Connection, () => void>()

  /** @param expired is called for those whose clients are not waited for any more */
  constructor(
    private readonly port: AwayPort,
    private readonly expired: (connection: Connection) => void,
  ) {}

  add(connection: Connection): void {
    this.delete(connection)
    this.arm(connection)
    const [oldest] = this.waiting.keys()
    if (oldest !== undefined && this.waiting.size > LIMITS['sessions.away'].most) this.expire(oldest)
  }

  /** Its client has come back, or it is over. */
  delete(connection: Connection): void {
    this.waiting.get(connection)?.()
    this.waiting.delete(connection)
  }

  /** Nobody expires meanwhile. */
  rest(): void {
    for (const cancel of this.waiting.values()) cancel()
  }

  stay(): void {
    for (const connection of this.waiting.keys()) this.arm(connection)
  }

  private arm(connection: Connection): void {
    this.waiting.set(
      connection,
      this.port.after(LIMITS['session.away'].most, () => {
        this.expire(connection)
      }),
    )
  }

  private expire(connection: Connection): void {
    this.delete(connection)
    this.expired(connection)
  }
}
