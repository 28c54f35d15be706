/**
 * Where variables of the emitted code are declared: in place, or at the top of the function.
 *
 * A local whose list of statements has resume points in it is declared at the top, since a `case` label may lie between its declaration
 * and its uses; so is one that is declared twice (what a guard needs is evaluated for the guard and again for its body).
 */
import type { LiftedStmt, Local } from '../core/ir/ir.ts'
import type { Range } from '../core/passes/split.ts'
import { eachPart } from '../core/ir/walk.ts'

/** @returns the locals that are declared at the top of the function; slots among them are loaded from the frame instead */
export function hoistedLocals(body: readonly LiftedStmt[], ranges: ReadonlyMap<LiftedStmt, Range>): ReadonlySet<Local> {
  const hoisted = new Set<Local>()
  const seen = new Set<Local>()
  const visit = (list: readonly LiftedStmt[], split: boolean): void => {
    const here = split || list.some((s) => ranges.has(s) || (s.kind === 'scope' && hasPoints(s, ranges)))
    for (const s of list) {
      if (s.kind === 'declare') {
        if (here || seen.has(s.local)) hoisted.add(s.local)
        seen.add(s.local)
      }
      if (s.kind === 'par') continue
      if (s.kind === 'alt') for (const local of indices(s)) hoisted.add(local)
      const runsOn = s.kind === 'input' || s.kind === 'peek' || s.kind === 'enlist' || s.kind === 'host' || s.kind === 'scope'
      eachPart(
        s,
        () => undefined,
        (inner) => visit(inner, runsOn ? here : s.kind === 'alt'),
      )
    }
  }
  visit(body, false)
  return hoisted
}

function indices(s: Extract<LiftedStmt, { kind: 'alt' }>): Local[] {
  const found: Local[] = []
  const visit = (guards: typeof s.guards): void => {
    for (const g of guards) {
      if (g.kind !== 'replicated') continue
      found.push(g.replicator.index)
      visit(g.guards)
    }
  }
  visit(s.guards)
  return found
}

function hasPoints(s: LiftedStmt, ranges: ReadonlyMap<LiftedStmt, Range>): boolean {
  let found = ranges.has(s)
  eachPart(
    s,
    () => undefined,
    (inner) => {
      if (inner.some((x) => hasPoints(x, ranges))) found = true
    },
  )
  return found
}
