/** What stops a program that takes all memory: a recursion or a replication without end, an array that no engine can hold. */
import { Fault } from './fault.ts'
import type { FaultValues } from './fault.ts'
import { Frame } from './state.ts'
import type { Process } from './state.ts'
import { isOfHost } from './unit.ts'

/**
 * @param roots of the program
 * @param used what the world says of the memory
 * @returns the fault, which blames the process with the most calls if it has most of them, else whichever ran
 */
export function memoryFault(roots: Iterable<Process>, used: FaultValues): Fault {
  const { processes, calls, deepest, depth } = counted(roots)
  const fault = new Fault('R0110', undefined, -1, [['processes', processes], ['calls', calls], ...used])
  if (depth > calls / 2) fault.blamed = deepest
  return fault
}

interface Counts {
  readonly processes: number
  /** Activations of routines, in all processes. */
  readonly calls: number
  readonly deepest: Process | undefined
  /** Activations of routines in that process. */
  readonly depth: number
}

/** Counts what is the program's, with little memory of its own: a place in the branches of each PAR that it is within. */
function counted(roots: Iterable<Process>): Counts {
  let processes = 0
  let calls = 0
  let deepest: Process | undefined
  let depth = 0
  const stack: { readonly branches: readonly Process[]; next: number }[] = [{ branches: [...roots], next: 0 }]
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const p = top.branches[top.next++]
    if (p === undefined) {
      stack.pop()
      continue
    }
    if (isOfHost(p.frame.machine.unit)) continue // of the host
    let own = 0
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) own++
    processes++
    calls += own
    if (own > depth) {
      deepest = p
      depth = own
    }
    const pending = p.frame.pending
    if (pending !== null && !(pending instanceof Frame)) stack.push({ branches: pending.branches, next: 0 })
  }
  return { processes, calls, deepest, depth }
}

/** @returns what was thrown, or the fault that it means where the engine had no room for what the program asked for */
export function nativeFault(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error
  if (/call stack/.test(error.message)) return new Fault('R0110', undefined, -1, [['limit', 'the native stack: calls within calls']])
  if (/allocation failed|Invalid (?:typed )?array length/.test(error.message))
    return new Fault('R0211', undefined, -1, [['limit', LARGEST]])
  return error
}

/** The limit of arrays, as it is told. */
export const LARGEST = '4294967296 bytes, and the memory there is'
