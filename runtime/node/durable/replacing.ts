/**
 * A program goes on from another state than the one it is in: of another version, or of an earlier time.
 *
 * It is written down while it stands still, and nothing that it does afterwards is seen, unless it goes on as it was.
 *
 * Invariants
 * - One compare-and-set makes the state the program's last cut, and its record say that the next incarnation goes on from it. Before it the program is
 *   what it was.
 */
import type { Change, Engine, Member } from '../../engine/engine.ts'
import { insistOnGet } from '../../engine/insist.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'
import { codeBlobs, programKey } from '../program/program.ts'
import type { ProgramRecord } from '../program/program.ts'
import type { Coordinator } from './coordinator.ts'
import { blobsIn, cutKey, entryText, readCut } from './cut-store.ts'
import type { CutEntry, LoadedCut } from './cut-store.ts'
import type { Span } from '../telemetry/tracer.ts'

/** What a program goes on from, as one compare-and-set says it. */
export interface Replacement {
  /** Changes its record, and gives it the origin of what it goes on from. */
  readonly change: (record: ProgramRecord) => ProgramRecord
  /** What else is in the same compare-and-set. */
  readonly also: readonly Change[]
  /** The `traceparent` of what this is a part of, when somebody looks at it. */
  readonly trace?: string | undefined
}

export interface ReplacingPort {
  readonly engine: Engine
  readonly self: Member
  readonly shelf: CodeShelf
  readonly record: ProgramRecord
  /** Of all of it; undefined when nobody looks at it. Whoever has begun it ends it. */
  readonly span: Span | undefined
  readonly coordinator: Pick<Coordinator, 'separately' | 'hold' | 'letGo'>
  /** The home is written down: nothing of the program that could be seen happens any more, unless it goes on as it was. */
  readonly taken: () => void
  readonly undone: () => void
  /** No further cut is made, unless the program goes on as it was. */
  readonly over: () => void
  /** The program begins its next incarnation. @param done hears whether it does: it goes on as it was when it does not */
  readonly replace: (by: Replacement, done: (replaced: boolean) => void) => void
}

/** How a program is now. */
export interface Present {
  readonly entry: CutEntry
  readonly cut: Omit<LoadedCut, 'entries'>
}

/** What a program goes on from. */
export interface Successor {
  readonly entry: CutEntry
  readonly change: (record: ProgramRecord) => ProgramRecord
}

/**
 * Lets a program go on from another state.
 * @param what that state is called when the store does not take it: `the upgrade`
 * @param decide finds out from how the program is now what it goes on from; without that, or when the store does not take it, it goes on as it was. `decided`
 *   is called once
 * @param done gets the result of `decide`, or why the program has not gone on from there; called once
 */
export function replaceState<T>(
  port: ReplacingPort,
  what: string,
  decide: (now: Present, decided: (result: T | NodeError, by?: Successor | 'not taken') => void) => void,
  done: (result: T | NodeError) => void,
): void {
  const { engine, record, coordinator, span } = port
  const goOn = (result: T | NodeError): void => {
    port.undone()
    port.over()
    done(result)
  }
  span?.phase('cut')
  coordinator.separately({
    taken: port.taken,
    calledOff: port.undone,
    done: (entry) => {
      coordinator.hold()
      const stay = (result: T | NodeError): void => {
        for (const blob of blobsIn(entry)) engine.blobs.remove(blob)
        goOn(result) // before the coordinator is let go: one that makes no further cut must not begin one, for which everything would stand still
        coordinator.letGo()
      }
      span?.phase('read')
      readCut(engine, [entry], (cut) => {
        if (cut === undefined) {
          stay(new NodeError('R0415', 'the cluster store has lost a part of the cut', 'try again'))
          return
        }
        const notTaken = (): void => {
          stay(new NodeError('R0415', `the cluster store does not take ${what}`, 'nothing has changed; try again'))
        }
        span?.phase('decide')
        decide({ entry, cut }, (result, by) => {
          span?.phase('enter')
          if (by === undefined) stay(result)
          else if (by === 'not taken') notTaken()
          else
            enter(port, by, (replaced) => {
              if (!replaced) {
                notTaken()
                return
              }
              done(result)
              removeUnneeded(port, entry, by)
            })
        })
      })
    },
    failed: () => {
      goOn(new NodeError('R0410', `${record.source} has ended, or begins anew just now`, 'try again'))
    },
  })
}

/** @param done hears whether the program goes on so; else it is as it was */
function enter({ engine, record, replace, span }: ReplacingPort, { entry, change }: Successor, done: (replaced: boolean) => void): void {
  const { id } = record
  insistOnGet(engine, [programKey(id)], ([text]) => {
    if (text === undefined) {
      done(false)
      return
    }
    entryText(engine, { program: id, record: [programKey(id), text], entry }, (value) => {
      replace({ change, also: [{ key: cutKey(id, entry.number), expect: undefined, value }], trace: span?.traceparent }, done)
    })
  })
}

/** Removes what the program had, and does not need for what it has gone on from. */
function removeUnneeded({ engine, record }: ReplacingPort, before: CutEntry, { entry, change }: Successor): void {
  const needed = new Set([...blobsIn(entry), ...codeBlobs(change(record).origin)])
  for (const blob of [...blobsIn(before), ...codeBlobs(record.origin)]) if (!needed.has(blob)) engine.blobs.remove(blob)
}
