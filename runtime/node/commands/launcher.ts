/**
 * A launcher: this OS process as a member of a cluster, of kind `terminal`, with the nodes it has started. Programs are submitted through it,
 * each with a supervisor of its own, which hears here of what concerns it.
 */
import { rmSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Member } from '../../engine/engine.ts'
import { Neighbourhood } from '../../threads/neighbours.ts'
import { Driver } from '../../run/driver.ts'
import { usageOfProcess } from '../../run/usage.ts'
import { spellCluster, spellEngine } from '../cluster-address.ts'
import { shelfFor } from '../shelf-for.ts'
import type { DiskShelf } from '../migration/code-shelf.ts'
import { GodwitNode } from '../node.ts'
import { NodeError } from '../node-error.ts'
import { openEngine } from '../open-engine.ts'
import type { Site } from '../program/site.ts'
import { ChildNodes } from './child-nodes.ts'
import type { NodeStatus } from '../wire/statuses.ts'

/** How long nodes may take to join. */
const JOIN_WITHIN_MS = 30_000
/** How long to wait for a node that is known to be there. */
const MEET_WITHIN_MS = 1_000
/** How long nodes may take to say how they are. */
const STATUS_WITHIN_MS = 300
/** How long nodes may take to do what they have been told. */
const SETTLED_WITHIN_MS = 10_000

export interface LauncherOptions {
  readonly directory: string
  /** Whether the directory goes in the end. */
  readonly temporary: boolean
  /** How many nodes n1, n2, ... to start; 0 to use those that are there. */
  readonly nodes: number
  /** These nodes are threads of this OS process instead of OS processes. */
  readonly threads?: boolean
  /** A node that ends by itself, once it had joined, is started again. */
  readonly restart?: boolean
  /** The program is recorded: it is watched what processes choose, here and on the nodes. */
  readonly watched?: boolean
  /** A node that was started has ended by itself; the error has its last words. While the launcher opens, that makes `open` fail. */
  readonly ended: (error: NodeError) => void
  /**
   * The store has failed, or the nodes have declared this member dead: nothing can be done here any more. While the launcher opens, that makes
   * `open` fail as well.
   */
  readonly trouble: (error: NodeError) => void
  /** Something is odd with the store that does no harm. */
  readonly warning?: (text: string) => void
  /** A slice of this member's own site of a program has ended. */
  readonly slice?: (site: Site, busy: boolean) => void
}

/** A launcher that is a member of its cluster. */
export interface OpenLauncher {
  readonly node: GodwitNode
  readonly shelf: DiskShelf
}

export class Launcher {
  private readonly children: ChildNodes
  private readonly neighbourhood: Neighbourhood | undefined
  private node: GodwitNode | undefined
  private joined: () => void = () => undefined
  private ended: (error: NodeError) => void
  /** Whoever waits for nodes waits no longer. */
  private stopMeeting: () => void = () => undefined

  private left = false
  private giveUp: (error: NodeError) => void = () => undefined
  /** This OS process ends at once: nothing of ours outlives it. */
  private readonly atExit = (): void => {
    this.children.kill()
    this.removeDirectory()
  }

  constructor(private readonly options: LauncherOptions) {
    process.on('exit', this.atExit)
    this.ended = options.ended
    this.neighbourhood = options.threads === true ? new Neighbourhood() : undefined
    this.children = new ChildNodes({
      directory: options.directory,
      ...(this.neighbourhood === undefined ? {} : { neighbourhood: this.neighbourhood }),
      failed: (error) => {
        this.ended(error)
      },
      joined: () => {
        this.joined()
      },
      restart: options.restart === true,
      watched: options.watched === true,
    })
  }

  /**
   * Joins, and starts the nodes.
   * @param meanwhile is called when this member has joined, while the nodes start
   * @returns when they have joined too
   * @throws NodeError R0401, R0413, R0414, R0415, R0417 (as a rejection); `leave` is to be called then all the same
   */
  async open(meanwhile: (launcher: OpenLauncher) => void = () => undefined): Promise<OpenLauncher> {
    const failure = new Promise<never>((_, reject) => {
      this.giveUp = reject
    })
    failure.catch(() => undefined) // when it comes later it is `trouble` that tells it
    return Promise.race([this.join(meanwhile), failure])
  }

  private async join(meanwhile: (launcher: OpenLauncher) => void): Promise<OpenLauncher> {
    const { directory, nodes, slice = (): void => undefined, warning = (): void => undefined } = this.options
    const trouble = (error: NodeError): void => {
      this.giveUp(error)
      this.options.trouble(error)
    }
    const engine = await openEngine(directory, {
      kind: 'terminal',
      create: nodes > 0,
      trouble,
      warning,
      ...(this.neighbourhood === undefined ? {} : { neighbours: this.neighbourhood.own }),
    })
    if (this.left) {
      engine.close(() => undefined)
      throw new NodeError('R0414', 'the start was given up')
    }
    const shelf = shelfFor(directory, engine.membership.self.name, this.options.watched)
    const node = new GodwitNode({
      engine,
      shelf,
      drive: (kernel, events, pace) => new Driver(kernel, events, pace),
      random: Math.random,
      machine: { host: hostname(), pid: process.pid, usage: usageOfProcess },
      events: {
        joined: (member) => {
          if (member.kind === 'node') this.joined()
        },
        fenced: () => {
          trouble(new NodeError('R0417', 'the terminal was declared dead by the nodes', 'run the program again'))
        },
        slice,
      },
    })
    this.node = node
    node.open()
    for (let i = 1; i <= nodes; i++) this.children.start(`n${i}`)
    meanwhile({ node, shelf })
    await this.meet(node, Math.max(1, nodes), nodes > 0 ? JOIN_WITHIN_MS : MEET_WITHIN_MS)
    return { node, shelf }
  }

  /** Waits until there are so many nodes: those that were started, or else any. */
  private async meet(node: GodwitNode, wanted: number, within: number): Promise<void> {
    let late: NodeJS.Timeout | undefined
    const here = (): number => node.messenger.nodes().filter((member) => this.options.nodes === 0 || this.children.has(member)).length
    try {
      await new Promise<void>((resolve, reject) => {
        late = setTimeout(() => {
          const missing = `only ${here()} of ${wanted} nodes have joined after ${within / 1000} s`
          const { directory } = this.options
          reject(
            wanted === 1
              ? new NodeError(
                  'R0413',
                  `no node lives in ${spellCluster(directory)}`,
                  `start one: godwit node --engine ${spellEngine(directory)}`,
                )
              : new NodeError('R0414', missing, 'is the machine very busy? Try again'),
          )
        }, within)
        this.ended = reject
        this.stopMeeting = () => {
          reject(new NodeError('R0414', 'the start was given up'))
        }
        this.joined = () => {
          if (here() >= wanted) resolve()
        }
        this.joined()
      })
    } finally {
      clearTimeout(late)
      this.ended = this.options.ended
      this.stopMeeting = () => undefined
    }
  }

  /** @returns what the nodes say of themselves, as far as they do in time */
  async status(): Promise<readonly NodeStatus[]> {
    const { node } = this
    if (node === undefined) return []
    const answers: NodeStatus[] = []
    const asked = node.messenger.nodes().map(async (member: Member) => {
      answers.push(await node.messenger.ask(member, 'status', {}))
    })
    let late: NodeJS.Timeout | undefined
    await Promise.race([
      Promise.allSettled(asked),
      new Promise<void>((resolve) => {
        late = setTimeout(resolve, STATUS_WITHIN_MS)
      }),
    ])
    clearTimeout(late)
    return [...answers]
  }

  /** @returns when every node that is there has done what it was told before; not later than after some time that a node may be slow */
  async settled(): Promise<void> {
    const { node } = this
    if (node === undefined) return
    let late: NodeJS.Timeout | undefined
    const waited = new Promise<void>((resolve) => {
      late = setTimeout(resolve, SETTLED_WITHIN_MS)
    })
    await Promise.race([Promise.allSettled(node.messenger.nodes().map((member) => node.messenger.ask(member, 'status', {}))), waited])
    clearTimeout(late)
  }

  /** Stops the nodes that were started and leaves the cluster. May be called at any time, and again. */
  async leave(): Promise<void> {
    this.left = true
    this.stopMeeting()
    await this.children.stop()
    const { node } = this
    this.node = undefined
    if (node !== undefined)
      await new Promise<void>((resolve) => {
        node.close(resolve)
      })
    this.removeDirectory()
    process.off('exit', this.atExit)
  }

  private removeDirectory(): void {
    if (this.options.temporary) rmSync(this.options.directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 })
  }
}
