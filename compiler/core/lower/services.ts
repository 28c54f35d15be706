/**
 * Calls of services that the program declares: what goes there and what comes back are bytes, so that any value crosses whatever is between the process and
 * whoever provides the service. The form of an answer is in runtime/program-interface.ts.
 */
import type { ProcCall } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import { byteSize } from '../../check/type-model.ts'
import type { ProcSymbol, Type } from '../../semantics.ts'
import { int, raw, typeOf } from '../ir/build.ts'
import type { CoreType, Expr } from '../ir/ir.ts'
import { viewOf } from './context.ts'
import type { Context, Denotation } from './context.ts'
import { asBytes, fromBytes } from './communication.ts'
import { arrayPlace, copyTo, freeze, place, write } from './denotations.ts'
import { scalar } from './expressions.ts'
import { coreType, scalarOf, shapeOf } from './shapes.ts'

const BYTES: CoreType = { item: 'byte', array: true }

/** A result, and where it goes. */
interface Target {
  readonly type: Type
  readonly at: Denotation
}

/** Emits the call of a service. */
export function serviceCall(cx: Context, call: ProcCall, { formals, host: service = '' }: ProcSymbol): void {
  const actuals: Expr[] = []
  const targets: Target[] = []
  const { span } = call
  formals.forEach((formal, i) => {
    const actual = call.actuals[i]
    if (actual === undefined) throw new Error('as many actuals as formals')
    if (formal.mode !== 'val') {
      targets.push({ type: formal.type, at: freeze(cx, place(cx, actual), formal.name, actual.span) })
      return
    }
    const item = scalarOf(formal.type)
    const value = item === undefined ? viewOf(arrayPlace(cx, actual), actual.span) : scalar(cx, actual)
    // a copy: the call may be answered when the variable has another value
    actuals.push(cx.fixed(formal.name, { kind: 'clone', array: asBytes(value, typeOf(value), actual.span) }, BYTES, actual.span))
  })
  const then = cx.body(() => {
    results(cx, targets, span)
  })
  cx.emit({ kind: 'host', service, actuals, then, span })
}

/** Takes the answer apart. */
function results(cx: Context, targets: readonly Target[], span: Span): void {
  const received: Expr = { kind: 'received', type: BYTES }
  const answer = cx.fixed(
    'answer',
    { kind: 'intrinsic', name: 'serviceAnswer', operands: [received], type: BYTES, faults: true, span },
    BYTES,
    span,
  )
  const open = targets.findIndex(({ type }) => type.kind === 'array' && type.size === undefined)
  const isCount = (i: number): boolean => open >= 0 && i === open + 1 && isInt(targets[i]?.type)
  let offset = 0
  targets.forEach(({ type, at }, i) => {
    if (i === open || isCount(i)) return
    const size = byteSize(type) ?? 0
    store(cx, type, at, { kind: 'slice', array: answer, offset: int(offset), length: int(size) }, span)
    offset += size
  })
  const last = targets[open]
  if (last === undefined) return
  if (last.at.kind !== 'array') throw new Error('an array goes into an array')
  const rest: Expr = {
    kind: 'slice',
    array: answer,
    offset: int(offset),
    length: raw('raw-', { kind: 'length', array: answer }, int(offset), span),
  }
  const elements = cx.fixed('elements', fromBytes(rest, typeIn(last.type), span), typeIn(last.type), span)
  copyTo(cx, last.at, elements, { checked: true, prefix: true }, span)
  const count = targets[open + 1]
  if (count !== undefined && isCount(open + 1)) write(cx, count.at, { kind: 'length', array: elements }, span)
}

const isInt = (type: Type | undefined): boolean => type?.kind === 'primitive' && type.name === 'INT'

function typeIn(type: Type): CoreType {
  const shape = shapeOf(type)
  if (shape === undefined) throw new Error('a result is data')
  return coreType(shape)
}

function store(cx: Context, type: Type, at: Denotation, bytes: Expr, span: Span): void {
  const held = fromBytes(bytes, typeIn(type), span)
  if (at.kind === 'array') copyTo(cx, at, held, { checked: true }, span)
  else write(cx, at, held, span)
}
