/** Inputs and outputs: a message is one operation a component. */
import type { Expression, Input, InputItem, InputMode, Output, OutputItem, Process } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import { byteSize, isEnrolling, isReference } from '../../check/type-model.ts'
import type { Protocol, ProtocolComponent, TagSymbol, Type } from '../../semantics.ts'
import { product, viewOf } from './context.ts'
import type { ArrayDenotation, Context, Denotation } from './context.ts'
import { sizesAgree, within } from './declarations.ts'
import { convert, scalar } from './expressions.ts'
import { INT_TYPE, int, literalNumber, raw, typeOf, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CaseOption, CoreType, CoreStmt, Expr, InlineBranch } from '../ir/ir.ts'
import { arrayPlace, channel, copyTo, place, write } from './denotations.ts'
import { converted, reference, replace } from './mobiles.ts'
import { process } from './processes.ts'
import { coreType, scalarOf, shapeOf } from './shapes.ts'

/** The type of a component that travels as bytes: on a CHAN OF ANY, and on every channel where one is seen under two protocols. */
const ANY = 'any'

const BYTES: CoreType = { item: 'byte', array: true }

// ---------------------------------------------------------------------------------------------- output

/** Emits an output. */
export function output(cx: Context, o: Output): void {
  const protocol = protocolOf(cx, o.channel)
  const moves = o.items.some((i) => i.kind === 'plain' && cx.checked.moved.has(i.value)) // perhaps the end whose channel this is
  const to = steady(cx, channel(cx, o.channel), moves || o.items.length > 1, o.span)
  const what = textOf(o.span)
  const bytes = cx.checked.bytesOnChannels
  // whatever part of the message it is about to send, the process is at the output
  const send = (value: Expr, array: boolean): void => cx.emit({ kind: 'output', channel: to, value, array, text: what, span: o.span })
  const item = (i: OutputItem, component: ProtocolComponent | typeof ANY | undefined): void => {
    if (i.kind === 'counted') {
      const held = scalarOf(cx.type(i.count)) ?? 'int'
      const count = scalar(cx, i.count)
      const view = countedView(cx, convert(count, held, 'int', undefined, i.span), arrayPlace(cx, i.value), i.span)
      if (component !== ANY) {
        send(view, true)
        return
      }
      send(asBytes(count, { item: held, array: false }, i.span), true)
      send(asBytes(view, typeOf(view), i.span), true)
      return
    }
    if (component !== ANY && component?.kind === 'plain' && isReference(component.type)) {
      send(reference(cx, i.value, component.type), false)
      return
    }
    if (scalarOf(cx.type(i.value)) !== undefined) {
      const value = scalar(cx, i.value)
      if (component === ANY) send(asBytes(value, typeOf(value), i.span), true)
      else send(value, false)
      return
    }
    const array = arrayPlace(cx, i.value)
    const value = viewOf(array, i.span)
    if (component !== ANY && component?.kind === 'plain') sizesAgree(cx, component.type, array, i.span)
    send(component === ANY ? asBytes(value, typeOf(value), i.span) : value, true)
  }
  switch (protocol.kind) {
    case 'any':
      for (const i of o.items) item(i, ANY)
      return
    case 'sequence':
      o.items.forEach((i, n) => item(i, bytes ? asAny(protocol.items[n]) : protocol.items[n]))
      return
    case 'variant': {
      const [first, ...rest] = o.items
      const tag = first?.kind === 'plain' && first.value.kind === 'name-use' ? cx.symbol(first.value.name) : undefined
      if (first === undefined || tag?.kind !== 'tag') throw new Error('a variant output begins with a tag')
      if (bytes) send(asBytes(int(tag.index), INT_TYPE, first.span), true)
      else send(int(tag.index), false)
      rest.forEach((i, n) => item(i, bytes ? asAny(tag.items[n]) : tag.items[n]))
      return
    }
    case 'poison':
      throw new Error('a checked program has no poison')
  }
}

/** A component on a channel whose messages travel as bytes: references do not. */
function asAny(component: ProtocolComponent | undefined): ProtocolComponent | typeof ANY {
  return component?.kind === 'plain' && isReference(component.type) ? component : ANY
}

function protocolOf(cx: Context, e: Expression): Protocol {
  const type = cx.type(e)
  if (type.kind !== 'channel') throw new Error('communication is on channels')
  return type.protocol
}

/** @returns the channel, evaluated at once when more than the output itself comes after */
function steady(cx: Context, c: Expr, isEarly: boolean, span: Span): Expr {
  return isEarly ? cx.fixed('channel', c, typeOf(c), span) : c
}

function countedView(cx: Context, n: Expr, array: ArrayDenotation, span: Span): Expr {
  const [size, ...rest] = array.dims
  if (size === undefined) throw new Error('an array that is counted has a dimension')
  const known = literalNumber(n)
  const room = literalNumber(size)
  const sure = known !== undefined && room !== undefined && known >= 0 && known <= room
  const checked: Expr = sure ? n : { kind: 'intrinsic', name: 'counted', operands: [n, size], type: INT_TYPE, faults: true, span }
  if (sure && known === room) return viewOf(array, span)
  return { kind: 'slice', array: viewOf(array, span), offset: int(0), length: raw('raw*', checked, product(rest, span), span) }
}

/** @returns the bytes that a value is */
export function asBytes(value: Expr, type: CoreType, span: Span): Expr {
  return type.array && type.item === 'byte' ? value : { kind: 'retype', operand: value, from: type, to: BYTES, span }
}

// ---------------------------------------------------------------------------------------------- input

/** Emits an input, a delay or a reading of the clock. */
export function input(cx: Context, i: Input): void {
  const { mode } = i
  if (cx.type(i.channel).kind === 'timer') {
    if (mode.kind === 'after') {
      cx.emit({ kind: 'sleep', time: scalar(cx, mode.time), text: textOf(i.span), span: i.span })
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

/**
 * Emits the input of a message from `c`. An extended input looks at the last component of the message and takes it, which lets the writer go on,
 * after its first process.
 */
export function inputFrom(cx: Context, i: Input, c: Expr): void {
  const mode = withTag(cx, i.mode)
  const protocol = protocolOf(cx, i.channel)
  const bytes = cx.checked.bytesOnChannels
  const isExtended = i.extended !== undefined || (mode.kind === 'case' && mode.extended === true)
  const lookAtLast = (n: number, items: readonly InputItem[]): How => (isExtended && n === items.length - 1 ? 'peek' : 'input')
  const tagged = (from: Expr, tag: TagSymbol, items: readonly InputItem[], span: Span): void =>
    items.forEach((item, n) => inputItem(cx, { from, how: lookAtLast(n, items) }, item, bytes ? asAny(tag.items[n]) : tag.items[n], span))
  const extend = (from: Expr, { during, after: next }: { readonly during: Process; readonly after?: Process | undefined }): void => {
    process(cx, during)
    cx.emit({ kind: 'input', channel: from, then: [], text: textOf(i.span), span: i.span })
    if (next !== undefined) process(cx, next)
  }
  switch (mode.kind) {
    case 'items': {
      const from = steady(cx, c, isExtended || mode.items.length > 1, i.span)
      mode.items.forEach((item, n) => {
        const component = protocol.kind !== 'sequence' ? ANY : bytes ? asAny(protocol.items[n]) : protocol.items[n]
        inputItem(cx, { from, how: lookAtLast(n, mode.items) }, item, component, i.span)
      })
      if (i.extended !== undefined) extend(from, i.extended)
      return
    }
    case 'tag': {
      const tag = tagOf(cx, mode.tag)
      const from = steady(cx, c, isExtended || mode.items.length > 0, i.span)
      const got = inputTag(cx, { from, how: isExtended && mode.items.length === 0 ? 'peek' : 'input' }, i.span)
      const body = cx.body(() => tagged(from, tag, mode.items, i.span))
      const otherwise = noVariant(protocol, got, [tag.index], i.span)
      cx.emit({ kind: 'case', selector: got, scalar: 'int', options: [{ labels: [BigInt(tag.index)], body }], otherwise, span: i.span })
      if (i.extended !== undefined) extend(from, i.extended)
      return
    }
    case 'case': {
      const from = steady(cx, c, true, i.span)
      const got = inputTag(cx, { from, how: isExtended ? 'peek' : 'input' }, i.span)
      const options = mode.variants.map((v): CaseOption<InlineBranch> => {
        const tag = tagOf(cx, v.tag)
        const body = cx.body(() => {
          within(cx, v.declarations, () => {
            // the tag that was looked at is taken, unless it is all of the message
            if (isExtended && v.items.length > 0) cx.emit({ kind: 'input', channel: from, then: [], text: textOf(i.span), span: i.span })
            tagged(from, tag, v.items, v.span)
            if (isExtended) extend(from, { during: v.body, after: v.after })
            else process(cx, v.body)
          })
        })
        return { labels: [BigInt(tag.index)], body }
      })
      const taken = mode.variants.map((v) => tagOf(cx, v.tag).index)
      const otherwise = noVariant(protocol, got, taken, i.span)
      cx.emit({ kind: 'case', selector: got, scalar: 'int', options, otherwise, span: i.span })
      return
    }
    case 'after':
      throw new Error('AFTER belongs to timers')
  }
}

/** Whether a component is taken or only looked at. */
type How = 'input' | 'peek'

/** Where a component comes from. */
interface Source {
  readonly from: Expr
  readonly how: How
}

/** @returns the fault of a message whose tag `got` is not one of those that are taken; the report names the tag that came */
function noVariant(protocol: Protocol, got: Expr, taken: readonly number[], span: Span): readonly CoreStmt[] {
  const tags = protocol.kind === 'variant' ? protocol.tags : []
  const words = new Map(tags.filter(({ index }) => !taken.includes(index)).map(({ index, name }) => [index, name]))
  return [{ kind: 'fault', fault: 'noOption', values: [{ name: 'tag', value: got, words }], span }]
}

/** `c ? tag; x` is `c ? CASE tag; x`. */
function withTag(cx: Context, mode: InputMode): InputMode {
  if (mode.kind !== 'items') return mode
  const [first, ...items] = mode.items
  const tag = first?.kind === 'plain' && first.target.kind === 'name-use' ? first.target.name : undefined
  return tag !== undefined && cx.symbol(tag).kind === 'tag' ? { kind: 'tag', tag, items } : mode
}

function tagOf(cx: Context, name: Parameters<Context['symbol']>[0]): TagSymbol {
  const symbol = cx.symbol(name)
  if (symbol.kind !== 'tag') throw new Error(`${name.text} is not a tag`)
  return symbol
}

function inputTag(cx: Context, { from, how }: Source, span: Span): Expr {
  const tag = new Local('tag', INT_TYPE, true)
  const received: Expr = cx.checked.bytesOnChannels
    ? { kind: 'retype', operand: receivedBytes(span), from: BYTES, to: INT_TYPE, span }
    : { kind: 'received', type: INT_TYPE }
  cx.emit({
    kind: how,
    channel: from,
    then: [{ kind: 'declare', local: tag, value: received, span }],
    text: textOf(span),
    span,
  })
  return use(tag)
}

function inputItem(cx: Context, source: Source, item: InputItem, component: ProtocolComponent | typeof ANY | undefined, whole: Span): void {
  const { from, how } = source
  const span = item.span
  const at = { text: textOf(whole), span: whole }
  const target = place(cx, item.target)
  if (item.kind === 'counted' && component === ANY) {
    const count = cx.body(() => receiveBytes(cx, place(cx, item.count), cx.type(item.count), span))
    cx.emit({ kind: 'input', channel: from, then: count, ...at })
    cx.emit({ kind: how, channel: from, then: cx.body(() => receivePrefix(cx, target, span)), ...at })
    return
  }
  if (item.kind === 'counted') {
    inputCounted(cx, source, place(cx, item.count), scalarOf(cx.type(item.count)) ?? 'int', target, at, span)
    return
  }
  const then = cx.body(() => {
    if (component !== ANY && component?.kind === 'plain' && isReference(component.type)) receiveReference(cx, target, component.type, span)
    else if (component === ANY) receiveBytes(cx, target, cx.type(item.target), span)
    else receive(cx, target, component, span)
  })
  cx.emit({ kind: how, channel: from, then, ...at })
}

/** What came is what the mobile holds from now on. */
function receiveReference(cx: Context, target: Denotation, type: Type, span: Span): void {
  const shape = shapeOf(type)
  if (target.kind !== 'array' || target.mobile === undefined || shape === undefined) throw new Error('a mobile goes into a mobile')
  const received = converted({ kind: 'received', type: coreType(shape) }, { from: type, to: target.mobile.type }, span)
  replace(cx, target.mobile, isEnrolling(type) ? cx.fixed('received', received, coreType(shape), target.mobile.span) : received)
}

function receive(cx: Context, target: Denotation, component: ProtocolComponent | undefined, span: Span): void {
  switch (target.kind) {
    case 'array': {
      const item = typeOf(target.view).item
      const sent = component?.kind === 'plain' ? shapeOf(component.type) : undefined
      const same = sent !== undefined && sent.dims.every((d, n) => d !== undefined && literalNumber(target.dims[n] ?? int(-1)) === d)
      copyTo(cx, target, { kind: 'received', type: { item, array: true } }, { checked: !same }, span)
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

function scalarType(target: Denotation & { kind: 'value' | 'element' | 'bytes' }): CoreType {
  switch (target.kind) {
    case 'value':
      return typeOf(target.expr)
    case 'element':
    case 'bytes':
      return { item: target.scalar, array: false }
  }
}

/** What came, as bytes; one that the host sent is a number. */
function receivedBytes(span: Span): Expr {
  return { kind: 'intrinsic', name: 'messageBytes', operands: [{ kind: 'received', type: BYTES }], type: BYTES, faults: false, span }
}

/** CHAN OF ANY: what came is bytes; as many as the target has. */
function receiveBytes(cx: Context, target: Denotation, type: Type, span: Span): void {
  const bytes = cx.fixed('bytes', receivedBytes(span), BYTES, span)
  const shape = shapeOf(type)
  if (shape === undefined) throw new Error('what is input is data')
  const to = coreType(shape)
  if (target.kind === 'array') {
    copyTo(cx, target, fromBytes(bytes, to, span), { checked: true }, span)
    return
  }
  const size = int(byteSize(type) ?? 0)
  cx.check('sameBytes', [{ kind: 'length', array: bytes }, size], span)
  write(cx, target, fromBytes(bytes, to, span), span)
}

/** The elements of a counted array that came as bytes. */
function receivePrefix(cx: Context, target: Denotation, span: Span): void {
  if (target.kind !== 'array') throw new Error('a counted array goes into an array')
  const source = fromBytes(cx.fixed('bytes', receivedBytes(span), BYTES, span), typeOf(target.view), span)
  copyTo(cx, target, source, { checked: true, prefix: true }, span)
}

/** @returns the value that bytes are */
export function fromBytes(bytes: Expr, to: CoreType, span: Span): Expr {
  return to.array && to.item === 'byte' ? bytes : { kind: 'retype', operand: bytes, from: BYTES, to, span }
}

/** `c ? n::a`: the elements come as one array; their number is its length. */
function inputCounted(
  cx: Context,
  { from, how }: Source,
  count: Denotation,
  countType: NonNullable<ReturnType<typeof scalarOf>>,
  target: Denotation,
  at: { readonly text: string; readonly span: Span },
  span: Span,
): void {
  if (target.kind !== 'array') throw new Error('a counted array goes into an array')
  const item = typeOf(target.view).item
  const got: Expr = { kind: 'received', type: { item, array: true } }
  const stride = product(target.dims.slice(1), span)
  const then = cx.body(() => {
    copyTo(cx, target, got, { checked: true, prefix: true }, span)
    const n = raw('raw/', { kind: 'length', array: got }, stride, span)
    write(cx, count, convert(n, 'int', countType, undefined, span), span)
  })
  cx.emit({ kind: how, channel: from, then, ...at })
}
