/** Walking over Core: one place that knows the children of every node. */
import type { BranchBody, CoreReplicator, Expr, Guard, InlineBranch, Local, Stmt } from './ir.ts'

/** @returns the statements of a branch that is a list, in statements whose branches are of kind B: so its own branches are lists, too */
function bodyOf<B extends BranchBody>(branch: InlineBranch): readonly Stmt<B>[] {
  const body: unknown = branch.body // whether TypeScript sees that B is InlineBranch here depends on the order in which it checks files
  return body as readonly Stmt<B>[]
}

/** Calls `visit` for each direct operand of `e`. */
export function eachOperand(e: Expr, visit: (e: Expr) => void): void {
  switch (e.kind) {
    case 'literal':
    case 'table':
    case 'new-channel':
    case 'blank':
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
    case 'content':
      visit(e.of)
      return
    case 'referent':
      visit(e.reference)
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

/** Calls `visit` for `e` and everything below it, each expression before its operands, in the order of the text. */
export function eachExpr(e: Expr, visit: (e: Expr) => void): void {
  if (e.kind === 'local' || e.kind === 'literal') {
    visit(e)
    return
  }
  const stack: Expr[] = [e]
  const push = (operand: Expr): void => void stack.push(operand)
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    visit(next)
    const base = stack.length
    eachOperand(next, push)
    reverseFrom(stack, base)
  }
}

/** Calls `expr` for each expression that stands directly in `s` and `list` for each list of statements in it, in the order of the text. */
export function eachPart<B extends BranchBody>(s: Stmt<B>, expr: (e: Expr) => void, list: (body: readonly Stmt<B>[]) => void): void {
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
    case 'peek':
      expr(s.channel)
      list(s.then)
      return
    case 'suspend':
      return
    case 'activate':
      expr({ kind: 'local', local: s.target })
      s.actuals.forEach(expr)
      return
    case 'sync':
      expr(s.monitor)
      return
    case 'enlist':
      list(s.then)
      return
    case 'unlist':
      return
    case 'enroll':
      expr(s.monitor)
      expr(s.count)
      list(s.then)
      return
    case 'resign':
      expr(s.monitor)
      if (s.ticket !== undefined) expr(s.ticket)
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
      if (s.replicator !== undefined) eachReplicatorPart(s.replicator, expr)
      if (s.fork !== undefined) expr(s.fork)
      for (const b of s.branches) {
        if (b.place !== undefined) expr(b.place)
        if (b.runs.kind === 'call') eachPart(b.runs.call, expr, ignore)
        else list(bodyOf<B>(b.runs))
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

function eachGuardPart<B extends BranchBody>(g: Guard<B>, expr: (e: Expr) => void, list: (body: readonly Stmt<B>[]) => void): void {
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
    case 'sync':
      if (g.condition !== undefined) expr(g.condition)
      expr(g.monitor)
      list(g.body)
      return
    case 'skip':
      if (g.condition !== undefined) expr(g.condition)
      list(g.body)
      return
    case 'replicated':
      eachReplicatorPart(g.replicator, expr)
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
    case 'activate':
      visit(s.target)
      for (const { local } of s.left) visit(local)
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
    case 'peek':
    case 'sync':
    case 'suspend':
    case 'enlist':
    case 'unlist':
    case 'enroll':
    case 'resign':
    case 'pass':
    case 'reschedule':
    case 'return':
    case 'scope':
    case 'sleep':
    case 'store':
      return
  }
}

/** Calls `visit` for every statement of `body` and below it, in the order of the text. Branches that have become calls are visited as calls. */
export function eachStmt<B extends BranchBody>(body: readonly Stmt<B>[], visit: (s: Stmt<B>) => void): void {
  walk(body, visit, ignore)
}

/** Calls `visit` for every expression in `body`, those within expressions too. */
export function eachExprIn<B extends BranchBody>(body: readonly Stmt<B>[], visit: (e: Expr) => void): void {
  walk(body, ignore, (e) => eachExpr(e, visit))
}

/** An expression that comes after a list of statements in its statement, and so is visited after that. */
class Later {
  constructor(readonly expr: Expr) {}
}

/**
 * Visits everything in `body` in the order of the text, without a stack of calls: the expressions of a statement, not those within them. Most
 * statements have no lists in them, and their expressions are visited at once, so that nothing is allocated for them.
 */
function walk<B extends BranchBody>(body: readonly Stmt<B>[], stmt: (s: Stmt<B>) => void, expr: (e: Expr) => void): void {
  const stack: (Later | Stmt<B> | readonly Stmt<B>[])[] = [body]
  /** The height of the stack before the parts of the present statement. */
  let base = 0
  const onExpr = (e: Expr): void => {
    if (stack.length === base) expr(e)
    else if (expr !== ignore) stack.push(new Later(e))
  }
  const onList = (list: readonly Stmt<B>[]): void => {
    if (list.length > 0) stack.push(list)
  }
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next instanceof Later) {
      expr(next.expr)
      continue
    }
    if (isList(next)) {
      for (let i = next.length - 1; i >= 0; i--) stack.push(next[i] as Stmt<B>) // i < length
      continue
    }
    stmt(next)
    base = stack.length
    if (next.kind !== 'par') eachPart(next, onExpr, onList)
    else {
      if (next.replicator !== undefined) eachReplicatorPart(next.replicator, onExpr)
      if (next.fork !== undefined) onExpr(next.fork)
      for (const { place, runs } of next.branches) {
        if (place !== undefined) onExpr(place)
        if (runs.kind === 'call') stack.push(runs.call)
        else onList(bodyOf<B>(runs))
      }
    }
    reverseFrom(stack, base)
  }
}

function isList<T extends object>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

/** Turns what has been pushed above `base` round: the first of it is popped first. */
function reverseFrom(stack: unknown[], base: number): void {
  for (let low = base, high = stack.length - 1; low < high; low++, high--) {
    const first = stack[low]
    stack[low] = stack[high]
    stack[high] = first
  }
}

function eachReplicatorPart({ base, count, step }: CoreReplicator, expr: (e: Expr) => void): void {
  expr(base)
  expr(count)
  if (step !== undefined) expr(step)
}

function ignore(): void {
  // nothing to do with these
}
