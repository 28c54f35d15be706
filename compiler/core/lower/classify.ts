/**
 * Which routines are direct: no loop, communication, PAR, ALT or timer in them, not recursive, and only direct routines called.
 * Every other routine is a machine. This is decided on the syntax tree, since the flattening of expressions needs to know it.
 */
import type { Abbreviation, FunctionDeclaration, Process, ProcDeclaration } from '../../../grammar/ast.ts'
import { walk } from '../../../grammar/walk.ts'
import type { SyntaxNode } from '../../../grammar/walk.ts'
import { madeOf } from '../../check/mobile-processes.ts'
import { isEnrolling } from '../../check/type-model.ts'
import type { Checked, Symbol } from '../../semantics.ts'
import { callersOf, recursiveIn } from '../ir/call-graph.ts'

type Routine = ProcDeclaration | FunctionDeclaration

/** A value at top level that is not known at compile time is computed where it is used, so a use of it counts as a call. */
type Callee = Routine | Abbreviation

/** What a process needs a machine for: itself, the loop that its replicator becomes, or nothing (a call needs one if its callee does). */
const NEEDS_MACHINE: Readonly<Record<Process['kind'], 'always' | 'replicated' | 'never'>> = {
  skip: 'never',
  stop: 'never',
  pass: 'always',
  assign: 'never',
  output: 'always',
  input: 'always',
  seq: 'replicated',
  par: 'always',
  alt: 'always',
  if: 'replicated',
  case: 'never',
  while: 'always',
  call: 'never',
  scope: 'never',
  sync: 'always',
  suspend: 'always',
  resign: 'always',
  claim: 'always',
  fork: 'always',
  forking: 'always',
  missing: 'never',
}

/** @returns the declarations of all routines of the program that are direct */
export function classify(checked: Checked): ReadonlySet<Routine> {
  const graph = new CallGraph(checked)
  walk<Callee | undefined>(checked.program.items, undefined, (node, around) => graph.note(node, around))
  return graph.direct()
}

class CallGraph {
  private readonly calls = new Map<Callee, Set<Callee>>()
  private readonly machines = new Set<Callee>()
  private readonly values = new Map<Symbol, Abbreviation>()
  private readonly checked: Checked

  constructor(checked: Checked) {
    this.checked = checked
    for (const item of checked.program.items) {
      if (item.kind !== 'abbreviation' || checked.constants.has(item.value)) continue
      const symbol = checked.symbols.get(item.name)
      if (symbol === undefined) continue
      this.values.set(symbol, item)
      this.calls.set(item, new Set())
    }
  }

  /**
   * Notes what a node calls and needs.
   * @param around the routine that it stands in
   * @returns the routine that its parts stand in
   */
  note(node: SyntaxNode, around: Callee | undefined): Callee | undefined {
    if (node.kind === 'proc' || node.kind === 'function') {
      if (!this.calls.has(node)) this.calls.set(node, new Set())
      const symbol = this.checked.symbols.get(node.name)
      if (node.kind === 'proc' && node.implements !== undefined) this.machines.add(node)
      if (symbol?.kind === 'proc' && symbol.formals.some(({ type }) => isEnrolling(type))) this.machines.add(node)
      return node
    }
    if (node.kind === 'abbreviation') return this.calls.has(node) ? node : around
    if (around === undefined) return around
    if (needsMachine(node) || this.declaresBarrier(node) || this.makesProcess(node)) this.machines.add(around)
    if (node.kind === 'call' || node.kind === 'function-call') this.called(this.checked.symbols.get(node.name), around)
    else if (node.kind === 'monadic' || node.kind === 'dyadic') this.called(this.checked.operatorCalls.get(node), around)
    else if (node.kind === 'name-use' && this.values.size > 0) {
      const symbol = this.checked.symbols.get(node.name)
      const value = symbol && this.values.get(symbol)
      if (value !== undefined) this.calls.get(around)?.add(value)
    }
    return around
  }

  /** Whether variables are declared that hold mobile barriers: to be enrolled, and to leave, takes a machine. */
  private declaresBarrier(node: SyntaxNode): boolean {
    if (node.kind !== 'variable' && node.kind !== 'initial') return false
    const [name] = node.names
    const symbol = name && this.checked.symbols.get(name)
    return symbol?.kind === 'variable' && isEnrolling(symbol.type)
  }

  /** Whether a mobile process is made, or run. */
  private makesProcess(node: SyntaxNode): boolean {
    if (node.kind === 'call') return this.checked.symbols.get(node.name)?.kind === 'variable'
    return node.kind === 'allocation' && madeOf(this.checked, node) !== undefined
  }

  private called(symbol: Symbol | undefined, caller: Callee): void {
    if (symbol?.kind !== 'proc' && symbol?.kind !== 'function') return
    if (symbol.declaration !== undefined) this.calls.get(caller)?.add(symbol.declaration)
    else if (symbol.kind === 'proc' && (symbol.host !== undefined || symbol.predefined === 'RESCHEDULE')) this.machines.add(caller)
  }

  direct(): ReadonlySet<Routine> {
    const { calls, checked } = this
    // The main process is started as a process of its own.
    const main = checked.main?.declaration
    const machines = callersOf([...this.machines, ...(main === undefined ? [] : [main]), ...recursiveIn(calls)], calls)
    const direct = new Set<Routine>()
    for (const routine of calls.keys()) if (routine.kind !== 'abbreviation' && !machines.has(routine)) direct.add(routine)
    return direct
  }
}

function needsMachine(node: SyntaxNode): boolean {
  if (node.kind === 'array-constructor') return true
  if (!isProcess(node)) return false
  const need = NEEDS_MACHINE[node.kind]
  return need === 'always' || (need === 'replicated' && 'replicator' in node && node.replicator !== undefined)
}

function isProcess(node: SyntaxNode): node is Process {
  return Object.hasOwn(NEEDS_MACHINE, node.kind)
}
