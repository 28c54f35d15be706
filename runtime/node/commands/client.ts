/** Façade for `godwit ps|nodes|migrate|drain --cluster DIR`: a client joins the cluster for the time of a command. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Member } from '../../engine/engine.ts'
import { matchPath } from '../../kernel/inspect/inspect.ts'
import { REPORTS_END } from '../../kernel/links/upkeep.ts'
import type { ChannelRequest, ListRequest, MigrateRequest } from './control.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorData } from '../node-error.ts'
import { openEngine } from '../open-engine.ts'
import { Post } from '../wire/messenger.ts'
import { unknownNode } from './unknown-node.ts'

export interface NodeStatus {
  readonly name: string
  /** Position among the nodes by name, as `PROCESSOR n` counts them. */
  readonly index: number
  readonly pid: number
  /** Processes here, of all programs. */
  readonly processes: number
  readonly programs: number
  /** Messages over links to other nodes since the node began. */
  readonly sent: number
  readonly received: number
  readonly arrivals: number
  readonly departures: number
  /** Moves that `--roam` has made from here: of processes and of homes of channels. */
  readonly roamed: number
}

export interface ProcessStatus {
  readonly program: string
  /** `main/cell[5]`. */
  readonly path: string
  readonly node: string
  readonly state: 'ready' | 'output' | 'input' | 'alt' | 'timer' | 'join' | 'host' | 'moving'
  /** Where it is in the text, `samples/ring.csp:12`; empty when the program has no debug table. */
  readonly line: string
  /** What it waits for, in words: `in ? x`, `until 1.5 s`, `2 branches`; empty when it does not wait. */
  readonly waits: string
  /** With `residual`: the nodes it still needs, and why. */
  readonly residual?: readonly { readonly node: string; readonly why: string }[]
}

/** One process (or channel) that was asked to move. `from === to` for one that was there already. */
export interface MigrationResult {
  readonly process: string
  readonly from: string
  readonly to: string
  /** Size of the state that travelled; of a batch, this process's share. */
  readonly bytes: number
  readonly codeBytes: number
  /** From freezing here to resuming there. */
  readonly pauseMicros: number
  /** Messages between the two nodes that the migration took. */
  readonly messages: number
  /** Present when it did not move: it goes on where it was. */
  readonly error?: NodeErrorData
}

export interface ClusterClient {
  nodes(): Promise<readonly NodeStatus[]>
  /** @param options `residual` fills in that field; `pattern` as for `migrate` */
  processes(options?: { readonly residual?: boolean; readonly pattern?: string }): Promise<readonly ProcessStatus[]>
  /**
   * Moves processes with their branches.
   * @param pattern a path in which `*` stands for any characters but `/`, and `**` for any
   * @param options `only`: without their branches
   * @throws NodeError R0402 (unknown node), R0403 (nothing matches)
   */
  migrate(pattern: string, to: string, options?: { readonly only?: boolean }): Promise<readonly MigrationResult[]>
  /**
   * Moves the home of a channel, its two ends staying.
   * @param channel `path:slot`, `main/cell[5]:in` or `main/cell[5]:to[2]`
   * @throws NodeError R0402, R0403, R0411 (no such channel)
   */
  migrateChannel(channel: string, to: string): Promise<readonly MigrationResult[]>
  /** Moves everything that runs on `node` to the others, balanced. @throws NodeError R0402, R0413 (there is no other node) */
  drain(node: string): Promise<readonly MigrationResult[]>
  close(): Promise<void>
}

/**
 * Joins the cluster in `directory` as a client.
 * @throws NodeError R0401 (not a cluster directory, or no node lives there)
 */
export async function connectCluster(directory: string): Promise<ClusterClient> {
  const engine = await openEngine(directory, { kind: 'client', create: false })
  const nothing = (): void => undefined
  const post = new Post(engine, {
    request: (from, subject, _, answer) => {
      answer({ error: new NodeError('R0412', `a client does not answer ${from.name} (${subject})`).toJSON() })
    },
    note: nothing,
    link: nothing,
    joined: nothing,
    left: nothing,
  })
  post.open()
  const client = new Client(post)
  try {
    await client.meet(directory)
  } catch (error) {
    await client.close()
    throw error
  }
  return client
}

/** Times a client looks again when nothing matches: a process may be on its way just then. */
const LOOKS = 5
/** Milliseconds between two looks. */
const LOOK_AGAIN = 40

class Client implements ClusterClient {
  constructor(private readonly post: Post) {}

  /** @throws NodeError R0401 when no node is there */
  async meet(directory: string): Promise<void> {
    for (let look = 0; this.post.nodes().length === 0; look++) {
      if (look === LOOKS)
        throw new NodeError('R0401', `no node lives in ${directory}`, `start one: godwit node --engine embedded:${directory}`)
      await delay(LOOK_AGAIN)
    }
    // those whose OS process is gone are found out by trying to talk to them
    const answers = await Promise.allSettled(this.post.nodes().map((member) => this.post.ask(member, 'status', {})))
    if (answers.every(({ status }) => status === 'rejected'))
      throw new NodeError('R0401', `no node lives in ${directory} any more`, `start one: godwit node --engine embedded:${directory}`)
  }

  async nodes(): Promise<readonly NodeStatus[]> {
    return this.all<NodeStatus>('status', {})
  }

  async processes(options: { readonly residual?: boolean; readonly pattern?: string } = {}): Promise<readonly ProcessStatus[]> {
    const { pattern, residual = false } = options
    const all = async (request: ListRequest): Promise<ProcessStatus[]> => (await this.all<ProcessStatus[]>('list', request)).flat()
    const list = residual
      ? withParents(await all({ residual })).filter(({ path }) => pattern === undefined || matchPath(pattern, path))
      : await all(options)
    return list.sort((a, b) => compare(a.program, b.program) || compare(a.path, b.path))
  }

  async migrate(pattern: string, to: string, { only = false }: { readonly only?: boolean } = {}): Promise<readonly MigrationResult[]> {
    this.requireNode(to)
    for (let look = 0; look < LOOKS; look++) {
      if (look > 0) await delay(LOOK_AGAIN)
      const results = (await this.all<MigrationResult[]>('migrate', { pattern, to, only } satisfies MigrateRequest)).flat()
      if (results.length > 0) return withoutArrivals(results).sort((a, b) => compare(a.process, b.process))
    }
    throw new NodeError('R0403', `no process matches ${pattern}`, 'see what there is: godwit ps')
  }

  async migrateChannel(channel: string, to: string): Promise<readonly MigrationResult[]> {
    this.requireNode(to)
    let known = false
    for (let look = 0; look < LOOKS; look++) {
      if (look > 0) await delay(LOOK_AGAIN)
      const answers = await this.all<{ result?: MigrationResult; path: boolean }>('channel', { channel, to } satisfies ChannelRequest)
      const results = answers.flatMap(({ result }) => result ?? [])
      if (results.length > 0) return results
      known ||= answers.some(({ path }) => path)
    }
    const path = channel.slice(0, Math.max(0, channel.lastIndexOf(':')))
    if (known)
      throw new NodeError(
        'R0411',
        `${path} has no channel ${channel.slice(path.length + 1)} whose home is with it`,
        'name a process that reads from the channel',
      )
    throw new NodeError('R0403', `no process matches ${path}`, 'see what there is: godwit ps')
  }

  async drain(node: string): Promise<readonly MigrationResult[]> {
    return this.post.ask<MigrationResult[]>(this.requireNode(node), 'drain', {})
  }

  async close(): Promise<void> {
    this.post.close()
    await new Promise<void>((resolve) => {
      this.post.engine.close(resolve)
    })
  }

  private requireNode(name: string): Member {
    const nodes = this.post.nodes()
    const found = nodes.find((m) => m.name === name)
    if (found === undefined) throw unknownNode(name, nodes)
    return found
  }

  /**
   * Asks all nodes. One that vanishes meanwhile has no say, unless all do.
   * @throws NodeError what the first of them says that refuses
   */
  private async all<T>(subject: string, content: object): Promise<T[]> {
    const answers = await Promise.allSettled(this.post.nodes().map((member) => this.post.ask<T>(member, subject, content)))
    const values: T[] = []
    for (const answer of answers) {
      if (answer.status === 'fulfilled') values.push(answer.value)
      else if (!(answer.reason instanceof NodeError) || answer.reason.code !== 'R0404') throw answer.reason
    }
    if (values.length === 0) throw new NodeError('R0404', 'all nodes vanished', 'start one: godwit node')
    return values
  }
}

/** The destination finds there already what another node has just moved to it: @returns only the latter */
function withoutArrivals(results: readonly MigrationResult[]): MigrationResult[] {
  const moved = new Set(results.filter(({ from, to }) => from !== to).map((r) => r.process))
  return results.filter(({ process, from, to }) => from !== to || !moved.has(process))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * A node knows only where the parent of a branch was when it last heard of it, which is enough to find it; all nodes together know where it is.
 * @param list every process of the cluster
 * @returns the same, each branch needing the node where its parent is, if that is another one
 */
function withParents(list: readonly ProcessStatus[]): ProcessStatus[] {
  const places = new Map(list.map((status) => [`${status.program} ${status.path}`, status]))
  const parentOf = ({ program, path }: ProcessStatus): ProcessStatus | undefined => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const found = places.get(`${program} ${path.slice(0, at)}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  return list.map((status) => {
    if (status.residual === undefined) return status
    const parent = parentOf(status)
    const residual = status.residual.flatMap((need) => {
      if (need.why !== REPORTS_END || parent === undefined || parent.state === 'moving') return [need]
      return parent.node === status.node ? [] : [{ ...need, node: parent.node }]
    })
    return { ...status, residual }
  })
}
