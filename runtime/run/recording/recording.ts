/**
 * A recording of a run: all that the program was given from outside, in order. Everything else follows from it, since a kernel does the same again
 * when it is given the same.
 *
 * What is recorded, in the order in which the kernel asked for it: how long each run of the kernel was allowed to be, each reading of the clock, each answer of
 * the host, each key, and which processes were woken between two runs. The file begins with two lines of text: its form, and JSON that says what it
 * is of. Entries follow: a byte that says which, then its numbers (snapshot/codec.ts). A file that ends within an entry is of a run that was killed.
 */
import { ByteReader, readValue, writeValue } from '../../kernel/snapshot/codec.ts'
import { SnapshotError } from '../../kernel/snapshot/snapshot-error.ts'
import type { FaultValues } from '../../kernel/scheduler/fault.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { RunError } from '../run-error.ts'
import { GatheredBytes } from './gathered-bytes.ts'

/** What a recording is of. */
export interface RecordingHead {
  /** The hash of the unit that the program begins with, which names the units that it uses by their hashes. */
  readonly program: string
  /** Path of the source text, for messages. */
  readonly source: string
  readonly args: readonly string[]
}

/** How a recorded run has ended. */
export type RecordedEnd = 'ended' | 'exited' | 'fault' | 'deadlock' | 'interrupted' | 'refused'

const ENDS: readonly RecordedEnd[] = ['ended', 'exited', 'fault', 'deadlock', 'interrupted', 'refused']

export type Entry =
  /** The kernel runs with so much fuel. */
  | { readonly kind: 'run'; readonly fuel: number }
  /** The clock was read: microseconds of program time. */
  | { readonly kind: 'time'; readonly at: number }
  /** A host service has answered at once; undefined: it has not. */
  | { readonly kind: 'answer'; readonly value: Value | undefined }
  /** A process is woken that waits in a call of the host, by the number of that call, or one of the console, by its number - 3. */
  | { readonly kind: 'wake'; readonly call: number; readonly value: Value }
  /** The keyboard's process looks for a key: 0 to 255, or -1 when there is none. */
  | { readonly kind: 'key'; readonly key: number }
  /** After so many bytes since the last such entry a stream takes no more for now. */
  | { readonly kind: 'full'; readonly bytes: number }
  /** The memory is nearly used up: how much is used, and the limit. */
  | { readonly kind: 'memory'; readonly values: FaultValues }
  | { readonly kind: 'end'; readonly how: RecordedEnd; readonly status: number }
  /** The program has more than `--limit` gives it: what it is told of that. */
  | { readonly kind: 'exceeded'; readonly message: string; readonly help: string }

const KINDS = ['run', 'time', 'answer', 'wake', 'key', 'full', 'memory', 'end', 'exceeded'] as const satisfies readonly Entry['kind'][]

/** The forms of a recording: of a run on one node, and of one on several (nodes-recording.ts). */
const FORMS = { one: 'godwit recording 1', several: 'godwit recording of nodes 1' } as const
const ANY_FORM = 'godwit recording'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** @returns the beginning of a file */
export function encodeHead(head: RecordingHead, form: keyof typeof FORMS = 'one'): Uint8Array {
  return encoder.encode(`${FORMS[form]}\n${JSON.stringify(head)}\n`)
}

/** Whether a file is a recording, or was meant to be one. */
export function isRecording(file: Uint8Array): boolean {
  return decoder.decode(file.subarray(0, ANY_FORM.length)) === ANY_FORM
}

/** Whether a recording is of a run on several nodes. */
export function isOfNodes(file: Uint8Array): boolean {
  return decoder.decode(file.subarray(0, FORMS.several.length)) === FORMS.several
}

/** Writes entries one after the other. */
export class EntryWriter extends GatheredBytes {
  private time = 0

  run(fuel: number): void {
    this.begin('run')
    this.bytes.uint(fuel)
  }

  /** @param at whole microseconds */
  clock(at: number): void {
    this.begin('time')
    this.bytes.uint(at - this.time)
    this.time = at
  }

  write(entry: Exclude<Entry, { kind: 'run' | 'time' }>): void {
    const { bytes } = this
    this.begin(entry.kind)
    switch (entry.kind) {
      case 'answer':
        bytes.byte(entry.value === undefined ? 0 : 1)
        if (entry.value !== undefined) writeValue(bytes, entry.value)
        return
      case 'wake':
        bytes.int(entry.call)
        writeValue(bytes, entry.value)
        return
      case 'key':
        bytes.int(entry.key)
        return
      case 'full':
        bytes.uint(entry.bytes)
        return
      case 'memory':
        bytes.uint(entry.values.length)
        for (const [name, value] of entry.values) {
          bytes.string(name)
          bytes.byte(typeof value === 'string' ? 1 : 0)
          if (typeof value === 'string') bytes.string(value)
          else writeValue(bytes, value)
        }
        return
      case 'end':
        bytes.byte(ENDS.indexOf(entry.how))
        bytes.int(entry.status)
        return
      case 'exceeded':
        bytes.string(entry.message)
        bytes.string(entry.help)
        return
    }
  }

  private begin(kind: Entry['kind']): void {
    this.bytes.byte(KINDS.indexOf(kind))
  }
}

/** A recording that was read. */
export interface Recording {
  readonly head: RecordingHead
  /** A run that goes on beyond its end adds to them. */
  readonly entries: Entry[]
}

/** The beginning of a recording, and where what was recorded begins. */
export interface Beginning {
  readonly head: RecordingHead
  readonly at: number
  /** What was recorded. */
  readonly rest: Uint8Array
}

/** @returns the error of a file that is no recording @param name of the file */
export function notRecording(name: string, why: string): RunError {
  return new RunError('R0531', `${name} is not a recording: ${why}`, 'write one with `godwit run --record RECORDING FILE`')
}

/** @param name of the file, for messages @throws RunError R0531 when it is no recording */
export function readHead(file: Uint8Array, name: string): Beginning {
  const first = file.indexOf(10)
  const second = file.indexOf(10, first + 1)
  const form = decoder.decode(file.subarray(0, Math.max(0, first)))
  if (form !== FORMS.one && form !== FORMS.several)
    throw notRecording(
      name,
      isRecording(file) ? `its form is \`${form}\`, and this version reads \`${FORMS.one}\` and \`${FORMS.several}\`` : 'it has no form',
    )
  let head: unknown
  try {
    head = second < 0 ? undefined : JSON.parse(decoder.decode(file.subarray(first + 1, second)))
  } catch {
    head = undefined
  }
  if (!isHead(head)) throw notRecording(name, 'it does not say what it is of')
  const at = second + 1
  return { head, at, rest: new Uint8Array(file.buffer, file.byteOffset + at, file.length - at) } // no Buffer, whose slices share its memory
}

/** @param name of the file, for messages @throws RunError R0531 when it is no recording of one node */
export function readRecording(file: Uint8Array, name: string): Recording {
  const { head, at: begin, rest } = readHead(file, name)
  const entries: Entry[] = []
  const r = new ByteReader(rest)
  let time = 0
  while (r.left > 0) {
    const { at } = r
    try {
      const entry = readEntry(r, time)
      if (entry.kind === 'time') time = entry.at
      entries.push(entry)
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      if (error.code === 'truncated') break // the run was killed while it wrote
      throw notRecording(name, `byte ${begin + at} is damaged`)
    }
  }
  return { head, entries }
}

function isHead(x: unknown): x is RecordingHead {
  if (typeof x !== 'object' || x === null || !('program' in x) || !('source' in x) || !('args' in x)) return false
  const { program, source, args } = x
  return typeof program === 'string' && typeof source === 'string' && Array.isArray(args) && args.every((each) => typeof each === 'string')
}

function readEntry(r: ByteReader, time: number): Entry {
  const kind = KINDS[r.below(KINDS.length, 'kind of entry')] ?? 'end'
  switch (kind) {
    case 'run':
      return { kind, fuel: r.uint() }
    case 'time':
      return { kind, at: time + r.uint() }
    case 'answer':
      return { kind, value: r.below(2, 'answer') === 0 ? undefined : readValue(r) }
    case 'wake':
      return { kind, call: r.int(), value: readValue(r) }
    case 'key':
      return { kind, key: r.int() }
    case 'full':
      return { kind, bytes: r.uint() }
    case 'memory': {
      const values: [string, string | Value][] = []
      for (let n = r.count(3, 'values'); n > 0; n--) {
        const name = r.string()
        values.push([name, r.below(2, 'value') === 1 ? r.string() : readValue(r)])
      }
      return { kind, values }
    }
    case 'end':
      return { kind, how: ENDS[r.below(ENDS.length, 'end')] ?? 'ended', status: r.int() }
    case 'exceeded':
      return { kind, message: r.string(), help: r.string() }
  }
}
