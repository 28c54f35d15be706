/**
 * What nodes stand on: who is there, a small shared memory, large values, and a way to talk.
 *
 *   membership   who is in the cluster; a member that no longer renews its lease, or whose OS process is gone, is removed from it
 *   directory    keys and values, changed only by compare-and-set of several keys at once
 *   blobs        large values by the hash of their bytes
 *   transport    packets between two members, which may be lost or come twice (session.ts mends that)
 *   store        how what keeps the directory and the blobs is doing
 *
 * Nothing here returns a promise: answers come through callbacks, never before the call has returned, so that the simulated engine decides
 * alone in what order things happen. A closed engine answers nothing any more.
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
  /** Where the transport reaches it: it listens there since before it joined. What the text means is the engine's business. */
  readonly address: string
}

/** Takes back what was asked for; harmless when it has happened already. */
export type Cancel = () => void

export interface Clock {
  /** Milliseconds, growing, from an arbitrary origin. */
  now(): number
  /** Calls `work` after that many milliseconds. */
  after(milliseconds: number, work: () => void): Cancel
  /**
   * Microseconds, growing, from an origin that is common to all members, as far as their machines agree: for measurements that people read, and for
   * nothing else.
   */
  common(): number
}

/** One key of a compare-and-set. `undefined` stands for absence; `expect` and `value` alike make a condition that changes nothing. */
export interface Change {
  readonly key: string
  readonly expect: string | undefined
  readonly value: string | undefined
}

/** `unknown`: the store did not answer. It may have been done, or may not, or may still be done; nobody but a later read can tell. */
export type SwapOutcome = 'done' | 'conflict' | 'unknown'

export interface WriteOptions {
  /**
   * The answer that it was done means that it also outlives a power failure, as far as the store can promise that (`Store.survives`). Those who
   * wait for it share what it costs. Absent: it outlives every OS process of ours.
   */
  readonly synced?: boolean
}

/** A key and its value; `undefined` when the key was removed. */
export type WatchedEntry = readonly [key: string, value: string | undefined]

export interface Directory {
  /**
   * Reads all that was committed before the call, as of one moment.
   * @param done gets the values, in the order of the keys; undefined when the store did not answer
   */
  get(keys: readonly string[], done: (values: readonly (string | undefined)[] | undefined) => void): void
  /**
   * Reads all that was committed before the call, as of one moment.
   * @param done gets all entries whose keys begin with `prefix`, in order; undefined when the store did not answer
   */
  list(prefix: string, done: (entries: readonly (readonly [key: string, value: string])[] | undefined) => void): void
  /**
   * Follows the keys that begin with `prefix`.
   *
   * Before a read or a swap is answered, the handler has been called with whatever was committed before it.
   * @param handler gets the entries that there are, once the store has answered, and then what each commit has changed, in the order of the
   *   commits. A member that was left far behind gets what it has missed as one change.
   */
  watch(prefix: string, handler: (entries: readonly WatchedEntry[]) => void): Cancel
  /** Makes all changes if all expectations hold, else none. Together they may take `Limits.swapBytes`. */
  swap(changes: readonly Change[], done: (outcome: SwapOutcome) => void, options?: WriteOptions): void
}

/** What a blob is known to be: `absent` when there is none of this hash, `unanswered` when the store did not answer. */
export type BlobAnswer = Uint8Array | 'absent' | 'unanswered'

export interface StoredBlob {
  readonly hash: string
  /** Milliseconds since it was put, as far as the store knows. */
  readonly ageMs: number
}

export interface Blobs {
  /** @param done gets the SHA-256 of `bytes` in hex, once they can be read by all; undefined when the store failed or did not answer */
  put(bytes: Uint8Array, done: (hash: string | undefined) => void, options?: WriteOptions): void
  /** @param done gets the bytes, verified */
  get(hash: string, done: (blob: BlobAnswer) => void): void
  /** @param done gets all that there are; undefined when the store did not answer */
  list(done: (blobs: readonly StoredBlob[] | undefined) => void): void
  /** Forgets them, whoever put them. */
  remove(hash: string): void
}

/** What one call may carry. */
export interface Limits {
  /** Bytes of one packet of the transport. */
  readonly packetBytes: number
  /** Bytes of the keys, expectations and values of one compare-and-set, in UTF-8. */
  readonly swapBytes: number
  readonly blobBytes: number
}

/**
 * What a synced write outlives: `power-failure` of all machines; `minority-lost`, the loss of less than half of the servers that keep it;
 * `restart` of the OS processes that keep it, and no more.
 */
export type Survival = 'power-failure' | 'minority-lost' | 'restart'

/** What keeps the directory and the blobs. */
export interface Store {
  /** Whether it answers: while it does not, nobody may take somebody's silence for death. */
  readonly answers: boolean
  /** Milliseconds since it last answered this member; members hear of it at least once in a beat. */
  readonly silentMs: number
  readonly survives: Survival
}

export interface TransportHandler {
  connected(peer: number): void
  disconnected(peer: number): void
  /** `packet` is a view that is only good during the call. */
  packet(peer: number, packet: Uint8Array): void
}

export interface Transport {
  /** `handler` hears of all later packets and connections. Called once. */
  open(handler: TransportHandler): void
  /** Sends a packet of at most `Limits.packetBytes`, which is copied. It may be lost, always so while there is no connection. */
  send(peer: number, packet: Uint8Array): void
  /** Breaks the connection to a peer that talks nonsense; it is made anew. */
  reset(peer: number): void
}

export interface MembershipHandler {
  joined(member: Member): void
  /** Removed from the cluster. `member` may be this one itself: then this OS process must stop using the cluster. */
  left(member: Member): void
}

export interface Membership {
  readonly self: Member
  /** Those alive, as far as is known here, by index. */
  all(): readonly Member[]
  get(index: number): Member | undefined
  find(name: string): Member | undefined
  /** @returns whether a member of this index has been there and is gone, as far as is known here */
  hasLeft(index: number): boolean
  /** `handler` hears of every later join and leave; members already present are reported as joins first. Called once. */
  open(handler: MembershipHandler): void
  /** @returns a condition for a compare-and-set: that the member is alive */
  alive(member: Member): Change
  /**
   * Whether nobody can have removed this member yet, as far as clocks tell: it has renewed its lease lately, or all who might remove it have just said that
   * they do not. While that is not so, because this OS process was stopped or cut off, it must not act for others: it may be gone without knowing it.
   */
  readonly assured: boolean
}

export interface Engine {
  readonly clock: Clock
  readonly membership: Membership
  readonly directory: Directory
  readonly blobs: Blobs
  readonly transport: Transport
  readonly limits: Limits
  readonly store: Store
  /** Leaves the cluster. */
  close(done: () => void): void
}
