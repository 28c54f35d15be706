/** Walking over Core: one place that knows the children of every node. */
import type { Expr, Guard, Local, Stmt } from './ir.ts'

/** Calls `visit` for each direct operand of `e`. */
export function eachOperand(e: Expr, visit: (e: Expr) => void): void {
  switch (e.kind) {
    case 'literal':
    case 'table':
    case 'new-channel':
    case 'local':
    case 'received':
    case 'clock':
      return
    case 'array-of':
      e.elements.forEach(visit)
      return
    case 'zeros':
    case 'new-channels':
      visit(e.length)
      return
    case 'clone':
    case 'length':
      visit(e.array)
      return
    case 'element':
      visit(e.array)
      visit(e.index)
      return
    case 'present':
      visit(e.channel)
      visit(e.index)
      return
    case 'slice':
      visit(e.array)
      visit(e.offset)
      visit(e.length)
      return
    case 'operation':
    case 'intrinsic':
      e.operands.forEach(visit)
      return
    case 'convert':
    case 'retype':
      visit(e.operand)
      return
    case 'bound':
      visit(e.index)
      visit(e.limit)
      return
    case 'apply':
      e.actuals.forEach(visit)
      return
  }
}

/** Calls `visit` for `e` and everything below it. */
export function eachExpr(e: Expr, visit: (e: Expr) => void): void {
  visit(e)
  eachOperand(e, (operand) => eachExpr(operand, visit))
}

/** Calls `expr` for each expression that stands directly in `s` and `list` for each list of statements in it, in the order of the text. */
export function eachPart(s: Stmt, expr: (e: Expr) => void, list: (body: readonly Stmt[]) => void): void {
  switch (s.kind) {
    case 'declare':
      if (s.value !== undefined) expr(s.value)
      return
    case 'assign':
    case 'several':
    case 'check':
      expr(s.value)
      return
    case 'store':
      expr(s.array)
      expr(s.index)
      expr(s.value)
      return
    case 'copy':
      expr(s.target)
      expr(s.source)
      return
    case 'output':
      expr(s.channel)
      expr(s.value)
      return
    case 'input':
      expr(s.channel)
      list(s.then)
      return
    case 'sleep':
      expr(s.time)
      return
    case 'call':
      s.actuals.forEach(expr)
      for (const out of s.outs) {
        if (out.kind === 'element') {
          expr(out.array)
          expr(out.index)
        }
      }
      return
    case 'par':
      if (s.replicator !== undefined) {
        expr(s.replicator.base)
        expr(s.replicator.count)
        if (s.replicator.step !== undefined) expr(s.replicator.step)
      }
      for (const b of s.branches) {
        if (b.place !== undefined) expr(b.place)
        if (b.call !== undefined) eachPart(b.call, expr, list)
        else list(b.body)
      }
      return
    case 'alt':
      for (const g of s.guards) eachGuardPart(g, expr, list)
      return
    case 'if':
      for (const c of s.choices) {
        expr(c.condition)
        list(c.body)
      }
      list(s.otherwise)
      return
    case 'case':
      expr(s.selector)
      for (const o of s.options) list(o.body)
      list(s.otherwise)
      return
    case 'loop':
      expr(s.condition)
      list(s.body)
      list(s.advance)
      return
    case 'block':
    case 'scope':
      list(s.body)
      return
    case 'leave':
      if (s.unless !== undefined) expr(s.unless)
      return
    case 'fault':
      for (const v of s.values) expr(v.value)
      return
    case 'assert':
      expr(s.condition)
      for (const v of s.values) expr(v.value)
      return
    case 'reschedule':
    case 'pass':
      return
    case 'host':
      s.actuals.forEach(expr)
      list(s.then)
      return
    case 'return':
      s.values.forEach(expr)
      return
  }
}

function eachGuardPart(g: Guard, expr: (e: Expr) => void, list: (body: readonly Stmt[]) => void): void {
  list(g.prelude)
  switch (g.kind) {
    case 'input':
      if (g.condition !== undefined) expr(g.condition)
      expr(g.channel)
      list(g.body)
      return
    case 'timer':
      if (g.condition !== undefined) expr(g.condition)
      expr(g.time)
      list(g.body)
      return
    case 'skip':
      if (g.condition !== undefined) expr(g.condition)
      list(g.body)
      return
    case 'replicated':
      expr(g.replicator.base)
      expr(g.replicator.count)
      if (g.replicator.step !== undefined) expr(g.replicator.step)
      for (const inner of g.guards) eachGuardPart(inner, expr, list)
      return
  }
}

/** Calls `visit` for each local that `s` itself gives another value. Its declaration does not count, nor does what is written into an array. */
export function eachAssigned(s: Stmt, visit: (local: Local) => void): void {
  switch (s.kind) {
    case 'assign':
      visit(s.target)
      return
    case 'several':
      s.targets.forEach(visit)
      return
    case 'call':
      for (const out of s.outs) if (out.kind === 'local') visit(out.local)
      return
    case 'alt':
    case 'assert':
    case 'block':
    case 'case':
    case 'check':
    case 'copy':
    case 'declare':
    case 'fault':
    case 'host':
    case 'if':
    case 'input':
    case 'leave':
    case 'loop':
    case 'output':
    case 'par':
    case 'pass':
    case 'reschedule':
    case 'return':
    case 'scope':
    case 'sleep':
    case 'store':
      return
  }
}

/** Calls `visit` for every statement of `body` and below it. Branches that have become calls are visited as calls. */
export function eachStmt(body: readonly Stmt[], visit: (s: Stmt) => void): void {
  for (const s of body) {
    visit(s)
    if (s.kind === 'par') {
      for (const b of s.branches) {
        if (b.call !== undefined) visit(b.call)
        else eachStmt(b.body, visit)
      }
    } else {
      eachPart(s, ignore, (inner) => eachStmt(inner, visit))
    }
  }
}

/** Calls `visit` for every expression in `body`, those within expressions too. */
export function eachExprIn(body: readonly Stmt[], visit: (e: Expr) => void): void {
  for (const s of body)
    eachPart(
      s,
      (e) => eachExpr(e, visit),
      (inner) => eachExprIn(inner, visit),
    )
}

function ignore(): void {
  // statements only
}
