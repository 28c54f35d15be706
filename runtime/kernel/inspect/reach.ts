/** Which channels and monitors the processes of a kernel hold. */
import { Channel, Frame, OUTPUT } from '../scheduler/state.ts'
import { ChannelHandle } from '../scheduler/ends.ts'
import { Mobile } from '../scheduler/mobile.ts'
import { Monitor } from '../scheduler/monitor.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { Process } from '../scheduler/state.ts'

/** The channels and monitors in any frame of any process here, in whatever slot, and those that processes wait at. */
export function reachable(kernel: Kernel): Set<Channel | Monitor> {
  const result = new Set<Channel | Monitor>()
  const queue: Process[] = [...kernel.roots]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    if (p.value instanceof Channel || p.value instanceof Monitor) result.add(p.value)
    else if (p.value instanceof Mobile) addParts(p.value.parts, result)
    if (p.state === OUTPUT && p.value instanceof Channel && p.value.value instanceof Mobile) addParts(p.value.value.parts, result)
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      // all fields: frames of the host's machines hold channels that are no slots
      for (const v of Object.values(f) as unknown[]) {
        if (v instanceof Channel || v instanceof Monitor) result.add(v)
        else if (v instanceof Mobile) addParts(v.parts, result)
        else if (Array.isArray(v)) addParts(v, result)
      }
    }
    const pending = p.frame.pending
    if (pending !== null && !(pending instanceof Frame)) for (const branch of pending.branches) queue.push(branch)
  }
  return result
}

/** Adds what an array holds, mobiles in it included. */
function addParts(parts: readonly unknown[], result: Set<Channel | Monitor>): void {
  const queue: unknown[] = [parts]
  for (let list = queue.pop(); list !== undefined; list = queue.pop()) {
    for (const v of list as readonly unknown[]) {
      if (v instanceof Channel || v instanceof Monitor) result.add(v)
      else if (v instanceof ChannelHandle) result.add(v.channel)
      else if (v instanceof Mobile && v.parts.length > 0) queue.push(v.parts)
    }
  }
}
