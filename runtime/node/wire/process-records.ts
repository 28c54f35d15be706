/**
 * What both messages and records say of processes: whose they are, the calls of the home that they wait for, and where a cut has what a site had
 * of them.
 */
import type { Census } from '../../kernel/links/image.ts'
import type { MoveReason } from './move-reasons.ts'

/** The record of one process; `epoch` 0 and no `value` for one that has none yet. */
export interface OwnerRecord {
  readonly id: number
  readonly path: string
  readonly epoch: number
  /** What the directory holds, exactly. */
  readonly value: string | undefined
  /** Why it is where it is; absent: nobody has moved it by itself. */
  readonly why?: MoveReason | undefined
}

/** Which call of a service of the home: the member that made it, and its number among the calls of that member. */
export interface HomeCallKey {
  readonly caller: number
  readonly call: number
}

/** A call that a process waits for which moves. */
export interface MovingCall extends HomeCallKey {
  /** Global id of the process. */
  readonly process: number
  /** As of `HomeCall` in messages.ts. */
  readonly period: number
  readonly moves?: number
}

/** Bytes, here or in a blob. */
export type Stored = { readonly text: string } | { readonly blob: string; readonly bytes: number }

/** What one site had. */
export interface CutPart {
  /** The member it was at. */
  readonly member: number
  /** See kernel/links/image.ts; absent when nothing has changed since the last cut. */
  readonly image?: Stored
  /** All calls of the home that its processes waited for. */
  readonly calls: readonly MovingCall[]
  /** The oldest cut that has something of what is there now; absent when there is nothing. */
  readonly oldest?: number | undefined
  /** How long nothing of the program ran there, in microseconds. */
  readonly pauseMicros: number
  /** What was there of the tree of processes; absent in the store, where it is known to be right. */
  readonly census?: Census
}
