/**
 * What nodes stand on: who is there, a small shared memory, large values, and a way to talk.
 *
 *   membership   who is in the cluster; a member that no longer renews its lease, or whose OS process is gone, is removed from it
 *   directory    keys and values, changed only by compare-and-set of several keys at once
 *   blobs        large values by the hash of their bytes
 *   transport    packets between two members: in order, but lost when the connection breaks (session.ts mends that)
 *
 * Nothing here returns a promise: answers come through callbacks, never before the call has returned, so that the simulated engine decides
 * alone in what order things happen.
 *
 * Invariants
 * - A member's index is never given again, so it names one incarnation of a node.
 * - A member is alive while its key is in the directory (`Membership.alive` gives the condition). Removing the key fences the member: whatever
 *   it would still commit names that key as a condition. A lease alone proves nothing.
 */

/** `node` runs processes, `terminal` hosts a program's console, `client` only asks. */
export type MemberKind = 'node' | 'terminal' | 'client'

export interface Member {
  /** Unique for ever: grows with each join. */
  readonly index: number
  /** Unique among those alive. */
  readonly name: string
  readonly kind: MemberKind
  readonly pid: number
  /** Where the transport reaches it: it listens there since before it joined. */
  readonly address: string
}

/** Takes back what was asked for; harmless when it has happened already. */
export type Cancel = () => void

export interface Clock {
  /** Milliseconds, growing, from an arbitrary origin. */
  now(): number
  /** Calls `work` after that many milliseconds. */
  after(milliseconds: number, work: () => void): Cancel
  /** Microseconds, growing, from an origin that is common to all members, as far as their machines agree. */
  common(): number
}

/** One key of a compare-and-set. `undefined` stands for absence; `expect` and `value` alike make a condition that changes nothing. */
export interface Change {
  readonly key: string
  readonly expect: string | undefined
  readonly value: string | undefined
}

/** `unknown`: the store did not answer. It may have been done, or may not; nobody but a later `get` can tell. */
export type SwapOutcome = 'done' | 'conflict' | 'unknown'

export interface Directory {
  /** @param done gets the values, in the order of the keys, as of one moment */
  get(keys: readonly string[], done: (values: readonly (string | undefined)[]) => void): void
  /** @param done gets all keys that begin with `prefix`, in order */
  list(prefix: string, done: (entries: readonly (readonly [key: string, value: string])[]) => void): void
  /** Makes all changes if all expectations hold, else none. */
  swap(changes: readonly Change[], done: (outcome: SwapOutcome) => void): void
}

export interface Blobs {
  /** @param done gets the SHA-256 of `bytes` in hex, once they can be read by all; undefined when the store failed */
  put(bytes: Uint8Array, done: (hash: string | undefined) => void): void
  /** @param done gets the bytes, verified; undefined when there are none of this hash */
  get(hash: string, done: (bytes: Uint8Array | undefined) => void): void
  /** Forgets them, whoever put them. */
  remove(hash: string): void
}

export interface TransportHandler {
  connected(peer: number): void
  disconnected(peer: number): void
  /** `packet` is a view that is only good during the call. */
  packet(peer: number, packet: Uint8Array): void
}

export interface Transport {
  /** Packets and connections of now on go to `handler`. Called once. */
  open(handler: TransportHandler): void
  /** Sends a packet, which is copied. When there is no connection, or it breaks, the packet is lost. */
  send(peer: number, packet: Uint8Array): void
  /** Breaks the connection to a peer that talks nonsense; it is made anew. */
  reset(peer: number): void
}

export interface MembershipHandler {
  joined(member: Member): void
  /** Removed from the cluster. `member` may be this one itself: then it has no business here any more. */
  left(member: Member): void
}

export interface Membership {
  readonly self: Member
  /** Those alive, as far as is known here, by index. */
  all(): readonly Member[]
  get(index: number): Member | undefined
  find(name: string): Member | undefined
  /** Joins and leaves of now on, and those already here as joins, go to `handler`. Called once. */
  open(handler: MembershipHandler): void
  /** @returns a condition for a compare-and-set: that the member is alive */
  alive(member: Member): Change
}

export interface Engine {
  readonly clock: Clock
  readonly membership: Membership
  readonly directory: Directory
  readonly blobs: Blobs
  readonly transport: Transport
  /** Leaves the cluster. */
  close(done: () => void): void
}
