/**
 * What can be seen of a kernel from outside: processes, what they wait for, where they are in the `.csp` text. Data only. (Signatures.)
 */
import type { Channel } from './channel.ts'
import type { Kernel } from './kernel.ts'
import type { Frame, Process } from './process.ts'
import type { Value } from './value.ts'

/** A place in the `.csp` text. Lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly text: string
}

export interface CallLevel {
  readonly machine: string
  readonly unit: string
  readonly hash: string
  readonly place: Place | undefined
}

export type StateWord = 'ready' | 'output' | 'input' | 'alt' | 'timer' | 'join' | 'host' | 'ended' | 'away'

export interface ProcessInfo {
  readonly process: Process
  readonly path: string
  readonly state: StateWord
  /** `waits to output on out`, `waits for the time 1500`, ... */
  readonly words: string
  readonly place: Place | undefined
  /** The slot of the channel it waits on, when it has one. */
  readonly slot: string | undefined
  readonly priority: number
}

export interface LiveValue {
  readonly name: string
  readonly value: Value
}

/** One process waits for another. */
export interface WaitEdge {
  readonly from: Process
  readonly to: Process
  readonly channel: Channel | undefined
  /** `output`, `input`, `alt`, `join` */
  readonly kind: 'output' | 'input' | 'alt' | 'join'
}

export interface DeadlockReport {
  readonly blocked: readonly ProcessInfo[]
  /** Processes that wait for each other in a ring, first to last to first; empty when there is no ring. */
  readonly cycle: readonly ProcessInfo[]
  readonly edges: readonly WaitEdge[]
}

/** All processes of the program here, parents before branches. Those of the host (units without a hash) are left out unless asked for. */
export declare function processes(kernel: Kernel, withHost?: boolean): Process[]
export declare function describe(p: Process): ProcessInfo
export declare function pathOf(p: Process): string
/** Whether a path matches a pattern, in which `*` stands for any characters but `/` and `**` for any. */
export declare function matchPath(pattern: string, path: string): boolean
export declare function findProcesses(kernel: Kernel, pattern: string): Process[]
/** Finds a channel by `path:slot` or `path:slot[i]`, the slot of any frame of the process, innermost first. */
export declare function findChannel(kernel: Kernel, name: string): Channel | undefined
/** Frames of a process, innermost first. */
export declare function callStack(p: Process): CallLevel[]
export declare function liveValues(frame: Frame): LiveValue[]
export declare function deadlock(kernel: Kernel): DeadlockReport
