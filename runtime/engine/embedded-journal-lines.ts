/**
 * The lines of a journal as bytes: what a volume of the store consists of (embedded-journal.ts says what they are for).
 *
 *   line      LF CHECK SP JSON LF       CHECK is the CRC-32 of the JSON in eight hexadecimal digits
 *
 * A line begins with a line feed as well as ending with one, so that what a killed writer left unfinished is ended by whoever writes next. JSON
 * has no line feeds of its own. Decoding is total: any bytes are a line or are not.
 */
import { crc32 } from 'node:zlib'
import { flattenChanges, unflattenChanges } from './changes-text.ts'
import type { Change } from './engine.ts'

/** The version of the format, in every header. */
export const JOURNAL_VERSION = 2
const MAGIC = 'godwit-journal'

/** Where a writer stood in the volume when it wrote: the end of the last line it had read, and the chain up to there. */
export interface Stand {
  readonly at: number
  readonly chain: number
}

export type Line =
  /**
   * The first line of a volume. The `bytes` that follow hold the directory as it was when the volume before was sealed; `synced` when somebody
   * had relied on a sync by then.
   */
  | { readonly kind: 'header'; readonly volume: number; readonly bytes: number; readonly chain: number; readonly synced: boolean }
  /** The first line of a volume that another version of this program has written, and knows how to read. */
  | { readonly kind: 'other-header'; readonly version: number }
  /** A part of that directory. */
  | { readonly kind: 'entries'; readonly entries: readonly (readonly [key: string, value: string])[] }
  /** A compare-and-set, the writer's so-many-th; `synced` when the writer relies on a sync of it. */
  | {
      readonly kind: 'swap'
      readonly stand: Stand
      readonly writer: string
      readonly serial: number
      readonly synced: boolean
      readonly changes: readonly Change[]
    }
  /** Nothing counts behind this line: the journal goes on in the next volume. */
  | { readonly kind: 'seal'; readonly stand: Stand }
  /** The whole content of what stays of the first volume when it is not needed any more. */
  | { readonly kind: 'retired' }

/** What this version writes. */
export type Writable = Exclude<Line, { readonly kind: 'other-header' }>

/** @returns the chain of a volume before anything was read from it */
export function chainOf(volume: number): number {
  return volume >>> 0
}

/** @returns the chain with one more line in it: equal chains mean equal lines in equal order */
export function chained(chain: number, check: number): number {
  return (Math.imul(chain, 0x01000193) ^ check) >>> 0
}

export function encodeLine(line: Writable): Buffer {
  return encode(contentOf(line)).bytes
}

function contentOf(line: Writable): readonly unknown[] {
  switch (line.kind) {
    case 'header':
      return [MAGIC, JOURNAL_VERSION, line.volume, line.bytes, line.chain, line.synced ? 1 : 0]
    case 'entries':
      return ['entries', ...line.entries.flat()]
    case 'swap': {
      const changes = flattenChanges(line.changes)
      return [line.synced ? 'synced-swap' : 'swap', line.stand.at, line.stand.chain, line.writer, line.serial, ...changes]
    }
    case 'seal':
      return ['seal', line.stand.at, line.stand.chain]
    case 'retired':
      return ['retired']
  }
}

function encode(content: readonly unknown[]): { readonly bytes: Buffer; readonly check: number } {
  const text = JSON.stringify(content)
  const check = crc32(text)
  return { bytes: Buffer.from(`\n${hexadecimal(check)} ${text}\n`), check }
}

function hexadecimal(check: number): string {
  return check.toString(16).padStart(8, '0')
}

/** What was read between two line feeds. */
export interface Decoded {
  /** What the chain gets of it. */
  readonly check: number
  /** Absent when it is no line: its writer was killed, or the file is damaged. */
  readonly line: Line | undefined
}

/** @param bytes a line without its line feeds */
export function decodeLine(bytes: Buffer): Decoded {
  const body = bytes.subarray(9)
  const check = crc32(body)
  if (bytes[8] !== 0x20 || bytes.toString('latin1', 0, 8) !== hexadecimal(check)) return { check: crc32(bytes), line: undefined }
  try {
    const content: unknown = JSON.parse(body.toString())
    return { check, line: Array.isArray(content) ? lineOf(content as readonly unknown[]) : undefined }
  } catch {
    return { check, line: undefined }
  }
}

function lineOf(content: readonly unknown[]): Line | undefined {
  const [kind, a, b, c, d, e] = content
  switch (kind) {
    case MAGIC:
      if (isCount(a) && a !== JOURNAL_VERSION) return { kind: 'other-header', version: a }
      if (!isCount(b) || !isCount(c) || !isCount(d)) return undefined
      return { kind: 'header', volume: b, bytes: c, chain: d, synced: e === 1 }
    case 'entries':
      return entriesOf(content)
    case 'swap':
    case 'synced-swap':
      if (!isCount(a) || !isCount(b) || typeof c !== 'string' || !isCount(d)) return undefined
      return swapOf(content, { kind: 'swap', stand: { at: a, chain: b }, writer: c, serial: d, synced: kind === 'synced-swap' })
    case 'seal':
      return isCount(a) && isCount(b) ? { kind: 'seal', stand: { at: a, chain: b } } : undefined
    case 'retired':
      return { kind: 'retired' }
  }
  return undefined
}

function entriesOf(content: readonly unknown[]): Line | undefined {
  const entries: (readonly [string, string])[] = []
  for (let i = 1; i < content.length; i += 2) {
    const [key, value] = [content[i], content[i + 1]]
    if (typeof key !== 'string' || typeof value !== 'string') return undefined
    entries.push([key, value])
  }
  return { kind: 'entries', entries }
}

function swapOf(content: readonly unknown[], head: Omit<Extract<Line, { kind: 'swap' }>, 'changes'>): Line | undefined {
  const changes = unflattenChanges(content, 5)
  return changes === undefined ? undefined : { ...head, changes }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 // it is a number, as the first half has found
}

/** Entries of the directory in one line. */
const ENTRIES_PER_LINE = 500

/** @returns a whole new volume that holds this directory */
export function encodeVolume(volume: number, synced: boolean, directory: Iterable<readonly [key: string, value: string]>): Buffer {
  const lines: Buffer[] = []
  let chain = chainOf(volume)
  let entries: (readonly [string, string])[] = []
  const add = (): void => {
    const { bytes, check } = encode(contentOf({ kind: 'entries', entries }))
    chain = chained(chain, check)
    lines.push(bytes)
    entries = []
  }
  for (const entry of directory) if (entries.push(entry) === ENTRIES_PER_LINE) add()
  if (entries.length > 0) add()
  const bytes = lines.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([encodeLine({ kind: 'header', volume, bytes, chain, synced }), ...lines])
}
