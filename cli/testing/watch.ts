/** Notices when files that tests are made of may have changed. */
import { statSync, watch, type FSWatcher } from 'node:fs'
import { dirname, join } from 'node:path'
import { directoriesBelow } from './find.ts'

/** Editors save in several steps: this long nothing more may happen. Milliseconds. */
const QUIET = 80

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * Watches directories: a file itself would be lost when an editor puts another one in its place. What happens from the start on counts, also
 * what happens before somebody waits for it.
 */
export class Watch {
  private readonly watchers = new Map<string, FSWatcher>()
  private timer: NodeJS.Timeout | undefined
  private settle: () => void = () => undefined
  private readonly settled = new Promise<void>((resolve) => (this.settle = resolve))

  /** @param paths files and directories; of a directory everything below it counts */
  constructor(paths: readonly string[]) {
    for (const path of paths) for (const directory of isDirectory(path) ? directoriesBelow(path) : [dirname(path)]) this.add(directory)
  }

  /** Watches `directory`; while it is not there, the nearest one above it. */
  add(directory: string): void {
    let place = directory
    while (!isDirectory(place) && dirname(place) !== place) place = dirname(place)
    if (this.watchers.has(place)) return
    const watcher = watch(place, (_, name) => {
      // A directory may bring files along, and may be one that was missing.
      if (name === null || /\.(csp|occ|inc|module)$/.test(name) || isDirectory(join(place, name))) this.stir()
    })
    watcher.on('error', () => {
      this.stir() // it is gone
    })
    this.watchers.set(place, watcher)
  }

  /** @returns when something has changed and things have calmed down; nothing is watched any more then */
  async changed(): Promise<void> {
    await this.settled
    for (const watcher of this.watchers.values()) watcher.close()
  }

  private stir(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(this.settle, QUIET)
  }
}
