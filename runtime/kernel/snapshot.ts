/**
 * Snapshots: processes to bytes and back. (Signatures; being filled in.)
 */
import type { Channel } from './channel.ts'
import type { Kernel } from './kernel.ts'
import type { UnitOf } from './links.ts'
import type { Process } from './process.ts'

export type SnapshotErrorCode =
  /** Not a snapshot at all. */
  | 'magic'
  /** Made by another version of the ABI. */
  | 'abi'
  /** Ends too early. */
  | 'truncated'
  /** Altered. */
  | 'checksum'
  /** A unit that is not loaded here; the message names its hash, `detail` is it. */
  | 'unit'
  /** Well-formed bytes that say something impossible. */
  | 'malformed'
  /** More bytes than the snapshot has. */
  | 'trailing'
  /** What shall be captured cannot be: it is pinned, or running now. */
  | 'pinned'

/** A byte string that is no snapshot this kernel can restore, or a process that cannot be captured. */
export declare class SnapshotError extends Error {
  constructor(code: SnapshotErrorCode, message: string, detail?: string)
  readonly code: SnapshotErrorCode
  readonly detail: string
}

/** What can be told of a snapshot without restoring it. */
export interface Header {
  readonly abi: number
  readonly kind: 'processes' | 'program'
  /** Program time when it was made, microseconds. */
  readonly clock: number
  readonly unitHashes: readonly string[]
}

/** A decoded and checked snapshot that has no effect yet. */
export interface Staged {
  readonly header: Header
  readonly paths: readonly string[]
  readonly processIds: readonly number[]
  readonly count: number
}

/** Reads what can be told without any unit. @throws SnapshotError */
export declare function readHeader(bytes: Uint8Array): Header

/**
 * A checkpoint of a program all of which is in this kernel; the program goes on. Never within `kernel.run`.
 * @param roots the program's processes without those of the host
 * @param hosts the channels to the host's processes by name (`keyboard`, `screen`, `error`)
 */
export declare function captureProgram(kernel: Kernel, roots: readonly Process[], hosts: Readonly<Record<string, Channel>>): Uint8Array

/**
 * Restores a checkpoint into a kernel whose clock continues at `readHeader (bytes).clock`.
 * @param hosts the channels that take the place of those of these names
 * @returns the roots
 * @throws SnapshotError
 */
export declare function restoreProgram(kernel: Kernel, bytes: Uint8Array, unitOf: UnitOf, hosts: Readonly<Record<string, Channel>>): Process[]
