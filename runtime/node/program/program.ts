/**
 * A program as the cluster knows it.
 *
 *   next-program    the id the next program gets
 *   program/ID      the program, as JSON; there while it runs
 */
import type { PlacePolicy } from '../wire/place-policy.ts'
import type { Engine } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnGet, insistOnList } from '../../engine/insist.ts'
import { partsOf } from '../../engine/limits.ts'
import type { Deniable } from '../../host/home-services.ts'
import type { ProgramLimits } from '../../limits.ts'
import { blobsOf, cutPrefix } from '../durable/cut-store.ts'
import { forgetNames } from './names.ts'
import { allOwnersPrefix, ownerPrefix } from '../migration/owner-records.ts'
import type { OfProgram, SubmittedDurable, Submission } from '../wire/messages.ts'

export interface ProgramRecord {
  readonly id: number
  /** Path of the source text, for people. */
  readonly source: string
  /** How often it has begun anew from a cut: whatever belongs to an earlier incarnation is void. */
  readonly incarnation: number
  /** Member index of its home: where its console, its files and its supervisor are. */
  readonly home: number
  /** How often the home has moved. */
  readonly homeMoves: number
  /** Global id of its main process. */
  readonly main: number
  /** Milliseconds between two random moves on each node. */
  readonly roam?: number
  readonly seed?: number
  /** False: no balancer moves its processes. */
  readonly balance?: boolean
  /** Where its processes begin, and where a balancer may send them; absent: near. */
  readonly place?: PlacePolicy
  /** What the program may not do, anywhere. */
  readonly denied?: readonly Deniable[]
  /** File in which each machine logs what is done of its services there. */
  readonly audit?: string
  /** How much of anything it may have, anywhere. */
  readonly limits?: ProgramLimits
  /** Nodes tell the home of each process that comes. */
  readonly tellMoves?: true
  /** Nodes tell the home what processes choose: the run is recorded. */
  readonly recorded?: true
  /** It outlives its nodes; see docs/durable.md. */
  readonly durable?: DurableRecord
  /** It can begin from a cut, or has: whatever is durable, and what was restored from a checkpoint. */
  readonly origin?: OriginRecord
}

export interface DurableRecord {
  /** Its output does not wait for the cut that contains it. */
  readonly relaxed?: true
  /** Milliseconds between two cuts, when no output waits. */
  readonly everyMs: number
}

export interface OriginRecord {
  /** Hash of the blob that is its code; see origin-code.ts. */
  readonly code: string
  /** Member indices of the nodes that have begun this incarnation from the last cut; none for one that has not begun so. */
  readonly nodes: readonly number[]
  /** Another version has taken the place of the one before. */
  readonly upgrade?: UpgradeRecord
  /** It was restored from a checkpoint in which ids up to this many of each member were given. Absent: it was not. */
  readonly idsGiven?: number
}

export interface UpgradeRecord {
  /** Hash of the blob that is the code of the version before. */
  readonly before: string
  /** What people have said of the two versions; see kernel/upgrade/upgrade-map.ts. */
  readonly map: string
  /** The incarnation that has begun with the new version: cuts of earlier ones are of the version before. */
  readonly incarnation: number
}

/** What whoever has submitted a program wants to be so for its whole life. */
export type ProgramWishes = Pick<ProgramRecord, 'denied' | 'audit' | 'limits' | 'roam' | 'seed' | 'balance' | 'place' | 'recorded'>

/** @returns them as the record has them: what is not wished is not in it */
export function wishesOf({
  denied,
  audit,
  limits,
  roam,
  seed,
  balance,
  place,
}: Pick<Submission, Exclude<keyof ProgramWishes, 'recorded'>>): ProgramWishes {
  return {
    ...(denied.length === 0 ? {} : { denied }),
    ...(audit === undefined ? {} : { audit }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(roam === undefined ? {} : { roam }),
    ...(seed === undefined ? {} : { seed }),
    ...(balance === undefined ? {} : { balance }),
    ...(place === undefined ? {} : { place }),
  }
}

/** @returns what was wished for a program, and how it is durable: all of its record that is not of this one life */
export function wishesIn({
  id: _id,
  source: _source,
  incarnation: _incarnation,
  home: _home,
  homeMoves: _homeMoves,
  main: _main,
  origin: _origin,
  ...wishes
}: ProgramRecord): ProgramWishes & Pick<ProgramRecord, 'durable'> {
  return wishes
}

/** @returns how the record says that a program is durable */
export function durableRecord({ everyMs, relaxed }: Pick<SubmittedDurable, 'everyMs' | 'relaxed'>): DurableRecord {
  return { everyMs, ...(relaxed ? { relaxed } : {}) }
}

const NEXT = 'next-program'
/** Incarnations whose owner records are looked for when a program begins anew: the last, and those that it may have been too short-lived to look for. */
const FORGOTTEN = 4

/** @returns how messages name a program of which nothing has been cut yet, or whose cuts and whose time do not matter to the message */
export function ofProgram({ id, incarnation }: ProgramRecord): OfProgram {
  return { program: id, incarnation, cut: 0, time: 0 }
}

/** @returns what people call a program */
export function programName(source: string, id: number | string): string {
  return `${source.slice(source.lastIndexOf('/') + 1)}#${id}`
}

export const PROGRAM_PREFIX = 'program/'

export function programKey(id: number): string {
  return `${PROGRAM_PREFIX}${String(id).padStart(8, '0')}`
}

/** Gets an id for a new program. */
export function nextProgram(engine: Pick<Engine, 'clock' | 'directory'>, done: (id: number) => void): void {
  insistOnGet(engine, [NEXT], ([next]) => {
    const id = next === undefined ? 1 : Number(next)
    engine.directory.swap([{ key: NEXT, expect: next, value: String(id + 1) }], (outcome) => {
      if (outcome === 'done') done(id)
      else if (outcome === 'conflict') nextProgram(engine, done)
      else
        engine.clock.after(AGAIN_MS, () => {
          nextProgram(engine, done)
        })
    })
  })
}

/** Sets a key that nobody else sets. */
export function insert(engine: Pick<Engine, 'clock' | 'directory'>, key: string, value: string, done: () => void): void {
  engine.directory.swap([{ key, expect: undefined, value }], (outcome) => {
    if (outcome === 'unknown')
      engine.clock.after(AGAIN_MS, () => {
        insert(engine, key, value, done)
      })
    else done() // a conflict is with ourselves
  })
}

export function decodeProgram(text: string): ProgramRecord {
  return JSON.parse(text) as ProgramRecord // only homes write these keys
}

type Store = Pick<Engine, 'clock' | 'directory' | 'blobs' | 'limits'>

/** @returns the blobs of code that a program's record names */
export function codeBlobs(origin: OriginRecord | undefined): readonly string[] {
  if (origin === undefined) return []
  return origin.upgrade === undefined ? [origin.code] : [origin.code, origin.upgrade.before]
}

/** Takes a program, its owner records and its cuts out of the directory, and then what it has in blobs: its cuts and its code. */
export function forgetProgram(engine: Store, { id, origin }: Pick<ProgramRecord, 'id' | 'origin'>): void {
  // the record goes first: with it and without its last cut, a program that has ended would begin again when the power fails
  forget(
    engine,
    programKey(id),
    () => codeBlobs(origin),
    () => {
      forget(engine, allOwnersPrefix(id))
      forget(engine, cutPrefix(id), blobsOf)
      forgetNames(engine, id)
    },
  )
}

/** Takes the owner records of earlier incarnations out of the directory. */
export function forgetOwners(engine: Store, { id, incarnation }: ProgramRecord): void {
  for (let earlier = Math.max(0, incarnation - FORGOTTEN); earlier < incarnation; earlier++) {
    forget(engine, ownerPrefix({ program: id, incarnation: earlier }))
  }
}

/**
 * Takes out all keys that begin with a prefix.
 * @param blobs those that a value names, and nothing else: they go once it is out, and stays out when the power fails
 * @param done is called when there is none any more
 */
function forget(
  engine: Store,
  prefix: string,
  blobs: (value: string) => readonly string[] = () => [],
  done: () => void = () => undefined,
): void {
  insistOnList(engine, prefix, (entries) => {
    if (entries.length === 0) done()
    const changes = entries.map(([key, value]) => ({ key, expect: value, value: undefined }))
    const parts = partsOf(changes, engine.limits.swapBytes)
    let open = parts.length
    let left = false
    for (const part of parts) {
      const named = part.flatMap(({ expect = '' }) => blobs(expect))
      engine.directory.swap(
        part,
        (outcome) => {
          if (outcome === 'done') for (const blob of named) engine.blobs.remove(blob)
          else left = true // somebody else does the same, or a last move was committed
          if (--open > 0) return
          if (left) forget(engine, prefix, blobs, done)
          else done()
        },
        { synced: named.length > 0 },
      )
    }
  })
}
