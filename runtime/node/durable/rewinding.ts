/**
 * A program goes back to a checkpoint of its own that its cluster keeps.
 *
 * Its processes, its files and what was typed are as they were then, and so is its code. What it has output since has been seen, and stays: its output
 * goes on behind that.
 */
import { decodeCheckpoint } from '../../run/checkpoint.ts'
import type { Checkpoint } from '../../run/checkpoint.ts'
import { NodeError } from '../node-error.ts'
import { decodeHome as decodeState, encodeHome as encodeState } from '../program/home-state.ts'
import type { OriginRecord } from '../program/program.ts'
import { fetchCheckpoint, listCheckpoints } from './checkpoints.ts'
import type { KeptCheckpoint } from './checkpoints.ts'
import { decodeCutFile } from './cut-file.ts'
import type { CutFile } from './cut-file.ts'
import { decodeHome, encodeHome } from './home-port.ts'
import { keepCode } from './origin-code.ts'
import { replaceState } from './replacing.ts'
import type { Present, ReplacingPort, Successor } from './replacing.ts'
import { idsGivenIn, storeCut, unfit } from './restoring.ts'
import { loadUnits } from './upgrading.ts'

/** A checkpoint that was read, and looked at. */
interface Earlier {
  readonly kept: KeptCheckpoint
  readonly checkpoint: Checkpoint
  readonly cut: CutFile
  readonly idsGiven: number
}

/** @param number of the checkpoint; @param done gets the checkpoint that the program has gone back to, or why it has not; called once */
export function rewindProgram(port: ReplacingPort, number: number, done: (result: KeptCheckpoint | NodeError) => void): void {
  const { engine, record } = port
  listCheckpoints(engine, record.id, (list) => {
    const kept = list.find((each) => each.number === number)
    if (kept === undefined) {
      const numbers = list.map((each) => each.number).join(', ')
      done(
        new NodeError(
          'R0415',
          `no checkpoint ${number} of ${record.source} is kept`,
          numbers === '' ? 'none is: godwit checkpoint makes one' : `there is ${numbers}`,
        ),
      )
      return
    }
    fetchCheckpoint(engine, kept, (file) => {
      if (file === undefined) done(new NodeError('R0415', `checkpoint ${number} of ${record.source} is not kept any more`))
      else
        read(port, kept, file, (earlier) => {
          if (earlier instanceof NodeError) done(earlier)
          else goBack(port, earlier, done)
        })
    })
  })
}

function read({ shelf, self }: ReplacingPort, kept: KeptCheckpoint, file: Uint8Array, done: (earlier: Earlier | NodeError) => void): void {
  let checkpoint: Checkpoint
  try {
    checkpoint = decodeCheckpoint(file, 'the checkpoint')
  } catch (error) {
    done(unfit(error))
    return
  }
  loadUnits(shelf, checkpoint.program.units, (error) => {
    try {
      if (error !== undefined) throw error
      const cut = decodeCutFile(checkpoint.snapshot)
      done({ kept, checkpoint, cut, idsGiven: idsGivenIn(cut, shelf, self) })
    } catch (reason) {
      done(unfit(reason))
    }
  })
}

function goBack(port: ReplacingPort, earlier: Earlier, done: (result: KeptCheckpoint | NodeError) => void): void {
  replaceState<KeptCheckpoint>(
    port,
    'the checkpoint',
    (now, decided) => {
      keep(port, earlier, now, (by) => {
        decided(earlier.kept, by ?? 'not taken')
      })
    },
    done,
  )
}

/**
 * Keeps what the program goes on from. Of how it is now only its output goes on.
 * @param done gets that; undefined when the store does not take it
 */
function keep(port: ReplacingPort, earlier: Earlier, now: Present, done: (by: Successor | undefined) => void): void {
  const { engine, self, record } = port
  const { checkpoint, cut, idsGiven } = earlier
  const { number, incarnation } = now.entry
  const { results, state: bytes } = decodeHome(cut.home)
  const [before, present] = [decodeState(bytes), decodeState(decodeHome(now.cut.home).state)]
  if (before === undefined || present === undefined) {
    done(undefined)
    return
  }
  const units = record.durable === undefined ? checkpoint.program.units.map(({ hash }) => hash) : undefined
  const home = encodeHome({
    results,
    state: encodeState({
      ...before,
      units,
      denied: present.denied,
      log: present.log,
      viewers: present.viewers,
      supervisor: present.supervisor,
    }),
  })
  const word = `rewinding ${record.id}.${record.incarnation}.${number}`
  storeCut(engine, { word, home, cut, about: { number, incarnation, time: checkpoint.time } }, (entry) => {
    if (entry === undefined) {
      done(undefined)
      return
    }
    keepCode(engine, self, checkpoint.program.units, (code) => {
      const origin: OriginRecord = { code, nodes: [], idsGiven: Math.max(idsGiven, record.origin?.idsGiven ?? 0) }
      done({ entry, change: (known) => ({ ...known, main: cut.main, origin }) })
    })
  })
}
