/**
 * The store of the simulated engine: a directory and blobs in memory that may be silent, for all members or for one, and that lose what was not synced when
 * the power fails.
 */
import { createHash } from 'node:crypto'
import type { BlobAnswer, Blobs, Cancel, Change, Directory, Limits, StoredBlob, SwapOutcome, WriteOptions } from './engine.ts'
import { KeyTable } from './key-table.ts'
import { requireBlobFits, requireSwapFits } from './limits.ts'
import { Watches } from './watches.ts'

export const limits: Limits = { packetBytes: 16 << 20, swapBytes: 1 << 20, blobBytes: 64 << 20 }

/** What the store needs of its world. */
export interface StoreWorld {
  readonly time: number
  readonly random: () => number
  readonly weather: { readonly unknown: number; readonly flipped?: number }
  after(delay: number, work: () => void): Cancel
  /** How long something takes. */
  delay(): number
}

/** One life of a member: nothing is done for it when it is over. */
export class Life {
  over = false
  /** Until then its OS process is stopped: what would be done for it is done afterwards, in order. */
  stoppedUntil = 0
  /** Until then the store does not reach it, though it reaches others: what it asks may be done late or never, and it hears no news. */
  cutOffUntil = 0
  /** Until then it hears news of the keys that it watches only together with answers. */
  laggingUntil = 0
  /** What it has not heard yet of the keys that it watches, in order. */
  private readonly unheard: (() => void)[] = []
  private heard = 0

  /** How much there was to hear so far. */
  get news(): number {
    return this.heard + this.unheard.length
  }

  /** @returns `news` with this in it */
  tell(work: () => void): number {
    this.unheard.push(work)
    return this.news
  }

  /** Hears everything up to there. */
  hear(until: number): void {
    while (this.heard < until) {
      const work = this.unheard.shift()
      if (work === undefined) return
      this.heard++
      if (!this.over) work()
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Flips one bit. */
export function flip(bytes: Uint8Array, random: () => number): void {
  const i = Math.floor(random() * bytes.length)
  if (bytes.length > 0) bytes[i] = (bytes[i] ?? 0) ^ (1 << Math.floor(random() * 8))
}

interface Blob {
  readonly bytes: Uint8Array
  readonly at: number
  readonly synced: boolean
}

/** How long a member waits for an answer of a silent store. */
const PATIENCE_MS = 20

export class SimulatedStore {
  private readonly keys = new KeyTable()
  private readonly watches = new Watches(this.keys, (work) => {
    work()
  })
  private readonly blobs = new Map<string, Blob>()
  /** What was committed since the last sync, in order. */
  private unsynced: (readonly Change[])[] = []
  private silentUntil = 0
  /** How many compare-and-sets there were, without those of leases alone. */
  swaps = 0
  /** Another one whenever a key has changed. */
  version = 0

  constructor(private readonly world: StoreWorld) {}

  contents(): ReadonlyMap<string, string> {
    return new Map(this.keys)
  }

  /** @returns whether what a key has would be there after a power failure */
  isSafe(key: string): boolean {
    return !this.unsynced.some((changes) => changes.some((change) => change.key === key))
  }

  silence(milliseconds: number): void {
    this.silentUntil = Math.max(this.silentUntil, this.world.time + milliseconds)
  }

  /** @returns until when a member neither gets answers nor hears news */
  private silentFor(life: Life): number {
    return Math.max(this.silentUntil, life.cutOffUntil)
  }

  /** The power fails: what was not synced is lost, from some commit on. */
  blackout(): void {
    const kept = Math.floor(this.world.random() * (this.unsynced.length + 1))
    for (const changes of this.unsynced.splice(kept).reverse())
      for (const { key, expect } of [...changes].reverse()) this.keys.put(key, expect)
    this.unsynced = []
    this.version++
    for (const [hash, { synced }] of this.blobs) if (!synced && this.world.random() < 0.5) this.blobs.delete(hash)
  }

  /** @returns what another world might find when the power failed now: the end of what was not synced may be missing */
  afterPowerFailure(world: StoreWorld): SimulatedStore {
    const copy = new SimulatedStore(world)
    for (const [key, value] of this.keys) copy.keys.put(key, value)
    for (const [hash, blob] of this.blobs) copy.blobs.set(hash, blob)
    copy.unsynced = [...this.unsynced]
    copy.blackout()
    return copy
  }

  /** Requests reach the store also when who made them dies meanwhile; answers then go nowhere. */
  private ask<T>(life: Life, work: () => T, done: (result: T | undefined) => void): void {
    if (life.over) return
    const { world } = this
    world.after(world.delay(), () => {
      const silentUntil = this.silentFor(life)
      const unanswered = (): void => {
        world.after(PATIENCE_MS, () => {
          this.when(life, () => {
            done(undefined)
          })
        })
      }
      if (world.time < silentUntil) {
        if (world.random() < 0.5) world.after(silentUntil - world.time + world.delay(), work) // it is only late
        unanswered()
        return
      }
      const result = work()
      const before = life.news
      world.after(world.delay(), () => {
        if (world.time < life.cutOffUntil) {
          unanswered() // it was done, and the answer is lost
          return
        }
        this.when(life, () => {
          life.hear(before)
          done(result)
        })
      })
    })
  }

  /** Does something for a member: now, or when it goes on; never when it is over. */
  when(life: Life, work: () => void): void {
    if (life.over) return
    if (this.world.time >= life.stoppedUntil) work()
    else
      this.world.after(life.stoppedUntil - this.world.time, () => {
        this.when(life, work)
      })
  }

  directoryOf(life: Life): Directory {
    const { world } = this
    return {
      get: (keys, done) => {
        this.ask(life, () => keys.map((key) => this.keys.get(key)), done)
      },
      list: (prefix, done) => {
        this.ask(life, () => this.keys.list(prefix), done)
      },
      watch: (prefix, handler) => {
        const watch: { over: boolean; cancel: Cancel } = { over: false, cancel: () => undefined }
        const tell = (entries: Parameters<typeof handler>[0]): void => {
          if (life.over) {
            watch.cancel() // nobody is there to hear of it
            return
          }
          const until = life.tell(() => {
            if (!watch.over) handler(entries)
          })
          const hear = (): void => {
            const hearsFrom = Math.max(this.silentFor(life), life.laggingUntil)
            if (world.time >= hearsFrom)
              this.when(life, () => {
                life.hear(until)
              })
            else world.after(hearsFrom - world.time, hear)
          }
          world.after(world.delay(), hear)
        }
        world.after(world.delay(), () => {
          if (!watch.over && !life.over) watch.cancel = this.watches.add(prefix, tell)
        })
        return () => {
          watch.over = true
          watch.cancel()
        }
      },
      swap: (changes, done, { synced = false }: WriteOptions = {}) => {
        requireSwapFits(changes, limits.swapBytes)
        this.ask(
          life,
          () => this.swap(changes, synced),
          (outcome) => {
            done(outcome ?? 'unknown')
          },
        )
      },
    }
  }

  private swap(changes: readonly Change[], synced: boolean): SwapOutcome {
    if (!changes.every(({ key }) => key.startsWith('lease/'))) this.swaps++
    const unknown = this.world.random() < this.world.weather.unknown
    if (unknown && this.world.random() < 0.5) return 'unknown'
    const outcome = this.keys.swap(changes)
    if (outcome === 'done') {
      this.version++
      this.watches.committed(changes)
      this.unsynced.push(changes)
      // whoever does not hear that it was done does not hear either that it was synced
      if (synced && (!unknown || this.world.random() < 0.5)) this.unsynced = []
    }
    return unknown ? 'unknown' : outcome
  }

  /** Reads a blob, of which a bit may flip on the way. */
  private read(hash: string): BlobAnswer {
    const found = this.blobs.get(hash)
    if (found === undefined) return 'absent'
    const { flipped = 0 } = this.world.weather
    const bytes = Uint8Array.from(found.bytes)
    if (flipped > 0 && this.world.random() < flipped) flip(bytes, this.world.random)
    return sha256(bytes) === hash ? bytes : 'unanswered'
  }

  blobsOf(life: Life): Blobs {
    const put = (bytes: Uint8Array, synced: boolean): string => {
      const hash = sha256(bytes)
      const before = this.blobs.get(hash)
      this.blobs.set(hash, { bytes, at: this.world.time, synced: synced || before?.synced === true })
      return hash
    }
    return {
      put: (bytes, done, { synced = false }: WriteOptions = {}) => {
        requireBlobFits(bytes, limits.blobBytes)
        const own = Uint8Array.from(bytes)
        this.ask(life, () => put(own, synced), done)
      },
      get: (hash, done) => {
        this.ask(
          life,
          () => this.read(hash),
          (found) => {
            done(found ?? 'unanswered')
          },
        )
      },
      list: (done) => {
        const all = (): readonly StoredBlob[] => [...this.blobs].map(([hash, { at }]) => ({ hash, ageMs: this.world.time - at }))
        this.ask(life, all, done)
      },
      remove: (hash) => {
        this.ask(
          life,
          () => this.blobs.delete(hash),
          () => undefined,
        )
      },
    }
  }
}
