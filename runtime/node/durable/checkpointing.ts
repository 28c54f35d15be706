/** Making a checkpoint of a program whose home is here: a cut by itself, with the program's code, as one file. */
import type { CodeUnit } from '../../code/program.ts'
import type { Engine } from '../../engine/engine.ts'
import { NodeError } from '../node-error.ts'
import type { ProgramRecord } from '../program/program.ts'
import { checkpointFile } from './checkpoint-file.ts'
import { keepCheckpoint } from './checkpoints.ts'
import type { KeptCheckpoint } from './checkpoints.ts'
import type { Coordinator } from './coordinator.ts'
import { blobsIn, readCut } from './cut-store.ts'
import type { CutEntry } from './cut-store.ts'

export interface CheckpointPort {
  readonly engine: Engine
  readonly coordinator: Pick<Coordinator, 'separately'>
  readonly record: ProgramRecord
  /** How many checkpoints of the program are kept. */
  readonly most: number
  /** The home is written down: with `ends`, nothing of the program that could be seen happens any more, unless there is no checkpoint. */
  readonly taken: () => void
  readonly undone: () => void
  /** No further cut is made for the checkpoint. */
  readonly over: () => void
  /** @param done gets the code of the program; undefined when it is nowhere any more */
  readonly code: (done: (units: readonly CodeUnit[] | undefined) => void) => void
}

/** @param done gets what is kept, or why there is nothing; called once */
export function makeCheckpoint(port: CheckpointPort, done: (result: KeptCheckpoint | NodeError) => void): void {
  const { engine, coordinator, record, most } = port
  const refuse = (error: NodeError): void => {
    port.undone()
    done(error)
  }
  const read = (entry: CutEntry): void => {
    port.over()
    readCut(engine, [entry], (cut) => {
      for (const blob of blobsIn(entry)) engine.blobs.remove(blob)
      if (cut === undefined) {
        refuse(new NodeError('R0415', 'the cluster store has lost a part of the checkpoint', 'try again'))
        return
      }
      port.code((units) => {
        if (units === undefined) refuse(new NodeError('R0404', `no node has all the code of ${record.source} any more`))
        else
          keep(
            cut.home,
            cut.parts.map(({ image }) => image),
            entry,
            units,
          )
      })
    })
  }
  const keep = (home: Uint8Array, images: readonly Uint8Array[], entry: CutEntry, units: readonly CodeUnit[]): void => {
    try {
      const calls = entry.parts.flatMap((part) => part.calls)
      const file = checkpointFile(record, { incarnation: record.incarnation, time: entry.time, home, images, calls }, units)
      keepCheckpoint(engine, record.id, { file, most, time: entry.time, nodes: images.length }, done)
    } catch (error) {
      // a part was lost with a node, or the whole is too large
      refuse(new NodeError('R0406', `${record.source} cannot be saved: ${error instanceof Error ? error.message : String(error)}`))
    }
  }
  coordinator.separately({
    taken: port.taken,
    calledOff: port.undone,
    done: read,
    failed: () => {
      port.over()
      refuse(new NodeError('R0410', `${record.source} has ended, or begins anew just now`, 'try again'))
    },
  })
}
