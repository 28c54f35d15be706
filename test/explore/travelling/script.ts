/**
 * Small programs made at random in which ends of channel types travel: processes that make bundles, give their ends away, and talk over them.
 *
 * What happens is planned for all processes together, so that it can happen; then one operation is left out or put elsewhere now and then.
 */
import type { Random } from '../../fuzz/random.ts'

/** What a variable may hold: the client's end, the server's, or a client's end that is SHARED. */
export const KINDS = ['client', 'server', 'shared'] as const
export type Kind = (typeof KINDS)[number]

/** A variable for an end: one of a few of its kind. */
export interface Variable {
  readonly kind: Kind
  readonly number: number
}

export type Operation =
  | { readonly do: 'make'; readonly client: Variable; readonly server: Variable }
  /** An end goes to another process, over the channel for its kind that joins the two. */
  | { readonly do: 'give'; readonly to: number; readonly what: Variable }
  | { readonly do: 'get'; readonly from: number; readonly into: Variable }
  | { readonly do: 'put'; readonly over: Variable; readonly value: number }
  /** Takes a value from one of the ends that are there, and fails when it is `wrong`. */
  | { readonly do: 'take'; readonly over: readonly Variable[]; readonly wrong: number }

/** By process: what it does. */
export type Script = readonly (readonly Operation[])[]

export const PROCESSES = 3
const VARIABLES = 2
const VALUES = 2
/** No value: nothing is wrong. */
export const NEVER = -1

/** @returns a name that each variable has alone */
export const nameOf = ({ kind, number }: Variable): string => `${kind}.${number}`

/** @returns a script, and the same with something changed in it, if that is a program */
export function generate(random: Random): Script {
  const script = new Planner(random).script()
  if (!random.chance(75)) return script
  const at = random.below(PROCESSES)
  const operations = [...(script[at] ?? [])]
  const i = random.below(Math.max(1, operations.length))
  if (random.chance(50)) operations.splice(i, 1)
  else operations.splice(random.below(operations.length + 1), 0, ...operations.splice(i, 1))
  const changed = script.with(at, operations)
  return changed.every(isSound) ? changed : script
}

/** Whether a process uses only variables that have an end. */
function isSound(operations: readonly Operation[]): boolean {
  const has = new Set<string>()
  for (const each of operations) {
    switch (each.do) {
      case 'make':
        has.add(nameOf(each.client)).add(nameOf(each.server))
        break
      case 'get':
        has.add(nameOf(each.into))
        break
      case 'give':
        if (!has.has(nameOf(each.what))) return false
        if (each.what.kind !== 'shared') has.delete(nameOf(each.what))
        break
      case 'put':
        if (!has.has(nameOf(each.over))) return false
        break
      case 'take':
        if (!each.over.every((over) => has.has(nameOf(over)))) return false
    }
  }
  return true
}

interface Held {
  readonly process: number
  readonly variable: Variable
  readonly bundle: number
}

class Planner {
  private readonly operations = Array.from({ length: PROCESSES }, (): Operation[] => [])
  private held: Held[] = []
  private bundles = 0

  constructor(private readonly random: Random) {}

  script(): Script {
    this.make()
    for (let left = this.random.between(6, 12); left > 0; left--) {
      const action = this.random.weighted([
        [2, () => this.make()],
        [3, () => this.give()],
        [4, () => this.talk()],
      ])
      action()
    }
    return this.operations
  }

  private variable(kind: Kind): Variable {
    return { kind, number: this.random.below(VARIABLES) }
  }

  private store(process: number, variable: Variable, bundle: number): void {
    this.held = this.held.filter((each) => each.process !== process || nameOf(each.variable) !== nameOf(variable))
    this.held.push({ process, variable, bundle })
  }

  private make(): void {
    const process = this.random.below(PROCESSES)
    const bundle = this.bundles++
    const client = this.variable(this.random.chance(50) ? 'client' : 'shared')
    const server = this.variable('server')
    this.operations[process]?.push({ do: 'make', client, server })
    this.store(process, client, bundle)
    this.store(process, server, bundle)
  }

  private give(): void {
    const found = this.random.maybe(this.held)
    if (found === undefined) return
    const { process, variable, bundle } = found
    const to = (process + this.random.between(1, PROCESSES - 1)) % PROCESSES
    const into = this.variable(variable.kind)
    this.operations[process]?.push({ do: 'give', to, what: variable })
    this.operations[to]?.push({ do: 'get', from: process, into })
    if (variable.kind !== 'shared') this.held = this.held.filter((each) => each !== found)
    this.store(to, into, bundle)
  }

  private talk(): void {
    const { random } = this
    const pairs = this.held.flatMap((writer) =>
      this.held
        .filter((reader) => writer.variable.kind !== 'server' && reader.variable.kind === 'server')
        .filter((reader) => reader.bundle === writer.bundle && reader.process !== writer.process)
        .map((reader) => ({ writer, reader })),
    )
    const pair = random.maybe(pairs)
    if (pair === undefined) return
    const { writer, reader } = pair
    this.operations[writer.process]?.push({ do: 'put', over: writer.variable, value: random.below(VALUES) })
    const others = this.held.filter(
      (each) => each.process === reader.process && each.variable.kind === 'server' && each.bundle !== reader.bundle,
    )
    const over = random.chance(50) ? [reader, ...others] : [reader]
    const wrong = random.chance(40) ? random.below(VALUES) : NEVER
    this.operations[reader.process]?.push({ do: 'take', over: over.map(({ variable }) => variable), wrong })
  }
}

// ---------------------------------------------------------------------------------------------- as a text

const DECLARED: Readonly<Record<Kind, string>> = { client: 'LINE!', server: 'LINE?', shared: 'SHARED LINE!' }

const channel = (from: number, to: number, kind: Kind): string => `c.${from}.${to}.${kind}`

/** Comes before the TESTs of all scripts. */
export const PROLOGUE = `CHAN TYPE LINE
  MOBILE RECORD
    CHAN INT data?:
:
`

/** @returns a TEST. @param title of it */
export function testOf(script: Script, title: string): string {
  const channels = script.flatMap((operations, from) =>
    operations.flatMap((each) =>
      each.do === 'give' ? [`  CHAN ${DECLARED[each.what.kind]} ${channel(from, each.to, each.what.kind)}:`] : [],
    ),
  )
  const read = script.flatMap((operations, to) =>
    operations.flatMap((each) =>
      each.do === 'get' ? [`  CHAN ${DECLARED[each.into.kind]} ${channel(each.from, to, each.into.kind)}:`] : [],
    ),
  )
  const declared = [...new Set([...channels, ...read])]
  return [`TEST "${title}"`, ...declared, '  PAR', ...script.flatMap(processText), ':', ''].join('\n')
}

function processText(operations: readonly Operation[], process: number): string[] {
  const variables = KINDS.flatMap((kind) =>
    Array.from({ length: VARIABLES }, (_, number) => `    ${DECLARED[kind]} ${nameOf({ kind, number })}:`),
  )
  return [...variables, '    INT x:', '    SEQ', '      SKIP', ...operations.flatMap((each) => operationText(each, process))]
}

function operationText(operation: Operation, process: number): string[] {
  switch (operation.do) {
    case 'make':
      return [`      ${nameOf(operation.client)}, ${nameOf(operation.server)} := MOBILE LINE`]
    case 'give':
      return [`      ${channel(process, operation.to, operation.what.kind)} ! ${nameOf(operation.what)}`]
    case 'get':
      return [`      ${channel(operation.from, process, operation.into.kind)} ? ${nameOf(operation.into)}`]
    case 'put': {
      const { over, value } = operation
      const output = `${nameOf(over)}[data] ! ${value}`
      return over.kind === 'shared' ? [`      CLAIM ${nameOf(over)}`, `        ${output}`] : [`      ${output}`]
    }
    case 'take': {
      const inputs = operation.over.map((each) => `${nameOf(each)}[data] ? x`)
      const [only, ...more] = inputs
      const taken =
        more.length === 0 ? [`      ${only ?? ''}`] : ['      ALT', ...inputs.flatMap((input) => [`        ${input}`, '          SKIP'])]
      return [...taken, ...(operation.wrong === NEVER ? [] : [`      ASSERT (x <> ${operation.wrong})`])]
    }
  }
}
