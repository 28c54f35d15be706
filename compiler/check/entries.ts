/** What the PROCs of a program, and the services that it declares, look like from outside: their parameters, protocols and records as plain data. */
import type {
  Component,
  DataType,
  FormalDescription,
  ProtocolDescription,
  RecordDescription,
  ServiceDescription,
} from '../../runtime/program-interface.ts'
import type {
  ChannelType,
  Checked,
  DescribedInterface,
  ProcSymbol,
  Protocol,
  ProtocolComponent,
  RecordType,
  Type,
  VariableSymbol,
} from '../semantics.ts'
import { directionOf } from './directions.ts'
import { describeFormal } from './formals.ts'
import type { Resolved } from './resolve.ts'
import { byteSize, channelOf, describeKind, endWithin, fieldOffset, isReference, representation } from './type-model.ts'

/** @returns the PROCs of the program's own file that have a name at top level; of several with one name the last, which is the one that is visible */
export function entriesOf({ topLevel, program }: Resolved): ProcSymbol[] {
  const found = new Map<string, ProcSymbol>()
  for (const symbol of topLevel) {
    if (symbol.kind !== 'proc' || symbol.declaration?.implements !== undefined) continue
    if (symbol.declaredAt?.file === program.span.file) found.set(symbol.name, symbol)
  }
  return [...found.values()]
}

/** @returns what the entries of a checked program look like from outside, in the order of `checked.entries` */
export function describeInterface({ entries = [], bytesOnChannels, suspending }: Checked): DescribedInterface {
  const describer = new Describer()
  const described = entries.map((symbol) => ({
    name: symbol.name,
    formals: symbol.formals.map((formal) => describer.formal(formal)),
    ...(suspending?.has(symbol) === true ? { refused: 'it suspends itself, as only a mobile process may' } : {}),
  }))
  return { records: describer.records, protocols: describer.protocols, entries: described, bytesOnChannels }
}

/** @returns services as data, for whoever provides them */
export function describeServices(services: readonly ProcSymbol[]): ServiceDescription[] {
  const describer = new Describer()
  return services.map(({ name, formals }) => ({
    name,
    formals: formals.map((formal) => ({
      name: formal.name,
      mode: formal.mode === 'val' ? 'val' : 'result',
      type: describer.data(formal.type),
    })),
  }))
}

/** A value of the type cannot cross. */
class Foreign extends Error {}

class Describer {
  readonly records: RecordDescription[] = []
  readonly protocols: ProtocolDescription[] = []
  private readonly numberOfRecord = new Map<RecordType, number>()
  private readonly numberOfProtocol = new Map<Protocol, number>()

  formal(formal: VariableSymbol): FormalDescription {
    const about = { name: formal.name, text: describeFormal(formal) }
    try {
      return { ...about, ...this.parameter(formal) }
    } catch (error) {
      if (!(error instanceof Foreign)) throw error
      return { ...about, kind: 'foreign', why: error.message }
    }
  }

  private parameter(formal: VariableSymbol) {
    const { type, mode } = formal
    const channel = channelOf(type)
    if (channel !== undefined) return this.channel(formal, channel)
    if (type.kind === 'timer') return { kind: 'timer' } as const
    const data = this.data(type)
    if (mode === 'reference' || mode === 'result')
      throw new Foreign('it is a variable of the caller; make it a VAL, or send its value on a channel')
    return { kind: 'value', type: data } as const
  }

  private channel(formal: VariableSymbol, { protocol }: ChannelType) {
    const direction = directionOf(formal)
    if (direction === undefined) throw new Foreign('it does not say which end it is; write `?` or `!` behind its name')
    const dims: (number | null)[] = []
    for (let inner = formal.type; inner.kind === 'array'; inner = inner.element) {
      if (inner.allocated === true) throw new Foreign('it is an array of channels that the program makes')
      dims.push(inner.size ?? null)
    }
    return { kind: 'channel', direction, protocol: this.protocol(protocol), dims } as const
  }

  private protocol(protocol: Protocol): number {
    const known = this.numberOfProtocol.get(protocol)
    if (known !== undefined) return known
    const described = this.describe(protocol)
    const number = this.protocols.length
    this.protocols.push(described)
    this.numberOfProtocol.set(protocol, number)
    return number
  }

  private describe(protocol: Protocol): ProtocolDescription {
    switch (protocol.kind) {
      case 'sequence': {
        const items = protocol.items.map((each) => this.component(each))
        return { kind: 'sequence', ...(protocol.name === undefined ? {} : { name: protocol.name }), items }
      }
      case 'variant': {
        const tags = protocol.tags.map(({ name, index, items }) => ({ name, index, items: items.map((each) => this.component(each)) }))
        return { kind: 'variant', name: protocol.name, tags }
      }
      case 'any':
        return { kind: 'any' }
      case 'poison':
        throw new Error('a checked program has no poison')
    }
  }

  private component(component: ProtocolComponent): Component {
    if (component.kind === 'plain') return { kind: 'plain', type: this.data(component.type) }
    return { kind: 'counted', count: component.count.name, element: this.data(component.element) }
  }

  /** @throws Foreign when there is something in it that is no data */
  data(type: Type): DataType {
    if (endWithin(type) !== undefined) throw new Foreign('an end of a channel cannot leave the program')
    const inner = representation(type)
    const plain = this.plain(inner)
    return isReference(type) ? { kind: 'mobile', element: plain } : plain
  }

  private plain(inner: Type): DataType {
    switch (inner.kind) {
      case 'primitive':
        return { kind: 'scalar', name: inner.name }
      case 'array':
        return { kind: 'array', ...(inner.size === undefined ? {} : { size: inner.size }), element: this.data(inner.element) }
      case 'record':
        return { kind: 'record', record: this.record(inner) }
      case 'barrier':
        throw new Foreign('a barrier cannot be shared with the outside')
      case 'process':
        throw new Foreign('a mobile process cannot leave the program')
      case 'end':
      case 'bundle':
      case 'channel':
      case 'timer':
      case 'named':
      case 'mobile':
      case 'poison':
        throw new Foreign(`it is ${describeKind(inner)}`)
    }
  }

  private record(type: RecordType): number {
    const known = this.numberOfRecord.get(type)
    if (known !== undefined) return known
    const fields = type.fields.map((field, i) => {
      const offset = fieldOffset(type, i)
      const about = { name: field.name, type: this.data(field.type) }
      return isReference(field.type) || offset === undefined ? about : { ...about, offset }
    })
    const number = this.records.length
    this.records.push({ name: type.name, size: byteSize(type) ?? 0, fields })
    this.numberOfRecord.set(type, number)
    return number
  }
}
