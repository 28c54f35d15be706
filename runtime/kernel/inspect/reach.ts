/** Which channels and monitors the processes of a kernel hold. */
import { Channel, Frame, OUTPUT } from '../scheduler/state.ts'
import { ChannelHandle } from '../scheduler/ends.ts'
import { Agent } from '../scheduler/agents.ts'
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
    else addParts([p.value], result, queue)
    if (p.state === OUTPUT && p.value instanceof Channel) addParts([p.value.value], result, queue)
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      // all fields: frames of the host's machines hold channels that are no slots
      for (const v of Object.values(f) as unknown[]) {
        if (v instanceof Channel || v instanceof Monitor) result.add(v)
        else if (v instanceof Mobile) addParts([v], result, queue)
        else if (Array.isArray(v)) addParts(v, result, queue)
      }
    }
    const pending = p.frame.pending
    if (pending !== null && !(pending instanceof Frame)) for (const branch of pending.branches) queue.push(branch)
  }
  return result
}

/** Adds what an array holds, mobiles in it included. @param processes gets mobile processes that are idle */
function addParts(parts: readonly unknown[], result: Set<Channel | Monitor>, processes: Process[]): void {
  const lists: unknown[] = [parts]
  for (let list = lists.pop(); list !== undefined; list = lists.pop()) {
    for (const v of list as readonly unknown[]) {
      if (v instanceof Channel || v instanceof Monitor) result.add(v)
      else if (v instanceof ChannelHandle) result.add(v.channel)
      else if (v instanceof Agent && v.process !== null) processes.push(v.process)
      else if (v instanceof Mobile && v.parts.length > 0) lists.push(v.parts)
    }
  }
}
