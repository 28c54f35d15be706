/**
 * The network of a program as its text has it: the processes that its PARs start, and the channels between them.
 *
 * A process is a branch of a PAR, or a process that is forked; what it calls is part of it. A replicated branch is one process with a number of copies.
 * Calls of PROCs that start processes are followed, so that a PROC that is used twice has its processes twice; a PROC that calls itself is not followed
 * again. Ends that are sent from process to process are not followed either: they belong to those who have them from the text.
 */
import type {
  Abbreviation,
  Assignment,
  Branch,
  Expression,
  Name,
  ProcCall,
  ProcDeclaration,
  Process,
  Replicator,
  VariableDeclaration,
} from '../grammar/ast.ts'
import { lineColumn, type Span } from '../grammar/source.ts'
import { SKIP, walk } from '../grammar/walk.ts'
import { rootName } from './check/context.ts'
import { directionOf } from './check/directions.ts'
import { channelOf, describeProtocol, endWithin } from './check/type-model.ts'
import { callersOf } from './core/ir/call-graph.ts'
import type { BundleType, Checked, ProcSymbol, VariableSymbol } from './semantics.ts'

export interface Network {
  /** The main process first, parents before their branches. */
  readonly processes: readonly NetworkProcess[]
  readonly channels: readonly NetworkChannel[]
}

export interface NetworkProcess {
  readonly id: number
  /** What started it; absent for the main process, and for what is outside of the program. */
  readonly parent?: number
  /** As in its path: `delta`, `cell#2`, `par.3`. */
  readonly name: string
  /** It is no process of the program: it stands for whoever has the other end of a parameter of the main process. */
  readonly outside?: true
  /** How often it is there, as the text has it: `5`, `n + 1`; absent: once. */
  readonly copies?: string
  /** Why nothing is known of the processes that it starts: it is one of its own callers, or the network is too large. */
  readonly unfollowed?: 'recursive' | 'too large'
  /** How many processes below it are taken as part of it. */
  readonly within?: number
  /** The node that it is on, or nodes. */
  readonly on?: string
  readonly file: string
  /** From 1. */
  readonly line: number
}

export interface NetworkChannel {
  /** `c`, `left[]`, `x[req]`. */
  readonly name: string
  readonly protocol: string
  /** Processes, by their ids. */
  readonly writers: readonly number[]
  readonly readers: readonly number[]
}

/** Processes that a network has at most. */
const MOST_PROCESSES = 5_000
/** Calls that are followed at most. */
const MOST_FOLLOWS = 20_000
/** Calls that are followed within each other. */
const MOST_CALLS = 100

/**
 * @param checked a program without errors
 * @param main the PROC that is the program
 */
export function networkOf(checked: Checked, main: ProcSymbol & { readonly declaration: ProcDeclaration }): Network {
  return new NetworkBuilder(checked).build(main)
}

/** Elements of an array of channels: from the first to the last. */
type Range = readonly [first: number, last: number]

/** By dimensions, as far as they are known. */
type Ranges = readonly (Range | undefined)[]

/** A process has an end of a channel; of an array of channels some, if that is known. */
interface Use {
  readonly process: number
  readonly ranges: Ranges
}

/** A channel, or an array of them. */
interface Wire {
  readonly name: string
  readonly protocol: string
  readonly writers: Use[]
  readonly readers: Use[]
}

/** Some of the channels of a wire, or all. */
interface Part {
  readonly wire: Wire
  readonly ranges: Ranges
}

/** What a name for channels stands for: channels, or channel types of which each field is one. */
type Ends = { readonly kind: 'wires'; readonly wires: readonly Part[] } | { readonly kind: 'bundle'; readonly fields: Map<string, Wire> }

interface Place {
  /** The process whose code it is. */
  readonly process: number
  /** Labels that branches of the innermost PAR have. */
  readonly labels: Map<string, number>
  readonly replicator?: Replicator
  /** Position of the branch in its PAR. */
  readonly branches?: readonly Branch[]
}

class NetworkBuilder {
  private readonly processes: NetworkProcess[] = []
  private readonly wires: Wire[] = []
  /** What the names stand for in the activations that are being looked at. No PROC is active twice, so that one table is enough. */
  private readonly ends = new Map<VariableSymbol, Ends>()
  /** Between which values the indices of replicators are. */
  private readonly indices = new Map<VariableSymbol, Range>()
  private readonly active = new Set<ProcDeclaration>()
  /** The processes for which the surroundings of a PROC have been looked at. */
  private readonly surrounded = new Map<ProcDeclaration, Set<number>>()
  private follows = 0
  private readonly starting: ReadonlySet<ProcDeclaration>

  constructor(private readonly checked: Checked) {
    this.starting = startingProcs(checked)
  }

  build(main: ProcSymbol & { readonly declaration: ProcDeclaration }): Network {
    const process = this.add({ name: main.name, at: main.declaration.name.span })
    for (const formal of main.formals) {
      if (channelOf(formal.type) === undefined) continue
      const wire = this.wireOf(formal)
      const outside = this.add({ name: formal.name, at: main.declaration.name.span, outside: true })
      const direction = directionOf(formal)
      if (direction !== '!') use(wire.writers, outside)
      if (direction !== '?') use(wire.readers, outside)
      this.ends.set(formal, { kind: 'wires', wires: [{ wire, ranges: [] }] })
    }
    this.follow(main.declaration, process)
    const channels = this.wires.flatMap(connected)
    return { processes: this.processes, channels }
  }

  private add(about: {
    readonly name: string
    readonly at: Span
    readonly parent?: number
    readonly outside?: true
    readonly copies?: string
    readonly unfollowed?: 'recursive' | 'too large'
  }): number {
    const { at, ...others } = about
    const id = this.processes.length
    this.processes.push({ id, ...others, file: at.file.path, line: lineColumn(at.file, at.start).line })
    return id
  }

  private wireOf(symbol: VariableSymbol): Wire {
    const channel = channelOf(symbol.type)
    const name = symbol.type.kind === 'array' ? `${symbol.name}[]` : symbol.name
    return this.wire(name, channel === undefined ? '' : describeProtocol(channel.protocol))
  }

  private wire(name: string, protocol: string): Wire {
    const wire = { name, protocol, writers: [], readers: [] }
    this.wires.push(wire)
    return wire
  }

  /** Looks at the body of a PROC as part of a process. */
  private follow(proc: ProcDeclaration, process: number): void {
    this.active.add(proc)
    this.look(proc.body, { process, labels: new Map() })
    this.active.delete(proc)
  }

  private look(body: Process, place: Place): void {
    walk<Place>([body], place, (node, at) => {
      if (node.kind === 'branch') return this.branch(node, at)
      if (node.kind === 'par') {
        const { branches, replicator } = node
        this.replicate(replicator)
        return { process: at.process, labels: at.labels, branches, ...(replicator === undefined ? {} : { replicator }) }
      }
      if (node.kind === 'seq' || node.kind === 'alt' || node.kind === 'if') this.replicate(node.replicator)
      if (node.kind === 'input') {
        for (const { wire, ranges } of this.wiresOf(node.channel)) use(wire.readers, at.process, ranges)
        return at
      }
      if (node.kind === 'proc' || node.kind === 'function' || node.kind === 'initial') return SKIP
      if (node.kind === 'variable') this.declare(node)
      else if (node.kind === 'abbreviation') this.abbreviate(node)
      else if (node.kind === 'assign') this.allocate(node)
      else if (node.kind === 'call') this.call(node, at.process)
      else if (node.kind === 'fork') this.fork(node.call, at)
      else if (node.kind === 'output') for (const { wire, ranges } of this.wiresOf(node.channel)) use(wire.writers, at.process, ranges)
      else return at
      return SKIP
    })
  }

  /** @returns where the body of a branch is looked at; SKIP when that has been done */
  private branch({ body, span }: Branch, at: Place): Place | typeof SKIP {
    const { replicator } = at
    const inner = withoutScopes(body)
    const copies = replicator === undefined ? {} : { copies: this.countOf(replicator) }
    // a branch that is nothing but another PAR, or one statement, is no process that anybody would look for
    if (isPartOfItsParent(inner, replicator)) return { process: at.process, labels: at.labels }
    const label = inner.kind === 'call' ? inner.name.text : `par.${(at.branches ?? []).findIndex((each) => each.span === span) + 1}`
    const parent = at.process
    const about = { name: labelled(label, at.labels), at: inner.span, parent, ...copies }
    if (this.processes.length >= MOST_PROCESSES) return SKIP
    const process = this.add(about)
    return { process, labels: new Map() }
  }

  private fork(call: ProcCall, { process: parent, labels }: Place): void {
    if (this.processes.length >= MOST_PROCESSES) return
    this.call(call, this.add({ name: labelled(call.name.text, labels), at: call.span, parent, copies: 'FORK' }))
  }

  private countOf(replicator: Replicator): string {
    const known = this.checked.counts.get(replicator)
    const { file, start, end } = replicator.count.span
    return known === undefined ? file.text.slice(start, end).replace(/\s+/g, ' ') : String(known)
  }

  private declare({ names }: VariableDeclaration): void {
    for (const name of names) {
      const symbol = this.variable(name)
      if (symbol === undefined) continue
      if (channelOf(symbol.type) !== undefined) this.ends.set(symbol, { kind: 'wires', wires: [{ wire: this.wireOf(symbol), ranges: [] }] })
      else if (endWithin(symbol.type) !== undefined) this.ends.set(symbol, { kind: 'bundle', fields: new Map() })
    }
  }

  private abbreviate({ name, value }: Abbreviation): void {
    const symbol = this.variable(name)
    const ends = this.endsOf(value)
    if (symbol !== undefined && ends !== undefined) this.ends.set(symbol, ends)
  }

  /** `client, server := MOBILE T`: what one end says the other one hears. */
  private allocate({ targets, values }: Assignment): void {
    const [first, second] = targets
    const [value] = values
    const left = first === undefined ? undefined : this.rootOf(first)
    if (left === undefined) return
    if (second !== undefined && values.length === 1) {
      const ends = this.ends.get(left)
      const right = this.rootOf(second)
      if (right !== undefined && ends?.kind === 'bundle') this.ends.set(right, ends)
    } else if (value !== undefined) {
      const ends = this.endsOf(value)
      if (ends !== undefined) this.ends.set(left, ends)
    }
  }

  private call({ name, actuals }: ProcCall, process: number): void {
    const symbol = this.checked.symbols.get(name)
    if (symbol?.kind !== 'proc') return
    const { declaration } = symbol
    const given = symbol.formals.map((formal, i) => [formal, actuals[i] === undefined ? undefined : this.endsOf(actuals[i])] as const)
    const recursive = declaration !== undefined && this.active.has(declaration)
    const starts = declaration !== undefined && this.starting.has(declaration)
    if (starts && !recursive && this.active.size < MOST_CALLS && this.processes.length < MOST_PROCESSES && this.follows++ < MOST_FOLLOWS) {
      for (const [formal, ends] of given) if (ends !== undefined) this.ends.set(formal, ends)
      this.follow(declaration, process)
      return
    }
    if (starts) this.unfollowed(process, recursive)
    for (const [formal, ends] of given) if (ends !== undefined) this.given(formal, ends, process)
    if (declaration !== undefined && !starts && symbol.level > 0) this.surroundings(symbol.formals, declaration, process)
  }

  /** Looks for the channels that a PROC within another one uses by their names, once for each process that calls it. */
  private surroundings(formals: readonly VariableSymbol[], proc: ProcDeclaration, process: number): void {
    let seen = this.surrounded.get(proc)
    if (seen === undefined) this.surrounded.set(proc, (seen = new Set()))
    if (seen.has(process) || this.active.size >= MOST_CALLS) return
    seen.add(process)
    for (const formal of formals) this.ends.delete(formal)
    this.follow(proc, process)
  }

  private unfollowed(process: number, recursive: boolean): void {
    const about = this.processes[process]
    if (about !== undefined) this.processes[process] = { ...about, unfollowed: recursive ? 'recursive' : 'too large' }
  }

  /** Whoever is given an end uses it. */
  private given(formal: VariableSymbol, ends: Ends, process: number): void {
    if (ends.kind === 'wires') {
      const direction = directionOf(formal)
      for (const { wire, ranges } of ends.wires) {
        if (direction !== '?') use(wire.writers, process, ranges)
        if (direction !== '!') use(wire.readers, process, ranges)
      }
      return
    }
    const end = endWithin(formal.type)
    for (const field of end?.bundle.fields ?? []) {
      const reads = (field.type.direction === '?') === (end?.direction === '?')
      const wire = this.fieldOf(ends.fields, field.name, end?.bundle)
      use(reads ? wire.readers : wire.writers, process)
    }
  }

  private fieldOf(fields: Map<string, Wire>, name: string, bundle: BundleType | undefined): Wire {
    let wire = fields.get(name)
    if (wire === undefined) {
      const type = bundle?.fields.find((field) => field.name === name)?.type
      wire = this.wire(`${bundle?.name ?? ''}[${name}]`, type === undefined ? '' : describeProtocol(type.protocol))
      fields.set(name, wire)
    }
    return wire
  }

  private wiresOf(expression: Expression): readonly Part[] {
    const ends = this.endsOf(expression)
    return ends?.kind === 'wires' ? ends.wires : []
  }

  private endsOf(expression: Expression): Ends | undefined {
    switch (expression.kind) {
      case 'name-use': {
        const symbol = this.variable(expression.name)
        return symbol === undefined ? undefined : this.ends.get(symbol)
      }
      case 'end':
        return this.endsOf(expression.channel)
      case 'slice':
        return this.endsOf(expression.base)
      case 'subscript': {
        const ends = this.endsOf(expression.base)
        const { index } = expression
        if (ends?.kind === 'wires') {
          const range = this.rangeOf(index)
          return { kind: 'wires', wires: ends.wires.map(({ wire, ranges }) => ({ wire, ranges: [...ranges, range] })) }
        }
        const field = index.kind === 'name-use' ? this.checked.symbols.get(index.name) : undefined
        if (ends?.kind !== 'bundle' || field?.kind !== 'field') return ends
        const type = this.checked.types.get(expression.base)
        return { kind: 'wires', wires: [{ wire: this.fieldOf(ends.fields, field.name, type && endWithin(type)?.bundle), ranges: [] }] }
      }
      case 'array-literal': {
        const wires = expression.elements.flatMap((element) => this.wiresOf(element))
        return wires.length === 0 ? undefined : { kind: 'wires', wires }
      }
      case 'monadic':
        return this.endsOf(expression.operand) // CLONE
      case 'literal':
      case 'string':
      case 'dyadic':
      case 'conversion':
      case 'function-call':
      case 'valof-expression':
      case 'array-constructor':
      case 'size':
      case 'most':
      case 'offset-of':
      case 'allocation':
      case 'missing':
        return undefined
    }
  }

  /** @returns between which values a subscript is, where its form tells: constants, indices of replicators, and sums of these */
  private rangeOf(expression: Expression): Range | undefined {
    const constant = this.checked.constants.get(expression)
    if (typeof constant === 'bigint') return [Number(constant), Number(constant)]
    if (expression.kind === 'name-use') {
      const symbol = this.variable(expression.name)
      return symbol === undefined ? undefined : this.indices.get(symbol)
    }
    if (expression.kind !== 'dyadic') return undefined
    const [left, right] = [this.rangeOf(expression.left), this.rangeOf(expression.right)]
    if (left === undefined || right === undefined) return undefined
    switch (expression.operator) {
      case '+':
      case 'PLUS':
        return [left[0] + right[0], left[1] + right[1]]
      case '-':
      case 'MINUS':
        return [left[0] - right[1], left[1] - right[0]]
    }
    return undefined
  }

  private replicate(replicator: Replicator | undefined): void {
    if (replicator === undefined) return
    const symbol = this.variable(replicator.name)
    const base = this.rangeOf(replicator.base)
    const count = this.checked.counts.get(replicator)
    if (symbol === undefined) return
    if (base === undefined || count === undefined || replicator.step !== undefined) this.indices.delete(symbol)
    else this.indices.set(symbol, [base[0], base[1] + Math.max(0, count - 1)])
  }

  private rootOf(expression: Expression): VariableSymbol | undefined {
    const name = rootName(expression)
    return name && this.variable(name)
  }

  private variable(name: Name): VariableSymbol | undefined {
    const symbol = this.checked.symbols.get(name)
    return symbol?.kind === 'variable' ? symbol : undefined
  }
}

/** Notes that a process has an end. */
function use(uses: Use[], process: number, ranges: Ranges = []): void {
  if (!uses.some((each) => each.process === process && String(each.ranges) === String(ranges))) uses.push({ process, ranges })
}

/** @returns whether two uses may be of one channel */
function meets(a: Use, b: Use): boolean {
  return a.ranges.every((range, i) => {
    const other = b.ranges[i]
    return range === undefined || other === undefined || (range[0] <= other[1] && other[0] <= range[1])
  })
}

/** @returns the channels of a wire: one, or several where not everybody who writes to some of an array writes to everybody who reads from some */
function connected({ name, protocol, writers, readers }: Wire): NetworkChannel[] {
  if (writers.length + readers.length === 0) return []
  const ids = (uses: readonly Use[]): number[] => [...new Set(uses.map(({ process }) => process))]
  const all = readers.length === 0 || writers.every((writer) => readers.every((reader) => meets(writer, reader)))
  if (all) return [{ name, protocol, writers: ids(writers), readers: ids(readers) }]
  const found = new Map<string, NetworkChannel>()
  for (const writer of writers) {
    const heard = ids(readers.filter((reader) => meets(writer, reader)))
    const key = heard.join()
    const known = found.get(key)
    if (known === undefined) found.set(key, { name, protocol, writers: [writer.process], readers: heard })
    else if (!known.writers.includes(writer.process)) found.set(key, { ...known, writers: [...known.writers, writer.process] })
  }
  return [...found.values()]
}

/** @returns a label that no other branch of the same process has: the second `cell` is `cell#2` */
function labelled(label: string, labels: Map<string, number>): string {
  const number = (labels.get(label) ?? 0) + 1
  labels.set(label, number)
  return number === 1 ? label : `${label}#${number}`
}

function isPartOfItsParent({ kind }: Process, replicator: Replicator | undefined): boolean {
  return kind === 'output' || kind === 'input' || kind === 'assign' || (kind === 'par' && replicator === undefined)
}

function withoutScopes(process: Process): Process {
  let at = process
  while (at.kind === 'scope') at = at.body
  return at
}

/** @returns the PROCs that start processes, themselves or by what they call */
function startingProcs({ program, symbols }: Checked): ReadonlySet<ProcDeclaration> {
  const calls = new Map<ProcDeclaration, Set<ProcDeclaration>>()
  const starting = new Set<ProcDeclaration>()
  walk<ProcDeclaration | undefined>(program.items, undefined, (node, within) => {
    if (node.kind === 'proc') {
      calls.set(node, new Set())
      return node
    }
    if (within === undefined) return within
    if (node.kind === 'par' || node.kind === 'fork') starting.add(within)
    if (node.kind === 'call') {
      const symbol = symbols.get(node.name)
      if (symbol?.kind === 'proc' && symbol.declaration !== undefined) calls.get(within)?.add(symbol.declaration)
    }
    return within
  })
  return callersOf(starting, calls)
}
