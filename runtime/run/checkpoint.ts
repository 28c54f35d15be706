/**
 * Checkpoint files: a program in the middle of what it was doing, with all it takes to go on elsewhere.
 *
 *     8 bytes    magic
 *     4 bytes    version of this form, little-endian as all numbers
 *     4 bytes    length of the header
 *     4 bytes    length of what was typed and not taken
 *     4 bytes    zero
 *     8 bytes    length of the snapshot
 *     ...        header (JSON; compressed, since most of it is code), typed bytes, snapshot
 *     32 bytes   SHA-256 of all that
 *
 * Invariants
 * - Reading never runs code and never believes a length before it was checked: any byte string gives a checkpoint or a RunError.
 * - A file appears whole or not at all.
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { ABI_VERSION } from '../abi.ts'
import { writeWhole } from '../code/files.ts'
import type { CodeUnit, Program, ProgramManifest } from '../code/program.ts'
import type { HomeState } from '../host/home-services.ts'
import type { TypedState } from '../host/typed.ts'
import { RunError } from './run-error.ts'

/** What a checkpoint file holds. */
export interface Checkpoint {
  /** The manifest and every code unit that may still be needed. */
  readonly program: Program
  /** Program time in microseconds. */
  readonly time: number
  readonly typed: TypedState
  /** Its arguments and open files. */
  readonly home: HomeState
  /** What the kernel made of its processes, or, when it was on nodes, a cut (node/durable/cut-file.ts). */
  readonly snapshot: Uint8Array
  /** How many nodes it was on; absent: it was in one OS process, without any. */
  readonly nodes?: number
}

/** The first byte is no ASCII, the last a line feed: a transfer that takes the file for text breaks the magic. */
const MAGIC = Uint8Array.of(0x89, 0x47, 0x57, 0x54, 0x43, 0x4b, 0x50, 0x0a)
const VERSION = 3
/** The form before, whose header is not compressed, is still read. */
const PLAIN_VERSION = 2
/** The form of a program that was on nodes. */
const CUT_VERSION = 4
/** A header takes at most so many bytes when it is no longer compressed. */
const MOST_HEADER = 2 ** 28
const PRELUDE = 32
const DIGEST = 32

interface Header {
  readonly abi: number
  readonly time: number
  readonly ended: boolean
  readonly nodes?: number
  readonly home: HomeState
  readonly manifest: ProgramManifest
  readonly units: readonly CodeUnit[]
}

/** @returns the bytes of a checkpoint file */
export function encodeCheckpoint({ program, time, typed, home, snapshot, nodes }: Checkpoint): Uint8Array {
  const header: Header = {
    abi: ABI_VERSION,
    time,
    ended: typed.ended,
    ...(nodes === undefined ? {} : { nodes }),
    home,
    manifest: program.manifest,
    units: program.units,
  }
  const text = deflateRawSync(new TextEncoder().encode(JSON.stringify(header)))
  const bytes = new Uint8Array(PRELUDE + text.length + typed.bytes.length + snapshot.length + DIGEST)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  view.setUint32(8, nodes === undefined ? VERSION : CUT_VERSION, true)
  view.setUint32(12, text.length, true)
  view.setUint32(16, typed.bytes.length, true)
  view.setBigUint64(24, BigInt(snapshot.length), true)
  bytes.set(text, PRELUDE)
  bytes.set(typed.bytes, PRELUDE + text.length)
  bytes.set(snapshot, PRELUDE + text.length + typed.bytes.length)
  bytes.set(digest(bytes.subarray(0, -DIGEST)), bytes.length - DIGEST)
  return bytes
}

/**
 * @param given the bytes; `file`: what they are called in messages
 * @throws RunError R0511 to R0514
 */
export function decodeCheckpoint(given: Uint8Array, file: string): Checkpoint {
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.length) // a Buffer's `slice` would share
  if (bytes.length < MAGIC.length && startsWith(MAGIC, bytes) && bytes.length > 0) throw incomplete(file)
  if (!startsWith(bytes, MAGIC)) {
    throw new RunError(
      'R0511',
      `${file} is not a checkpoint of a godwit program`,
      'name a file that `godwit run FILE --checkpoint-on SIGNAL=OUT` or `godwit checkpoint PROGRAM OUT` has written',
    )
  }
  if (bytes.length < PRELUDE + DIGEST) throw incomplete(file)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(8, true)
  const textLength = view.getUint32(12, true)
  const typedLength = view.getUint32(16, true)
  const snapshotLength = view.getBigUint64(24, true)
  const expected = BigInt(PRELUDE + DIGEST) + BigInt(textLength) + BigInt(typedLength) + snapshotLength
  const intact = equal(digest(bytes.subarray(0, -DIGEST)), bytes.subarray(-DIGEST))
  if (!intact && BigInt(bytes.length) < expected) throw incomplete(file)
  if (!intact) throw altered(file)
  if (version !== VERSION && version !== PLAIN_VERSION && version !== CUT_VERSION)
    throw otherVersion(file, `form ${version}, here ${VERSION}`)
  if (BigInt(bytes.length) !== expected) throw altered(file)

  const typedAt = PRELUDE + textLength
  const header = decodeHeader(bytes.subarray(PRELUDE, typedAt), version !== PLAIN_VERSION)
  if (header === undefined || (version === CUT_VERSION) !== (header.nodes !== undefined)) throw altered(file)
  if (header.abi !== ABI_VERSION) throw otherVersion(file, `ABI ${header.abi}, here ${ABI_VERSION}`)
  return {
    program: { manifest: header.manifest, units: header.units },
    time: header.time,
    home: header.home,
    typed: { bytes: bytes.slice(typedAt, typedAt + typedLength), ended: header.ended },
    snapshot: bytes.slice(typedAt + typedLength, bytes.length - DIGEST),
    ...(header.nodes === undefined ? {} : { nodes: header.nodes }),
  }
}

/**
 * Writes a checkpoint file, replacing one that is there.
 * @returns its size in bytes, when it is on the disk
 * @throws RunError R0515
 */
export function writeCheckpoint(file: string, checkpoint: Checkpoint): number {
  return writeCheckpointBytes(file, encodeCheckpoint(checkpoint))
}

/** As `writeCheckpoint`, of what `encodeCheckpoint` has given. */
export function writeCheckpointBytes(file: string, bytes: Uint8Array): number {
  try {
    writeWhole(file, bytes, { sync: true, mode: 0o600 }) // it holds what the program knows
  } catch (error) {
    throw new RunError(
      'R0515',
      `cannot write the checkpoint ${file}: ${reason(error)}`,
      'the program goes on; name a file in a directory that can be written',
    )
  }
  return bytes.length
}

/** @throws RunError R0511 to R0515 */
export function readCheckpoint(file: string): Checkpoint {
  return decodeCheckpoint(readCheckpointBytes(file), file)
}

/** @returns whether a file says that it is of a program that was on nodes; whether it is one shows when it is read */
export function isCheckpointOfNodes(file: string): boolean {
  const head = new Uint8Array(12)
  try {
    const descriptor = openSync(file, 'r')
    try {
      if (readSync(descriptor, head) < head.length) return false
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return false // whoever reads it says why
  }
  return startsWith(head, MAGIC) && new DataView(head.buffer).getUint32(8, true) === CUT_VERSION
}

/** @returns the bytes of a checkpoint file, whatever they are. @throws RunError R0515 */
export function readCheckpointBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new RunError(
      'R0515',
      `cannot read the checkpoint ${file}: ${reason(error)}`,
      'name a file that `godwit run FILE --checkpoint-on SIGNAL=OUT` or `godwit checkpoint PROGRAM OUT` has written',
    )
  }
}

function decodeHeader(bytes: Uint8Array, compressed: boolean): Header | undefined {
  try {
    const text = compressed ? inflateRawSync(bytes, { maxOutputLength: MOST_HEADER }) : bytes
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
    return isHeader(header) ? header : undefined
  } catch {
    return undefined
  }
}

/** Looks at what is used before anything else has checked it; the code store checks the units. */
function isHeader(value: unknown): value is Header {
  if (!isObject(value)) return false
  const { abi, time, ended, home, manifest, units } = value
  if (typeof abi !== 'number' || typeof time !== 'number' || typeof ended !== 'boolean' || !Array.isArray(units)) return false
  if (!isHome(home) || !['undefined', 'number'].includes(typeof value['nodes'])) return false
  if (!isObject(manifest) || typeof manifest['abi'] !== 'number' || typeof manifest['source'] !== 'string') return false
  return units.every((u) => isObject(u) && typeof u['hash'] === 'string' && typeof u['code'] === 'string' && isDebug(u['debug']))
}

function isHome(value: unknown): boolean {
  if (!isObject(value)) return false
  const { source, args, files } = value
  if (typeof source !== 'string' || !Array.isArray(args) || !Array.isArray(files)) return false
  return args.every((text) => typeof text === 'string') && files.every(isOpenFile)
}

function isOpenFile(value: unknown): boolean {
  if (!isObject(value)) return false
  const { descriptor, path, flags, position } = value
  return [descriptor, flags, position].every((n) => Number.isSafeInteger(n)) && typeof path === 'string'
}

function isDebug(value: unknown): boolean {
  return isObject(value) && ['files', 'sites', 'machines'].every((key) => Array.isArray(value[key]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function incomplete(file: string): RunError {
  return new RunError('R0512', `${file} ends too early`, 'copy the file again, or go on from an earlier checkpoint')
}

function altered(file: string): RunError {
  return new RunError(
    'R0513',
    `${file} is not what was written: its checksum is wrong`,
    'copy the file again (as binary), or go on from an earlier checkpoint',
  )
}

function otherVersion(file: string, which: string): RunError {
  return new RunError(
    'R0514',
    `${file} was written by another version of godwit (${which})`,
    'go on with the version of godwit that wrote it',
  )
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && equal(bytes.subarray(0, prefix.length), prefix)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
