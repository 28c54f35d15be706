/** From the interface of a program to TypeScript declarations: its records, protocols and services, and what each PROC is started with and has. */
import { basename } from 'node:path'
import { givenResults } from '../runtime/outside/services.ts'
import type {
  Component,
  DataType,
  EntryDescription,
  ProgramInterface,
  ProtocolDescription,
  ScalarName,
  ServiceDescription,
} from '../runtime/program-interface.ts'

const SCALARS: Readonly<Record<ScalarName, string>> = {
  BOOL: 'boolean',
  BYTE: 'number',
  INT: 'number',
  INT16: 'number',
  INT32: 'number',
  INT64: 'bigint',
  REAL32: 'number',
  REAL64: 'number',
}

const ARRAYS: Readonly<Record<ScalarName, string>> = {
  BOOL: 'readonly boolean[]',
  BYTE: 'Uint8Array',
  INT: 'Int32Array',
  INT16: 'Int16Array',
  INT32: 'Int32Array',
  INT64: 'BigInt64Array',
  REAL32: 'Float32Array',
  REAL64: 'Float64Array',
}

/** What godwit exports for declarations; no type of a program may have such a name. */
const IMPORTED = ['ReceivingEnd', 'Sendable', 'SendingEnd', 'ServiceCall'] as const
/** Names that TypeScript gives a meaning of its own, or that are used in what is written. */
const TAKEN: readonly string[] = [
  ...IMPORTED,
  'Promise',
  'Programs',
  'String',
  'Number',
  'Boolean',
  'Object',
  'Symbol',
  'Function',
  'Array',
  ...Object.values(ARRAYS),
]

/**
 * @param file path of the program, as `load` will be given it
 * @returns a module of declarations
 */
export function declarations(file: string, shown: ProgramInterface, services: readonly ServiceDescription[]): string {
  return new Declarations(file, shown, services).text()
}

class Declarations {
  private readonly names = new Set<string>(TAKEN)
  private readonly program: string
  private readonly records: readonly string[]
  /** The names of the protocols that have one; of the others their types stand where they are used. */
  private readonly protocols: readonly (string | undefined)[]

  constructor(
    private readonly file: string,
    private readonly shown: ProgramInterface,
    private readonly services: readonly ServiceDescription[],
  ) {
    this.program = this.nameFor(basename(file).replace(/\.[^.]*$/, ''))
    this.records = shown.records.map(({ name }) => this.nameFor(name))
    this.protocols = shown.protocols.map((protocol) =>
      protocol.kind !== 'any' && protocol.name !== undefined ? this.nameFor(protocol.name) : undefined,
    )
  }

  text(): string {
    const { file, shown, services, program } = this
    const body = [
      ...shown.records.map(({ name, fields }, i) =>
        [
          `/** The record \`${name}\`. */`,
          `export interface ${this.records[i] ?? ''} {`,
          ...fields.map((field) => `  readonly ${key(field.name)}: ${this.within(field.type)}`),
          '}',
        ].join('\n'),
      ),
      ...shown.protocols.flatMap((protocol, i) => {
        const name = this.protocols[i]
        return name === undefined
          ? []
          : [`/** A message of the protocol \`${nameOf(protocol)}\`. */\nexport type ${name} =${this.protocolType(protocol, '\n  ')}`]
      }),
      [
        `/** What \`${basename(file)}\` looks like from outside. */`,
        `export interface ${program} {`,
        '  readonly procs: {',
        ...shown.entries.flatMap((entry) => this.entry(entry)),
        '  }',
        ...(services.length === 0
          ? ['  readonly services: object']
          : [
              '  readonly services: {',
              ...services.map((service) => `    readonly ${key(service.name)}: ${this.serviceType(service)}`),
              '  }',
            ]),
        '}',
      ].join('\n'),
      ["declare module 'godwit' {", '  interface Programs {', `    ${quoted(file)}: ${program}`, '  }', '}'].join('\n'),
    ]
    const used = IMPORTED.filter((name) => body.some((part) => new RegExp(`\\b${name}\\b`).test(part)))
    const head = [
      `// Written by \`godwit types ${file}\`: write it again when the program has changed.`,
      used.length === 0 ? "import 'godwit'" : `import type { ${used.join(', ')} } from 'godwit'`,
    ]
    return `${[head.join('\n'), ...body].join('\n\n')}\n`
  }

  private entry({ name, formals, refused }: EntryDescription): string[] {
    const foreign = formals.flatMap((formal) => (formal.kind === 'foreign' ? [`\`${formal.text}\`: ${formal.why}`] : []))
    const why = refused ?? foreign[0]
    if (why !== undefined) return [`    // ${name} cannot be started from outside: ${why}`]
    const values = formals.flatMap((formal) =>
      formal.kind === 'value' ? [`readonly ${key(formal.name)}: ${sendable(this.type(formal.type))}`] : [],
    )
    const sizes = formals.flatMap((formal) => {
      const open = formal.kind === 'channel' ? formal.dims.filter((size) => size === null).length : 0
      if (open === 0) return []
      return [`readonly ${key(formal.name)}: ${open === 1 ? 'number' : `readonly [${new Array<string>(open).fill('number').join(', ')}]`}`]
    })
    const channels = formals.flatMap((formal) => {
      if (formal.kind !== 'channel') return []
      const message = this.messageType(formal.protocol)
      const end = formal.direction === '?' ? `SendingEnd<${sendable(message)}>` : `ReceivingEnd<${message}>`
      return [`readonly ${key(formal.name)}: ${formal.dims.reduce((inner) => `readonly ${bracketed(inner)}[]`, end)}`]
    })
    return [
      `    /** PROC ${name} (${formals.map(({ text }) => text).join(', ')}) */`,
      `    readonly ${key(name)}: {`,
      `      readonly arguments: ${objectOf(values)}`,
      `      readonly sizes: ${objectOf(sizes)}`,
      `      readonly channels: ${objectOf(channels)}`,
      '    }',
    ]
  }

  private messageType(protocol: number): string {
    const named = this.protocols[protocol]
    if (named !== undefined) return named
    const described = this.shown.protocols[protocol]
    return described === undefined ? 'never' : this.protocolType(described, ' ').trim()
  }

  /** @param between what stands before each tag of a variant */
  private protocolType(protocol: ProtocolDescription, between: string): string {
    switch (protocol.kind) {
      case 'any':
        return ' Uint8Array'
      case 'sequence': {
        const [only] = protocol.items
        return ` ${protocol.items.length === 1 && only !== undefined ? this.component(only) : this.tuple(protocol.items)}`
      }
      case 'variant':
        return protocol.tags
          .map(({ name, items }) => `${between}| { readonly tag: ${quoted(name)}; readonly values: ${this.tuple(items)} }`)
          .join('')
    }
  }

  private tuple(items: readonly Component[]): string {
    return `readonly [${items.map((item) => this.component(item)).join(', ')}]`
  }

  private component(component: Component): string {
    return component.kind === 'plain' ? this.type(component.type) : this.type({ kind: 'array', element: component.element })
  }

  private type(type: DataType): string {
    switch (type.kind) {
      case 'scalar':
        return SCALARS[type.name]
      case 'array':
        return type.element.kind === 'scalar' ? ARRAYS[type.element.name] : `readonly ${bracketed(this.within(type.element))}[]`
      case 'record':
        return this.records[type.record] ?? 'never'
      case 'mobile':
        return this.type(type.element)
    }
  }

  /** A type within another: a mobile may hold nothing there. */
  private within(type: DataType): string {
    return type.kind === 'mobile' ? `${this.type(type)} | null` : this.type(type)
  }

  private serviceType({ formals }: ServiceDescription): string {
    const given = formals.filter(({ mode }) => mode === 'val').map(({ name, type }) => `${identifier(name)}: ${this.type(type)}`)
    const types = givenResults({ formals }).map(({ type }) => sendable(this.type(type)))
    const result = types.length === 0 ? 'void' : types.length === 1 ? types.join('') : `readonly [${types.join(', ')}]`
    return `(${[...given, 'call: ServiceCall'].join(', ')}) => ${result} | Promise<${result}>`
  }

  /** @returns a name for a type that no other has: `free.memory` is FreeMemory */
  private nameFor(name: string): string {
    const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
    const whole = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
    const base = /^[A-Za-z]/.test(whole) ? whole : `Program${whole}`
    let free = base
    for (let n = 2; this.names.has(free); n++) free = `${base}${n}`
    this.names.add(free)
    return free
  }
}

const nameOf = (protocol: ProtocolDescription): string => (protocol.kind === 'any' ? 'ANY' : (protocol.name ?? ''))
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const key = (name: string): string => (/^[A-Za-z]\w*$/.test(name) ? name : quoted(name))
const bracketed = (type: string): string => (/ [|[]|^readonly /.test(type) ? `(${type})` : type)
/** What may be sent for a type. */
const sendable = (type: string): string => (/^(?:number|bigint|boolean)$/.test(type) ? type : `Sendable<${type}>`)
const objectOf = (members: readonly string[]): string => (members.length === 0 ? 'object' : `{ ${members.join('; ')} }`)

/** Words that no parameter of TypeScript may be called. */
const RESERVED =
  /^(?:break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|await|arguments|eval|call)$/

function identifier(name: string): string {
  const spelled = name.replace(/\W+/g, '_')
  return RESERVED.test(spelled) ? `${spelled}_` : spelled
}
