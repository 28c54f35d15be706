/**
 * A program goes on from another state than the one it is in: of another version, or of an earlier time.
 *
 * Invariants
 * - One compare-and-set makes the state the program's last cut, and its record say that the next incarnation goes on from it. Before it the program is
 *   what it was.
 */
import type { Change, Engine } from '../../engine/engine.ts'
import { insistOnGet } from '../../engine/insist.ts'
import { programKey } from '../program/program.ts'
import type { ProgramRecord } from '../program/program.ts'
import { cutKey, entryText } from './cut-store.ts'
import type { CutEntry } from './cut-store.ts'

/** What a program goes on from. */
export interface Replacement {
  /** Changes its record, and gives it the origin of what it goes on from. */
  readonly change: (record: ProgramRecord) => ProgramRecord
  /** What else is in the same compare-and-set. */
  readonly also: readonly Change[]
}

export interface ReplacingPort {
  readonly engine: Engine
  readonly record: ProgramRecord
  /** The program begins its next incarnation. @param done hears whether it does: it goes on as it was when it does not */
  readonly replace: (by: Replacement, done: (replaced: boolean) => void) => void
}

/** What a program goes on from. */
export interface Successor {
  readonly entry: CutEntry
  readonly change: (record: ProgramRecord) => ProgramRecord
}

/** @param done hears whether the program goes on so; else it is as it was */
export function replaceState(
  { engine, record, replace }: ReplacingPort,
  { entry, change }: Successor,
  done: (replaced: boolean) => void,
): void {
  const { id } = record
  insistOnGet(engine, [programKey(id)], ([text]) => {
    if (text === undefined) {
      done(false)
      return
    }
    entryText(engine, { program: id, record: [programKey(id), text], entry }, (value) => {
      replace({ change, also: [{ key: cutKey(id, entry.number), expect: undefined, value }] }, done)
    })
  })
}
