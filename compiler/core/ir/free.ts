/** Which locals a stretch of Core uses from outside, and which it writes. */
import type { Guard, Local, Stmt } from './ir.ts'
import { rootOf } from './views.ts'
import { eachAssigned, eachExpr, eachPart, eachStmt } from './walk.ts'

/**
 * @param body the statements
 * @param params what counts as declared already
 * @returns the locals that `body` uses without declaring them, in the order of their first use
 */
export function freeLocals(body: readonly Stmt[], params: readonly Local[]): Local[] {
  const declared = new Set(params)
  const free = new Set<Local>()
  const touch = (local: Local): void => {
    if (!declared.has(local)) free.add(local)
  }
  const visit = (list: readonly Stmt[]): void => {
    for (const s of list) {
      // A declaration precedes every use, except that indices of replicators are declared by their construct.
      if (s.kind === 'par' && s.replicator !== undefined) declared.add(s.replicator.index)
      if (s.kind === 'alt') s.guards.forEach(declareIndices)
      eachPart(
        s,
        (e) =>
          eachExpr(e, (x) => {
            if (x.kind === 'local') touch(x.local)
          }),
        visit,
      )
      if (s.kind === 'declare') declared.add(s.local)
      if (s.kind === 'par') for (const { runs } of s.branches) if (runs.kind === 'call') eachAssigned(runs.call, touch)
      eachAssigned(s, touch)
    }
  }
  const declareIndices = (g: Guard): void => {
    if (g.kind !== 'replicated') return
    declared.add(g.replicator.index)
    g.guards.forEach(declareIndices)
  }
  visit(body)
  return [...free]
}

/** @returns the locals that `body` assigns; writing into an array does not count. */
export function assignedLocals(body: readonly Stmt[]): Set<Local> {
  const assigned = new Set<Local>()
  eachStmt(body, (s) => {
    eachAssigned(s, (local) => assigned.add(local))
  })
  return assigned
}

/** @returns the locals that `body` assigns, and the arrays it writes into (through views too). Calls count for their results only. */
export function writtenLocals(body: readonly Stmt[]): Set<Local> {
  const written = new Set<Local>()
  const into = (local: Local | undefined): void => {
    for (let l = local; l !== undefined; l = l.viewOf) written.add(l)
  }
  eachStmt(body, (s) => {
    eachAssigned(s, (local) => written.add(local))
    if (s.kind === 'store') into(rootOf(s.array))
    else if (s.kind === 'copy') into(rootOf(s.target))
    else if (s.kind === 'call') for (const o of s.outs) if (o.kind === 'element') into(rootOf(o.array))
  })
  return written
}
