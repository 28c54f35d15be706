/**
 * Repeats, in one kernel, a run that was recorded on several nodes: each process chooses what it chose then (choice-repeater.ts), and what was printed is
 * printed in the order in which it came at the home of the program.
 *
 * What a process printed and what came to the home are not the same where a run was ended from elsewhere: only what came is shown. A process that fails
 * stops, and the others go on until all that was recorded has happened.
 */
import type { ConsoleEnd } from '../../code/program.ts'
import { startConsole } from '../../host/console.ts'
import type { ConsoleProcesses, Output } from '../../host/console.ts'
import { Fault } from '../../kernel/scheduler/fault.ts'
import type { Failure } from '../../kernel/scheduler/kernel.ts'
import { ENDED } from '../../kernel/scheduler/state.ts'
import type { Channel, Frame, Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { WatchedKernel } from '../../kernel/scheduler/watched.ts'
import { failureOf } from '../../node/program/failure.ts'
import type { Report } from '../../report/report.ts'
import { RunError } from '../run-error.ts'
import { Beyond, ChoiceRepeater, otherWay } from './choice-repeater.ts'
import type { Repeated } from './choice-repeater.ts'
import type { NodesEnd, NodesRecording } from './nodes-recording.ts'
import { stepped } from './replay.ts'
import type { Repetition, Show } from './replay.ts'

/** Back-edges and dispatches between two looks at how far it is. */
const FUEL = 10_000
const FLUSH = 255
/** Of a run that was killed: how often it goes on when all has happened that was recorded, for output that was on its way. */
const MOST_BEYOND = 100
/** Faults that come from the machine that a node was on, and do not come again elsewhere. */
const OF_THE_MACHINE: ReadonlySet<string> = new Set(['R0110', 'R0441'])

/** A kernel in which a process that fails is no reason for the others to stop. */
class UnstoppedKernel extends WatchedKernel {
  failures: Failure[] = []

  override fail(error: unknown, process: Process): void {
    if (error instanceof RunError) super.fail(error, process)
    else if (!(error instanceof Beyond))
      this.failures.push({ error, process: (error instanceof Fault ? error.blamed : undefined) ?? process })
  }
}

/** What there is of a repetition beside its kernel. */
interface NodesState {
  readonly repeated: Repeated
  readonly console: ConsoleProcesses
  /** Of each output: what was printed and is not shown yet. */
  readonly printed: Record<Output, number[]>
  /** Which run of output comes next, and how much of it was shown. */
  readonly shown: { run: number; bytes: number }
  readonly keys: { at: number }
  readonly main: Process
  readonly dispatches: number
  readonly isOver: boolean
  readonly end: NodesEnd | undefined
}

export class NodesReplay implements Repetition {
  readonly kernel: UnstoppedKernel
  /** Processes that have been dispatched. */
  dispatches = 0
  /** How it has ended; undefined while there is more, or when the recording breaks off. */
  end: NodesEnd | undefined
  private readonly repeater: ChoiceRepeater
  private console: ConsoleProcesses
  private printed: NodesState['printed'] = { screen: [], error: [], 'descriptor 1': [], 'descriptor 2': [] }
  private shown: NodesState['shown'] = { run: 0, bytes: 0 }
  private keys = { at: 0 }
  private main: Process
  private over = false
  /** How often it has gone on where nothing more is recorded. */
  private beyond = 0

  /**
   * @param main makes the root frame of the program
   * @param show gets what it prints
   */
  constructor(
    private readonly recording: NodesRecording,
    main: (channel: (end: ConsoleEnd) => Channel) => Frame,
    private readonly show: Show,
  ) {
    this.kernel = new UnstoppedKernel({ now: () => 0, host: () => false })
    this.repeater = new ChoiceRepeater(recording.told, (service, [descriptor, bytes]) => {
      this.written(service, descriptor, bytes)
    })
    this.kernel.watcher = this.repeater
    const { channels, processes } = startConsole(this.kernel, {
      keys: {
        peek: () => recording.keys[this.keys.at],
        shift: () => {
          this.keys.at++
        },
        ended: false,
      },
      screen: (byte) => this.print('screen', byte),
      error: (byte) => this.print('error', byte),
    })
    this.console = processes
    this.main = this.kernel.start(main((end) => channels[end]))
  }

  /** Whether nothing is left to be repeated. */
  get isOver(): boolean {
    return this.over
  }

  /** All that there is beside the kernel, to go back to. */
  get state(): NodesState {
    const { console, printed, shown, keys, main, dispatches, isOver, end } = this
    return { repeated: this.repeater.state, console, printed, shown, keys, main, dispatches, isOver, end }
  }

  set state({ repeated, isOver, ...rest }: NodesState) {
    this.repeater.state = repeated
    Object.assign(this, rest)
    this.over = isOver
  }

  /** Repeats all that is left. @throws RunError R0533 when the run goes another way */
  run(): void {
    while (!this.over) {
      this.kernel.run(FUEL)
      this.look()
    }
  }

  /** Repeats one dispatch. @returns the process; undefined when nothing is left @throws RunError R0533 */
  step(): Process | undefined {
    while (!this.over) {
      const failed = this.kernel.failures.length
      const p =
        stepped(this.kernel, () => this.kernel.run(FUEL))?.process ?? (this.kernel.failures.length > failed ? this.kernel.last : undefined)
      if (p !== undefined) this.dispatches++
      this.look()
      if (p !== undefined) return p
    }
    return undefined
  }

  get brokenOff(): string | undefined {
    return this.recording.brokenOff
  }

  /** @returns how it has ended, where that is to be told */
  report(): Report | undefined {
    return this.end?.how === 'report' ? this.end.report : undefined
  }

  /** Finds out whether it is over. */
  private look(): void {
    const { kernel, recording } = this
    const { error } = kernel.failure ?? {}
    if (error instanceof RunError) throw error
    if (this.isComplete && this.hasEnded(recording.end)) {
      this.over = true
      this.end = recording.end
    } else if (!kernel.runnable) {
      if (recording.end !== undefined) throw this.stuck()
      this.over = true
    }
  }

  /** Whether all that was recorded has happened. */
  private get isComplete(): boolean {
    return this.repeater.isDone && (this.recording.end === undefined || this.shown.run === this.recording.printed.length)
  }

  /** Whether the program has come to its recorded end. */
  private hasEnded(end: NodesEnd | undefined): boolean {
    switch (end?.how) {
      case undefined:
        return !this.kernel.runnable || ++this.beyond > MOST_BEYOND
      case 'ended':
        return this.main.state === ENDED || this.kernel.passed
      case 'exited':
      case 'interrupted':
      case 'refused':
        return true
      case 'report':
        return this.hasReported(end.report)
    }
  }

  private hasReported(report: Report): boolean {
    const { kernel } = this
    switch (report.kind) {
      case 'fault':
      case 'internal': {
        const same = kernel.failures.find((failure) => {
          const its = failureOf(failure)
          return its.title === report.title && its.process === report.process
        })
        if (same === undefined) return report.kind === 'fault' && OF_THE_MACHINE.has(report.code) && !kernel.runnable
        kernel.failure = same
        return true
      }
      case 'deadlock':
      case 'loss':
      case 'waits':
        return !kernel.runnable
    }
  }

  private stuck(): RunError {
    const due = this.repeater.waitedFor()
    if (due !== undefined) return otherWay(`nothing can run, and \`${due.kind}\` of ${due.path} comes next`)
    if (!this.isComplete) return otherWay('nothing can run, and more was printed')
    return otherWay('nothing can run, and it has not ended as it did then')
  }

  // ---------------------------------------------------------------------------------------------- output

  /** Output to the standard streams by their descriptors. */
  private written(service: string, descriptor: Value | undefined, bytes: Value | undefined): void {
    if (service !== 'host.write' || !(bytes instanceof Uint8Array)) return
    if (descriptor === 1 || descriptor === 2) for (const byte of bytes) this.keep(descriptor === 1 ? 'descriptor 1' : 'descriptor 2', byte)
  }

  private print(from: 'screen' | 'error', byte: number): boolean {
    if (byte !== FLUSH) this.keep(from, byte)
    return true
  }

  /** Shows what is next, as far as it was printed. */
  private keep(from: Output, byte: number): void {
    this.printed[from].push(byte)
    const { shown, recording } = this
    for (;;) {
      const [next, bytes] = recording.printed[shown.run] ?? ['screen', 0]
      const its = this.printed[next]
      const to = next === 'screen' || next === 'descriptor 1' ? 'screen' : 'error'
      const ready = its.splice(0, bytes - shown.bytes)
      for (const each of ready) this.show(to, each)
      shown.bytes += ready.length
      if (shown.bytes < bytes || shown.run === recording.printed.length) return
      shown.run++
      shown.bytes = 0
    }
  }
}
