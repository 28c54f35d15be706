/**
 * ALT: guards become a flat or replicated list; what a guard needs before it can be enabled is hoisted in front of the ALT where possible.
 *
 * An ALT that was suspended enables its guards anew when it is woken by restoring it elsewhere, so enabling has no effects: conditions, times
 * and channels are pure expressions, and preludes declare locals only.
 */
import type { Alternation, Alternative, Declaration, Expression } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import { inputFrom } from './communication.ts'
import { product } from './context.ts'
import type { Context } from './context.ts'
import { declare } from './declarations.ts'
import { scalar } from './expressions.ts'
import { BOOL_TYPE, INT_TYPE, int, raw, typeOf, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { ChosenGuard, CoreReplicator, Expr, CoreGuard, CoreStmt, InlineBranch } from '../ir/ir.ts'
import { channel } from './denotations.ts'
import { barrierFor } from './mobiles.ts'
import { process } from './processes.ts'
import { loopOver, replicator } from './replication.ts'
import { rewriteList } from '../ir/rewrite.ts'
import { needsMachine } from '../ir/waits.ts'
import { eachStmt } from '../ir/walk.ts'

/** Emits an ALT. */
export function alternation(cx: Context, a: Alternation): void {
  const guards = guardsOf(cx, a, [], [])
  if (guards.length === 0) {
    cx.emit({ kind: 'fault', fault: 'noGuard', values: [], span: a.span })
    return
  }
  cx.emit({ kind: 'alt', pri: a.pri || nestedPri(a), guards, text: textOf(a.span), span: a.span })
}

/** A PRI ALT nested alone in an ALT keeps its order. */
function nestedPri(a: Alternation): boolean {
  const [only] = a.alternatives
  return a.alternatives.length === 1 && only?.kind === 'nested-alt' && (only.alt.pri || nestedPri(only.alt))
}

/** A replicator around a guard. `prelude`: what is evaluated before it, for each index of those further out. */
interface Level {
  readonly replicator: CoreReplicator
  readonly prelude: readonly CoreStmt[]
}

/** The replicators around a guard, outermost first. */
type Around = readonly Level[]

/**
 * @param outer declarations around this ALT that are evaluated with each of its guards
 * @param around the replicators the ALT stands in: with one of them nothing can be hoisted simply
 */
function guardsOf(cx: Context, a: Alternation, outer: readonly CoreStmt[], around: Around): CoreGuard[] {
  if (a.replicator === undefined) return a.alternatives.flatMap((x) => guard(cx, x, outer, around))
  const r = a.replicator
  const [found, before] = cx.collect(() => replicator(cx, r))
  const inside = (level: Level, left: readonly CoreStmt[]): CoreGuard[] => {
    const guards = a.alternatives.flatMap((x) => guard(cx, x, left, [...around, level]))
    return [{ kind: 'replicated', prelude: level.prelude, replicator: level.replicator, guards, span: a.span }]
  }
  if (around.length === 0) {
    for (const s of [...outer, ...before]) cx.emit(s)
    return inside({ replicator: { ...found, count: cx.fixed('count', found.count, INT_TYPE, r.span) }, prelude: [] }, [])
  }
  const all = [...outer, ...before]
  if (!mayWait(all)) return inside({ replicator: found, prelude: all }, [])
  const held = (e: Expr): Expr => (e.kind === 'literal' ? e : perIndex(cx, around, all, e, r.span))
  const { step } = found
  const made = { ...found, base: held(found.base), count: held(found.count), step: step === undefined ? undefined : held(step) }
  return mayWait(outer) ? inside({ replicator: made, prelude: [] }, outer) : inside({ replicator: made, prelude: outer }, [])
}

/** @returns the guards of a PRI ALT that stands in an ALT */
function inOrder(guards: readonly CoreGuard[]): CoreGuard[] {
  return guards.map((each, i): CoreGuard => {
    const placed = i === 0 ? each : { ...each, behind: true as const }
    return placed.kind === 'replicated' ? { ...placed, pri: true } : placed
  })
}

function guard(cx: Context, x: Alternative, outer: readonly CoreStmt[], around: Around): CoreGuard[] {
  switch (x.kind) {
    case 'missing':
      throw new Error('a program with missing parts is not translated')
    case 'nested-alt': {
      const before = cx.body(() => declarations(cx, x.declarations))
      const guards = guardsOf(cx, x.alt, [...outer, ...hoisted(cx, before, around)], around)
      return x.alt.pri ? inOrder(guards) : guards
    }
    case 'skip-guard': {
      const [{ condition, closers }, before] = cx.collect(() => {
        const ends = declarations(cx, x.declarations)
        return { condition: scalar(cx, x.condition), closers: ends }
      })
      if (isFalse(condition)) return []
      const all = [...outer, ...before]
      const waits = around.length > 0 && mayWait(all)
      const test = waits ? perIndex(cx, around, all, condition, x.span) : condition
      const prelude = waits ? [] : [...outer, ...hoisted(cx, before, around)]
      const body = [
        ...(waits ? copied(all) : prelude),
        ...cx.body(() => {
          process(cx, x.body)
          closers()
        }),
      ]
      return [{ kind: 'skip', prelude, body, span: x.span, ...conditioned(test) }]
    }
    case 'sync-guard': {
      const { declarations: list, condition, sync, span } = x
      const awaited = (): Expr => barrierFor(cx, sync.barrier)
      return waitingGuard(
        cx,
        { declarations: list, condition, kind: 'sync', awaited, body: () => process(cx, x.body), span },
        outer,
        around,
      )
    }
    case 'guarded':
      return inputGuard(cx, x, outer, around, () => process(cx, x.body))
    case 'guarded-case':
      return inputGuard(cx, x, outer, around, () => undefined)
  }
}

/** Declares names. @returns emits what the ends of their scopes need */
function declarations(cx: Context, list: readonly Declaration[]): () => void {
  const closers = list.map((d) => declare(cx, d))
  return () => {
    for (const close of [...closers].reverse()) close?.()
  }
}

/** A guard that waits for something. */
interface Waiting {
  readonly declarations: readonly Declaration[]
  readonly condition: Expression | undefined
  readonly kind: 'input' | 'timer' | 'sync'
  /** Evaluates the channel, time or barrier that it waits for. */
  readonly awaited: () => Expr
  /** Emits what is done when it is chosen. */
  readonly body: (awaited: Expr) => void
  readonly span: Span
}

/** @param after emits the process of the guard */
function inputGuard(cx: Context, x: Guarded, outer: readonly CoreStmt[], around: Around, after: () => void): CoreGuard[] {
  const { input, condition, declarations: list, span } = x
  const timed = cx.type(input.channel).kind === 'timer'
  const awaited = (): Expr => {
    if (!timed) return channel(cx, input.channel)
    if (input.mode.kind !== 'after') throw new Error('a TIMER that is a guard is waited for')
    return scalar(cx, input.mode.time)
  }
  const body = (from: Expr): void => {
    if (!timed) inputFrom(cx, input, from)
    after()
  }
  return waitingGuard(cx, { declarations: list, condition, kind: timed ? 'timer' : 'input', awaited, body, span }, outer, around)
}

type Guarded = Extract<Alternative, { kind: 'guarded' | 'guarded-case' }>

function waitingGuard(cx: Context, x: Waiting, outer: readonly CoreStmt[], around: Around): CoreGuard[] {
  const [{ condition, closers }, before] = cx.collect(() => {
    const ends = declarations(cx, x.declarations)
    return { condition: x.condition === undefined ? undefined : scalar(cx, x.condition), closers: ends }
  })
  const rest = (awaited: Expr): void => {
    x.body(awaited)
    closers()
  }
  if (condition !== undefined && isFalse(condition)) return []
  const [awaited, needed] = cx.collect(x.awaited)
  if (around.length > 0 && mayWait([...outer, ...before, ...needed]))
    return [heldGuard(cx, x, around, { condition, before: [...outer, ...before], awaited, needed, body: rest })]
  const first = hoisted(cx, before, around)
  let test = condition
  let second: readonly CoreStmt[] = needed
  if (needed.length > 0 && around.length === 0) {
    if (test !== undefined && test.kind !== 'literal') {
      const held = new Local('enabled', BOOL_TYPE, true)
      cx.emit({ kind: 'declare', local: held, value: test, span: x.span })
      test = use(held)
      only(cx, test, needed, x.span)
    } else {
      for (const s of needed) cx.emit(s)
    }
    second = []
  }
  const prelude = [...outer, ...first, ...second]
  const body = [...prelude, ...cx.body(() => rest(awaited))]
  return [waitingFor(x, awaited, { prelude, body, span: x.span, ...conditioned(test) })]
}

function waitingFor({ kind }: Waiting, awaited: Expr, parts: ChosenGuard<InlineBranch>): CoreGuard {
  switch (kind) {
    case 'input':
      return { kind, channel: awaited, ...parts }
    case 'timer':
      return { kind, time: awaited, ...parts }
    case 'sync':
      return { kind, monitor: awaited, ...parts }
  }
}

function conditioned(condition: Expr | undefined): { condition?: Expr } {
  return condition === undefined || (condition.kind === 'literal' && condition.value === true) ? {} : { condition }
}

function isFalse(condition: Expr): boolean {
  return condition.kind === 'literal' && condition.value === false
}

/** Emits `statements` so that they run only when `test` holds, and what they declare is in scope afterwards. */
function only(cx: Context, test: Expr, statements: readonly CoreStmt[], span: Span): void {
  const body = statements.map((s): CoreStmt => {
    if (s.kind !== 'declare') return s
    cx.emit({ kind: 'declare', local: s.local, span: s.span })
    return s.value === undefined ? s : { kind: 'assign', target: s.local, value: s.value, span: s.span }
  })
  cx.emit({ kind: 'if', choices: [{ condition: test, body }], otherwise: [], span })
}

/** A guard under replicators that needs calls of machines: its condition and what it waits for are found for every index before the ALT. */
function heldGuard(
  cx: Context,
  x: Waiting,
  around: Around,
  parts: {
    condition: Expr | undefined
    before: readonly CoreStmt[]
    awaited: Expr
    needed: readonly CoreStmt[]
    body: (awaited: Expr) => void
  },
): CoreGuard {
  const { condition, before, awaited, needed } = parts
  const always: Expr = { kind: 'literal', scalar: 'bool', value: true }
  const enabled = condition === undefined ? always : perIndex(cx, around, before, condition, x.span)
  const held = perIndex(cx, around, [...before, ...needed], awaited, x.span, enabled)
  const body = [...copied(before), ...cx.body(() => parts.body(held))]
  return waitingFor(x, held, { prelude: [], ...conditioned(enabled), body, span: x.span })
}

/**
 * Emits loops that run `statements` for each index and keep `value`.
 * @param when only for the indices where this holds
 * @returns the kept value for the replicators' indices
 */
function perIndex(cx: Context, around: Around, statements: readonly CoreStmt[], value: Expr, span: Span, when?: Expr): Expr {
  const type = typeOf(value)
  const held = new Local('held', { ...type, array: true }, true)
  const widths = around.map((_, k) => width(cx, around, k, span))
  const length = product(widths, span)
  const { item } = type
  if (item === 'mobile') throw new Error('a guard is found by numbers, channels and barriers')
  const made: Expr =
    item === 'channel'
      ? { kind: 'new-channels', length }
      : item === 'monitor'
        ? { kind: 'intrinsic', name: 'locks', operands: [length], type: { item, array: true }, faults: false, span }
        : { kind: 'zeros', item, length, span }
  cx.emit({ kind: 'declare', local: held, value: made, span })
  const at = around.reduce<Expr>((outer, { replicator: r }, k) => {
    const number = raw('raw/', raw('raw-', use(r.index), r.base, span), r.step ?? int(1), span)
    return raw('raw+', raw('raw*', outer, widths[k] ?? int(1), span), number, span)
  }, int(0))
  forEach(cx, around, span, () => {
    const body: CoreStmt[] = [...copied(statements), { kind: 'store', array: use(held), index: at, checked: false, value, span }]
    if (when === undefined || when.kind === 'literal') for (const s of body) cx.emit(s)
    else cx.emit({ kind: 'if', choices: [{ condition: when, body }], otherwise: [], span })
  })
  return { kind: 'element', array: use(held), index: at, checked: false, span }
}

/** @returns the largest count that replicator `k` has for any index of those around it */
function width(cx: Context, around: Around, k: number, span: Span): Expr {
  const level = around[k]
  if (level === undefined) throw new Error('a replicator of these')
  const { count } = level.replicator
  if (k === 0 || count.kind === 'literal') return count
  const widest = new Local('widest', INT_TYPE, false)
  cx.emit({ kind: 'declare', local: widest, value: int(0), span })
  forEach(cx, around.slice(0, k), span, () => {
    for (const s of copied(level.prelude)) cx.emit(s)
    const wider: Expr = { kind: 'operation', operator: 'lt', scalar: 'int', operands: [use(widest), count], span }
    const body: CoreStmt[] = [{ kind: 'assign', target: widest, value: count, span }]
    cx.emit({ kind: 'if', choices: [{ condition: wider, body }], otherwise: [], span })
  })
  return use(widest)
}

/** Emits `body` within loops over all replicators. */
function forEach(cx: Context, [first, ...rest]: Around, span: Span, body: () => void): void {
  if (first === undefined) {
    body()
    return
  }
  for (const s of copied(first.prelude)) cx.emit(s)
  loopOver(cx, first.replicator, span, () => forEach(cx, rest, span, body))
}

/** @returns statements of their own with the same effect: a statement stands in one place only */
function copied(statements: readonly CoreStmt[]): readonly CoreStmt[] {
  return rewriteList(statements, () => undefined)
}

/** @returns whether something that only a machine can do is among the statements */
function mayWait(statements: readonly CoreStmt[]): boolean {
  let found = false
  eachStmt(statements, (s) => {
    if (needsMachine(s)) found = true
  })
  return found
}

/**
 * Emits the statements a guard needs in front of the ALT where it can be done once; under replicators they run each time the guard is enabled.
 * @returns those that are left to the guard
 */
function hoisted(cx: Context, statements: readonly CoreStmt[], around: Around): readonly CoreStmt[] {
  if (around.length > 0) return statements
  for (const s of statements) cx.emit(s)
  return []
}
