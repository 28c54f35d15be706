/**
 * The terminal: what the OS process of `godwit run` is. It has a launcher in the cluster and there the program's console, in a site of its own
 * that no other process of the program runs on, and the program's supervisor.
 *
 * Order of events: join; start nodes and wait until they have joined; make console and main process here; migrate the main process to the
 * first node, which gets its code thereby; wait for the end; flush; stop the nodes; leave.
 */
import type { Program } from '../../code/program.ts'
import type { Member } from '../../engine/engine.ts'
import { cannotServe } from '../../gateway/cannot-serve.ts'
import { AuditLog } from '../../host/audit.ts'
import { Console } from '../../host/console.ts'
import { HomeServices } from '../../host/home-services.ts'
import { SILENCE } from '../../host/silence.ts'
import type { Process, Machine } from '../../kernel/scheduler/state.ts'
import { renderReport } from '../../report/render.ts'
import { loadMain, mainFrame } from '../../run/main-frame.ts'
import { spellCluster } from '../cluster-address.ts'
import type { DiskShelf } from '../migration/code-shelf.ts'
import type { GodwitNode } from '../node.ts'
import type { NodeError } from '../node-error.ts'
import type { ClusterOptions, ClusterOutcome, ClusterRun } from './cluster-run.ts'
import type { RunError } from '../../run/run-error.ts'
import type { NodesRecorder } from '../../run/recording/nodes-recording.ts'
import type { Site } from './site.ts'
import { Launcher } from '../commands/launcher.ts'
import { Exports } from './exports.ts'
import { programKey, programName } from './program.ts'
import { Supervisor } from './supervisor.ts'
import type { ProgramEnd } from './supervisor.ts'
import type { ProcessMove } from './whereabouts.ts'

/** @returns the error as a report */
export function said(error: Pick<NodeError, 'code' | 'message' | 'help'> | RunError): string {
  return `error[${error.code}]: ${error.message}\n${error.help === '' ? '' : `  = help: ${error.help}\n`}`
}

/** How late the reason may be for which a node has ended. */
const REASON_WITHIN_MS = 500

export class Terminal {
  private readonly begun = performance.now()
  private readonly launcher: Launcher
  private console: Console | undefined
  private supervisor: Supervisor | undefined
  private exports: Exports | undefined
  private home: HomeServices | undefined
  private closeGateway: () => Promise<void> = () => Promise.resolve()
  private recorder: NodesRecorder | undefined
  /** Why the run cannot be recorded any more. */
  private unrecorded: RunError | undefined
  private failed: (error: NodeError) => void = () => undefined
  /** The program is under way, or over already. */
  private under: () => void = () => undefined
  /** Nodes that were started for the program and have ended by themselves: how, and what they said last. */
  private readonly endedNodes: NodeError[] = []
  private heard: () => void = () => undefined
  private settle: (outcome: ClusterOutcome) => void = () => undefined
  private readonly finished = new Promise<ClusterOutcome>((resolve) => {
    this.settle = resolve
  })

  /** @param temporary whether the directory goes in the end */
  constructor(
    private readonly program: Program,
    private readonly options: ClusterOptions,
    private readonly directory: string,
    temporary: boolean,
  ) {
    this.launcher = new Launcher({
      directory,
      temporary,
      nodes: options.nodes ?? 3,
      threads: options.threads === true,
      watched: options.record !== undefined,
      ended: (error) => {
        this.nodeEnded(error)
      },
      trouble: (error) => {
        this.end({ kind: 'error', error })
      },
      warning: (text) => {
        this.between(() => options.warning?.(text))
      },
      slice: (_, busy) => {
        this.console?.poll(busy)
        this.exports?.connections.poll()
        this.home?.poll()
      },
    })
  }

  async start(): Promise<ClusterRun> {
    try {
      return await Promise.race([this.begin(), this.aborted()])
    } catch (error) {
      this.supervisor?.stop()
      await this.closeGateway()
      await this.launcher.leave()
      throw error
    }
  }

  /** Rejects when the start is given up. */
  private aborted(): Promise<never> {
    const { abort } = this.options
    return new Promise<never>((_, reject) => {
      const giveUp = (): void => {
        // the caller's own reason, whatever it is
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(abort?.reason)
      }
      if (abort?.aborted === true) giveUp()
      else abort?.addEventListener('abort', giveUp, { once: true })
    })
  }

  private async begin(): Promise<ClusterRun> {
    const { directory, options, launcher } = this
    const loading: Promise<Machine>[] = []
    const { node } = await launcher.open(({ shelf }) => {
      const machine = this.load(shelf)
      machine.catch(() => undefined) // it is awaited when the nodes are there
      loading.push(machine)
    })
    const names = node.messenger.nodes().map((m: Member) => m.name)
    options.notice?.(`nodes ${names.join(', ')} in ${spellCluster(directory)}`)
    const [machine] = await Promise.all(loading)
    await this.openRecorder(node)
    const supervisor = this.supervise(node, machine as Machine) // `open` has called us
    await new Promise<void>((resolve, reject) => {
      this.failed = reject
      this.under = resolve
      supervisor.start(resolve)
    })
    const { listen } = options
    if (listen !== undefined) {
      const { openClusterGateway } = await import('../commands/gateway-link.ts')
      this.closeGateway = await openClusterGateway(node.messenger, listen.addresses, { notice: listen.notice })
    }
    this.failed = () => undefined // from now on the supervisor hears of nodes that vanish
    return {
      directory,
      program: String(supervisor.id ?? 0),
      finished: this.finished,
      stop: () => this.stop(),
    }
  }

  /** @throws RunError R0515 */
  private async openRecorder(node: GodwitNode): Promise<void> {
    const { record, args = [] } = this.options
    const { main, source } = this.program.manifest
    if (record === undefined || main === undefined) return
    const { NodesRecorder: Recorder } = await import('../../run/recording/nodes-recording.ts')
    const recorder = new Recorder(record, { program: main.unit, source, args }, (error) => {
      this.unrecorded = error
      this.supervisor?.stop()
    })
    for (const { index } of node.messenger.nodes()) recorder.told(index, 0, new Uint8Array(0))
    this.recorder = recorder
  }

  /**
   * The run is over: the recording has all of it once every node has told what it had.
   * @returns when it is written
   */
  private async concludeRecording(end: ProgramEnd): Promise<void> {
    const { recorder, launcher } = this
    if (recorder === undefined) return
    await launcher.settled()
    switch (end.kind) {
      case 'ended':
        recorder.finish({ how: 'ended' })
        return
      case 'exited':
        recorder.finish({ how: 'exited', status: end.status })
        return
      case 'report':
        recorder.finish({ how: 'report', report: end.report })
        return
      case 'error':
        recorder.finish({ how: 'refused' })
        return
      case 'stopped':
        recorder.finish({ how: 'interrupted' })
    }
  }

  /** A node that was started for the program has ended by itself. */
  private nodeEnded(error: NodeError): void {
    if (this.recorder !== undefined) {
      this.recorder.breakOff(error.message)
      this.between(() => this.options.warning?.(`the recording ends here: ${error.message}`))
    }
    this.endedNodes.push(error)
    this.failed(error)
    this.heard()
  }

  /** When nodes have vanished, what became of those that were started here may be heard a moment later. */
  private async reasons(): Promise<void> {
    if ((this.options.nodes ?? 3) === 0 || this.endedNodes.length > 0) return
    let late: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.heard = resolve
      late = setTimeout(resolve, REASON_WITHIN_MS)
    })
    clearTimeout(late)
  }

  private async load(shelf: DiskShelf): Promise<Machine> {
    for (const unit of this.program.units) shelf.put(unit)
    return loadMain(this.program.manifest, shelf.store)
  }

  private supervise(node: GodwitNode, machine: Machine): Supervisor {
    const { program, options } = this
    const { keyboard, screen, error, together = false, args = [], denied = [], audit, roam, seed, balance, place, moved } = options
    const { source } = program.manifest
    const { recorder } = this
    let site: Site | undefined
    const home = new HomeServices({
      source,
      args,
      denied,
      ...(audit === undefined ? {} : { audit: new AuditLog(audit, () => programName(source, site?.program.id ?? 0), node.self.name) }),
      auditFailed: (error) => this.supervisor?.fail(error),
      poke: () => site?.drive.poke(),
      exit: (status) => this.supervisor?.exit(status),
      net: () => (this.exports ??= this.exportsOf(node, () => site)).connections,
      cannotServe: (name, reason) => this.supervisor?.fail(cannotServe(name, reason)),
    })
    this.home = home
    const populate = (its: Site): Process => {
      site = its
      const console = new Console(its.kernel, {
        stdin: () => keyboard,
        stdout: screen,
        stderr: error,
        ...(denied.includes('terminal') ? SILENCE : {}),
        together,
        poke: () => {
          its.drive.poke()
        },
        closed: () => this.supervisor?.stop(),
        ...(recorder === undefined
          ? {}
          : {
              printed: (from, bytes) => {
                recorder.printed(from, bytes)
              },
            }),
      })
      this.console = console
      if (recorder !== undefined) {
        recorder.watch(console)
        node.recordings.set(its.program.id, (from, upTo, piece) => {
          recorder.told(from.index, upTo, piece)
        })
      }
      home.streams = console
      its.prints(console)
      return its.kernel.start(mainFrame(machine, program.manifest.main?.parameters ?? [], (end) => console.channels[end]))
    }
    const supervisor = new Supervisor(node, {
      source,
      home,
      record: {
        ...(denied.length === 0 ? {} : { denied }),
        ...(audit === undefined ? {} : { audit }),
        ...(roam === undefined ? {} : { roam }),
        ...(seed === undefined ? {} : { seed }),
        ...(balance === undefined ? {} : { balance }),
        ...(place === undefined ? {} : { place }),
        ...(recorder === undefined ? {} : { recorded: true as const }),
      },
      populate,
      outside: () => (this.console?.outside ?? false) || (this.exports?.connections.outside ?? false) || home.outside,
      notice: (text) => {
        this.between(() => options.notice?.(text))
      },
      ...(moved === undefined
        ? {}
        : {
            moved: (move: ProcessMove) => {
              this.between(() => {
                moved(move)
              })
            },
          }),
      end: (end) => {
        this.end(end)
      },
    })
    this.supervisor = supervisor
    return supervisor
  }

  /** What the program exports from here, as soon as it asks for that. @param site gives the site of the home */
  private exportsOf(node: GodwitNode, site: () => Site | undefined): Exports {
    const exports = new Exports(
      {
        engine: node.engine,
        claimant: () => {
          const { program } = site() ?? {}
          if (program === undefined) return undefined
          return { id: program.id, incarnation: program.incarnation, key: programKey(program.id), text: JSON.stringify(program) }
        },
        waits: () => undefined,
        poke: () => site()?.drive.poke(),
      },
      false,
    )
    const id = site()?.program.id
    if (id !== undefined) node.exports.set(id, exports)
    return exports
  }

  /** Lets something be said between two lines of the program. */
  private between(say: () => void): void {
    if (this.console === undefined) say()
    else this.console.between(say)
  }

  private async stop(): Promise<void> {
    this.supervisor?.stop()
    await this.finished
  }

  private end(end: ProgramEnd): void {
    if (end.kind === 'error') this.failed(end.error)
    else this.under()
    void this.conclude(end).then(this.settle, (error: unknown) => {
      this.settle({
        exit: 1,
        report: `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
        seconds: 0,
        migrations: 0,
      })
    })
  }

  private async conclude(end: ProgramEnd): Promise<ClusterOutcome> {
    if (end.kind === 'report' && end.report.kind === 'loss') await this.reasons()
    const migrations = (await this.launcher.status()).reduce((n, { departures }) => n + departures, 0)
    await this.console?.finish()
    await this.concludeRecording(end)
    this.exports?.conclude()
    await this.closeGateway()
    await this.launcher.leave()
    const seconds = (performance.now() - this.begun) / 1000
    if (this.unrecorded !== undefined) return { exit: 1, report: said(this.unrecorded), seconds, migrations }
    return { ...this.outcome(end), seconds, migrations }
  }

  private outcome(end: ProgramEnd): { exit: number; report: string } {
    const { colours } = this.options
    switch (end.kind) {
      case 'ended':
        return { exit: 0, report: '' }
      case 'exited':
        return { exit: end.status, report: '' }
      case 'report':
        return {
          exit: end.report.kind === 'deadlock' ? 3 : 1,
          report: [renderReport(end.report, colours === undefined ? {} : { colours }), ...this.endedNodes.map(said)].join(''),
        }
      case 'error':
        return { exit: 1, report: said(end.error) }
      case 'stopped':
        return { exit: 1, report: '' }
    }
  }
}
