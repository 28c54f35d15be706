/** Why processes are where they are: who moved them last, and what the balancer had counted. */
import { isCount, isOneOf, isOptional, isRecord, isText } from './shapes.ts'

/**
 * hand        `godwit migrate`, or the page of `godwit ui`
 * drain       its node was drained, or left
 * eviction    the owner of its node wanted the node back
 * balance     its node had more to compute
 * spread      `--place spread` has dealt it out before its first step
 * placement   the program has said so: `PLACED PAR`, `migrate.to`
 * roam        `--roam` has drawn it
 * start       the program began there
 * gathering   the program had stopped, and it was found out why
 * recovery    its node was gone, and a durable program went on from its last cut
 */
export const MOVE_CAUSES = [
  'hand',
  'drain',
  'eviction',
  'balance',
  'spread',
  'placement',
  'roam',
  'start',
  'gathering',
  'recovery',
] as const
export type MoveCause = (typeof MOVE_CAUSES)[number]

/** How many processes computed at the two nodes when a balancer moved one. */
export interface Loads {
  readonly there: number
  readonly here: number
}

/** What whoever moves processes says of it. */
export interface MoveWhy {
  readonly cause: MoveCause
  /** Of a balance. */
  readonly loads?: Loads | undefined
}

/** Why a process was moved to where it is. */
export interface MoveReason extends MoveWhy {
  /** The name of the node from which it came. */
  readonly from: string
}

export const isMoveCause = isOneOf(...MOVE_CAUSES)
export const isMoveReason = isRecord<MoveReason>({
  cause: isMoveCause,
  from: isText,
  loads: isOptional(isRecord<Loads>({ there: isCount, here: isCount })),
})

/** Whether nobody but the system has chosen the node, so that a balancer may choose another one. */
export function isFree(reason: MoveWhy | undefined): boolean {
  switch (reason?.cause) {
    case undefined:
    case 'balance':
    case 'spread':
    case 'recovery':
      return true
    case 'hand':
    case 'drain':
    case 'eviction':
    case 'placement':
    case 'roam':
    case 'start':
    case 'gathering':
      return false
  }
}
