/**
 * A durable program that has failed goes on in a text that was mended.
 *
 * Its last cut was kept as a checkpoint of it when it failed (last-cut.ts). From there a new program begins, with all that was wished for the first, as another version: each process where it was
 * then. What the first has output after that cut is output again by the new one.
 */
import { insistOnGet } from '../../engine/insist.ts'
import { decodeCheckpoint } from '../../run/checkpoint.ts'
import type { Checkpoint } from '../../run/checkpoint.ts'
import { NodeError } from '../node-error.ts'
import { decodeEnded, endedKey } from '../program/ended.ts'
import { decodeHome as decodeState, encodeHome as encodeState } from '../program/home-state.ts'
import { wishesIn } from '../program/program.ts'
import type { ProgramRecord } from '../program/program.ts'
import type { Mended } from '../wire/messages.ts'
import { fetchCheckpoint, listCheckpoints } from './checkpoints.ts'
import { decodeCutFile } from './cut-file.ts'
import type { CutFile } from './cut-file.ts'
import { decodeHome, encodeHome } from './home-port.ts'
import { keepCode } from './origin-code.ts'
import { beginFrom, idsGivenIn, unfit } from './restoring.ts'
import type { RestoringPort } from './restoring.ts'
import { cannot, loadUnits, lookAt, planOf } from './upgrading.ts'
import type { NewVersion } from './upgrading.ts'
import { UpgradeMapError } from '../../kernel/upgrade/upgrade-map.ts'

/**
 * Lets a program that has failed go on as another version, with its home here.
 * @param program its id
 * @param done gets what has been found and what goes on, or why nothing does; called once
 */
export function mendProgram(port: RestoringPort, program: number, to: NewVersion, done: (result: Mended | NodeError) => void): void {
  const { engine, shelf, self } = port
  const { units: after } = to
  insistOnGet(engine, [endedKey(program)], ([text]) => {
    const record = text === undefined ? undefined : decodeEnded(text).record
    listCheckpoints(engine, program, (list) => {
      const kept = list.findLast(({ last }) => last === true)
      if (record === undefined || kept === undefined || after === undefined) {
        done(
          new NodeError(
            'R0403',
            'the program has ended',
            'only a durable program that has failed can go on, for some minutes, as another version',
          ),
        )
        return
      }
      fetchCheckpoint(engine, kept, (file) => {
        if (file === undefined) {
          done(new NodeError('R0415', `the last cut of ${record.source} is not kept any more`))
          return
        }
        let checkpoint: Checkpoint
        try {
          checkpoint = decodeCheckpoint(file, 'the last cut')
        } catch (error) {
          done(unfit(error))
          return
        }
        const before = checkpoint.program.units
        loadUnits(shelf, [...before, ...after], (error) => {
          try {
            if (error !== undefined) throw error
            const cut = decodeCutFile(checkpoint.snapshot)
            const idsGiven = Math.max(idsGivenIn(cut, shelf, self), record.origin?.idsGiven ?? 0)
            const found = lookAt(shelf, record.source, cut.images, { plan: planOf(shelf, before, after, to.map) })
            if (found instanceof NodeError || to.dry || found.obstacles.length > 0) done(found)
            else
              goOn(port, { record, checkpoint, cut, idsGiven }, to, (begun) => {
                done(begun instanceof NodeError ? begun : { ...found, program: begun })
              })
          } catch (reason) {
            done(reason instanceof UpgradeMapError ? cannot(record.source, reason.message) : unfit(reason))
          }
        })
      })
    })
  })
}

interface Failed {
  readonly record: ProgramRecord
  readonly checkpoint: Checkpoint
  readonly cut: CutFile
  readonly idsGiven: number
}

function goOn(
  port: RestoringPort,
  { record, checkpoint, cut, idsGiven }: Failed,
  { units = [], hears, map }: NewVersion,
  done: (begun: number | NodeError) => void,
): void {
  const { engine, self } = port
  const { results, state: bytes } = decodeHome(cut.home)
  const state = decodeState(bytes)
  if (state === undefined) {
    done(new NodeError('R0406', 'the last cut has no home'))
    return
  }
  const home = encodeHome({ results, state: encodeState({ ...state, hears: hears ?? state.hears }) })
  keepCode(engine, self, checkpoint.program.units, (before) => {
    keepCode(engine, self, units, (code) => {
      const upgrade = { before, map, incarnation: cut.incarnation + 1 }
      const origin = { code, nodes: [], idsGiven, upgrade }
      beginFrom(port, { cut, home, time: checkpoint.time, record: { source: record.source, ...wishesIn(record), origin } }, done)
    })
  })
}
