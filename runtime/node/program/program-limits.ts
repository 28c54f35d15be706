/**
 * What `--limit` gives a program, checked where it is spent: processes and memory at each node, output and files at the home.
 *
 * The memory of one program on a node cannot be told from that of another. What counts is how much more the OS process of the node has in use than when
 * the program came; so a node that is to keep to this limit runs one program.
 */
import { walkProcesses } from '../../kernel/inspect/inspect.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { ProgramLimits } from '../../limits.ts'
import { NodeError } from '../node-error.ts'

/** Between two counts of processes, which take time: a count costs as much as all processes together take to be looked at. */
const COUNT_EVERY_MS = 50
const MEGABYTE = 1 << 20

/** @returns the error of a program that has more than it may */
export function limitExceeded(what: keyof ProgramLimits, told: string): NodeError {
  return new NodeError('R0441', `the program has ${told}`, `run it with a higher --limit ${what}=AMOUNT, or find out why it needs so much`)
}

/**
 * @returns what is to be called now and then at safe points: throws NodeError R0441 when the program has more than it may; undefined when nothing
 *   is limited
 */
export function limitsAt(node: string, kernel: () => Kernel, limits: ProgramLimits | undefined): (() => void) | undefined {
  if (limits?.memory === undefined && limits?.processes === undefined) return undefined
  const { memory = Infinity, processes = Infinity } = limits
  const inUse = (): number => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = inUse()
  let counted = -Infinity
  return () => {
    const now = performance.now()
    if (now - counted < COUNT_EVERY_MS) return
    counted = now
    const more = inUse() - before
    if (more > memory)
      throw limitExceeded(
        'memory',
        `${Math.round(more / MEGABYTE)} MB on node ${node}, and ${Math.round(memory / MEGABYTE)} MB are its limit`,
      )
    if (processes === Infinity) return
    let n = 0
    for (const walk = walkProcesses(kernel()); walk.next().done !== true;)
      if (++n > processes) throw limitExceeded('processes', `more than ${processes} processes on node ${node}`)
  }
}
