/** Declarations: what each name stands for from here on. */
import type { Abbreviation, Declaration, InitialDeclaration, Name, Reshape, VariableDeclaration } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { Type } from '../semantics.ts'
import { product, Unsupported } from './context.ts'
import type { ArrayPlace, Context, Place } from './context.ts'
import { scalar } from './expressions.ts'
import { INT_TYPE, int, literalNumber, typeOf, use } from './build.ts'
import { Local } from './ir.ts'
import type { CoreType, Expr } from './ir.ts'
import { dimsFor, freeze, place, read, retypedArray, rootOf } from './places.ts'
import { coreType, scalarOf, shapeOf } from './shapes.ts'

/**
 * Emits what a declaration evaluates and gives its names their places.
 * @returns what must be emitted at the end of its scope, if anything
 */
export function declare(cx: Context, d: Declaration): (() => void) | undefined {
  switch (d.kind) {
    case 'variable':
      variables(cx, d)
      return undefined
    case 'initial':
      initial(cx, d)
      return undefined
    case 'abbreviation':
      abbreviation(cx, d)
      return undefined
    case 'reshape':
      return reshape(cx, d)
    case 'proc':
    case 'function':
      cx.enclosing.set(d, cx.routineName)
      return undefined
    case 'data-type':
    case 'record':
    case 'protocol':
    case 'place':
      return undefined
    case 'missing':
      throw new Error('a program with missing parts is not translated')
  }
}

function variables(cx: Context, d: VariableDeclaration): void {
  for (const name of d.names) {
    const symbol = cx.variable(name)
    cx.places.set(symbol, fresh(cx, name, symbol.type, d.span))
  }
}

/** Declares a variable, channel or array of them. @returns its place */
function fresh(cx: Context, name: Name, type: Type, span: Span): Place {
  const shape = shapeOf(type)
  if (shape === undefined) return { kind: 'timer' }
  const held = coreType(shape)
  if (shape.item === 'channel') {
    const local = new Local(name.text, { item: 'channel', array: held.array }, true)
    const dims = shape.dims.map((n) => int(n ?? 0))
    const made: Expr = held.array ? { kind: 'new-channels', length: product(dims, span) } : { kind: 'new-channel' }
    cx.emit({ kind: 'declare', local, value: made, span: name.span })
    return held.array ? { kind: 'array', view: use(local), dims } : { kind: 'channel', expr: use(local) }
  }
  if (!held.array) {
    const local = new Local(name.text, held, false)
    cx.emit({ kind: 'declare', local, span: name.span })
    return { kind: 'value', expr: use(local) }
  }
  const local = new Local(name.text, held, true)
  const dims = shape.dims.map((n) => int(n ?? 0))
  cx.emit({ kind: 'declare', local, value: { kind: 'zeros', item: shape.item, length: product(dims, span) }, span: name.span })
  cx.ownArrays.add(local)
  return { kind: 'array', view: use(local), dims }
}

function initial(cx: Context, d: InitialDeclaration): void {
  const symbol = cx.variable(d.name)
  const held = scalarOf(symbol.type)
  if (held !== undefined) {
    const start = scalar(cx, d.value)
    const local = new Local(d.name.text, { item: held, array: false }, false)
    cx.emit({ kind: 'declare', local, value: start, span: d.span })
    cx.places.set(symbol, { kind: 'value', expr: use(local) })
    return
  }
  const source = place(cx, d.value)
  if (source.kind !== 'array') throw new Unsupported(d.span, 'an INITIAL of this type')
  const steady = freeze(cx, source, d.name.text, d.span) as ArrayPlace // freezing keeps the kind
  const local = new Local(d.name.text, typeOf(steady.view), true)
  cx.emit({ kind: 'declare', local, value: { kind: 'clone', array: steady.view }, span: d.span })
  cx.ownArrays.add(local)
  sizesAgree(cx, symbol.type, steady, d.span)
  cx.places.set(symbol, { kind: 'array', view: use(local), dims: steady.dims })
}

function abbreviation(cx: Context, d: Abbreviation): void {
  const symbol = cx.variable(d.name)
  const held = scalarOf(symbol.type)
  if (cx.routineName === '' && cx.constant(d.value) === undefined) {
    cx.places.set(symbol, { kind: 'inline', value: d.value })
    return
  }
  if (held !== undefined && (d.val || !symbol.writable)) {
    const expr = cx.fixed(d.name.text, scalar(cx, d.value), { item: held, array: false }, d.span)
    cx.places.set(symbol, { kind: 'value', expr })
    return
  }
  const denoted = freeze(cx, place(cx, d.value), d.name.text, d.span)
  if (denoted.kind === 'array') sizesAgree(cx, symbol.type, denoted, d.span)
  cx.places.set(symbol, denoted)
}

/** Emits a check that the sizes a type fixes are those the array has, where that is not known. */
export function sizesAgree(cx: Context, type: Type, array: ArrayPlace, span: Span): void {
  const shape = shapeOf(type)
  shape?.dims.forEach((wanted, i) => {
    const actual = array.dims[i]
    if (wanted === undefined || actual === undefined || literalNumber(actual) === wanted) return
    cx.emit({
      kind: 'check',
      value: { kind: 'intrinsic', name: 'sameSize', operands: [actual, int(wanted)], type: INT_TYPE, faults: true, span },
      span,
    })
  })
}

/** `RETYPES` and `RESHAPES`. */
function reshape(cx: Context, d: Reshape): (() => void) | undefined {
  const symbol = cx.variable(d.name)
  const type = symbol.type
  const to = shapeOf(type)
  if (to === undefined || to.item === 'channel') throw new Unsupported(d.span, 'retyping of channels')
  const source = place(cx, d.value)
  const held = scalarOf(type)
  if (source.kind === 'array') {
    const steady = freeze(cx, source, d.name.text, d.span) as ArrayPlace // freezing keeps the kind
    if (held !== undefined) {
      const from = typeOf(steady.view)
      const bytes: Expr =
        from.item === 'byte' ? steady.view : { kind: 'retype', operand: steady.view, from, to: { item: 'byte', array: true }, span: d.span }
      const p: Place = { kind: 'bytes', bytes, scalar: held, span: d.span }
      if (!d.val) {
        cx.places.set(symbol, p)
        return undefined
      }
      cx.places.set(symbol, { kind: 'value', expr: cx.fixed(d.name.text, read(p), { item: held, array: false }, d.span) })
      return undefined
    }
    if (to.dims.slice(1).includes(undefined)) throw new Unsupported(d.span, 'retyping to more than one open dimension')
    const view = retypedArray(cx, steady.view, type, d.span)
    const local = rename(cx, view.view, d.name.text, coreType(to), d.span)
    const dims = dimsFor(type, local, d.span)
    cx.emit({
      kind: 'check',
      value: {
        kind: 'intrinsic',
        name: 'sameBytes',
        operands: [{ kind: 'length', array: local }, product(dims, d.span)],
        type: INT_TYPE,
        faults: true,
        span: d.span,
      },
      span: d.span,
    })
    cx.places.set(symbol, { kind: 'array', view: local, dims })
    return undefined
  }
  const from = typeOf(read(source))
  if (held !== undefined) {
    const turned: Expr = { kind: 'retype', operand: read(source), from, to: { item: held, array: false }, span: d.span }
    if (d.val) {
      cx.places.set(symbol, { kind: 'value', expr: cx.fixed(d.name.text, turned, { item: held, array: false }, d.span) })
      return undefined
    }
    throw new Unsupported(d.span, 'retyping of a scalar variable as another scalar')
  }
  return scalarAsArray(cx, d, source, from, coreType(to))
}

/** A scalar seen as an array: a copy that goes back at the end of the scope, which alias-freedom makes as good as the scalar itself. */
function scalarAsArray(cx: Context, d: Reshape, source: Place, from: CoreType, to: CoreType): (() => void) | undefined {
  const symbol = cx.variable(d.name)
  const steady = d.val ? source : freeze(cx, source, d.name.text, d.span)
  const local = new Local(d.name.text, to, true)
  cx.emit({ kind: 'declare', local, value: { kind: 'retype', operand: read(steady), from, to, span: d.span }, span: d.span })
  const dims = dimsFor(symbol.type, use(local), d.span)
  cx.places.set(symbol, { kind: 'array', view: use(local), dims })
  if (d.val) return undefined
  return () => {
    const back: Expr = { kind: 'retype', operand: use(local), from: to, to: from, span: d.span }
    if (steady.kind === 'value' && steady.expr.kind === 'local')
      cx.emit({ kind: 'assign', target: steady.expr.local, value: back, span: d.span })
    else if (steady.kind === 'element')
      cx.emit({ kind: 'store', array: steady.array, index: steady.index, checked: false, value: back, span: d.span })
  }
}

/** @returns a local of that name for a view, so that the text's word is found in the emitted code. */
function rename(cx: Context, view: Expr, name: string, type: CoreType, span: Span): Expr {
  if (view.kind === 'table') return view
  const local = new Local(name, type, true, undefined, rootOf(view))
  cx.emit({ kind: 'declare', local, value: view, span })
  return use(local)
}
