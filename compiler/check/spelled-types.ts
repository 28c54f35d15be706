/**
 * Types spelled out: what a value of a type looks like, whatever the text calls its parts. Two versions of a program mean the same by a variable
 * when its types are spelled alike.
 */
import type { Protocol, ProtocolComponent, Type } from '../semantics.ts'

const known = new WeakMap<Type, string>()

/** @returns a text that is equal for types whose values look alike; directions of channels are no part of it */
export function spelled(type: Type): string {
  let text = known.get(type)
  if (text === undefined) known.set(type, (text = spell(type, [])))
  return text
}

/** @param within the channel types that this one is a part of, outermost first: they may name themselves */
function spell(type: Type, within: readonly Type[]): string {
  const inner = (part: Type): string => spell(part, within)
  switch (type.kind) {
    case 'primitive':
      return type.name
    case 'named':
      return inner(type.representation)
    case 'array':
      return `${type.allocated === true ? 'MOBILE ' : ''}[${type.size ?? ''}]${inner(type.element)}`
    case 'record':
      return `${type.packed ? 'PACKED ' : ''}RECORD(${type.fields.map((field) => `${inner(field.type)} ${field.name}`).join('; ')})`
    case 'mobile':
      return `MOBILE ${inner(type.element)}`
    case 'end':
      return `${type.shared ? 'SHARED ' : ''}${inner(type.bundle)}${type.direction}`
    case 'bundle': {
      const depth = within.indexOf(type)
      if (depth >= 0) return `TYPE ${depth}`
      const fields = type.fields.map((field) => `${spell(field.type, [...within, type])}${field.type.direction ?? ''} ${field.name}`)
      return `TYPE(${fields.join('; ')})`
    }
    case 'channel':
      return `${type.shared ? `SHARED${type.sharedEnd ?? ''} ` : ''}CHAN ${spellProtocol(type.protocol, within)}`
    case 'process':
      return `PROC TYPE ${type.name}`
    case 'timer':
      return 'TIMER'
    case 'barrier':
      return 'BARRIER'
    case 'poison':
      return 'unknown'
  }
}

function spellProtocol(protocol: Protocol, within: readonly Type[]): string {
  const items = (list: readonly ProtocolComponent[]): string =>
    list
      .map((item) => (item.kind === 'plain' ? spell(item.type, within) : `${item.count.name}::[]${spell(item.element, within)}`))
      .join('; ')
  switch (protocol.kind) {
    case 'sequence':
      return items(protocol.items)
    case 'variant':
      return `CASE(${protocol.tags.map(({ name, index, items: list }) => `${index} ${name}: ${items(list)}`).join('; ')})`
    case 'any':
      return 'ANY'
    case 'poison':
      return 'unknown'
  }
}
