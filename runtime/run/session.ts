/**
 * One run of a program in this OS process, from wherever its kernel stands to its end.
 *
 * Invariants
 * - The outcome is settled once, after the output has been written and the terminal and the signals have been given back.
 * - What is looked at (for a report, for a checkpoint) is looked at between slices, when every process is at a safe point.
 * - A checkpoint is taken when no output is held here: what the program has printed has been printed. Program time stands still meanwhile.
 */
import type { Writable } from 'node:stream'
import type { CodeStore } from '../code/store.ts'
import { isConsole } from '../host/console.ts'
import type { Console } from '../host/console.ts'
import type { Connections } from '../host/connections.ts'
import type { ListenAddress } from '../gateway/address.ts'
import type { NodeError } from '../node/node-error.ts'
import type { Deniable, HomeServices } from '../host/home-services.ts'
import type { ProgramLimits } from '../limits.ts'
import type { InputStream } from '../host/typed.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import type { DeadlockReport, FaultReport, InternalReport, OtherProcess } from '../report/report.ts'
import type { ProgramClock } from './clock.ts'
import { Driver } from './driver.ts'
import { ENDING_SIGNALS } from './ending-signals.ts'
import { RunError } from './run-error.ts'

/** When and where to save the program. */
export interface CheckpointOrder {
  /** It saves the program, and so does not end it, whichever it is. */
  readonly signal: NodeJS.Signals
  /** The file to write; replaced as a whole. */
  readonly file: string
  /** Whether the signal has come before the run begins to listen to it. */
  readonly asked?: () => boolean
  /** Go on running afterwards, ready for the next signal; else the run ends. */
  readonly goOn?: boolean
  /** The checkpoint was written, and the program goes on. */
  readonly written?: (file: string, bytes: number) => void
  /** The checkpoint could not be written. The program goes on. Absent: a line on standard error says so. */
  readonly failed?: (error: Error) => void
}

export interface LocalOptions {
  /** Where code is kept. */
  readonly store: CodeStore
  /** Standard streams of this OS process where absent. `stdin` is called when the program first waits for the keyboard. */
  readonly stdin?: () => InputStream | undefined
  readonly stdout?: Writable
  readonly stderr?: Writable
  /** `--raw`: a terminal gives each key at once. */
  readonly raw?: boolean
  /** Arguments of the program; a checkpoint has its own. */
  readonly args?: readonly string[]
  /** What the program may not do. */
  readonly denied?: readonly Deniable[]
  /** File of a log of effects. */
  readonly audit?: string
  /** How much of what it may have: who has more ends with R0441. */
  readonly limits?: ProgramLimits
  /** Where clients may come. */
  readonly listen?: {
    readonly addresses: readonly ListenAddress[]
    /** Hears which ports have been opened. */
    readonly notice: (text: string) => void
  }
  readonly checkpoint?: CheckpointOrder
  /** A file that the run is recorded in; not together with `checkpoint`. */
  readonly record?: string
  /** So many of the last choices of processes are told with a fault; then `store` is of code that is watched. Not together with `record`. */
  readonly last?: number
  /** Ends the run at the next safe point, with outcome `interrupted`. */
  readonly abort?: AbortSignal
  /** SIGINT, SIGTERM and SIGHUP end the run like `abort`, but for the signal of `checkpoint`, unless this is false. A second one ends this OS process at once. */
  readonly signals?: boolean
}

/** How a run has ended. All output has been written by then. */
export type Outcome =
  | { readonly kind: 'ended' }
  /** The program has ended itself, with this exit status. */
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'fault'; readonly report: FaultReport | InternalReport }
  | { readonly kind: 'deadlock'; readonly report: DeadlockReport }
  /** `signal` is SIGPIPE when nobody reads the output any more. */
  | { readonly kind: 'interrupted'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'checkpointed'; readonly file: string; readonly bytes: number }
  /** The program wanted what it cannot have. */
  | { readonly kind: 'refused'; readonly error: NodeError }

/** What a run is made of. */
export interface SessionParts {
  readonly kernel: Kernel
  readonly clock: ProgramClock
  /** Makes the console; asked once. */
  readonly console: (events: SessionEvents) => Console
  /** Writes the program as it stands. @returns the size of the file */
  readonly save: (file: string, console: Console) => Promise<number>
  /** @returns the last choices of processes, to be told with a fault; absent: nobody wants to know */
  readonly last?: () => readonly OtherProcess[]
  /** Its clients, where there may be any. */
  readonly net?: Pick<Connections, 'poll' | 'outside'>
  readonly home: Pick<HomeServices, 'poll' | 'outside'>
}

/** What the console tells the session. */
export interface SessionEvents {
  readonly poke: () => void
  readonly closed: () => void
  readonly interrupt: () => void
}

const ENDED: Outcome = { kind: 'ended' }

export class Session {
  private readonly driver: Driver
  private readonly console: Console
  private settle: (outcome: Outcome) => void = () => undefined
  private reject: (error: unknown) => void = () => undefined
  private over = false
  private saving = false
  private readonly unlisten: (() => void)[] = []

  constructor(
    private readonly parts: SessionParts,
    private readonly options: LocalOptions,
  ) {
    this.driver = new Driver(parts.kernel, {
      slice: (busy) => {
        this.slice(busy)
      },
      idle: () => {
        this.idle()
      },
      stopped: () => {
        this.stopped()
      },
    })
    this.console = parts.console({
      poke: () => {
        this.driver.poke()
      },
      closed: () => {
        this.end({ kind: 'interrupted', signal: 'SIGPIPE' })
      },
      interrupt: () => {
        const { checkpoint } = this.options
        if (checkpoint?.signal === 'SIGINT') this.checkpoint(checkpoint)
        else this.end({ kind: 'interrupted', signal: 'SIGINT' })
      },
    })
  }

  /** Runs to the end. Call once. */
  run(): Promise<Outcome> {
    return new Promise<Outcome>((resolve, reject) => {
      this.settle = resolve
      this.reject = reject
      this.listen()
      this.driver.start()
      const { checkpoint } = this.options
      if (checkpoint?.asked?.() === true) this.checkpoint(checkpoint)
    })
  }

  /** The program ends itself: nothing of it runs any more. */
  exit(status: number): void {
    this.end({ kind: 'exited', status })
    this.parts.kernel.stop()
  }

  /** The program wanted what it cannot have: nothing of it runs any more. @param why makes the error */
  fail(why: () => Promise<NodeError>): void {
    this.end(async () => ({ kind: 'refused', error: await why() }))
    this.parts.kernel.stop()
  }

  /** Something outside has come for the program. */
  poke(): void {
    this.driver.poke()
  }

  private slice(busy: boolean): void {
    this.console.poll(busy)
    this.parts.net?.poll()
    this.parts.home.poll()
    if (!busy && this.ended && !this.parts.kernel.runnable && !this.console.blocked) this.end(ENDED)
  }

  private get ended(): boolean {
    for (const p of this.parts.kernel.roots) if (!isConsole(p)) return false
    return true
  }

  private idle(): void {
    if (this.console.outside || this.parts.net?.outside === true || this.parts.home.outside) return
    const { kernel } = this.parts
    this.end(async () => ({ kind: 'deadlock', report: (await import('../report/waiting.ts')).deadlockReport(kernel) }))
  }

  private stopped(): void {
    const { failure } = this.parts.kernel
    if (failure === undefined) this.end(ENDED)
    else this.end(async () => ({ kind: 'fault', report: this.withLast((await import('../node/program/failure.ts')).failureOf(failure)) }))
  }

  private withLast(report: FaultReport | InternalReport): FaultReport | InternalReport {
    const { last } = this.parts
    return last === undefined || report.kind === 'internal' ? report : { ...report, last: last() }
  }

  /** @param outcome or what makes it, while the kernel stands still; modules that few runs need are imported when they do */
  private end(outcome: Outcome | (() => Promise<Outcome>)): void {
    if (this.over) return
    this.over = true
    this.driver.pause()
    for (const undo of this.unlisten) undo()
    this.finish(outcome).then(this.settle, this.reject)
  }

  private async finish(outcome: Outcome | (() => Promise<Outcome>)): Promise<Outcome> {
    try {
      return typeof outcome === 'function' ? await outcome() : outcome
    } finally {
      await this.console.finish() // what was output is written whatever becomes of the report
      if (this.console.midLine && outcome !== ENDED) this.endLine()
    }
  }

  /** On a terminal, what is said of the end begins on a line of its own. */
  private endLine(): void {
    const { stdout = process.stdout } = this.options
    if ('isTTY' in stdout && stdout.isTTY) stdout.write('\n')
  }

  private listen(): void {
    const { signals = true, abort, checkpoint } = this.options
    if (signals)
      for (const signal of ENDING_SIGNALS)
        if (signal !== checkpoint?.signal)
          this.on(signal, () => {
            this.end({ kind: 'interrupted', signal })
          })
    if (checkpoint !== undefined)
      this.on(checkpoint.signal, () => {
        this.checkpoint(checkpoint)
      })
    if (abort === undefined) return
    const onAbort = (): void => {
      this.end({ kind: 'interrupted', signal: 'SIGTERM' })
    }
    if (abort.aborted) onAbort()
    abort.addEventListener('abort', onAbort)
    this.unlisten.push(() => {
      abort.removeEventListener('abort', onAbort)
    })
  }

  private on(signal: NodeJS.Signals, listener: () => void): void {
    process.on(signal, listener)
    this.unlisten.push(() => process.off(signal, listener))
  }

  /** Saves the program, then ends or goes on. */
  private checkpoint(order: CheckpointOrder): void {
    if (this.saving || this.over) return
    this.saving = true
    this.driver.pause()
    this.parts.clock.stop()
    this.save(order).catch(this.reject)
  }

  private async save(order: CheckpointOrder): Promise<void> {
    const { file, goOn = false } = order
    let failed: Error | undefined
    let bytes = 0
    try {
      await this.console.settle()
      bytes = await this.parts.save(file, this.console)
    } catch (error) {
      failed = error instanceof Error ? error : new Error(String(error))
    }
    this.saving = false
    if (this.over) return
    if (failed === undefined && !goOn) {
      this.end({ kind: 'checkpointed', file, bytes })
      return
    }
    this.parts.clock.go()
    this.driver.start()
    if (failed === undefined) order.written?.(file, bytes)
    else (order.failed ?? complain)(failed)
  }
}

function complain(error: Error): void {
  const help = error instanceof RunError ? `; ${error.help}` : ''
  process.stderr.write(`${error.message}${help}\n`)
}
