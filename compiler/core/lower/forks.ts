/** FORK and FORKING. What is given to a process that is forked is its own: copies, and what was moved. */
import type { Expression, Fork } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import { textOf } from '../../../grammar/source.ts'
import { isData, isReference } from '../../check/type-model.ts'
import type { VariableSymbol } from '../../semantics.ts'
import { INT_TYPE, int, isHeld, typeOf, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CoreStmt, Expr } from '../ir/ir.ts'
import { callWith } from './calls.ts'
import type { ArrayDenotation, Context, Denotation } from './context.ts'
import { viewOf } from './context.ts'
import { freeze, place } from './denotations.ts'
import { scalar } from './expressions.ts'
import { barrierOf, declareSlot, denoted, dropped, oneMore, reference } from './mobiles.ts'
import { liesInShared } from './shared-variables.ts'
import { scalarOf } from './shapes.ts'

/** Emits a FORKING. */
export function forkingAround(cx: Context, span: Span, body: () => void): void {
  cx.emit({
    kind: 'par',
    pri: false,
    forking: true,
    branches: [{ label: 'FORKING', runs: { kind: 'inline', body: cx.body(body) }, span }],
    span,
  })
}

/** Emits `FORK p (a, b)`. */
export function forkProc(cx: Context, { call, span }: Fork): void {
  const symbol = cx.symbol(call.name)
  if (symbol.kind !== 'proc') throw new Error('a PROC is forked')
  const given = call.actuals.map((actual, i) => {
    const formal = symbol.formals[i]
    if (formal === undefined) throw new Error('as many actuals as formals')
    return own(cx, actual, formal)
  })
  const found = new Local('place', INT_TYPE, true)
  const then: CoreStmt[] = [{ kind: 'declare', local: found, value: { kind: 'received', type: INT_TYPE }, span }]
  const name = call.name.text
  cx.emit({ kind: 'enlist', name, then, text: textOf(span), span })
  const body = cx.body(() => {
    callWith(cx, call, given)
    given.forEach((each) => leave(cx, each, span))
    cx.emit({ kind: 'unlist', span })
  })
  cx.emit({ kind: 'par', pri: false, fork: use(found), branches: [{ label: name, runs: { kind: 'inline', body }, span }], span })
}

/** @returns what an actual is for the process that is forked: nobody else writes to it, or reads what that writes, but where variables are SHARED */
function own(cx: Context, actual: Expression, formal: VariableSymbol): Denotation {
  const { span } = actual
  if (isReference(formal.type)) return denoted(declareSlot(cx, formal.name, formal.type, reference(cx, actual, formal.type), span))
  if ((formal.mode === 'reference' || formal.mode === 'result') && isData(formal.type) && liesInShared(cx, actual))
    return freeze(cx, place(cx, actual), formal.name, span)
  const item = scalarOf(formal.type)
  if (item !== undefined) return { kind: 'value', expr: cx.fixed(formal.name, scalar(cx, actual), { item, array: false }, span) }
  const barrier = formal.type.kind === 'barrier' ? barrierOf(place(cx, actual), span) : undefined
  if (barrier !== undefined) {
    const monitor = cx.fixed(formal.name, barrier, { item: 'monitor', array: false }, span)
    cx.emit(oneMore(monitor, span))
    return { kind: 'channel', expr: monitor }
  }
  const found = freeze(cx, place(cx, actual), formal.name, span)
  if (found.kind === 'channel') escapes(cx, found.expr, span)
  if (found.kind !== 'array') return found
  const type = typeOf(found.view)
  if (isHeld(type.item)) {
    escapes(cx, found.view, span)
    return found
  }
  return copied(cx, found, formal.name, span)
}

/** A process that was forked leaves the barriers that it was given. */
function leave(cx: Context, given: Denotation, span: Span): void {
  if (given.kind === 'array' && given.mobile !== undefined) dropped(cx, given.mobile, span)
  else if (given.kind === 'channel' && typeOf(given.expr).item === 'monitor')
    cx.emit({ kind: 'resign', monitor: given.expr, ticket: int(0), span })
}

function copied(cx: Context, array: ArrayDenotation, name: string, span: Span): Denotation {
  const { item } = typeOf(array.view)
  const local = new Local(name, { item, array: true }, true)
  cx.emit({ kind: 'declare', local, value: { kind: 'clone', array: viewOf(array, span) }, span })
  return { kind: 'array', view: use(local), dims: array.dims }
}

/** A channel that another process than one below this one gets has a name from now on. */
function escapes(cx: Context, channel: Expr, span: Span): void {
  if (typeOf(channel).item !== 'channel') return
  cx.emit({ kind: 'check', value: { kind: 'intrinsic', name: 'escape', operands: [channel], type: INT_TYPE, faults: false, span }, span })
}
