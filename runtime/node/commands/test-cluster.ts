/**
 * Façade for `godwit test --nodes N`: a cluster for many short programs, one after the other.
 *
 * The nodes are started once; each program is submitted to them, watched until it ends or its time is up, and then forgotten. A node that ends
 * before its time spoils the program that runs; the next one finds a new cluster.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../../code/program.ts'
import { AuditLog } from '../../host/audit.ts'
import { HomeServices } from '../../host/home-services.ts'
import type { Machine } from '../../kernel/scheduler/state.ts'
import type { Report, WaitGraphReport } from '../../report/report.ts'
import { renderReport } from '../../report/render.ts'
import { requireAbi } from '../../run/main-frame.ts'
import { RunError } from '../../run/run-error.ts'
import type { GodwitNode } from '../node.ts'
import { NodeError } from '../node-error.ts'
import type { Site } from '../program/site.ts'
import { Launcher } from './launcher.ts'
import type { OpenLauncher } from './launcher.ts'
import { Supervisor } from '../program/supervisor.ts'
import type { ProgramEnd } from '../program/supervisor.ts'
import { said } from '../program/terminal.ts'

export interface TestClusterOptions {
  readonly nodes: number
  /** These nodes are threads of this OS process. */
  readonly threads?: boolean
  /** Where they meet: a run directory, or the address of NATS servers; absent: a temporary directory. */
  readonly clusterDir?: string
  /** Milliseconds between two random moves on each node. */
  readonly roam?: number
  /** Seeds what `roam` chooses; each program gets a seed of its own of it. */
  readonly seed?: number
  /** Gets what the programs write to the error stream. Absent: nobody sees it. */
  readonly shown?: (bytes: Uint8Array) => void
  /** Absolute path of a log of effects. */
  readonly audit?: string
}

/** One program: a machine without parameters. */
export interface ClusterTest {
  readonly program: Program
  /** Hash of the unit whose first machine is to run. */
  readonly unit: string
  /** What it is called: its seed follows from this. */
  readonly title: string
  /** Microseconds it may take. */
  readonly limit: number
}

export type ClusterTestEnd =
  /** At that program time, in microseconds; also by PASS. */
  | { readonly kind: 'ended'; readonly time: number }
  | { readonly kind: 'report'; readonly report: Report }
  /** Its time was up. `waits` tells where its processes were, if that could be found out. */
  | { readonly kind: 'late'; readonly waits: WaitGraphReport | undefined }
  /** The cluster has failed: no fault of the program. `report` is rendered. */
  | { readonly kind: 'broken'; readonly report: string }

export interface ClusterTestOutcome {
  readonly end: ClusterTestEnd
  /** Moves that `roam` has made meanwhile. */
  readonly moves: number
}

/** How long it may take to find out where a program is whose time is up. */
const FIND_WITHIN_MS = 3_000
/** How late the reason may be for which a node has gone. */
const REASON_WITHIN_MS = 1_000

/** A cluster for programs, started with the first of them. */
export class TestCluster {
  private cluster: Cluster | undefined
  private closed = false

  constructor(private readonly options: TestClusterOptions) {}

  /** @returns when the nodes are there. @throws NodeError R0414 (as a rejection) */
  async open(): Promise<void> {
    const { cluster } = this
    if (cluster?.reason !== undefined) {
      this.cluster = undefined
      await cluster.close()
    }
    this.cluster ??= new Cluster(this.options)
    await this.cluster.open()
  }

  /**
   * Runs one program; not while another runs.
   * @returns never when `close` was called meanwhile
   * @throws CodeError, RunError (as a rejection) when the program cannot be run at all
   */
  async run(test: ClusterTest): Promise<ClusterTestOutcome> {
    const outcome = await this.attempt(test)
    return this.closed ? new Promise(() => undefined) : outcome
  }

  private async attempt(test: ClusterTest): Promise<ClusterTestOutcome> {
    try {
      await this.open()
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      return { end: { kind: 'broken', report: said(error) }, moves: 0 }
    }
    return (this.cluster as Cluster).run(test) // `open` has made it
  }

  /** Stops the nodes; what runs is lost. */
  async close(): Promise<void> {
    this.closed = true
    await this.cluster?.close()
  }
}

/** The nodes, as long as they all live. */
class Cluster {
  /** Why this cluster is no good any more. */
  reason: NodeError | undefined
  private readonly launcher: Launcher
  private opening: Promise<OpenLauncher> | undefined
  private broke: () => void = () => undefined
  /** Settles when there is a `reason`. */
  private readonly broken = new Promise<void>((resolve) => {
    this.broke = resolve
  })
  private moves = 0

  constructor(private readonly options: TestClusterOptions) {
    const fail = (error: NodeError): void => {
      this.reason ??= error
      this.broke()
    }
    this.launcher = new Launcher({
      directory: options.clusterDir ?? mkdtempSync(join(tmpdir(), 'godwit-')),
      temporary: options.clusterDir === undefined,
      nodes: options.nodes,
      threads: options.threads === true,
      ended: fail,
      trouble: fail,
    })
  }

  async open(): Promise<OpenLauncher> {
    try {
      return await (this.opening ??= this.launcher.open())
    } catch (error) {
      if (error instanceof NodeError) this.reason ??= error
      throw error
    }
  }

  async run(test: ClusterTest): Promise<ClusterTestOutcome> {
    const { node, shelf } = await this.open()
    requireAbi(test.program.manifest)
    for (const unit of test.program.units) shelf.put(unit)
    const [machine] = (await shelf.store.load(test.unit)).machines
    if (machine === undefined) throw new RunError('R0521', `the unit of ${test.title} holds no machine`, 'compile the program again')
    const end = await this.watch(node, test, machine)
    return { end: await this.judged(end), moves: await this.newMoves() }
  }

  async close(): Promise<void> {
    await this.launcher.leave()
  }

  private async watch(node: GodwitNode, test: ClusterTest, machine: Machine): Promise<ClusterTestEnd> {
    const { options } = this
    const { program, title, limit } = test
    const { roam, seed, shown, audit } = options
    let timer: NodeJS.Timeout | undefined
    let supervisor: Supervisor | undefined
    let site: Site | undefined
    const ended = new Promise<ClusterTestEnd>((resolve) => {
      const settle = (end: ProgramEnd): void => {
        resolve(testEnd(end))
      }
      supervisor = new Supervisor(node, {
        source: program.manifest.source,
        home: new HomeServices({
          source: program.manifest.source,
          ...(shown === undefined ? {} : { shown }),
          ...(audit === undefined ? {} : { audit: new AuditLog(audit, () => `${program.manifest.source}: ${title}`, node.self.name) }),
        }),
        record: {
          ...(audit === undefined ? {} : { audit }),
          ...(roam === undefined ? {} : { roam }),
          ...(seed === undefined ? {} : { seed: seedOf(seed, title) }),
        },
        populate: (made) => {
          site = made
          return made.kernel.start(machine.blank())
        },
        outside: () => false,
        notice: () => undefined,
        end: settle,
      })
      const watched = supervisor
      watched.start(() => undefined)
      timer = setTimeout(
        () => {
          timer = setTimeout(() => {
            resolve({ kind: 'late', waits: undefined })
          }, FIND_WITHIN_MS)
          watched.where('its processes were here', (waits) => {
            resolve({ kind: 'late', waits })
          })
        },
        Math.min(limit / 1000, 0x7fffffff),
      )
    })
    const stopped = this.broken.then((): ClusterTestEnd => ({ kind: 'broken', report: '' }))
    const end = await Promise.race([ended, stopped])
    clearTimeout(timer)
    supervisor?.stop()
    if (supervisor !== undefined) node.supervisors.delete(supervisor)
    if (site !== undefined) node.removeSite(site.program.id)
    return end
  }

  /** A node that has gone is what there is to say, whatever has come of it. */
  private async judged(end: ClusterTestEnd): Promise<ClusterTestEnd> {
    const lost = end.kind === 'report' && end.report.kind === 'loss' ? end.report : undefined
    if (lost !== undefined) {
      let late: NodeJS.Timeout | undefined
      const patience = new Promise<void>((resolve) => {
        late = setTimeout(resolve, REASON_WITHIN_MS)
      })
      await Promise.race([this.broken, patience])
      clearTimeout(late)
      this.reason ??= new NodeError('R0408', lost.title)
    }
    if (this.reason === undefined) return end
    return { kind: 'broken', report: said(this.reason) + (lost === undefined ? '' : renderReport(lost)) }
  }

  /** @returns how many moves there were since this was asked last */
  private async newMoves(): Promise<number> {
    if (this.options.roam === undefined) return 0
    const before = this.moves
    this.moves = Math.max(
      before,
      (await this.launcher.status()).reduce((n, { roamed }) => n + roamed, 0),
    )
    return this.moves - before
  }
}

function testEnd(end: ProgramEnd): ClusterTestEnd {
  switch (end.kind) {
    case 'error':
      return { kind: 'broken', report: said(end.error) }
    case 'stopped':
      return { kind: 'broken', report: '' }
    case 'exited':
      return { kind: 'broken', report: '' } // the home of a test lets nothing end it
    case 'ended':
    case 'report':
      return end
  }
}

/** @returns a seed for the program of that title, whatever runs before it */
function seedOf(seed: number, title: string): number {
  let hash = seed
  for (let i = 0; i < title.length; i++) hash = (Math.imul(hash, 31) + title.charCodeAt(i)) | 0
  return hash >>> 0
}
