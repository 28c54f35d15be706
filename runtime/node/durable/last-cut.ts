/**
 * When a durable program fails, its last cut is kept as a checkpoint of it, before its end is committed: it is of a moment before the fault, since a site whose
 * kernel has stopped takes no part in a cut. The program can go on from there in a text that was mended (mending.ts).
 */
import type { Engine } from '../../engine/engine.ts'
import { LIMITS } from '../../limits.ts'
import type { ProgramRecord } from '../program/program.ts'
import { checkpointFile } from './checkpoint-file.ts'
import { keepCheckpoint } from './checkpoints.ts'
import { loadCut } from './cut-store.ts'
import { fetchCode } from './origin-code.ts'

/**
 * Keeps the last cut of a program that has failed, if it has any.
 * @param record of the program, whose home is here
 * @param done is called once, whether it is kept or not
 */
export function keepLastCut(engine: Engine, record: ProgramRecord, done: () => void): void {
  const { id, origin } = record
  loadCut(engine, id, (cut) => {
    if (typeof cut === 'string' || cut.over !== undefined || origin === undefined) {
      done()
      return
    }
    const { upgrade } = origin
    const code = upgrade !== undefined && cut.incarnation < upgrade.incarnation ? upgrade.before : origin.code
    fetchCode(engine, code, (units) => {
      let file: Uint8Array | undefined
      try {
        file = units && checkpointFile(record, { ...cut, images: cut.parts.map(({ image }) => image) }, units)
      } catch {
        // it is not whole, or too large
      }
      if (file === undefined) {
        done() // it ends as any other
        return
      }
      const nodes = new Set(cut.parts.map(({ member }) => member)).size
      keepCheckpoint(engine, id, { file, most: LIMITS['checkpoints.kept'].most, time: cut.time, nodes, last: true }, () => {
        done()
      })
    })
  })
}
