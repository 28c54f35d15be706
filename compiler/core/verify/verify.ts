/** Checkers for what the passes of the back end establish, run with `--verify`. Each returns what it finds wrong. */
import { firstReads, flowOf } from './flow.ts'
import { freeLocals } from '../ir/free.ts'
import type { Core, Lifted, LiftedStmt } from '../ir/ir.ts'
import type { Live } from '../passes/liveness.ts'
import type { Split } from '../passes/split.ts'
import { needsMachine } from '../ir/waits.ts'
import { eachExprIn, eachPart, eachStmt } from '../ir/walk.ts'

/** One effect a statement: a direct routine has nothing in it that could suspend. */
export function verifyCore(program: Core): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    if (r.routine.direct) {
      eachStmt(r.body, (s) => {
        if (needsMachine(s)) faults.push(`${r.routine.name} is direct, but has a ${s.kind}`)
      })
    }
    eachExprIn(r.body, (e) => {
      if (e.kind === 'apply' && !e.routine.direct) faults.push(`${r.routine.name} applies ${e.routine.name}, which is a machine`)
    })
  }
  return faults
}

/** No free variables; calls fit their routines. */
export function verifyLifted(program: Lifted): string[] {
  const faults: string[] = []
  const known = new Map(program.routines.map((r) => [r.routine, r]))
  for (const r of program.routines) {
    for (const l of freeLocals(r.body, r.params)) faults.push(`${l.name} is free in ${r.routine.name}`)
    eachStmt(r.body, (s) => {
      if (s.kind !== 'call') return
      const routine = known.get(s.routine)
      if (routine === undefined) {
        faults.push(`${r.routine.name} calls ${s.routine.name}, which is not in the program`)
        return
      }
      if (s.actuals.length !== routine.params.length)
        faults.push(`${r.routine.name} gives ${s.routine.name} ${s.actuals.length} of ${routine.params.length} actuals`)
      if (s.making !== true && s.outs.length !== 0 && s.outs.length !== routine.outs.length + s.routine.results.length) {
        faults.push(
          `${r.routine.name} takes ${s.outs.length} results of ${s.routine.name}, which gives ${routine.outs.length + s.routine.results.length}`,
        )
      }
    })
  }
  return faults
}

/** Points are numbered in the order of the text; the points inside a statement form a range. */
export function verifySplit(program: Split): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    const split = program.points.get(r.routine)
    if (split === undefined) {
      faults.push(`${r.routine.name} has not been split`)
      continue
    }
    if (r.routine.direct && split.points.length > 1) faults.push(`${r.routine.name} is direct, but has resume points`)
    const visit = (list: readonly LiftedStmt[], low: number, high: number): void => {
      let next = low
      for (const s of list) {
        const range = split.ranges.get(s)
        if (range !== undefined) {
          if (range.first < next || range.last > high)
            faults.push(`${r.routine.name}: points ${range.first}..${range.last} of a ${s.kind} are not within ${next}..${high}`)
          next = range.last + 1
        }
        if (s.kind !== 'par')
          eachPart(
            s,
            () => undefined,
            (inner) => visit(inner, range?.first ?? low, range?.last ?? high),
          )
      }
    }
    visit(r.body, 1, split.points.length - 1)
  }
  return faults
}

/** A local that some path from a resume point reads before anything assigns it is a slot and in the list of that point. */
export function verifyLiveness(program: Live): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    const live = program.liveness.get(r.routine)
    const split = program.points.get(r.routine)
    if (live === undefined || split === undefined) {
      faults.push(`${r.routine.name} has not been analysed`)
      continue
    }
    if (r.routine.direct) continue
    const slots = new Set(live.slots)
    const flow = flowOf(r, split)
    const readFirst = firstReads(flow)
    for (const [point] of flow.points) {
      for (const l of live.live[point] ?? [])
        if (!slots.has(l)) faults.push(`${r.routine.name}: ${l.name} is live at point ${point} but no slot`)
    }
    for (const l of new Set(flow.steps.flatMap((step) => step.reads))) {
      const steps = readFirst(l)
      for (const [point, at] of flow.points) {
        // What is read at the entry without being a parameter is zero there.
        const excused = point === 0 && !r.params.includes(l)
        if (steps.has(at) && !excused && live.live[point]?.has(l) !== true)
          faults.push(`${r.routine.name}: ${l.name} may be read after point ${point}, but is not live there`)
      }
    }
  }
  return faults
}
