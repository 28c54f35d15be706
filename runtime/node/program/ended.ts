/**
 * Programs that have ended and whose homes were on nodes: how they ended, and the end of their output, for a viewer that comes later.
 *
 *   ended/ID      the program, as JSON; there for a time after its end (`ended.kept`)
 *   a blob        the log of its output, as home-state.ts writes such things
 */
import type { Engine, WriteOptions } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnList } from '../../engine/insist.ts'
import type { OutputPiece } from '../../host/output-log.ts'
import { LIMITS } from '../../limits.ts'
import { forgetCheckpoints } from '../durable/checkpoints.ts'
import { lossReport } from '../../report/loss.ts'
import { renderReport } from '../../report/render.ts'
import type { ProgramOutcome } from './outcome.ts'
import type { ProgramRecord } from './program.ts'

export interface EndedProgram extends ProgramOutcome {
  readonly id: number
  readonly source: string
  /** Common time when it ended, microseconds. */
  readonly at: number
  /** Name of the node that was its home. */
  readonly home: string
  /** The blob of its output; absent when there is none. */
  readonly log?: string
  /** It was told to stop, which is no fault of its own. */
  readonly stopped?: boolean
  /** It has failed, and could go on as another version: its record, as it was. */
  readonly record?: ProgramRecord
}

/** How often it is tried to keep an end while the store does not answer. */
const ATTEMPTS = 100

export const ENDED_PREFIX = 'ended/'

export function endedKey(id: number): string {
  return `${ENDED_PREFIX}${String(id).padStart(8, '0')}`
}

export function decodeEnded(text: string): EndedProgram {
  return JSON.parse(text) as EndedProgram // only homes write these keys
}

/**
 * Keeps how a program has ended.
 * @param done is called when all can read it, or the store does not take it
 * @param options that it is kept is synced: then it is tried for as long as it takes
 */
export function keepEnded(
  engine: Pick<Engine, 'clock' | 'directory' | 'blobs'>,
  program: Omit<EndedProgram, 'log'>,
  output: readonly OutputPiece[],
  done: () => void,
  options: WriteOptions = {},
): void {
  const attempts = options.synced === true ? Infinity : ATTEMPTS
  const keep = (log: string | undefined, left = attempts): void => {
    const value = JSON.stringify({ ...program, ...(log === undefined ? {} : { log }) })
    const change = { key: endedKey(program.id), expect: undefined, value }
    engine.directory.swap(
      [change],
      (outcome) => {
        if (outcome !== 'unknown' || left === 0) done()
        else
          engine.clock.after(AGAIN_MS, () => {
            keep(log, left - 1)
          })
      },
      options,
    )
  }
  const put = (left = attempts): void => {
    engine.blobs.put(
      encodeOutput(output),
      (hash) => {
        if (hash !== undefined || left === 0) keep(hash)
        else
          engine.clock.after(AGAIN_MS, () => {
            put(left - 1)
          })
      },
      options,
    )
  }
  if (output.length === 0) keep(undefined)
  else put()
}

/** Keeps that a program has ended because the node of its home has vanished. Several nodes may find that out. */
export function keepLost(engine: Pick<Engine, 'clock' | 'directory'>, { id, source }: ProgramRecord, home: string): void {
  const lost = lossReport([{ path: 'the home of the program', node: home, why: 'its console, its files and its supervisor were there' }])
  const program: EndedProgram = { id, source, home, at: engine.clock.common(), exit: 1, report: renderReport(lost) }
  engine.directory.swap([{ key: endedKey(id), expect: undefined, value: JSON.stringify(program) }], () => undefined)
}

/** Forgets programs that ended too long ago. */
export function forgetEnded(engine: Pick<Engine, 'clock' | 'directory' | 'blobs'>): void {
  insistOnList(engine, ENDED_PREFIX, (entries) => {
    const now = engine.clock.common()
    for (const [key, value] of entries) {
      const { at, id, log } = decodeEnded(value)
      if (now - at < LIMITS['ended.kept'].most * 1000) continue
      engine.directory.swap([{ key, expect: value, value: undefined }], (outcome) => {
        if (outcome !== 'done') return
        if (log !== undefined) engine.blobs.remove(log)
        forgetCheckpoints(engine, id)
      })
    }
  })
}

/** Pieces as bytes: for each its stream, its number (48 bits), its length (32 bits), and its bytes. */
const PIECE_HEAD = 11

function encodeOutput(pieces: readonly OutputPiece[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      pieces.flatMap(({ at, stream, bytes }) => {
        const head = Buffer.alloc(PIECE_HEAD)
        head.writeUInt8(stream, 0)
        head.writeUIntLE(at, 1, 6)
        head.writeUInt32LE(bytes.length, 7)
        return [head, bytes]
      }),
    ),
  )
}

/** @returns as far as the bytes make sense */
export function decodeOutput(bytes: Uint8Array): OutputPiece[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const pieces: OutputPiece[] = []
  for (let i = 0; i + PIECE_HEAD <= view.length;) {
    const stream = view.readUInt8(i)
    const length = view.readUInt32LE(i + 7)
    if ((stream !== 1 && stream !== 2) || i + PIECE_HEAD + length > view.length) break
    pieces.push({ at: view.readUIntLE(i + 1, 6), stream, bytes: view.subarray(i + PIECE_HEAD, i + PIECE_HEAD + length) })
    i += PIECE_HEAD + length
  }
  return pieces
}
