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
import { BOOL_TYPE, INT_TYPE, int, raw, typeOf, use } from './build.ts'
import { Local } from './ir.ts'
import type { CoreReplicator, Expr, Guard, Stmt } from './ir.ts'
import { channel } from './places.ts'
import { process } from './processes.ts'
import { loopOver, replicator } from './replication.ts'
import { rewriteList } from './rewrite.ts'
import { eachStmt } from './walk.ts'

/** Emits an ALT. */
export function alternation(cx: Context, a: Alternation): void {
  const guards = guardsOf(cx, a, [], undefined)
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
 * @param around the replicator the ALT stands in, so that nothing can be hoisted simply; `nested` when there are several
 */
function guardsOf(cx: Context, a: Alternation, outer: readonly Stmt[], around: Around): Guard[] {
  if (a.replicator === undefined) return a.alternatives.flatMap((x) => guard(cx, x, outer, around))
  const r = a.replicator
  const [found, before] = cx.collect(() => replicator(cx, r))
  const prelude = settle(cx, before, around, r.span)
  const made = around === undefined ? { ...found, count: cx.fixed('count', found.count, INT_TYPE, r.span) } : found
  const guards = a.alternatives.flatMap((x) => guard(cx, x, [], around === undefined ? made : 'nested'))
  return [{ kind: 'replicated', prelude: [...outer, ...prelude], replicator: made, guards, span: a.span }]
}

type Around = CoreReplicator | 'nested' | undefined

function guard(cx: Context, x: Alternative, outer: readonly Stmt[], around: Around): Guard[] {
  switch (x.kind) {
    case 'missing':
      throw new Error('a program with missing parts is not translated')
    case 'nested-alt': {
      const before = cx.body(() => declarations(cx, x.declarations))
      return guardsOf(cx, x.alt, [...outer, ...settle(cx, before, around, x.span)], around)
    }
    case 'skip-guard': {
      const [condition, before] = cx.collect(() => {
        declarations(cx, x.declarations)
        return scalar(cx, x.condition)
      })
      if (isFalse(condition)) return []
      if (typeof around === 'object' && mayWait(before)) {
        const held = perIndex(cx, around, before, condition, x.span)
        return [
          {
            kind: 'skip',
            prelude: [...outer],
            condition: held,
            body: [...outer, ...copied(before), ...cx.body(() => process(cx, x.body))],
            span: x.span,
          },
        ]
      }
      const prelude = [...outer, ...settle(cx, before, around, x.span)]
      const body = [...prelude, ...cx.body(() => process(cx, x.body))]
      return [{ kind: 'skip', prelude, body, span: x.span, ...conditioned(condition) }]
    }
    case 'guarded':
      return inputGuard(cx, x, outer, around, () => process(cx, x.body))
    case 'guarded-case':
      return inputGuard(cx, x, outer, around, () => undefined)
  }
}

function declarations(cx: Context, list: readonly Declaration[]): void {
  for (const d of list) declare(cx, d)
}

type Guarded = {
  readonly declarations: readonly Declaration[]
  readonly condition?: Expression
  readonly input: Input
  readonly span: Span
}

function inputGuard(cx: Context, x: Guarded, outer: readonly Stmt[], around: Around, after: () => void): Guard[] {
  const { input } = x
  const [condition, before] = cx.collect(() => {
    declarations(cx, x.declarations)
    return x.condition === undefined ? undefined : scalar(cx, x.condition)
  })
  if (condition !== undefined && isFalse(condition)) return []
  const timed = cx.type(input.channel).kind === 'timer'
  const [awaited, needed] = cx.collect(() => {
    if (!timed) return channel(cx, input.channel)
    if (input.mode.kind !== 'after') throw new Unsupported(input.span, 'reading a TIMER as a guard')
    return scalar(cx, input.mode.time)
  })
  if (typeof around === 'object' && (mayWait(before) || mayWait(needed)))
    return [heldGuard(cx, x, outer, around, { condition, before, awaited, needed, after })]
  const first = settle(cx, before, around, x.span)
  let test = condition
  let second: readonly Stmt[] = needed
  if (needed.length > 0 && around === undefined) {
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
    second = settle(cx, needed, around, x.span)
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

/** A guard of a replicated ALT that needs calls of machines: its condition and channel or time are found for every index before the ALT. */
function heldGuard(
  cx: Context,
  x: Guarded,
  outer: readonly Stmt[],
  around: CoreReplicator,
  parts: { condition: Expr | undefined; before: readonly Stmt[]; awaited: Expr; needed: readonly Stmt[]; after: () => void },
): Guard {
  const { condition, before, awaited, needed } = parts
  const always: Expr = { kind: 'literal', scalar: 'bool', value: true }
  const enabled = perIndex(cx, around, before, condition ?? always, x.span)
  const held = mayWait(needed) || mayWait(before) ? perIndex(cx, around, [...before, ...needed], awaited, x.span, enabled) : awaited
  const body = [
    ...outer,
    ...copied(before),
    ...cx.body(() => {
      if (typeOf(held).item === 'channel') inputFrom(cx, x.input, held)
      parts.after()
    }),
  ]
  const rest = { prelude: [...outer], condition: enabled, body, span: x.span }
  return typeOf(held).item === 'channel' ? { kind: 'input', channel: held, ...rest } : { kind: 'timer', time: held, ...rest }
}

/**
 * Emits a loop that runs `statements` for each index and keeps `value`.
 * @param when only for the indices where this holds
 * @returns the kept value for the replicator's index
 */
function perIndex(cx: Context, r: CoreReplicator, statements: readonly Stmt[], value: Expr, span: Span, when?: Expr): Expr {
  const type = typeOf(value)
  const held = new Local('held', { ...type, array: true }, true)
  const made: Expr =
    type.item === 'channel' ? { kind: 'new-channels', length: r.count } : { kind: 'zeros', item: type.item, length: r.count }
  cx.emit({ kind: 'declare', local: held, value: made, span })
  const step = r.step ?? int(1)
  const at = raw('raw/', raw('raw-', use(r.index), r.base, span), step, span)
  loopOver(cx, r, span, () => {
    const body: Stmt[] = [...copied(statements), { kind: 'store', array: use(held), index: at, checked: false, value, span }]
    if (when === undefined) for (const s of body) cx.emit(s)
    else cx.emit({ kind: 'if', choices: [{ condition: when, body }], otherwise: [], span })
  })
  return { kind: 'element', array: use(held), index: at, checked: false, span }
}

/** @returns statements of their own with the same effect: a statement stands in one place only */
function copied(statements: readonly Stmt[]): Stmt[] {
  return rewriteList(statements, () => undefined)
}

/** @returns whether a call of a machine or a loop is among the statements */
function mayWait(statements: readonly Stmt[]): boolean {
  let found = false
  eachStmt(statements, (s) => {
    if (s.kind === 'loop' || (s.kind === 'call' && !s.routine.direct)) found = true
  })
  return found
}

/**
 * Decides where the statements a guard needs are run: in front of the ALT, once; or, in a replicated ALT, each time the guard is enabled.
 * @returns those that are left to the guard
 */
function settle(cx: Context, statements: readonly Stmt[], around: Around, span: Span): readonly Stmt[] {
  if (around === undefined) {
    for (const s of statements) cx.emit(s)
    return []
  }
  if (mayWait(statements)) throw new Unsupported(span, 'a call of a function with a loop in a guard under several replicators')
  return statements
}
