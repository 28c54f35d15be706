/** Questions about who calls whom, answered in time proportional to the number of calls. */

/** The routines that each routine calls. */
export type Calls<T> = ReadonlyMap<T, Iterable<T>>

/** @returns the routines that can be reached from themselves (those in strong components of Tarjan 1972 that hold a call) */
export function recursiveIn<T>(calls: Calls<T>): ReadonlySet<T> {
  const recursive = new Set<T>()
  const numbers = new Map<T, number>()
  const lowest = new Map<T, number>()
  const open = new Set<T>()
  const component: T[] = []
  const low = (routine: T, n: number): void => {
    lowest.set(routine, Math.min(lowest.get(routine) ?? n, n))
  }
  for (const root of calls.keys()) {
    if (numbers.has(root)) continue
    const path: { readonly routine: T; readonly callees: Iterator<T> }[] = []
    const enter = (routine: T): void => {
      numbers.set(routine, numbers.size)
      low(routine, numbers.size - 1)
      open.add(routine)
      component.push(routine)
      path.push({ routine, callees: (calls.get(routine) ?? [])[Symbol.iterator]() })
    }
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { routine } = top
      const next = top.callees.next()
      if (next.done !== true) {
        const callee = next.value
        const number = numbers.get(callee)
        if (callee === routine) recursive.add(routine)
        if (number === undefined) enter(callee)
        else if (open.has(callee)) low(routine, number)
        continue
      }
      path.pop()
      const caller = path.at(-1)
      const mine = lowest.get(routine) ?? 0
      if (caller !== undefined) low(caller.routine, mine)
      if (mine !== numbers.get(routine)) continue
      const members = component.splice(component.lastIndexOf(routine))
      for (const member of members) {
        open.delete(member)
        if (members.length > 1) recursive.add(member)
      }
    }
  }
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
