/** What a command can do with whole programs of a cluster: submit one, find it by its name, show it, move its home, end it. */
import type { Member } from '../../engine/engine.ts'
import { insistOnList } from '../../engine/insist.ts'
import { NodeError } from '../node-error.ts'
import { decodeEnded, ENDED_PREFIX } from '../program/ended.ts'
import { decodeProgram, PROGRAM_PREFIX } from '../program/program.ts'
import type { Submission } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import { Viewer } from './viewer.ts'
import type { ViewerEvents, ViewerOptions } from './viewer.ts'

export interface ProgramStatus {
  /** Its id in the cluster: a number. */
  readonly program: string
  /** What people call it: the base name of its file and its id, `ring.csp#2`. */
  readonly name: string
  /** Path of its file, as it was given. */
  readonly source: string
  /** Name of the node, or of the terminal, that is its home. */
  readonly home: string
  readonly state: 'running' | 'ended'
  /** It outlives its nodes. */
  readonly durable: boolean
  /** Of one that has ended. */
  readonly exit?: number
}

/** Times it is tried to reach a home that may just have moved, and between two of them. */
const ATTEMPTS = 50
const AGAIN_MS = 50

/** @returns what people call a program */
export function programName(source: string, id: number | string): string {
  return `${source.slice(source.lastIndexOf('/') + 1)}#${id}`
}

export class Programs {
  constructor(private readonly messenger: Messenger) {}

  /** @returns the programs that run, and those that have ended not long ago, by their numbers */
  async all(): Promise<readonly ProgramStatus[]> {
    const [running, ended] = await Promise.all([this.list(PROGRAM_PREFIX), this.list(ENDED_PREFIX)])
    const statuses = [
      ...running.map(decodeProgram).map(({ id, source, home, durable }): ProgramStatus => ({
        program: String(id),
        name: programName(source, id),
        source,
        home: this.messenger.engine.membership.get(home)?.name ?? this.messenger.nameOf(home),
        state: 'running',
        durable: durable !== undefined,
      })),
      ...ended.map(decodeEnded).map(({ id, source, home, exit }): ProgramStatus => ({
        program: String(id),
        name: programName(source, id),
        source,
        home,
        state: 'ended',
        durable: false,
        exit,
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
    const matching = programs.filter((each) => [each.program, each.name, each.name.slice(0, each.name.lastIndexOf('#'))].includes(name))
    const running = matching.filter(({ state }) => state === 'running')
    const found = running.length > 0 ? running : matching.slice(-1)
    const [first] = found
    if (first !== undefined && found.length === 1) return first
    const names = (found.length > 1 ? found : programs).map((each) => each.name).join(', ')
    throw new NodeError(
      'R0403',
      found.length > 1 ? `several programs are called ${name}` : `no program is called ${name}`,
      names === '' ? 'no program is running, and none has ended of late' : `there is ${names}`,
    )
  }

  /**
   * Runs a program whose home is on a node.
   * @param node its name; absent: the first that takes it
   * @throws NodeError R0402, R0404, R0406, R0412, R0413
   */
  async submit(submission: Submission, node?: string): Promise<ProgramStatus> {
    const nodes = this.messenger.nodes().filter(({ name }) => node === undefined || name === node)
    let refused: unknown = new NodeError('R0413', 'the cluster has no node to run on', 'start one: godwit node')
    for (const member of nodes) {
      try {
        const { program } = await this.messenger.ask(member, 'submit', submission)
        const { source } = submission.manifest
        const durable = submission.durable !== undefined
        const id = String(program)
        return { program: id, name: programName(source, program), source, home: member.name, state: 'running', durable }
      } catch (error) {
        refused = error
        if (!(error instanceof NodeError) || (error.code !== 'R0406' && error.code !== 'R0404')) throw error // another node may take it
      }
    }
    throw refused
  }

  /** Shows a program. */
  view({ program }: Pick<ProgramStatus, 'program'>, events: ViewerEvents, options?: ViewerOptions): Viewer {
    return new Viewer(this.messenger, Number(program), events, options)
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

  /**
   * Asks the home of a program, wherever it is.
   * @param ended what to return when the program has ended
   * @param ask gives null or false when the home is not there
   */
  private async atHome<T>(name: string, program: string, ended: T, ask: (home: Member) => Promise<T | null | false>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = (await this.list(PROGRAM_PREFIX)).map(decodeProgram).find(({ id }) => String(id) === program)
      if (record === undefined) return ended
      const home = this.messenger.engine.membership.get(record.home)
      if (home?.kind === 'terminal')
        throw new NodeError(
          'R0410',
          `the home of ${name} is the terminal that runs it`,
          'run it with --detach, or end it there with Ctrl-C',
        )
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
