/** Replicators: `i = base FOR count STEP step`, and loops over them. */
import type { Replicator } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import { rangeOf } from '../ir/range.ts'
import type { Context } from './context.ts'
import { scalar } from './expressions.ts'
import { INT_TYPE, int, literalNumber, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CoreReplicator, Expr, Label } from '../ir/ir.ts'

const WORD = [-(2 ** 31), 2 ** 31 - 1] as const

/**
 * Evaluates base, count and step, makes the index and gives the name its place.
 * @returns the replicator; a count that is not known has been checked not to be negative, a step not to be zero, every index to be an INT
 */
export function replicator(cx: Context, r: Replicator): CoreReplicator {
  let base = scalar(cx, r.base)
  const known = cx.checked.counts.get(r)
  const counted = known === undefined ? scalar(cx, r.count) : int(known)
  const step = r.step === undefined ? undefined : scalar(cx, r.step)
  let count = checkedCount(cx, counted, r.count.span)
  let by: Expr | undefined =
    step === undefined || step.kind === 'literal'
      ? step
      : { kind: 'intrinsic', name: 'step', operands: [step], type: INT_TYPE, faults: true, span: r.span }
  const index = new Local(r.name.text, INT_TYPE, true, indexRange(base, counted, step))
  if (mayLeave(base, counted, step)) {
    base = cx.fixed('base', base, INT_TYPE, r.span)
    count = cx.fixed('count', count, INT_TYPE, r.span)
    by &&= cx.fixed('step', by, INT_TYPE, r.span)
    cx.check('indices', [base, count, by ?? int(1)], r.span)
  }
  cx.places.set(cx.symbol(r.name), { kind: 'value', expr: use(index) })
  return { index, base, count, step: literalNumber(by ?? int(1)) === 1 ? undefined : by, span: r.span }
}

/** @returns a count that is not negative; a fixed local is checked once and stays itself */
function checkedCount(cx: Context, n: Expr, span: Span): Expr {
  const range = rangeOf(n)
  if (n.kind === 'literal' || (range !== undefined && range[0] >= 0)) return n
  const checked: Expr = { kind: 'intrinsic', name: 'count', operands: [n], type: INT_TYPE, faults: true, span }
  if (n.kind !== 'local' || !n.local.fixed) return checked
  cx.emit({ kind: 'check', value: checked, span })
  return n
}

/** @returns whether the last index may be no INT, which is a fault before the first round */
function mayLeave(base: Expr, count: Expr, step: Expr | undefined): boolean {
  const first = rangeOf(base) ?? WORD
  const most = rangeOf(count)?.[1] ?? WORD[1]
  const by = step === undefined ? ([1, 1] as const) : (rangeOf(step) ?? WORD)
  const way = Math.max(0, most - 1)
  return first[1] + way * by[1] > WORD[1] || first[0] + way * by[0] < WORD[0]
}

/** @returns bounds of the index; it does not go beyond the largest INT */
function indexRange(base: Expr, count: Expr, step: Expr | undefined): readonly [number, number] | undefined {
  const first = literalNumber(base)
  const n = literalNumber(count)
  const by = step === undefined ? 1 : literalNumber(step)
  if (first === undefined || n === undefined) {
    const lowest = rangeOf(base)?.[0]
    return step === undefined && lowest !== undefined ? [lowest, 2 ** 31 - 1] : undefined
  }
  if (by === undefined) return undefined
  if (n <= 0) return undefined
  const last = first + (n - 1) * by
  const range: readonly [number, number] = [Math.min(first, last), Math.max(first, last)]
  return range[0] >= -(2 ** 31) && range[1] < 2 ** 31 ? range : undefined
}

/**
 * Emits a loop over a replicator.
 * @param body emits the body
 * @param label what a `leave` in the body names
 */
export function loopOver(cx: Context, r: CoreReplicator, span: Span, body: () => void, label?: Label): void {
  const { index, base } = r
  const n = literalNumber(r.count)
  if (n !== undefined && n <= 0) {
    // There is no round, but base and step are evaluated.
    for (const e of [base, r.step])
      if (e !== undefined && e.kind !== 'literal' && e.kind !== 'local') cx.emit({ kind: 'check', value: e, span })
    return
  }
  const first = literalNumber(base)
  const what = textOf(span)
  const loop = (condition: Expr, advance: { target: Local; value: Expr }[]): void => {
    const inner = cx.body(body)
    cx.emit({
      kind: 'loop',
      condition,
      body: inner,
      advance: advance.map((a) => ({ kind: 'assign', ...a, span })),
      text: what,
      span,
      ...(label === undefined ? {} : { label }),
    })
  }
  const less = (a: Expr, b: Expr): Expr => ({ kind: 'operation', operator: 'lt', scalar: 'int', operands: [a, b], span })
  const plus = (a: Expr, b: Expr, operator: 'raw+' | 'raw-' | 'plus'): Expr => ({
    kind: 'operation',
    operator,
    scalar: 'int',
    operands: [a, b],
    span,
  })

  if (r.step === undefined && first !== undefined && (first === 0 || (n !== undefined && first + n < 2 ** 31))) {
    const limit = first !== 0 ? int(first + (n ?? 0)) : isLength(r.count) ? r.count : cx.fixed('limit', r.count, INT_TYPE, span)
    cx.emit({ kind: 'declare', local: index, value: base, span })
    loop(less(use(index), limit), [{ target: index, value: plus(use(index), int(1), 'raw+') }])
    return
  }
  if (r.step === undefined) {
    // The index goes up until it meets the end. After the largest INT that is the smallest.
    cx.emit({ kind: 'declare', local: index, value: base, span })
    const end = cx.fixed('end', plus(use(index), r.count, 'plus'), INT_TYPE, span)
    loop({ kind: 'operation', operator: 'ne', scalar: 'int', operands: [use(index), end], span }, [
      { target: index, value: plus(use(index), int(1), 'plus') },
    ])
    return
  }
  const left = new Local('left', INT_TYPE, false)
  const step = cx.fixed('step', r.step, INT_TYPE, span)
  cx.emit({ kind: 'declare', local: left, value: r.count, span })
  cx.emit({ kind: 'declare', local: index, value: base, span })
  loop(less(int(0), use(left)), [
    { target: index, value: plus(use(index), step, 'plus') },
    { target: left, value: plus(use(left), int(1), 'raw-') },
  ])
}

/** The length of a named array costs nothing to look up again. */
function isLength(e: Expr): boolean {
  return e.kind === 'length' && e.array.kind === 'local' && e.array.local.fixed
}
