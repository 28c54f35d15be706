/** Where processes of a program begin when the program does not say it itself. */
import { isOneOf } from './shapes.ts'

/**
 * spread  the branches of replicated PARs are dealt out to the nodes before their first steps
 * pack    they begin where their parents are, and no balancer brings in a node that has nothing of the program
 *
 * Absent: they begin where their parents are, and the balancer uses any node.
 */
export const PLACE_POLICIES = ['spread', 'pack'] as const
export type PlacePolicy = (typeof PLACE_POLICIES)[number]

export const isPlacePolicy = isOneOf(...PLACE_POLICIES)
