/** Rebuilding Core: one place that knows how to make a statement or an expression with other parts. */
import type { BranchBody, Call, CoreReplicator, CoreStmt, Expr, Guard, Named, Out, ParBranch, Stmt } from './ir.ts'

/** @returns what stands instead of an expression; undefined to look into it */
export type Replace = (e: Expr) => Expr | undefined

/** @returns `e` with everything replaced that `replace` has an answer for, outermost first */
export function rewriteExpr(e: Expr, replace: Replace): Expr {
  return replace(e) ?? mapOperands(e, (x) => rewriteExpr(x, replace))
}

/** @returns `e` with `f` of each direct operand in its place, taken in the order of their evaluation */
export function mapOperands(e: Expr, f: (e: Expr) => Expr): Expr {
  switch (e.kind) {
    case 'literal':
    case 'table':
    case 'new-channel':
    case 'blank':
    case 'local':
    case 'received':
    case 'clock':
      return e
    case 'array-of':
      return { ...e, elements: e.elements.map((x) => f(x)) }
    case 'zeros':
    case 'new-channels':
      return { ...e, length: f(e.length) }
    case 'clone':
    case 'length':
      return { ...e, array: f(e.array) }
    case 'content':
      return { ...e, of: f(e.of) }
    case 'referent':
      return { ...e, reference: f(e.reference) }
    case 'element':
      return { ...e, array: f(e.array), index: f(e.index) }
    case 'present':
      return { ...e, channel: f(e.channel), index: f(e.index) }
    case 'slice':
      return { ...e, array: f(e.array), offset: f(e.offset), length: f(e.length) }
    case 'operation':
    case 'intrinsic':
      return { ...e, operands: e.operands.map((x) => f(x)) }
    case 'convert':
    case 'retype':
      return { ...e, operand: f(e.operand) }
    case 'bound':
      return { ...e, index: f(e.index), limit: f(e.limit) }
    case 'apply':
      return { ...e, actuals: e.actuals.map((x) => f(x)) }
  }
}

/** What the parts of a statement become; `A` are the branches of its PARs before, `B` after. */
export interface Parts<A extends BranchBody, B extends BranchBody> {
  readonly expr: (e: Expr) => Expr
  readonly list: (body: readonly Stmt<A>[]) => readonly Stmt<B>[]
  readonly branch: (branch: ParBranch<A>) => ParBranch<B>
}

/** @returns `s` with other parts, which are asked for in the order of their evaluation */
export function mapParts<A extends BranchBody, B extends BranchBody>(s: Stmt<A>, parts: Parts<A, B>): Stmt<B> {
  const { expr, list } = parts
  switch (s.kind) {
    case 'declare':
      return s.value === undefined ? s : { ...s, value: expr(s.value) }
    case 'assign':
    case 'several':
    case 'check':
      return { ...s, value: expr(s.value) }
    case 'store':
      return { ...s, array: expr(s.array), index: expr(s.index), value: expr(s.value) }
    case 'copy':
      return { ...s, target: expr(s.target), source: expr(s.source) }
    case 'output':
      return { ...s, channel: expr(s.channel), value: expr(s.value) }
    case 'input':
    case 'peek':
      return { ...s, channel: expr(s.channel), then: list(s.then) }
    case 'enlist':
      return { ...s, then: list(s.then) }
    case 'unlist':
      return s
    case 'suspend':
      return s
    case 'activate':
      return { ...s, actuals: s.actuals.map(expr) }
    case 'sync':
      return { ...s, monitor: expr(s.monitor) }
    case 'enroll':
      return { ...s, monitor: expr(s.monitor), count: expr(s.count), then: list(s.then) }
    case 'resign':
      return { ...s, monitor: expr(s.monitor), ...(s.ticket === undefined ? {} : { ticket: expr(s.ticket) }) }
    case 'sleep':
      return { ...s, time: expr(s.time) }
    case 'call':
      return mapCall(s, expr)
    case 'par':
      return {
        ...s,
        ...(s.replicator === undefined ? {} : { replicator: mapReplicator(s.replicator, expr) }),
        ...(s.fork === undefined ? {} : { fork: expr(s.fork) }),
        branches: s.branches.map((b) => parts.branch(b)),
      }
    case 'alt':
      return { ...s, guards: s.guards.map((g) => mapGuard(g, parts)) }
    case 'if':
      return { ...s, choices: s.choices.map((c) => ({ condition: expr(c.condition), body: list(c.body) })), otherwise: list(s.otherwise) }
    case 'case':
      return {
        ...s,
        selector: expr(s.selector),
        options: s.options.map((o) => ({ ...o, body: list(o.body) })),
        otherwise: list(s.otherwise),
      }
    case 'loop':
      return { ...s, condition: expr(s.condition), body: list(s.body), advance: list(s.advance) }
    case 'block':
    case 'scope':
      return { ...s, body: list(s.body) }
    case 'leave':
      return s.unless === undefined ? s : { ...s, unless: expr(s.unless) }
    case 'fault':
      return { ...s, values: mapNamed(s.values, expr) }
    case 'assert':
      return { ...s, condition: expr(s.condition), values: mapNamed(s.values, expr) }
    case 'reschedule':
    case 'pass':
      return s
    case 'host':
      return { ...s, actuals: s.actuals.map(expr), then: list(s.then) }
    case 'return':
      return { ...s, values: s.values.map(expr) }
  }
}

/** @returns `s` with other expressions, which are asked for in the order of their evaluation */
export function mapCall(s: Call, expr: (e: Expr) => Expr): Call {
  const actuals = s.actuals.map(expr)
  const outs = s.outs.map((o): Out => (o.kind === 'local' ? o : { ...o, array: expr(o.array), index: expr(o.index) }))
  return { ...s, actuals, outs }
}

/** @returns `r` with other expressions, which are asked for in the order of their evaluation */
export function mapReplicator(r: CoreReplicator, expr: (e: Expr) => Expr): CoreReplicator {
  return { ...r, base: expr(r.base), count: expr(r.count), step: r.step === undefined ? undefined : expr(r.step) }
}

/** @returns `b` with other expressions in it and in what it runs */
export function mapBranch<B extends BranchBody>(b: ParBranch<B>, { expr, list }: Parts<B, B>): ParBranch<B> {
  // A branch that is a list is one of statements whose own branches are lists, which is what B is then. Whether TypeScript sees that depends on the
  // order in which it checks files, so nothing is left for it to see.
  const inner: unknown = list
  const mapBody = inner as (body: readonly CoreStmt[]) => readonly CoreStmt[]
  const runs: unknown =
    b.runs.kind === 'call' ? { kind: 'call', call: mapCall(b.runs.call, expr) } : { kind: 'inline', body: mapBody(b.runs.body) }
  return { ...b, ...(b.place === undefined ? {} : { place: expr(b.place) }), runs: runs as B } // of the kind it was
}

function mapNamed(values: readonly Named[], expr: (e: Expr) => Expr): readonly Named[] {
  return values.map((v) => ({ ...v, value: expr(v.value) }))
}

function mapGuard<A extends BranchBody, B extends BranchBody>(g: Guard<A>, parts: Parts<A, B>): Guard<B> {
  const { expr, list } = parts
  const prelude = list(g.prelude)
  if (g.kind === 'replicated')
    return { ...g, prelude, replicator: mapReplicator(g.replicator, expr), guards: g.guards.map((x) => mapGuard(x, parts)) }
  const condition = g.condition === undefined ? {} : { condition: expr(g.condition) }
  switch (g.kind) {
    case 'input':
      return { ...g, prelude, ...condition, channel: expr(g.channel), body: list(g.body) }
    case 'timer':
      return { ...g, prelude, ...condition, time: expr(g.time), body: list(g.body) }
    case 'sync':
      return { ...g, prelude, ...condition, monitor: expr(g.monitor), body: list(g.body) }
    case 'skip':
      return { ...g, prelude, ...condition, body: list(g.body) }
  }
}

/** @returns `body` with expressions replaced everywhere in it */
export function rewriteList<B extends BranchBody>(body: readonly Stmt<B>[], replace: Replace): readonly Stmt<B>[] {
  const parts: Parts<B, B> = {
    expr: (e) => rewriteExpr(e, replace),
    list: (inner) => inner.map((s) => mapParts(s, parts)),
    branch: (branch) => mapBranch(branch, parts),
  }
  return parts.list(body)
}
