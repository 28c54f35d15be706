/** What the log of a cluster on NATS consists of, and what every member makes of it: a pure function of the messages, in their order. */
import { flattenChanges, unflattenChanges } from './changes-text.ts'
import type { Change } from './engine.ts'
import { KeyTable } from './key-table.ts'
import { LogDigest } from './log-digest.ts'

/** One message of the log. */
export type LogMessage =
  /**
   * A compare-and-set, the writer's so-many-th. `stand`: all before that sequence number had been read by the writer when it wrote. What the log holds more
   * than HORIZON messages after its stand is void: so what the servers deliver very late cannot be taken for something new. `digest`: of what the writer
   * had made of all before its stand; members that make something else of it find out so. Messages of early versions have none.
   */
  | {
      readonly kind: 'swap'
      readonly writer: string
      readonly serial: number
      readonly stand: number
      readonly digest: number | undefined
      readonly changes: readonly Change[]
    }
  /** The directory as it was after message number `at`, with this digest, is in a blob. */
  | { readonly kind: 'snapshot'; readonly at: number; readonly hash: string; readonly digest: number | undefined }

/** Messages for which it is remembered who has written what. */
export const HORIZON = 50_000
/** Of how many messages the digests are remembered, at least. */
const REMEMBERED = 4_096
/** Snapshots of version 1 have no digest. */
const VERSION = 2

const encoder = new TextEncoder()

export function encodeLogMessage(message: LogMessage): Uint8Array {
  switch (message.kind) {
    case 'swap':
      return encoder.encode(
        JSON.stringify(['swap', message.writer, message.serial, message.stand, ...digestIn(message), ...flattenChanges(message.changes)]),
      )
    case 'snapshot':
      return encoder.encode(JSON.stringify(['snapshot', message.at, message.hash, ...digestIn(message)]))
  }
}

function digestIn({ digest }: LogMessage): number[] {
  return digest === undefined ? [] : [digest]
}

/** @returns undefined for what is no message of this version */
export function decodeLogMessage(text: string): LogMessage | undefined {
  const found = parsed(text)
  if (!Array.isArray(found)) return undefined
  const content: readonly unknown[] = found
  const [kind, a, b, c, d] = content
  if (kind === 'snapshot')
    return isCount(a) && typeof b === 'string' && (c === undefined || isCount(c)) ? { kind, at: a, hash: b, digest: c } : undefined
  if (kind !== 'swap' || typeof a !== 'string' || !isCount(b) || !isCount(c)) return undefined
  const digest = isCount(d) ? d : undefined
  const changes = unflattenChanges(content, digest === undefined ? 4 : 5)
  return changes === undefined ? undefined : { kind, writer: a, serial: b, stand: c, digest, changes }
}

/** What a compare-and-set of the log has come to; `void`: it does not count, and never will. */
export type Verdict = 'done' | 'conflict' | 'void'

interface WriterStand {
  readonly serial: number
  /** Number of the writer's last message that counted. */
  readonly at: number
}

/**
 * The directory after some message of the log.
 *
 * Invariants
 * - The serial numbers of a writer that count only grow. So a message that is in the log twice counts once, and when a later one of the same
 *   writer has counted, an earlier one never will.
 * - The digest is that of the table and the writers. It is changed with them and never computed from them, so it tells when they are not what the
 *   messages have made of them.
 */
export class LogState {
  readonly table = new KeyTable()
  private readonly writers = new Map<string, WriterStand>()
  private readonly sum = new LogDigest()
  /** Digests by the number of the message after which they held: those of late, and some before. */
  private digests = new Map<number, number>([[0, 0]])
  private olderDigests = new Map<number, number>()

  /** Of everything that members have to agree upon. */
  get digest(): number {
    return this.sum.value
  }

  /** @returns whether the writer of a message had made something else of the messages before than this member, as far as that is remembered */
  disagrees(message: LogMessage): boolean {
    const own = this.digestAfter(message.kind === 'swap' ? message.stand - 1 : message.at)
    return own !== undefined && message.digest !== undefined && own !== message.digest
  }

  /** @param at the message's sequence number */
  swap(at: number, message: Extract<LogMessage, { kind: 'swap' }>): Verdict {
    const verdict = this.count(at, message)
    this.remember(at)
    return verdict
  }

  /** Message number `at` never was: servers that have no room give a number to what they refuse. */
  skip(at: number): void {
    this.remember(at)
  }

  /** Message number `at` is a snapshot: those who have not written for long are forgotten, by everybody alike. */
  forget(at: number): void {
    for (const [writer, stand] of this.writers) if (at - stand.at > HORIZON) this.setWriter(writer, undefined)
    this.remember(at)
  }

  /** @returns the last serial number of a writer that has counted; 0 when there is none */
  serialOf(writer: string): number {
    return this.writers.get(writer)?.serial ?? 0
  }

  /** @returns whether the directory is what the messages have made of it. It looks at all of it */
  isSound(): boolean {
    return digestOf(this.table, this.writers) === this.digest
  }

  encode(): Uint8Array {
    const writers = [...this.writers].flatMap(([writer, { serial, at }]) => [writer, serial, at])
    return encoder.encode(JSON.stringify({ version: VERSION, digest: this.digest, writers, entries: [...this.table].flat() }))
  }

  /**
   * Becomes what was encoded after message number `at`.
   * @returns false when that makes no sense: nothing has happened then
   */
  decode(bytes: Uint8Array, at: number): boolean {
    const content = parsed(new TextDecoder().decode(bytes))
    if (typeof content !== 'object' || content === null) return false
    const { version, digest, writers, entries } = content as Readonly<
      Partial<Record<'version' | 'digest' | 'writers' | 'entries', unknown>>
    > // each is looked at
    if ((version !== VERSION && version !== 1) || !Array.isArray(writers) || !Array.isArray(entries)) return false
    const [names, texts]: readonly (readonly unknown[])[] = [writers, entries]
    if (names === undefined || texts === undefined || !texts.every((text) => typeof text === 'string')) return false
    const known = new Map<string, WriterStand>()
    for (let i = 0; i < names.length; i += 3) {
      const [writer, serial, at] = names.slice(i, i + 3)
      if (typeof writer !== 'string' || !isCount(serial) || !isCount(at)) return false
      known.set(writer, { serial, at })
    }
    const pairs: [string, string][] = []
    for (let i = 0; i + 1 < texts.length; i += 2) pairs.push([texts[i] ?? '', texts[i + 1] ?? ''])
    if (version === VERSION && digest !== digestOf(pairs, known)) return false
    this.writers.clear()
    this.table.clear()
    this.sum.clear()
    for (const [writer, stand] of known) this.setWriter(writer, stand)
    for (const [key, value] of pairs) this.put(key, value)
    this.digests.clear()
    this.olderDigests.clear()
    this.remember(at)
    return true
  }

  private count(at: number, { writer, serial, stand, changes }: Extract<LogMessage, { kind: 'swap' }>): Verdict {
    if (at - stand > HORIZON || serial <= this.serialOf(writer)) return 'void'
    this.setWriter(writer, { serial, at })
    if (!this.table.meets(changes)) return 'conflict'
    for (const { key, expect, value } of changes) if (value !== expect) this.put(key, value)
    return 'done'
  }

  private put(key: string, value: string | undefined): void {
    const before = this.table.get(key)
    if (before !== undefined) this.sum.remove(key, before)
    if (value !== undefined) this.sum.add(key, value)
    this.table.put(key, value)
  }

  private setWriter(writer: string, stand: WriterStand | undefined): void {
    const before = this.writers.get(writer)
    if (before !== undefined) this.sum.remove(writer, spelled(before))
    if (stand === undefined) this.writers.delete(writer)
    else {
      this.sum.add(writer, spelled(stand))
      this.writers.set(writer, stand)
    }
  }

  private digestAfter(at: number): number | undefined {
    return this.digests.get(at) ?? this.olderDigests.get(at)
  }

  private remember(at: number): void {
    if (this.digests.size >= REMEMBERED) {
      this.olderDigests = this.digests
      this.digests = new Map()
    }
    this.digests.set(at, this.digest)
  }
}

function spelled({ serial, at }: WriterStand): string {
  return `${serial} ${at}`
}

function digestOf(entries: Iterable<readonly [string, string]>, writers: ReadonlyMap<string, WriterStand>): number {
  const sum = new LogDigest()
  for (const [key, value] of entries) sum.add(key, value)
  for (const [writer, stand] of writers) sum.add(writer, spelled(stand))
  return sum.value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
