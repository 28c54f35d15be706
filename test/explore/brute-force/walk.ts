/**
 * Walks all schedules of a program of the core language. It is a meaning of the language of its own, which shares nothing with the compiler, the kernel
 * or the explorer, and leaves no schedule out.
 *
 * All variables lie in one store: the rules of the language see to it that no two branches of a PAR use one that either writes. Between two moves
 * every process has gone on as far as it can alone.
 */
import { numberOf, VALUES } from './language.ts'
import type { Condition, Expression, Guard, Program, Statement } from './language.ts'

/** What can become of a program, and after how many moves at the earliest. */
export interface Outcomes {
  /** By the number of its results. */
  readonly ended: ReadonlyMap<number, number>
  readonly deadlock: number | undefined
  /** By codes. Where several branches fail in one move any of them may be told of: `R0101|R0102`. */
  readonly faults: ReadonlyMap<string, number>
  /** States that were seen. */
  readonly states: number
}

/** A process: what it has still to do, next first; or branches, and what it does when they have ended. */
type Node =
  | { readonly kind: 'leaf'; readonly rest: readonly Statement[] }
  | { readonly kind: 'par'; readonly branches: readonly Node[]; readonly rest: readonly Statement[] }

interface State {
  readonly store: readonly number[]
  readonly root: Node
}

/** Statements without a move after which a process is held to go on for ever. */
const ENDLESS = 300

class GoesOnForEver extends Error {}

/**
 * Walks.
 * @param most states that are looked at
 * @returns what can become of the program; undefined when there are more states, or a process goes on for ever by itself
 */
export function outcomesOf(program: Program, most: number): Outcomes | undefined {
  try {
    return new Walk(program).all(most)
  } catch (error) {
    if (error instanceof GoesOnForEver) return undefined
    throw error
  }
}

class Walk {
  private readonly ended = new Map<number, number>()
  private readonly faults = new Map<string, number>()
  private deadlock: number | undefined
  private readonly ids = new Map<Statement, number>()

  constructor(private readonly program: Program) {}

  all(most: number): Outcomes | undefined {
    const seen = new Set<string>()
    let level: State[] = []
    const reach = (state: State | Codes, depth: number, into: State[]): void => {
      if ('codes' in state) {
        const code = [...new Set(state.codes)].sort().join('|')
        if (!this.faults.has(code)) this.faults.set(code, depth)
        return
      }
      const key = this.keyOf(state)
      if (seen.has(key)) return
      seen.add(key)
      into.push(state)
    }
    reach(settled({ store: [], root: { kind: 'leaf', rest: [this.program.body] } }), 0, level)
    for (let depth = 0; level.length > 0; depth++) {
      const next: State[] = []
      for (const state of level) {
        if (seen.size > most) return undefined
        const after = successors(state)
        for (const each of after) reach(each, depth + 1, next)
        if (after.length === 0) this.end(state, depth)
      }
      level = next
    }
    const { ended, deadlock, faults } = this
    return { ended, deadlock, faults, states: seen.size }
  }

  private end({ root, store }: State, depth: number): void {
    if (!hasEnded(root)) {
      this.deadlock ??= depth
      return
    }
    const number = numberOf(this.program.results.map((variable) => store[variable] ?? 0))
    if (!this.ended.has(number)) this.ended.set(number, depth)
  }

  private keyOf({ store, root }: State): string {
    const idOf = (task: Statement): number => {
      let id = this.ids.get(task)
      if (id === undefined) this.ids.set(task, (id = this.ids.size))
      return id
    }
    const spelled = (node: Node): string => {
      const rest = node.rest.map(idOf).join(',')
      return node.kind === 'leaf' ? rest : `(${node.branches.map(spelled).join(' ')})${rest}`
    }
    return `${spelled(root)} ${store.join(',')}`
  }
}

// ---------------------------------------------------------------------------------------------- what a process does alone

/** Codes of the faults in which a move has ended. */
interface Codes {
  readonly codes: readonly string[]
}

const hasEnded = (node: Node): boolean => node.kind === 'leaf' && node.rest.length === 0

/** @returns the state in which every process of a state has gone on until it waits */
function settled({ store, root }: State): State | Codes {
  const own: Own = { store: [...store], codes: [] }
  const after = settledNode(root, own)
  return own.codes.length > 0 ? { codes: own.codes } : { store: own.store, root: after }
}

interface Own {
  readonly store: number[]
  readonly codes: string[]
}

function settledNode(node: Node, own: Own): Node {
  if (node.kind === 'par') {
    const branches = node.branches.map((branch) => settledNode(branch, own))
    if (own.codes.length > 0 || !branches.every(hasEnded)) return { ...node, branches }
    return settledNode({ kind: 'leaf', rest: node.rest }, own)
  }
  let { rest } = node
  for (let steps = 0; ; steps++) {
    const [task, ...others] = rest
    if (task === undefined) return { kind: 'leaf', rest }
    if (steps > ENDLESS) throw new GoesOnForEver()
    const fail = (code: string): Node => {
      own.codes.push(code)
      return { kind: 'leaf', rest }
    }
    switch (task.kind) {
      case 'skip':
        rest = others
        break
      case 'stop':
        return fail('R0101')
      case 'assert':
        if (!holds(task.condition, own.store)) return fail('R0102')
        rest = others
        break
      case 'assign':
        own.store[task.variable] = valueOf(task.value, own.store)
        rest = others
        break
      case 'if': {
        const taken = task.branches.find(({ condition }) => holds(condition, own.store))
        if (taken === undefined) return fail('R0103')
        rest = [taken.body, ...others]
        break
      }
      case 'while':
        rest = holds(task.condition, own.store) ? [task.body, ...rest] : others
        break
      case 'seq':
        rest = [...task.body, ...others]
        break
      case 'local':
        for (const variable of task.variables) own.store[variable] = 0
        rest = [task.body, ...others]
        break
      case 'par': {
        const branches = task.branches.map((branch): Node => ({ kind: 'leaf', rest: [branch] }))
        return settledNode({ kind: 'par', branches, rest: others }, own)
      }
      case 'alt':
        if (!task.guards.some(({ when }) => holds(when, own.store))) return fail('R0105')
        return { kind: 'leaf', rest }
      case 'output':
      case 'input':
        return { kind: 'leaf', rest }
    }
  }
}

function valueOf(expression: Expression, store: readonly number[]): number {
  switch (expression.kind) {
    case 'constant':
      return expression.value
    case 'variable':
      return store[expression.variable] ?? 0
    case 'next':
      return ((store[expression.variable] ?? 0) + 1) % VALUES
    case 'mix':
      return (2 * valueOf(expression.left, store) + valueOf(expression.right, store)) % VALUES
  }
}

function holds(condition: Condition, store: readonly number[]): boolean {
  if (condition === true) return true
  const value = store[condition.variable] ?? 0
  switch (condition.is) {
    case '=':
      return value === condition.value
    case '<>':
      return value !== condition.value
    case '<':
      return value < condition.value
  }
}

// ---------------------------------------------------------------------------------------------- what processes do together

/** A process that waits: where it is in the tree, and what it has still to do. */
interface Waiting {
  readonly path: readonly number[]
  readonly task: Statement
  readonly others: readonly Statement[]
}

function waitingIn(node: Node, path: readonly number[] = []): Waiting[] {
  if (node.kind === 'par') return node.branches.flatMap((branch, i) => waitingIn(branch, [...path, i]))
  const [task, ...others] = node.rest
  return task === undefined ? [] : [{ path, task, others }]
}

/** @returns where each move of a state leads */
function successors(state: State): (State | Codes)[] {
  const all: (State | Codes)[] = []
  const waiting = waitingIn(state.root)
  const go = ({ path }: Waiting, rest: readonly Statement[], to: State): State => ({ store: to.store, root: replaced(to.root, path, rest) })
  /** A reader takes from a channel, if somebody writes to it. */
  const meet = (reader: Waiting, channel: number, variable: number, rest: readonly Statement[]): void => {
    for (const writer of waiting) {
      const { task } = writer
      if (task.kind !== 'output' || task.channel !== channel) continue
      const store = [...state.store]
      store[variable] = valueOf(task.value, state.store)
      all.push(settled(go(writer, writer.others, go(reader, rest, { ...state, store }))))
    }
  }
  for (const each of waiting) {
    const { task, others } = each
    if (task.kind === 'input') meet(each, task.channel, task.variable, others)
    if (task.kind !== 'alt') continue
    for (const { input, body } of choices(task.guards, task.pri, state.store)) {
      if (input === null) all.push(settled(go(each, [body, ...others], state)))
      else meet(each, input.channel, input.variable, [body, ...others])
    }
  }
  return all
}

/** @returns the guards that may be taken when there is a writer: a PRI ALT gives way to a SKIP, and to an earlier guard on the same channel */
function choices(guards: readonly Guard[], pri: boolean, store: readonly number[]): readonly Guard[] {
  const open = guards.filter(({ when }) => holds(when, store))
  if (!pri) return open
  const taken: Guard[] = []
  for (const guard of open) {
    const { input } = guard
    if (input === null || !taken.some((each) => each.input?.channel === input.channel)) taken.push(guard)
    if (input === null) break
  }
  return taken
}

function replaced(node: Node, path: readonly number[], rest: readonly Statement[]): Node {
  const [branch, ...further] = path
  if (branch === undefined) return { kind: 'leaf', rest }
  if (node.kind === 'leaf') throw new Error('a process is not where it was')
  return { ...node, branches: node.branches.map((each, i) => (i === branch ? replaced(each, further, rest) : each)) }
}
