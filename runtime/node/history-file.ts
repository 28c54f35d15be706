/**
 * Writes the history of a member into a file, when GODWIT_HISTORY names a directory for such files. The members of one machine share a clock, so that
 * their files can be merged.
 */
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../code/files.ts'
import { historyOf } from './history.ts'
import type { HistoryEntry, MemberHistory } from './history.ts'

/** Of the slices of a site within so many milliseconds the first is told. */
const SLICES_MS = 2

/** @returns what writes the history of a member into `DIRECTORY/INDEX.history`, an entry a line, at once: a member may be killed at any time */
export function historyInFile(directory: string, member: number): MemberHistory {
  makeDirectory(directory)
  const file = openSync(join(directory, `${member}.history`), 'a')
  const ran = new Map<string, number>()
  const tell = (entry: HistoryEntry): void => {
    const { at, program, incarnation, what, id, count, value } = entry
    if (what === 'ran') {
      const site = `${program} ${incarnation}`
      if (at - (ran.get(site) ?? -Infinity) < SLICES_MS) return
      ran.set(site, at)
    }
    writeSync(file, `${JSON.stringify([at, entry.member, program, incarnation, what, id, count, value])}\n`)
  }
  return historyOf(member, () => Number(process.hrtime.bigint() / 1000n) / 1000, tell)
}
