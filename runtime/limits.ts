/**
 * Named limits: how much of anything a peer or a program can make grow, why that much, and what happens beyond it.
 *
 * This is data that imports nothing, so that every part can look its limits up here. docs/limits.md has the same table, and a test compares them.
 */

export interface Limit {
  readonly most: number
  readonly unit: 'bytes' | 'processes' | 'files' | 'entries' | 'milliseconds'
  /** Why this much and not more. */
  readonly why: string
  /** The code of the error that tells of it; `waits` where nothing fails, but whoever makes it grow waits. */
  readonly beyond: string
}

export const LIMITS = {
  'output.kept': {
    most: 1 << 20,
    unit: 'bytes',
    why: 'A viewer that comes later wants to see how it came to what it sees, not all of it; every home has such a log in memory.',
    beyond: 'drops',
  },
  'output.kept.durable': {
    most: 1 << 14,
    unit: 'bytes',
    why: 'Each cut of a durable program contains what is kept, and there may be hundreds of cuts in a second.',
    beyond: 'drops',
  },
  'output.window': {
    most: 1 << 20,
    unit: 'bytes',
    why: 'A viewer that is attached gets everything: what a slow one has not taken is kept in memory meanwhile.',
    beyond: 'waits',
  },
  'output.unreleased': {
    most: 4 << 20,
    unit: 'bytes',
    why: 'Output that waits for its cut is in memory and in the cut; a cut that large still takes less than a second to write.',
    beyond: 'waits',
  },
  'files.open': {
    most: 1000,
    unit: 'files',
    why: 'An OS process has some thousand descriptors, and the home shares them with sockets and other programs.',
    beyond: 'E.MFILE',
  },
  'calls.consumed': {
    most: 4096,
    unit: 'entries',
    why: 'A call that moved is remembered until nothing about it can be on its way any more; that is less than a second, in which fewer calls move.',
    beyond: 'drops',
  },
  'nodes.idle': {
    most: 10_000,
    unit: 'milliseconds',
    why: 'Nodes that a command has left behind go when nothing runs on them; a user who starts one program after the other shall find them again.',
    beyond: 'leaves',
  },
  'checkpoints.kept': {
    most: 5,
    unit: 'entries',
    why: 'Each checkpoint that the cluster keeps is a whole program; the last few are enough to go back. `godwit checkpoint --keep N` keeps others.',
    beyond: 'drops',
  },
  'checkpoint.unconfirmed': {
    most: 60_000,
    unit: 'milliseconds',
    why: 'A program that is saved and then ended stands still until its file is written; it shall not do so for ever when whoever writes it has gone.',
    beyond: 'goes on',
  },
  'ended.kept': {
    most: 600_000,
    unit: 'milliseconds',
    why: 'A user who has left a program comes back within minutes to see how it ended; a cluster runs many programs and keeps them all so long.',
    beyond: 'drops',
  },
} as const satisfies Readonly<Record<string, Limit>>

/** What `--limit` gives a program at most; what is absent is not limited but by the machine. */
export interface ProgramLimits {
  /** Bytes of its processes' memory on one node. */
  readonly memory?: number
  /** Its processes on one node. */
  readonly processes?: number
  /** Bytes that it writes on its screen and its error channel, all in all. */
  readonly output?: number
  /** Files that it has open. */
  readonly files?: number
}
