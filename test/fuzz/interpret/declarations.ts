/** Declarations: each opens a scope with one more name. */
import type { Declaration, Reshape } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Type } from '../../../compiler/semantics.ts'
import { channelsOf, isChannel, newChannels } from './channels.ts'
import type { Environment } from './environment.ts'
import { evaluate, placeOf, typeOf } from './expressions.ts'
import { Fault } from './fault.ts'
import { bare, fresh, lengthOf, sizeOf, zeros, type Place } from './memory.ts'

/** @returns the scope of a declaration */
export function declare(env: Environment, d: Declaration): Environment {
  const inner = env.inner()
  switch (d.kind) {
    case 'variable':
      for (const name of d.names) {
        const { type } = variable(env, d, name)
        if (isChannel(type)) inner.bind(name, { kind: 'channels', channels: newChannels(type) })
        else if (baseIsTimer(type)) inner.bind(name, { kind: 'timer' })
        else inner.bind(name, { kind: 'data', place: zeros(type) })
      }
      return inner
    case 'initial':
      for (const [i, name] of d.names.entries()) {
        const { type } = variable(env, d, name)
        const value = d.values[i]
        if (value === undefined) throw new Error('an INITIAL has a value for each name')
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
      }
      return inner
    }
    case 'reshape':
      if (isChannel(variable(env, d, d.name).type)) throw new Error('the interpreter has no RETYPES of channels')
      inner.bind(d.name, { kind: 'data', place: retyped(env, d) })
      return inner
    case 'proc':
    case 'function':
      // The scope is its own: a recursive one finds itself.
      inner.bind(d.name, { kind: 'closure', declaration: d, environment: inner })
      return inner
    case 'data-type':
    case 'record':
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
  return { bytes: place.bytes, type: filled(wanted, place.type, span) }
}

function filled(wanted: Type, got: Type, span: Span): Type {
  const actual = bare(got)
  if (wanted.kind !== 'array' || actual.kind !== 'array') return wanted
  if (wanted.size !== undefined && wanted.size !== actual.size) throw new Fault('R0207', span)
  return { kind: 'array', size: lengthOf(actual), element: filled(wanted.element, actual.element, span) }
}

/** The same bytes under another type. */
function retyped(env: Environment, d: Reshape): Place {
  const source = d.val ? fresh(typeOf(env, d.value), evaluate(env, d.value)) : placeOf(env, d.value)
  const type = closed(variable(env, d, d.name).type, source.bytes.length, d.span)
  if (sizeOf(type) !== source.bytes.length) throw new Fault('R0209', d.span)
  return { type, bytes: source.bytes }
}

/** @returns `type` with its open dimension made so large that it takes `bytes` bytes */
function closed(type: Type, bytes: number, span: Span): Type {
  if (type.kind !== 'array') return type
  if (type.size !== undefined) return { ...type, element: closed(type.element, bytes / type.size, span) }
  const each = sizeOf(type.element)
  if (each === 0 || bytes % each !== 0) throw new Fault('R0209', span)
  return { kind: 'array', size: bytes / each, element: type.element }
}
