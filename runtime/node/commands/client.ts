/** Façade for `godwit ps|nodes|migrate|drain --cluster DIR`: a client joins the cluster for the time of a command. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Engine, Member } from '../../engine/engine.ts'
import { matchPath } from '../../kernel/inspect/inspect.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorCode } from '../node-error.ts'
import { isOnNats, spellCluster, spellEngine } from '../cluster-address.ts'
import { openEngine } from '../open-engine.ts'
import { requireNode } from '../unknown-node.ts'
import type { DrainRequest, MigrateRequest, Requests, RequestSubject } from '../wire/messages.ts'
import { Messenger } from '../wire/messenger.ts'
import type { NodeMeasures, ProcessDetail, ProcessGroup, Wiring } from '../wire/observations.ts'
import { Programs } from './programs.ts'
import type { CodeUnit } from '../../code/program.ts'
import type { MigrationResult, NodeStatus, ProcessStatus, UnitStatus } from '../wire/statuses.ts'

export type { MigrationResult, NodeStatus, ProcessStatus, UnitStatus } from '../wire/statuses.ts'
export type { ProgramStatus } from './programs.ts'
export type { NodeMeasures, ProcessDetail, ProcessGroup, RecordedMove, Wiring } from '../wire/observations.ts'

export interface ProcessesOptions {
  /** Fills in that field. */
  readonly residual?: boolean
  /** As for `migrate`. */
  readonly pattern?: string
  /** `ring.csp#2`, or `2`, or `ring.csp` when no other program is called that; of all programs when absent. */
  readonly program?: string
}

export interface ClusterClient {
  /** Whole programs. */
  readonly programs: Programs
  nodes(): Promise<readonly NodeStatus[]>
  /** @returns the code units of the cluster, by their names */
  units(): Promise<readonly ClusterUnit[]>
  /**
   * @param name of a unit, or the first digits of its version
   * @returns it with all that it imports, from the nodes that have them
   * @throws NodeError R0403 when there is none, or several; R0404 when its nodes have gone
   */
  fetchUnit(name: string): Promise<readonly CodeUnit[]>
  /**
   * Has a node keep code ahead of need, looked at and loaded.
   * @param units with all that they import
   * @throws NodeError R0402, R0404, R0405, R0406
   */
  pushCode(units: readonly CodeUnit[], node: string): Promise<void>
  /** @throws NodeError R0403 when there is no such program */
  processes(options?: ProcessesOptions): Promise<readonly ProcessStatus[]>
  /** @returns the numbers of the nodes that answer, by their names */
  measures(): Promise<readonly NodeMeasures[]>
  /** @returns all processes of each node that answers, by the name of the node */
  survey(): Promise<ReadonlyMap<string, readonly ProcessGroup[]>>
  /**
   * @param program its id; of all programs when absent
   * @returns who has which ends of channels, as each node knows it
   */
  wiring(program?: string): Promise<readonly Wiring[]>
  /**
   * @param program its id
   * @returns the process of that path in full; undefined when there is none
   */
  inspect(program: string, path: string): Promise<ProcessDetail | undefined>
  /**
   * Moves processes with their branches.
   * @param pattern a path in which `*` stands for any characters but `/`, and `**` for any
   * @param options `only`: without their branches; `program` as for `processes`
   * @throws NodeError R0402 (unknown node), R0403 (nothing matches)
   */
  migrate(pattern: string, to: string, options?: MigrateOptions): Promise<readonly MigrationResult[]>
  /**
   * Moves the home of a channel, its two ends staying.
   * @param channel `path:slot`, `main/cell[5]:in` or `main/cell[5]:to[2]`
   * @throws NodeError R0402, R0403, R0411 (no such channel)
   */
  migrateChannel(channel: string, to: string, options?: { readonly program?: string }): Promise<readonly MigrationResult[]>
  /**
   * Moves everything that runs on `node` to the others, balanced.
   * @returns what has moved, and with an error of R0418 what was still there at the deadline
   * @throws NodeError R0402, R0403 (there is no such program), R0413 (there is no other node)
   */
  drain(node: string, options?: DrainOptions): Promise<readonly MigrationResult[]>
  /**
   * A node takes nothing new from now on, or does again (`on` false); it keeps what it has.
   * @throws NodeError R0402 (unknown node), R0404 (it has gone, or does not answer)
   */
  cordon(node: string, on: boolean): Promise<void>
  /**
   * Ends a node at once, as `kill -9` would: it moves nothing, and does not leave.
   * @throws NodeError R0402 (unknown node), R0404 (it has gone already, or does not answer, and so cannot be told)
   */
  kill(node: string): Promise<void>
  /**
   * Is rejected with a NodeError when the store of the cluster has failed (R0415), or there is no way back into the cluster for a member that was removed: then
   * nothing that was asked is answered any more. It is never fulfilled.
   */
  readonly failure: Promise<never>
  close(): Promise<void>
}

/** How processes are moved. */
export interface MigrateOptions extends Partial<Pick<MigrateRequest, 'only' | 'strategy'>> {
  /** Name or id of a program. */
  readonly program?: string
}

/** How a node is emptied. */
export interface DrainOptions extends Omit<DrainRequest, 'program'> {
  /** Name or id of a program. */
  readonly program?: string
}

/** A code unit of a cluster. */
export interface ClusterUnit extends UnitStatus {
  /** Names of the nodes that have it. `needs` is of all of them together. */
  readonly nodes: readonly string[]
}

export interface ClientOptions {
  /** Hears once of each node that does not answer in time; what is asked goes on with the others. */
  readonly silent?: (node: string) => void
}

/**
 * Joins a cluster as a client.
 * @param directory its run directory, or the address of its NATS servers
 * @throws NodeError R0401 (not a cluster, or no node lives there)
 */
export async function connectCluster(directory: string, { silent = () => undefined }: ClientOptions = {}): Promise<ClusterClient> {
  const store = new StoreFailure()
  const client = new Client(await openEngine(directory, { kind: 'client', create: false, trouble: store.tell }), directory, silent, store)
  try {
    await Promise.race([client.meet(directory), client.failure])
  } catch (error) {
    await client.close()
    throw error
  }
  return client
}

/** @returns a client that has joined a cluster already, by an engine of its own. When the others remove it, it does not come back. */
export function clientOn(engine: Engine): ClusterClient {
  return new Client(engine, undefined, () => undefined)
}

/** Times a client looks again when nothing matches: a process may be on its way just then. */
const LOOKS = 5
/** Between two looks. */
const NEXT_LOOK_MS = 40
/** With what an attempt to come back into a cluster on NATS ends while its servers take nothing for a while. */
const OUTAGES: readonly NodeErrorCode[] = ['R0415', 'R0431']
/** Between two attempts to come back into a cluster. */
const REJOIN_EVERY_MS = 250
/** How long a node may take to answer that it is there. */
const ANSWER_WITHIN_MS = 2_000

/** That the store of a cluster has failed, for those who wait for something else. */
class StoreFailure {
  tell: (error: NodeError) => void = () => undefined
  readonly told = new Promise<never>((_, reject) => {
    this.tell = reject
  })

  constructor() {
    this.told.catch(() => undefined) // perhaps nobody waits
  }
}

/** What all nodes have answered, and the parts of their answers in the order in which they came. */
interface Answers<S extends RequestSubject> {
  readonly answers: readonly Requests[S]['answer'][]
  readonly parts: readonly Requests[S]['part'][]
}

class Client implements ClusterClient {
  readonly programs: Programs
  /** Names of nodes that have not answered in time. */
  private readonly silent = new Set<string>()

  private messenger: Messenger
  private closed = false

  constructor(
    engine: Engine,
    private readonly directory: string | undefined,
    private readonly hear: (node: string) => void,
    private readonly store = new StoreFailure(),
  ) {
    this.messenger = this.listen(engine)
    this.programs = new Programs(this.messenger)
  }

  get failure(): Promise<never> {
    return this.store.told
  }

  /** A call, since it changes while something is awaited. */
  private isClosed(): boolean {
    return this.closed
  }

  private listen(engine: Engine): Messenger {
    const messenger = new Messenger(engine, {
      left: ({ index }) => {
        if (index === engine.membership.self.index) void this.rejoin(engine)
      },
    })
    messenger.open()
    return messenger
  }

  /** The others have removed this member, which was stopped or cut off for longer than its lease: it comes back as another one. */
  private async rejoin(before: Engine): Promise<void> {
    await delay(0) // the engine is just telling it
    before.close(() => undefined)
    const { directory } = this
    if (directory === undefined) {
      this.programs.abandoned()
      return
    }
    while (!this.isClosed()) {
      try {
        const engine = await openEngine(directory, { kind: 'client', create: false, trouble: this.store.tell })
        if (this.isClosed()) {
          engine.close(() => undefined)
          return
        }
        this.messenger = this.listen(engine)
        this.programs.rejoined(this.messenger)
        return
      } catch (error) {
        if (error instanceof NodeError && !(isOnNats(directory) && OUTAGES.includes(error.code))) {
          this.store.tell(error)
          return
        }
        await delay(REJOIN_EVERY_MS) // the store cannot be reached yet
      }
    }
  }

  /** @throws NodeError R0401 when no node is there, R0404 when none answers */
  async meet(directory: string): Promise<void> {
    const start = `start one: godwit node --engine ${spellEngine(directory)}`
    for (let look = 0; this.messenger.nodes().length === 0; look++) {
      if (look === LOOKS) throw new NodeError('R0401', `no node lives in ${spellCluster(directory)}`, start)
      await delay(NEXT_LOOK_MS)
    }
    // nodes whose OS process is gone are found out by trying to talk to them
    const nodes = this.messenger.nodes()
    const pings = nodes.map((member) => this.ping(member))
    const here = pings.map(async (ping) => {
      if ((await ping) !== 'here') throw new Error('no answer')
    })
    if (
      await Promise.any(here).then(
        () => true,
        () => false, // none of them
      )
    )
      return
    const outcomes = await Promise.all(pings)
    const silent = nodes.filter((_, i) => outcomes[i] === 'silent')
    if (silent.length === 0) throw new NodeError('R0401', `no node lives in ${spellCluster(directory)} any more`, start)
    throw doesNotAnswer(silent.map(({ name }) => name))
  }

  async nodes(): Promise<readonly NodeStatus[]> {
    return (await this.all('status', {})).answers
  }

  async units(): Promise<readonly ClusterUnit[]> {
    const known = new Map<string, { status: UnitStatus; nodes: string[]; needs: Map<string, number> }>()
    const add = (status: UnitStatus, node: string): void => {
      const unit = known.get(status.hash) ?? { status, nodes: [], needs: new Map<string, number>() }
      known.set(status.hash, unit)
      unit.nodes.push(node)
      for (const { program, processes } of status.needs) unit.needs.set(program, (unit.needs.get(program) ?? 0) + processes)
    }
    await Promise.all(
      (await this.awake()).map(async (member) => {
        const parts: UnitStatus[] = []
        try {
          await this.messenger.ask(member, 'units', {}, (part) => {
            for (const one of part) parts.push(one)
          })
        } catch (error) {
          if (!(error instanceof NodeError) || error.code !== 'R0404') throw error // it has just left, with its code
          return
        }
        for (const status of parts) add(status, member.name)
      }),
    )
    return [...known.values()]
      .map(({ status, nodes, needs }) => ({
        ...status,
        nodes: nodes.sort(compare),
        needs: [...needs].map(([program, processes]) => ({ program, processes })).sort((a, b) => compare(a.program, b.program)),
      }))
      .sort((a, b) => compare(a.name, b.name) || compare(a.hash, b.hash))
  }

  async fetchUnit(name: string): Promise<readonly CodeUnit[]> {
    const all = await this.units()
    const named = all.filter((unit) => unit.name === name)
    const found = named.length > 0 ? named : all.filter(({ hash }) => /^[0-9a-f]{4,}$/.test(name) && hash.startsWith(name))
    const [first] = found
    if (first === undefined) throw new NodeError('R0403', `no code unit is called ${name}`, 'see what there is: godwit code')
    if (found.length > 1) {
      const versions = found.map(({ hash }) => hash.slice(0, 12)).join(', ')
      throw new NodeError('R0403', `there are several versions of ${name}`, `name one of them: ${versions}`)
    }
    return this.withImports(first.hash, all)
  }

  /** @returns a unit and what it imports, callees first. @throws NodeError R0404 */
  private async withImports(root: string, all: readonly ClusterUnit[]): Promise<readonly CodeUnit[]> {
    const byHash = new Map(all.map((unit) => [unit.hash, unit]))
    const wanted = new Set([root])
    for (const hash of wanted) for (const imported of byHash.get(hash)?.imports ?? []) wanted.add(imported)
    const units = new Map<string, CodeUnit>()
    for (const member of this.messenger.nodes()) {
      const hashes = [...wanted].filter((hash) => !units.has(hash) && byHash.get(hash)?.nodes.includes(member.name) === true)
      if (hashes.length === 0) continue
      for (const unit of await this.messenger.ask(member, 'code', { hashes })) units.set(unit.hash, unit)
    }
    const missing = [...wanted].find((hash) => !units.has(hash))
    if (missing !== undefined) throw new NodeError('R0404', `no node has the unit ${missing.slice(0, 12)} any more`, 'compile it again')
    return [...wanted].reverse().flatMap((hash) => units.get(hash) ?? [])
  }

  async pushCode(units: readonly CodeUnit[], node: string): Promise<void> {
    await this.messenger.ask(await this.answering(node), 'keep-units', { units })
  }

  async measures(): Promise<readonly NodeMeasures[]> {
    return [...(await this.all('measures', {})).answers].sort((a, b) => compare(a.name, b.name))
  }

  async survey(): Promise<ReadonlyMap<string, readonly ProcessGroup[]>> {
    const members = await this.awake()
    const found = await Promise.all(
      members.map(async (member): Promise<readonly (readonly [string, readonly ProcessGroup[]])[]> => {
        const groups: ProcessGroup[] = []
        try {
          await this.messenger.ask(member, 'survey', {}, (part) => {
            for (const group of part) groups.push(group)
          })
        } catch (error) {
          if (error instanceof NodeError && error.code === 'R0404') return [] // it has just gone
          throw error
        }
        return [[member.name, groups]]
      }),
    )
    return new Map(found.flat().sort(([a], [b]) => compare(a, b)))
  }

  async wiring(program?: string): Promise<readonly Wiring[]> {
    return (await this.all('wiring', program === undefined ? {} : { program })).parts
  }

  async inspect(program: string, path: string): Promise<ProcessDetail | undefined> {
    return (await this.all('inspect', { program, path })).answers.find((detail) => detail !== null)
  }

  /** @returns the restriction to the program of that name, which there must be one of; none without a name */
  private async within(name: string | undefined): Promise<{ readonly program?: string }> {
    if (name === undefined) return {}
    return { program: (await this.programs.findRunning(name)).program }
  }

  async processes(options: ProcessesOptions = {}): Promise<readonly ProcessStatus[]> {
    const { pattern, residual = false, program: name } = options
    if (name !== undefined) {
      const { program } = await this.within(name)
      return (await this.processes({ residual, ...(pattern === undefined ? {} : { pattern }) })).filter((each) => each.program === program)
    }
    const all = async (request: Requests['list']['content']): Promise<ProcessStatus[]> => (await this.all('list', request)).parts.flat()
    const list = residual
      ? withParents(await all({ residual })).filter(({ path }) => pattern === undefined || matchPath(pattern, path))
      : await all(options)
    return list.sort((a, b) => compare(a.program, b.program) || compare(a.path, b.path))
  }

  async migrate(
    pattern: string,
    to: string,
    { only = false, strategy, program: name }: MigrateOptions = {},
  ): Promise<readonly MigrationResult[]> {
    requireNode(this.messenger.nodes(), to)
    const program = await this.within(name)
    for (let look = 0; look < LOOKS; look++) {
      if (look > 0) await delay(NEXT_LOOK_MS)
      const results = (
        await this.all('migrate', { pattern, to, only, ...(strategy === undefined ? {} : { strategy }), ...program })
      ).parts.flat()
      if (results.length > 0) return withoutArrivals(results).sort((a, b) => compare(a.process, b.process))
    }
    throw new NodeError('R0403', `no process matches ${pattern}`, 'see what there is: godwit ps')
  }

  async migrateChannel(
    channel: string,
    to: string,
    { program: name }: { readonly program?: string } = {},
  ): Promise<readonly MigrationResult[]> {
    requireNode(this.messenger.nodes(), to)
    const program = await this.within(name)
    let known = false
    for (let look = 0; look < LOOKS; look++) {
      if (look > 0) await delay(NEXT_LOOK_MS)
      const { answers } = await this.all('channel', { channel, to, ...program })
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

  async drain(node: string, { program: name, ...how }: DrainOptions = {}): Promise<readonly MigrationResult[]> {
    const results: MigrationResult[] = []
    const member = await this.answering(node)
    const program = await this.within(name)
    await this.messenger.ask(member, 'drain', { ...program, ...how }, (part) => {
      for (const one of part) results.push(one)
    })
    return results
  }

  async cordon(node: string, on: boolean): Promise<void> {
    await this.messenger.ask(await this.answering(node), 'cordon', { on })
  }

  async kill(node: string): Promise<void> {
    const member = await this.answering(node, 'a node can only be asked to end itself; end its OS process on its machine: kill -9')
    try {
      await this.messenger.ask(member, 'kill', {})
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'R0404') throw error // it ended before its answer went
    }
  }

  /** @returns the node of that name. @throws NodeError R0402, and when it does not answer */
  private async answering(node: string, help?: string): Promise<Member> {
    const member = requireNode(this.messenger.nodes(), node)
    if ((await this.ping(member)) === 'silent') throw doesNotAnswer([node], help)
    return member
  }

  async close(): Promise<void> {
    this.closed = true
    this.messenger.close()
    await new Promise<void>((resolve) => {
      this.messenger.engine.close(resolve)
    })
  }

  /** @returns whether a member answers in time; it is gone when the cluster says so meanwhile */
  private async ping(member: Member): Promise<'here' | 'gone' | 'silent'> {
    let late: NodeJS.Timeout | undefined
    const silence = new Promise<'silent'>((resolve) => {
      late = setTimeout(resolve, ANSWER_WITHIN_MS, 'silent')
    })
    const answer = this.messenger.ask(member, 'ping', {}).then(
      () => 'here' as const,
      () => 'gone' as const,
    )
    const outcome = await Promise.race([answer, silence])
    clearTimeout(late)
    return outcome
  }

  /** @returns the nodes that answer. @throws NodeError R0404 when there are some and none does */
  private async awake(): Promise<readonly Member[]> {
    const nodes = this.messenger.nodes()
    const outcomes = await Promise.all(nodes.map((member) => this.ping(member)))
    const silent = nodes.filter((_, i) => outcomes[i] === 'silent')
    if (silent.length > 0 && silent.length === nodes.length) throw doesNotAnswer(silent.map(({ name }) => name))
    for (const { name } of silent) {
      if (this.silent.has(name)) continue
      this.silent.add(name)
      this.hear(name)
    }
    return nodes.filter((member) => !silent.includes(member))
  }

  /**
   * Asks all nodes that answer. One that vanishes meanwhile has no say, unless all do.
   * @throws NodeError what the first of them says that refuses
   */
  private async all<S extends RequestSubject>(subject: S, content: Requests[S]['content']): Promise<Answers<S>> {
    const parts: Requests[S]['part'][] = []
    const part = (value: Requests[S]['part']): void => {
      parts.push(value)
    }
    const outcomes = await Promise.allSettled((await this.awake()).map((member) => this.messenger.ask(member, subject, content, part)))
    const answers: Requests[S]['answer'][] = []
    for (const answer of outcomes) {
      if (answer.status === 'fulfilled') answers.push(answer.value)
      else if (!(answer.reason instanceof NodeError) || answer.reason.code !== 'R0404') throw answer.reason
    }
    if (answers.length === 0) throw new NodeError('R0404', 'all nodes vanished', 'start one: godwit node')
    return { answers, parts }
  }
}

function doesNotAnswer(
  names: readonly string[],
  help = 'its OS process may be stopped, or the machine very busy; the others give it up when its lease has run out',
): NodeError {
  return new NodeError(
    'R0404',
    names.length === 1 ? `node ${names.join('')} does not answer` : `nodes ${names.join(', ')} do not answer`,
    help,
  )
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
    const residual = status.residual.flatMap(({ parent: ofParent = false, ...need }) => {
      if (!ofParent || parent === undefined || parent.state === 'moving') return [need]
      return parent.node === status.node ? [] : [{ ...need, node: parent.node }]
    })
    return { ...status, residual }
  })
}
