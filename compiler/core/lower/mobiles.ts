/**
 * Mobiles in Core. A variable holds a reference: a flat array, or a mobile of several parts (a record with mobile fields, an array of
 * mobiles, an array of which several sizes are open). A move is a reading that leaves its source blank: the reference is kept in a local, and
 * the source is assigned nothing, or new storage where the type always has some.
 */
import type { Allocation, Assignment, Expression } from '../../../grammar/ast.ts'
import { sizesOf } from '../../../grammar/ast-types.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import { endOf, isEnrolling, isAnyEnd, isDynamic, isMobileBarrier, isReference, representation } from '../../check/type-model.ts'
import type { Type } from '../../semantics.ts'
import { BOOL_TYPE, INT_TYPE, int, literalNumber, raw, typeOf, use, isHeld } from '../ir/build.ts'
import { rootOf } from '../ir/views.ts'
import { Local } from '../ir/ir.ts'
import type { CoreStmt, CoreType, Expr } from '../ir/ir.ts'
import { product, viewOf } from './context.ts'
import type { ArrayDenotation, Context, Denotation, MobileSlot, SlotLocation } from './context.ts'
import { arrayPlace, bound, place } from './denotations.ts'
import { asEnd, BUNDLE, endOfBundle, newBundle } from './ends.ts'
import { newProcess } from './mobile-processes.ts'
import { scalar } from './expressions.ts'
import { coreType, partsOf, shapeOf } from './shapes.ts'
import type { Shape } from './shapes.ts'

/** @returns the shape of what is held by reference */
function shapeOfReference(type: Type): Shape {
  const shape = shapeOf(type)
  if (shape?.mobile === undefined) throw new Error('a reference is to data')
  return shape
}

function intrinsic(name: string, operands: readonly Expr[], type: CoreType, span: Span, faults = false): Expr {
  return { kind: 'intrinsic', name, operands, type, faults, span }
}

// ---------------------------------------------------------------------------------------------- slots

/** @returns what the reference in `slot` denotes */
export function denoted(slot: MobileSlot): ArrayDenotation {
  const { type, at, span } = slot
  const shape = shapeOfReference(type)
  const held = heldIn(slot)
  if (shape.mobile === 'compound') {
    const plain = isHeld(shape.item) ? undefined : shape.item
    const view: Expr =
      plain === undefined
        ? { kind: 'content', of: held, part: 'parts', item: shape.item }
        : { kind: 'content', of: held, part: 'elements', item: plain }
    const isRecord = representation(type).kind === 'record'
    const dims = shape.dims.map((n, k): Expr =>
      isRecord && n !== undefined ? int(n) : intrinsic('extent', [held, int(k)], INT_TYPE, span),
    )
    return { kind: 'array', view, dims, mobile: slot }
  }
  const rest = shape.dims.slice(1).map((n) => int(n ?? 0))
  const [first] = shape.dims
  const outer =
    first !== undefined && at.kind === 'local' ? int(first) : raw('raw/', { kind: 'length', array: held }, product(rest, span), span)
  return { kind: 'array', view: held, dims: [outer, ...rest], mobile: slot }
}

/** @returns the reference in a slot */
export function heldIn({ type, at, span }: MobileSlot): Expr {
  if (at.kind === 'local') return use(at.local)
  const reference: Expr = { kind: 'element', array: at.parts, index: at.index, checked: at.checked, span }
  return { kind: 'referent', reference, type: coreType(shapeOfReference(type)) }
}

/** Emits the assignment of a reference to a slot. */
export function hold(cx: Context, { at, span }: MobileSlot, value: Expr): void {
  if (at.kind === 'local') cx.emit({ kind: 'assign', target: at.local, value, span })
  else cx.emit({ kind: 'store', array: at.parts, index: at.index, checked: at.checked, value, span })
}

/** @returns the same slot with its subscripts evaluated once */
export function frozen(cx: Context, slot: MobileSlot): MobileSlot {
  const { at, span } = slot
  if (at.kind === 'local') return slot
  const parts = at.parts.kind === 'local' && at.parts.local.fixed ? at.parts : fixedParts(cx, at.parts, span)
  const index = at.checked ? bound(at.index, { kind: 'length', array: parts }, span) : at.index
  return { ...slot, at: { kind: 'part', parts, index: cx.fixed('at', index, INT_TYPE, span), checked: false } }
}

function fixedParts(cx: Context, parts: Expr, span: Span): Expr {
  const local = new Local('parts', typeOf(parts), true, undefined, rootOf(parts))
  cx.emit({ kind: 'declare', local, value: parts, span })
  return use(local)
}

/** Declares a variable that holds a reference. @returns its slot */
export function declareSlot(cx: Context, name: string, type: Type, value: Expr, span: Span): MobileSlot {
  const local = new Local(name, coreType(shapeOfReference(type)), false)
  cx.emit({ kind: 'declare', local, value, span })
  return { type, at: { kind: 'local', local }, span }
}

/** @returns the element that is one reference of an array of them, or a field that is one */
export function partOf(type: Type, at: Extract<SlotLocation, { kind: 'part' }>, span: Span): ArrayDenotation {
  return denoted({ type, at, span })
}

/** @returns the field number `index` of a record, when it is a reference */
export function fieldSlot(record: ArrayDenotation, type: Type, index: number, span: Span): ArrayDenotation | undefined {
  const inner = representation(type)
  const field = inner.kind === 'record' ? inner.fields[index]?.type : undefined
  if (inner.kind !== 'record' || field === undefined || !isReference(field)) return undefined
  if (record.mobile === undefined) throw new Error('a record with mobile fields is mobile')
  const number = inner.fields.slice(0, index).filter((each) => isReference(each.type)).length
  const parts: Expr = { kind: 'content', of: heldIn(record.mobile), part: 'parts', item: 'mobile' }
  return partOf(field, { kind: 'part', parts, index: int(number), checked: true }, span)
}

// ---------------------------------------------------------------------------------------------- new ones

/** @returns what a variable of a type has that has not been given anything, or was moved away */
export function blankOf(type: Type, span: Span): Expr {
  const shape = shapeOfReference(type)
  if (isDynamic(type)) return { kind: 'blank', type: coreType(shape) }
  return allocated(
    type,
    shape.dims.map((n) => int(n ?? 0)),
    span,
  )
}

/** @returns new storage of the given sizes; those of a record last */
function allocated(type: Type, dims: readonly Expr[], span: Span): Expr {
  const shape = shapeOfReference(type)
  const size = product(dims, span)
  const { item } = shape
  if (item === 'monitor') return intrinsic('mobileBarrier', [], coreType(shape), span)
  if (item === 'channel') throw new Error('a mobile holds data')
  if (shape.mobile === 'flat' && item !== 'mobile') return { kind: 'zeros', item, length: size, span }
  if (item === 'mobile') {
    const blank = blankOf(referenceIn(type), span)
    const parts = intrinsic('blanks', [blank, size], { item: 'mobile', array: true }, span, true)
    return intrinsic('compound', [{ kind: 'blank', type: { item: 'byte', array: true } }, parts, ...dims], coreType(shape), span)
  }
  const fields = partsOf(type).map((field) => blankOf(field, span))
  const parts: Expr = { kind: 'array-of', item: 'mobile', elements: fields }
  return intrinsic('compound', [{ kind: 'zeros', item, length: size, span }, parts, ...dims], coreType(shape), span)
}

function elementType(type: Type): Type {
  const inner = representation(type)
  if (inner.kind !== 'array') throw new Error('an array has elements')
  return inner.element
}

/** @returns the type of the references in an array of one or several dimensions */
function referenceIn(type: Type): Type {
  let inner = elementType(type)
  while (!isReference(inner)) inner = elementType(inner)
  return inner
}

/** `MOBILE [n]T`: sizes of dimensions as written, then those of the type below them. */
function newMobile(cx: Context, e: Allocation, type: Type): Expr {
  const sizes = sizesOf(e.type).map((size) => cx.fixed('size', scalar(cx, size), INT_TYPE, size.span))
  const dims = shapeOfReference(type).dims.map((n, k) => sizes[k] ?? int(n ?? 0))
  return allocated(type, dims, e.span)
}

// ---------------------------------------------------------------------------------------------- values

/**
 * Evaluates what goes to a mobile of type `wanted`: an allocation, what is moved out of another mobile, or a copy of any value.
 * @returns a reference that nothing else has
 */
export function reference(cx: Context, e: Expression, wanted: Type): Expr {
  const made = referenceFrom(cx, e, wanted)
  const held = converted(made, { from: cx.type(e), to: wanted }, e.span)
  return held === made ? made : kept(cx, 'end', held, wanted, e.span)
}

/** @returns a reference; where it is one to any end (MOBILE.CHAN) and a certain one is wanted, checked at run time */
export function converted(held: Expr, { from, to }: { readonly from: Type; readonly to: Type }, span: Span): Expr {
  const end = endOf(to)
  return end !== undefined && isAnyEnd(from) && !isAnyEnd(to) ? asEnd(end, held, span) : held
}

function referenceFrom(cx: Context, e: Expression, wanted: Type): Expr {
  const name = 'moved'
  if (e.kind === 'allocation') return newProcess(cx, e) ?? kept(cx, name, newMobile(cx, e, wanted), wanted, e.span)
  if (isMobileBarrier(wanted)) return enrolled(cx, e, wanted)
  const source = e.kind === 'monadic' && e.operator === 'CLONE' ? arrayPlace(cx, e.operand) : arrayPlace(cx, e)
  return referenceTo(
    cx,
    source,
    wanted,
    { moves: cx.checked.moved.has(e), isNew: e.kind === 'function-call' || e.kind === 'array-constructor' },
    e.span,
  )
}

/** @returns what enrols one process more in a barrier */
export function oneMore(monitor: Expr, span: Span): CoreStmt {
  return { kind: 'enroll', monitor, count: int(-1), then: [], text: textOf(span), span }
}

/** Another variable is to have a barrier: its holder is enrolled, too. */
function enrolled(cx: Context, e: Expression, wanted: Type): Expr {
  const { mobile } = arrayPlace(cx, e.kind === 'monadic' ? e.operand : e)
  if (mobile === undefined) throw new Error('a barrier that is assigned is mobile')
  const type = coreType(shapeOfReference(wanted))
  const held = kept(cx, 'copy', intrinsic('cloned', [heldIn(mobile)], type, e.span), wanted, e.span)
  const monitor = intrinsic('barrierIn', [held], MONITOR_TYPE, e.span, true)
  cx.emit({
    kind: 'if',
    choices: [{ condition: intrinsic('isDefined', [held], BOOL_TYPE, e.span), body: [oneMore(monitor, e.span)] }],
    otherwise: [],
    span: e.span,
  })
  return held
}

const MONITOR_TYPE: CoreType = { item: 'monitor', array: false }

/** @returns the barrier that is denoted, which is mobile perhaps */
export function barrierOf(found: Denotation, span: Span): Expr | undefined {
  if (found.kind === 'channel') return found.expr
  if (found.kind !== 'array' || found.mobile === undefined || !isMobileBarrier(found.mobile.type)) return undefined
  return intrinsic('barrierIn', [heldIn(found.mobile)], MONITOR_TYPE, span, true)
}

/** @returns the barrier that an expression denotes */
export function barrierFor(cx: Context, e: Expression): Expr {
  const found = barrierOf(place(cx, e), e.span)
  if (found === undefined) throw new Error('not a barrier')
  return found
}

/** Emits what a variable needs that gives up what it has. */
export function dropped(cx: Context, slot: MobileSlot, span: Span): void {
  if (isEnrolling(slot.type)) cx.emit({ kind: 'resign', monitor: heldIn(slot), drops: true, span })
}

/** Emits the assignment of a reference to a slot, which gives up what it had. */
export function replace(cx: Context, slot: MobileSlot, value: Expr): void {
  dropped(cx, slot, slot.span)
  hold(cx, slot, value)
}

/** As `reference`, of what has been denoted already. */
export function referenceTo(
  cx: Context,
  source: ArrayDenotation,
  wanted: Type,
  { moves, isNew }: { readonly moves: boolean; readonly isNew: boolean },
  span: Span,
): Expr {
  const shape = shapeOfReference(wanted)
  agree(cx, shape, source, span)
  if (source.mobile !== undefined && moves) {
    const slot = frozen(cx, source.mobile)
    const local = new Local('moved', coreType(shape), true)
    cx.emit({ kind: 'declare', local, value: heldIn(slot), span })
    hold(cx, slot, blankOf(slot.type, span))
    return use(local)
  }
  if (source.mobile !== undefined && shapeOfReference(source.mobile.type).mobile === shape.mobile)
    return kept(cx, 'copy', intrinsic('cloned', [heldIn(source.mobile)], coreType(shape), span), wanted, span)
  const view = viewOf(source, span)
  if (shape.mobile === 'flat') return kept(cx, 'copy', isNew ? view : { kind: 'clone', array: view }, wanted, span)
  if (shape.item === 'mobile' || partsOf(wanted).length > 0) throw new Error('what holds mobiles is made of a mobile')
  const parts: Expr = { kind: 'array-of', item: 'mobile', elements: [] }
  return kept(
    cx,
    'copy',
    intrinsic('compound', [{ kind: 'clone', array: view }, parts, ...source.dims], coreType(shape), span),
    wanted,
    span,
  )
}

/** Holds a new reference, so that what follows cannot change how it is made. */
function kept(cx: Context, name: string, value: Expr, type: Type, span: Span): Expr {
  const local = new Local(name, coreType(shapeOfReference(type)), true)
  cx.emit({ kind: 'declare', local, value, span })
  return use(local)
}

/** Emits checks that the source has the sizes that the mobile has always. */
function agree(cx: Context, shape: Shape, source: ArrayDenotation, span: Span): void {
  shape.dims.forEach((n, k) => {
    const actual = source.dims[k]
    if (n !== undefined && actual !== undefined && literalNumber(actual) !== n) cx.check('sameSize', [actual, int(n)], span)
  })
}

/** Emits `to := e`, where `to` is a mobile: a move, or a copy to new storage, or to the storage that is there always. */
export function assignMobile(cx: Context, to: ArrayDenotation, e: Expression): boolean {
  if (to.mobile === undefined) return false
  const isNew = e.kind === 'allocation' || cx.checked.moved.has(e) || (e.kind === 'monadic' && e.operator === 'CLONE')
  if (!isDynamic(to.mobile.type) && !isNew && to.mobile.at.kind === 'local') return false
  const slot = frozen(cx, to.mobile)
  replace(cx, slot, reference(cx, e, to.mobile.type))
  return true
}

/** @returns the reference that the mobile `e` holds */
export function referenceOf(cx: Context, e: Expression): Expr {
  const { mobile } = arrayPlace(cx, e)
  if (mobile === undefined) throw new Error('a mobile is held as one')
  return heldIn(mobile)
}

/** Emits `c := MOBILE [n]CHAN T`. */
export function makeChannels(cx: Context, target: Expression, { type, span }: Allocation): void {
  const { view } = arrayPlace(cx, target)
  const [size] = sizesOf(type)
  if (view.kind !== 'local' || size === undefined) throw new Error('channels that are made at run time go to a variable')
  const length: Expr = { kind: 'intrinsic', name: 'count', operands: [scalar(cx, size)], type: INT_TYPE, faults: true, span: size.span }
  cx.emit({ kind: 'assign', target: view.local, value: { kind: 'new-channels', length }, span })
}

/** Emits `c, s := MOBILE T`. */
export function makeBundle(cx: Context, { targets, span }: Assignment): void {
  const slots = targets.map((target) => {
    const { mobile } = arrayPlace(cx, target)
    const end = endOf(cx.type(target))
    if (mobile === undefined || end === undefined) throw new Error('a bundle is given to two ends')
    return { slot: frozen(cx, mobile), end }
  })
  const [first] = slots
  if (first === undefined) throw new Error('a bundle is given to two ends')
  const channels = cx.fixed('bundle', newBundle(first.end, span), BUNDLE, span)
  for (const { slot, end } of slots) hold(cx, slot, endOfBundle(end, channels, span))
}

/** `DEFINED x`. */
export function isDefined(cx: Context, e: Expression): Expr {
  const { mobile } = arrayPlace(cx, e)
  if (mobile === undefined) throw new Error('DEFINED is of mobiles')
  return intrinsic('isDefined', [heldIn(mobile)], BOOL_TYPE, e.span)
}

/** `RESIZE.MOBILE.ARRAY.1D (x, n)`. */
export function resize(cx: Context, array: Expression, size: Expression, span: Span): void {
  const { mobile } = arrayPlace(cx, array)
  if (mobile === undefined) throw new Error('what is resized is mobile')
  const slot = frozen(cx, mobile)
  const n = cx.fixed('size', scalar(cx, size), INT_TYPE, size.span)
  const shape = shapeOfReference(slot.type)
  const held = heldIn(slot)
  const rest = shape.dims.slice(1).map((each) => int(each ?? 0))
  const value =
    shape.item === 'mobile'
      ? intrinsic('resizedParts', [held, n, blankOf(referenceIn(slot.type), span)], coreType(shape), span, true)
      : intrinsic('resized', [held, raw('raw*', n, product(rest, span), span)], coreType(shape), span, true)
  hold(cx, slot, value)
}

/** @returns the slot of an actual for a MOBILE parameter: of the variable, or of a new one for what the call makes */
export function actualSlot(cx: Context, actual: Expression, formal: { readonly name: string; readonly type: Type }): MobileSlot {
  const found: Denotation | undefined = actual.kind === 'allocation' ? undefined : place(cx, actual)
  if (found?.kind === 'array' && found.mobile !== undefined && actual.kind !== 'monadic') return frozen(cx, found.mobile)
  return declareSlot(cx, formal.name, formal.type, reference(cx, actual, formal.type), actual.span)
}
