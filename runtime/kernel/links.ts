/**
 * Links: whatever a process holds that is not its own data, across nodes. (Signatures; the protocol is being filled in.)
 */
import type { Channel } from './channel.ts'
import type { Kernel, Links } from './kernel.ts'
import type { Process } from './process.ts'
import type { Staged } from './snapshot.ts'
import type { Unit } from './unit.ts'
import type { Value } from './value.ts'

/** Finds the loaded unit of a hash, or undefined when it is not loaded here. */
export type UnitOf = (hash: string) => Unit | undefined

/** Hands a message to the transport: reliable and in order per pair of nodes. `message` may be kept. Never called with `to === self`. */
export type Send = (to: number, message: Uint8Array) => void

/** `subtree`: each root with everything below it that is here. `only`: each root alone; what is below it stays. */
export type CaptureMode = 'subtree' | 'only'

/** What was frozen and taken out of a kernel, on its way: either `commit` or `abort` must follow. */
export interface Captured {
  readonly bytes: Uint8Array
  /** Hashes of the units the destination needs. */
  readonly unitHashes: readonly string[]
  /** Global ids of the roots, in the order given (roots below other roots are left out). Stable for the life of the process. */
  readonly processIds: readonly number[]
  /** Paths of the roots, likewise. */
  readonly paths: readonly string[]
  /** How many processes. */
  readonly count: number
  /** How many channel homes move along. */
  readonly channels: number
}

/** Something that can never happen any more because a node has vanished. */
export interface Loss {
  readonly kind: 'output' | 'input' | 'join' | 'host'
  /** The node that vanished. */
  readonly node: number
  /** Who waits in vain, here. */
  readonly process: Process
  readonly why: string
}

/** What the processes here still need of another node. */
export interface Residual {
  readonly node: number
  readonly why: string
}

export interface LinkStats {
  readonly sent: number
  readonly received: number
  /** Messages that wait here for a home that is on its way, plus captures that are neither committed nor aborted. */
  readonly held: number
  /** Entries in the tables, for watching their growth. */
  readonly entries: number
}

export interface LinkOptions {
  /** Told once for each loss. */
  readonly lost?: (loss: Loss) => void
  /** The other nodes there are now, asked when a hint leads to a node that has gone. */
  readonly peers?: () => readonly number[]
}

export declare class LinkTable implements Links {
  constructor(kernel: Kernel, self: number, send: Send, options?: LinkOptions)
  readonly kernel: Kernel
  readonly self: number

  /** Freezes processes at their safe points and takes them out of this kernel. Never within `kernel.run`. */
  capture(roots: readonly Process[], mode: CaptureMode): Captured
  /**
   * Decodes and checks a capture without any effect: what `adopt` needs is there afterwards.
   * @throws SnapshotError
   */
  stage(bytes: Uint8Array, unitOf: UnitOf): Staged
  /** Puts a staged capture into this kernel: its processes run. Once only. @returns the roots */
  adopt(staged: Staged): Process[]
  /** `stage` and `adopt`. @throws SnapshotError */
  restore(bytes: Uint8Array, unitOf: UnitOf): Process[]
  /** After the commit point: what was captured is at `to` for good; everything for it is forwarded. `to` must adopt it (now, earlier or later). */
  commit(captured: Captured, to: number): void
  /** The move has failed: what was captured goes on here. @returns the roots */
  abort(captured: Captured): Process[]

  /** Moves a channel's home to another node by itself, its pending offer included. @returns false when its home is not here (the wish is dropped) */
  migrateHome(channel: Channel, to: number): boolean

  /** A message from node `from` has come. Never within `kernel.run`. */
  receive(from: number, message: Uint8Array): void
  /** Node `index` will never be heard of again. */
  nodeGone(index: number): void
  /** Drops forwarders that have been idle since the last `expire`, and what nothing here holds any more. */
  expire(): void

  /** The global id of a process here; given on first demand. */
  idOf(p: Process): number
  /** The process of that id, when it is here. */
  processOf(id: number): Process | undefined
  /** The path of a process whose parent may be elsewhere. */
  pathOf(p: Process): string
  /** The answer to a host call of a process that was captured meanwhile: use `kernel.wake`, which comes here when needed. */
  wake(p: Process, value: Value): void
  stats(): LinkStats
  residual(): Residual[]

  output(p: Process, c: Channel, v: Value): void
  input(p: Process, c: Channel): void
  alt(p: Process, c: Channel, guard: number): void
  ended(p: Process): void
}
