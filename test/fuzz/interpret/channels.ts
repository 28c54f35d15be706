/** Channels, and communication over them: one rendezvous for each component of a message. */
import type { Expression, Input, InputItem, Name, Output } from '../../../grammar/ast.ts'
import type { Type } from '../../../compiler/semantics.ts'
import type { Channels, Environment } from './environment.ts'
import { checkedIndex, evaluate, extent, integer, placeOf } from './expressions.ts'
import { Fault } from './fault.ts'
import { bare, isPlace, lengthOf, sliceOf, store, type Place, type Value } from './memory.ts'
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
  return inner.kind === 'array' ? Array.from({ length: lengthOf(inner) }, () => newChannels(inner.element)) : new Channel()
}

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
      const array = placeOf(env, item.value)
      if (Number(count) < 0 || Number(count) > lengthOf(array.type)) throw new Fault('R0204', item.span)
      yield* channel.put(sliceOf(array, 0, Number(count)))
    } else yield* channel.put(isTag(env, item.value) ? tagIndex(env, item.value.name) : evaluate(env, item.value))
  }
}

/**
 * Performs an input.
 * @returns for a `? CASE` the variant that has come, with the scope of its process, else undefined
 */
export function* input(env: Environment, { channel: e, mode, span }: Input): Generator<Wait, Chosen | undefined> {
  if (mode.kind === 'after') {
    yield afterTime(env, mode.time)
    return undefined
  }
  if (mode.kind === 'items' && isTimer(env, e)) {
    for (const item of mode.items) store(placeOf(env, (item as { target: Expression }).target), now(env)) // a TIMER gives plain items
    return undefined
  }
  const channel = channelOf(env, e)
  if (mode.kind === 'items') {
    for (const item of mode.items) yield* receive(env, channel, item)
    return undefined
  }
  const tag = yield* channel.take()
  if (mode.kind === 'tag') {
    if (tag !== tagIndex(env, mode.tag)) throw new Fault('R0104', span)
    for (const item of mode.items) yield* receive(env, channel, item)
    return undefined
  }
  const variant = mode.variants.find((v) => tagIndex(env, v.tag) === tag)
  if (variant === undefined) throw new Fault('R0104', span)
  return { variant, receive: (inner) => receiveAll(inner, channel, variant.items) }
}

/** A variant that was chosen by its tag, whose components are still to come. */
export interface Chosen {
  readonly variant: Extract<Input['mode'], { kind: 'case' }>['variants'][number]
  /** Receives the components in the scope of the variant's declarations. */
  readonly receive: (env: Environment) => Running
}

function* receiveAll(env: Environment, channel: Channel, items: readonly InputItem[]): Running {
  for (const item of items) yield* receive(env, channel, item)
}

function* receive(env: Environment, channel: Channel, item: InputItem): Running {
  const value = yield* channel.take()
  if (item.kind === 'plain') {
    store(sameSize(placeOf(env, item.target), value, item), value)
    return
  }
  if (!isPlace(value)) throw new Error('a counted array is wanted')
  const count = lengthOf(value.type)
  store(placeOf(env, item.count), BigInt(count))
  const target = placeOf(env, item.target)
  if (count > lengthOf(target.type)) throw new Fault('R0210', item.span)
  store(sliceOf(target, 0, count), value)
}

function sameSize(place: Place, value: Value, { span }: InputItem): Place {
  if (isPlace(value) && value.bytes.length !== place.bytes.length) throw new Fault('R0207', span)
  return place
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
