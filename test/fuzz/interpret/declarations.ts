/** Declarations: each opens a scope with one more name. */
import type { Declaration, Reshape, TypeExpression } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Naming, Type } from '../../../compiler/semantics.ts'
import { channelsOf, isChannel, newChannels } from './channels.ts'
import type { Channels, Environment } from './environment.ts'
import { evaluate, given, integer, placeOf, typeOf } from './expressions.ts'
import { Fault } from './fault.ts'
import { bare, fresh, lengthOf, mobileElement, opened, overlaps, sizeOf, store, zeros, type Place } from './memory.ts'
import { Barrier, Channel } from './scheduler.ts'

/** @returns the scope of a declaration */
export function declare(env: Environment, d: Declaration): Environment {
  const inner = env.inner()
  switch (d.kind) {
    case 'variable':
      for (const name of d.names) {
        const { type } = variable(env, d, name)
        if (isChannel(type)) inner.bind(name, { kind: 'channels', channels: newChannels(type) })
        else if (baseIsTimer(type)) inner.bind(name, { kind: 'timer' })
        else if (bare(type).kind === 'barrier') inner.bind(name, { kind: 'barrier', barrier: new Barrier() })
        else inner.bind(name, { kind: 'data', place: zeros(type) })
      }
      return inner
    case 'initial':
      for (const [i, name] of d.names.entries()) {
        const { type } = variable(env, d, name)
        const value = d.values[i]
        if (value === undefined) throw new Error('an INITIAL has a value for each name')
        if (mobileElement(type) !== undefined) {
          const place = zeros(type)
          store(place, given(env, value))
          inner.bind(name, { kind: 'data', place })
          continue
        }
        inner.bind(name, { kind: 'data', place: fitted(type, fresh(typeOf(env, value), evaluate(env, value)), d.span) })
      }
      return inner
    case 'abbreviation': {
      const { type } = variable(env, d, d.name)
      if (isChannel(type)) inner.bind(d.name, { kind: 'channels', channels: channelsOf(env, d.value) })
      else if (baseIsTimer(type)) inner.bind(d.name, { kind: 'timer' })
      else {
        const place = d.val ? fresh(typeOf(env, d.value), evaluate(env, d.value)) : placeOf(env, d.value)
        inner.bind(d.name, { kind: 'data', place: fitted(type, place, d.span) })
        compareBeside(inner, d)
      }
      return inner
    }
    case 'reshape':
      if (isChannel(variable(env, d, d.name).type)) inner.bind(d.name, { kind: 'channels', channels: retypedChannels(env, d) })
      else {
        inner.bind(d.name, { kind: 'data', place: retyped(env, d) })
        compareBeside(inner, d)
      }
      return inner
    case 'proc':
    case 'function':
      // The scope is its own: a recursive one finds itself.
      inner.bind(d.name, { kind: 'closure', declaration: d, environment: inner })
      return inner
    case 'data-type':
    case 'record':
    case 'channel-type':
    case 'process-type':
    case 'protocol':
    case 'place':
      return env
    case 'missing':
      throw new Error('a program with missing parts is not run')
  }
}

function variable(env: Environment, d: Declaration, name: Parameters<Environment['symbol']>[0]) {
  const symbol = env.symbol(name)
  if (symbol.kind !== 'variable') throw new Error(`a variable is declared by ${d.kind}`)
  return symbol
}

/** Whether a type is TIMER or an array of timers. */
export const baseIsTimer = (type: Type): boolean => {
  const inner = bare(type)
  return inner.kind === 'timer' || (inner.kind === 'array' && baseIsTimer(inner.element))
}

/** @returns `place` as one of type `wanted`, whose open dimensions it fills in. @throws Fault R0207 when another size is wanted */
export function fitted(wanted: Type, place: Place, span: Span): Place {
  if (mobileElement(wanted) !== undefined) return place
  const inner = opened(place)
  return { ...inner, type: filled(wanted, inner.type, span) }
}

function filled(wanted: Type, got: Type, span: Span): Type {
  const actual = bare(got)
  if (wanted.kind !== 'array' || actual.kind !== 'array') return wanted
  if (wanted.size !== undefined && wanted.size !== actual.size) throw new Fault('R0207', span)
  return { kind: 'array', size: lengthOf(actual), element: filled(wanted.element, actual.element, span) }
}

/** The same bytes under another type. */
function retyped(env: Environment, d: Reshape): Place {
  const source = d.val ? fresh(typeOf(env, d.value), evaluate(env, d.value)) : opened(placeOf(env, d.value))
  const { type } = variable(env, d, d.name)
  const [sizes, element] = dimensions(env, d.type, type)
  const closed = filledIn(sizes, sizeOf(element), source.bytes.length, d.span)
  return { type: closed.reduceRight<Type>((inner, size) => ({ kind: 'array', size, element: inner }), element), bytes: source.bytes }
}

/** The same channels, under another protocol or in an array of other dimensions. */
function retypedChannels(env: Environment, d: Reshape): Channels {
  const source = each(channelsOf(env, d.value))
  const [sizes] = dimensions(env, d.type, variable(env, d, d.name).type)
  return grouped(source, filledIn(sizes, 1, source.length, d.span))
}

/** @returns the channels as an array of those dimensions, the first ones first; the one channel when there are no dimensions */
function grouped(channels: readonly Channel[], [size, ...inner]: readonly number[]): Channels {
  if (size === undefined) return channels[0] as Channel // as many as the dimensions want
  const part = inner.reduce((product, n) => product * n, 1)
  return Array.from({ length: size }, (_, i) => grouped(channels.slice(i * part, (i + 1) * part), inner))
}

function each(channels: Channels): readonly Channel[] {
  return channels instanceof Channel ? [channels] : channels.flatMap(each)
}

/** @returns the dimensions of an array type, outermost first, those that only run time knows computed now; and what its elements are */
function dimensions(env: Environment, written: TypeExpression, type: Type): [sizes: readonly (number | undefined)[], element: Type] {
  if (type.kind !== 'array') return [[], type]
  const inner = written.kind === 'array-type' ? written : undefined
  const size = type.size ?? (inner?.size === undefined ? undefined : integer(env, inner.size))
  if (size !== undefined && size < 0) throw new Fault('R0209', inner?.size?.span ?? written.span)
  const [sizes, element] = dimensions(env, inner?.element ?? written, type.element)
  return [[size, ...sizes], element]
}

/** @returns the dimensions, the open one made so large that there is room for `amount`. @throws Fault R0209 when there is none that fits */
function filledIn(sizes: readonly (number | undefined)[], each: number, amount: number, span: Span): readonly number[] {
  const needed = sizes.reduce<number>((product, size) => product * (size ?? 1), each)
  const open = needed === 0 ? 0 : Math.floor(amount / needed)
  if (needed * (sizes.includes(undefined) ? open : 1) !== amount) throw new Fault('R0209', span)
  return sizes.map((size) => size ?? open)
}

/** Two abbreviations beside each other must not stand for one variable: the compiler says which of them it could not tell apart. */
function compareBeside(env: Environment, d: Naming): void {
  const found = env.find(d.name)
  for (const around of env.machine.checked.comparedAbbreviations?.get(d) ?? []) {
    const other = env.find(around.name)
    if (found?.kind === 'data' && other?.kind === 'data' && overlaps(found.place, other.place)) throw new Fault('R0214', d.value.span)
  }
}
