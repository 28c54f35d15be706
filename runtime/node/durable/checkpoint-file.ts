/** A program as it was at a cut, as one file with its code: what checkpoints are. */
import { ABI_VERSION } from '../../abi.ts'
import type { CodeUnit } from '../../code/program.ts'
import { readImage } from '../../kernel/links/image.ts'
import { liveGroups } from '../../kernel/links/revival.ts'
import { SnapshotError } from '../../kernel/snapshot/snapshot-error.ts'
import { encodeCheckpoint } from '../../run/checkpoint.ts'
import { decodeHome as decodeState, encodeHome as encodeState } from '../program/home-state.ts'
import type { ProgramHomeState } from '../program/home-state.ts'
import type { ProgramRecord } from '../program/program.ts'
import { encodeCutFile } from './cut-file.ts'
import type { CutFile } from './cut-file.ts'
import { decodeHome, encodeHome } from './home-port.ts'

/** What a checkpoint has of a cut. */
export interface SavedCut extends Pick<CutFile, 'incarnation' | 'calls' | 'home' | 'images'> {
  /** Program time, microseconds. */
  readonly time: number
}

/**
 * @param units all code of the program, of the version that the cut is of
 * @returns a program as `godwit restore` reads it
 * @throws SnapshotError when a part of the cut is missing, or the whole is too large
 */
export function checkpointFile(
  { homeMoves, main, source }: Pick<ProgramRecord, 'homeMoves' | 'main' | 'source'>,
  { incarnation, time, home, images, calls }: SavedCut,
  units: readonly CodeUnit[],
): Uint8Array {
  liveGroups(images.map((image) => readImage(image)))
  const { results, state: bytes } = decodeHome(home)
  const state = decodeState(bytes)
  if (state === undefined) throw new SnapshotError('malformed', 'the home is none')
  return encodeCheckpoint({
    program: {
      manifest: { abi: ABI_VERSION, source, units: units.map(({ hash, name, imports }) => ({ hash, name, imports })) },
      units,
    },
    time,
    typed: state.typed,
    home: state.services,
    nodes: images.length,
    snapshot: encodeCutFile({
      incarnation,
      homeMoves,
      main,
      calls,
      home: encodeHome({ results, state: withoutOutput(state) }),
      images,
    }),
  })
}

/** @returns the home as bytes, without what is this run's alone: its output, and who views it */
export function withoutOutput(state: ProgramHomeState): Uint8Array {
  return encodeState({
    ...state,
    log: { start: 0, released: 0, pieces: [] },
    viewers: [],
    supervisor: { lost: [], waitInVain: [], vanished: [], leaving: [] },
  })
}
