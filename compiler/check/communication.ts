/** `!` and `?` against the protocol and direction of their channel. */
import type { Expression, Input, InputItem, Name, Output, OutputItem } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { ChannelType, Protocol, ProtocolComponent, TagSymbol, Type } from '../semantics.ts'
import { excerpt, type TypeContext } from './context.ts'
import { demand, demandInt, demandWritable, noteEffect, valueType } from './demand.ts'
import { noteDirection } from './directions.ts'
import { timeToWaitFor } from './times.ts'
import { demandVariable } from './expressions.ts'
import { demandUnclaimedEnd } from './channel-types.ts'
import { demandClaimed } from './claims.ts'
import { demandMobile, take } from './mobiles.ts'
import { nearest } from './spelling.ts'
import {
  agrees,
  arrayOf,
  BYTE,
  describe,
  describeComponent,
  describeKind,
  describeProtocol,
  INT,
  isReference,
  POISON,
  primitiveName,
} from './type-model.ts'

/** Types an output. */
export function typeOutput(ctx: TypeContext, output: Output): void {
  noteEffect(ctx, 'communicates', output.span)
  const channel = demandChannel(ctx, output.channel, '!')
  const { items } = output
  if (channel === undefined) {
    items.forEach((item) => {
      giveUp(ctx, item)
    })
    return
  }
  const { protocol } = channel
  switch (protocol.kind) {
    case 'poison': {
      items.forEach((item) => {
        giveUp(ctx, item)
      })
      return
    }
    case 'any':
      for (const item of items) {
        untag(ctx, item)
        if (item.kind === 'counted') demandInt(ctx, item.count, 'the count', INT)
        valueType(ctx, item.value)
      }
      return
    case 'sequence':
      for (const item of items) untag(ctx, item)
      {
        components(ctx, output, protocol, protocol.items, items, (item, component) => {
          outputItem(ctx, excerpt(output.channel.span), item, component)
        })
        return
      }
    case 'variant': {
      const [first, ...rest] = items
      const tag = first?.kind === 'plain' && first.value.kind === 'name-use' ? first.value : undefined
      if (tag === undefined) {
        items.forEach((item) => {
          giveUp(ctx, item)
        })
        ctx.report('E0506', first?.span ?? output.span, { protocol: protocol.name, tags: protocol.tags.map((each) => each.name) })
        return
      }
      ctx.types.set(tag, BYTE)
      const symbol = bindTag(ctx, protocol, tag.name)
      if (symbol === undefined) {
        rest.forEach((item) => {
          giveUp(ctx, item)
        })
        return
      }
      components(
        ctx,
        output,
        protocol,
        symbol.items,
        rest,
        (item, component) => {
          outputItem(ctx, excerpt(output.channel.span), item, component)
        },
        symbol.name,
      )
      return
    }
  }
}

/** Types an input of any form. `guard` says that it stands before the process of an alternative. */
export function typeInput(ctx: TypeContext, input: Input, guard: boolean): void {
  noteEffect(ctx, 'communicates', input.span)
  const { mode } = input
  const type = ctx.visit.expression(input.channel)
  const protocolKind = type.kind === 'channel' ? type.protocol.kind : type.kind
  if (mode.kind === 'items' && protocolKind !== 'variant' && protocolKind !== 'poison') untag(ctx, mode.items[0])
  if (type.kind === 'timer') {
    timerInput(ctx, input, guard)
    return
  }
  const channel = demandChannel(ctx, input.channel, '?', type)
  const name = excerpt(input.channel.span)
  if (mode.kind === 'after') {
    timeToWaitFor(ctx, mode.time)
    if (channel !== undefined) ctx.report('E0513', input.channel.span, { name })
    return
  }
  const protocol: Protocol = channel?.protocol ?? { kind: 'poison' }
  switch (mode.kind) {
    case 'items': {
      inputItems(ctx, input, protocol, mode.items)
      return
    }
    case 'tag': {
      const tag = demandVariant(ctx, input, protocol) ? bindTag(ctx, protocol, mode.tag) : undefined
      taggedItems(ctx, input, input, protocol, tag, mode.items)
      return
    }
    case 'case': {
      const good = demandVariant(ctx, input, protocol)
      const seen = new Map<string, Name>()
      for (const variant of mode.variants) {
        for (const declaration of variant.declarations) ctx.visit.declaration(declaration)
        const tag = good ? bindTag(ctx, protocol, variant.tag) : undefined
        const before = seen.get(variant.tag.text)
        if (before !== undefined && tag !== undefined)
          ctx.report('E0508', variant.tag.span, { tag: variant.tag.text }, [{ span: before.span, text: 'first here' }])
        seen.set(variant.tag.text, before ?? variant.tag)
        taggedItems(ctx, input, variant.tag, protocol, tag, variant.items)
        if (mode.extended === true) ctx.holding.push('the first process of an extended input')
        ctx.visit.process(variant.body)
        if (mode.extended === true) ctx.holding.pop()
        if (variant.after !== undefined) ctx.visit.process(variant.after)
      }
      const missing = protocol.kind === 'variant' ? protocol.tags.filter((tag) => !seen.has(tag.name)).map((tag) => tag.name) : []
      if (good && missing.length > 0 && mode.variants.length > 0) ctx.report('W0502', input.channel.span, { name, tags: missing })
      return
    }
  }
}

// ---------------------------------------------------------------- channels

/** Types the channel of a communication; @returns its type unless something was reported. */
function demandChannel(ctx: TypeContext, expression: Expression, operator: '?' | '!', typed?: Type): ChannelType | undefined {
  const type = typed ?? ctx.visit.expression(expression)
  const name = excerpt(expression.span)
  if (type.kind === 'poison') return undefined
  if (type.kind === 'timer') {
    ctx.report('E0512', expression.span, {
      name,
      use: 'output to',
      hint: `to read the time write \`${name} ? t\`, to wait \`${name} ? AFTER t\``,
    })
    return undefined
  }
  if (type.kind !== 'channel') {
    ctx.report('E0501', expression.span, { name, is: describeKind(type), operator })
    return undefined
  }
  if (type.direction !== undefined && type.direction !== operator) {
    const symbol = expression.kind === 'name-use' ? ctx.symbols.get(expression.name) : undefined
    const declared =
      symbol?.declaredAt === undefined
        ? []
        : [{ span: symbol.declaredAt, text: `declared as ${type.direction === '?' ? 'the reading' : 'the writing'} end` }]
    ctx.report('E0503', expression.span, { name: name.replace(/[?!]$/, ''), has: type.direction }, declared)
  } else {
    noteDirection(ctx, expression, operator)
    demandClaimed(ctx, expression, type, operator)
  }
  return type
}

function timerInput(ctx: TypeContext, input: Input, guard: boolean): void {
  const { mode } = input
  const name = excerpt(input.channel.span)
  switch (mode.kind) {
    case 'after':
      timeToWaitFor(ctx, mode.time)
      return
    case 'items': {
      const [first, ...rest] = mode.items
      if (first?.kind === 'plain') target(ctx, first.target, INT, name, 'INT')
      if (guard) ctx.report('E0704', input.span, undefined)
      if (first?.kind !== 'plain' || rest.length > 0)
        ctx.report('E0512', input.span, { name, use: 'read like this', hint: `it gives one INT: \`${name} ? t\`` })
      return
    }
    case 'tag':
    case 'case':
      ctx.report('E0512', input.channel.span, { name, use: 'looked at by `? CASE`', hint: `it gives one INT: \`${name} ? t\`` })
      return
  }
}

// ---------------------------------------------------------------- messages

/** Walks items and components side by side; reports a difference in number. */
function components<Item extends OutputItem | InputItem>(
  ctx: TypeContext,
  at: { readonly span: Span },
  protocol: Protocol,
  wanted: readonly ProtocolComponent[],
  items: readonly Item[],
  each: (item: Item, component: ProtocolComponent) => void,
  tag?: string,
): void {
  for (const [i, item] of items.entries()) {
    const component = wanted[i]
    if (component === undefined) giveUp(ctx, item)
    else each(item, component)
  }
  if (items.length === wanted.length) return
  const form = [...(tag === undefined ? [] : [tag]), ...wanted.map(describeComponent)].join('; ')
  const name = tag === undefined ? describeProtocol(protocol) : `${describeProtocol(protocol)}\` with the tag \`${tag}`
  const extra = items[wanted.length]
  const place = extra === undefined ? { span: at.span, text: '' } : { span: extra.span, text: 'one too many' }
  ctx.report('E0502', place, { protocol: name, wanted: wanted.length, got: items.length, form })
}

function outputItem(ctx: TypeContext, name: string, item: OutputItem, component: ProtocolComponent): void {
  const wanted = describeComponent(component)
  if (component.kind === 'plain') {
    if (item.kind === 'counted') {
      ctx.report('E0511', item.span, { wanted })
      giveUp(ctx, item)
      return
    }
    demand(ctx, item.value, component.type, (got, hint) => {
      const string = got.kind === 'array' && primitiveName(got.element) === 'BYTE' && primitiveName(component.type) === 'BYTE'
      const bytewise = `a string is output byte by byte: \`${name} ! s[i]\` under \`SEQ i = 0 FOR SIZE s\`, or with \`out.string\` of the library \`course\``
      ctx.report('E0504', item.value.span, { name, wanted, got: describe(got), hint: string ? bytewise : hint })
    })
    take(ctx, item.value, component.type)
    return
  }
  if (item.kind === 'plain') {
    valueType(ctx, item.value)
    ctx.report('E0510', item.span, { wanted, example: `(SIZE ${excerpt(item.value.span)})::${excerpt(item.value.span)}` })
    return
  }
  demand(ctx, item.count, component.count, (got, hint) => {
    ctx.report('E0504', item.count.span, { name, wanted: component.count.name, got: describe(got), hint })
  })
  const array = arrayOf(component.element)
  demand(ctx, item.value, array, (got, hint) => {
    ctx.report('E0504', item.value.span, { name, wanted: describe(array), got: describe(got), hint })
  })
}

function inputItems(ctx: TypeContext, input: Input, protocol: Protocol, items: readonly InputItem[]): void {
  switch (protocol.kind) {
    case 'poison': {
      items.forEach((item) => {
        giveUp(ctx, item)
      })
      return
    }
    case 'any':
      for (const item of items) {
        if (item.kind === 'counted') target(ctx, item.count, INT, excerpt(input.channel.span), 'INT')
        const type = ctx.visit.expression(item.target)
        if (type.kind !== 'poison') demandWritable(ctx, item.target, 'input to')
      }
      return
    case 'sequence': {
      components(ctx, input, protocol, protocol.items, items, (item, component) => {
        inputItem(ctx, excerpt(input.channel.span), item, component)
      })
      return
    }
    case 'variant': {
      const [first, ...rest] = items
      const name = first?.kind === 'plain' && first.target.kind === 'name-use' ? first.target : undefined
      const isTag = name !== undefined && protocol.tags.some((tag) => tag.name === name.name.text)
      if (name !== undefined && (isTag || ctx.symbols.get(name.name) === undefined)) {
        ctx.types.set(name, BYTE)
        taggedItems(ctx, input, input, protocol, bindTag(ctx, protocol, name.name), rest)
        return
      }
      items.forEach((item) => {
        giveUp(ctx, item)
      })
      ctx.report('E0518', input.span, {
        name: excerpt(input.channel.span),
        protocol: protocol.name,
        tags: protocol.tags.map((tag) => tag.name),
      })
      return
    }
  }
}

/** @param at what to mark when the number of components is wrong */
function taggedItems(
  ctx: TypeContext,
  input: Input,
  at: { readonly span: Span },
  protocol: Protocol,
  tag: TagSymbol | undefined,
  items: readonly InputItem[],
): void {
  if (tag === undefined) {
    items.forEach((item) => {
      giveUp(ctx, item)
    })
    return
  }
  components(
    ctx,
    at,
    protocol,
    tag.items,
    items,
    (item, component) => {
      inputItem(ctx, excerpt(input.channel.span), item, component)
    },
    tag.name,
  )
}

function inputItem(ctx: TypeContext, name: string, item: InputItem, component: ProtocolComponent): void {
  const wanted = describeComponent(component)
  if (component.kind === 'plain') {
    if (item.kind === 'counted') {
      ctx.report('E0511', item.span, { wanted })
      giveUp(ctx, item)
      return
    }
    target(ctx, item.target, component.type, name, wanted)
    return
  }
  if (item.kind === 'plain') {
    ctx.visit.expression(item.target)
    ctx.report('E0510', item.span, { wanted, example: `n::${excerpt(item.target.span)}` })
    return
  }
  target(ctx, item.count, component.count, name, component.count.name)
  target(ctx, item.target, arrayOf(component.element), name, `[]${describe(component.element)}`)
}

/** A variable that an input writes to. */
function target(ctx: TypeContext, expression: Expression, wanted: Type, name: string, component: string): void {
  const type = ctx.visit.expression(expression, wanted)
  if (type.kind === 'poison') return
  if (!demandWritable(ctx, expression, 'input to')) return
  demandUnclaimedEnd(ctx, expression)
  if (isReference(wanted) && !demandMobile(ctx, expression, type, `what is input from \`${name}\``)) return
  if (!agrees(wanted, type)) ctx.report('E0504', expression.span, { name, wanted: component, got: describe(type), hint: undefined })
}

// ---------------------------------------------------------------- tags

function demandVariant(ctx: TypeContext, input: Input, protocol: Protocol): boolean {
  if (protocol.kind === 'variant') return true
  if (protocol.kind !== 'poison')
    ctx.report('E0507', input.channel.span, { name: excerpt(input.channel.span), protocol: describeProtocol(protocol) })
  return false
}

/** Binds a tag by the protocol; reports one that is not in it. */
function bindTag(ctx: TypeContext, protocol: Protocol, name: Name): TagSymbol | undefined {
  const tags = ctx.tagsOf.get(protocol) ?? []
  const tag = tags.find((each) => each.name === name.text)
  if (tag !== undefined) ctx.symbols.set(name, tag)
  else {
    const names = tags.map((each) => each.name)
    if (name.text !== '')
      ctx.report('E0505', name.span, {
        tag: name.text,
        protocol: describeProtocol(protocol),
        suggestion: nearest(name.text, names),
        tags: names,
      })
    ctx.symbols.set(name, { kind: 'poison', name: name.text, level: 0 })
  }
  return tag
}

/** The first item of a message was left unbound because it might be a tag; it is not. */
function untag(ctx: TypeContext, item: OutputItem | InputItem | undefined): void {
  if (item?.kind !== 'plain') return
  const value = 'value' in item ? item.value : item.target
  if (value.kind === 'name-use') demandVariable(ctx, value.name)
}

/** Types the parts of an item whose component is unknown, so that every name in it is looked at. */
function giveUp(ctx: TypeContext, item: OutputItem | InputItem): void {
  if (item.kind === 'counted') ctx.visit.expression(item.count, POISON)
  const value = 'value' in item ? item.value : item.target
  if (value.kind === 'name-use' && ctx.symbols.get(value.name) === undefined) ctx.types.set(value, POISON)
  else ctx.visit.expression(value, POISON)
}
