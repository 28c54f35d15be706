/**
 * The blobs of the embedded engine: files named by the hash of their bytes, in a folder of the run directory. A file appears whole, whoever writes
 * it, so that nobody has to agree on anything.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { SharedSync } from './embedded-sync.ts'
import type { BlobAnswer, Blobs, StoredBlob, WriteOptions } from './engine.ts'
import { helpWithUse, reasonOf } from './engine-error.ts'
import { requireBlobFits } from './limits.ts'

const FOLDER = 'blobs'
/** Stands among the hashes of what cannot be read for what cannot be written. */
const WRITING = 'writing'
/** What is hashed before other work has its turn. */
const SLICE_BYTES = 4 * 1024 * 1024
/** A blob is held in memory as a whole. */
export const BLOB_BYTES = 1 << 30

export class FileBlobs implements Blobs {
  private readonly folder: string
  private readonly names: SharedSync
  /** The blobs of which was said that they cannot be read, until they can; and that none can be written. */
  private readonly told = new Set<string>()

  /**
   * @param runDirectory where the folder is made when the first blob comes
   * @param warning hears why blobs can be neither read nor written, when that is a matter of rights: what needs them waits
   */
  constructor(
    private readonly runDirectory: string,
    private readonly warning: (text: string) => void = () => undefined,
  ) {
    this.folder = join(runDirectory, FOLDER)
    this.names = new SharedSync(this.folder)
  }

  put(bytes: Uint8Array, done: (hash: string | undefined) => void, { synced = false }: WriteOptions = {}): void {
    requireBlobFits(bytes, BLOB_BYTES)
    void this.write(bytes, synced).then(done)
  }

  get(hash: string, done: (blob: BlobAnswer) => void): void {
    void this.read(hash).then(done)
  }

  list(done: (blobs: readonly StoredBlob[] | undefined) => void): void {
    void this.all().then(done)
  }

  remove(hash: string): void {
    try {
      rmSync(this.file(hash), { force: true })
    } catch {
      // it stays, in nobody's way
    }
  }

  /** @returns the hash; undefined when the disk does not take it */
  private async write(bytes: Uint8Array, synced: boolean): Promise<string | undefined> {
    const hash = await sha256(bytes)
    const part = `${this.file(hash)}.${randomBytes(6).toString('hex')}.part`
    try {
      await this.makeFolder(synced)
      const file = await open(part, 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        if (synced) await file.datasync()
      } finally {
        await file.close()
      }
      await rename(part, this.file(hash))
      if (synced) await this.names.sync()
      this.told.delete(WRITING)
      return hash
    } catch (error) {
      this.tell(WRITING, error)
      await rm(part, { force: true }).catch(() => undefined)
      return undefined
    }
  }

  private async makeFolder(synced: boolean): Promise<void> {
    try {
      await mkdir(this.folder, { mode: 0o700 })
      if (synced) await new SharedSync(this.runDirectory).sync()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // of mkdir come errors of the system only
    }
  }

  private async read(hash: string): Promise<BlobAnswer> {
    try {
      const bytes = await readFile(this.file(hash))
      this.told.delete(hash)
      return (await sha256(bytes)) === hash ? bytes : 'absent'
    } catch (error) {
      this.tell(hash, error)
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' // of readFile come errors of the system only
      return isMissing && existsSync(this.runDirectory) ? 'absent' : 'unanswered'
    }
  }

  private async all(): Promise<readonly StoredBlob[] | undefined> {
    try {
      const found: StoredBlob[] = []
      for (const hash of await readdir(this.folder)) {
        if (!isHash(hash)) continue
        const made = await stat(join(this.folder, hash)).catch(() => undefined)
        if (made !== undefined) found.push({ hash, ageMs: Math.max(0, Date.now() - made.mtimeMs) })
      }
      return found
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : undefined // of readdir come errors of the system only
    }
  }

  /** Says once that something cannot be done, when that is a matter of rights. */
  private tell(what: string, error: unknown): void {
    const help = helpWithUse(error)
    if (help === '' || this.told.has(what)) return
    this.told.add(what)
    this.warning(`${this.folder} cannot be used (${reasonOf(error)}), and what needs it waits: ${help}`)
  }

  private file(hash: string): string {
    return join(this.folder, isHash(hash) ? hash : 'nothing') // the hash may come from another node
  }
}

function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await turn()
    hash.update(bytes.subarray(at, at + SLICE_BYTES))
  }
  return hash.digest('hex')
}
