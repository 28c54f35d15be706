/**
 * Directory and blobs in an LMDB environment that local OS processes share.
 *
 * A compare-and-set is one write transaction, taken synchronously: about ten microseconds, since nothing waits for the disk. The store need
 * not survive the machine, because none of the nodes does.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { open } from 'lmdb'
import type { Database, RootDatabase } from 'lmdb'
import type { Blobs, Change, Directory, SwapOutcome } from './engine.ts'

/** The file in the run directory that tells a cluster from any other directory. */
export const STORE = 'cluster.mdb'

/**
 * Bytes of address space, not of memory or disk: the file is as large as what was written. Given once and for all, since a map that grows while
 * other OS processes are in the middle of a transaction makes theirs fail.
 */
const MAP_SIZE = 2 ** 32

export class LmdbStore {
  readonly directory: LmdbDirectory
  readonly blobs: LmdbBlobs
  private readonly root: RootDatabase<string, string>
  private closed = false

  /**
   * Opens the environment; it is made when absent.
   * @param trouble is told once that the store failed; it is no good any more then
   * @throws what lmdb throws when the file cannot be used
   */
  constructor(runDirectory: string, trouble: (reason: string) => void) {
    this.root = open<string, string>({
      path: join(runDirectory, STORE),
      noSync: true,
      overlappingSync: false, // there is nothing to sync, and transactions are synchronous
      mapSize: MAP_SIZE,
      encoding: 'string',
      maxDbs: 4,
    })
    const guard = <T>(work: () => T): T | undefined => {
      if (this.closed) return undefined
      try {
        return work()
      } catch (error) {
        trouble(error instanceof Error ? error.message : String(error))
        return undefined
      }
    }
    this.directory = new LmdbDirectory(this.root.openDB<string, string>({ name: 'keys', encoding: 'string' }), guard)
    this.blobs = new LmdbBlobs(this.root.openDB<Buffer, string>({ name: 'blobs', encoding: 'binary' }), guard)
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await this.root.close()
  }
}

/** Runs work on the store. @returns undefined when the store is closed or has failed */
type Guard = <T>(work: () => T) => T | undefined

class LmdbDirectory implements Directory {
  constructor(
    private readonly keys: Database<string, string>,
    private readonly guard: Guard,
  ) {}

  get(keys: readonly string[], done: (values: readonly (string | undefined)[]) => void): void {
    const values = this.guard(() => {
      this.keys.resetReadTxn() // what others have committed meanwhile counts
      return keys.map((key) => this.keys.get(key))
    })
    if (values !== undefined)
      queueMicrotask(() => {
        done(values)
      })
  }

  list(prefix: string, done: (entries: readonly (readonly [key: string, value: string])[]) => void): void {
    const entries = this.guard(() => {
      this.keys.resetReadTxn()
      return Array.from(this.keys.getRange({ start: prefix, end: `${prefix}\uffff` }), ({ key, value }) => [key, value] as const)
    })
    if (entries !== undefined)
      queueMicrotask(() => {
        done(entries)
      })
  }

  swap(changes: readonly Change[], done: (outcome: SwapOutcome) => void): void {
    const outcome = this.guard(() => this.keys.transactionSync(() => this.apply(changes))) ?? 'unknown'
    queueMicrotask(() => {
      done(outcome)
    })
  }

  private apply(changes: readonly Change[]): SwapOutcome {
    for (const { key, expect } of changes) if (this.keys.get(key) !== expect) return 'conflict'
    for (const { key, expect, value } of changes) {
      if (value === expect) continue
      if (value === undefined) this.keys.removeSync(key)
      else this.keys.putSync(key, value)
    }
    return 'done'
  }
}

class LmdbBlobs implements Blobs {
  constructor(
    private readonly blobs: Database<Buffer, string>,
    private readonly guard: Guard,
  ) {}

  put(bytes: Uint8Array, done: (hash: string | undefined) => void): void {
    const hash = sha256(bytes)
    const stored = this.guard(() =>
      this.blobs.transactionSync(() => {
        this.blobs.putSync(hash, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
        return true
      }),
    )
    queueMicrotask(() => {
      done(stored === undefined ? undefined : hash)
    })
  }

  get(hash: string, done: (bytes: Uint8Array | undefined) => void): void {
    const found = this.guard(() => {
      this.blobs.resetReadTxn()
      return this.blobs.getBinary(hash)
    })
    const bytes = found !== undefined && sha256(found) === hash ? found : undefined
    queueMicrotask(() => {
      done(bytes)
    })
  }

  remove(hash: string): void {
    this.guard(() => this.blobs.removeSync(hash))
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
