/**
 * A cut by itself: a program that was on nodes, as a checkpoint file keeps it. Any cluster can go on from it.
 *
 *     cut = head (JSON) home image ...
 *
 * Decoding is total: any bytes give a cut or a SnapshotError.
 */
import { ByteReader, ByteWriter } from '../../kernel/snapshot/codec.ts'
import { SnapshotError } from '../../kernel/snapshot/snapshot-error.ts'
import { isMovingCalls } from '../wire/message-shapes.ts'
import type { MovingCall } from '../wire/process-records.ts'
import { isCount, isRecord } from '../wire/shapes.ts'
import { decoded } from './cut-store.ts'

interface CutFileHead {
  /** The incarnation that made it. */
  readonly incarnation: number
  readonly homeMoves: number
  /** Global id of the main process. */
  readonly main: number
  /** Calls of the home for which processes wait. */
  readonly calls: readonly MovingCall[]
}

export interface CutFile extends CutFileHead {
  /** As `encodeHome` of home-port.ts writes it. */
  readonly home: Uint8Array
  /** Of all sites, whole. */
  readonly images: readonly Uint8Array[]
}

const isHead = isRecord<CutFileHead>({
  incarnation: isCount,
  homeMoves: isCount,
  main: isCount,
  calls: isMovingCalls,
})

export function encodeCutFile({ home, images, incarnation, homeMoves, main, calls }: CutFile): Uint8Array {
  const w = new ByteWriter(images.reduce((bytes, image) => bytes + image.length, home.length + 256))
  w.string(JSON.stringify({ incarnation, homeMoves, main, calls } satisfies CutFileHead))
  w.bytes(home)
  w.uint(images.length)
  for (const image of images) w.bytes(image)
  return w.finish()
}

/** @throws SnapshotError */
export function decodeCutFile(bytes: Uint8Array): CutFile {
  const r = new ByteReader(bytes)
  const head = decoded(r.string(), isHead)
  if (head === undefined) throw new SnapshotError('malformed', 'the head of a cut is none')
  const home = r.bytes().slice()
  const images: Uint8Array[] = []
  for (let n = r.count(1, 'images'); n > 0; n--) images.push(r.bytes().slice())
  r.finish()
  return { ...head, home, images }
}
