/**
 * The blobs of the embedded engine: files named by the hash of their bytes, in a folder of the run directory. A file appears whole, whoever writes
 * it, so that nobody has to agree on anything.
 */
import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Blobs } from './engine.ts'

const FOLDER = 'blobs'
/** What is hashed before other work has its turn. */
const SLICE_BYTES = 4 * 1024 * 1024

export class FileBlobs implements Blobs {
  private readonly folder: string

  /** @param runDirectory where the folder is made when the first blob comes */
  constructor(runDirectory: string) {
    this.folder = join(runDirectory, FOLDER)
  }

  put(bytes: Uint8Array, done: (hash: string | undefined) => void): void {
    void this.write(bytes).then(done)
  }

  get(hash: string, done: (bytes: Uint8Array | undefined) => void): void {
    void this.read(hash).then(done)
  }

  remove(hash: string): void {
    try {
      rmSync(this.file(hash), { force: true })
    } catch {
      // it stays, in nobody's way
    }
  }

  /** @returns the hash; undefined when the disk does not take it */
  private async write(bytes: Uint8Array): Promise<string | undefined> {
    const hash = await sha256(bytes)
    const part = `${this.file(hash)}.${randomBytes(6).toString('hex')}.part`
    try {
      await mkdir(this.folder, { mode: 0o700 }).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // of mkdir come errors of the system only
      })
      await writeFile(part, bytes, { mode: 0o600, flag: 'wx' })
      await rename(part, this.file(hash))
      return hash
    } catch {
      await rm(part, { force: true }).catch(() => undefined)
      return undefined
    }
  }

  private async read(hash: string): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readFile(this.file(hash))
      return (await sha256(bytes)) === hash ? bytes : undefined
    } catch {
      return undefined
    }
  }

  private file(hash: string): string {
    return join(this.folder, /^[0-9a-f]{64}$/.test(hash) ? hash : 'nothing') // the hash may come from another node
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await turn()
    hash.update(bytes.subarray(at, at + SLICE_BYTES))
  }
  return hash.digest('hex')
}
