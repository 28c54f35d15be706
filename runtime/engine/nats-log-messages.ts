/** What the log of a cluster on NATS consists of, and what every member makes of it: a pure function of the messages, in their order. */
import { flattenChanges, unflattenChanges } from './changes-text.ts'
import type { Change } from './engine.ts'
import { KeyTable } from './key-table.ts'

/** One message of the log. */
export type LogMessage =
  /**
   * A compare-and-set, the writer's so-many-th. `stand`: all before that sequence number had been read by the writer when it wrote. What the log holds more
   * than HORIZON messages after its stand is void: so what the servers deliver very late cannot be taken for something new.
   */
  | { readonly kind: 'swap'; readonly writer: string; readonly serial: number; readonly stand: number; readonly changes: readonly Change[] }
  /** The directory as it was after message number `at` is in a blob. */
  | { readonly kind: 'snapshot'; readonly at: number; readonly hash: string }

/** Messages for which it is remembered who has written what. */
export const HORIZON = 50_000
const VERSION = 1

const encoder = new TextEncoder()

export function encodeLogMessage(message: LogMessage): Uint8Array {
  switch (message.kind) {
    case 'swap':
      return encoder.encode(JSON.stringify(['swap', message.writer, message.serial, message.stand, ...flattenChanges(message.changes)]))
    case 'snapshot':
      return encoder.encode(JSON.stringify(['snapshot', message.at, message.hash]))
  }
}

/** @returns undefined for what is no message of this version */
export function decodeLogMessage(text: string): LogMessage | undefined {
  const found = parsed(text)
  if (!Array.isArray(found)) return undefined
  const content: readonly unknown[] = found
  const [kind, a, b, c] = content
  if (kind === 'snapshot') return isCount(a) && typeof b === 'string' ? { kind, at: a, hash: b } : undefined
  if (kind !== 'swap' || typeof a !== 'string' || !isCount(b) || !isCount(c)) return undefined
  const changes = unflattenChanges(content, 4)
  return changes === undefined ? undefined : { kind, writer: a, serial: b, stand: c, changes }
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
 * Invariant: the serial numbers of a writer that count only grow. So a message that is in the log twice counts once, and when a later one of the same
 * writer has counted, an earlier one never will.
 */
export class LogState {
  readonly table = new KeyTable()
  private readonly writers = new Map<string, WriterStand>()

  /** @param at the message's sequence number */
  swap(at: number, { writer, serial, stand, changes }: Extract<LogMessage, { kind: 'swap' }>): Verdict {
    if (at - stand > HORIZON || serial <= this.serialOf(writer)) return 'void'
    this.writers.set(writer, { serial, at })
    return this.table.swap(changes)
  }

  /** A snapshot stands there in the log: those who have not written for long are forgotten, by everybody alike. */
  forget(at: number): void {
    for (const [writer, stand] of this.writers) if (at - stand.at > HORIZON) this.writers.delete(writer)
  }

  /** @returns the last serial number of a writer that has counted; 0 when there is none */
  serialOf(writer: string): number {
    return this.writers.get(writer)?.serial ?? 0
  }

  encode(): Uint8Array {
    const writers = [...this.writers].flatMap(([writer, { serial, at }]) => [writer, serial, at])
    return encoder.encode(JSON.stringify({ version: VERSION, writers, entries: [...this.table].flat() }))
  }

  /** Becomes what was encoded. @returns false when that makes no sense: nothing has happened then */
  decode(bytes: Uint8Array): boolean {
    const content = parsed(new TextDecoder().decode(bytes))
    if (typeof content !== 'object' || content === null) return false
    const { version, writers, entries } = content as { readonly version?: unknown; readonly writers?: unknown; readonly entries?: unknown }
    if (version !== VERSION || !Array.isArray(writers) || !Array.isArray(entries)) return false
    const [names, texts]: readonly (readonly unknown[])[] = [writers, entries]
    if (names === undefined || texts === undefined || !texts.every((text) => typeof text === 'string')) return false
    const known = new Map<string, WriterStand>()
    for (let i = 0; i < names.length; i += 3) {
      const [writer, serial, at] = names.slice(i, i + 3)
      if (typeof writer !== 'string' || !isCount(serial) || !isCount(at)) return false
      known.set(writer, { serial, at })
    }
    this.writers.clear()
    for (const [writer, stand] of known) this.writers.set(writer, stand)
    this.table.clear()
    for (let i = 0; i + 1 < texts.length; i += 2) this.table.put(texts[i] ?? '', texts[i + 1])
    return true
  }
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
