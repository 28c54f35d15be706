/**
 * Cuts in the store.
 *
 *   cut/PROGRAM/NUMBER   one cut, as JSON: what each site had, and the home
 *
 * A cut holds what has changed since the one before, and some of what has not (kernel/links/groups.ts). It says with which cut begins what is needed
 * to go on from it: that cut and all since are the program. What is small stands in the entry itself, so that a small cut costs one synced write; what is large is a blob, which is synced before the entry that names it. An entry that
 * is too large for one compare-and-set, as that of many nodes may be on NATS, is itself in a blob, its manifest.
 *
 * Invariants
 * - An entry appears in a compare-and-set that names the program's record as its home knows it: a home that was replaced commits nothing.
 * - Entries before the first that the last one needs mean nothing any more, and go some time later; a blob goes after the entry that named it.
 * - No two entries name the same blob, whatever is in it: each ends with what it was made for (`store`). So whoever removes an entry may remove its
 *   blobs, though something equal is just being stored.
 */
import type { Change, Engine } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnBlob, insistOnGet, insistOnList, insistOnSafety } from '../../engine/insist.ts'
import { partsOf } from '../../engine/limits.ts'
import { decodeBase64, encodeBase64 } from '../wire/base64.ts'
import { isCutPart, isStored } from '../wire/message-shapes.ts'
import type { CutPart, MovingCall, Stored } from '../wire/process-records.ts'
import { isCount, isEither, isList, isNumber, isOptional, isRecord, isText } from '../wire/shapes.ts'
import type { Shape } from '../wire/shapes.ts'

/** From this size on something is a blob of its own. */
export const INLINE_BYTES = 16 << 10
/** What a compare-and-set of a cut has besides its entry and the program's record. */
const ROOM_BYTES = 1 << 10

export interface CutEntry {
  readonly number: number
  /** The incarnation that made it. */
  readonly incarnation: number
  /** Program time, microseconds. */
  readonly time: number
  /** The first cut that is needed to go on from this one. */
  readonly from: number
  /** The program is over: how it has ended, as JSON. There is only its home left, which has something to tell. */
  readonly over?: string
  readonly home: Stored
  readonly parts: readonly CutPart[]
}

/** An entry that stands in a blob. */
interface EntryElsewhere extends Pick<CutEntry, 'number' | 'incarnation' | 'time' | 'from'> {
  /** The entry as JSON. */
  readonly manifest: Stored
  /** The blobs that it names. */
  readonly blobs: readonly string[]
}

/** What the directory has of a cut. */
type KeptEntry = CutEntry | EntryElsewhere

/** What a program goes on from. */
export interface LoadedCut {
  readonly number: number
  /** The incarnation that has made it. */
  readonly incarnation: number
  readonly time: number
  /** How the program has ended, if it has. */
  readonly over: string | undefined
  readonly home: Uint8Array
  /** Of all entries, older ones first. */
  readonly parts: readonly { readonly member: number; readonly image: Uint8Array }[]
  readonly calls: readonly MovingCall[]
  /** As the directory has them. */
  readonly entries: readonly (readonly [key: string, value: string])[]
}

type Store = Pick<Engine, 'clock' | 'directory' | 'blobs' | 'limits'>

export function cutPrefix(program: number): string {
  return `cut/${program}/`
}

export function cutKey(program: number, number: number): string {
  return `${cutPrefix(program)}${String(number).padStart(12, '0')}`
}

const head = { number: isCount, incarnation: isCount, time: isNumber, from: isCount }
const isEntry: Shape<CutEntry> = isRecord<CutEntry>({ ...head, over: isOptional(isText), home: isStored, parts: isList(isCutPart) })
const isEntryElsewhere: Shape<EntryElsewhere> = isRecord<EntryElsewhere>({ ...head, manifest: isStored, blobs: isList(isText) })

/** @returns what a text says; undefined when it makes no sense */
export function decoded<T>(text: string, shape: Shape<T>): T | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return shape(value) ? value : undefined
  } catch {
    return undefined
  }
}

function decodeKept(text: string): KeptEntry | undefined {
  return decoded(text, isEither(isEntryElsewhere, isEntry))
}

/**
 * Puts bytes where they can be found after a power failure, once an entry names them.
 * @param what they are, in a word that nothing else has that was ever stored: it makes the blob one of its own
 * @param done gets undefined when the store failed
 */
export function store({ blobs }: Pick<Store, 'blobs'>, bytes: Uint8Array, what: string, done: (stored: Stored | undefined) => void): void {
  if (bytes.length < INLINE_BYTES) {
    done({ text: encodeBase64(bytes) })
    return
  }
  blobs.put(
    Buffer.concat([bytes, Buffer.from(what)]),
    (blob) => {
      done(blob === undefined ? undefined : { blob, bytes: bytes.length })
    },
    { synced: true },
  )
}

function blobOf(stored: Stored | undefined): readonly string[] {
  return stored !== undefined && 'blob' in stored ? [stored.blob] : []
}

/** @returns the blobs that an entry names */
export function blobsIn({ home, parts }: CutEntry): readonly string[] {
  return [home, ...parts.map(({ image }) => image)].flatMap(blobOf)
}

/** @param text an entry as the directory has it. @returns the blobs that it names */
export function blobsOf(text: string): readonly string[] {
  const entry = decodeKept(text)
  if (entry === undefined) return []
  if ('manifest' in entry) return [...blobOf(entry.manifest), ...entry.blobs]
  return blobsIn(entry)
}

/** Fetches bytes, for as long as it takes the store to answer. @param done gets undefined when there is no such blob */
function fetch(engine: Store, stored: Stored, done: (bytes: Uint8Array | undefined) => void): void {
  if ('text' in stored) {
    done(decodeBase64(stored.text))
    return
  }
  insistOnBlob(engine, stored.blob, (bytes) => {
    done(bytes === undefined ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset, Math.min(stored.bytes, bytes.length))) // a Buffer's slices are Buffers
  })
}

/** @param done gets what `work` gives for each of the items, of which there are some; undefined when it gives nothing for one of them */
export function all<T, U>(
  items: readonly T[],
  work: (item: T, index: number, done: (result: U | undefined) => void) => void,
  done: (results: U[] | undefined) => void,
): void {
  const results = new Array<U | undefined>(items.length)
  let open = items.length
  items.forEach((item, i) => {
    work(item, i, (result) => {
      results[i] = result
      if (--open > 0) return
      const whole = results.filter((each) => each !== undefined)
      done(whole.length === items.length ? whole : undefined)
    })
  })
}

/** @param done gets an entry wherever it stands; undefined when it goes just now */
function entryOf(engine: Store, kept: KeptEntry, done: (entry: CutEntry | undefined) => void): void {
  if (!('manifest' in kept)) {
    done(kept)
    return
  }
  fetch(engine, kept.manifest, (bytes) => {
    done(bytes === undefined ? undefined : decoded(new TextDecoder().decode(bytes), isEntry))
  })
}

/**
 * Reads the last cut of a program.
 * @param done gets it; `none` when there is none, `incomplete` when a part of it is not in the store, or makes no sense
 */
export function loadCut(engine: Store, program: number, done: (cut: LoadedCut | 'none' | 'incomplete') => void): void {
  insistOnList(engine, cutPrefix(program), (found) => {
    const known = found.map(([, text]) => decodeKept(text)).filter((entry) => entry !== undefined)
    const { from = 0 } = known.at(-1) ?? {}
    const kept = known.filter(({ number }) => number >= from)
    if (kept.length === 0 || known.length < found.length) {
      done(found.length === 0 ? 'none' : 'incomplete')
      return
    }
    all<KeptEntry, CutEntry>(
      kept,
      (each, _index, fetched) => {
        entryOf(engine, each, fetched)
      },
      (entries) => {
        if (entries === undefined) done('incomplete')
        else
          readCut(engine, entries, (read) => {
            done(read === undefined ? 'incomplete' : { ...read, entries: found })
          })
      },
    )
  })
}

/**
 * Reads what entries name.
 * @param entries a full one and those after it
 * @param done gets it; undefined when some of it is not there
 */
export function readCut(engine: Store, entries: readonly CutEntry[], done: (cut: Omit<LoadedCut, 'entries'> | undefined) => void): void {
  const last = entries.at(-1)
  if (last === undefined) {
    done(undefined)
    return
  }
  const images = entries.flatMap(({ parts }) => parts.flatMap(({ member, image }) => (image === undefined ? [] : [{ member, image }])))
  all<Stored, Uint8Array>(
    [last.home, ...images.map(({ image }) => image)],
    (stored, _index, fetched) => {
      fetch(engine, stored, fetched)
    },
    (bytes) => {
      const [home, ...read] = bytes ?? []
      if (home === undefined) {
        done(undefined)
        return
      }
      const { number, incarnation, time, over } = last // over: a last cut has it
      done({
        number,
        incarnation,
        time,
        over,
        home,
        parts: read.map((image, k) => ({ member: images[k]?.member ?? 0, image })),
        calls: last.parts.flatMap(({ calls }) => calls),
      })
    },
  )
}

/** Removes entries that mean nothing any more, and then their blobs. */
export function removeCuts(
  engine: Pick<Store, 'directory' | 'blobs' | 'limits'>,
  entries: readonly (readonly [key: string, value: string])[],
): void {
  const changes = entries.map(([key, text]) => ({ key, expect: text, value: undefined }))
  for (const part of partsOf(changes, engine.limits.swapBytes)) {
    engine.directory.swap(part, (outcome) => {
      if (outcome !== 'done') return // they stay until the program is forgotten
      for (const { expect } of part) for (const blob of blobsOf(expect ?? '')) engine.blobs.remove(blob)
    })
  }
}

/** What a commit of a cut has come to: the entry as the directory has it, or that the program has another home, or another life. */
export type CommitOutcome = { readonly done: string } | 'deposed'

/** What is to be committed. */
export interface Commit {
  readonly program: number
  /** The program's record, key and exact value, as its home knows it. */
  readonly record: readonly [key: string, value: string]
  readonly entry: CutEntry
}

/** @param done gets what goes into the directory for an entry: the entry, or what says where it is */
export function entryText(engine: Store, { program, record: [, recordValue], entry }: Commit, done: (text: string) => void): void {
  const whole = JSON.stringify(entry)
  // what confirms it has the value twice
  if (2 * (Buffer.byteLength(whole) + Buffer.byteLength(recordValue)) + ROOM_BYTES <= engine.limits.swapBytes) {
    done(whole)
    return
  }
  const keep = (): void => {
    store(engine, Buffer.from(whole.padEnd(INLINE_BYTES)), `${cutKey(program, entry.number)} of ${entry.incarnation}`, (manifest) => {
      const { number, incarnation, time, from } = entry
      if (manifest === undefined) engine.clock.after(AGAIN_MS, keep)
      else done(JSON.stringify({ number, incarnation, time, from, manifest, blobs: blobsIn(entry) } satisfies EntryElsewhere))
    })
  }
  keep()
}

/** Commits a cut. @param done is called when it is known for certain what has become of it */
export function commitCut(engine: Store, commit: Commit, done: (outcome: CommitOutcome) => void): void {
  const { program, record, entry } = commit
  const [recordKey, recordValue] = record
  const key = cutKey(program, entry.number)
  const same: Change = { key: recordKey, expect: recordValue, value: recordValue }
  const attempt = (value: string): void => {
    engine.directory.swap(
      [same, { key, expect: undefined, value }],
      (outcome) => {
        if (outcome === 'done') done({ done: value })
        else look(value)
      },
      { synced: true },
    )
  }
  /** It may have been done, or may still be. */
  const look = (value: string): void => {
    insistOnGet(engine, [recordKey, key], ([now, there]) => {
      if (now !== recordValue) done('deposed')
      else if (there === undefined) engine.clock.after(AGAIN_MS, () => attempt(value))
      else confirm(there)
    })
  }
  /** It was done, but nobody has said that it is safe. */
  const confirm = (there: string): void => {
    insistOnSafety(engine, [record, [key, there]], (stands) => {
      if (stands) done({ done: there })
      else look(there)
    })
  }
  entryText(engine, commit, attempt)
}
