/** Questions about who calls whom, answered in time proportional to the number of calls and without a stack of calls. */
import type { Routine, Stmt } from './ir.ts'
import { eachExprIn, eachStmt } from './walk.ts'

/** The routines that each routine calls. */
export type Calls<T> = ReadonlyMap<T, Iterable<T>>

/** @returns the routines that `body` calls, those in branches included */
export function calleesOf(body: readonly Stmt[]): Set<Routine> {
  const callees = new Set<Routine>()
  eachStmt(body, (s) => {
    if (s.kind === 'call') callees.add(s.routine)
  })
  eachExprIn(body, (e) => {
    if (e.kind === 'apply') callees.add(e.routine)
  })
  return callees
}

/**
 * The strongly connected components of the calls (Tarjan 1972).
 * @returns groups of routines that can all reach each other, callees first
 */
export function components<T>(calls: Calls<T>): T[][] {
  const found: T[][] = []
  const numbers = new Map<T, number>()
  const lowest = new Map<T, number>()
  const open = new Set<T>()
  const waiting: T[] = []
  const path: { readonly routine: T; readonly callees: Iterator<T> }[] = []
  const enter = (routine: T): void => {
    const n = numbers.size
    numbers.set(routine, n)
    lowest.set(routine, n)
    open.add(routine)
    waiting.push(routine)
    path.push({ routine, callees: (calls.get(routine) ?? [])[Symbol.iterator]() })
  }
  const lower = (routine: T, n: number): void => {
    lowest.set(routine, Math.min(lowest.get(routine) ?? n, n))
  }
  for (const root of calls.keys()) {
    if (numbers.has(root)) continue
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { routine } = top
      const next = top.callees.next()
      if (next.done !== true) {
        const number = numbers.get(next.value)
        if (number === undefined) enter(next.value)
        else if (open.has(next.value)) lower(routine, number)
        continue
      }
      path.pop()
      const mine = lowest.get(routine) ?? 0
      const caller = path.at(-1)
      if (caller !== undefined) lower(caller.routine, mine)
      if (mine !== numbers.get(routine)) continue
      const group = waiting.splice(waiting.lastIndexOf(routine))
      for (const member of group) open.delete(member)
      found.push(group)
    }
  }
  return found
}

/** @returns the routines that can be reached from themselves */
export function recursiveIn<T>(calls: Calls<T>): ReadonlySet<T> {
  const recursive = new Set<T>()
  for (const group of components(calls)) if (group.length > 1) for (const member of group) recursive.add(member)
  for (const [routine, callees] of calls) for (const callee of callees) if (callee === routine) recursive.add(routine)
  return recursive
}

/** @returns `seeds`, and every routine that calls one of them, directly or by way of others */
export function callersOf<T>(seeds: Iterable<T>, calls: Calls<T>): ReadonlySet<T> {
  const callers = new Map<T, T[]>()
  for (const [routine, callees] of calls)
    for (const callee of callees) {
      const list = callers.get(callee)
      if (list === undefined) callers.set(callee, [routine])
      else list.push(routine)
    }
  const found = new Set(seeds)
  const stack = [...found]
  for (let routine = stack.pop(); routine !== undefined; routine = stack.pop()) {
    for (const caller of callers.get(routine) ?? []) {
      if (found.has(caller)) continue
      found.add(caller)
      stack.push(caller)
    }
  }
  return found
}
