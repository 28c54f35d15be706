/**
 * A recording of a run on several nodes: what each node has told of the choices of its processes (choices.ts), and what the home of the program has seen:
 * which keys the program was given, in which order its output came, and how it has ended.
 *
 * The file is a sequence of parts: a byte that says which, then its numbers. When it has no end, the run was killed, or a node with a part of it: then what
 * counts is what happened before the logical time up to which every node has told all.
 */
import { OUTPUTS } from '../../host/console.ts'
import type { Console, Output } from '../../host/console.ts'
import { ByteReader, ByteWriter, checksum } from '../../kernel/snapshot/codec.ts'
import { SnapshotError } from '../../kernel/snapshot/snapshot-error.ts'
import type { Report } from '../../report/report.ts'
import { ChoiceReader } from './choices.ts'
import type { Told } from './choices.ts'
import { encodeHead, notRecording, readHead } from './recording.ts'
import type { RecordingHead } from './recording.ts'
import { RecordingFile } from './recording-file.ts'
import { RunError } from '../run-error.ts'

/** How a run has ended: by itself, or it was interrupted; undefined: it was killed, or a node with a part of it. */
export type NodesEnd =
  | { readonly how: 'ended' | 'interrupted' | 'refused' }
  | { readonly how: 'exited'; readonly status: number }
  | { readonly how: 'report'; readonly report: Report }

export interface NodesRecording {
  readonly head: RecordingHead
  /** In the order of logical time. */
  readonly told: readonly Told[]
  readonly keys: readonly number[]
  /** Runs of output, in their order. */
  readonly printed: readonly (readonly [from: Output, bytes: number])[]
  readonly end: NodesEnd | undefined
  /** Why it has no end, where that is known. */
  readonly brokenOff: string | undefined
}

const TOLD = 1
const PRINTED = 2
const KEY = 3
const END = 4
const BROKEN_OFF = 5
/** The greatest kind, and 1. */
const KINDS = 6

/** Bytes that are kept before they are written to the file. */
const KEPT = 1 << 14
const encoder = new TextEncoder()
/** The key that is offered for ever at the end of input. */
const END_OF_INPUT = 255

/** Writes a recording. */
export class NodesRecorder {
  private readonly file: RecordingFile
  private bytes = new ByteWriter()
  private from: Output = 'screen'
  private run = 0
  private isOver = false

  /**
   * @param failed hears that the file cannot be written any more: R0515
   * @throws RunError R0515 when the file cannot be written
   */
  constructor(
    path: string,
    head: RecordingHead,
    private readonly failed: (error: RunError) => void,
  ) {
    this.file = new RecordingFile(path)
    this.file.write(encodeHead(head, 'several'))
  }

  /** A member has told what processes chose there, all that they did up to that logical time. */
  told(member: number, upTo: number, piece: Uint8Array): void {
    if (this.isOver) return
    this.begin(TOLD)
    this.bytes.uint(member)
    this.bytes.uint(upTo)
    this.bytes.bytes(piece)
    this.write(0)
  }

  /** The program has printed so much. */
  printed(from: Output, bytes: number): void {
    if (from !== this.from) this.endRun()
    this.from = from
    this.run += bytes
  }

  /** Records which keys a console offers from now on. */
  watch(console: Console): void {
    let taken = 0
    let recorded = 0
    console.watch(({ keys, ...sinks }) => ({
      ...sinks,
      keys: {
        peek: () => {
          const key = keys.peek() ?? (keys.ended ? END_OF_INPUT : undefined)
          if (key !== undefined && taken === recorded) {
            recorded++
            this.key(key)
          }
          return key
        },
        shift: () => {
          taken++
          keys.shift()
        },
        ended: false,
      },
    }))
  }

  private key(key: number): void {
    if (this.isOver) return
    this.begin(KEY)
    this.bytes.byte(key)
    this.write(KEPT)
  }

  /** What follows is not recorded. */
  breakOff(why: string): void {
    if (this.isOver) return
    this.begin(BROKEN_OFF)
    this.bytes.string(why)
    this.close()
  }

  finish(end: NodesEnd): void {
    if (this.isOver) return
    this.begin(END)
    encodeEnd(this.bytes, end)
    this.close()
  }

  private close(): void {
    this.write(0)
    this.isOver = true
    this.file.close()
  }

  private begin(kind: number): void {
    this.endRun()
    this.bytes.byte(kind)
  }

  private endRun(): void {
    const { run } = this
    this.run = 0
    if (run === 0 || this.isOver) return
    this.bytes.byte(PRINTED)
    this.bytes.byte(OUTPUTS.indexOf(this.from))
    this.bytes.uint(run)
  }

  private write(keep: number): void {
    if (this.bytes.length <= keep) return
    const taken = this.bytes.finish()
    this.bytes = new ByteWriter()
    try {
      this.file.write(taken)
    } catch (error) {
      if (!(error instanceof RunError)) throw error
      this.isOver = true
      this.failed(error)
    }
  }
}

/** @param name of the file, for messages @throws RunError R0531 when it is no recording of several nodes */
export function readNodesRecording(file: Uint8Array, name: string): NodesRecording {
  const { head, at: begin, rest } = readHead(file, name)
  const readers = new Map<number, { readonly reader: ChoiceReader; upTo: number }>()
  const told: (Told & { readonly member: number })[] = []
  const places = new Map<string, string>()
  const keys: number[] = []
  const printed: (readonly [Output, number])[] = []
  let end: NodesEnd | undefined
  let brokenOff: string | undefined
  const r = new ByteReader(rest)
  while (r.left > 0 && end === undefined) {
    const { at } = r
    try {
      switch (r.below(KINDS, 'kind of part')) {
        case TOLD: {
          const member = r.uint()
          const known = readers.get(member) ?? { reader: new ChoiceReader(), upTo: 0 }
          known.upTo = r.uint()
          readers.set(member, known)
          for (const each of read(known.reader, r.bytes(), places)) told.push({ ...each, member })
          break
        }
        case PRINTED:
          printed.push([OUTPUTS[r.below(OUTPUTS.length, 'output')] ?? 'screen', r.uint()])
          break
        case KEY:
          keys.push(r.byte())
          break
        case END:
          end = readEnd(r)
          break
        case BROKEN_OFF:
          brokenOff = r.string()
          break
        default: // bytes are what a file has
          throw new SnapshotError('malformed', 'no kind of part')
      }
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      if (error.code === 'truncated') break // the run was killed while it wrote
      throw notRecording(name, `byte ${begin + at} is damaged`)
    }
  }
  let last = Infinity
  if (end === undefined) for (const { upTo } of readers.values()) last = Math.min(last, upTo)
  const inOrder = told.filter(({ at }) => at <= last).sort((a, b) => a.at - b.at || a.member - b.member)
  return { head, told: inOrder.map((each) => placed(each, places)), keys, printed, end, brokenOff }
}

/** @returns what a piece says, all of which is there */
function read(reader: ChoiceReader, piece: Uint8Array, places: Map<string, string>): Told[] {
  const its: Told[] = []
  try {
    reader.read(piece, its, places)
  } catch (error) {
    throw error instanceof SnapshotError ? new SnapshotError('malformed', error.message) : error
  }
  return its
}

function encodeEnd(w: ByteWriter, end: NodesEnd): void {
  const text = encoder.encode(JSON.stringify(end))
  w.bytes(text)
  w.uint(checksum(text))
}

function readEnd(r: ByteReader): NodesEnd {
  const text = r.bytes()
  if (checksum(text) !== r.uint()) throw new SnapshotError('malformed', 'the end is damaged')
  return JSON.parse(new TextDecoder().decode(text)) as NodesEnd // `encodeEnd` has written it, as its checksum says
}

/** @returns what was told, in which each process has the path that it has where its FORKING is */
function placed({ path, at, choice }: Told, places: ReadonlyMap<string, string>): Told {
  return {
    path: pathIn(places, path),
    at,
    choice: choice.kind === 'fork' ? { kind: 'fork', child: pathIn(places, choice.child) } : choice,
  }
}

function pathIn(places: ReadonlyMap<string, string>, path: string): string {
  const [first = '', ...rest] = path.split('/')
  const known = places.get(first)
  return known === undefined ? path : [pathIn(places, known), ...rest].join('/')
}
