/**
 * The terminal: the member that the OS process of `godwit run` is. It has the program's console, in a site of its own that no other
 * process of the program runs on, and the program's supervisor.
 *
 * Order of events: join; start nodes and wait until they have joined; make console and main process here; migrate the main process to the
 * first node, which gets its code thereby; wait for the end; flush; stop the nodes; leave.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../code/program.ts'
import { CodeStore } from '../code/store.ts'
import type { Engine, Member } from '../engine/engine.ts'
import { Console } from '../host/console.ts'
import type { Process } from '../kernel/process.ts'
import type { Machine } from '../kernel/unit.ts'
import { renderReport } from '../report/render.ts'
import { Driver } from '../run/driver.ts'
import { loadMain, mainFrame } from '../run/main-frame.ts'
import type { NodeStatus } from './client.ts'
import type { ClusterOptions, ClusterOutcome, ClusterRun } from './cluster.ts'
import { DiskShelf } from './code-shelf.ts'
import { GodwitNode } from './node.ts'
import { NodeError } from './node-error.ts'
import { openEngine } from './open-engine.ts'
import type { Site } from './site.ts'
import { SpawnedNodes } from './spawned.ts'
import { Supervisor } from './supervisor.ts'
import type { ProgramEnd } from './supervisor.ts'

/** Milliseconds that nodes may take to join. */
const JOIN_WITHIN = 30_000
/** Milliseconds to wait for a node that is known to be there. */
const MEET_WITHIN = 1_000
/** Milliseconds that nodes may take to say how much they have moved. */
const COUNT_WITHIN = 300

/** @returns the error as a report */
export function said(error: NodeError): string {
  return `error[${error.code}]: ${error.message}\n${error.help === '' ? '' : `  = help: ${error.help}\n`}`
}

/** @returns the shelf of a member: its own part of the run directory */
export function shelfIn(directory: string, name: string): DiskShelf {
  return new DiskShelf(new CodeStore(join(directory, 'code', name)))
}

export class Terminal {
  private readonly begun = performance.now()
  private readonly spawned: SpawnedNodes
  private node: GodwitNode | undefined
  private console: Console | undefined
  private supervisor: Supervisor | undefined
  private joined: () => void = () => undefined
  private failed: (error: NodeError) => void = () => undefined
  /** The program is under way, or over already. */
  private under: () => void = () => undefined
  private settle: (outcome: ClusterOutcome) => void = () => undefined
  private readonly finished = new Promise<ClusterOutcome>((resolve) => {
    this.settle = resolve
  })

  /** @param temporary whether the directory goes in the end */
  constructor(
    private readonly program: Program,
    private readonly options: ClusterOptions,
    private readonly directory: string,
    private readonly temporary: boolean,
  ) {
    this.spawned = new SpawnedNodes(directory, (error) => {
      this.failed(error)
    })
  }

  async start(): Promise<ClusterRun> {
    try {
      return await this.begin()
    } catch (error) {
      await this.leave()
      throw error
    }
  }

  private async begin(): Promise<ClusterRun> {
    const { directory, options } = this
    const { nodes = 3 } = options
    const trouble = (reason: string): void => {
      this.end({ kind: 'error', error: new NodeError('R0415', `the cluster store failed: ${reason}`) })
    }
    const engine = await openEngine(directory, { kind: 'terminal', create: nodes > 0, trouble })
    const { node, machine } = await this.member(engine, nodes)
    const supervisor = this.supervise(node, machine)
    await new Promise<void>((resolve, reject) => {
      this.failed = reject
      this.under = resolve
      supervisor.start(resolve)
    })
    this.failed = () => undefined // from now on the supervisor hears of nodes that vanish
    return { directory, program: String(supervisor.id ?? 0), finished: this.finished, stop: () => this.stop() }
  }

  /** Joins, and waits for the nodes. */
  private async member(engine: Engine, wanted: number): Promise<{ node: GodwitNode; machine: Machine }> {
    const { options, directory } = this
    const shelf = shelfIn(directory, engine.membership.self.name)
    const node = new GodwitNode({
      engine,
      shelf,
      drive: (kernel, events) => new Driver(kernel, events),
      random: Math.random,
      events: {
        joined: (member) => {
          if (member.kind === 'node') this.joined()
        },
        left: (member) => this.supervisor?.left(member),
        fenced: () => {
          this.end({ kind: 'error', error: new NodeError('R0417', 'the terminal was declared dead by the nodes', 'run the program again') })
        },
        note: (from, subject, content) => this.supervisor?.note(from, subject, content),
        site: {
          idle: () => this.supervisor?.idle(),
          slice: (_, busy) => this.console?.poll(busy),
        },
      },
    })
    this.node = node
    node.open()
    const names = Array.from({ length: wanted }, (_, i) => `n${i + 1}`)
    for (const name of names) this.spawned.start(name)
    const loading = this.load(shelf)
    await this.meet(node, Math.max(1, wanted), wanted > 0 ? JOIN_WITHIN : MEET_WITHIN)
    options.notice?.(
      `nodes ${node.post
        .nodes()
        .map((m: Member) => m.name)
        .join(', ')} in ${directory}`,
    )
    return { node, machine: await loading }
  }

  private async load(shelf: DiskShelf): Promise<Machine> {
    for (const unit of this.program.units) shelf.put(unit)
    return loadMain(this.program.manifest, shelf.store)
  }

  /** Waits until there are so many nodes. */
  private meet(node: GodwitNode, wanted: number, within: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        const missing = `only ${node.post.nodes().length} of ${wanted} nodes have joined after ${within / 1000} s`
        reject(
          wanted === 1
            ? new NodeError('R0413', `no node lives in ${this.directory}`, `start one: godwit node --engine embedded:${this.directory}`)
            : new NodeError('R0414', missing, 'is the machine very busy? Try again'),
        )
      }, within)
      this.failed = (error) => {
        clearTimeout(late)
        reject(error)
      }
      this.joined = () => {
        if (node.post.nodes().length < wanted) return
        clearTimeout(late)
        resolve()
      }
      this.joined()
    })
  }

  private supervise(node: GodwitNode, machine: Machine): Supervisor {
    const { program, options } = this
    const { keyboard, screen, error, args = [], roam, seed } = options
    const populate = (site: Site): Process => {
      const console = new Console(site.kernel, {
        stdin: () => keyboard,
        stdout: screen,
        stderr: error,
        poke: () => {
          site.drive.poke()
        },
        closed: () => this.supervisor?.stop(),
      })
      this.console = console
      return site.kernel.start(mainFrame(machine, program.manifest.main?.parameters ?? [], (end) => console.channels[end]))
    }
    const supervisor = new Supervisor(node, {
      source: program.manifest.source,
      args,
      ...(roam === undefined ? {} : { roam }),
      ...(seed === undefined ? {} : { seed }),
      populate,
      outside: () => this.console?.outside ?? false,
      notice: (text) => options.notice?.(text),
      end: (end) => {
        this.end(end)
      },
    })
    this.supervisor = supervisor
    return supervisor
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
    const migrations = await this.countMigrations()
    await this.console?.finish()
    await this.leave()
    const seconds = (performance.now() - this.begun) / 1000
    return { ...this.outcome(end), seconds, migrations }
  }

  private outcome(end: ProgramEnd): { exit: 0 | 1 | 3; report: string } {
    const { colours } = this.options
    switch (end.kind) {
      case 'ended':
        return { exit: 0, report: '' }
      case 'report':
        return { exit: end.report.kind === 'deadlock' ? 3 : 1, report: renderReport(end.report, colours === undefined ? {} : { colours }) }
      case 'error':
        return { exit: 1, report: said(end.error) }
      case 'stopped':
        return { exit: 1, report: '' }
    }
  }

  /** @returns how many processes have moved, as far as the nodes tell in time */
  private async countMigrations(): Promise<number> {
    const { node } = this
    if (node === undefined) return 0
    const asked = Promise.allSettled(node.post.nodes().map((member) => node.post.ask<NodeStatus>(member, 'status', {})))
    const answers = await Promise.race([
      asked,
      new Promise<[]>((resolve) =>
        setTimeout(() => {
          resolve([])
        }, COUNT_WITHIN).unref(),
      ),
    ])
    return answers.reduce((n, answer) => n + (answer.status === 'fulfilled' ? answer.value.departures : 0), 0)
  }

  private async leave(): Promise<void> {
    await this.spawned.stop()
    const { node } = this
    this.node = undefined
    if (node !== undefined)
      await new Promise<void>((resolve) => {
        node.close(resolve)
      })
    if (this.temporary) rmSync(this.directory, { recursive: true, force: true })
  }
}
