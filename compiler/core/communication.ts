/** Inputs and outputs: a message is one operation a component. */
import type { Expression, Input, InputItem, Output, OutputItem } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import { byteSize } from '../check/type-model.ts'
import type { Protocol, ProtocolComponent, TagSymbol, Type } from '../semantics.ts'
import { product, text, Unsupported, viewOf } from './context.ts'
import type { ArrayPlace, Context, Place } from './context.ts'
import { declare, sizesAgree } from './declarations.ts'
import { convert, scalar } from './expressions.ts'
import { INT_TYPE, int, literalNumber, raw, typeOf, use } from './build.ts'
import { Local } from './ir.ts'
import type { CaseOption, CoreType, Expr, Stmt } from './ir.ts'
import { arrayPlace, channel, place, write } from './places.ts'
import { process } from './processes.ts'
import { coreType, scalarOf, shapeOf } from './shapes.ts'

/** The type of a component when it is not one of a protocol: CHAN OF ANY carries bytes. */
const ANY = 'any'

// ---------------------------------------------------------------------------------------------- output

/** Emits an output. */
export function output(cx: Context, o: Output): void {
  const protocol = protocolOf(cx, o.channel)
  const to = steady(cx, channel(cx, o.channel), o.items.length, o.span)
  const what = text(o.span)
  const send = (value: Expr, array: boolean, span: Span): void => cx.emit({ kind: 'output', channel: to, value, array, text: what, span })
  const item = (i: OutputItem, component: ProtocolComponent | typeof ANY | undefined): void => {
    if (i.kind === 'counted') {
      const counted = component !== ANY && component?.kind === 'counted' ? component : undefined
      send(countedView(cx, i.count, arrayPlace(cx, i.value), counted, i.span), true, i.span)
      return
    }
    if (scalarOf(cx.type(i.value)) !== undefined) {
      const value = scalar(cx, i.value)
      if (component === ANY) send(asBytes(value, typeOf(value), i.span), true, i.span)
      else send(value, false, i.span)
      return
    }
    const array = arrayPlace(cx, i.value)
    const value = viewOf(array, i.span)
    if (component !== ANY && component?.kind === 'plain') sizesAgree(cx, component.type, array, i.span)
    send(component === ANY ? asBytes(value, typeOf(value), i.span) : value, true, i.span)
  }
  switch (protocol.kind) {
    case 'any':
      for (const i of o.items) item(i, ANY)
      return
    case 'sequence':
      o.items.forEach((i, n) => item(i, protocol.items[n]))
      return
    case 'variant': {
      const [first, ...rest] = o.items
      const tag = first?.kind === 'plain' && first.value.kind === 'name-use' ? cx.symbol(first.value.name) : undefined
      if (first === undefined || tag?.kind !== 'tag') throw new Error('a variant output begins with a tag')
      send(int(tag.index), false, first.span)
      rest.forEach((i, n) => item(i, tag.items[n]))
      return
    }
    case 'poison':
      throw new Error('a checked program has no poison')
  }
}

function protocolOf(cx: Context, e: Expression): Protocol {
  const type = cx.type(e)
  if (type.kind !== 'channel') throw new Unsupported(e.span, 'communication on what is not a channel')
  return type.protocol
}

/** @returns the channel, evaluated once when a message has several components. */
function steady(cx: Context, c: Expr, components: number, span: Span): Expr {
  return components === 1 ? c : cx.fixed('channel', c, typeOf(c), span)
}

function countedView(cx: Context, count: Expression, array: ArrayPlace, component: { element: Type } | undefined, span: Span): Expr {
  const held = scalarOf(cx.type(count)) ?? 'int'
  const n = convert(scalar(cx, count), held, 'int', undefined, span)
  const [size, ...rest] = array.dims
  if (size === undefined || (component !== undefined && shapeOf(component.element)?.item === 'channel'))
    throw new Unsupported(span, 'this counted array')
  const known = literalNumber(n)
  const room = literalNumber(size)
  const sure = known !== undefined && room !== undefined && known >= 0 && known <= room
  const checked: Expr = sure ? n : { kind: 'intrinsic', name: 'counted', operands: [n, size], type: INT_TYPE, faults: true, span }
  if (sure && known === room) return viewOf(array, span)
  return { kind: 'slice', array: viewOf(array, span), offset: int(0), length: raw('raw*', checked, product(rest, span), span) }
}

function asBytes(value: Expr, type: CoreType, span: Span): Expr {
  const bytes: CoreType = { item: 'byte', array: true }
  return type.array && type.item === 'byte' ? value : { kind: 'retype', operand: value, from: type, to: bytes, span }
}

// ---------------------------------------------------------------------------------------------- input

/** Emits an input, a delay or a reading of the clock. */
export function input(cx: Context, i: Input): void {
  const { mode } = i
  if (cx.type(i.channel).kind === 'timer') {
    if (mode.kind === 'after') {
      cx.emit({ kind: 'sleep', time: scalar(cx, mode.time), text: text(i.span), span: i.span })
      return
    }
    if (mode.kind !== 'items') throw new Error('a timer gives a time')
    for (const item of mode.items) {
      if (item.kind === 'plain') write(cx, place(cx, item.target), { kind: 'clock' }, i.span)
    }
    return
  }
  inputFrom(cx, i, channel(cx, i.channel))
}

/** Emits the input of a message from `c`. */
export function inputFrom(cx: Context, i: Input, c: Expr): void {
  const { mode } = i
  const protocol = protocolOf(cx, i.channel)
  const what = text(i.span)
  switch (mode.kind) {
    case 'items': {
      const from = steady(cx, c, mode.items.length, i.span)
      if (protocol.kind === 'variant') throw new Unsupported(i.span, 'an input without CASE of a variant protocol')
      mode.items.forEach((item, n) => inputItem(cx, from, item, protocol.kind === 'sequence' ? protocol.items[n] : ANY, what))
      return
    }
    case 'tag': {
      const tag = tagOf(cx, mode.tag)
      const from = steady(cx, c, mode.items.length + 1, i.span)
      const got = inputTag(cx, from, what, i.span)
      const body = cx.body(() => mode.items.forEach((item, n) => inputItem(cx, from, item, tag.items[n], what)))
      const otherwise: Stmt[] = [{ kind: 'fault', fault: 'noOption', values: [{ name: 'tag', value: got }], span: i.span }]
      cx.emit({ kind: 'case', selector: got, scalar: 'int', options: [{ labels: [BigInt(tag.index)], body }], otherwise, span: i.span })
      return
    }
    case 'case': {
      const from = steady(cx, c, 2, i.span)
      const got = inputTag(cx, from, what, i.span)
      const options = mode.variants.map((v): CaseOption => {
        const tag = tagOf(cx, v.tag)
        const body = cx.body(() => {
          for (const d of v.declarations) declare(cx, d)
          v.items.forEach((item, n) => inputItem(cx, from, item, tag.items[n], text(v.span)))
          process(cx, v.body)
        })
        return { labels: [BigInt(tag.index)], body }
      })
      const otherwise: Stmt[] = [{ kind: 'fault', fault: 'noOption', values: [{ name: 'tag', value: got }], span: i.span }]
      cx.emit({ kind: 'case', selector: got, scalar: 'int', options, otherwise, span: i.span })
      return
    }
    case 'after':
      throw new Error('AFTER belongs to timers')
  }
}

function tagOf(cx: Context, name: Parameters<Context['symbol']>[0]): TagSymbol {
  const symbol = cx.symbol(name)
  if (symbol.kind !== 'tag') throw new Error(`${name.text} is not a tag`)
  return symbol
}

function inputTag(cx: Context, from: Expr, what: string, span: Span): Expr {
  const tag = new Local('tag', INT_TYPE, true)
  cx.emit({
    kind: 'input',
    channel: from,
    then: [{ kind: 'declare', local: tag, value: { kind: 'received', type: INT_TYPE }, span }],
    text: what,
    span,
  })
  return use(tag)
}

function inputItem(cx: Context, from: Expr, item: InputItem, component: ProtocolComponent | typeof ANY | undefined, what: string): void {
  const span = item.span
  const target = place(cx, item.target)
  if (item.kind === 'counted') {
    inputCounted(cx, from, place(cx, item.count), scalarOf(cx.type(item.count)) ?? 'int', target, what, span)
    return
  }
  const then = cx.body(() => {
    if (component === ANY) receiveBytes(cx, target, cx.type(item.target), span)
    else receive(cx, target, component, span)
  })
  cx.emit({ kind: 'input', channel: from, then, text: what, span })
}

function receive(cx: Context, target: Place, component: ProtocolComponent | undefined, span: Span): void {
  switch (target.kind) {
    case 'array': {
      const item = typeOf(target.view).item
      const sent = component?.kind === 'plain' ? shapeOf(component.type) : undefined
      const same = sent !== undefined && sent.dims.every((d, n) => d !== undefined && literalNumber(target.dims[n] ?? int(-1)) === d)
      cx.emit({
        kind: 'copy',
        target: viewOf(target, span),
        source: { kind: 'received', type: { item, array: true } },
        checked: !same,
        span,
      })
      return
    }
    case 'value':
    case 'element':
    case 'bytes':
      write(cx, target, { kind: 'received', type: scalarType(target) }, span)
      return
    case 'channel':
    case 'timer':
    case 'inline':
      throw new Error(`an input into a ${target.kind}`)
  }
}

function scalarType(target: Place & { kind: 'value' | 'element' | 'bytes' }): CoreType {
  switch (target.kind) {
    case 'value':
      return typeOf(target.expr)
    case 'element':
    case 'bytes':
      return { item: target.scalar, array: false }
  }
}

/** CHAN OF ANY: what came is bytes; as many as the target has. */
function receiveBytes(cx: Context, target: Place, type: Type, span: Span): void {
  const bytes: Expr = { kind: 'received', type: { item: 'byte', array: true } }
  const shape = shapeOf(type)
  if (shape === undefined) throw new Unsupported(span, 'an input of this type')
  const to = coreType(shape)
  if (target.kind === 'array') {
    const source: Expr = to.item === 'byte' ? bytes : { kind: 'retype', operand: bytes, from: { item: 'byte', array: true }, to, span }
    cx.emit({ kind: 'copy', target: viewOf(target, span), source, checked: true, span })
    return
  }
  const size = int(byteSize(type) ?? 0)
  cx.emit({
    kind: 'check',
    value: { kind: 'intrinsic', name: 'sameBytes', operands: [{ kind: 'length', array: bytes }, size], type: INT_TYPE, faults: true, span },
    span,
  })
  write(cx, target, { kind: 'retype', operand: bytes, from: { item: 'byte', array: true }, to, span }, span)
}

/** `c ? n::a`: the elements come as one array; their number is its length. */
function inputCounted(
  cx: Context,
  from: Expr,
  count: Place,
  countType: NonNullable<ReturnType<typeof scalarOf>>,
  target: Place,
  what: string,
  span: Span,
): void {
  if (target.kind !== 'array') throw new Error('a counted array goes into an array')
  const item = typeOf(target.view).item
  const got: Expr = { kind: 'received', type: { item, array: true } }
  const stride = product(target.dims.slice(1), span)
  const then = cx.body(() => {
    cx.emit({ kind: 'copy', target: viewOf(target, span), source: got, checked: true, prefix: true, span })
    const n = raw('raw/', { kind: 'length', array: got }, stride, span)
    write(cx, count, convert(n, 'int', countType, undefined, span), span)
  })
  cx.emit({ kind: 'input', channel: from, then, text: what, span })
}
