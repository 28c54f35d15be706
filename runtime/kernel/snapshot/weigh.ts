/** How much there is to encode of processes, before anything is done to them. */
import { branchesOf } from '../inspect/paths.ts'
import { ENDED, GONE } from '../scheduler/state.ts'
import { Handle, Mobile } from '../scheduler/mobile.ts'
import type { Process } from '../scheduler/state.ts'
import { fieldsOf, framesOf, saved } from './schema.ts'

/** From the first to the last byte that is seen of a buffer. */
export interface SeenBytes {
  readonly from: number
  readonly to: number
}

/**
 * @param below whether what is below the processes counts too
 * @returns bytes of the arrays that are live in their frames, each once however many see it; scalars are not counted
 */
export function bytesOfArrays(processes: readonly Process[], below: boolean): number {
  let bytes = 0
  for (const { from, to } of buffersOf(processes, below).values()) bytes += to - from
  return bytes
}

/** @returns the buffers of the arrays that are live in the frames of processes, and what is seen of each. @param below as for `bytesOfArrays` */
export function buffersOf(processes: readonly Process[], below: boolean): ReadonlyMap<ArrayBufferLike, SeenBytes> {
  const all = new Set<Process>()
  const seen = new Map<ArrayBufferLike, { from: number; to: number }>()
  const see = ({ buffer, byteOffset: from, byteLength }: ArrayBufferView): void => {
    const known = seen.get(buffer)
    if (known === undefined) seen.set(buffer, { from, to: from + byteLength })
    else {
      known.from = Math.min(known.from, from)
      known.to = Math.max(known.to, from + byteLength)
    }
  }
  const queue = [...processes]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    if (p.state === ENDED || p.state === GONE || all.has(p)) continue
    all.add(p)
    framesOf(p.frame).forEach((frame, depth) => {
      const fields = fieldsOf(frame)
      for (const slot of saved(frame.machine, frame.pc, depth === 0 && p.join !== null)) {
        const value = fields[frame.machine.slots[slot]?.[0] ?? '']
        if (ArrayBuffer.isView(value)) see(value)
        else if (value instanceof Mobile) eachArray(value, see)
      }
    })
    if (below) for (const branch of branchesOf(p)) queue.push(branch)
  }
  return seen
}

/** Calls `visit` for every flat array that a mobile consists of. */
function eachArray(m: Mobile, visit: (a: ArrayBufferView) => void): void {
  visit(m.elements)
  for (const part of m.parts) {
    if (part instanceof Mobile) eachArray(part, visit)
    else if (!(part instanceof Handle)) visit(part)
  }
}
