/** From Core to units: which routines belong together, and in which order they are emitted. */
import { calleesOf, components } from '../core/ir/call-graph.ts'
import type { LiftedRoutine, Routine } from '../core/ir/ir.ts'
import type { Live } from '../core/passes/liveness.ts'
import { UnitEmitter } from './unit.ts'
import type { Surroundings } from './unit.ts'

/** @returns the units of a program, callees first */
export function emitProgram(program: Live): UnitEmitter[] {
  const around: Surroundings = { program, byRoutine: new Map(program.routines.map((r) => [r.routine, r])), registry: new Map() }
  return knots(program.routines).map((group) => {
    const { name } = group.map(({ routine }) => routine).reduce((a, b) => (isOuter(b, a) ? b : a))
    return new UnitEmitter(name, group, around)
  })
}

function isOuter(a: Routine, b: Routine): boolean {
  return a.home === undefined && (b.home !== undefined || a.name.length < b.name.length)
}

/**
 * The strongly connected components of the calls between routines, branches counted with the routine they were lifted out of.
 * @returns the groups, callees first; within a group the order of the text
 */
function knots(routines: readonly LiftedRoutine[]): LiftedRoutine[][] {
  const members = new Map<Routine, LiftedRoutine[]>()
  for (const r of routines) {
    const home = r.routine.home ?? r.routine
    const list = members.get(home)
    if (list === undefined) members.set(home, [r])
    else list.push(r)
  }
  const calls = new Map<Routine, Set<Routine>>()
  for (const [home, list] of members) {
    const found = new Set<Routine>()
    for (const { body } of list) for (const callee of calleesOf(body)) found.add(callee.home ?? callee)
    calls.set(home, found)
  }
  const order = new Map(routines.map((r, i) => [r, i]))
  const place = (r: LiftedRoutine): number => order.get(r) ?? 0
  return components(calls).map((homes) => homes.flatMap((home) => members.get(home) ?? []).sort((a, b) => place(a) - place(b)))
}
