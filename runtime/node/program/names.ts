/**
 * Names that programs serve, in the directory.
 *
 *   name/NAME    the program, as JSON; there while the program serves the name
 *
 * Invariants
 * - A name is claimed by one compare-and-set, on the condition that the claiming program's record is what its home knows, and that whoever had the name
 *   before runs no more. So a home that was replaced claims nothing, and nobody takes a name from a program that runs.
 * - Each claim raises the name's epoch: what was said of an earlier one comes to nothing.
 */
import type { Engine } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnGet, insistOnList } from '../../engine/insist.ts'
import { ERROR } from '../../host/files.ts'

export const NAME_PREFIX = 'name/'

/** Who serves a name. */
export interface NameRecord {
  readonly program: number
  readonly incarnation: number
  readonly epoch: number
}

/** A program that claims names. */
export interface Claimant {
  readonly id: number
  readonly incarnation: number
  /** Key and value of its record in the directory, as its home knows them. */
  readonly key: string
  readonly text: string
}

type Store = Pick<Engine, 'clock' | 'directory'>

function nameKey(name: string): string {
  return NAME_PREFIX + name
}

export function decodeName(text: string): NameRecord {
  return JSON.parse(text) as NameRecord // only homes write these keys
}

/**
 * Claims a name for a program, which may have it already.
 * @param claimant gives the program as it is now; undefined when its home does nothing any more
 * @param keyOf gives the key of a program's record
 * @param done gets 0, or the negated reason; never when the home does nothing any more
 */
export function claimName(
  engine: Store,
  name: string,
  claimant: () => Claimant | undefined,
  keyOf: (program: number) => string,
  done: (refusal: number) => void,
): void {
  const again = (): void => {
    engine.clock.after(AGAIN_MS, () => {
      claimName(engine, name, claimant, keyOf, done)
    })
  }
  insistOnGet(engine, [nameKey(name)], ([text]) => {
    const own = claimant()
    if (own === undefined) return
    const before = text === undefined ? undefined : decodeName(text)
    const others = before === undefined || before.program === own.id ? [] : [keyOf(before.program)]
    insistOnGet(engine, [own.key, ...others], ([record, holder]) => {
      if (holder !== undefined) {
        done(-ERROR.EADDRINUSE)
        return
      }
      if (record !== own.text) {
        again() // it begins anew, or its home moves
        return
      }
      const value = JSON.stringify({ program: own.id, incarnation: own.incarnation, epoch: (before?.epoch ?? 0) + 1 } satisfies NameRecord)
      const changes = [
        { key: nameKey(name), expect: text, value },
        { key: own.key, expect: own.text, value: own.text },
        ...others.map((key) => ({ key, expect: undefined, value: undefined })),
      ]
      engine.directory.swap(changes, (outcome) => {
        if (outcome === 'done') done(0)
        else again()
      })
    })
  })
}

/** A program serves a name no more. */
export function giveUpName(engine: Store, name: string, program: number): void {
  insistOnGet(engine, [nameKey(name)], ([text]) => {
    if (text === undefined || decodeName(text).program !== program) return
    engine.directory.swap([{ key: nameKey(name), expect: text, value: undefined }], (outcome) => {
      if (outcome !== 'done')
        engine.clock.after(AGAIN_MS, () => {
          giveUpName(engine, name, program)
        })
    })
  })
}

/** A program is over: it serves nothing any more. */
export function forgetNames(engine: Store, program: number): void {
  insistOnList(engine, NAME_PREFIX, (entries) => {
    for (const [key, text] of entries) if (decodeName(text).program === program) giveUpName(engine, key.slice(NAME_PREFIX.length), program)
  })
}
