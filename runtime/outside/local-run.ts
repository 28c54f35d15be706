/**
 * One run of a PROC in this OS process whose channels are held outside.
 *
 * Invariants
 * - Nothing of it keeps the OS process alive but what can run, a pending timer, or what a service waits for: a program that waits for the outside does not.
 * - It ends once. Then every promise of its ends is settled, and nothing of it runs any more.
 */
import { HomeServices } from '../host/home-services.ts'
import type { Deniable } from '../host/home-services.ts'
import { loneHost } from '../host/lone-host.ts'
import { Kernel } from '../kernel/scheduler/kernel.ts'
import { ENDED } from '../kernel/scheduler/state.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import { ProgramClock } from '../run/clock.ts'
import { Driver } from '../run/driver.ts'
import { memoryGauge } from '../run/memory.ts'
import type { ServiceDescription } from '../program-interface.ts'
import type { Entry, PreparedEntry } from './entry.ts'
import { ServiceCalls } from './services.ts'
import type { Services } from './services.ts'
import type { EndListener, OutsideEnd } from './outside-end.ts'

export interface LocalRunOptions {
  readonly source: string
  readonly denied?: readonly Deniable[]
  readonly args?: readonly string[]
  readonly services: { readonly declared: readonly ServiceDescription[]; readonly provided: Services }
  readonly listener: EndListener
}

export class LocalRun {
  private readonly kernel: Kernel
  private readonly driver: Driver
  private readonly home: HomeServices
  private readonly main: Process
  private readonly services: ServiceCalls
  private readonly entry: Entry
  private over = false

  constructor(
    prepared: PreparedEntry,
    private readonly options: LocalRunOptions,
  ) {
    const clock = new ProgramClock()
    const { source, denied = [], args = [] } = options
    this.services = new ServiceCalls(options.services.declared, options.services.provided, () => {
      this.driver.poke()
    })
    this.home = new HomeServices({
      services: this.services,
      source,
      args,
      denied,
      poke: () => {
        this.driver.poke()
      },
      exit: (status) => {
        this.kernel.stop()
        this.finish({ kind: 'exited', status })
      },
    })
    const kernel = new Kernel({ now: () => clock.now(), host: loneHost(this.home), memory: memoryGauge() })
    this.kernel = kernel
    this.driver = new Driver(kernel, {
      slice: (busy) => {
        this.sliced(busy)
      },
      idle: () => {
        this.idle()
      },
      stopped: () => {
        this.stopped()
      },
    })
    this.entry = prepared.open({
      kernel,
      poke: () => {
        this.driver.poke()
      },
    })
    this.home.streams = this.entry.console
    this.main = kernel.start(this.entry.frame)
  }

  get channels(): Entry['channels'] {
    return this.entry.channels
  }

  start(): void {
    this.driver.start()
  }

  /** Ends the run at the safe point where it stands. @param reason what those who wait are told */
  stop(reason?: Error): void {
    this.finish({ kind: 'stopped', ...(reason === undefined ? {} : { reason }) })
  }

  private sliced(busy: boolean): void {
    const { console } = this.entry
    console?.poll(busy)
    this.home.poll()
    for (const port of this.entry.ports) if ('poll' in port) port.poll()
    if (this.main.state === ENDED && !this.kernel.runnable && console?.blocked !== true) this.finish({ kind: 'ended' })
  }

  /** Nothing can run and no timer is pending. */
  private idle(): void {
    const { entry, home, services } = this
    if (this.over || services.pending > 0 || home.outside || entry.console?.outside === true || entry.ports.some((port) => port.awaited))
      return
    this.driver.pause()
    void import('../report/waiting.ts').then(({ deadlockReport }) => {
      this.finish({ kind: 'report', report: deadlockReport(this.kernel) })
    })
  }

  private stopped(): void {
    const { failure } = this.kernel
    if (failure === undefined) this.finish({ kind: 'ended' })
    else
      void import('../report/fault.ts').then(({ failureReport }) => {
        this.finish({ kind: 'report', report: failureReport(failure) })
      })
  }

  private finish(end: OutsideEnd): void {
    if (this.over) return
    this.over = true
    this.driver.pause()
    this.kernel.stop()
    this.home.finish()
    this.services.finish()
    const { listener } = this.options
    const finish = listener.over(end)
    for (const port of this.entry.ports) port.finish(finish)
    const { console } = this.entry
    if (console === undefined) listener.settled()
    else
      void console.finish().then(() => {
        listener.settled()
      })
  }
}
