/**
 * A program goes back to a checkpoint of its own that its cluster keeps.
 *
 * Its processes, its files and what was typed are as they were then, and so is its code. What it has output since has been seen, and stays: its output
 * goes on behind that.
 */
import type { Engine, Member } from '../../engine/engine.ts'
import { decodeCheckpoint } from '../../run/checkpoint.ts'
import type { Checkpoint } from '../../run/checkpoint.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'
import { decodeHome as decodeState, encodeHome as encodeState } from '../program/home-state.ts'
import type { OriginRecord, ProgramRecord } from '../program/program.ts'
import type { Stored } from '../wire/process-records.ts'
import { fetchCheckpoint, listCheckpoints } from './checkpoints.ts'
import type { KeptCheckpoint } from './checkpoints.ts'
import type { Coordinator } from './coordinator.ts'
import { decodeCutFile } from './cut-file.ts'
import type { CutFile } from './cut-file.ts'
import { all, blobsIn, readCut, store } from './cut-store.ts'
import type { CutEntry, LoadedCut } from './cut-store.ts'
import { decodeHome, encodeHome } from './home-port.ts'
import { keepCode } from './origin-code.ts'
import { replaceState } from './replacing.ts'
import type { ReplacingPort } from './replacing.ts'
import { idsGivenIn, unfit } from './restoring.ts'
import { loadUnits } from './upgrading.ts'

export interface RewindingPort extends ReplacingPort {
  readonly engine: Engine
  readonly self: Member
  readonly shelf: CodeShelf
  readonly coordinator: Pick<Coordinator, 'separately' | 'hold' | 'letGo'>
  /** The home is written down: nothing of the program that could be seen happens any more, unless it goes on as it was. */
  readonly taken: () => void
  readonly undone: () => void
  /** No further cut is made, unless the program goes on as it was. */
  readonly over: () => void
}

/** A checkpoint that was read, and looked at. */
interface Earlier {
  readonly kept: KeptCheckpoint
  readonly checkpoint: Checkpoint
  readonly cut: CutFile
  readonly idsGiven: number
}

/** @param number of the checkpoint; @param done gets the checkpoint that the program has gone back to, or why it has not; called once */
export function rewindProgram(port: RewindingPort, number: number, done: (result: KeptCheckpoint | NodeError) => void): void {
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

function read({ shelf, self }: RewindingPort, kept: KeptCheckpoint, file: Uint8Array, done: (earlier: Earlier | NodeError) => void): void {
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

function goBack(port: RewindingPort, earlier: Earlier, done: (result: KeptCheckpoint | NodeError) => void): void {
  const { engine, record, coordinator } = port
  const stay = (error: NodeError): void => {
    port.undone()
    port.over()
    done(error)
  }
  coordinator.separately({
    taken: port.taken,
    calledOff: port.undone,
    done: (entry) => {
      coordinator.hold()
      const end = (error: NodeError): void => {
        coordinator.letGo()
        stay(error)
      }
      readCut(engine, [entry], (now) => {
        for (const blob of blobsIn(entry)) engine.blobs.remove(blob)
        if (now === undefined) end(new NodeError('R0415', 'the cluster store has lost a part of the cut', 'try again'))
        else
          enter(port, earlier, { entry, now }, (replaced) => {
            if (replaced) done(earlier.kept)
            else end(new NodeError('R0415', 'the cluster store does not take the checkpoint', 'nothing has changed; try again'))
          })
      })
    },
    failed: () => {
      stay(new NodeError('R0410', `${record.source} has ended, or begins anew just now`, 'try again'))
    },
  })
}

/** How the program is now: only its output goes on. */
interface Present {
  readonly entry: CutEntry
  readonly now: Omit<LoadedCut, 'entries'>
}

function enter(port: RewindingPort, earlier: Earlier, { entry, now }: Present, done: (replaced: boolean) => void): void {
  const { engine, self, record } = port
  const { checkpoint, cut, idsGiven } = earlier
  const { results, state: bytes } = decodeHome(cut.home)
  const [before, present] = [decodeState(bytes), decodeState(decodeHome(now.home).state)]
  if (before === undefined || present === undefined) {
    done(false)
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
  const word = `rewinding ${record.id}.${record.incarnation}.${entry.number}`
  const keepPart = (part: Uint8Array, i: number, kept: (stored: Stored | undefined) => void): void => {
    store(engine, part, `part ${i} of ${word}`, kept)
  }
  all<Uint8Array, Stored>([home, ...cut.images], keepPart, (stored) => {
    const [kept, ...images] = stored ?? []
    if (kept === undefined) {
      done(false)
      return
    }
    keepCode(engine, self, checkpoint.program.units, (code) => {
      const origin: Omit<OriginRecord, 'nodes'> = { code, idsGiven: Math.max(idsGiven, record.origin?.idsGiven ?? 0) }
      const next: CutEntry = {
        number: entry.number,
        incarnation: entry.incarnation,
        time: checkpoint.time,
        from: entry.number,
        home: kept,
        // nobody's: they are spread over all nodes
        parts: images.map((image, i) => ({ member: 0, image, calls: i === 0 ? cut.calls : [], pauseMicros: 0 })),
      }
      const change = (known: ProgramRecord): ProgramRecord => ({ ...known, main: cut.main, origin: { ...origin, nodes: [] } })
      replaceState(port, { entry: next, change }, (replaced) => {
        if (replaced && record.origin !== undefined) {
          engine.blobs.remove(record.origin.code)
          if (record.origin.upgrade !== undefined) engine.blobs.remove(record.origin.upgrade.before)
        }
        done(replaced)
      })
    })
  })
}
