/** From Core to units: which routines belong together, in which order they are emitted, and what the manifest says of them. */
import type { CoreProgram, Routine } from '../core/ir/ir.ts'
import { calleesOf } from '../core/passes/lift.ts'
import type { Analysed } from './routine.ts'
import { UnitEmitter } from './unit.ts'
import type { Registry } from './unit.ts'

/** @returns the units of a program, callees first */
export function emitProgram(program: CoreProgram, analysed: ReadonlyMap<Routine, Analysed>): UnitEmitter[] {
  const registry: Registry = new Map()
  return knots(program.routines).map((group) => {
    const outermost = group.reduce((a, b) => (b.home === undefined && (a.home !== undefined || b.name.length < a.name.length) ? b : a))
    return new UnitEmitter(outermost.name, group, registry, analysed)
  })
}

/**
 * The strongly connected components of the calls between routines, branches counted with the routine they were lifted out of (Tarjan).
 * @returns the groups, callees first; within a group the order of the text
 */
function knots(routines: readonly Routine[]): Routine[][] {
  const members = new Map<Routine, Routine[]>()
  for (const r of routines) {
    const home = r.home ?? r
    const list = members.get(home) ?? []
    list.push(r)
    members.set(home, list)
  }
  const callees = (home: Routine): Set<Routine> => {
    const found = new Set<Routine>()
    for (const r of members.get(home) ?? []) for (const c of calleesOf(r.body)) found.add(c.home ?? c)
    return found
  }
  const number = new Map<Routine, number>()
  const low = new Map<Routine, number>()
  const stack: Routine[] = []
  const onStack = new Set<Routine>()
  const groups: Routine[][] = []
  const visit = (home: Routine): void => {
    const n = number.size
    number.set(home, n)
    low.set(home, n)
    stack.push(home)
    onStack.add(home)
    for (const c of callees(home)) {
      if (!number.has(c)) {
        visit(c)
        low.set(home, Math.min(low.get(home) ?? n, low.get(c) ?? n))
      } else if (onStack.has(c)) low.set(home, Math.min(low.get(home) ?? n, number.get(c) ?? n))
    }
    if (low.get(home) !== n) return
    const group = new Set<Routine>()
    for (let r = stack.pop(); r !== undefined; r = stack.pop()) {
      onStack.delete(r)
      group.add(r)
      if (r === home) break
    }
    groups.push(routines.filter((r) => group.has(r.home ?? r)))
  }
  for (const home of members.keys()) if (!number.has(home)) visit(home)
  return groups
}
