/**
 * Channels, and communication over them: one rendezvous for each component of a message. What goes over is the bytes of the component, so that
 * reader and writer may see the channel under different protocols.
 */
import type { Expression, Input, InputItem, Name, Output } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Type } from '../../../compiler/semantics.ts'
import type { Channels, Environment } from './environment.ts'
import { checkedIndex, evaluate, extent, given, integer, placeOf, typeOf } from './expressions.ts'
import { Fault } from './fault.ts'
import { bare, elementType, fresh, lengthOf, load, mobileElement, opened, put, sizeOf, sliceOf, store, type Place } from './memory.ts'
import { perform } from './processes.ts'
import { Channel, type Running, type Wait } from './scheduler.ts'

export function isChannel(type: Type): boolean {
  const inner = bare(type)
  return inner.kind === 'channel' || (inner.kind === 'array' && isChannel(inner.element))
}

/** @returns the channel, or the array of channels, that an expression names */
export function channelsOf(env: Environment, e: Expression): Channels {
  switch (e.kind) {
    case 'end':
      return channelsOf(env, e.channel)
    case 'name-use': {
      const binding = env.find(e.name)
      if (binding?.kind === 'data') throw new Error('the interpreter has no ends of channel types')
      if (binding?.kind !== 'channels') throw new Error(`${e.name.text} is no channel`)
      return binding.channels
    }
    case 'subscript': {
      const array = several(channelsOf(env, e.base))
      return array[checkedIndex(env, e.index, array.length, e.span)] as Channels // the index is below the length
    }
    case 'slice': {
      const array = several(channelsOf(env, e.base))
      const [from, count] = extent(env, e, array.length)
      return array.slice(from, from + count)
    }
    case 'array-literal':
      return e.elements.map((element) => channelsOf(env, element))
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
      throw new Error(`a ${e.kind} is no channel`)
  }
}

function several(channels: Channels): readonly Channels[] {
  if (channels instanceof Channel) throw new Error('an array of channels is wanted')
  return channels
}

/** @returns the one channel that an expression names */
export function channelOf(env: Environment, e: Expression): Channel {
  const channels = channelsOf(env, e)
  if (!(channels instanceof Channel)) throw new Error('one channel is wanted')
  return channels
}

/** @returns new channels for a declaration of `type` */
export function newChannels(type: Type): Channels {
  const inner = bare(type)
  if (inner.kind === 'array' && inner.allocated === true) throw new Error('the interpreter has no channels that are made at run time')
  return inner.kind === 'array' ? Array.from({ length: lengthOf(inner) }, () => newChannels(inner.element)) : new Channel()
}

const INT = { kind: 'primitive', name: 'INT' } as const

/** A tag goes over as an INT. Protocols that extend each other number their tags together. */
const tagIndex = (env: Environment, tag: Name): bigint => {
  const symbol = env.symbol(tag)
  if (symbol.kind !== 'tag') throw new Error('a tag is wanted')
  return BigInt(symbol.index)
}

const isTag = (env: Environment, e: Expression): e is Extract<Expression, { kind: 'name-use' }> =>
  e.kind === 'name-use' && env.symbol(e.name).kind === 'tag'

export function* output(env: Environment, { channel: e, items }: Output): Running {
  const channel = channelOf(env, e)
  for (const item of items) {
    if (item.kind === 'counted') {
      const count = evaluate(env, item.count)
      const array = opened(placeOf(env, item.value))
      if (Number(count) < 0 || Number(count) > lengthOf(array.type)) throw new Fault('R0204', item.span)
      const counted = sliceOf(array, 0, Number(count))
      const message = fresh(counted.type, counted)
      if (countApart(env, e)) yield* channel.put(fresh(typeOf(env, item.count), count))
      yield* channel.put(message)
    } else if (isTag(env, item.value)) yield* channel.put(fresh(INT, tagIndex(env, item.value.name)))
    else yield* channel.put(fresh(typeOf(env, item.value), given(env, item.value)))
  }
}

/** Whether a count is a message before the elements: so it is where a channel may be ANY at one end, else the elements say how many they are. */
function countApart(env: Environment, channel: Expression): boolean {
  const type = typeOf(env, channel)
  return env.machine.checked.bytesOnChannels || (type.kind === 'channel' && type.protocol.kind === 'any')
}

/**
 * Performs an input.
 * @returns for a `? CASE` the variant that has come, with the scope of its process, else undefined
 */
export function* input(env: Environment, { channel: e, mode: written, span, extended }: Input): Generator<Wait, Chosen | undefined> {
  if (written.kind === 'case' && written.extended) throw new Error('the interpreter has no extended input of variants')
  const mode = withTag(env, written)
  if (mode.kind === 'after') {
    yield afterTime(env, mode.time)
    return undefined
  }
  if (mode.kind === 'items' && isTimer(env, e)) {
    for (const item of mode.items) store(placeOf(env, (item as { target: Expression }).target), now(env)) // a TIMER gives plain items
    return undefined
  }
  const channel = channelOf(env, e)
  const apart = countApart(env, e)
  if (extended !== undefined) {
    const items = mode.kind === 'items' ? mode.items : []
    const last = items.at(-1)
    if (last?.kind !== 'plain') throw new Error('the interpreter has no extended input of counted arrays')
    yield* receiveAll(env, channel, items.slice(0, -1), apart)
    yield* channel.extend(function* (value) {
      receive(env, last, value)
      yield* perform(env, extended.during)
    })
    if (extended.after !== undefined) yield* perform(env, extended.after)
    return undefined
  }
  if (mode.kind === 'items') {
    yield* receiveAll(env, channel, mode.items, apart)
    return undefined
  }
  const tag = yield* takeTag(channel, span)
  if (mode.kind === 'tag') {
    if (tag !== tagIndex(env, mode.tag)) throw new Fault('R0104', span)
    yield* receiveAll(env, channel, mode.items, apart)
    return undefined
  }
  const variant = mode.variants.find((v) => tagIndex(env, v.tag) === tag)
  if (variant === undefined) throw new Fault('R0104', span)
  return { variant, receive: (inner) => receiveAll(inner, channel, variant.items, apart) }
}

/** `c ? tag; x` is `c ? CASE tag; x`. */
function withTag(env: Environment, mode: Input['mode']): Input['mode'] {
  if (mode.kind !== 'items') return mode
  const [first, ...items] = mode.items
  return first?.kind === 'plain' && isTag(env, first.target) ? { kind: 'tag', tag: first.target.name, items } : mode
}

function* takeTag(channel: Channel, span: Span): Generator<Wait, bigint> {
  const tag = load(seenAs(INT, yield* channel.take(), span))
  if (typeof tag !== 'bigint') throw new Error('a tag is an INT')
  return tag
}

/** A variant that was chosen by its tag, whose components are still to come. */
export interface Chosen {
  readonly variant: Extract<Input['mode'], { kind: 'case' }>['variants'][number]
  /** Receives the components in the scope of the variant's declarations. */
  readonly receive: (env: Environment) => Running
}

/** @param apart whether the count of a counted array is a message of its own */
function* receiveAll(env: Environment, channel: Channel, items: readonly InputItem[], apart: boolean): Running {
  for (const item of items) {
    if (item.kind === 'counted') yield* receiveCounted(env, channel, item, apart)
    else {
      const value = yield* channel.take()
      receive(env, item, value)
    }
  }
}

/** Puts one component of a message where it goes. */
function receive(env: Environment, item: Extract<InputItem, { kind: 'plain' }>, value: Place): void {
  const target = placeOf(env, item.target)
  if (mobileElement(target.type) !== undefined) put(target, value, item.span)
  else store(target, seenAs(target.type, opened(value), item.span))
}

function* receiveCounted(env: Environment, channel: Channel, item: Extract<InputItem, { kind: 'counted' }>, apart: boolean): Running {
  if (apart) {
    const count = placeOf(env, item.count)
    store(count, seenAs(count.type, yield* channel.take(), item.span))
  }
  const value = yield* channel.take()
  if (!apart) store(placeOf(env, item.count), BigInt(lengthOf(value.type)))
  const target = opened(placeOf(env, item.target))
  const size = sizeOf(scalarType(target.type))
  if (value.bytes.length % size !== 0) throw new Fault('R0209', item.span)
  if (value.bytes.length > target.bytes.length) throw new Fault('R0210', item.span)
  target.bytes.set(value.bytes)
}

/** @returns the bytes of a message as a value of `type`. @throws Fault R0209 when they are no such value, R0207 when they are more or fewer elements */
function seenAs(type: Type, { bytes }: Place, span: Span): Place {
  const size = sizeOf(type)
  if (bytes.length === size) return { type, bytes }
  throw new Fault(bare(type).kind === 'primitive' || bytes.length % sizeOf(scalarType(type)) !== 0 ? 'R0209' : 'R0207', span)
}

/** What the elements of the elements are in the end; a record is bytes. */
function scalarType(type: Type): Type {
  const inner = bare(type)
  return inner.kind === 'array' ? scalarType(elementType(inner)) : inner.kind === 'record' ? { kind: 'primitive', name: 'BYTE' } : inner
}

// ---------------------------------------------------------------------------------------------- timers

export function isTimer(env: Environment, e: Expression): boolean {
  const type = env.machine.checked.types.get(e)
  return type?.kind === 'timer'
}

const asInt = (n: bigint): bigint => BigInt.asIntN(32, n)

function now(env: Environment): bigint {
  return asInt(env.machine.scheduler.time)
}

/** @returns what `? AFTER time` waits for */
export function afterTime(env: Environment, time: Expression): Wait {
  const wanted = BigInt(integer(env, time))
  const { scheduler } = env.machine
  const ready = (): boolean => asInt(now(env) - wanted) > 0n
  return ready() ? { ready } : { ready, time: scheduler.time + asInt(wanted - now(env)) + 1n }
}
