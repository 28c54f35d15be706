/**
 * Messages of protocols as values of TypeScript, and back: a protocol of one component is that component's value, one of several a tuple, a tag of a
 * variant protocol `{ tag, values }`, and a message on a CHAN OF ANY its bytes.
 *
 * A message is one communication a component. With `bytesOnChannels` components that are no references travel as bytes, and a counted array as two.
 */
import { bytesOf, messageBytes } from '../kernel/numeric/arrays.ts'
import type { TypedArray, Value } from '../kernel/scheduler/value.ts'
import type { Component, DataType, ProgramInterface, ProtocolDescription, ScalarName, TagDescription } from '../program-interface.ts'
import { Misfit, show } from './misfit.ts'
import { scalarBytes, scalarFromBytes } from './scalars.ts'
import { describeType, fromProgram, heldAsBytes, heldFromBytes, toProgram } from './values.ts'
import type { Records } from './values.ts'

const encoder = new TextEncoder()

/** The largest count that a type holds. */
const MOST_COUNT: Readonly<Record<ScalarName, number>> = {
  BOOL: 0,
  BYTE: 0xff,
  INT16: 0x7fff,
  INT: 0x7fffffff,
  INT32: 0x7fffffff,
  INT64: Number.MAX_SAFE_INTEGER,
  REAL32: 0,
  REAL64: 0,
}

/** Gathers the components of one message. */
export interface Gathering {
  /** @returns the message, when this was its last component; undefined when more must follow */
  add(component: Value): { readonly message: unknown } | undefined
}

/** Converts the messages of one protocol. */
export class MessageCodec {
  private readonly records: Records
  private readonly asBytes: boolean
  private readonly tags: ReadonlyMap<string, TagDescription>

  constructor(
    private readonly protocol: ProtocolDescription,
    { records, bytesOnChannels }: ProgramInterface,
  ) {
    this.records = records
    this.asBytes = bytesOnChannels
    this.tags = new Map(protocol.kind === 'variant' ? protocol.tags.map((tag) => [tag.name, tag]) : [])
  }

  /**
   * @returns the components to send, at least one
   * @throws Misfit when the value is no message of the protocol
   */
  encode(value: unknown): Value[] {
    const { protocol } = this
    switch (protocol.kind) {
      case 'any':
        if (typeof value === 'string') return [encoder.encode(value)]
        if (value instanceof Uint8Array) return [new Uint8Array(value)]
        throw new Misfit('', 'a message on a CHAN OF ANY (a Uint8Array or a string)', show(value))
      case 'sequence': {
        const [only] = protocol.items
        if (protocol.items.length === 1 && only !== undefined) return this.component(only, value, '')
        return this.components(protocol.items, value, '', protocol.name ?? 'message')
      }
      case 'variant': {
        const tag = this.tagOf(value)
        const given: unknown = (value as { readonly values?: unknown }).values ?? [] // `tagOf` has looked at it
        const index: Value[] = [this.asBytes ? scalarBytes('INT', tag.index) : tag.index]
        return [...index, ...this.components(tag.items, given, '.values', `tag ${tag.name}`)]
      }
    }
  }

  private tagOf(value: unknown): TagDescription {
    const names = [...this.tags.keys()]
    const name = this.protocol.kind === 'variant' ? this.protocol.name : ''
    const wanted = `a message of ${name} (an object { tag, values })`
    if (typeof value !== 'object' || value === null || !('tag' in value)) throw new Misfit('', wanted, show(value))
    const strange = Object.keys(value).find((key) => key !== 'tag' && key !== 'values')
    if (strange !== undefined) throw new Misfit('', wanted, `one with ${strange}`)
    const tag = typeof value.tag === 'string' ? this.tags.get(value.tag) : undefined
    if (tag === undefined) throw new Misfit('.tag', `one of the tags of ${name} (${names.join(', ')})`, show(value.tag))
    return tag
  }

  private components(items: readonly Component[], value: unknown, part: string, what: string): Value[] {
    const wanted = `the ${items.length} components of a ${what} (${items.map((each) => this.describe(each)).join('; ')})`
    if (!Array.isArray(value)) throw new Misfit(part, wanted, show(value))
    const list: readonly unknown[] = value
    if (list.length !== items.length) throw new Misfit(part, wanted, `${list.length} of them`)
    return items.flatMap((item, i) => this.component(item, list[i], `${part}[${i}]`))
  }

  private describe(component: Component): string {
    if (component.kind === 'plain') return describeType(component.type, this.records)
    return `${component.count}::[]${describeType(component.element, this.records)}`
  }

  private component(component: Component, value: unknown, part: string): Value[] {
    const { records, asBytes } = this
    if (component.kind === 'plain') {
      const { type } = component
      const held = toProgram(type, value, records, part)
      return [asBytes && type.kind !== 'mobile' ? heldAsBytes(type, held) : held]
    }
    const type: DataType = { kind: 'array', element: component.element }
    const array = toProgram(type, value, records, part) as TypedArray // an array
    const count = elementCount(value)
    const most = MOST_COUNT[component.count]
    if (count > most) throw new Misfit(part, `${this.describe(component)} (at most ${most} elements)`, `${count} elements`)
    if (!asBytes) return [array]
    return [scalarBytes(component.count, component.count === 'INT64' ? BigInt(count) : count), bytesOf(array)]
  }

  /** Begins a message that comes from the program. */
  gather(): Gathering {
    const { protocol } = this
    switch (protocol.kind) {
      case 'any':
        return { add: (component) => ({ message: new Uint8Array(messageBytes(component)) }) }
      case 'sequence': {
        const items = this.gatherItems(protocol.items)
        return {
          add: (component) => {
            const values = items(component)
            if (values === undefined) return undefined
            return { message: protocol.items.length === 1 ? values[0] : values }
          },
        }
      }
      case 'variant': {
        let tag: TagDescription | undefined
        let items: (component: Value) => unknown[] | undefined = () => undefined
        return {
          add: (component) => {
            if (tag !== undefined) {
              const values = items(component)
              return values === undefined ? undefined : { message: { tag: tag.name, values } }
            }
            const index = Number(this.asBytes ? scalarFromBytes('INT', messageBytes(component)) : component)
            tag = protocol.tags.find((each) => each.index === index)
            if (tag === undefined) throw new Error(`${protocol.name} has no tag ${index}`)
            items = this.gatherItems(tag.items)
            return tag.items.length === 0 ? { message: { tag: tag.name, values: [] } } : undefined
          },
        }
      }
    }
  }

  /** @returns what is given one component after the other and returns all of them, as values, when it has the last */
  private gatherItems(items: readonly Component[]): (component: Value) => unknown[] | undefined {
    const values: unknown[] = []
    /** The count of a counted array that travels as bytes has come. */
    let counted = false
    return (component) => {
      const item = items[values.length]
      if (item === undefined) throw new Error('a message has as many components as its protocol')
      if (item.kind === 'counted' && this.asBytes && !counted) {
        counted = true
        return undefined
      }
      counted = false
      values.push(this.read(item, component))
      return values.length === items.length ? values : undefined
    }
  }

  private read(item: Component, component: Value): unknown {
    const type: DataType = item.kind === 'plain' ? item.type : { kind: 'array', element: item.element }
    const { records } = this
    if (!this.asBytes || type.kind === 'mobile') return fromProgram(type, component, records)
    return fromProgram(type, heldFromBytes(type, messageBytes(component)), records)
  }
}

/** @returns how many elements were given, which `toProgram` has found to be an array or a text */
function elementCount(value: unknown): number {
  return typeof value === 'string' ? encoder.encode(value).length : (value as ArrayLike<unknown>).length // as above
}
