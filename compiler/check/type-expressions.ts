/** From written types and protocols to types. */
import type { Expression, Name, ProtocolItem, TypeExpression } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { BundleType, Protocol, ProtocolComponent, Type } from '../semantics.ts'
import type { TypeContext } from './context.ts'
import { demandConstant, demandInt, demandMobileAround } from './demand.ts'
import { evaluate } from './evaluate.ts'
import {
  allocatedChannels,
  arrayOf,
  asMobile,
  BARRIER,
  describe,
  INT,
  isData,
  isInteger,
  isSized,
  kindOf,
  POISON,
  POISON_PROTOCOL,
  primitiveType,
  representation,
  TIMER,
  withDirection,
} from './type-model.ts'

const LARGEST = 0x7fffffffn

/** @returns the type that a name is declared as; poison for one that is none */
export function namedType(ctx: TypeContext, name: Name): Type {
  const symbol = ctx.symbols.get(name)
  return symbol?.kind === 'type' ? symbol.type : POISON
}

/** @returns the type that is written; poison for what was reported. */
export function typeFrom(ctx: TypeContext, written: TypeExpression): Type {
  const before = ctx.typeExpressions.get(written)
  if (before !== undefined) return before
  const type = build(ctx, written)
  ctx.typeExpressions.set(written, type)
  return type
}

function build(ctx: TypeContext, written: TypeExpression): Type {
  switch (written.kind) {
    case 'primitive':
      return primitiveType(written.name)
    case 'timer-type':
      return TIMER
    case 'barrier-type':
      return BARRIER
    case 'named-type': {
      const symbol = ctx.symbols.get(written.name)
      if (symbol?.kind === 'type') return symbol.type.kind === 'bundle' ? endMissing(ctx, symbol.type, written.span) : symbol.type
      if (symbol?.kind === 'protocol') ctx.report('E0304', written.span, { name: symbol.name, is: 'a PROTOCOL', wanted: 'a type' })
      return POISON
    }
    case 'end-type': {
      const symbol = ctx.symbols.get(written.name)
      const { direction, shared } = written
      if (symbol?.kind === 'type' && symbol.type.kind === 'bundle') return asMobile({ kind: 'end', bundle: symbol.type, direction, shared })
      const isWrong = symbol?.kind === 'protocol' || (symbol?.kind === 'type' && symbol.type.kind !== 'poison')
      if (isWrong) ctx.report('E0304', written.span, { name: symbol.name, is: kindOf(symbol), wanted: 'a channel type' })
      return POISON
    }
    case 'array-type': {
      const size = sizeOf(ctx, written)
      const element = typeFrom(ctx, written.element)
      if (element.kind === 'poison' || size === null) return POISON
      const type = arrayOf(element, size)
      if (element.kind !== 'barrier') return type
      ctx.report('E0436', written.span, { type: describe(type), barriers: true })
      return POISON
    }
    case 'chan-type': {
      const directed = directedProtocol(ctx, written)
      const protocol = channelProtocol(ctx, directed.protocol)
      return withDirection(
        { kind: 'channel', protocol, shared: written.shared, ...(written.sharedEnd === undefined ? {} : { sharedEnd: written.sharedEnd }) },
        directed.direction,
      )
    }
    case 'mobile-type': {
      const element = typeFrom(ctx, written.element)
      if (element.kind === 'poison' || element.kind === 'barrier' || element.kind === 'process' || isData(element)) return asMobile(element)
      if (element.kind === 'array' && element.element.kind === 'channel' && !element.element.shared)
        return element.size === undefined ? allocatedChannels(element.element) : element
      ctx.report('E0434', written.element.span, { what: 'what is MOBILE', type: `\`${describe(element)}\`` })
      return POISON
    }
    case 'port-type': // the parser has reported it
      typeFrom(ctx, written.element)
      return POISON
    case 'missing':
      return POISON
  }
}

/**
 * The type of a RETYPES or RESHAPES, whose dimensions may be known at run time only.
 * @returns the type, where these are open, and how many dimensions are written without a size
 */
export function reshapedType(ctx: TypeContext, written: TypeExpression): { readonly type: Type; readonly open: number } {
  if (written.kind !== 'array-type') return { type: typeFrom(ctx, written), open: 0 }
  const { type: element, open } = reshapedType(ctx, written.element)
  const { size } = written
  if (size === undefined) return { type: element.kind === 'poison' ? POISON : arrayOf(element), open: open + 1 }
  if (!demandInt(ctx, size, 'the size of an array', INT)) return { type: POISON, open }
  const later = evaluate(ctx, size) === null
  const known = later ? undefined : sizeFrom(ctx, size)
  return { type: element.kind === 'poison' || known === null ? POISON : arrayOf(element, known), open }
}

/** The size of one dimension: undefined when open, null when there is none to be had. */
function sizeOf(ctx: TypeContext, written: Extract<TypeExpression, { kind: 'array-type' }>): number | undefined | null {
  if (written.size === undefined) return undefined
  return demandInt(ctx, written.size, 'the size of an array', INT) ? sizeFrom(ctx, written.size) : null
}

/** @returns a size that is known; null for what was reported */
function sizeFrom(ctx: TypeContext, size: Expression): number | null {
  const value = demandConstant(ctx, size, 'the size of an array')
  if (typeof value !== 'bigint') return null
  if (value >= 0n && value <= LARGEST) return Number(value)
  ctx.report('E0416', size.span, { size: value })
  return null
}

/** Reports a channel type that stands where a type of variables is wanted. */
function endMissing(ctx: TypeContext, { name }: BundleType, span: Span): Type {
  ctx.report('E0542', span, { name })
  return POISON
}

type ChannelWritten = Extract<TypeExpression, { kind: 'chan-type' }>

/** `CHAN P? c` has a direction and `CHAN T? c` carries ends; they look alike until the name is bound. */
function directedProtocol(ctx: TypeContext, { protocol, direction }: ChannelWritten): Pick<ChannelWritten, 'protocol' | 'direction'> {
  const type = protocol.kind === 'plain' ? protocol.type : undefined
  const symbol = type?.kind === 'end-type' ? ctx.symbols.get(type.name) : undefined
  if (type?.kind !== 'end-type' || type.shared || (symbol?.kind === 'type' && symbol.type.kind === 'bundle'))
    return direction === undefined ? { protocol } : { protocol, direction }
  return { protocol: { kind: 'named', name: type.name, span: type.span }, direction: type.direction }
}

function channelProtocol(ctx: TypeContext, written: Extract<TypeExpression, { kind: 'chan-type' }>['protocol']): Protocol {
  // `CHAN P` and `CHAN T` look alike until the name is bound
  const name =
    written.kind === 'named' ? written.name : written.kind === 'plain' && written.type.kind === 'named-type' ? written.type.name : undefined
  const symbol = name && ctx.symbols.get(name)
  if (symbol?.kind === 'protocol') return symbol.protocol
  if (written.kind === 'any') return { kind: 'any' }
  if (symbol?.kind === 'type' && symbol.type.kind === 'bundle') {
    endMissing(ctx, symbol.type, written.span)
    return POISON_PROTOCOL
  }
  if (written.kind === 'named') {
    const fits = symbol?.kind === 'type' && demandMobileAround(ctx, symbol.type, written.span)
    return fits ? { kind: 'sequence', items: [{ kind: 'plain', type: symbol.type }] } : POISON_PROTOCOL
  }
  const item = protocolItem(ctx, written)
  return item === undefined ? POISON_PROTOCOL : { kind: 'sequence', items: [item] }
}

/** @returns one component of a protocol; undefined for what was reported. */
export function protocolItem(ctx: TypeContext, written: ProtocolItem): ProtocolComponent | undefined {
  switch (written.kind) {
    case 'any':
      return undefined
    case 'plain': {
      const type = typeFrom(ctx, written.type)
      return component(ctx, type, written.span) ? { kind: 'plain', type } : undefined
    }
    case 'counted': {
      const count = representation(typeFrom(ctx, written.count))
      const element = elementOf(typeFrom(ctx, written.element))
      if (count.kind === 'poison' || element.kind === 'poison') return undefined
      if (count.kind !== 'primitive' || !isInteger(count)) {
        ctx.report('E0412', written.count.span, {
          what: 'the count of a counted array',
          got: describe(count),
          hint: 'any integer type or BYTE will do',
        })
        return undefined
      }
      const fits = component(ctx, element, written.element.span) && demandMobileAround(ctx, arrayOf(element), written.element.span)
      return fits ? { kind: 'counted', count, element } : undefined
    }
  }
}

/** The parser may give `[]T` or `T` for the array of `INT::[]T`. */
function elementOf(type: Type): Type {
  return type.kind === 'array' && type.size === undefined ? type.element : type
}

function component(ctx: TypeContext, type: Type, span: Span): boolean {
  if (type.kind === 'poison') return false
  if (!isData(type)) return false // the parser lets only data through
  if (isSized(type)) return demandMobileAround(ctx, type, span)
  ctx.report('E0517', span, { type: describe(type) })
  return false
}
