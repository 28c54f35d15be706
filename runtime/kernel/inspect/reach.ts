/** Which channels and monitors the processes of a kernel hold. */
import { Channel, Frame } from '../scheduler/state.ts'
import { Monitor } from '../scheduler/monitor.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { Process } from '../scheduler/state.ts'

/** The channels and monitors in any frame of any process here, in whatever slot, and those that processes wait at. */
export function reachable(kernel: Kernel): Set<Channel | Monitor> {
  const result = new Set<Channel | Monitor>()
  const queue: Process[] = [...kernel.roots]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    if (p.value instanceof Channel || p.value instanceof Monitor) result.add(p.value)
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      // all fields: frames of the host's machines hold channels that are no slots
      for (const v of Object.values(f) as unknown[]) {
        if (v instanceof Channel || v instanceof Monitor) result.add(v)
        else if (Array.isArray(v)) for (const c of v as unknown[]) if (c instanceof Channel || c instanceof Monitor) result.add(c)
      }
    }
    const pending = p.frame.pending
    if (pending !== null && !(pending instanceof Frame)) for (const branch of pending.branches) queue.push(branch)
  }
  return result
}
