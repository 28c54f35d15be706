/** What can keep a program from being explored, or a schedule from being followed, as people are told it. */
import { describe } from '../kernel/inspect/inspect.ts'
import type { NotExplored } from './not-explored.ts'

/** Every error of exploring. `godwit explain` has a page for each. */
export const exploreErrorTitles = {
  R0601: 'the program cannot be explored',
  R0602: 'the schedule is of another program',
  R0603: 'not a schedule',
  R0604: 'the program cannot be exported',
  R0605: 'the processes cannot be compared',
} as const

export type ExploreErrorCode = keyof typeof exploreErrorTitles

export class ExploreError extends Error {
  override readonly name = 'ExploreError'
  /**
   * @param code stable, `R0601`
   * @param message what is wrong; begins in lower case and has no full stop
   * @param help what to do about it
   */
  constructor(
    readonly code: ExploreErrorCode,
    message: string,
    readonly help: string,
  ) {
    super(message)
  }
}

/** @param name of the program or test @returns the error that people are told of */
export function refusal(name: string, { what, process }: NotExplored): ExploreError {
  const place = process === undefined ? undefined : describe(process).place
  const where = place === undefined ? '' : `, at ${place.file}:${place.line}`
  return new ExploreError(
    'R0601',
    `${name} cannot be explored, because of ${what}${where}`,
    'explore the part of the program that works without it, in a TEST',
  )
}

/** @param what the program does that other tools cannot be told of @returns the error that people are told of */
export function refusalToExport(name: string, what: string): ExploreError {
  return new ExploreError(
    'R0604',
    `${name} cannot be exported, because of ${what}`,
    'export the part of the program that works without it, in a TEST',
  )
}

/** @returns the error of a program that has more states than the bounds of an export allow */
export function noRoomToExport(name: string): ExploreError {
  return new ExploreError(
    'R0604',
    `${name} cannot be exported, because of more states than there is room for`,
    'export a smaller case, or give it more room with `--states` and `--memory`',
  )
}
