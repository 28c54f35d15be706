/**
 * Small networks of processes, made at random: as a text of the language, and as what happens in them by an interpreter that is written for nothing else
 * and tries everything.
 */
import type { Choices } from '../../runtime/kernel/testing/choices.ts'

/** A value to output: a constant, or the variable and one more, counted round. */
type Output = number | 'next'

type Statement =
  | { readonly kind: 'output'; readonly channel: number; readonly value: Output }
  | { readonly kind: 'input'; readonly channel: number }
  | {
      readonly kind: 'alt'
      readonly pri: boolean
      readonly guards: readonly { readonly channel: number | 'skip'; readonly body: readonly Statement[] }[]
    }
  /** Fails when the variable has this value. */
  | { readonly kind: 'assert'; readonly not: number }

/** A process has one variable; it ends after its statements, or begins again. */
interface Routine {
  readonly body: readonly Statement[]
  readonly loops: boolean
}

export interface Network {
  readonly routines: readonly Routine[]
  readonly channels: number
}

const VALUES = 3

export function network(choices: Choices): Network {
  const n = 2 + choices.below(3)
  const ends = Array.from({ length: 1 + choices.below(4) }, () => {
    const writer = choices.below(n)
    return { writer, reader: (writer + 1 + choices.below(n - 1)) % n }
  })
  const routines = Array.from({ length: n }, (_, me): Routine => {
    const writes = ends.flatMap(({ writer }, channel) => (writer === me ? [channel] : []))
    const reads = ends.flatMap(({ reader }, channel) => (reader === me ? [channel] : []))
    return { body: body(choices, writes, reads, 1 + choices.below(3), 2), loops: choices.chance(0.4) }
  })
  return { routines, channels: ends.length }
}

function body(choices: Choices, writes: readonly number[], reads: readonly number[], length: number, depth: number): Statement[] {
  const pick = (list: readonly number[]): number => list[choices.below(list.length)] ?? 0
  return Array.from({ length }, (): Statement => {
    const kind = choices.below(8)
    if (kind < 3 && writes.length > 0)
      return { kind: 'output', channel: pick(writes), value: choices.chance(0.5) ? 'next' : choices.below(VALUES) }
    if (kind < 5 && reads.length > 0) return { kind: 'input', channel: pick(reads) }
    if (kind < 7 && depth > 0 && reads.length > 0) {
      const guards = Array.from({ length: 1 + choices.below(3) }, () => ({
        channel: choices.chance(0.2) ? ('skip' as const) : pick(reads),
        body: body(choices, writes, reads, choices.below(2), depth - 1),
      }))
      return { kind: 'alt', pri: choices.chance(0.4), guards }
    }
    return { kind: 'assert', not: choices.chance(0.3) ? choices.below(VALUES) : VALUES }
  })
}

// ---------------------------------------------------------------------------------------------- as a text

/** @returns a TEST */
export function textOf({ routines, channels }: Network, title: string): string {
  const lines = [`TEST "${title}"`, `  [${channels}]CHAN INT c:`, '  PAR']
  for (const { body: statements, loops } of routines) {
    lines.push('    INITIAL INT x IS 0:')
    const pad = loops ? '      ' : '    '
    if (loops) lines.push('    WHILE TRUE')
    lines.push(...sequence(statements, pad))
  }
  return `${lines.join('\n')}\n:\n`
}

function sequence(statements: readonly Statement[], pad: string): string[] {
  return [`${pad}SEQ`, ...statements.flatMap((each) => spelled(each, `${pad}  `)), `${pad}  SKIP`]
}

function spelled(statement: Statement, pad: string): string[] {
  switch (statement.kind) {
    case 'output':
      return [`${pad}c[${statement.channel}] ! ${statement.value === 'next' ? `(x + 1) \\ ${VALUES}` : statement.value}`]
    case 'input':
      return [`${pad}c[${statement.channel}] ? x`]
    case 'assert':
      return [`${pad}ASSERT (x <> ${statement.not})`]
    case 'alt':
      return [
        `${pad}${statement.pri ? 'PRI ALT' : 'ALT'}`,
        ...statement.guards.flatMap(({ channel, body: statements }) => [
          channel === 'skip' ? `${pad}  TRUE & SKIP` : `${pad}  c[${channel}] ? x`,
          ...sequence(statements, `${pad}    `),
        ]),
      ]
  }
}

// ---------------------------------------------------------------------------------------------- trying everything

/** What is left of a process: statements, next first. Null: it has failed. */
interface Live {
  readonly rest: readonly Statement[]
  readonly x: number
}

/** What can happen to a network: moves after which it deadlocks or fails at the earliest. */
export interface Fate {
  readonly deadlock: number | undefined
  readonly fault: number | undefined
}

/** @returns what can happen; undefined when there are too many states */
export function fateOf({ routines }: Network, most: number): Fate | undefined {
  const settle = (i: number, rest: readonly Statement[], x: number): Live | null | 'endless' => {
    for (let at = rest, rounds = 0; ;) {
      const [first, ...others] = at
      if (first === undefined) {
        const routine = routines[i]
        if (routine?.loops !== true) return { rest: [], x }
        if (++rounds > 1) return 'endless'
        at = routine.body
      } else if (first.kind === 'assert') {
        if (x === first.not) return null
        at = others
      } else return { rest: at, x }
    }
  }
  const begin: Live[] = []
  for (const [i, { body: statements }] of routines.entries()) {
    const live = settle(i, statements, 0)
    if (live === 'endless') return undefined
    if (live === null) return { deadlock: undefined, fault: 0 }
    begin.push(live)
  }
  const seen = new Set([JSON.stringify(begin)])
  let level = [begin]
  let deadlock: number | undefined
  let fault: number | undefined
  for (let depth = 0; level.length > 0; depth++) {
    const next: Live[][] = []
    for (const state of level) {
      const successors = successorsOf(state)
      if (successors.length === 0 && state.some(({ rest }) => rest.length > 0)) deadlock ??= depth
      for (const changes of successors) {
        const after = [...state]
        let failed = false
        for (const [i, rest, x] of changes) {
          const live = settle(i, rest, x)
          if (live === 'endless') return undefined
          if (live === null) failed = true
          else after[i] = live
          if (failed) break
        }
        if (failed) {
          fault ??= depth + 1
          continue
        }
        const key = JSON.stringify(after)
        if (seen.has(key)) continue
        if (seen.size === most) return undefined
        seen.add(key)
        next.push(after)
      }
    }
    level = next
  }
  return { deadlock, fault }
}

type Change = readonly [process: number, rest: readonly Statement[], x: number]

function successorsOf(state: readonly Live[]): Change[][] {
  const all: Change[][] = []
  const meet = (channel: number, reader: number, after: readonly Statement[]): void => {
    for (const [writer, { rest, x }] of state.entries()) {
      const [first, ...others] = rest
      if (first?.kind !== 'output' || first.channel !== channel) continue
      const value = first.value === 'next' ? (x + 1) % VALUES : first.value
      all.push([
        [reader, after, value],
        [writer, others, x],
      ])
    }
  }
  for (const [i, { rest, x }] of state.entries()) {
    const [first, ...others] = rest
    if (first?.kind === 'input') meet(first.channel, i, others)
    if (first?.kind !== 'alt') continue
    const before = new Set<number>()
    for (const { channel, body: statements } of first.guards) {
      if (channel === 'skip') {
        all.push([[i, [...statements, ...others], x]])
        if (first.pri) break
      } else if (!first.pri || !before.has(channel)) {
        before.add(channel)
        meet(channel, i, [...statements, ...others])
      }
    }
  }
  return all
}
