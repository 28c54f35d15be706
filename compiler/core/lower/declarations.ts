/** Declarations: what each name stands for from here on. */
import type { Abbreviation, Declaration, Expression, InitialDeclaration, Name, Reshape, VariableDeclaration } from '../../../grammar/ast.ts'
import { dimensionsOf } from '../../../grammar/ast-types.ts'
import type { Span } from '../../../grammar/source.ts'
import { baseElement, isEnrolling, isAllocated, isReference, representation } from '../../check/type-model.ts'
import type { Naming, Type } from '../../semantics.ts'
import { cellFor, isCell, isShared } from './shared-variables.ts'
import { product } from './context.ts'
import type { ArrayDenotation, Context, Denotation } from './context.ts'
import { scalar } from './expressions.ts'
import { int, literalNumber, raw, typeOf, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CoreType, Expr, Item } from '../ir/ir.ts'
import { checkBeside } from './compared-actuals.ts'
import { dimsFor, freeze, place, read, retypedArray, settle, write } from './denotations.ts'
import { blankOf, declareSlot, denoted, dropped, frozen, reference } from './mobiles.ts'
import { rootOf } from '../ir/views.ts'
import { declareLocks } from './shared-channels.ts'
import { coreType, scalarOf, shapeOf } from './shapes.ts'

/**
 * Emits what a declaration evaluates and gives its names their places.
 * @returns what must be emitted at the end of its scope, if anything
 */
export function declare(cx: Context, d: Declaration): (() => void) | undefined {
  switch (d.kind) {
    case 'variable':
      variables(cx, d)
      return dropping(cx, d.names, d.span)
    case 'initial':
      d.names.forEach((name, i) => {
        const value = d.values[i]
        if (value === undefined) throw new Error('an INITIAL has a value for each name')
        initial(cx, d, name, value)
      })
      return dropping(cx, d.names, d.span)
    case 'abbreviation':
      abbreviation(cx, d)
      beside(cx, d)
      return undefined
    case 'reshape': {
      const after = reshape(cx, d)
      beside(cx, d)
      return after
    }
    case 'proc':
    case 'function':
      cx.enclosing.set(d, cx.routineName)
      return undefined
    case 'data-type':
    case 'record':
    case 'channel-type':
    case 'protocol':
    case 'process-type':
    case 'place':
      return undefined
    case 'missing':
      throw new Error('a program with missing parts is not translated')
  }
}

/** Emits the comparisons with the abbreviations around one. */
function beside(cx: Context, d: Naming): void {
  checkBeside(cx, d, scalar, ({ name, value }) => freeze(cx, place(cx, value), name.text, value.span))
}

/** @returns emits what variables that hold barriers need at the end of their scope; undefined when there are none */
function dropping(cx: Context, names: readonly Name[], span: Span): (() => void) | undefined {
  const slots = names.flatMap((name) => {
    const symbol = cx.variable(name)
    const found = isEnrolling(symbol.type) ? cx.place(symbol) : undefined
    return found?.kind === 'array' && found.mobile !== undefined ? [found.mobile] : []
  })
  return slots.length === 0 ? undefined : () => slots.forEach((slot) => dropped(cx, slot, span))
}

/** Declares names around `work`, and does at the end of their scope what they need. @returns what `work` does */
export function within<T>(cx: Context, declarations: readonly Declaration[], work: () => T): T {
  const closers = declarations.map((d) => declare(cx, d))
  const result = work()
  for (const close of closers.reverse()) close?.()
  return result
}

function variables(cx: Context, d: VariableDeclaration): void {
  for (const name of d.names) {
    const symbol = cx.variable(name)
    cx.places.set(symbol, fresh(cx, name, symbol.type, d.span))
  }
}

/** Declares a variable, channel or array of them. @returns its place */
function fresh(cx: Context, name: Name, type: Type, span: Span): Denotation {
  const shape = shapeOf(type)
  if (shape === undefined) return { kind: 'timer' }
  if (shape.mobile !== undefined) return denoted(declareSlot(cx, name.text, type, blankOf(type, name.span), name.span))
  const held = coreType(shape)
  const { item } = shape
  if (item === 'mobile') throw new Error('what holds mobiles is mobile')
  if (item === 'monitor') {
    const local = new Local(name.text, held, true)
    const made: Expr = { kind: 'intrinsic', name: 'barrier', operands: [], type: held, faults: false, span: name.span }
    cx.emit({ kind: 'declare', local, value: made, span: name.span })
    return { kind: 'channel', expr: use(local) }
  }
  if (item === 'channel') {
    if (isAllocated(type)) {
      const local = new Local(name.text, held, false)
      const none: Expr = { kind: 'array-of', item: 'channel', elements: [] }
      cx.emit({ kind: 'declare', local, value: none, span: name.span })
      return { kind: 'array', view: use(local), dims: [{ kind: 'length', array: use(local) }] }
    }
    const local = new Local(name.text, { item: 'channel', array: held.array }, true)
    const dims = shape.dims.map((n) => int(n ?? 0))
    const made: Expr = held.array ? { kind: 'new-channels', length: product(dims, span) } : { kind: 'new-channel' }
    cx.emit({ kind: 'declare', local, value: made, span: name.span })
    const locks = declareLocks(cx, name.text, type, held.array ? product(dims, span) : undefined, name.span)
    return held.array ? { kind: 'array', view: use(local), dims, ...locks } : { kind: 'channel', expr: use(local), ...locks }
  }
  if (!held.array) {
    if (isCell(cx, cx.variable(name))) return cellFor(cx, cx.variable(name), item, name.span)
    const local = new Local(name.text, held, false)
    cx.emit({ kind: 'declare', local, span: name.span })
    return { kind: 'value', expr: use(local) }
  }
  const local = new Local(name.text, held, true)
  const dims = shape.dims.map((n) => int(n ?? 0))
  cx.emit({
    kind: 'declare',
    local,
    value: { kind: 'zeros', item, length: product(dims, span), span: name.span },
    span: name.span,
  })
  cx.ownArrays.add(local)
  if (isShared(cx, cx.variable(name))) cx.shared.add(local)
  return { kind: 'array', view: use(local), dims }
}

/** One name of an INITIAL. None of its values sees a name of it, so they may be evaluated one after the other. */
function initial(cx: Context, d: InitialDeclaration, name: Name, value: Expression): void {
  const symbol = cx.variable(name)
  const held = scalarOf(symbol.type)
  if (held !== undefined) {
    const start = scalar(cx, value)
    if (isCell(cx, symbol)) {
      const cell = cellFor(cx, symbol, held, d.span)
      write(cx, cell, start, d.span)
      cx.places.set(symbol, cell)
      return
    }
    const local = new Local(name.text, { item: held, array: false }, false)
    cx.emit({ kind: 'declare', local, value: start, span: d.span })
    cx.places.set(symbol, { kind: 'value', expr: use(local) })
    return
  }
  if (isReference(symbol.type)) {
    cx.places.set(symbol, denoted(declareSlot(cx, name.text, symbol.type, reference(cx, value, symbol.type), d.span)))
    return
  }
  const source = place(cx, value)
  if (source.kind !== 'array') throw new Error('an INITIAL is data')
  const steady = freeze(cx, source, name.text, d.span) as ArrayDenotation // freezing keeps the kind
  const local = new Local(name.text, typeOf(steady.view), true)
  cx.emit({ kind: 'declare', local, value: { kind: 'clone', array: steady.view }, span: d.span })
  cx.ownArrays.add(local)
  if (isShared(cx, symbol)) cx.shared.add(local)
  sizesAgree(cx, symbol.type, steady, d.span)
  cx.places.set(symbol, { kind: 'array', view: use(local), dims: steady.dims })
}

function abbreviation(cx: Context, d: Abbreviation): void {
  const symbol = cx.variable(d.name)
  const held = scalarOf(symbol.type)
  if (cx.routineName === '' && cx.constant(d.value) === undefined) {
    cx.places.set(symbol, { kind: 'inline', denote: () => place(cx, d.value) })
    return
  }
  if (held !== undefined && (d.val || !symbol.writable)) {
    const expr = cx.fixed(d.name.text, scalar(cx, d.value), { item: held, array: false }, d.span)
    cx.places.set(symbol, { kind: 'value', expr })
    return
  }
  const found = place(cx, d.value)
  if (!d.val && isReference(symbol.type) && found.kind === 'array' && found.mobile !== undefined) {
    cx.places.set(symbol, denoted({ ...frozen(cx, found.mobile), span: d.span }))
    return
  }
  const steady = freeze(cx, found, d.name.text, d.span)
  if (steady.kind === 'array') sizesAgree(cx, symbol.type, steady, d.span)
  cx.places.set(symbol, steady)
}

/** Emits a check that the sizes a type fixes are those the array has, where that is not known. */
export function sizesAgree(cx: Context, type: Type, array: ArrayDenotation, span: Span): void {
  const shape = shapeOf(type)
  shape?.dims.forEach((wanted, i) => {
    const actual = array.dims[i]
    if (wanted === undefined || actual === undefined || literalNumber(actual) === wanted) return
    cx.check('sameSize', [actual, int(wanted)], span)
  })
}

/** `RETYPES` and `RESHAPES`. */
function reshape(cx: Context, d: Reshape): (() => void) | undefined {
  const symbol = cx.variable(d.name)
  const { type } = symbol
  const to = shapeOf(type)
  if (to === undefined) throw new Error('a checked RETYPES is of data or channels')
  if (cx.routineName === '') {
    const inline: Denotation = {
      kind: 'inline',
      denote: () => {
        reshape(cx, d)
        const found = cx.place(symbol)
        cx.places.set(symbol, inline)
        return found
      },
    }
    cx.places.set(symbol, inline)
    return undefined
  }
  const source = place(cx, d.value)
  if (to.item === 'channel') {
    cx.places.set(symbol, retypedChannels(cx, source, type, d))
    return undefined
  }
  const held = scalarOf(type)
  if (source.kind === 'array') {
    const steady = freeze(cx, source, d.name.text, d.span) as ArrayDenotation // freezing keeps the kind
    if (held === undefined) return arrayAsArray(cx, d, steady, type)
    const from = typeOf(steady.view)
    const bytes = retyped(steady.view, from, BYTES, d.span)
    const p: Denotation = { kind: 'bytes', bytes, scalar: held, span: d.span }
    cx.places.set(symbol, d.val ? { kind: 'value', expr: cx.fixed(d.name.text, read(p), { item: held, array: false }, d.span) } : p)
    return d.val || steady.backing === undefined ? undefined : () => settle(cx, steady, d.span)
  }
  return scalarSource(cx, d, source, typeOf(read(source)), coreType(to))
}

const BYTES: CoreType = { item: 'byte', array: true }

function retyped(operand: Expr, from: CoreType, to: CoreType, span: Span): Expr {
  return from.array === to.array && from.item === to.item ? operand : { kind: 'retype', operand, from, to, span }
}

/** An array seen as another one: a view of the same bytes. */
function arrayAsArray(cx: Context, d: Reshape, source: ArrayDenotation, type: Type): (() => void) | undefined {
  const from = typeOf(source.view)
  const inner = representation(baseElement(type))
  const loose = source.unaligned === true || (from.item === 'byte' && !(d.val && inner.kind !== 'record'))
  const found = retypedArray(cx, source.view, type, loose, d.span)
  const view = rename(cx, found.view, d.name.text, typeOf(found.view), d.span)
  const dims = writtenDims(cx, d, type, view)
  cx.check('sameBytes', [{ kind: 'length', array: view }, product(dims, d.span)], d.span)
  const backing = found.backing && { ...found.backing, view }
  cx.places.set(cx.variable(d.name), { ...found, view, dims, ...(backing === undefined ? {} : { backing }) })
  return d.val || source.backing === undefined ? undefined : () => settle(cx, source, d.span)
}

/** The dimensions of what `view` is seen as: those that the type knows, those that are computed now, and the one that follows from the others. */
function writtenDims(cx: Context, d: Reshape, type: Type, view: Expr): Expr[] {
  const known = shapeOf(type)?.dims ?? []
  const sizes = dimensionsOf(d.type)
  if (!known.some((n, i) => n === undefined && sizes[i] !== undefined)) return dimsFor(type, view, d.span)
  const dims = known.map((n, i): Expr | undefined => {
    const size = sizes[i]
    if (n !== undefined) return int(n)
    if (size === undefined) return undefined
    const computed = cx.fixed('size', scalar(cx, size), { item: 'int', array: false }, size.span)
    cx.check('dimension', [computed], size.span)
    return computed
  })
  const rest = product(
    dims.filter((each) => each !== undefined),
    d.span,
  )
  return dims.map(
    (each) => each ?? cx.fixed('size', raw('raw/', { kind: 'length', array: view }, rest, d.span), { item: 'int', array: false }, d.span),
  )
}

/** A scalar seen as something else: a copy that goes back at the end of the scope, which alias-freedom makes as good as the scalar itself. */
function scalarSource(cx: Context, d: Reshape, source: Denotation, from: CoreType, to: CoreType): (() => void) | undefined {
  const symbol = cx.variable(d.name)
  if (d.val && !to.array) {
    cx.places.set(symbol, { kind: 'value', expr: cx.fixed(d.name.text, retyped(read(source), from, to, d.span), to, d.span) })
    return undefined
  }
  const steady = d.val ? source : freeze(cx, source, d.name.text, d.span)
  if (steady.kind === 'value' && steady.expr.kind === 'local' && !to.array && sameWord(from.item, to.item)) {
    cx.places.set(symbol, steady)
    return undefined
  }
  const local = new Local(d.name.text, to, to.array)
  cx.emit({ kind: 'declare', local, value: retyped(read(steady), from, to, d.span), span: d.span })
  cx.places.set(
    symbol,
    to.array ? { kind: 'array', view: use(local), dims: dimsFor(symbol.type, use(local), d.span) } : { kind: 'value', expr: use(local) },
  )
  if (d.val) return undefined
  return () => write(cx, steady, retyped(use(local), to, from, d.span), d.span)
}

/** Whether two scalars are held alike. */
function sameWord(a: Item, b: Item): boolean {
  const word = (x: Item): Item => (x === 'int32' ? 'int' : x)
  return word(a) === word(b)
}

/** Channels under another protocol: the channels themselves. */
function retypedChannels(cx: Context, source: Denotation, type: Type, d: Reshape): Denotation {
  const shape = shapeOf(type)
  const steady = freeze(cx, source, d.name.text, d.span)
  if (shape === undefined || shape.dims.length === 0) {
    if (steady.kind === 'channel') return steady
    if (steady.kind !== 'array') throw new Error('a channel is seen as a channel')
    return { kind: 'channel', expr: { kind: 'element', array: steady.view, index: int(0), checked: false, span: d.span } }
  }
  const view: Expr =
    steady.kind === 'channel'
      ? cx.fixed(d.name.text, { kind: 'array-of', item: 'channel', elements: [steady.expr] }, coreType(shape), d.span)
      : (steady as ArrayDenotation).view // a channel, or an array of them
  const dims = writtenDims(cx, d, type, view)
  cx.check('sameBytes', [{ kind: 'length', array: view }, product(dims, d.span)], d.span)
  return { kind: 'array', view, dims }
}

/** @returns a local of that name for a view, so that the text's word is found in the emitted code. */
function rename(cx: Context, view: Expr, name: string, type: CoreType, span: Span): Expr {
  if (view.kind === 'table') return view
  const local = new Local(name, type, true, undefined, rootOf(view))
  cx.emit({ kind: 'declare', local, value: view, span })
  return use(local)
}
