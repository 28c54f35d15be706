/** What a command can do with whole programs of a cluster: submit one, find it by its name, show it, move its home, end it. */
import type { Member } from '../../engine/engine.ts'
import { insistOnList, insistOnPut } from '../../engine/insist.ts'
import { fetchCheckpoint, forgetCheckpoint, listCheckpoints } from '../durable/checkpoints.ts'
import type { KeptCheckpoint } from '../durable/checkpoints.ts'
import { NodeError } from '../node-error.ts'
import { decodeName, NAME_PREFIX } from '../program/names.ts'
import { decodeEnded, ENDED_PREFIX } from '../program/ended.ts'
import { decodeProgram, PROGRAM_PREFIX, programName } from '../program/program.ts'
import type { Obstacle, Survey } from '../../kernel/upgrade/obstacles.ts'
import type { CheckpointOrder, ExportedNames, Mended, Restoration, Submission, UpgradeOrder } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { MigrationResult, ProgramStatus, StuckStatus } from '../wire/statuses.ts'
import { Viewer } from './viewer.ts'
import type { ViewerEvents, ViewerOptions } from './viewer.ts'

export type { ProgramStatus } from '../wire/statuses.ts'

/** A name that a program serves. */
export interface NameStatus {
  readonly name: string
  /** What people call the program, and the member that is its home. */
  readonly program: string
  readonly home: string
  /** How often the name has been claimed, and the incarnation that has claimed it last. */
  readonly epoch: number
  readonly incarnation: number
  /** Where gateways listen for it. */
  readonly gateways: readonly string[]
  /** Connections that are open, and those of them that the program has not accepted. */
  readonly connections: number
  readonly waiting: number
}

/** What has come of an upgrade. */
export interface Upgraded extends Survey {
  /** The program had failed: this one goes on from its last cut. */
  readonly goesOn?: ProgramStatus
}

/** Times it is tried to reach a home that may just have moved, and between two of them. */
const ATTEMPTS = 50
const AGAIN_MS = 50

function statusOf(program: number, source: string, home: Member, durable: boolean): ProgramStatus {
  const name = programName(source, program)
  return { program: String(program), name, source, home: home.name, state: 'running', durable }
}

/** @returns those that `ring.csp#2`, `2` or `ring.csp` may mean */
function called(name: string, programs: readonly ProgramStatus[]): readonly ProgramStatus[] {
  return programs.filter((each) => [each.program, each.name, each.name.slice(0, each.name.lastIndexOf('#'))].includes(name))
}

/**
 * @param found those that are called so
 * @param programs all that it could have been
 * @param none what is said when there is none
 * @throws NodeError R0403 unless there is one
 */
function theOne(name: string, found: readonly ProgramStatus[], programs: readonly ProgramStatus[], none: string): ProgramStatus {
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  const names = (found.length > 1 ? found : programs).map((each) => each.name).join(', ')
  throw new NodeError(
    'R0403',
    found.length > 1 ? `several programs are called ${name}` : `no program is called ${name}`,
    names === '' ? none : `there is ${names}`,
  )
}

export class Programs {
  /** Programs that were restored by this member. */
  private restored = 0
  private readonly viewers = new Set<Viewer>()

  constructor(private messenger: Messenger) {}

  /** There is no cluster any more. */
  abandoned(): void {
    for (const viewer of this.viewers) viewer.abandoned()
  }

  /** This OS process is another member of the cluster now: whoever views goes on viewing. */
  rejoined(messenger: Messenger): void {
    this.messenger = messenger
    for (const viewer of this.viewers) {
      if (viewer.isClosed) this.viewers.delete(viewer)
      else viewer.rejoined(messenger)
    }
  }

  /** @returns the programs that run, and those that have ended not long ago, by their numbers */
  async all(): Promise<readonly ProgramStatus[]> {
    const running = await this.list(PROGRAM_PREFIX)
    const ended = await this.list(ENDED_PREFIX) // after that: how a program has ended is there before the program goes
    const statuses = [
      ...running.map(decodeProgram).map(({ id, source, home, durable }): ProgramStatus => ({
        program: String(id),
        name: programName(source, id),
        source,
        home: this.messenger.engine.membership.get(home)?.name ?? this.messenger.nameOf(home),
        state: 'running',
        durable: durable !== undefined,
      })),
      ...ended.map(decodeEnded).map(({ id, source, home, exit, stopped = false }): ProgramStatus => ({
        program: String(id),
        name: programName(source, id),
        source,
        home,
        state: 'ended',
        durable: false,
        exit,
        stopped,
      })),
    ]
    const known = new Map(statuses.map((status) => [status.program, status])) // one that has just ended may be in both
    return [...known.values()].sort((a, b) => Number(a.program) - Number(b.program))
  }

  /**
   * @param name `ring.csp#2`, or `2`, or `ring.csp` when there is one of that name; of several, one that runs, or else the last that has ended
   * @throws NodeError R0403
   */
  async find(name: string): Promise<ProgramStatus> {
    const programs = await this.all()
    const matching = called(name, programs)
    const running = matching.filter(({ state }) => state === 'running')
    return theOne(name, running.length > 0 ? running : matching.slice(-1), programs, 'no program is running, and none has ended of late')
  }

  /**
   * @param name as for `find`
   * @returns a program that has not ended, though it may have no process just now: it begins anew
   * @throws NodeError R0403
   */
  async findRunning(name: string): Promise<ProgramStatus> {
    const running = (await this.all()).filter(({ state }) => state === 'running')
    return theOne(name, called(name, running), running, 'no program is running')
  }

  /**
   * Runs a program whose home is on a node.
   * @param node its name; absent: the first that takes it
   * @throws NodeError R0402, R0404, R0406, R0412, R0413
   */
  async submit(submission: Submission, node?: string): Promise<ProgramStatus> {
    const [program, home] = await this.onSomeNode(node, (member) => this.messenger.ask(member, 'submit', submission))
    return statusOf(program, submission.manifest.source, home, submission.durable !== undefined)
  }

  /**
   * Asks one node after the other to take a program.
   * @param node only the one of that name
   * @returns the program's id and the node that has taken it
   */
  private async onSomeNode(
    node: string | undefined,
    ask: (member: Member) => Promise<{ readonly program: number }>,
  ): Promise<readonly [program: number, home: Member]> {
    const nodes = this.messenger.nodes().filter(({ name }) => node === undefined || name === node)
    let refused: unknown = new NodeError('R0413', 'the cluster has no node to run on', 'start one: godwit node')
    for (const member of nodes) {
      try {
        const { program } = await ask(member)
        return [program, member]
      } catch (error) {
        refused = error
        if (!(error instanceof NodeError) || (error.code !== 'R0406' && error.code !== 'R0404')) throw error // another node may take it
      }
    }
    throw refused
  }

  /**
   * Goes on from a checkpoint, with the home of the program on a node.
   * @param file as `encodeCheckpoint` has written it, and `source`: the path of its program's text
   * @throws NodeError R0404, R0406, R0413, R0415, R0442
   */
  async restore(file: Uint8Array, source: string, order: Omit<Restoration, 'file' | 'bytes'>): Promise<ProgramStatus> {
    const { engine, self } = this.messenger
    const own = Buffer.from(`${self.index}.${++this.restored}`) // the cluster may keep a checkpoint that is the same file, and others may restore it
    const blob = await new Promise<string>((resolve) => {
      insistOnPut(engine, Buffer.concat([file, own]), resolve)
    })
    const placed = { ...order, file: blob, bytes: file.length }
    try {
      const [program, home] = await this.onSomeNode(undefined, (member) => this.messenger.ask(member, 'restore', placed))
      return statusOf(program, source, home, order.durable !== undefined)
    } finally {
      engine.blobs.remove(blob)
    }
  }

  /**
   * Has a checkpoint of a program kept.
   * @param order `ends`: the program stands still from then on, until `saved` is called
   * @throws NodeError R0403, R0404, R0406, R0410, R0415
   */
  async checkpoint({ program, name }: ProgramStatus, order: CheckpointOrder): Promise<KeptCheckpoint> {
    const kept = await this.atHome(name, program, undefined, (home) =>
      this.messenger.ask(home, 'checkpoint', { ...order, program: Number(program) }),
    )
    if (kept === undefined) throw new NodeError('R0403', `${name} has ended`)
    return kept
  }

  /**
   * Another version of a program takes its place, or, with `dry`, it is told what would come of that.
   * @param order without a version: the one before takes its place again
   * @returns what has been found: when there are obstacles nothing has changed
   * @throws NodeError R0403, R0404, R0405, R0406, R0410, R0415, R0444
   */
  async upgrade(status: ProgramStatus, order: Omit<UpgradeOrder, 'program'>): Promise<Upgraded> {
    const { program, name } = status
    if (status.state === 'ended' && (await this.isMendable(status))) return this.mend(status, order)
    const obstacles: Obstacle[] = []
    const found = await this.atHome(name, program, undefined, (home) =>
      this.messenger.ask(home, 'upgrade', { ...order, program: Number(program) }, (part) => {
        for (const one of part) obstacles.push(one)
      }),
    )
    if (found === undefined) throw new NodeError('R0403', `${name} has ended`)
    return { ...found, obstacles }
  }

  /** @returns whether a program has failed, and can go on from its last cut as another version: `upgrade` lets it */
  async isMendable(program: ProgramStatus): Promise<boolean> {
    return (await this.checkpoints(program)).some(({ last }) => last === true)
  }

  /** A program that has failed goes on from its last cut as another version: a new program does. */
  private async mend({ program, name, source }: ProgramStatus, order: Omit<UpgradeOrder, 'program'>): Promise<Upgraded> {
    if (order.version === undefined) throw new NodeError('R0403', `${name} has ended`, 'it can go on in another text: name its file')
    const obstacles: Obstacle[] = []
    let found: Omit<Mended, 'obstacles'> | undefined
    const [, home] = await this.onSomeNode(undefined, async (member) => {
      obstacles.splice(0)
      found = await this.messenger.ask(member, 'mend', { ...order, program: Number(program) }, (part) => {
        for (const one of part) obstacles.push(one)
      })
      return { program: found.program ?? 0 }
    })
    const { program: begun, ...survey } = found as Omit<Mended, 'obstacles'> // some node has answered
    const goesOn = begun === undefined ? {} : { goesOn: statusOf(begun, source, home, true) }
    return { ...survey, obstacles, ...goesOn }
  }

  /**
   * A program goes back to a checkpoint that is kept.
   * @returns that checkpoint
   * @throws NodeError R0403, R0404, R0406, R0410, R0415
   */
  async rewind({ program, name }: ProgramStatus, number: number): Promise<KeptCheckpoint> {
    const kept = await this.atHome(name, program, undefined, (home) =>
      this.messenger.ask(home, 'rewind', { program: Number(program), number }),
    )
    if (kept === undefined) throw new NodeError('R0403', `${name} has ended`)
    return kept
  }

  /**
   * A second program goes on from where a program is, with all that was wished for the first; that one goes on, too.
   * @param order the directory and the environment of the second, where the first has none
   * @throws NodeError R0403, R0404, R0406, R0410, R0413, R0415
   */
  async fork(program: ProgramStatus, order: Pick<Restoration, 'directory' | 'variables'>): Promise<ProgramStatus> {
    const [record] = (await this.list(PROGRAM_PREFIX)).map(decodeProgram).filter(({ id }) => String(id) === program.program)
    const kept = await this.checkpoint(program, { ends: false, most: Number.MAX_SAFE_INTEGER })
    const file = await this.fetch(kept)
    this.forget(program, kept)
    const { denied = [], limits = {}, balance, place, roam, seed, durable } = record ?? {}
    return this.restore(file, program.source, {
      ...order,
      denied,
      limits,
      ...(balance === undefined ? {} : { balance }),
      ...(place === undefined ? {} : { place }),
      ...(roam === undefined ? {} : { roam }),
      ...(seed === undefined ? {} : { seed }),
      ...(durable === undefined ? {} : { durable: { everyMs: durable.everyMs, relaxed: durable.relaxed ?? false, anyStore: true } }),
    })
  }

  /** A checkpoint that was to end the program is written, or is not: then the program goes on. */
  async saved({ program, name }: ProgramStatus, written: boolean): Promise<void> {
    await this.atHome(name, program, { answer: false }, async (home) => {
      const answer = await this.messenger.ask(home, 'saved', { program: Number(program), written })
      return answer === null ? null : { answer }
    })
  }

  /** @returns the checkpoints that are kept of a program, older ones first */
  checkpoints({ program }: ProgramStatus): Promise<readonly KeptCheckpoint[]> {
    return new Promise((resolve) => {
      listCheckpoints(this.messenger.engine, Number(program), resolve)
    })
  }

  /** @returns the file of a checkpoint. @throws NodeError R0415 when it goes just now */
  async fetch(kept: KeptCheckpoint): Promise<Uint8Array> {
    const file = await new Promise<Uint8Array | undefined>((resolve) => {
      fetchCheckpoint(this.messenger.engine, kept, resolve)
    })
    if (file === undefined) throw new NodeError('R0415', `checkpoint ${kept.number} is not kept any more`)
    return file
  }

  /** Forgets a checkpoint of a program. */
  forget({ program }: ProgramStatus, { number }: KeptCheckpoint): void {
    forgetCheckpoint(this.messenger.engine, Number(program), number)
  }

  /** @returns how old something is, in microseconds */
  age({ at }: KeptCheckpoint): number {
    return Math.max(0, this.messenger.engine.clock.common() - at)
  }

  /** Shows a program. */
  view({ program }: Pick<ProgramStatus, 'program'>, events: ViewerEvents, options?: ViewerOptions): Viewer {
    const viewer = new Viewer(this.messenger, Number(program), events, options)
    this.viewers.add(viewer)
    return viewer
  }

  /** @returns the names that programs serve, by their texts */
  async names(): Promise<readonly NameStatus[]> {
    const entries = await new Promise<readonly (readonly [string, string])[]>((resolve) => {
      insistOnList(this.messenger.engine, NAME_PREFIX, resolve)
    })
    const programs = (await this.all()).filter(({ state }) => state === 'running') // of others whoever claims the name takes it over
    const exported = new Map(await Promise.all(programs.map(async (each) => [each.program, await this.exportedBy(each, entries)] as const)))
    return entries.flatMap(([key, text]) => {
      const name = key.slice(NAME_PREFIX.length)
      const { program, epoch, incarnation } = decodeName(text)
      const status = programs.find((each) => each.program === String(program))
      if (status === undefined) return []
      const its = exported.get(status.program)
      const counts = its?.names.find((each) => each.name === name)
      return {
        name,
        program: status.name,
        home: status.home,
        epoch,
        incarnation,
        gateways: (its?.gateways ?? []).filter((address) => address.endsWith(`=${name}`)),
        connections: counts?.connections ?? 0,
        waiting: counts?.waiting ?? 0,
      }
    })
  }

  /** @param entries the names of all programs. @returns what a program serves; undefined when it serves nothing, or has just ended */
  private async exportedBy(
    { name, program }: ProgramStatus,
    entries: readonly (readonly [string, string])[],
  ): Promise<ExportedNames | undefined> {
    if (!entries.some(([, text]) => String(decodeName(text).program) === program)) return undefined
    return this.atAnyHome(name, program, undefined, (home) => this.messenger.ask(home, 'names', { program: Number(program) }))
  }

  /**
   * Finds the processes of a program that nobody who can still run can ever wake.
   * @returns them, by their paths, and how many processes there are in all
   * @throws NodeError R0404, R0410 when that cannot be found out just now
   */
  async stuck({ name, program }: ProgramStatus): Promise<{ readonly processes: number; readonly stuck: readonly StuckStatus[] }> {
    let stuck: StuckStatus[] = []
    const found = await this.atAnyHome(name, program, { processes: 0 }, (home) => {
      stuck = []
      return this.messenger.ask(home, 'stuck', { program: Number(program) }, (part) => {
        for (const each of part) stuck.push(each)
      })
    })
    stuck.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    return { processes: found.processes, stuck }
  }

  /** Ends a program. @returns whether it ran; its end is to be waited for. @throws NodeError R0404, R0410 when its home is a terminal */
  async end({ program, name }: ProgramStatus): Promise<boolean> {
    return this.atHome(name, program, false, (home) => this.messenger.ask(home, 'end', { program: Number(program) }))
  }

  /** Moves the home of a program. @throws NodeError R0402, R0404, R0410 when its home is a terminal */
  async moveHome({ program, name, home: at }: ProgramStatus, to: string): Promise<MigrationResult> {
    const nobody = { process: name, from: at, to, bytes: 0, codeBytes: 0, pauseMicros: 0, messages: 0 }
    const gone: MigrationResult = { ...nobody, error: new NodeError('R0403', `${name} has ended`).toJSON() }
    return this.atHome(name, program, gone, (home) => this.messenger.ask(home, 'home', { program: Number(program), to }))
  }

  /** As `atAnyHome`. @throws NodeError R0410 when its home is a terminal */
  private atHome<T>(name: string, program: string, ended: T, ask: (home: Member) => Promise<T | null | false>): Promise<T> {
    return this.atAnyHome(name, program, ended, async (home) => {
      if (home.kind !== 'terminal') return ask(home)
      throw new NodeError('R0410', `the home of ${name} is the terminal that runs it`, 'run it with --detach, or end it there with Ctrl-C')
    })
  }

  /**
   * Asks the home of a program, wherever it is.
   * @param ended what to return when the program has ended
   * @param ask gives null or false when the home is not there
   */
  private async atAnyHome<T>(name: string, program: string, ended: T, ask: (home: Member) => Promise<T | null | false>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = (await this.list(PROGRAM_PREFIX)).map(decodeProgram).find(({ id }) => String(id) === program)
      if (record === undefined) return ended
      const home = this.messenger.engine.membership.get(record.home)
      const answer = home === undefined ? null : await ask(home)
      if (answer !== null && answer !== false) return answer
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
    throw new NodeError('R0404', `the home of ${name} cannot be found`, 'its node may just have vanished: see godwit nodes')
  }

  private list(prefix: string): Promise<string[]> {
    return new Promise((resolve) => {
      insistOnList(this.messenger.engine, prefix, (entries) => {
        resolve(entries.map(([, value]) => value))
      })
    })
  }
}
