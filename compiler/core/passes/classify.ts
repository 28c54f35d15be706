/**
 * Which routines are direct: no loop, communication, PAR, ALT or timer in them, not recursive, and only direct routines called.
 * Everything else is a machine. Decided on the syntax tree, since flattening expressions needs to know.
 */
import type { FunctionDeclaration, Name, ProcDeclaration } from '../../../grammar/ast.ts'
import type { Checked, Symbol } from '../../semantics.ts'

/** @returns the declarations of all routines of the program that are direct. */
export function classify(checked: Checked): ReadonlySet<ProcDeclaration | FunctionDeclaration> {
  const calls = new Map<object, Set<object>>()
  const machines = new Set<object>()
  // A value at top level that is not known at compile time is computed where it is used, so a use counts as a call.
  const values = new Map<Symbol | undefined, object>()
  for (const item of checked.program.items) {
    if (item.kind !== 'abbreviation' || checked.constants.has(item.value)) continue
    values.set(checked.symbols.get(item.name), item)
    calls.set(item, new Set())
  }
  const computed = new Set(values.values())
  const scan = (node: unknown, routine: object | undefined): void => {
    if (Array.isArray(node)) {
      for (const child of node) scan(child, routine)
      return
    }
    if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return
    const n = node as { kind?: string; replicator?: unknown; name?: Name } // nodes are plain data; `kind` tells them apart
    let inside = computed.has(node) ? node : routine
    switch (n.kind) {
      case 'proc':
      case 'function':
        inside = node
        if (!calls.has(node)) calls.set(node, new Set())
        break
      case 'input':
      case 'output':
      case 'par':
      case 'alt':
      case 'while':
      case 'pass':
      case 'array-constructor':
        if (routine !== undefined) machines.add(routine)
        break
      case 'seq':
      case 'if':
        if (routine !== undefined && n.replicator !== undefined) machines.add(routine)
        break
      case 'call':
      case 'function-call': {
        const symbol = n.name === undefined ? undefined : checked.symbols.get(n.name)
        if (routine !== undefined && symbol !== undefined) noteCall(symbol, routine)
        break
      }
      case 'name-use': {
        const value = n.name === undefined ? undefined : values.get(checked.symbols.get(n.name))
        if (routine !== undefined && value !== undefined) calls.get(routine)?.add(value)
        break
      }
      case 'monadic':
      case 'dyadic': {
        const symbol = checked.operatorCalls.get(node as never) // keyed by the expressions themselves
        if (routine !== undefined && symbol !== undefined) noteCall(symbol, routine)
        break
      }
      case undefined:
        break
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'span' && key !== 'operatorSpan') scan(child, inside)
  }
  const noteCall = (symbol: Symbol, routine: object): void => {
    if (symbol.kind !== 'proc' && symbol.kind !== 'function') return
    if (symbol.declaration !== undefined) calls.get(routine)?.add(symbol.declaration)
    else if (symbol.kind === 'proc' && (symbol.host !== undefined || symbol.predefined === 'RESCHEDULE')) machines.add(routine)
  }
  scan(checked.program.items, undefined)

  // The main process is started as a process of its own.
  if (checked.main?.declaration !== undefined) machines.add(checked.main.declaration)
  for (const routine of calls.keys()) if (reaches(routine, routine, calls)) machines.add(routine)
  let changed = true
  while (changed) {
    changed = false
    for (const [routine, callees] of calls) {
      if (machines.has(routine)) continue
      for (const callee of callees) {
        if (!machines.has(callee)) continue
        machines.add(routine)
        changed = true
        break
      }
    }
  }
  const direct = new Set<ProcDeclaration | FunctionDeclaration>()
  for (const routine of calls.keys())
    if (!machines.has(routine) && !computed.has(routine)) direct.add(routine as ProcDeclaration | FunctionDeclaration) // the keys are these nodes
  return direct
}

/** @returns whether a path of calls leads from `from` to `to`. */
function reaches(from: object, to: object, calls: ReadonlyMap<object, ReadonlySet<object>>): boolean {
  const seen = new Set<object>()
  const stack = [...(calls.get(from) ?? [])]
  for (let routine = stack.pop(); routine !== undefined; routine = stack.pop()) {
    if (routine === to) return true
    if (seen.has(routine)) continue
    seen.add(routine)
    stack.push(...(calls.get(routine) ?? []))
  }
  return false
}
