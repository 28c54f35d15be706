/**
 * Checkpoints that a cluster keeps: whole programs as they were at one moment, each in one blob, as `godwit checkpoint` writes files.
 *
 *   checkpoint/PROGRAM/NUMBER   one of them, as JSON; the last few of a program are kept, and go some time after it has ended
 */
import type { Engine } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnBlob, insistOnList, insistOnPut, insistOnSafety } from '../../engine/insist.ts'

export interface KeptCheckpoint {
  /** From 1, among those of its program. */
  readonly number: number
  /** Common time when it was made, microseconds. */
  readonly at: number
  /** Program time, microseconds. */
  readonly time: number
  /** How many nodes the program was on. */
  readonly nodes: number
  readonly bytes: number
  readonly blob: string
  /** The program has failed since: it is its last cut. */
  readonly last?: true
}

type Store = Pick<Engine, 'clock' | 'directory' | 'blobs'>

export const CHECKPOINTS_PREFIX = 'checkpoint/'

function prefixOf(program: number): string {
  return `${CHECKPOINTS_PREFIX}${String(program).padStart(8, '0')}/`
}

export function decodeKept(text: string): KeptCheckpoint {
  return JSON.parse(text) as KeptCheckpoint // only homes write these keys
}

/** @param done gets the checkpoints of a program that are kept, older ones first */
export function listCheckpoints(engine: Store, program: number, done: (kept: readonly KeptCheckpoint[]) => void): void {
  insistOnList(engine, prefixOf(program), (entries) => {
    done(entries.map(([, text]) => decodeKept(text)))
  })
}

/**
 * Keeps a checkpoint: it is where a power failure cannot reach it when `done` is called.
 * @param file as `encodeCheckpoint` has written it; no other has the same bytes, since its time is in it
 * @param most how many are kept: older ones go
 */
export function keepCheckpoint(
  engine: Store,
  program: number,
  { file, most, ...about }: Pick<KeptCheckpoint, 'time' | 'nodes' | 'last'> & { readonly file: Uint8Array; readonly most: number },
  done: (kept: KeptCheckpoint) => void,
): void {
  const enter = (blob: string): void => {
    insistOnList(engine, prefixOf(program), (entries) => {
      const mine = entries.find(([, text]) => decodeKept(text).blob === blob)
      if (mine !== undefined) {
        // the store had not said that it was done
        insistOnSafety(engine, [mine], (stands) => {
          if (!stands) {
            enter(blob)
            return
          }
          removeOldest(engine, entries, most)
          done(decodeKept(mine[1]))
        })
        return
      }
      const last = entries.at(-1)
      const number = (last === undefined ? 0 : decodeKept(last[1]).number) + 1
      const kept: KeptCheckpoint = { number, at: engine.clock.common(), ...about, bytes: file.length, blob }
      const key = `${prefixOf(program)}${String(number).padStart(8, '0')}`
      engine.directory.swap(
        [{ key, expect: undefined, value: JSON.stringify(kept) }],
        (outcome) => {
          if (outcome !== 'done') engine.clock.after(AGAIN_MS, () => enter(blob))
          else {
            removeOldest(engine, entries, most - 1)
            done(kept)
          }
        },
        { synced: true },
      )
    })
  }
  insistOnPut(engine, file, enter, { synced: true })
}

function removeOldest(engine: Store, entries: readonly (readonly [key: string, value: string])[], most: number): void {
  for (const entry of entries.slice(0, Math.max(0, entries.length - most))) remove(engine, entry)
}

function remove({ directory, blobs }: Store, [key, value]: readonly [key: string, value: string]): void {
  directory.swap([{ key, expect: value, value: undefined }], (outcome) => {
    if (outcome === 'done') blobs.remove(decodeKept(value).blob)
  })
}

/** Forgets a checkpoint of a program. */
export function forgetCheckpoint(engine: Store, program: number, number: number): void {
  insistOnList(engine, prefixOf(program), (entries) => {
    for (const entry of entries) if (decodeKept(entry[1]).number === number) remove(engine, entry)
  })
}

/** Forgets all checkpoints of a program. */
export function forgetCheckpoints(engine: Store, program: number): void {
  insistOnList(engine, prefixOf(program), (entries) => {
    for (const entry of entries) remove(engine, entry)
  })
}

/** @param done gets the bytes of a checkpoint file; undefined when it goes just now */
export function fetchCheckpoint(engine: Store, { blob }: KeptCheckpoint, done: (file: Uint8Array | undefined) => void): void {
  insistOnBlob(engine, blob, done)
}
