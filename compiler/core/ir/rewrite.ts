/** Rebuilding Core with some expressions replaced. */
import type { Call, CoreReplicator, Expr, Guard, Out, Stmt } from './ir.ts'

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

/** @returns `body` with expressions replaced everywhere in it */
export function rewriteList(body: readonly Stmt[], replace: Replace): Stmt[] {
  return body.map((s) => rewriteStmt(s, replace))
}

function rewriteStmt(s: Stmt, replace: Replace): Stmt {
  const r = (x: Expr): Expr => rewriteExpr(x, replace)
  const list = (body: readonly Stmt[]): Stmt[] => rewriteList(body, replace)
  switch (s.kind) {
    case 'declare':
      return s.value === undefined ? s : { ...s, value: r(s.value) }
    case 'assign':
    case 'several':
    case 'check':
      return { ...s, value: r(s.value) }
    case 'store':
      return { ...s, array: r(s.array), index: r(s.index), value: r(s.value) }
    case 'copy':
      return { ...s, target: r(s.target), source: r(s.source) }
    case 'output':
      return { ...s, channel: r(s.channel), value: r(s.value) }
    case 'input':
      return { ...s, channel: r(s.channel), then: list(s.then) }
    case 'sleep':
      return { ...s, time: r(s.time) }
    case 'call':
      return rewriteCall(s, replace)
    case 'par': {
      const branches = s.branches.map((b) => ({
        ...b,
        body: list(b.body),
        ...(b.place === undefined ? {} : { place: r(b.place) }),
        ...(b.call === undefined ? {} : { call: rewriteCall(b.call, replace) }),
      }))
      return { ...s, branches, ...(s.replicator === undefined ? {} : { replicator: rewriteReplicator(s.replicator, replace) }) }
    }
    case 'alt':
      return { ...s, guards: s.guards.map((g) => rewriteGuard(g, replace)) }
    case 'if':
      return { ...s, choices: s.choices.map((c) => ({ condition: r(c.condition), body: list(c.body) })), otherwise: list(s.otherwise) }
    case 'case':
      return { ...s, selector: r(s.selector), options: s.options.map((o) => ({ ...o, body: list(o.body) })), otherwise: list(s.otherwise) }
    case 'loop':
      return { ...s, condition: r(s.condition), body: list(s.body), advance: list(s.advance) }
    case 'block':
    case 'scope':
      return { ...s, body: list(s.body) }
    case 'leave':
      return s.unless === undefined ? s : { ...s, unless: r(s.unless) }
    case 'fault':
      return { ...s, values: s.values.map((v) => ({ ...v, value: r(v.value) })) }
    case 'assert':
      return { ...s, condition: r(s.condition), values: s.values.map((v) => ({ ...v, value: r(v.value) })) }
    case 'reschedule':
    case 'pass':
      return s
    case 'host':
      return { ...s, actuals: s.actuals.map(r), then: list(s.then) }
    case 'return':
      return { ...s, values: s.values.map(r) }
  }
}

function rewriteCall(s: Call, replace: Replace): Call {
  const r = (x: Expr): Expr => rewriteExpr(x, replace)
  const outs = s.outs.map((o): Out => (o.kind === 'local' ? o : { ...o, array: r(o.array), index: r(o.index) }))
  return { ...s, actuals: s.actuals.map(r), outs }
}

function rewriteReplicator(s: CoreReplicator, replace: Replace): CoreReplicator {
  const r = (x: Expr): Expr => rewriteExpr(x, replace)
  return { ...s, base: r(s.base), count: r(s.count), step: s.step === undefined ? undefined : r(s.step) }
}

function rewriteGuard(g: Guard, replace: Replace): Guard {
  const r = (x: Expr): Expr => rewriteExpr(x, replace)
  const list = (body: readonly Stmt[]): Stmt[] => rewriteList(body, replace)
  const prelude = list(g.prelude)
  if (g.kind === 'replicated') {
    return { ...g, prelude, replicator: rewriteReplicator(g.replicator, replace), guards: g.guards.map((x) => rewriteGuard(x, replace)) }
  }
  const condition = g.condition === undefined ? {} : { condition: r(g.condition) }
  switch (g.kind) {
    case 'input':
      return { ...g, prelude, ...condition, channel: r(g.channel), body: list(g.body) }
    case 'timer':
      return { ...g, prelude, ...condition, time: r(g.time), body: list(g.body) }
    case 'skip':
      return { ...g, prelude, ...condition, body: list(g.body) }
  }
}
