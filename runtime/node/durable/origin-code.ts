/** The code of a program that can begin from a cut, in a blob of its own: no other program has the same, so it goes with its program. */
import type { CodeUnit } from '../../code/program.ts'
import type { Engine, Member } from '../../engine/engine.ts'
import { insistOnBlob, insistOnPut } from '../../engine/insist.ts'

interface OriginCode {
  readonly units: readonly CodeUnit[]
  /** Nothing else was ever called that. */
  readonly name: string
}

/** How often this OS process has kept code. */
let kept = 0

type Store = Pick<Engine, 'clock' | 'blobs'>

/** Keeps units so that they outlive all nodes, and a power failure. @param done gets the hash of the blob */
export function keepCode(engine: Store, { index }: Member, units: readonly CodeUnit[], done: (code: string) => void): void {
  const code: OriginCode = { units, name: `${index}.${++kept}` }
  insistOnPut(engine, Buffer.from(JSON.stringify(code)), done, { synced: true })
}

/** @param done gets the units; undefined when there is no such blob */
export function fetchCode(engine: Store, code: string, done: (units: readonly CodeUnit[] | undefined) => void): void {
  insistOnBlob(engine, code, (bytes) => {
    done(bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as OriginCode).units) // only `keepCode` writes it
  })
}
