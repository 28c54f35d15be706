/** What a debugger steps: a run that goes from one step to the next, and whose state can be kept and gone back to. */
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import { NO_CHANNELS } from '../kernel/numeric/arrays.ts'
import { NO_BYTES, NO_INT16S, NO_INT64S, NO_INTS, NO_REAL32S, NO_REAL64S } from '../kernel/scheduler/blanks.ts'
import { NO_MOBILE, NO_REFERENCES } from '../kernel/scheduler/mobile.ts'
import { NO_MONITOR, NO_MONITORS } from '../kernel/scheduler/monitor.ts'
import { NO_CHANNEL } from '../kernel/scheduler/state.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import type { Repetition } from '../run/recording/replay.ts'
import { copyGraph } from './graph-copy.ts'

export interface Stepped {
  readonly kernel: Kernel
  /** Makes a step. @returns the process that has run; undefined when there is no more */
  step(): Process | undefined
  /** @returns all of the state, to go back to as often as one likes */
  save(): unknown
  /** @param saved what `save` gave */
  restore(saved: unknown): void
}

/** What stands for nothing and is known by its identity. */
const BLANKS: ReadonlySet<object> = new Set<object>([
  NO_CHANNEL,
  NO_CHANNELS,
  NO_MOBILE,
  NO_REFERENCES,
  NO_MONITOR,
  NO_MONITORS,
  NO_BYTES,
  NO_INT16S,
  NO_INTS,
  NO_INT64S,
  NO_REAL32S,
  NO_REAL64S,
])

/** Fields of a kernel that are no state of the program. */
const NOT_STATE: ReadonlySet<string> = new Set(['world', 'links', 'thaw', 'fetchCode', 'observer', 'follower', 'born', 'watcher'])

interface Saved {
  readonly kernel: Record<string, unknown>
  readonly state: object
}

/** Steps of a repetition: one is what a process does from one wait to the next. */
export class SteppedReplay implements Stepped {
  constructor(private readonly replay: Repetition) {}

  get kernel(): Kernel {
    return this.replay.kernel
  }

  step(): Process | undefined {
    return this.replay.step()
  }

  save(): Saved {
    const { kernel, state } = this.replay
    return this.copied({ kernel: Object.fromEntries(Object.entries(kernel).filter(([name]) => !NOT_STATE.has(name))), state })
  }

  restore(saved: unknown): void {
    const { kernel, state } = this.copied(saved as Saved) // only `save` makes them
    Object.assign(this.replay.kernel, kernel)
    this.replay.state = state
  }

  private copied(saved: Saved): Saved {
    const { kernel } = this.replay
    return copyGraph(saved, (o) => o === kernel || BLANKS.has(o) || 'machines' in o || 'unit' in o || o instanceof Error)
  }
}
