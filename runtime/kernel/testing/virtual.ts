/**
 * A world for tests: virtual time, seeded choices, a console in memory. Everything that happens follows from the options.
 */
import { messageBytes } from '../numeric/arrays.ts'
import { Channel, NO_CHANNEL, ENDED, Frame, OUTPUT, READY } from '../scheduler/state.ts'
import { put, take } from '../scheduler/channel.ts'
import { Choices } from './choices.ts'
import { Priorities } from './priorities.ts'
import { Kernel, meter } from '../scheduler/kernel.ts'
import type { Failure, World } from '../scheduler/kernel.ts'
import type { Process } from '../scheduler/state.ts'
import { unit } from '../scheduler/unit.ts'
import type { Value } from '../scheduler/value.ts'
import { deadlock } from '../inspect/wait-graph.ts'
import type { DeadlockReport } from '../inspect/wait-graph.ts'

/** The program's channels to the host. What is written to `screen` and `error` is collected; `keyboard` gives the bytes of `input`, then 255 for ever. */
export interface Ports {
  readonly keyboard: Channel
  readonly screen: Channel
  readonly error: Channel
}

export interface RunOptions {
  /** Chooses among runnable processes and ready guards; absent: first in, first out. */
  readonly seed?: number
  /** With `seed`: processes run by random priorities that change `depth - 1` times, see priorities.ts; absent: each choice is uniform. */
  readonly depth?: number
  /** Dispatches and back-edges after which the run is given up. Default 10,000,000. */
  readonly steps?: number
  /** Program time in microseconds after which the run is given up. */
  readonly within?: number
  /** Asked now and then whether to give up, as if `steps` were used up. */
  readonly giveUp?: () => boolean
  readonly input?: Uint8Array
  /** Host services; absent: a call of one fails. */
  readonly host?: World['host']
}

export interface Outcome {
  readonly kind: 'ended' | 'passed' | 'failure' | 'deadlock' | 'steps' | 'within'
  /** Of a `failure`. */
  readonly failure: Failure | undefined
  /** Of a `deadlock`. */
  readonly deadlock: DeadlockReport | undefined
  readonly screen: Uint8Array
  readonly error: Uint8Array
  /** Program time at the end, microseconds. */
  readonly time: number
  readonly steps: number
  /** Captures that were restored elsewhere. */
  readonly moves: number
  /** Messages between nodes. */
  readonly messages: number
  /** As they were left. */
  readonly kernels: readonly Kernel[]
}

/** The state of the console at a cut of the program. */
export interface ConsoleCut {
  readonly now: number
  /** How many bytes were shown, and how many typed bytes were taken. */
  readonly screen: number
  readonly error: number
  readonly typed: number
}

/** Dispatches and back-edges that take a microsecond of program time: so a program that polls a TIMER gets on. */
const STEPS_A_MICROSECOND = 100

class Collector extends Frame {
  constructor(
    readonly in_: Channel,
    readonly bytes: number[],
  ) {
    super(null)
  }
}

class Typist extends Frame {
  next = 0
  constructor(
    readonly out: Channel,
    readonly bytes: Uint8Array,
  ) {
    super(null)
  }
}

unit({
  name: 'console',
  machines: [
    {
      name: 'collector',
      step: (p: Process, f: Collector) => {
        for (;;) {
          if (f.pc === 1) for (const byte of messageBytes(p.value as Value)) f.bytes.push(byte) // it was taken from a channel
          f.pc = 1
          if (!take(p, f.in_)) return false
        }
      },
      blank: () => new Collector(NO_CHANNEL, []),
      slots: [],
      live: [[]],
      results: [],
    },
    {
      name: 'typist',
      step: (p: Process, f: Typist) => {
        while (put(p, f.out, f.bytes[f.next++] ?? 255));
        return false
      },
      blank: () => new Typist(NO_CHANNEL, new Uint8Array()),
      slots: [],
      live: [[]],
      results: [],
    },
  ],
})

/** Time and console of one run, for one kernel or several. */
export class VirtualWorld implements World {
  time = 0
  steps = 0
  readonly screen: number[] = []
  readonly error: number[] = []
  readonly choose?: (n: number) => number
  readonly pick?: NonNullable<World['pick']>
  readonly kernels: Kernel[] = []
  readonly limit: number
  readonly within: number
  private readonly service: World['host']
  private readonly collectors: Process[] = []
  private typist: Process | undefined

  /** @param choices absent: first in, first out */
  constructor(
    readonly options: RunOptions,
    choices: Choices | undefined,
  ) {
    const { seed, depth } = options
    if (choices !== undefined) this.choose = choices.below
    if (seed !== undefined && depth !== undefined) this.pick = new Priorities(seed, depth, LENGTH).pick
    this.limit = options.steps ?? 10_000_000
    this.within = options.within ?? Infinity
    this.service =
      options.host ??
      ((_p, service): never => {
        throw new Error(`there is no host service ${service} here`)
      })
  }

  now(): number {
    return this.time + this.steps / STEPS_A_MICROSECOND
  }

  host(...call: Parameters<World['host']>): boolean {
    return this.service(...call)
  }

  /** @param tracks see kernel.ts */
  kernel(tracks = false): Kernel {
    const k = new Kernel(this, tracks)
    this.kernels.push(k)
    return k
  }

  /** Starts the processes of the console in a kernel. @returns their channels */
  console(kernel: Kernel): Ports {
    const ports: Ports = { keyboard: new Channel(), screen: new Channel(), error: new Channel() }
    this.collectors.push(kernel.start(new Collector(ports.screen, this.screen)), kernel.start(new Collector(ports.error, this.error)))
    this.typist = kernel.start(new Typist(ports.keyboard, this.options.input ?? new Uint8Array()))
    return ports
  }

  /** Runs a kernel, counting its steps. @returns whether it is stopped */
  step(kernel: Kernel, fuel: number): boolean {
    const result = kernel.run(fuel)
    this.steps += fuel - meter.fuel
    return result === 'stopped'
  }

  /** Nothing can run now: lets time go on to the next timer. @returns false when there is none */
  wait(): boolean {
    const next = this.kernels.reduce((least, k) => Math.min(least, k.timers.next()), Infinity)
    if (next === Infinity) return false
    this.time += Math.max(0, next - this.now())
    return true
  }

  /** @returns how the run has ended, or undefined when it goes on */
  over(): Outcome['kind'] | undefined {
    const stopped = this.kernels.find((k) => k.stopped)
    if (stopped !== undefined) return stopped.failure === undefined ? 'passed' : 'failure'
    if (this.now() > this.within) return 'within'
    return this.steps >= this.limit || this.options.giveUp?.() === true ? 'steps' : undefined
  }

  /** The program begins anew from a cut: in other kernels, at the time of the cut, with what the console had then. @returns the channels of its console */
  revive(kernels: readonly Kernel[], cut: ConsoleCut, console: Kernel): Ports {
    this.kernels.length = 0
    for (const kernel of kernels) this.kernels.push(kernel)
    this.collectors.length = 0
    this.screen.length = cut.screen
    this.error.length = cut.error
    this.time = cut.now - this.steps / STEPS_A_MICROSECOND
    const ports = this.console(console)
    if (this.typist !== undefined) (this.typist.frame as Typist).next = cut.typed // as started
    return ports
  }

  /** @returns what the console has to know to go on from here */
  cut(): ConsoleCut {
    this.collect()
    const { typist } = this
    const typed = typist === undefined ? 0 : (typist.frame as Typist).next - (typist.state === OUTPUT ? 1 : 0) // as started
    return { now: this.now(), screen: this.screen.length, error: this.error.length, typed }
  }

  /** When a program stops, what it has handed to the console is there, whether or not the console has looked at it. */
  private collect(): void {
    for (const p of this.collectors) {
      const f = p.frame as Collector // as started
      if (p.state !== READY || f.pc !== 1) continue
      for (const byte of messageBytes(p.value as Value)) f.bytes.push(byte) // it was taken from a channel
      f.pc = 0
    }
  }

  outcome(kind: Outcome['kind'], moves = 0, messages = 0): Outcome {
    this.collect()
    return {
      kind,
      failure: this.kernels.find((k) => k.failure !== undefined)?.failure,
      deadlock: kind === 'deadlock' ? deadlock(this.kernels) : undefined,
      screen: Uint8Array.from(this.screen),
      error: Uint8Array.from(this.error),
      time: this.now(),
      steps: this.steps,
      moves,
      messages,
      kernels: this.kernels,
    }
  }
}

/** About how many dispatches a test has, for the places where priorities change. */
const LENGTH = 300

/** How many steps a kernel makes between two looks at the limits. */
const SLICE = 10_000

/** Runs a program in one kernel to its end. @param main makes the frame of its main process */
export function runPlain(main: (ports: Ports) => Frame, options: RunOptions = {}): Outcome {
  const world = new VirtualWorld(options, options.seed === undefined ? undefined : new Choices(options.seed))
  const kernel = world.kernel()
  return runToEnd(world, kernel, kernel.start(main(world.console(kernel))))
}

/** Runs a program that has been started in one kernel to its end. @param root its main process */
export function runToEnd(world: VirtualWorld, kernel: Kernel, root: Process): Outcome {
  for (;;) {
    world.step(kernel, Math.min(SLICE, world.limit - world.steps))
    const over = world.over()
    if (kernel.stopped && over !== undefined) return world.outcome(over)
    if (root.state === ENDED && !kernel.runnable) return world.outcome('ended')
    if (over !== undefined) return world.outcome(over)
    if (!kernel.runnable && !world.wait()) return world.outcome('deadlock')
  }
}
