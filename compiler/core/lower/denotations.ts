/** Names, subscripts and slices: from an expression to what it denotes. */
import type { Expression, Slice, Subscript } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import { endOf, representation } from '../../check/type-model.ts'
import type { Type } from '../../semantics.ts'
import { product, viewOf } from './context.ts'
import { surelyWithin } from '../ir/range.ts'
import type { ArrayDenotation, Context, BackingStore, Denotation, Locks } from './context.ts'
import { arrayValue, scalar } from './expressions.ts'
import { INT_TYPE, int, literalNumber, raw, typeOf, use, isHeld } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { Expr } from '../ir/ir.ts'
import { after } from './fault-order.ts'
import { canFault } from '../ir/faults.ts'
import { rootOf } from '../ir/views.ts'
import { fieldOf } from './ends.ts'
import { fieldSlot, partOf, referenceOf } from './mobiles.ts'
import { frozenLocks, locksAt } from './shared-channels.ts'
import { constantExpr, coreType, fieldBytes, scalarOf, shapeOf } from './shapes.ts'

/** @returns what a variable, element, slice, channel or channel end denotes; anything else as the value it has. */
export function place(cx: Context, e: Expression): Denotation {
  const constant = cx.constant(e)
  if (constant !== undefined) {
    const value = constantExpr(constant, cx.type(e))
    if (value !== undefined) return value.kind === 'literal' ? { kind: 'value', expr: value } : arrayValue(cx, e)
  }
  switch (e.kind) {
    case 'name-use': {
      const found = cx.place(cx.symbol(e.name))
      return found.kind === 'inline' ? found.denote() : found
    }
    case 'subscript':
      return subscript(cx, e)
    case 'slice':
      return slice(cx, e)
    case 'end':
      return place(cx, e.channel)
    case 'array-literal':
      return shapeOf(cx.type(e)) === undefined ? { kind: 'timer' } : arrayValue(cx, e) // all timers are one clock
    case 'array-constructor':
    case 'conversion':
    case 'dyadic':
    case 'function-call':
    case 'literal':
    case 'missing':
    case 'monadic':
    case 'most':
    case 'allocation':
    case 'offset-of':
    case 'size':
    case 'string':
    case 'valof-expression':
      return scalarOf(cx.type(e)) === undefined ? arrayValue(cx, e) : { kind: 'value', expr: scalar(cx, e) }
  }
}

/** As `place`, for what is known to be an array. */
export function arrayPlace(cx: Context, e: Expression): ArrayDenotation {
  const found = place(cx, e)
  if (found.kind === 'array') return found
  throw new Error(`not an array: ${found.kind}`)
}

/** @returns the channel that `e` denotes. */
export function channel(cx: Context, e: Expression): Expr {
  const found = place(cx, e)
  if (found.kind === 'channel') return found.expr
  throw new Error(`not a channel: ${found.kind}`)
}

function subscript(cx: Context, e: Subscript): Denotation {
  if (e.index.kind === 'name-use') {
    const symbol = cx.checked.symbols.get(e.index.name)
    if (symbol?.kind === 'field') return field(cx, e, symbol.index)
  }
  const array = place(cx, e.base)
  if (array.kind === 'timer') return array
  if (array.kind !== 'array') throw new Error(`a subscript of a ${array.kind}`)
  let base = array
  const index = after(
    cx,
    () => scalar(cx, e.index),
    () => {
      base = located(cx, base, e.base.span)
    },
  )
  const [limit, ...rest] = base.dims
  if (limit === undefined) throw new Error('a subscript of a scalar')
  const type = typeOf(base.view)
  if (rest.length === 0 && type.item === 'mobile') {
    const sure = surelyWithin(index, limit)
    const inner = base.offset === undefined || sure ? index : bound(index, limit, e.span)
    const flat = raw('raw+', base.offset ?? int(0), inner, e.span)
    return partOf(cx.type(e), { kind: 'part', parts: base.view, index: flat, checked: true }, e.span)
  }
  if (rest.length === 0) {
    const whole = base.offset === undefined
    const sure = surelyWithin(index, limit)
    const inner = whole || sure ? index : bound(index, limit, e.span)
    const flat = raw('raw+', base.offset ?? int(0), inner, e.span)
    const checked = whole && !sure
    if (type.item === 'channel')
      return {
        kind: 'channel',
        expr: { kind: 'element', array: base.view, index: flat, checked, span: e.span },
        ...locksAt(base.locks, flat, e.span),
      }
    const { item } = type
    if (isHeld(item)) throw new Error('an element that is a reference is denoted above')
    return { kind: 'element', array: base.view, index: flat, checked, scalar: item, ...lying(base), span: e.span }
  }
  const safe = surelyWithin(index, limit) ? index : bound(index, limit, e.span)
  const offset = raw('raw+', base.offset ?? int(0), raw('times', safe, product(rest, e.span), e.span), e.span)
  return { kind: 'array', view: base.view, offset, ...lying(base), ...sharing(base), dims: rest }
}

/** A place whose subscripts have been checked before anything else is evaluated. */
function located(cx: Context, base: ArrayDenotation, span: Span): ArrayDenotation {
  if (base.offset === undefined || !canFault(base.offset)) return base
  return { ...base, offset: cx.fixed('at', base.offset, INT_TYPE, span) }
}

/** How the elements of a place lie; so do those of its parts. */
function lying({ unaligned, backing }: ArrayDenotation): { unaligned?: true; backing?: BackingStore } {
  return { ...(unaligned === undefined ? {} : { unaligned }), ...(backing === undefined ? {} : { backing }) }
}

/** The claims that go with channels go with parts of them. */
function sharing({ locks }: ArrayDenotation): { locks?: Locks } {
  return locks === undefined ? {} : { locks }
}

/** @returns `index`, checked at run time against `limit`. */
export function bound(index: Expr, limit: Expr, span: Span): Expr {
  return { kind: 'bound', index, limit, span }
}

function field(cx: Context, e: Subscript, index: number): Denotation {
  const end = endOf(cx.type(e.base))
  if (end !== undefined) return { kind: 'channel', expr: fieldOf(end, referenceOf(cx, e.base), index, e.span) }
  const record = arrayPlace(cx, e.base)
  const part = fieldSlot(record, cx.type(e.base), index, e.span)
  if (part !== undefined) return part
  const { offset, size, type } = fieldBytes(cx.type(e.base), index)
  const bytes: Expr = {
    kind: 'slice',
    array: record.view,
    offset: raw('raw+', record.offset ?? int(0), int(offset), e.span),
    length: int(size),
  }
  const item = scalarOf(type)
  if (item !== undefined) return { kind: 'bytes', bytes, scalar: item, span: e.span }
  const inner = representation(cx.type(e.base))
  const loose = record.unaligned === true || (inner.kind === 'record' && inner.packed)
  return retypedArray(cx, bytes, type, loose, e.span)
}

/**
 * @param loose whether the bytes of `operand` may begin at any address
 * @returns an array of `type` over the same bytes as `operand`
 */
export function retypedArray(cx: Context, operand: Expr, type: Type, loose: boolean, span: Span): ArrayDenotation {
  const shape = shapeOf(type)
  if (shape === undefined) throw new Error('only data is seen as other data')
  const from = typeOf(operand)
  const to = coreType(shape)
  if (from.array && from.item === to.item) {
    const view = pinned(cx, operand, 'view', span)
    return { kind: 'array', view, ...(loose && to.item === 'byte' ? { unaligned: true } : {}), dims: dimsFor(type, view, span) }
  }
  const bytes = loose ? pinned(cx, operand, 'bytes', span) : operand
  const view = pinned(cx, { kind: 'retype', operand: bytes, from, to, span }, 'view', span)
  return { kind: 'array', view, ...(loose ? { backing: { bytes, view } } : {}), dims: dimsFor(type, view, span) }
}

/** @returns the dimensions of an array of `type` that lies in `view`; at most one may be open. */
export function dimsFor(type: Type, view: Expr, span: Span): Expr[] {
  const dims = shapeOf(type)?.dims ?? []
  const rest = product(
    dims.filter((d) => d !== undefined).map((d) => int(d)),
    span,
  )
  return dims.map((d) => (d === undefined ? raw('raw/', { kind: 'length', array: view }, rest, span) : int(d)))
}

function slice(cx: Context, e: Slice): Denotation {
  const base = place(cx, e.base)
  if (base.kind === 'timer') return base
  if (base.kind !== 'array') throw new Error(`a slice of a ${base.kind}`)
  const [size, ...rest] = base.dims
  if (size === undefined) throw new Error('a slice of a scalar')
  const stride = product(rest, e.span)
  let from: Expr = int(0)
  let count: Expr
  let fromValue = e.from === undefined ? int(0) : scalar(cx, e.from)
  const counted = e.count
  const countValue =
    counted === undefined
      ? undefined
      : after(
          cx,
          () => scalar(cx, counted),
          () => {
            if (canFault(fromValue)) fromValue = cx.fixed('from', fromValue, INT_TYPE, e.span)
          },
        )
  const known = [literalNumber(fromValue), countValue === undefined ? 0 : literalNumber(countValue), literalNumber(size)]
  const [f, c, n] = known
  if (f !== undefined && c !== undefined && n !== undefined && f >= 0 && c >= 0 && f + c <= n) {
    from = fromValue
    count = countValue ?? int(n - f)
  } else {
    from = cx.fixed('from', fromValue, INT_TYPE, e.span)
    count = countValue === undefined ? raw('raw-', size, from, e.span) : cx.fixed('count', countValue, INT_TYPE, e.span)
    cx.check('slice', [from, count, size], e.span)
  }
  const offset = raw('raw+', base.offset ?? int(0), raw('raw*', from, stride, e.span), e.span)
  const whole = literalNumber(offset) === 0 && n !== undefined && literalNumber(count) === n && base.offset === undefined
  return whole ? base : { kind: 'array', view: base.view, offset, ...lying(base), ...sharing(base), dims: [count, ...rest] }
}

/** @returns the value of a scalar place. */
export function read(p: Denotation): Expr {
  switch (p.kind) {
    case 'value':
      return p.expr
    case 'element':
      return { kind: 'element', array: p.array, index: p.index, checked: p.checked, span: p.span }
    case 'bytes':
      return { kind: 'retype', operand: p.bytes, from: { item: 'byte', array: true }, to: { item: p.scalar, array: false }, span: p.span }
    case 'channel':
      return p.expr
    case 'array':
    case 'timer':
    case 'inline':
      throw new Error(`a ${p.kind} has no scalar value`)
  }
}

/** Emits the assignment of `value` to a scalar place. */
export function write(cx: Context, p: Denotation, value: Expr, span: Span): void {
  switch (p.kind) {
    case 'value':
      if (p.expr.kind !== 'local') throw new Error('an assignment to a value')
      cx.emit({ kind: 'assign', target: p.expr.local, value, span })
      return
    case 'element':
      cx.emit({ kind: 'store', array: p.array, index: p.index, checked: p.checked, value, span: p.span })
      if (p.backing !== undefined) settleIn(cx, p.backing, { kind: 'slice', array: p.array, offset: p.index, length: int(1) }, span)
      return
    case 'bytes': {
      const source: Expr = {
        kind: 'retype',
        operand: value,
        from: { item: p.scalar, array: false },
        to: { item: 'byte', array: true },
        span,
      }
      cx.emit({ kind: 'copy', target: p.bytes, source, checked: false, span })
      return
    }
    case 'array':
    case 'channel':
    case 'timer':
    case 'inline':
      throw new Error(`an assignment to a ${p.kind}`)
  }
}

/** Emits the copying of all elements to an array place. */
export function copyTo(cx: Context, p: ArrayDenotation, source: Expr, how: { checked: boolean; prefix?: boolean }, span: Span): void {
  cx.emit({ kind: 'copy', target: viewOf(p, span), source, ...how, span })
  settle(cx, p, span)
}

/** Emits what brings an array place that was written as a whole to where its elements lie. */
export function settle(cx: Context, p: ArrayDenotation, span: Span): void {
  if (p.backing !== undefined) settleIn(cx, p.backing, viewOf(p, span), span)
}

function settleIn(cx: Context, { bytes, view }: BackingStore, part: Expr, span: Span): void {
  const value: Expr = { kind: 'intrinsic', name: 'settle', operands: [bytes, view, part], type: INT_TYPE, faults: false, span }
  cx.emit({ kind: 'check', value, span })
}

/** Evaluates the subscripts of a place once, so that it denotes the same thing from now on. */
export function freeze(cx: Context, p: Denotation, name: string, span: Span): Denotation {
  switch (p.kind) {
    case 'value':
    case 'timer':
    case 'inline':
      return p
    case 'element': {
      const array =
        (p.array.kind === 'local' && p.array.local.fixed) || p.array.kind === 'table'
          ? p.array
          : cx.fixed('base', p.array, typeOf(p.array), span)
      const index = p.checked ? bound(p.index, { kind: 'length', array }, p.span) : p.index
      return { ...p, array, index: cx.fixed(`${name}.at`, index, INT_TYPE, span), checked: false }
    }
    case 'bytes':
      return { ...p, bytes: pinned(cx, p.bytes, name, span) }
    case 'channel':
      return { kind: 'channel', expr: cx.fixed(name, p.expr, typeOf(p.expr), span), ...frozenLocks(cx, p, span) }
    case 'array': {
      const dims = p.dims.map((d) => (isStable(d) ? d : cx.fixed('size', d, INT_TYPE, span)))
      const steady = { ...p, dims }
      return { kind: 'array', view: pinned(cx, viewOf(steady, span), name, span), ...lying(p), ...frozenLocks(cx, steady, span), dims }
    }
  }
}

/** @returns a local that holds the array `view` for good. */
export function pinned(cx: Context, view: Expr, name: string, span: Span): Expr {
  if ((view.kind === 'local' && view.local.fixed) || view.kind === 'table') return view
  const { item, array, direction } = typeOf(view)
  const local = new Local(name, direction === undefined ? { item, array } : { item, array, direction }, true, undefined, rootOf(view))
  cx.emit({ kind: 'declare', local, value: view, span })
  return use(local)
}

/** @returns whether a dimension keeps its value: it is made of literals, fixed locals and lengths of arrays. */
function isStable(e: Expr): boolean {
  switch (e.kind) {
    case 'literal':
      return true
    case 'local':
      return e.local.fixed
    case 'length':
      return (e.array.kind === 'local' && e.array.local.fixed) || e.array.kind === 'table'
    case 'apply':
    case 'array-of':
    case 'blank':
    case 'content':
    case 'referent':
    case 'bound':
    case 'clock':
    case 'clone':
    case 'convert':
    case 'element':
    case 'intrinsic':
    case 'new-channel':
    case 'new-channels':
    case 'operation':
    case 'present':
    case 'received':
    case 'retype':
    case 'slice':
    case 'table':
    case 'zeros':
      return false
  }
}
