/**
 * Cuts in the store.
 *
 *   cut/PROGRAM/NUMBER   one cut, as JSON: what each site had, and the home
 *
 * A cut is *full* or holds what has changed since the one before; the last full cut and those after it are the program. What is small stands in the
 * entry itself, so that a small cut costs one synced write; what is large is a blob, which is synced before the entry that names it.
 *
 * Invariants
 * - An entry appears in a compare-and-set that names the program's record as its home knows it: a home that was replaced commits nothing.
 * - Entries before the last full one mean nothing any more, and go some time after it has appeared; a blob goes after the entries that named it.
 */
import type { Change, Engine } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnBlob, insistOnGet, insistOnList } from '../../engine/insist.ts'
import { decodeBase64, encodeBase64 } from '../wire/base64.ts'
import type { CutPart, MovingCall, Stored } from '../wire/process-records.ts'

/** From this size on something is a blob of its own. */
export const INLINE_BYTES = 16 << 10

export interface CutEntry {
  readonly number: number
  /** The incarnation that made it. */
  readonly incarnation: number
  /** Program time, microseconds. */
  readonly time: number
  readonly full: boolean
  /** The program is over: how it has ended, as JSON. There is only its home left, which has something to tell. */
  readonly over?: string
  readonly home: Stored
  readonly parts: readonly CutPart[]
}

/** What a program goes on from. */
export interface LoadedCut {
  readonly number: number
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

type Store = Pick<Engine, 'clock' | 'directory' | 'blobs'>

export function cutPrefix(program: number): string {
  return `cut/${program}/`
}

export function cutKey(program: number, number: number): string {
  return `${cutPrefix(program)}${String(number).padStart(12, '0')}`
}

export function decodeCut(text: string): CutEntry {
  return JSON.parse(text) as CutEntry // only homes write these keys
}

/** Puts bytes where they can be found after a power failure, once an entry names them. @param done gets undefined when the store failed */
export function store({ blobs }: Pick<Store, 'blobs'>, bytes: Uint8Array, done: (stored: Stored | undefined) => void): void {
  if (bytes.length < INLINE_BYTES) {
    done({ text: encodeBase64(bytes) })
    return
  }
  blobs.put(
    bytes,
    (blob) => {
      done(blob === undefined ? undefined : { blob, bytes: bytes.length })
    },
    { synced: true },
  )
}

/** @returns the blobs that an entry names */
export function blobsOf({ home, parts }: CutEntry): string[] {
  return [home, ...parts.map(({ image }) => image)].flatMap((stored) => (stored !== undefined && 'blob' in stored ? [stored.blob] : []))
}

/** Fetches bytes, for as long as it takes the store to answer. @param done gets undefined when there is no such blob */
function fetch(engine: Store, stored: Stored, done: (bytes: Uint8Array | undefined) => void): void {
  if ('text' in stored) {
    done(decodeBase64(stored.text))
    return
  }
  insistOnBlob(engine, stored.blob, (bytes) => {
    done(bytes === undefined ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)) // a Buffer's slices are Buffers
  })
}

/**
 * Reads the last cut of a program.
 * @param done gets it; undefined when there is none, or it goes just now
 */
export function loadCut(engine: Store, program: number, done: (cut: LoadedCut | undefined) => void): void {
  insistOnList(engine, cutPrefix(program), (found) => {
    const all = found.map(([, text]) => decodeCut(text))
    const entries = all.slice(all.findLastIndex(({ full }) => full))
    const last = entries.at(-1)
    if (last === undefined) {
      done(undefined)
      return
    }
    const images = entries.flatMap(({ parts }) => parts.flatMap(({ member, image }) => (image === undefined ? [] : [{ member, image }])))
    const wanted = [last.home, ...images.map(({ image }) => image)]
    const bytes = new Array<Uint8Array | undefined>(wanted.length)
    let open = wanted.length
    wanted.forEach((stored, i) => {
      fetch(engine, stored, (fetched) => {
        bytes[i] = fetched
        if (--open > 0) return
        const [home, ...read] = bytes
        if (home === undefined || read.includes(undefined)) {
          done(undefined)
          return
        }
        const { number, time, over } = last // over: a last cut has it
        done({
          number,
          time,
          over,
          home,
          parts: read.map((image, k) => ({ member: images[k]?.member ?? 0, image: image ?? new Uint8Array(0) })),
          entries: found,
          calls: last.parts.flatMap(({ calls }) => calls),
        })
      })
    })
  })
}

/** @returns about how many bytes an entry takes, blobs included */
export function sizeOf(entry: CutEntry, text: string): number {
  const stored = [entry.home, ...entry.parts.flatMap(({ image }) => image ?? [])]
  return stored.reduce((bytes, each) => bytes + ('blob' in each ? each.bytes : 0), text.length)
}

/** Entries that are removed at once. */
const REMOVED_AT_ONCE = 50

/** Removes entries that mean nothing any more, and then their blobs but for those that are still named. */
export function removeCuts(
  engine: Pick<Store, 'directory' | 'blobs'>,
  entries: readonly (readonly [key: string, value: string])[],
  named: ReadonlySet<string>,
): void {
  for (let at = 0; at < entries.length; at += REMOVED_AT_ONCE) {
    const some = entries.slice(at, at + REMOVED_AT_ONCE)
    engine.directory.swap(
      some.map(([key, text]): Change => ({ key, expect: text, value: undefined })),
      (outcome) => {
        if (outcome !== 'done') return // they stay until the program is forgotten
        for (const [, text] of some) for (const blob of blobsOf(decodeCut(text))) if (!named.has(blob)) engine.blobs.remove(blob)
      },
    )
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

/** Commits a cut. @param done is called when it is known for certain what has become of it */
export function commitCut(engine: Store, { program, record, entry }: Commit, done: (outcome: CommitOutcome) => void): void {
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
  /** It was done, but nobody has said that it is safe: a synced write says so for all before it. */
  const confirm = (there: string): void => {
    const value = JSON.stringify({ ...decodeCut(there), confirmed: Math.floor(engine.clock.now()) })
    engine.directory.swap(
      [same, { key, expect: there, value }],
      (outcome) => {
        if (outcome === 'done') done({ done: value })
        else look(value)
      },
      { synced: true },
    )
  }
  attempt(JSON.stringify(entry))
}
