/**
 * Repeats a recorded run: the kernel is given what it was given then, and so does the same.
 *
 * A replay can be stepped by dispatches. The kernel is stopped after one by taking its fuel, and goes on with what was left; the clock is not read and
 * nothing is woken in between, so nobody can tell.
 *
 * Invariants
 * - `Cursor` is all that a replay has beside its kernel: who has copies of both can go back to them.
 */
import { startConsole, writeTaken } from '../../host/console.ts'
import type { ConsoleProcesses } from '../../host/console.ts'
import type { ConsoleEnd } from '../../code/program.ts'
import { Kernel, meter } from '../../kernel/scheduler/kernel.ts'
import type { FaultValues } from '../../kernel/scheduler/fault.ts'
import type { Channel, Frame, Process, ProcessObserver } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { NodeError } from '../../node/node-error.ts'
import { failureOf } from '../../node/program/failure.ts'
import type { Report } from '../../report/report.ts'
import { deadlockReport } from '../../report/waiting.ts'
import { RunError } from '../run-error.ts'
import type { Entry, RecordedEnd, Recording } from './recording.ts'

/** How far a replay is. */
export interface Cursor {
  /** The next entry. */
  at: number
  /** Processes that have been dispatched. */
  dispatches: number
  /** Fuel that is left of the run that was interrupted; negative: none was. */
  left: number
  time: number
  /** Calls of the host so far. */
  calls: number
  /** Bytes that were written since the last `full`. */
  sunk: number
  /** What the console had taken when the run ended is written. */
  finished: boolean
}

/** Says what comes next where a recording ends: then the run goes on, and what was said is recorded. */
export interface Supply {
  /** @returns a run of the kernel, or how the program has ended */
  run(kernel: Kernel): Entry
  /** @returns the answer of a service; undefined when it never comes */
  answer(p: Process, service: string, actuals: readonly Value[]): Value | undefined
  /** @returns program time in whole microseconds */
  time(): number
}

/** How it has ended. */
export type RepetitionEnd =
  { readonly how: Exclude<RecordedEnd, 'exited'> | 'report' } | { readonly how: 'exited'; readonly status: number }

/** A recorded run that is repeated, on as many nodes as it was recorded. */
export interface Repetition {
  readonly kernel: Kernel
  /** All that there is beside the kernel: who has copies of both can go back to them. */
  state: object
  /** Processes that have been dispatched. */
  readonly dispatches: number
  /** How it has ended; undefined while there is more, or when the recording breaks off. */
  readonly end: RepetitionEnd | undefined
  /** Why the recording breaks off, where that is known. */
  readonly brokenOff?: string | undefined
  /** Repeats all that is left. @throws RunError R0533 when the run goes another way */
  run(): void
  /** Repeats one dispatch. @returns the process; undefined when nothing is left @throws RunError R0533 */
  step(): Process | undefined
  /** @returns what is to be told of how it has ended */
  report(): Report | undefined
}

/** A process has been dispatched, and so much fuel was left. */
interface Dispatched {
  readonly process: Process
  readonly left: number
}

/**
 * Runs a kernel until it has dispatched one process.
 * @param run runs it
 * @param begins is called when a process is about to be dispatched
 * @returns undefined when none was dispatched, or that one failed
 */
export function stepped(kernel: Kernel, run: () => void, begins: () => void = () => undefined): Dispatched | undefined {
  let dispatched: Dispatched | undefined
  kernel.observer = {
    ...NOBODY,
    before: begins,
    after: (process) => {
      dispatched = { process, left: meter.fuel - 1 }
      meter.fuel = 0
    },
  }
  try {
    run()
  } finally {
    kernel.observer = null
  }
  return dispatched
}

/** Gets what the program prints. */
export type Show = (to: 'screen' | 'error', byte: number) => void

const FLUSH = 255
const END_OF_INPUT = 255
const NOBODY: ProcessObserver = {
  before: () => undefined,
  after: () => undefined,
  leaves: () => undefined,
  arrives: () => undefined,
  touches: () => undefined,
}

/** The recording has ended within a run of the kernel: whoever made it was killed. It ends that run, and nobody else sees it. */
class BrokenOff extends RunError {}

export class Replay implements Repetition {
  readonly kernel: Kernel
  console: ConsoleProcesses
  cursor: Cursor = { at: 0, dispatches: 0, left: -1, time: 0, calls: 0, sunk: 0, finished: false }
  /** Processes that wait in calls of the host, by the numbers of the calls. */
  waiting = new Map<number, Process>()
  /** How it has ended; undefined while there is more, or when the recording breaks off. */
  end: { readonly how: RecordedEnd; readonly status: number } | undefined
  /** The run that begins goes on with one that was interrupted. */
  private resuming = false

  /**
   * @param main makes the root frame of the program
   * @param show gets what it prints
   */
  constructor(
    private readonly recording: Pick<Recording, 'entries'>,
    main: (channel: (end: ConsoleEnd) => Channel) => Frame,
    private readonly show: Show,
    private readonly supply?: Supply,
  ) {
    this.kernel = new Kernel({
      now: () => this.now(),
      host: (p, service, actuals) => this.host(p, service, actuals),
      memory: () => this.memory(),
    })
    const { channels, processes } = startConsole(this.kernel, {
      keys: { peek: () => this.key(), shift: () => undefined, ended: false },
      screen: (byte) => this.sink('screen', byte),
      error: (byte) => this.sink('error', byte),
    })
    this.console = processes
    for (const [i, p] of [processes.keyboard, processes.screen, processes.error].entries()) this.waiting.set(i - 3, p)
    this.kernel.start(main((end) => channels[end]))
  }

  /** Whether nothing is left to be repeated. */
  get isOver(): boolean {
    return this.kernel.stopped || this.end !== undefined || (this.cursor.left < 0 && this.next === undefined && this.supply === undefined)
  }

  get dispatches(): number {
    return this.cursor.dispatches
  }

  get state(): Pick<Replay, 'cursor' | 'waiting' | 'console' | 'end'> {
    const { cursor, waiting, console, end } = this
    return { cursor, waiting, console, end }
  }

  set state(state: Pick<Replay, 'cursor' | 'waiting' | 'console' | 'end'>) {
    Object.assign(this, state)
  }

  report(): Report | undefined {
    const { kernel, end } = this
    if (kernel.failure !== undefined) return failureOf(kernel.failure)
    return end?.how === 'deadlock' ? deadlockReport(kernel) : undefined
  }

  private get next(): Entry | undefined {
    return this.recording.entries[this.cursor.at]
  }

  /** Repeats all that is left. @throws RunError R0533 when the run goes another way */
  run(): void {
    while (this.cursor.left >= 0) this.step()
    this.resuming = false
    while (this.begin()) {
      this.runKernel(this.cursor.left)
      this.cursor.left = -1
    }
  }

  /** Runs the kernel, in which what the recording does not give is no fault of the process that has asked. @throws RunError R0533 */
  private runKernel(fuel: number): void {
    const { kernel } = this
    try {
      kernel.run(fuel)
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error
    }
    const error = kernel.failure?.error
    if (!(error instanceof RunError)) return
    kernel.failure = undefined
    if (!(error instanceof BrokenOff)) throw error
  }

  /** Repeats one dispatch. @returns the process; undefined when nothing is left @throws RunError R0533 */
  step(): Process | undefined {
    for (;;) {
      this.resuming = this.cursor.left >= 0
      if (!this.resuming && !this.begin()) return undefined
      const p = this.dispatch()
      if (p !== undefined) return p
    }
  }

  private dispatch(): Process | undefined {
    const { kernel, cursor } = this
    const before = cursor.left
    cursor.left = -1
    const found = stepped(
      kernel,
      () => {
        this.runKernel(before)
      },
      () => {
        this.resuming = false
      },
    )
    this.resuming = false
    const dispatched = found?.process ?? (kernel.failure === undefined ? undefined : kernel.last)
    if (dispatched === undefined) return undefined
    cursor.dispatches++
    if (found !== undefined && found.left >= 0 && !kernel.stopped && kernel.runnable) cursor.left = found.left
    return dispatched
  }

  /** Comes to the next run of the kernel. @returns false when there is none */
  private begin(): boolean {
    const { cursor, kernel } = this
    for (;;) {
      if (this.next === undefined && this.supply !== undefined && this.end === undefined && !kernel.stopped)
        this.recording.entries.push(this.supply.run(kernel))
      const entry = this.next
      if (entry === undefined) return false
      switch (entry.kind) {
        case 'wake':
          this.wake(entry.call, entry.value)
          break
        case 'run':
          if (kernel.stopped) throw this.otherWay('it has stopped')
          cursor.at++
          cursor.left = entry.fuel
          return true
        case 'full':
        case 'end':
          if (!cursor.finished) {
            cursor.finished = true
            writeTaken(this.console)
            break
          }
          if (entry.kind === 'full') throw this.otherWay('nothing is written')
          cursor.at++
          this.end = { how: entry.how, status: entry.status }
          return false
        case 'time':
        case 'answer':
        case 'key':
        case 'memory':
        case 'exceeded':
          throw this.otherWay(`nobody asks for what comes next, \`${entry.kind}\``)
      }
    }
  }

  private wake(call: number, value: Value): void {
    this.cursor.at++
    const p = this.waiting.get(call)
    if (p === undefined) throw this.otherWay(`nobody waits for the answer of call ${call}`)
    if (call >= 0) this.waiting.delete(call)
    this.kernel.wake(p, value)
  }

  /** @returns the entry that comes next, which must be of that kind */
  private take<K extends Entry['kind']>(kind: K): Extract<Entry, { kind: K }> {
    for (let entry = this.next; entry !== undefined; entry = this.next) {
      if (entry.kind === kind) {
        this.cursor.at++
        return entry as Extract<Entry, { kind: K }> // its kind says so
      }
      if (entry.kind !== 'wake') throw this.otherWay(`\`${kind}\` is asked for, and \`${entry.kind}\` comes next`)
      this.wake(entry.call, entry.value)
    }
    throw new BrokenOff('R0533', 'the recording breaks off', '')
  }

  private otherWay(why: string): RunError {
    return new RunError(
      'R0533',
      `the run goes another way than its recording, after ${this.cursor.at} entries: ${why}`,
      'replay it with the version of godwit that has recorded it',
    )
  }

  // ---------------------------------------------------------------------------------------------- what the kernel asks for

  private now(): number {
    if (this.resuming) return -1 // the kernel looks whether timers are due, as when a run begins: this is none
    const { cursor, kernel } = this
    if (!kernel.running) return cursor.time
    if (this.next === undefined && this.supply !== undefined) this.recording.entries.push({ kind: 'time', at: this.supply.time() })
    cursor.time = this.take('time').at
    return cursor.time
  }

  private host(p: Process, service: string, actuals: readonly Value[]): boolean {
    const call = this.cursor.calls++
    this.waiting.set(call, p)
    if (this.next === undefined && this.supply !== undefined)
      this.recording.entries.push({ kind: 'answer', value: this.supply.answer(p, service, actuals) })
    const { value } = this.take('answer')
    this.shown(service, actuals)
    if (service === 'host.exit') this.kernel.stop()
    if (value === undefined) return false
    this.waiting.delete(call)
    p.value = value
    return true
  }

  /** Shows what is written to the standard streams by their descriptors. */
  private shown(service: string, [descriptor, bytes]: readonly Value[]): void {
    if (service !== 'host.write' || !(bytes instanceof Uint8Array)) return
    if (descriptor === 1 || descriptor === 2) for (const byte of bytes) this.show(descriptor === 1 ? 'screen' : 'error', byte)
  }

  private memory(): FaultValues | undefined {
    const entry = this.next
    if (entry?.kind !== 'memory' && entry?.kind !== 'exceeded') return undefined
    this.cursor.at++
    if (entry.kind === 'memory') return entry.values
    throw new NodeError('R0441', entry.message, entry.help)
  }

  private key(): number | undefined {
    if (this.next === undefined && this.supply !== undefined) this.recording.entries.push({ kind: 'key', key: END_OF_INPUT })
    const { key } = this.take('key')
    return key < 0 ? undefined : key
  }

  private sink(to: 'screen' | 'error', byte: number): boolean {
    const { cursor } = this
    if (byte !== FLUSH) this.show(to, byte)
    cursor.sunk++
    const entry = this.next
    if (entry?.kind !== 'full' || entry.bytes !== cursor.sunk) return true
    cursor.at++
    cursor.sunk = 0
    return false
  }
}
