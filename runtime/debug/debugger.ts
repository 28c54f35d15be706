/**
 * The engine of the debugger: steps a run forward and backward, and tells what there is to see. It knows no terminal: the command and editors are built on it.
 *
 * A step is what one process of the program does from one wait to the next. To go backward, a state that was kept is restored and stepped forward from there;
 * states are kept every so many steps, and the farther back, the fewer.
 */
import { callStack, deadlock, describe, liveValues, pathOf, processes, waitedFor, walkProcesses } from '../kernel/inspect/inspect.ts'
import type { SourcePosition, StateWord } from '../kernel/inspect/inspect.ts'
import { slotsWithChannels } from '../kernel/inspect/process-info.ts'
import type { Channel, Frame, Process } from '../kernel/scheduler/state.ts'
import { isOfHost } from '../kernel/scheduler/unit.ts'
import { spellValue } from '../report/value.ts'
import type { Stepped } from './stepped.ts'

export type Breakpoint =
  /** A process comes to a wait on this line; of any file, if none is named. */
  | { readonly kind: 'line'; readonly file?: string; readonly line: number }
  /** A process comes to a channel that it calls so, as `in` or `c[3]`. */
  | { readonly kind: 'channel'; readonly name: string }

/** Why a run has stopped. `end`: nothing is left; `start`: nothing was before. */
export type Stop =
  | { readonly kind: 'stepped' }
  | { readonly kind: 'breakpoint'; readonly breakpoint: Breakpoint }
  | { readonly kind: 'fault' }
  | { readonly kind: 'end' }
  | { readonly kind: 'start' }

/** What a process did last, or what it waits for. */
export interface SeenProcess {
  readonly path: string
  readonly state: StateWord
  readonly words: string
  readonly place: SourcePosition | undefined
}

/** A variable of an activation. */
export interface SeenVariable {
  readonly name: string
  readonly value: string
}

export interface SeenActivation {
  readonly routine: string
  readonly place: SourcePosition | undefined
  readonly variables: readonly SeenVariable[]
}

/** A channel, as those who hold it call it. */
export interface SeenChannel {
  /** `main/par.1: out`, one for each holder. */
  readonly holders: readonly string[]
  /** Paths of those who wait at it. */
  readonly waiting: readonly string[]
}

/** Steps between two states that are kept. */
const KEEP_EVERY = 2_000
/** States that are kept at most: then every second one goes. */
const MOST_KEPT = 40

export class Debugger {
  breakpoints: Breakpoint[] = []
  /** The process that made the last step. */
  private last: Process | undefined
  private kept: { readonly position: number; readonly state: unknown }[] = []
  private at = 0

  /**
   * @param run one that has not begun
   * @param every steps between two states that are kept, at first
   */
  constructor(
    private readonly run: Stepped,
    private every = KEEP_EVERY,
  ) {
    this.kept.push({ position: 0, state: run.save() })
  }

  /** Steps made so far. */
  get position(): number {
    return this.at
  }

  /** Makes so many steps forward. */
  forward(steps = 1): Stop {
    for (let i = 0; i < steps; i++) if (!this.step()) return this.stopped()
    return this.run.kernel.failure === undefined ? { kind: 'stepped' } : { kind: 'fault' }
  }

  /** Goes forward to the next breakpoint, or to the end. @param most steps that it makes at most */
  continue(most = Infinity): Stop {
    for (let i = 0; i < most; i++) {
      if (!this.step()) return this.stopped()
      const breakpoint = this.hit()
      if (breakpoint !== undefined) return { kind: 'breakpoint', breakpoint }
    }
    return { kind: 'stepped' }
  }

  /** Goes so many steps backward. */
  backward(steps = 1): Stop {
    const to = this.position - steps
    this.goTo(Math.max(0, to))
    return to <= 0 ? { kind: 'start' } : { kind: 'stepped' }
  }

  /** Goes backward to the last breakpoint before this step, or to the beginning. */
  continueBackward(): Stop {
    let end = this.position
    for (let i = this.kept.length - 1; i >= 0; i--) {
      const from = this.kept[i]
      if (from === undefined || from.position >= end) continue
      this.goTo(from.position)
      let found: { readonly position: number; readonly breakpoint: Breakpoint } | undefined
      while (this.position < end - 1 && this.step()) {
        const breakpoint = this.hit()
        if (breakpoint !== undefined) found = { position: this.position, breakpoint }
      }
      if (found !== undefined) {
        this.goTo(found.position)
        return { kind: 'breakpoint', breakpoint: found.breakpoint }
      }
      end = from.position + 1
    }
    this.goTo(0)
    return { kind: 'start' }
  }

  /** Goes to a step, forward or backward. */
  goTo(position: number): Stop {
    if (position < this.position || (position === this.position && this.run.kernel.failure !== undefined)) {
      const from = this.kept.findLast((each) => each.position <= position) ?? this.kept[0]
      if (from === undefined) return { kind: 'start' }
      this.run.restore(from.state)
      this.at = from.position
      this.last = undefined
    }
    while (this.position < position) if (!this.step()) return this.stopped()
    return { kind: 'stepped' }
  }

  private step(): boolean {
    let p = this.run.step()
    while (p !== undefined && isOfHost(p.frame.machine.unit) && !this.run.kernel.stopped) p = this.run.step()
    if (p === undefined) return false
    this.at++
    this.last = p
    const last = this.kept.at(-1)
    if (this.position - (last?.position ?? 0) >= this.every && !this.run.kernel.stopped) this.keep()
    return true
  }

  private keep(): void {
    this.kept.push({ position: this.position, state: this.run.save() })
    if (this.kept.length <= MOST_KEPT) return
    this.kept = this.kept.filter((_, i) => i % 2 === 0)
    this.every *= 2
  }

  private stopped(): Stop {
    return this.run.kernel.failure === undefined ? { kind: 'end' } : { kind: 'fault' }
  }

  private hit(): Breakpoint | undefined {
    const p = this.last
    if (p === undefined || this.breakpoints.length === 0) return undefined
    const { place } = describe(p)
    const names = new Set(waitedFor(p).flatMap((c) => this.namesOf(p, c)))
    return this.breakpoints.find((each) =>
      each.kind === 'channel'
        ? names.has(each.name)
        : place?.line === each.line && (each.file === undefined || place.file.endsWith(each.file)),
    )
  }

  private namesOf(p: Process, c: Channel): string[] {
    const names: string[] = []
    for (let f: Frame | null = p.frame; f !== null; f = f.caller)
      for (const { channel, name } of slotsWithChannels(f)) if (channel === c) names.push(name)
    return names
  }

  // ---------------------------------------------------------------------------------------------- what there is to see

  /** The process that has failed, if one has, or else the one that made the last step; undefined before the first. */
  get current(): SeenProcess | undefined {
    const p = this.run.kernel.failure?.process ?? this.last
    return p === undefined ? undefined : seen(p)
  }

  processes(): SeenProcess[] {
    return processes(this.run.kernel).map(seen)
  }

  /** @returns the activations of a process, innermost first; undefined when there is no such process */
  activations(path: string): SeenActivation[] | undefined {
    const p = this.find(path)
    if (p === undefined) return undefined
    const places = callStack(p)
    const found: SeenActivation[] = []
    for (let f: Frame | null = p.frame; f !== null && found.length < places.length; f = f.caller) {
      const { machine = '', place } = places[found.length] ?? {}
      const variables = liveValues(f).map(({ name, value }) => ({ name, value: spellValue(value) }))
      found.push({ routine: machine, place, variables })
    }
    return found
  }

  /** @returns for each process that waits for others, which */
  waits(): { readonly path: string; readonly for: readonly string[] }[] {
    const found = new Map<string, Set<string>>()
    for (const { from, to } of deadlock(this.run.kernel).edges) {
      const path = pathOf(from)
      found.set(path, (found.get(path) ?? new Set<string>()).add(pathOf(to)))
    }
    return [...found].map(([path, targets]) => ({ path, for: [...targets] }))
  }

  channels(): SeenChannel[] {
    const found = new Map<Channel, { holders: Set<string>; waiting: Set<string> }>()
    const of = (c: Channel): { holders: Set<string>; waiting: Set<string> } => {
      let its = found.get(c)
      if (its === undefined) found.set(c, (its = { holders: new Set(), waiting: new Set() }))
      return its
    }
    for (const p of walkProcesses(this.run.kernel)) {
      const path = pathOf(p)
      for (let f: Frame | null = p.frame; f !== null; f = f.caller)
        for (const { name, channel } of slotsWithChannels(f)) of(channel).holders.add(`${path}: ${name}`)
      for (const c of waitedFor(p)) of(c).waiting.add(path)
    }
    return [...found.values()].map(({ holders, waiting }) => ({ holders: [...holders], waiting: [...waiting] }))
  }

  private find(path: string): Process | undefined {
    return processes(this.run.kernel).find((p) => pathOf(p) === path)
  }
}

function seen(p: Process): SeenProcess {
  const { path, state, words, place } = describe(p)
  return { path, state, words, place }
}
