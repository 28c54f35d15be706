/**
 * The first half of lifting: the free names of nested PROCs and FUNCTIONs become parameters, which every call passes.
 *
 * A scalar goes in by value and, when it is written, comes back by value (alias-freedom makes that as good as sharing it); an array goes in
 * as a view. One `Local` may be a parameter of several routines; each emits it under a name of its own.
 */
import { use } from '../ir/build.ts'
import { calleesOf } from '../ir/call-graph.ts'
import { assignedLocals, freeLocals, writtenLocals } from '../ir/free.ts'
import type { Call, Core, CoreRoutine, CoreStmt, Expr, Guard, InlineBranch, Local, Out, Routine } from '../ir/ir.ts'
import { mapBranch, mapCall, mapParts, rewriteExpr } from '../ir/rewrite.ts'
import type { Parts } from '../ir/rewrite.ts'
import { eachStmt } from '../ir/walk.ts'

/** What the body of a routine has to do with the names around it. */
interface Names {
  readonly callees: ReadonlySet<Routine>
  readonly own: ReadonlySet<Local>
  readonly free: Set<Local>
  readonly written: Set<Local>
  /** Assigned as a whole, not only written into. */
  readonly assigned: Set<Local>
}

/** @returns the routines of `program`, none of which has a free name any more */
export function closed(program: Core): readonly CoreRoutine[] {
  const names = new Map(program.routines.map((r) => [r.routine, namesOf(r)]))
  spread(program.routines, names)
  return program.routines.map((r) => new Closer(names).routine(r))
}

function namesOf({ body, params }: CoreRoutine): Names {
  const own = new Set(params)
  eachStmt(body, (s) => {
    if (s.kind === 'declare') own.add(s.local)
    if (s.kind === 'par' && s.replicator !== undefined) own.add(s.replicator.index)
    if (s.kind === 'alt') for (const g of s.guards) addIndices(g, own)
  })
  return {
    callees: calleesOf(body),
    own,
    free: new Set(freeLocals(body, params)),
    written: writtenLocals(body),
    assigned: assignedLocals(body),
  }
}

function addIndices(g: Guard, own: Set<Local>): void {
  if (g.kind !== 'replicated') return
  own.add(g.replicator.index)
  for (const inner of g.guards) addIndices(inner, own)
}

/** What a callee needs, its callers need, unless it is their own. */
function spread(routines: readonly CoreRoutine[], names: ReadonlyMap<Routine, Names>): void {
  for (let changed = true; changed;) {
    changed = false
    for (const { routine } of routines) {
      const mine = names.get(routine)
      if (mine === undefined) continue
      for (const callee of mine.callees) {
        const theirs = names.get(callee)
        for (const local of theirs?.free ?? []) {
          if (!mine.own.has(local) && !mine.free.has(local)) {
            mine.free.add(local)
            changed = true
          }
          if (theirs?.written.has(local) === true && !mine.written.has(local)) {
            mine.written.add(local)
            changed = true
          }
          if (theirs?.assigned.has(local) === true && !mine.assigned.has(local)) {
            mine.assigned.add(local)
            changed = true
          }
        }
      }
    }
  }
}

/** Rebuilds bodies with the calls completed. */
class Closer {
  private readonly names: ReadonlyMap<Routine, Names>
  /** A statement that stands in a guard and again in its body stays one. */
  private readonly made = new Map<CoreStmt, CoreStmt>()
  private readonly parts: Parts<InlineBranch, InlineBranch> = {
    expr: (e) => this.expr(e),
    list: (body) => body.map((s) => this.stmt(s)),
    branch: (b) => mapBranch(b, this.parts),
  }

  constructor(names: ReadonlyMap<Routine, Names>) {
    this.names = names
  }

  routine(r: CoreRoutine): CoreRoutine {
    const { free, callees } = this.names.get(r.routine) ?? { free: [], callees: [] }
    const params = [...r.params, ...free]
    const outs = [...r.outs, ...[...free].filter((local) => this.comesBack(local, r.routine))]
    const isClosed = [...callees].every((callee) => this.freeOf(callee).size === 0)
    return { routine: r.routine, params, outs, body: isClosed ? r.body : r.body.map((s) => this.stmt(s)) }
  }

  private freeOf(routine: Routine): ReadonlySet<Local> {
    return this.names.get(routine)?.free ?? NONE
  }

  private comesBack(local: Local, routine: Routine): boolean {
    const names = this.names.get(routine)
    if (local.type.array) return local.type.mobile === true && names?.assigned.has(local) === true
    return local.type.item !== 'channel' && names?.written.has(local) === true
  }

  private stmt(s: CoreStmt): CoreStmt {
    let made = this.made.get(s)
    if (made === undefined) {
      made = s.kind === 'call' ? this.call(s) : mapParts(s, this.parts)
      this.made.set(s, made)
    }
    return made
  }

  private call(s: Call): Call {
    const given = mapCall(s, (e) => this.expr(e))
    const free = [...this.freeOf(s.routine)]
    const back = free.filter((local) => this.comesBack(local, s.routine)).map((local): Out => ({ kind: 'local', local }))
    return { ...given, actuals: [...given.actuals, ...free.map(use)], outs: [...given.outs, ...back] }
  }

  private expr(e: Expr): Expr {
    return rewriteExpr(e, (x) => {
      if (x.kind !== 'apply') return undefined
      return { ...x, actuals: [...x.actuals.map((actual) => this.expr(actual)), ...[...this.freeOf(x.routine)].map(use)] }
    })
  }
}

const NONE: ReadonlySet<Local> = new Set()
