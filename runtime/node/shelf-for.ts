/** Where a member keeps the code that it has. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodeStore } from '../code/store.ts'
import { isOnNats } from './cluster-address.ts'
import { DiskShelf } from './migration/code-shelf.ts'

/** Directories of members of clusters on NATS in this OS process. */
const own: string[] = []

/**
 * @param watched whether what processes choose is watched at this member
 * @returns the shelf of a member: its own part of the run directory, or a directory of its own that goes when the OS process ends
 */
export function shelfFor(cluster: string, name: string, watched = false): DiskShelf {
  if (!isOnNats(cluster)) return new DiskShelf(new CodeStore(join(cluster, 'code', name), { within: cluster, watched }))
  const directory = mkdtempSync(join(tmpdir(), 'godwit-code-'))
  if (own.length === 0)
    process.once('exit', () => {
      for (const each of own) rmSync(each, { recursive: true, force: true })
    })
  own.push(directory)
  return new DiskShelf(new CodeStore(directory, { watched }))
}
