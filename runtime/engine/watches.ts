/** Who follows which keys of a directory that is kept as a table here: the same for every engine. */
import type { Cancel, Change, WatchedEntry } from './engine.ts'
import type { KeyTable } from './key-table.ts'

interface Watch {
  readonly prefix: string
  readonly handler: (entries: readonly WatchedEntry[]) => void
  over: boolean
}

export class Watches {
  private readonly watches = new Set<Watch>()

  /**
   * @param table what all watchers have been told of, but for what is under way
   * @param later calls each of its arguments once, in the order in which it got them, and not before it has returned
   */
  constructor(
    private readonly table: KeyTable,
    private readonly later: (work: () => void) => void = queueMicrotask,
  ) {}

  get size(): number {
    return this.watches.size
  }

  /** The handler gets what there is, and from then on what changes. */
  add(prefix: string, handler: (entries: readonly WatchedEntry[]) => void): Cancel {
    const watch: Watch = { prefix, handler, over: false }
    this.watches.add(watch)
    this.tell(watch, this.table.list(prefix))
    return () => {
      watch.over = true
      this.watches.delete(watch)
    }
  }

  /** A compare-and-set was applied to the table. */
  committed(changes: readonly Change[]): void {
    for (const watch of this.watches) {
      const entries: WatchedEntry[] = []
      for (const { key, expect, value } of changes) if (value !== expect && key.startsWith(watch.prefix)) entries.push([key, value])
      if (entries.length > 0) this.tell(watch, entries)
    }
  }

  /** Fills the table anew: each watcher gets what is different afterwards. @returns what `fill` returns */
  replacing<T>(fill: () => T): T {
    const before = new Map([...this.watches].map((watch) => [watch, new Map(this.table.list(watch.prefix))]))
    const filled = fill()
    for (const [watch, old] of before) {
      const entries: WatchedEntry[] = []
      for (const [key, value] of this.table.list(watch.prefix)) {
        if (old.get(key) !== value) entries.push([key, value])
        old.delete(key)
      }
      for (const key of old.keys()) entries.push([key, undefined])
      if (entries.length > 0) this.tell(watch, entries)
    }
    return filled
  }

  private tell(watch: Watch, entries: readonly WatchedEntry[]): void {
    this.later(() => {
      if (!watch.over) watch.handler(entries)
    })
  }
}
