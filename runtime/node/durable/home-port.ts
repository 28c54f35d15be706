/**
 * The home of a durable program, as cuts see it: what has to survive of its console, its files and its calls, and what may leave the program when.
 *
 * Border. What a program has output may be seen by others only when a cut that contains it has been committed; what came in may be acknowledged only
 * then. So nobody outside can tell a recovery.
 */
import type { HomeServices } from '../../host/home-services.ts'
import { ByteReader, ByteWriter } from '../../kernel/snapshot/codec.ts'
import type { GodwitNode } from '../node.ts'
import type { HomeResults } from '../program/home-calls.ts'
import type { ProgramRecord } from '../program/program.ts'
import type { Site } from '../program/site.ts'

/** What a home gives to a cut. */
export interface HomeCapture {
  /** All that another home needs to go on from here. */
  readonly bytes: Uint8Array
  /** The cut is committed: what is in it may leave, what had come may be acknowledged. Called at most once, and after that of all earlier cuts. */
  committed(): void
}

/** A home that is at this member. */
export interface DurableHome {
  /** Writes down the home as it is, while the kernel of its site stands still. Nothing changes. */
  capture(): HomeCapture
  /** The program begins anew elsewhere, or its home does: this one does nothing any more, and tells nobody. */
  abandon(): void
}

/** A home that begins again with what a cut has of it. */
export interface RevivedHome {
  readonly services: HomeServices
  /**
   * Makes the console's processes in a site that has not begun, and binds their channels to the ids that they had (`LinkTable.bind`).
   * @returns these ids, and how much the home wants each of them; see kernel/links/revival.ts
   */
  attach(site: Site): readonly (readonly [id: number, wish: number])[]
  /** The program goes on, and this is its home. @param end how the program has ended, as JSON, if it has: then its home only has to say so */
  begin(node: GodwitNode, site: Site, program: ProgramRecord, end: string | undefined): DurableHome
}

/** Makes homes out of what cuts have of them. */
export type ReviveHome = (program: ProgramRecord, state: Uint8Array) => RevivedHome

/** What a cut has of a home: the home itself, and the results of its services that have not reached their processes. */
export interface HomeParts {
  readonly results: HomeResults
  readonly state: Uint8Array
}

export function encodeHome({ results, state }: HomeParts): Uint8Array {
  const w = new ByteWriter(state.length + 64)
  w.string(JSON.stringify(results))
  w.bytes(state)
  return w.finish()
}

/** @throws SnapshotError */
export function decodeHome(bytes: Uint8Array): HomeParts {
  const r = new ByteReader(bytes)
  const results = JSON.parse(r.string()) as HomeResults // only `encodeHome` writes it
  return { results, state: r.bytes().slice() }
}
