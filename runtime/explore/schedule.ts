/** A way through a program, told by where its processes are: it can be followed by any run of the same program. */
import type { Value } from '../kernel/scheduler/value.ts'
import { CHOOSE, CLAIMED, COMMUNICATE, guardOf, MEET, SHOW, TICK, TYPE, WAKE } from './system.ts'
import type { Move, System } from './system.ts'

/** Where a process is: of each PAR from the main process on, which branch. */
export type Path = readonly number[]

/** One move of a schedule. A guard is that of the ALT which the process waits in, -1 where it waits in none. */
export type Scheduled =
  | { readonly kind: 'communicate'; readonly writer: Path; readonly reader: Path; readonly guard: number }
  | { readonly kind: 'show'; readonly process: Path }
  | { readonly kind: 'type'; readonly process: Path; readonly guard: number; readonly key: number }
  /** A value comes from outside; what goes there is shown. */
  | { readonly kind: 'give'; readonly process: Path; readonly guard: number; readonly value: Value }
  | { readonly kind: 'choose'; readonly process: Path; readonly guard: number }
  | { readonly kind: 'wake'; readonly process: Path }
  | { readonly kind: 'tick'; readonly microseconds: number }
  | { readonly kind: 'claim'; readonly process: Path }
  | { readonly kind: 'meet'; readonly processes: readonly { readonly process: Path; readonly guard: number }[] }

/** How a program is after a schedule. */
export type End = 'ended' | 'passed' | 'failed' | 'deadlock' | 'open'

/**
 * Follows a schedule from the beginning of a program.
 * @returns how the program is then
 * @throws ScheduleError when one of its moves cannot be made
 */
export function endOf(system: System, schedule: readonly Scheduled[]): End {
  let result = system.begin()
  for (const [i, scheduled] of schedule.entries()) {
    const state = system.next.slice(0, system.components)
    const wanted = JSON.stringify(scheduled)
    const move =
      result === 'state' ? system.moves(state).find((each) => JSON.stringify(inPlaces(system, state, each)) === wanted) : undefined
    if (move === undefined) throw new ScheduleError(`move ${i + 1} of the schedule cannot be made`)
    result = system.apply(state, move)
  }
  if (result !== 'state') return result
  const state = system.next.slice(0, system.components)
  if (system.hasEnded(state)) return 'ended'
  return system.moves(state).length === 0 ? 'deadlock' : 'open'
}

/** The schedule is not one of this program, or not of this version of it. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError'
}

/** @returns moves, the first of which is made in the first state, as a schedule */
export function scheduleOf(system: System, moves: readonly Move[]): Scheduled[] {
  system.begin()
  return moves.map((move) => {
    const state = system.next.slice(0, system.components)
    const scheduled = inPlaces(system, state, move)
    system.apply(state, move)
    return scheduled
  })
}

function inPlaces(system: System, state: Int32Array, move: Move): Scheduled {
  const { kind, actor, other, guard, value } = move
  const path = (component: number): Path => system.numbering.names.places[component]?.path() ?? []
  switch (kind) {
    case COMMUNICATE:
      return { kind: 'communicate', writer: path(actor), reader: path(other), guard }
    case SHOW:
      return { kind: 'show', process: path(actor) }
    case TYPE:
      if (system.outsideOf(state, move) !== undefined)
        return { kind: 'give', process: path(actor), guard, value: system.numbering.valueAt(value, 0) }
      return { kind: 'type', process: path(actor), guard, key: Number(system.numbering.valueAt(value, 0)) }
    case CHOOSE:
      return { kind: 'choose', process: path(actor), guard }
    case WAKE:
      return { kind: 'wake', process: path(actor) }
    case TICK:
      return { kind: 'tick', microseconds: other }
    case CLAIMED:
      return { kind: 'claim', process: path(actor) }
    case MEET: {
      const processes: { process: Path; guard: number }[] = []
      for (let component = 0; component < state.length; component++) {
        const local = system.localAt(state, component)
        const by = local === undefined ? undefined : guardOf(local, other)
        if (by !== undefined) processes.push({ process: path(component), guard: by })
      }
      return { kind: 'meet', processes }
    }
  }
}
