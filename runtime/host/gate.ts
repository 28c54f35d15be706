/**
 * The gate of a durable program's home: what changes the world outside waits here until the cut that contains the call is committed. Then it is done,
 * and the process that has called gets the answer.
 *
 * A process that waits is in the cut with its call. If the program begins anew from that cut, the call is done again, though it may have been done
 * already: so it is done in such a way that the second time changes nothing (files.ts), or else its answer is that nobody knows.
 *
 * Invariants
 * - Calls are done in the order in which they were made, each after the cut that contains it and before the next one is committed.
 */
import type { Value } from '../kernel/scheduler/value.ts'
import type { HomeAnswer } from './home-answer.ts'

/** A call that waits for its cut. */
interface Gated {
  readonly number: number
  readonly perform: (again: boolean) => HomeAnswer | undefined
  readonly later: (answer: HomeAnswer) => void
}

/** Services that change something outside of the program, for which nobody can ask it to wait later. */
const CHANGES: ReadonlySet<string> = new Set([
  'host.write',
  'host.truncate',
  'host.unlink',
  'host.make.directory',
  'host.remove.directory',
  'host.rename',
  'host.exit',
  'net.connect',
  'http.call',
])

/** Services that write to a connection, or close it: what goes to clients has marks of its own. */
const TO_CONNECTIONS: ReadonlySet<string> = new Set(['net.write', 'net.finish', 'net.finish.take', 'net.shut', 'net.close'])

/** Numbers of connections that the program has made itself begin here: no client of it has such a number. */
export const FIRST_OUTGOING = 0x4000_0000

/** Flags of `open` that make or empty a file: O_CREAT and O_TRUNC. */
const MAKES = 0x40 | 0x200

/** @returns whether a call changes something outside */
export function changesOutside(service: string, [first, flags]: readonly Value[]): boolean {
  if (service === 'host.open' || service === 'host.open3') return typeof flags === 'number' && (flags & MAKES) !== 0
  if (service === 'host.write') return first !== 1 && first !== 2 // the standard streams lead to the log, which has marks of its own
  if (TO_CONNECTIONS.has(service)) return typeof first === 'number' && first >= FIRST_OUTGOING
  return CHANGES.has(service)
}

export class Gate {
  private readonly queue: Gated[] = []
  private last = 0

  /** @param waits hears when something waits for a cut */
  constructor(private readonly waits: () => void) {}

  /** The number of the last call: a cut that is made now contains all calls up to it. */
  get mark(): number {
    return this.last
  }

  get isWaiting(): boolean {
    return this.queue.length > 0
  }

  /** @param perform does it; told whether it may have been done already */
  hold(perform: (again: boolean) => HomeAnswer | undefined, later: (answer: HomeAnswer) => void): void {
    this.queue.push({ number: ++this.last, perform, later })
    this.waits()
  }

  /**
   * Does what a committed cut contains.
   * @param upTo the gate's mark when the cut was made
   * @param again the program has begun anew from that cut
   */
  release(upTo: number, again = false): void {
    for (let [first] = this.queue; first !== undefined && first.number <= upTo; [first] = this.queue) {
      this.queue.shift()
      const { perform, later } = first
      const answer = perform(again)
      if (answer !== undefined) later(answer)
    }
  }
}
