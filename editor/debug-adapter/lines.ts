/** The lines at which processes can wait: breakpoints stand there. */
import type { UnitDebug } from '../../runtime/kernel/scheduler/unit-debug.ts'

/** By file, as the program names it, the lines in ascending order. */
export function waitingLines(units: readonly { readonly debug: UnitDebug }[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, Set<number>>()
  for (const { debug } of units)
    for (const { points } of debug.machines)
      for (const [file, line] of points) {
        const name = debug.files[file]
        if (name === undefined) continue
        const lines = found.get(name) ?? new Set<number>()
        found.set(name, lines.add(line))
      }
  return new Map([...found].map(([file, lines]) => [file, [...lines].sort((a, b) => a - b)]))
}
