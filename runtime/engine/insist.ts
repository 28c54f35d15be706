/** Reads that are repeated until the store answers, for those who cannot go on without the answer. */
import type { Engine } from './engine.ts'

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
