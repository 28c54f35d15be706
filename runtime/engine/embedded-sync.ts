/**
 * Syncs that many share: what was written to a file before a sync begins outlives a power failure when it has ended.
 *
 * One sync runs at a time. Whoever comes while it runs waits for the next one, together with all others that have come by then.
 *
 * Invariant: a descriptor that is being synced stays open until the sync has ended, so that its number cannot come to mean another file.
 */
import { close, closeSync, fdatasync, fdatasyncSync, fsync, open, openSync } from 'node:fs'

interface Request {
  readonly descriptor: number
  readonly folder: string
  readonly done: (error: Error | undefined) => void
}

export class GroupSync {
  private waiting: Request[] = []
  /** What is being synced now. */
  private running: number | undefined
  /** The file whose entry in its folder has been synced, by descriptor. */
  private entered: number | undefined
  private readonly closing = new Set<number>()

  /**
   * Syncs all that was written to a file, and the entry of the file in its folder.
   * @param done is called later, with an error when the disk has not taken it
   */
  add(descriptor: number, folder: string, done: (error: Error | undefined) => void): void {
    this.waiting.push({ descriptor, folder, done })
    if (this.running === undefined) this.begin()
  }

  /** Closes a descriptor, at once or when its sync has ended. */
  close(descriptor: number): void {
    if (this.entered === descriptor) this.entered = undefined
    if (this.running === descriptor || this.waiting.some((each) => each.descriptor === descriptor)) this.closing.add(descriptor)
    else closeSync(descriptor)
  }

  private begin(): void {
    const [first] = this.waiting
    if (first === undefined) return
    const { descriptor, folder } = first
    const served = this.waiting.filter((each) => each.descriptor === descriptor)
    this.waiting = this.waiting.filter((each) => each.descriptor !== descriptor)
    this.running = descriptor
    const ended = (error: Error | null): void => {
      this.running = undefined
      if (error === null && !this.closing.has(descriptor)) this.entered = descriptor
      if (this.closing.has(descriptor) && !this.waiting.some((each) => each.descriptor === descriptor)) {
        this.closing.delete(descriptor)
        closeSync(descriptor)
      }
      this.begin()
      for (const { done } of served) done(error ?? undefined)
    }
    fdatasync(descriptor, (error) => {
      if (error !== null || this.entered === descriptor) ended(error)
      else syncFolder(folder, ended)
    })
  }
}

/** Syncs which files are in a folder. */
function syncFolder(folder: string, done: (error: Error | null) => void): void {
  open(folder, 'r', (error, descriptor) => {
    if (error !== null) {
      done(error)
      return
    }
    fsync(descriptor, (failure) => {
      close(descriptor, () => {
        done(failure)
      })
    })
  })
}

/** Syncs of the names in one folder: those that are asked for while one runs share the next. */
export class SharedSync {
  private waiting: ((error: Error | null) => void)[] = []
  private isRunning = false

  constructor(private readonly folder: string) {}

  /** @throws Error of the system (as a rejection) */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push((error) => {
        if (error === null) resolve()
        else reject(error)
      })
      if (!this.isRunning) this.begin()
    })
  }

  private begin(): void {
    const served = this.waiting
    this.waiting = []
    this.isRunning = served.length > 0
    if (!this.isRunning) return
    syncFolder(this.folder, (error) => {
      for (const done of served) done(error)
      this.begin()
    })
  }
}

/** Syncs a file, and waits for it. @throws Error of the system */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r+')
  try {
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
