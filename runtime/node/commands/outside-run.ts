/**
 * One run of a PROC on nodes, whose channels are held outside: this OS process is a member of the cluster and the home of the program, as the terminal of
 * `godwit run --nodes` is, and has the ends of the channels in a site of its own.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../../code/program.ts'
import type { CodeStore } from '../../code/store.ts'
import type { Deniable } from '../../host/home-services.ts'
import { HomeServices } from '../../host/home-services.ts'
import { THE_OUTSIDE } from '../../kernel/inspect/inspect.ts'
import type { Entry, PreparedEntry } from '../../outside/entry.ts'
import type { EndListener, OutsideEnd } from '../../outside/outside-end.ts'
import { ServiceCalls } from '../../outside/services.ts'
import type { Services } from '../../outside/services.ts'
import type { ServiceDescription } from '../../program-interface.ts'
import type { DeadlockReport, WaitingProcess } from '../../report/report.ts'
import { clusterOfEngine } from '../cluster-address.ts'
import { NodeError } from '../node-error.ts'
import type { Site } from '../program/site.ts'
import { Supervisor } from '../program/supervisor.ts'
import type { ProgramEnd } from '../program/supervisor.ts'
import { Launcher } from './launcher.ts'

export interface NodesRunOptions {
  readonly source: string
  /** Name of the PROC. */
  readonly entry: string
  readonly code: Program
  /** How many nodes to start for the program; 0 to use those of `cluster`. */
  readonly nodes: number
  /** These nodes are threads of this OS process. */
  readonly threads?: boolean
  /** A run directory, or the address of NATS servers. Absent: a temporary directory. */
  readonly cluster?: string
  /** Milliseconds between two random moves on each node. */
  readonly roam?: number
  /** Seeds what `roam` chooses. */
  readonly seed?: number
  readonly denied?: readonly Deniable[]
  readonly args?: readonly string[]
  readonly services: { readonly declared: readonly ServiceDescription[]; readonly provided: Services }
  /** Makes the entry of the code in a store. */
  readonly prepare: (store: CodeStore) => Promise<PreparedEntry>
  readonly listener: EndListener
}

export class NodesRun {
  private readonly launcher: Launcher
  private readonly services: ServiceCalls
  private entry: Entry | undefined
  private site: Site | undefined
  private home: HomeServices | undefined
  private supervisor: Supervisor | undefined
  private failed: (error: Error) => void = () => undefined
  private over = false
  private readonly left: Promise<void>
  private leaving: () => void = () => undefined

  constructor(private readonly options: NodesRunOptions) {
    const { nodes, cluster, services } = options
    const directory =
      cluster === undefined ? mkdtempSync(join(tmpdir(), 'godwit-')) : cluster.startsWith('embedded:') ? clusterOfEngine(cluster) : cluster
    this.left = new Promise<void>((resolve) => {
      this.leaving = resolve
    })
    this.services = new ServiceCalls(services.declared, services.provided, () => {
      this.site?.drive.poke()
    })
    const trouble = (error: NodeError): void => {
      this.failed(error)
      if (this.entry !== undefined) this.finish({ kind: 'failed', error })
    }
    this.launcher = new Launcher({
      directory,
      temporary: cluster === undefined,
      nodes,
      threads: options.threads === true,
      ended: (error) => {
        this.failed(error) // once the program is under way, the supervisor hears of nodes that vanish
      },
      trouble,
      slice: (_, busy) => {
        this.entry?.console?.poll(busy)
        this.home?.poll()
        for (const port of this.entry?.ports ?? []) if ('poll' in port) port.poll()
      },
    })
  }

  /**
   * Starts the nodes, if it is to, and the program on the first of them.
   * @throws NodeError, RunError, CodeError, the reason of the signal (as a rejection): then nothing is left of it
   */
  async start(signal: AbortSignal | undefined): Promise<Entry> {
    let unlisten: () => void = () => undefined
    const aborted = new Promise<never>((_, reject) => {
      this.failed = reject
      const abort = (): void => {
        // the caller's own reason, whatever it is
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort)
      unlisten = () => signal?.removeEventListener('abort', abort)
    })
    aborted.catch(() => undefined) // it is awaited only while the program starts
    try {
      return await Promise.race([this.begin(), aborted])
    } catch (error) {
      this.over = true
      this.supervisor?.stop()
      await this.launcher.leave()
      throw error
    } finally {
      this.failed = () => undefined
      unlisten()
    }
  }

  private async begin(): Promise<Entry> {
    const preparing: Promise<PreparedEntry>[] = []
    const { node } = await this.launcher.open((launcher) => {
      for (const unit of this.options.code.units) launcher.shelf.put(unit)
      const prepared = this.options.prepare(launcher.shelf.store)
      prepared.catch(() => undefined) // it is awaited when the nodes are there
      preparing.push(prepared)
    })
    const [prepared] = await Promise.all(preparing)
    if (prepared === undefined) throw new Error('the launcher has called back')
    if (this.over) throw new NodeError('R0414', 'the start was given up')
    const { source, args = [], denied = [], roam, seed } = this.options
    const home = new HomeServices({
      source,
      args,
      denied,
      services: this.services,
      poke: () => this.site?.drive.poke(),
      exit: (status) => supervisor.exit(status),
    })
    this.home = home
    const supervisor: Supervisor = new Supervisor(node, {
      source,
      home,
      record: { ...(roam === undefined ? {} : { roam }), ...(seed === undefined ? {} : { seed }) },
      populate: (site) => {
        this.site = site
        const entry = prepared.open({
          kernel: site.kernel,
          poke: () => {
            site.drive.poke()
          },
        })
        this.entry = entry
        home.streams = entry.console
        if (entry.console !== undefined) site.prints(entry.console)
        return site.kernel.start(entry.frame)
      },
      outside: () =>
        this.services.pending > 0 ||
        home.outside ||
        this.entry?.console?.outside === true ||
        (this.entry?.ports.some((port) => port.awaited) ?? false),
      notice: () => undefined,
      end: (end) => {
        this.failed(end.kind === 'error' ? end.error : new Error('the program has ended while it was started'))
        this.finish(this.endOf(end))
      },
    })
    this.supervisor = supervisor
    await new Promise<void>((resolve, reject) => {
      const { failed } = this
      this.failed = (error) => {
        reject(error)
        failed(error)
      }
      supervisor.start(resolve)
    }).catch((error: unknown) => {
      if (!this.over || this.entry === undefined) throw error // a program that is over so soon was started all the same
    })
    if (this.entry === undefined) throw new Error('the supervisor populates the site')
    return this.entry
  }

  /** Ends the program. @returns when nothing is left of it */
  stop(reason?: Error): Promise<void> {
    this.finish({ kind: 'stopped', ...(reason === undefined ? {} : { reason }) })
    return this.left
  }

  private endOf(end: ProgramEnd): OutsideEnd {
    switch (end.kind) {
      case 'ended':
        return { kind: 'ended' }
      case 'exited':
        return { kind: 'exited', status: end.status }
      case 'stopped':
        return { kind: 'stopped' }
      case 'error':
        return { kind: 'failed', error: end.error }
      case 'report':
        if (end.report.kind === 'waits') return { kind: 'failed', error: new Error(end.report.title) }
        return { kind: 'report', report: end.report.kind === 'deadlock' ? this.named(end.report) : end.report }
    }
  }

  /** Where the report was made, nobody knows who holds the other ends of the program's channels. */
  private named(report: DeadlockReport): DeadlockReport {
    const closed = new Set((this.entry?.ports ?? []).filter(({ closed }) => closed).map(({ name }) => name))
    const waitsOutside = ({ waitsFor, channel, origins }: WaitingProcess): boolean => {
      const [origin] = origins
      if (waitsFor.length > 0) return false
      return origin === undefined
        ? channel !== undefined && closed.has(channel)
        : origin.routine === this.options.entry && closed.has(origin.name)
    }
    const processes = report.processes.map((process) =>
      waitsOutside(process)
        ? { ...process, words: `${process.words}, whose other end is held by ${THE_OUTSIDE}`, waitsFor: [THE_OUTSIDE] }
        : process,
    )
    return { ...report, processes }
  }

  private finish(end: OutsideEnd): void {
    if (this.over) return
    this.over = true
    const { listener } = this.options
    this.supervisor?.stop()
    this.services.finish()
    const finish = listener.over(end)
    for (const port of this.entry?.ports ?? []) port.finish(finish)
    void Promise.resolve(this.entry?.console?.finish())
      .then(() => this.launcher.leave())
      .catch(() => undefined) // what the nodes had is lost with them, and how the program has ended is known
      .then(() => {
        listener.settled()
        this.leaving()
      })
  }
}
