/** How the arrays of a process that moves get to its new node. */
import { isOneOf } from './shapes.ts'

/**
 * stop  stop-and-copy: all of the state travels while the process stands still
 * pre   pre-copy: arrays are sent while it runs, and what differs then while it stands still; see migration/pre-copy.ts
 */
export const STRATEGIES = ['stop', 'pre'] as const
export type Strategy = (typeof STRATEGIES)[number]

export const isStrategy = isOneOf(...STRATEGIES)
