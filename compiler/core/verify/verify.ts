/** Checkers for what the passes of the back end establish, run with `--verify`. Each returns what it finds wrong. */
import { firstReads, flowOf } from '../passes/flow.ts'
import { freeLocals } from '../ir/free.ts'
import type { CoreProgram, Routine, Stmt } from '../ir/ir.ts'
import type { Liveness } from '../passes/liveness.ts'
import type { Split } from '../passes/split.ts'
import { needsMachine } from '../ir/waits.ts'
import { eachExprIn, eachPart, eachStmt } from '../ir/walk.ts'

/** One effect a statement: a direct routine has nothing in it that could suspend. */
export function verifyCore(program: CoreProgram): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    if (r.direct) {
      eachStmt(r.body, (s) => {
        if (needsMachine(s)) faults.push(`${r.name} is direct, but has a ${s.kind}`)
      })
    }
    eachExprIn(r.body, (e) => {
      if (e.kind === 'apply' && !e.routine.direct) faults.push(`${r.name} applies ${e.routine.name}, which is a machine`)
    })
  }
  return faults
}

/** No free variables; calls fit their routines. */
export function verifyLifted(program: CoreProgram): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    for (const l of freeLocals(r.body, r.params)) faults.push(`${l.name} is free in ${r.name}`)
    eachStmt(r.body, (s) => {
      if (s.kind === 'par' && s.branches.some((b) => b.call === undefined)) faults.push(`${r.name} has a branch that is no call`)
      if (s.kind !== 'call') return
      const { routine } = s
      if (s.actuals.length !== routine.params.length)
        faults.push(`${r.name} gives ${routine.name} ${s.actuals.length} of ${routine.params.length} actuals`)
      if (s.outs.length !== 0 && s.outs.length !== routine.outs.length + routine.results.length) {
        faults.push(
          `${r.name} takes ${s.outs.length} results of ${routine.name}, which gives ${routine.outs.length + routine.results.length}`,
        )
      }
    })
  }
  return faults
}

/** Points are numbered in the order of the text; the points inside a statement form a range. */
export function verifySplit(program: CoreProgram, splits: ReadonlyMap<Routine, Split>): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    const split = splits.get(r)
    if (split === undefined) {
      faults.push(`${r.name} has not been split`)
      continue
    }
    if (r.direct && split.points.length > 1) faults.push(`${r.name} is direct, but has resume points`)
    const visit = (list: readonly Stmt[], low: number, high: number): void => {
      let next = low
      for (const s of list) {
        const range = split.ranges.get(s)
        if (range !== undefined) {
          if (range.first < next || range.last > high)
            faults.push(`${r.name}: points ${range.first}..${range.last} of a ${s.kind} are not within ${next}..${high}`)
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
export function verifyLiveness(program: CoreProgram, splits: ReadonlyMap<Routine, Split>, lives: ReadonlyMap<Routine, Liveness>): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    const live = lives.get(r)
    const split = splits.get(r)
    if (live === undefined || split === undefined) {
      faults.push(`${r.name} has not been analysed`)
      continue
    }
    if (r.direct) continue
    const slots = new Set(live.slots)
    const flow = flowOf(r, split)
    const readFirst = firstReads(flow)
    for (const [point] of flow.points) {
      for (const l of live.live[point] ?? []) if (!slots.has(l)) faults.push(`${r.name}: ${l.name} is live at point ${point} but no slot`)
    }
    for (const l of new Set(flow.steps.flatMap((step) => step.reads))) {
      const steps = readFirst(l)
      for (const [point, at] of flow.points) {
        // What is read at the entry without being a parameter is zero there.
        const excused = point === 0 && !r.params.includes(l)
        if (steps.has(at) && !excused && live.live[point]?.has(l) !== true)
          faults.push(`${r.name}: ${l.name} may be read after point ${point}, but is not live there`)
      }
    }
  }
  return faults
}
