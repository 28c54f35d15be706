/**
 * Makes small programs of the core language at random.
 *
 * Each end of a channel belongs to one branch of a PAR, and a variable that one branch writes is mentioned in no other: the rules of the language hold
 * by construction.
 */
import type { Random } from '../../fuzz/random.ts'
import { VALUES } from './language.ts'
import type { Condition, Expression, Guard, Program, Statement } from './language.ts'

/** What a process may use. */
interface Scope {
  readonly readable: readonly number[]
  readonly writable: readonly number[]
  readonly writes: readonly number[]
  readonly reads: readonly number[]
}

type Input = Statement & { readonly kind: 'input' }

const RESULTS = [0, 1, 2]

export function generate(random: Random): Program {
  return { results: RESULTS, body: new Generator(random).par({ readable: RESULTS, writable: RESULTS, writes: [], reads: [] }, 2) }
}

class Generator {
  private variables = RESULTS.length
  private channels = 0

  constructor(private readonly random: Random) {}

  /** @param depth how many statements may lie within each other */
  par(scope: Scope, depth: number): Statement {
    const { random } = this
    const n = random.weighted([
      [2, 2],
      [4, 3],
      [2, 4],
    ])
    const made = Array.from({ length: random.between(depth < 2 ? 0 : 2, 4) }, () => {
      const writer = random.below(n)
      return { channel: this.channels++, writer, reader: (writer + random.between(1, n - 1)) % n }
    })
    const dealt = (items: readonly number[], nobody: boolean): number[][] => {
      const hands = Array.from({ length: n + 1 }, (): number[] => [])
      for (const item of items) hands[random.below(nobody ? n + 1 : n)]?.push(item)
      return hands
    }
    const [writable, writes, reads] = [dealt(scope.writable, true), dealt(scope.writes, false), dealt(scope.reads, false)]
    const shared = scope.readable.filter((v) => !scope.writable.includes(v) || writable[n]?.includes(v) === true)
    /** So that programs get somewhere: channels of messages, in an order in which all of them can come. */
    const messages = made.flatMap(({ channel }) => Array.from({ length: random.between(1, 2) }, () => channel))
    const branches = Array.from({ length: n }, (_, i): Statement => {
      const own = this.variables++
      const mine = [...(writable[i] ?? []), own]
      const inner: Scope = {
        readable: [...shared, ...mine],
        writable: mine,
        writes: [...(writes[i] ?? []), ...made.filter(({ writer }) => writer === i).map(({ channel }) => channel)],
        reads: [...(reads[i] ?? []), ...made.filter(({ reader }) => reader === i).map(({ channel }) => channel)],
      }
      const planned = this.planned(
        inner,
        messages,
        made.filter(({ reader }) => reader === i).map(({ channel }) => channel),
      )
      const free = Array.from({ length: random.weighted([[3, 0], [4, 1], [1, 2]]) }, () => this.statement(inner, depth)) // prettier-ignore
      const rounds = planned.length > 0 && random.chance(15)
      const body: Statement = rounds
        ? { kind: 'while', condition: true, body: { kind: 'seq', body: [...planned, ...free] } }
        : { kind: 'seq', body: this.merged(planned, free) }
      return { kind: 'local', variables: [own], channels: [], asArray: false, body }
    })
    const channels = made.map(({ channel }) => channel)
    return { kind: 'local', variables: [], channels, asArray: random.chance(40), body: { kind: 'par', branches } }
  }

  /** @returns for each of the messages what this process has to do for it; now and then two inputs become an ALT that takes them in any order */
  private planned(scope: Scope, messages: readonly number[], reads: readonly number[]): Statement[] {
    const { random } = this
    const planned: Statement[] = []
    for (const channel of messages) {
      if (reads.includes(channel)) {
        const input: Input = { kind: 'input', channel, variable: random.pick(scope.writable) }
        const last = planned.at(-1)
        if (last?.kind !== 'input' || last.channel === channel || random.chance(30)) planned.push(input)
        else planned[planned.length - 1] = this.either(scope, last, input)
      } else if (scope.writes.includes(channel)) planned.push({ kind: 'output', channel, value: this.expression(scope, 2) })
    }
    return planned
  }

  private either(scope: Scope, a: Input, b: Input): Statement {
    const { random } = this
    const guard = (first: Input, second: Input): Guard => {
      const body: Statement = random.chance(40) ? { kind: 'seq', body: [this.statement(scope, 0), second] } : second
      return { when: random.chance(10) ? this.condition(scope) : true, input: first, body }
    }
    const guards = [guard(a, b), guard(b, a)]
    if (random.chance(20)) guards.push({ when: true, input: null, body: random.chance(50) ? a : { kind: 'skip' } })
    return { kind: 'alt', pri: random.chance(40), guards }
  }

  /** @returns both in their orders, one between the other */
  private merged(a: readonly Statement[], b: readonly Statement[]): Statement[] {
    const [left, right] = [[...a], [...b]]
    const all: Statement[] = []
    while (left.length + right.length > 0) {
      const next = this.random.below(left.length + right.length) < left.length ? left.shift() : right.shift()
      if (next !== undefined) all.push(next)
    }
    return all
  }

  private sequence(scope: Scope, depth: number, length: number): Statement {
    return { kind: 'seq', body: Array.from({ length }, () => this.statement(scope, depth)) }
  }

  private statement(scope: Scope, depth: number): Statement {
    const { random } = this
    const { writes, reads } = scope
    const deep = depth > 0
    const kind = random.weighted([
      [writes.length > 0 ? 8 : 0, 'output'],
      [reads.length > 0 ? 4 : 0, 'input'],
      [reads.length > 0 && deep ? 10 : deep ? 2 : 0, 'alt'],
      [8, 'assign'],
      [deep ? 6 : 0, 'if'],
      [deep ? 8 : 0, 'while'],
      [deep ? 5 : 0, 'par'],
      [7, 'assert'],
      [2, 'skip'],
      [1, 'stop'],
    ] as const)
    switch (kind) {
      case 'output':
        return { kind, channel: random.pick(writes), value: this.expression(scope, 2) }
      case 'input':
        return { kind, channel: random.pick(reads), variable: random.pick(scope.writable) }
      case 'alt':
        return this.alt(scope, depth)
      case 'assign':
        return { kind, variable: random.pick(scope.writable), value: this.expression(scope, 2) }
      case 'if':
        return {
          kind,
          branches: Array.from({ length: random.between(1, 2) }, () => ({
            condition: this.condition(scope),
            body: this.sequence(scope, depth - 1, 1),
          })).concat(random.chance(85) ? [{ condition: true, body: { kind: 'skip' } }] : []),
        }
      case 'while':
        return this.loop(scope, depth)
      case 'par':
        return this.par(scope, depth - 1)
      case 'assert':
        return { kind, condition: this.condition(scope) }
      case 'skip':
      case 'stop':
        return { kind }
    }
  }

  private alt(scope: Scope, depth: number): Statement {
    const { random } = this
    const guards = Array.from({ length: random.between(1, 3) }, (): Guard => {
      const skips = scope.reads.length === 0 || random.chance(15)
      const when = random.chance(25) ? this.condition(scope) : true
      const body = this.sequence(scope, depth - 1, random.between(0, 1))
      return { when, input: skips ? null : { channel: random.pick(scope.reads), variable: random.pick(scope.writable) }, body }
    })
    return { kind: 'alt', pri: random.chance(40), guards }
  }

  /** A few rounds, or rounds for ever that communicate. */
  private loop(scope: Scope, depth: number): Statement {
    const { random } = this
    const { writes, reads } = scope
    if (random.chance(35) && (writes.length > 0 || reads.length > 0)) {
      const first: Statement =
        writes.length > 0 && (reads.length === 0 || random.chance(50))
          ? { kind: 'output', channel: random.pick(writes), value: this.expression(scope, 1) }
          : { kind: 'input', channel: random.pick(reads), variable: random.pick(scope.writable) }
      const body: Statement = { kind: 'seq', body: [first, this.sequence(scope, depth - 1, random.between(0, 2))] }
      return { kind: 'while', condition: true, body }
    }
    const counter = this.variables++
    const rounds = random.between(1, VALUES - 1)
    const inner = { ...scope, readable: [...scope.readable, counter] }
    const count: Statement = { kind: 'assign', variable: counter, value: { kind: 'next', variable: counter } }
    const body: Statement = { kind: 'seq', body: [this.sequence(inner, depth - 1, random.between(1, 2)), count] }
    const condition: Condition = { variable: counter, is: '<', value: rounds }
    return { kind: 'local', variables: [counter], channels: [], asArray: false, body: { kind: 'while', condition, body } }
  }

  private condition({ readable }: Scope): Condition {
    const { random } = this
    return { variable: random.pick(readable), is: random.pick(['=', '<>', '<']), value: random.below(VALUES) }
  }

  private expression(scope: Scope, depth: number): Expression {
    const { random } = this
    if (depth > 0 && random.chance(35))
      return { kind: 'mix', left: this.expression(scope, depth - 1), right: this.expression(scope, depth - 1) }
    if (random.chance(15)) return { kind: 'next', variable: random.pick(scope.readable) }
    if (random.chance(50)) return { kind: 'variable', variable: random.pick(scope.readable) }
    return { kind: 'constant', value: random.below(VALUES) }
  }
}
