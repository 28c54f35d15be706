/**
 * The home of a durable program, as cuts see it: what has to survive of its console, its files and its calls, and what may leave the program when.
 *
 * Border. What a program has output may be seen by others only when a cut that contains it has been committed; what came in may be acknowledged only
 * then. So nobody outside can tell a recovery.
 */
import { ByteReader, ByteWriter } from '../../kernel/snapshot/codec.ts'
import type { HomeResults } from '../program/home-calls.ts'

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
