/**
 * Going on from a checkpoint: the cut that it holds becomes the last cut of a new program, which then begins as a durable one does after all of its
 * nodes were lost (recovery.ts).
 *
 * What was output before the checkpoint is not output again; what was typed and not read is still to be read. Ids that the program has given before
 * are not given again, though other members may have given them.
 */
import type { Engine, Member } from '../../engine/engine.ts'
import { readImage } from '../../kernel/links/image.ts'
import { LinkTable } from '../../kernel/links/link-table.ts'
import { liveGroups } from '../../kernel/links/revival.ts'
import { IDS_OF_A_MEMBER } from '../../kernel/links/router.ts'
import { Kernel } from '../../kernel/scheduler/kernel.ts'
import { Channel } from '../../kernel/scheduler/state.ts'
import { restoreProgram, SnapshotError } from '../../kernel/snapshot/snapshot.ts'
import { decodeCheckpoint } from '../../run/checkpoint.ts'
import type { Checkpoint } from '../../run/checkpoint.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'
import { decodeHome as decodeState, encodeHome as encodeState } from '../program/home-state.ts'
import type { ProgramHomeState } from '../program/home-state.ts'
import { durableRecord, insert, nextProgram, programKey, wishesOf } from '../program/program.ts'
import type { ProgramRecord } from '../program/program.ts'
import type { Restoration } from '../wire/messages.ts'
import type { Stored } from '../wire/process-records.ts'
import { withoutOutput } from './checkpoint-file.ts'
import { decodeCutFile } from './cut-file.ts'
import type { CutFile } from './cut-file.ts'
import { all, commitCut, store } from './cut-store.ts'
import type { CutEntry } from './cut-store.ts'
import { decodeHome, encodeHome } from './home-port.ts'
import { keepCode } from './origin-code.ts'

export interface RestoringPort {
  readonly engine: Engine
  readonly self: Member
  readonly shelf: CodeShelf
  /** The program begins from its cut. @param done hears whether it does */
  readonly raise: (record: ProgramRecord, done: (begun: boolean) => void) => void
}

/** What a checkpoint is, taken apart and looked at. */
interface Readied {
  readonly checkpoint: Checkpoint
  readonly cut: CutFile
  readonly home: Uint8Array
  readonly idsGiven: number
}

/** The number of the cut that a program begins from. */
const FIRST_CUT = 1

/** @param done gets the id of the program, or why there is none; called once */
export function beginFromCheckpoint(
  port: RestoringPort,
  file: Uint8Array,
  order: Restoration,
  done: (begun: number | NodeError) => void,
): void {
  let checkpoint: Checkpoint
  try {
    checkpoint = decodeCheckpoint(file, 'the checkpoint')
    for (const unit of checkpoint.program.units) port.shelf.put(unit)
  } catch (error) {
    done(unfit(error))
    return
  }
  const hashes = checkpoint.program.units.map(({ hash }) => hash)
  port.shelf.load(hashes, (error) => {
    let readied: Readied
    try {
      if (error !== undefined) throw error
      readied = ready(port, checkpoint, order)
    } catch (reason) {
      done(unfit(reason))
      return
    }
    enter(port, readied, order, done)
  })
}

/** @returns why a program cannot go on from a checkpoint */
export function unfit(error: unknown): NodeError {
  return error instanceof NodeError
    ? error
    : new NodeError('R0406', `the program cannot go on from its checkpoint: ${error instanceof Error ? error.message : String(error)}`)
}

/** @throws SnapshotError, NodeError when the checkpoint does not fit its own code, or is not of a program on nodes */
function ready({ shelf, self }: RestoringPort, checkpoint: Checkpoint, { denied, durable, directory, variables }: Restoration): Readied {
  const cut = checkpoint.nodes === undefined ? cutOf(checkpoint, shelf, self) : decodeCutFile(checkpoint.snapshot)
  const idsGiven = idsGivenIn(cut, shelf, self)
  const { results, state } = decodeHome(cut.home)
  const before = decodeState(state)
  if (before === undefined) throw new NodeError('R0406', 'the checkpoint has no home')
  const home = withoutOutput({
    ...before,
    services: { directory, variables, ...before.services },
    denied: [...new Set([...before.denied, ...denied])],
    units: durable === undefined ? checkpoint.program.units.map(({ hash }) => hash) : undefined,
  })
  return { checkpoint, cut, home: encodeHome({ results, state: home }), idsGiven }
}

/** @returns how many ids the member has given at most that has given most, as far as a cut tells, all of which is decoded for that. @throws SnapshotError, NodeError */
export function idsGivenIn(cut: CutFile, shelf: CodeShelf, { index }: Member): number {
  const heads = cut.images.map((image) => readImage(image))
  const scratch = new LinkTable(new Kernel({ now: () => 0, host: () => false }), index, () => undefined)
  const revival = scratch.decode({ heads, share: liveGroups(heads) }, (hash) => shelf.unitOf(hash))
  const before = decodeState(decodeHome(cut.home).state)
  if (before === undefined) throw new NodeError('R0406', 'the checkpoint has no home')
  // the console's channels and the main process have ids that nothing else may name
  const { keyboard, screen, error } = before.console
  const given = [keyboard, screen, error, cut.main].map((id) => id % IDS_OF_A_MEMBER)
  return given.reduce((most, each) => Math.max(most, each), revival.idsGiven)
}

/** @returns what a cut would have of a program that was in one OS process. @throws SnapshotError */
function cutOf({ snapshot, time, typed, home, program }: Checkpoint, shelf: CodeShelf, { index }: Member): CutFile {
  const kernel = new Kernel({ now: () => time, host: () => false })
  const links = new LinkTable(kernel, index, () => undefined)
  const channels = { keyboard: new Channel(), screen: new Channel(), error: new Channel() }
  const offeredAgain = (): void => undefined // it is still among what was typed
  const [main] = restoreProgram(kernel, snapshot, (hash) => shelf.unitOf(hash), channels, { pending: offeredAgain })
  if (main === undefined) throw new SnapshotError('malformed', 'there is no process')
  links.makeRoot(main)
  const mainId = links.idOf(main) // before the image is written, which has the name then
  const state: ProgramHomeState = {
    services: home,
    denied: [],
    console: {
      keyboard: links.channelId(channels.keyboard),
      screen: links.channelId(channels.screen),
      error: links.channelId(channels.error),
    },
    hears: program.manifest.main?.parameters.includes('keyboard') ?? true,
    typed,
    log: { start: 0, released: 0, pieces: [] },
    viewers: [],
    calls: [],
    supervisor: { lost: [], waitInVain: [], vanished: [], leaving: [] },
  }
  const { image } = links.cut(FIRST_CUT, 0)
  if (image === undefined) throw new SnapshotError('malformed', 'there is no process')
  return {
    incarnation: 0,
    homeMoves: 0,
    main: mainId,
    calls: [],
    home: encodeHome({ results: [], state: encodeState(state) }),
    images: [image.bytes],
  }
}

interface WholeCut {
  /** What nothing else that was ever stored is called. */
  readonly word: string
  readonly home: Uint8Array
  readonly cut: CutFile
  readonly about: Pick<CutEntry, 'number' | 'incarnation' | 'time'>
}

/** Keeps a cut that needs no other. @param done gets its entry; undefined when the store failed */
export function storeCut(engine: Engine, { word, home, cut, about }: WholeCut, done: (entry: CutEntry | undefined) => void): void {
  const keepPart = (part: Uint8Array, i: number, kept: (stored: Stored | undefined) => void): void => {
    store(engine, part, `part ${i} of ${word}`, kept)
  }
  all<Uint8Array, Stored>([home, ...cut.images], keepPart, (stored) => {
    const [kept, ...images] = stored ?? []
    if (kept === undefined) {
      done(undefined)
      return
    }
    done({
      ...about,
      from: about.number,
      home: kept,
      // nobody's: they are spread over all nodes
      parts: images.map((image, i) => ({ member: 0, image, calls: i === 0 ? cut.calls : [], pauseMicros: 0 })),
    })
  })
}

function enter(
  port: RestoringPort,
  { checkpoint, cut, home, idsGiven }: Readied,
  order: Restoration,
  done: (begun: number | NodeError) => void,
): void {
  const { source } = checkpoint.home
  keepCode(port.engine, port.self, checkpoint.program.units, (code) => {
    const wishes = { ...wishesOf(order), ...(order.durable === undefined ? {} : { durable: durableRecord(order.durable) }) }
    beginFrom(port, { cut, home, time: checkpoint.time, record: { source, ...wishes, origin: { code, nodes: [], idsGiven } } }, done)
  })
}

/** What a new program begins from. */
export interface Beginning {
  readonly cut: CutFile
  /** As `encodeHome` of home-port.ts writes it. */
  readonly home: Uint8Array
  /** Program time, microseconds. */
  readonly time: number
  readonly record: Omit<ProgramRecord, 'id' | 'incarnation' | 'home' | 'homeMoves' | 'main'>
}

/** Lets a new program begin from a cut, with its home here. @param done gets its id, or why there is none */
export function beginFrom(
  { engine, self, raise }: RestoringPort,
  { cut, home, time, record: wanted }: Beginning,
  done: (begun: number | NodeError) => void,
): void {
  const failed = (): void => {
    done(new NodeError('R0415', 'the cluster store does not take the checkpoint', 'try again'))
  }
  nextProgram(engine, (id) => {
    const { incarnation, homeMoves, main } = cut
    const record: ProgramRecord = { id, incarnation, home: self.index, homeMoves, main, ...wanted }
    const about = { number: FIRST_CUT, incarnation, time }
    storeCut(engine, { word: `the checkpoint of ${id}`, home, cut, about }, (entry) => {
      if (entry === undefined) {
        failed()
        return
      }
      const text = JSON.stringify(record)
      insert(engine, programKey(id), text, () => {
        commitCut(engine, { program: id, record: [programKey(id), text], entry }, (outcome) => {
          if (outcome === 'deposed') failed()
          else
            raise(record, (begun) => {
              if (begun) done(id)
              else failed()
            })
        })
      })
    })
  })
}
