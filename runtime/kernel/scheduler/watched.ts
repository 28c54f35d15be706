/**
 * Processes whose choices somebody watches, or makes. Code that was linked with `abi-watched.ts` asks the watcher of its kernel wherever what a process does
 * does not follow from what it has done and what the others give it: in an ALT, at a claim, at a timer, in a call of the host and in a FORK. Code that was
 * linked with `abi.ts` knows nothing of this.
 */
import * as alt from './alt.ts'
import { altSync } from './alt-sync.ts'
import * as forks from './forks.ts'
import * as kernel from './kernel.ts'
import * as monitor from './monitor.ts'
import { HOST } from './state.ts'
import type { Channel, Frame, Monitor, Process, Unit } from './state.ts'
import type { Value } from './value.ts'

/** What each operation does; a watcher does more, or something else. This one does the same as code that nobody watches. */
export class Watcher {
  altStart(p: Process, pri: boolean, n: number): number {
    return alt.altStart(p, pri, n)
  }

  altChannel(p: Process, c: Channel, guard: number): boolean {
    return alt.altChannel(p, c, guard)
  }

  altTimer(p: Process, t: number, guard: number): boolean {
    return alt.altTimer(p, t, guard)
  }

  altSkip(p: Process, guard: number): boolean {
    return alt.altSkip(p, guard)
  }

  altSync(p: Process, m: Monitor, guard: number): boolean {
    return altSync(p, m, guard)
  }

  altWait(p: Process, u: Unit, site: number): number {
    return alt.altWait(p, u, site)
  }

  claim(p: Process, m: Monitor): boolean {
    return monitor.claim(p, m)
  }

  clock(p: Process): number {
    return kernel.clock(p)
  }

  sleep(p: Process, t: number): boolean {
    return kernel.sleep(p, t)
  }

  host(p: Process, service: string, actuals: readonly Value[]): boolean {
    return kernel.host(p, service, actuals)
  }

  spawn(p: Process, frame: Frame, name: string, place: number): void {
    forks.spawn(p, frame, name, place)
  }

  /** A process that waits for the host is about to have its answer. */
  answered(_p: Process, _value: Value): void {
    // it is the host's own
  }
}

/** The kernel of code that is watched. */
export class WatchedKernel extends kernel.Kernel {
  watcher = new Watcher()

  override wake(p: Process, value: Value): void {
    if (p.state === HOST) this.watcher.answered(p, value)
    super.wake(p, value)
  }
}

/** @returns who watches a process, whose code is linked so that somebody does */
export function watcherOf(p: Process): Watcher {
  return (p.kernel as WatchedKernel).watcher // such code runs in such kernels only
}
