/** Calls of the store that are repeated until it answers, for those who cannot go on without the answer. */
import type { Engine, WriteOptions } from './engine.ts'

/** Milliseconds between two attempts while the store does not answer. */
export const AGAIN_MS = 100

type Readable = Pick<Engine, 'clock' | 'directory'>

/** As `Directory.get`, repeated until the store answers; an engine that is closed meanwhile never does. */
export function insistOnGet(engine: Readable, keys: readonly string[], done: (values: readonly (string | undefined)[]) => void): void {
  engine.directory.get(keys, (values) => {
    if (values !== undefined) done(values)
    else
      engine.clock.after(AGAIN_MS, () => {
        insistOnGet(engine, keys, done)
      })
  })
}

/** As `Directory.list`, repeated until the store answers; an engine that is closed meanwhile never does. */
export function insistOnList(
  engine: Readable,
  prefix: string,
  done: (entries: readonly (readonly [key: string, value: string])[]) => void,
): void {
  engine.directory.list(prefix, (entries) => {
    if (entries !== undefined) done(entries)
    else
      engine.clock.after(AGAIN_MS, () => {
        insistOnList(engine, prefix, done)
      })
  })
}

/**
 * What was read of the directory is there, and nobody has said that it would be after a power failure: makes sure of it by a synced compare-and-set that changes
 * nothing, which says so of all that was committed before. Repeated until the store answers; an engine that is closed meanwhile never does.
 * @param entries what was read
 * @param done hears whether it still stands there
 */
export function insistOnSafety(
  engine: Readable,
  entries: readonly (readonly [key: string, value: string])[],
  done: (stands: boolean) => void,
): void {
  engine.directory.swap(
    entries.map(([key, value]) => ({ key, expect: value, value })),
    (outcome) => {
      if (outcome !== 'unknown') done(outcome === 'done')
      else
        engine.clock.after(AGAIN_MS, () => {
          insistOnSafety(engine, entries, done)
        })
    },
    { synced: true },
  )
}

type Stored = Pick<Engine, 'clock' | 'blobs'>

/** As `Blobs.get`, repeated until the store answers. @param done gets undefined when there is no such blob */
export function insistOnBlob(engine: Stored, hash: string, done: (bytes: Uint8Array | undefined) => void): void {
  engine.blobs.get(hash, (answer) => {
    if (answer === 'absent') done(undefined)
    else if (answer !== 'unanswered') done(answer)
    else
      engine.clock.after(AGAIN_MS, () => {
        insistOnBlob(engine, hash, done)
      })
  })
}

/** As `Blobs.put`, repeated until the store takes them. @param done gets their hash */
export function insistOnPut(engine: Stored, bytes: Uint8Array, done: (hash: string) => void, options?: WriteOptions): void {
  engine.blobs.put(
    bytes,
    (hash) => {
      if (hash !== undefined) done(hash)
      else
        engine.clock.after(AGAIN_MS, () => {
          insistOnPut(engine, bytes, done, options)
        })
    },
    options,
  )
}
