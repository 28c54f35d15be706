/**
 * What a variable gives up: whoever held it leaves the barriers that it has in it, those of idle mobile processes too.
 *
 * Invariants
 * - Each variable that has a barrier is one place in it, and has a mobile of its own. Several names for one variable hold the same mobile, which is
 *   known by its parts.
 * - The image of a mobile process says itself which places it has, since its code need not be here (snapshot/agents.ts).
 */
import { Agent, eachOf, isImage } from './agents.ts'
import { isEnd } from './ends.ts'
import { resign } from './monitor.ts'
import { liveSlots, Monitor } from './state.ts'
import type { Process } from './state.ts'
import { Mobile } from './value.ts'
import type { Reference } from './value.ts'

/** A variable of `p` gives up a mobile. */
export function drop(p: Process, m: Mobile): void {
  new Places((barrier) => {
    resign(p, barrier, 0)
  }).of(m)
}

/** @returns the barriers that an idle mobile process has, once for each place */
export function barriersOf(root: Process): Monitor[] {
  const found: Monitor[] = []
  new Places((barrier) => found.push(barrier)).ofProcess(root)
  return found
}

/** @returns the parts that an image has beside its barriers, and those */
export function partsOfImage(parts: readonly Reference[], barriers: readonly Monitor[]): Reference[] {
  return [...parts, BARRIERS_FOLLOW, ...barriers]
}

const BARRIERS_FOLLOW = Uint8Array.of(0)

/** Goes through all that a mobile has, and meets each variable once. */
class Places {
  private readonly done = new Set<readonly Reference[]>()

  constructor(private readonly visit: (barrier: Monitor) => void) {}

  of(m: Mobile): void {
    if (m instanceof Agent) {
      if (m.process !== null) this.ofProcess(m.process)
      else this.ofImage(m)
    } else if (isImage(m)) this.ofImage(m)
    else if (!isEnd(m)) this.ofParts(m.parts) // the monitor of an end is a claim
  }

  ofProcess(root: Process): void {
    eachOf(root, (p) => {
      for (let f: typeof p.frame | null = p.frame; f !== null; f = f.caller) {
        const fields = f as unknown as Record<string, unknown> // one field per slot
        for (const slot of liveSlots(f.machine, f.pc)) {
          const [name = '', type] = f.machine.slots[slot] ?? []
          const v = fields[name]
          if (v instanceof Mobile) this.of(v)
          else if (type === 'mobiles') this.ofParts(v as Reference[]) // slot type
        }
      }
    })
  }

  private ofParts(parts: readonly Reference[]): void {
    if (parts.length === 0 || this.done.has(parts)) return
    this.done.add(parts)
    for (const part of parts) {
      if (part instanceof Monitor) this.visit(part)
      else if (part instanceof Mobile) this.of(part)
    }
  }

  private ofImage({ parts }: Mobile): void {
    if (this.done.has(parts)) return
    this.done.add(parts)
    const first = parts.findIndex((part) => ArrayBuffer.isView(part)) + 1
    if (first > 0) for (const part of parts.slice(first)) if (part instanceof Monitor) this.visit(part)
  }
}
