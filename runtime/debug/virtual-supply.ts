/** What a program is given that is debugged without a recording: time that passes when nothing can run, no keys, and the services of this OS process. */
import { HomeServices } from '../host/home-services.ts'
import { loneHost } from '../host/lone-host.ts'
import { isConsole } from '../host/console.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import type { Entry } from '../run/recording/recording.ts'
import type { Supply } from '../run/recording/replay.ts'

/** Back-edges and dispatches between two looks at the outside. */
const FUEL = 1000

/** @param source path of the program's text @param args its arguments */
export function virtualSupply(source: string, args: readonly string[] = []): Supply {
  let now = 0
  const host = loneHost(new HomeServices({ source, args, files: [], exit: () => undefined }))
  return {
    run: (kernel): Entry => {
      if (!kernel.runnable) {
        const due = kernel.timers.next()
        if (due === Infinity) return { kind: 'end', how: hasEnded(kernel) ? 'ended' : 'deadlock', status: 0 }
        now = Math.max(now, Math.ceil(due))
      }
      return { kind: 'run', fuel: FUEL }
    },
    answer: (p: Process, service: string, actuals: readonly Value[]) => {
      return host(p, service, actuals) ? (p.value as Value) : undefined // a service that is done has left its answer there
    },
    time: () => ++now, // who waits for a time by looking again and again gets there
  }
}

function hasEnded(kernel: Kernel): boolean {
  for (const p of kernel.roots) if (!isConsole(p)) return false
  return true
}
