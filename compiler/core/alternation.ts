/**
 * ALT: guards become a flat or replicated list; what a guard needs before it can be enabled is hoisted in front of the ALT where possible.
 *
 * An ALT that was suspended enables its guards anew when it is woken by restoring it elsewhere, so enabling has no effects: conditions, times
 * and channels are pure expressions, and preludes declare locals only.
 */
import type { Alternation, Alternative, Declaration, Expression, Input } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import { inputFrom } from './communication.ts'
import { text, Unsupported } from './context.ts'
import type { Context } from './context.ts'
import { declare } from './declarations.ts'
import { scalar } from './expressions.ts'
import { BOOL_TYPE, use, Local } from './ir.ts'
import type { Expr, Guard, Stmt } from './ir.ts'
import { channel } from './places.ts'
import { process } from './processes.ts'
import { replicator } from './replication.ts'
import { eachStmt } from './walk.ts'

/** Emits an ALT. */
export function alternation(cx: Context, a: Alternation): void {
  const guards = guardsOf(cx, a, [], false)
  if (guards.length === 0) {
    cx.emit({ kind: 'fault', fault: 'noGuard', values: [], span: a.span })
    return
  }
  cx.emit({ kind: 'alt', pri: a.pri || nestedPri(a), guards, text: text(a.span), span: a.span })
}

/** A PRI ALT nested alone in an ALT keeps its order. */
function nestedPri(a: Alternation): boolean {
  const [only] = a.alternatives
  return a.alternatives.length === 1 && only?.kind === 'nested-alt' && (only.alt.pri || nestedPri(only.alt))
}

/**
 * @param outer declarations around this ALT that are evaluated with each of its guards
 * @param inside whether the ALT stands in a replicated one, so that nothing can be hoisted
 */
function guardsOf(cx: Context, a: Alternation, outer: readonly Stmt[], inside: boolean): Guard[] {
  if (a.replicator === undefined) return a.alternatives.flatMap((x) => guard(cx, x, outer, inside))
  const r = a.replicator
  const [made, before] = cx.collect(() => replicator(cx, r))
  const prelude = settle(cx, before, inside, r.span)
  const guards = a.alternatives.flatMap((x) => guard(cx, x, [], true))
  return [{ kind: 'replicated', prelude: [...outer, ...prelude], replicator: made, guards, span: a.span }]
}

function guard(cx: Context, x: Alternative, outer: readonly Stmt[], inside: boolean): Guard[] {
  switch (x.kind) {
    case 'missing':
      throw new Error('a program with missing parts is not translated')
    case 'nested-alt': {
      const before = cx.body(() => declarations(cx, x.declarations))
      return guardsOf(cx, x.alt, [...outer, ...settle(cx, before, inside, x.span)], inside)
    }
    case 'skip-guard': {
      const [condition, before] = cx.collect(() => {
        declarations(cx, x.declarations)
        return scalar(cx, x.condition)
      })
      const prelude = [...outer, ...settle(cx, before, inside, x.span)]
      const body = [...prelude, ...cx.body(() => process(cx, x.body))]
      if (isFalse(condition)) return []
      return [{ kind: 'skip', prelude, body, span: x.span, ...conditioned(condition) }]
    }
    case 'guarded':
      return inputGuard(cx, x, outer, inside, () => process(cx, x.body))
    case 'guarded-case':
      return inputGuard(cx, x, outer, inside, () => undefined)
  }
}

function declarations(cx: Context, list: readonly Declaration[]): void {
  for (const d of list) declare(cx, d)
}

type Guarded = { readonly declarations: readonly Declaration[]; readonly condition?: Expression; readonly input: Input; readonly span: Span }

function inputGuard(cx: Context, x: Guarded, outer: readonly Stmt[], inside: boolean, after: () => void): Guard[] {
  const { input } = x
  const [condition, before] = cx.collect(() => {
    declarations(cx, x.declarations)
    return x.condition === undefined ? undefined : scalar(cx, x.condition)
  })
  if (condition !== undefined && isFalse(condition)) return []
  const first = settle(cx, before, inside, x.span)
  const timed = cx.type(input.channel).kind === 'timer'
  const [awaited, needed] = cx.collect(() => {
    if (!timed) return channel(cx, input.channel)
    if (input.mode.kind !== 'after') throw new Unsupported(input.span, 'reading a TIMER as a guard')
    return scalar(cx, input.mode.time)
  })
  let test = condition
  let second: readonly Stmt[] = needed
  if (needed.length > 0 && !inside) {
    if (test !== undefined && test.kind !== 'literal') {
      const held = new Local('enabled', BOOL_TYPE, true)
      cx.emit({ kind: 'declare', local: held, value: test, span: x.span })
      test = use(held)
      only(cx, test, needed, x.span)
    } else {
      for (const s of needed) cx.emit(s)
    }
    second = []
  } else if (needed.length > 0) {
    second = settle(cx, needed, inside, x.span)
  }
  const prelude = [...outer, ...first, ...second]
  const body = [
    ...prelude,
    ...cx.body(() => {
      if (!timed) inputFrom(cx, input, awaited)
      after()
    }),
  ]
  const rest = { prelude, body, span: x.span, ...conditioned(test) }
  return timed ? [{ kind: 'timer', time: awaited, ...rest }] : [{ kind: 'input', channel: awaited, ...rest }]
}

function conditioned(condition: Expr | undefined): { condition?: Expr } {
  return condition === undefined || (condition.kind === 'literal' && condition.value === true) ? {} : { condition }
}

function isFalse(condition: Expr): boolean {
  return condition.kind === 'literal' && condition.value === false
}

/** Emits `statements` so that they run only when `test` holds, and what they declare is in scope afterwards. */
function only(cx: Context, test: Expr, statements: readonly Stmt[], span: Span): void {
  const body = statements.map((s): Stmt => {
    if (s.kind !== 'declare') return s
    cx.emit({ kind: 'declare', local: s.local, span: s.span })
    return s.value === undefined ? s : { kind: 'assign', target: s.local, value: s.value, span: s.span }
  })
  cx.emit({ kind: 'if', choices: [{ condition: test, body }], otherwise: [], span })
}

/**
 * Decides where the statements a guard needs are run: in front of the ALT, once; or, in a replicated ALT, each time the guard is enabled.
 * @returns those that are left to the guard
 */
function settle(cx: Context, statements: readonly Stmt[], inside: boolean, span: Span): readonly Stmt[] {
  if (!inside) {
    for (const s of statements) cx.emit(s)
    return []
  }
  eachStmt(statements, (s) => {
    if (s.kind === 'loop' || (s.kind === 'call' && !s.routine.direct)) throw new Unsupported(span, 'a call of a function with a loop in a replicated guard')
  })
  return statements
}
