/**
 * Garbage in the store of a cluster: blobs that nothing names, since a member has died between storing something and saying where; checkpoints
 * of programs that nobody knows any more; cuts and owner records of programs whose home has died while it forgot them.
 *
 * Invariants
 * - A blob whose hash stands anywhere in the directory stays, whatever the text means, so what another version has written is safe.
 * - A program has a record before it has cuts or owner records.
 * - A blob is named within moments of being stored, or never; what was stored less than `blobs.unnamed` ago stays.
 */
import type { Engine } from '../../engine/engine.ts'
import { insistOnList } from '../../engine/insist.ts'
import { LIMITS } from '../../limits.ts'
import { CHECKPOINTS_PREFIX, decodeKept, forgetCheckpoints } from '../durable/checkpoints.ts'
import { endedKey } from './ended.ts'
import { forgetProgram, programKey } from './program.ts'

const HASH = /[0-9a-f]{64}/g
/** Keys of cuts and of owner records. */
const OF_PROGRAM = /^(?:cut|own)\/(\d+)\//

/** Removes it. @param unnamedMs how long a blob may be there without a name */
export function collectGarbage(
  engine: Pick<Engine, 'clock' | 'directory' | 'blobs' | 'limits'>,
  unnamedMs: number = LIMITS['blobs.unnamed'].most,
): void {
  engine.blobs.list((blobs = []) => {
    const old = blobs.filter(({ ageMs }) => ageMs > unnamedMs)
    insistOnList(engine, '', (entries) => {
      // after the blobs: whatever was named until now has its name here
      const named = new Set(entries.flatMap(([, value]) => value.match(HASH) ?? []))
      for (const { hash } of old) if (!named.has(hash)) engine.blobs.remove(hash)
      forgetLost(engine, entries)
      forgetRest(engine, entries)
    })
  })
}

/** Forgets checkpoints of programs that neither run nor have ended of late. */
function forgetLost(
  engine: Pick<Engine, 'clock' | 'directory' | 'blobs'>,
  entries: readonly (readonly [key: string, value: string])[],
): void {
  const keys = new Set(entries.map(([key]) => key))
  const kept = entries.filter(([key]) => key.startsWith(CHECKPOINTS_PREFIX))
  const since = engine.clock.common() - LIMITS['ended.kept'].most * 1000
  const lost = kept.flatMap(([key, value]) => {
    const id = Number(key.split('/')[1])
    return keys.has(programKey(id)) || keys.has(endedKey(id)) || decodeKept(value).at > since ? [] : [id]
  })
  for (const id of new Set(lost)) forgetCheckpoints(engine, id)
}

/** Forgets what is left of programs that are forgotten. */
function forgetRest(
  engine: Pick<Engine, 'clock' | 'directory' | 'blobs' | 'limits'>,
  entries: readonly (readonly [key: string, value: string])[],
): void {
  const keys = new Set(entries.map(([key]) => key))
  const ids = new Set(entries.flatMap(([key]) => OF_PROGRAM.exec(key)?.[1] ?? []).map(Number))
  for (const id of ids) if (!keys.has(programKey(id))) forgetProgram(engine, { id })
}
