/**
 * Whether this OS process is about to run out of memory.
 *
 * Two limits end it without a word of ours: the heap of the JavaScript engine, which holds processes, frames and channels, and the memory of the
 * machine (or of the container), which holds arrays too. A heap that looks full may be full of garbage, so it is collected before it counts as
 * full. While there is room, a look costs one call of the engine.
 */
import { totalmem } from 'node:os'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Of the heap, this part may hold what lives. Beyond it the engine collects garbage ever more often and finds ever less; from four fifths on it ends the
 * OS process when it has found little a few times in a row.
 */
const FULL_HEAP = 0.7
/** Of what is left above what lives, this part is filled before the heap is collected again. */
const FILLED = 0.25
const FULL_MACHINE = 0.9
/** Bytes of the limit that are for what is young, and never hold what lives long. */
const YOUNG = 48 << 20
const MEGABYTE = 1 << 20
/** Looks at the heap for each look at the machine's memory, which costs more. */
const HEAP_LOOKS = 64

export interface MemoryMeter {
  /** @returns bytes in use in the heap of the engine, and its limit */
  readonly heap: () => { readonly used: number; readonly limit: number }
  /** @returns bytes in use by this OS process, and how many there are */
  readonly machine: () => { readonly used: number; readonly limit: number }
  readonly collect: () => void
}

const engine: MemoryMeter = {
  heap: () => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
    return { used, limit: Math.max(limit - YOUNG, limit / 2) }
  },
  machine: () => {
    const constrained = process.constrainedMemory()
    const total = totalmem()
    return { used: process.memoryUsage.rss(), limit: constrained > 0 ? Math.min(constrained, total) : total }
  },
  collect: () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void // what the flag gives
    collect()
  },
}

/** @returns what a kernel's `World.memory` is to be */
export function memoryGauge(meter: MemoryMeter = engine): () => readonly (readonly [name: string, value: string])[] | undefined {
  let looks = 0
  /** The heap is looked at more closely when it holds more than this. */
  let suspicious = 0
  return () => {
    looks = (looks + 1) % HEAP_LOOKS
    if (looks === 0) {
      const { used, limit } = meter.machine()
      if (used > FULL_MACHINE * limit) return told('memory', used, limit)
    }
    const { used, limit } = meter.heap()
    if (used <= Math.max(suspicious, FULL_HEAP * limit)) return undefined
    meter.collect()
    const living = meter.heap().used
    if (living > FULL_HEAP * limit) return told('heap', living, limit)
    suspicious = living + FILLED * (limit - living)
    return undefined
  }
}

function told(what: string, used: number, limit: number): readonly (readonly [string, string])[] {
  return [[what, `${Math.round(used / MEGABYTE)} of ${Math.round(limit / MEGABYTE)} MB`]]
}
